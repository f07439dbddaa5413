"""A clean process that loads the suite once and forks workers on request; and the life of a worker.

The pool asks over a socket: eight bytes per request, for a new worker with its two ends attached.
The zygote tells on each worker's own pipe how it ended, and kills what it leaves behind: its process group, and
orphans of it, which the kernel hands to the zygote.
It ends when the pool does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import random
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from rlvr.config import Suite, parse_suite
from rlvr.dispatch import Job, Limits, Scores, broken, called, timed
from rlvr.score import FailureKind, Score
from rlvr.wire import Frames, WireError, framed, framed_score, read, record_of

LENGTH = struct.Struct("<I")  # of the messages before the first request
REQUEST = struct.Struct("<c3xI")  # what is asked, and a worker's number
START, KILL = b"S", b"K"
ENDED = struct.Struct("<i")  # how a worker ended, as os.waitpid tells it
READY, BROKEN = b"R", b"B"

# What a worker sends beside scores: a retiring worker wants to be replaced, an async one says whose step it runs.
RETIRING, STEP = "retiring", "step"

# Jobs come from the pool, which has read them from the event; Lambda's are 6 MB, a trainer's may be larger.
JOB_LIMIT_BYTES = 1_000_000_000
_CHUNK_BYTES = 1 << 18

# How often the zygote looks whether its parent lives and whether orphans came to it.
_LOOK_SECONDS = 1.0

# A coroutine that was cancelled may close its connections.
_CANCEL_SECONDS = 0.5

AnswerT = TypeVar("AnswerT")

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(control_fd: int) -> NoReturn:
    """Run a zygote in a new interpreter: the suite comes over the socket."""
    control = socket.socket(fileno=control_fd)
    length = LENGTH.unpack(_exactly(control, LENGTH.size))[0]
    start = msgspec.json.decode(_exactly(control, length))
    try:
        suite = parse_suite(**start)
    except BaseException as error:  # noqa: BLE001  # told to the pool, whatever it is
        tell(control, BROKEN + f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:2_000])
        os._exit(1)
    serve(control, suite)


def _exactly(control: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = control.recv(length - len(data))
        if not more:
            os._exit(0)  # the pool is gone before it said anything
        data += more
    return data


def tell(control: socket.socket, message: bytes) -> None:
    """Send a message to the other end, if there still is one."""
    with contextlib.suppress(OSError):
        control.sendall(LENGTH.pack(len(message)) + message)


def serve(control: socket.socket, suite: Suite) -> NoReturn:
    """Fork workers on request until the pool is gone; never returns."""
    with contextlib.suppress(OSError):
        os.setsid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    gc.freeze()  # what is loaded stays shared with the workers
    tell(control, READY)
    try:
        _Zygote(control, suite).run()
    except BaseException:  # noqa: BLE001  # there is nobody to tell; the pool sees the end of the socket
        os._exit(1)
    os._exit(0)


class _Zygote:
    """The workers of one pool, by number and by process."""

    def __init__(self, control: socket.socket, suite: Suite) -> None:
        self._control = control
        self._suite = suite
        self._processes: dict[int, int] = {}  # worker's number to process
        self._workers: dict[int, tuple[int, int]] = {}  # process to worker's number and notice's descriptor
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)

    def run(self) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        parent = os.getppid()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while os.getppid() == parent:
            readable = {descriptor for descriptor, _ in poll.poll(_LOOK_SECONDS * 1e3)}
            if self._wake_read in readable:
                os.read(self._wake_read, 4_096)
            self._reap()
            if not readable:
                self._kill_orphans()
            if self._control.fileno() in readable and not self._answer():
                break
        for process in list(self._workers):
            _kill_group(process)
        self._reap()
        self._kill_orphans()

    def _answer(self) -> bool:
        """Do what is asked; False once nobody is there to ask."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, REQUEST.size, 2)
        except OSError:
            return False
        while data and len(data) < REQUEST.size:
            data += self._control.recv(REQUEST.size - len(data))
        if not data:
            return False
        what, number = REQUEST.unpack(data)
        if what == START:
            self._start(number, *descriptors)
        elif number in self._processes:
            _kill_group(self._processes[number])
        return True

    def _start(self, number: int, channel: int, notice: int) -> None:
        try:
            process = os.fork()
        except OSError:
            os.close(channel)  # the pool sees the ends close, and starts again
            os.close(notice)
            return
        if process == 0:
            try:
                signal.set_wakeup_fd(-1)
                for _, descriptor in self._workers.values():
                    os.close(descriptor)
                for descriptor in (notice, self._wake_read, self._wake_write):
                    os.close(descriptor)
                self._control.close()
                _Worker(channel, self._suite).run()
            finally:
                os._exit(1)
        with contextlib.suppress(OSError):
            os.setpgid(process, process)  # here and in the worker, whoever comes first
        os.close(channel)
        self._processes[number] = process
        self._workers[process] = (number, notice)

    def _reap(self) -> None:
        """Tell of workers that ended; their groups are killed while no other process can have their number."""
        ended = False
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                break
            if found is None:
                break
            ended = ended or found.si_pid in self._workers
            if found.si_pid in self._workers:
                _kill_group(found.si_pid)
            _, status = os.waitpid(found.si_pid, 0)
            if found.si_pid in self._workers:
                number, notice = self._workers.pop(found.si_pid)
                del self._processes[number]
                with contextlib.suppress(OSError):
                    os.write(notice, ENDED.pack(status))
                os.close(notice)
        if ended:
            self._kill_orphans()

    def _kill_orphans(self) -> None:
        """Kill what outlived its worker in a group of its own; the kernel made it a child of ours."""
        with contextlib.suppress(OSError, ValueError):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
            for process in map(int, children):
                if process not in self._workers:
                    os.kill(process, signal.SIGKILL)


