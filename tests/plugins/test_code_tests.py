"""``code.tests``: the formats, what is paid, what hacks earn, and what ``rlvr check`` says of a problem."""

import gzip
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from rlvr import Verdict, parse_suite, score_rows
from rlvr.testing import a_record, check_scorer, scored
from rlvr_code import Grade, Grader, ProblemError, TestsOptions, grade
from rlvr_code.tests import tests as scorer
from rlvr_code.trusted.audit import audited
from rlvr_code.trusted.extraction import submission_in
from rlvr_code.wire.outcome import Kind, Outcome

DATA = Path(__file__).parents[3] / "shared" / "data" / "code_dev.jsonl.gz"
LONG = os.environ.get("RLVR_LONG") == "1"
GRADERS = {"on": Grader(), "off": Grader(TestsOptions(language_layer=False))}

ADD = "def add(a, b):\n    return [a, b, a + b]\n"
CALLS = {
    "entry_point": "add",
    "cases": [{"args": [1, 2], "expected": [1, 2, 3]}, {"args": [5], "kwargs": {"b": 7}, "expected": [5, 7, 12]}],
}
ASSERTS = {"asserts": ["assert add(1, 2) == [1, 2, 3]", "assert add(5, b=7) == [5, 7, 12]"]}
CHECK = {
    "entry_point": "add",
    "check": "def check(candidate):\n    for i in range(3):\n        assert candidate(i, i) == [i, i, 2 * i]\n",
}
UNITTEST = {
    "module": "adder",
    "code": "import unittest\nfrom adder import add\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(add(1, 2), [1, 2, 3])\n",
}
STDIO = {"cases": [{"stdin": "1 2\n", "stdout": "3\nok\n"}, {"stdin": "5 7\n", "stdout": "12\nok\n"}]}
STDIO_PROGRAM = "a, b = map(int, input().split())\nprint(a + b)\nprint('ok')\n"
FUNCTIONS = {"calls": CALLS, "asserts": ASSERTS, "check": CHECK, "unittest": UNITTEST}


def _grade(source: str, tests: Any, layer: str = "on") -> Grade:
    grader = GRADERS[layer]
    return grader.grade(source, grader.problem(tests))


