"""Containers side by side, as the platform runs them: started when needed, kept warm, replaced when they end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable

import msgspec

from rlvr_aws.simulate.container import Container, DeployedFunction, Ending, Invocation
from rlvr_aws.simulate.platform_profiles import RETRIES, Call
from rlvr_aws.simulate.runtime_api import PAYLOAD_LIMIT_BYTES

# The pause before the first retry, doubled for each further one; platforms wait seconds, which changes no result here.
RETRY_PAUSE_SECONDS = 0.02


class CallOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a call: its attempts, of which the last counts; none if the event was too large to be sent."""

    call: Call
    attempts: tuple[Invocation, ...]


def make_calls(
    calls: Iterable[Call], function: DeployedFunction, at_once: int, *, retries: int = RETRIES
) -> Generator[CallOutcome, None, None]:
    """Make calls, ``at_once`` of them at the same time, and yield their outcomes as they are ready.

    A container handles one attempt at a time. Closing the iterator, or an error of its reader, ends every container.
    """
    fleet = _Fleet(calls, lambda: Container(function), retries)
    threads = [threading.Thread(target=fleet.work) for _ in range(at_once)]
    try:
        for thread in threads:
            thread.start()
        working = at_once
        while working:
            done = fleet.done.get()
            if isinstance(done, CallOutcome):
                yield done
                continue
            if done is not None:
                raise done
            working -= 1
    finally:
        fleet.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


class _Fleet:
    """The state that the threads share: the calls, their outcomes, and the containers to end."""

    def __init__(self, calls: Iterable[Call], start: Callable[[], Container], retries: int) -> None:
        self.done: queue.Queue[CallOutcome | BaseException | None] = queue.Queue()
        self._calls = iter(calls)
        self._start = start
        self._retries = retries
        self._lock = threading.Lock()
        self._stopped = False
        self._containers: set[Container] = set()

    def work(self) -> None:
        """Make calls until there are none left, in one container at a time."""
        container: Container | None = None
        try:
            while (call := self._next()) is not None:
                attempts: list[Invocation] = []
                while self._attempt_again(call, attempts):
                    container = self._usable(container)
                    attempts.append(container.invoke(call.event))
                self.done.put(CallOutcome(call=call, attempts=tuple(attempts)))
            self.done.put(None)
        except BaseException as error:  # noqa: BLE001  # raised again where the outcomes are read
            self.done.put(error)
        finally:
            if container is not None:
                container.close()

    def stop(self) -> None:
        """End every container, even if its call is still running."""
        with self._lock:
            self._stopped = True
            containers = list(self._containers)
        for container in containers:
            container.close()

    def _next(self) -> Call | None:
        with self._lock:
            return None if self._stopped else next(self._calls, None)

    def _attempt_again(self, call: Call, attempts: list[Invocation]) -> bool:
        """Return True if a further attempt is to be made, after the pause before it."""
        if not attempts:
            return len(call.event) <= PAYLOAD_LIMIT_BYTES
        if attempts[-1].ending is Ending.ANSWERED or len(attempts) > self._retries or self._stopped:
            return False
        time.sleep(RETRY_PAUSE_SECONDS * 2 ** (len(attempts) - 1))
        return True

    def _usable(self, container: Container | None) -> Container:
        """Return the container if it can accept a call; otherwise close it and start another."""
        if container is not None and container.alive:
            return container
        if container is not None:
            container.close()
        started = self._start()
        with self._lock:
            self._containers = {each for each in self._containers if each.alive} | {started}
            stopped = self._stopped
        if stopped:
            started.close()
        return started
