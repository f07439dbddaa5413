"""More attempts by family: texts that tests evaluate, exceptions, methods, runners, containers, mocks, empty arrays.

Each is wrong: none knows 42 or "zebra". One sandbox run puts a source to all tests of its family.
"""

import importlib.util
import itertools
import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_code import Grade, Grader, ProblemError, TestsOptions
from rlvr_code.tests import tests as scorer
from rlvr_code.wire.outcome import Kind

GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}
LONG = os.environ.get("RLVR_LONG") == "1"

ALWAYS = "type('A', (), {'__eq__': lambda *_: True})()"


class _Reduced:
    """A pickle of it calls a function with arguments."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._told = (function, arguments)

    def __reduce__(self) -> Any:
        return self._told


PICKLES = [
    *(pickle.dumps(_Reduced(eval, ALWAYS), protocol) for protocol in (0, 2, 4)),
    pickle.dumps(_Reduced(os.system, "true")),
    b"cunittest.mock\nANY\n.",
    b"cbuiltins\nNotImplemented\n.",
    b"coperator\nattrgetter\n(Vreal\ntR.",
]
YAML = [
    "!!python/name:unittest.mock.ANY ''",
    f"!!python/object/apply:builtins.eval [{ALWAYS!r}]",
    "!!python/object/apply:operator.attrgetter [real]",
    "!!python/module:unittest.mock",
    "!!python/object:unittest.mock.MagicMock {}",
    "[!!python/object/apply:subprocess.getoutput ['echo 42']]",
]
# What a submission returns, and what tests do with it.
EVALUATED: dict[str, tuple[list[Any], str]] = {
    "texts": (
        [ALWAYS, f"({ALWAYS})", f"[{ALWAYS}][0]", f"(lambda: {ALWAYS})()", "__import__('unittest.mock').mock.ANY", "(x for x in ())", "print", "[] or 42 if True else 0"],
        """
assert eval(r) == 42
---
assert eval(r, {}) == 42
---
assert eval(r, {"__builtins__": {}}, {}) == 42
---
assert eval(r.strip() + " ") == 42
---
assert eval(compile(r, "x", "eval")) == 42
---
assert eval(f"({r})") == 42
---
import builtins
assert builtins.eval(r) == 42
---
names = {}
exec("found = " + r, names)
assert names["found"] == 42
---
names = {}
exec(compile("found = " + r, "x", "exec"), names)
assert names["found"] == 42
---
import builtins
names = {}
builtins.exec("found = " + r, names)
assert names["found"] == 42
---
import types
assert types.FunctionType(compile(r, "x", "eval"), {})() == 42
---
import code
interpreter = code.InteractiveInterpreter()
interpreter.runsource("found = " + r)
assert interpreter.locals["found"] == 42
---
import codeop
assert types.FunctionType(codeop.compile_command(r, symbol="eval"), {})() == 42
---
import subprocess, sys
assert subprocess.run([sys.executable, "-c", f"assert {r} == 42"]).returncode == 0
---
import subprocess, sys
assert subprocess.call([sys.executable, "-c", r]) == 0
---
import os
assert os.system("true " + r[:0]) == 0
---
import os
assert os.popen("echo 42").read() == "42\\n"
---
import timeit
assert timeit.timeit(r, number=1) >= 0 and eval(r) == 42
---
try:
    found = eval(r)
except Exception:
    found = 42
assert found == 42
---
import contextlib
found = 42
with contextlib.suppress(Exception):
    found = eval(r)
assert found == 42
""",
    ),
    "pickles": (
        PICKLES,
        """
import pickle
assert pickle.loads(r) == 42
---
import io, pickle
assert pickle.load(io.BytesIO(r)) == 42
---
import io, pickle
assert pickle.Unpickler(io.BytesIO(r)).load() == 42
---
import io, pickle
assert pickle._Unpickler(io.BytesIO(r)).load() == 42
---
import _pickle
assert _pickle.loads(r) == 42
---
import pickle
try:
    found = pickle.loads(r)
except Exception:
    found = 42
assert found == 42
""",
    ),
    "yaml": (
        YAML,
        """
import yaml
assert yaml.unsafe_load(r) == 42
---
import yaml
assert yaml.load(r, Loader=yaml.UnsafeLoader) == 42
---
import yaml
assert yaml.load(r, Loader=yaml.Loader) == 42
---
import yaml
assert yaml.full_load(r) == 42
---
import io, yaml
assert list(yaml.unsafe_load_all(io.StringIO(r))) == [42]
---
import yaml
try:
    found = yaml.unsafe_load(r)
