"""The evaluating process: it imports and warms sympy once, and answers each question in a fork of that state.

A verdict must depend neither on the load of the machine nor on earlier questions. So the process starts with a fixed
seed of hashes, seeds sympy's random numbers, evaluates a fixed list, and evaluates nothing itself after that: each fork
starts from the same state, and is stopped by a count of calls.
"""

from __future__ import annotations

import contextlib
import gc
import os
import random
import resource
import select
import signal
import socket
import time
from typing import NoReturn

import msgspec

from rlvr_math.evaluating.counting import CallCounter
from rlvr_math.evaluating.messages import (
    MESSAGE_LIMIT_BYTES,
    EvaluationRequest,
    EvaluationResult,
    Outcome,
    decode_question,
    encode,
    receive,
    send,
)
from rlvr_math.evaluating.warming import WARM_UP
from rlvr_math.limits import (
    EVALUATION_CALLS,
    EVALUATION_CPU_SECONDS,
    EVALUATION_MEMORY_BYTES,
    EVALUATION_SECONDS,
)
from rlvr_math.reading.tree import Tree

_READ_BYTES = 1 << 16
_DETAIL_CHARACTERS = 200
# Where sympy starts to number its dummy letters; by default a random number, which decides the order of terms.
_FIRST_DUMMY = 1_000_000

READY = b"ready"

_TOO_MANY_CALLS = EvaluationResult(
    outcome="calls",
    detail=f"more than {EVALUATION_CALLS:,} calls, the limit of one evaluation",
    calls=EVALUATION_CALLS,
)


def main(descriptor: int) -> NoReturn:
    """Warm sympy, then answer questions until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks, whose end ends this one
    with contextlib.suppress(OSError, ValueError):  # a supervised worker limits its own memory, and its children's
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    with socket.socket(fileno=descriptor) as connection:
        _warm()
        send(connection, READY)
        while data := receive(connection):
            send(connection, _answer_in_fork(data))
    os._exit(0)


def _warm() -> None:
    """Bring sympy into the state from which each fork starts."""
    import sympy.core.random

    random.seed(1)
    sympy.core.random.seed(1)
    sympy.Dummy._base_dummy_index = _FIRST_DUMMY  # noqa: SLF001  # see there
    for question in WARM_UP:
        evaluate(question)
    gc.collect()
    gc.freeze()
    gc.disable()  # forks are short, and a collection would copy all their memory


def _answer_in_fork(data: bytes) -> bytes:
    """Answer a question in a fork; at the clock, the fork is killed."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reading)
            _limit()
            counter = CallCounter(EVALUATION_CALLS, lambda: _finish(writing, _TOO_MANY_CALLS))
            counter.start()
            evaluation = evaluate(decode_question(data))
            counter.stop()
            _finish(writing, msgspec.structs.replace(evaluation, calls=counter.calls))
        finally:
            os._exit(1)
    os.close(writing)
    answer = _read_until(reading, time.monotonic() + EVALUATION_SECONDS)
    os.close(reading)
    if answer is None:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if answer:
        return answer
    if answer is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return encode(EvaluationResult(outcome="time", detail="more time than the limit of one evaluation"))
    ended = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "no answer"
    return encode(EvaluationResult(outcome="crashed", detail=f"the evaluation ended with {ended}"))


def _finish(descriptor: int, evaluation: EvaluationResult) -> NoReturn:
    """Write the answer of a fork, and end the fork."""
    data = memoryview(encode(evaluation))
    while data:
        data = data[os.write(descriptor, data) :]
    os._exit(0)


def _read_until(descriptor: int, deadline: float) -> bytes | None:
    """Read to the end of a pipe; None at the deadline."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    data = bytearray()
    while len(data) <= MESSAGE_LIMIT_BYTES:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1e3):
            return None
        more = os.read(descriptor, _READ_BYTES)
        if not more:
            break
        data += more
    return bytes(data)


def _limit() -> None:
    """Limit CPU time and memory of this fork, for loops in C, which make no calls that are counted."""
    resource.setrlimit(resource.RLIMIT_CPU, (EVALUATION_CPU_SECONDS, EVALUATION_CPU_SECONDS + 1))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = EVALUATION_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, EVALUATION_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def evaluate(question: EvaluationRequest) -> EvaluationResult:
    """Evaluate the trees of a question, without any limit."""
    from rlvr_math.evaluating.conversion import FreeLetters, UnconvertibleError
    from rlvr_math.evaluating.conversion import evaluate as evaluate_tree
    from rlvr_math.evaluating.results import tree_of

    letters = FreeLetters(positive=question.positive)
    outcome: Outcome = "undecided"
    trees: tuple[Tree, ...] = ()
    detail = ""
    try:
        values = [evaluate_tree(tree, letters) for tree in question.trees]
        trees = tuple([tree_of(value, letters.names) for value in values])
        outcome = "value"
    except UnconvertibleError as error:
        detail = str(error)
    except MemoryError:
        outcome, detail = "memory", "more memory than the limit of one evaluation"
    except Exception as error:  # noqa: BLE001  # sympy raises errors of many types where it knows no method
        detail = f"sympy raised {type(error).__name__}"  # without its text, which may quote the answer and be long
    return EvaluationResult(outcome=outcome, trees=trees, detail=detail[:_DETAIL_CHARACTERS])
