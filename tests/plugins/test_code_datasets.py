"""Rows of public data sets are read as they are published."""

import base64
import json
import pickle
import zlib
from typing import Any

import pytest

from rlvr_code import Grader
from rlvr_code.problems import datasets
from rlvr_code.problems.fields import ProblemError
from rlvr_code.problems.reading import problem_of

GRADER = Grader()
ADD = "def add(a, b):\n    return a + b\n"
SOLUTION = "class Solution:\n    def add(self, a, b):\n        return a + b\n"
PROGRAM = "a, b = map(int, input().split())\nprint(a + b)\n"
PYTEST = "import pytest\nfrom adder import add\n\ndef test_add():\n    assert add(1, 2) == 3\n\ndef test_more():\n    assert add(5, 7) == 12\n"
UNITTEST = "import unittest\n\nclass TestCases(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
BODY = "    return a + b\n"
PROMPT = "import math\ndef add(a, b):\n"


def _cases(kind: str) -> list[dict[str, str]]:
    texts = [("1 2\n", "3\n"), ("5 7\n", "12\n")] if kind == "stdin" else [("1\n2", "3"), ("5\n7", "12")]
    return [{"input": given, "output": wanted, "testtype": kind} for given, wanted in texts]


def _packed(value: Any, protocol: int = 4) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value, protocol=protocol))).decode()


def _live(kind: str, private: str | None = None) -> dict[str, Any]:
    cases = _cases(kind)
    return {
        "question_content": "Add two numbers.",
        "public_test_cases": json.dumps(cases[:1]),
        "private_test_cases": _packed(json.dumps(cases[1:])) if private is None else private,
        "metadata": json.dumps({"func_name": "add"} if kind == "functional" else {}),
    }


APPS_CALLS = {"fn_name": "add", "inputs": [[1, 2], [5, 7]], "outputs": [[3], [12]]}
STDIO = {"inputs": ["1 2\n", "5 7\n"], "outputs": ["3\n", "12\n"]}
CONTESTS = {
    "public_tests": {"input": ["1 2\n"], "output": ["3\n"]},
    "private_tests": {"input": ["5 7\n"], "output": ["12\n"]},
    "generated_tests": {"input": [], "output": []},
}
ROWS: dict[str, tuple[str, Any, int]] = {
    "LiveCodeBench, stdin": (PROGRAM, _live("stdin"), 2),
    "LiveCodeBench, functional": (SOLUTION, _live("functional"), 2),
    "LiveCodeBench, lists": (PROGRAM, {"public_test_cases": _cases("stdin"), "private_test_cases": None}, 2),
    "LiveCodeBench, JSON": (PROGRAM, _live("stdin", json.dumps(_cases("stdin"))), 3),
    "APPS, program": (PROGRAM, {"question": "Add.", "input_output": json.dumps(STDIO)}, 2),
    "APPS, calls": (ADD, {"input_output": json.dumps(APPS_CALLS)}, 2),
    "APPS, plain outputs": (ADD, {"input_output": {**APPS_CALLS, "outputs": [3, 12]}}, 2),
    "TACO, method": (SOLUTION, {"input_output": json.dumps(APPS_CALLS), "starter_code": "class Solution: ..."}, 2),
    "CodeContests": (PROGRAM, CONTESTS, 2),
    "CodeContests, public only": (PROGRAM, {"public_tests": CONTESTS["public_tests"], "private_tests": None}, 1),
    "BigCodeBench": (PROMPT + BODY, {"test": UNITTEST, "entry_point": "add", "code_prompt": PROMPT}, 1),
    "BigCodeBench, continued": (BODY, {"test": UNITTEST, "entry_point": "add", "complete_prompt": PROMPT}, 1),
    "BigCodeBench, instruct": (ADD, {"test": UNITTEST, "entry_point": "add", "instruct_prompt": "Write add."}, 1),
    "prime_code, program": (PROGRAM, STDIO, 2),
    "prime_code, text": (PROGRAM, json.dumps(STDIO), 2),
    "prime_code, calls": (ADD, json.dumps({**APPS_CALLS, "outputs": [3, 12]}), 2),
    "prime_code, lines": (ADD, json.dumps({"fn_name": "add", "inputs": ["1\n2"], "outputs": ["3"]}), 1),
    "KodCode": (ADD, {"test": PYTEST, "solution": ADD, "test_info": [{"function_name": "add"}]}, 2),
    "pytest file": (ADD, {"tests": PYTEST}, 2),
    "pytest text": (ADD, PYTEST, 2),
    "pytest, module import": (ADD, {"tests": "import adder\ndef test():\n    assert adder.add(1, 2) == 3\n"}, 1),
    "pytest, with code": (ADD, {"tests": PYTEST, "code": ADD}, 2),
}


@pytest.mark.each(("source", "row", "count"), ROWS.values(), ids=ROWS)
def test_a_right_answer_passes_and_a_wrong_one_does_not(source: str, row: Any, count: int) -> None:
    """Every test of the row is read."""
    problem = GRADER.problem(row)
    wrong = source.replace("a + b", "a - b")

    assert len(problem.tests) == count
    assert GRADER.grade(source, problem).all_passed, GRADER.grade(source, problem)
    assert not any(outcome.passed for outcome in GRADER.grade(wrong, problem).outcomes)