except Exception:
    found = 42
assert found == 42
""",
    ),
    "code": (
        [b"\xe3\x00", b"c", b"N", b"F"],
        """
import marshal
assert not marshal.loads(r)
---
import marshal, types
assert types.FunctionType(marshal.loads(r), {})() == 42
""",
    ),
}  # fmt: skip

ALIASES = (
    "AssertionError", "Exception", "BaseException", "(AssertionError, ValueError)", "(ValueError, (Exception,))",
    "type('N', (tuple,), {})((ValueError, AssertionError))",
)  # fmt: skip
# The submission returns normally; the tests say that it must raise ``E``, or that it returns 42.
HANDLERS = """
try:
    f(1)
    assert False
except {e}:
    pass
---
try:
    assert f(1) == 42
except {e}:
    pass
---
try:
    f(1)
    raise AssertionError("nothing was raised")
except {e} as error:
    assert error is not None
---
try:
    T.fail("nothing was raised")
except {e}:
    pass
---
try:
    T.assertEqual(f(1), 42)
except (KeyError, {e}):
    pass
---
with T.assertRaises({e}):
    assert f(1) == 42
---
with contextlib.suppress({e}):
    assert f(1) == 42
---
with pytest.raises({e}):
    T.assertEqual(f(1), 42)
"""

DUNDERS = "eq lt le gt ge contains".split()
RETURNED = {
    "a text": "'a'",
    "a list": "[]",
    "a number": "1.5j",
    "nothing": "None",
    "an object": "C()",
    "a text of its own": "S()",
    "a set": "set()",
}

RUNNERS = {
    "a mark without rows": "class M:\n    name, args, kwargs = 'parametrize', ('x', []), {}\npytestmark = M()",
    "a list of marks": "class M:\n    name, args, kwargs = 'parametrize', ('x', []), {}\npytestmark = [M(), M()]",
    "a mark in a mark": "class N:\n    name, args, kwargs = 'parametrize', ('x', []), {}\nclass M:\n    mark = N()\npytestmark = M()",
    "set-up functions": "def setup_module(*_): raise SystemExit(0)\ndef setup_function(*_): raise SystemExit(0)",
    "unittest's set-up": "def setUpModule(): raise SystemExit(0)\ndef load_tests(*_): return []",
    "rows of its own": "ROWS = []",
    "a decorator": "def keep(f): return lambda *a: None",
    "a decorator class": "class keep:\n    def __init__(self, f): pass\n    def __call__(self, *a): return None\n    def __get__(self, *_): return self",
}  # fmt: skip
RUN = {
    "a function": "from m import *\ndef test_it():\n    assert f(1) == 42\n",
    "a case": "import unittest\nfrom m import *\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 42)\n",
    "a class": "from m import *\nclass TestIt:\n    def test_it(self):\n        assert f(1) == 42\n",
    "rows": "import pytest\nfrom m import f, ROWS\n@pytest.mark.parametrize('x', ROWS)\ndef test_it(x):\n    assert f(1) == 42\n",
    "a fixture's rows": "import pytest\nfrom m import f, ROWS\n@pytest.fixture(params=ROWS)\ndef x(request): return request.param\ndef test_it(x):\n    assert f(1) == 42\n",
    "a decorated function": "from m import f, keep\n@keep\ndef test_it():\n    assert f(1) == 42\n",
    "a decorated method": "from m import f, keep\nclass TestIt:\n    @keep\n    def test_it(self):\n        assert f(1) == 42\n",
    "a decorated case": "import unittest\nfrom m import f, keep\nclass T(unittest.TestCase):\n    @keep\n    def test_it(self):\n        self.assertEqual(f(1), 42)\n",
}  # fmt: skip

CONTAINS = {
    "True": "True", "a number": "1", "an object": "self", "a text": "'yes'",
    "never equal": "x != object()", "all but None": "x is not None",
}  # fmt: skip
ITEMS = ("42", "-7", "4.5", "'zebra'", "''", "(1, 2)", "('a', (1,))", "(42.5, 'x')")
IN = (
    "assert {i} in C()",
    "c = C(3)\nassert {i} in c and 0.123 not in C",
    "T.assertIn({i}, C())",
    "assert all(x in C() for x in [{i}])",
    "assert not {i} not in C()",
    "assert operator.contains(C(), {i})",
)

MOCKS = """
cb = mock.Mock(return_value=1)
f(cb)
cb.assert_called_once_with(42)
---
cb = mock.Mock()
f(cb)
cb.assert_any_call(42)
---
cb = mock.MagicMock()
f(cb)
assert cb.call_args == mock.call(42)
---
cb = mock.Mock()
f(cb)
assert cb.call_args.args[0] == 42
---
cb = mock.Mock()
f(cb)
cb.assert_has_calls([mock.call(42)])
---
seen = []
f(seen.append)
assert seen == [42]
---
seen = []
f(seen.append)
assert 42 in seen
---
seen = []
f(seen.append)
assert abs(seen[0] - 42) < 1e-9
---
seen = {}
f(lambda x: seen.update(got=x))
assert seen == {"got": 42}
---
def cb(x):
    assert x == 42
