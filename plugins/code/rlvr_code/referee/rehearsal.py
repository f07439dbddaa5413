"""Judge a submission that answers as agreed, so that the interpreter has specialised the code of a referee.

The zygote of referees does this before its first fork: each fork takes over the inline caches of the interpreter.
"""

from __future__ import annotations

import json
import os
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any

from rlvr_code.referee.judging import judge
from rlvr_code.referee.world import Trust
from rlvr_code.trusted.process import Process, Started
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import framed
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import Token

# The process that is asked is this one, whose CPU time is not the submission's.
_UNLIMITED = TimeLimits(1e6, 1e6)
_STARTED: tuple[list[Token], ...] = (["ready", 0, json.dumps({"seccomp": "on"})], ["value", 1, None])
_FUNCTION: list[Token] = ["value", 2, "@0 o 1 object function"]


def _returned(numbers: Sequence[int]) -> list[list[Token]]:
    return [["value", number, "[2", 3, 4] for number in numbers]


_ASSERTS = (
    "assert abs(sum(f(1, b=2)) - 7) < 1e-9",
    "assert f([1], {'a': (1.0, None)}) == [3, 4]",
    "assert len(f(1)) == 2",
)
_JOBS: tuple[dict[str, Any], ...] = (
    {"style": ScriptStyle.ASSERTS, "code": list(_ASSERTS), "tests": ["1", "2", "3"]},
    {
        "style": ScriptStyle.CHECK,
        "code": ["def check(candidate):\n    f = candidate\n" + "".join(f"    {each}\n" for each in _ASSERTS)],
        "tests": ["1", "2", "3"],
    },
    {
        "style": ScriptStyle.UNITTEST,
        "code": ["from m import f\ndef test_f():\n" + "".join(f"    {each}\n" for each in _ASSERTS)],
        "module": "m",
        "tests": ["test_f"],
    },
)


class _PreparedProcesses:
    """Processes whose answers are written before they are asked."""

    def __init__(self, answers: Sequence[list[Token]]) -> None:
        self._answers = b"".join(framed(each) for each in (*_STARTED, *answers))
        self._theirs: deque[socket.socket] = deque()

    def process(self) -> Process:
        ours, theirs = socket.socketpair()
        theirs.sendall(self._answers)
        self._theirs.append(theirs)
        stdin, stdout = (os.open(os.devnull, os.O_RDWR) for _ in range(2))
        return Process(Started(os.getpid(), ours.detach(), stdin, stdout), 1 << 20)

    def end(self, process: Process) -> tuple[Kind, str]:
        self.drop(process)
        return Kind.EXITED, ""

    def drop(self, process: Process) -> None:
        process.close()
        self._theirs.popleft().close()


def rehearse() -> list[str]:
    """Judge one submission in each style of test code; return what became of the tests."""
    kinds: list[str] = []
    for job in _JOBS:
        answers = [_FUNCTION, *_returned((3, 4, 5))] if job["style"] is ScriptStyle.UNITTEST else _returned((2, 3, 4))
        submission = Submission("", _PreparedProcesses(answers), _UNLIMITED)
        shared = {"given": "", "setup": "", "entry": "f", "module": "", "taken": [], "own_operators": True}
        whole = {**shared, **job, "exchanges": []}
        kinds += [outcome["kind"] for outcome in judge(submission, whole, Trust.of_job(whole))]
        submission.finish_process()
    return kinds
