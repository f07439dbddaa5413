"""Threads for batches: a few run at a time, and one that takes its time makes room for the next.

A few threads are best for cheap scorers, which share one processor anyway. But batches that wait for judges or for
processes must not keep those of other clients waiting, so a slow batch keeps its thread and gives its place back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from rlvr_trainers.serving.bodies import RefusedError

# Batches at a time that began a moment ago: more would only wait for the processor.
PLACES = 4
# A batch that runs longer waits for something else than the processor.
_PATIENCE_SECONDS = 0.25
MOST_BATCHES = 32
"""Batches at a time in one process, slow ones included; more are refused."""

ValueT = TypeVar("ValueT")


class Lanes:
    """Runs functions in threads, for the coroutines of one event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_BATCHES, "rlvr-serve")
        self._places = asyncio.Semaphore(PLACES)
        self._running = 0
        self._watches: set[asyncio.Task[None]] = set()

    async def run(self, function: Callable[..., ValueT], *arguments: Any) -> ValueT:
        """Return what a function returns.

        Raises:
            RefusedError: Slow batches have all threads.
        """
        self._check_room()
        async with contextlib.AsyncExitStack() as stack:
            await self._places.acquire()
            stack.callback(self._places.release)
            self._check_room()  # slow batches may have taken the threads meanwhile
            working = self._threads.submit(function, *arguments)
            self._running += 1
            stack.pop_all()  # the watch gives the place back
        watch = asyncio.create_task(self._watch(working))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        return await asyncio.wrap_future(working)

    def close(self) -> None:
        """Start nothing more; what runs goes on."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check_room(self) -> None:
        if self._running >= MOST_BATCHES:
            raise RefusedError(503, f"{MOST_BATCHES} slow batches run", "send this request again in a second")

    async def _watch(self, working: Future[Any]) -> None:
        """Give the place back when the batch is done or slow, and count the thread until it is free."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: Future[Any]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(done.set)

        working.add_done_callback(tell)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await done.wait()
        finally:
            self._places.release()
        await done.wait()
        self._running -= 1
