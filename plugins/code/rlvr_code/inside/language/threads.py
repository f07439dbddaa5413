"""Threads that run where they are started.

The operating system's layers start no thread; programs for judges use one for its larger stack, and wait for it.
What depends on two threads taking turns waits for ever, and is out of time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


class Thread:
    """``threading.Thread``, run at its start."""

    def __init__(  # noqa: PLR0913  # the standard library's
        self,
        group: None = None,  # noqa: ARG002  # the standard library's
        target: Callable[..., Any] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        self._target, self._arguments, self._keywords = target, tuple(args), dict(kwargs or {})
        self.name = name or "Thread-1"
        self.daemon = bool(daemon)
        self.ident: int | None = None

    def run(self) -> None:
        """Call the target."""
        if self._target is not None:
            self._target(*self._arguments, **self._keywords)

    def start(self) -> None:
        """Run to the end, here and now."""
        if self.ident is not None:
            raise RuntimeError("threads can only be started once")
        self.ident = 1
        self.run()

    def join(self, timeout: float | None = None) -> None:
        """Do nothing: it has ended."""

    def is_alive(self) -> bool:
        """No: it has ended."""
        return False


class Timer(Thread):
    """``threading.Timer``, whose time is always up."""

    def __init__(self, interval: float, function: Callable[..., Any], args: Any = None, kwargs: Any = None) -> None:
        super().__init__(target=function, args=args or (), kwargs=kwargs or {})
        self.interval = interval
        self._cancelled = False

    def cancel(self) -> None:
        """Do not run."""
        self._cancelled = True

    def run(self) -> None:
        """Call the function unless cancelled."""
        if not self._cancelled:
            super().run()


def threading_names() -> dict[str, Any]:
    """Return the names of ``threading``."""
    real = ("Lock", "RLock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier", "local", "get_ident")
    return {
        **{name: getattr(threading, name) for name in real},
        "Thread": Thread,
        "Timer": Timer,
        "stack_size": lambda size=0: size,
        "active_count": lambda: 1,
        "current_thread": lambda: Thread(name="MainThread"),
        "main_thread": lambda: Thread(name="MainThread"),
        "setrecursionlimit": lambda _: None,
    }


class Future:
    """``concurrent.futures.Future`` that is done."""

    def __init__(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
        self._error: Exception | None = None
        self._result: Any = None
        try:
            self._result = function(*arguments, **keywords)
        except Exception as error:  # noqa: BLE001  # raised again by ``result``
            self._error = error

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002  # the standard library's
        """Its result, or what it raised."""
        if self._error is not None:
            raise self._error
        return self._result

    def exception(self, timeout: float | None = None) -> Exception | None:  # noqa: ARG002  # as above
        """Return what it raised."""
        return self._error

    def done(self) -> bool:
        """Yes."""
        return True

    def add_done_callback(self, function: Callable[[Future], Any]) -> None:
        """Call at once."""
        function(self)


class Executor(contextlib.AbstractContextManager["Executor"]):
    """``ThreadPoolExecutor`` that runs what it is given, here and now."""

    def __init__(self, max_workers: int | None = None, *_: Any, **__: Any) -> None:
        self._max_workers = max_workers

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future:
        """Run a function."""
        return Future(function, *arguments, **keywords)

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any], **_: Any) -> Iterator[Any]:
        """Run a function on each item."""
        return iter([function(*items) for items in zip(*iterables, strict=False)])

    def shutdown(self, *_: Any, **__: Any) -> None:
        """Do nothing: all has ended."""

    def __exit__(self, *_: object) -> None:
        return None


def futures_names() -> dict[str, Any]:
    """Return the names of ``concurrent.futures``."""
    return {
        "ThreadPoolExecutor": Executor,
        "ProcessPoolExecutor": Executor,
        "Future": Future,
        "as_completed": lambda futures, **_: iter(list(futures)),
        "wait": lambda futures, **_: (set(futures), set()),
    }
