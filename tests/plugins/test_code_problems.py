"""The fields of references: which are read, which are refused, and which asserts become calls."""

import ast
import math
from typing import Any

import pytest

from rlvr_code.problems.fields import TEST_LIMIT, ProblemError
from rlvr_code.problems.instrument import EQUAL, instrumented, is_true_constant, with_own_operations
from rlvr_code.problems.names import bound_at_the_top, uses_other_parts
from rlvr_code.problems.problem import Problem
from rlvr_code.problems.reading import problem_of
from rlvr_code.problems.scripts import _NOTHING, _literal
from rlvr_code.wire.choices import ScriptStyle

CASE: dict[str, Any] = {"args": [1, 2], "expected": 3}
TWO = ["assert f(1) == 1", "assert f(2) == 2"]


def _cases(**changed: Any) -> dict[str, Any]:
    return {"entry_point": "f", "cases": [CASE | changed]}


def _asserts(**fields: Any) -> dict[str, Any]:
    return {"asserts": TWO, **fields}


# An assert statement, and the call that it is: entry, arguments, keywords, expected value, whether only truth counts.
CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("assert f(1) == 2", ("f", (1,), {}, 2, False)),
    ("assert 2 == f(1)", ("f", (1,), {}, 2, False)),
    ("assert f() == -1", ("f", (), {}, -1, False)),
    ("assert f(1, a=[2]) == (3,), 'message'", ("f", (1,), {"a": [2]}, (3,), False)),
    ("assert f(1)", ("f", (1,), {}, True, True)),
    ("assert not f(1)", ("f", (1,), {}, False, True)),
    ("assert f(set([1])) == tuple([1])", ("f", ({1},), {}, (1,), False)),
    ("assert f(float('inf')) == set()", ("f", (math.inf,), {}, set(), False)),
    ("assert f(list()) == frozenset((1,))", ("f", ([],), {}, frozenset({1}), False)),
]
# Asserts that are run as they are.
SCRIPTED = [
    "assert f(1) != 2",
    "assert f(1) is None",
    "assert f(1) == f(2)",
    "assert f(1) == 1 == 1",
    "assert f(g(1)) == 2",
    "assert f(x) == 2",
    "assert f(1) == x",
    "assert f(*[1]) == 2",
    "assert f(**{'a': 1}) == 2",
    "assert f(a=x) == 2",
    "assert f(list([1], [2])) == 2",
    "assert f(float('x')) == 2",
    "assert f(dict(a=1)) == 2",
    "assert f(set([x])) == 2",
    "assert len(f(1)) == 2",
    "assert sorted([1]) == f(1) or f(2)",
    "assert isinstance(f(1), int)",
    "assert Solution().f(1) == 2",
    "assert Solution(1).f(1) == 2",
    "assert Solution(a=1).f(1) == 2",
    "assert a.f(1) == 2",
    "assert f(1)(2) == 3",
    "assert f(1) and f(2)",
    "assert -f(1)",
    "x = 1; assert f(1) == 2",
    "for x in (1, 2): assert f(x) == 2",
]


@pytest.mark.parametrize(("statement", "call"), CALLS, ids=[each for each, _ in CALLS])
def test_asserts_about_literals_are_calls(statement: str, call: tuple[Any, ...]) -> None:
    """No test code is run for them."""
    problem = problem_of([statement])

    assert problem.script is None
    assert [(each.entry, each.arguments, dict(each.keywords), each.expected, each.truth) for each in problem.calls] == [
        call
    ]


@pytest.mark.each("statement", SCRIPTED)
def test_other_asserts_are_run(statement: str) -> None:
    """Also those of a problem with a setup."""
    for reference in ({"asserts": [statement]}, {"asserts": ["assert f(1) == 2"], "setup": "x = 1"}):
        problem = problem_of(reference)

        assert problem.calls == ()
        assert problem.script is not None
        assert problem.script.code == tuple(reference["asserts"])
        assert problem.script.tests == ("assert 1",)


@pytest.mark.parametrize("code", ["set(1)", "tuple([1], 2)", "set(key=1)", "a.set([1])", "dict([])", "float(x)", "f()"])
def test_other_expressions_are_no_literals(code: str) -> None:
    """They are left to the referee."""
    assert _literal(ast.parse(code, mode="eval").body) is _NOTHING


CHECK_OF_CALLS = (
    'def check(candidate):\n    """Text."""\n    x = 1\n    pass\n    assert True\n    assert candidate(1) == 2\n'
)