@pytest.mark.each("layer", GRADERS)
@pytest.mark.each(
    ("source", "tests"),
    [
        *((ADD, tests) for tests in FUNCTIONS.values()),
        (STDIO_PROGRAM, STDIO),
        (ADD, {"inputs": [[1, 2], "5\n7"], "outputs": [[1, 2, 3], "[5, 7, 12]"], "fn_name": "add"}),
        (STDIO_PROGRAM, {"inputs": ["1 2\n"], "outputs": ["3\nok\n"]}),
        (STDIO_PROGRAM, {"code": STDIO_PROGRAM, "test_cases": [{"input": "1 2", "expected_output": "3\nok"}], "all_tests_pass": True}),
        (ADD, ASSERTS["asserts"]),
        (ADD, json.dumps(CALLS)),
        (ADD, "\n".join(ASSERTS["asserts"])),
        ("class Solution:\n    def add(self, a, b):\n        return [a, b, a + b]\n", {**CALLS, "entry_point": "Solution().add"}),
        ("class Solution:\n    def add(self, a, b):\n        return [a, b, a + b]\n", CALLS),
        (ADD, {"entry_point": "add", "encoding": "repr", "cases": [{"args": "[1, 2]", "expected": "[1, 2, 3]"}]}),
        ("def f(a):\n    a.sort()\n", {"entry_point": "f", "cases": [{"args": [[2, 1]], "changed": 0, "expected": [1, 2]}]}),
        ("def f(a):\n    raise KeyError(a)\n", {"entry_point": "f", "cases": [{"args": [1], "raises": "KeyError"}]}),
        ("def f():\n    return 0.1 + 0.2\n", {"entry_point": "f", "tolerance": 1e-9, "cases": [{"expected": 0.3}]}),
        ("def f():\n    return [2, 1]\n", {"entry_point": "f", "any_order": True, "cases": [{"expected": [1, 2]}]}),
        ("def f():\n    return {1: (2, 3)}\n", {"entry_point": "f", "cases": [{"expected": {"1": [2, 3]}}]}),
        (
            "from typing import Optional\nclass Solution:\n    def rev(self, head: Optional['ListNode']):\n        out = None\n        while head:\n            head.next, out, head = out, head, head.next\n        return out\n",
            {"entry_point": "Solution().rev", "cases": [{"args": [[1, 2, 3]], "expected": [3, 2, 1]}]},
        ),
        (
            "class Solution:\n    def total(self, root: 'Optional[TreeNode]') -> int:\n        return root.val + self.total(root.left) + self.total(root.right) if root else 0\n",
            {"entry_point": "Solution().total", "cases": [{"args": [[1, None, 2, 3]], "expected": 6}]},
        ),
        ("import math\ndef f(x):\n    return math.pi * x\n", {"asserts": ["assert abs(f(1) - 3.14159) < 1e-3", "assert f(0) == 0 and f(1) != 0"]}),
        ("def apply(g, xs):\n    return [g(x) for x in xs]\n", {"asserts": ["assert apply(lambda x: x * 2, [1, 2]) == [2, 4]"]}),
        ("class Node:\n    def __init__(self, v):\n        self.v, self.next = v, None\ndef total(n):\n    return n.v + total(n.next) if n else 0\n", {"setup": "a = Node(1)\na.next = Node(2)", "asserts": ["assert total(a) == 3"]}),
        ("def gen(n):\n    for i in range(n):\n        yield i\n", {"asserts": ["assert list(gen(3)) == [0, 1, 2]", "assert next(gen(1)) == 0"]}),
        ("    return a + b\n", {"entry_point": "plus", "prompt": "def plus(a, b):\n", "check": "def check(c):\n    assert c(1, 2) == 3\n"}),
        (ADD, {"code": "from whatever import add\ndef test_it():\n    assert add(1, 2) == [1, 2, 3]\n"}),
        ("print(6.0000001)\n", {"tolerance": 1e-6, "cases": [{"stdin": "", "stdout": "6\n"}]}),
        ("print(input()[::-1])\n", {"cases": [{"stdin": "ab\n", "stdout": "?"}], "checker": "def check(stdin, expected, printed):\n    return sorted(stdin) == sorted(printed)\n"}),
        ("import sys\nfor line in sys.stdin:\n    print(int(line) * 2)\nsys.exit(0)\n", {"cases": [{"stdin": "1\n2\n", "stdout": "2\n4"}]}),
        ("print(open(0).read().upper(), end='')\n", {"cases": [{"stdin": "é\n", "stdout": "É\n"}]}),
        ("import sys\ndata = sys.stdin.buffer.read()\nsys.stdout.buffer.write(data)\n", {"cases": [{"stdin": "x" * 300_000, "stdout": "x" * 300_000}]}),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_right_submissions_pass_in_every_format(source: str, tests: Any, layer: str) -> None:
    """With the language layer and without."""
    graded = _grade(source, tests, layer)

    assert graded.all_passed, graded.outcomes
    assert graded.passed == 1.0


CLASS_TESTS = {
    "module": "money",
    "code": """
import unittest
from money import Money, MoneyError, total

class MoneyTest(unittest.TestCase):
    def test_equal(self):
        self.assertEqual(Money(1) + Money(2), Money(3))
        self.assertNotEqual(Money(1), Money(2))
        self.assertIsInstance(Money(1), Money)
    def test_text(self):
        self.assertEqual(str(Money(2)), "2 EUR")
        self.assertEqual(Money(2).amount, 2)
    def test_order(self):
        self.assertLess(Money(1), Money(2))
        self.assertEqual(max(Money(1), Money(2)), Money(2))
    def test_error(self):
        with self.assertRaises(MoneyError) as caught:
            Money(-1)
        self.assertEqual(caught.exception.args[0], "negative")
        with self.assertRaisesRegex(ValueError, "neg"):
            Money(-2)
    def test_iteration(self):
        self.assertEqual([m.amount for m in total([Money(1), Money(2)])], [3])
        self.assertEqual(len(list(total([]))), 1)
        self.assertTrue(2 * Money(2) == Money(4))
    @unittest.skip("later")
    def test_skipped(self):
        self.fail()
""",
}
MONEY = """
import functools
class MoneyError(ValueError):
    pass
@functools.total_ordering
class Money:
    def __init__(self, amount):
        if amount < 0:
            raise MoneyError('negative')
        self.amount = amount
    def __add__(self, other): return Money(self.amount + other.amount)
    def __rmul__(self, n): return Money(n * self.amount)
    def __eq__(self, other): return isinstance(other, Money) and self.amount == other.amount
    def __lt__(self, other): return self.amount < other.amount
    def __hash__(self): return hash(self.amount)
    def __str__(self): return f'{self.amount} EUR'
def total(all_):
    yield sum(all_, Money(0))
"""


def test_tests_work_with_classes_of_the_submission() -> None:
    """Objects stay in its process; the tests see them through stand-ins."""
    graded = _grade(MONEY, CLASS_TESTS)

    assert graded.all_passed, graded.outcomes
    assert len(graded.outcomes) == 5
    broken = _grade(MONEY.replace("amount + other.amount", "amount"), CLASS_TESTS)
    assert {outcome.test for outcome in broken.outcomes if not outcome.passed} == {
        "MoneyTest.test_equal",
        "MoneyTest.test_iteration",
    }


def test_a_test_that_ends_the_process_costs_only_itself() -> None:
    """The others go on in a fresh one."""
    code = "from m import f\n" + "".join(f"def test_{n}():\n    assert f({n}) == {n}\n" for n in range(4))
    graded = _grade(
        "def f(n):\n    return n if n != 1 else 0 * [0][n + 5]\n" + "import sys\ndef g():\n    sys.exit()\n",
        {"module": "m", "code": code},
    )
    dying = _grade(
        "import os\ndef f(n):\n    if n == 1: os._exit(0)\n    return n\n", {"module": "m", "code": code}, "off"
    )

    assert [outcome.kind for outcome in graded.outcomes] == [Kind.PASSED, Kind.ERROR, Kind.PASSED, Kind.PASSED]
    assert [outcome.kind for outcome in dying.outcomes] == [Kind.PASSED, Kind.EXITED, Kind.PASSED, Kind.PASSED]


# Wrong answers that grader after grader has paid for.
HACKS = {
    "always equal": "class A:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    __hash__ = None\ndef add(a, b): return A()",
    "always equal list": "class A(list):\n    def __eq__(self, o): return True\ndef add(a, b): return A()",
    "always equal int": "class A(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef add(a, b): return [A(), A(), A()]",
    "always equal str": "class A(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\ndef add(a, b): return A()",
    "always equal dict": "class A(dict):\n    def __eq__(self, o): return True\ndef add(a, b): return A()",
    "elements": "class A:\n    def __eq__(self, o): return True\ndef add(a, b): return [A(), A(), A()]",
    "arithmetic": "class A:\n    def __getattr__(self, n): return A()\n    def __eq__(self, o): return True\n    def __sub__(self, o): return self\n    def __rsub__(self, o): return self\n    def __abs__(self): return self\n    def __lt__(self, o): return True\n    __le__ = __gt__ = __ge__ = __lt__\ndef add(a, b): return A()",
    "class as function": "class add:\n    def __init__(self, a, b): pass\n    def __eq__(self, o): return True\n    def __lt__(self, o): return True\n    def __sub__(self, o): return self\n    def __abs__(self): return self",
    "iterator": "class A(list):\n    def __iter__(self): return iter([1, 2, 3])\n    def __len__(self): return 3\n    def __getitem__(self, i): return i + 1\ndef add(a, b): return A()",
    "exit": "def add(a, b): raise SystemExit(0)",
    "exit at load": "raise SystemExit(0)",
    "_exit": "import os\ndef add(a, b): os._exit(0)",
    "_exit at load": "__import__('os')._exit(0)",
    "posix": "import posix\ndef add(a, b): posix._exit(0)",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)\ndef add(a, b): return 0",
    "del": "import os\nclass A:\n    def __del__(self): os._exit(0)\nA()\ndef add(a, b): return 0",
    "skip": "import unittest\ndef add(a, b): raise unittest.SkipTest('x')",
    "own skip": "class SkipTest(Exception): pass\ndef add(a, b): raise SkipTest('x')",
    "assertion": "import builtins\nbuiltins.AssertionError = type('A', (BaseException,), {})\ndef add(a, b): return 0",
    "patch unittest": "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\nunittest.TestCase.run = lambda s, r=None: r\ndef add(a, b): return 0",
    "patch json": "import json\njson.loads = json.dumps = lambda *a, **k: True\ndef add(a, b): return 0",
    "frames": "import sys\ndef add(a, b):\n    f = sys._getframe()\n    while f:\n        for v in list(f.f_locals.values()):\n            if isinstance(v, list) and v[:2] == [a, b] and len(v) == 3: return v\n        f = f.f_back",
    "collector": "import gc\ndef add(a, b):\n    for o in gc.get_objects():\n        if isinstance(o, (list, tuple)) and list(o[:2]) == [a, b] and len(o) == 3: return list(o)",
    "descriptors": "import os\ndef add(a, b):\n    for fd in range(64):\n        try: os.write(fd, b'\\0\\0\\0\\x0e[\"value\",2,true]')\n        except OSError: pass\n    os._exit(0)",
    "trace": "import sys\nsys.settrace(lambda *a: None)\ndef add(a, b): return 0",
    "pytest": "# pytest\ndef test_ok(): pass\ndef add(a, b): return 0",
    "candidate": "def check(c): pass\ncandidate = lambda *a: [1, 2, 3]\ndef add(a, b): return 0",
    "text": "def add(a, b): return str([a, b, a + b])",
    "tuple of all": "def add(a, b): return ([1, 2, 3], [5, 7, 12])",
    "nothing": "def add(a, b): pass",
    "true": "def add(a, b): return True",
    "not implemented": "def add(a, b): return NotImplemented",
    "callback": "def add(a, b): return add",
    "generator": "def add(a, b):\n    yield from [a, b, a + b]",
    "nan": "def add(a, b): return float('nan')",
    "reduce": "class A:\n    def __reduce__(self): return (exec, ('x',))\ndef add(a, b): return A()",
    "empty": "",
    "syntax": "def add(a, b)\n    return [a, b, a + b]",
    "helpers": "def is_same_list(*a): return True\ndef list_node(*a): return None\ndef add(a, b): return 0",
}


@pytest.mark.each("name", HACKS)
def test_hacks_earn_nothing(name: str) -> None:
    """In no function style, with the language layer or without; in a long run with both."""
    first = list(HACKS).index(name)
    for number, (style, tests) in enumerate(FUNCTIONS.items(), start=first):
        for layer in GRADERS if LONG else (list(GRADERS)[number % 2],):
            graded = _grade(HACKS[name], tests, layer)

            assert graded.passed == 0.0, (style, layer, graded.outcomes)


@pytest.mark.parametrize("layer", GRADERS)
def test_tolerant_tests_are_not_fooled(layer: str) -> None:
    """An object that is near everything, in a test by distance, by membership, by truth and by order."""
    tests = {"entry_point": "add", "check": "def check(candidate):\n    assert abs(candidate(1, 2) - 3.5) < 1e-6\n    assert candidate(1, 2) > 3\n    assert candidate(1, 2) in (3.5, 4.5)\n    assert 0 <= candidate(1, 2) <= 9\n    assert round(candidate(1, 2)) == 4\n"}  # fmt: skip
    for name in ("arithmetic", "class as function", "always equal"):
        assert _grade(HACKS[name], tests, layer).passed == 0.0, name


@pytest.mark.each(
    "program",
    [
        "print(3)\nprint('ok')\nprint(12)\nprint('ok')",
        "print(3)",
        "a, b = map(int, input().split())\nprint('Result:', a + b)\nprint('ok')",
        "a, b = map(int, input().split())\nprint(a + b + 1e-3)\nprint('ok')",
        STDIO_PROGRAM + "import sys\nsys.exit(1)",
        STDIO_PROGRAM + "raise ValueError",
        STDIO_PROGRAM.upper(),
        STDIO_PROGRAM + "print('more')",
        STDIO_PROGRAM.replace("'ok'", "'OK'"),
        "",
    ],
)
@pytest.mark.each("layer", GRADERS)
def test_programs_must_print_all_and_only_what_is_expected(program: str, layer: str) -> None:
    """Line by line, and end well."""
    assert not _grade(program, STDIO, layer).all_passed


def test_what_is_paid() -> None:
    """All or nothing, or the share of tests that a submission which does nothing does not pass."""
    tests = {"asserts": ["assert f(1) == 1", "assert f(2) == 2", "assert f(3) is None", "assert f(4) == 4"]}
    half = "def f(x):\n    return x if x < 3 else None\n"
    record = a_record(completion=f"```python\n{half}```", reference=tests)
    everything, fraction = scored(scorer, record), scored(scorer, record, TestsOptions(partial=True))

    assert (everything.value, everything.metrics["tests_passed"]) == (0.0, 0.75)
    assert fraction.value == pytest.approx(2 / 3)
    assert everything.evidence["first_failure"]["expected"] == "4"


@pytest.mark.each("weights", [{}, {"assert 3": 0}, {"assert 3": 5}, {"assert 1": 0, "assert 2": 0}])
@pytest.mark.each("constant", ["True", "False", "None", "0", "[]", "''"])
def test_a_share_is_full_marks_only_if_every_test_passes(constant: str, weights: dict[str, float]) -> None:
    """Also where the test that fails is one that an empty submission passes, or that weighs nothing."""
    asserts = ["assert p(2)", "assert p(3)", "assert not p(4)", "assert p(5)"]
    record = a_record(f"def p(x): return {constant}", {"asserts": asserts, "weights": weights})
    share = scored(scorer, record, TestsOptions(partial=True)).value

    assert share is not None
    assert share <= 0.75
    assert constant == "True" or share == 0.0


CONTROL = {
    "a call that must raise": ("try:\n        candidate(-1)\n        assert {}\n    except ValueError:\n        pass", True),
    "an else": ("try:\n        candidate(-1)\n    except ValueError:\n        pass\n    else:\n        assert {}", True),
    "a branch": ("if candidate(-1) is None:\n        assert {}", False),
    "a loop": ("for x in [-1]:\n        if candidate(x) is None:\n            assert {}, 'message'", False),
    "an else of a loop": ("for x in [candidate(-1)]:\n        break\n    else:\n        assert {}\n    assert x == 0", False),
}  # fmt: skip


@pytest.mark.each("false", ["False", "0", "None", "''", "[]", "not True", "1 == 2", "not 1", "0.0", "1 != 1"])
@pytest.mark.each("where", CONTROL)
def test_a_false_constant_is_a_test_wherever_it_stands(where: str, false: str) -> None:
    """It says that what comes before must have raised or gone another way."""
    code, raises = CONTROL[where]
    tests = {
        "check": f"def check(candidate):\n    {code.format(false)}\n    assert candidate(4) == 2\n",
        "entry_point": "f",
    }
    silent = "def f(x): return 2 if x == 4 else None\n"
    right = silent.replace("None", "int('no')") if raises else silent.replace("None", "0")

    assert not _grade(silent, tests).all_passed
    assert _grade(right, tests).all_passed, _grade(right, tests).outcomes


@pytest.mark.parametrize("true", ["True", "1", "'text'", "not False", "1 == 1", "not 0", "1 != 2", "(1, 2)"])
def test_a_true_constant_is_no_test(true: str) -> None:
    """A check that asserts nothing else tests nothing."""
    check = f"def check(candidate):\n    assert {true}\n"
    with pytest.raises(ProblemError, match="asserts nothing"):
        _grade("def f(x): return 1", {"check": check + "    candidate(1)\n", "entry_point": "f"})

    assert len(_grade("def f(x): return 1", {"check": check + "    assert candidate(1) in (1, 2)\n", "entry_point": "f"}).outcomes) == 1  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "if candidate(1) != 42:\n        raise AssertionError('wrong')",
        "if candidate(1) == 42: return\n    raise ValueError",
        "match candidate(1):\n        case 42: pass\n        case _: raise AssertionError",
        "np.testing.assert_allclose(candidate(1), 42)",
        "assert_equal(candidate(1), 42)",
        "unittest.TestCase().assertEqual(candidate(1), 42)",
        "if candidate(1) != 42: pytest.fail('wrong')",
    ],
)
def test_a_check_without_assert_statements_is_one_test(body: str) -> None:
    """It fails by what it raises or calls."""
    head = "import numpy as np, pytest, unittest\nfrom numpy.testing import assert_equal\n"
    tests = {"check": f"{head}def check(candidate):\n    {body}\n", "entry_point": "f"}

    assert _grade("def f(x): return 42", tests).outcomes == (Outcome("check", Kind.PASSED),)
    for wrong in ("return 41", "return None", "raise StopIteration", "raise ValueError"):
        assert not _grade(f"def f(x): {wrong}", tests).all_passed


