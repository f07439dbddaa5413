r"""Functions in pieces beside one expression: ``x`` for ``x \ge 0`` and ``-x`` for ``x < 0`` is ``|x|``.

The pieces are written as one expression with steps, ``v_0 + (v_1-v_0)\frac{1+\operatorname{sgn}(x-c)}{2}``, which the
rules for equality prove sign by sign; at the borders, the values are compared one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from typing import NamedTuple

from rlvr_math.comparing.balls import UndecidedError, precision
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS
from rlvr_math.comparing.names import free_symbols
from rlvr_math.comparing.sets.pieces import ABOVE, BELOW, End, order
from rlvr_math.comparing.sets.places import end_of
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Collection,
    Constant,
    Relation,
    Symbol,
    Tree,
    Words,
    added,
    minus,
    multiplied,
    renamed,
    symbols_in,
)

_HALF = Constant(Fraction(1, 2))
_PIECES_LIMIT = 6
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Span(NamedTuple):
    """Where a piece holds, and its value there."""

    low: End
    high: End
    with_low: bool
    with_high: bool
    value: Tree


class _Stepped(NamedTuple):
    """One expression for all pieces, and their values at the borders."""

    whole: Tree
    borders: list[tuple[Tree, Tree]]
    letter: str


def compare_pieces(comparing: Comparing, pieces: Collection, other: Tree, *, is_reference: bool) -> Decision:
    """Compare a function in pieces with one expression."""
    letters = free_symbols(other) | {name for case in pieces.items for name in free_symbols(case)}
    if len(letters) != 1:
        return DIFFERENT
    try:
        with precision(GUARD_BITS):
            stepped = _stepped(pieces, letters.pop(), comparing.steps)
    except UndecidedError:
        return DIFFERENT
    if stepped is None:
        return DIFFERENT
    pairs = [(stepped.whole, other)]
    pairs += [(value, renamed(other, {stepped.letter: place})) for place, value in stepped.borders]
    return all_of(comparing.same(*(pair if is_reference else pair[::-1])) for pair in pairs)


def _stepped(pieces: Collection, letter: str, steps: Steps) -> _Stepped | None:
    """Write pieces that cover the whole line as one expression; None if they do not."""
    if not 0 < len(pieces.items) <= _PIECES_LIMIT:
        return None
    spans: list[_Span] = []
    points: list[_Span] = []
    rest: Tree | None = None
    for case in pieces.items:
        if not isinstance(case, Collection):
            return None
        value, condition = case.items
        if isinstance(condition, Words):
            rest = value if rest is None and condition.text == "otherwise" else None
            continue
        span = _span(value, condition, letter, steps)
        if span is None:
            return None
        (points if span.low is span.high else spans).append(span)
    spans.sort(key=cmp_to_key(_order_of))
    covering = list(_covering(spans, points, rest))
    if not covering:
        return None
    whole, borders = covering[0].value, []
    for before, after in pairwise(covering):
        place = after.low.tree
        if place is None:
            return None
        step = multiplied([_HALF, added([ONE, Call("sgn", (minus(Symbol(letter), place),))])])
        whole = added([whole, multiplied([minus(after.value, before.value), step])])
        there = next((point.value for point in points if not order(point.low, after.low)), None)
        value = there or (after.value if after.with_low else before.value)
        borders.append((place, renamed(value, {letter: place})))
    return _Stepped(whole, borders, letter)


def _order_of(one: _Span, other: _Span) -> int:
    return order(one.low, other.low)


def _covering(spans: list[_Span], points: list[_Span], rest: Tree | None) -> Iterator[_Span]:
    """Yield spans from below to above, with what is left of the line between them; nothing if it is not covered."""
    found: list[_Span] = []
    end, closed = BELOW, True
    for span in spans:
        gap = order(end, span.low)
        closed = closed or any(not order(end, point.low) for point in points)
        if gap > 0 or (gap == 0 and closed and span.with_low):
            return
        if gap < 0 or (gap == 0 and not closed and not span.with_low):
            if rest is None or gap == 0:
                return
            found.append(_Span(end, span.low, not closed, not span.with_low, rest))
        found.append(span)
        end, closed = span.high, span.with_high
    if end != ABOVE:
        if rest is None:
            return
        found.append(_Span(end, ABOVE, not closed, False, rest))
    yield from found


def _span(value: Tree, condition: Tree, letter: str, steps: Steps) -> _Span | None:
    """Read ``x < 1`` or ``0 <= x < 1`` as a span; None for other conditions."""
    match condition:
        case Relation(signs=("=",), sides=(Symbol(name=name), place)) if name == letter and not symbols_in(place) & {
            name
        }:
            point = end_of(place, steps)
            return _Span(point, point, with_low=True, with_high=True, value=value)
        case Relation(signs=signs) if set(signs) <= _TURNED.keys():
            return _stretch(value, condition, letter, steps)
        case _:
            return None


def _stretch(value: Tree, condition: Relation, letter: str, steps: Steps) -> _Span | None:
    low, high, with_low, with_high = BELOW, ABOVE, False, False
    for left, sign, right in zip(condition.sides[:-1], condition.signs, condition.sides[1:], strict=True):
        name, end = left, right
        if right == Symbol(letter):
            name, end, sign = right, left, _TURNED[sign]  # noqa: PLW2901  # read from the letter
        if name != Symbol(letter) or letter in symbols_in(end):
            return None
        if sign in {">", ">="}:
            low, with_low = end_of(end, steps), sign == ">="
        else:
            high, with_high = end_of(end, steps), sign == "<="
    return _Span(low, high, with_low, with_high, value) if order(low, high) < 0 else None
