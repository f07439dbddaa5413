"""Which part of an answer is the submission, and what the problem puts before it."""

import itertools
import json
import textwrap
from typing import Any

import pytest

from rlvr import parse_suite, score_rows
from rlvr.testing import a_record
from rlvr_code import Grader
from rlvr_code.problems.reading import problem_of
from rlvr_code.trusted.extraction import submission_in
from rlvr_code.trusted.pieces import sections_of
from rlvr_code.trusted.source import source_of

GRADER = Grader()

FORMS = {
    "plain": "def f(n):\n    return n + 1",
    "with a blank line": "def f(n):\n    m = n\n\n    return m + 1",
    "with tabs": "def f(n):\n\tif n:\n\t\treturn n + 1\n\treturn 1",
    "with imports": "import math\nfrom typing import List\n\ndef f(n: int) -> int:\n    return math.floor(n) + 1",
    "with prose in a docstring": 'def f(n):\n    """Add one.\n\nThis is not the end.\n    ```\n    f(1)\n    ```\n    """\n    return n + 1',
    "with a mark in a text": "def f(n):\n    marks = '<answer>', '[DONE]'\n    return n + len(marks) - 1",
    "with a helper": "def h(n):\n    return n + 1\n\ndef f(n):\n    return h(n)",
    "a decorated function": "import functools\n@functools.cache\ndef f(n):\n    return n + 1",
    "a lambda": "ONE = 1\nf = lambda n: n + ONE",
    "a constant in capitals first": "Z = 1\nA, B = 0, Z\ndef f(n):\n    return A + n + B",
    "a comment first": "# Add one.\ndef f(n):\n    return n + 1",
}  # fmt: skip

WRAPPINGS = {
    "fence": "```python\n{}\n```",
    "fence without tag": "```\n{}\n```",
    "tildes": "Code:\n~~~py\n{}\n~~~",
    "long fence": "````python\n{}\n````\nDone.",
    "attributes": "```python title=main.py\n{}\n```",
    "tag with braces": "```{{python}}\n{}\n```",
    "tag with version": "```python3.11\n{}\n```",
    "no closing fence": "Here:\n```python\n{}\n",
    "no closing fence before prose": "Here:\n```python\n{}\n\nThis function adds one.",
    "closing fence at the end of the last line": "```python\n{}```",
    "stray closing fence": "Here it is:\n\n{}\n```",
    "stray closing fence, then prose": "{}\n```\nIt adds one.\n",
    "stray closing fence, then an example": "{}\n```\nIt adds one:\n\n```python\nprint(f(1))\n```\n",
    "bare": "{}",
    "bare between prose": "Sure, this is the code:\n\n{}\n\nThe function adds one.\nHope it helps!",
    "bare after a heading": "**Solution**\n\n{}\n",
    "answer": "<think>easy</think>\n<answer>\n{}\n</answer>",
    "answer on the line of the code": "<answer>{}</answer>",
    "answer on the line of the fence": "<think>easy</think><answer>```python\n{}\n```</answer>",
    "answer around a fence": "<answer>\n```python\n{}\n```\n</answer>",
    "answer without a closing fence": "<answer>\n```python\n{}\n</answer>",
    "answer that never closes": "<answer>\n{}",
    "answer that the prompt opens": "{}\n</answer>",
    "code in answer": "<answer><code>\n{}\n</code></answer>",
    "PYTHON": "[PYTHON]\n{}\n[/PYTHON]\n[TESTS]\nassert f(1) == 2\n[/TESTS]",
    "BEGIN and DONE": "[BEGIN]\n{}\n[DONE]",
    "BEGIN in the prompt": "{}\n[DONE]\n\nYou are an expert. [BEGIN]\ndef g():\n    return 0\n[DONE]",
    "an answer that names the block": "```python\n{}\n```\n<answer>See the function above.</answer>",
    "an answer that shows a use": "```python\n{}\n```\n<answer>\nf(1) = 2\n</answer>",
    "fence that opens twice": "```python\n```python\n{}\n```",
    "byte order mark": "\ufeff{}",
    "byte order mark in the fence": "\ufeff```python\n\ufeff{}\n```",
    "magics": "```python\n%load_ext autoreload\n!pip install numpy\n%%time\n{}\n```",
    "then an example": "```python\n{}\n```\nUse it:\n```python\nprint(f(1))\n```",
    "then output": "```python\n{}\n```\nOutput:\n```\n2\n```",
    "then data": "```python\n{}\n```\n```json\n{{}}\n```",
    "behind a draft": "```python\ndef f(n):\n    return 0\n```\nBetter:\n```python\n{}\n```",
}