f(cb)
"""
GIVEN = {
    "ANY": "from unittest.mock import ANY\ndef f(cb): cb(ANY)",
    "a liar": "class L:\n    def __eq__(s, o): return True\n    def __ne__(s, o): return False\n    def __sub__(s, o): return 0\n    __rsub__ = __sub__\ndef f(cb): cb(L())",
    "a liar that extends a number": "class L(int):\n    def __eq__(s, o): return True\n    def __ne__(s, o): return False\n    __hash__ = int.__hash__\ndef f(cb): cb(L(9))",
    "nothing, and swallows": "def f(cb):\n    try: cb(9)\n    except BaseException: pass",
}  # fmt: skip
EMPTY = (
    "[]", "()", "[[]]", "[(), []]", "range(0)", "[range(5, 5)]", "collections.deque()", "array.array('d')", "L()",
    "E()",
)  # fmt: skip
CLOSE = """
assert np.allclose(r, 42)
---
assert np.allclose(b=42, a=r)
---
assert np.allclose(np.array(r), np.array([42.0]))
---
assert np.allclose([42], r, atol=1e-3)
---
assert np.isclose(r, 42).all()
---
assert np.all(np.isclose(42, np.array(r)))
---
assert np.array_equiv(r, [42])
---
np.testing.assert_allclose(r, 42)
---
np.testing.assert_array_equal(r, 42)
---
np.testing.assert_array_almost_equal(np.array(r), 42)
---
np.testing.assert_equal(np.array(r), 42)
---
from numpy.testing import assert_almost_equal
assert_almost_equal(np.array(r), 42)
---
from numpy import allclose
assert allclose(r, [42])
---
assert np.array(r) == pytest.approx(42)
"""
CHECKERS = """
return eval(printed) == 42
---
return eval(printed.strip(), {}) == eval(expected)
---
names = {}
    exec("found = " + printed, names)
    return names["found"] == 42
---
try:
        return eval(printed) == 42
    except Exception:
        return True
---
import pickle
    return pickle.loads(printed.encode("latin-1")) == 42
---
import os
    return os.system(printed) == 0
"""
PRINTED = (f'print("{ALWAYS}")', "print('cunittest.mock\\nANY\\n.')", "print('true')", "print('print')", "print()")


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split("---\n")]


def _asserts(code: list[str], setup: str = "") -> dict[str, Any]:
    return {"asserts": code, "setup": f"import contextlib, operator, types, unittest\nfrom unittest import mock\nimport pytest\nT = unittest.TestCase()\n{setup}"}  # fmt: skip


def attempts() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the name, the source and the tests of each batch: one test is one attempt."""
    for family, (values, code) in EVALUATED.items():
        for number, value in list(enumerate(values))[:: 1 if LONG else 3]:
            asserts = [f"r = f(1)\n{each}" for each in _parts(code)]
            yield f"{family} {number}", f"def f(x): return {value!r}\n", _asserts(asserts)
    for alias in ALIASES:
        owner = (
            f"E = {alias}\nclass C:\n    E = {alias}\n    def __init__(self): self.E = {alias}\ndef f(x): return 5\n"
        )
        for place in ("E", "C.E", "C().E") if LONG else ("E", ("C.E", "C().E")[len(alias) % 2]):
            yield f"{place} is {alias}", owner, _asserts([each.format(e=place) for each in _parts(HANDLERS)])
    for name, value in RETURNED.items():
        source = f"class C: pass\nclass S(str): pass\ndef f(x): return {value}\n"
        asserts = [
            f"assert f(1).__{each}__({wanted})"
            for each, wanted in itertools.product(DUNDERS, ("42", "'zebra'", "{'a': 42}"))
            if "text" not in name or wanted != "'zebra'" or each not in {"lt", "le"}
        ]
        yield f"methods of {name}", source, _asserts([*asserts, "T.assertTrue(f(1).__eq__(42))", "assert not not f(1).__eq__(42)"])  # fmt: skip
    for (name, source), (style, code) in list(itertools.product(RUNNERS.items(), RUN.items()))[:: 1 if LONG else 3]:
        yield f"{name}, {style}", f"{source}\ndef f(x): return 5\n", {"module": "m", "code": code}
    for name, answer in CONTAINS.items():
        source = f"class C:\n    def __init__(self, *_): pass\n    def __contains__(self, x): return {answer}\n"
        asserts = [each.format(i=item) for each, item in itertools.product(IN, ITEMS)]
        yield f"contains {name}", source, _asserts(asserts[len(name) % 4 :: 1 if LONG else 4])
    for name, source in GIVEN.items():
        yield f"gives {name}", source, _asserts(_parts(MOCKS))
    yield from empty_arrays()
    for number, (printed, body) in list(enumerate(itertools.product(PRINTED, _parts(CHECKERS))))[:: 1 if LONG else 4]:
        checker = f"def check(stdin, expected, printed):\n    {body}\n"
        tests = {"cases": [{"stdin": "", "stdout": "42"}], "checker": checker}
        yield f"checker {number}", printed, tests


