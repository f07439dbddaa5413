r"""Roots and fractions that go on within themselves, as ``\sqrt{2+\sqrt{2+\cdots}}`` and ``1+\cfrac{1}{1+\cdots}``.

The levels on the way down to the dots must be equal: two of them where what leads to them is equal too. Their value is
the one that a level leaves unchanged. Only patterns of numbers whose levels are known to come to that value are read:

- ``a + c\sqrt{...}`` with positive a and c, or with negative c and a greater than its square;
- ``a + c/(...)`` with positive a and ``a^2 + 4c``;
- ``a(...)^p`` with positive a and p between 0 and 1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.parser.continued import ELLIPSIS
from rlvr_math.reading.tree import (
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Tree,
    added,
    children,
    key_of,
    multiplied,
    with_children,
)

# The value of what goes on within itself; it stands for itself until it is evaluated.
NESTED = "nested"
# How often what goes on must be shown: by equal levels, and by what leads to them.
_SHOWN = 2
_HOLE = Call("hole", ())
_HALF = Constant(Fraction(1, 2))
_SQUARE = Constant(Fraction(2))
# Roots of a degree above two have a value only where it is a whole number up to this, and the degree too.
_LARGEST_ROOT = 100


class _Level(NamedTuple):
    """A sum or product on the way down to the dots: what leads to it, and its parts that are not on the way."""

    lead: Tree
    others: tuple[Tree, ...]
    depth: int


def with_nested(tree: Tree) -> Tree:
    """Return a tree with the value of what goes on within itself in its place, if it is known."""
    way = _way_to_dots(tree)
    factors: tuple[Tree, ...] = ()
    if isinstance(_node_above(way, 1), Product) and isinstance(_node_above(way, 2), Sum):
        # Behind the factor of what goes on, the dots stand for the rest of that term: 3 + 2...
        factors = tuple(each for each in children(way[-2]) if each != ELLIPSIS)
        way = way[:-1]
    levels = _levels_on(way)
    first = _first_repeated(levels)
    if first is None:
        return tree
    *_, last = levels
    if factors and factors != (Constant(_powered_hole(last.lead)[0]),):
        return tree
    value = _fixed_value(way[last.depth], last)
    return tree if value is None else _put(way[: levels[first].depth + 1], Call(NESTED, (value,)))


def _node_above(way: Sequence[Tree], count: int) -> Tree | None:
    """Return the node so many levels above the last of a way; None if the way is shorter."""
    return way[-1 - count] if len(way) > count else None


def _way_to_dots(tree: Tree) -> list[Tree]:
    """Return the nodes from the root to the only dots; empty if there are none, or more."""
    if tree == ELLIPSIS:
        return [tree]
    found = [way for child in children(tree) if (way := _way_to_dots(child))]
    return [tree, *found[0]] if len(found) == 1 else []


def _levels_on(way: Sequence[Tree]) -> list[_Level]:
    """Return the nodes on the way that are sums, or products, as the one around the dots is."""
    levels: list[_Level] = []
    above = 0
    for depth, node in enumerate(way[:-1]):
        if isinstance(node, (Sum, Product)) and type(node) is type(way[-2]):
            others = list(children(node))
            others.remove(way[depth + 1])
            levels.append(_Level(_put(way[above : depth + 1], _HOLE), tuple(sorted(others, key=key_of)), depth))
            above = depth + 1
    return levels


def _put(way: Sequence[Tree], value: Tree) -> Tree:
    """Return the first node of a way with a value in the place of its last."""
    for child, node in pairwise(reversed(way)):
        parts = list(children(node))
        parts[parts.index(child)] = value
        value = with_children(node, tuple(parts))
    return value


def _first_repeated(levels: Sequence[_Level]) -> int | None:
    """Return the first of the last levels that are all equal; None if they do not show what goes on."""
    if not levels:
        return None
    first = last = len(levels) - 1
    while first > 0 and levels[first - 1].others == levels[last].others and levels[first].lead == levels[last].lead:
        first -= 1
    shown = last - first + (levels[first].lead == levels[last].lead)
    return first if shown >= _SHOWN else None


def _fixed_value(node: Tree, level: _Level) -> Tree | None:
    """Return the value that a level leaves unchanged; None if it is not known that the levels come to it."""
    parts = list(level.others)
    try:
        rest = rational_of(added(parts) if isinstance(node, Sum) else multiplied(parts))
    except UndefinedError:
        return None
    factor, exponent = _powered_hole(level.lead)
    if rest is None or exponent is None or rest <= 0:
        return None
    if isinstance(node, Product):
        is_root = factor == 1 and 0 < exponent < 1
        return Power(Constant(rest), Constant(1 / (1 - exponent))) if is_root else None
    if exponent == -1:
        return _larger_root(rest, factor) if rest * rest + 4 * factor > 0 else None
    if exponent == Fraction(1, 2) and (factor > 0 or rest > factor * factor):
        return Power(_larger_root(factor, rest), _SQUARE)
    return _of_root(rest, factor, exponent)


def _powered_hole(lead: Tree) -> tuple[Fraction, Fraction | None]:
    """Return a number and an exponent of what leads from one level to the next; no exponent if it is something else."""
    match lead:
        case Power(base=base, exponent=Constant(value=value)) if base == _HOLE:
            return Fraction(1), value
        case Product(factors=(Constant(value=factor), inner)):
            return factor, _powered_hole(inner)[1]
        case _:
            return Fraction(), None


def _larger_root(linear: Fraction, constant: Fraction) -> Tree:
    """Return the larger solution of x^2 = linear x + constant."""
    root = Power(Constant(linear * linear + 4 * constant), _HALF)
    return multiplied([_HALF, added([Constant(linear), root])])


def _of_root(rest: Fraction, factor: Fraction, exponent: Fraction) -> Tree | None:
    """Return the level of a root of higher degree if the root is a whole number."""
    degree = exponent.denominator
    if exponent.numerator != 1 or factor < 0 or degree > _LARGEST_ROOT:
        return None
    root = bisect_left(range(_LARGEST_ROOT), rest, key=lambda each: each**degree - factor * each)
    level = Fraction(root) ** degree
    return Constant(level) if level == rest + factor * root else None
