"""The pool: feeds jobs to workers, watches their deadlines, kills and replaces them.

A batch leases idle workers, so that several threads may score at once; each thread watches its own.
The pool never waits for a worker without a deadline, and never reads anything from one but checked data.

Whom to blame:

- A job that spends its budget is ``timeout``; its worker is killed, what waited behind it goes to another.
- A job during which a worker ends is ``crashed``, and one that runs out of memory ``out_of_memory``, if the worker was
  new; else an earlier job may have harmed the worker, and the job is tried once more in a new one.
- If the zygote itself is killed, all its workers end: what they were running is tried again one by one.
"""

from __future__ import annotations

import contextlib
import logging
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
from rlvr.dispatch import Job, Scores, cancelled, timed_out
from rlvr.score import FailureKind, Score, score_from
from rlvr.wire import SCORE_LIMIT_BYTES, Frames, NumberedScore, WireError, framed, read, record_fields, score_of
from rlvr.workers.zygote import BROKEN, ENDED, KILL, LENGTH, READY, REQUEST, RETIRING, START, STEP, serve, tell

_log = logging.getLogger(__name__)

# A worker is handed this many jobs at most: enough that none waits for the pool, few enough to share work evenly.
CHUNK_JOBS = 32

# Importing the plugins of a suite may take long; longer than this, it hangs.
START_SECONDS = 120.0

# How much longer than its budget a job may take before its worker is killed: the answer has to travel.
GRACE_SECONDS = 0.01

# A worker whose channel is closed has ended or is about to be killed; how it ended is known soon after.
NOTICE_SECONDS = 0.25

_READ_BYTES = 1 << 18


class Workers:
    """The supervised workers of a suite; started when first needed, ended by :meth:`close` or with the suite.

    Safe to use from several threads, and in processes forked from this one, which start workers of their own.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = weakref.ref(suite)
        self.count = suite.workers.count or _cores()
        self._reset()
        _pools.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._idle: list[_Worker] = []
        self._leased = 0
        self._numbers = 0
        self._zygote: _Zygote | None = None

    def forget(self) -> None:
        """Let go of the parent's workers after a fork, without ending them."""
        for worker in self._idle:
            worker.forget()
        if self._zygote is not None:
            self._zygote.forget()
        self._reset()

    def close(self) -> None:
        """End all workers; a batch under way gets ``crashed`` for what is not done, a later one starts new workers."""
        with self._lock:
            idle, self._idle = self._idle, []
            zygote, self._zygote = self._zygote, None
        for worker in idle:
            worker.close()
        if zygote is not None:
            zygote.close()

    def start(self) -> None:
        """Start the zygote, if there is none, and come back before it is ready."""
        with self._lock:
            self._started()

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Score jobs in workers; see ``rlvr.dispatch.Runner``."""
        if not jobs:
            return []
        return _Batch(self, jobs, deadline).run()

    @property
    def suite(self) -> Suite:
        """The suite; it outlives its workers."""
        suite = self._suite()
        if suite is None:
            raise ReferenceError("the suite is gone")
        return suite

    def lease(self, wanted: int, wait_until: float | None, *, waiting: bool) -> list[_Worker]:
        """Take idle or new workers: as many as are wanted and free.

        Args:
            wanted: How many would be of use.
            wait_until: The time of ``time.monotonic`` at which to give up.
            waiting: Whether to wait for one if none is free.

        Returns:
            At least one where it waits, unless it gave up.

        Raises:
            WorkersError: None can be started.
        """
        with self._lock:
            while not self._idle and self._leased >= self.count:
                if not waiting:
                    return []
                left = None if wait_until is None else wait_until - time.monotonic()
                if left is not None and left <= 0:
                    return []
                self._freed.wait(left)
            zygote = self._started()
            if not zygote.ready(wait_until):
                return []
            leased: list[_Worker] = []
            while len(leased) < wanted and (self._idle or self._leased < self.count):
                worker = self._idle.pop() if self._idle else self._new(zygote)
                if worker.zygote is not zygote:
                    worker.close()
                    continue
                leased.append(worker)
                self._leased += 1
            return leased

    def give_back(self, worker: _Worker) -> None:
        """Return a leased worker that has nothing to do; one that is not usable is ended."""
        with self._lock:
            self._leased -= 1
            if worker.usable and worker.zygote is self._zygote:
                self._idle.append(worker)
            else:
                worker.close()
            self._freed.notify()

    def lost(self, zygote: _Zygote) -> None:
        """Note that a zygote is gone, so that the next lease starts another."""
        with self._lock:
            if self._zygote is zygote:
                self._zygote = None
        zygote.close()

    def _new(self, zygote: _Zygote) -> _Worker:
        self._numbers += 1
        try:
            return _Worker(zygote, self._numbers)
        except OSError as error:
            raise WorkersError(f"no more descriptors: {error}") from error

    def _started(self) -> _Zygote:
        if self._zygote is None:
            self._zygote = _Zygote(self.suite)
        return self._zygote


class WorkersError(Exception):
    """Workers cannot be started."""


def workers_of(suite: Suite) -> Workers:
    """Return the workers of a suite, the same every time."""
    return suite.kept("workers", lambda: Workers(suite))


class _Zygote:
    """The process that forks workers; see ``zygote.py``."""

    def __init__(self, suite: Suite) -> None:
        ours, theirs = socket.socketpair()
        self.control = ours
        self._is_ready = False
        self._sending = threading.Lock()
        try:
            if suite.registry.installed and sys.executable:
                self._process = _exec_zygote(theirs, suite)
                start = {"text": suite.text, "source": suite.source, "suffix": suite.suffix}
                tell(ours, msgspec.json.encode(start))
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


class _Unit:
    """What is handed over and blamed as one: a job, or all async jobs of a batch."""

    def __init__(self, jobs: dict[int, Job], frame: bytes, budget_seconds: float) -> None:
        self.jobs = jobs
        self.frame = frame
        self.budget_seconds = budget_seconds
        self.tries = 0


class _Worker:
    """The pool's side of a worker process."""

    def __init__(self, zygote: _Zygote, number: int) -> None:
        self.zygote = zygote
        self.number = number
        self.units: deque[_Unit] = deque()
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

    def give(self, units: Sequence[_Unit]) -> None:
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
            for mark, body in self._frames.fed(data):
                yield from self._read(mark, body)
            if len(data) < _READ_BYTES:
                return

    def _read(self, mark: int, body: bytes) -> Iterator[tuple[int, Scores]]:
        try:
            number, fields = read(mark, body, NumberedScore)
        except WireError:
            what = read(mark, body)
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


