"""Stretches of the real line: intervals, their unions, and the inequalities that say the same."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import msgspec

from rlvr_math.comparing.expressions import numeric_value
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
Same = Callable[[Tree, Tree], bool]


class Piece(msgspec.Struct, frozen=True):
    """An interval: its ends, and whether each belongs to it."""

    low: Tree
    high: Tree
    with_low: bool
    with_high: bool


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
        if signs[0] in {">", ">="} and signs[1] in {">", ">="}:
            signs, sides = (_FLIPPED[signs[1]], _FLIPPED[signs[0]]), sides[::-1]
        rising = all(sign in {"<", "<="} for sign in signs)
        if not rising or not isinstance(sides[1], Symbol):
            return None
        return [Piece(sides[0], sides[2], signs[0] == "<=", signs[1] == "<=")]
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


def _solved(left: Tree, right: Tree, sign: str, steps: Steps) -> tuple[str, Tree] | None:
    """Solve an inequality that is linear in its only symbol: the sign and the end."""
    if isinstance(left, Symbol) and left.name not in symbols_in(right):
        return sign, right
    if isinstance(right, Symbol) and right.name not in symbols_in(left):
        return _FLIPPED.get(sign, sign), left
    names = {name for name in symbols_in(left) | symbols_in(right) if name not in {"pi", "e"}}
    if len(names) != 1 or "∞" in names:
        return None
    gap = minus(left, right)
    at = [renamed(gap, {next(iter(names)): Constant(Fraction(place))}) for place in range(3)]
    values = [numeric_value(each, steps) for each in at]
    if values[0] is None or values[1] is None or values[2] is None:
        return None
    slope = values[1] - values[0]
    if not slope or abs(values[2] - values[1] - slope) > abs(slope) / 10**30:
        return None
    end = multiplied([negated(at[0]), inverted(minus(at[1], at[0]))]) if at[0] != ZERO else ZERO
    return (_FLIPPED.get(sign, sign) if slope < 0 else sign), end


def same_region(one: list[Piece], other: list[Piece], same: Same, steps: Steps) -> bool:
    """Compare two regions, touching pieces merged."""
    left, right = (_merged(pieces, same, steps) for pieces in (one, other))
    if len(left) != len(right):
        return False
    return all(_same_piece(*pair, same) for pair in zip(left, right, strict=True))


def _same_piece(one: Piece, other: Piece, same: Same) -> bool:
    if (one.with_low, one.with_high) != (other.with_low, other.with_high):
        return False
    return same(one.low, other.low) and same(one.high, other.high)


def _merged(pieces: list[Piece], same: Same, steps: Steps) -> list[Piece]:
    """Sort by the lower end and join what touches; what has no value stays as it stands."""
    ends = [(_place(piece.low, steps), _place(piece.high, steps)) for piece in pieces]
    if any(low is None or high is None for low, high in ends):
        return pieces
    order = sorted(range(len(pieces)), key=lambda index: ends[index][0] or 0.0)
    out: list[Piece] = []
    for index in order:
        piece, low, high = pieces[index], ends[index][0] or 0.0, ends[index][1] or 0.0
        if out and low <= (_place(out[-1].high, steps) or 0.0):
            last = out[-1]
            touching = low < (_place(last.high, steps) or 0.0) or last.with_high or piece.with_low
            if touching:
                further = high > (_place(last.high, steps) or 0.0)
                equal_high = high == (_place(last.high, steps) or 0.0)
                with_high = piece.with_high or last.with_high if equal_high else (piece if further else last).with_high
                with_low = last.with_low or (piece.with_low and same(piece.low, last.low))
                out[-1] = Piece(last.low, piece.high if further else last.high, with_low, with_high)
                continue
        out.append(piece)
    return out


def _place(tree: Tree, steps: Steps) -> float | None:
    key = key_of(tree)
    if key in {"∞", key_of(MINUS_INFINITY), key_of(negated(INFINITY))}:
        return float("inf") if key == "∞" else float("-inf")
    value = numeric_value(tree, steps)
    return None if value is None or abs(value) > 10**300 else float(value)


def shifted(relation: Relation) -> Tree:
    """Return left minus right of a relation with two sides."""
    return added([relation.sides[0], negated(relation.sides[1])])
