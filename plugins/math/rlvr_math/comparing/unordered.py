"""Match parts that have no order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.tree import Tree

# Lists without order are matched item by item.
ITEMS_LIMIT = 200


def compare_unordered(comparing: Comparing, references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> Decision:
    """Match each part of the reference with another part of the answer.

    Raises:
        OverLimitError: There are too many.
    """
    if max(len(references), len(answers)) > ITEMS_LIMIT:
        raise OverLimitError(f"a list of more than {ITEMS_LIMIT} items")
    if len(references) != len(answers):
        return DIFFERENT
    left = list(answers)
    decision = all_of(_take(comparing, reference, left) for reference in references)
    if not decision and Counter(references) == Counter(answers):
        # Equality is not the same both ways where domains differ: for sqrt(a), sqrt(|a|) is right, and was taken.
        return all_of(comparing.same(reference, reference) for reference in references)
    return decision


def _take(comparing: Comparing, reference: Tree, answers: list[Tree]) -> Decision:
    """Remove the first of the answer's parts that is a part of the reference, if there is one."""
    return any_of(_takings(comparing, reference, answers))


def _takings(comparing: Comparing, reference: Tree, answers: list[Tree]) -> Iterator[Decision]:
    for index, answer in enumerate(answers):
        decision = comparing.same(reference, answer)
        if decision:
            del answers[index]
        yield decision
