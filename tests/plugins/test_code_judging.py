"""What becomes of the answers of a submission, and of all its tests together. No process is started."""

import contextlib
import importlib
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_code import Grader, TestsOptions, grade
from rlvr_code.problems.problem import Call, Comparison, Exchange, Problem, Script
from rlvr_code.tests import BUDGET_SECONDS
from rlvr_code.tests import tests as scorer
from rlvr_code.trusted import grading, probing
from rlvr_code.trusted.grading import constant_submission
from rlvr_code.trusted.judge import judge_calls, judge_exchanges, requests_of
from rlvr_code.trusted.options import Library
from rlvr_code.trusted.process import SandboxError
from rlvr_code.trusted.referee_client import ScriptOutcomes
from rlvr_code.trusted.submission import FailedTestError, SubmissionRaisedError, TimeLimits
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.frames import Incoming
from rlvr_code.wire.marshalled import read_plain
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import FRAME_LIMIT_BYTES, Token, UnserialisableError, encode

NAN = Decimal("sNaN")  # a value that raises when it is compared
LIMITS = TimeLimits(2.0, 5.0)


class Answers:
    """A submission that answers the request of each number, and the program of each text, as the test says."""

    def __init__(self, *answers: Any) -> None:
        self._answers = answers
        self.asked: list[Any] = []
        self.requests: Sequence[bytes] = ()
        self.steps: list[str] = []
        self.compiled, self.layers, self.is_cut = True, {"rlimits": "on"}, False

    def start_test(self) -> None:
        """Note it."""
        self.steps.append("start")

    def finish_process(self) -> None:
        """Note it."""
        self.steps.append("finish")

    @contextlib.contextmanager
    def charged(self) -> Iterator[None]:
        """Note it."""
        self.steps.append("charged")
        yield

    def answer(self, requests: Sequence[bytes], index: int) -> Any:
        """Return or raise the answer of a number."""
        self.requests = requests
        return self._next(index)

    def run(self, stdin: bytes) -> bytes:
        """Return or raise the answer to a text."""
        printed: bytes = self._next(len(self.asked))
        self.asked.append(stdin)
        return printed

    @staticmethod
    def plain_value(value: Any) -> Any:
        """Return what was sent."""
        return value

    def _next(self, index: int) -> Any:
        answer = self._answers[index]
        if isinstance(answer, BaseException):
            self.asked.append(None)
            raise answer
        return answer


def raised(name: str, builtin: str = "", mark: str = "") -> SubmissionRaisedError:
    """Return what a submission raised."""
    return SubmissionRaisedError([f"@1 x - {builtin or name} {name}", mark, "text", 1])


def call(**fields: Any) -> Call:
    """Return a call of ``f``."""
    return Call(test="t", entry="f", **fields)


