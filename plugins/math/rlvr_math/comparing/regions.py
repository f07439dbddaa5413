"""Stretches of the real line: intervals, their unions, and the inequalities that say the same."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import msgspec

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision
from rlvr_math.comparing.names import free_symbols
from rlvr_math.comparing.values import numeric_value
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ZERO,
    Collection,
    Constant,
    Product,
    Relation,
    Symbol,
    Tree,
    added,
    inverted,
    key_of,
    minus,
    multiplied,
    negated,
    renamed,
    symbols_in,
)

INFINITY = Symbol("∞")
MINUS_INFINITY = Product((MINUS_ONE, INFINITY))
# Honest solution sets have a few pieces.
PIECES_LIMIT = 32
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# Signs that say where on the real line something lies.
_PLACING_SIGNS = frozenset({"<", ">", "<=", ">=", "!=", "∈"})
# Names of sets of numbers.
_NUMBER_SETS = frozenset({"R", "Z", "N", "Q"})


class Piece(msgspec.Struct, frozen=True):
    """An interval: its ends, and whether each belongs to it."""

    low: Tree
    high: Tree
    with_low: bool
    with_high: bool


def compare_regions(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare as stretches of the real line, if both are some."""
    pieces, answer_pieces = region_of(reference, comparing.steps), region_of(answer, comparing.steps)
    if pieces is None or answer_pieces is None:
        return DIFFERENT
    return Decision(_same_pieces(comparing, pieces, answer_pieces), "regions")


