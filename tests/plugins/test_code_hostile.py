"""While test code runs, no submission answers in place of a value, and none serves a name of the tests.

The attempts are generated: what an object extends and answers, where the tests have it from, and what they ask of it.
Each is wrong: none knows 42.7, "zebra", [7, 8] or {"a": 7}, of which the tests in ``cases/code_value_tests.jsonl`` ask.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rlvr import Verdict
from rlvr.testing import a_record, scored
from rlvr_code import Grade, Grader, ProblemError, TestsOptions
from rlvr_code.tests import tests as scorer

CASES = Path(__file__).parent / "cases" / "code_value_tests.jsonl"
TESTS = [json.loads(line)["test"] for line in CASES.read_text().splitlines()]
IMPORTS = "import functools, itertools, math, operator, re, statistics, unittest\nT = unittest.TestCase()\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
LONG = os.environ.get("RLVR_LONG") == "1"
GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}

# What each special method answers; `self` stands for the object.
ANSWERS = ("True", "0.0", "self", "1", "9")

# Where the tests have an object from.
RECEIVERS = {"returned": "f(1)", "named": "Solution().f(1)", "made": "Area(3)", "method": "Solution().other(1)"}

# What a liar extends, and with what content: nothing of which a test here is true.
CONTENTS = {
    "": "", "str": "'7 '", "float": "0.5", "int": "3", "list": "[9]", "set": "{9}", "dict": "{'b': 9}", "tuple": "(9,)",
    "frozenset": "[9]", "bytes": "b' '",
}  # fmt: skip

_SPECIAL = (
    "eq ne lt le gt ge add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor radd rsub rmul rtruediv "
    "rfloordiv rmod rdivmod rpow rand ror rxor iadd isub imul itruediv neg pos abs invert int float complex index round trunc floor "
    "ceil len getitem contains enter exit call"
).split()
_METHODS = (
    "startswith endswith isalpha isalnum isdigit islower isupper isidentifier count find index upper lower strip title encode replace "
    "removeprefix split partition issubset issuperset isdisjoint union intersection difference symmetric_difference "
    "is_integer get keys values items pop copy setdefault equals all any"
).split()


# An end, so that iterating over it ends.
_ITEM = "    def __getitem__(self, i):\n        if isinstance(i, int) and i > 1: raise IndexError\n        return self.item()\n"


def liar(base: str, answer: str) -> str:
    """Return a submission whose objects answer everything that a test may ask."""
    content = CONTENTS[base]
    special = "".join(
        f"    def __{name}__(self, *o):\n        return {_typed(name, answer)}\n"
        for name in _SPECIAL
        if _fits(name, base)
    )
    plain = "".join(f"    def {name}(self, *o, **k): return {answer}\n" for name in (*_METHODS, "item"))
    if not base:
        plain += "    def __repr__(self): return 'L()'\n"  # the address of an object may contain what a test looks for
    body = f"{special}{plain}    def __hash__(self): return hash(42.7)\n{_ITEM if base in {'', 'list', 'dict'} else ''}    def f(self, *o): return self\n    def other(self, *o): return Other({content})\n"
    new = (
        f"    def __new__(cls, *o): return {base}.__new__(cls, {content})\n"
        if base in {"str", "float", "int", "tuple", "frozenset", "bytes"}
        else ""
    )
    init = (
        f"    def __init__(self, *o): {base}.__init__(self, {content})\n"
        if base in {"list", "set", "dict"}
        else "    def __init__(self, *o): pass\n"
    )
    classes = "".join(
        f"class {name}({base or 'object'}):\n{new}{init}{body}" for name in ("Liar", "Solution", "Area", "Other")
    )
    return f"{classes}def f(*o): return Liar()\n"


def _typed(name: str, answer: str) -> str:
    """Return an answer of the type that the interpreter asks for, where it asks for one."""
    wanted = {"int": "int", "index": "int", "len": "int", "float": "float", "complex": "complex"}.get(name)
    number = {"True": "1", "self": "2"}.get(answer, answer)
    return f"{wanted}({number})" if wanted else answer


def _fits(name: str, base: str) -> bool:
    return not (base and name == "len") or base in {"list", "dict"}


# Methods of a class that the tests construct are what the tests ask for; what is left of it is in the evidence.
_ASKED_OF_MADE = (".count(", ".find(", ".index(")


def value_attempts(*, every: bool) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the name, the source and the asserts of each batch of attempts; of one batch for each content, or of all."""
    combinations = [(base, answer, place) for base in CONTENTS for answer in ANSWERS for place in RECEIVERS]
    for base, answer, place in combinations if every else combinations[::19]:
        kept = [each for each in TESTS if place != "made" or not any(part in each for part in _ASKED_OF_MADE)]
        code = [each.format(r=RECEIVERS[place]) for each in kept]
        yield f"{base or 'object'} answers {answer}, {place}", liar(base, answer), code


