"""Honest programs under the same shapes of tests as the attempts; plain Python says which tests they pass."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rlvr_code import Grade, Grader, TestsOptions

CASES = Path(__file__).parent / "cases" / "code_value_tests.jsonl"
TESTS = [json.loads(line)["test"] for line in CASES.read_text().splitlines()]
IMPORTS = "import functools, itertools, math, operator, re, statistics, unittest\nT = unittest.TestCase()\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}

# What an honest program returns: plain values, and objects whose class extends a plain type.
RETURNED = {
    "a float": "def f(x): return 42.7\n",
    "a text": "def f(x): return 'zebra'\n",
    "a set": "def f(x): return {7, 8}\n",
    "a list": "def f(x): return [7, 8]\n",
    "a dict": "def f(x): return {'a': 7}\n",
    "a fraction": "from fractions import Fraction\ndef f(x): return Fraction(427, 10)\n",
    "its own float": "class V(float):\n    unit = 'm'\ndef f(x): return V(42.7)\n",
    "its own text": "class S(str):\n    def shout(self): return self.upper()\ndef f(x): return S('zebra')\n",
    "its own set": "class B(set): pass\ndef f(x): return B([7, 8])\n",
    "its own frozenset": "class B(frozenset): pass\ndef f(x): return B([7, 8])\n",
    "its own list": "class L(list):\n    def total(self): return sum(self)\ndef f(x): return L([7, 8])\n",
    "its own dict": "class D(dict):\n    def put(self, k, v): self[k] = v\ndef f(x): return D(a=7)\n",
    "a named tuple": "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(x): return P(7, 8)\n",
    "a counter": "from collections import Counter\ndef f(x): return Counter({'a': 7})\n",
    "an object": "class C:\n    def __repr__(self): return 'C()'\n    def __len__(self): return 2\n    def __iter__(self): return iter([7, 8])\n    def __getitem__(self, i): return [7, 8][i]\ndef f(x): return C()\n",
}  # fmt: skip


def twins() -> Iterator[tuple[str, str, list[str], list[bool]]]:
    """Yield the name, the source, the asserts, and whether each passes in plain Python."""
    code = [each.format(r="f(1)") for each in TESTS]
    for name, source in RETURNED.items():
        yield name, source, code, [passes(source, IMPORTS, each) for each in code]


def passes(source: str, setup: str, statement: str) -> bool:
    """Return True if a program of ours passes a test of ours in plain Python."""
    names: dict[str, Any] = {"__name__": "honest"}
    try:
        exec(compile(f"{source}\n{setup}\n{statement}\n", "<honest>", "exec", dont_inherit=True), names)  # noqa: S102  # both are written in this file
    except Exception:  # noqa: BLE001  # whatever it is, the test fails
        return False
    return True


# Programs whose tests use their own classes, and what those classes answer.
PROGRAMS = {
    "a vector": ("""
