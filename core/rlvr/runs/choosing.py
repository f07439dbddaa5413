"""Rows of a run that a person asks for: by verdict, task, reward, class of reason and text."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr.runs.folder import RunRow
from rlvr.scores import Verdict

SortKey: TypeAlias = Literal["reward", "words", "seconds", "line"]

# Rewards are sums of floats: 0.3 asked for is 0.30000000000000004 too.
SAME_REWARD = 1e-9


class RowChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that are asked for; a condition that is not given holds for all rows.

    Attributes:
        verdicts: Any of these verdicts.
        tasks: Any of these tasks.
        low: The lowest reward.
        high: The highest reward.
        reason_classes: Any of these classes of reason, of the reward or of an entry.
        text: A text in the id, prompt, completion, reference or a reason; capitals do not count.
    """

    verdicts: frozenset[Verdict] = frozenset()
    tasks: frozenset[str] = frozenset()
    low: float = -math.inf
    high: float = math.inf
    reason_classes: frozenset[str] = frozenset()
    text: str = ""

    def has(self, row: RunRow) -> bool:
        """Return True if all conditions hold for a row."""
        return (
            (not self.verdicts or row.verdict in self.verdicts)
            and (not self.tasks or (row.task or "") in self.tasks)
            and self.low - SAME_REWARD <= row.reward <= self.high + SAME_REWARD
            and (not self.reason_classes or not self.reason_classes.isdisjoint(_classes_of(row)))
            and (not self.text or any(self.text.casefold() in each.casefold() for each in _texts_of(row)))
        )


def _classes_of(row: RunRow) -> Iterator[str]:
    yield row.reason_class
    yield from (score.reason_class for score in row.scores)


def _texts_of(row: RunRow) -> Iterator[str]:
    yield str(row.id)
    yield row.completion
    yield row.reason
    yield from (score.reason for score in row.scores)
    yield (
        row.reference if isinstance(row.reference, str) else json.dumps(row.reference, ensure_ascii=False, default=str)
    )
    for turn in row.prompt:
        content = turn.get("content")
        yield content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)


def reward_range(text: str) -> tuple[float, float]:
    """Read ``0``, ``0.2..0.8``, ``..0.5`` or ``0.5..`` as the lowest and the highest reward.

    Raises:
        ValueError: The text is none of these.
    """
    low, dots, high = text.partition("..")
    try:
        ends = (float(low), float(low)) if not dots else (float(low or "-inf"), float(high or "inf"))
    except ValueError:
        ends = (math.nan, math.nan)
    if not ends[0] <= ends[1]:
        raise ValueError(f"{text!r} is no range of rewards; expected a number, 0.2..0.8, ..0.5 or 0.5..")
    return ends


def sorted_rows(rows: Iterable[RunRow], key: SortKey, limit: int, *, is_descending: bool) -> list[RunRow]:
    """Return the first rows by a key; ``limit`` rows are in memory. Equal ones stay in the order of the data."""
    value = _key_of(key)
    if is_descending:
        return heapq.nsmallest(limit, rows, key=lambda row: -value(row))
    return heapq.nsmallest(limit, rows, key=value)


def _key_of(key: SortKey) -> Callable[[RunRow], float]:
    match key:
        case "reward":
            return lambda row: row.reward
        case "words":
            return lambda row: len(row.completion.split())
        case "seconds":
            return lambda row: sum(score.seconds for score in row.scores)
        case "line":
            return lambda row: row.position
        case _:
            assert_never(key)