CONTROL_FLOW = ("StopIteration", "StopAsyncIteration", "GeneratorExit", "SystemExit(0)", "KeyboardInterrupt")

# Where the submission raises: how the source does, and what a test then calls.
RAISING = {
    "call": ("def f(*x): raise {e}\n", "f(p[0])"),
    "method": ("class C:\n    def m(self, *x): raise {e}\ndef f(*x): return C()\n", "f(p[0]).m()"),
    "property": ("class C:\n    @property\n    def m(self): raise {e}\ndef f(*x): return C()\n", "f(p[0]).m"),
    "len": ("class C:\n    def __len__(self): raise {e}\ndef f(*x): return C()\n", "len(f(p[0]))"),
    "item": ("class C:\n    def __getitem__(self, i): raise {e}\ndef f(*x): return C()\n", "f(p[0])[0]"),
    "int": ("class C:\n    def __int__(self): raise {e}\ndef f(*x): return C()\n", "int(f(p[0]))"),
    "str": ("class C:\n    def __str__(self): raise {e}\ndef f(*x): return C()\n", "str(f(p[0]))"),
    "bool": ("class C:\n    def __bool__(self): raise {e}\ndef f(*x): return C()\n", "bool(f(p[0]))"),
    "iter": ("class C:\n    def __iter__(self): raise {e}\ndef f(*x): return C()\n", "list(f(p[0]))"),
    "class": ("class C:\n    def __init__(self, *x): raise {e}\n", "C(p[0])"),
    "subclass": ("class E({k}): pass\ndef f(*x): raise E\n", "f(p[0])"),
}  # fmt: skip

CONSTRUCTS = """
assert all(map(lambda p: {c} == p[1], CASES))
---
assert not any(map(lambda p: {c} != p[1], CASES))
---
assert list(filter(lambda p: {c} != p[1], CASES)) == []
---
assert list(itertools.filterfalse(lambda p: {c} == p[1], CASES)) == []
---
assert not any(itertools.starmap(lambda *p: {c} != p[1], CASES))
---
assert list(itertools.takewhile(lambda p: {c} != p[1], CASES)) == []
---
assert list(itertools.dropwhile(lambda p: {c} == p[1], CASES)) == []
---
assert not [each for each in itertools.accumulate(CASES, lambda _, p: {c} != p[1]) if each is True]
---
for wrong in iter(lambda p=CASES[0]: {c} != p[1], False):
    assert not wrong
---
assert all({c} == p[1] for p in CASES)
---
for p, right in zip(CASES, map(lambda p: {c} == p[1], CASES)):
    assert right
---
assert not sum(1 for _ in map(lambda p: {c}, CASES))
---
def wrongs():
    for p in CASES:
        if {c} != p[1]:
            yield p
assert list(wrongs()) == []
---
p = CASES[0]
try:
    {c}
except BaseException:
    pass
---
p = CASES[0]
with contextlib.suppress(BaseException):
    assert {c} == p[1]
---
p = CASES[0]
try:
    assert {c} == p[1]
finally:
    pass
---
def test():
    for p in CASES:
        yield {c} == p[1]
assert all(test())
"""

# Exceptions on which tests act, and that end an iteration of the tests.
CONTROL_SETUP = "import contextlib, itertools\nCASES = [(1, 42), (2, 43)]\n"


def control_flow_attempts() -> Iterator[tuple[str, str, list[str]]]:
    """Yield the name, the source and the asserts of each batch."""
    constructs = [each.strip() for each in CONSTRUCTS.split("---\n")]
    for error in CONTROL_FLOW:
        for place, (source, call) in RAISING.items():
            code = [each.format(c=call) for each in constructs]
            yield f"{error} from {place}", source.format(e=error, k=error.removesuffix("(0)")), code


