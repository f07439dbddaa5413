"""Station 3: run the scorers; every mishap becomes data here and only here.

:class:`Dispatcher` says what is to be scored: each record by each entry of its task, all records of a prompt together
for scorers of groups, nothing twice that the cache knows.
A :class:`Runner` says where: :class:`InProcess` here, for bounded scorers; ``rlvr.workers`` in processes that can be
killed, for all others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import iscoroutinefunction
from time import monotonic, perf_counter
from typing import Any, NamedTuple, Protocol, cast

import msgspec

from rlvr.cache import Cache, key_of
from rlvr.config import Entry, Suite
from rlvr.record import Record
from rlvr.score import FailureKind, Score, score_from
from rlvr.wire import WireError, digest_of

# What an unanswered record gets from every scorer, which is not called: no scorer may pay for nothing.
_UNANSWERED = Score.of(0.0, "the completion is blank")


class Job(msgspec.Struct, frozen=True, gc=False):
    """One scorer to run on one record; on all records of one prompt, if it scores groups."""

    records: tuple[Record, ...]
    entry: Entry

    @property
    def budget_seconds(self) -> float:
        """The wall time that it may take."""
        return self.entry.budget_seconds * len(self.records)

    @property
    def is_async(self) -> bool:
        """Whether its scorer is a coroutine function."""
        return iscoroutinefunction(self.entry.installed.scorer.score_group or self.entry.installed.scorer.score)

    def all(self, score: Score) -> tuple[Score, ...]:
        """Give every record the same score."""
        return (score,) * len(self.records)


Scores = tuple[Score, ...]


class Runner(Protocol):
    """Where scorers run."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Score each job, in order.

        Args:
            jobs: What to score.
            deadline: The time of ``time.monotonic`` at which to stop; what is not done by then is cancelled.

        Returns:
            For each job a score per record. Never raises but for KeyboardInterrupt.
        """


class Dispatched(NamedTuple):
    """What became of a batch.

    Attributes:
        scores: For each record, in order, a score per entry of its task; nothing for a record without a task.
        groups: For each record the number of its group.
        asked: How many scores the cache, or another record of the batch, might have known.
        known: How many they knew.
    """

    scores: list[Scores]
    groups: tuple[int, ...]
    asked: int
    known: int


class _Slot(NamedTuple):
    """Where a score goes: which record, which of its entries."""

    record: int
    entry: int


class _Planned(NamedTuple):
    """A job, where its scores go, and the key under which they are kept."""

    job: Job
    slots: tuple[_Slot, ...]
    key: bytes


class Dispatcher:
    """Runs a suite's scorers on batches of routed records."""

    def __init__(self, suite: Suite, supervised: Callable[[], Runner]) -> None:
        self._suite = suite
        self._supervised = supervised
        self._in_process = InProcess()
        self._cache = Cache(suite.cache) if suite.cache else None

    def dispatch(
        self, records: Sequence[Record], deadline: float | None = None, runner: Runner | None = None
    ) -> Dispatched:
        """Run each record's task on it.

        Args:
            records: The records, routed.
            deadline: The time of ``time.monotonic`` at which to stop.
            runner: Where all scorers run; if absent, bounded ones in this process and others in workers.
        """
        settled: list[list[Score | None]] = []  # None where a job's score goes
        plan: list[_Planned] = []
        group_of = groups_of(records)
        groups: dict[object, tuple[Entry, list[tuple[_Slot, Record]]]] = {}
        for number, record in enumerate(records):
            entries = () if record.task is None else self._suite.tasks[record.task].entries
            settled.append([_without_running(record, entry) for entry in entries])
            for index, (entry, score) in enumerate(zip(entries, settled[-1], strict=True)):
                slot = _Slot(number, index)
                if entry.installed.scorer.score_group is not None:
                    if score is None or score is _UNANSWERED:
                        group = groups.setdefault((entry.place, group_of[number]), (entry, []))
                        group[1].append((slot, record))
                elif score is None:
                    seen = entry.seen(record)
                    key = b"" if self._cache is None else key_of(entry, seen)
                    plan.append(_Planned(Job((seen,), entry), (slot,), key))
        for entry, members in groups.values():
            plan.append(_planned_group(entry, members))
        asked, known = self._score(plan, settled, deadline, runner)
        for _, members in groups.values():  # a group holds blank completions too, and may have paid for them
            for slot, record in members:
                if not record.answered:
                    _fill(settled, (slot,), (_UNANSWERED,))
        scores = [tuple(score for score in each if score is not None) for each in settled]
        return Dispatched(scores, group_of, asked, known)

    def _score(
        self, plan: Iterable[_Planned], settled: list[list[Score | None]], deadline: float | None, runner: Runner | None
    ) -> tuple[int, int]:
        """Fill the slots: from the cache, from an equal job of this batch, else by running."""
        first: dict[bytes, _Planned] = {}
        same: list[tuple[_Planned, _Planned]] = []
        to_run: list[_Planned] = []
        asked = 0
        for planned in plan:
            if planned.key:
                asked += 1
                other = first.setdefault(planned.key, planned)
                if other is not planned:
                    same.append((planned, other))
                    continue
            to_run.append(planned)
        known = self._cache.found(first) if self._cache is not None and first else {}
        for key, score in known.items():
            _fill(settled, first[key].slots, (msgspec.structs.replace(score, seconds=0.0),))
        if known:
            to_run = [planned for planned in to_run if planned.key not in known]
        for planned, scores in zip(to_run, self._run(to_run, deadline, runner), strict=True):
            _fill(settled, planned.slots, scores)
        if self._cache is not None and asked:
            self._cache.keep({each.key: _at(settled, each.slots[0]) for each in to_run if each.key})
        for planned, other in same:
            score = _at(settled, other.slots[0])
            _fill(settled, planned.slots, (msgspec.structs.replace(score, seconds=0.0),))
        return asked, len(known) + len(same)

    def _run(self, plan: Sequence[_Planned], deadline: float | None, runner: Runner | None) -> Iterable[Scores]:
        jobs = [planned.job for planned in plan]
        if runner is not None:
            return runner.run(jobs, deadline)
        if all(job.entry.installed.scorer.bounded for job in jobs):
            return self._in_process.run(jobs, deadline)
        bounded = iter(self._in_process.run([job for job in jobs if job.entry.installed.scorer.bounded], deadline))
        unbounded = [job for job in jobs if not job.entry.installed.scorer.bounded]
        others = iter(self._supervised().run(unbounded, deadline))
        return [next(bounded if job.entry.installed.scorer.bounded else others) for job in jobs]


