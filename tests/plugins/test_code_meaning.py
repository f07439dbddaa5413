"""Tests keep their meaning: they run whole, or the problem is refused; what does not run does not pass."""

import itertools
import random
import subprocess
import sys
from collections import Counter, deque
from typing import Any

import pytest

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_code import Grade, Grader, ProblemError, TestsOptions
from rlvr_code.problems.problem import Comparison
from rlvr_code.tests import tests as scorer
from rlvr_code.trusted.comparing import equal
from rlvr_code.wire.outcome import Kind

GRADER = Grader()
RIGHT = "def f(n):\n    return n + 1\n"
WRONG = "def f(n):\n    return n\n"
RAISES = "def f(n):\n    raise ValueError\n"


def _grade(source: str, tests: Any) -> Grade:
    return GRADER.grade(source, GRADER.problem(tests))


def _module(body: str) -> dict[str, Any]:
    return {"module": "m", "code": f"import asyncio, unittest\nfrom m import f\n{body}"}


RUNNING = {
    "a generator": "def test_it():\n    yield\n    assert f(1) == 2\n",
    "an async generator": "async def test_it():\n    yield\n    assert f(1) == 2\n",
    "a generator in a class": "class TestIt:\n    def test_it(self):\n        yield\n        assert f(1) == 2\n",
    "a generator in a test case": "class T(unittest.TestCase):\n    def test_it(self):\n        yield\n        self.assertEqual(f(1), 2)\n",
    "a coroutine in a plain test case": "class T(unittest.TestCase):\n    async def test_it(self):\n        self.assertEqual(f(1), 2)\n",
    "an async generator in an async test case": "class T(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n        yield\n        self.assertEqual(f(1), 2)\n",
    "an async function": "async def test_it():\n    assert f(1) == 2\n",
    "an async function that waits": "async def test_it():\n    await asyncio.sleep(0)\n    assert f(1) == 2\n",
    "an async method": "class TestIt:\n    async def test_it(self):\n        assert f(1) == 2\n",
    "an async test case": "class T(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n        assert f(1) == 2\n",
    "an async test case below another": "class Base(unittest.IsolatedAsyncioTestCase):\n    pass\nclass T(Base):\n    async def test_it(self):\n        self.assertEqual(f(1), 2)\n",
    "a coroutine of the tests": "async def g(n):\n    return f(n)\nasync def test_it():\n    assert await g(1) == 2\n",
    "a coroutine in asyncio.run": "async def g(n):\n    return f(n)\ndef test_it():\n    assert asyncio.run(g(1)) == 2\n",
    "a generator that is used": "def test_it():\n    def g():\n        yield f(1)\n    assert list(g()) == [2]\n",
    "a call of unittest.main": "class T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\nunittest.main()\n",
    "an exit with unittest.main": "import sys\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\nsys.exit(unittest.main())\n",
    "a skipped test beside": "@unittest.skip('later')\ndef test_other():\n    assert f(1) == 9\ndef test_it():\n    assert f(1) == 2\n",
    "a skipped class beside": "@unittest.skip('later')\nclass T(unittest.TestCase):\n    def test_other(self):\n        self.fail()\ndef test_it():\n    assert f(1) == 2\n",
    "a skipped method beside": "class T(unittest.TestCase):\n    @unittest.skip\n    def test_other(self):\n        self.fail()\n    def test_it(self):\n        self.assertEqual(f(1), 2)\n",
}  # fmt: skip


@pytest.mark.parametrize("tests", RUNNING)
def test_tests_run_whole(tests: str) -> None:
    """A right submission passes them, and a wrong one does not."""
    right, wrong = (_grade(source, _module(RUNNING[tests])) for source in (RIGHT, WRONG))

    assert right.all_passed, right.outcomes
    assert len(right.outcomes) == 1
    assert wrong.passed == 0.0


