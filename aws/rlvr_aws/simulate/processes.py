"""Which processes belong to a container, what memory they take, and how they are ended.

The kernel's table of processes is read from ``/proc``; where there is none, only the container's process group is known
and its memory is not measured.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

# One reading of the table serves all containers for this long; reading it takes milliseconds on a busy machine.
_SNAPSHOT_SECONDS = 0.1
# A fork bomb outruns a single pass; one that outruns these is not a reward function.
_KILLING_PASSES = 50


class Process(msgspec.Struct, frozen=True, gc=False):
    """One line of the table."""

    pid: int
    parent: int
    group: int
    session: int


class ProcessTable:
    """The processes of the machine, read again when the last reading is old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._processes: list[Process] = []

    def family_of(self, pid: int, *, fresh: bool = False) -> set[int]:
        """Return the living processes that descend from ``pid``, share its session or group, or those of a descendant.

        It contains ``pid`` itself, if that lives.
        """
        with self._lock:
            if fresh or time.monotonic() - self._read_at > _SNAPSHOT_SECONDS:
                self._processes, self._read_at = _living(), time.monotonic()
            processes = self._processes
        family = {pid}
        while new := {
            each.pid
            for each in processes
            if each.pid not in family and not family.isdisjoint((each.parent, each.group, each.session))
        }:
            family |= new
        return family & {each.pid for each in processes}


TABLE = ProcessTable()


def memory_bytes(family: Iterable[int]) -> int:
    """Return the memory that processes hold in RAM; what several of them share is counted once."""
    pids = list(family)
    if len(pids) == 1:
        return _resident_bytes(pids[0])
    return sum(_proportional_bytes(pid) for pid in pids)


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process ever held in RAM; 0 if unknown."""
    return _kilobytes_of(_PROC / str(pid) / "status", b"VmHWM:")


def end_all(pid: int, marker: str) -> None:
    """Kill a process, its family, and whatever inherited the marker in its environment; returns when none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(_KILLING_PASSES):
        left = (TABLE.family_of(pid, fresh=True) | _marked(marker)) - {os.getpid()}
        for each in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        if not left:
            return
        time.sleep(0.005)


def _living() -> list[Process]:
    processes = []
    for name in _pids():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may hold anything; the fields after it are numbers.
            fields = (_PROC / name / "stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] not in {b"Z", b"X"}:
                processes.append(Process(int(name), int(fields[1]), int(fields[2]), int(fields[3])))
    return processes


def _pids() -> list[str]:
    try:
        return [name for name in os.listdir(_PROC) if name.isdecimal()]  # noqa: PTH208  # names, not paths, and often
    except OSError:
        return []


def _marked(marker: str) -> set[int]:
    """Find the processes whose environment holds the marker: descendants that left their family."""
    found = set()
    for name in _pids():
        with contextlib.suppress(OSError):
            if marker.encode() in (_PROC / name / "environ").read_bytes() and _is_living(name):
                found.add(int(name))
    return found


def _is_living(name: str) -> bool:
    return (_PROC / name / "stat").read_bytes().rpartition(b")")[2].split()[0] not in {b"Z", b"X"}


def _resident_bytes(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


def _proportional_bytes(pid: int) -> int:
    return _kilobytes_of(_PROC / str(pid) / "smaps_rollup", b"Pss:") or _resident_bytes(pid)


def _kilobytes_of(path: Path, name: bytes) -> int:
    try:
        for line in path.read_bytes().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0
