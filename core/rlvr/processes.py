"""Processors that this process may use, and child processes that scorers keep on purpose.

A supervised worker is replaced when a scorer has left child processes behind. A scorer that keeps a process on purpose,
such as the sandbox of `code.tests`, declares it with :func:`keep_process`.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from pathlib import Path
from typing import Any

from rlvr.cgroups import CGROUPS, MEMBERSHIP, cgroup_folders
from rlvr.memory import usable_memory_mb, workers_by_memory

_kept: set[int] = set()


def keep_process(process: int) -> None:
    """Declare a child process that the scorer keeps on purpose, so that its worker is not replaced.

    Call :func:`release_process` once the child has ended, since the system gives its number to another process.
    """
    _kept.add(process)


def release_process(process: int) -> None:
    """Undo :func:`keep_process`, after the child process has ended."""
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

    ``RLVR_WORKERS`` if it is set. Else the processors that Ray has assigned to the task or actor that runs here. Else
    those that this process may use: its affinity and its share by cgroup, divided by ``LOCAL_WORLD_SIZE``, the number
    of trainer processes on this machine. Not more than one for each 1,024 MB of memory that this process may use.
    """
    asked = _positive_number("RLVR_WORKERS")
    if asked is not None:
        return asked
    assigned, usable = _processors_by_ray(), usable_processors()
    processors = usable // (_positive_number("LOCAL_WORLD_SIZE") or 1) if assigned is None else min(assigned, usable)
    processors = max(1, processors)
    return min(processors, workers_by_memory(usable_memory_mb()) or processors)


def usable_processors() -> int:
    """Return the number of processors that this process may use by affinity and cgroup, at least 1."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = _processors_by_cgroup()
    return processors if share is None else max(1, min(processors, math.ceil(share)))


def _processors_by_ray() -> int | None:
    """Return the processors of the task or actor of Ray that runs in this process; None outside of one.

    An actor has none unless its author asks for some; each of the many on a machine must not take all processors.
    """
    ray: Any = sys.modules.get("ray")  # who runs in one has imported it
    try:
        context = ray.get_runtime_context()
        is_worker = context.worker.mode == ray.WORKER_MODE
        return math.ceil(context.get_assigned_resources().get("CPU", 0)) if is_worker else None
    except Exception:  # noqa: BLE001  # not imported, not started, or of another version
        return None


def _positive_number(variable: str) -> int | None:
    """Return the value of an environment variable; None if it is not a whole number above 0."""
    value = os.environ.get(variable, "").strip()
    return int(value) if value.isascii() and value.isdigit() and 0 < len(value) < 7 and int(value) else None  # noqa: PLR2004  # no machine has a million


def _processors_by_cgroup(root: Path = CGROUPS, membership: Path = MEMBERSHIP) -> float | None:
    """Return the smallest quota, in processors, of the cgroups that this process is in; None if there is none."""
    quotas = (quota for folder in cgroup_folders("cpu", root, membership) for quota in _quota_of(folder))
    return min(quotas, default=None)


def _quota_of(folder: Path) -> list[float]:
    """Return the quota of one cgroup, version 2 or 1; nothing if it has none."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with contextlib.suppress(OSError, ValueError):
            quota, period = " ".join((folder / name).read_text(encoding="ascii") for name in names).split()
            return [] if quota == "max" or int(quota) <= 0 else [int(quota) / int(period)]
    return []