def _found(completion: str) -> str:
    return submission_in(a_record(completion=completion), ["f"]) or ""


@pytest.mark.each("wrapping", WRAPPINGS)
def test_what_stands_around_code_is_taken_off(wrapping: str) -> None:
    """Fences, marks, prose and commands of a notebook; not what the code itself contains."""
    found = {form: _found(WRAPPINGS[wrapping].format(code)) for form, code in FORMS.items()}

    assert {form: code.replace("pass\n", "").strip() for form, code in found.items()} == FORMS


@pytest.mark.each("wrapping", WRAPPINGS)
def test_line_ends_of_windows_are_line_ends(wrapping: str) -> None:
    """They change nothing."""
    completions = [WRAPPINGS[wrapping].format(code) for code in FORMS.values()]

    assert [_found(each.replace("\n", "\r\n")) for each in completions] == [_found(each) for each in completions]


@pytest.mark.parametrize(
    ("session", "found"),
    [
        (">>> def f(n):\n...     return n + 1\n...\n>>> f(1)\n2", "def f(n):\n    return n + 1\n\nf(1)"),
        (">>> import math\n>>> f = math.floor\n>>> f(1.5)\n1", "import math\nf = math.floor\nf(1.5)"),
    ],
)
@pytest.mark.parametrize("tag", ["", "python", "pycon"])
def test_the_prompts_of_a_console_are_taken_off(tag: str, session: str, found: str) -> None:
    """With what it printed."""
    assert submission_in(a_record(f"```{tag}\n{session}\n```"), ["f"]) == found


@pytest.mark.each("indentation", ["  ", "   ", "    ", "\t"])
@pytest.mark.each("item", ["{}", "1. Write:\n\n{}\n\n2. Done.", "- Write:\n{}\n- Done."])
def test_the_indentation_of_a_fence_is_not_that_of_its_code(item: str, indentation: str) -> None:
    """As CommonMark has it."""
    blocks = {form: textwrap.indent(f"```python\n{code}\n```", indentation) for form, code in FORMS.items()}

    assert {form: _found(item.format(block)).rstrip("\n") for form, block in blocks.items()} == FORMS


@pytest.mark.parametrize("marker", ["-", "1.", "12)", "*"])
def test_a_fence_may_start_on_the_line_of_a_list_item(marker: str) -> None:
    """Its content is indented as the item is."""
    indentation = " " * (len(marker) + 1)
    blocks = {form: textwrap.indent(f"{code}\n```", indentation) for form, code in FORMS.items()}

    assert {form: _found(f"{marker} ```python\n{block}\n\nDone.") for form, block in blocks.items()} == FORMS


@pytest.mark.parametrize(
    "completion",
    ["", " ", "I cannot do that.", "```python\n```", "```\n\n```", "<answer></answer>", "The answer (see below) is 4.", "[DONE]"],
)  # fmt: skip
def test_an_answer_without_code_has_no_submission(completion: str) -> None:
    """So that it is told apart from wrong code."""
    assert submission_in(a_record(completion=completion), ["f"]) is None


USES = "def f(n):\n    return h(n)"
HELPERS = {
    "a function": "def h(n):\n    return n + 1",
    "a class": "class h:\n    def __new__(cls, n):\n        return n + 1",
    "with its own import": "import math\n\ndef h(n):\n    return math.floor(n) + 1",
    "with a constant": "ONE = 1\n\ndef h(n):\n    return n + ONE",
}


