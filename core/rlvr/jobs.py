"""Jobs: one scorer on one record, or on all records of a prompt; and the runner that runs them in this process.

Every failure of a scorer becomes data here and only here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from inspect import iscoroutinefunction
from time import monotonic, perf_counter
from typing import Any, Protocol, TypeAlias, cast

import msgspec

from rlvr.config import Entry
from rlvr.hooks import Remainder
from rlvr.record import Record
from rlvr.scores import FailureKind, Score, score_from


class Job(msgspec.Struct, frozen=True, gc=False):
    """One scorer to run on one record, or on all records of one prompt if it scores groups."""

    records: tuple[Record, ...]
    entry: Entry

    @property
    def budget_seconds(self) -> float:
        """The wall time that the job may take, with the remainder of its scorer."""
        return (self.entry.budget_seconds + self.entry.installed.scorer.remainder_seconds) * len(self.records)

    @property
    def is_async(self) -> bool:
        """True if the scorer is a coroutine function."""
        return iscoroutinefunction(self.entry.installed.scorer.score_group or self.entry.installed.scorer.score)

    def repeat(self, score: Score) -> tuple[Score, ...]:
        """Return the same score for every record."""
        return (score,) * len(self.records)


Scores: TypeAlias = tuple[Score, ...]
"""The scores of one job: one per record."""


class HandedOn(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a job whose bounded scorer returned a remainder, which must run in a worker.

    Attributes:
        seconds: Wall time of the part that ran.
    """

    seconds: float


class Runner(Protocol):
    """Runs the scorers of a batch: in this process, in workers, or elsewhere."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Score each job, in order.

        Args:
            jobs: The jobs.
            deadline: The time of ``time.monotonic`` at which to stop; unfinished jobs are then cancelled.

        Returns:
            A score per record for each job. Never raises anything but KeyboardInterrupt.
        """


class InProcess:
    """Runs scorers in this process, one after another; async ones concurrently on an event loop."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """See :class:`Runner`."""
        return cast("list[Scores]", self._run(jobs, deadline, finishes=True))

    def begin(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores | HandedOn]:
        """Score each job as :meth:`run` does, but leave remainders to another runner."""
        return self._run(jobs, deadline, finishes=False)

    @staticmethod
    def _run(jobs: Sequence[Job], deadline: float | None, *, finishes: bool) -> list[Scores | HandedOn]:
        # All scorers run before the first answer is checked: code that runs again at once is in the processor's caches,
        # and the checks take a third of the time that they take between two scorers.
        called = [_call(job) if deadline is None or monotonic() < deadline else None for job in jobs]
        scores: list[Scores | HandedOn] = []
        waiting: dict[int, tuple[Job, Awaitable[Any]]] = {}
        for job, each in zip(jobs, called, strict=True):
            answer = job.repeat(cancelled_score()) if each is None else _settle(job, each, finishes=finishes)
            if isinstance(answer, (tuple, HandedOn)):
                scores.append(answer)
            else:
                waiting[len(scores)] = (job, answer)
                scores.append(())
        if waiting:
            for index, each_scores in zip(waiting, _await_all(list(waiting.values()), deadline), strict=True):
                scores[index] = each_scores
        return scores


def cancelled_score() -> Score:
    """Return the score of a job that was not finished at the deadline of its batch."""
    return Score.failed(FailureKind.CANCELLED_DEADLINE, "the batch's deadline came first")


def seconds_of(result: Scores | HandedOn) -> float:
    """Return the seconds that a job took in this process."""
    return result.seconds if isinstance(result, HandedOn) else result[0].seconds * len(result)


def answer_job(job: Job) -> Scores | Awaitable[Any]:
    """Run one job, with its remainder; return its scores, or an awaitable of its answer if its scorer is async."""
    return cast("Scores | Awaitable[Any]", _settle(job, _call(job), finishes=True))


class _Called(msgspec.Struct, frozen=True):
    """The answer of a scorer to a job, not yet checked, or the score of its exception; and the time of the call."""

    answer: object
    fault: Score | None
    seconds: float


def _call(job: Job) -> _Called:
    """Call the scorer of a job."""
    start = perf_counter()
    try:
        answer, fault = job.entry.installed.scorer.call(job.records, job.entry.prepared), None
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        answer, fault = None, failure_from(error)
    return _Called(answer, fault, perf_counter() - start)


def _settle(job: Job, called: _Called, *, finishes: bool) -> Scores | HandedOn | Awaitable[Any]:
    """Convert the answer to a job into scores; ``finishes`` says whether to run a remainder."""
    answer, fault, seconds = called.answer, called.fault, called.seconds
    start = perf_counter()
    if fault is not None:
        return with_seconds(job.repeat(fault), start - seconds)
    try:
        if job.entry.installed.scorer.remainder_seconds and isinstance(answer, Remainder):
            if not finishes:
                return HandedOn(seconds=seconds)
            answer = answer.finish()
        if not isinstance(answer, (Score, float)) and hasattr(answer, "__await__"):  # a miss of hasattr is slow
            return cast("Awaitable[Any]", answer)
        scores = scores_from(job, answer)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        scores = job.repeat(failure_from(error))
    return with_seconds(scores, start - seconds)


def scores_from(job: Job, answer: object) -> Scores:
    """Check the answer of a scorer to a job, and convert it into scores."""
    if job.entry.installed.scorer.score_group is None:
        return (score_from(answer, job.entry.declared),)
    if not isinstance(answer, (list, tuple)) or len(answer) != len(job.records):
        what = f"{len(answer)} answers" if isinstance(answer, (list, tuple)) else type(answer).__name__
        problem = f"`score_group` returned {what} for {len(job.records)} records; expected a list with one each"
        return job.repeat(Score.failed(FailureKind.INVALID_RESULT, problem))
    return tuple(score_from(each, job.entry.declared) for each in answer)


def failure_from(error: BaseException) -> Score:
    """Convert an exception raised by a scorer into a failed Score.

    Raises:
        KeyboardInterrupt: The error is a KeyboardInterrupt, which comes from the operator.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    kind = FailureKind.OUT_OF_MEMORY if isinstance(error, MemoryError) else FailureKind.EXCEPTION
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # `str` of an exception of a plugin may raise too
        text = ""
    return Score.failed(kind, f"{type(error).__name__}: {text[:300]}")