NEAR = Comparison(tolerance=0.1)
P, W, E, U = Kind.PASSED, Kind.WRONG, Kind.ERROR, Kind.UNSERIALISABLE
# A call, whether its arguments may be nodes, the answer, and what becomes of it: its kind, `got` and `expected`.
JUDGED: list[tuple[Call, bool, Any, tuple[Kind, str, str]]] = [
    (call(expected=3), False, 3, (P, "", "")),
    (call(expected=3), False, 4, (W, "4", "3")),
    (call(expected=None), False, None, (P, "", "")),
    (call(expected=None), False, 0, (W, "0", "None")),
    (call(expected=1.0, comparison=NEAR), False, 1.05, (P, "", "")),
    (call(expected=1.0), False, 1.05, (W, "1.05", "1.0")),
    (call(expected=True, truth=True), False, [0], (P, "", "")),
    (call(expected=True, truth=True), False, [], (W, "[]", "a true value")),
    (call(expected=False, truth=True), False, "", (P, "", "")),
    (call(expected=False, truth=True), False, "a", (W, "'a'", "False")),
    (call(expected=True), False, [0], (W, "[0]", "True")),
    (call(expected=3), True, (3, ([1],)), (P, "", "")),
    (call(expected=[1]), True, (3, ([1],)), (W, "3", "[1]")),
    (call(expected=[1], changed=0), False, (3, ([1],)), (P, "", "")),
    (call(expected=3, changed=0), False, (3, ([1],)), (W, "[1]", "3")),
    (call(expected=2, changed=1), False, (3, ([1], 2)), (P, "", "")),
    (call(expected=3, changed=1), False, (3, ([1],)), (U, "", "")),
    (call(expected=3), True, 3, (U, "", "")),
    (call(expected=3), True, (3, (), ()), (U, "", "")),
    (call(expected=NAN), False, Decimal(1), (U, "", "")),
    (call(raises="KeyError"), False, raised("KeyError"), (P, "", "")),
    (call(raises="KeyError"), False, raised("Own", "KeyError"), (P, "", "")),
    (call(raises="Own"), False, raised("Own", "KeyError"), (P, "", "")),
    (call(raises="KeyError"), False, raised("ValueError"), (E, "", "KeyError")),
    (call(raises="KeyError"), False, None, (W, "", "")),
    (call(expected=3), False, raised("KeyError"), (E, "", "3")),
    (call(expected=3), False, raised("MemoryError"), (Kind.MEMORY, "", "3")),
    (call(expected=3), False, raised("SystemExit"), (Kind.EXITED, "", "3")),
    (call(expected=3), False, raised("ImportError", mark="forbidden"), (Kind.FORBIDDEN, "", "3")),
    (call(expected=3), False, FailedTestError(Kind.TIME, "late"), (Kind.TIME, "", "")),
]


@pytest.mark.each(("asked", "nodes", "answer", "wanted"), JUDGED, ids=range(len(JUDGED)))
def test_what_becomes_of_a_call(asked: Call, nodes: bool, answer: Any, wanted: tuple[Kind, str, str]) -> None:  # noqa: FBT001  # pytest's parameter
    """By the value that comes back, or by what is raised in its place; an answer of another form fails."""
    (outcome,) = judge_calls(Answers(answer), [asked], (), nodes=nodes)  # type: ignore[arg-type]  # it is asked like one

    assert (outcome.kind, outcome.got, outcome.expected) == wanted
    assert (outcome.test, bool(outcome.detail)) == ("t", outcome.kind is not P and not outcome.got)


def test_each_call_is_judged_alone() -> None:
    """In order, each with its own time; comparing counts as the submission's work."""
    submission = Answers(1, raised("KeyError"), FailedTestError(Kind.CRASHED, "gone"), 4)
    calls = [Call(test=str(each), entry="f", expected=each) for each in (1, 2, 3, 4)]
    outcomes = list(judge_calls(submission, calls, (), nodes=False))  # type: ignore[arg-type]  # as above

    assert [(each.test, each.kind) for each in outcomes] == [("1", P), ("2", E), ("3", Kind.CRASHED), ("4", P)]
    assert submission.steps == ["start", "charged", "start", "start", "start", "charged"]


@pytest.mark.parametrize(
    ("asked", "nodes", "part"),
    [
        (call(), False, "value"),
        (call(truth=True), False, "truth"),
        (call(changed=0), False, "whole"),
        (call(), True, "whole"),
        (call(truth=True), True, "whole"),
    ],
)
def test_the_request_of_a_call(asked: Call, nodes: bool, part: str) -> None:  # noqa: FBT001  # as above
    """Its number, what is called, the part of the result that comes back, and the arguments."""
    full = msgspec.structs.replace(asked, arguments=(1, [2]), keywords={"a": 3})
    for number, data in enumerate(requests_of([full, full], nodes=nodes)):
        incoming = Incoming()
        incoming.add(data)
        *start, arguments = incoming.message() or [""]
        assert start == ["plain", number, "f", part]
        assert read_plain(str(arguments)) == ((1, [2]), {"a": 3})
    with pytest.raises(UnserialisableError):
        requests_of([call(arguments=(object(),))], nodes=False)


