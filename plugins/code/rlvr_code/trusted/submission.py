"""One submission while it is judged: its process, started again when it dies, and what it has used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, assert_never

from rlvr_code.trusted.process import Process, ProcessEndedError, SandboxError
from rlvr_code.wire.frames import Frame
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import MalformedError, Token, decode

# A submission that dies in each of its tests is started so often; a process costs about a millisecond.
RESTART_LIMIT = 20


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
        message: ``[reference, mark, text, *tokens of its arguments]``, as the process told.
    """

    def __init__(self, message: Frame) -> None:
        self.message = message
        reference = str(message[0]).split(" ", 4) if message else []
        self.name = reference[-1] if reference else "Exception"
        self.builtin = reference[3] if len(reference) == 5 else self.name  # noqa: PLR2004  # as child.py writes it
        self.forbidden = len(message) > 1 and message[1] == "forbidden"
        self.text = str(message[2]) if len(message) > 2 else ""  # noqa: PLR2004  # as above
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
        self._limits = limits
        self._process: Process | None = None
        self._ended_seconds = 0.0  # by processes that are no more
        self._starts = 0
        self._unloadable: FailedTestError | None = None
        self.compiled = True
        self.layers: dict[str, str] | None = None
        self.generation = 0
        self.callback: Callable[[Frame], Sequence[Token]] | None = None
        self._test_start = 0.0

    def start_test(self) -> None:
        """Give the next test its own time."""
        self._test_start = self.used_seconds()

    def used_seconds(self) -> float:
        """CPU time that it has used so far, in all its processes."""
        return self._ended_seconds + (self._process.used_seconds() if self._process is not None else 0.0)

    def load(self) -> None:
        """Start a process with the submission in it, if there is none.

        Raises:
            FailedTestError: It does not compile, raises, or does not end.
        """
        if self._unloadable is not None:
            raise self._unloadable
        if self._process is not None:
            return
        self.begin()
        try:
            message = self._asked("load", (self.source,))
        except FailedTestError as failed:
            self._unloadable = failed
            raise
        problem = self._load_problem(message)
        if problem is not None:
            self._unloadable = problem
            raise problem

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
            if raised.name != "SystemExit" or _status(message) not in {0, None}:
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
        message = self._asked(what, arguments)
        if message[0] == "value":
            return message[1:]
        if message[0] == "raised":
            raise SubmissionRaisedError(message[1:])
        if message[0] == "unserialisable":
            raise FailedTestError(Kind.UNSERIALISABLE, " ".join(map(str, message[1:])))
        if message[0] == "missing":
            raise FailedTestError(Kind.MISSING, " ".join(map(str, message[1:])))
        raise FailedTestError(Kind.PROTOCOL, "an answer of another kind")

    def value(self, what: str, arguments: Sequence[Token]) -> Any:
        """Ask the loaded submission for a plain value; errors are those of :meth:`request`."""
        tokens = self.request(what, arguments)
        try:
            return decode(tokens)
        except MalformedError as error:
            raise FailedTestError(Kind.PROTOCOL, str(error)) from None

    def _asked(self, what: str, arguments: Sequence[Token]) -> Frame:
        process = self._process
        if process is None:
            raise SandboxError("no process")
        process.callback = self.callback
        used = self.used_seconds()
        allowed = min(self._limits.test_seconds - used + self._test_start, self._limits.submission_seconds - used)
        try:
            if allowed <= 0:
                raise ProcessEndedError("time", f"the submission has used up its {self._limits.submission_seconds:g} s")  # noqa: TRY301  # ended like any other
            message = process.ask(what, arguments, allowed)
        except ProcessEndedError as ended:
            self._ended_seconds = self._charged(ended, used, allowed)
            raise self._dead(ended) from None
        if process.layers is not None:
            self.layers = process.layers
        return message

    def _charged(self, ended: ProcessEndedError, used: float, allowed: float) -> float:
        """What a submission has used when its process ends; one that waited would wait again, so it has used it all."""
        if ended.kind == "waited":
            return self._limits.submission_seconds
        return used + allowed if ended.kind == "time" else max(used, self.used_seconds())

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
            case "output":
                return FailedTestError(Kind.OUTPUT, ended.detail)
            case "protocol":
                return FailedTestError(Kind.PROTOCOL, ended.detail)
            case _:
                assert_never(ended.kind)

    def finish_process(self) -> None:
        """End the process, if there is one, such as between two programs."""
        if self._process is not None:
            self._ended_seconds = self.used_seconds()
            process, self._process = self._process, None
            self._processes.drop(process)


def _status(message: Frame) -> Any:
    """The exit status that a ``SystemExit`` carries."""
    try:
        arguments = decode(message[4:])
    except MalformedError:
        return 1
    return arguments[0] if arguments else None