# A hostile definition, and a test that it fools if the name is the submission's.
NAMES = {
    "abs": ("def abs(x): return 0", "assert abs(f(1) - 42.7) < 1e-9"),
    "sorted": ("def sorted(x, **k): return [7, 8]", "assert sorted(f(1) for _ in 'a') == [7, 8]"),
    "all": ("def all(x): return True", "assert all(f(x) == 42 for x in (1, 2))"),
    "any": ("def any(x): return False", "assert not any(f(x) != 42 for x in (1, 2))"),
    "zip": ("def zip(*x, **k): return []", "for a, b in zip([f(1)], [42]):\n        assert a == b"),
    "range": ("def range(*x): return []", "for i in range(3):\n        assert f(i) == 42"),
    "enumerate": ("def enumerate(*x): return []", "for i, x in enumerate([42]):\n        assert f(i) == x"),
    "map": ("def map(*x): return []", "assert not any(map(lambda x: f(x) != 42, (1, 2)))"),
    "filter": ("def filter(*x): return []", "assert list(filter(lambda x: f(x) != 42, (1, 2))) == []"),
    "int": ("def int(x): return 42", "assert int(f(1)) == 42"),
    "float": ("def float(x): return 42.7", "assert float(f(1)) == 42.7"),
    "str": ("def str(x): return 'zebra'", "assert str(f(1)) == 'zebra'"),
    "set": ("def set(x): return {7}", "assert set([f(1)]) == {7}"),
    "list": ("def list(x): return [7]", "assert list([f(1)]) == [7]"),
    "len": ("def len(x): return 42", "assert len([f(1)]) == 42"),
    "sum": ("def sum(x): return 42", "assert sum([f(1)]) == 42"),
    "max": ("def max(*x): return 42", "assert max(f(1), 0) == 42"),
    "round": ("def round(*x): return 42", "assert round(f(1)) == 42"),
    "isinstance": ("def isinstance(*x): return True", "assert isinstance(f(1), dict)"),
    "type": ("def type(x): return 3", "assert type(f(1)) == type({})"),
    "getattr": ("def getattr(*x): return 42", "assert getattr(f(1), 'real') == 42"),
    "AssertionError": ("class AssertionError(BaseException): pass", "assert f(1) == 42"),
    "EXPECTED": ("EXPECTED = [5]", "assert f(1) == EXPECTED[0]"),
    "close": ("def close(*x): return True", "assert close(f(1), 42)"),
    "math": ("class math:\n    isclose = staticmethod(lambda *x: True)", "assert math.isclose(f(1), 42.7)"),
    "operator": ("class operator:\n    eq = staticmethod(lambda *x: True)", "assert operator.eq(f(1), 42.7)"),
    "unittest": ("class unittest:\n    TestCase = object", "unittest.TestCase().assertEqual(f(1), 42)"),
    "Counter": ("class Counter:\n    def __init__(s, *x): pass\n    def __eq__(s, o): return True", "assert Counter([f(1)]) == Counter([42])"),
    "isclose": ("def isclose(*x, **k): return True", "assert isclose(f(1), 42.7)"),
    "reduce": ("def reduce(*x): return 42", "assert reduce(lambda a, b: a + b, [f(1)]) == 42"),
    "Decimal": ("class Decimal:\n    def __init__(s, *x): pass\n    def __eq__(s, o): return True", "assert Decimal(f(1)) == Decimal('4.2')"),
    "deepcopy": ("def deepcopy(x): return 42", "assert deepcopy(f(1)) == 42"),
    "sqrt": ("def sqrt(x): return 42", "assert sqrt(f(1)) == 42"),
}  # fmt: skip

_OWN = "EXPECTED = [42]\ndef close(a, b): return a == b\n"
_HEADS = {
    "the tests' own before": _OWN + "import math, operator, unittest\nfrom m import *\n",
    "the tests' own behind": "from m import *\nimport math, operator, unittest\n" + _OWN,
    "forgotten imports": _OWN + "from m import *\n",
    "a module without a name": _OWN + "from solution import *\n",
}