def test_the_request_of_a_call_with_other_types() -> None:
    """The arguments are tokens where ``marshal`` does not know their types."""
    incoming = Incoming()
    incoming.add(requests_of([call(arguments=(1, Decimal("0.5")))], nodes=False)[0])

    assert incoming.message() == ["call", 0, "f", "value", *encode(((1, Decimal("0.5")), {}))]


def exchange(stdout: str, test: str = "t", stdin: str = "é\ud800") -> Exchange:
    """Return what a program must print."""
    return Exchange(test=test, stdin=stdin, stdout=stdout)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"3\n", (P, "", "")),
        (b"4\n", (W, r"'4\n'", "'3'")),
        (b"\xff", (W, "'�'", "'3'")),
        (FailedTestError(Kind.OUTPUT, "much"), (Kind.OUTPUT, "", "")),
    ],
    ids=range(4),
)
def test_what_becomes_of_a_program(answer: Any, wanted: tuple[Kind, str, str]) -> None:
    """By what it prints. Its process ends in any case."""
    submission = Answers(answer)
    (outcome,) = judge_exchanges(submission, (exchange("3"),))  # type: ignore[arg-type]  # as above

    assert (outcome.kind, outcome.got, outcome.expected, outcome.test) == (*wanted, "t")
    assert submission.steps == ["start", "finish"]
    assert submission.asked in ([None], ["é\ud800".encode("utf-8", "surrogatepass")])


def test_a_checker_may_decide_in_place_of_the_text() -> None:
    """It sees what was printed."""
    seen: list[str] = []

    def check(one: Exchange, got: str) -> bool:
        seen.append(one.stdout + got)
        return got == "b"

    outcomes = judge_exchanges(Answers(b"a", b"b"), (exchange("a"), exchange("a")), check)  # type: ignore[arg-type]  # as above
    assert [(each.kind, seen[-1]) for each in outcomes] == [(W, "aa"), (P, "ab")]


# The share of three tests by how they ended, with weights, groups and tests that are free.
SHARES: list[tuple[str, dict[str, float], tuple[tuple[str, ...], ...], str, float]] = [
    ("+++", {}, (), "", 1.0),
    ("+++", {"a": 0.0}, (), "abc", 1.0),
    ("++-", {}, (), "", 2 / 3),
    ("+--", {}, (), "", 1 / 3),
    ("---", {}, (), "", 0.0),
    ("++-", {"c": 2.0}, (), "", 0.5),
    ("++-", {"a": 0.5, "c": 0.5}, (), "", 2 / 3),
    ("+--", {"a": 8.0}, (), "", 2 / 3),  # never full marks while a test fails
    ("++-", {"c": 0.0}, (), "", 2 / 3),
    ("++-", {"a": 0.0, "b": 0.0}, (), "", 0.0),
    ("++-", {"a": 0.0, "b": 0.0, "c": 0.0}, (), "", 0.0),
    ("++-", {}, (("b", "c"),), "", 1 / 3),
    ("++-", {}, (("a", "b"),), "", 2 / 3),
    ("-++", {}, (("a",), ("b", "c")), "", 2 / 3),
    ("++-", {}, (), "a", 0.5),
    ("++-", {}, (), "c", 0.5),
    ("+-+", {}, (), "b", 0.5),
    ("+--", {}, (), "b", 0.0),
    ("+--", {"a": 2.0}, (), "b", 1 / 3),
    ("---", {}, (), "a", 0.0),
    ("--+", {"a": 5.0}, (), "a", 0.0),
    ("++-", {}, (), "abc", 0.0),
]


