"""How much time another process has used, told by the kernel, so that neither it nor the machine's load decides.

CPU time is what a test may use.
A process that does not compute, sleeping or waiting, uses up its idle time instead: wall time less CPU time less the
time in which the kernel had no core for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

_NANO = 1e-9


def cpu_seconds(process: int) -> float | None:
    """Return the CPU time of a process so far, of all its threads; None where the kernel does not report it."""
    try:
        return time.clock_gettime((~process << 3) | 2)  # Linux' MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
    except OSError:
        return None


def queued_seconds(process: int) -> float:
    """Return the time in which the process could have run but no core was free; 0.0 where it is not reported."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1]) * _NANO
    except (OSError, ValueError, IndexError):
        return 0.0


def busy_seconds(process: int) -> float:
    """Return the time in which the process has computed, or waited for a core; 0.0 for a process that is no more."""
    return (cpu_seconds(process) or 0.0) + queued_seconds(process)


# The same work takes more CPU time where processes wait for cores: they share caches, and a guest's time is stolen.
# Measured with four busy loops on two cores: up to 1.4 times as much.
LOADED_FACTOR = 1.4


def disturbed_seconds(process: int, used_seconds: float) -> float:
    """Return the part of a process' CPU time that counts as the fault of the machine's load.

    Args:
        process: Its number.
        used_seconds: CPU time.

    Returns:
        As long as it has waited for a core since its birth, and at most a third of its CPU time.
    """
    return min(used_seconds * (1 - 1 / LOADED_FACTOR), queued_seconds(process))


class Budget:
    """What one test, or one submission, may use of a process.

    Args:
        process: Its number.
        cpu_limit_seconds: CPU time from now on.
        idle_limit_seconds: Time in which it may neither compute nor be kept from it; by default a second more than the
            CPU time, so that honest sleeps end.
        served_seconds: Returns the time for which the process may have waited for others that work for it; that is no
            idle time.
    """

    IDLE_EXTRA_SECONDS = 1.0
    # Where the kernel tells neither, a loaded machine runs a process this much slower.
    _UNTOLD_FACTOR = 5.0
    _SHORTEST_LOOK_SECONDS = 0.001

    def __init__(
        self,
        process: int,
        cpu_limit_seconds: float,
        idle_limit_seconds: float | None = None,
        served_seconds: Callable[[], float] = float,
    ) -> None:
        self._process = process
        self._served_seconds = served_seconds
        self._limit = cpu_limit_seconds
        self._idle_limit = (
            cpu_limit_seconds + self.IDLE_EXTRA_SECONDS if idle_limit_seconds is None else idle_limit_seconds
        )
        self._cpu = cpu_seconds(process)
        self._start = time.monotonic()
        self.problem = ""
        self.waited = False

    def used_seconds(self) -> float:
        """Return the CPU time since the start."""
        now = cpu_seconds(self._process)
        return 0.0 if now is None or self._cpu is None else now - self._cpu

    def left_seconds(self) -> float:
        """Return how long to wait before the next look; 0.0 when the budget is spent, for the reason in ``problem``."""
        wall = time.monotonic() - self._start
        if self._cpu is None:
            left = self._limit * self._UNTOLD_FACTOR - wall
            self.problem = "" if left > 0 else f"used more than {wall:.1f} s"
            return max(0.0, left)
        used = self.used_seconds()
        left = self._limit - used
        if left <= 0:
            left += disturbed_seconds(self._process, used)
        if left <= 0:
            self.problem = f"used more than {self._limit:.3g} s of CPU time"
            return 0.0
        idle_left = self._idle_limit - (wall - used)
        if idle_left <= 0:
            # Its own part is since its birth, which is a little more than since the start.
            idle_left += queued_seconds(self._process) + self._served_seconds()
        if idle_left <= 0:
            self.waited = True
            self.problem = f"waited for {wall - used:.1f} s without computing"
            return 0.0
        return max(self._SHORTEST_LOOK_SECONDS, min(left, idle_left))
