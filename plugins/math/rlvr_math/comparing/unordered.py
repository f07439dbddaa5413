"""Match parts that have no order."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of, any_of
from rlvr_math.reading.tree import Tree


def compare_unordered(comparing: Comparing, references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> Decision:
    """Match each part of the reference with another part of the answer.

    Equality is not the same both ways where domains differ: for ``sqrt(a)``, ``sqrt(|a|)`` is right. So a part that was
    matched with the first part that is right for it gives that one up to another part, if it has a second one.
    """
    if len(references) != len(answers):
        return DIFFERENT
    matching = _Matching(comparing, references, answers)
    return all_of(matching.take(index) for index in range(len(references)))


class _Matching:
    """A matching that grows part by part: each new part may move the earlier ones along a path."""

    def __init__(self, comparing: Comparing, references: tuple[Tree, ...], answers: tuple[Tree, ...]) -> None:
        self._comparing = comparing
        self._references, self._answers = references, answers
        self._known: dict[tuple[int, int], Decision] = {}
        self._taker: dict[int, int] = {}

    def take(self, index: int) -> Decision:
        """Match one more part of the reference: with a free part, else with one that its taker can give up."""
        free = any_of(self._free(index))
        if free:
            return free
        return free if not self._taker or not self._moves(index) else Decision(same=True, stage=free.stage)

    def _free(self, index: int) -> Iterator[Decision]:
        for place in range(len(self._answers)):
            if place not in self._taker:
                decision = self._same(index, place)
                if decision:
                    self._taker[place] = index
                yield decision

    def _moves(self, index: int) -> bool:
        """Search a path of parts that each give theirs up to the one before, down to a free part."""
        came_from: dict[int, int] = {}
        waiting = [index]
        while waiting:
            mover = waiting.pop()
            for place in range(len(self._answers)):
                if place in came_from or not self._same(mover, place):
                    continue
                came_from[place] = mover
                if place not in self._taker:
                    self._hand_on(place, came_from)
                    return True
                waiting.append(self._taker[place])
        return False

    def _hand_on(self, place: int, came_from: dict[int, int]) -> None:
        """Give each part of a path the place that was found for it, from the free one back."""
        held = {taker: held for held, taker in self._taker.items()}
        while True:
            mover = came_from[place]
            self._taker[place] = mover
            if mover not in held:
                return
            place = held[mover]

    def _same(self, index: int, place: int) -> Decision:
        known = self._known.get((index, place))
        if known is None:
            known = self._comparing.same(self._references[index], self._answers[place])
            self._known[index, place] = known
        return known
