"""Handles of the zygote and of the workers in the dispatcher's process: sockets, and the jobs of each worker."""

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
from pathlib import Path

import msgspec

from rlvr.config import Suite
from rlvr.jobs import Job, Scores
from rlvr.scores import Score, score_from
from rlvr.time_share import CUT_METRIC
from rlvr.wire import SCORE_LIMIT_BYTES, Frames, NumberedScore, WireError, frame_of, read_body, score_of
from rlvr.workers.protocol import (
    BROKEN,
    ENDED,
    KILL,
    LENGTH,
    READY,
    REQUEST,
    RETIRING,
    SHARE,
    START,
    STEP,
    send_message,
)

# The import of the plugins of a suite may take long; a longer one is taken for a hang.
START_SECONDS = 120.0

# A fork imports nothing. One that is silent for so long waits for a lock that a thread held as the process was forked.
FORK_SECONDS = 10.0

# An import of another thread never ends in a fork, and neither does what needs the module. So a fork waits for its end.
IMPORT_SECONDS = 1.0

# A worker is killed this long after the budget of its job: the answer needs time to arrive.
GRACE_SECONDS = 0.01

_READ_BYTES = 1 << 18


class WorkersError(Exception):
    """Workers cannot be started."""


class ZygoteHandle:
    """Handle of the process that forks workers; see ``zygote.py``.

    Attributes:
        is_fork: Whether the zygote is a fork of this process; else it runs in a new interpreter.
    """

    def __init__(self, suite: Suite) -> None:
        ours, theirs = socket.socketpair()
        self.control = ours
        self.is_fork = not (suite.registry.installed and sys.executable)
        self._is_ready = False
        self._sending = threading.Lock()
        try:
            if self.is_fork:
                self._process = _fork_zygote(theirs, ours, suite)
            else:
                self._process = _exec_zygote(theirs, suite)
                send_message(ours, msgspec.json.encode(suite.given))
        except OSError as error:
            ours.close()
            raise WorkersError(f"no process can be started: {error}") from error
        finally:
            theirs.close()
        self._end = weakref.finalize(self, _end_zygote, ours, self._process)

    def wait_until_ready(self, wait_until: float | None) -> bool:
        """Wait until the zygote accepts requests; return False if it does not by ``wait_until``.

        Raises:
            WorkersError: The zygote ended or cannot start.
        """
        if self._is_ready:
            return True
        patience = time.monotonic() + (FORK_SECONDS if self.is_fork else START_SECONDS)
        until = patience if wait_until is None else min(wait_until, patience)
        self.control.settimeout(max(0.001, until - time.monotonic()))
        try:
            head = self.control.recv(LENGTH.size)
            message = self.control.recv(LENGTH.unpack(head)[0]) if head else BROKEN + b"the zygote ended as it started"
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

    def request_worker(self, number: int, channel: int, end_notice: int) -> None:
        """Ask the zygote to start a worker.

        Args:
            number: Number of the worker.
            channel: Descriptor of the worker's end of the channel for jobs and scores.
            end_notice: Descriptor of the pipe to which the zygote writes how the worker ended.
        """
        with self._sending, contextlib.suppress(OSError):
            socket.send_fds(self.control, [REQUEST.pack(START, number)], [channel, end_notice])

    def kill(self, number: int) -> None:
        """Ask the zygote to kill a worker and all its processes."""
        with self._sending, contextlib.suppress(OSError):
            self.control.sendall(REQUEST.pack(KILL, number))

    def forget(self) -> None:
        """Close the descriptors that a fork inherited, without ending the zygote."""
        self._end.detach()
        self.control.close()

    def close(self) -> None:
        """End the zygote and its workers."""
        self._end()


def _exec_zygote(theirs: socket.socket, suite: Suite) -> int:
    """Start a zygote in a new interpreter, which shares no state with this process."""
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
    process.returncode = 0  # _end_zygote reaps it by number; this silences the warning of its finalizer
    return process.pid


def _fork_zygote(theirs: socket.socket, ours: socket.socket, suite: Suite) -> int:
    """Fork a zygote from this process, for plugins that exist only here, as in a test or a notebook."""
    _wait_for_imports()
    with warnings.catch_warnings():
        # Python 3.12 warns if the process has threads; the zygote does not use them.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process:
        return process
    try:
        ours.close()
        _leave_the_parents_files({theirs.fileno(), *((1, 2) if suite.workers.keep_output else ())})
        signal.set_wakeup_fd(-1)
        from rlvr.workers.zygote import serve

        serve(theirs, suite)
    finally:
        os._exit(1)


