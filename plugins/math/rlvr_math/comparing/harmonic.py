"""Numbers and functions by their names, where the other side does not use the name.

``H_n`` is ``1 + 1/2 + ... + 1/n``. Where answers may be evaluated, ``F_{10}`` is a Fibonacci number, ``T_3(x)`` a
polynomial of Chebyshev.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from rlvr import lazy_pattern
from rlvr_math.reading.binding import bound, size_of
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Call,
    Constant,
    Grid,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    minus,
    multiplied,
    negated,
    renamed,
    symbols_in,
    with_children,
)

# H_4, H_n, H_{2n}, H_{n-1}.
_NAME = lazy_pattern(r"H_(?:(?P<number>\d{1,3})|(?P<factor>\d{0,3})(?P<letter>[a-zA-Z])(?P<offset>[+-]\d{1,3})?)")
_INDEX = Symbol("~k")
_COUNTED = lazy_pattern(r"(?P<name>[FLCDI])_(?P<index>\d{1,3})")
_POLYNOMIAL = lazy_pattern(r"(?P<name>[TUPHL])_(?P<index>\d{1,2})")
# Polynomials of higher degrees take time in proportion to two to this.
_DEGREE_LIMIT = 8
_ROWS_LIMIT = 6
# Nodes of the argument of a polynomial, which takes its place in every term.
_ARGUMENT_LIMIT = 20


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


def with_named_values(tree: Tree, other: Tree) -> Tree | None:
    """Return a tree with the values of numbers and functions that are known by a letter: ``F_{10}``, ``W(e)``.

    Returns:
        None if it has none, or the other tree uses one of their names.
    """
    names = {name: found for name in symbols_in(tree) if (found := _COUNTED.fullmatch(name))}
    if not names.keys().isdisjoint(symbols_in(other)):
        return None
    values = {name: _NUMBERS[found["name"]](int(found["index"])) for name, found in names.items()}
    if "gamma" in symbols_in(tree) - symbols_in(other):
        values["gamma"] = negated(Call("digamma", (ONE,)))  # Euler's constant
    replaced = _with_functions(renamed(tree, values) if values else tree)
    return None if replaced == tree else replaced


def _with_functions(tree: Tree) -> Tree:
    tree = with_children(tree, tuple(map(_with_functions, children(tree))))
    match tree:
        case Call(name=name, arguments=(inner,)) if name in _FUNCTIONS:
            return Call(_FUNCTIONS[name], (inner,))
        case Call(name=name, arguments=(inner,)) if found := _POLYNOMIAL.fullmatch(name):
            return _polynomial(found["name"], int(found["index"]), inner) or tree
        case _:
            return tree


_FUNCTIONS = {"W": "lambertw", "psi": "digamma"}


def _whole(value: int) -> Tree:
    return Constant(Fraction(value))


def _of_pairs(first: int, second: int) -> Callable[[int], Tree]:
    """Return the numbers that are each the sum of the two before, by their places from zero on."""

    def number(index: int) -> Tree:
        one, other = first, second
        for _ in range(index):
            one, other = other, one + other
        return _whole(one)

    return number


def _identity(size: int) -> Tree:
    if size > _ROWS_LIMIT:
        return Symbol(f"I_{size}")
    rows = range(size)
    return Grid(tuple(tuple(ONE if row == column else ZERO for column in rows) for row in rows))


def _arrangements(size: int) -> Tree:
    """Return how many arrangements leave nothing in its place."""
    count = 1
    for index in range(1, size + 1):
        count = index * count + (-1) ** index
    return _whole(count)


_NUMBERS: dict[str, Callable[[int], Tree]] = {
    "F": _of_pairs(0, 1),
    "L": _of_pairs(2, 1),
    "C": lambda index: _whole(math.comb(2 * index, index) // (index + 1)),
    "D": _arrangements,
    "I": _identity,
}


def _polynomial(name: str, degree: int, x: Tree) -> Tree | None:
    """Return a polynomial of Chebyshev, Legendre, Hermite or Laguerre, by the recurrence of three terms."""
    if degree > _DEGREE_LIMIT or size_of(x, _ARGUMENT_LIMIT) > _ARGUMENT_LIMIT:
        return None
    before: Tree = ONE
    now = {"T": x, "P": x, "L": minus(ONE, x)}.get(name, multiplied([_whole(2), x]))
    if not degree:
        return before
    for index in range(1, degree):
        share = {
            "P": Fraction(2 * index + 1, index + 1), "L": Fraction(1, index + 1)
        }.get(name, Fraction(2))  # fmt: skip
        rest = {"P": Fraction(index, index + 1), "L": Fraction(index, index + 1), "H": Fraction(2 * index)}
        factor = added([_whole(2 * index + 1), negated(x)]) if name == "L" else x
        step = multiplied([Constant(share), factor, now])
        before, now = now, minus(step, multiplied([Constant(rest.get(name, Fraction(1))), before]))
    return now