def compare_real_sets(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Compare as stretches of the real line where a side is an inequality or a membership.

    Returns:
        The decision; None if neither is one, or a side is no such stretch.
    """
    placing = [isinstance(tree, Relation) and not _PLACING_SIGNS.isdisjoint(tree.signs) for tree in (reference, answer)]
    if not any(placing):
        return None
    pieces, answer_pieces = region_of(reference, comparing.steps), region_of(answer, comparing.steps)
    if pieces is None or answer_pieces is None:
        return None
    names = [free_symbols(tree) - _NUMBER_SETS for tree in (reference, answer)]
    if all(placing) and names[0] != names[1] and not comparing.options.rename_variables:
        return DIFFERENT
    return Decision(_same_pieces(comparing, pieces, answer_pieces), "regions")


def is_region(tree: Tree) -> bool:
    """Say whether a collection can only be a stretch of the real line."""
    if not isinstance(tree, Collection):
        return False
    if tree.opening in {"∪", "∖", "∩"}:
        return True
    if tree.opening not in {"(", "["} or len(tree.items) != 2:  # noqa: PLR2004  # the two ends
        return False
    is_half_open = (tree.opening, tree.closing) in {("(", "]"), ("[", ")")}
    return is_half_open or any("∞" in key_of(item) for item in tree.items)


def region_of(tree: Tree, steps: Steps) -> list[Piece] | None:
    """Read a tree as a stretch of the real line; None if it is none."""
    steps.spend()
    match tree:
        case Collection(opening="(" | "[" as opening, closing=closing, items=(low, high)):
            return [Piece(_end(low), _end(high), opening == "[", closing == "]")]
        case Collection(opening="{", items=items) if len(items) <= PIECES_LIMIT:
            return [Piece(item, item, with_low=True, with_high=True) for item in items]
        case Collection(opening="∪" | "", items=items) if len(items) <= PIECES_LIMIT:
            return _union(items, steps, only_relations=tree.opening == "")
        case Collection(opening="∖", items=(Symbol(name="R"), Collection(opening="{", items=items))):
            return _without(items, steps)
        case Symbol(name="R"):
            return [Piece(MINUS_INFINITY, INFINITY, with_low=False, with_high=False)]
        case Relation(signs=("∈",), sides=(_, side)):
            return region_of(side, steps)
        case Relation():
            return _of_relation(tree, steps)
        case _:
            return None


def _end(tree: Tree) -> Tree:
    """Drop the sign of a positive infinity."""
    return INFINITY if key_of(tree) == "∞" else tree


def _union(items: tuple[Tree, ...], steps: Steps, *, only_relations: bool) -> list[Piece] | None:
    pieces: list[Piece] = []
    for item in items:
        if only_relations and not isinstance(item, Relation):
            return None
        found = region_of(item, steps)
        if found is None:
            return None
        pieces.extend(found)
    return pieces


def _without(items: tuple[Tree, ...], steps: Steps) -> list[Piece] | None:
    """Return the real line without some points."""
    values = [(numeric_value(item, steps), item) for item in items]
    if any(value is None for value, _ in values):
        return None
    ends = [item for _, item in sorted(values, key=lambda pair: pair[0] or Fraction(0))]
    lows, highs = [MINUS_INFINITY, *ends], [*ends, INFINITY]
    return [Piece(low, high, with_low=False, with_high=False) for low, high in zip(lows, highs, strict=True)]


def _of_relation(relation: Relation, steps: Steps) -> list[Piece] | None:
    """Read ``a < x <= b``, ``x > a`` and what is linear in one symbol."""
    signs, sides = relation.signs, relation.sides
    if len(sides) == 3:  # noqa: PLR2004  # a chain of two signs
        return _of_chain(signs, sides)
    if len(sides) != 2 or signs[0] not in {*_FLIPPED, "!="}:  # noqa: PLR2004  # two sides
        return None
    solved = _solved(sides[0], sides[1], signs[0], steps)
    if solved is None:
        return None
    sign, end = solved
    if sign == "!=":
        return _without((end,), steps)
    if sign in {"<", "<="}:
        return [Piece(MINUS_INFINITY, end, with_low=False, with_high=sign == "<=")]
    return [Piece(end, INFINITY, with_low=sign == ">=", with_high=False)]


def _of_chain(signs: tuple[str, ...], sides: tuple[Tree, ...]) -> list[Piece] | None:
    """Read ``a < x <= b`` and ``b >= x > a``."""
    if all(sign in {">", ">="} for sign in signs):
        signs, sides = tuple(_FLIPPED[sign] for sign in reversed(signs)), sides[::-1]
    rising = all(sign in {"<", "<="} for sign in signs)
    if not rising or not isinstance(sides[1], Symbol):
        return None
    return [Piece(sides[0], sides[2], signs[0] == "<=", signs[1] == "<=")]


def _solved(left: Tree, right: Tree, sign: str, steps: Steps) -> tuple[str, Tree] | None:
    """Solve an inequality for its only symbol: the sign and the end; None if it is not linear in it."""
    if isinstance(left, Symbol) and left.name not in symbols_in(right):
        return sign, right
    if isinstance(right, Symbol) and right.name not in symbols_in(left):
        return _FLIPPED.get(sign, sign), left
    names = {name for name in symbols_in(left) | symbols_in(right) if name not in {"pi", "e"}}
    if len(names) != 1 or "∞" in names:
        return None
    zero = _zero_of(minus(left, right), next(iter(names)), steps)
    if zero is None:
        return None
    end, is_rising = zero
    return (sign if is_rising else _FLIPPED.get(sign, sign)), end


def _zero_of(gap: Tree, name: str, steps: Steps) -> tuple[Tree, bool] | None:
    """Return where a tree that is linear in a symbol is zero, and whether it rises; None if it is not linear."""
    at = [renamed(gap, {name: Constant(Fraction(place))}) for place in range(3)]
    values = [value for value in (numeric_value(each, steps) for each in at) if value is not None]
    if len(values) != len(at):
        return None
    slope = values[1] - values[0]
    if not slope or abs(values[2] - values[1] - slope) > abs(slope) / 10**30:
        return None
    zero = multiplied([negated(at[0]), inverted(minus(at[1], at[0]))]) if at[0] != ZERO else ZERO
    return zero, slope > 0


def _same_pieces(comparing: Comparing, reference: list[Piece], answer: list[Piece]) -> bool:
    """Compare two regions, touching pieces merged."""
    pieces, answer_pieces = _merged(comparing, reference), _merged(comparing, answer)
    if len(pieces) != len(answer_pieces):
        return False
    return all(_same_piece(comparing, *pair) for pair in zip(pieces, answer_pieces, strict=True))


def _same_piece(comparing: Comparing, reference: Piece, answer: Piece) -> bool:
    if (reference.with_low, reference.with_high) != (answer.with_low, answer.with_high):
        return False
    return bool(comparing.same(reference.low, answer.low)) and bool(comparing.same(reference.high, answer.high))


class _Placed(NamedTuple):
    """A piece and where its ends lie."""

    low: float
    high: float
    piece: Piece


def _merged(comparing: Comparing, pieces: list[Piece]) -> list[Piece]:
    """Sort by the lower end and join what touches; what has no value stays as it stands."""
    placed: list[_Placed] = []
    for piece in pieces:
        low, high = _place(piece.low, comparing.steps), _place(piece.high, comparing.steps)
        if low is None or high is None:
            return pieces
        placed.append(_Placed(low, high, piece))
    merged: list[_Placed] = []
    for each in sorted(placed, key=lambda each: each.low):
        if merged and _touches(merged[-1], each):
            merged[-1] = _joined(comparing, merged[-1], each)
        else:
            merged.append(each)
    return [each.piece for each in merged]


def _touches(left: _Placed, right: _Placed) -> bool:
    """Say whether no number lies between two pieces, of which the left one starts first."""
    return right.low < left.high or (right.low == left.high and (left.piece.with_high or right.piece.with_low))


def _joined(comparing: Comparing, left: _Placed, right: _Placed) -> _Placed:
    one, other = left.piece, right.piece
    with_low = one.with_low or (other.with_low and bool(comparing.same(other.low, one.low)))
    if left.high == right.high:
        return left._replace(piece=Piece(one.low, one.high, with_low, one.with_high or other.with_high))
    further = right if right.high > left.high else left
    return _Placed(left.low, further.high, Piece(one.low, further.piece.high, with_low, further.piece.with_high))


def _place(tree: Tree, steps: Steps) -> float | None:
    key = key_of(tree)
    if key in {"∞", key_of(MINUS_INFINITY), key_of(negated(INFINITY))}:
        return float("inf") if key == "∞" else float("-inf")
    value = numeric_value(tree, steps)
    return None if value is None or abs(value) > 10**300 else float(value)


def shifted(relation: Relation) -> Tree:
    """Return left minus right of a relation with two sides."""
    return added([relation.sides[0], negated(relation.sides[1])])
