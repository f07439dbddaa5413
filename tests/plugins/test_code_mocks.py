"""Tests that capture what a submission prints, replace names of it, or run for each param of a fixture."""

import pytest

from rlvr_code import Grader, ProblemError, TestsOptions

GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}
HEAD = "import pytest, unittest\nfrom unittest import mock\nfrom unittest.mock import patch\n"
RIGHT = "import random\nRATE=2\ndef helper(x): return x+1\ndef f(x): return helper(x)\ndef shout(x): print('hi', x)\ndef ask(): return int(input('n? '))+1\ndef rate(x): return x*RATE\n"
WRONG = "import random\nRATE=2\ndef helper(x): return x+2\ndef f(x): return helper(x)\ndef shout(x): print('ho', x)\ndef ask(): return int(input('n? '))+2\ndef rate(x): return x*2+1\n"

MODULES = {
    "params": "from m import f\n@pytest.fixture(params=[1,2])\ndef x(request): return request.param\ndef test_f(x): assert f(x)==x+1\n",
    "params dep": "from m import f\n@pytest.fixture(params=[1,pytest.param(2,id='two')])\ndef x(request): return request.param\n@pytest.fixture\ndef y(x): return x+1\ndef test_f(y): assert f(y)==y+1\n",
    "autouse": "from m import f\nS=[]\n@pytest.fixture(autouse=True)\ndef s():\n    S.append(3)\n    yield\n    S.clear()\ndef test_f(): assert f(S[0])==4 and len(S)==1\n",
    "usefixtures": "from m import f\nS=[]\n@pytest.fixture\ndef s(): S.append(3)\n@pytest.mark.usefixtures('s')\ndef test_f(): assert f(S[0])==4\n",
    "indirect": "from m import f\n@pytest.fixture\ndef x(request): return request.param*2\n@pytest.mark.parametrize('x,y',[(1,3),(2,5)],indirect=['x'])\ndef test_f(x,y): assert f(x)==y\n",
    "module mark": "from m import f\npytestmark=[pytest.mark.parametrize('x',[1,2])]\ndef test_f(x): assert f(x)==x+1\n",
    "class mark": "from m import f\n@pytest.mark.parametrize('x',[1,2])\nclass TestF:\n    def test_f(self,x): assert f(x)==x+1\n",
    "finalizer": "from m import f\n@pytest.fixture\ndef x(request):\n    request.addfinalizer(lambda: f(0))\n    return 3\ndef test_f(x): assert f(x)==4\n",
    "module arg": "from m import f\ndef setup_module(module): module.three=3\ndef test_f(): assert f(three)==4\n",
    "capsys": "from m import shout\ndef test_f(capsys):\n    shout(1)\n    assert capsys.readouterr().out=='hi 1\\n'\n    shout(2)\n    out, err = capsys.readouterr()\n    assert out=='hi 2\\n' and err==''\n",
    "redirect": "from m import shout\nimport io, contextlib\ndef test_f():\n    shout(0)\n    b=io.StringIO()\n    with contextlib.redirect_stdout(b):\n        shout(1)\n    shout(2)\n    assert b.getvalue()=='hi 1\\n'\n",
    "patch stdout": "from m import shout\nimport io\nclass T(unittest.TestCase):\n    @patch('sys.stdout', new_callable=io.StringIO)\n    def test_f(self, out):\n        shout(1)\n        self.assertEqual(out.getvalue(),'hi 1\\n')\n",
    "patch input": "from m import ask\nclass T(unittest.TestCase):\n    @patch('builtins.input', return_value='4')\n    def test_f(self, i):\n        self.assertEqual(ask(),5)\n        i.assert_called_once_with('n? ')\n",
    "monkeypatch, input": "from m import ask\ndef test_f(monkeypatch):\n    monkeypatch.setattr('builtins.input', lambda _: '4')\n    assert ask()==5\n",
    "monkeypatch, a function": "import m\ndef test_f(monkeypatch):\n    assert m.f(1)==2\n    monkeypatch.setattr(m,'helper',lambda x: 9)\n    assert m.f(1)==9\n    monkeypatch.undo()\n    assert m.f(1)==2\n",
    "monkeypatch, a constant": "import m\ndef test_f(monkeypatch):\n    monkeypatch.setattr('m.RATE',5)\n    assert m.rate(1)==5\n",
    "patch in a block": "from m import f\nclass T(unittest.TestCase):\n    def test_f(self):\n        with patch('m.helper', return_value=9) as h:\n            self.assertEqual(f(1), 9)\n        h.assert_called_once_with(1)\n        self.assertEqual(f(1), 2)\n",
    "patch as decorator": "from m import f\n@patch('m.helper', side_effect=[7,8])\ndef test_f(h):\n    assert [f(1), f(2)]==[7,8]\n    assert h.call_count==2\ndef test_g(): assert f(1)==2\n",
    "patch.object": "import m\ndef test_f():\n    with mock.patch.object(m,'helper',new=lambda x: 9): assert m.f(1)==9\n    assert m.f(1)==2\n",
    "import_module": "import importlib\nm=importlib.import_module('m')\ndef test_f(): assert m.f(1)==2\n",
    "patch random": "from m import f\nimport m\ndef test_f():\n    with patch('m.random') as r:\n        pass\n    assert f(1)==2\n",
}  # fmt: skip