def groups_of(records: Sequence[Record]) -> tuple[int, ...]:
    """Number the groups of a batch: the records of one task and one prompt; one without a prompt is alone."""
    numbers: dict[object, int] = {}
    return tuple(
        numbers.setdefault(_group_key(record) or position, len(numbers)) for position, record in enumerate(records)
    )


def _group_key(record: Record) -> bytes | None:
    """Return a digest of the record's task and prompt; None for a record that is in no group.

    A digest, because the tool calls of earlier turns are JSON objects, which have no hash.
    """
    prompt = record.prompt
    if not prompt:
        return None
    try:
        return digest_of((record.task, [(turn.role, turn.content, turn.tool_calls) for turn in prompt]))
    except WireError:
        return None  # a turn holds what is no JSON, so that nothing says which prompts are equal


def _without_running(record: Record, entry: Entry) -> Score | None:
    """Settle what needs no scorer: a field that the row lacks, or a blank completion."""
    for path in entry.installed.scorer.needs:
        if record.field(path) is None:
            return Score.invalid_task(f"the row has no `{path}`")
    return None if record.answered else _UNANSWERED


def _planned_group(entry: Entry, members: Sequence[tuple[_Slot, Record]]) -> _Planned:
    seen = tuple(entry.seen(record) for _, record in members)
    return _Planned(Job(seen, entry), tuple(slot for slot, _ in members), b"")


def _fill(settled: list[list[Score | None]], slots: Sequence[_Slot], scores: Sequence[Score]) -> None:
    for slot, score in zip(slots, scores, strict=True):
        settled[slot.record][slot.entry] = score


def _at(settled: list[list[Score | None]], slot: _Slot) -> Score:
    return cast("Score", settled[slot.record][slot.entry])


