"""One worker process: reads jobs, runs them, writes scores, until it is killed or the pool closes its end."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any, TypeVar

from rlvr.config import Suite
from rlvr.dispatch import Job, Limits, Scores, failure_from, run_job, with_seconds
from rlvr.processes import has_stray_children
from rlvr.score import FailureKind, Score
from rlvr.wire import Frames, WireError, frame_of, read_body, record_of, score_frame
from rlvr.workers.kernel import PR_SET_PDEATHSIG, set_process_option
from rlvr.workers.protocol import JOB_LIMIT_BYTES, RETIRING, STEP

_CHUNK_BYTES = 1 << 18

# A cancelled coroutine may need this long to close its connections.
_CANCEL_SECONDS = 0.5

AnswerT = TypeVar("AnswerT")


class Worker:
    """The process side of a worker."""

    def __init__(self, channel: int, suite: Suite) -> None:
        self._channel = channel
        self._suite = suite
        self._settings = suite.workers
        self._process = os.getpid()
        self._jobs_done = 0
        self._retiring = False

    def run(self) -> None:
        """Answer jobs until the pool closes its end; then return."""
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _renew_seeds()
        self._limit_memory()
        grown = _peak_megabytes()
        frames = Frames(JOB_LIMIT_BYTES)
        while data := os.read(self._channel, _CHUNK_BYTES):
            for mark, body in frames.feed(data):
                self._answer(mark, body)
            if not self._retiring and self._is_due(grown):
                self._retire()

    def _limit_memory(self) -> None:
        """Let large allocations fail here, rather than the system choose whom to kill."""
        used = _data_bytes()
        if used:
            limit = used + self._settings.memory_mb * 1_000_000
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if hard == resource.RLIM_INFINITY or limit < hard:
                resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))

    def _retire(self) -> None:
        """Ask for no more jobs; those that it has are answered."""
        if not self._retiring:
            self._retiring = True
            self._send(frame_of(RETIRING))

    def _is_due(self, grown: float) -> bool:
        """Return True if the worker should be replaced: its memory grew past the limit, or scorers left processes."""
        return _peak_megabytes() - grown > self._settings.recycle_mb or has_stray_children()

    def _answer(self, mark: int, body: bytes) -> None:
        sent = read_body(mark, body)
        if isinstance(sent[0], bytes):  # several async jobs, side by side
            inner = Frames(JOB_LIMIT_BYTES).feed(b"".join(sent))
            self._jobs_done += len(sent)
            _run_on_loop(self._side_by_side([self._job(read_body(mark, body)) for mark, body in inner]))
            return
        number, job = self._job(sent)
        start = time.perf_counter()
        try:
            answer = run_job(job)
            if not isinstance(answer, tuple):
                answer = _run_on_loop(Limits().await_scores(job, answer, None))
        except BaseException as error:  # noqa: BLE001  # KeyboardInterrupt too: no operator sits before a worker
            answer = with_seconds(job.repeat(_fault(error)), start)
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
                answer = await limits.await_scores(job, _Stepped(self, number, job), None)
            except BaseException as error:  # noqa: BLE001  # as in _answer
                answer = with_seconds(job.repeat(_fault(error)), start)
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
        self._send(b"".join(score_frame(number, score) for score in scores))

    def told_step(self, number: int) -> None:
        """Tell whose turn it is on the event loop, so that a step that blocks it is blamed on the right record."""
        self._send(frame_of((STEP, number)))

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._channel, data) :]


class _Stepped:
    """Awaits a scorer's coroutine and tells of each step."""

    def __init__(self, worker: Worker, number: int, job: Job) -> None:
        self._worker = worker
        self._number = number
        self._job = job

    def __await__(self) -> Generator[Any, Any, Any]:
        entry = self._job.entry
        self._worker.told_step(self._number)
        inner = entry.installed.scorer.call(self._job.records, entry.prepared).__await__()
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
    return failure_from(error)


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
