"""Operators of a tree that sympy may evaluate: they are found here, and their values put in their place."""

from __future__ import annotations

from collections.abc import Mapping

from rlvr_math.reading.tree import Call, Collection, Grid, Tree, Words, children, symbols_in, with_children

# Operators on matrices and vectors are left out: trees decide them, and sympy takes long for large ones.
EVALUATED = frozenset({"sum", "prod", "integral", "antiderivative", "limit", "limit+", "limit-", "derivative"})

_NUMBERS = frozenset({"e", "i", "pi", "∞"})


def operators_in(tree: Tree) -> tuple[Call, ...]:
    """Return the outermost operators of a tree that sympy may evaluate, each once."""
    found: dict[Call, None] = {}
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Call) and each.name in EVALUATED:
            found[each] = None
        else:
            waiting.extend(children(each))
    return tuple(found)


def is_open(reference: Tree, answer: Tree) -> bool:
    """Return True if values of operators may make two trees equal that our own stages do not find equal."""
    if not (operators_in(reference) or operators_in(answer)):
        return False
    # Words and matrices are compared without values; a list equals lists only.
    if any(isinstance(side, (Words, Grid)) for side in (reference, answer)):
        return False
    return isinstance(reference, Collection) == isinstance(answer, Collection)


def has_free_letters(tree: Tree) -> bool:
    """Return True if the value of a tree depends on letters that no operator in it binds."""
    return not symbols_in(tree) <= _NUMBERS


def with_values(tree: Tree, values: Mapping[Call, Tree]) -> Tree:
    """Return a tree with values in the place of its operators."""
    if isinstance(tree, Call) and tree in values:
        return values[tree]
    parts = children(tree)
    return with_children(tree, tuple([with_values(part, values) for part in parts])) if parts else tree