class InProcess:
    """Runs scorers in this process, one after the other; async ones side by side on an event loop."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """See :class:`Runner`."""
        scores: list[Scores] = []
        waiting: dict[int, tuple[Job, Awaitable[Any]]] = {}
        for job in jobs:
            if deadline is not None and monotonic() >= deadline:
                scores.append(job.all(cancelled()))
                continue
            answer = called(job)
            if isinstance(answer, tuple):
                scores.append(answer)
            else:
                waiting[len(scores)] = (job, answer)
                scores.append(())
        if waiting:
            for index, each in zip(waiting, _awaited(list(waiting.values()), deadline), strict=True):
                scores[index] = each
        return scores


def cancelled() -> Score:
    """Answer for a job that the batch's deadline left undone."""
    return Score.failed(FailureKind.CANCELLED_DEADLINE, "the batch's deadline came first")


def called(job: Job) -> Scores | Awaitable[Any]:
    """Run one job: its scores, or what to await for them."""
    start = perf_counter()
    try:
        answer = job.entry.installed.scorer.asked(job.records, job.entry.prepared)
        if hasattr(answer, "__await__"):
            return cast("Awaitable[Any]", answer)
        scores = answered(job, answer)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        scores = job.all(broken(error))
    return timed(scores, start)


def answered(job: Job, answer: object) -> Scores:
    """Check what a scorer returned for a job."""
    if job.entry.installed.scorer.score_group is None:
        return (score_from(answer, job.entry.declared),)
    if not isinstance(answer, (list, tuple)) or len(answer) != len(job.records):
        what = f"{len(answer)} answers" if isinstance(answer, (list, tuple)) else type(answer).__name__
        problem = f"`score_group` returned {what} for {len(job.records)} records; expected a list of as many"
        return job.all(Score.failed(FailureKind.INVALID_RESULT, problem))
    return tuple(score_from(each, job.entry.declared) for each in answer)


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


def _awaited(waiting: list[tuple[Job, Awaitable[Any]]], deadline: float | None) -> list[Scores]:
    """Run the awaitables side by side, each within its budget."""
    import asyncio  # costs as much as all of core to import, and most suites have no async scorer
    from concurrent.futures import ThreadPoolExecutor

    async def all_of_them() -> list[Scores]:
        limits = Limits()
        return await asyncio.gather(*(limits.scored(job, awaitable, deadline) for job, awaitable in waiting))

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


class Limits:
    """How many records each async scorer may have under way at once; for use on one event loop."""

    def __init__(self) -> None:
        self._limits: dict[str, Any] = {}

    async def scored(self, job: Job, awaitable: Awaitable[Any], deadline: float | None) -> Scores:
        """Await a job's scores, within its scorer's limit, its budget, and the deadline."""
        import asyncio

        installed = job.entry.installed
        limit = self._limits.setdefault(installed.id, asyncio.Semaphore(installed.scorer.concurrency))
        async with limit:
            start = perf_counter()
            left = float("inf") if deadline is None else deadline - monotonic()
            budget = job.budget_seconds
            task = asyncio.ensure_future(_unexiting(awaitable))
            # Not ``wait_for``, which waits for a coroutine that will not be cancelled.
            done, _ = await asyncio.wait({task}, timeout=max(0.0, min(left, budget)))
            if not done:
                task.cancel()
                return timed(job.all(cancelled() if left < budget else timed_out(budget)), start)
            try:
                answer = task.result()
                scores = job.all(answer) if _is_broken(answer) else answered(job, answer)
            except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
                scores = job.all(broken(error))
            return timed(scores, start)


def _is_broken(answer: object) -> bool:
    return isinstance(answer, Score) and answer.failure is not None


def timed_out(budget_seconds: float) -> Score:
    """Answer for a job that took too long."""
    return Score.failed(FailureKind.TIMEOUT, f"took longer than its budget of {budget_seconds:g} s")


def timed(scores: Scores, start: float) -> Scores:
    """Note how long a job took since a time of ``time.perf_counter``, shared by its records."""
    seconds = (perf_counter() - start) / len(scores)
    return tuple(msgspec.structs.replace(score, seconds=seconds) for score in scores)
