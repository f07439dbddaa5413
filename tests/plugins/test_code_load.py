"""A busy machine gives the same verdicts: limits are CPU time, and no honest submission hangs."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from rlvr_code import Grade, Grader, TestsOptions
from rlvr_code.wire.outcome import Kind

ADD = {"asserts": ["assert add(1, 2) == 3", "assert abs(add(0.1, 0.2) - 0.3) < 1e-9"]}
LOOP = "def add(a, b):\n    for _ in range({}): pass\n    return a + b\n"
PROGRAM = {"inputs": ["1 2\n", "5 7\n", "-1 1\n"], "outputs": ["3\n", "12\n", "0\n"]}
PRINT = "a, b = map(int, input().split())\nprint(a {} b)\n"
FILE = {"module": "m", "code": "from m import add\ndef test_add():\n    assert add(1, 2) == 3\n"}

SUBMISSIONS = [
    *((f"# {number}\ndef add(a, b): return a + b\n", tests) for number in range(8) for tests in (ADD, FILE)),
    *((f"# {number}\n" + PRINT.format("+"), PROGRAM) for number in range(12)),
    (PRINT.format("-"), PROGRAM),
    ("def add(a, b): return a - b\n", ADD),
    (LOOP.format(10_000_000), ADD),  # some 0.2 s in each test
    ("import time\ndef add(a, b):\n    time.sleep(0.3)\n    return a + b\n", ADD),
    ("def add(a, b):\n    while True: pass\n", ADD),
    ("import time\ntime.sleep(100)\n", PROGRAM),
]


@pytest.fixture
def _busy() -> Iterator[None]:
    """Keep four other processes busy."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True) for _ in range(4)]
    yield
    for each in loops:
        each.kill()
        each.wait()


def _kinds(grades: list[Grade]) -> list[list[Kind]]:
    return [[outcome.kind for outcome in each.outcomes] for each in grades]


def _graded() -> list[Grade]:
    grader = Grader(TestsOptions(test_seconds=1.0, submission_seconds=2.0))
    return [grader.grade(source, grader.problem(tests)) for source, tests in SUBMISSIONS]


WANTED = [
    *([Kind.PASSED] * len(tests["asserts"]) if "asserts" in tests else [Kind.PASSED] for _ in range(8) for tests in (ADD, FILE)),
    *([Kind.PASSED] * 3 for _ in range(12)),
    [Kind.WRONG] * 3, [Kind.WRONG] * 2, [Kind.PASSED] * 2, [Kind.PASSED] * 2, [Kind.TIME] * 2, [Kind.TIME] * 3,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("_busy")
def test_a_busy_machine_gives_the_same_verdicts() -> None:
    """With four processes beside: what ends in its CPU time passes, what does not fails, and nothing else fails."""
    kinds = _kinds(_graded())

    assert kinds == WANTED
    assert Counter(kind for each in kinds for kind in each)[Kind.TIME] == 5