@pytest.mark.each(("ends", "weights", "groups", "free", "share"), SHARES, ids=range(len(SHARES)))
def test_the_share_of_the_tests(
    ends: str, weights: dict[str, float], groups: tuple[tuple[str, ...], ...], free: str, share: float
) -> None:
    """Groups pass as a whole; free tests add nothing and cost their weight."""
    problem = Problem(weights=weights, groups=groups)
    outcomes = [Outcome(name, P if end == "+" else W) for name, end in zip("abc", ends, strict=True)]
    graded = grading._grade_of(outcomes, problem, compiled=True, layers={})

    assert graded.share(problem, frozenset(free)) == pytest.approx(share)
    assert graded.all_passed is (ends == "+++")
    assert graded.passed == graded.share(problem)
    assert (graded.count(P), graded.count(W), graded.count(E)) == (ends.count("+"), ends.count("-"), 0)
    assert graded.first_failure == next((each for each in outcomes if each.kind is W), None)


def test_no_tests_are_not_passed() -> None:
    """A grade without outcomes is worth nothing."""
    graded = grading._grade_of([], Problem(), compiled=True, layers={})

    assert (graded.all_passed, graded.passed, graded.first_failure) == (False, 0.0, None)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ("", "pass\n"),
        ("f", "def f(*arguments, **keywords):\n    return 7\n"),
        ("C().m", "class C:\n    def m(self, *arguments, **keywords):\n        return 7\n"),
        ("C.m", "class C:\n    def m(self, *arguments, **keywords):\n        return 7\n"),
    ],
)
def test_the_submission_that_returns_a_constant(entry: str, source: str) -> None:
    """For a function, a method, or a program, which prints nothing."""
    assert constant_submission(Problem(entry=entry), "7") == source


class Checker:
    """Stands for the referees that check printed texts; the programs print "+", "-" and "x", which stops a referee."""

    def __init__(self, *, seconds: float = 1.0, is_cut: bool = False) -> None:
        self.pieces: list[tuple[str, ...]] = []
        self.limits: list[float] = []
        self._seconds = seconds
        self._is_cut = is_cut

    def judge(self, _: Any, __: Any, source: str, script: Script, limits: TimeLimits) -> ScriptOutcomes:
        """Judge as a referee does."""
        assert (source, script.style, script.code) == ("", ScriptStyle.CHECKER, ("checker",))
        assert [each[:2] for each in script.exchanges] == [("in", "out")] * len(script.tests)
        self.pieces.append(script.tests)
        self.limits.append(limits.submission_seconds)
        found = ScriptOutcomes(script)
        for test, (_, _, printed) in zip(script.tests, script.exchanges, strict=True):
            if printed == "x":
                found.stopped(Kind.CRASHED, "stopped")
                found.is_cut = self._is_cut
                return found
            found._outcomes[test] = Outcome(test, P if printed.startswith("+") else W)
        found.seconds = self._seconds
        return found


def _checked(monkeypatch: pytest.MonkeyPatch, checker: Checker, printed: Sequence[str]) -> dict[str, Kind]:
    monkeypatch.setattr(grading, "judge_script", checker.judge)
    grader = Grader(TestsOptions(test_seconds=2.0, submission_seconds=5.0))
    pairs = [(exchange("out", str(number), "in"), each) for number, each in enumerate(printed)]
    decided = grader._checker_outcomes(Problem(checker="checker"), pairs)
    assert decided.keys() == {str(number) for number in range(len(printed))}
    return {test: outcome.kind for test, outcome in decided.items()}


def test_a_checker_decides_on_each_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """One referee for all; one that it stops fails the text, and another referee goes on."""
    checker = Checker()
    assert list(_checked(monkeypatch, checker, "+-+").values()) == [P, W, P]
    assert (checker.pieces, checker.limits) == ([("0", "1", "2")], [5.0])
    checker = Checker()
    assert list(_checked(monkeypatch, checker, "+x+x").values()) == [P, Kind.CRASHED, P, Kind.CRASHED]
    assert checker.pieces == [("0", "1", "2", "3"), ("2", "3")]
    assert checker.limits == [5.0, 3.0]  # one that stops has used the time of a test
    checker = Checker()
    assert list(_checked(monkeypatch, checker, "xxxx").values()) == [Kind.CRASHED] * 3 + [Kind.TIME]