def _passes(source: str, code: str, layer: str = "layer on") -> bool:
    grader = GRADERS[layer]
    return grader.grade(source, grader.problem({"code": HEAD + code, "module": "m"})).all_passed


@pytest.mark.parametrize("name", MODULES)
def test_right_answers_pass_and_wrong_ones_do_not(name: str) -> None:
    """Whatever the tests replace or capture."""
    layer = list(GRADERS)[len(name) % 2]

    assert _passes(RIGHT, MODULES[name], layer)
    assert not _passes(WRONG, MODULES[name], layer)


@pytest.mark.parametrize(
    "code",
    [
        "def test_f(tmp_path_factory):\n    assert f(1) == 2\n",
        "class TestF:\n    def test_f(self, mocker):\n        assert f(1) == 2\n",
        "@pytest.mark.parametrize('x', [1])\ndef test_f(x, recwarn):\n    assert f(x) == 2\n",
    ],
)
def test_a_fixture_that_does_not_exist_is_the_fault_of_the_row(code: str) -> None:
    """It is no failure of the submission."""
    with pytest.raises(ProblemError, match="needs the fixture"):
        _passes(RIGHT, f"from m import f\n{code}")


@pytest.mark.parametrize("layer", GRADERS)
def test_what_a_submission_prints_is_data(layer: str) -> None:
    """A stream of its own changes nothing for the tests."""
    source = "import sys, io\nclass Text(str):\n    def __eq__(self, o): return True\ndef shout(x): print(Text('no'))\n"

    assert not _passes(source, MODULES["capsys"], layer)
    assert not _passes(f"{source}sys.stdout = io.StringIO()\n", MODULES["capsys"], layer)


@pytest.mark.parametrize("layer", GRADERS)
def test_a_replaced_name_serves_no_name_of_the_tests(layer: str) -> None:
    """A module that the tests do not name is not found in the submission."""
    code = "import importlib\nfrom m import f\ndef test_f():\n    assert importlib.import_module('checks').equal(f(1), 42)\n"

    assert not _passes("def equal(*x): return True\ndef f(x): return 5\n", code, layer)


DEPENDENCIES = {
    "a client": ("def f(c):\n    r = c.get('/u/1', timeout=5)\n    return r.json()['name'] * ({n} - 199) if r.status_code == 200 else None\n", "c = mock.{kind}()\n    c.get.return_value.status_code = 200\n    c.get.return_value.json.return_value = {{'name': 'Bo'}}\n    assert f(c) == 'Bo'\n    c.get.assert_called_once_with('/u/1', timeout=5)\n"),
    "a file": ("def f(p):\n    with open(p) as x: return len(x.read()) + {n}\n", "with patch('builtins.open', mock.mock_open(read_data='abc')) as o:\n        assert f('x') == 203\n    o.assert_called_once_with('x')\n"),
    "lines": ("def f(p):\n    return [len(x) + {n} for x in open(p)]\n", "with patch('builtins.open', mock.mock_open(read_data='a\\nbc\\n')):\n        assert f('x') == [202, 203]\n"),
    "a sequence": ("def f(m):\n    with m as x: return [x[2], len(m), 3 in m, list(m), bool(m), {n}]\n", "m = mock.MagicMock()\n    m.__enter__.return_value = m\n    m.__getitem__.side_effect = lambda i: i * 2\n    m.__len__.return_value = 4\n    m.__contains__.return_value = True\n    m.__iter__.return_value = iter([1, 2])\n    assert f(m) == [4, 4, True, [1, 2], True, 200]\n"),
    "a coroutine": ("async def f(c): return await c(3) + await c.twice(4) + {n}\n", "import asyncio\n    c = mock.AsyncMock(return_value=1)\n    c.twice.return_value = 2\n    assert asyncio.run(f(c)) == 203\n    c.assert_awaited_once_with(3)\n    c.twice.assert_awaited_once_with(4)\n"),
    "an async function": ("async def f(c): return await c({n})\n", "import asyncio\n    async def c(x): return x + 1\n    assert asyncio.run(f(c)) == 201\n"),
    "a stream": ("import json\ndef f(out): json.dump([{n}], out)\n", "import io\n    out = io.StringIO()\n    out.write('>')\n    f(out)\n    assert out.getvalue() == '>[200]'\n"),
    "a stream to read": ("def f(out): return len(out.read()) + {n}\n", "import io\n    out = io.StringIO('abc')\n    assert f(out) == 203 and out.getvalue() == out.read() == 'abc'\n"),
    "a stream of bytes": ("def f(out):\n    out.write(b'%d' % {n})\n    return 1\n", "import io\n    out = io.BytesIO()\n    assert f(out=out) == 1\n    assert out.getvalue() == b'200'\n"),
    "returned": ("def f(m): return m if {n} == 200 else m.other\n", "m = mock.Mock()\n    assert f(m) is m\n"),
}  # fmt: skip


