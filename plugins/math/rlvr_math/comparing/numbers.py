"""Numbers: by value and unit, at once and without trees."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.options import GradeOptions
from rlvr_math.reading.numbers import Number
from rlvr_math.reading.units import common_meanings, is_counted, is_ignorable, is_money

_DIFFERS = "differs from the reference"


def number_difference(reference: Number, answer: Number, options: GradeOptions) -> str:
    """Say how an answer differs from the reference, or nothing."""
    if reference.unit != answer.unit and not _may_be_left_out(reference, answer, options):
        return _difference_of_units(reference, answer, options)
    if _near(reference.value, answer.value, options.tolerance):
        return ""
    if not options.percent_as_number or reference.percent == answer.percent:
        return _DIFFERS
    # 50 against 50 %: the percentage's value is a hundredth of what is written.
    written = reference.value * 100 if reference.percent else reference.value / 100
    return "" if _near(written, answer.value, options.tolerance) else _DIFFERS


def _may_be_left_out(reference: Number, answer: Number, options: GradeOptions) -> bool:
    """Say whether values are compared without units: the reference has none, or the answer may leave it out."""
    if reference.percent or answer.percent:
        return False  # a percentage is a share, and no measure
    if not reference.unit:
        return is_ignorable(answer.unit)
    if answer.unit:
        return False
    # Degrees are commonly left out, and nothing else is meant then.
    is_said = reference.unit == "degree" or is_money(reference.unit) or is_counted(reference.unit)
    return options.unit_optional or is_said


def _difference_of_units(reference: Number, answer: Number, options: GradeOptions) -> str:
    if reference.percent != answer.percent:
        return _DIFFERS
    expected = f", expected {reference.unit}" if reference.unit else ""
    problem = f"unit {answer.unit or 'missing'!s}{expected}"
    for unit, answer_unit in common_meanings(reference.unit, answer.unit):
        value = (answer.value * answer_unit.worth + answer_unit.offset - unit.offset) / unit.worth
        if _near(reference.value, value, options.tolerance):
            return ""
        problem = _DIFFERS
    return problem


def _near(reference: Fraction, answer: Fraction, tolerance: float) -> bool:
    if reference.as_integer_ratio() == answer.as_integer_ratio():
        return True
    if tolerance <= 0.0 or reference.denominator == answer.denominator == 1:
        return False
    return bool(abs(reference - answer) <= Fraction(tolerance) * abs(reference))


def may_be_rounded(reference: Number, answer: Number, options: GradeOptions) -> bool:
    """Say whether two different numbers may still count as equal by rounding."""
    above, below = reference.value.as_integer_ratio()
    top, bottom = answer.value.as_integer_ratio()
    if below == bottom == 1 or reference.unit != answer.unit:
        return False
    # |a/b - c/d| times a power of ten is at most |a/b|, in whole numbers: a tenth of the time of fractions.
    return bool(abs(above * bottom - top * below) * 10 ** (options.rounding_digits - 1) <= abs(above) * bottom)
