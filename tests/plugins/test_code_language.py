"""The language layer takes honest programs as they are, and lets none of the known attempts out."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rlvr_code import Grader, TestsOptions
from rlvr_code.wire.outcome import Kind

HERE = Path(__file__).parent
CORPUS = HERE / "cases" / "code_language_escapes.jsonl"
DATA = HERE.parents[2] / "shared" / "data" / "code_dev.jsonl.gz"
GRADER = Grader()


def _result(body: str) -> tuple[Kind, str]:
    """What a submission's ``f()`` comes to, and why; it passes if it returns True."""
    graded = GRADER.grade(body, GRADER.problem({"entry_point": "f", "cases": [{"expected": True}]}))
    return graded.outcomes[0].kind, graded.outcomes[0].detail or graded.outcomes[0].got


def test_no_attempt_of_the_corpus_gets_out() -> None:
    """Neither a real module nor a frame, a code object, ``open``, ``sys.modules`` or the builtins."""
    attempts = CORPUS.read_text().splitlines()
    program = HERE / "code_language_attempts.py"

    result = subprocess.run(
        [sys.executable, "-W", "ignore", program, CORPUS], capture_output=True, text=True, check=True, timeout=100
    )

    assert len(attempts) >= 300
    assert [line for line in result.stdout.splitlines() if line] == []


@pytest.mark.each(
    "template",
    [
        "{} = 1",
        "def {}(): pass",
        "class {}: pass",
        "def g({}): pass",
        "def g({}, /): pass",
        "def g(*, {}): pass",
        "def g(*{}): pass",
        "def g(**{}): pass",
        "g = lambda {}: 1",
        "import math as {}",
        "from math import pi as {}",
        "try: pass\nexcept Exception as {}: pass",
        "for {} in []: pass",
        "with open(0) as {}: pass",
        "[1 for {} in []]",
        "({} := 1)",
        "def g():\n    global {}",
        "match 1:\n    case {}: pass",
        "match [1]:\n    case [*{}]: pass",
        "match {{}}:\n    case {{**{}}}: pass",
        "del {}",
        "x = {}",
        "x: {} = 1",
    ],
)
@pytest.mark.each("name", ["_getattr_", "__builtins__", "__import__", "gi_frame", "__build_class__"])
def test_reserved_names_are_refused_wherever_names_stand(template: str, name: str) -> None:
    """A guard that could be rebound would guard nothing."""
    kind, detail = _result(template.format(name) + "\ndef f():\n    return True\n")

    assert (kind, name in detail) == (Kind.FORBIDDEN, True)


