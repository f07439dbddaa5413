"""Letters of an answer that stand for letters of the reference."""

from __future__ import annotations

from rlvr import lazy_pattern
from rlvr_math.comparing.names import NUMBER_SETS, free_symbols, named_value
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import Collection, Relation, Sum, Symbol, Tree

# A letter, Greek ones by their names, with an index.
_VARIABLE = lazy_pattern(r"(?P<letter>[^\W\d_]|\\?[a-z]{2,10})(?P<index>_.{1,12})?")
_INTEGRATION_CONSTANTS = frozenset({"C", "c", "K", "k", "D"})


def renaming_of(reference: Tree, answer: Tree, options: GradeOptions) -> dict[str, Tree]:
    """Give the answer's constant of integration the reference's name, and letters where the options allow it.

    Returns:
        What to put in the place of the answer's symbols; nothing if they stay as they are.
    """
    names, answer_names = (free_symbols(_without_names(tree)) for tree in (reference, answer))
    extra, missing = sorted(answer_names - names), sorted(names - answer_names)
    in_other_case = {} if options.letter_case else _renaming_of_case(extra, missing)
    if in_other_case:
        return in_other_case
    if len(extra) != 1 or len(missing) != 1:
        return {}
    old, new = extra[0], missing[0]
    if isinstance(reference, Symbol):  # any letter would do for one that is the answer itself
        return {}
    may_rename = (options.rename_variables and may_stand_for(old, new)) or (
        _adds_constant(reference, new) and _adds_constant(answer, old)
    )
    return {old: Symbol(new)} if may_rename else {}


def may_stand_for(name: str, other: str) -> bool:
    """Say whether a letter may stand for another: no derivative, segment, other index or set of numbers does."""
    base, index = _VARIABLE.fullmatch(name), _VARIABLE.fullmatch(other)
    if base is None or index is None:
        return False
    has_index = bool(base["index"] or index["index"])
    return not (has_index and base["letter"] == index["letter"]) and not {name, other} <= NUMBER_SETS


def _renaming_of_case(extra: list[str], missing: list[str]) -> dict[str, Tree]:
    """Pair letters that differ in case only; nothing if that leaves some over."""
    by_lower = {name.lower(): name for name in missing}
    if len(by_lower) != len(extra) or not all(name.lower() in by_lower for name in extra):
        return {}
    return {name: Symbol(by_lower[name.lower()]) for name in extra}


def _adds_constant(tree: Tree, name: str) -> bool:
    """Say whether a tree is a sum with a constant of integration of this name."""
    return name in _INTEGRATION_CONSTANTS and isinstance(tree, Sum) and Symbol(name) in tree.terms


def _without_names(tree: Tree) -> Tree:
    """Take the names of values away."""
    if isinstance(tree, Collection):
        return Collection(tree.opening, tree.closing, tuple(_without_names(item) for item in tree.items))
    named = named_value(tree) if isinstance(tree, Relation) else None
    return named[1] if named is not None and isinstance(named[0], Symbol) else tree