def _kill_group(process: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(process, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    """Ask the kernel, where it is Linux; elsewhere orphans of workers are not seen."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


class _Worker:
    """One worker: reads jobs, runs them, writes scores, until it is killed or the pool closes its end."""

    def __init__(self, channel: int, suite: Suite) -> None:
        self._channel = channel
        self._suite = suite
        self._settings = suite.workers
        self._process = os.getpid()
        self._jobs_done = 0
        self._retiring = False

    def run(self) -> None:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _renew_seeds()
        self._limit_memory()
        grown = _peak_megabytes()
        frames = Frames(JOB_LIMIT_BYTES)
        while data := os.read(self._channel, _CHUNK_BYTES):
            for mark, body in frames.fed(data):
                self._answer(mark, body)
            if not self._retiring and self._is_due(grown):
                self._retire()

    def _limit_memory(self) -> None:
        """Let large allocations fail here, rather than the system choose whom to kill."""
        used = _data_bytes()
        if used:
            limit = used + self._settings.memory_megabytes * 1_000_000
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if hard == resource.RLIM_INFINITY or limit < hard:
                resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))

    def _retire(self) -> None:
        """Ask for no more jobs; those that it has are answered."""
        if not self._retiring:
            self._retiring = True
            self._send(framed(RETIRING))

    def _is_due(self, grown: float) -> bool:
        """Say whether a new worker should take this one's place: it is large, or scorers left processes."""
        if _peak_megabytes() - grown > self._settings.recycle_megabytes:
            return True
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        return True

    def _answer(self, mark: int, body: bytes) -> None:
        sent = read(mark, body)
        if isinstance(sent[0], bytes):  # several async jobs, side by side
            inner = Frames(JOB_LIMIT_BYTES).fed(b"".join(sent))
            self._jobs_done += len(sent)
            _run_on_loop(self._side_by_side([self._job(read(mark, body)) for mark, body in inner]))
            return
        number, job = self._job(sent)
        start = time.perf_counter()
        try:
            answer = called(job)
            if not isinstance(answer, tuple):
                answer = _run_on_loop(Limits().scored(job, answer, None))
        except BaseException as error:  # noqa: BLE001  # KeyboardInterrupt too: no operator sits before a worker
            answer = timed(job.all(_fault(error)), start)
        self._jobs_done += 1
        self._send_scores(number, answer)

    def _job(self, sent: list[Any]) -> tuple[int, Job]:
        number, (task, index), records = sent
        tags = self._suite.rules.reasoning_tags
        return number, Job(tuple(record_of(fields, tags) for fields in records), self._suite.tasks[task].entries[index])

    async def _side_by_side(self, jobs: list[tuple[int, Job]]) -> None:
        import asyncio

        limits = Limits()

        async def one(number: int, job: Job) -> None:
            start = time.perf_counter()
            try:
                answer = await limits.scored(job, _Stepped(self, number, job), None)
            except BaseException as error:  # noqa: BLE001  # as in _answer
                answer = timed(job.all(_fault(error)), start)
            self._send_scores(number, answer)

        await asyncio.gather(*(one(number, job) for number, job in jobs))

    def _send_scores(self, number: int, scores: Scores) -> None:
        if os.getpid() != self._process:
            os._exit(1)  # a scorer forked and came back twice
        if any(score.failure is FailureKind.OUT_OF_MEMORY for score in scores):
            with contextlib.suppress(OSError, ValueError):  # room to answer with
                hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
                resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
            self._retire()
        if self._jobs_done >= self._settings.recycle_records:
            self._retire()  # told before the last score, or the next batch would find this worker and use it once more
        self._send(b"".join(framed_score(number, score) for score in scores))

    def told_step(self, number: int) -> None:
        """Tell whose turn it is on the event loop, so that a step that blocks it is blamed on the right record."""
        self._send(framed((STEP, number)))

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._channel, data) :]