def _leave_the_parents_files(kept: set[int]) -> None:
    """Lead all descriptors but some to nowhere, and give the standard streams new objects.

    A closed descriptor would be given to the next socket, and what a scorer writes to a file object of the parent, such
    as a log, would come out there. The object of a stream may have a lock that a thread of the parent holds.
    """
    null = os.open(os.devnull, os.O_RDWR)
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"  # the second is a link that containers may lack
    for descriptor in [int(path.name) for path in Path(folder).iterdir()]:
        if descriptor not in kept | {null}:
            os.dup2(null, descriptor, inheritable=descriptor < 3)  # noqa: PLR2004  # the standard streams
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (
        open(number, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )


def _wait_for_imports() -> None:
    """Wait until no other thread imports a module."""
    until = time.monotonic() + IMPORT_SECONDS
    while threading.active_count() > 1 and _is_importing() and time.monotonic() < until:
        time.sleep(0.001)


def _is_importing() -> bool:
    """Return True if a module is in the middle of its import."""
    specs = (getattr(module, "__dict__", {}).get("__spec__") for module in list(sys.modules.values()))
    return any(getattr(spec, "_initializing", False) for spec in specs)


def _end_zygote(control: socket.socket, process: int) -> None:
    """Close the socket of the zygote, which ends it and its workers; wait for its end, and kill it after 2 s."""
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
    """The unit that a worker gets and is blamed for: one job, or all async jobs of a batch.

    Attributes:
        tries: Number of runs that ended with the end of the worker.
        is_shared: Whether a run is limited to the share of the time; False for async jobs, and once the share is used.
    """

    def __init__(self, jobs: dict[int, Job], frame: bytes, budget_seconds: float) -> None:
        self.jobs = jobs
        self.frame = frame
        self.budget_seconds = budget_seconds
        self.tries = 0
        self.is_shared = not any(job.is_async for job in jobs.values())

    @property
    def ends_itself(self) -> bool:
        """True if the scorer ends its own work when the share is used up."""
        return all(CUT_METRIC in job.entry.declared for job in self.jobs.values())


class WorkerHandle:
    """Handle of a worker process.

    Attributes:
        units: The units that the worker has; it runs the first one.
        started_at: The time of ``time.monotonic`` at which the first unit, or its last step, began.
        step: Number of the async job whose step runs; None before the first step.
        units_done: Number of units that the worker finished.
        usable: False if the worker must get no more units.
    """

    def __init__(self, zygote: ZygoteHandle, number: int) -> None:
        self.zygote = zygote
        self.number = number
        self.units: deque[Unit] = deque()
        self.started_at = 0.0
        self.step: int | None = None
        self.units_done = 0
        self.usable = True
        self._frames = Frames(SCORE_LIMIT_BYTES)
        self._unsent = b""
        self._share: float | None = None
        self._scores: dict[int, list[Score]] = {}
        self.channel, channel = socket.socketpair()
        self.end_notice, end_notice = os.pipe()
        zygote.request_worker(number, channel.fileno(), end_notice)
        channel.close()
        os.close(end_notice)
        self.channel.setblocking(False)
        self._end = weakref.finalize(self, _close_ends, self.channel, self.end_notice)

    @property
    def deadline(self) -> float:
        """The time of ``time.monotonic`` at which the budget of the running unit ends."""
        return self.started_at + self.units[0].budget_seconds + GRACE_SECONDS if self.units else float("inf")

    def give(self, units: Sequence[Unit], share: float | None = None) -> None:
        """Give the worker more units, each of which may take this share of the time; None without a limit."""
        if not self.units:
            self.started_at = time.monotonic()
            self.step = None
        self.units.extend(units)
        if share != self._share:
            self._share = share
            self._unsent += frame_of((SHARE, share))
        self._unsent += b"".join(unit.frame for unit in units)
        self.send()

    def send(self) -> None:
        """Send unsent bytes until the socket is full."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionError):
            while self._unsent:
                self._unsent = self._unsent[self.channel.send(self._unsent) :]

    @property
    def has_unsent(self) -> bool:
        """True if bytes wait for the socket."""
        return bool(self._unsent)

    def receive(self) -> Iterator[tuple[int, Scores]]:
        """Yield the number and the scores of each job that the worker finished.

        Raises:
            WireError: The worker sent something that is not a valid message.
            EOFError: The other end is closed.
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
                yield from self._decode(mark, body)
            if len(data) < _READ_BYTES:
                return

    def _decode(self, mark: int, body: bytes) -> Iterator[tuple[int, Scores]]:
        try:
            number, fields = read_body(mark, body, NumberedScore)
        except WireError:
            message = read_body(mark, body)
            if message == RETIRING:
                self.usable = False
            elif isinstance(message, list) and len(message) == 2 and message[0] == STEP:  # noqa: PLR2004
                self.step, self.started_at = message[1], time.monotonic()
            else:
                raise
            return
        unit = self.units[0] if self.units else None
        job = unit.jobs.get(number) if unit else None
        if unit is None or job is None:
            raise WireError("a score for a job that the worker does not have")
        scores = self._scores.setdefault(number, [])
        scores.append(score_from(score_of(fields), job.entry.declared))
        if len(scores) == len(job.records):
            del self._scores[number], unit.jobs[number]
            if not unit.jobs:
                self.units.popleft()
                self.units_done += 1
                self.started_at = time.monotonic()
            yield number, tuple(scores)

    def kill(self) -> None:
        """Kill the worker and its processes."""
        self.usable = False
        self.zygote.kill(self.number)

    def end_reason(self, patience_seconds: float = 0.0) -> str | None:
        """Return how the worker ended; "" if its zygote ended too, None if it runs."""
        poll = select.poll()  # select.select cannot watch descriptors above 1,024
        poll.register(self.end_notice, select.POLLIN)
        if not poll.poll(patience_seconds * 1e3):
            return None
        data = os.read(self.end_notice, ENDED.size)
        if len(data) < ENDED.size:
            return ""
        status = ENDED.unpack(data)[0]
        if os.WIFSIGNALED(status):
            return f"killed by {_signal_name(os.WTERMSIG(status))}"
        return f"ended with exit status {os.WEXITSTATUS(status)}"

    def close(self) -> None:
        """Kill the worker if it runs, and close the handle."""
        self.kill()
        self.forget()

    def forget(self) -> None:
        """Close the handle, without ending the worker."""
        self._end()


def _close_ends(channel: socket.socket, end_notice: int) -> None:
    channel.close()
    os.close(end_notice)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