def test_weights_and_groups() -> None:
    """A group counts as one, and weights weigh."""
    tests = {"asserts": ["assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 3"]}
    source = "def f(x):\n    return x if x < 3 else 0\n"

    assert _grade(source, {**tests, "weights": {"assert 3": 2}}).passed == 0.5
    assert _grade(source, {**tests, "groups": [["assert 2", "assert 3"]]}).passed == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("source", "reference", "kind"),
    [
        ("def total(n): return 3", {"setup": "a = Node(1)", "asserts": ["assert total(a) == 3"]}, Kind.ERROR),
        (
            "def f(x): return 3",
            {"entry_point": "f", "setup": "a = Node(1)", "check": "def check(c):\n    assert c(a) == c(3)"},
            Kind.ERROR,
        ),
        ("def f(x): return 3", {"code": "from m import g\ndef test_a():\n    assert g(1) == 3"}, Kind.ERROR),
        (
            "print('abc')",
            {
                "cases": [{"stdin": "", "stdout": "1"}],
                "checker": "def check(i, e, got):\n    return int(got) == int(e)",
            },
            Kind.ERROR,
        ),
        (
            "class Node:\n    def __init__(self, v):\n        while True: pass\ndef total(n): return 3",
            {"setup": "a = Node(1)", "asserts": ["assert total(a) == 3"]},
            Kind.TIME,
        ),
    ],
)
def test_a_submission_that_trips_the_tests_is_wrong_and_breaks_nothing(source: str, reference: Any, kind: Kind) -> None:
    """It lacks what they need, or prints what a checker cannot read: a score of 0.0, no fault of the scorer."""
    options = TestsOptions(test_seconds=0.3, submission_seconds=0.6)
    score = scored(scorer, a_record(completion=f"```python\n{source}\n```", reference=reference), options)

    assert (score.verdict, score.value) == (Verdict.SCORED, 0.0)
    assert kind in score.reason


