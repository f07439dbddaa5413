"""Which layers hold on this machine: each is applied to a process that then tries what it must stop."""

from __future__ import annotations

import ctypes
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from rlvr_code.zygote.sealing import ENVIRONMENT, LAYERS, ProcessLimits, Sealer

_LIMITS = ProcessLimits(memory_bytes=1 << 30, cpu_seconds=10)
_GET_PDEATHSIG, _GET_DUMPABLE = 2, 3
_STRAY_DESCRIPTOR = 9

# Unprivileged processes may take these only after that.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "landlock": ("no_new_privs", "landlock"),
    "seccomp": ("no_new_privs", "seccomp"),
}


def main() -> None:
    """Try every layer and print what was found."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), _STRAY_DESCRIPTOR)
    print(json.dumps({name: _tried(name) for name in LAYERS}))  # noqa: T201  # read by ``trusted.probing``


def _tried(name: str) -> str:
    sealer = Sealer(_LIMITS, _NEEDS.get(name, (name,)))
    receiving, sending = os.pipe()
    process = os.fork()
    if process == 0:
        os.dup2(sending, 3)
        try:
            sealer.seal_zygote()
            state = sealer.seal()[name]
            if state == "on" and not _HOLDS[name]():
                state = "off: applied, but it stops nothing"
            os.write(3, state.encode())
        finally:
            os._exit(0)
    os.close(sending)
    state = os.read(receiving, 4096).decode()
    os.close(receiving)
    os.waitpid(process, 0)
    return state or "off: the process ended while it was tried"


def _refused(attempt: Callable[[], object], *errors: type[BaseException]) -> bool:
    try:
        attempt()
    except errors:
        return True
    return False


def _death_signal() -> int:
    told = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_GET_PDEATHSIG, ctypes.byref(told), 0, 0, 0)
    return told.value


_HOLDS: dict[str, Callable[[], bool]] = {
    "empty_environment": lambda: os.environ.keys() <= ENVIRONMENT.keys(),
    "own_user": lambda: os.geteuid() != 0,
    "no_new_privs": lambda: "NoNewPrivs:\t1" in Path("/proc/self/status").read_text(),
    "landlock": lambda: _refused(lambda: list(Path("/").iterdir()), OSError),
    "non_dumpable": lambda: ctypes.CDLL(None).prctl(_GET_DUMPABLE, 0, 0, 0, 0) == 0,
    "closed_descriptors": lambda: _refused(lambda: os.fstat(_STRAY_DESCRIPTOR), OSError),
    "parent_death_signal": lambda: _death_signal() != 0,
    "rlimits": lambda: _refused(lambda: bytearray(_LIMITS.memory_bytes), MemoryError),
    "seccomp": lambda: _refused(socket.socket, OSError),
}
