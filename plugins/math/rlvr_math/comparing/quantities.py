"""Quantities: values with units, percent signs or degrees."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.clock import is_half_day, same_time
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, any_of
from rlvr_math.comparing.names import infinity_sign
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import (
    MODULO,
    Call,
    Collection,
    Constant,
    Quantity,
    Symbol,
    Tree,
    Words,
    added,
    multiplied,
    symbols_in,
    with_children,
)
from rlvr_math.reading.units import Unit, common_meanings, is_counted, is_ignorable, is_money, meanings_of

_HUNDREDTH = Constant(Fraction(1, 100))
_RADIANS_OF_A_DEGREE = multiplied([Symbol("pi"), Constant(Fraction(1, 180))])
_ANGLES = {"degree": "degree", "degrees": "degree", "deg": "degree", "rad": "", "radian": "", "radians": "", "": ""}


def compare_quantities(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare values whose units allow it, converted to one unit where they differ."""
    (value, unit), (answer_value, answer_unit) = _parts(reference), _parts(answer)
    if is_half_day(unit) or is_half_day(answer_unit):
        return Decision(same_time((value, answer_value), (unit, answer_unit), comparing.options))
    units = (unit, answer_unit)
    if isinstance(value, Collection) or isinstance(answer_value, Collection):
        if _is_same_unit(*units, comparing.options):
            return comparing.same(value, answer_value)
        sides = _with_units(reference), _with_units(answer)
        return DIFFERENT if sides == (reference, answer) else comparing.same(*sides)  # one value is no list
    if unit.startswith("base") or answer_unit.startswith("base"):
        return _compare_bases(comparing, (value, answer_value), units)
    if unit.startswith(MODULO) or answer_unit.startswith(MODULO):
        return _compare_classes(comparing, (value, answer_value), units)
    if "%" in units:
        return _compare_percentages(comparing, (value, answer_value), units)
    if unit.lower() in _ANGLES and answer_unit.lower() in _ANGLES:
        return _compare_angles(comparing, (value, answer_value), units)
    return _compare_measures(comparing, (value, answer_value), units)


def _parts(tree: Tree) -> tuple[Tree, str]:
    return (tree.value, tree.unit) if isinstance(tree, Quantity) else (tree, "")


def _with_units(tree: Tree) -> Tree:
    """Return a list before a unit as the list of its items with that unit: ``(30,60)°`` as ``(30°,60°)``."""
    if not isinstance(tree, Quantity) or not isinstance(tree.value, Collection):
        return tree
    return with_children(tree.value, tuple(Quantity(item, tree.unit) for item in tree.value.items))


def _compare_bases(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    """Compare numerals of bases: a base that the reference asks for must be there, base ten goes without saying."""
    if units[0] == units[1]:
        return comparing.same(*values)
    asked, answered = (unit if unit != "base 10" else "" for unit in units)
    value = _value_in_base(values[1], answered)
    return DIFFERENT if asked or value is None else comparing.same(values[0], value)


def _value_in_base(value: Tree, unit: str) -> Tree | None:
    """Return the value of the digits that a numeral of a base is written with; None if it is none."""
    if not unit:
        return value
    base = int(unit.removeprefix("base ")[:4]) if unit.startswith("base ") else 0
    match value:
        case Constant(value=number) if number.denominator == 1:
            digits = str(abs(number.numerator))
        case Words(text=digits):  # with letters
            number = Fraction(0)
        case _:
            return None
    if not _LEAST_BASE <= base <= _LARGEST_BASE or any(int(digit, _LARGEST_BASE) >= base for digit in digits):
        return None
    return Constant(Fraction(int(digits, base) * (-1 if number < 0 else 1)))


_LEAST_BASE, _LARGEST_BASE = 2, 36


def _compare_classes(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    """Compare classes of whole numbers modulo another; a class is no number where the reference has none.

    An answer may leave the modulus out, but then it is the number that the reference names: 10 is not 3 modulo 7.
    """
    if not units[0].startswith(MODULO) or (units[1] and units[0] != units[1]):
        return DIFFERENT
    if not units[1]:
        return comparing.same(*values)
    modulus = Constant(Fraction(int(units[0].removeprefix(MODULO))))
    one, other = (Call("mod", (value, modulus)) for value in values)
    return comparing.same(one, other)


def _is_same_unit(unit: str, answer_unit: str, options: GradeOptions) -> bool:
    """Return whether lists before two units are compared as they are: no item is to be converted."""
    if unit == answer_unit:
        return True
    special = ("%", "base", MODULO)
    if any(each.startswith(special) or _ANGLES.get(each.lower()) for each in (unit, answer_unit)):
        return False
    return may_be_left_out(unit, answer_unit, options) or any(
        one == other for one, other in common_meanings(unit, answer_unit)
    )


def _compare_measures(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    if may_be_left_out(*units, comparing.options):
        return comparing.same(*values)
    value, answer_value = values
    return any_of(
        comparing.same(value, _converted(answer_value, answer_unit, unit))
        for unit, answer_unit in common_meanings(*units)
    )


def may_be_left_out(unit: str, answer_unit: str, options: GradeOptions) -> bool:
    """Say whether values are compared without units: the reference has none, or the answer may leave it out."""
    if not meanings_of(unit)[0].dimensions:
        return is_ignorable(answer_unit)
    if not answer_unit and is_counted(unit):
        return True
    return not meanings_of(answer_unit)[0].dimensions and (options.unit_optional or is_money(unit))


def _converted(value: Tree, unit: Unit, other: Unit) -> Tree:
    """Convert a value from one unit to another of the same dimensions."""
    if unit == other:
        return value
    scaled = multiplied([value, Constant(unit.worth / other.worth)])
    shift = (unit.offset - other.offset) / other.worth
    return added([scaled, Constant(shift)]) if shift else scaled


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
    degrees = [_ANGLES[unit.lower()] for unit in units]
    has_radians = any(unit and not degree for unit, degree in zip(units, degrees, strict=True))
    if degrees[0] == degrees[1]:
        return comparing.same(*values)
    if not has_radians and "pi" not in symbols_in(values[0]) | symbols_in(values[1]):
        return comparing.same(*values)
    angles = [
        multiplied([value, _RADIANS_OF_A_DEGREE]) if degree else value
        for value, degree in zip(values, degrees, strict=True)
    ]
    return comparing.same(angles[0], angles[1])