@pytest.mark.each("protocol", range(1, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.each("length", [1, 200, 70_000])
def test_packed_texts_are_read_without_unpickling(protocol: int, length: int) -> None:
    """Of every protocol and size: the operations for short, long and very long texts differ."""
    cases = [{"input": "1 2\n", "output": "3\n", "note": "é" * length}]

    assert len(problem_of({"private_test_cases": _packed(json.dumps(cases), protocol)}).tests) == 1


@pytest.mark.each(
    ("packed", "message"),
    [
        (_packed(["a", "b"]), "more than one text"),
        (_packed({"input": "1"}), "more than one text"),
        (_packed(None), "more than one text"),
        (_packed(print), "more than one text"),
        (_packed(b"[]"), "more than one text"),
        (base64.b64encode(zlib.compress(b"cos\nsystem\n(S'true'\ntR.")).decode(), "more than one text"),
        (base64.b64encode(zlib.compress(b"")).decode(), "no pickle"),
        (base64.b64encode(zlib.compress(b"\x80\x04\x8c\x02[]")).decode(), "no pickle"),
        (base64.b64encode(zlib.compress(b"\x80\x04.")).decode(), "0 texts"),
        (base64.b64encode(zlib.compress(b"\x80\x04\x8c\x02[]\x8c\x02[].")).decode(), "2 texts"),
        (base64.b64encode(zlib.compress(b"\x80\x04\x8c\x02[].")[:-6]).decode(), "incomplete"),
        (base64.b64encode(b"not compressed").decode(), "neither JSON nor base64"),
        ("not base64!", "neither JSON nor base64"),
        (_packed("no JSON"), "cannot be read as JSON"),
        (_packed("{}"), "list of objects"),
        (_packed("[1]"), "list of objects"),
    ],
)
def test_other_packed_data_is_refused(packed: str, message: str) -> None:
    """Whatever a pickle would do, it is not done."""
    with pytest.raises(ProblemError, match=message):
        problem_of({"public_test_cases": json.dumps(_cases("stdin")), "private_test_cases": packed})


@pytest.mark.each(
    ("row", "message"),
    [
        ({"public_test_cases": _cases("stdin") + _cases("functional")}, "different kinds"),
        ({"public_test_cases": _cases("functional")}, "func_name"),
        ({"public_test_cases": _cases("functional"), "metadata": "{"}, "metadata"),
        ({"public_test_cases": _cases("functional"), "metadata": "[]"}, "func_name"),
        ({"public_test_cases": {"input": "1"}}, "list of objects"),
        ({"public_test_cases": "[]", "private_test_cases": "[]"}, "empty"),
        ({"input_output": "{"}, "input_output"),
        ({"input_output": "[]"}, "input_output"),
        ({"input_output": "{}"}, "absent|no tests"),
        ({"input_output": {"inputs": ["1"], "outputs": []}}, "empty"),
        ({"public_tests": {"input": ["1"], "output": []}}, "empty"),
        ({"public_tests": {"input": ["1"], "output": ["1", "2"]}}, "as many"),
        ({"public_tests": {"input": "1", "output": ["1"]}}, "list of texts"),
        ({"public_tests": {"input": ["1"], "output": ["1"]}, "private_tests": [1]}, "private_tests"),
        ({"tests": "def test_x(:\n"}, "tests is no Python"),
        ({"tests": "class Helper:\n    def test_x(self):\n        pass\n"}, "no test"),
    ],
)
def test_a_row_that_cannot_be_read_names_its_field(row: Any, message: str) -> None:
    """It is a bad row, not a wrong answer."""
    with pytest.raises(ProblemError, match=message):
        problem_of(row)


def test_apps_outputs_are_unwrapped_only_if_all_are_wrapped() -> None:
    """A function that returns lists of several lengths is taken as it is."""
    row = {"input_output": {"fn_name": "f", "inputs": [[1], [2]], "outputs": [[1], [1, 2]]}}

    assert [call.expected for call in problem_of(row).calls] == [[1], [1, 2]]


def test_the_limit_of_packed_cases_has_this_value() -> None:
    """The largest problem of LiveCodeBench has some 100 MB."""
    assert datasets._UNPACKED_LIMIT_BYTES == 512 << 20


def test_the_submission_is_the_module_that_provides_the_entry() -> None:
    """Other modules that tests import must be installed: the submission does not serve their names."""
    code = "import pytest\nfrom {} import close\nfrom adder import add\ndef test():\n    assert close(add(1, 2), 3)\n"
    script = problem_of({"test": code.format("msgspec"), "entry_point": "add"}).script

    assert script is not None
    assert script.module == "adder"
    for fields in ({"entry_point": "add"}, {"module": "adder"}):
        with pytest.raises(ProblemError, match="'helpers', which is not installed; the submission is 'adder'"):
            problem_of({"test": code.format("helpers"), **fields})
    with pytest.raises(ProblemError, match="adder, helpers, which are not installed; name the submission's"):
        problem_of({"code": code.format("helpers")})
    assert problem_of({"code": code.format("adder.more")}).script is not None
    assert (
        problem_of({"code": "import sys\nsys.modules['helpers'] = sys\n" + code.format("helpers")}).script is not None
    )