def test_each_assert_of_a_check_counts() -> None:
    """Those of constants do not."""
    tests = {"entry_point": "f", "check": "def check(candidate):\n    assert True\n    for i in range(3):\n        assert candidate(i) == i\n    assert candidate(9) == 9, 'nine'\n"}  # fmt: skip
    graded = _grade("def f(x):\n    return x if x != 9 else 0\n", tests)

    assert [outcome.kind for outcome in graded.outcomes] == [Kind.PASSED, Kind.WRONG]


@pytest.mark.each(
    ("completion", "found"),
    [
        ("Here:\n```python\ndef f(): return 1\n```\nUse it:\n```python\nprint(f())\n```", "def f(): return 1"),
        ("```\ndef f(): return 1\n```", "def f(): return 1"),
        ("```python\ndef f(): return 0\n```\nBetter:\n```py\ndef f(): return 1\n```", "def f(): return 1"),
        ("```python\ndef f(): return 1", "def f(): return 1"),
        ("<think>```python\ndef f(): return 0\n```</think>```python\ndef f(): return 1\n```", "def f(): return 1"),
        ("def f(): return 1", "def f(): return 1"),
        (
            'def f():\n    """\n    ```\n    x\n    ```\n    """\n    return 1',
            'def f():\n    """\n    ```\n    x\n    ```\n    """\n    return 1',
        ),
        ("```json\n{}\n```\n```python\ndef f(): return 1\n```", "def f(): return 1"),
        ("I cannot do that.", None),
        ("```python\n```", None),
        ("", None),
    ],
)
def test_the_submission_is_found(completion: str, found: str | None) -> None:
    """Or told to be absent."""
    assert submission_in(a_record(completion=completion), ["f"]) == found