def _await_all(waiting: list[tuple[Job, Awaitable[Any]]], deadline: float | None) -> list[Scores]:
    """Run the awaitables concurrently, each within its budget."""
    import asyncio  # its import takes as long as that of all of core, and most suites have no async scorer
    from concurrent.futures import ThreadPoolExecutor

    async def await_together() -> list[Scores]:
        limits = Limits()
        return await asyncio.gather(*(limits.await_scores(job, awaitable, deadline) for job, awaitable in waiting))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(await_together())
    # A loop of the caller runs in this thread, so a second one needs a thread of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, await_together()).result()


async def _scores_of(job: Job, awaitable: Awaitable[Any]) -> Scores:
    """Await the scores of a job; an exception of its scorer becomes failed scores inside the task.

    Outside would be too late: SystemExit of one task ends the event loop, and all other scorers with it.
    """
    try:
        return scores_from(job, await awaitable)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        return job.repeat(failure_from(error))


class Limits:
    """Limits how many records each async scorer scores at the same time; for use on one event loop."""

    def __init__(self) -> None:
        self._limits: dict[str, Any] = {}

    async def await_scores(self, job: Job, awaitable: Awaitable[Any], deadline: float | None) -> Scores:
        """Await the scores of a job: within the concurrency of its scorer, its budget and the deadline."""
        import asyncio

        installed = job.entry.installed
        limit = self._limits.setdefault(installed.id, asyncio.Semaphore(installed.scorer.concurrency))
        async with limit:
            start = perf_counter()
            left = float("inf") if deadline is None else deadline - monotonic()
            budget = job.budget_seconds
            task = asyncio.ensure_future(_scores_of(job, awaitable))
            # Not ``wait_for``: it waits for a coroutine that refuses to be cancelled.
            done, _ = await asyncio.wait({task}, timeout=max(0.0, min(left, budget)))
            if not done:
                task.cancel()
                return with_seconds(job.repeat(cancelled_score() if left < budget else timeout_score(budget)), start)
            try:
                scores = task.result()
            except asyncio.CancelledError as error:  # the scorer cancelled its own task as it returned
                scores = job.repeat(failure_from(error))
            return with_seconds(scores, start)


def timeout_score(budget_seconds: float) -> Score:
    """Return the score of a job that took longer than its budget."""
    return Score.failed(FailureKind.TIMEOUT, f"took longer than its budget of {budget_seconds:g} s")


def with_seconds(scores: Scores, start: float) -> Scores:
    """Set ``seconds`` of each score: the time since ``start`` of ``time.perf_counter``, divided by their number."""
    seconds = (perf_counter() - start) / len(scores)
    if len(scores) == 1:
        return (msgspec.structs.replace(scores[0], seconds=seconds),)
    return tuple([msgspec.structs.replace(score, seconds=seconds) for score in scores])
