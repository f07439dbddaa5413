"""A limit on the Python calls of an evaluation: the same work takes the same count on any machine, idle or busy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NoReturn


class CallCounter:
    """Counts the calls of Python functions in this thread, from :meth:`start` to :meth:`stop`.

    Args:
        limit: The number of calls that are allowed.
        end: Called at the next call; it ends the process. An exception would not do: sympy has places that catch any,
            and ``sys.setprofile`` forgets a function that raised.

    Attributes:
        calls: The count so far.
    """

    def __init__(self, limit: int, end: Callable[[], NoReturn]) -> None:
        self.calls = 0
        self._limit = limit
        self._end = end

    def start(self) -> None:
        """Count from now on."""
        _KINDS[KIND][0](self._count)

    def stop(self) -> None:
        """Count no more."""
        _KINDS[KIND][1]()

    def _count(self) -> None:
        self.calls += 1
        if self.calls > self._limit:
            self._end()


def _start_profile(count: Callable[[], None]) -> None:
    def observe(_frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            count()

    sys.setprofile(observe)


def _stop_profile() -> None:
    sys.setprofile(None)


def _start_monitoring(count: Callable[[], None]) -> None:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]  # Python 3.12

    def observe(_code: CodeType, _offset: int) -> None:
        count()

    monitoring.use_tool_id(monitoring.PROFILER_ID, "rlvr")
    monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, observe)
    monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)


def _stop_monitoring() -> None:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined, unused-ignore]  # as above
    monitoring.set_events(monitoring.PROFILER_ID, 0)
    monitoring.free_tool_id(monitoring.PROFILER_ID)


_KINDS: dict[str, tuple[Callable[[Callable[[], None]], None], Callable[[], None]]] = {
    "profile": (_start_profile, _stop_profile),
    "monitoring": (_start_monitoring, _stop_monitoring),
}

# ``sys.monitoring`` costs less where Python has it. The version of Python, which decides, is part of every fingerprint.
KIND = "monitoring" if hasattr(sys, "monitoring") else "profile"
