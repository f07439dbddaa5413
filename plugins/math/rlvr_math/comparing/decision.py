"""Decisions: whether two trees are the same answer, and the stage that decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol, TypeAlias, assert_never

from rlvr_math.limits import Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.tree import Tree

Stage: TypeAlias = Literal["form", "exact", "residues", "balls", "rounding", "tolerance", "factors", "regions", "words"]
"""What a decision rests on; "form" if nothing was calculated."""


class Decision(NamedTuple):
    """Whether two trees are the same answer, which is also its truth, and the stage that decided."""

    same: bool
    stage: Stage = "form"

    def __bool__(self) -> bool:
        return self.same

    @property
    def is_rounded(self) -> bool:
        """Whether the sides are the same because one of them is the other one rounded."""
        match self.stage:
            case "rounding" | "tolerance":
                return self.same
            case "form" | "exact" | "residues" | "balls" | "factors" | "regions" | "words":
                return False
            case _:
                assert_never(self.stage)

    def stage_after(self, earlier: Stage) -> Stage:
        """Return what this decision and an earlier one of ``all_of`` or ``any_of`` rest on together."""
        match self.stage:
            case "form":  # nothing was calculated here
                return earlier
            case "exact" | "residues" | "balls" | "rounding" | "tolerance" | "factors" | "regions" | "words":
                return self.stage
            case _:
                assert_never(self.stage)


DIFFERENT = Decision(same=False)


def all_of(decisions: Iterable[Decision]) -> Decision:
    """Decide by the first decision that two parts differ; the others are not asked for."""
    stage: Stage = "form"
    for decision in decisions:
        stage = decision.stage_after(stage)
        if not decision:
            return Decision(same=False, stage=stage)
    return Decision(same=True, stage=stage)


def any_of(decisions: Iterable[Decision]) -> Decision:
    """Decide by the first decision that two trees are the same; the others are not asked for."""
    stage: Stage = "form"
    for decision in decisions:
        stage = decision.stage_after(stage)
        if decision:
            return Decision(same=True, stage=stage)
    return Decision(same=False, stage=stage)


class Undecided(NamedTuple):
    """Two expressions that no rule decides, and why."""

    reference: Tree
    answer: Tree
    reason: str


class Comparing(Protocol):
    """One comparison, as its parts see it."""

    options: GradeOptions
    steps: Steps
    matrices: frozenset[str]
    undecided: list[Undecided]
    letters: tuple[frozenset[str], frozenset[str]]

    def same(self, reference: Tree, answer: Tree) -> Decision:
        """Decide whether a part of the answer is a part of the reference."""

    def same_in_order(self, references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> Decision:
        """Decide whether as many parts are the same, one by one."""

    def rounded_links(self) -> Comparing:
        """Return the same comparison for the links of a chain, where people round."""
