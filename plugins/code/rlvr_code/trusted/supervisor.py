"""Starts the zygote, keeps sealed processes at hand, and ends every process that it gave out."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from rlvr import keep_process, release_process
from rlvr_code.trusted.process import Process, SandboxError, Started
from rlvr_code.wire.frames import ENDED, REQUEST_BYTES, STARTED
from rlvr_code.zygote.sealing import ENVIRONMENT

# A zygote imports its modules and makes ready in some 100 ms; a loaded machine takes longer.
_START_SECONDS = 60.0
_MESSAGE_BYTES = 1024

SUBMISSIONS, REFEREES = "rlvr_code.zygote.submissions", "rlvr_code.referee.main"
_WORDS_CHARACTERS = 1_000


class Exit(NamedTuple):
    """How a process ended."""

    status: int
    cpu_seconds: float
    resident_bytes: int

    @property
    def signal(self) -> int:
        """The signal that ended it; 0 if it ended by itself."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0


class Settings(NamedTuple):
    """What the processes of submissions are like."""

    modules: tuple[str, ...] | None  # None for the language layer's own list
    restricted: bool
    layers: tuple[str, ...]
    memory_bytes: int
    cpu_seconds: int
    output_bytes: int
    spares: int = 2


class _ZygoteHandle:
    """The trusted side's hold on a zygote.

    Args:
        program: The module whose ``main`` it runs.
        first_message: What it is told at its start.

    Raises:
        SandboxError: From every method, when it does not start or is gone.
    """

    def __init__(self, program: str, first_message: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._program = _exec_zygote(program, theirs)
        keep_process(self._program.pid)  # it serves the next batch too, and is no reason to replace a worker
        self._control = ours
        self._started: deque[Started] = deque()
        self._ending: set[int] = set()  # whose end was not told yet
        self._asked = 0
        ours.settimeout(_START_SECONDS)
        try:
            ours.send(json.dumps(first_message).encode())
            ready = ours.recv(REQUEST_BYTES)
        except OSError as error:
            ready = str(error).encode()
        problem = "" if ready == b"ready" else _last_words(self._program, ready)
        if self._program.stderr is not None:
            self._program.stderr.close()
        if problem:
            self.close()
            raise SandboxError(f"the sandbox's zygote did not start: {problem}")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._program.poll() is None

    def ask(self, wanted: int) -> None:
        """Have as many processes made ready."""
        while self._asked + len(self._started) < wanted:
            self._asked += 1
            self._request(b"S")

    def process(self) -> Started:
        """Give out a process."""
        self.ask(1)
        while not self._started:
            self._receive()
        return self._started.popleft()

    def end(self, process: int) -> None:
        """Kill a process, without waiting for its end."""
        self._ending.add(process)
        self._request(b"K%d" % process)

    def exit_of(self, process: int) -> Exit:
        """How a process that :meth:`end` was just called for has ended."""
        while True:
            told = self._receive()
            if told is not None and told[0] == process:
                return told[1]

    def settle(self) -> None:
        """Wait until every process that was ended is gone."""
        while self._ending:
            self._receive()

    def close(self) -> None:
        """End it, and with it every process that it has forked."""
        self._let_go()
        self._program.kill()
        self._program.wait()
        release_process(self._program.pid)

    def forget(self) -> None:
        """Let go of it in a fork, whose parent goes on with it."""
        self._let_go()
        self._program.returncode = 0  # it is not this process's to wait for

    def _let_go(self) -> None:
        self._control.close()
        for started in self._started:
            for descriptor in started[1:]:
                os.close(descriptor)
        self._started.clear()

    def _request(self, request: bytes) -> None:
        try:
            self._control.send(request)
        except OSError as error:
            raise SandboxError(f"the sandbox's zygote is gone: {error}") from None

    def _receive(self) -> tuple[int, Exit] | None:
        """Take one message: a process that was started, or answer with one that has ended."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, 3)
        except OSError as error:
            raise SandboxError(f"the sandbox's zygote is gone: {error}") from None
        if not data:
            raise SandboxError("the sandbox's zygote is gone")
        if data[:1] == b"K":
            _, process, status, cpu, resident = ENDED.unpack(data)
            self._ending.discard(process)
            return process, Exit(status, cpu, resident)
        self._asked -= 1
        self._started.append(Started(STARTED.unpack(data)[1], *descriptors))
        return None


class Sandbox:
    """Two zygotes, one for submissions and one for referees, and the processes that they fork.

    One for each process that grades and each kind of settings; started on first use, and again after a fork.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self._owner = 0
        self._zygotes: dict[str, _ZygoteHandle] = {}
        _SANDBOXES.add(self)

    def process(self, *, keep_output: bool = False) -> Process:
        """Give out a sealed process that has run nothing yet.

        Raises:
            SandboxError: None could be started.
        """
        return Process(self._zygote(SUBMISSIONS).process(), self.settings.output_bytes, keep_output=keep_output)

    def refill(self) -> None:
        """Have spare processes made ready, while others compute."""
        self._zygote(SUBMISSIONS).ask(self.settings.spares)

    def end(self, process: int) -> None:
        """Kill a submission's process, without waiting for its end."""
        self._zygote(SUBMISSIONS).end(process)

    def exit_of(self, process: int) -> Exit:
        """How a process that :meth:`end` was called for has ended."""
        return self._zygote(SUBMISSIONS).exit_of(process)

    def referee(self) -> Process:
        """Give out a process for trusted test code."""
        return Process(self._zygote(REFEREES).process(), self.settings.output_bytes)

    def end_referee(self, referee: Process) -> None:
        """End a referee."""
        referee.close()
        zygote = self._zygote(REFEREES)
        zygote.end(referee.number)
        zygote.ask(1)

    def settle(self) -> None:
        """Wait until every process that was ended is gone."""
        for zygote in self._zygotes.values():
            zygote.settle()

    def close(self) -> None:
        """End the zygotes, and with them every process that they have forked."""
        with self.lock:
            zygotes, self._zygotes = self._zygotes, {}
            for zygote in zygotes.values():
                if self._owner == os.getpid():
                    zygote.close()
                else:
                    zygote.forget()

    def _zygote(self, what: str) -> _ZygoteHandle:
        if self._owner != os.getpid():
            self.close()
            self._owner = os.getpid()
        known = self._zygotes.get(what)
        if known is None or not known.alive:
            if known is not None:
                known.close()
            known = self._zygotes[what] = _ZygoteHandle(what, self._first_message())
        return known

    def _first_message(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "modules": settings.modules,
            "restricted": settings.restricted,
            "layers": settings.layers,
            "limits": {"memory_bytes": settings.memory_bytes, "cpu_seconds": settings.cpu_seconds},
        }


_SANDBOXES: weakref.WeakSet[Sandbox] = weakref.WeakSet()


@atexit.register
def close_all() -> None:
    """End every zygote of this process."""
    for sandbox in list(_SANDBOXES):
        with contextlib.suppress(Exception):
            sandbox.close()


def _exec_zygote(program: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
    import RestrictedPython

    here, there = Path(__file__).parents[2], Path(RestrictedPython.__file__).parents[1]
    code = (
        f"import sys; sys.path[:0] = [{str(here)!r}, {str(there)!r}]; "
        f"from {program} import main; main({theirs.fileno()})"
    )
    return subprocess.Popen(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-s", "-S", "-P", "-B", "-X", "utf8", "-c", code],
        env=ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,  # read if it does not start
        close_fds=True,
        pass_fds=(theirs.fileno(),),
        start_new_session=True,
    )


def _last_words(zygote: subprocess.Popen[bytes], received: bytes) -> str:
    zygote.kill()
    _, errors = zygote.communicate()
    return (errors or received).decode(errors="replace").strip()[-_WORDS_CHARACTERS:] or "it ended"


def signal_name(number: int) -> str:
    """Name a signal, as in ``SIGSEGV``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