def test_a_checker_has_its_time_for_all_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that a message cannot hold go to further referees, as long as there is time and no deadline cuts it."""
    monkeypatch.setattr(grading, "_PIECE_BYTES", 2 * (len("in" + "out" + "+") * 4 // 3))
    checker = Checker()
    assert list(_checked(monkeypatch, checker, "+++++").values()) == [P] * 5
    assert (checker.pieces, checker.limits) == ([("0", "1"), ("2", "3"), ("4",)], [5.0, 4.0, 3.0])
    assert list(_checked(monkeypatch, Checker(seconds=5.0), "++++").values()) == [P, P, Kind.TIME, Kind.TIME]
    assert list(_checked(monkeypatch, Checker(is_cut=True), "+x++").values()) == [P, Kind.CRASHED, Kind.TIME, Kind.TIME]
    checker = Checker()
    _checked(monkeypatch, checker, ["+" * 99, "+", "+"])
    assert checker.pieces == [("0",), ("1", "2")]


class FakeSandbox:
    """A sandbox that starts nothing, and is asked how often it was closed."""

    def __init__(self) -> None:
        self.lock = contextlib.nullcontext()
        self.until, self.closed, self.started = -1.0, 0, 0

    def start(self) -> None:
        """Note it."""
        self.started += 1

    def close(self) -> None:
        """Note it."""
        self.closed += 1


def _grader(monkeypatch: pytest.MonkeyPatch, *answers: Any, script: str = "", **options: Any) -> tuple[Grader, Any]:
    """Return a grader whose submissions give these answers, and whose referee reports these ends of tests."""
    grader = Grader(TestsOptions(**options))
    grader._sandbox = FakeSandbox()  # type: ignore[assignment]  # asked for what it has
    submissions: list[Answers] = []

    def submission(*_: Any) -> Answers:
        submissions.append(Answers(*answers))
        return submissions[-1]

    def judge(_: Any, __: Any, ___: str, given: Script, ____: Any) -> ScriptOutcomes:
        found = ScriptOutcomes(given)
        for test, end in zip(given.tests, script, strict=False):
            found._outcomes[test] = Outcome(test, P if end == "+" else W)
        found.layers, found.asked, found.is_cut = {"seccomp": "on"}, ("C",) * given.own_operators, "!" in script
        found.compiled = "?" not in script
        return found

    monkeypatch.setattr(grading, "Submission", submission)
    monkeypatch.setattr(grading, "judge_script", judge)
    return grader, submissions


CALL = Call(test="call", entry="f", expected=1)
SCRIPT = Script(style=ScriptStyle.ASSERTS, tests=("a", "b"))


def test_calls_and_scripts_are_one_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    """All must pass; the layers are those that the first process told."""
    problem = Problem(calls=(CALL,), script=SCRIPT)
    for answer, script, kinds in (
        (1, "++", [P, P, P]),
        (2, "++", [W, P, P]),
        (1, "+-", [P, P, W]),
        (1, "+", [P, P, E]),
    ):
        grader, submissions = _grader(monkeypatch, answer, script=script)
        graded = grader.grade("source", problem)
        assert [each.kind for each in graded.outcomes] == kinds
        assert graded.all_passed is (kinds == [P, P, P])
        assert (graded.layers, graded.operators_asked, graded.is_cut) == ({"rlimits": "on"}, ("C",), False)
        assert submissions[0].steps[-1] == "finish"
    grader, _ = _grader(monkeypatch, script="++", own_operators=False)
    graded = grader.grade("source", Problem(script=SCRIPT))
    assert (graded.layers, graded.operators_asked, graded.compiled) == ({"seccomp": "on"}, (), True)
    grader, _ = _grader(monkeypatch, script="+?")
    assert not grader.grade("source", Problem(script=SCRIPT)).compiled


def test_a_submission_that_does_not_compile_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its other tests fail as the first has."""
    grader, submissions = _grader(monkeypatch, FailedTestError(Kind.SYNTAX, "bad"), script="++")
    original = judge_calls

    def judge(asked: Any, *given: Any, **more: Any) -> Iterator[Outcome]:
        asked.compiled = False
        return original(asked, *given, **more)

    monkeypatch.setattr(grading, "judge_calls", judge)
    graded = grader.grade("source", Problem(calls=(CALL,), script=SCRIPT))

    assert [(each.test, each.kind, each.detail) for each in graded.outcomes] == [
        (test, Kind.SYNTAX, "bad") for test in ("call", "a", "b")
    ]
    assert (graded.compiled, graded.all_passed, len(submissions)) == (False, False, 1)


