"""Processors that this process may use, and child processes that scorers keep on purpose.

A supervised worker is replaced when a scorer has left child processes behind. A scorer that keeps a process on purpose,
such as the sandbox of `code.tests`, declares it with :func:`keep_process`.
"""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

_kept: set[int] = set()

_CGROUPS = Path("/sys/fs/cgroup")


def keep_process(process: int) -> None:
    """Declare a child process that the scorer keeps on purpose; it does not make its worker retire.

    Call :func:`release_process` once the child has ended, since the system gives its number to another process.
    """
    _kept.add(process)


def release_process(process: int) -> None:
    """Take back the declaration of a child process."""
    _kept.discard(process)


def has_stray_children() -> bool:
    """Return True if this process has a child that no scorer has declared; nothing is reaped."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    if ended is not None and ended.si_pid not in _kept:
        return True
    children = _children()
    return not _kept if children is None else not children <= _kept


def _children() -> set[int] | None:
    """Return the child processes of all threads; None where the system does not list them."""
    found: set[int] = set()
    try:
        for thread in Path("/proc/self/task").iterdir():
            found.update(map(int, (thread / "children").read_text(encoding="ascii").split()))
    except (OSError, ValueError):
        return None
    return found


def default_worker_count() -> int:
    """Return how many worker processes this process should start, at least 1.

    ``RLVR_WORKERS`` if it is set. Else the processors that this process may use: its affinity and its share by cgroup,
    divided by ``LOCAL_WORLD_SIZE``, the number of trainer processes on this machine.
    """
    asked = _positive_number("RLVR_WORKERS")
    if asked is not None:
        return asked
    return max(1, usable_processors() // (_positive_number("LOCAL_WORLD_SIZE") or 1))


def usable_processors() -> int:
    """Return the number of processors that this process may use by affinity and cgroup, at least 1."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = _processors_by_cgroup()
    return processors if share is None else max(1, min(processors, math.ceil(share)))


def _positive_number(variable: str) -> int | None:
    """Return the value of an environment variable; None if it is not a whole number above 0."""
    value = os.environ.get(variable, "").strip()
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 7 and int(value) else None  # noqa: PLR2004  # no machine has a million


def _processors_by_cgroup(root: Path = _CGROUPS, membership: Path = Path("/proc/self/cgroup")) -> float | None:
    """Return the smallest quota, in processors, of the cgroups that this process is in; None if there is none."""
    quotas: list[float] = []
    with contextlib.suppress(OSError, ValueError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            top = root / "cpu" if controllers else root
            folder = top / path.lstrip("/")
            while folder.is_relative_to(top):
                quotas.extend(_quota_of(folder))
                folder = folder.parent
    return min(quotas, default=None)


def _quota_of(folder: Path) -> list[float]:
    """Return the quota of one cgroup, version 2 or 1; nothing if it has none."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with contextlib.suppress(OSError, ValueError):
            quota, period = " ".join((folder / name).read_text(encoding="ascii") for name in names).split()
            return [] if quota == "max" or int(quota) <= 0 else [int(quota) / int(period)]
    return []
