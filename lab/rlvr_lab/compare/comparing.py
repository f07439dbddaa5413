"""Two runs over the same rows: the flips, what became of the reasons, the difference of the means."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr import RlvrError, Verdict
from rlvr.report import SAME_REWARD
from rlvr.runs import Manifest, RunFolder, RunRow
from rlvr_lab.clustered import ClusteredMean, clustered_mean

Move: TypeAlias = Literal["better", "worse", "same"]
Key: TypeAlias = tuple[str | int, int]


class CompareError(RlvrError):
    """Two runs that cannot be compared."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run says of one row.

    Attributes:
        reward: The reward; what the trainer receives if the row was not scored.
        verdict: The verdict.
        reason_class: The kind of reason that decided.
    """

    reward: float
    verdict: Verdict
    reason_class: str

    @property
    def is_scored(self) -> bool:
        """True if the reward says something of the completion."""
        return self.verdict.has_value


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One row in A and in B.

    Attributes:
        key: What identifies the row in both runs.
        task: Its task in A; "" if no route fitted.
        group: Equal for the rows of one prompt.
        a: What A says.
        b: What B says.
    """

    key: Key
    task: str
    group: object
    a: Outcome
    b: Outcome

    @property
    def change(self) -> float:
        """B - A if both scored the row; else 1.0 if only B did, -1.0 if only A did, 0.0 if none did."""
        if self.a.is_scored and self.b.is_scored:
            found = self.b.reward - self.a.reward
            return found if abs(found) >= SAME_REWARD else 0.0
        return float(self.b.is_scored) - float(self.a.is_scored)

    @property
    def move(self) -> Move:
        """The direction of the change."""
        return "better" if self.change > 0.0 else "worse" if self.change < 0.0 else "same"

    @property
    def is_flip(self) -> bool:
        """True if the reward or the verdict differs."""
        return self.change != 0.0 or self.a.verdict is not self.b.verdict

    @property
    def has_changed(self) -> bool:
        """True for a flip, and for a row whose reason became another."""
        return self.is_flip or self.a.reason_class != self.b.reason_class


class TaskDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one task in A and in B.

    Attributes:
        task: Name of the task.
        a: Mean reward in A over the rows that both runs scored; None without such rows.
        b: Mean reward in B over the same rows.
        difference: B - A over these rows, with its interval over groups.
        moves: Number of rows by move.
    """

    task: str
    a: float | None
    b: float | None
    difference: ClusteredMean
    moves: dict[Move, int]


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a task whose reason was of one class in A and is of another, or the same with another reward, in B.

    Attributes:
        task: Name of the task.
        a: Class of the reason in A.
        b: Class of the reason in B.
        rows: Number of rows.
        mean_change: Mean of B - A over those that both runs scored; None if there are none.
    """

    task: str
    a: str
    b: str
    rows: int
    mean_change: float | None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two runs: its name for people, and its folder."""

    name: str
    folder: RunFolder

    @property
    def manifest(self) -> Manifest:
        """What the run is."""
        return self.folder.manifest


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs, row by row.

    Attributes:
        a: The first run.
        b: The second run.
        pairs: The rows that both have, in the order of A.
        only_a: Number of rows that only A has.
        only_b: Number of rows that only B has.
    """

    a: Side
    b: Side
    pairs: Sequence[Pair]
    only_a: int
    only_b: int

    @property
    def flips(self) -> list[Pair]:
        """The rows whose reward or verdict differs."""
        return [pair for pair in self.pairs if pair.is_flip]

    @property
    def moves(self) -> dict[Move, int]:
        """Number of rows by move."""
        return _count_moves(self.pairs)

    @property
    def tasks(self) -> list[TaskDifference]:
        """The difference of each task, in the order in which the tasks appear."""
        tasks: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            tasks.setdefault(pair.task, []).append(pair)
        return [_task_difference(task, members) for task, members in tasks.items()]

    @property
    def transitions(self) -> list[Transition]:
        """What became of the reasons of the rows that changed, the most frequent first."""
        found: dict[tuple[str, str, str], list[Pair]] = {}
        for pair in self.pairs:
            if pair.has_changed:
                found.setdefault(transition_of(pair), []).append(pair)
        by_size = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
        return [
            Transition(task=task, a=a, b=b, rows=len(pairs), mean_change=_mean_change(pairs))
            for (task, a, b), pairs in by_size
        ]

    def rows_of(self, pairs: Iterable[Pair]) -> list[tuple[Pair, RunRow, RunRow]]:
        """Return pairs with their rows in A and in B; both runs are read once more."""
        wanted = list(pairs)
        keys = {pair.key for pair in wanted}
        key_of = key_function(self.a.manifest, self.b.manifest)
        sides = [{key: row for row in side.folder.rows() if (key := key_of(row)) in keys} for side in (self.a, self.b)]
        return [(pair, sides[0][pair.key], sides[1][pair.key]) for pair in wanted]


