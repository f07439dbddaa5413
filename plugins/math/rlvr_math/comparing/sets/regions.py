"""Read a tree as a set of real numbers.

Everything here but :func:`is_set` runs within :func:`~rlvr_math.comparing.balls.precision`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.sets.builders import BUILDER, builder_of, letters_of
from rlvr_math.comparing.sets.conditions import members, solutions
from rlvr_math.comparing.sets.images import image
from rlvr_math.comparing.sets.pieces import (
    ABOVE,
    BELOW,
    EMPTY,
    LINE,
    LISTED_LIMIT,
    End,
    Piece,
    Region,
    complement,
    difference,
    intersection,
    order,
    placed,
    point,
    region_of_pieces,
    union,
    whole_numbers,
)
from rlvr_math.comparing.sets.places import end_of
from rlvr_math.limits import OverLimitError, Steps
from rlvr_math.reading.tree import (
    Collection,
    Relation,
    Symbol,
    Tree,
    key_of,
)

# Signs that say where on the real line something lies.
PLACING_SIGNS = frozenset({"<", ">", "<=", ">=", "!=", "∈", "∉"})
OPERATIONS = frozenset({"∪", "∩", "∖", "∨", "∧", BUILDER})
_TWO_ENDS = 2
_CHAINED = 3
# Of two letters, one of these is what an inequality is about.
_UNKNOWNS = frozenset({"x", "y", "z", "t", "theta"})
_HALF_OPEN = frozenset({("(", "]"), ("[", ")")})


def is_set(tree: Tree) -> bool:
    """Return whether a tree can only be meant as a set: an inequality, an operation, a half-open interval."""
    match tree:
        case Relation(signs=signs):
            return not PLACING_SIGNS.isdisjoint(signs)
        case Collection(opening=opening) if opening in OPERATIONS:
            return True
        case Collection(opening="", items=items):
            return any(not isinstance(item, Collection) and is_set(item) for item in items) or any(
                isinstance(item, Collection) and item.opening in {"∨", "∧", BUILDER} for item in items
            )
        case Collection(opening="(" | "[" as opening, closing=closing, items=items) if len(items) == _TWO_ENDS:
            return (opening, closing) in _HALF_OPEN or any("∞" in key_of(item) for item in items)
        case _:
            return False


def region_of(tree: Tree, steps: Steps, *, unsolved: bool = False) -> Region:
    """Read a tree as a set of real numbers.

    Args:
        tree: What may be a set.
        steps: The budget.
        unsolved: Whether an equation that is not solved is a set, as it is within a set builder.

    Raises:
        UndecidedError: It is none, or cannot be solved.
        OverLimitError: It has too many pieces.
    """
    steps.spend()
    match tree:
        case Symbol():
            return _of_symbol(tree)
        case Collection(opening=opening) if opening == BUILDER:
            return _of_builder(tree, steps)
        case Collection(opening=opening, items=items) if len(items) > LISTED_LIMIT:
            raise OverLimitError(f"more than {LISTED_LIMIT} items")
        case Collection(opening="(" | "[", items=(low, high)):
            return Region((_interval(tree, end_of(low, steps), end_of(high, steps)),))
        case Collection(opening="{", items=items):
            return region_of_pieces(point(end_of(item, steps)) for item in items)
        case Collection(opening="", items=items):
            return _of_list(items, steps, unsolved=unsolved)
        case Collection(opening=opening, items=items) if opening in _JOINS:
            return _JOINS[opening]([region_of(item, steps, unsolved=unsolved) for item in items])
        case Relation():
            return _of_relation(tree, steps, unsolved=unsolved)
        case _:
            raise UndecidedError("no set")


def _intersected(regions: list[Region]) -> Region:
    return reduce(intersection, regions)


def _taken_away(regions: list[Region]) -> Region:
    return reduce(difference, regions)


_JOINS: dict[str, Callable[[list[Region]], Region]] = {
    "∪": union, "∨": union, "∩": _intersected, "∧": _intersected, "∖": _taken_away
}  # fmt: skip


def _interval(tree: Collection, low: End, high: End) -> Piece:
    piece = Piece(low, high, tree.opening == "[", tree.closing == "]")
    if not (low.is_symbolic or high.is_symbolic):
        gap = order(low, high)
        if gap > 0 or (gap == 0 and not (piece.with_low and piece.with_high)):
            raise UndecidedError("an interval of nothing")
    return piece


def _of_symbol(symbol: Symbol) -> Region:
    r"""Read the name of a set, such as that of ``\mathbb{R}``, perhaps with a mark."""
    if symbol.name == "∅":
        return EMPTY
    name, _, mark = symbol.name.partition("_")
    mark = "+" if name == "N" and mark in {"", "*"} else mark
    match mark:
        case "":
            region = LINE
        case "+" | ">0" | "-" | "<0":
            region = _half(above=mark in {"+", ">0"}, closed=False)
        case ">=0" | "<=0":
            region = _half(above=mark == ">=0", closed=True)
        case "0" if name == "N":
            region = _half(above=True, closed=True)
        case "*" | "!=0":
            region = complement(Region((point(placed(Fraction(0))),)))
        case _:
            raise UndecidedError("an unknown mark behind the name of a set")
    match name:
        case "R":
            return region
        case "Z" | "N":
            return whole_numbers(region)
        case _:
            raise UndecidedError("no set of real numbers")


def _half(*, above: bool, closed: bool) -> Region:
    zero = placed(Fraction(0))
    if above:
        return Region((Piece(zero, ABOVE, with_low=closed, with_high=False),))
    return Region((Piece(BELOW, zero, with_low=False, with_high=closed),))


def _of_builder(tree: Collection, steps: Steps) -> Region:
    """Read a set builder whose expression has one letter."""
    builder = builder_of(tree)
    letters = letters_of(builder.element)
    if len(letters) != 1 or not builder.conditions:
        raise UndecidedError("a builder of several letters")
    (letter,) = letters
    if any(letters_of(condition) != letters for condition in builder.conditions):
        raise UndecidedError("a condition on another letter")
    region = _intersected([region_of(condition, steps, unsolved=True) for condition in builder.conditions])
    return image(builder.element, letter, region, steps)


def _of_list(items: tuple[Tree, ...], steps: Steps, *, unsolved: bool) -> Region:
    """Read a list: values and solved equations unite; conditions intersect, or unite where they share nothing."""
    if not any(map(is_set, items)):
        return union([_of_item(item, steps, unsolved=unsolved) for item in items])
    regions = [_of_item(item, steps, unsolved=unsolved) for item in _with_signs(items)]
    shared = _intersected(regions)
    return shared if shared.pieces else union(regions)


def _with_signs(items: tuple[Tree, ...]) -> Iterator[Tree]:
    r"""Repeat the sign of ``x \ne 1, 2`` before each value that follows."""
    previous: Tree | None = None
    for item in items:
        if isinstance(previous, Relation) and previous.signs == ("!=",) and not isinstance(item, Relation | Collection):
            yield Relation(previous.signs, (previous.sides[0], item))
        else:
            previous = item
            yield item


def _of_item(item: Tree, steps: Steps, *, unsolved: bool) -> Region:
    if isinstance(item, Collection) and item.opening in {"(", "["}:
        raise UndecidedError("a list of intervals, or of points")
    if isinstance(item, Relation | Collection):
        return region_of(item, steps, unsolved=unsolved)
    return Region((point(end_of(item, steps)),))


def _of_relation(relation: Relation, steps: Steps, *, unsolved: bool) -> Region:
    """Read an equation, an inequality or a membership, or a chain of them: all links hold."""
    if not unsolved and "=" in relation.signs and not _is_solved(relation):
        raise UndecidedError("an equation that is not solved")
    letter = unknown_of(relation)
    links = zip(relation.sides[:-1], relation.signs, relation.sides[1:], strict=True)
    return _intersected([_of_link(left, sign, right, letter, steps) for left, sign, right in links])


def _is_solved(relation: Relation) -> bool:
    return all(isinstance(side, Symbol) or not letters_of(side) for side in relation.sides)


def unknown_of(relation: Relation) -> str:
    """Return the letter that a relation is about: its only one, or the one that stands alone on a side.

    Raises:
        UndecidedError: There is none, or more than one.
    """
    letters = letters_of(relation)
    if len(letters) == 1:
        return next(iter(letters))
    sides = [letters_of(side) for side in relation.sides]
    alone = [side.name for side in relation.sides if isinstance(side, Symbol) and side.name in letters]
    alone = [name for name in alone if sum(name in each for each in sides) == 1]
    if len(relation.sides) == _CHAINED:
        # a < x < b is about the letter in the middle.
        alone = [name for name in alone if relation.sides[1] == Symbol(name)]
    if len(alone) > 1:
        # The first in the alphabet, so that a > b and b < a are about the same letter.
        alone = [name for name in alone if name in _UNKNOWNS] or [min(alone)]
    if len(alone) != 1:
        raise UndecidedError("not one unknown")
    return alone[0]


def _of_link(left: Tree, sign: str, right: Tree, letter: str, steps: Steps) -> Region:
    if sign in {"∈", "∉"}:
        region = region_of(right, steps)
        if left != Symbol(letter):
            region = members(left, region, letter, steps)
        return region if sign == "∈" else complement(region)
    if sign not in {"<", "<=", ">", ">=", "!=", "="}:
        raise UndecidedError(f"the sign {sign}")
    if letter not in letters_of(left) | letters_of(right):
        raise UndecidedError("a link without the letter")
    return solutions(left, sign, right, letter, steps)
