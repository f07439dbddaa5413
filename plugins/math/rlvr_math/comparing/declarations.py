r"""Declarations beside an answer: ``a_n = 3n-1 \ (n \in \mathbb{N}^*)`` says what the letter goes over, and no more."""

from __future__ import annotations

from rlvr_math.reading.tree import Collection, Relation, Symbol, Tree, symbols_in

_SETS = frozenset({"R", "Z", "N", "Q", "C"})


def without_declarations(tree: Tree, other: Tree) -> Tree | None:
    """Return the only item of a list that declares no letter which the other side uses without declaring it.

    Returns:
        None if nothing is declared, or if several items are left.
    """
    if not isinstance(tree, Collection) or tree.opening not in {"", "∧"} or isinstance(other, Collection):
        return None
    letters = symbols_in(other)
    kept = [item for item in tree.items if not _declares(item, letters)]
    return kept[0] if len(kept) == 1 and len(tree.items) > 1 else None


def _declares(tree: Tree, letters: set[str]) -> bool:
    match tree:
        case Relation(signs=("∈",), sides=(Symbol(name=letter), Symbol(name=numbers))):
            return letter in letters and numbers.partition("_")[0] in _SETS
        case _:
            return False