@pytest.mark.each("helper", HELPERS)
@pytest.mark.each("between", ["", "```python\nprint(h(1))\n```\n", "```python\nx = 3\n```\n", "```\n2\n```\n"])
def test_helpers_come_from_earlier_blocks(between: str, helper: str) -> None:
    """Where the block that counts uses them; examples of use are left out."""
    completion = f"```python\n{HELPERS[helper]}\n```\n{between}```python\n{USES}\n```\n```python\nassert f(1) == 2\n```"

    assert submission_in(a_record(completion=completion), ["f"]) == f"{HELPERS[helper]}\n{USES}"


def test_helpers_of_helpers_come_too() -> None:
    """Each from its own block."""
    blocks = ["from math import floor", "def g(n):\n    return floor(n)", "def h(n):\n    return g(n) + 1", USES]
    completion = "\n".join(f"```python\n{block}\n```\nThen:" for block in blocks)

    assert submission_in(a_record(completion=completion), ["f"]) == "\n".join(blocks)


@pytest.mark.parametrize(
    "earlier",
    [
        "def h(n):\n    return 0\nprint(h(3))",  # does more than define
        "result = f(3)\ndef k(): return result",  # shows a use
        "def n():\n    return 5",  # a parameter of the block is called the same
        "h = 5",  # no constant, no function
        "import os",  # not used
    ],
)
def test_blocks_that_are_not_helpers_stay_out(earlier: str) -> None:
    """They might print, fail or redefine something."""
    completion = f"```python\n{earlier}\n```\n```python\n{USES}\n```"

    assert submission_in(a_record(completion=completion), ["f"]) == USES


@pytest.mark.parametrize(
    ("completion", "found"),
    [
        ("```python\nprint(1)\n```\n```python\nprint(2)\n```", "print(2)"),
        ("```python\nprint(int(input()))\n```\nInput:\n```\n1 2\n```", "print(int(input()))"),
        ("n = int(input())\nprint(n)\n```\nIt reads a number.\n```\n1\n```", "n = int(input())\nprint(n)"),
        ("```python\ndef solve(): print(1)\n```\n```python\nsolve()\n```", "def solve(): print(1)\nsolve()"),
        ("```python\nimport sys\nprint(sys.argv)\n```\n```python\nprint(sys.maxsize)\n```", "print(sys.maxsize)"),
    ],
)
def test_the_last_block_is_the_program(completion: str, found: str) -> None:
    """Not its sample input."""
    assert submission_in(a_record(completion=completion)) == found


MODULE = {
    "module": "m",
    "code": "from m import f, Box\ndef test_it():\n    assert f(1) == 2\n    assert Box(3).n == 3\n",
}
STAR = {"module": "m", "code": MODULE["code"].replace("f, Box", "*")}
BARE = {"code": MODULE["code"].partition("\n")[2]}
ATTRIBUTES = {"code": "import m\ndef test_it():\n    assert m.f(1) == 2\n    assert m.Box(3).n == 3\n"}
SEVERAL = {"asserts": ["assert f(1) == 2", "assert Box(3).n == 3"]}


def _values(*rows: tuple[str, Any]) -> list[float]:
    """Return the rewards of completions and their references."""
    suite = parse_suite("tasks: {code: {scorers: [{scorer: code.tests}]}}")
    fields = [
        {"id": str(number), "prompt": "q", "completion": completion, "reference": reference}
        for number, (completion, reference) in enumerate(rows)
    ]
    return [reward.value for reward in score_rows(suite, fields).rewards]


def test_all_that_the_tests_take_is_looked_for() -> None:
    """In whichever block it stands; a last block that defines none of it is an example."""
    blocks = [
        "class Box:\n    def __init__(self, n):\n        self.n = n",
        "def f(n):\n    return n + 1",
        "print(f(1))",
    ]
    completion = "\n".join(f"```python\n{block}\n```" for block in blocks)
    found = _values(*((completion, tests) for tests in (MODULE, SEVERAL, STAR, BARE, ATTRIBUTES)))

    assert found == [1.0] * 5


