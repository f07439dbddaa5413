"""Station 3: run the scorers; every mishap becomes data here and only here.

:func:`dispatch` says what is to be scored, a :class:`Runner` says where: :class:`InProcess` runs it in this process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from time import monotonic, perf_counter
from typing import Any, Protocol, cast

import msgspec

from rlvr.config import Entry, Suite
from rlvr.record import Record
from rlvr.score import FailureKind, Score, score_from

# What an unanswered record gets from every scorer, which is not called: no scorer may pay for nothing.
_UNANSWERED = Score.of(0.0, "the completion is blank")


class Job(msgspec.Struct, frozen=True, gc=False):
    """One scorer to run on one record."""

    record: Record
    entry: Entry


class Runner(Protocol):
    """Where scorers run."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Score]:
        """Score each job, in order.

        Args:
            jobs: What to score.
            deadline: The time of ``time.monotonic`` at which to stop; what is not done by then is cancelled.

        Returns:
            A score per job. Never raises but for KeyboardInterrupt.
        """


def dispatch(
    suite: Suite, records: Sequence[Record], runner: Runner, deadline: float | None = None
) -> list[tuple[Score, ...]]:
    """Run each record's task on it.

    Returns:
        For each record, in order, a score per entry of its task; nothing for a record without a task.
    """
    jobs: list[Job] = []
    settled: list[list[Score | None]] = []  # None where a job's score goes
    for record in records:
        entries = () if record.task is None else suite.tasks[record.task].entries
        settled.append([_without_running(record, entry) for entry in entries])
        jobs.extend(Job(record, entry) for entry, score in zip(entries, settled[-1], strict=True) if score is None)
    run = iter(runner.run(jobs, deadline))
    return [tuple(next(run) if score is None else score for score in scores) for scores in settled]


def _without_running(record: Record, entry: Entry) -> Score | None:
    """Settle what needs no scorer: a field that the row lacks, or a blank completion."""
    for path in entry.installed.scorer.needs:
        if record.field(path) is None:
            return Score.invalid_task(f"the row has no `{path}`")
    return None if record.answered else _UNANSWERED


class InProcess:
    """Runs scorers in this process, one after the other; async ones side by side on an event loop."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Score]:
        """See :class:`Runner`."""
        scores: list[Score | None] = []
        waiting: dict[int, tuple[Job, Awaitable[Any]]] = {}
        for job in jobs:
            if deadline is not None and monotonic() >= deadline:
                scores.append(cancelled())
                continue
            answer = _called(job)
            if not isinstance(answer, Score):
                waiting[len(scores)] = (job, answer)
                scores.append(None)
            else:
                scores.append(answer)
        if waiting:
            for index, score in zip(waiting, _awaited(list(waiting.values()), deadline), strict=True):
                scores[index] = score
        return [score for score in scores if score is not None]


def cancelled() -> Score:
    """Answer for a job that the batch's deadline left undone."""
    return Score.failed(FailureKind.CANCELLED_DEADLINE, "the batch's deadline came first")


def _called(job: Job) -> Score | Awaitable[Any]:
    """Run one scorer: its score, or what to await for it."""
    start = perf_counter()
    entry = job.entry
    try:
        answer = entry.installed.scorer.score(job.record, entry.prepared)
        if hasattr(answer, "__await__"):
            return cast("Awaitable[Any]", answer)
        score = score_from(answer, entry.declared)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        score = broken(error)
    return _timed(score, start)


def broken(error: BaseException) -> Score:
    """Tell what a scorer raised as a score; passes KeyboardInterrupt on, which is the operator's own."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    kind = FailureKind.OUT_OF_MEMORY if isinstance(error, MemoryError) else FailureKind.EXCEPTION
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # an exception of a plugin may break even here
        text = ""
    return Score.failed(kind, f"{type(error).__name__}: {text[:300]}")


def _awaited(waiting: list[tuple[Job, Awaitable[Any]]], deadline: float | None) -> list[Score]:
    """Run the awaitables side by side, each within its budget."""
    import asyncio  # costs as much as all of core to import, and most suites have no async scorer
    from concurrent.futures import ThreadPoolExecutor

    async def all_of_them() -> list[Score]:
        return await asyncio.gather(*(_one(job, awaitable, deadline) for job, awaitable in waiting))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(all_of_them())
    # The caller has a loop running in this thread, which must not be entered again.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, all_of_them()).result()


async def _unexiting(awaitable: Awaitable[Any]) -> Any:
    """Await a scorer's answer; asyncio lets a task's SystemExit end the loop, and all other scorers with it."""
    try:
        return await awaitable
    except SystemExit as error:
        return broken(error)


async def _one(job: Job, awaitable: Awaitable[Any], deadline: float | None) -> Score:
    import asyncio

    start = perf_counter()
    left = float("inf") if deadline is None else deadline - monotonic()
    budget = job.entry.budget_seconds
    try:
        answer = await asyncio.wait_for(_unexiting(awaitable), max(0.0, min(left, budget)))
        score = score_from(answer, job.entry.declared)
    except TimeoutError as error:
        if perf_counter() - start < min(left, budget):
            score = broken(error)  # raised by the scorer, not by its budget
        elif left < budget:
            score = cancelled()
        else:
            score = Score.failed(FailureKind.TIMEOUT, f"took longer than its budget of {budget:g} s")
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        score = broken(error)
    return _timed(score, start)


def _timed(score: Score, start: float) -> Score:
    return msgspec.structs.replace(score, seconds=perf_counter() - start)
