"""Judge a submission that answers as agreed, so that the interpreter has specialised the code of a referee.

The zygote of referees does this before its first fork: each fork takes over the inline caches of the interpreter, and
copies fewer pages.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from typing import Any

from rlvr_code.referee.serving import serve
from rlvr_code.referee.world import forget_world
from rlvr_code.trusted.compiled import compiled_tests
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import STARTED, framed, receive
from rlvr_code.wire.marshalled import write_plain
from rlvr_code.wire.values import Token

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
# The process that is asked is this one, whose CPU time is not the submission's.
_SHARED = {
    "given": "",
    "setup": "",
    "entry": "f",
    "module": "",
    "taken": [],
    "own_operators": True,
    "exchanges": [],
    "source": "",
    "limits": {"test_seconds": 1e6, "submission_seconds": 1e6},
    "output_bytes": 1 << 20,
    "is_process_given": True,
}


def rehearse() -> list[str]:
    """Judge one submission in each style of test code; return what became of the tests."""
    kinds = [kind for job in _JOBS for kind in _kinds_of({**_SHARED, **job, "compiled": _compiled(job)})]
    forget_world()
    return kinds


def _compiled(job: dict[str, Any]) -> bytes:
    return compiled_tests(job["style"], tuple(job["code"]), tuple(job["tests"]))


def _kinds_of(job: dict[str, Any]) -> list[str]:
    """Serve a referee whose scorer and whose submission have said all that they will say."""
    numbers = (3, 4, 5) if job["style"] is ScriptStyle.UNITTEST else (2, 3, 4)
    named = [_FUNCTION] if job["style"] is ScriptStyle.UNITTEST else []
    answers = b"".join(framed(each) for each in (*_STARTED, *named, *_returned(numbers)))
    (scorer, referee), (submission, asked) = socket.socketpair(), socket.socketpair()
    nothing = os.open(os.devnull, os.O_RDWR)
    with scorer, referee, submission, asked:
        submission.sendall(answers)
        scorer.sendall(framed(["judge", 0, write_plain({**job, "style": str(job["style"])})]))
        socket.send_fds(scorer, [STARTED.pack(b"S", os.getpid())], [asked.fileno(), nothing, nothing])
        os.close(nothing)
        scorer.shutdown(socket.SHUT_WR)
        serve(referee.fileno(), guard=None)
        kinds: list[str] = []
        while (message := receive(scorer.fileno()))[0] != "finished":
            kinds.append(json.loads(str(message[2]))["kind"])
    return kinds