PROMPT = 'import math\nfrom typing import List\n\nBASE = 1\n\ndef helper(n):\n    return n * BASE\n\n{}def f(ns: List[int]) -> int:\n    """Add up."""\n'
CHECK = "def check(candidate):\n    assert candidate([1, 2]) == 3\n    assert candidate([]) == 0\n"
BODY = "    total = 0\n    for n in ns:\n        total += helper(n)\n    return math.floor(total)\n"
FUNCTION = "def f(ns: List[int]) -> int:\n" + BODY


ANSWERS = {
    "the body": BODY,
    "the body in a fence": f"```python\n{BODY}```",
    "the body in an answer": f"<answer>\n{BODY}</answer>",
    "the body without the blanks before it": BODY.lstrip(),
    "the body without its indentation": textwrap.dedent(BODY),
    "one line without its indentation": "return sum(helper(n) for n in ns)",
    "a loop without its indentation": "for n in ns:\n    return 3\nreturn 0",
    "a loop whose first line lost it": "for n in ns:\n        return 3\n    return 0",
    "the function": FUNCTION,
    "the function in a fence": f"Here:\n```python\n{FUNCTION}```",
    "the prompt again": PROMPT.format("") + BODY,
    "the function with a future": "from __future__ import annotations\n" + FUNCTION,
}


def test_an_answer_continues_the_prompt_or_relies_on_it() -> None:
    """Its imports and helpers are there; a prompt that no answer needs does no harm."""
    references = [
        json.dumps({"prompt": PROMPT.format(decorators), "entry_point": "f", "check": CHECK})
        for decorators in ("", "@staticmethod\n")
    ]
    rows = list(itertools.product(ANSWERS, references))
    found = _values(*((ANSWERS[answer], reference) for answer, reference in rows))

    assert [row for row, value in zip(rows, found, strict=True) if value != 1.0] == []


@pytest.mark.parametrize("entry", ["f", "Solution().f", "missing"])
def test_the_context_of_a_prompt_ends_before_the_entry(entry: str) -> None:
    """With the decorators; a task in words adds nothing to a function."""
    prompts = {
        "f": "import math\n\n@cached\n@other\ndef f(n):\n",
        "Solution().f": "import math\nclass Solution:\n    def f(self):\n",
    }
    submission = "class Solution: pass" if entry.startswith("S") else f"def {entry}(): pass"
    problem = problem_of({"prompt": prompts.get(entry, "Write a function.\n"), "entry_point": entry, "check": "def check(c):\n    assert c(1) == 1"})  # fmt: skip

    assert source_of(submission, problem) == ("" if entry == "missing" else "import math\n") + submission


@pytest.mark.parametrize(
    "prompt", ["Complete this function:\n\ndef f(n):\n", "Write f.", "# Only a comment\ndef f(n):\n", "def f(n):\n"]
)
def test_a_prompt_in_words_is_no_context(prompt: str) -> None:
    """An answer that defines the function stays as it is."""
    problem = problem_of({"prompt": prompt, "entry_point": "f", "check": "def check(c):\n    assert c(1) == 2"})

    assert source_of(FORMS["plain"], problem) == FORMS["plain"]


def test_a_guard_of_a_program_runs_in_programs_only() -> None:
    """A function is called by the tests, so that its module is imported."""
    source = "def f(n):\n    return n + 1\nif __name__ == '__main__':\n    print(f(int(input())))\n"
    program = problem_of({"cases": [{"stdin": "1\n", "stdout": "2\n"}]})
    calls = problem_of({"entry_point": "f", "cases": [{"args": [1], "expected": 2}]})

    assert GRADER.grade(source, program).all_passed
    assert GRADER.grade(source, calls).all_passed


HOSTILE = ("```", "```python\n", "<answer>", "</answer>", "[DONE] ", "'''", "from x import (", "a,", "a, ", "lambda ", "#:",
           "Foo, ", "def ", "import ", "    ", "\t", "!a\n", ">>> ", "- ```\n", "1. ", "x = ", "if :", "[", "(")  # fmt: skip


