"""Each closed set that rlvr-code branches on: every member, with a result computed by hand."""

from typing import get_args

import pytest

from rlvr.testing import a_record
from rlvr_code import Grader
from rlvr_code.trusted.extraction import BlockChoice, submission_in
from rlvr_code.trusted.process import EndKind, Process, ProcessEndedError
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.wire.choices import CallAnswer, ScriptStyle
from rlvr_code.wire.outcome import Kind

ADD = "def add(a, b):\n    return a + b\n"
GRADER = Grader()


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

    assert submission_in(record, "add", choice) == expected[choice]


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
        "output": Kind.OUTPUT,
        "protocol": Kind.PROTOCOL,
        "ended": Kind.MEMORY,
    }
    submission = Submission(ADD, _NoProcesses(), TimeLimits(1.0, 1.0))
    submission._process = object()  # type: ignore[assignment]  # never asked: its end is told here

    assert submission._dead(ProcessEndedError(kind, "told")).kind is expected[kind]
