r"""Declarations beside an answer: ``a_n = 3n-1 \ (n \in \mathbb{N}^*)`` says what the letter goes over, and no more."""

from __future__ import annotations

from rlvr_math.reading.tree import Collection, Relation, Symbol, Tree, symbols_in

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
    kept = [item for item in tree.items if not _declares(item, letters)]
    is_one = len(kept) == 1 and len(tree.items) > 1
    return kept[0] if is_one and not (isinstance(kept[0], Relation) and set(kept[0].signs) != {"="}) else None


def _declares(tree: Tree, letters: set[str]) -> bool:
    match tree:
        case Relation(signs=("∈",), sides=(Symbol(name=letter), Symbol(name=numbers))):
            return letter in letters and numbers.partition("_")[0] in _SETS
        case _:
            return False
