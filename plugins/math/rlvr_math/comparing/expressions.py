"""Expressions: by their values, and decimals by what they round."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TypeGuard

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, Undecided, any_of
from rlvr_math.comparing.names import CONSTANTS, INFINITY, free_symbols, infinity_sign
from rlvr_math.comparing.operators.deciding import decide, value_with_operators
from rlvr_math.comparing.orders import compare_matrices
from rlvr_math.comparing.values import numeric_value, same_value
from rlvr_math.options import GradeOptions
from rlvr_math.reading.binding import has_operator
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.tree import Constant, Tree, symbols_in

# A value so near to a decimal of as many places is that decimal, and no other one is its rounding.
_EXACT = Fraction("1e-20")
# The relative precision of a double.
_DOUBLE = Fraction(sys.float_info.epsilon)


def compare_constants(options: GradeOptions, reference: Constant, answer: Constant) -> Decision:
    """Compare two numbers that are written out, of which lists have many: exactly, then by rounding or tolerance."""
    sides = reference, answer
    decision = Decision(reference.value == answer.value, "exact")
    return decision or any_of((decision, _compare_values(options, sides, (reference.value, answer.value))))


def compare_expressions(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two expressions by value; constants also by rounding, or within the tolerance."""
    if comparing.matrices:
        in_order = compare_matrices(reference, answer, comparing.matrices, comparing.steps)
        if in_order is not None:
            return in_order
    if has_operator(reference) or has_operator(answer):
        return _compare_operators(comparing, reference, answer)
    names = symbols_in(reference) | symbols_in(answer)
    if any(INFINITY in name for name in names):
        return Decision(infinity_sign(reference) == infinity_sign(answer))
    decision = same_value(reference, answer, comparing.steps)
    if decision or not names <= CONSTANTS:
        return decision
    return any_of((decision, _compare_decimals(comparing, reference, answer)))


def _compare_operators(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare with operators as they stand, then evaluated.

    What stays undecided is noted in ``comparing.undecided``, for those who can ask a computer algebra system.
    """
    decision = same_value(reference, answer, comparing.steps)
    if decision:
        return decision
    found = decide(comparing, reference, answer, comparing.steps.operators)
    if isinstance(found, Undecided):
        comparing.undecided.append(found)
        return DIFFERENT
    if found or free_symbols(reference) or free_symbols(answer):
        return found
    values = tuple(value_with_operators(tree, comparing.steps.operators) for tree in (reference, answer))
    return any_of((found, _compare_values(comparing.options, (reference, answer), values)))


def _compare_decimals(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare constants as decimals: the rounding of a value, or within the tolerance."""
    if not (comparing.options.tolerance or _is_decimal(reference) or _is_decimal(answer)):
        return DIFFERENT
    values = tuple(numeric_value(tree, comparing.steps) for tree in (reference, answer))
    return _compare_values(comparing.options, (reference, answer), values)


def _compare_values(options: GradeOptions, sides: tuple[Tree, Tree], values: tuple[Fraction | None, ...]) -> Decision:
    (reference, answer), (value, answer_value) = sides, values
    if value is None or answer_value is None:
        return DIFFERENT
    if any(
        _is_decimal(written) and not _terminates(exact) and _rounds(written, target, options.rounding_digits)
        for written, target, exact in ((reference, answer_value, answer), (answer, value, reference))
    ):
        return Decision(same=True, stage="rounding")
    if not options.tolerance or value.denominator == answer_value.denominator == 1:
        return DIFFERENT
    return Decision(abs(value - answer_value) <= Fraction(options.tolerance) * abs(value), "tolerance")


def _is_decimal(tree: Tree) -> TypeGuard[Constant]:
    return isinstance(tree, Constant) and tree.places >= 0


def _terminates(tree: Tree) -> bool:
    """Say whether a tree is a rational that can be written out as a decimal: nothing rounds it but itself."""
    value = rational_of(tree)
    # A power of ten that is long enough holds every power of two and of five in the denominator.
    return value is not None and 10 ** value.denominator.bit_length() % value.denominator == 0


def _rounds(written: Constant, target: Fraction, digits: int) -> bool:
    """Say whether a written decimal is a value rounded or cut, with enough significant digits."""
    unit = 10**written.places
    said, exact = written.value * unit, target * unit
    nearest = round(exact)
    if abs(exact - nearest) < _EXACT:
        return bool(said == nearest)
    # What stands beyond the last place is rounded to the nearest, or cut off; a computer prints what a double holds.
    beyond = abs(exact) - abs(said)
    is_near = -1 <= 2 * beyond < 2 or abs(beyond) <= abs(exact) * _DOUBLE  # noqa: PLR2004  # from half a unit to one
    has_digits = said.denominator == 1 and len(str(abs(said.numerator))) >= digits
    return bool(said * exact > 0 and has_digits and is_near)