@pytest.mark.parametrize("layer", GRADERS)
@pytest.mark.parametrize("name", DEPENDENCIES)
def test_mocks_streams_and_coroutines_of_the_tests(name: str, layer: str) -> None:
    """They are called, read and awaited there as they are here."""
    source, body = DEPENDENCIES[name]
    code = f"from m import f\ndef test_f():\n    {body.format(kind='MagicMock' if layer == 'layer on' else 'Mock')}"

    assert _passes(source.format(n=200), code, layer)
    assert not _passes(source.format(n=201), code, layer)


@pytest.mark.parametrize("layer", GRADERS)
@pytest.mark.parametrize(
    "forged",
    [
        *(f"setattr(c, {name!r}, {value})" for name, value in {"call_count": 1, "called": True, "assert_called_once_with": "print"}.items()),
        *(f"c.{call}" for call in ("configure_mock(call_count=1)", "mock_add_spec([])", "attach_mock(c, 'assert_called_once_with')", "mock_calls.append(1)", "call_args_list.append(((42,), {}))", "_mock_parent", "reset_mock()", "return_value.x")),
        "c.__class__.assert_called_once_with",
        "type(c).assert_called_once_with = print",
    ],
)  # fmt: skip
def test_a_mock_says_itself_how_it_was_called(forged: str, layer: str) -> None:
    """A submission neither calls, reads nor sets what is the tests' own."""
    code = "from m import f\ndef test_f():\n    c = mock.Mock()\n    f(c)\n    c.assert_called_once_with(42)\n"

    assert _passes("def f(c): c(42)\n", code, layer)
    assert not _passes(f"def f(c):\n    try: {forged}\n    except Exception: pass\n", code, layer)
    assert not _passes(f"def f(c):\n    {forged}\n    c(41)\n", code, layer)


def test_a_submission_keeps_its_own_functions_of_such_names() -> None:
    """Python does not put another ``open`` in their place either."""
    source = "def open(x): return x + 1\ndef f(x): return open(x)\ndef g(x): return input() + x\n"
    code = "from m import f, g\ndef test_f():\n    with patch('builtins.open', lambda x: 9), patch('builtins.input', lambda: 'a'):\n        assert f(1) == 2 and g('b') == 'ab'\n    with patch('builtins.input', lambda: 'c'):\n        assert g('d') == 'cd'\n"

    assert _passes(source, code)
    assert not _passes(source.replace("def open(x)", "def other(x)"), code)


FAKES = """
from collections import namedtuple
from dataclasses import dataclass
from enum import IntEnum
@dataclass
class Item:
    price: int
    _hidden: int = 9
    def tax(self): return self.price * 2
class Repo:
    def __init__(self): self.rows = []
    def add(self, row, at): self.rows.append((row, at))
class Clock:
    def __call__(self): return 5
P = namedtuple("P", "x y")
class Level(IntEnum):
    LOW = 1
class Chain:
    def __iter__(self): return iter([1, 2])
    def __len__(self): return 2
    def __getitem__(self, key): return key * 2
    def __enter__(self): return 4
    def __exit__(self, *a): pass
"""
USES_FAKES = """
def total(items): return sum(each.price + each.tax() for each in items)
def save(repo, clock, row):
    repo.add(row, at=clock())
    return repo
def or_else(value, default): return default if value is None else value
def same(a, b): return a is b
def norm(p): return p.x + p[1] + sum(p) + len(p)
def twice(n): return n * 2
def walk(chain):
    with chain as four:
        return [*chain, len(chain), chain[3], four]
def peek(item): return getattr(item, "_hid" + "den")
def guess(item): return getattr(item, "price") if hasattr(item, "price") else item
def write(item): item.price = 7
"""


@pytest.mark.each(
    ("expression", "is_right"),
    [
        ("total([Item(1), Item(2)]) == 9", True),
        ("total([Item(1)]) == 4", False),
        ("save(r, Clock(), 'a') is r and r.rows == [('a', 5)]", True),
        ("or_else(None, s) is s and or_else(s, 1) is s and same(s, s)", True),
        ("same(object(), object())", False),
        ("norm(P(1, 2)) == 8", True),
        ("twice(Level.LOW) == 2", True),
        ("walk(Chain()) == [1, 2, 2, 6, 4]", True),
        ("peek(Item(1)) == 9", False),
        ("guess(object()) == 3", False),
        ("write(Item(1)) is None", False),
    ],
)
def test_the_submission_reads_objects_of_the_tests(expression: str, is_right: bool) -> None:  # noqa: FBT001  # pytest's parameter
    """Fakes, records and sentinels: public attributes and methods; nothing of them is changed."""
    tests = {"asserts": [f"{FAKES}\nr = Repo()\ns = object()\nassert {expression}"]}
    for layer in (True, False):
        grader = Grader(TestsOptions(language_layer=layer))
        graded = grader.grade(USES_FAKES, grader.problem(tests))
        assert graded.all_passed is is_right, graded.outcomes