class _Stepped:
    """Awaits a scorer's coroutine and tells of each step."""

    def __init__(self, worker: _Worker, number: int, job: Job) -> None:
        self._worker = worker
        self._number = number
        self._job = job

    def __await__(self) -> Generator[Any, Any, Any]:
        entry = self._job.entry
        self._worker.told_step(self._number)
        inner = entry.installed.scorer.asked(self._job.records, entry.prepared).__await__()
        answer, raised = None, None
        while True:
            try:
                waited = inner.send(answer) if raised is None else inner.throw(raised)
            except StopIteration as end:
                return end.value
            except (KeyboardInterrupt, SystemExit) as error:
                return _fault(error)  # asyncio lets them end the loop, and all other scorers with it
            try:
                answer, raised = (yield waited), None
            except BaseException as error:  # noqa: BLE001  # a cancellation belongs to the coroutine
                answer, raised = None, error
            self._worker.told_step(self._number)


def _run_on_loop(coroutine: Coroutine[Any, Any, AnswerT]) -> AnswerT:
    """Run a coroutine on a loop of its own; ends the process if something stays on it that will not be cancelled."""
    import asyncio

    loop = asyncio.new_event_loop()
    answer = loop.run_until_complete(coroutine)
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left and loop.run_until_complete(asyncio.wait(left, timeout=_CANCEL_SECONDS))[1]:
        os._exit(0)  # all scores are sent; the pool has another worker take this one's place
    loop.close()
    return answer


def _fault(error: BaseException) -> Score:
    if isinstance(error, KeyboardInterrupt):
        return Score.failed(FailureKind.EXCEPTION, "KeyboardInterrupt")
    if isinstance(error, WireError):
        return Score.failed(FailureKind.INVALID_RESULT, str(error))
    return broken(error)


def _renew_seeds() -> None:
    """Draw new random numbers in each worker: all are forked from one state."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _data_bytes() -> int:
    """Return what RLIMIT_DATA counts; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    return 0