NOT_PASSED = {
    "a skip in the body": "def test_it():\n    raise unittest.SkipTest('no')\n",
    "a skip in a test case": "class T(unittest.TestCase):\n    def test_it(self):\n        self.skipTest('no')\n",
    "a skip in the set-up": "class T(unittest.TestCase):\n    def setUp(self):\n        self.skipTest('no')\n    def test_it(self):\n        pass\n",
    "a skip of the class's set-up": "class T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        raise unittest.SkipTest('no')\n    def test_it(self):\n        pass\n",
    "a skip by what the submission has": "import m\n@unittest.skipUnless(hasattr(m, 'fast'), 'no')\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(m.fast(1), 2)\n",
    "a skip by what the submission returns": "@unittest.skipIf(f(1) != 99, 'no')\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 99)\n",
    "an expected failure": "class T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_it(self):\n        self.assertEqual(f(1), 99)\n",
    "an unexpected success": "class T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_it(self):\n        self.assertEqual(1, 1)\n",
    "an exit": "import sys\ndef test_it():\n    sys.exit(0)\n",
    "an exit in a test case": "import sys\nclass T(unittest.TestCase):\n    def test_it(self):\n        sys.exit(0)\n",
    "an exit of the module": "import sys\ndef test_it():\n    pass\nsys.exit(0)\n",
    "an expected failure of a generator": "class T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_it(self):\n        yield\n        self.assertEqual(f(1), 99)\n",
    "a generator of values that a decorator makes": "def plain(g):\n    def test():\n        yield g()\n    return test\n@plain\ndef test_it():\n    assert f(1) == 99\n",
    "a failed sub-test": "class T(unittest.TestCase):\n    def test_it(self):\n        with self.subTest():\n            self.assertEqual(f(1), 99)\n",
}  # fmt: skip


@pytest.mark.parametrize("source", [RIGHT, WRONG, RAISES])
@pytest.mark.parametrize("tests", NOT_PASSED)
def test_what_does_not_run_to_its_end_does_not_pass(tests: str, source: str) -> None:
    """Skips, expected failures and exits are failures."""
    graded = _grade(source, _module(NOT_PASSED[tests]))

    assert len(graded.outcomes) == 1
    assert graded.passed == 0.0, graded.outcomes


