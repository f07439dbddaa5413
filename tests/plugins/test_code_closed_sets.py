"""Each closed set that rlvr-code branches on: every member, with a result computed by hand."""

from typing import Any, get_args

import pytest

from rlvr.testing import a_record
from rlvr_code import Grader
from rlvr_code.problems.calls import Encoding
from rlvr_code.problems.fields import Fields, ProblemError
from rlvr_code.problems.problem import Call, Comparison, Exchange, Problem, Script
from rlvr_code.problems.reading import Format, format_of, problem_of
from rlvr_code.trusted.extraction import BlockChoice, submission_in
from rlvr_code.trusted.process import EndKind, Process, ProcessEndedError
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.choices import CallAnswer, ScriptStyle
from rlvr_code.wire.outcome import Kind

ADD = "def add(a, b):\n    return a + b\n"
GRADER = Grader()


CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n"
UNITTEST = "from adder import add\ndef test_it():\n    assert add(1, 2) == 3\n"
JSON = Comparison(as_json=True)
# By format: a reference that the format alone can read, and the problem that it states.
FORMATS: dict[Format, tuple[Fields, Problem]] = {
    "asserts": (
        {"asserts": ["assert add(1, 2) == 3"], "code": ADD},
        Problem(calls=(Call(test="assert 1", entry="add", arguments=(1, 2), expected=3),), entry="add", solution=ADD),
    ),
    "humaneval": (
        {"check": CHECK, "entry_point": "add", "prompt": "def add(a, b):\n", "code": ADD},
        Problem(
            calls=(Call(test="assert 1", entry="add", arguments=(1, 2), expected=3),),
            entry="add",
            prompt="def add(a, b):\n",
            solution=ADD,
        ),
    ),
    "calls": (
        {"entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}], "code": ADD},
        Problem(
            calls=(Call(test="case 1", entry="add", arguments=(1, 2), expected=3, comparison=JSON),),
            entry="add",
            nodes=True,
            solution=ADD,
        ),
    ),
    "stdio": (
        {"cases": [{"stdin": "1 2\n", "stdout": "3\n"}], "code": "print(3)\n"},
        Problem(exchanges=(Exchange(test="case 1", stdin="1 2\n", stdout="3\n"),), solution="print(3)\n"),
    ),
    "unittest": (
        {"code": UNITTEST, "module": "adder"},
        Problem(
            script=Script(
                style=ScriptStyle.UNITTEST, code=(UNITTEST,), module="adder", taken=("add",), tests=("test_it",)
            ),
            called=("add",),
        ),
    ),
}
# By format: what else `style` calls it.
ALIASES: dict[Format, set[str]] = {
    "asserts": set(),
    "humaneval": {"check"},
    "calls": {"call", "functional"},
    "stdio": {"stdin"},
    "unittest": {"pytest"},
}
# Each way in which a format is recognised where `style` is absent.
RECOGNISED: list[tuple[Format, Any]] = [
    ("asserts", {"asserts": ["assert add(1, 2) == 3"]}),
    ("asserts", {"test_list": ["assert add(1, 2) == 3"]}),
    ("asserts", {"assert_case": ["assert add(1, 2) == 3"]}),
    ("asserts", {"asserts": ["assert add(1, 2) == 3"], "code": ADD, "inputs": [[1, 2]], "outputs": [3]}),
    ("humaneval", {"check": CHECK, "entry_point": "add"}),
    ("humaneval", {"test": CHECK, "entry_point": "add"}),
    ("calls", {"fn_name": "add", "inputs": [[1, 2]], "outputs": [3]}),
    ("calls", {"fn_name": "add", "inputs": [[1, 2]], "outputs": [3], "cases": None}),
    ("calls", {"entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}]}),
    ("calls", {"fn_name": "add", "test_cases": [{"input": [1, 2], "output": 3}]}),
    ("calls", {"entry_point": "add", "test_cases": [{"input": [1, 2], "expected_output": 3}]}),
    ("stdio", {"inputs": ["1 2\n"], "outputs": ["3\n"]}),
    ("stdio", {"cases": [{"stdin": "1 2\n", "stdout": "3\n"}]}),
    ("stdio", {"test_cases": [{"input": "1 2\n", "output": "3\n"}]}),
    ("unittest", {"code": UNITTEST, "module": "adder"}),
]


@pytest.mark.parametrize("tests", get_args(Format))
def test_each_format_is_read_in_its_way(tests: Format) -> None:
    """By each of its names; `code` is a solution unless it is the tests. No other format reads the reference so."""
    fields, problem = FORMATS[tests]

    for style in {tests, *ALIASES[tests]}:
        assert problem_of({"style": style, **fields}) == problem
    assert FORMATS.keys() == ALIASES.keys() == {*get_args(Format)}


@pytest.mark.each(("tests", "fields"), RECOGNISED)
def test_each_format_is_recognised_by_its_fields(tests: Format, fields: Fields) -> None:
    """And is then read as if `style` named it: one test, of the kind of the format."""
    wanted = FORMATS[tests][1]
    problem = problem_of(fields)

    assert format_of(fields) == tests
    assert problem == problem_of({"style": tests, **fields})
    assert [(call.entry, call.arguments, call.expected) for call in problem.calls] == [
        (call.entry, call.arguments, call.expected) for call in wanted.calls
    ]
    assert (problem.exchanges, problem.script) == (wanted.exchanges, wanted.script)


def test_every_format_is_recognised() -> None:
    """In one way at least; text and lists are formats too."""
    assert {tests for tests, _ in RECOGNISED} == {*get_args(Format)}
    assert problem_of("assert add(1, 2) == 3") == problem_of(["assert add(1, 2) == 3"]) == problem_of(RECOGNISED[0][1])
    with pytest.raises(ProblemError, match="'entry_point' is absent"):
        problem_of(CHECK)  # read as HumanEval's function, which alone does not say what it checks


@pytest.mark.each("fields", [{}, {"cases": 1}, {"inputs": 1}, {"test_cases": [{}]}, {"code": 1}, {"asserts": 1}])
@pytest.mark.each("tests", get_args(Format))
def test_a_named_format_without_its_fields_is_a_broken_row(tests: Format, fields: Fields) -> None:
    """The row is at fault, not the scorer."""
    with pytest.raises(ProblemError):
        problem_of({"style": tests, **fields})


@pytest.mark.parametrize("encoding", get_args(Encoding))
def test_how_cases_are_written(encoding: Encoding) -> None:
    """JSON knows no tuples and makes linked lists of lists; Python literals are what they say."""
    written: dict[Encoding, tuple[Any, Any]] = {"json": ([[1]], [2]), "repr": ("[[1]]", "(2,)")}
    arguments, expected = written[encoding]
    read: dict[Encoding, tuple[Any, bool]] = {"json": ([2], True), "repr": ((2,), False)}
    value, is_json = read[encoding]
    case = {"args": arguments, "expected": expected}
    problem = problem_of({"entry_point": "f", "encoding": encoding, "cases": [case]})

    assert problem.calls == (
        Call(test="case 1", entry="f", arguments=([1],), expected=value, comparison=Comparison(as_json=is_json)),
    )
    assert problem.nodes is is_json


@pytest.mark.parametrize("choice", BlockChoice)
def test_which_block_is_the_submission(choice: BlockChoice) -> None:
    """The second of three defines what the tests call."""
    blocks = ["x = 1", "def add(a, b): ...", "print(add(1, 2))"]
    record = a_record("\n".join(f"```python\n{block}\n```" for block in blocks), "")
    expected = {
        BlockChoice.AUTO: blocks[1],
        BlockChoice.FIRST: blocks[0],
        BlockChoice.LAST: blocks[2],
        BlockChoice.JOINED: "\n".join(blocks),
    }

    assert submission_in(record, ["add"], choice) == expected[choice]


@pytest.mark.parametrize("answer", CallAnswer)
def test_what_a_call_answers_with(answer: CallAnswer) -> None:
    """A function that answers ``[0]`` and empties its argument passes one problem of three in each way."""
    references = {
        CallAnswer.VALUE: {"asserts": ["assert f([1]) == [0]", "assert f([1]) == [1]"]},
        CallAnswer.TRUTH: {"asserts": ["assert f([1])", "assert not f([1])"]},
        CallAnswer.WHOLE: {
            "entry_point": "f",
            "cases": [{"args": [[1]], "expected": each, "changed": 0} for each in ([], [1])],
        },
    }
    graded = GRADER.grade("def f(a):\n    a.clear()\n    return [0]\n", GRADER.problem(references[answer]))

    assert [outcome.kind for outcome in graded.outcomes] == [Kind.PASSED, Kind.WRONG]


@pytest.mark.parametrize("style", ScriptStyle)
def test_how_test_code_is_run(style: ScriptStyle) -> None:
    """The first test passes, the second does not."""
    references = {
        ScriptStyle.ASSERTS: {"asserts": ["assert abs(add(1, 2)) == 3", "assert abs(add(1, 2)) == 4"]},
        ScriptStyle.CHECK: {
            "entry_point": "add",
            "check": "def check(candidate):\n    for n in (1, 2):\n        assert candidate(n, n) == 2 * n\n"
            "    assert abs(candidate(1, 1)) == 3\n",
        },
        ScriptStyle.UNITTEST: {
            "module": "adder",
            "code": "from adder import add\ndef test_a():\n    assert add(1, 2) == 3\ndef test_b():\n    assert add(1, 2) == 4\n",
        },
        ScriptStyle.CHECKER: {
            "inputs": ["1\n", "2\n"],
            "outputs": ["", ""],
            "checker": "def check(stdin, expected, printed):\n    return printed.strip() == '1'\n",
        },
    }
    source = "print(input())\n" if style is ScriptStyle.CHECKER else ADD
    graded = GRADER.grade(source, GRADER.problem(references[style]))

    assert [outcome.kind for outcome in graded.outcomes] == [Kind.PASSED, Kind.WRONG]


class _NoProcesses:
    """Processes of which each has been killed for its memory."""

    def process(self) -> Process:
        raise NotImplementedError

    def end(self, process: Process) -> tuple[Kind, str]:  # the contract's
        return Kind.MEMORY, "killed"

    def drop(self, process: Process) -> None: ...


@pytest.mark.parametrize("kind", get_args(EndKind))
def test_how_a_test_fails_whose_process_has_ended(kind: EndKind) -> None:
    """Of one that ended by itself, the zygote knows how."""
    expected = {
        "time": Kind.TIME,
        "waited": Kind.TIME,
        "cut": Kind.TIME,
        "output": Kind.OUTPUT,
        "protocol": Kind.PROTOCOL,
        "memory": Kind.MEMORY,
        "ended": Kind.MEMORY,
    }
    submission = Submission(ADD, _NoProcesses(), TimeLimits(1.0, 1.0))
    submission._process = object()  # type: ignore[assignment]  # never asked: its end is told here

    assert submission._dead(ProcessEndedError(kind, "told")).kind is expected[kind]
