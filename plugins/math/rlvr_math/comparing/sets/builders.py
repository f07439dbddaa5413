r"""Set builders, such as ``\{2x \mid 0 < x < 1\}``: an expression, and the conditions on its letter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.comparing.names import NUMBER_SETS, free_symbols
from rlvr_math.comparing.unordered import compare_unordered
from rlvr_math.reading.tree import Collection, Relation, Symbol, Tree, children, renamed

# Builders of more letters are compared in the order in which these are written.
_LETTERS_LIMIT = 3
BUILDER = "{|"


class Builder(NamedTuple):
    """An expression, and conditions that hold together."""

    element: Tree
    conditions: tuple[Tree, ...]


def builder_of(tree: Collection) -> Builder:
    """Return what a set builder says.

    A domain before the bar is a condition, and ``x = ...`` behind it is put in the place of ``x``.
    """
    element, *conditions = tree.items
    parts = [part for condition in conditions for part in _parts(condition)]
    if isinstance(element, Relation) and element.signs == ("∈",):
        parts.append(element)
        element = element.sides[0]
    if isinstance(element, Symbol):
        for part in parts:
            value = _value_of(element, part)
            if value is not None:
                return Builder(value, tuple(each for each in parts if each is not part))
    return Builder(element, tuple(parts))


def _parts(tree: Tree) -> tuple[Tree, ...]:
    if isinstance(tree, Collection) and tree.opening in {"", "∧"}:
        return tuple(part for item in tree.items for part in _parts(item))
    return (tree,)


def _value_of(name: Symbol, part: Tree) -> Tree | None:
    """Return what a condition says that a letter is, in terms of other letters."""
    if not isinstance(part, Relation) or part.signs != ("=",) or part.sides[0] != name:
        return None
    letters = free_symbols(part.sides[1])
    return part.sides[1] if letters and name.name not in letters else None


def is_number_set(tree: Tree) -> bool:
    """Return whether a tree is the name of a set of numbers."""
    return isinstance(tree, Symbol) and tree.name.partition("_")[0] in NUMBER_SETS


def letters_of(tree: Tree) -> frozenset[str]:
    """Return the letters that a set or a relation leaves free: names of sets and bound letters are none."""
    match tree:
        case Symbol(name=name) if is_number_set(tree) or name == "∅":
            return frozenset()
        case Collection(opening=opening) if opening == BUILDER:
            builder = builder_of(tree)
            inner = frozenset().union(*map(letters_of, builder.conditions))
            bound = free_symbols(builder.element)
            return inner - bound
        case Collection(items=parts):
            return frozenset().union(*map(letters_of, parts))
        case Relation(signs=signs, sides=parts) if signs in {("∈",), ("∉",)}:
            return frozenset(free_symbols(parts[0])) | letters_of(parts[1])
        case _:
            return frozenset(free_symbols(tree))


def compare_builders(comparing: Comparing, reference: Collection, answer: Collection) -> Decision:
    """Compare two set builders as they are written, the bound letters of the answer renamed."""
    builder, answer_builder = builder_of(reference), builder_of(answer)
    bound, answer_bound = (_symbols_in_order(each.element) for each in (builder, answer_builder))
    if len(bound) != len(answer_bound):
        return DIFFERENT
    # Which letter of the answer stands for which is not said: with three letters there are six ways.
    orders = permutations(bound) if len(bound) <= _LETTERS_LIMIT else (tuple(bound),)
    return any_of(_compare_renamed(comparing, builder, answer_builder, order, answer_bound) for order in orders)


def _compare_renamed(
    comparing: Comparing, builder: Builder, answer_builder: Builder, bound: Sequence[str], answer_bound: Sequence[str]
) -> Decision:
    # A letter of the reference that is free in the answer stays apart from the name that a bound letter takes on.
    renaming: dict[str, Tree] = {name: Symbol(f"{name} free") for name in bound}
    renaming |= {old: Symbol(new) for old, new in zip(answer_bound, bound, strict=True)}
    element = renamed(answer_builder.element, renaming)
    conditions = tuple(renamed(condition, renaming) for condition in answer_builder.conditions)
    return all_of(
        (
            comparing.same(builder.element, element),
            compare_unordered(comparing, builder.conditions, conditions),
        )
    )


def _symbols_in_order(tree: Tree) -> list[str]:
    """Return the free symbols of a tree in the order in which they are written."""
    free = free_symbols(tree)
    found: dict[str, None] = {}
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Symbol) and each.name in free:
            found.setdefault(each.name)
        waiting.extend(reversed(children(each)))
    return list(found)