REFUSED = {
    "a generator that yields tests": (_module("def test_it():\n    yield f, 1\n"), "'test_it' yields"),
    "a check that yields": ({"entry_point": "f", "check": "def check(c):\n    yield c(1)\n"}, "'check' yields"),
    "a generator that delegates": (_module("def test_it():\n    yield from [f(1)]\n"), "'test_it' yields"),
    "all tests skipped": (_module("@unittest.skip('later')\ndef test_it():\n    assert f(1) == 2\n"), "no test that runs"),
    "a checker without check": ({"cases": [{"stdin": "", "stdout": ""}], "checker": "x = 1"}, "no function 'check'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_tests_that_cannot_run_are_refused(name: str) -> None:
    """The row is at fault, and no submission."""
    tests, said = REFUSED[name]
    with pytest.raises(ProblemError) as caught:
        GRADER.problem(tests)

    assert said in str(caught.value)
    assert scored(scorer, a_record(RIGHT, tests)).verdict is Verdict.INVALID_TASK


AWAITING = {
    "a coroutine": _module("async def test_it():\n    assert await f(1) == 2\n"),
    "a gathered one": _module("async def test_it():\n    assert await asyncio.gather(f(1), f(2)) == [2, 3]\n"),
    "a task": _module("async def test_it():\n    assert await asyncio.create_task(f(1)) == 2\n"),
    "an async test case": _module("class T(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n        self.assertEqual(await f(1), 2)\n"),
    "asyncio.run": {"asserts": ["import asyncio\nassert asyncio.run(f(1)) == 2"]},
    "a check": {"entry_point": "f", "check": "import asyncio\ndef check(candidate):\n    assert asyncio.run(candidate(1)) == 2\n"},
    "an async loop": {"module": "m", "code": "from m import g\nasync def test_it():\n    seen = []\n    async for n in g(2):\n        seen.append(n)\n    assert seen == [2, 3]\n"},
    "an async comprehension": {"module": "m", "code": "from m import g\nasync def test_it():\n    assert [n async for n in g(2)] == [2, 3]\n"},
    "an async iterator": {"module": "m", "code": "from m import It\nasync def test_it():\n    assert [n async for n in It(2)] == [2, 3]\n"},
    "an async context": {"module": "m", "code": "from m import Box\nasync def test_it():\n    async with Box(1) as n:\n        assert n == 2\n"},
    "an awaitable": {"module": "m", "code": "from m import Later\nasync def test_it():\n    assert await Later(1) == 2\n"},
}  # fmt: skip
ASYNC = """
class Sleep:
    def __await__(self):
        yield
async def f(n):
    await Sleep()
    return n + {one}
async def g(n):
    for i in range(2):
        yield n - 1 + await f(i)
class It:
    def __init__(self, n): self.n = n; self.i = 0
    def __aiter__(self): return self
    async def __anext__(self):
        if self.i == 2: raise StopAsyncIteration
        self.i += 1
        return self.n - 2 + await f(self.i)
class Box:
    def __init__(self, n): self.n = n
    async def __aenter__(self): return await f(self.n)
    async def __aexit__(self, *error): return True
class Later:
    def __init__(self, n): self.n = n
    def __await__(self): return f(self.n).__await__()
"""


@pytest.mark.each("name", AWAITING)
def test_tests_await_the_coroutines_of_a_submission(name: str) -> None:
    """The coroutine runs to its end in the submission's process, and what it returns is compared here."""
    right, wrong = (_grade(ASYNC.format(one=one), AWAITING[name]) for one in ("1", "0"))

    assert right.all_passed, right.outcomes
    assert wrong.passed == 0.0, wrong.outcomes


STATEMENTS = {
    "walrus": "assert (r := candidate(1)) == 2\n    assert r + 1 == 3",
    "walrus in a message": "assert candidate(1) == 2, (m := 'no')\n    assert candidate(1) in (2, 3)",
    "a comprehension": "assert [candidate(i) for i in range(3)] == [1, 2, 3]",
    "in a nested function": "def close(a, b):\n        assert a == b\n    close(candidate(1), 2)",
    "in a class": "class C:\n        assert candidate(1) == 2",
    "in a with": "import contextlib\n    with contextlib.nullcontext(candidate(1)) as r:\n        assert r == 2",
    "in a finally": "try:\n        r = candidate(1)\n    finally:\n        assert candidate(1) == 2",
    "in a coroutine": "import asyncio\n    async def g():\n        await asyncio.sleep(0)\n        assert candidate(1) == 2\n    asyncio.run(g())",
    "a local of the function": "for i in range(2):\n        want = i + 1\n        assert candidate(i) == want, (i, want)",
}  # fmt: skip


@pytest.mark.each(
    "kind",
    [
        "def check(candidate):\n    {}\n",
        "def check(candidate):\n    yield\n    {}\n",
        "async def check(candidate):\n    {}\n",
    ],
)
@pytest.mark.each("name", [name for name in STATEMENTS if name != "in a coroutine"])
def test_a_check_may_be_a_generator_or_a_coroutine(name: str, kind: str) -> None:
    """Its body runs."""
    tests = {"entry_point": "f", "check": kind.format(STATEMENTS[name])}

    assert _grade(RIGHT, tests).all_passed, _grade(RIGHT, tests).outcomes
    assert not _grade(WRONG, tests).all_passed


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_assert_of_a_check_means_what_it_says(name: str) -> None:
    """In any position, with what it binds."""
    tests = {"entry_point": "f", "check": f"def check(candidate):\n    {STATEMENTS[name]}\n"}

    assert _grade(RIGHT, tests).all_passed, _grade(RIGHT, tests).outcomes
    assert not _grade(WRONG, tests).all_passed
    assert not _grade(RAISES, tests).all_passed


LEAVES = ("SystemExit(0)", "KeyboardInterrupt", "GeneratorExit", "StopIteration", "AssertionError", "Exception")


@pytest.mark.each("error", LEAVES)
@pytest.mark.each(
    "tests",
    [
        {"setup": "x = Foo()", "asserts": ["assert x.y == 1"]},
        {"setup": "x = Foo()", "entry_point": "Foo", "check": "def check(c):\n    assert x.y == 1"},
        {"setup": "from m import Foo\nx = Foo()", "code": "def test_it():\n    assert x.y == 1", "module": "m"},
        {"code": "from m import Foo\nx = Foo()\ndef test_it():\n    assert x.y == 1", "module": "m"},
        {"code": "from m import Foo\ndef test_it():\n    x = Foo()\n    assert x.y == 1", "module": "m"},
    ],
    ids=itertools.count(),
)
def test_a_submission_that_leaves_in_the_setup_is_wrong(tests: Any, error: str) -> None:
    """It cannot make the scorer fail."""
    source = f"class Foo:\n    def __init__(self):\n        raise {error}\n"
    score = scored(scorer, a_record(source, tests))

    assert (score.verdict, score.value) == (Verdict.SCORED, 0.0)


CHECKER = "def check(stdin, expected, printed):\n    return len(printed) == int(expected)\n"


@pytest.mark.each("sign", ["'\\x01'", "'x'", "'\\\\'", "'\"'", "'😀'"])
@pytest.mark.each("cases", [1, 12])
def test_a_checker_gets_much_output_in_pieces(cases: int, sign: str) -> None:
    """However much its JSON takes."""
    count = 250_000
    tests = {"cases": [{"stdin": "", "stdout": str(count + 1)}] * cases, "checker": CHECKER}
    graded = _grade(f"print({sign} * {count})", tests)

    assert graded.all_passed, graded.outcomes
    assert len(graded.outcomes) == cases


def test_output_that_no_message_holds_is_a_failure_of_the_submission() -> None:
    """Other cases are judged."""
    source = "print('\\x01' * (13_000_000 if input() == '1' else 3))"
    tests = {"cases": [{"stdin": "1", "stdout": "13000001"}, {"stdin": "2", "stdout": "4"}], "checker": CHECKER}
    score = scored(scorer, a_record(source, tests), TestsOptions(output_kb=16_384, partial=True))

    assert (score.verdict, score.value) == (Verdict.SCORED, 0.5)
    assert Kind.OUTPUT in score.reason


@pytest.mark.parametrize(
    "error", ["raise SystemExit(0)", "raise KeyboardInterrupt", "import sys; sys.exit(1)", "1 / 0"]
)
def test_a_checker_that_leaves_refuses(error: str) -> None:
    """As a checker does that exits where it cannot read what was printed."""
    checker = f"def check(stdin, expected, printed):\n    if printed != 'ok\\n':\n        {error}\n    return True\n"
    tests = {"cases": [{"stdin": "", "stdout": "ok"}], "checker": checker}

    assert _grade("print('ok')", tests).all_passed
    assert scored(scorer, a_record("print('no')", tests)).verdict is Verdict.SCORED
    assert not _grade("print('no')", tests).all_passed


IN_ANY_ORDER = [
    ([10.0, 2.0], [2.0, 9.999999999], True),
    ([10.0, 0.3], [0.1 + 0.2, 10.0], True),
    ([1, 1.0, True], [True, 1, 1.0], True),
    ([1.0, 1.0 + 9e-7], [1.0 + 9e-7, 1.0 + 1.8e-6], True),
    ([1.0, 1.0], [1.0, 1.1], False),
    ([1, 2, 2], [1, 1, 2], False),
    ([[1.0, 2.0], [3.0]], [[3.0], [1.0, 2.0 + 1e-9]], True),
    ([[1.0, 2.0]], [[2.0, 1.0]], False),
    ([float("nan"), 1.0], [1.0, float("nan")], True),
    ([float("inf"), 1], [1, float("inf")], True),
    ([{"a": 1.0}, {"b": 2.0}], [{"b": 2.0 + 1e-9}, {"a": 1.0}], True),
    (["10", "9"], ["9", "10"], True),
    (["a", 1.0, None], [None, 1.0 + 1e-9, "a"], True),
    ([{1: [2]}, {"x": {3, 4}}], [{"x": {4, 3}}, {1: [2]}], True),
    ([{0.3, 5.0}], [{5.0, 0.1 + 0.2}], True),
    ([{0.3, 5.0}], [{5.0, 0.4}], False),
    ([10**400, 1.0], [1.0, 10**400], True),
    ([Counter("a"), Counter("b")], [Counter("b"), Counter("a")], True),
    ([deque([1]), deque([2])], [deque([2]), deque([1])], True),
    ([deque([1]), deque([2])], [deque([2]), deque([2])], False),
    ([], [], True),
    ([1], [], False),
]


@pytest.mark.each(("reference", "answer", "is_equal"), IN_ANY_ORDER, ids=itertools.count())
def test_items_match_in_any_order_within_the_tolerance(
    reference: list[Any], answer: list[Any], *, is_equal: bool
) -> None:
    """And not as their texts sort."""
    assert equal(reference, answer, Comparison(tolerance=1e-6, any_order=True)) is is_equal


@pytest.mark.each(("reference", "answer", "is_equal"), IN_ANY_ORDER, ids=itertools.count())
def test_the_sides_of_a_match_can_change_places(reference: list[Any], answer: list[Any], *, is_equal: bool) -> None:
    """And neither side's order counts."""
    how = Comparison(tolerance=1e-6, any_order=True)

    assert equal(answer, reference, how) is is_equal
    assert equal(reference[::-1], answer, how) is is_equal


def test_a_match_is_found_if_there_is_one() -> None:
    """As a search over all orders finds it."""
    chance = random.Random(5)  # noqa: S311  # chooses cases
    for tolerance, _ in itertools.product((0.0, 0.25), range(300)):
        pairs = [[[chance.randrange(8) / 10, chance.randrange(3) / 10] for _ in range(4)] for _ in range(2)]
        how = Comparison(tolerance=tolerance)
        orders = itertools.permutations(pairs[1])
        exists = any(equal(pairs[0], list(order), how) for order in orders)

        assert equal(pairs[0], pairs[1], Comparison(tolerance=tolerance, any_order=True)) is exists, pairs


def test_long_answers_match_without_many_comparisons() -> None:
    """Equal items are counted, and numbers compared in their order."""
    exact = Comparison(any_order=True)
    near = Comparison(any_order=True, tolerance=1e-6)
    reference = [[number, str(number)] for number in range(20_000)]
    numbers = [number / 7 for number in range(20_000)]

    assert equal(reference, reference[::-1], exact)
    assert not equal(reference, [*reference[1:], [0, "1"]], exact)
    assert equal(numbers, [number + 1e-9 for number in reversed(numbers)], near)
    assert not equal(numbers, [number + 1e-2 for number in numbers], near)


def test_the_first_failed_sub_test_says_why_a_test_failed() -> None:
    """And the sub-tests behind it run too, which changes nothing."""
    code = "class T(unittest.TestCase):\n    def test_it(self):\n        for x, y in [(1, 2), (1, 99), (1, 98)]:\n            with self.subTest(x=x):\n                self.assertEqual(f(x), y)\n"
    outcome = _grade(RIGHT, _module(code)).outcomes[0]

    assert outcome.kind is Kind.WRONG
    assert "2 != 99" in outcome.detail


@pytest.mark.parametrize("imports", ["from adder import f", "import adder\nf = adder.f", "from lib.adder import *"])
def test_the_module_of_a_submission_needs_no_name(imports: str) -> None:
    """It is the one that nobody else provides."""
    tests = {
        "style": "unittest",
        "code": f"import math\n{imports}\ndef test_it():\n    assert f(math.floor(1.5)) == 2\n",
    }

    assert _grade(RIGHT, tests).all_passed
    assert not _grade(WRONG, tests).all_passed


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_asserts_count_also_where_python_drops_them(flag: str) -> None:
    """Test code that is more than calls is compiled by the scorer."""
    code = f"from rlvr_code import grade\nprint([grade({WRONG!r}, tests).all_passed for tests in ({{'asserts': ['x = f(1)\\nassert x == 2']}}, {{'entry_point': 'f', 'check': 'def check(c):\\n    x = c(1)\\n    assert x == 2'}})])"
    done = subprocess.run([sys.executable, flag, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[False, False]\n"
