"""The pool: leases workers to batches, starts them, and replaces those that are not usable.

A batch leases idle workers, so that several threads may score at once; each thread watches its own.
The pool never waits for a worker without a deadline, and reads nothing but checked data from one.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence

from rlvr.config import Suite
from rlvr.dispatch import Job, Scores
from rlvr.processes import default_worker_count
from rlvr.workers.batch import Batch
from rlvr.workers.handles import WorkerHandle, WorkersError, ZygoteHandle


class Workers:
    """The supervised workers of a suite; started when first needed, ended by :meth:`close` or with the suite.

    Safe to use from several threads, and in processes forked from this one, which start workers of their own.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = weakref.ref(suite)
        self.count = suite.workers.count or default_worker_count()
        self._reset()
        _pools.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._idle: list[WorkerHandle] = []
        self._leased = 0
        self._numbers = 0
        self._zygote: ZygoteHandle | None = None

    def forget(self) -> None:
        """Let go of the parent's workers after a fork, without ending them."""
        for worker in self._idle:
            worker.forget()
        if self._zygote is not None:
            self._zygote.forget()
        self._reset()

    def close(self) -> None:
        """End all workers; a batch under way gets ``crashed`` for what is not done, a later one starts new workers."""
        with self._lock:
            idle, self._idle = self._idle, []
            zygote, self._zygote = self._zygote, None
        for worker in idle:
            worker.close()
        if zygote is not None:
            zygote.close()

    def start(self) -> None:
        """Start the zygote, if there is none, and come back before it is ready."""
        with self._lock:
            self._started()

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Score jobs in workers; see ``rlvr.dispatch.Runner``."""
        if not jobs:
            return []
        return Batch(self, jobs, deadline).run()

    @property
    def suite(self) -> Suite:
        """The suite; it outlives its workers."""
        suite = self._suite()
        if suite is None:
            raise ReferenceError("the suite is gone")
        return suite

    def lease(self, wanted: int, wait_until: float | None, *, waiting: bool) -> list[WorkerHandle]:
        """Take idle or new workers: as many as are wanted and free.

        Args:
            wanted: How many would be of use.
            wait_until: The time of ``time.monotonic`` at which to give up.
            waiting: Whether to wait for one if none is free.

        Returns:
            At least one where it waits, unless it gave up.

        Raises:
            WorkersError: None can be started.
        """
        with self._lock:
            while not self._idle and self._leased >= self.count:
                if not waiting:
                    return []
                left = None if wait_until is None else wait_until - time.monotonic()
                if left is not None and left <= 0:
                    return []
                self._freed.wait(left)
            zygote = self._started()
            if not zygote.ready(wait_until):
                return []
            leased: list[WorkerHandle] = []
            while len(leased) < wanted and (self._idle or self._leased < self.count):
                worker = self._idle.pop() if self._idle else self._new(zygote)
                if worker.zygote is not zygote:
                    worker.close()
                    continue
                leased.append(worker)
                self._leased += 1
            return leased

    def give_back(self, worker: WorkerHandle) -> None:
        """Return a leased worker that has nothing to do; one that is not usable is ended."""
        with self._lock:
            self._leased -= 1
            if worker.usable and worker.zygote is self._zygote:
                self._idle.append(worker)
            else:
                worker.close()
            self._freed.notify()

    def lost(self, zygote: ZygoteHandle) -> None:
        """Note that a zygote is gone, so that the next lease starts another."""
        with self._lock:
            if self._zygote is zygote:
                self._zygote = None
        zygote.close()

    def _new(self, zygote: ZygoteHandle) -> WorkerHandle:
        self._numbers += 1
        try:
            return WorkerHandle(zygote, self._numbers)
        except OSError as error:
            raise WorkersError(f"no more descriptors: {error}") from error

    def _started(self) -> ZygoteHandle:
        if self._zygote is None:
            self._zygote = ZygoteHandle(self.suite)
        return self._zygote


def workers_of(suite: Suite) -> Workers:
    """Return the workers of a suite, the same every time."""
    return suite.resource("workers", lambda: Workers(suite))


# A fork inherits every descriptor; the child must not keep its parent's workers alive by holding their ends.
_pools: weakref.WeakSet[Workers] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