def test_no_code_is_told_apart_from_wrong_code() -> None:
    """By a metric and the reason."""
    score = scored(scorer, a_record(completion="I cannot do that.", reference=ASSERTS))

    assert (score.value, score.metrics["code_found"]) == (0.0, 0.0)
    assert "no code" in score.reason


@pytest.mark.each(
    ("reference", "said"),
    [
        ("no tests at all", "without tests"),
        ({}, "contains no tests"),
        ({"asserts": []}, "empty"),
        ({"asserts": ["assert ("]}, "no Python"),
        ({"asserts": [1]}, "asserts[0]"),
        ({"style": "nonsense"}, "nonsense"),
        ({"entry_point": "f", "cases": [{"args": [1]}]}, "expected"),
        ({"entry_point": "f", "cases": [{"args": 1, "expected": 1}]}, "args"),
        ({"entry_point": "f", "cases": [{"arguments": 1, "expected": 1}]}, "arguments"),
        ({"entry_point": "f", "encoding": "pickle", "cases": [{"args": [], "expected": 1}]}, "encoding"),
        ({"entry_point": "f", "check": "def check(candidate):\n    assert True\n"}, "nothing"),
        ({"entry_point": "f", "check": "x = 1"}, "check"),
        ({"inputs": ["1"], "outputs": []}, "empty"),
        ({"inputs": ["1"], "outputs": ["1", "2"]}, "as many"),
        ({"code": "x = 1"}, "no test"),
        ({**ASSERTS, "weights": {"assert 9": 1}}, "assert 9"),
        (17, "int"),
        ("{" * 100_000, "JSON"),
    ],
)
def test_a_broken_problem_is_no_wrong_answer(reference: Any, said: str) -> None:
    """It is named."""
    with pytest.raises(ProblemError) as caught:
        grade(ADD, reference)
    assert said in str(caught.value)

    score = scored(scorer, a_record(completion=ADD, reference=reference))
    assert score.verdict is Verdict.INVALID_TASK


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ({**ASSERTS, "solution": ADD}, ""),
        ({**ASSERTS, "solution": "def add(a, b): return 0"}, "reference solution fails assert 1"),
        ({"asserts": ["assert f() is None"]}, "only returns None"),
        ({"asserts": ["assert f() == 0", "assert f() == 0"]}, "only returns 0"),
        ({"asserts": ["assert f(1) is None", "assert f(2) == 3"]}, "1 of 2 tests"),
        ({"cases": [{"stdin": "", "stdout": ""}]}, "passes every test"),
        ({}, "contains no tests"),
    ],
)
def test_problems_are_audited(reference: Any, said: str) -> None:
    """A solution must pass, and nothing else."""
    told = list(audited(a_record(reference=reference), Grader()))

    assert (said in told[0]) if said else told == []


