"""Lists of named values, such as ``x = 1, y = 2``, beside lists and tuples of bare values."""

from __future__ import annotations

from typing import TypeAlias

from rlvr_math.comparing.names import named_value
from rlvr_math.reading.tree import Collection, Relation, Symbol, Tree, key_of

_Values: TypeAlias = tuple[Tree, ...]


def in_order_of_names(reference: Collection, answer: Collection) -> tuple[_Values, _Values] | None:
    """Put the values of named items beside bare ones.

    A bare list or set of the answer is in the order in which the reference names its values.
    A bare list of the reference is in the order in which the answer names its values, if the names are letters:
    those of words, of functions and of one letter's subscripts say no order.
    A tuple is in the alphabetical order of the names.

    Returns:
        The values of both sides in order; None if both sides are named or none, or the values have no order.
    """
    named, answer_named = _named_values(reference), _named_values(answer)
    if named and not answer_named and (_is_bare(answer) or answer.opening == "{") and _is_unnamed(answer):
        return _ordered(named, answer), answer.items
    if answer_named and not named and _is_bare(reference):
        if reference.opening == "" and not _are_letters(answer_named):
            return None
        return reference.items, _ordered(answer_named, reference)
    return None


def without_numbers(tree: Tree, other: Tree) -> Tree:
    """Return ``x_1 = 2, x_2 = 3`` as a list of the values of x, if the other side gives x values without numbers."""
    if not isinstance(tree, Collection) or not isinstance(other, Collection):
        return tree
    named = _named_values(tree)
    names = [name.name.partition("_") if isinstance(name, Symbol) else ("", "", "") for name, _ in named]
    letters = {letter if sign else "" for letter, sign, _ in names}
    given = {key_of(item.sides[0]) for item in other.items if isinstance(item, Relation)}
    return Collection("", "", tuple(value for _, value in named)) if len(letters) == 1 and given == letters else tree


def _is_bare(tree: Collection) -> bool:
    return (tree.opening, tree.closing) in {("", ""), ("(", ")")}


def _is_unnamed(tree: Collection) -> bool:
    """Return whether no item has a name: ``x = 1, x = 2`` is no list of bare values."""
    return not any(isinstance(item, Relation) and named_value(item) is not None for item in tree.items)


def _named_values(tree: Collection) -> list[tuple[Tree, Tree]]:
    """Return the names and values of a list, two names at least; none if an item has no name."""
    if tree.opening not in {"", "("}:
        return []
    pairs = [named_value(item) if isinstance(item, Relation) else None for item in tree.items]
    found = [pair for pair in pairs if pair is not None]
    return found if len(found) == len(tree.items) and len({key_of(name) for name, _ in found}) > 1 else []


def _ordered(named: list[tuple[Tree, Tree]], bare: Collection) -> _Values:
    if bare.opening == "(":
        named = sorted(named, key=lambda pair: key_of(pair[0]).lower())
    return tuple(value for _, value in named)


def _are_letters(named: list[tuple[Tree, Tree]]) -> bool:
    """Return whether the names are different letters: x and y, and not x_1 and x_2."""
    letters = [name.name.partition("_")[0] for name, _ in named if isinstance(name, Symbol)]
    return len(letters) == len(named) and len(set(letters)) > 1