@pytest.mark.each("one", HOSTILE[:-1], ids=repr)
def test_any_text_is_read(one: str) -> None:
    """However its marks are mixed; the limit of time of a test bounds what it may cost."""
    for other, ends in itertools.product(HOSTILE[HOSTILE.index(one) + 1 :], ("", "\ndef f(): return g()\n")):
        found = submission_in(a_record(completion=(one + other) * 300 + ends + other * 300), ["f"])

        assert found is None or found.strip()


@pytest.mark.parametrize(
    "turn",
    [
        "import math\n\ndef f(x: int):\n    '''Root of x.'''\n",
        "Complete the function.\n```python\nimport math\n\ndef f(x: int):\n```\nThink first.",
        "Complete the function.\n\nimport math\n\ndef f(x: int):\n    '''Root of x.'''\n    ...",
    ],
)
@pytest.mark.parametrize(
    ("answer", "is_right"),
    [
        ("    return math.isqrt(x)\n", True),
        ("```python\n    return math.isqrt(x)\n```", True),
        ("```python\ndef f(x: int): return math.isqrt(x)\n```", True),
        ("```python\ndef f(x): return int(x ** 0.5)\n```", True),
        ("    return math.isqrt(x) + 1\n", False),
        ("```python\nx = 1\n```", False),
        ("I do not know.", False),
    ],
)
def test_a_function_that_begins_in_the_prompt_of_the_record(turn: str, answer: str, is_right: bool) -> None:  # noqa: FBT001  # a table
    """The answer continues it, or relies on its imports; the reference does not repeat it."""
    tests = {
        "test": "def check(candidate):\n    assert candidate(9) == 3\n    assert candidate(4) == 2\n",
        "entry_point": "f",
    }

    assert (_reward_of(turn, answer, tests) == 1.0) is is_right


def test_a_whole_function_in_the_prompt_is_nobody_s_answer() -> None:
    """A task that shows one, such as to repair it, pays nothing to an answer without it."""
    turn = "Explain:\n```python\ndef f(x):\n    return x + 1\n```"

    assert _reward_of(turn, "```python\ny = 2\n```", {"asserts": ["assert f(1) == 2"]}) == 0.0


def _reward_of(turn: str, answer: str, tests: dict[str, Any]) -> float | None:
    suite = parse_suite("tasks: {t: {scorers: [code.tests]}}")
    messages = [{"role": "user", "content": turn}, {"role": "assistant", "content": answer}]
    return score_rows(suite, [{"messages": messages, "reference_answer": tests}]).rewards[0].value


@pytest.mark.parametrize("answer", ["> ```python\n> {}\n> ```", "> {}", ">>> {}\n>>> f(1)\n2"])
def test_answers_that_stand_in_a_quotation_or_a_console(answer: str) -> None:
    """Their marks are removed where no code is found otherwise."""
    mark = "... " if ">>> " in answer else "> "
    code = f"def f(n):\n{mark}    return n + 1"

    assert _source(answer.format(code)).removesuffix("\nf(1)") == "def f(n):\n    return n + 1"


def _source(answer: str) -> str:
    return (submission_in(a_record(completion=answer), ("f",)) or "").strip()


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("```python\nA = 1\n</answer>\nB = 2\n```", []),
        ("<answer>\n```python\nA = 1\n</answer>", ["\n```python\nA = 1\n"]),
        ("<answer>\n```python\nA = 1  # </answer>\nB = 2\n```\n</answer>", ["\n```python\nA = 1  # </answer>\nB = 2\n```\n"]),
        ("A = 1\n</answer>\nDone.", ["A = 1\n"]),
    ],
)  # fmt: skip
def test_a_closing_mark_in_a_fence_is_code(text: str, sections: list[str]) -> None:
    """Except where it stands alone, and the section has been opened: then the fence was never closed."""
    assert sections_of(text) == sections
