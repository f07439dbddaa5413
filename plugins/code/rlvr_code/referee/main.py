"""The zygote of referees, and the process that each referee is.

A referee is forked from the zygote for one submission.
Test code is trusted, but it works on what submissions return: a referee that needs too much memory or time ends alone,
without the process of the scorer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import resource
import socket
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from rlvr_code.referee.evaluating import GUARD
from rlvr_code.referee.judging import judge
from rlvr_code.referee.libraries import prepare_libraries
from rlvr_code.referee.rehearsal import rehearse
from rlvr_code.referee.world import Trust
from rlvr_code.trusted.process import Process, Started
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import CHANNEL, STARTED, Frame, framed, receive, send, write_all
from rlvr_code.wire.libraries import with_needed
from rlvr_code.wire.outcome import Kind
from rlvr_code.zygote.forking import REHEARSALS, run
from rlvr_code.zygote.sealing import RefereeLimits, Sealer

# Tests often import these; the zygote imports them once, so that no referee has to.
_IMPORTED_EARLY = ("random", "string")
# Test code may open files and sockets. A submission can make it large or slow.
REFEREE_LAYERS = ("closed_descriptors", "parent_death_signal", "no_new_privs", "rlimits")
# Outcomes are sent together: each message wakes the scorer. A referee that is killed loses the last of them.
_UNSENT_SECONDS = 0.05


def main(descriptor: int) -> NoReturn:
    """Fork referees for the supervisor at the other end of a socket."""
    run(descriptor, _referees)


def _referees(settings: dict[str, Any]) -> Callable[[], NoReturn]:
    for name in (*_IMPORTED_EARLY, *with_needed(settings["libraries"])):
        importlib.import_module(name)
    # ``assert f(1).__eq__(2)`` is no success if the method is not that of a number.
    warnings.filterwarnings("error", "NotImplemented should not be used in a boolean context", DeprecationWarning)
    sealer = Sealer(RefereeLimits(**settings["referee_limits"]), REFEREE_LAYERS)
    for _ in range(REHEARSALS):
        rehearse()
    random.seed(0)
    sealer.seal_zygote()

    def become() -> NoReturn:
        sealer.seal()
        gc.enable()
        serve(CHANNEL)

    return become


def serve(channel: int) -> NoReturn:
    """Judge one submission: the job comes over the channel, and each outcome goes back as soon as it is known."""
    os.dup2(2, 1)  # what test code prints is not kept
    job = json.loads(str(receive(channel)[2]))
    processes = _RequestedProcesses(channel, job["output_bytes"], is_one_given=job["is_process_given"])
    submission = Submission(job["source"], processes, TimeLimits(**job["limits"]))
    prepare_libraries((job["given"], job["setup"], *job["code"]))
    GUARD.install()
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
    os._exit(0)


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

    def process(self) -> Process:
        if not self._is_one_given:
            send(self._channel, ["process", 0])
        self._is_one_given = False
        with socket.socket(fileno=os.dup(self._channel)) as channel:
            data, descriptors, _, _ = socket.recv_fds(channel, STARTED.size, 3)
        return Process(Started(STARTED.unpack(data)[1], *descriptors), self._output_bytes, keep_output=True)

    def end(self, process: Process) -> tuple[Kind, str]:
        process.close()
        send(self._channel, ["end", 0, process.number])
        _, _, kind, detail = receive(self._channel)
        return Kind(str(kind)), str(detail)

    def drop(self, process: Process) -> None:
        self.end(process)
