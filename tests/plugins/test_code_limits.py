"""What a submission makes others compute or keep is limited, and charged to it."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

import pytest

from rlvr_code import Grader, TestsOptions
from rlvr_code.inside.child import rehearse as rehearse_submission
from rlvr_code.inside.language.layer import Language
from rlvr_code.referee.rehearsal import rehearse
from rlvr_code.trusted import clock, referee_client, supervisor
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.trusted.supervisor import MemoryLimits, memory_limits
from rlvr_code.wire.outcome import Kind
from rlvr_code.wire.values import MalformedError, UnserialisableError, decode, encode

QUICK = TestsOptions(test_seconds=0.5, submission_seconds=1.0, memory_mb=256)
GRADER = Grader(QUICK)


def _kinds(source: str, tests: dict[str, Any], grader: Grader = GRADER) -> list[Kind]:
    return [outcome.kind for outcome in grader.grade(source, grader.problem(tests)).outcomes]


def test_the_rehearsal_of_a_submission_answers() -> None:
    """To each request but the ring: else its code would not be the code that submissions run."""
    stdout, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # where it rings
    try:
        assert rehearse_submission(Language()) == ["value"] * 5
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(nothing)
        sys.modules.pop("submission", None)


def test_the_rehearsal_of_a_referee_passes() -> None:
    """In every style of test code: else its code would not be the code that referees run."""
    assert set(rehearse()) == {Kind.PASSED}


@pytest.mark.parametrize(
    ("source", "statement"),
    [
        ("def f(n):\n    while True: yield 'x' * 4_000_000 + '😀'", "list(f(3)) == []"),
        ("def f(n):\n    return n(b'x', 1_500_000_000) and 1", "f(operator.mul) == 1"),
        ("def f(n):\n    return ['x' * 1_000_000] * 12", "len(str([f(n) for n in range(60)])) == 1"),
    ],
)
def test_a_referee_without_memory_fails_the_test(source: str, statement: str) -> None:
    """The scorer goes on, and so does the next submission."""
    tests = {"setup": "import operator", "asserts": [f"assert {statement}"]}

    assert _kinds(source, tests) in ([Kind.MEMORY], [Kind.TIME])
    assert _kinds("def f(n):\n    return 1\n", {"asserts": ["assert abs(f(1)) == 1"]}) == [Kind.PASSED]


def test_a_callback_that_never_ends_is_the_submissions() -> None:
    """No code of Python can end the power of a long number."""
    tests = {"setup": "import operator", "asserts": ["assert f(operator.pow) == 1"]}

    assert _kinds("def f(power):\n    return power(7, 10 ** 9)\n", tests) == [Kind.TIME]


CHECKER = (
    "import re\ndef check(stdin, expected, printed):\n    return re.fullmatch('(a+)+', printed.strip()) is not None\n"
)


def test_a_checker_that_a_program_makes_slow_fails_that_test_only() -> None:
    """Another referee looks at the other texts."""
    cases = [{"stdin": str(number), "stdout": ""} for number in range(4)]
    program = "n = int(input())\nprint('a' * 40 + 'b' if n == 1 else 'a')\n"

    assert _kinds(program, {"cases": cases, "checker": CHECKER}) == [Kind.PASSED, Kind.TIME, Kind.PASSED, Kind.PASSED]


def test_a_checker_has_as_much_time_as_the_program_in_all() -> None:
    """A program that makes it slow each time cannot keep the scorer busy."""
    cases = [{"stdin": str(number), "stdout": ""} for number in range(20)]

    assert set(_kinds("print('a' * 40 + 'b' + input())\n", {"cases": cases, "checker": CHECKER})) == {Kind.TIME}


@pytest.mark.parametrize(
    "tokens",
    [
        ["[300000", *["{0"] * 300_000],
        ["[300000", *["[0"] * 300_000],
        ["[300000", *[":0"] * 300_000],
        ["[60000", *["TCounter 1", ":0"] * 60_000],
        ["[60000", *["Tdeque 2", "[0", None] * 60_000],
    ],
    ids=lambda tokens: tokens[1],
)
def test_values_that_cost_the_reader_much_are_refused_by_count(tokens: list[Any]) -> None:
    """By both sides: whatever an encoder writes, or a submission forges."""
    with pytest.raises(MalformedError, match="hold others"):
        decode(tokens)


def test_honest_values_are_far_below_the_count() -> None:
    """A list of 200,000 pairs travels; one of 300,000 does not."""
    assert len(decode(encode([(1, 2)] * 200_000))) == 200_000
    with pytest.raises(UnserialisableError, match="hold others"):
        encode([(1, 2)] * 300_000)


class _NoProcesses:
    def process(self) -> Any:
        raise NotImplementedError

    def end(self, process: Any) -> Any:
        raise NotImplementedError

    def drop(self, process: Any) -> None:
        raise NotImplementedError


def test_the_work_on_answers_is_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of this thread, to this test and to the submission."""
    now = iter([1.0, 1.25, 7.0, 7.5])
    monkeypatch.setattr("rlvr_code.trusted.submission.time.thread_time", lambda: next(now))
    submission = Submission("", _NoProcesses(), TimeLimits(1.0, 2.0))

    assert submission.decode(["[1", 5]) == [5]
    assert (submission.used_seconds(), submission.left_seconds()) == (0.25, 0.75)
    submission.start_test()
    with submission.charged():
        pass
    assert (submission.used_seconds(), submission.left_seconds()) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("share", "wanted", "limits"),
    [
        (None, 1_024, (1_024, 1_024)),
        (336, 1_024, (224, 112)),
        (10_000, 1_024, (1_024, 1_024)),
        (900, 256, (256, 256)),
        (30, 1_024, (48, 48)),
    ],
)
def test_the_share_of_a_worker_is_divided(
    monkeypatch: pytest.MonkeyPatch, share: float | None, wanted: int, limits: tuple[int, int]
) -> None:
    """Two thirds for the submission, one for the referee; never more than the option, nor less than a process needs."""
    monkeypatch.setattr(supervisor, "memory_share_mb", lambda: share)

    assert memory_limits(wanted << 20) == MemoryLimits(*(limit << 20 for limit in limits))