@pytest.mark.each(
    "source",
    [
        "from math import *\nfrom typing import *\nfrom collections import *\ndef f():\n    return sqrt(4) == 2",
        "import collections.abc\ndef f():\n    return isinstance([], collections.abc.Sequence)",
        "from datetime import datetime\ndef f():\n    return datetime.strptime('2020-01-31', '%Y-%m-%d').day == 31",
        (
            "class V:\n    def __init__(s, x): s.x = x\n    def __repr__(s): return f'{type(s).__name__}'\n"
            "def f():\n    return repr(V(1)) == 'V' and V(1).__class__ is V and V(1).__dict__ == {'x': 1}"
        ),
        (
            "from dataclasses import dataclass, field\n@dataclass(order=True)\nclass P:\n    x: int\n    y: list = field(default_factory=list)\n"
            "def f():\n    return P(1) < P(2) and P(1).y == []"
        ),
        "from enum import Enum, auto\nclass C(Enum):\n    A = auto()\n    B = auto()\ndef f():\n    return [c.name for c in C] == ['A', 'B']",
        (
            "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def g(self): ...\nclass B(A):\n    def g(self):\n        return True\n"
            "def f():\n    return B().g()"
        ),
        (
            "class S(type):\n    _i = {}\n    def __call__(cls, *a):\n        if cls not in cls._i:\n            cls._i[cls] = super().__call__(*a)\n        return cls._i[cls]\n"
            "class A(metaclass=S):\n    pass\ndef f():\n    return A() is A()"
        ),
        "def f():\n    return '{0}-{x}-{2[k]}'.format(1, 2, {'k': 3}, x=4) == '1-4-3' and '{:>3}'.format(7) == '  7'",
        "def f():\n    x = [1, 2]\n    x[0] += 5\n    a, (b, *c) = 1, (2, 3, 4)\n    return x == [6, 2] and c == [3, 4]",
        "def f():\n    match {'k': [1, 2]}:\n        case {'k': [a, *_]}:\n            return a == 1",
        (
            "import functools, operator\n@functools.lru_cache(maxsize=None)\ndef g(n):\n    return n if n < 2 else g(n - 1) + g(n - 2)\n"
            "def f():\n    return g(80) == 23416728348467685 and operator.attrgetter('real')(3) == 3"
        ),
        "import threading\ndef f():\n    out = []\n    t = threading.Thread(target=out.append, args=(1,))\n    t.start()\n    t.join()\n    return out == [1]",
        "from concurrent.futures import ThreadPoolExecutor\ndef f():\n    with ThreadPoolExecutor() as pool:\n        return list(pool.map(abs, [-1])) == [1]",
        "import contextlib, io\ndef f():\n    with contextlib.redirect_stdout(io.StringIO()) as out:\n        print('x')\n    return out.getvalue() == 'x\\n'",
        "def f():\n    return eval('1 + x', {'x': 2}) == 3 and isinstance(int, type) and type(1) is int",
        "import ast, hashlib, copy, random, string\ndef f():\n    random.seed(1)\n    return ast.literal_eval('[1]') == copy.deepcopy([1]) and len(hashlib.sha256(b'x').hexdigest()) == 64",
        "async def g():\n    return 1\ndef f():\n    c = g()\n    try:\n        c.send(None)\n    except StopIteration as stop:\n        return stop.value == 1",
        "from sortedcontainers import SortedList\ndef f():\n    return SortedList([2, 1])[0] == 1",
        "_ = 1\n__ = 2\ndef _g(__x):\n    return __x\ndef f():\n    return _g(_) + __ == 3",
    ],
)
def test_honest_programs_mean_what_they_say(source: str) -> None:
    """What programs for judges are made of runs as in plain Python."""
    assert _result(source) == (Kind.PASSED, "True") or _result(source)[0] is Kind.PASSED, _result(source)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\ndef f():\n    return os.system('true') == 0", "has no attribute 'system'"),
        ("import subprocess\ndef f():\n    return True", "subprocess"),
        ("def f():\n    return open('/etc/passwd').read() != ''", "no such file"),
        ("def f():\n    return (lambda: 0).__globals__ is not None", "__globals__"),
        ("def f():\n    return getattr(f, '__globals__') is not None", "__globals__"),
        ("def f():\n    return '{0.__globals__}'.format(f) != ''", "__globals__"),
        ("import sys\ndef f():\n    return sys._getframe() is not None", "_getframe"),
        ("from .x import y\ndef f():\n    return True", "relative"),
        ("try:\n    pass\nexcept* ValueError:\n    pass\ndef f():\n    return True", "Try"),
    ],
)
def test_what_leads_out_is_told(source: str, said: str) -> None:
    """In words that name it."""
    kind, detail = _result(source)

    assert kind in {Kind.FORBIDDEN, Kind.ERROR}
    assert said in detail


@pytest.mark.parametrize(
    "source", ["\0", "x = " + "(" * 5_000, "\ud800", "def f(:", "x = " + "9" * 10_000, "# coding: nonsense\nx = 1\n"]
)
def test_what_does_not_compile_is_a_syntax_error(source: str) -> None:
    """Whatever the compiler makes of it; or it compiles, and defines nothing."""
    kind, _ = _result(source)

    assert kind in {Kind.SYNTAX, Kind.MISSING, Kind.CRASHED}


def test_a_suite_may_choose_the_modules() -> None:
    """In place of the list."""
    grader = Grader(TestsOptions(modules=("math",)))
    problem = grader.problem({"asserts": ["assert f() == 1"]})

    assert grader.grade("import math\ndef f():\n    return 1\n", problem).all_passed
    assert grader.grade("import re\ndef f():\n    return 1\n", problem).outcomes[0].kind is Kind.FORBIDDEN


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_honest_programs_of_the_development_data_compile() -> None:
    """At least 999 of 1,000."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    from rlvr_code.inside.language.layer import Language, RefusedError

    language = Language()
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    honest = {row["solution"]: row for row in rows if row["kind"] != "hack"}.values()
    refused = []
    for row in honest:
        try:
            language.compile(row["solution"])
        except RefusedError as error:
            refused.append((row["id"], str(error)))

    assert len(refused) <= len(honest) / 1_000, refused
