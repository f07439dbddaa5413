"""Operations on finite sets whose members need not be numbers."""

from __future__ import annotations

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, any_of
from rlvr_math.comparing.sets.pieces import LISTED_LIMIT
from rlvr_math.reading.tree import Collection, Symbol, Tree


def compare_finite(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare finite sets, operations on them carried out."""
    members, answer_members = (_members(comparing, tree) for tree in (reference, answer))
    if members is None or answer_members is None:
        return DIFFERENT
    return comparing.same(Collection("{", "}", members), Collection("{", "}", answer_members))


def _members(comparing: Comparing, tree: Tree) -> tuple[Tree, ...] | None:
    """Return the members of a set, each once; None if it is not finite."""
    match tree:
        case Symbol(name="∅"):
            return ()
        case Collection(opening="{", items=items) if len(items) <= LISTED_LIMIT:
            return items
        case Collection(opening="∪" | "∩" | "∖" as sign, items=(first, *rest)):
            members = _members(comparing, first)
            for other in (_members(comparing, each) for each in rest):
                if members is None or other is None:
                    return None
                members = _joined(comparing, members, sign, other)
            return members
        case _:
            return None


def _joined(comparing: Comparing, members: tuple[Tree, ...], sign: str, other: tuple[Tree, ...]) -> tuple[Tree, ...]:
    if sign == "∪":
        return (*members, *other)
    return tuple(member for member in members if _is_among(comparing, member, other) == (sign == "∩"))


def _is_among(comparing: Comparing, member: Tree, others: tuple[Tree, ...]) -> bool:
    return bool(any_of(comparing.same(member, other) for other in others))