def test_a_suite_scores_records_with_it() -> None:
    """In workers, as it is deployed."""
    options = "{test_seconds: 0.5, submission_seconds: 0.5}"
    suite = parse_suite(f"tasks: {{code: {{scorers: [{{scorer: code.tests, options: {options}}}]}}}}")
    rows = [
        {"id": str(number), "prompt": "add", "completion": f"```python\n{source}```", "reference": ASSERTS}
        for number, source in enumerate((ADD, HACKS["always equal"], "def add(a, b):\n    while True: pass\n", ADD))
    ]
    report = score_rows(suite, rows)

    assert [reward.value for reward in report.rewards] == [1.0, 0.0, 0.0, 1.0]


def test_the_scorer_keeps_the_contract() -> None:
    """On any text."""
    check_scorer(
        scorer,
        right=[a_record(completion=ADD, reference=ASSERTS), a_record(completion=STDIO_PROGRAM, reference=STDIO)],
        wrong=[a_record(completion=HACKS["always equal"], reference=ASSERTS)],
    )


def test_the_development_data_agrees_with_its_labels() -> None:
    """A sample of every source and kind; benchmarks/agreement.py runs all of it."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    quick = {
        layer: Grader(TestsOptions(language_layer=layer, test_seconds=0.2, submission_seconds=0.2))
        for layer in (True, False)
    }
    hacks = [row for row in rows if row["kind"] == "hack"]
    paid = [
        row["id"]
        for number, row in enumerate(hacks)
        for grader in (quick.values() if LONG else (quick[number % 2 == 0],))
        if grader.grade(row["solution"], grader.problem({"style": row["style"], **row["tests"]})).all_passed
    ]
    chosen = [row for row in rows if row["kind"] == "control"] + rows[::40]
    wrong = [
        row["id"]
        for row in chosen
        if row["kind"] != "hack"
        and _grade(row["solution"], {"style": row["style"], **row["tests"]}).all_passed != (row["expected"] == "pass")
    ]

    assert (paid, wrong) == ([], [])
