"""Numbers: by value and unit, at once and without trees."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.options import GradeOptions
from rlvr_math.reading.numbers import Number
from rlvr_math.reading.units import common_meanings, is_counted, is_ignorable, is_money, meanings_of

_DIFFERS = "differs from the reference"


def number_difference(reference: Number, answer: Number, options: GradeOptions) -> str:
    """Say how an answer differs from the reference, or nothing."""
    if reference.unit != answer.unit:
        is_share = reference.percent or answer.percent  # and no measure
        if is_share or not may_be_left_out(reference.unit, answer.unit, options):
            return _difference_of_units(reference, answer, options)
    if _near(reference.value, answer.value, options.tolerance):
        return ""
    if not options.percent_as_number or reference.percent == answer.percent:
        return _DIFFERS
    # 50 against 50 %: the percentage's value is a hundredth of what is written.
    written = reference.value * 100 if reference.percent else reference.value / 100
    return "" if _near(written, answer.value, options.tolerance) else _DIFFERS


def may_be_left_out(unit: str, answer_unit: str, options: GradeOptions) -> bool:
    """Say whether values are compared without units: the reference has none, or the answer may leave it out."""
    if not _is_measured(unit):
        return is_ignorable(answer_unit)
    # Degrees are commonly left out, and nothing else is meant then.
    is_said = options.unit_optional or unit == "degree" or is_money(unit) or is_counted(unit)
    return is_said and not _is_measured(answer_unit)


def _is_measured(unit: str) -> bool:
    """Say whether a unit is one of a dimension; none at all, as most numbers have, is looked up nowhere."""
    return bool(unit and meanings_of(unit)[0].dimensions)


def _difference_of_units(reference: Number, answer: Number, options: GradeOptions) -> str:
    values = [
        (answer.value * answer_unit.worth + answer_unit.offset - unit.offset) / unit.worth
        for unit, answer_unit in common_meanings(reference.unit, answer.unit)
    ]
    if not values:
        expected = f", expected {reference.unit}" if reference.unit else ""
        return f"unit {answer.unit or 'missing'}{expected}"
    return "" if any(_near(reference.value, value, options.tolerance) for value in values) else _DIFFERS


def _near(reference: Fraction, answer: Fraction, tolerance: float) -> bool:
    if reference.as_integer_ratio() == answer.as_integer_ratio():
        return True
    if not tolerance or reference.denominator == answer.denominator == 1:
        return False
    return bool(abs(reference - answer) <= Fraction(tolerance) * abs(reference))


def may_be_rounded(reference: Number, answer: Number, options: GradeOptions) -> bool:
    """Say whether two different numbers may still count as equal by rounding."""
    above, below = reference.value.as_integer_ratio()
    top, bottom = answer.value.as_integer_ratio()
    # |a/b - c/d| times a power of ten is at most |a/b|, in whole numbers: a tenth of the time of fractions.
    return not below == bottom == 1 and bool(
        reference.unit == answer.unit
        and abs(above * bottom - top * below) * 10 ** (options.rounding_digits - 1) <= abs(above) * bottom
    )
