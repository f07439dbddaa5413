"""Quantities: values with units, percent signs or degrees."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, any_of
from rlvr_math.comparing.names import infinity_sign
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import Collection, Constant, Quantity, Symbol, Tree, multiplied, symbols_in
from rlvr_math.reading.units import Unit, unit_in

_HUNDREDTH = Constant(Fraction(1, 100))
_RADIANS_OF_A_DEGREE = multiplied([Symbol("pi"), Constant(Fraction(1, 180))])
_MONEY = (("money", 1),)


def compare_quantities(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare values whose units allow it, converted to one unit where they differ."""
    (value, unit), (answer_value, answer_unit) = _parts(reference), _parts(answer)
    if isinstance(value, Collection) or isinstance(answer_value, Collection):
        return comparing.same(value, answer_value) if unit in {answer_unit, ""} else DIFFERENT
    units = (unit, answer_unit)
    if unit.startswith("base") or answer_unit.startswith("base"):
        return comparing.same(value, answer_value) if unit == answer_unit else DIFFERENT
    if "%" in units:
        return _compare_percentages(comparing, (value, answer_value), units)
    if "degree" in units:
        return _compare_angles(comparing, (value, answer_value), units)
    return _compare_measures(comparing, (value, answer_value), unit_in(unit), unit_in(answer_unit))


def _parts(tree: Tree) -> tuple[Tree, str]:
    return (tree.value, tree.unit.lower()) if isinstance(tree, Quantity) else (tree, "")


def _compare_measures(comparing: Comparing, values: tuple[Tree, Tree], unit: Unit, answer_unit: Unit) -> Decision:
    if _may_be_left_out(unit, answer_unit, comparing.options):
        return comparing.same(*values)
    if unit.dimensions != answer_unit.dimensions:
        return DIFFERENT
    if unit.worth == answer_unit.worth:
        return comparing.same(*values)
    value, answer_value = values
    return comparing.same(
        multiplied([value, Constant(unit.worth)]), multiplied([answer_value, Constant(answer_unit.worth)])
    )


def _may_be_left_out(unit: Unit, answer_unit: Unit, options: GradeOptions) -> bool:
    """Say whether values are compared without units: the reference has none, or the answer may leave it out."""
    if not unit.dimensions:
        return True
    return not answer_unit.dimensions and (options.unit_optional or unit.dimensions == _MONEY)


def _compare_percentages(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    if units[0] == units[1]:
        return comparing.same(*values)
    as_written = DIFFERENT
    if comparing.options.percent_as_number and "" in units:
        as_written = comparing.same(*values)
    if as_written or not set(units) <= {"%", ""}:
        return as_written
    infinite = any(infinity_sign(value) for value in values)
    shares = [
        multiplied([value, _HUNDREDTH]) if unit == "%" and not infinite else value
        for value, unit in zip(values, units, strict=True)
    ]
    return any_of((as_written, comparing.same(shares[0], shares[1])))


def _compare_angles(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    """Compare angles; degrees are commonly left out, and radians hold pi."""
    if not set(units) <= {"degree", "degrees", "", "deg"}:
        return DIFFERENT
    if units[0] == units[1] or "pi" not in symbols_in(values[0]) | symbols_in(values[1]):
        return comparing.same(*values)
    angles = [
        multiplied([value, _RADIANS_OF_A_DEGREE]) if unit else value for value, unit in zip(values, units, strict=True)
    ]
    return comparing.same(angles[0], angles[1])