class Vector:
    def __init__(self, x, y): self.x, self.y = x, y
    def __eq__(self, o): return isinstance(o, Vector) and (self.x, self.y) == (o.x, o.y)
    def __add__(self, o): return Vector(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return Vector(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return Vector(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return Vector(-self.x, -self.y)
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __repr__(self): return f"Vector({self.x}, {self.y})"
    def __hash__(self): return hash((self.x, self.y))
    def dot(self, o): return self.x * o.x + self.y * o.y
    @classmethod
    def zero(cls): return cls(0, 0)
def unit(): return Vector(1, 0)
""", ["assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)", "assert Vector(1, 2) * 2 == Vector(2, 4)", "assert 2 * Vector(1, 2) == Vector(2, 4)",
      "assert -Vector(1, 2) == Vector(-1, -2)", "assert abs(Vector(3, 4)) == 5", "assert Vector(1, 2) - Vector(1, 2) == Vector.zero()",
      "assert repr(Vector(1, 2)) == 'Vector(1, 2)'", "assert Vector(1, 2) != Vector(2, 1)", "assert unit() == Vector(1, 0)", "assert Vector(1, 2).dot(Vector(3, 4)) == 11",
      "assert len({Vector(1, 2), Vector(1, 2)}) == 1", "assert (Vector(1, 2) + Vector(1, 1)).x == 2", "assert sum([Vector(1, 2)], Vector(0, 0)) == Vector(1, 2)",
      "v = Vector(1, 2)\nv += Vector(1, 1)\nassert (v.x, v.y) == (2, 3)", "assert isinstance(unit(), Vector)", "assert type(unit()).__name__ == 'Vector'"]),
    "a clock": ("""
class Clock:
    def __init__(self, h, m): self.t = (h * 60 + m) % 1440
    def __repr__(self): return f"{self.t // 60:02}:{self.t % 60:02}"
    __str__ = __repr__
    def __eq__(self, o): return self.t == o.t
    def __add__(self, m): return Clock(0, self.t + m)
    def __sub__(self, m): return Clock(0, self.t - m)
    def __lt__(self, o): return self.t < o.t
""", ["assert str(Clock(10, 0) + 3) == '10:03'", "assert str(Clock(10, 0) - 90) == '08:30'", "assert Clock(15, 37) == Clock(15, 37)", "assert Clock(25, 0) == Clock(1, 0)",
      "assert Clock(1, 0) < Clock(2, 0)", "assert sorted([Clock(2, 0), Clock(1, 0)])[0] == Clock(1, 0)", "assert f'{Clock(1, 2)}' == '01:02'", "assert max(Clock(1, 0), Clock(2, 0)) == Clock(2, 0)"]),
    "a dataclass": ("""
from dataclasses import dataclass, field
from functools import total_ordering
@dataclass(order=True, frozen=True)
class Version:
    major: int
    minor: int = 0
@total_ordering
class Card:
    def __init__(self, rank): self.rank = rank
    def __eq__(self, o): return self.rank == o.rank
    def __lt__(self, o): return self.rank < o.rank
def parse(s): return Version(*map(int, s.split('.')))
def deck(): return [Card(3), Card(1)]
""", ["assert parse('1.2') == Version(1, 2)", "assert parse('1.2').minor == 2", "assert Version(1) < Version(2)", "assert Version(1) <= Version(1)", "assert repr(Version(1)) == 'Version(major=1, minor=0)'",
      "assert Card(3) > Card(2)", "assert Card(3) >= Card(3)", "assert [c.rank for c in deck()] == [3, 1]", "assert sorted(deck(), key=lambda c: c.rank)[0].rank == 1", "assert Version(1) in [parse('1.0')]"]),
    "containers": ("""
class Stack:
    def __init__(self, items=()): self.items = list(items)
    def push(self, x): self.items.append(x); return self
    def pop(self): return self.items.pop()
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __contains__(self, x): return x in self.items
    def __getitem__(self, i): return self.items[i]
    def __bool__(self): return bool(self.items)
    def index(self, x): return self.items.index(x)
    def reversed(self): return Stack(self.items[::-1])
class Trie:
    def __init__(self): self.words = set()
    def insert(self, w): self.words.add(w)
    def search(self, w): return w in self.words
    def startswith(self, p): return any(w.startswith(p) for w in self.words)
class Cache:
    def __init__(self): self.d = {}
    def put(self, k, v): self.d[k] = v
    def get(self, k, default=-1): return self.d.get(k, default)
def make(): return Stack([1])
def cache(): return Cache()
""", ["s = Stack()\ns.push(1)\ns.push(2)\nassert len(s) == 2 and s.pop() == 2 and list(s) == [1]", "s = Stack([1, 2])\nassert 2 in s and 3 not in s", "assert Stack([1, 2])[1] == 2", "assert not Stack()", "assert bool(Stack([0]))",
      "assert list(Stack([1, 2]).reversed()) == [2, 1] and len(Stack([1, 2]).reversed()) == 2", "assert Stack([5, 6]).index(6) == 1", "t = Trie()\nt.insert('apple')\nassert t.search('apple') and t.startswith('app') and not t.startswith('b')",
      "c = cache()\nc.put('a', 1)\nassert c.get('a') == 1 and c.get('b') == -1", "s = make()\ns.push(2)\nassert s.pop() == 2 and len(s) == 1", "s = make()\nassert len(s) == 1\ns.push(2)\nassert len(s) == 2 and list(s) == [1, 2]"]),
    "plain content": ("""
class S(str):
    def shout(self): return self.upper() + '!'
class Bag(dict):
    def add(self, k): self[k] = self.get(k, 0) + 1
class Stack(list):
    def push(self, x): self.append(x)
    def peek(self): return self[-1]
class Celsius(float):
    @property
    def fahrenheit(self): return self * 9 / 5 + 32
from collections import namedtuple
from enum import Enum, IntEnum
Word = namedtuple('Word', 'text count')
class Color(Enum):
    RED = 1
    BLUE = 2
class Level(IntEnum):
    LOW = 1
    HIGH = 2
def text(x): return S(x)
def bag(): return Bag(a=1)
def count(bag): return sum(bag.values())
def word(): return Word('a', 3)
def red(): return Color.RED
def level(): return Level.HIGH
def stack(): return Stack([1])
""", ["assert isinstance(text('a'), str) and text('ab').startswith('a') and text('a').shout() == 'A!' and ''.join([text('a'), 'b']) == 'ab'", "b = bag()\nb.add('a')\nb.add('c')\nassert b == {'a': 2, 'c': 1}", "b = bag()\nb['z'] = 5\nassert count(b) == 6",
      "s = Stack()\ns.push(3)\nassert s == [3] and len(s) == 1 and s.peek() == 3", "x = stack()\nx.push(2)\nx.append(3)\nassert x == [1, 2, 3] and x.peek() == 3", "assert Celsius(100).fahrenheit == 212 and abs(Celsius(1.5) - 1.5) < 1e-9 and Celsius(1.5) == 1.5",
      "assert word().count == 3 and word().text == 'a' and word() == ('a', 3) and word()._asdict() == {'text': 'a', 'count': 3}", "assert red() == Color.RED and red() is Color.RED and red().name == 'RED' and red() != Color.BLUE", "assert level() == 2 and level() > Level.LOW and level().name == 'HIGH'",
      "import json\nassert json.dumps({'a': text('b'), 'c': bag()}) == '{\"a\": \"b\", \"c\": {\"a\": 1}}'", "assert [c.name for c in Color] == ['RED', 'BLUE'] and len(Color) == 2 and Color(1) == Color.RED and Color['RED'] == Color.RED", "import copy\nassert copy.deepcopy(bag()) == bag() and copy.copy(word()) == word()"]),
    "exceptions": ("""
class Broken(ValueError):
    def __init__(self, code, **more):
        super().__init__(f'code {code}')
        self.code = code
        self.more = more
    kind = 'broken'
class Worse(Broken): pass
def f(x):
    if x < 0: raise Broken(7, a=1)
    if x == 0: raise Worse(8)
    if x == 9: raise KeyError('nine')
    assert x != 5, 'five'
    return x
def g(n):
    for i in range(n): yield i
def call(h): return h(1)
def catch(h):
    try: return h(1)
    except ZeroDivisionError: return 'caught'
def main(): raise SystemExit(2)
""", ["try:\n    f(-1)\nexcept Broken as e:\n    assert (e.code, e.more, e.kind, str(e), e.args) == (7, {'a': 1}, 'broken', 'code 7', ('code 7',))\nelse:\n    assert False", "try:\n    f(0)\nexcept ValueError as e:\n    assert isinstance(e, Worse) and isinstance(e, Broken)\nelse:\n    assert False",
      "try:\n    f(9)\nexcept KeyError as e:\n    assert e.args == ('nine',)\nelse:\n    assert False", "try:\n    f(5)\nexcept AssertionError as e:\n    assert str(e) == 'five'\nelse:\n    raise RuntimeError", "it = g(1)\nassert next(it) == 0 and next(it, 'end') == 'end'", "it = g(0)\ntry:\n    next(it)\nexcept StopIteration:\n    pass\nelse:\n    assert False",
      "class Own(Exception): pass\ndef h(x): raise Own('o')\ntry:\n    call(h)\nexcept Own as e:\n    assert str(e) == 'o'\nelse:\n    assert False", "def h(x): return x / 0\nassert catch(h) == 'caught'", "try:\n    main()\nexcept SystemExit as e:\n    assert e.code == 2\nelse:\n    assert False"]),
    "contexts": ("""
from contextlib import contextmanager
class Ignore:
    def __init__(self, *kinds): self.kinds = kinds; self.seen = None
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        self.seen = None if kind is None else kind.__name__
        return kind is not None and issubclass(kind, self.kinds)
@contextmanager
def opened(x):
    yield x + 1
def fail(): raise KeyError('k')
""", ["with opened(1) as n:\n    assert n == 2", "with Ignore(KeyError) as c:\n    fail()\nassert c.seen == 'KeyError'", "with Ignore(ValueError):\n    raise ValueError('mine')", "try:\n    with Ignore(ValueError):\n        raise KeyError\nexcept KeyError:\n    pass\nelse:\n    assert False", "c = Ignore()\nwith c:\n    pass\nassert c.seen is None"]),
    "identity": ("""
class One:
    _it = None
    def __new__(cls):
        if cls._it is None: cls._it = super().__new__(cls)
        return cls._it
def same(x): return x
def twice(g): return g, g
def compose(g, h): return lambda x: g(h(x))
cached = {}
class Thing: pass
def thing(k): return cached.setdefault(k, Thing())
class TreeNode:
    def __init__(self, value): self.value = value; self.left = self.right = None
    def insert(self, v): self.left = TreeNode(v); return self
def tree(v): return TreeNode(v)
""", ["assert One() is One()", "g = lambda x: x\nassert same(g) is g", "g = lambda x: x\na, b = twice(g)\nassert a is b is g", "import operator\nassert same(operator.add) is operator.add", "assert compose(lambda x: x + 1, lambda x: x * 2)(5) == 11", "assert thing(1) is thing(1) and thing(1) is not thing(2)",
      "t = tree(5).insert(3)\nassert t.value == 5 and t.left.value == 3 and t.right is None", "assert thing(1) == thing(1) and thing(1) != thing(2)", "assert callable(compose(abs, abs)) and same(len)([1]) == 1"]),
    "generators": ("""
def count(n):
    i = n
    while True:
        yield i
        i += 1
def echo():
    got = None
    while True: got = yield got
class Pages:
    def __init__(self, n): self.n = n
    def __iter__(self): return iter(range(self.n))
    def __len__(self): return self.n
def pages(n): return Pages(n)
def pairs(xs): return zip(xs, xs[1:])
def square(xs): return map(lambda x: x * x, xs)
""", ["import itertools\nassert list(itertools.islice(count(3), 3)) == [3, 4, 5]", "import types\nassert isinstance(count(1), types.GeneratorType)", "e = echo()\nnext(e)\nassert e.send(5) == 5", "p = pages(3)\nassert len(p) == 3 and list(p) == [0, 1, 2] and list(p) == [0, 1, 2] and sum(p) == 3", "assert list(pairs([1, 2, 3])) == [(1, 2), (2, 3)]",
      "assert list(square([1, 2])) == [1, 4] and sorted(square([2, 1])) == [1, 4]", "from collections.abc import Iterator\nassert isinstance(square([1]), Iterator)", "it = iter(pages(2))\nassert next(it) == 0 and next(it) == 1", "a, b = pages(2)\nassert (a, b) == (0, 1)", "try:\n    len(count(1))\nexcept TypeError:\n    pass\nelse:\n    assert False", "g = pairs([1, 2])\nassert list(g) == [(1, 2)] and list(g) == []", "try:\n    iter(5 if False else pages)\nexcept TypeError:\n    pass\nelse:\n    assert False", "assert all(x < 3 for x in pages(3)) and max(pages(3)) == 2 and 2 in pages(3) and 5 not in pages(3)"]),
    "changes": ("""
class Grid:
    def __init__(self, n): self.rows = [[0] * n for _ in range(n)]; self.name = 'g'
    def __getitem__(self, at): return self.rows[at[0]][at[1]]
    def __setitem__(self, at, v): self.rows[at[0]][at[1]] = v
    def __delitem__(self, at): self.rows[at[0]][at[1]] = 0
    def __reversed__(self): return iter(self.rows[::-1])
    def __bytes__(self): return bytes(sum(self.rows, []))
    def __invert__(self): return 'inverted'
    def __pos__(self): return 'plus'
    def __iadd__(self, n): self.rows[0][0] += n; return self
    def __matmul__(self, other): return Grid(len(self.rows))
    def __divmod__(self, other): return (1, 2)
    def __eq__(self, other): return self.rows == other.rows
    def __ne__(self, other): return self.rows != other.rows
    def __complex__(self): return 1 + 2j
    def __trunc__(self): return 5
    def __floor__(self): return 6
    def __ceil__(self): return 7
    def __index__(self): return 1
class Group:
    def __init__(self, items=()): self.set = set(items)
    def issubset(self, other): return self.set <= other.set
    def union(self, other): return Group(self.set | other.set)
    def add(self, x): self.set.add(x)
    def copy(self): return Group(self.set)
    def isdigit(self): return False
def grid(n): return Grid(n)
def group(*xs): return Group(xs)
def length(xs): return len(list(xs))
""", ["g = Grid(2)\ng[0, 1] = 5\nassert g[0, 1] == 5 and g[0, 0] == 0", "g = grid(2)\ng[0, 1] = 5\ndel g[0, 1]\nassert g[0, 1] == 0", "g = grid(1)\ng.name = 'h'\nassert g.name == 'h'\ndel g.name\nassert not hasattr(g, 'name')", "assert list(reversed(Grid(1))) == [[0]] and bytes(Grid(1)) == b'\\0'",
      "assert ~Grid(1) == 'inverted' and +Grid(1) == 'plus'", "g = Grid(1)\ng += 3\nassert g.rows == [[3]]", "assert Grid(1) @ Grid(1) == Grid(1) and Grid(1) != Grid(2) and not (Grid(1) != Grid(1))", "assert divmod(Grid(1), Grid(1)) == (1, 2)", "import math\nassert (complex(Grid(1)), math.trunc(Grid(1)), math.floor(Grid(1)), math.ceil(Grid(1)), [3, 4][Grid(1)]) == (1 + 2j, 5, 6, 7, 4)",
      "assert Group([1]).issubset(Group([1, 2])) and not Group([3]).issubset(Group([1]))", "assert group(1).issubset(Group([1, 2])) and not group(3).issubset(Group([1]))", "assert Group([1]).union(Group([2])).set == {1, 2}", "g = Group()\ng.add(4)\nh = g.copy()\nassert h.set == {4} and h is not g", "assert length(x for x in [1, 2]) == 2 and length(iter([1])) == 1",
      "assert grid(1) == Grid(1) and Grid(1) == grid(1) and grid(1) != Grid(2)", "g = Group()\ng.add('5')\nassert g.isdigit() is False"]),
    "numbers": ("""
from math import gcd
class Rational:
    def __init__(self, n, d=1):
        g = gcd(n, d) or 1
        self.n, self.d = n // g, d // g
    def __eq__(self, o): return (self.n, self.d) == (o.n, o.d)
    def __add__(self, o): return Rational(self.n * o.d + o.n * self.d, self.d * o.d)
    def __sub__(self, o): return Rational(self.n * o.d - o.n * self.d, self.d * o.d)
    def __truediv__(self, o): return Rational(self.n * o.d, self.d * o.n)
    def __abs__(self): return Rational(abs(self.n), abs(self.d))
    def __pow__(self, k): return Rational(self.n ** k, self.d ** k)
    def __rpow__(self, base): return base ** (self.n / self.d)
    def __float__(self): return self.n / self.d
    def __int__(self): return self.n // self.d
    def __bool__(self): return self.n != 0
def half(): return Rational(1, 2)
""", ["assert Rational(1, 2) + Rational(2, 3) == Rational(7, 6)", "assert Rational(1, 2) - Rational(1, 2) == Rational(0)", "assert abs(Rational(-1, 2)) == Rational(1, 2)", "assert Rational(1, 2) ** 2 == Rational(1, 4)", "assert abs(8 ** Rational(1, 3) - 2.0) < 1e-8", "assert float(half()) == 0.5 and int(Rational(5, 2)) == 2", "assert half() / Rational(1, 2) == Rational(1)", "assert not Rational(0) and Rational(1)", "import math\nassert math.isclose(half(), 0.5)"]),
}  # fmt: skip


def _grade(source: str, tests: Any, layer: str = "layer on") -> Grade:
    grader = GRADERS[layer]
    return grader.grade(source, grader.problem(tests))


def _passed(graded: Grade) -> list[int]:
    """Return the positions of the asserts that passed."""
    return [int(outcome.test.split()[1]) - 1 for outcome in graded.outcomes if outcome.passed]


TWINS = list(twins())


@pytest.mark.parametrize(("name", "source", "asserts", "expected"), TWINS, ids=[each[0] for each in TWINS])
def test_honest_values_pass_the_tests_that_they_pass_in_python(
    name: str, source: str, asserts: list[str], expected: list[bool]
) -> None:
    """The same tests as those of the attempts, and no others."""
    passed = _passed(_grade(source, {"asserts": asserts, "setup": IMPORTS}, list(GRADERS)[len(name) % 2]))

    assert [each for at, each in enumerate(asserts) if expected[at] != (at in passed)] == []
    assert any(expected)


@pytest.mark.each("layer", GRADERS)
@pytest.mark.each("name", PROGRAMS)
def test_honest_programs_lose_nothing(name: str, layer: str) -> None:
    """Their own operators, containers, contexts, exceptions, generators and identities mean what they mean in Python."""
    source, asserts = PROGRAMS[name]
    passed = _passed(_grade(source, {"asserts": asserts}, layer))

    assert [each for each in asserts if not passes(source, "", each)] == []
    assert [each for at, each in enumerate(asserts) if at not in passed] == []


@pytest.mark.parametrize("own", ["", "def list_node(v): return None\n", "def is_same_list(*x): return True\n"])
def test_the_helpers_of_leetcode_are_ours(own: str) -> None:
    """A submission that brings others must agree with ours."""
    tests = {
        "asserts": [
            "assert is_same_list(f(list_node([1, 2])), list_node([2, 1]))",
            "assert not is_same_list(f(list_node([1, 2])), list_node([1, 2]))",
        ]
    }
    right = "def f(h):\n    r = None\n    while h: r, h = ListNode(h.val, r), h.next\n    return r\n"

    assert _grade(f"{own}{right}", tests).all_passed is not bool(own)
    assert not _grade(f"{own}def f(h): return h\n", tests).all_passed


def test_a_module_has_the_names_that_the_submission_defines() -> None:
    """And no others."""
    code = "import m\nimport m as other\ndef test_it():\n    assert hasattr(m, 'f') and not hasattr(m, 'g') and other.f(1) == 2\n    assert getattr(m, 'g', 5) == 5\n"

    assert _grade("def f(x): return x + 1\n", {"code": code, "module": "m"}).all_passed


SCRIPTS = {
    "asyncio": ("import asyncio\nasync def w(n, d):\n    await asyncio.sleep(d)\n    print(n)\n    return n\nasync def main():\n    print(await asyncio.gather(w(1, .02), w(2, .001), w(3, 0)))\n    t = asyncio.create_task(w(4, 9))\n    await asyncio.sleep(0)\n    print(t.cancel(), t.done())\n    try: await t\n    except asyncio.CancelledError: print('cancelled')\n    try: await asyncio.wait_for(asyncio.sleep(9), timeout=.001)\n    except asyncio.TimeoutError: print('late')\nasyncio.run(main())\n", ""),
    "queues": ("import asyncio\nasync def main():\n    q, lock, event, most = asyncio.Queue(2), asyncio.Lock(), asyncio.Event(), asyncio.Semaphore(2)\n    live, seen = 0, []\n    async def put():\n        for i in range(5): await q.put(i)\n        await q.join()\n        event.set()\n    async def take():\n        while True:\n            async with lock: seen.append(await q.get())\n            q.task_done()\n    async def job():\n        nonlocal live\n        async with most:\n            live += 1\n            await asyncio.sleep(0)\n            print(live <= 2)\n            live -= 1\n    async with asyncio.TaskGroup() as group:\n        t = asyncio.create_task(take())\n        group.create_task(put())\n        for _ in range(4): group.create_task(job())\n        await event.wait()\n        t.cancel()\n    await asyncio.sleep(0)\n    print(seen, q.empty(), lock.locked())\n    done, left = await asyncio.wait([asyncio.create_task(asyncio.sleep(d)) for d in (0, 9)], return_when=asyncio.FIRST_COMPLETED)\n    print(len(done), len(left))\n    for each in asyncio.as_completed([asyncio.sleep(.01, 'b'), asyncio.sleep(0, 'a')]): print(await each)\n    try:\n        async with asyncio.timeout(.001): await asyncio.sleep(9)\n    except TimeoutError: print('late')\n    async def bad(): raise ValueError('no')\n    print(await asyncio.gather(bad(), return_exceptions=True), await asyncio.to_thread(max, 1, 2))\n    try: await asyncio.gather(bad(), asyncio.sleep(0))\n    except ValueError as error: print(error)\nasyncio.run(main())\n", ""),
    "fileinput": ("import fileinput\nfor line in fileinput.input(): print(line.strip()[::-1])\n", "ab\ncd\n"),
    "doctest": ("import doctest\ndef f():\n    '''\n    >>> f()\n    1\n    '''\n    return 1\nprint(doctest.testmod().failed, f())\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("layer", GRADERS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_programs_print_what_they_print_in_python(name: str, layer: str) -> None:
    """With the modules of ours in the place of those of the standard library."""
    source, stdin = SCRIPTS[name]
    done = subprocess.run(
        [sys.executable, "-c", source], input=stdin, capture_output=True, text=True, check=True
    )  # ours
    grade = _grade(source, {"cases": [{"stdin": stdin, "stdout": done.stdout}]}, layer)

    assert done.stdout
    assert grade.all_passed, grade.outcomes
    assert not _grade(f"print(1)\n{source}", {"cases": [{"stdin": stdin, "stdout": done.stdout}]}, layer).all_passed


@pytest.mark.parametrize(
    "reference",
    [
        {"inputs": ["[2, 7]\n9"], "outputs": ["[0, 1]"], "fn_name": "twoSum"},
        {"entry_point": "Solution().twoSum", "cases": [{"args": [[2, 7], 9], "expected": [0, 1]}]},
        {"entry_point": "Solution().twoSum", "check": "def check(candidate):\n    assert candidate(nums=[2, 7], target=9) == [0, 1]\n", "prompt": "from typing import *\nfrom collections import *\n"},
    ],
)  # fmt: skip
def test_answers_use_the_imports_of_their_judge(reference: dict[str, Any]) -> None:
    """LeetCode and its kin import for everybody; a name that the submission binds is its own."""
    source = "class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        seen = defaultdict(list)\n        for i, n in enumerate(nums):\n            if seen[target - n]: return [seen[target - n][0], i]\n            seen[n].append(i)\n"

    assert _grade(source, reference, "layer on").all_passed
    assert not _grade(f"def defaultdict(_): return dict()\n{source}", reference, "layer on").all_passed
    plain = {"entry_point": "f", "cases": [{"args": [4], "expected": 2}]}
    assert not _grade("def f(x): return isqrt(x)\n", plain, "layer on").all_passed


def test_a_class_may_have_the_name_of_one_that_tests_forget_to_import() -> None:
    """What the tests do with its objects decides; a class of the library is never the submission's."""
    head = "from m import *\ndef test_it():\n"
    own = {"code": f"{head}    c = Counter()\n    c.increment()\n    assert c.value == 1\n", "module": "m"}
    library = {"code": f"{head}    assert Counter(f('aa')) == Counter('aa')\n", "module": "m"}
    counter = "class Counter:\n    def __init__(self, *a): self.value = 0\n    def increment(self): self.value += {n}\n    def __eq__(self, o): return True\ndef f(x): return x[:{n}]\n"
    passed = [[_grade(counter.format(n=n), each).all_passed for n in (1, 2)] for each in (own, library)]

    assert passed == [[True, False], [False, True]]


def test_functions_have_their_documentation_and_annotations() -> None:
    """They are data, like every attribute."""
    asserts = ["assert f.__doc__ == 'Doc.' and f.__annotations__ == {'x': int}", "assert C().m.__doc__ == 'Doc.'"]
    source = "def f(x: int):\n    '{0}'\nclass C:\n    def m(self):\n        '{0}'\n"

    assert _grade(source.format("Doc."), {"asserts": asserts}).all_passed
    assert not any(each.passed for each in _grade(source.format("Do."), {"asserts": asserts}).outcomes)


def test_a_program_reads_as_much_as_the_size_of_its_input_says() -> None:
    """Templates for judges read all of it at once."""
    source = "import io, os\nread = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\nprint(sum(int(read()) for _ in range(40_000)))\n"
    tests = {"cases": [{"stdin": "12\n" * 40_000, "stdout": "480000\n"}]}

    assert _grade(source, tests, "layer on").all_passed
    assert not _grade(source.replace("st_size", "st_size // (1 << 20)"), tests, "layer on").all_passed


@pytest.mark.parametrize("name", ["add", "gcd", "prod", "chain", "copy", "math"])
def test_no_import_of_a_judge_is_what_the_tests_call(name: str) -> None:
    """A name in a submission, such as that of a wrong method, does not bring the function of a library."""
    arguments, expected = {"prod": ([[2, 3]], 6), "copy": ([7], 7)}.get(name, ([4, 6], 10 if name == "add" else 2))
    reference = {"fn_name": name, "inputs": [arguments], "outputs": [expected]}
    for source in (
        f"class Solution:\n    def {name}(self, *a): return 99\n",
        f"x = {name}\n",
        f"y = [{name}]\ndef f(): pass\n",
    ):
        assert not _grade(source, reference, "layer on").all_passed
