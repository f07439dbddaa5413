"""Solve relations in one letter for the set of numbers that make them true.

Everything here runs within :func:`~rlvr_math.comparing.balls.precision`.
"""

from __future__ import annotations

from typing import Any

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.sets.critical import critical_places
from rlvr_math.comparing.sets.pieces import (
    ABOVE,
    BELOW,
    EMPTY,
    LINE,
    End,
    Piece,
    Region,
    intersection,
    is_narrow,
    point,
    region_of_pieces,
    two_between,
    union,
)
from rlvr_math.comparing.sets.places import end_of, real_value
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import Symbol, Tree, minus, symbols_in

_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_HOLDS = {
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    "=": frozenset({0}),
    ">=": frozenset({0, 1}),
    ">": frozenset({1}),
    "!=": frozenset({-1, 1}),
}


def solutions(left: Tree, sign: str, right: Tree, letter: str, steps: Steps) -> Region:
    """Return the numbers for which a relation between two expressions in a letter holds.

    Raises:
        UndecidedError: It cannot be solved.
    """
    for one, other, each in ((left, right, sign), (right, left, _FLIPPED[sign])):
        if one == Symbol(letter) and letter not in symbols_in(other):
            return _beside(end_of(other, steps), each)
    return _solved(minus(left, right), (left, right), _HOLDS[sign], letter, steps)


def _beside(end: End, sign: str) -> Region:
    """Return the numbers that have a sign to an end."""
    if end.infinite:
        reaches = {"<", "<=", "!="} if end.infinite > 0 else {">", ">=", "!="}
        return LINE if sign in reaches else EMPTY
    match sign:
        case "=":
            return Region((point(end),))
        case "!=":
            return Region(
                (
                    Piece(BELOW, end, with_low=False, with_high=False),
                    Piece(end, ABOVE, with_low=False, with_high=False),
                )
            )
        case "<" | "<=":
            return Region((Piece(BELOW, end, with_low=False, with_high=sign == "<="),))
        case _:
            return Region((Piece(end, ABOVE, with_low=sign == ">=", with_high=False),))


def _solved(gap: Tree, sides: tuple[Tree, Tree], holds: frozenset[int], letter: str, steps: Steps) -> Region:
    """Return where a gap has one of some signs: it is asked at each critical place and once in each stretch between."""
    # Where a side is zero, a gap of complex coefficients may be real. Any other gap has the divisors and roots of both.
    places = critical_places((gap, *sides) if "i" in symbols_in(gap) else (gap,), letter, steps)
    pieces: list[Piece] = []
    low = BELOW
    for high in (*places, ABOVE):
        if _sign_at(gap, two_between(low, high)[0], letter, steps, is_place=False) in holds:
            pieces.append(Piece(low, high, with_low=False, with_high=False))
        if not high.infinite and _sign_at(gap, high.place, letter, steps, is_place=True) in holds:
            pieces.append(point(high))
        low = high
    return region_of_pieces(pieces)


def _sign_at(gap: Tree, place: Any, letter: str, steps: Steps, *, is_place: bool) -> int | None:
    """Return the sign of a gap at a number; None if it has no real value there.

    Raises:
        UndecidedError: It cannot be told. Zero is only told at a critical place, by a narrow ball.
    """
    import flint

    value = real_value(gap, {letter: flint.acb(place)}, steps)
    if value is None:
        return None
    if value > 0:
        return 1
    if value < 0:
        return -1
    if is_place and is_narrow(value):
        return 0
    raise UndecidedError("a sign that cannot be told")


def members(expression: Tree, region: Region, letter: str, steps: Steps) -> Region:
    """Return the numbers for which an expression in a letter lies in a set.

    Raises:
        UndecidedError: It cannot be told, or the set is one of whole numbers without end.
    """
    if region.whole:
        raise UndecidedError("an expression with whole values")
    found: list[Region] = []
    for piece in region.pieces:
        above = _members_of_side(expression, piece.low, ">=" if piece.with_low else ">", letter, steps)
        below = _members_of_side(expression, piece.high, "<=" if piece.with_high else "<", letter, steps)
        found.append(intersection(above, below))
    return union(found)


def _members_of_side(expression: Tree, end: End, sign: str, letter: str, steps: Steps) -> Region:
    if end.infinite:
        # A value above minus infinity is any value that there is.
        return _solved(expression, (expression, expression), frozenset({-1, 0, 1}), letter, steps)
    if end.tree is None:
        raise UndecidedError("an end that is calculated")
    return solutions(expression, sign, end.tree, letter, steps)
