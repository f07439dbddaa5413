"""What becomes of a submission by what its process does: answers, deaths, limits. No process is started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rlvr_code.problems.problem import Script
from rlvr_code.trusted.process import ProcessEndedError, SandboxError
from rlvr_code.trusted.referee_client import ScriptOutcomes, _Given
from rlvr_code.trusted.submission import (
    RESTART_LIMIT,
    FailedTestError,
    Submission,
    SubmissionRaisedError,
    TimeLimits,
)
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.outcome import Kind, Outcome

LAYERS = {"seccomp": "on"}


class Scripted:
    """A process whose answers are given, one for each request."""

    def __init__(self, answers: Sequence[Any], used: float = 0.0) -> None:
        self.number, self.layers = 7, LAYERS
        self.used, self.sent, self.closed = used, 0, False
        self.callback: Any = None
        self.printed = b"printed"
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.allowed: list[float] = []
        self._answers = list(answers)

    def used_seconds(self) -> float:
        """Return the CPU time that the test says."""
        return self.used

    def give_input(self, data: bytes) -> None:
        """Note it."""
        self.stdin = data

    def ask(self, what: str, arguments: Any, limit: float) -> Any:
        """Return or raise the next answer."""
        self.asked.append((what, tuple(arguments)))
        return self._next(limit)

    def send_requests(self, requests: bytes, limit: float) -> None:
        """Note how much was sent."""
        self.sent += len(requests)
        self.allowed.append(limit)

    def answer(self, number: int, limit: float) -> Any:
        """Return or raise the next answer."""
        self.asked.append(("answer", (number,)))
        return self._next(limit)

    def _next(self, limit: float) -> Any:
        self.allowed.append(limit)
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def drain_rest(self) -> None:
        """Take what was printed; too much of it ends the process."""
        if self.printed == b"much":
            raise ProcessEndedError("output", "much")

    def take_printed(self) -> bytes:
        """Return what was printed."""
        return self.printed

    def descriptors(self) -> tuple[int, int, int]:
        """Return none."""
        return (0, 0, 0)

    def close(self) -> None:
        """Note it."""
        self.closed = True


class Started:
    """Gives processes in order, and notes how they end."""

    def __init__(self, *processes: Scripted) -> None:
        self._waiting = list(processes)
        self.ended: list[Scripted] = []
        self.dropped: list[Scripted] = []

    def process(self) -> Any:
        """Return the next one; the last one for ever."""
        return self._waiting.pop(0) if len(self._waiting) > 1 else self._waiting[0]

    def end(self, process: Any) -> tuple[Kind, str]:
        """Note it."""
        self.ended.append(process)
        return Kind.CRASHED, "by itself"

    def drop(self, process: Any) -> None:
        """Note it."""
        self.dropped.append(process)


def submission(*answers: Any, used: float = 0.0) -> tuple[Submission, Scripted, Started]:
    """Return a submission, its process, and where the process comes from."""
    process = Scripted(answers, used)
    started = Started(process)
    return Submission("source", started, TimeLimits(1.0, 3.0)), process, started


def ended(kind: Any) -> ProcessEndedError:
    """Return the end of a process."""
    return ProcessEndedError(kind, "detail")


LOADED = ["value", None]
RAISED = ["raised", "@1 x - ValueError ValueError", "", "text", 1]
EXIT = ["raised", "@1 x - SystemExit SystemExit", "", "0", 1]
# The answer to the source, how every test fails, and whether the source was compiled.
LOADS: list[tuple[Any, Kind, str, bool]] = [
    (["refused", "forbidden", "a", "b"], Kind.FORBIDDEN, "a b", False),
    (["refused", "syntax", "line 1"], Kind.SYNTAX, "line 1", False),
    (["refused"], Kind.SYNTAX, "", False),
    (RAISED, Kind.ERROR, "ValueError: text", True),
    (EXIT, Kind.EXITED, "SystemExit: 0", True),
    (["raised", "@1 x - ImportError ImportError", "forbidden", "no", 1], Kind.FORBIDDEN, "ImportError: no", True),
    (["other"], Kind.PROTOCOL, "an answer of another kind", True),
    (ended("ended"), Kind.CRASHED, "by itself", True),
    (ended("time"), Kind.TIME, "detail", True),
    (ended("waited"), Kind.TIME, "detail", True),
    (ended("output"), Kind.OUTPUT, "detail", True),
    (ended("memory"), Kind.MEMORY, "detail", True),
    (ended("protocol"), Kind.PROTOCOL, "detail", True),
    (ended("cut"), Kind.TIME, "detail", True),
    (MemoryError(), Kind.MEMORY, "its answer takes too much memory", True),
]


@pytest.mark.each(("answer", "kind", "detail", "compiled"), LOADS, ids=range(len(LOADS)))
@pytest.mark.each("way", ["request", "answer"])
def test_a_submission_that_does_not_load_fails_each_test(
    way: str,
    answer: Any,
    kind: Kind,
    detail: str,
    compiled: bool,  # noqa: FBT001  # pytest's parameter
) -> None:
    """For the same reason, and without another process."""
    asked, _, started = submission(answer)
    for _ in range(2):
        with pytest.raises(FailedTestError) as failed:
            asked.request("do", ()) if way == "request" else asked.answer([b"a", b"b"], 0)
        assert (failed.value.kind, failed.value.detail) == (kind, detail)

    assert asked.compiled is compiled
    assert asked.is_cut is (isinstance(answer, ProcessEndedError) and answer.kind == "cut")
    assert len(started.ended) == isinstance(answer, ProcessEndedError | MemoryError)
    assert asked.generation == 1


ANSWERS: list[tuple[Any, Any]] = [
    (["value", "[1", 5], ["[1", 5]),
    (["value"], []),
    (RAISED, SubmissionRaisedError),
    (["unserialisable", "too", "deep"], (Kind.UNSERIALISABLE, "too deep")),
    (["missing", "no", "name"], (Kind.MISSING, "no name")),
    (["other"], (Kind.PROTOCOL, "an answer of another kind")),
    (ended("ended"), (Kind.CRASHED, "by itself")),
]


@pytest.mark.each(("answer", "wanted"), ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.each("way", ["request", "answer"])
def test_an_answer_is_a_value_or_says_how_the_test_fails(way: str, answer: Any, wanted: Any) -> None:
    """Asked one by one, or together with the source."""
    asked, process, _ = submission(LOADED, answer)

    def ask() -> Any:
        return asked.request("do", (1, 2)) if way == "request" else asked.answer([b"a", b"b"], 0)

    if isinstance(wanted, list):
        assert ask() == wanted
    else:
        with pytest.raises(FailedTestError if isinstance(wanted, tuple) else wanted) as failed:
            ask()
        assert not isinstance(wanted, tuple) or (failed.value.kind, failed.value.detail) == wanted
    first, second = (
        (("load", ("source",)), ("do", (1, 2))) if way == "request" else (("answer", (-1,)), ("answer", (0,)))
    )
    assert process.asked == [first, second]
    assert asked.layers == LAYERS


def test_requests_are_sent_together_and_again_after_a_death() -> None:
    """As many as fit; those that had an answer are not asked again."""
    first, second = Scripted([LOADED, ["value", 1], ended("ended")]), Scripted([LOADED, ["value", 3]])
    asked = Submission("source", Started(first, second), TimeLimits(1.0, 3.0))
    requests = [b"x" * 60_000] * 3

    assert asked.answer(requests, 0) == [1]
    assert 120_000 < first.sent < 180_000  # two of three, and the source
    with pytest.raises(FailedTestError):
        asked.answer(requests, 1)
    assert asked.answer(requests, 2) == [3]
    assert 60_000 < second.sent < 120_000
    assert asked.generation == 2


def test_a_request_that_was_not_sent_yet_is_sent() -> None:
    """When it is asked for."""
    asked, process, _ = submission(LOADED, ["value", 1], ["value", 2], ["value", 3])
    requests = [b"x" * 300_000] * 2
    assert [asked.answer(requests, index) for index in (0, 1)] == [[1], [2]]
    assert process.sent > 600_000


def test_a_test_may_use_what_is_left_of_its_time_and_of_all() -> None:
    """One second for each test, three for all; what has ended counts, and one that waited has nothing left."""
    asked, process, _ = submission(LOADED, ["value", 1], ["value", 1], used=0.25)
    asked.request("do", ())
    assert process.allowed[0] == pytest.approx(0.75)
    process.used = 2.5
    asked.start_test()
    asked.request("do", ())
    assert process.allowed[-1] == pytest.approx(0.5, abs=0.1)
    process.used = 3.5
    with pytest.raises(FailedTestError, match="used up its 3 s"):
        asked.request("do", ())

    for kind, used in {"time": 1.0, "waited": 3.0, "ended": 0.5}.items():
        asked, process, _ = submission(LOADED, ended(kind))
        asked.load()
        process.used = 0.5
        asked.start_test()
        process.used = 0.5 if kind == "ended" else 0.0
        asked._test_start = 0.0
        with pytest.raises(FailedTestError):
            asked.request("do", ())
        assert asked.used_seconds() == pytest.approx(used, abs=0.1)


def test_a_process_that_is_finished_has_used_its_time() -> None:
    """It is dropped, not ended."""
    asked, process, started = submission(LOADED, used=0.5)
    asked.load()
    asked.finish_process()
    asked.finish_process()

    assert (started.dropped, started.ended) == ([process], [])
    assert asked.used_seconds() == pytest.approx(0.5, abs=0.1)
    with pytest.raises(SandboxError):
        asked.take_printed()


def test_a_submission_that_dies_each_time_is_started_so_often() -> None:
    """Then no test starts another process."""
    process = Scripted([each for _ in range(RESTART_LIMIT) for each in (LOADED, ended("ended"))])
    asked = Submission("source", Started(process), TimeLimits(1.0, 3.0))
    for _ in range(RESTART_LIMIT + 1):
        with pytest.raises(FailedTestError) as failed:
            asked.request("do", ())

    assert "ended 20 times" in failed.value.detail
    assert asked.generation == RESTART_LIMIT == 20


RUNS: list[tuple[Any, Any, bool]] = [
    (LOADED, b"printed", True),
    (EXIT, Kind.EXITED, True),
    ([*EXIT, "(0"], b"printed", True),
    ([*EXIT, "(1", 0], b"printed", True),
    ([*EXIT, "(1", None], b"printed", True),
    ([*EXIT, "(1", 1], Kind.EXITED, True),
    ([*EXIT, "(1", "swords"], Kind.EXITED, True),
    ([*EXIT, "(9"], Kind.EXITED, True),
    (RAISED, Kind.ERROR, True),
    (["refused", "syntax", "line 1"], Kind.SYNTAX, False),
    (["refused", "forbidden", "x"], Kind.FORBIDDEN, False),
    (["other"], Kind.PROTOCOL, True),
    (ended("ended"), Kind.CRASHED, True),
]


@pytest.mark.each(("answer", "wanted", "compiled"), RUNS, ids=range(len(RUNS)))
def test_what_a_program_prints_counts_unless_it_fails(answer: Any, wanted: Any, compiled: bool) -> None:  # noqa: FBT001  # as above
    """An exit with status 0 is its end; one that was not compiled is not run again."""
    asked, process, _ = submission(answer, answer)
    for _ in range(2):
        if isinstance(wanted, bytes):
            assert asked.run(b"stdin") == wanted
        else:
            with pytest.raises(FailedTestError) as failed:
                asked.run(b"stdin")
            assert failed.value.kind is wanted

    assert process.stdin == b"stdin"
    assert asked.compiled is compiled
    assert len(process.asked) == (2 if compiled else 1)


def test_output_is_taken_at_the_end() -> None:
    """Too much of it is the program's."""
    for way in ("run", "take"):
        asked, process, _ = submission(LOADED, LOADED)
        asked.load()
        assert asked.take_printed() == b"printed"
        process.printed = b"much"
        with pytest.raises(FailedTestError) as failed:
            asked.run(b"") if way == "run" else asked.take_printed()
        assert failed.value.kind is Kind.OUTPUT


