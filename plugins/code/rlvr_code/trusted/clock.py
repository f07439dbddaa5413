"""How much time another process has used, told by the kernel, so that neither it nor the machine's load decides.

CPU time is what a test may use.
A process that does not compute, sleeping or waiting, uses up its idle time instead: wall time less CPU time less the
time in which the kernel had no core for it.
"""

from __future__ import annotations

import time
from pathlib import Path

_NANO = 1e-9


def cpu_seconds(process: int) -> float | None:
    """CPU time of a process so far, all threads; None where the kernel does not tell."""
    try:
        return time.clock_gettime((~process << 3) | 2)  # Linux' MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
    except OSError:
        return None


def queued_seconds(process: int) -> float:
    """Time in which the process could have run but no core was free; 0.0 where the kernel does not tell."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[1]) * _NANO
    except (OSError, ValueError, IndexError):
        return 0.0


class Budget:
    """What one test, or one submission, may use of a process.

    Args:
        process: Its number.
        cpu_limit_seconds: CPU time from now on.
    """

    # A process that waits computes nothing wrong; a little more than its CPU time lets honest sleeps end.
    IDLE_EXTRA_SECONDS = 1.0
    # Where the kernel tells neither, a loaded machine runs a process this much slower.
    _UNTOLD_FACTOR = 5.0
    _SHORTEST_LOOK_SECONDS = 0.001

    def __init__(self, process: int, cpu_limit_seconds: float) -> None:
        self._process = process
        self._limit = cpu_limit_seconds
        self._cpu = cpu_seconds(process)
        self._start = time.monotonic()
        self.problem = ""
        self.waited = False

    def used_seconds(self) -> float:
        """CPU time since the start."""
        now = cpu_seconds(self._process)
        return 0.0 if now is None or self._cpu is None else now - self._cpu

    def left_seconds(self) -> float:
        """How long to wait before looking again; 0.0 when the budget is spent, and then ``problem`` says how."""
        wall = time.monotonic() - self._start
        if self._cpu is None:
            left = self._limit * self._UNTOLD_FACTOR - wall
            self.problem = "" if left > 0 else f"used more than {wall:.1f} s"
            return max(0.0, left)
        used = self.used_seconds()
        if used >= self._limit:
            self.problem = f"used more than {self._limit:.3g} s of CPU time"
            return 0.0
        idle_left = self._limit + self.IDLE_EXTRA_SECONDS - (wall - used)
        if idle_left <= 0:
            idle_left += queued_seconds(self._process)  # since its birth, which is a little more than since the start
        if idle_left <= 0:
            self.waited = True
            self.problem = f"waited for {wall - used:.1f} s without computing"
            return 0.0
        return max(self._SHORTEST_LOOK_SECONDS, min(self._limit - used, idle_left))
