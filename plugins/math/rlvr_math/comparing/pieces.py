r"""Functions in pieces beside one expression: ``x`` for ``x \ge 0`` and ``-x`` for ``x < 0`` is ``|x|``.

The pieces are written as one expression with steps, ``v_0 + (v_1-v_0)\frac{1+\operatorname{sgn}(x-c)}{2}``, which the
rules for equality prove sign by sign; at the borders, the values are compared one by one.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from typing import NamedTuple

from rlvr_math.comparing.balls import UndecidedError, ball_of, precision, value_of
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS
from rlvr_math.comparing.equality.domains import OutsideError, check_natural, restricting_in
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.names import free_symbols
from rlvr_math.comparing.sets.pieces import LINE, Piece, complement, order, region_of_pieces, union
from rlvr_math.comparing.sets.regions import region_of
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Collection,
    Constant,
    Symbol,
    Tree,
    Words,
    added,
    children,
    key_of,
    minus,
    multiplied,
    renamed,
)

_HALF = Constant(Fraction(1, 2))
_PIECES_LIMIT = 6
_OTHERWISE = Words("otherwise")


class _Span(NamedTuple):
    """A stretch of the line or a point, and the value there."""

    piece: Piece
    value: Tree


class _Stepped(NamedTuple):
    """One expression for all pieces, and their values at the borders."""

    whole: Tree
    borders: list[tuple[Tree, Tree]]


def compare_pieces(comparing: Comparing, pieces: Collection, other: Tree, *, is_reference: bool) -> Decision:
    """Compare a function in pieces with one expression."""
    letters = free_symbols(other) | free_symbols(pieces)
    if len(letters) != 1:
        return DIFFERENT
    (letter,) = letters
    try:
        with precision(GUARD_BITS):
            stepped = _stepped(pieces, letter, comparing.steps)
    except (UndecidedError, OutsideError):
        return DIFFERENT
    pairs = [(stepped.whole, other)]
    pairs += [(value, renamed(other, {letter: place})) for place, value in stepped.borders]
    return all_of(comparing.same(*(pair if is_reference else pair[::-1])) for pair in pairs)


def _stepped(pieces: Collection, letter: str, steps: Steps) -> _Stepped:
    """Write pieces as one expression.

    Raises:
        UndecidedError: They do not cover each number of the line once, an end is not written out, or a value is not
            defined in its piece: where it is not, the expression would not be either, and nothing be compared.
    """
    spans = _spans(pieces, steps)
    for span in spans:
        for drawn in draw_places([letter], key_of(span.value)):
            value_of(span.value, {letter: ball_of(drawn.values[letter])}, steps, check_natural)
    if region_of_pieces(span.piece for span in spans) != LINE:
        raise UndecidedError("pieces that leave a gap")
    spans.sort(key=cmp_to_key(_order_of))
    borders: list[tuple[Tree, Tree]] = []
    whole = value = spans[0].value
    for before, after in pairwise(spans):
        place = after.piece.low.tree
        if place is None or order(before.piece.high, after.piece.low) or before.piece.with_high == after.piece.with_low:
            raise UndecidedError("pieces that overlap")
        borders.append((place, renamed((before if before.piece.with_high else after).value, {letter: place})))
        if order(after.piece.low, after.piece.high):  # no point
            step = multiplied([_HALF, added([ONE, Call("sgn", (minus(Symbol(letter), place),))])])
            whole = added([whole, multiplied([minus(after.value, value), step])])
            value = after.value
    return _Stepped(whole, borders)


def _spans(pieces: Collection, steps: Steps) -> list[_Span]:
    """Return where each piece holds, also what no other piece covers for the one that holds otherwise."""
    if len(pieces.items) > _PIECES_LIMIT:
        raise UndecidedError("many pieces")
    cases = [children(case) for case in pieces.items]
    placed = [(value, region_of(condition, steps)) for value, condition in cases if condition != _OTHERWISE]
    rest = complement(union(region for _, region in placed))
    placed += [(value, rest) for value, condition in cases if condition == _OTHERWISE]
    return [_Span(piece, _within(piece, value)) for value, region in placed for piece in region.pieces]


def _within(piece: Piece, value: Tree) -> Tree:
    """Return a value whose letter stays in its piece, so that a root in one piece does not restrict the others."""
    if not restricting_in(value):
        return value
    letters: dict[str, Tree] = {name: Symbol(name) for name in free_symbols(value)}
    for name, end in (("max", piece.low.tree), ("min", piece.high.tree)):
        if end is not None:
            letters = {letter: Call(name, (inner, end)) for letter, inner in letters.items()}
    return renamed(value, letters)


def _order_of(one: _Span, other: _Span) -> int:
    """Order by the lower ends; a point comes before the stretch that starts behind it."""
    return order(one.piece.low, other.piece.low) or other.piece.with_low - one.piece.with_low
