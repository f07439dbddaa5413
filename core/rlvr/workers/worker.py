"""The worker process: it reads jobs, runs them and writes scores, until it is killed or the pool closes its end."""

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
from rlvr.jobs import Job, Limits, Scores, answer_job, failure_from, with_seconds
from rlvr.memory import memory_share_mb, share_memory_among
from rlvr.processes import default_worker_count, has_stray_children
from rlvr.scores import FailureKind, Score
from rlvr.time_share import set_time_share
from rlvr.wire import Frames, WireError, frame_of, read_body, record_of, score_frame
from rlvr.workers.kernel import PR_SET_PDEATHSIG, set_process_option
from rlvr.workers.protocol import JOB_LIMIT_BYTES, RETIRING, SHARE, STEP

_CHUNK_BYTES = 1 << 18

# Time for a cancelled coroutine to close its connections.
_CANCEL_SECONDS = 0.5

AnswerT = TypeVar("AnswerT")


class Worker:
    """The loop of a worker process."""

    def __init__(self, channel: int, suite: Suite) -> None:
        self._channel = channel
        self._suite = suite
        self._settings = suite.workers
        self._process = os.getpid()
        self._jobs_done = 0
        self._retiring = False

    def run(self) -> None:
        """Run jobs until the pool closes its end; then return."""
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        set_process_option(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        renew_seeds()
        share_memory_among(self._settings.count or default_worker_count())
        self._limit_memory()
        start_megabytes = _peak_megabytes()
        frames = Frames(JOB_LIMIT_BYTES)
        while data := os.read(self._channel, _CHUNK_BYTES):
            for mark, body in frames.feed(data):
                self._run_message(mark, body)
            if not self._retiring and self._should_retire(start_megabytes):
                self._retire()

    def _limit_memory(self) -> None:
        """Set a memory limit: allocations fail here, so that the system does not choose a process to kill."""
        used = _data_bytes()
        if used:
            share = memory_share_mb()
            allowed = self._settings.memory_mb if share is None else min(self._settings.memory_mb, share)
            limit = used + int(allowed * 1_000_000)
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            if hard == resource.RLIM_INFINITY or limit < hard:
                resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))

    def _retire(self) -> None:
        """Ask for no more jobs; jobs that were sent are run."""
        if not self._retiring:
            self._retiring = True
            self._send(frame_of(RETIRING))

    def _should_retire(self, start_megabytes: float) -> bool:
        """Return True if the worker should be replaced: its memory grew past the limit, or scorers left processes."""
        return _peak_megabytes() - start_megabytes > self._settings.recycle_mb or has_stray_children()

    def _run_message(self, mark: int, body: bytes) -> None:
        sent = read_body(mark, body)
        if sent[0] == SHARE:
            set_time_share(sent[1])
            return
        if isinstance(sent[0], bytes):  # several async jobs, to run concurrently
            inner = Frames(JOB_LIMIT_BYTES).feed(b"".join(sent))
            self._jobs_done += len(sent)
            _run_on_loop(self._run_concurrently([self._decode_job(read_body(mark, body)) for mark, body in inner]))
            return
        number, job = self._decode_job(sent)
        start = time.perf_counter()
        try:
            answer = answer_job(job)
            if not isinstance(answer, tuple):
                answer = _run_on_loop(Limits().await_scores(job, answer, None))
        except BaseException as error:  # noqa: BLE001  # KeyboardInterrupt too: a worker has no operator
            answer = with_seconds(job.repeat(_failure_of(error)), start)
        self._jobs_done += 1
        self._send_scores(number, answer)

    def _decode_job(self, sent: list[Any]) -> tuple[int, Job]:
        number, place, records = sent
        tags = self._suite.rules.reasoning_tags
        return number, Job(tuple(record_of(fields, tags) for fields in records), self._suite.scorer_at(place))

    async def _run_concurrently(self, jobs: list[tuple[int, Job]]) -> None:
        import asyncio

        limits = Limits()

        async def run_one(number: int, job: Job) -> None:
            start = time.perf_counter()
            try:
                answer = await limits.await_scores(job, _StepAnnouncer(self, number, job), None)
            except BaseException as error:  # noqa: BLE001  # as in _run_message
                answer = with_seconds(job.repeat(_failure_of(error)), start)
            self._send_scores(number, answer)

        await asyncio.gather(*(run_one(number, job) for number, job in jobs))

    def _send_scores(self, number: int, scores: Scores) -> None:
        if os.getpid() != self._process:
            os._exit(1)  # a scorer forked, and this is the child
        if any(score.failure is FailureKind.OUT_OF_MEMORY for score in scores):
            with contextlib.suppress(OSError, ValueError):  # memory for the answer
                hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
                resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
            self._retire()
        if self._jobs_done >= self._settings.recycle_records:
            self._retire()  # before the last score, else the next batch would use this worker once more
        self._send(b"".join(score_frame(number, score) for score in scores))

    def announce_step(self, number: int) -> None:
        """Send the number of the job whose step runs next, so that a step that blocks the loop is blamed on its job."""
        self._send(frame_of((STEP, number)))

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._channel, data) :]


class _StepAnnouncer:
    """Awaits the coroutine of a scorer and announces each of its steps to the pool."""

    def __init__(self, worker: Worker, number: int, job: Job) -> None:
        self._worker = worker
        self._number = number
        self._job = job

    def __await__(self) -> Generator[Any, Any, Any]:
        entry = self._job.entry
        self._worker.announce_step(self._number)
        inner = entry.installed.scorer.call(self._job.records, entry.prepared).__await__()
        answer, raised = None, None
        while True:
            try:
                waited = inner.send(answer) if raised is None else inner.throw(raised)
            except StopIteration as end:
                return end.value
            except KeyboardInterrupt as error:  # in asyncio it ends the loop, and all other scorers with it
                failed = _failure_of(error)
                return failed if entry.installed.scorer.score_group is None else [failed] * len(self._job.records)
            try:
                answer, raised = (yield waited), None
            except BaseException as error:  # noqa: BLE001  # a cancellation is for the coroutine
                answer, raised = None, error
            self._worker.announce_step(self._number)


def _run_on_loop(coroutine: Coroutine[Any, Any, AnswerT]) -> AnswerT:
    """Run a coroutine on a loop of its own; end the process if a task on the loop refuses to be cancelled."""
    import asyncio

    loop = asyncio.new_event_loop()
    answer = loop.run_until_complete(coroutine)
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left and loop.run_until_complete(asyncio.wait(left, timeout=_CANCEL_SECONDS))[1]:
        os._exit(0)  # all scores are sent; the pool replaces this worker
    loop.close()
    return answer


def _failure_of(error: BaseException) -> Score:
    if isinstance(error, KeyboardInterrupt):
        return Score.failed(FailureKind.EXCEPTION, "KeyboardInterrupt")
    if isinstance(error, WireError):
        return Score.failed(FailureKind.INVALID_RESULT, str(error))
    return failure_from(error)


def renew_seeds() -> None:
    """Seed the random numbers anew: all workers are forked from one state."""
    random.seed()
    numbers = sys.modules.get("numpy.random")  # None, or without the function, if an import of it did not end
    if numbers is not None and hasattr(numbers, "seed"):
        numbers.seed()


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _data_bytes() -> int:
    """Return the memory that RLIMIT_DATA counts; 0 if the system does not report it."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
    return 0