def test_the_processes_have_these_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker with a small share may not, its submissions and referees may not either."""
    monkeypatch.setattr(supervisor, "memory_share_mb", lambda: 150.0)
    grader = Grader(TestsOptions(test_seconds=5.0, output_kb=333))  # settings of its own, so a sandbox, too
    kinds = [
        _kinds(
            "def f():\n    return len(bytearray(120_000_000))\n", {"asserts": ["assert f() == 120_000_000"]}, grader
        ),
        _kinds(
            "def f(n):\n    return n(b'x', 60_000_000) and 1\n",
            {"setup": "import operator", "asserts": ["assert f(operator.mul) == 1"]},
            grader,
        ),
        _kinds("def f():\n    return len(bytearray(40_000_000))\n", {"asserts": ["assert f() == 40_000_000"]}, grader),
    ]
    grader._sandbox.close()

    assert kinds == [[Kind.MEMORY], [Kind.MEMORY], [Kind.PASSED]]


@pytest.mark.parametrize(
    "tests",
    [
        {"asserts": ["assert f() == 1", "assert f() == 1"]},
        {"asserts": ["assert abs(f()) == 1", "assert abs(f()) == 1"]},
        {"cases": [{"stdin": "", "stdout": "1"}]},
        {"cases": [{"stdin": "", "stdout": "1"}], "checker": "def check(i, e, p):\n    return p.strip() == e\n"},
    ],
)
def test_a_submission_is_cut_when_its_share_is_used_up(tests: dict[str, Any]) -> None:
    """The grade is not remembered: with more time the same submission passes."""
    grader = Grader(TestsOptions(test_seconds=30.0, submission_seconds=31.0))
    source = "import time\ndef f():\n    return 1\ntime.sleep(1.0)\nif __name__ == '__main__':\n    print(1)\n"
    problem = grader.problem(tests)
    cut = grader.grade(source, problem, 0.3)

    assert cut.is_cut
    assert {outcome.kind for outcome in cut.outcomes} == {Kind.TIME}
    whole = grader.grade(source, problem, math.inf)
    assert (whole.all_passed, whole.is_cut) == (True, False)


@pytest.mark.parametrize("hangs", [3, 77])
@pytest.mark.parametrize("size", [1, 3_000])
def test_no_answer_is_lost_when_a_call_hangs_among_many(size: int, hangs: int) -> None:
    """Requests are sent together, in one or in several messages; the tests before and after the hang keep theirs."""
    cases = [{"args": [number, "x" * size], "expected": number} for number in range(200)]
    source = f"def f(n, _):\n    while n == {hangs}: pass\n    return n\n"
    kinds = _kinds(source, {"entry_point": "f", "cases": cases})

    assert [number for number, kind in enumerate(kinds) if kind is not Kind.PASSED] == [hangs]
    assert kinds[hangs] is Kind.TIME


@pytest.mark.parametrize(
    "way", ["import os\n    os._exit(0)", "raise SystemExit", "import os\n    os.abort()", "import os\n    os.close(1)"]
)
def test_no_answer_is_lost_when_a_process_ends_among_many(way: str) -> None:
    """Closing stdout, on which it would ring, ends nothing."""
    grader = Grader(TestsOptions(language_layer=False, test_seconds=5.0, submission_seconds=6.25))
    cases = [{"args": [number], "expected": number} for number in range(20)]
    source = f"def go():\n    {way}\ndef f(n):\n    if n == 7: go()\n    return n\n"
    kinds = _kinds(source, {"entry_point": "f", "cases": cases}, grader)

    assert [number for number, kind in enumerate(kinds) if kind is not Kind.PASSED] == ([] if "close" in way else [7])


def test_a_flood_on_stdout_hides_no_answer() -> None:
    """The trusted side is woken by what is printed, too."""
    cases = [{"args": [number], "expected": number} for number in range(20)]

    assert set(_kinds("def f(n):\n    print('x' * 10_000)\n    return n\n", {"entry_point": "f", "cases": cases})) == {
        Kind.PASSED
    }


def test_a_flood_that_exceeds_the_limit_costs_its_own_test() -> None:
    """The answers before it have been given."""
    cases = [{"args": [number], "expected": number} for number in range(20)]
    source = "def f(n):\n    while n == 7: print('x' * 10_000)\n    return n\n"
    kinds = _kinds(source, {"entry_point": "f", "cases": cases})

    assert [(number, kind) for number, kind in enumerate(kinds) if kind is not Kind.PASSED] == [(7, Kind.OUTPUT)]


@pytest.mark.parametrize("forged", ["broken", "ready", "callback", "ring"])
def test_a_submission_cannot_greet_in_place_of_its_process(forged: str) -> None:
    """What it writes while it loads comes after the greeting: it is no failure of the scorer, and no answer."""
    grader = Grader(TestsOptions(language_layer=False))
    frame = f'["{forged}",0,"{{}}"]'
    source = f"import os\nos.write(3, len({frame!r}).to_bytes(4, 'big') + {frame!r}.encode())\ndef f():\n    return 1\n"

    assert _kinds(source, {"asserts": ["assert f() == 1"]}, grader) == [Kind.PROTOCOL]


def test_a_process_that_waited_for_a_core_may_use_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it waited, and at most two fifths more."""
    used, queued = 0.0, 0.0
    monkeypatch.setattr(clock, "cpu_seconds", lambda _: used)
    monkeypatch.setattr(clock, "queued_seconds", lambda _: queued)
    monkeypatch.setattr("rlvr_code.trusted.clock.time.monotonic", lambda: 100.0 + used)
    budget = clock.Budget(1, 3.0)
    used = 2.9
    assert budget.left_seconds() == pytest.approx(0.1)
    used = 3.1
    assert (budget.left_seconds(), budget.problem) == (0.0, "used more than 3 s of CPU time")
    queued = 0.3
    assert budget.left_seconds() == pytest.approx(0.2)
    queued = 50.0
    assert budget.left_seconds() == pytest.approx(3.1 * 2 / 7 - 0.1)
    used = 4.1
    assert budget.left_seconds() > 0
    used = 4.3
    assert budget.left_seconds() == 0.0
    assert clock.disturbed_seconds(1, 3.5) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "tests",
    [
        {"asserts": ["import threading\nthreading.Event().wait(f())\nassert f() == 3"]},
        {
            "cases": [{"stdin": "", "stdout": "3"}],
            "checker": "import time\ndef check(a, b, c):\n    time.sleep(float(c))",
        },
    ],
    ids=["asserts", "checker"],
)
def test_tests_wait_no_longer_than_they_may_compute(tests: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a submission makes them wait for has the limit of their CPU time."""
    monkeypatch.setattr(referee_client, "REFEREE_SECONDS", 0.2)
    grader = Grader(TestsOptions(test_seconds=0.1, submission_seconds=0.2))
    source = "def f(): return 60\nif __name__ == '__main__':\n    print(60)\n"
    start = time.monotonic()
    assert _kinds(source, tests, grader) == [Kind.TIME]
    assert time.monotonic() - start < 30


def test_a_submission_that_computes_is_no_idle_time_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time in which others work for a process, or wait for a core, is none in which it waits."""
    served = 0.0
    monkeypatch.setattr(clock, "queued_seconds", lambda _: 0.0)
    budget = clock.Budget(os.getpid(), 1e9, 0.01, lambda: served)
    time.sleep(0.02)
    assert (budget.left_seconds(), budget.waited) == (0.0, True)
    served = 60.0
    assert budget.left_seconds() > 0
