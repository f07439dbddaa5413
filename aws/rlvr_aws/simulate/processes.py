"""The processes of a container: which they are, how much memory they use, and how to end them.

The kernel's table of processes is read from ``/proc``. On a system without it, only the container's process group is
known, and memory is not measured.
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

# All containers share one reading of the table for this long; a reading takes milliseconds on a busy machine.
_SNAPSHOT_SECONDS = 0.1
# A fork bomb outruns a single pass; a function that outruns these passes is not a reward function.
_KILLING_PASSES = 50


class Process(msgspec.Struct, frozen=True, gc=False):
    """One entry of the table."""

    pid: int
    parent: int
    group: int
    session: int


class ProcessTable:
    """The processes of the machine; the table is read again when the last reading is old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._processes: list[Process] = []

    def family_of(self, pid: int, *, fresh: bool = False) -> set[int]:
        """Return the running processes that descend from ``pid``, or share a session or a group with such a process.

        The set contains ``pid`` itself if it runs.
        """
        with self._lock:
            if fresh or time.monotonic() - self._read_at > _SNAPSHOT_SECONDS:
                self._processes, self._read_at = _read_table(), time.monotonic()
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
    """Return the memory of processes in RAM; memory that they share is counted once."""
    pids = list(family)
    if len(pids) == 1:
        return _resident_bytes(pids[0])
    return sum(_proportional_bytes(pid) for pid in pids)


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has had in RAM; 0 if unknown."""
    return _kilobytes_of(_PROC / str(pid) / "status", b"VmHWM:")


def end_all(pid: int, marker: str) -> None:
    """Kill a process, its family, and all processes with the marker in their environment; return when none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(_KILLING_PASSES):
        left = (TABLE.family_of(pid, fresh=True) | _pids_with_marker(marker)) - {os.getpid()}
        for each in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        if not left:
            return
        time.sleep(0.005)


def _read_table() -> list[Process]:
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


def _pids_with_marker(marker: str) -> set[int]:
    """Return the processes with the marker in their environment: descendants that left the family."""
    found = set()
    for name in _pids():
        with contextlib.suppress(OSError):
            if marker.encode() in (_PROC / name / "environ").read_bytes() and _is_running(name):
                found.add(int(name))
    return found


def _is_running(name: str) -> bool:
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