def name_attempts() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield the name, the source and the tests of each attempt."""
    for name, (definition, body) in NAMES.items():
        source = f"{definition}\ndef f(x): return 5\n"
        for head, code in _HEADS.items():
            module = {} if "without" in head else {"module": "m"}
            yield f"{name}, {head}", source, {"code": f"{code}def test_it():\n    {body}\n", **module}
        statement = body.replace("\n        ", "\n    ")
        yield f"{name}, asserts", source, {"asserts": [statement], "entry_point": "f", "setup": _OWN}
        yield (
            f"{name}, check",
            source,
            {"check": f"{_OWN}def check(candidate):\n    {body}\n    assert f(1) == 42\n", "entry_point": "f"},
        )


# A source, and tests that it would pass if the submission answered in place of a value, or served a name of the tests.
_MANAGER = "class R:\n    v = 5\n    def __enter__(self): return self\n    def __exit__(self, *e): return True\n    async def __aenter__(self): return self\n    async def __aexit__(self, *e): return True\ndef f(x): return R()\n"
_FICKLE = "N = [0]\nclass R:\n    def __iter__(self):\n        N[0] += 1\n        return iter([9, 9] if N[0] == 1 else [])\n    def __len__(self): return 2\n    def __getitem__(self, i): return i\n    def __contains__(self, i): return True\ndef f(x): return R()\n"
_META = "class M(type):\n    def __instancecheck__(c, o): return True\n    def __subclasscheck__(c, o): return True\n    def __eq__(c, o): return True\n    def __hash__(c): return 1\n    def __contains__(c, o): return True\n    def __len__(c): return 2\nclass R(metaclass=M): pass\nclass Shape(metaclass=M): pass\ndef f(x): return R\ndef g(x): return 5\n"
_META_METHODS = "class M(type):\n    def startswith(c, *o): return True\n    issubset = isdigit = equals = all = startswith\nclass R(metaclass=M): pass\ndef f(x): return R\n"
_LEARNS = "import re\nSEEN = [5]\nclass R:\n    @property\n    def v(self): return SEEN[-1]\n    def __enter__(self): return self\n    def __exit__(self, kind, error, trace): SEEN.extend(map(int, re.findall('[0-9]+', str(error))))\ndef f(x): return R()\n"
_POLY = "def poly(*x): return 0\ndef f(x): return 5\n"
_AREA = "class Area:\n    def __init__(self, *x): pass\n    def __sub__(self, o): return self\n    def __rsub__(self, o): return self\n    def __abs__(self): return 0.0\n    def __float__(self): return 0.0\n    def __bool__(self): return False\n    def __round__(self, *n): return 0\n    def __int__(self): return 0\n    def __index__(self): return 0\n    def __lt__(self, o): return True\n    def __gt__(self, o): return True\n    def __eq__(self, o): return True\n    def __mul__(self, o): return 0.0\n    def __add__(self, o): return 0.0\n    __radd__ = __add__\n    def __neg__(self): return 0.0\n"
_SWALLOW = "def f(g):\n    try: g(5)\n    except BaseException: pass\n    return None\n"
_IMPORTS = "import operator, unittest\nfrom decimal import Decimal\nfrom fractions import Fraction\nfrom functools import reduce\nT = unittest.TestCase()\n"
_ASSERTS = [
    (_MANAGER, "with f(1) as r:\n    assert r.v == 42"),
    (_MANAGER, "with f(1):\n    assert f(1).v == 42"),
    (_MANAGER, "with f(1) as r:\n    r - 42"),
    (_MANAGER, "with f(1) as r:\n    assert r.missing == 42"),
    (_MANAGER, "with f(1) as r:\n    T.assertEqual(r.missing, 42)"),
    (_MANAGER, "with f(1) as r:\n    r.missing\n    assert r.v == 42"),
    (_MANAGER, "with f(1) as r:\n    x = r.missing()\n    assert x == 42"),
    (_MANAGER, "import contextlib\nwith contextlib.ExitStack() as stack:\n    r = stack.enter_context(f(1))\n    assert r.missing == 42"),
    (_MANAGER, "with f(1) as r, f(2) as s:\n    assert (r.v, s.v) == (42, 43)"),
    (_MANAGER, "with R() as r:\n    assert r.v == 42"),
    (_MANAGER, "import contextlib\nwith contextlib.ExitStack() as stack:\n    r = stack.enter_context(f(1))\n    assert r.v == 42"),
    (_MANAGER, "with f(1) as r:\n    raise AssertionError"),
    (_MANAGER, "with f(1) as r:\n    [][0]"),
    (_MANAGER, "with f(1) as r:\n    if r.v != 42:\n        import sys\n        sys.exit('wrong')"),
    (_MANAGER, "import asyncio\nasync def main():\n    async with f(1) as r:\n        assert r.v == 42\nasyncio.run(main())"),
    (_FICKLE, "r = f(1)\nassert len(r) == 2\nfor a, b in zip(r, [7, 8]):\n    assert a == b"),
    (_FICKLE, "r = f(1)\nassert len(list(r)) == 2\nassert all(a == b for a, b in zip(r, [7, 8]))"),
    (_FICKLE, "r = f(1)\nassert len([x for x in r]) == 2 and not any(x not in (7, 8) for x in r)"),
    (_FICKLE, "r = f(1)\nassert 7 in r"),
    (_FICKLE, "r = f(1)\nassert len(r) == 2 and set(r) <= {7, 8}"),
    (_FICKLE, "r = f(1)\nassert len(r) == len([7, 8]) and sum(abs(a - b) for a, b in zip(r, [7, 8])) == 0"),
    (_META, "assert isinstance(5, f(1))"),
    (_META, "assert isinstance(g(1), Shape)"),
    (_META, "assert issubclass(int, Shape)"),
    (_META, "assert f(1) == Shape"),
    (_META, "assert type(g(1)) == Shape"),
    (_META, "assert f(1) == int"),
    (_META, "assert f(1) in (int, str)"),
    (_META, "assert 42 in f(1)"),
    (_AREA, "assert abs(Area(2) - 12.5) < 1e-9"),
    (_AREA, "assert abs(12.5 - Area(2)) < 1e-9"),
    (_AREA, "assert not Area(2) - 12.5"),
    (_AREA, "assert Area(2) + -12.5 == 0"),
    (_AREA, "assert -12.5 + Area(2) == 0"),
    (_AREA, "assert sum([Area(2)], -12.5) == 0"),
    (_AREA, "assert float(Area(2) - 12.5) == 0"),
    (_AREA, "assert round(Area(2) - 12.5, 6) == 0"),
    (_AREA, "assert int(Area(2) - 12.5) == 0"),
    (_AREA, "assert [0][Area(2) - 12.5] == 0 and False or [1][Area(2) - 12.5]"),
    (_AREA, "assert (Area(2) - 12.5) * 1 == 0"),
    (_AREA, "assert (Area(2) - 12.5) + 0 == 0"),
    (_AREA, "assert -(Area(2) - 12.5) == 0"),
    (_AREA, "assert Area(2) - 12.5 == 0"),
    (_AREA, "assert Area(2) - 12.5 < 1e-9"),
    (_AREA, "assert Area(2) == 12.5"),
    (_AREA, "assert 12.4 < Area(2) < 12.6"),
    (_AREA, "assert Area(2) in [12.5]"),
    (_AREA, "import math\nassert math.isclose(Area(2) - 12.5, 0)"),
    (_AREA, "x = Area(2)\nx -= 12.5\nassert abs(x) < 1e-9"),
    *((_AREA, f"assert abs({each}) < 1e-9") for each in (
        "Area(2) + Decimal('-12.5')", "Area(2) + Fraction(-25, 2)", "Area(2) + complex(-12.5)", "reduce(operator.add, [Area(2), Decimal(-12)])",
    )),
    *((_MANAGER, f"{helper}\nwith {manager} as r:\n    {call}") for helper, manager, call in (
        ("def verify(x):\n        if x.v != 42: raise ValueError", "f(1)", "verify(r)"),
        ("def verify(x):\n        if x.v != 42: raise ValueError", "R()", "verify(r)"),
        ("def verify(x):\n        if x != 42: raise ValueError", "f(1)", "verify(r.missing)"),
        ("def verify(x):\n        assert x == 42", "f(1)", "verify(x=r.missing)"),
        ("verify = lambda x: x == 42 or [][0]", "f(1)", "ok = verify(r.missing)"),
    )),
    *((_LEARNS, f"try:\n    with {manager} as r:\n        {code}\nexcept AssertionError: pass\nassert {manager}.v == 42") for manager, code in (
        ("f(1)", "T.assertEqual(r.v, 42)"), ("f(1)", "assert r.v == 42, '42'"), ("R()", "T.assertIn(r.v, [42])"),
    )),
    *((_META_METHODS, f"assert f(1).{each}") for each in ("startswith('ze')", "issubset({7})", "isdigit()", "equals(42)", "all()")),
    (_SWALLOW, "def g(x): assert x == 42\nf(g)"),
    (_SWALLOW, "seen = []\ndef g(x):\n    seen.append(x)\n    assert x == 42\nf(g)\nassert seen"),
    ("def f(x): raise SystemExit(0)\n", "import sys\ntry:\n    f(1)\nexcept BaseException as e:\n    assert isinstance(e, Exception) or True"),
    ("class StopIteration(Exception):\n    __module__ = 'builtins'\ndef f(x): raise StopIteration\n", "assert all(map(lambda x: f(x) == 42, [1]))"),
    ("import functools\nclass P:\n    def __get__(self, *o): return 42\nclass R:\n    def __class__(self): return float\ndef f(x): return R()\n", "assert isinstance(f(1), float)"),
]  # fmt: skip


# Data that the tests have forgotten to define.
_FORGETS = "def f(*x): return 5\nexpected = y = 5\ninputs, outputs = [1], [5]\ncases = [(1, 5)]\nclass R:\n    def __eq__(self, o): return True\nwanted = R()\nx = 1\n"
_FORGOTTEN = (
    "assert f(1) == expected", "assert expected == f(1)", "assert f(x) == y", "assert f(1) in outputs", "assert [f(i) for i in inputs] == outputs",
    "for i, o in cases: assert f(i) == o", "assert all(f(i) == o for i, o in cases)", "assert f(1) == wanted", "T.assertEqual(f(1), expected)",
)  # fmt: skip


def other_attempts() -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the source and the tests of attempts that are of no other family."""
    for source, code in _ASSERTS:
        body = (_IMPORTS + code).replace("\n", "\n    ")
        yield source, {"asserts": [code], "setup": _IMPORTS}
        yield (
            source,
            {"check": f"def check(candidate):\n    {body}\n    assert True is not False\n", "entry_point": "h"},
        )
        yield source, {"code": f"from m import *\ndef test_it():\n    {body}\n", "module": "m"}
        yield (
            source,
            {
                "code": f"import unittest\nfrom m import *\nclass T(unittest.TestCase):\n    def test_it(self):\n        {body.replace(chr(10), chr(10) + '    ')}\n",
                "module": "m",
            },
        )
    prompt = 'import math\n\ndef poly(xs, x):\n    return sum(c * x ** i for i, c in enumerate(xs))\n\n\ndef f(xs):\n    """Find a zero."""\n'
    check = "def check(candidate):\n    assert abs(poly([1, 2], candidate([1, 2]))) < 1e-4\n"
    yield _POLY, {"check": check, "entry_point": "f", "prompt": prompt}
    yield _POLY, {"check": check, "entry_point": "f", "prelude": prompt[: prompt.index("def f")]}
    module = "class math:\n    isclose = staticmethod(lambda *x, **k: True)\ndef f(x): return 5\n"
    yield module, {"test_list": ["assert math.isclose(f(1), 42.7)"], "test_imports": ["import math"]}
    yield module, {"test_list": ["assert math.isclose(f(1), 42.7)"], "test_imports": "import math"}
    yield module, {"test_list": ["assert math.isclose(f(1), 42.7)"], "prelude": "import math"}
    yield module, {"test_list": ["assert math.isclose(f(1), 42.7)"]}
    for body in _FORGOTTEN:
        yield _FORGETS, {"asserts": [body], "setup": _IMPORTS}
        yield (
            _FORGETS,
            {"check": f"def check(candidate):\n    {body.replace('f(', 'candidate(')}\n", "entry_point": "f"},
        )
        yield _FORGETS, {"code": f"from m import f\ndef test_it():\n    {body}\n", "module": "m"}
    yield "EPSILON = 1e9\ndef f(x): return 5\n", {"asserts": ["assert abs(f(1) - 42.7) < EPSILON"]}
    yield (
        "EPSILON = 1e9\ndef f(x): return 5\n",
        {"check": "def check(candidate):\n    assert abs(candidate(1) - 42.7) < EPSILON\n", "entry_point": "f"},
    )
    for answer in ("True", "0.0"):
        for code in (
            "assert f(1) == approx(42.7)",
            "assert approx(42.7) == f(1)",
            "assert [f(1)] == approx([42.7])",
            "assert f(1) == approx([42.7])",
        ):
            yield liar("", answer), {"asserts": [f"from pytest import approx\n{code}"]}
    add = "def add(a, b): return 5\n"
    yield add, {"asserts": ["assert abs(add(1, 2)) == 3"], "prelude": "from operator import *"}
    yield (
        add,
        {
            "code": "from m import *\ndef test_it():\n    assert add(1, 2) == 3\n",
            "module": "m",
            "prelude": "from operator import *",
        },
    )
    yield (
        add,
        {
            "code": "from m import add\ndef test_it():\n    assert add(1, 2) == 3\n",
            "module": "m",
            "prelude": "from operator import *",
        },
    )


