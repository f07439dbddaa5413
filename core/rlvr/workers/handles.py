"""The pool's ends of the zygote and of the workers: sockets, notices, and what each worker has to do."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

from rlvr.config import Suite
from rlvr.dispatch import Job, Scores
from rlvr.score import Score, score_from
from rlvr.wire import SCORE_LIMIT_BYTES, Frames, NumberedScore, WireError, read_body, score_of
from rlvr.workers.protocol import BROKEN, ENDED, KILL, LENGTH, READY, REQUEST, RETIRING, START, STEP, send_message

# Importing the plugins of a suite may take long; longer than this, it hangs.
START_SECONDS = 120.0

# How much longer than its budget a job may take before its worker is killed: the answer has to travel.
GRACE_SECONDS = 0.01

_READ_BYTES = 1 << 18


class WorkersError(Exception):
    """Workers cannot be started."""


class ZygoteHandle:
    """The process that forks workers; see ``zygote.py``."""

    def __init__(self, suite: Suite) -> None:
        ours, theirs = socket.socketpair()
        self.control = ours
        self._is_ready = False
        self._sending = threading.Lock()
        try:
            if suite.registry.installed and sys.executable:
                self._process = _exec_zygote(theirs, suite)
                send_message(ours, msgspec.json.encode(suite.given, enc_hook=lambda path: str(path.absolute())))
            else:
                self._process = _fork_zygote(theirs, ours, suite)
        except OSError as error:
            ours.close()
            raise WorkersError(f"no process can be started: {error}") from error
        finally:
            theirs.close()
        self._end = weakref.finalize(self, _end_zygote, ours, self._process)

    def ready(self, wait_until: float | None) -> bool:
        """Wait until it takes requests; False if that was not in time.

        Raises:
            WorkersError: It ended, or tells why it cannot start.
        """
        if self._is_ready:
            return True
        patience = time.monotonic() + START_SECONDS
        until = patience if wait_until is None else min(wait_until, patience)
        self.control.settimeout(max(0.001, until - time.monotonic()))
        try:
            head = self.control.recv(LENGTH.size)
            message = self.control.recv(LENGTH.unpack(head)[0]) if head else BROKEN + b"it ended as it started"
        except TimeoutError:
            if until < patience:
                return False
            message = BROKEN + b"loading the suite takes too long"
        except OSError as error:
            message = BROKEN + str(error).encode()
        finally:
            self.control.settimeout(None)
        if message[:1] != READY:
            raise WorkersError(message[1:].decode("utf-8", "replace"))
        self._is_ready = True
        return True

    def asked_for(self, number: int, channel: int, notice: int) -> None:
        """Ask for a worker at the other ends of a channel and of a pipe for its end."""
        with self._sending, contextlib.suppress(OSError):
            socket.send_fds(self.control, [REQUEST.pack(START, number)], [channel, notice])

    def kill(self, number: int) -> None:
        """Ask to kill a worker and all its processes."""
        with self._sending, contextlib.suppress(OSError):
            self.control.sendall(REQUEST.pack(KILL, number))

    def forget(self) -> None:
        """Close what was inherited by a fork."""
        self._end.detach()
        self.control.close()

    def close(self) -> None:
        """End it, and with it its workers."""
        self._end()


def _exec_zygote(theirs: socket.socket, suite: Suite) -> int:
    """Start a new interpreter, which knows nothing of this process but what it is told."""
    path = [str(each) for each in sys.path]
    code = f"import sys; sys.path[:] = {path!r}; from rlvr.workers.zygote import main; main({theirs.fileno()})"
    output = None if suite.workers.keep_output else subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603  # our own code
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    process.returncode = 0  # it is reaped by number, in _end_zygote; silences the warning of its finalizer
    return process.pid


def _fork_zygote(theirs: socket.socket, ours: socket.socket, suite: Suite) -> int:
    """Fork this process, for plugins that live in it alone, such as those of a test or a notebook."""
    with warnings.catch_warnings():
        # Python 3.12 warns of threads; the zygote uses none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    try:
        ours.close()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(1 if suite.workers.keep_output else 3):
            os.dup2(null, descriptor)
        kept = theirs.fileno()
        os.closerange(3, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
        signal.set_wakeup_fd(-1)
        from rlvr.workers.zygote import serve

        serve(theirs, suite)
    finally:
        os._exit(1)


def _end_zygote(control: socket.socket, process: int) -> None:
    """Close the zygote's socket, which ends it and its workers, and wait for it."""
    control.close()
    until = time.monotonic() + 2.0
    with contextlib.suppress(OSError):
        while os.waitpid(process, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                break
            time.sleep(0.001)


class Unit:
    """What is handed over and blamed as one: a job, or all async jobs of a batch."""

    def __init__(self, jobs: dict[int, Job], frame: bytes, budget_seconds: float) -> None:
        self.jobs = jobs
        self.frame = frame
        self.budget_seconds = budget_seconds
        self.tries = 0


class WorkerHandle:
    """The pool's side of a worker process."""

    def __init__(self, zygote: ZygoteHandle, number: int) -> None:
        self.zygote = zygote
        self.number = number
        self.units: deque[Unit] = deque()
        self.since = 0.0  # when the first unit began
        self.step: int | None = None
        self.units_done = 0
        self.usable = True
        self._frames = Frames(SCORE_LIMIT_BYTES)
        self._unsent = b""
        self._scores: dict[int, list[Score]] = {}
        self.channel, channel = socket.socketpair()
        self.notice, notice = os.pipe()
        zygote.asked_for(number, channel.fileno(), notice)
        channel.close()
        os.close(notice)
        self.channel.setblocking(False)
        self._end = weakref.finalize(self, _close_ends, self.channel, self.notice)

    @property
    def until(self) -> float:
        """When its first unit has spent its budget."""
        return self.since + self.units[0].budget_seconds + GRACE_SECONDS if self.units else float("inf")

    def give(self, units: Sequence[Unit]) -> None:
        """Hand over more units."""
        if not self.units:
            self.since = time.monotonic()
            self.step = None
        self.units.extend(units)
        self._unsent += b"".join(unit.frame for unit in units)
        self.send()

    def send(self) -> None:
        """Send what there is to send, as far as the socket takes it."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionError):
            while self._unsent:
                self._unsent = self._unsent[self.channel.send(self._unsent) :]

    @property
    def has_unsent(self) -> bool:
        """Whether the socket is full."""
        return bool(self._unsent)

    def received(self) -> Iterator[tuple[int, Scores]]:
        """Read what the worker sent: the scores of whole jobs, by number.

        Raises:
            WireError: It sent what no worker sends.
            EOFError: Its end is closed.
        """
        while True:
            try:
                data = self.channel.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except ConnectionError as error:
                raise EOFError from error
            if not data:
                raise EOFError
            for mark, body in self._frames.feed(data):
                yield from self._read(mark, body)
            if len(data) < _READ_BYTES:
                return

    def _read(self, mark: int, body: bytes) -> Iterator[tuple[int, Scores]]:
        try:
            number, fields = read_body(mark, body, NumberedScore)
        except WireError:
            what = read_body(mark, body)
            if what == RETIRING:
                self.usable = False
            elif isinstance(what, list) and len(what) == 2 and what[0] == STEP:  # noqa: PLR2004
                self.step, self.since = what[1], time.monotonic()
            else:
                raise
            return
        unit = self.units[0] if self.units else None
        job = unit.jobs.get(number) if unit else None
        if unit is None or job is None:
            raise WireError("a score for a job that it does not have")
        scores = self._scores.setdefault(number, [])
        scores.append(score_from(score_of(fields), job.entry.declared))
        if len(scores) == len(job.records):
            del self._scores[number], unit.jobs[number]
            if not unit.jobs:
                self.units.popleft()
                self.units_done += 1
                self.since = time.monotonic()
            yield number, tuple(scores)

    def kill(self) -> None:
        """Kill it and its processes; it is of no use then."""
        self.usable = False
        self.zygote.kill(self.number)

    def ended(self, patience_seconds: float = 0.0) -> str | None:
        """Say how it ended, "" if its zygote ended with it; None while it lives."""
        poll = select.poll()  # select.select cannot watch descriptors above 1,024
        poll.register(self.notice, select.POLLIN)
        if not poll.poll(patience_seconds * 1e3):
            return None
        data = os.read(self.notice, ENDED.size)
        if len(data) < ENDED.size:
            return ""
        status = ENDED.unpack(data)[0]
        if os.WIFSIGNALED(status):
            return f"killed by {_signal_name(os.WTERMSIG(status))}"
        return f"ended with exit status {os.WEXITSTATUS(status)}"

    def close(self) -> None:
        """Let go of it; a living worker is killed."""
        self.kill()
        self.forget()

    def forget(self) -> None:
        """Close our ends."""
        self._end()


def _close_ends(channel: socket.socket, notice: int) -> None:
    channel.close()
    os.close(notice)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
