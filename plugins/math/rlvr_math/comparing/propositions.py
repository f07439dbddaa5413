"""Formulas of logic, and operations on sets that are only named: equal where their truth tables are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import TypeAlias

from rlvr_math.comparing.decision import Decision
from rlvr_math.reading.tree import Call, Collection, Relation, Symbol, Tree, nodes_of, symbols_in

_Values: TypeAlias = Mapping[str, bool]
_Formula: TypeAlias = Callable[[_Values], bool]
# A table of so many letters has 256 lines.
LETTERS_LIMIT = 8
_SET_OPERATIONS = frozenset({"∪", "∩", "∖"})
_NEGATIONS = frozenset({"\\neg", "\\lnot", "overline"})


def compare_propositions(reference: Tree, answer: Tree) -> Decision | None:
    r"""Compare ``p \to q`` with ``\neg p \lor q``, or ``A \cap (B \cup C)`` with ``(A \cap B) \cup (A \cap C)``.

    Returns:
        The decision; None if a side is no formula in a few letters, or both are one letter or a plain list.
    """
    if not (_connects(reference) and _connects(answer)) or _lists_sets(reference) or _lists_sets(answer):
        return None
    letters = sorted(symbols_in(reference) | symbols_in(answer))
    formulas = _implication(reference), _implication(answer)
    if len(letters) > LETTERS_LIMIT or formulas[0] is None or formulas[1] is None:
        return None
    one, other = formulas[0], formulas[1]
    lines = (dict(zip(letters, values, strict=True)) for values in product((False, True), repeat=len(letters)))
    return Decision(same=all(one(line) == other(line) for line in lines))


def _connects(tree: Tree) -> bool:
    """Return whether a tree has a connective other than that of a list."""
    return any(
        (isinstance(each, Collection) and each.opening in _SET_OPERATIONS | {"∨"})
        or (isinstance(each, Call) and each.name in _NEGATIONS)
        or (isinstance(each, Relation) and each.signs == ("→",))
        for each in nodes_of(tree)
    )


def _lists_sets(tree: Tree) -> bool:
    r"""Return whether sets are listed: ``A \cup B, A \cap B`` names two of them."""
    openings = {each.opening for each in nodes_of(tree) if isinstance(each, Collection)}
    return not openings.isdisjoint(_SET_OPERATIONS) and not openings.isdisjoint({"", "("})


def _implication(tree: Tree) -> _Formula | None:
    """Return the formula of a tree, which may be one implication; others are none without brackets."""
    match tree:
        case Relation(signs=("→",), sides=(first, last)):
            premise, conclusion = _formula(first), _formula(last)
            if premise is None or conclusion is None:
                return None
            return lambda values: not premise(values) or conclusion(values)
        case _:
            return _formula(tree)


def _formula(tree: Tree) -> _Formula | None:
    match tree:
        case Symbol(name=name) if len(name) == 1 and name.isalpha():
            return lambda values: values[name]
        case Call(name=name, arguments=(argument,)) if name in _NEGATIONS:
            inner = _formula(argument)
            return None if inner is None else lambda values: not inner(values)
        # Between brackets "and" is read as a comma.
        case Collection(opening="∨" | "∪" | "" | "∩" | "∖" | "(" as sign, closing="" | ")", items=items):
            found = [formula for formula in map(_formula, items) if formula is not None]
            return _joined(sign, found) if len(found) == len(items) and found else None
        case _:
            return None


def _joined(sign: str, parts: list[_Formula]) -> _Formula:
    match sign:
        case "∨" | "∪":
            return lambda values: any(part(values) for part in parts)
        case "∖":
            return lambda values: parts[0](values) and not any(part(values) for part in parts[1:])
        case _:
            return lambda values: all(part(values) for part in parts)
