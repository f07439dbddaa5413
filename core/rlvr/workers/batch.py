"""One batch of jobs over the workers of a pool: it hands jobs out, watches deadlines and decides which job is to blame.

- A job that exceeds its budget is ``timeout``; its worker is killed, and the jobs after it go to another worker.
- A job during which a new worker ends is ``crashed``; a job that runs out of memory is ``out_of_memory``. If the worker
  was not new, an earlier job may have damaged it: the job is tried once more, in a new worker.
- Before a deadline, a job that runs for the first time gets an equal share of the time that is left. One that uses it
  up runs once more behind all others, if time is left. If not, it has the score of its scorer, if that ended the work
  itself, else it is ``cancelled_deadline``.
- If the zygote is killed, all its workers end; their running jobs are tried again one by one.
"""

from __future__ import annotations

import logging
import select
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from rlvr.config import Suite
from rlvr.jobs import Job, Scores, cancelled_score, timeout_score
from rlvr.scores import FailureKind, Score
from rlvr.time_share import CUT_METRIC, share_seconds
from rlvr.wire import WireError, frame_of, record_fields
from rlvr.workers.handles import Unit, WorkerHandle, WorkersError, ZygoteHandle

_log = logging.getLogger(__name__)

# A worker gets at most this many jobs: enough not to wait for the pool, few enough to share the work evenly.
CHUNK_JOBS = 32

# A worker whose channel is closed has ended or is about to be killed; the notice of how it ended follows soon.
NOTICE_SECONDS = 0.25


class Pool(Protocol):
    """The workers that a batch leases; see ``rlvr.workers.pool.Workers``."""

    count: int

    @property
    def suite(self) -> Suite:
        """The suite of the workers."""

    def lease(self, wanted: int, wait_until: float | None, *, waiting: bool) -> list[WorkerHandle]:
        """Lease idle or new workers."""

    def give_back(self, worker: WorkerHandle) -> None:
        """Take back a leased worker without jobs."""

    def drop_zygote(self, zygote: ZygoteHandle) -> None:
        """Close a zygote that ended."""