def test_a_source_has_an_exact_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer is not run."""
    monkeypatch.setattr(grading, "SOURCE_LIMIT_CHARACTERS", 10)
    grader, submissions = _grader(monkeypatch, 1)
    assert grader.grade("x" * 10, Problem(calls=(CALL,))).all_passed
    graded = grader.grade("x" * 11, Problem(calls=(CALL,), script=SCRIPT))

    assert [each.kind for each in graded.outcomes] == [Kind.SYNTAX] * 3
    assert (graded.compiled, graded.all_passed, graded.layers, len(submissions)) == (False, False, {}, 1)
    assert not graded.is_cut
    assert "11 characters" in graded.outcomes[0].detail
    for tests in (Problem(calls=(CALL,)), {"asserts": ["assert f() == 1"]}):
        assert [each.kind for each in grade("x" * 11, tests).outcomes] == [Kind.SYNTAX]


def test_what_is_alike_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a problem that was read from a reference; the oldest are forgotten, and one that was cut runs again."""
    monkeypatch.setattr(grading, "_REMEMBERED", 2)
    monkeypatch.setattr(grading, "_REMEMBERED_PROBLEMS", 2)
    grader, submissions = _grader(monkeypatch, 1)
    problem = grader.problem({"asserts": ["assert f() == 1"]})
    for source, count in (("a", 1), ("a", 1), ("b", 2), ("a", 2), ("c", 3), ("a", 4), ("c", 4), ("b", 5)):
        assert grader.grade(source, problem).all_passed
        assert (len(submissions), source) == (count, source)
    for _ in range(2):
        grader.grade("a", Problem(calls=(CALL,)))  # no reference: no key
    assert len(submissions) == 7
    assert problem is grader.problem({"asserts": ["assert f() == 1"]})
    assert submissions[0].requests is problem.requests
    grader.problem({"asserts": ["assert g() == 1"]})
    assert problem is grader.problem({"asserts": ["assert f() == 1"]})
    grader.problem({"asserts": ["assert g() == 2"]})
    assert problem is not grader.problem({"asserts": ["assert f() == 1"]})

    grader, submissions = _grader(monkeypatch, script="++!")
    problem = grader.problem({"asserts": ["assert abs(f()) == 1", "assert abs(f()) == 2"]})
    assert grader.grade("a", problem).is_cut
    assert not grader._remembered


def test_time_before_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share counts from the start of the submission; without one there is no end."""
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    grader, _ = _grader(monkeypatch, 1)
    sandbox: Any = grader._sandbox
    grader.grade("a", Problem(calls=(CALL,)))
    assert sandbox.until == float("inf")
    grader.grade("b", Problem(calls=(CALL,)), 7.0)
    assert (sandbox.until, sandbox.started, sandbox.closed) == (107.0, 2, 0)


def test_an_error_of_the_sandbox_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was under way must not answer to the next submission."""
    grader, _ = _grader(monkeypatch, SandboxError("broken"))
    sandbox: Any = grader._sandbox
    with pytest.raises(SandboxError):
        grader.grade("a", Problem(calls=(CALL,)))
    assert sandbox.closed == 1


