"""Threads for batches: a few run at a time, and one that takes its time makes room for the next.

A few threads are best for cheap scorers, which share one processor anyway. But batches that wait for judges or for
processes must not keep those of other clients waiting, so a slow batch keeps its thread and gives its place back.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from rlvr_trainers.batching import PATIENCE_SECONDS
from rlvr_trainers.serving.bodies import busy

# Batches at a time that began a moment ago: more would only wait for the processor.
PLACES = 4
MOST_BATCHES = 32
"""Batches at a time in one process, slow ones included; more are refused."""

ValueT = TypeVar("ValueT")


class _Batch:
    """A function that waits for a place, or runs."""

    __slots__ = ("function", "has_place", "result", "since")

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.result: Future[Any] = Future()
        self.has_place = False
        self.since: float | None = None  # when it began


class Lanes:
    """Runs functions in threads, for coroutines of any event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_BATCHES, "rlvr-serve")
        self._lock = threading.Lock()
        self._waiting: deque[_Batch] = deque()
        self._running: set[_Batch] = set()

    async def run(self, function: Callable[..., ValueT], *arguments: Any) -> ValueT:
        """Return what a function returns.

        Raises:
            RefusedError: Slow batches have all threads.
        """
        batch = _Batch(lambda: function(*arguments))
        self._check_room()
        with self._lock:
            self._waiting.append(batch)
        self._start()
        result: asyncio.Future[ValueT] = asyncio.wrap_future(batch.result)
        try:
            while batch.since is None and not result.done():
                await asyncio.wait((result,), timeout=PATIENCE_SECONDS)
                self._start()
                if batch.since is None:
                    self._check_room()
            return await result
        finally:
            result.cancel()  # a batch that still waits is not run

    def close(self) -> None:
        """Start nothing more; what runs goes on."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check_room(self) -> None:
        if len(self._running) >= MOST_BATCHES:
            raise busy(f"{MOST_BATCHES} slow batches run")

    def _start(self) -> None:
        """Take their places from slow batches, and start as many as there are places and threads for."""
        with self._lock:
            now = time.monotonic()
            for batch in self._running:
                if batch.since is not None and now > batch.since + PATIENCE_SECONDS:
                    batch.has_place = False
            places = PLACES - sum(batch.has_place for batch in self._running)
            while self._waiting and places > 0 and len(self._running) < MOST_BATCHES:
                batch = self._waiting.popleft()
                if batch.result.set_running_or_notify_cancel():
                    batch.has_place, batch.since = True, now
                    self._running.add(batch)
                    places -= 1
                    self._threads.submit(self._work, batch)

    def _work(self, batch: _Batch) -> None:
        value, raised = None, None
        try:
            value = batch.function()
        except BaseException as error:  # noqa: BLE001  # whoever waits must get an answer, whatever it is
            raised = error
        with self._lock:  # before the answer, so that the next request of the client finds the thread free
            self._running.discard(batch)
        if raised is None:
            batch.result.set_result(value)
        else:
            batch.result.set_exception(raised)
        self._start()