@pytest.mark.each(
    ("code", "count"),
    [
        (CHECK_OF_CALLS, 1),
        ("METADATA = {'author': 'a'}\n\n" + CHECK_OF_CALLS, 1),
        (CHECK_OF_CALLS + "    assert f(2) == 3\n", 2),
        ("import math\n" + CHECK_OF_CALLS, 0),
        ("def helper(): pass\n" + CHECK_OF_CALLS, 0),
        (CHECK_OF_CALLS.replace("x = 1", "x = y()"), 0),
        (CHECK_OF_CALLS.replace("x = 1", "x[0] = 1"), 0),
        (CHECK_OF_CALLS.replace("candidate):", "candidate, more=1):"), 0),
        (CHECK_OF_CALLS + "    assert g(2) == 3\n", 0),
        (CHECK_OF_CALLS + "    assert False\n", 0),
        (CHECK_OF_CALLS + "    assert candidate.x == 3\n", 0),
    ],
    ids=range(11),
)
def test_a_check_that_only_calls_is_calls(code: str, count: int) -> None:
    """Others are run by the referee; so is one with a setup."""
    problem = problem_of({"check": code, "entry_point": "f"})
    with_setup = problem_of({"check": code, "entry_point": "f", "setup": "x = 1"})

    assert len(problem.calls) == count
    assert (problem.script is None) is (count > 0)
    assert with_setup.calls == ()
    assert with_setup.script is not None
    assert with_setup.script.style is ScriptStyle.CHECK


@pytest.mark.parametrize(
    ("called", "count"),
    [("Solution().f(1)", 1), ("Solution(1).f(1)", 0), ("Solution(a=1).f(1)", 0), ("Other().f(1)", 0)],
)
def test_a_check_may_call_a_method_by_its_name(called: str, count: int) -> None:
    """It is the entry, of an object that is made without arguments."""
    code = f"def check(candidate):\n    assert candidate(1) == 2\n    assert {called} == 2\n"

    calls = problem_of({"check": code, "entry_point": "Solution().f"}).calls

    assert [call.entry for call in calls] == ["Solution().f"] * 2 * count


@pytest.mark.each(
    ("expression", "is_true"),
    [
        ("True", True),
        ("1", True),
        ("[0]", True),
        ("not 0", True),
        ("not not 1", True),
        ("1 == 1.0", True),
        ("1 != 2", True),
        ("not 1 == 2", True),
        ("False", False),
        ("0", False),
        ("()", False),
        ("not 1", False),
        ("1 == 2", False),
        ("1 != 1", False),
        ("1 < 2", False),
        ("1 == 1 == 1", False),
        ("x", False),
        ("x == x", False),
        ("not x", False),
        ("f()", False),
    ],
)
def test_true_constants(expression: str, *, is_true: bool) -> None:
    """They test nothing; whatever else is asserted is a test."""
    assert is_true_constant(ast.parse(expression, mode="eval").body) is is_true
    _, count = instrumented(f"def check(candidate):\n    assert {expression}\n    assert candidate(1)\n")
    assert count == (1 if is_true else 2)


