r"""Declarations beside an answer: ``a_n = 3n-1 \ (n \in \mathbb{N}^*)`` says what the letter goes over, and no more."""

from __future__ import annotations

from rlvr_math.reading.binding import WHOLE_LETTERS
from rlvr_math.reading.tree import Collection, Constant, Relation, Symbol, Tree, symbols_in

# From where the indices of sequences commonly go: n > 0, n >= 1, n >= 2.
_FIRST = frozenset({0, 1, 2})
_SETS = frozenset({"R", "Z", "N", "Q", "C"})


def without_declarations(tree: Tree, other: Tree) -> Tree | None:
    """Return the only item of a list that declares no letter which the other side uses without declaring it.

    Beside an inequality a set of numbers is one more condition.

    Returns:
        None if nothing is declared, if several items are left, or if the item is no equation and no expression.
    """
    if not isinstance(tree, Collection) or tree.opening not in {"", "∧"} or isinstance(other, Collection):
        return None
    letters = symbols_in(other)
    kept = [item for item in tree.items if not _declares(item, letters) and not _starts(item)]
    is_one = len(kept) == 1 and len(tree.items) > 1
    if is_one and any(_starts(item) and not symbols_in(item) <= symbols_in(kept[0]) for item in tree.items):
        return None
    return kept[0] if is_one and not (isinstance(kept[0], Relation) and set(kept[0].signs) != {"="}) else None


def _declares(tree: Tree, letters: set[str]) -> bool:
    match tree:
        case Relation(signs=("∈",), sides=(Symbol(name=letter), Symbol(name=numbers))):
            return letter in letters and numbers.partition("_")[0] in _SETS
        case _:
            return False


def _starts(tree: Tree) -> bool:
    """Return whether a condition says no more than where the index of a sequence commonly starts."""
    match tree:
        case Relation(signs=(">" | ">=",), sides=(Symbol(name=letter), Constant(value=least))):
            return letter in WHOLE_LETTERS and least in _FIRST
        case _:
            return False