class _Batch:
    """One call of :meth:`Workers.run`: the jobs, the workers that it leases, and what is done."""

    def __init__(self, pool: Workers, jobs: Sequence[Job], deadline: float | None) -> None:
        self._pool = pool
        self._jobs = jobs
        self._deadline = deadline
        self._scores: list[Scores | None] = [None] * len(jobs)
        self._waiting: deque[_Unit] = deque()
        self._alone: deque[_Unit] = deque()  # what may have killed a zygote
        self._workers: list[_Worker] = []

    def run(self) -> list[Scores]:
        """Run the jobs to their end or to the deadline."""
        try:
            self._waiting.extend(self._units())
            while (self._waiting or self._alone or any(worker.units for worker in self._workers)) and not self._late():
                self._hand_over()
                if self._workers:
                    self._watch()
        except WorkersError as error:
            _log.error("workers cannot be started: %s", error)
            self._settle_rest(Score.failed(FailureKind.CRASHED, f"workers cannot be started: {error}"))
        finally:
            for worker in self._workers:
                if worker.units:
                    worker.kill()  # by the deadline, or as the caller is interrupted
                self._pool.give_back(worker)
        self._settle_rest(cancelled())
        return [scores for scores in self._scores if scores is not None]

    def _late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _settle_rest(self, score: Score) -> None:
        for number, scores in enumerate(self._scores):
            if scores is None:
                self._scores[number] = self._jobs[number].all(score)

    def _units(self) -> Iterator[_Unit]:
        """Make the frames; a job that cannot be sent is a bad row."""
        side_by_side: dict[int, bytes] = {}
        for number, job in enumerate(self._jobs):
            try:
                frame = self._frame(number)
            except WireError as error:
                self._scores[number] = job.all(Score.invalid_task(f"the row holds what no JSON can: {error}"))
                continue
            if job.is_async:
                side_by_side[number] = frame
            else:
                yield _Unit({number: job}, frame, job.budget_seconds)
        if side_by_side:
            yield self._async_unit(side_by_side)

    def _async_unit(self, frames: dict[int, bytes]) -> _Unit:
        """Make one unit of jobs that one worker runs side by side; each step of theirs begins the budget anew."""
        jobs = {number: self._jobs[number] for number in frames}
        # A second beyond the longest budget: the worker's own clock ends a job that only waits.
        return _Unit(jobs, framed(list(frames.values())), max(job.budget_seconds for job in jobs.values()) + 1.0)

    def _frame(self, number: int) -> bytes:
        job, tags = self._jobs[number], self._pool.suite.rules.reasoning_tags
        return framed((number, job.entry.place, [record_fields(record, tags) for record in job.records]))

    def _hand_over(self) -> None:
        """Lease workers while there is something for them, and leave none without."""
        if self._waiting or (self._alone and not self._workers):
            wanted = min(max(1, len(self._waiting)), self._pool.count) - len(self._workers)
            if wanted > 0:
                # Waits for a worker only if there is none to watch meanwhile.
                self._workers += self._pool.lease(wanted, self._deadline, waiting=not self._workers)
        for worker in list(self._workers):
            self._give_work(worker)
            if not worker.units:
                self._retire(worker)

    def _give_work(self, worker: _Worker) -> None:
        if not worker.usable or len(worker.units) > 1:
            return
        if not self._waiting:
            if self._alone and not any(other.units for other in self._workers):
                worker.give([self._alone.popleft()])
            return
        if not self._waiting[0].tries:
            size = max(1, min(CHUNK_JOBS, len(self._waiting) // (2 * len(self._workers))))
            chunk: list[_Unit] = []
            while len(chunk) < size and not self._waiting[0].tries:
                chunk.append(self._waiting.popleft())
                if not self._waiting:
                    break
            worker.give(chunk)
        elif not worker.units and not worker.units_done:
            worker.give([self._waiting.popleft()])
        elif not worker.units:
            worker.usable = False  # a second try is made in a new worker

    def _retire(self, worker: _Worker) -> None:
        """Give a worker back."""
        self._workers.remove(worker)
        self._pool.give_back(worker)

    def _watch(self) -> None:
        """Wait until a worker has something to say, or has had its time."""
        poll = select.poll()
        by_descriptor: dict[int, _Worker] = {}
        for worker in self._workers:
            for descriptor, events in (
                (worker.channel.fileno(), select.POLLIN | (select.POLLOUT if worker.has_unsent else 0)),
                (worker.notice, select.POLLIN),
            ):
                poll.register(descriptor, events)
                by_descriptor[descriptor] = worker
        until = min(worker.until for worker in self._workers)
        if self._deadline is not None:
            until = min(until, self._deadline)
        wait = None if until == float("inf") else max(0.0, until - time.monotonic()) * 1e3
        heard = {by_descriptor[descriptor] for descriptor, _ in poll.poll(wait)}
        now = time.monotonic()
        for worker in list(self._workers):
            if worker in heard:
                self._listen(worker)
            elif now >= worker.until:
                self._stop(worker)

    def _listen(self, worker: _Worker) -> None:
        worker.send()
        end = worker.ended()  # before the channel is read: what is said last is said before the end
        reason = end
        try:
            for number, scores in worker.received():
                self._take(worker, number, scores)
        except EOFError:
            worker.kill()  # it is dead, or of no use
            reason = end if end is not None else worker.ended(NOTICE_SECONDS)
            reason = "closed its end of the channel" if reason is None else reason
        except WireError as error:
            reason = f"sent what no worker sends: {error}"
        if reason is not None:
            self._bury(worker, reason)

    def _take(self, worker: _Worker, number: int, scores: Scores) -> None:
        if self._scores[number] is not None:
            return
        if worker.units_done > 1 and any(score.failure is FailureKind.OUT_OF_MEMORY for score in scores):
            # An earlier job may have used the memory up: try in a new worker.
            self._again(_Unit({number: self._jobs[number]}, self._frame(number), self._jobs[number].budget_seconds))
            return
        self._scores[number] = scores

    def _again(self, unit: _Unit) -> None:
        unit.tries += 1
        self._waiting.appendleft(unit)

    def _stop(self, worker: _Worker) -> None:
        """Kill a worker whose first unit has had its time."""
        worker.kill()
        try:
            for number, scores in worker.received():  # it may have been done just now
                self._take(worker, number, scores)
        except (EOFError, WireError):
            pass
        if worker.units and time.monotonic() >= worker.until:
            self._blame(worker, worker.units.popleft(), None)
        self._let_go(worker)

    def _bury(self, worker: _Worker, reason: str) -> None:
        """Settle what a worker was doing when it ended."""
        if reason == "":
            self._pool.lost(worker.zygote)
        if worker.units:
            unit = worker.units.popleft()
            if reason == "" and not unit.tries:
                unit.tries += 1
                self._alone.append(unit)
            elif worker.units_done and not unit.tries:
                self._again(unit)
            else:
                words = f"the worker {reason}" if reason else "the process that starts workers was killed"
                self._blame(worker, unit, Score.failed(FailureKind.CRASHED, words))
        self._let_go(worker)

    def _blame(self, worker: _Worker, unit: _Unit, score: Score | None) -> None:
        """Settle the job that ended a worker, which is late if no score is given; other async ones run again."""
        blamed = worker.step if worker.step in unit.jobs else next(iter(unit.jobs))
        job = unit.jobs.pop(blamed)
        seconds = (time.monotonic() - worker.since) / len(job.records)
        self._scores[blamed] = job.all(msgspec.structs.replace(score or timed_out(job.budget_seconds), seconds=seconds))
        if unit.jobs:
            self._waiting.appendleft(self._async_unit({number: self._frame(number) for number in unit.jobs}))

    def _let_go(self, worker: _Worker) -> None:
        """Put back what a worker had not begun, and have another in its place."""
        worker.usable = False
        self._waiting.extendleft(reversed(worker.units))
        worker.units.clear()
        self._retire(worker)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# A fork inherits every descriptor; the child must not keep its parent's workers alive by holding their ends.
_pools: weakref.WeakSet[Workers] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