def test_programs_keep_what_they_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """And others do not."""
    kept: list[bool] = []
    monkeypatch.setattr(grading, "Owned", lambda _, *, keep_output=False: kept.append(keep_output))
    grader, _ = _grader(monkeypatch, b"3", script="+")
    assert grader.grade("a", Problem(exchanges=(exchange("3"),))).all_passed
    assert not grader.grade("a", Problem(exchanges=(exchange("4"),))).all_passed
    assert grader.grade("a", Problem(exchanges=(exchange("4"),), checker="c")).all_passed  # the referee says so
    _grader(monkeypatch, 1)[0].grade("a", Problem(calls=(CALL,)))
    assert kept == [True, True, True, False, False]


def test_free_tests_are_those_that_an_empty_submission_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row whose tests are all free is a bad row, if shares are paid."""
    grader, submissions = _grader(monkeypatch, None, None)
    problem = Problem(calls=(msgspec.structs.replace(CALL, expected=None, test="free"), CALL))
    assert grader.free_tests(problem) == {"free"}
    assert len(submissions) == 1


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "nothing"),
        ({"seccomp": "on"}, ""),
        ({"seccomp": "off: no"}, "'seccomp' is not on: off: no"),
        ({"rlimits": "on"}, "there is no such layer; layers are rlimits"),
    ],
)
def test_required_layers_must_be_on(monkeypatch: pytest.MonkeyPatch, found: dict[str, str], said: str) -> None:
    """Else a suite does not load; without any, nothing is tried."""
    monkeypatch.setattr(probing, "probe", lambda: found)
    if said == "nothing":
        monkeypatch.setattr(probing, "probe", None)
        Grader()
        return
    if not said:
        Grader(TestsOptions(required_layers=("seccomp",)))
        return
    with pytest.raises(SandboxError, match=said):
        Grader(TestsOptions(required_layers=("seccomp",)))


def test_a_library_must_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a suite does not load."""
    imported: list[Library] = []
    monkeypatch.setattr(importlib, "import_module", imported.append)
    Grader(TestsOptions(libraries=("numpy",)))
    assert imported == ["numpy"]

    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SandboxError, match="'numpy', which cannot be imported"):
        Grader(TestsOptions(libraries=("numpy",)))


def test_the_settings_of_the_sandbox() -> None:
    """By the options; the kernel's limit of CPU time comes after ours, which a loaded machine may exceed."""
    options = TestsOptions(submission_seconds=10, memory_mb=256, output_kb=3, modules=("math",), language_layer=False)
    settings = grading.settings_of(options)

    assert (settings.memory_bytes, settings.output_bytes, settings.cpu_seconds) == (256 << 20, 3 << 10, 16)
    assert (settings.modules, settings.restricted, settings.libraries) == (("math",), False, ())
    assert grading.sandbox_of(settings) is grading.sandbox_of(settings)
    assert grading.sandbox_of(settings).settings is settings


def test_the_limits_have_these_values() -> None:
    """A change of one changes what a submission may be, or how much a worker keeps."""
    assert (grading._REMEMBERED, grading._REMEMBERED_PROBLEMS) == (1_024, 256)
    assert (grading.SOURCE_LIMIT_CHARACTERS, BUDGET_SECONDS) == (1_000_000, 120.0)
    assert 2 * grading._PIECE_BYTES == FRAME_LIMIT_BYTES