# References that are refused, with a part of the message.
REFUSED: list[tuple[Any, str]] = [
    ({"entry_point": "f", "cases": [1]}, "cases[0] is a int"),
    (_cases(more=1), "unknown field 'more'"),
    (_cases(kwargs=[1]), "kwargs as an object"),
    (_cases(args={"a": 1}), "args as a list"),
    (_cases(changed=True), "0 to 1"),
    (_cases(changed=-1), "0 to 1"),
    (_cases(changed=2), "0 to 1"),
    (_cases(changed="0"), "0 to 1"),
    ({**_cases(), "tolerance": "x"}, "tolerance"),
    ({**_cases(), "any_order": 1}, "any_order"),
    *(({**_cases(), "tolerance": each}, "finite and not negative") for each in (-1e-9, math.inf, math.nan)),
    ({"inputs": ["1"], "outputs": ["1"], "tolerance": math.inf}, "finite and not negative"),
    ({"entry_point": "f", "encoding": "repr", "cases": [{"args": [1], "expected": "1"}]}, "a list; expected the text"),
    ({"entry_point": "f", "encoding": "repr", "cases": [{"args": "[x]", "expected": "1"}]}, "no Python literal"),
    ({"fn_name": "f", "test_cases": 1}, "test_cases"),
    ({"fn_name": "f", "test_cases": [1]}, "test_cases"),
    ({"fn_name": "f", "inputs": [1], "outputs": [1]}, "inputs[0] is a int"),
    ({"fn_name": "f", "inputs": ["1\nx"], "outputs": ["1"]}, "inputs[0]"),
    ({"fn_name": "f", "inputs": ["1"], "outputs": ["x"]}, "outputs[0]"),
    ({"fn_name": "f", "inputs": "x", "outputs": "[1]"}, "'inputs' cannot be read as JSON"),
    (["assert f(1) == 1"] * (TEST_LIMIT + 1), "at most 10000"),
    ({"style": 1}, "'style' is a int"),
    (_asserts(weights={"assert 1": -1}), "not negative"),
    (_asserts(weights={"assert 1": math.inf}), "finite"),
    (_asserts(weights={"assert 1": math.nan}), "finite"),
    (_asserts(weights={"assert 1": "x"}), "'weights' or 'groups'"),
    (_asserts(groups=[["assert 1", "assert 3"]]), "name 'assert 3', which is no test"),
    (_asserts(groups=["assert 1"]), "'weights' or 'groups'"),
    (_asserts(test_imports=1), "test_imports"),
    (_asserts(test_imports=[1]), "test_imports"),
    (_asserts(setup=1), "'setup' is a int"),
    (_asserts(setup="("), "no Python"),
    (_asserts(solution=1), "'solution' is a int"),
    ("assert f(1) == 1\nx = 2", "without tests"),
    (" \n", "without tests"),
    (None, "NoneType"),
]


@pytest.mark.each(("reference", "message"), REFUSED, ids=range(len(REFUSED)))
def test_a_reference_that_cannot_be_read_names_its_field(reference: Any, message: str) -> None:
    """It is a bad row."""
    with pytest.raises(ProblemError) as caught:
        problem_of(reference)
    assert message in str(caught.value)


def _arguments(problem: Problem) -> list[tuple[Any, ...]]:
    return [call.arguments for call in problem.calls]


def test_inputs_are_lists_or_json_lines() -> None:
    """Blank lines of a text are left out; outputs may be JSON too."""
    problem = problem_of({"fn_name": "f", "inputs": ["[1]\n\n 2 \n", [3, 4]], "outputs": ["[5]", 6]})

    assert _arguments(problem) == [([1], 2), (3, 4)]
    assert [call.expected for call in problem.calls] == [[5], 6]
    assert [call.test for call in problem.calls] == ["case 1", "case 2"]
    assert all(call.comparison.as_json for call in problem.calls)
    assert _arguments(problem_of({"fn_name": "f", "inputs": "[[1]]", "outputs": "[2]"})) == [(1,)]


@pytest.mark.parametrize(
    ("written", "value"), [("inf", math.inf), (" -inf", -math.inf), ("set()", set()), ("(1,)", (1,)), ("{1}", {1})]
)
def test_python_literals(written: str, value: Any) -> None:
    """With the values that have no literal."""
    case = {"args": "[]", "kwargs": "{'a': 1}", "expected": written}
    call = problem_of({"entry_point": "f", "encoding": "repr", "cases": [case]}).calls[0]

    assert (call.expected, call.keywords) == (value, {"a": 1})


def test_cases_may_have_names_errors_and_changed_arguments() -> None:
    """Absent arguments are none."""
    cases = [{"expected": None, "name": "none"}, {"raises": "KeyError"}, CASE | {"changed": 0}, CASE | {"changed": 1}]
    calls = problem_of({"entry_point": "f", "cases": cases, "tolerance": 0.5, "any_order": True}).calls

    assert [call.test for call in calls] == ["none", "case 2", "case 3", "case 4"]
    assert [call.arguments for call in calls] == [(), (), (1, 2), (1, 2)]
    assert [call.raises for call in calls] == ["", "KeyError", "", ""]
    assert [call.changed for call in calls] == [None, None, 0, 1]
    assert {(call.comparison.tolerance, call.comparison.any_order) for call in calls} == {(0.5, True)}