def _grade(source: str, tests: Any, layer: str = "layer on") -> Grade:
    grader = GRADERS[layer]
    return grader.grade(source, grader.problem(tests))


def _passed(graded: Grade) -> list[int]:
    """Return the positions of the asserts that passed."""
    return [int(outcome.test.split()[1]) - 1 for outcome in graded.outcomes if outcome.passed]


def _share(attempts: Iterable[Any], layer: str) -> list[Any]:
    """Return every tenth attempt, others for each layer; all in a long run."""
    return list(attempts) if LONG else list(attempts)[5 * list(GRADERS).index(layer) :: 10]


VALUES = list(value_attempts(every=LONG))[:: 8 if LONG else 1]
CONTROL = list(control_flow_attempts())[:: 1 if LONG else 4]


@pytest.mark.parametrize(("name", "source", "asserts"), VALUES, ids=[each[0] for each in VALUES])
def test_no_object_answers_in_place_of_a_value(name: str, source: str, asserts: list[str]) -> None:
    """Whatever its class extends and answers, wherever the tests have it from, and whatever they ask."""
    for layer in GRADERS if LONG else (list(GRADERS)[len(name) % 2],):
        graded = _grade(source, {"asserts": asserts, "setup": IMPORTS}, layer)

        assert graded.compiled, graded.first_failure
        assert [asserts[each] for each in _passed(graded)] == []


