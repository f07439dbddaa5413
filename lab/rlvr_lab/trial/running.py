"""The runs of a trial: whole groups are drawn from the data and scored, then scored again."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import stdev
from tempfile import TemporaryDirectory

import msgspec

from rlvr import RlvrError, Suite, Summary, close, load_suite
from rlvr.record import records_from
from rlvr.report import SAME_REWARD
from rlvr.runs import (
    Choice,
    PlacedRow,
    RunFolder,
    RunRow,
    StopFlag,
    chosen_rows,
    files_of,
    manifest_of,
    open_run,
    run_job,
    stop_on_signals,
)
from rlvr_lab.view.statistics import RunStatistics

# The rows of which the sample is drawn; they are in memory.
READ_ROWS = 20_000

_BATCH_ROWS = 64


class TrialError(RlvrError):
    """Data without a row, or a trial that was stopped."""


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards of a task that differ if the same rows are scored again.

    Attributes:
        rows: Rows that were scored each time.
        changed: Those of them whose reward was not the same each time.
        lost: Rows that were scored at first, and not each time.
        deviation: Mean standard deviation of the rewards of a row, as a share of the range of the task.
        components: By entry: rows on which its value was not the same each time, the most frequent first.
        example: Id of a row that changed, and its rewards; None without one.
    """

    rows: int = 0
    changed: int = 0
    lost: int = 0
    deviation: float = 0.0
    components: dict[str, int] = {}
    example: tuple[object, list[float]] | None = None


class SmallRun(msgspec.Struct, frozen=True, kw_only=True):
    """A sample after it was scored.

    Attributes:
        suite: The suite.
        rows: The rows of the first time.
        statistics: Their statistics.
        summary: Their summary.
        noise: By task: what changed when they were scored again; empty if they were not.
        available: Number of rows of the data that were read.
    """

    suite: Suite
    rows: Sequence[RunRow]
    statistics: RunStatistics
    summary: Summary
    noise: dict[str, Noise]
    available: int


@contextmanager
def open_small_run(path: Path, data: Sequence[Path], *, rows: int, repeat: int, seed: int) -> Iterator[SmallRun]:
    """Score a sample of rows, and score it again; yield the result while the suite is open.

    The cache is off: it would hide noise and times.

    Args:
        path: The suite file.
        data: The files.
        rows: The rows to score; groups stay whole as far as they fit.
        repeat: How often the sample is scored again.
        seed: Another seed draws other groups.

    Raises:
        TrialError: The data have no rows, or a signal stopped the trial.
        RlvrError: The suite or the data cannot be read.
    """
    suite = msgspec.structs.replace(load_suite(path), cache=None)
    try:
        with TemporaryDirectory(prefix="rlvr-trial-") as place, stop_on_signals() as stop:
            yield _score(suite, data, Path(place) / "run", stop, rows=rows, repeat=repeat, seed=seed)
    finally:
        close(suite)


def _score(  # noqa: PLR0913  # the options of the command
    suite: Suite, data: Sequence[Path], folder: Path, stop: StopFlag, *, rows: int, repeat: int, seed: int
) -> SmallRun:
    files, choice = files_of(data), Choice(limit=READ_ROWS)
    read = list(chosen_rows(suite, files, choice, stop))
    sample = _whole_groups(suite, read, rows, seed)
    if not sample:
        raise TrialError(f"{', '.join(map(str, data))}: no row to score")
    manifest = manifest_of(suite, files, choice.options, _BATCH_ROWS)
    summary, statistics = Summary.of(suite), RunStatistics(manifest)
    with open_run(folder, manifest) as writer:
        for scored in run_job(suite, sample, stop, writer):
            summary.add(scored.report, [each.group for each in scored.facts])
    found = list(RunFolder(folder).rows())
    for row in found:
        statistics.add(row)
    again = [
        [reward for scored in run_job(suite, sample, stop) for reward in scored.report.rewards] for _ in range(repeat)
    ]
    if stop.signal is not None:
        raise TrialError(f"stopped by {stop.signal.name} before all rows were scored")
    times = [
        [(reward.value, reward.verdict.has_value, {part.name: part.value for part in reward.parts}) for reward in each]
        for each in again
    ]
    return SmallRun(
        suite=suite,
        rows=found,
        statistics=statistics,
        summary=summary,
        noise={name: _noise_of(suite, name, found, times) for name in statistics.tasks if name} if repeat else {},
        available=len(read),
    )


def _whole_groups(suite: Suite, rows: Sequence[PlacedRow], size: int, seed: int) -> list[PlacedRow]:
    """Draw rows of the same prompts until there are enough; return them in the order of the data."""
    groups: dict[Hashable, list[PlacedRow]] = {}
    for placed in rows:
        groups.setdefault(_prompt_of(suite, placed), []).append(placed)
    order = list(groups.values())
    random.Random(seed).shuffle(order)  # noqa: S311  # a sample that can be repeated, no secret
    chosen: list[PlacedRow] = []
    for group in order:
        if not chosen or len(chosen) + len(group) <= size:
            chosen.extend(islice(group, size))
    return sorted(chosen, key=lambda placed: placed.position)


def _prompt_of(suite: Suite, placed: PlacedRow) -> Hashable:
    """Return what the rows of a prompt share; the position for a row without a prompt."""
    if placed.row.problem:
        return placed.position
    record = records_from(placed.row.value, suite.rules, position=placed.position)[0]
    return tuple((turn.role, turn.content) for turn in record.prompt) or placed.position


_Scored = tuple[float, bool, dict[str, float | None]]


def _noise_of(suite: Suite, task: str, rows: Sequence[RunRow], again: Sequence[Sequence[_Scored]]) -> Noise:
    """Compare the rows of a task with those of further times, which have the same order."""
    total = changed = lost = 0
    deviation = 0.0
    components: dict[str, int] = {}
    example: tuple[object, list[float]] | None = None
    width = suite.tasks[task].high - suite.tasks[task].low
    for number, row in enumerate(rows):
        if row.task != task or not row.verdict.has_value:
            continue
        others = [each[number] for each in again]
        if not all(has_value for _, has_value, _ in others):
            lost += 1
            continue
        total += 1
        rewards = [row.reward, *(value for value, _, _ in others)]
        deviation += stdev(rewards) / width
        if max(rewards) - min(rewards) >= SAME_REWARD:
            changed += 1
            example = example or (row.id, rewards)
        for score in row.scores:
            values = [score.counted or 0.0, *(parts.get(score.name) or 0.0 for _, _, parts in others)]
            if max(values) - min(values) >= SAME_REWARD:
                components[score.name] = components.get(score.name, 0) + 1
    return Noise(
        rows=total,
        changed=changed,
        lost=lost,
        deviation=deviation / total if total else 0.0,
        components=dict(sorted(components.items(), key=lambda item: -item[1])),
        example=example,
    )
