"""The conversation of a referee with the scorer: a job comes, outcomes go back.

Test code is trusted, but it works on what submissions return: a referee that needs too much memory or time ends alone,
without the process of the scorer.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import time

from rlvr_code.referee.evaluating import GUARD, Guard
from rlvr_code.referee.judging import judge
from rlvr_code.referee.libraries import prepare_libraries
from rlvr_code.referee.names import take_compiled
from rlvr_code.referee.world import Trust
from rlvr_code.trusted.process import Process, Started
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import STARTED, Frame, framed, receive, send, write_all
from rlvr_code.wire.marshalled import read_plain
from rlvr_code.wire.outcome import Kind

# Outcomes are sent together: each message wakes the scorer. A referee that is killed loses the last of them.
_UNSENT_SECONDS = 0.05


def serve(channel: int, guard: Guard | None = GUARD) -> None:
    """Judge one submission: the job comes over the channel, and each outcome goes back as soon as it is known.

    Args:
        channel: The channel to the scorer.
        guard: Looks at what test code does; None in a rehearsal, since nobody can take it away again.
    """
    job = read_plain(str(receive(channel)[2]))
    processes = _RequestedProcesses(channel, job["output_bytes"], is_one_given=job["is_process_given"])
    submission = Submission(job["source"], processes, TimeLimits(**job["limits"]))
    take_compiled(job)
    prepare_libraries((job["given"], job["setup"], *job["code"]))
    if guard is not None:
        guard.install()
    report = _Messages(channel, is_immediate=ScriptStyle(job["style"]) is ScriptStyle.CHECKER)
    trust = Trust.of_job(job)
    try:
        for outcome in judge(submission, job, trust):
            report.add(["outcome", 0, json.dumps(outcome)])
        submission.finish_process()
        asked = json.dumps(sorted(trust.asked))
        layers = json.dumps(submission.layers)
        report.add(["finished", 0, submission.compiled, layers, time.process_time(), asked])
    except MemoryError:
        _allow_reserve()
        report.add(["stopped", 0, Kind.MEMORY, "what it returned takes more memory than a referee has"])
    report.send()
    os.read(channel, 1)  # the scorer ends this process; its own end would wake the submission's, only to be ended too
    processes.close()


def _allow_reserve() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


class _Messages:
    """The messages to the scorer about tests.

    Args:
        channel: Where they are sent.
        is_immediate: Whether to send each at once, since any test may end this process.
    """

    def __init__(self, channel: int, *, is_immediate: bool) -> None:
        self._channel = channel
        self._wait_seconds = 0.0 if is_immediate else _UNSENT_SECONDS
        self._unsent = b""
        self._sent = time.monotonic()

    def add(self, message: Frame) -> None:
        """Send a message, now or with later ones."""
        self._unsent += framed(message)
        if time.monotonic() - self._sent >= self._wait_seconds:
            self.send()

    def send(self) -> None:
        """Send what is not sent yet."""
        write_all(self._channel, self._unsent)
        self._unsent = b""
        self._sent = time.monotonic()


class _RequestedProcesses:
    """Processes that the supervisor starts and ends on request."""

    def __init__(self, channel: int, output_bytes: int, *, is_one_given: bool) -> None:
        self._channel = channel
        self._output_bytes = output_bytes
        self._is_one_given = is_one_given
        self._dropped: list[Process] = []

    def process(self) -> Process:
        if not self._is_one_given:
            send(self._channel, ["process", 0])
        self._is_one_given = False
        with socket.socket(fileno=os.dup(self._channel)) as channel:
            data, descriptors, _, _ = socket.recv_fds(channel, STARTED.size, 3)
        return Process(Started(STARTED.unpack(data)[1], *descriptors), self._output_bytes, keep_output=True)

    def end(self, process: Process) -> tuple[Kind, str]:
        send(self._channel, ["end", 0, process.number])
        _, _, kind, detail = receive(self._channel)
        process.close()
        return Kind(str(kind)), str(detail)

    def drop(self, process: Process) -> None:
        """Leave it to the supervisor, which ends what it gave out when the referee has finished."""
        self._dropped.append(process)

    def close(self) -> None:
        """Close the channels of the processes that were left to the supervisor."""
        for process in self._dropped:
            process.close()
