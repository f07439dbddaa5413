"""One submission while it is judged: its process, started again when it dies, and what it has used."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, assert_never

from rlvr_code.trusted.process import Process, ProcessEndedError, SandboxError
from rlvr_code.wire.frames import Frame, framed
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import MalformedError, Token, decode

# A submission that dies in each of its tests is started so often; a process costs about a millisecond.
RESTART_LIMIT = 20
# Requests that are sent before the first answer comes; honest problems have some kilobytes. They fit into the buffer of
# a socket, so that a call that hangs does not keep the later ones from being sent, at the expense of an earlier test.
_SENT_BYTES = 1 << 17
# The number of the request that loads a submission; the requests of tests are numbered from 0.
LOAD_NUMBER = -1

T = TypeVar("T")


class TimeLimits(NamedTuple):
    """CPU time that a submission may use, in seconds: in one test, and in all."""

    test_seconds: float
    submission_seconds: float


class Processes(Protocol):
    """Where processes come from, and who ends them."""

    def process(self) -> Process:
        """Give a fresh sealed process."""

    def end(self, process: Process) -> tuple[Kind, str]:
        """End it; answers with how it had ended by itself, if it had."""

    def drop(self, process: Process) -> None:
        """End it without waiting."""


class FailedTestError(Exception):
    """A test cannot pass any more, and why."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class SubmissionRaisedError(Exception):
    """The submission raised an exception.

    Attributes:
        reference: Describes its class.
        name: The name of its class.
        builtin: The name of the builtin class that its class is or extends.
        forbidden: The language layer raised it.
        text: What ``str`` gives of it.
        number: The number of the exception in the submission's process; -1 if it has none.
        thrown: The number of the exception of the tests that it is; None if it is the submission's own.
        arguments: The tokens of its arguments.
    """

    def __init__(self, message: Frame) -> None:
        reference, mark, text, number, *arguments = [*message, None, None, None, None][: max(4, len(message))]
        self.reference = str(reference)
        words = self.reference.split(" ", 4) if message else []
        self.name = words[-1] if words else "Exception"
        self.builtin = words[3].partition("/")[0] if len(words) == 5 else self.name  # noqa: PLR2004  # as child.py writes it
        self.forbidden = mark == "forbidden"
        self.text = "" if text is None else str(text)
        self.number = number if type(number) is int else -1
        self.thrown = self.number if mark == "thrown" else None
        self.arguments: Sequence[Token] = arguments
        super().__init__(f"{self.name}: {self.text}")

    @property
    def kind(self) -> Kind:
        """How a test fails by it."""
        if self.forbidden:
            return Kind.FORBIDDEN
        if self.name == "MemoryError":
            return Kind.MEMORY
        return Kind.EXITED if self.name == "SystemExit" else Kind.ERROR


