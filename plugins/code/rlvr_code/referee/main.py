"""The zygote of referees, and the process that each referee is.

A referee is forked from the zygote for one submission.
Test code is trusted, but works with what submissions answer: what grows too large or takes too long here ends with this
process, not with the scorer's.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
from collections.abc import Callable
from typing import Any, NoReturn

from rlvr_code.referee.judging import judge
from rlvr_code.trusted.process import Process, Started
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.frames import CHANNEL, STARTED, receive, send
from rlvr_code.wire.outcome import Kind
from rlvr_code.zygote.forking import run
from rlvr_code.zygote.sealing import ProcessLimits, Sealer

# Tests often import these; the zygote imports them once, so that no referee has to.
_IMPORTED_EARLY = ("random", "string")
# A referee runs trusted code on what submissions answer; what they can do to it is to make it large or slow.
REFEREE_LAYERS = ("closed_descriptors", "parent_death_signal", "no_new_privs")


def main(descriptor: int) -> NoReturn:
    """Fork referees for the supervisor at the other end of a socket."""
    run(descriptor, _referees)


def _referees(settings: dict[str, Any]) -> Callable[[], NoReturn]:
    for name in _IMPORTED_EARLY:
        importlib.import_module(name)
    sealer = Sealer(ProcessLimits(**settings["limits"]), REFEREE_LAYERS)

    def become() -> NoReturn:
        sealer.seal((0, 1, 2, CHANNEL))
        gc.enable()
        serve(CHANNEL)

    return become


def serve(channel: int) -> NoReturn:
    """Judge one submission: the job comes over the channel, and the outcomes go back, each as it is known."""
    os.dup2(2, 1)  # what test code prints is nobody's business
    job = json.loads(str(receive(channel)[2]))
    submission = Submission(
        job["source"], _RequestedProcesses(channel, job["output_bytes"]), TimeLimits(**job["limits"])
    )
    for outcome in judge(submission, job):
        send(channel, ["outcome", 0, json.dumps(outcome)])
    submission.finish_process()
    send(channel, ["finished", 0, submission.compiled, json.dumps(submission.layers)])
    os._exit(0)


class _RequestedProcesses:
    """Processes that the supervisor starts and ends on request."""

    def __init__(self, channel: int, output_bytes: int) -> None:
        self._channel = channel
        self._output_bytes = output_bytes

    def process(self) -> Process:
        send(self._channel, ["process", 0])
        with socket.socket(fileno=os.dup(self._channel)) as channel:
            data, descriptors, _, _ = socket.recv_fds(channel, STARTED.size, 3)
        return Process(Started(STARTED.unpack(data)[1], *descriptors), self._output_bytes)

    def end(self, process: Process) -> tuple[Kind, str]:
        process.close()
        send(self._channel, ["end", 0, process.number])
        _, _, kind, detail = receive(self._channel)
        return Kind(str(kind)), str(detail)

    def drop(self, process: Process) -> None:
        self.end(process)