@pytest.mark.parametrize(
    ("outcome", "reason_class", "metrics"),
    [
        (P, "correct", {"tests_passed": 1.0, "all_passed": 1.0, "timeouts": 0.0, "forbidden": 0.0}),
        (W, "incorrect", {"tests_passed": 0.0, "all_passed": 0.0, "timeouts": 0.0, "forbidden": 0.0}),
        (E, "error_in_submission", {"timeouts": 0.0}),
        (Kind.CRASHED, "error_in_submission", {}),
        (Kind.EXITED, "error_in_submission", {}),
        (Kind.MISSING, "missing_function", {}),
        (Kind.TIME, "over_limit", {"timeouts": 1.0}),
        (Kind.MEMORY, "over_limit", {"timeouts": 0.0}),
        (Kind.OUTPUT, "over_limit", {}),
        (Kind.FORBIDDEN, "forbidden", {"forbidden": 1.0}),
        (Kind.SYNTAX, "syntax", {}),
        (U, "unreadable_answer", {}),
        (Kind.PROTOCOL, "unreadable_answer", {}),
    ],
)
def test_the_score_names_the_kind_of_failure(
    monkeypatch: pytest.MonkeyPatch, outcome: Kind, reason_class: str, metrics: dict[str, Token]
) -> None:
    """In its class, its reason and its metrics."""
    grader, _ = _grader(monkeypatch, 1 if outcome is P else FailedTestError(outcome, "the detail"))
    problem = Problem(calls=(CALL,))
    monkeypatch.setattr(Grader, "problem", lambda *_: problem)
    graded = grader.grade("a", problem)
    monkeypatch.setattr(Grader, "grade", lambda *_: graded)
    score = scored(scorer, a_record("def f(): ...", {"asserts": ["assert f() == 1"]}))

    assert (score.value, score.reason_class) == (float(outcome is P), reason_class)
    assert metrics.items() <= score.metrics.items()
    assert score.metrics["code_found"] == score.metrics["compiled"] == 1.0
    assert ("the detail" in score.reason) is (outcome is not P)
    assert ("first_failure" in score.evidence) is (outcome is not P)


def test_what_a_score_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests, or a share of those that are not free; a row without code, and rows that are at fault."""
    calls = tuple(Call(test=str(each), entry="f", arguments=(each,), expected=each) for each in (1, 2, None))
    problem = Problem(calls=calls)
    grader, _ = _grader(monkeypatch, 1, 3, None)
    graded = msgspec.structs.replace(grader.grade("a", problem), operators_asked=("C",))
    monkeypatch.setattr(Grader, "problem", lambda *_: problem)
    monkeypatch.setattr(Grader, "grade", lambda *_: graded)
    record = a_record("```python\ndef f(x): ...\n```", {"asserts": ["assert f() == 1"]})

    score = scored(scorer, record)
    assert score.value == 0.0
    assert score.metrics["tests_passed"] == pytest.approx(2 / 3)
    assert score.evidence["operators_asked"] == ("C",)
    monkeypatch.setattr(Grader, "free_tests", lambda *_: frozenset({"None"}))
    assert scored(scorer, record, TestsOptions(partial=True)).value == 0.5
    monkeypatch.setattr(Grader, "free_tests", lambda *_: frozenset({"1", "2", "None"}))
    score = scored(scorer, record, TestsOptions(partial=True))
    assert (score.verdict, score.reason_class) == (Verdict.INVALID_TASK, "free_tests")
    score = scored(scorer, a_record("no code here", {"asserts": ["assert f() == 1"]}))
    assert (score.value, score.reason_class, set(score.metrics.values())) == (0.0, "no_answer", {0.0})


def test_a_row_without_tests_is_at_fault() -> None:
    """Whatever the completion is; a reference is no answer of its own."""
    score = scored(scorer, a_record("def f(): ...", {"asserts": []}))

    assert (score.verdict, score.reason_class, score.value) == (Verdict.INVALID_TASK, "unreadable_tests", None)
    assert scorer.reference_is_answer is False
