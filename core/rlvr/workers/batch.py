"""One batch of jobs over the workers of a pool: hands jobs out, watches deadlines, decides whom to blame.

- A job that spends its budget is ``timeout``; its worker is killed, and the jobs behind it go to another worker.
- A job during which a new worker ends is ``crashed``, and one that runs out of memory ``out_of_memory``. If the worker
  was not new, an earlier job may have harmed it: the job is tried once more in a new worker.
- If the zygote itself is killed, all its workers end: their running jobs are tried again one by one.
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
from rlvr.dispatch import Job, Scores, cancelled_score, timeout_score
from rlvr.score import FailureKind, Score
from rlvr.wire import WireError, frame_of, record_fields
from rlvr.workers.handles import Unit, WorkerHandle, WorkersError, ZygoteHandle

_log = logging.getLogger(__name__)

# A worker is handed this many jobs at most: enough that none waits for the pool, few enough to share work evenly.
CHUNK_JOBS = 32

# A worker whose channel is closed has ended or is about to be killed; how it ended is known soon after.
NOTICE_SECONDS = 0.25


class Pool(Protocol):
    """The workers that a batch leases; see ``rlvr.workers.pool.Workers``."""

    count: int

    @property
    def suite(self) -> Suite:
        """The suite that the workers have loaded."""

    def lease(self, wanted: int, wait_until: float | None, *, waiting: bool) -> list[WorkerHandle]:
        """Take idle or new workers."""

    def give_back(self, worker: WorkerHandle) -> None:
        """Return a leased worker that has nothing to do."""

    def lost(self, zygote: ZygoteHandle) -> None:
        """Note that a zygote is gone."""


class Batch:
    """One call of :meth:`Workers.run`: the jobs, the workers that it leases, and what is done."""

    def __init__(self, pool: Pool, jobs: Sequence[Job], deadline: float | None) -> None:
        self._pool = pool
        self._jobs = jobs
        self._deadline = deadline
        self._scores: list[Scores | None] = [None] * len(jobs)
        self._waiting: deque[Unit] = deque()
        self._alone: deque[Unit] = deque()  # what may have killed a zygote
        self._workers: list[WorkerHandle] = []

    def run(self) -> list[Scores]:
        """Run the jobs to their end or to the deadline."""
        try:
            self._waiting.extend(self._units())
            while (self._waiting or self._alone or any(worker.units for worker in self._workers)) and not self._late():
                self._hand_over()
                if self._workers:
                    self._watch()
        except WorkersError as error:
            _log.error("workers cannot be started: %s", error)
            self._settle_rest(Score.failed(FailureKind.CRASHED, f"workers cannot be started: {error}"))
        finally:
            for worker in self._workers:
                if worker.units:
                    worker.kill()  # by the deadline, or as the caller is interrupted
                self._pool.give_back(worker)
        self._settle_rest(cancelled_score())
        return [scores for scores in self._scores if scores is not None]

    def _late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _settle_rest(self, score: Score) -> None:
        for number, scores in enumerate(self._scores):
            if scores is None:
                self._scores[number] = self._jobs[number].repeat(score)

    def _units(self) -> Iterator[Unit]:
        """Make the frames; a job that cannot be sent is a bad row."""
        side_by_side: dict[int, bytes] = {}
        for number, job in enumerate(self._jobs):
            try:
                frame = self._frame(number)
            except WireError as error:
                self._scores[number] = job.repeat(Score.invalid_task(f"the row cannot be sent to a worker: {error}"))
                continue
            if job.is_async:
                side_by_side[number] = frame
            else:
                yield Unit({number: job}, frame, job.budget_seconds)
        if side_by_side:
            yield self._async_unit(side_by_side)

    def _async_unit(self, frames: dict[int, bytes]) -> Unit:
        """Make one unit of jobs that one worker runs side by side; each step of theirs begins the budget anew."""
        jobs = {number: self._jobs[number] for number in frames}
        # A second beyond the longest budget: the worker's own clock ends a job that only waits.
        return Unit(jobs, frame_of(list(frames.values())), max(job.budget_seconds for job in jobs.values()) + 1.0)

    def _frame(self, number: int) -> bytes:
        job, tags = self._jobs[number], self._pool.suite.rules.reasoning_tags
        return frame_of((number, job.entry.place, [record_fields(record, tags) for record in job.records]))

    def _hand_over(self) -> None:
        """Lease workers while there is something for them, and leave none without."""
        if self._waiting or (self._alone and not self._workers):
            wanted = min(max(1, len(self._waiting)), self._pool.count) - len(self._workers)
            if wanted > 0:
                # Waits for a worker only if there is none to watch meanwhile.
                self._workers += self._pool.lease(wanted, self._deadline, waiting=not self._workers)
        for worker in list(self._workers):
            self._give_work(worker)
            if not worker.units:
                self._retire(worker)

    def _give_work(self, worker: WorkerHandle) -> None:
        if not worker.usable or len(worker.units) > 1:
            return
        if not self._waiting:
            if self._alone and not any(other.units for other in self._workers):
                worker.give([self._alone.popleft()])
            return
        if not self._waiting[0].tries:
            size = max(1, min(CHUNK_JOBS, len(self._waiting) // (2 * len(self._workers))))
            chunk: list[Unit] = []
            while len(chunk) < size and not self._waiting[0].tries:
                chunk.append(self._waiting.popleft())
                if not self._waiting:
                    break
            worker.give(chunk)
        elif not worker.units and not worker.units_done:
            worker.give([self._waiting.popleft()])
        elif not worker.units:
            worker.usable = False  # a second try is made in a new worker

    def _retire(self, worker: WorkerHandle) -> None:
        """Give a worker back."""
        self._workers.remove(worker)
        self._pool.give_back(worker)

    def _watch(self) -> None:
        """Wait until a worker has something to say, or has had its time."""
        poll = select.poll()
        by_descriptor: dict[int, WorkerHandle] = {}
        for worker in self._workers:
            for descriptor, events in (
                (worker.channel.fileno(), select.POLLIN | (select.POLLOUT if worker.has_unsent else 0)),
                (worker.notice, select.POLLIN),
            ):
                poll.register(descriptor, events)
                by_descriptor[descriptor] = worker
        until = min(worker.until for worker in self._workers)
        if self._deadline is not None:
            until = min(until, self._deadline)
        wait = None if until == float("inf") else max(0.0, until - time.monotonic()) * 1e3
        heard = {by_descriptor[descriptor] for descriptor, _ in poll.poll(wait)}
        now = time.monotonic()
        for worker in list(self._workers):
            if worker in heard:
                self._listen(worker)
            elif now >= worker.until:
                self._stop(worker)

    def _listen(self, worker: WorkerHandle) -> None:
        worker.send()
        end = worker.ended()  # before the channel is read: what is said last is said before the end
        reason = end
        try:
            for number, scores in worker.received():
                self._take(worker, number, scores)
        except EOFError:
            worker.kill()  # it is dead, or of no use
            reason = end if end is not None else worker.ended(NOTICE_SECONDS)
            reason = "closed its end of the channel" if reason is None else reason
        except WireError as error:
            reason = f"sent what no worker sends: {error}"
        if reason is not None:
            self._bury(worker, reason)

    def _take(self, worker: WorkerHandle, number: int, scores: Scores) -> None:
        if self._scores[number] is not None:
            return
        if worker.units_done > 1 and any(score.failure is FailureKind.OUT_OF_MEMORY for score in scores):
            # An earlier job may have used the memory up: try in a new worker.
            self._again(Unit({number: self._jobs[number]}, self._frame(number), self._jobs[number].budget_seconds))
            return
        self._scores[number] = scores

    def _again(self, unit: Unit) -> None:
        unit.tries += 1
        self._waiting.appendleft(unit)

    def _stop(self, worker: WorkerHandle) -> None:
        """Kill a worker whose first unit has had its time."""
        worker.kill()
        try:
            for number, scores in worker.received():  # it may have been done just now
                self._take(worker, number, scores)
        except (EOFError, WireError):
            pass
        if worker.units and time.monotonic() >= worker.until:
            self._blame(worker, worker.units.popleft(), None)
        self._let_go(worker)

    def _bury(self, worker: WorkerHandle, reason: str) -> None:
        """Settle what a worker was doing when it ended."""
        if reason == "":
            self._pool.lost(worker.zygote)
        if worker.units:
            unit = worker.units.popleft()
            if reason == "" and not unit.tries:
                unit.tries += 1
                self._alone.append(unit)
            elif worker.units_done and not unit.tries:
                self._again(unit)
            else:
                words = f"the worker {reason}" if reason else "the process that starts workers was killed"
                self._blame(worker, unit, Score.failed(FailureKind.CRASHED, words))
        self._let_go(worker)

    def _blame(self, worker: WorkerHandle, unit: Unit, score: Score | None) -> None:
        """Settle the job that ended a worker, which is late if no score is given; other async ones run again."""
        blamed = worker.step if worker.step in unit.jobs else next(iter(unit.jobs))
        job = unit.jobs.pop(blamed)
        seconds = (time.monotonic() - worker.since) / len(job.records)
        self._scores[blamed] = job.repeat(
            msgspec.structs.replace(score or timeout_score(job.budget_seconds), seconds=seconds)
        )
        if unit.jobs:
            self._waiting.appendleft(self._async_unit({number: self._frame(number) for number in unit.jobs}))

    def _let_go(self, worker: WorkerHandle) -> None:
        """Put back what a worker had not begun, and have another in its place."""
        worker.usable = False
        self._waiting.extendleft(reversed(worker.units))
        worker.units.clear()
        self._retire(worker)