def test_shared_fields() -> None:
    """Weights may be 0; a solution has several names, of which ``solution`` is first."""
    problem = problem_of(_asserts(weights={"assert 1": 0, "assert 2": 2}, groups=[["assert 1", "assert 2"]]))

    assert problem.weights == {"assert 1": 0.0, "assert 2": 2.0}
    assert problem.groups == (("assert 1", "assert 2"),)
    assert problem_of(_asserts(solution="a", canonical_solution="b", code="c")).solution == "a"
    assert problem_of(_asserts(canonical_solution="b", code="c")).solution == "b"
    assert problem_of(_asserts(code="c")).solution == "c"
    assert problem_of(_asserts(weights=None, groups=None, setup=None)) == problem_of(TWO)


def test_texts_of_tests() -> None:
    """JSON may begin after blanks; blank lines between asserts are left out."""
    wanted = problem_of(TWO)

    assert problem_of(f"\n{TWO[0]}\n\n{TWO[1]}\n") == wanted
    assert problem_of(f' ["{TWO[0]}", "{TWO[1]}"]') == wanted
    assert problem_of(f' {{"asserts": ["{TWO[0]}", "{TWO[1]}"]}}') == wanted
    assert len(problem_of([TWO[0]] * TEST_LIMIT).calls) == TEST_LIMIT


def test_imports_and_preludes_are_given_to_tests_and_submissions() -> None:
    """One text of imports is a list of one."""
    for imports in ("import math", ["import math"]):
        problem = problem_of({"asserts": ["assert f(math.pi) == 1"], "test_imports": imports})
        assert problem.prelude == "import math"
        assert problem.script is not None
        assert problem.script.given == "import math"
    assert problem_of({"asserts": ["assert f(sqrt(4)) == 2"], "test_imports": ["from math import sqrt"]}).entry == "f"
    problem = problem_of({"asserts": ["assert f(N) == 1"], "prelude": "N = 1"})

    assert problem.prelude == "N = 1"
    assert problem.script is not None
    assert problem.script.given == "N = 1"
    assert problem_of(_asserts(prelude="N = 1")).script is None


def test_rows_name_what_is_called() -> None:
    """The function of functional cases; of a test module, the only module that nobody else provides."""
    cases = [{"input": "1\n2", "output": "3", "testtype": "functional"}]
    module = "import pytest\nfrom adder import add\n\ndef test_add():\n    assert add(1, 2) == 3\n"

    assert problem_of({"public_test_cases": cases, "metadata": {"func_name": "add"}}).entry == "add"
    script = problem_of({"tests": module}).script
    assert script is not None
    assert (script.module, script.taken) == ("adder", ("add",))


@pytest.mark.parametrize(
    ("code", "is_keyword_part", "expected"),
    [
        ("TreeNode(val=1)", True, False),
        ("TreeNode(data=1)", True, True),
        ("TreeNode(data=1)", False, False),
        ("TreeNode(**{'val': 1})", True, False),
        ("TreeNode(1).data", True, True),
        ("t = TreeNode(1)\nt.data", True, True),
        ("t = TreeNode(1)\nt.val", True, False),
        ("t = Other(1)\nt.data", True, False),
    ],
)
def test_parts_that_a_class_of_this_name_has_not(code: str, expected: bool, is_keyword_part: bool) -> None:  # noqa: FBT001  # a table
    """An attribute, or an argument given by name where these are attributes."""
    assert uses_other_parts([ast.parse(code)], "TreeNode", {"val"}, is_keyword_part=is_keyword_part) is expected


def test_a_function_beside_tests_is_no_test() -> None:
    """In a class of tests and beside it."""
    code = "import unittest\nfrom m import f\ndef helper(): pass\nclass T(unittest.TestCase):\n    def setUp(self): pass\n    def helper(self): pass\n    def test_f(self): self.assertEqual(f(1), 2)\n"

    assert problem_of({"code": code, "module": "m"}).tests == ("T.test_f",)


def test_only_code_that_uses_arrays_has_its_comparisons_rewritten() -> None:
    """Other code stays the text that it is."""
    code = "assert a == b"
    rewritten = with_own_operations(code, "import numpy")

    assert isinstance(rewritten, ast.Module)
    assert EQUAL in ast.unparse(rewritten)
    assert with_own_operations(code, "import math") == code


def test_names_bound_at_the_top_are_also_those_in_its_blocks() -> None:
    """But not those of a function, a class or a comprehension."""
    code = "try:\n    import math\nexcept ImportError:\n    x = 1\nif x:\n    def f(a): b = 1\ny = [z for z in x]\nclass C: c = 1\n"

    assert bound_at_the_top(ast.parse(code)) == {"math", "x", "f", "y", "C"}
