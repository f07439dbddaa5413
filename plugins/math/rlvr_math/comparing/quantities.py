"""Quantities: values with units, percent signs or degrees."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.clock import is_half_day, same_time
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, any_of
from rlvr_math.comparing.names import infinity_sign
from rlvr_math.comparing.numbers import may_be_left_out
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
from rlvr_math.reading.units import Unit, common_meanings

_BASE = "base "
_TEN = "base 10"
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
    if unit.startswith(_BASE) or answer_unit.startswith(_BASE):
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
    (unit, answer_unit), (value, answer_value) = units, values
    if unit == answer_unit or {unit, answer_unit} == {"", _TEN}:
        return comparing.same(value, answer_value)
    number = _value_in_base(answer_value, answer_unit) if unit in {"", _TEN} else None
    return DIFFERENT if number is None else comparing.same(value, number)


def _value_in_base(value: Tree, unit: str) -> Tree | None:
    """Return the value of the digits that a numeral of a base is written with; None if it is none."""
    match value:
        case Constant(value=number) if number.denominator == 1:
            digits = str(number)
        case Words(text=digits):  # with letters
            pass
        case _:
            return None
    try:
        # Python takes base zero for that of its own source.
        return Constant(Fraction(int(digits, int(unit.removeprefix(_BASE)) or 1)))
    except (ValueError, OverflowError):  # a digit that the base does not have, or no base from 2 to 36
        return None


def _compare_classes(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    """Compare classes of whole numbers modulo another; a class is no number where the reference has none.

    An answer may leave the modulus out, but then it is the number that the reference names: 10 is not 3 modulo 7.
    """
    unit, answer_unit = units
    if not unit.startswith(MODULO) or answer_unit not in {"", unit}:
        return DIFFERENT
    if not answer_unit:
        return comparing.same(*values)
    modulus = Constant(Fraction(unit.removeprefix(MODULO)))
    one, other = (Call("mod", (value, modulus)) for value in values)
    return comparing.same(one, other)


def _is_same_unit(unit: str, answer_unit: str, options: GradeOptions) -> bool:
    """Return whether lists before two units are compared as they are: no item is to be converted."""
    special = ("%", _BASE, MODULO)
    is_special = any(each.startswith(special) or _ANGLES.get(each.lower()) for each in (unit, answer_unit))
    meanings = common_meanings(unit, answer_unit)
    return unit == answer_unit or (
        not is_special and (may_be_left_out(unit, answer_unit, options) or any(one == other for one, other in meanings))
    )


def _compare_measures(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    if may_be_left_out(*units, comparing.options):
        return comparing.same(*values)
    value, answer_value = values
    return any_of(
        comparing.same(value, _converted(answer_value, answer_unit, unit))
        for unit, answer_unit in common_meanings(*units)
    )


def _converted(value: Tree, unit: Unit, other: Unit) -> Tree:
    """Convert a value from one unit to another of the same dimensions."""
    if unit == other:  # a decimal keeps its places, by which it may be rounded
        return value
    scaled = multiplied([value, Constant(unit.worth / other.worth)])
    return added([scaled, Constant((unit.offset - other.offset) / other.worth)])


def _compare_percentages(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    if units[0] == units[1]:
        return comparing.same(*values)
    if "" not in units:
        return DIFFERENT
    as_written = comparing.same(*values) if comparing.options.percent_as_number else DIFFERENT
    return as_written or any_of((as_written, comparing.same(*map(_share, values, units))))


def _share(value: Tree, unit: str) -> Tree:
    return multiplied([value, _HUNDREDTH]) if unit == "%" and not infinity_sign(value) else value


def _compare_angles(comparing: Comparing, values: tuple[Tree, Tree], units: tuple[str, str]) -> Decision:
    """Compare angles; degrees are commonly left out, and radians hold pi."""
    kind, answer_kind = (_ANGLES[unit.lower()] for unit in units)
    has_radians = any(unit and not _ANGLES[unit.lower()] for unit in units)
    has_pi = any("pi" in symbols_in(value) for value in values)
    if kind == answer_kind or not (has_radians or has_pi):
        return comparing.same(*values)
    return comparing.same(*map(_radians, values, units))


def _radians(value: Tree, unit: str) -> Tree:
    return multiplied([value, _RADIANS_OF_A_DEGREE]) if _ANGLES[unit.lower()] else value