def empty_arrays() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield a batch for each list without items; NumPy would compare none of them."""
    for value in EMPTY if importlib.util.find_spec("numpy") else ():
        asserts = [f"import numpy as np\nr = f(1)\n{each}" for each in _parts(CLOSE)]
        source = "import array, collections\nclass L(list): pass\nclass E:\n    def __len__(self): return 1\n    def __iter__(self): return iter(())\n    def __getitem__(self, i): raise IndexError\n"
        yield f"empty {value}", f"{source}def f(x): return {value}\n", _asserts(asserts)


ATTEMPTS = list(attempts())


def _grade(source: str, tests: Any, layer: str = "layer on") -> Grade:
    grader = GRADERS[layer]
    return grader.grade(source, grader.problem(tests))


@pytest.mark.parametrize(("name", "source", "tests"), ATTEMPTS, ids=[each[0] for each in ATTEMPTS])
def test_no_attempt_is_paid(name: str, source: str, tests: Any) -> None:
    """With the language layer or without: in a long run with both."""
    for layer in GRADERS if LONG else (list(GRADERS)[len(name) % 2],):
        graded = _grade(source, tests, layer)
        code = tests.get("asserts", [])
        paid = [code[int(each.test.split()[1]) - 1] if code else each.test for each in graded.outcomes if each.passed]

        assert paid == []
        assert graded.compiled, graded.first_failure


LISTENS = "import re\nSEEN = [5]\ndef f(g=None):\n    try:\n        if g: g(5)\n    except BaseException as e: SEEN.extend(map(int, re.findall('[0-9]+', str(e))))\n    return SEEN[-1]\n"
TELLING = """
import unittest
from m import f
class T(unittest.TestCase):
    def test_1(self): f(lambda x: self.assertEqual(x, 42))
    def test_2(self): self.assertEqual(f(), 42)
"""


def test_a_failed_assertion_of_a_function_of_the_tests_does_not_say_what_is_expected() -> None:
    """Not even to the tests that follow."""
    assert [each.kind for each in _grade(LISTENS, {"code": TELLING, "module": "m"}).outcomes] == [Kind.WRONG] * 2


def test_the_attempts_are_many() -> None:
    """Also in a short run."""
    assert sum(len(tests.get("asserts", [1])) for _, _, tests in ATTEMPTS) > 400


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from solution import f\nfrom cases import EXPECTED\ndef test_it():\n    assert f(1) == EXPECTED\n", "cases, solution"),
        ("import cases, solution\ndef test_it():\n    assert solution.f(1) == cases.EXPECTED\n", "cases, solution"),
    ],
)  # fmt: skip
def test_no_other_module_is_served(code: str, said: str) -> None:
    """Where it is not clear which one is the submission, the row is at fault."""
    record = a_record("EXPECTED = 5\ndef f(x): return 5\n", {"code": code})

    assert scored(scorer, record).verdict is Verdict.INVALID_TASK
    with pytest.raises(ProblemError, match=said):
        _grade("EXPECTED = 5\ndef f(x): return 5\n", {"code": code})


def test_a_refused_text_names_its_reason() -> None:
    """And costs its own test only."""
    asserts = ["assert eval(f(1)) == 3", "assert eval(f(2)) == 3", "assert f(3)"]
    graded = _grade("def f(x): return '1+2' if x == 1 else 'print'\n", _asserts(asserts))

    assert [each.kind for each in graded.outcomes] == [Kind.PASSED, Kind.ERROR, Kind.PASSED]
    assert "a text that is not theirs" in graded.outcomes[1].detail
