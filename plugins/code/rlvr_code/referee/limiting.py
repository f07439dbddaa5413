"""Limit the CPU time of work in a referee that a submission causes."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

_SHORTEST_SECONDS = 0.001


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let the kernel end this process by SIGPROF if the work takes more CPU time.

    No Python code can end a multiplication of long numbers or the search of a regular expression that is under way.
    """
    signal.setitimer(signal.ITIMER_PROF, max(seconds, _SHORTEST_SECONDS))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
