"""Harmonic numbers by their name: ``H_n`` is ``1 + 1/2 + ... + 1/n`` where the other side does not use that name."""

from __future__ import annotations

from fractions import Fraction

from rlvr import lazy_pattern
from rlvr_math.reading.binding import bound
from rlvr_math.reading.tree import (
    ONE,
    Constant,
    Symbol,
    Tree,
    added,
    inverted,
    multiplied,
    renamed,
    symbols_in,
)

# H_4, H_n, H_{2n}, H_{n-1}.
_NAME = lazy_pattern(r"H_(?:(?P<number>\d{1,3})|(?P<factor>\d{0,3})(?P<letter>[a-zA-Z])(?P<offset>[+-]\d{1,3})?)")
_INDEX = Symbol("~k")


def with_harmonic_numbers(tree: Tree, other: Tree) -> Tree | None:
    """Return a tree with the values of its harmonic numbers, of those that another tree does not name.

    Returns:
        None if it has none.
    """
    names = {name: match for name in symbols_in(tree) if (match := _NAME.fullmatch(name))}
    found = {name: _value_of(match.groupdict()) for name, match in names.items() if name not in symbols_in(other)}
    return renamed(tree, found) if found else None


def _value_of(parts: dict[str, str | None]) -> Tree:
    if parts["number"]:
        return Constant(sum((Fraction(1, each) for each in range(1, int(parts["number"]) + 1)), Fraction(0)))
    count = multiplied([Constant(Fraction(parts["factor"] or 1)), Symbol(parts["letter"] or "")])
    end = added([count, Constant(Fraction(parts["offset"]))]) if parts["offset"] else count
    return bound("sum", inverted(_INDEX), _INDEX, ONE, end)