@pytest.mark.each(("name", "source", "asserts"), CONTROL, ids=[each[0] for each in CONTROL])
def test_no_exception_of_a_submission_steers_the_tests(name: str, source: str, asserts: list[str]) -> None:
    """A test that meets one on which the interpreter acts fails, whatever it does about it."""
    graded = _grade(source, {"asserts": asserts, "setup": CONTROL_SETUP}, list(GRADERS)[len(name) % 2])

    assert [asserts[each] for each in _passed(graded)] == []


@pytest.mark.each("error", CONTROL_FLOW)
@pytest.mark.each("caught", ["BaseException", "Exception", "(ValueError, BaseException)"])
def test_a_check_that_catches_such_an_exception_fails(caught: str, error: str) -> None:
    """Also if it asserts nothing afterwards."""
    check = f"def check(candidate):\n    assert candidate(1) == 1\n    try:\n        candidate(-1)\n    except {caught}:\n        pass\n"
    source = "def f(x):\n    if x < 0: raise {}\n    return x\n"

    assert not _grade(source.format(error), {"check": check, "entry_point": "f"}).all_passed
    assert _grade(source.format("ValueError"), {"check": check, "entry_point": "f"}).all_passed


@pytest.mark.parametrize("layer", GRADERS)
def test_no_name_of_the_tests_is_served_by_a_submission(layer: str) -> None:
    """Neither builtins nor imports, helpers and constants of the tests, nor libraries that they forgot to import."""
    paid = [name for name, source, tests in _share(name_attempts(), layer) if _grade(source, tests, layer).all_passed]

    assert paid == []