def test_values_that_cannot_be_read_fail_the_test() -> None:
    """By the protocol, or by memory."""
    asked, _, _ = submission()

    def no_memory(_: Any) -> Any:
        raise MemoryError

    assert asked.plain_value(["(1", 5]) == (5,)
    with pytest.raises(FailedTestError) as failed:
        asked.plain_value(["[2", 5])
    assert failed.value.kind is Kind.PROTOCOL
    with pytest.raises(FailedTestError) as failed:
        asked.decode(["@1 o - object object"], no_memory)
    assert failed.value.kind is Kind.MEMORY


def test_a_referee_is_told_how_a_process_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """On request; it is given processes by their number."""
    process, handed = Scripted([]), []
    started = Started(process)
    referee: Any = Scripted([])
    monkeypatch.setattr(referee, "hand_over", lambda *what: handed.append(what), raising=False)
    held: dict[int, Any] = {}
    given = _Given(started, held, referee)
    given.give()

    assert (len(handed), process.closed, list(held)) == (1, True, [7])
    assert given.answer(["outcome", 0, "{}"]) is None
    assert given.answer(["end", 0, 7]) == ["exit", 0, Kind.CRASHED, "by itself"]
    assert (held, started.ended) == ({}, [process])


def test_what_a_referee_reports() -> None:
    """Each test by its name; what is missing fails for the reason of the end."""
    script = Script(style=ScriptStyle.ASSERTS, code=("", ""), tests=("one", "two"))
    found = ScriptOutcomes(script)

    assert found.take(["outcome", 0, '{"test": "one", "kind": "wrong", "detail": "no"}']) is False
    assert found.outcomes == [Outcome("one", Kind.WRONG, "no"), Outcome("two", Kind.ERROR, "the test was not reached")]
    assert (found.unreported, found.is_stopped) == (["two"], False)
    assert found.take(["outcome", 0, '{"test": "two", "kind": "passed"}']) is False
    assert found.take(["finished", 0, False, '{"seccomp": "on"}', 1.5, '["C"]']) is True
    assert (found.compiled, found.layers, found.seconds, found.asked) == (False, LAYERS, 1.5, ("C",))

    stopped = ScriptOutcomes(script)
    assert stopped.take(["stopped", 0, "memory", "full"]) is True
    assert stopped.outcomes == [Outcome("one", Kind.MEMORY, "full"), Outcome("two", Kind.MEMORY, "full")]
    assert (stopped.is_stopped, stopped.compiled, stopped.layers) == (True, True, None)
    with pytest.raises(SandboxError, match="not be judged: a b"):
        stopped.take(["broken", 0, "a", "b"])
