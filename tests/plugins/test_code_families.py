"""Honest answers of many kinds, and attempts that use the same rules: what comes back from a call, exceptions, streams.

Each row of the table passes in plain Python, as its author ran it.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rlvr import parse_suite, score_rows
from rlvr_code import Grader, TestsOptions

CASES = Path(__file__).parent / "cases" / "code_families.jsonl"
GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}


def _row(case: Mapping[str, Any]) -> dict[str, Any]:
    turns = [{"role": "user", "content": case.get("prompt", "Write the code.")}]
    answer = {"role": "assistant", "content": case["completion"]}
    return {"id": case["name"], "messages": [*turns, answer], "reference_answer": case["reference"]}


@pytest.mark.parametrize("layer", [True, False])
@pytest.mark.timeout(240)
def test_honest_answers_are_paid(layer: bool) -> None:  # noqa: FBT001  # pytest passes it
    """Programs, calls, asserts, check functions and test modules, in answers as chat models write them."""
    scorer = {"scorer": "code.tests", "options": {"language_layer": layer}}
    suite = parse_suite(json.dumps({"tasks": {"code": {"scorers": [scorer]}}}), suffix=".json")
    rows = [_row(json.loads(line)) for line in CASES.read_text(encoding="utf-8").splitlines()]
    rows = rows if layer else rows[::3]

    rewards = score_rows(suite, rows).rewards

    lost = [
        (row["id"], reward.parts[0].score.reason)
        for row, reward in zip(rows, rewards, strict=True)
        if reward.value != 1.0
    ]
    assert lost == []


# What a submission does with an argument, and returns, so that the tests expect that.
_CHANGES = ("x.clear()", "x[:] = [0] * len(x)", "x[:] = y", "x.extend(x)")
_RETURNED = ("None", "[]", "0", "x")
_DERIVED = (
    "xs = [3, 1, 2]\nassert f(xs) == sum(xs)",
    "xs = [3, 1, 2]\nr = f(xs)\nassert r == xs",
    "xs = [3, 1, 2]\nr = f(xs)\nk = len(xs)\nassert r == k",
    "xs = [3, 1, 2]\nf(xs)\nassert all(a <= b for a, b in zip(xs, xs[1:])) and max(xs, default=3) == 3",
    "xs = [3, 1, 2]\nseen = []\nf(xs, seen.append)\nassert seen == xs",
    "xs = [3, 1, 2]\nys = [5]\nf(xs, ys)\nassert xs == ys",
    "xs = [3, 1, 2]\nf(xs)\ne = sorted(xs)\nassert xs == e",
    "xs = [3, 1, 2]\nf(xs)\nassert not xs",
    "xs = [3, 1, 2]\nf(xs)\nassert f(xs) == max(xs, default=None)",
    "a = b = [3, 1, 2]\nr = f(a)\nassert r == sum(b)",
    "for n in (3, 4):\n    xs = list(range(n))\n    r = f(xs)\n    assert r == len(xs)",
    "def total(): return sum(xs)\nxs = [3, 1, 2]\nr = f(xs)\nassert r == total()",
)
_LIES = """
class Yes:
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    def __bool__(self): return True
    def __contains__(self, o): return True
    def __sub__(self, o): return 0
class Text(str):
    def __eq__(self, o): return True
    def __contains__(self, o): return True
    def startswith(self, *a): return True
class E(Exception):
    def __init__(self, *a): super().__init__(Yes(), Text('x'))
    def __eq__(self, o): return True
    def __getattr__(self, n): return Yes()
    def __str__(self): return Text('no')
class V:
    def __init__(self, x=0): self.x, self.items = x, Yes()
    def __eq__(self, o): return True
    def __add__(self, o): return 0
    __radd__ = __sub__ = __rsub__ = __divmod__ = __add__
    def __abs__(self): return 0
    def __bool__(self): return False
    def __lt__(self, o): return True
log = [1]
def f(*a): raise E(1)
def g(x): return V(x)
def h(s, *a): s.write(Text('no')); return Text('no')
"""
_MADE = (
    "e = E(5)\nassert e.missing == 42",
    "e = E(5)\nassert str(e) == 'five'",
    "e = E(5)\nassert e.args == (5, 6)",
    "e = E(5)\nassert e == 5",
    "try:\n    f(1)\nexcept E as e:\n    assert e.code == 42\nelse:\n    assert False",
    "try:\n    assert f(1) == 42\nexcept E:\n    pass\nassert False",
    "V(1)\nassert g(1) + g(2) == 3",
    "V(1)\nassert abs((g(1) - g(2)) - 42) < 1",
    "V(1)\nassert divmod(V(7), 2) == (3, 1)",
    "assert sum([g(1), g(2)]) == 3",
    "v = V()\nv.items.append(42)\nassert v.items == [42]",
    "log.append(5)\nassert log == [5, 1]",
    "import dataclasses\nassert dataclasses.asdict(V(1)) == {'x': 1}",
    "import dataclasses\nassert dataclasses.replace(V(1), x=5).x == 5",
    "import io\ns = io.StringIO('abc')\nh(s)\nassert s.getvalue() == ''",
    "import io\ns = io.StringIO('abc')\nassert h(s) == s.read()",
)


def attempts() -> Iterator[tuple[str, str]]:
    """Yield a submission that would decide what is expected, or what equals it, and the test."""
    for change, returned, test in product(_CHANGES, _RETURNED, _DERIVED):
        yield f"def f(x, y=()):\n    {change}\n    return {returned}\n", test
    for test in _MADE:
        yield _LIES, test


@pytest.mark.parametrize("layer", GRADERS)
def test_no_rule_that_pays_them_pays_an_attempt(layer: str) -> None:
    """A change comes back only where nothing that the tests expect is calculated from what was passed."""
    grader = GRADERS[layer]

    paid = [
        (source, test)
        for source, test in attempts()
        if grader.grade(source, grader.problem({"asserts": [test]})).all_passed
    ]

    assert paid == []


@pytest.mark.parametrize("layer", GRADERS)
def test_changes_count_where_they_are_compared(layer: str) -> None:
    """A submission that changes an argument in another way than the tests expect is wrong."""
    grader = GRADERS[layer]
    tests = ["xs = [3, 1]\nf(xs)\nassert xs == [3, 1, 0]", "d = {'a': [1]}\ng(d, k=2)\nassert d == {'a': [1], 'k': 2}"]
    right = "def f(x): x.append(0)\ndef g(d, **k): d.update(k)\n"
    wrong = "def f(x): x.append(1)\ndef g(d, **k): d.clear()\n"

    assert grader.grade(right, grader.problem({"asserts": tests})).all_passed
    assert grader.grade(wrong, grader.problem({"asserts": tests})).passed == 0.0
