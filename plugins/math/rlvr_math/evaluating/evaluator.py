"""Asks the evaluating process, which starts with the first question; keeps its answers."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path

from rlvr import keep_process, release_process
from rlvr_math.evaluating.messages import (
    EvaluationRequest,
    EvaluationResult,
    MessageError,
    decode_evaluation,
    encode,
    is_crash,
    is_repeatable,
    receive,
    send,
)
from rlvr_math.limits import EVALUATION_SECONDS
from rlvr_math.reading.tree import ONE, Call, Symbol

# sympy and the list of warming take some 3 s of CPU time; a loaded machine takes longer.
START_SECONDS = 120.0
# Behind the clock of the evaluating process, which ends an evaluation itself.
_ANSWER_SECONDS = EVALUATION_SECONDS + 5.0
# A question is tried again in a fresh fork if its fork crashed, and in a fresh process if that ended.
_TRIES = 2
# Answers that are kept: references of some batches. Each takes a few hundred bytes.
_KEPT_ANSWERS = 1_024
_KEPT_BYTES = 4_096
# Variables that the evaluating process keeps: without the last one, the interpreter does not start in Lambda.
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
# One order of sets and dictionaries; one implementation of long numbers, whatever else is installed.
_FIXED_VARIABLES = {"PYTHONHASHSEED": "0", "SYMPY_GROUND_TYPES": "python", "MPMATH_NOGMPY": "1"}


class EvaluatorError(Exception):
    """The evaluating process does not start: the fault of the installation or the machine, not of an answer."""


def missing_part() -> str:
    """Return what this installation lacks for evaluation; "" if it lacks nothing."""
    if not hasattr(os, "fork"):
        return "a system that can fork processes"
    return "" if find_spec("sympy") is not None else "sympy"


def state_of_evaluation() -> str:
    """Evaluate a limit, in an evaluating process of its own; return "on", or why answers that need it get 0.0."""
    missing = missing_part()
    if missing:
        return f"off: needs {missing}; an answer that needs it gets 0.0"
    evaluator = Evaluator()
    letter = Symbol("x")
    try:
        evaluation = evaluator.ask(EvaluationRequest(trees=(Call("limit", (letter, letter, ONE)),)))
    except EvaluatorError as error:
        return f"off: {error}"
    finally:
        evaluator.close()
    return "on" if evaluation.trees == (ONE,) else f"off: {evaluation.detail or evaluation.outcome}"


class Evaluator:
    """The evaluating process of this process; it starts with the first question, and again after a fork.

    Safe in several threads, which wait for each other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[bytes, EvaluationResult] = OrderedDict()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def ask(self, question: EvaluationRequest) -> EvaluationResult:
        """Evaluate the trees of a question.

        Raises:
            EvaluatorError: The evaluating process does not start.
        """
        data = encode(question)
        with self._lock:
            kept = self._answers.get(data)
            if kept is not None:
                self._answers.move_to_end(data)
                return kept
            evaluation = self._ask_again(data)
            if is_repeatable(evaluation.outcome) and len(data) <= _KEPT_BYTES:
                self._answers[data] = evaluation
                if len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            return evaluation

    def _ask_again(self, data: bytes) -> EvaluationResult:
        evaluation = EvaluationResult(outcome="crashed", detail="the evaluating process ended")
        for _ in range(_TRIES):
            connection = self._started()
            try:
                send(connection, data)
                answer = receive(connection)
                if answer:
                    evaluation = decode_evaluation(answer)
                    if is_crash(evaluation.outcome):
                        continue
                    break
            except (OSError, MessageError):
                pass
            self._end()
        return evaluation

    def _started(self) -> socket.socket:
        if self._connection is not None:
            return self._connection
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _exec_server(theirs)
            except OSError as error:
                ours.close()
                raise EvaluatorError(f"the evaluating process does not start: {error}") from error
        keep_process(self._process.pid)  # it answers the next batch too, and is no reason to replace a worker
        self._connection = ours
        ours.settimeout(START_SECONDS)
        try:
            started = receive(ours)
        except (OSError, MessageError):
            started = b""
        if not started:
            self._end()
            raise EvaluatorError("the evaluating process does not start; try `python -c 'import sympy'`")
        ours.settimeout(_ANSWER_SECONDS)
        return ours

    def _end(self) -> None:
        process, connection, self._process, self._connection = self._process, self._connection, None, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.wait()
            release_process(process.pid)

    def close(self) -> None:
        """End the evaluating process; the next question starts another one."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """Leave the evaluating process to the parent of a fork."""
        process, connection = self._process, self._connection
        self.__init__()  # type: ignore[misc]  # another thread of the parent may have had the lock
        if connection is not None:
            connection.close()
        if process is not None:
            process.returncode = 0  # it is not this process's to wait for
            release_process(process.pid)


def _exec_server(theirs: socket.socket) -> subprocess.Popen[bytes]:
    path = [str(Path(each).absolute()) for each in sys.path]
    code = f"import sys; sys.path[:] = {path!r}; from rlvr_math.evaluating.server import main; main({theirs.fileno()})"
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return subprocess.Popen(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-s", "-P", "-X", "utf8", "-c", code],
        env={**kept, **_FIXED_VARIABLES},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(theirs.fileno(),),
    )


EVALUATOR = Evaluator()
"""The evaluator of this process."""

atexit.register(EVALUATOR.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=EVALUATOR.forget)
