"""The micro-batcher: records that callers hand over one at a time are scored together.

Records that arrive while a batch runs are the next batch, so nobody waits for company. What a supervised scorer spends
on a batch, it then spends once for all callers. Nobody waits long for the slow record of another caller either: beside
a batch that takes its time, the next one begins.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from rlvr import Record, Reward, Suite, score_records

# Large enough to spread what a batch costs, small enough that an early caller does not wait long for its reward.
BATCH_RECORDS = 256
# A thread that waits for the next batch costs nothing; a new one for each batch costs as much as a cheap scorer.
_IDLE_SECONDS = 2.0
PATIENCE_SECONDS = 0.25
"""A batch that runs longer waits for something else than the processor, so the next one begins beside it.

Most batches of supervised scorers end sooner, and the records that wait are better scored in one than in several.
"""
# So many callers with slow records keep nobody else waiting; a batch has all that waited as it began.
MOST_BATCHES = 16


class _Waiting(NamedTuple):
    """Records of one caller, all scored in one batch; the suite is held so that it outlives them."""

    suite: Suite
    records: tuple[Record, ...]
    deadline: float | None
    group_records: int | None
    rewards: Future[tuple[Reward, ...]]


class Batcher:
    """Scores the records of many threads and coroutines in common batches, one after the other unless one is slow.

    Safe in several threads, and in forks of the process, which begin with nothing waiting.
    """

    def __init__(self, most_records: int = BATCH_RECORDS) -> None:
        self._most_records = most_records
        self._reset()
        _batchers.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._running = 0  # batches
        self._since = 0.0  # when the last one began
        self._is_watched = False
        self._is_idle = False  # a thread waits for `_work`
        self._work = threading.Semaphore(0)
        self.batches = 0

    @property
    def is_full(self) -> bool:
        """True if slow batches have all threads: records that come now wait until one of them ends."""
        with self._lock:
            return self._running >= MOST_BATCHES and time.monotonic() > self._since + PATIENCE_SECONDS

    def submit(
        self,
        suite: Suite,
        records: Sequence[Record],
        *,
        deadline: float | None = None,
        group_records: int | None = 0,
    ) -> Future[tuple[Reward, ...]]:
        """Hand over records and return at once; the future has one reward per record, in order.

        A future that is cancelled before its batch starts is not scored.

        Args:
            suite: The suite to score by.
            records: The records of one caller.
            deadline: The time of ``time.monotonic`` at which unfinished scorers are cancelled. A batch has the latest
                deadline of its callers, and none if one of them has none.
            group_records: See ``rlvr.score_records``; by default no group is whole.
        """
        waiting = self._put(suite, records, deadline, group_records)
        self._start_if_free()
        return waiting.rewards

    async def score_async(
        self,
        suite: Suite,
        records: Sequence[Record],
        *,
        deadline: float | None = None,
        group_records: int | None = 0,
    ) -> tuple[Reward, ...]:
        """Score records with those of other coroutines, in another thread; see :meth:`submit`."""
        waiting = self._put(suite, records, deadline, group_records)
        await asyncio.sleep(0)  # all coroutines that are ready hand over theirs first
        self._start_if_free()
        return await asyncio.wrap_future(waiting.rewards)

    def score(
        self,
        suite: Suite,
        records: Sequence[Record],
        *,
        deadline: float | None = None,
        group_records: int | None = 0,
    ) -> tuple[Reward, ...]:
        """Score records with those of other threads; see :meth:`submit`.

        Raises:
            ScorerFaultError: A scorer broke on one of these records, and the suite says to stop.
        """
        waiting = self._put(suite, records, deadline, group_records)
        if self._claim():  # nobody scores: this thread does, without the cost of another one
            while not waiting.rewards.done() and self._run_batch():
                pass
            self._release()
        self._start_if_free()  # for those who came meanwhile, or behind the batch that runs
        return waiting.rewards.result()

    def _put(
        self, suite: Suite, records: Sequence[Record], deadline: float | None, group_records: int | None
    ) -> _Waiting:
        waiting = _Waiting(suite, tuple(records), deadline, group_records, Future())
        with self._lock:
            self._queue.append(waiting)
        return waiting

    def _claim(self) -> bool:
        """Return True if records wait and no batch runs that is about to end; the caller must then see to it."""
        with self._lock:
            is_slow = time.monotonic() > self._since + PATIENCE_SECONDS
            if not self._queue or (self._running and not (is_slow and self._running < MOST_BATCHES)):
                return False
            self._running += 1
            self._since = time.monotonic()
            return True

    def _release(self) -> None:
        with self._lock:
            self._running -= 1

    def _start_if_free(self) -> None:
        """Have scored what waits: at once, or by who watches the batches that run."""
        if self._claim():
            self._start()
            return
        with self._lock:
            if not self._queue or self._is_watched:
                return
            self._is_watched = True
        threading.Thread(target=self._watch, name="rlvr-batcher-watch", daemon=True).start()

    def _watch(self) -> None:
        """Start a batch beside one that is slow, as long as records wait."""
        while True:
            time.sleep(PATIENCE_SECONDS)
            with self._lock:
                if not self._queue:
                    self._is_watched = False
                    return
            if self._claim():
                self._start()

    def _start(self) -> None:
        """Let a thread score what waits: the one that waits for work, else a new one."""
        with self._lock:
            wakes, self._is_idle = self._is_idle, False
        if wakes:
            self._work.release()
        else:
            threading.Thread(target=self._serve, name="rlvr-batcher", daemon=True).start()

    def _serve(self) -> None:
        """Score what waits, then wait for more; end if nothing comes."""
        while True:
            self._drain()
            with self._lock:
                if self._is_idle:  # another thread waits
                    return
                self._is_idle = True
            if not self._work.acquire(timeout=_IDLE_SECONDS):
                with self._lock:
                    if self._is_idle:
                        self._is_idle = False
                        return
                self._work.acquire()  # work came as the time was up

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._running -= 1
                    return
            self._run_batch()

    def _run_batch(self) -> bool:
        """Score a batch; return False if nothing waited."""
        taken = self._take()
        batch = [each for each in taken if each.rewards.set_running_or_notify_cancel()]
        if batch:
            self._since = time.monotonic()
            self.batches += 1
            _settle(batch)
        return bool(taken)

    def _take(self) -> list[_Waiting]:
        """Take what can be scored together: one suite, one size of groups, at most so many records."""
        with self._lock:
            taken: list[_Waiting] = []
            records = 0
            while self._queue:
                first, size = self._queue[0], len(self._queue[0].records)
                is_like = not taken or (first.suite, first.group_records) == (taken[0].suite, taken[0].group_records)
                if taken and (not is_like or records + size > self._most_records):
                    break
                taken.append(self._queue.popleft())
                records += size
            return taken


def batcher_of(suite: Suite) -> Batcher:
    """Return the batcher that all callers of a suite share in this process."""
    return suite.resource("batcher", Batcher)


def _settle(batch: Sequence[_Waiting]) -> None:
    """Score a batch; if that raises, score each caller's records alone, so that only the one with the fault gets it."""
    first = batch[0]
    deadlines = [each.deadline for each in batch if each.deadline is not None]
    deadline = max(deadlines) if len(deadlines) == len(batch) else None
    records = [record for each in batch for record in each.records]
    try:
        rewards = score_records(first.suite, records, deadline=deadline, group_records=first.group_records).rewards
    except BaseException as error:  # noqa: BLE001  # whoever waits must get an answer, whatever it is
        if len(batch) == 1:
            first.rewards.set_exception(error)
            return
        for each in batch:
            _settle([each])
        return
    start = 0
    for each in batch:
        each.rewards.set_result(rewards[start : start + len(each.records)])
        start += len(each.records)


def deadline_after(seconds: float | None) -> float | None:
    """Return the time of ``time.monotonic`` so many seconds from now; None for None."""
    return None if seconds is None else time.monotonic() + seconds


_batchers: weakref.WeakSet[Batcher] = weakref.WeakSet()


def _reset_after_fork() -> None:
    """Forget the threads of the parent, which a fork does not have."""
    for batcher in _batchers:
        batcher._reset()  # noqa: SLF001  # of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
