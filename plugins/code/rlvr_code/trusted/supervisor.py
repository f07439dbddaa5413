"""Starts the zygote, keeps sealed processes at hand, and ends every process that it gave out."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rlvr import keep_process, memory_share_mb, release_process
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
    resident_bytes: int

    @property
    def signal(self) -> int:
        """The signal that ended it; 0 if it ended by itself."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0


# What referees compute themselves: test code is trusted, but works on what submissions return.
REFEREE_SECONDS = 10.0
# A submission gets two thirds of the memory of its worker, a referee one. Both get what a bare process needs.
_SUBMISSION_PART, _REFEREE_PART = 2 / 3, 1 / 3
_LEAST_MEMORY_BYTES = 48 << 20


class Settings(NamedTuple):
    """The settings of a sandbox; ``memory_bytes`` is what its processes may use if the machine has so much."""

    modules: tuple[str, ...] | None  # None for the language layer's own list
    restricted: bool
    layers: tuple[str, ...]
    memory_bytes: int
    cpu_seconds: int
    output_bytes: int
    libraries: tuple[str, ...] = ()
    spares: int = 2


class _Asked(NamedTuple):
    """A process that was asked for: the trusted side's ends of its channel, stdin and stdout, and what it replaces."""

    channel: int
    stdin: int
    stdout: int
    replaced: Process | None

    def close(self) -> None:
        for descriptor in self[:3]:
            os.close(descriptor)
        if self.replaced is not None:
            self.replaced.close()


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
            self._program = _exec_zygote(program, theirs, first_message["libraries"])
        keep_process(self._program.pid)  # it serves the next batch too, and is no reason to replace a worker
        self._control = ours
        self._started: deque[Started] = deque()
        self._asked: deque[_Asked] = deque()
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
        while len(self._asked) + len(self._started) < wanted:
            self._ask(b"S", None)

    def process(self) -> Started:
        """Give out a process."""
        self.ask(1)
        while not self._started:
            self._receive()
        return self._started.popleft()

    def drop(self, process: Process, wanted: int) -> None:
        """Kill a process, without waiting for its end, and have as many made ready."""
        if len(self._asked) + len(self._started) < wanted:
            self._ask(b"R%d" % process.number, process)
        else:
            self._request(b"D%d" % process.number)
            process.close()
        self.ask(wanted)

    def end(self, process: Process, wanted: int) -> Exit:
        """End a process, and have as many made ready; return how it had ended, if it had."""
        process.close()
        self._request(b"K%d" % process.number)
        data = self._answer()
        self.ask(wanted)
        return Exit(*ENDED.unpack(data)[1:])

    def settle(self) -> None:
        """Wait until every process that was ended is gone."""
        self._request(b"W")
        self._answer()

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
        for asked in self._asked:
            asked.close()
        self._asked.clear()

    def _ask(self, request: bytes, replaced: Process | None) -> None:
        """Ask for a process; the descriptors of the one that it replaces stay open until that one was killed."""
        channel, channel_end = socket.socketpair()
        stdin_end, stdin = os.pipe()
        stdout, stdout_end = os.pipe()
        self._asked.append(_Asked(channel.detach(), stdin, stdout, replaced))
        try:
            self._request(request, (channel_end.fileno(), stdin_end, stdout_end))
        finally:
            channel_end.close()
            os.close(stdin_end)
            os.close(stdout_end)

    def _request(self, request: bytes, descriptors: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._control, [request], descriptors)
        except OSError as error:
            raise SandboxError(f"the sandbox's zygote is gone: {error}") from None

    def _receive(self) -> bytes:
        """Take one message: of a process that was started, or an answer, which is returned."""
        try:
            data = self._control.recv(_MESSAGE_BYTES)
        except OSError as error:
            raise SandboxError(f"the sandbox's zygote is gone: {error}") from None
        if not data:
            raise SandboxError("the sandbox's zygote is gone")
        if data[:1] != b"S":
            return data
        asked = self._asked.popleft()
        self._started.append(Started(STARTED.unpack(data)[1], asked.channel, asked.stdin, asked.stdout))
        if asked.replaced is not None:
            asked.replaced.close()  # it would have woken up before its end
        return b""

    def _answer(self) -> bytes:
        while not (data := self._receive()):
            pass
        return data