class Batch:
    """One call of :meth:`Workers.run`: its jobs, the workers that it leases, and the scores so far."""

    def __init__(self, pool: Pool, jobs: Sequence[Job], deadline: float | None) -> None:
        self._pool = pool
        self._jobs = jobs
        self._deadline = deadline
        self._scores: list[Scores | None] = [None] * len(jobs)
        self._waiting: deque[Unit] = deque()
        self._suspects: deque[Unit] = deque()  # units that may have killed a zygote; they run one by one
        self._workers: list[WorkerHandle] = []
        self._cut: set[int] = set()  # jobs whose scorer ended them because their share was used up
        self._without_share = set(range(len(jobs)))  # jobs that have not had their share yet
        self._rows_left = sum(len(job.records) for job in jobs)  # the rows of these jobs

    def run(self) -> list[Scores]:
        """Run the jobs until all are done, or until the deadline."""
        try:
            self._waiting.extend(self._make_units())
            while self._has_work() and not self._is_late():
                self._hand_out_units()
                if self._workers:
                    self._watch()
        except WorkersError as error:
            _log.error("workers cannot be started: %s", error)
            self._settle_rest(Score.failed(FailureKind.CRASHED, f"workers cannot be started: {error}"))
        finally:
            for worker in self._workers:
                if worker.units:
                    worker.kill()  # at the deadline, or if the caller is interrupted
                self._pool.give_back(worker)
        self._settle_rest(cancelled_score())
        return [scores for scores in self._scores if scores is not None]

    def _has_work(self) -> bool:
        return bool(self._waiting or self._suspects or any(worker.units for worker in self._workers))

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _settle_rest(self, score: Score) -> None:
        for number, scores in enumerate(self._scores):
            if scores is None:
                self._scores[number] = self._jobs[number].repeat(score)

    def _make_units(self) -> Iterator[Unit]:
        """Yield the units of the batch; the row of a job that cannot be sent is invalid."""
        async_frames: dict[int, bytes] = {}
        for number, job in enumerate(self._jobs):
            try:
                frame = self._frame(number)
            except WireError as error:
                self._scores[number] = job.repeat(Score.invalid_task(f"the row cannot be sent to a worker: {error}"))
                continue
            if job.is_async:
                async_frames[number] = frame
            else:
                yield Unit({number: job}, frame, job.budget_seconds)
        if async_frames:
            yield self._async_unit(async_frames)

    def _async_unit(self, frames: dict[int, bytes]) -> Unit:
        """Return one unit of async jobs, which a worker runs concurrently; each of their steps restarts the budget."""
        jobs = {number: self._jobs[number] for number in frames}
        # A second more than the longest budget: the clock of the worker ends a job that only waits.
        return Unit(jobs, frame_of(list(frames.values())), max(job.budget_seconds for job in jobs.values()) + 1.0)

    def _frame(self, number: int) -> bytes:
        job, tags = self._jobs[number], self._pool.suite.rules.reasoning_tags
        return frame_of((number, job.entry.place, [record_fields(record, tags) for record in job.records]))

    def _hand_out_units(self) -> None:
        """Lease workers while units wait, give each worker units, and give back workers without any."""
        if self._waiting or (self._suspects and not self._workers):
            wanted = min(max(1, len(self._waiting)), self._pool.count) - len(self._workers)
            if wanted > 0:
                # Wait for a worker only if this batch has none to watch.
                self._workers += self._pool.lease(wanted, self._deadline, waiting=not self._workers)
        for worker in list(self._workers):
            self._give_work(worker)
            if not worker.units:
                self._give_back(worker)

    def _give_work(self, worker: WorkerHandle) -> None:
        if not worker.usable or len(worker.units) > 1:
            return
        if not self._waiting:
            if self._suspects and not any(other.units for other in self._workers):
                worker.give([self._suspects.popleft()])
            return
        if not self._waiting[0].tries:
            size = max(1, min(CHUNK_JOBS, len(self._waiting) // (2 * len(self._workers))))
            chunk = self._take_chunk(size)
            worker.give(chunk, self._share() if chunk[0].is_shared else None)
        elif not worker.units and not worker.units_done:
            worker.give([self._waiting.popleft()])
        elif not worker.units:
            worker.usable = False  # a second try needs a new worker

    def _take_chunk(self, size: int) -> list[Unit]:
        """Take at most so many units that have the same limits, at least one."""
        chunk = [self._waiting.popleft()]
        while len(chunk) < size and self._waiting:
            unit = self._waiting[0]
            if unit.tries or unit.is_shared != chunk[0].is_shared:
                break
            chunk.append(self._waiting.popleft())
        return chunk

    def _share(self) -> float | None:
        """Return the time that a row may take in its first run; None without a deadline."""
        if self._deadline is None:
            return None
        return share_seconds(self._deadline - time.monotonic(), self._pool.count, self._rows_left)

    def _deadline_of(self, worker: WorkerHandle) -> float:
        """Return the time at which the running unit of a worker is stopped: its budget or its share is used up."""
        unit = worker.units[0] if worker.units else None
        share = None if unit is None or not unit.is_shared or unit.ends_itself else self._share()
        if unit is None or share is None:
            return worker.deadline
        return min(worker.deadline, worker.started_at + share * sum(len(job.records) for job in unit.jobs.values()))

    def _give_back(self, worker: WorkerHandle) -> None:
        self._workers.remove(worker)
        self._pool.give_back(worker)

    def _watch(self) -> None:
        """Wait until a worker sends something or a budget ends; handle both."""
        poll = select.poll()
        by_descriptor: dict[int, WorkerHandle] = {}
        for worker in self._workers:
            for descriptor, events in (
                (worker.channel.fileno(), select.POLLIN | (select.POLLOUT if worker.has_unsent else 0)),
                (worker.end_notice, select.POLLIN),
            ):
                poll.register(descriptor, events)
                by_descriptor[descriptor] = worker
        until = min(self._deadline_of(worker) for worker in self._workers)
        if self._deadline is not None:
            until = min(until, self._deadline)
        wait = None if until == float("inf") else max(0.0, until - time.monotonic()) * 1e3
        ready = {by_descriptor[descriptor] for descriptor, _ in poll.poll(wait)}
        now = time.monotonic()
        for worker in list(self._workers):
            if worker in ready:
                self._receive_from(worker)
            elif now >= self._deadline_of(worker):
                self._stop_late_worker(worker)

    def _receive_from(self, worker: WorkerHandle) -> None:
        worker.send()
        end = worker.end_reason()  # before the channel is read: the last message precedes the end
        reason = end
        try:
            for number, scores in worker.receive():
                self._accept_scores(worker, number, scores)
        except EOFError:
            worker.kill()  # it has ended, or cannot be used
            reason = end if end is not None else worker.end_reason(NOTICE_SECONDS)
            reason = "closed its end of the channel" if reason is None else reason
        except WireError as error:
            reason = f"sent an invalid message: {error}"
        if reason is not None:
            self._settle_ended_worker(worker, reason)

    def _accept_scores(self, worker: WorkerHandle, number: int, scores: Scores) -> None:
        if self._scores[number] is not None and number not in self._cut:
            return
        if worker.units_done > 1 and any(score.failure is FailureKind.OUT_OF_MEMORY for score in scores):
            # An earlier job may have used the memory: try again in a new worker.
            self._try_again(Unit({number: self._jobs[number]}, self._frame(number), self._jobs[number].budget_seconds))
            return
        self._scores[number] = scores
        self._note_share(number)
        if number not in self._cut and any(score.metrics.get(CUT_METRIC) for score in scores):
            self._cut.add(number)
            self._run_last(Unit({number: self._jobs[number]}, self._frame(number), self._jobs[number].budget_seconds))

    def _note_share(self, number: int) -> None:
        """Note that a job has had its share of the time."""
        if number in self._without_share:
            self._without_share.remove(number)
            self._rows_left -= len(self._jobs[number].records)

    def _run_last(self, unit: Unit) -> None:
        """Run a unit that used up its share once more, behind all others, for as long as its budget allows."""
        unit.is_shared = False
        self._waiting.append(unit)

    def _try_again(self, unit: Unit) -> None:
        unit.tries += 1
        self._waiting.appendleft(unit)

    def _stop_late_worker(self, worker: WorkerHandle) -> None:
        """Kill a worker whose running unit exceeded its budget."""
        worker.kill()
        try:
            for number, scores in worker.receive():  # the unit may have finished just now
                self._accept_scores(worker, number, scores)
        except (EOFError, WireError):
            pass
        if worker.units and time.monotonic() >= worker.deadline:
            self._settle_blamed_job(worker, worker.units.popleft(), None)
        elif worker.units and time.monotonic() >= self._deadline_of(worker):
            unit = worker.units.popleft()
            for number in unit.jobs:
                self._note_share(number)
            self._run_last(unit)
        self._release(worker)

    def _settle_ended_worker(self, worker: WorkerHandle, reason: str) -> None:
        """Retry or blame the unit that a worker was running when it ended."""
        if reason == "":
            self._pool.drop_zygote(worker.zygote)
        if worker.units:
            unit = worker.units.popleft()
            if reason == "" and not unit.tries:
                unit.tries += 1
                self._suspects.append(unit)
            elif worker.units_done and not unit.tries:
                self._try_again(unit)
            else:
                words = f"the worker {reason}" if reason else "the process that starts workers was killed"
                self._settle_blamed_job(worker, unit, Score.failed(FailureKind.CRASHED, words))
        self._release(worker)

    def _settle_blamed_job(self, worker: WorkerHandle, unit: Unit, score: Score | None) -> None:
        """Set the score of the job that ended a worker (None: ``timeout``); other async jobs of its unit run again."""
        blamed = worker.step if worker.step in unit.jobs else next(iter(unit.jobs))
        job = unit.jobs.pop(blamed)
        seconds = (time.monotonic() - worker.started_at) / len(job.records)
        self._note_share(blamed)
        if blamed not in self._cut:
            self._scores[blamed] = job.repeat(
                msgspec.structs.replace(score or timeout_score(job.budget_seconds), seconds=seconds)
            )
        if unit.jobs:
            self._waiting.appendleft(self._async_unit({number: self._frame(number) for number in unit.jobs}))

    def _release(self, worker: WorkerHandle) -> None:
        """Give back a worker that is not usable, and put back the units that it had not begun."""
        worker.usable = False
        self._waiting.extendleft(reversed(worker.units))
        worker.units.clear()
        self._give_back(worker)