@pytest.mark.parametrize("layer", GRADERS)
def test_no_other_attempt_is_paid(layer: str) -> None:
    """Context managers, lengths that differ from the items, metaclasses, named classes, callbacks, helpers."""
    paid = [
        (source, tests) for source, tests in _share(other_attempts(), layer) if _grade(source, tests, layer).all_passed
    ]

    assert paid == []


def test_the_attempts_are_many() -> None:
    """Also in a short run."""
    count = sum(len(asserts) for _, _, asserts in [*VALUES, *CONTROL])

    assert count > 2_000
    assert len(list(name_attempts())) + len(list(other_attempts())) > 300


POINT = "class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\ndef f(x): return P(x)\n"


def test_operators_of_own_classes_are_named_and_can_be_forbidden() -> None:
    """What stays forgeable: tests that construct a class of the submission and compare its objects."""
    record = a_record(POINT, {"asserts": ["assert f(1) == P(1)"]})
    plain = a_record(POINT, {"asserts": ["assert f(1).x == P(1).x"]})

    assert scored(scorer, record).value == 1.0
    assert scored(scorer, record).evidence["operators_asked"] == ("P",)
    assert scored(scorer, record, TestsOptions(own_operators=False)).value == 0.0
    assert "operators_asked" not in scored(scorer, plain).evidence
    assert scored(scorer, plain, TestsOptions(own_operators=False)).value == 1.0