class MemoryLimits(NamedTuple):
    """Bytes that a submission and a referee may use."""

    submission: int
    referee: int


def memory_limits(wanted_bytes: int) -> MemoryLimits:
    """Return the limits that keep a submission, a referee and their worker within this worker's share of the memory.

    Args:
        wanted_bytes: The limit of the options, which holds where the machine has no limit, or a larger one.
    """
    share = memory_share_mb()
    if share is None:
        return MemoryLimits(wanted_bytes, wanted_bytes)
    room = share * (1 << 20)
    parts = (int(room * part) for part in (_SUBMISSION_PART, _REFEREE_PART))
    return MemoryLimits(*(min(wanted_bytes, max(part, _LEAST_MEMORY_BYTES)) for part in parts))


class Sandbox:
    """Two zygotes, one for submissions and one for referees, and the processes that they fork.

    One for each process that grades and each kind of settings; started on first use, and again after a fork.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.memory_bytes = self.referee_memory_bytes = settings.memory_bytes
        self.until = math.inf  # when the processes that are given out from now on are cut
        self.lock = threading.RLock()
        self._owner = 0
        self._zygotes: dict[str, _ZygoteHandle] = {}
        _SANDBOXES.add(self)

    def process(self, *, keep_output: bool = False) -> Process:
        """Give out a sealed process that has run nothing yet.

        Raises:
            SandboxError: None could be started.
        """
        started = self._zygote(SUBMISSIONS).process()
        return Process(started, self.settings.output_bytes, keep_output=keep_output, until=self.until)

    def start(self) -> None:
        """Start the zygote of submissions if it does not run; wait until it is ready."""
        self._zygote(SUBMISSIONS)

    def drop(self, process: Process) -> None:
        """Kill a submission's process, without waiting for its end, and have spare ones made ready."""
        self._zygote(SUBMISSIONS).drop(process, self.settings.spares)

    def end(self, process: Process) -> Exit:
        """End a submission's process, and return how it had ended, if it had."""
        return self._zygote(SUBMISSIONS).end(process, self.settings.spares)

    def referee(self) -> Process:
        """Give out a process for trusted test code."""
        return Process(self._zygote(REFEREES).process(), self.settings.output_bytes, until=self.until)

    def drop_referee(self, referee: Process) -> None:
        """Kill a referee, without waiting for its end, and have the next one made ready."""
        self._zygote(REFEREES).drop(referee, 1)

    def end_referee(self, referee: Process) -> Exit:
        """End a referee, and return how it had ended, if it had."""
        return self._zygote(REFEREES).end(referee, 1)

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
        limits = memory_limits(settings.memory_bytes)
        self.memory_bytes, self.referee_memory_bytes = limits
        return {
            "modules": settings.modules,
            "restricted": settings.restricted,
            "libraries": settings.libraries,
            "layers": settings.layers,
            "limits": {"memory_bytes": limits.submission, "cpu_seconds": settings.cpu_seconds},
            "referee_limits": {
                "memory_bytes": limits.referee,
                "cpu_seconds": int(REFEREE_SECONDS) + settings.cpu_seconds,
            },
        }


_SANDBOXES: weakref.WeakSet[Sandbox] = weakref.WeakSet()


@atexit.register
def close_all() -> None:
    """End every zygote of this process."""
    for sandbox in list(_SANDBOXES):
        with contextlib.suppress(Exception):
            sandbox.close()


def _folder_of(module: str) -> str:
    """Return the folder in which a module is installed."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise SandboxError(f"the library {module!r} is not installed; install it, or take it from 'libraries'")
    return str(Path(spec.origin).parents[1])


def _exec_zygote(program: str, theirs: socket.socket, libraries: Sequence[str]) -> subprocess.Popen[bytes]:
    here = str(Path(__file__).parents[2])
    folders = dict.fromkeys([here, *map(_folder_of, ("RestrictedPython", *libraries))])
    code = (
        # At-fork handlers, such as that of `random`, would run in each fork and copy a hundred pages of memory. The
        # zygote has one thread, and seeds `random` itself.
        "import os, sys; os.register_at_fork = lambda **handlers: None; "
        f"sys.path[:0] = {list(folders)!r}; "
        f"from {program} import main; main({theirs.fileno()})"
    )
    return subprocess.Popen(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-s", "-S", "-P", "-X", "utf8", "-c", code],
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
