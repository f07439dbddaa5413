"""Plus/minus signs: a tree with some stands for several trees."""

from __future__ import annotations

from itertools import product

from rlvr_math.comparing.names import is_name
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.tree import (
    CONGRUENT,
    Call,
    Collection,
    Relation,
    Tree,
    added,
    children,
    negated,
    nodes_of,
    with_children,
)

# As many items of a tuple with signs stand for 32 tuples.
_SIGNS_LIMIT = 5


def has_plus_minus(tree: Tree) -> bool:
    """Say whether a plus/minus sign stands anywhere in a tree."""
    return any(type(each) is Call and each.name == "±" for each in nodes_of(tree))


def expanded(tree: Tree) -> Tree:
    """Write a tree with plus/minus signs as the list of what it stands for."""
    match tree:
        case Collection(opening="" | "{" | "∧" | "∨"):
            return _expanded_list(tree)
        case Collection(opening="(" | "["):
            return _expanded_tuple(tree)
        case Relation():
            return _expanded_equation(tree)
        case _ if not has_plus_minus(tree):
            return tree
        case _:
            return Collection("", "", _both(tree))


def _expanded_list(tree: Collection) -> Tree:
    flat: list[Tree] = []
    for item in tree.items:
        each = expanded(item)
        flat.extend(each.items if isinstance(each, Collection) and each.opening == "" else (each,))
    return Collection(tree.opening, tree.closing, tuple(flat))


def _expanded_tuple(tree: Collection) -> Tree:
    """Write a tuple as one for each combination of signs."""
    if sum(map(has_plus_minus, tree.items)) > _SIGNS_LIMIT:
        raise OverLimitError(f"plus/minus signs in more than {_SIGNS_LIMIT} items")
    variants = tuple(Collection(tree.opening, tree.closing, items) for items in product(*map(_both, tree.items)))
    return variants[0] if len(variants) == 1 else Collection("", "", variants)


def _expanded_equation(tree: Relation) -> Tree:
    """Write an equation that gives several values as one for each."""
    if not has_plus_minus(tree):
        return tree
    if tree.signs == ("!=",):
        values = _both(tree.sides[1])
        return Collection("∧", "", tuple(Relation(tree.signs, (tree.sides[0], each)) for each in values))
    name, value = tree.sides[0], expanded(tree.sides[-1])
    gives_values = is_name(name) and tree.signs in {("=",), (CONGRUENT,)}
    if gives_values and isinstance(value, Collection):
        if value.opening:  # a set that contains all values
            return Relation(tree.signs, (name, value))
        return Collection("", "", tuple(Relation(tree.signs, (name, each)) for each in value.items))
    if set(tree.signs) == {"="}:  # the upper signs of both sides, and the lower ones
        sides = [
            tuple(_resolved(side, plus=plus) if has_plus_minus(side) else side for side in tree.sides)
            for plus in (True, False)
        ]
        return Collection("", "", tuple(Relation(tree.signs, each) for each in sides))
    return tree


def _both(tree: Tree) -> tuple[Tree, ...]:
    """Return an expression with all its plus/minus signs as plus, and with all as minus."""
    return (_resolved(tree, plus=True), _resolved(tree, plus=False)) if has_plus_minus(tree) else (tree,)


def _resolved(tree: Tree, *, plus: bool) -> Tree:
    match tree:
        case Call(name="±", arguments=(left, right)):
            one, other = _resolved(left, plus=plus), _resolved(right, plus=plus)
            return added([one, other if plus else negated(other)])
        case _:
            return with_children(tree, tuple(_resolved(each, plus=plus) for each in children(tree)))
