"""Many processes: the batches of a job, scored and finished at the same time, with their results in order."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import BinaryIO, Self, cast

from rlvr.config import Suite
from rlvr.errors import ProcessStartError
from rlvr.pipeline import supervised_runner
from rlvr.processes import usable_processors
from rlvr.runs.finishing import BatchResult, Finisher, finish_batch
from rlvr.runs.records import CommonEvidence
from rlvr.runs.scoring import PlacedRow
from rlvr.runs.shard import decode_result, encode_batch, receive, send, serve_forked

# A process that dies with a batch twice is not the victim of another program.
TRIES = 2

# Batches that each process has or waits for; they are in memory.
QUEUED = 2

# The variable that divides supervised workers among processes.
_SHARE = "LOCAL_WORLD_SIZE"


def default_processes(suite: Suite) -> int:
    """Return the number of processes that score a suite at the same time if nobody says it.

    The processors that this process may use. One if scorers run in supervised workers, of which there is one for each
    processor already; if the plugins are known to this process only; or if the circuit breaker counts over several
    batches, which one process must see in order.
    """
    if not suite.registry.installed or not all(entry.installed.scorer.bounded for entry in suite.entries):
        return 1
    return 1 if _has_window(suite) else usable_processors()


def process_count(asked: int | None, suite: Suite, files: Sequence[Path]) -> int:
    """Return how many processes score files; one for a stream, whose rows are scored as they come.

    Args:
        asked: The number that the user asked for; None if not.
        suite: The suite; one process if more would change rewards.
        files: The files.
    """
    if asked is None:
        return default_processes(suite) if all(path.is_file() for path in files) else 1
    return asked if suite.registry.installed and not _has_window(suite) else 1


def _has_window(suite: Suite) -> bool:
    """Return whether a batch can change the rewards of the next."""
    return suite.fail_fast is not None and bool(suite.fail_fast.window_records)


class Shards:
    """Processes that score batches and finish their results; one that dies is replaced, and its batch scored again."""

    def __init__(self, finisher: Finisher, count: int) -> None:
        self._finisher = finisher
        self._count = count
        self._idle: SimpleQueue[_Shard] = SimpleQueue()
        self._all: list[_Shard] = []
        self._is_closed = False
        self._alone = threading.Lock()
        self._threads = ThreadPoolExecutor(count, "rlvr-shard")

    def __enter__(self) -> Self:
        """Start the processes."""
        # A fork has the suite already, which saves an import of everything. It may start only while no other thread
        # of this process can hold a lock.
        can_fork = sys.platform == "linux" and threading.active_count() == 1
        try:
            for _ in range(self._count):
                self._idle.put(self._started(_ForkedShard if can_fork else _SpawnedShard))
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; batches that they have are lost."""
        self._close()

    def _close(self) -> None:
        self._is_closed = True
        for shard in self._all:
            shard.kill()
        self._threads.shutdown(cancel_futures=True)
        for shard in self._all:  # one that a thread started meanwhile
            shard.kill()

    def score(self, batches: Iterable[list[PlacedRow]], common: CommonEvidence | None = None) -> Iterator[BatchResult]:
        """Yield the results of batches, in order.

        Args:
            batches: The batches.
            common: The common evidence of the run folder, if there is one; it may grow with each result.
        """
        waiting: deque[Future[BatchResult]] = deque()
        for batch in batches:
            waiting.append(self._threads.submit(self._score, batch, common))
            if len(waiting) >= self._count * QUEUED:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _score(self, batch: list[PlacedRow], common: CommonEvidence | None) -> BatchResult:
        message = encode_batch(batch, common)
        for _ in range(TRIES):
            shard = self._idle.get()
            try:
                answer = shard.ask(message)
                if answer is None:
                    shard.kill()
                    if self._is_closed:
                        raise RuntimeError("the job has ended")
                    shard = self._started(_SpawnedShard)
            finally:
                self._idle.put(
                    shard
                )  # also a dead one: who gets it tries to replace it; without one, it waits for ever
            if answer is not None:
                return decode_result(answer)
        # A bounded scorer that ends its process: supervised workers say which record it was.
        with self._alone:
            return finish_batch(self._finisher, batch, common, supervised_runner(self._finisher.suite))

    def _started(self, kind: type[_ForkedShard | _SpawnedShard]) -> _Shard:
        """Return a new process.

        Raises:
            ProcessStartError: The system does not start one.
        """
        try:
            shard = kind(self._finisher, self._count)
        except OSError as error:
            raise ProcessStartError(error.strerror or str(error), "score in one: --processes 1") from error
        self._all.append(shard)
        return shard


class _Shard:
    """One process, and the pipes to it and from it."""

    def __init__(self, to_process: BinaryIO, from_process: BinaryIO) -> None:
        self._to_process = to_process
        self._from_process = from_process
        self._ending = threading.Lock()  # the thread that waits for an answer and the one that ends the job may kill it
        self._has_ended = False

    def ask(self, message: bytes) -> bytes | None:
        """Return the answer to a batch; None if the process has died."""
        try:
            send(self._to_process, message)
            return receive(self._from_process)
        except (OSError, ValueError):
            return None

    def kill(self) -> None:
        """End the process now; it may have ended before."""
        with self._ending:
            if not self._has_ended:
                self._end()
            self._has_ended = True
        for file in (self._to_process, self._from_process):
            with contextlib.suppress(OSError):
                file.close()

    def _end(self) -> None:
        raise NotImplementedError


class _ForkedShard(_Shard):
    """A fork of this process."""

    def __init__(self, finisher: Finisher, count: int) -> None:
        batches, to_process = os.pipe()
        from_process, answers = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of pyarrow, which the fork does not use
            self._process = os.fork()
        if not self._process:
            os.environ[_SHARE] = str(count)
            serve_forked(batches, answers, finisher)
        os.close(batches)
        os.close(answers)
        super().__init__(os.fdopen(to_process, "wb"), os.fdopen(from_process, "rb"))

    def _end(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)


class _SpawnedShard(_Shard):
    """A new interpreter."""

    def __init__(self, finisher: Finisher, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from rlvr.runs.shard import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, _SHARE: str(count)},
        )
        super().__init__(cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout))
        with contextlib.suppress(OSError):  # it has ended; the first batch finds out
            send(self._to_process, pickle.dumps(finisher))

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
