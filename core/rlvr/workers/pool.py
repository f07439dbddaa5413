"""The pool: starts workers, leases them to batches, and replaces those that are not usable.

Several threads may score at the same time: each leases idle workers for its batch, and watches only these.
The pool never waits for a worker without a deadline, and checks all data that it reads from one.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence

from rlvr.config import Suite
from rlvr.jobs import Job, Scores
from rlvr.processes import default_worker_count
from rlvr.workers.batch import Batch
from rlvr.workers.handles import WorkerHandle, WorkersError, ZygoteHandle


class Workers:
    """The supervised workers of a suite; they start at first use, and end with :meth:`close` or with the suite.

    Safe in several threads, and in forks of this process, which start workers of their own.
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
        """Close the ends of the parent's workers after a fork, without ending the workers."""
        for worker in self._idle:
            worker.forget()
        if self._zygote is not None:
            self._zygote.forget()
        self._reset()

    def close(self) -> None:
        """End all workers; unfinished jobs of a running batch become ``crashed``, a later batch starts new workers."""
        with self._lock:
            idle, self._idle = self._idle, []
            zygote, self._zygote = self._zygote, None
        for worker in idle:
            worker.close()
        if zygote is not None:
            zygote.close()

    def start(self) -> None:
        """Start the zygote if needed; does not wait until it is ready."""
        with self._lock:
            self._ensure_zygote()

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Run jobs in workers; see ``rlvr.jobs.Runner``."""
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
        """Lease idle or new workers.

        Args:
            wanted: Number of workers that the batch can use.
            wait_until: The time of ``time.monotonic`` at which to give up.
            waiting: Wait for a worker if none is free.

        Returns:
            At most ``wanted`` workers; with ``waiting``, at least one before ``wait_until``.

        Raises:
            WorkersError: No worker can be started.
        """
        with self._lock:
            while not self._idle and self._leased >= self.count:
                if not waiting:
                    return []
                left = None if wait_until is None else wait_until - time.monotonic()
                if left is not None and left <= 0:
                    return []
                self._freed.wait(left)
            zygote = self._ready_zygote(wait_until)
            if zygote is None:
                return []
            leased: list[WorkerHandle] = []
            while len(leased) < wanted and (self._idle or self._leased < self.count):
                worker = self._idle.pop() if self._idle else self._new_worker(zygote)
                if worker.zygote is not zygote:
                    worker.close()
                    continue
                leased.append(worker)
                self._leased += 1
            return leased

    def give_back(self, worker: WorkerHandle) -> None:
        """Take back a leased worker without jobs; end it if it is not usable."""
        with self._lock:
            self._leased -= 1
            if worker.usable and worker.zygote is self._zygote:
                self._idle.append(worker)
            else:
                worker.close()
            self._freed.notify()

    def drop_zygote(self, zygote: ZygoteHandle) -> None:
        """Close a zygote that ended; the next lease starts another one."""
        with self._lock:
            if self._zygote is zygote:
                self._zygote = None
        zygote.close()

    def _new_worker(self, zygote: ZygoteHandle) -> WorkerHandle:
        self._numbers += 1
        try:
            return WorkerHandle(zygote, self._numbers)
        except OSError as error:
            raise WorkersError(f"no more descriptors: {error}") from error

    def _ready_zygote(self, wait_until: float | None) -> ZygoteHandle | None:
        """Return the zygote when it accepts requests; None if it does not by ``wait_until``.

        A zygote that cannot start is forgotten, and the next batch tries again. A fork may have met a lock that a
        thread held; so a second fork is tried at once.
        """
        for is_last in (False, True):
            zygote = self._ensure_zygote()
            try:
                return zygote if zygote.wait_until_ready(wait_until) else None
            except WorkersError:
                self._zygote = None
                zygote.close()
                if is_last or not zygote.is_fork:
                    raise
        return None

    def _ensure_zygote(self) -> ZygoteHandle:
        if self._zygote is None:
            self._zygote = ZygoteHandle(self.suite)
        return self._zygote


def workers_of(suite: Suite) -> Workers:
    """Return the workers of a suite; the first call makes them, without starting any."""
    return suite.resource("workers", lambda: Workers(suite))


# A fork inherits every descriptor; open ends in the child would keep the workers of the parent alive.
_pools: weakref.WeakSet[Workers] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