def compare_runs(a: Side, b: Side) -> Comparison:
    """Compare two runs, row by row.

    Runs over the same data are compared by the position of the rows, other runs by the ids.

    Raises:
        CompareError: Two rows of a run have one id and the data differ, or the runs have no row in common.
    """
    key_of = key_function(a.manifest, b.manifest)
    first: dict[Key, tuple[str, object, Outcome]] = {}
    for row in a.folder.rows():
        first[_new_key(key_of(row), row, first, a)] = (
            row.task or "",
            row.group or ("alone", len(first)),
            _outcome(row),
        )
    pairs: dict[Key, Pair] = {}
    seen: dict[Key, None] = {}
    for row in b.folder.rows():
        key = _new_key(key_of(row), row, seen, b)
        seen[key] = None
        if key in first:
            task, group, outcome = first[key]
            pairs[key] = Pair(key=key, task=task, group=group, a=outcome, b=_outcome(row))
    if not pairs and (first or seen):
        raise CompareError(f"{a.name} and {b.name} have no row in common: no id of one is an id of the other")
    return Comparison(
        a=a,
        b=b,
        pairs=[pairs[key] for key in first if key in pairs],
        only_a=len(first) - len(pairs),
        only_b=len(seen) - len(pairs),
    )


def key_function(a: Manifest, b: Manifest) -> Callable[[RunRow], Key]:
    """Return the function that gives the rows of two runs their keys."""
    if a.data and all(each.sha256 for each in a.data) and [x.sha256 for x in a.data] == [x.sha256 for x in b.data]:
        return lambda row: (row.position, row.sample)
    # As text, since CSV has no other ids: 1 in JSON lines is "1" there.
    return lambda row: (row.id if isinstance(row.id, str) else json.dumps(row.id, sort_keys=True), row.sample)


def transition_of(pair: Pair) -> tuple[str, str, str]:
    """Return the task of a row, and the classes of its reasons in A and in B."""
    return pair.task, pair.a.reason_class, pair.b.reason_class


def as_json(comparison: Comparison) -> dict[str, object]:
    """Return a comparison as JSON values: differences by task, transitions, and every flip with both reasons."""
    return {
        "a": {"run": comparison.a.name, "fingerprint": comparison.a.manifest.fingerprint},
        "b": {"run": comparison.b.name, "fingerprint": comparison.b.manifest.fingerprint},
        "rows": len(comparison.pairs),
        "only_in_a": comparison.only_a,
        "only_in_b": comparison.only_b,
        "moves": comparison.moves,
        "tasks": msgspec.to_builtins(comparison.tasks),
        "reasons": msgspec.to_builtins(comparison.transitions),
        "flips": [
            {
                "id": first.id,
                "file": first.file,
                "line": first.line,
                "task": pair.task,
                "move": pair.move,
                "change": pair.change,
                "a": msgspec.to_builtins(pair.a) | {"reason": first.reason},
                "b": msgspec.to_builtins(pair.b) | {"reason": second.reason},
            }
            for pair, first, second in comparison.rows_of(comparison.flips)
        ],
    }


def _new_key(key: Key, row: RunRow, seen: Mapping[Key, object], side: Side) -> Key:
    if key in seen:
        raise CompareError(
            f"{side.name}: two rows have the id {row.id!r} (the second in line {row.line}), and the two runs are over "
            "different data, so that only ids could pair their rows; give each row an id of its own"
        )
    return key


def _outcome(row: RunRow) -> Outcome:
    return Outcome(reward=row.reward, verdict=row.verdict, reason_class=row.reason_class)


def _count_moves(pairs: Iterable[Pair]) -> dict[Move, int]:
    counts = Counter(pair.move for pair in pairs)
    moves: tuple[Move, ...] = ("better", "worse", "same")
    return {move: counts[move] for move in moves}


def _task_difference(task: str, pairs: Sequence[Pair]) -> TaskDifference:
    scored = [pair for pair in pairs if pair.a.is_scored and pair.b.is_scored]
    return TaskDifference(
        task=task,
        a=math.fsum(pair.a.reward for pair in scored) / len(scored) if scored else None,
        b=math.fsum(pair.b.reward for pair in scored) / len(scored) if scored else None,
        difference=clustered_mean((pair.group, pair.b.reward - pair.a.reward) for pair in scored),
        moves=_count_moves(pairs),
    )


def _mean_change(pairs: Iterable[Pair]) -> float | None:
    changes = [pair.change for pair in pairs if pair.a.is_scored and pair.b.is_scored]
    return math.fsum(changes) / len(changes) if changes else None