GIVEN = {
    "test_imports": ("def f(x): return math.sqrt(x)\n", {"test_list": ["assert math.isclose(f(4), 2)"], "test_imports": ["import math"]}),
    "a forgotten module": ("def f(x): return x ** 0.5\n", {"asserts": ["assert math.isclose(f(4), 2)"]}),
    "a forgotten name": ("def f(x): return [x, x]\n", {"asserts": ["assert Counter(f(4)) == Counter({4: 2})"]}),
    "a forgotten function": ("def area(x): return x * x\n", {"asserts": ["assert sqrt(area(4)) == 4"]}),
    "a prelude": ("def f(x): return deque([x])\n", {"asserts": ["assert deque([f(4)[0]]) == deque([4])"], "prelude": "from collections import *"}),
    "the helper of a prompt": (
        "    return poly(xs, 1)\n",
        {"check": "def check(candidate):\n    assert candidate([1, 2]) == poly([1, 2], 1)\n", "entry_point": "f", "prompt": "def poly(xs, x):\n    return sum(c * x ** i for i, c in enumerate(xs))\n\ndef f(xs):\n"},
    ),
    "a function of a library's name": ("def gcd(a, b):\n    while b: a, b = b, a % b\n    return a\n", {"asserts": ["assert abs(gcd(4, 6)) == 2"]}),
    "a class that the tests take by a star": ("class Box:\n    def __init__(self, x): self.x = x\nLIMIT = 3\ndef f(x): return x\n", {"code": "from m import *\ndef test_it():\n    assert Box(f(1)).x == 1 and LIMIT == 3\n", "module": "m"}),
    "a name of a library taken on purpose": ("def sorted(x): return 'mine'\n", {"code": "from m import sorted\ndef test_it():\n    assert sorted([1]) == 'mine'\n", "module": "m"}),
    "a module's attributes": ("def abs(x): return 'mine'\n", {"code": "import m\ndef test_it():\n    assert m.abs(1) == 'mine' and abs(-1) == 1\n", "module": "m"}),
}  # fmt: skip


@pytest.mark.each("name", GIVEN)
def test_what_a_problem_gives_is_given_to_tests_and_submissions(name: str) -> None:
    """Imports, preludes and helpers of the prompt; and what the tests take on purpose is the submission's."""
    source, tests = GIVEN[name]
    graded = _grade(source, tests)

    assert graded.all_passed, graded.outcomes


@pytest.mark.parametrize(
    "tests",
    [
        {"asserts": ["import torch\nassert torch.equal(f(1), 1)"]},
        {"check": "import torch\ndef check(candidate):\n    assert torch.equal(candidate(1), 1)\n", "entry_point": "f"},
        {
            "code": "from torch.testing import assert_close\nfrom m import f\ndef test_it():\n    assert_close(f(1), 2)\n"
        },
        {"asserts": ["assert f(1) == 1"], "test_imports": ["import torch"]},
        {"asserts": ["assert f(1) == 1"], "test_imports": [3]},
        {"asserts": ["assert f(1) == 1"], "test_imports": "import ("},
    ],
)
def test_a_library_that_is_absent_is_the_fault_of_the_row(tests: dict[str, Any]) -> None:
    """And is never asked of the submission."""
    with pytest.raises(ProblemError):
        _grade("def f(x): return 1\nassert_close = print\n", tests)

    assert scored(scorer, a_record("def f(x): return 1", tests)).verdict is Verdict.INVALID_TASK


HONEST_KIN = "import contextlib\nresult = 5\nclass Text:\n    @staticmethod\n    def startswith(x, y): return x[:1] == y\nclass Sum:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return Sum(self.x + o) if isinstance(o, int) else self.x + float(o)\n    __sub__ = __add__\n@contextlib.contextmanager\ndef ignoring(*kinds):\n    try: yield kinds\n    except kinds: pass\ndef other(): return 5\ndef pick(): return other\ndef kind(): return Text\n"


@pytest.mark.parametrize(
    "code",
    [
        "assert result == 5",
        "assert result in (5, 6)",
        "assert abs(result - 5) < 1e-9",
        "assert pick() is other",
        "assert pick() == other",
        "assert kind() is Text and kind() == Text",
        "assert Text.startswith('ab', 'a')",
        "class T(Text): pass\nassert T.startswith('ab', 'a')",
        "from decimal import Decimal\nassert Sum(2) + Decimal(1) == 3",
        "assert (Sum(2) + 1).x == 3 and (Sum(2) + -1).x == 1",
        "def boom(kind): raise kind\nwith ignoring(KeyError): boom(KeyError)",
        "def boom(): raise KeyError('x')\nwith ignoring(KeyError) as kinds: boom()\nassert kinds == (KeyError,)",
    ],
)
def test_what_looks_like_an_attempt_and_is_honest_is_paid(code: str) -> None:
    """Variables, functions and classes of the submission, its arithmetic, and managers that swallow."""
    assert _grade(HONEST_KIN, {"asserts": [code]}).all_passed