class Submission:
    """Asks the process of a submission, within its limits.

    Args:
        source: What the model wrote.
        processes: Where processes come from.
        limits: What it may use.
    """

    def __init__(self, source: str, processes: Processes, limits: TimeLimits) -> None:
        self.source = source
        self._processes = processes
        self.limits = limits
        self._process: Process | None = None
        self._ended_seconds = 0.0  # by processes that are no more
        self._charged_seconds = 0.0  # by this process, for its answers
        self._starts = 0
        self._sent = 0
        self._unloadable: FailedTestError | None = None
        self.compiled = True
        self.is_cut = False
        self.layers: dict[str, str] | None = None
        self.generation = 0
        self.callback: Callable[[Frame], Sequence[Token]] | None = None
        self._test_start = 0.0

    def start_test(self) -> None:
        """Give the next test its own time."""
        self._test_start = self.used_seconds()

    def used_seconds(self) -> float:
        """Return the CPU time that it has used so far, in all its processes, and that its answers have taken here."""
        running = self._process.used_seconds() if self._process is not None else 0.0
        return self._ended_seconds + self._charged_seconds + running

    def left_seconds(self) -> float:
        """Return the CPU time that it may still use in this test."""
        used = self.used_seconds()
        return min(self.limits.test_seconds - used + self._test_start, self.limits.submission_seconds - used)

    @contextlib.contextmanager
    def charged(self) -> Iterator[None]:
        """Charge the CPU time of this thread to the submission: for work on what it sends."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._charged_seconds += time.thread_time() - start

    def load(self) -> None:
        """Start a process with the submission in it, if there is none.

        Raises:
            FailedTestError: It does not compile, raises, or does not end.
        """
        if self._unloadable is not None:
            raise self._unloadable
        if self._process is None:
            self.begin()
            self._settle_load(lambda: self._asked("load", (self.source,)))

    def _settle_load(self, ask: Callable[[], Frame]) -> None:
        try:
            problem = self._load_problem(ask())
        except FailedTestError as failed:
            problem = failed
        if problem is not None:
            self._unloadable = problem
            raise problem

    def answer(self, requests: Sequence[bytes], index: int) -> list[Token]:
        """Return the answer to one of some requests, which are sent together with the submission.

        Args:
            requests: Framed requests with the numbers 0, 1, 2, ...; always the same ones, asked for in order.
            index: Which of them. The ones after it are sent too when a process is started.

        Returns:
            The tokens of the value; errors are those of :meth:`request`.
        """
        if self._unloadable is not None:
            raise self._unloadable
        if self._process is None:
            process = self.begin()
            load = framed(["load", LOAD_NUMBER, self.source])
            self._send_requests([load], requests, index)
            self._settle_load(lambda: self._within_limits(lambda limit: process.answer(LOAD_NUMBER, limit)))
        elif index >= self._sent:
            self._send_requests([], requests, index)
        running = self._running()
        return self._value_of(self._within_limits(lambda limit: running.answer(index, limit)))

    def _send_requests(self, first: list[bytes], requests: Sequence[bytes], index: int) -> None:
        """Send as many requests as are read at once."""
        process, size = self._running(), 0
        self._sent = index
        while self._sent < len(requests):
            size += len(requests[self._sent])
            if self._sent > index and size > _SENT_BYTES:
                break
            first.append(requests[self._sent])
            self._sent += 1
        self._within_limits(lambda limit: process.send_requests(b"".join(first), limit))

    def begin(self, stdin: bytes = b"") -> Process:
        """Start a process for a program that reads ``stdin``.

        Raises:
            FailedTestError: The submission has been started too often.
        """
        self._starts += 1
        if self._starts > RESTART_LIMIT:
            self._unloadable = FailedTestError(Kind.CRASHED, f"its process ended {RESTART_LIMIT} times")
            raise self._unloadable
        self._process = self._processes.process()
        self._process.give_input(stdin)
        self.generation += 1
        return self._process

    def _load_problem(self, message: Frame) -> FailedTestError | None:
        if message[0] == "value":
            return None
        if message[0] == "refused":
            self.compiled = False
            forbidden = message[1:2] == ["forbidden"]
            return FailedTestError(Kind.FORBIDDEN if forbidden else Kind.SYNTAX, " ".join(map(str, message[2:])))
        if message[0] == "raised":
            raised = SubmissionRaisedError(message[1:])
            return FailedTestError(raised.kind, str(raised))
        return FailedTestError(Kind.PROTOCOL, "an answer of another kind")

    def run(self, stdin: bytes) -> bytes:
        """Run the submission as a program in a process of its own.

        Returns:
            What it printed.

        Raises:
            FailedTestError: It does not compile, raises, exits with another status than 0, or uses up its limits.
        """
        if self._unloadable is not None:
            raise self._unloadable
        self._starts = 0  # each case has its own process anyway
        process = self.begin(stdin)
        message = self._asked("run", (self.source,))
        self._drain(process)
        if message[0] == "raised":
            raised = SubmissionRaisedError(message[1:])
            if raised.name != "SystemExit" or _status(raised) not in {0, None}:
                raise FailedTestError(raised.kind, str(raised))
        elif message[0] != "value":
            problem = self._load_problem(message) or FailedTestError(Kind.PROTOCOL, "no answer")
            if not self.compiled:
                self._unloadable = problem
            raise problem
        return process.printed

    def _drain(self, process: Process) -> None:
        try:
            process.drain_rest()
        except ProcessEndedError as ended:
            raise self._dead(ended) from None

    def request(self, what: str, arguments: Sequence[Token]) -> list[Token]:
        """Ask the loaded submission.

        Returns:
            The tokens of the value that it answers with.

        Raises:
            SubmissionRaisedError: It raised an exception.
            FailedTestError: It cannot answer.
        """
        self.load()
        return self._value_of(self._asked(what, arguments))

    def take_printed(self) -> bytes:
        """Return what its process has printed since the last call, if output is kept.

        Raises:
            FailedTestError: It has printed more than it may.
        """
        process = self._running()
        self._drain(process)
        return process.take_printed()

    @staticmethod
    def _value_of(message: Frame) -> list[Token]:
        if message[0] == "value":
            return message[1:]
        if message[0] == "raised":
            raise SubmissionRaisedError(message[1:])
        if message[0] == "unserialisable":
            raise FailedTestError(Kind.UNSERIALISABLE, " ".join(map(str, message[1:])))
        if message[0] == "missing":
            raise FailedTestError(Kind.MISSING, " ".join(map(str, message[1:])))
        raise FailedTestError(Kind.PROTOCOL, "an answer of another kind")

    def decode(self, tokens: Sequence[Token], resolve: Callable[[Sequence[str]], Any] | None = None) -> Any:
        """Read the value of an answer, at the expense of the submission.

        Raises:
            MalformedError: It is none.
            FailedTestError: It takes more memory than there is.
        """
        start = time.thread_time()
        try:
            value = decode(tokens, resolve)
        except MemoryError:
            raise FailedTestError(Kind.MEMORY, "its answer takes too much memory") from None
        self._charged_seconds += time.thread_time() - start
        return value

    def plain_value(self, tokens: Sequence[Token]) -> Any:
        """Read the plain value of an answer; it raises FailedTestError if there is none."""
        try:
            return self.decode(tokens)
        except MalformedError as error:
            raise FailedTestError(Kind.PROTOCOL, str(error)) from None

    def _running(self) -> Process:
        if self._process is None:
            raise SandboxError("no process")
        return self._process

    def _asked(self, what: str, arguments: Sequence[Token]) -> Frame:
        process = self._running()
        process.callback = self.callback
        return self._within_limits(lambda limit: process.ask(what, arguments, limit))

    def _within_limits(self, ask: Callable[[float], T]) -> T:
        """Have the process asked within the CPU time that is left.

        Raises:
            FailedTestError: The process has used up its limits, or has ended.
        """
        process = self._running()
        used = self.used_seconds()
        allowed = min(self.limits.test_seconds - used + self._test_start, self.limits.submission_seconds - used)
        try:
            if allowed <= 0:
                raise ProcessEndedError("time", f"the submission has used up its {self.limits.submission_seconds:g} s")  # noqa: TRY301  # ended like any other
            start = time.thread_time()
            answer = ask(allowed)
            self._charged_seconds += time.thread_time() - start
        except MemoryError:
            raise self._dead(ProcessEndedError("memory", "its answer takes too much memory")) from None
        except ProcessEndedError as ended:
            self._ended_seconds = self._used_at_end(ended, used, allowed)
            raise self._dead(ended) from None
        if process.layers is not None:
            self.layers = process.layers
        return answer

    def _used_at_end(self, ended: ProcessEndedError, used: float, allowed: float) -> float:
        """Return what the processes of a submission have used once one ends; one that waited would wait again."""
        if ended.kind == "waited":
            return self.limits.submission_seconds
        total = used + allowed if ended.kind == "time" else max(used, self.used_seconds())
        return total - self._charged_seconds

    def _dead(self, ended: ProcessEndedError) -> FailedTestError:
        process, self._process = self._process, None
        if process is None:
            return FailedTestError(Kind.CRASHED, ended.detail)
        kind, detail = self._processes.end(process)
        match ended.kind:
            case "ended":
                return FailedTestError(kind, detail)
            case "time" | "waited":
                return FailedTestError(Kind.TIME, ended.detail)
            case "cut":
                self.is_cut = True
                self._unloadable = FailedTestError(Kind.TIME, ended.detail)
                return self._unloadable
            case "memory":
                return FailedTestError(Kind.MEMORY, ended.detail)
            case "output":
                return FailedTestError(Kind.OUTPUT, ended.detail)
            case "protocol":
                return FailedTestError(Kind.PROTOCOL, ended.detail)
            case _:
                assert_never(ended.kind)

    def finish_process(self) -> None:
        """End the process, if there is one, such as between two programs."""
        if self._process is not None:
            self._ended_seconds = self.used_seconds() - self._charged_seconds
            process, self._process = self._process, None
            self._processes.drop(process)


def _status(raised: SubmissionRaisedError) -> Any:
    """Return the exit status of a ``SystemExit``."""
    try:
        arguments = decode(raised.arguments)
    except MalformedError:
        return 1
    return arguments[0] if arguments else None
