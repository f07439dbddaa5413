"""Solve an equation of two trees for an operator in one of them."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr_math.reading.binding import OPERATORS
from rlvr_math.reading.tree import (
    MINUS_ONE,
    Call,
    Power,
    Product,
    Sum,
    Tree,
    added,
    children,
    inverted,
    minus,
    multiplied,
    with_children,
)


def operators_in(tree: Tree) -> Iterator[Call]:
    """Yield the outermost operators of a tree from left to right."""
    if isinstance(tree, Call) and tree.name in OPERATORS:
        yield tree
        return
    for child in children(tree):
        yield from operators_in(child)


def solved(tree: Tree, operator: Call, value: Tree) -> Tree | None:
    """Return what an operator is if a tree has a value; None if that is not linear by shape."""
    while tree != operator:
        parts = children(tree)
        holders = [index for index, part in enumerate(parts) if _holds(part, operator)]
        if len(holders) != 1:
            return None
        others = [part for index, part in enumerate(parts) if index != holders[0]]
        match tree:
            case Sum():
                value = minus(value, added(others))
            case Product():
                value = multiplied([value, inverted(multiplied(others))])
            case Power(exponent=exponent) if exponent == MINUS_ONE:
                value = inverted(value)
            case _:
                return None
        tree = parts[holders[0]]
    return value


def replaced(tree: Tree, new: dict[Tree, Tree]) -> Tree:
    """Put trees in the place of operators."""
    if isinstance(tree, Call) and tree in new:
        return new[tree]
    parts = children(tree)
    changed = tuple(replaced(part, new) for part in parts)
    return tree if changed == parts else with_children(tree, changed)


def _holds(tree: Tree, operator: Call) -> bool:
    return tree == operator or any(_holds(child, operator) for child in children(tree))
