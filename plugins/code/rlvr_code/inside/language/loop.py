"""``asyncio`` as submissions have it: an event loop without sockets, of the parts that programs and tests use.

The module of the standard library would make each fork a quarter dearer, and waits by system calls that the sandbox
refuses. There is one loop in a process, and it runs while somebody waits for a task.
"""

from __future__ import annotations

import contextlib
import heapq
import inspect
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from typing import Any, Self


class CancelledError(BaseException):
    """A task was cancelled."""


class InvalidStateError(Exception):
    """A future has no result yet, or has one already."""


class QueueEmpty(Exception):  # noqa: N818  # asyncio's name, here and below
    """A queue has no item."""


class QueueFull(Exception):  # noqa: N818
    """A queue has no room."""


class Loop:
    """Runs tasks in turn, and sleeps until the next one may go on."""

    def __init__(self) -> None:
        self.ready: deque[Callable[[], object]] = deque()
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self.tasks: set[AsyncTask] = set()
        self.current: AsyncTask | None = None
        self.is_running = False

    def call_later(self, delay: float, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function after some seconds."""
        heapq.heappush(self._timers, (self.time() + delay, next(self._numbers), lambda: function(*arguments)))

    def call_soon(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function in the next turn."""
        self.ready.append(lambda: function(*arguments))

    time = staticmethod(time.monotonic)

    def run_until_complete(self, awaitable: Any) -> Any:
        """Run until an awaitable is done, and return its result."""
        future = ensure_future(awaitable)
        before, self.is_running = (self.current, self.is_running), True
        try:
            while not future.done():
                self._turn()
        finally:
            self.current, self.is_running = before
        return future.result()

    def _turn(self) -> None:
        if not self.ready and self._timers:
            time.sleep(max(0.0, self._timers[0][0] - self.time()))
        while self._timers and self._timers[0][0] <= self.time():
            self.ready.append(heapq.heappop(self._timers)[2])
        if not self.ready:
            raise RuntimeError("every task waits for another one")
        for _ in range(len(self.ready)):
            self.ready.popleft()()

    def create_task(self, coroutine: Any, **_: Any) -> AsyncTask:
        """Run a coroutine beside others."""
        return AsyncTask(coroutine)

    def create_future(self) -> AsyncFuture:
        """Return a future without a result."""
        return AsyncFuture()

    def is_closed(self) -> bool:
        """Return False: the loop of a process is never closed."""
        return False

    async def run_in_executor(self, _: object, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function."""
        return function(*arguments)

    def close(self) -> None:
        """Do nothing; the next ``run`` uses the same loop."""

    stop = close

    async def shutdown_asyncgens(self) -> None:
        """Do nothing."""


class AsyncFuture:
    """A result that comes later."""

    def __init__(self, **_: Any) -> None:
        self._is_done = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._waiting: list[Callable[[Any], object]] = []

    def done(self) -> bool:
        """Return True once there is a result or an exception."""
        return self._is_done

    def cancelled(self) -> bool:
        """Return True if it was cancelled."""
        return isinstance(self._error, CancelledError)

    def result(self) -> Any:
        """Return the result, or raise the exception."""
        if not self._is_done:
            raise InvalidStateError("Result is not set.")
        if self._error is not None:
            raise self._error
        return self._result

    def exception(self) -> BaseException | None:
        """Return the exception, if there is one."""
        if not self._is_done:
            raise InvalidStateError("Exception is not set.")
        return self._error

    def set_result(self, result: Any) -> None:
        """Give it a result."""
        self._settle(result, None)

    def set_exception(self, error: Any) -> None:
        """Give it an exception."""
        self._settle(None, error() if isinstance(error, type) else error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        if self._is_done:
            raise InvalidStateError("invalid state")
        self._is_done, self._result, self._error = True, result, error
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            LOOP.call_soon(each, self)

    def cancel(self, *_: Any, **__: Any) -> bool:
        """End it with ``CancelledError``; return False if it is done."""
        if self._is_done:
            return False
        self._settle(None, CancelledError())
        return True

    def add_done_callback(self, function: Callable[[Any], object], **_: Any) -> None:
        """Call a function once it is done."""
        if self._is_done:
            LOOP.call_soon(function, self)
        else:
            self._waiting.append(function)

    def remove_done_callback(self, function: Callable[[Any], object]) -> int:
        """Take a function back, and return how often it was there."""
        before = len(self._waiting)
        self._waiting = [each for each in self._waiting if each != function]
        return before - len(self._waiting)

    def wait_here(self) -> None:
        """Run the loop until it is done, for a coroutine that no task runs."""
        with contextlib.suppress(BaseException):
            LOOP.run_until_complete(self)

    def __await__(self) -> Generator[Any, None, Any]:
        if not self._is_done:
            yield self
        return self.result()

    __iter__ = __await__


class AsyncTask(AsyncFuture):
    """A coroutine that runs beside others."""

    def __init__(self, coroutine: Any, *, name: str | None = None, **_: Any) -> None:
        super().__init__()
        if not hasattr(coroutine, "send"):
            raise TypeError(f"a coroutine was expected, got {coroutine!r}")
        self._coroutine = coroutine
        self._name = name or f"Task-{len(LOOP.tasks) + 1}"
        self._waits_for: AsyncFuture | None = None
        self._is_cancelled = False
        LOOP.tasks.add(self)
        LOOP.call_soon(self._step)

    def get_name(self) -> str:
        """Return its name."""
        return self._name

    def set_name(self, name: object) -> None:
        """Give it another name."""
        self._name = str(name)

    def get_coro(self) -> Any:
        """Return its coroutine."""
        return self._coroutine

    def cancel(self, *_: Any, **__: Any) -> bool:
        """Have the coroutine raise ``CancelledError`` where it waits; return False if it is done."""
        if self._is_done:
            return False
        self._is_cancelled = True
        if self._waits_for is not None and not self._waits_for.done():
            self._waits_for.cancel()
        return True

    def _step(self, _: object = None) -> None:
        before, LOOP.current = LOOP.current, self
        self._waits_for = None
        try:
            if self._is_cancelled:
                self._is_cancelled = False
                waits_for = self._coroutine.throw(CancelledError())
            else:
                waits_for = self._coroutine.send(None)
        except StopIteration as end:
            self._end(end.value, None)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # the result of the task
            self._end(None, error)
        else:
            if waits_for is None:
                LOOP.call_soon(self._step)
            else:
                self._waits_for = waits_for
                waits_for.add_done_callback(self._step)
        finally:
            LOOP.current = before

    def _end(self, result: Any, error: BaseException | None) -> None:
        LOOP.tasks.discard(self)
        self._settle(result, error)


LOOP = Loop()


def ensure_future(awaitable: Any, **_: Any) -> Any:
    """Return a future for an awaitable."""
    if isinstance(awaitable, AsyncFuture):
        return awaitable
    return AsyncTask(awaitable if hasattr(awaitable, "send") else _awaiting(awaitable))


async def _awaiting(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def run(coroutine: Coroutine[Any, Any, Any], **_: Any) -> Any:
    """Run a coroutine to its end, and cancel the tasks that it leaves."""
    if LOOP.is_running and LOOP.current is not None:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    try:
        return LOOP.run_until_complete(coroutine)
    finally:
        for task in list(LOOP.tasks):
            task.cancel()
            with contextlib.suppress(BaseException):
                LOOP.run_until_complete(task)


async def sleep(delay: float, result: Any = None) -> Any:
    """Let others run, for some seconds."""
    if delay <= 0:
        await _pause()
        return result
    future = AsyncFuture()
    LOOP.call_later(delay, _wake, future)
    await future
    return result


def _wake(future: AsyncFuture) -> None:
    if not future.done():
        future.set_result(None)


class _pause:  # noqa: N801  # a function to those who await it
    def __await__(self) -> Generator[None, None, None]:
        yield None


def gather(*awaitables: Any, return_exceptions: bool = False) -> AsyncFuture:
    """Run awaitables beside each other; the result is the list of theirs, in order."""
    futures = [ensure_future(each) for each in awaitables]
    whole = AsyncFuture()
    left = [len(futures)]

    def note(done: AsyncFuture) -> None:
        left[0] -= 1
        error = done.exception()
        if whole.done():
            return
        if error is not None and not return_exceptions:
            whole.set_exception(error)
        elif not left[0]:
            whole.set_result([each.exception() or each.result() for each in futures])

    for each in futures:
        each.add_done_callback(note)
    if not futures:
        whole.set_result([])
    return whole


async def wait_for(awaitable: Any, timeout: float | None) -> Any:  # noqa: ASYNC109  # asyncio's name
    """Wait for an awaitable for some seconds.

    Raises:
        TimeoutError: It is not done then; it is cancelled.
    """
    future = ensure_future(awaitable)
    if timeout is None:
        return await future
    expired = [False]

    def expire() -> None:
        if not future.done():
            expired[0] = True
            future.cancel()

    LOOP.call_later(timeout, expire)
    try:
        return await future
    except CancelledError:
        if expired[0]:
            raise TimeoutError from None
        raise


async def wait(
    awaitables: Iterable[Any],
    *,
    timeout: float | None = None,  # noqa: ASYNC109  # as above
    return_when: str = "ALL_COMPLETED",
) -> tuple[set[Any], set[Any]]:
    """Wait for futures; return those that are done and those that are not."""
    futures = [ensure_future(each) for each in awaitables]
    end = None if timeout is None else LOOP.time() + timeout

    def is_enough() -> bool:
        done = [each for each in futures if each.done()]
        if return_when == "FIRST_EXCEPTION" and any(each.exception() is not None for each in done):
            return True
        return len(done) == len(futures) or (return_when == "FIRST_COMPLETED" and bool(done))

    while not is_enough() and (end is None or LOOP.time() < end):
        woken = AsyncFuture()
        for each in futures:
            if not each.done():
                each.add_done_callback(lambda _, woken=woken: _wake(woken))
        if end is not None:
            LOOP.call_later(max(0.0, end - LOOP.time()), _wake, woken)
        await woken
    return {each for each in futures if each.done()}, {each for each in futures if not each.done()}


def as_completed(awaitables: Iterable[Any], **_: Any) -> Iterator[Any]:
    """Yield awaitables, of which the first one gives the first result, and so on."""
    done: Queue = Queue()
    futures = [ensure_future(each) for each in awaitables]
    for each in futures:
        each.add_done_callback(done.put_nowait)

    async def following() -> Any:
        return (await done.get()).result()

    for _each in futures:
        yield following()


async def to_thread(function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Any:
    """Call a function."""
    await _pause()
    return function(*arguments, **keywords)


@contextlib.asynccontextmanager
async def timeout(delay: float | None) -> AsyncIterator[None]:
    """Cancel what runs in the block after some seconds, and raise TimeoutError then."""
    task, is_expired, has_ended = LOOP.current, [False], [False]

    def expire() -> None:
        if not has_ended[0] and task is not None:
            is_expired[0] = True
            task.cancel()

    if delay is not None:
        LOOP.call_later(delay, expire)
    try:
        yield
    except CancelledError:
        if is_expired[0]:
            raise TimeoutError from None
        raise
    finally:
        has_ended[0] = True


class Semaphore:
    """Lets some tasks in at a time."""

    def __init__(self, value: int = 1) -> None:
        self._free = value
        self._waiting: deque[AsyncFuture] = deque()

    def locked(self) -> bool:
        """Return True if the next one waits."""
        return self._free == 0

    async def acquire(self) -> bool:
        """Wait until there is room."""
        while self._free <= 0:
            future = AsyncFuture()
            self._waiting.append(future)
            await future
        self._free -= 1
        return True

    def release(self) -> None:
        """Let the next one in."""
        self._free += 1
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """A semaphore."""


class Lock(Semaphore):
    """Lets one task in at a time."""

    def __init__(self) -> None:
        super().__init__(1)

    def release(self) -> None:
        """Let the next one in; it raises RuntimeError if nobody is in."""
        if self._free:
            raise RuntimeError("Lock is not acquired.")
        super().release()


class AsyncEvent:
    """Lets tasks wait until it is set."""

    def __init__(self) -> None:
        self._future = AsyncFuture()

    def is_set(self) -> bool:
        """Return True if it is set."""
        return self._future.done()

    def set(self) -> None:
        """Wake those that wait."""
        if not self._future.done():
            self._future.set_result(True)

    def clear(self) -> None:
        """Have tasks wait again."""
        if self._future.done():
            self._future = AsyncFuture()

    async def wait(self) -> bool:
        """Wait until it is set."""
        while not self.is_set():
            await shielded(self._future)
        return True


def shielded(awaitable: Any) -> AsyncFuture:
    """Return a future with the result of another, which it does not cancel."""
    outer, inner = AsyncFuture(), ensure_future(awaitable)

    def take(done: AsyncFuture) -> None:
        if not outer.done():
            outer._settle(done._result, done._error)  # noqa: SLF001  # of the same class

    inner.add_done_callback(take)
    return outer


class Queue:
    """A queue between tasks."""

    def __init__(self, maxsize: int = 0) -> None:
        self.maxsize = maxsize
        self._items: deque[Any] = deque()
        self._changed = AsyncEvent()
        self._unfinished = 0

    def _put(self, item: Any) -> None:
        self._items.append(item)

    def _get(self) -> Any:
        return self._items.popleft()

    def qsize(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def empty(self) -> bool:
        """Return True if there is no item."""
        return not self._items

    def full(self) -> bool:
        """Return True if there is no room."""
        return 0 < self.maxsize <= len(self._items)

    def put_nowait(self, item: Any) -> None:
        """Add an item; it raises QueueFull if there is no room."""
        if self.full():
            raise QueueFull
        self._put(item)
        self._unfinished += 1
        self._note()

    def get_nowait(self) -> Any:
        """Return the next item; it raises QueueEmpty if there is none."""
        if self.empty():
            raise QueueEmpty
        item = self._get()
        self._note()
        return item

    def _note(self) -> None:
        changed, self._changed = self._changed, AsyncEvent()
        changed.set()

    async def put(self, item: Any) -> None:
        """Add an item, once there is room."""
        while self.full():
            await self._changed.wait()
        self.put_nowait(item)

    async def get(self) -> Any:
        """Return the next item, once there is one."""
        while self.empty():
            await self._changed.wait()
        return self.get_nowait()

    def task_done(self) -> None:
        """Note that an item is dealt with."""
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        self._note()

    async def join(self) -> None:
        """Wait until every item is dealt with."""
        while self._unfinished:
            await self._changed.wait()


class LifoQueue(Queue):
    """A queue whose last item comes first."""

    def _get(self) -> Any:
        return self._items.pop()


class PriorityQueue(Queue):
    """A queue whose least item comes first."""

    def _get(self) -> Any:
        least = min(self._items)
        self._items.remove(least)
        return least


class TaskGroup:
    """Tasks that end together."""

    def __init__(self) -> None:
        self._tasks: list[AsyncTask] = []

    async def __aenter__(self) -> Self:
        return self

    def create_task(self, coroutine: Any, **_: Any) -> AsyncTask:
        """Run a coroutine in the group."""
        task = AsyncTask(coroutine)
        self._tasks.append(task)
        return task

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None and self._tasks:
            await wait(self._tasks, return_when="FIRST_EXCEPTION")
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await wait(self._tasks)
        raised = [each.exception() for each in self._tasks if not each.cancelled() and each.exception() is not None]
        if raised:
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", [each for each in raised if each is not None])


def running_loop() -> Loop:
    """Return the loop, if it runs.

    Raises:
        RuntimeError: It does not run.
    """
    if not LOOP.is_running:
        raise RuntimeError("no running event loop")
    return LOOP


def asyncio_names() -> Mapping[str, Any]:
    """Return the names of the module."""
    of_loop = dict.fromkeys(("get_event_loop", "new_event_loop"), lambda: LOOP)
    types = (
        *(
            CancelledError,
            InvalidStateError,
            QueueEmpty,
            QueueFull,
            AsyncFuture,
            AsyncTask,
            Semaphore,
            BoundedSemaphore,
            Lock,
        ),
        *(AsyncEvent, Queue, LifoQueue, PriorityQueue, TaskGroup),
    )
    functions = (ensure_future, run, sleep, gather, wait_for, wait, as_completed, to_thread, timeout)
    return {
        **of_loop,
        **{each.__name__.removeprefix("Async"): each for each in (*types, *functions)},
        "AbstractEventLoop": Loop,
        "ALL_COMPLETED": "ALL_COMPLETED",
        "FIRST_COMPLETED": "FIRST_COMPLETED",
        "FIRST_EXCEPTION": "FIRST_EXCEPTION",
        "TimeoutError": TimeoutError,
        "all_tasks": lambda: set(LOOP.tasks),
        "create_task": LOOP.create_task,
        "current_task": lambda: LOOP.current,
        "get_running_loop": running_loop,
        "iscoroutine": inspect.iscoroutine,
        "iscoroutinefunction": inspect.iscoroutinefunction,
        "isfuture": lambda item: isinstance(item, AsyncFuture),
        "set_event_loop": lambda _: None,
        "shield": shielded,
    }
