"""What honest programs import: modules of the standard library, and NumPy and pandas where a suite lists them."""

import importlib
import importlib.util
from typing import Any

import pytest

from rlvr_code import Grader, TestsOptions
from rlvr_code.trusted.process import SandboxError
from rlvr_code.wire.library_types import codec_named
from rlvr_code.wire.values import MalformedError, decode, encode

GRADERS = {"layer on": Grader(), "layer off": Grader(TestsOptions(language_layer=False))}
has_numpy = pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="NumPy is not installed")
has_pandas = pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")

# A program, tests that it passes, and tests that it fails.
PROGRAMS: dict[str, tuple[str, list[str], list[str]]] = {
    "argparse": (
        "import argparse\ndef f(given):\n    p = argparse.ArgumentParser()\n    p.add_argument('--n', type=int, default=1)\n    p.add_argument('name')\n    return p.parse_args(given)\ndef g(given): return vars(f(given))\n",
        ["assert g(['x', '--n', '3']) == {'n': 3, 'name': 'x'}", "assert f(['x']).n == 1", "from argparse import Namespace\nassert f(['x']) == Namespace(n=1, name='x')"],
        ["assert f(['x', '--n', 'y'])", "assert f([])", "assert f(['x']).n == 2"],
    ),
    "logging": (
        "import logging\nlogging.basicConfig(level=logging.INFO)\nlogger = logging.getLogger(__name__)\ndef f(x):\n    logger.info('x %s', x)\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        logger.exception('no')\n    return x\n",
        ["assert f(1) == 1"], ["assert f(1) == 2"],
    ),
    "xml": (
        "import xml.etree.ElementTree as ET\nfrom xml.etree import ElementTree\ndef f(s): return ET.fromstring(s)\ndef g(s): return [e.text for e in ElementTree.fromstring(s).iter('a')]\ndef h(e): return e.find('a').text\n",
        ["assert f('<r><a k=\"1\">x</a>y</r>').find('a').get('k') == '1'", "assert g('<r><a>1</a><a>2</a></r>') == ['1', '2']", "import xml.etree.ElementTree as ET\nassert h(ET.fromstring('<r><a>z</a></r>')) == 'z'", "import xml.etree.ElementTree as ET\nassert ET.tostring(f('<r>t<a/>u</r>')) == b'<r>t<a />u</r>'"],
        ["assert f('<r><a>x</a></r>').find('a').text == 'y'", "assert len(f('<r/>')) == 1"],
    ),
    "codecs": (
        "import codecs\ndef f(s, name): return s.encode(name)\ndef g(s): return codecs.encode(s, 'rot_13')\n",
        ["assert g('abc') == 'nop'", "assert f('é', 'cp1252') == b'\\xe9'", "assert f('я', 'koi8-r') == b'\\xd1'", "assert f('a', 'utf-16-le') == b'a\\0'", "assert f('€', 'iso8859-15') == b'\\xa4'", "assert f('a', 'utf-7') == b'a'"],
        ["assert f('é', 'ascii') == b'e'"],
    ),
    "a node without val": (
        "class TreeNode:\n    def __init__(self, key, children=()): self.key, self.children = key, list(children)\ndef f(): return TreeNode(1, [TreeNode(2)])\ndef total(t): return t.key + sum(map(total, t.children))\n",
        ["assert f().children[0].key == 2", "t = TreeNode(3)\nassert t.key == 3", "t = TreeNode(3, [TreeNode(4)])\nassert t.children[0].key == 4 and total(t) == 7", "assert total(TreeNode(key=2, children=[])) == 2"],
        ["t = TreeNode(3)\nassert t.key == 4"],
    ),
    "a class of text": (
        "class S(str): pass\nclass I(int): pass\ndef f(): return S('a')\ndef g(): return I(3)\n",
        ["assert isinstance(f(), str) and isinstance(f(), S)", "assert issubclass(S, str) and not issubclass(S, int)", "assert isinstance(g(), int) and g() == 3", "assert type(f()) == S and type(f()) != I", "assert isinstance(S('x'), str)"],
        ["assert isinstance(f(), int)", "assert type(f()) == I"],
    ),
    "threads": (
        "import threading\nfrom concurrent.futures import ThreadPoolExecutor\nthreading.stack_size(1 << 26)\nclass T(threading.Thread):\n    def run(self): self.got = 42\ndef f(x):\n    t = T()\n    t.start()\n    t.join()\n    with ThreadPoolExecutor() as pool: return [t.got, *pool.map(abs, [-x])]\n",
        ["assert f(1) == [42, 1]"], ["assert f(1) == [42, 2]"],
    ),
    "seeds of the tests": (
        "import random\ndef f(n): return [random.randint(1, 99) for _ in range(n)]\nclass Dice:\n    def roll(self): return random.choice('abcdef')\n",
        ["import random\nrandom.seed(7)\nwanted = [random.randint(1, 99) for _ in range(5)]\nrandom.seed(7)\nassert f(5) == wanted", "from random import seed, choice\nseed('x')\nwanted = choice('abcdef')\nd = Dice()\nseed(a='x')\nassert d.roll() == wanted"],
        ["import random\nrandom.seed(7)\nwanted = [random.randint(1, 99) for _ in range(5)]\nrandom.seed(8)\nassert f(5) == wanted", "import random\nrandom.seed(None)\nassert f(5) == f(5)"],
    ),
    "classes of the tests": (
        "import abc\nclass Shape(abc.ABC):\n    def __init__(self, name): self.name = name\n    @abc.abstractmethod\n    def area(self): ...\n    def told(self): return f'{self.name} {self.area()}'\n",
        ["class Square(Shape):\n    def __init__(self, side):\n        super().__init__('square')\n        self.side = side\n    def area(self): return self.side ** 2\nassert Square(3).told() == 'square 9'", "class Half(Shape): pass\ntry: Half('x')\nexcept TypeError: pass\nelse: assert False"],
        ["class Square(Shape):\n    def area(self): return 4\nassert Square('x').told() == 'x 5'"],
    ),
    "callbacks": (
        "def f(g): return g\nclass Bus:\n    def __init__(self): self.all = []\n    def on(self, g):\n        self.all.append(g)\n        return g\n",
        ["def h(): pass\nassert f(h) is h", "def h(): pass\nb = Bus()\nassert b.on(h) is h and b.all == [h]", "class K: pass\nassert f(K) is K", "assert f(len) is len"],
        ["def h(): pass\ndef i(): pass\nassert f(h) is i"],
    ),
}  # fmt: skip

PATCHES = {
    "a function": "def test_f():\n    with patch('m.get', return_value=5):\n        assert m.f() == 6\n    assert m.f() == 2\n",
    "a function of a module": "def test_f():\n    with patch('m.random.randint', return_value=4):\n        assert m.roll() == 4\n    assert 1 <= m.roll() <= 3\n",
    "a method": "def test_f():\n    with patch.object(m.Api, 'fetch', return_value=5):\n        assert m.Api().go() == 6\n    assert m.Api().go() == 2\n",
    "print and input": "@patch('builtins.print')\n@patch('builtins.input', return_value='7')\ndef test_f(i, p):\n    assert m.ask() == '7'\n    p.assert_called_once_with('hi', '7')\n",
    "print, afterwards": "def test_f(capsys):\n    with patch('builtins.print') as p:\n        m.say('a')\n    p.assert_called_once_with('a')\n    m.say('b')\n    assert capsys.readouterr().out == 'b\\n'\n",
}
PATCHED = "import random\ndef roll(): return random.randint(1, 3)\ndef get(): return 1\ndef f(): return get() + 1\ndef say(x): print(x)\ndef ask():\n    n = input('n? ')\n    print('hi', n)\n    return n\nclass Api:\n    def fetch(self): return 1\n    def go(self): return self.fetch() + 1\n"
PATCHED_WRONG = "import random\ndef roll(): return 1 + random.randint(1, 3)\ndef get(): return 1\ndef f(): return 2\ndef say(x): print(x, x)\ndef ask():\n    n = input('n? ')\n    print(n)\n    return n\nclass Api:\n    def fetch(self): return 1\n    def go(self): return 2\n"


def _results(grader: Grader, source: str, asserts: list[str]) -> list[bool]:
    graded = grader.grade(source, grader.problem({"asserts": asserts}))
    passed = {outcome.test: outcome.passed for outcome in graded.outcomes}  # plain calls come first
    return [passed[f"assert {number}"] for number in range(1, len(asserts) + 1)]


@pytest.mark.each("layer", GRADERS)
@pytest.mark.each("name", PROGRAMS)
def test_honest_programs_pass_what_they_should(name: str, layer: str) -> None:
    """And fail what they should."""
    source, right, wrong = PROGRAMS[name]

    assert _results(GRADERS[layer], source, [*right, *wrong]) == [True] * len(right) + [False] * len(wrong)


@pytest.mark.each("layer", GRADERS)
@pytest.mark.each("name", PATCHES)
def test_names_of_the_submission_are_patched(name: str, layer: str) -> None:
    """Its functions, the modules that it imports, its classes, and the builtins that it calls."""
    grader = GRADERS[layer]
    problem = grader.problem({"code": f"from unittest.mock import patch\nimport m\n{PATCHES[name]}", "module": "m"})
    graded = grader.grade(PATCHED, problem)

    assert graded.all_passed, graded.first_failure
    assert not grader.grade(PATCHED_WRONG, problem).all_passed


def test_a_library_that_is_not_listed_is_not_there() -> None:
    """Neither for the submission, nor for the scorer that reads its values."""
    source = "def f():\n    import numpy\n    return 1\n"

    assert [_results(grader, source, ["assert f() == 1"]) for grader in GRADERS.values()] == [[False], [False]]
    assert codec_named("numpy.nothing") is None


def test_a_listed_library_that_is_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the suite is loaded."""
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)

    with pytest.raises(SandboxError, match="numpy"):
        Grader(TestsOptions(libraries=("numpy",)))


ARRAYS = (
    "import numpy as np\ndef f(n): return np.arange(n) * 1.5\ndef total(n): return np.arange(n).sum()\ndef product(a): return a.T @ a\ndef zeros(n): return np.zeros(n)\ndef draw(n): return np.random.rand(n)\ndef words(): return np.array(['a', 'bc'])\ndef day(): return np.datetime64('2020-01-02')\n"
    "class Liar(np.ndarray):\n    def __eq__(self, o): return True\n    def all(self, *a, **k): return True\n    def __bool__(self): return True\ndef lie(n): return np.zeros(n).view(Liar)\n"
)  # fmt: skip
ARRAY_TESTS = {
    "assert np.allclose(f(3), [0, 1.5, 3])": True,
    "assert f(2).shape == (2,) and f(2).dtype == float": True,
    "assert (f(2) == [0, 1.5]).all()": True,
    "assert total(4) == 6 and isinstance(total(4), np.integer)": True,
    "assert (product(np.eye(2)) == np.eye(2)).all()": True,
    "assert product(np.array([[1, 2]])).tolist() == [[1, 2], [2, 4]]": True,
    "assert words().tolist() == ['a', 'bc'] and str(day()) == '2020-01-02'": True,
    "np.testing.assert_array_equal(f(2), np.array([0, 1.5]))": True,
    "assert np.allclose(zeros(3), [1, 2, 3])": False,
    "assert (zeros(2) == [1, 2]).all()": False,
    "assert (lie(2) == [1, 2]).all()": False,
    "assert lie(2) == 3": False,
    "assert np.allclose(lie(2), 3)": False,
    "assert np.array_equal(lie(2), [3, 3])": False,
    "assert np.allclose(zeros(0), []) and np.allclose(zeros((0, 2)), np.zeros((0, 2)))": True,
    "assert not np.allclose(zeros(2), zeros(0)) and not np.isclose(zeros(0), 0).all()": True,
    "np.testing.assert_array_equal(zeros(0), np.zeros(0))": True,
    "assert np.allclose(zeros((0, 2)), [1, 2])": False,
    "np.testing.assert_allclose(zeros((2, 0)), [[1], [2]])": False,
    "assert zeros(0) == pytest.approx(1)": False,
    "np.random.seed(3)\nwanted = np.random.rand(2)\nnp.random.seed(3)\nassert (draw(2) == wanted).all()": True,
    "np.random.seed(3)\nwanted = np.random.rand(2)\nnp.random.seed(4)\nassert (draw(2) == wanted).all()": False,
}


@has_pandas
@pytest.mark.parametrize(("libraries", "restricted"), [(("numpy",), False), (("pandas",), True)])
def test_arrays_are_data(libraries: Any, restricted: bool) -> None:  # noqa: FBT001  # pytest's parameter
    """Test code works on them with its own NumPy; a class that answers for an array decides nothing."""
    grader = Grader(TestsOptions(libraries=libraries, language_layer=restricted))
    asserts = [f"import numpy as np\n{each}" for each in ARRAY_TESTS]

    assert dict(zip(ARRAY_TESTS, _results(grader, ARRAYS, asserts), strict=True)) == ARRAY_TESTS
    calls = {"entry_point": "zeros", "cases": [{"args": [2], "expected": [0.0, 0.0]}]}
    assert grader.grade(ARRAYS, grader.problem(calls)).all_passed


@has_numpy
@pytest.mark.parametrize(
    "parts",
    [
        ["s<f8", "(1", 2, "[1", 1.0], ["sV8", "(1", 1, "[1", 1.0], ["s<U9999999", "(1", 99, "[99", *["sa"] * 99],
        ["s<f8", "(1", 1, "[1", "[1", 1.0], ["s<f8", "(1", -2, "[1", 1.0], ["s<M8[ns", "(1", 1, "[1", 1],
        ["s<i8", "(1", 1, "[1", "sa"], ["sO", "(1", "sx", "[1", 1],
    ],
)  # fmt: skip
def test_tokens_that_are_no_array_are_refused(parts: list[Any]) -> None:
    """Other shapes, unknown dtypes, too many bytes, items that are none."""
    __import__("numpy")
    with pytest.raises(MalformedError):
        decode(["Tnumpy.ndarray 3", *parts])


@has_numpy
def test_arrays_and_scalars_come_back_as_they_were() -> None:
    """Of each kind that travels, and no others."""
    np = importlib.import_module("numpy")

    for dtype in ("b1", "i1", "u4", "f2", "f8", "c16", "U3", "S2", "M8[D]", "m8[s]"):
        array = np.zeros((2, 3), dtype)
        got = decode(encode(array))
        assert (got.dtype, got.shape) == (array.dtype, array.shape)
        assert (got == array).all() or dtype.startswith("M")
        assert type(decode(encode(array[0, 0]))) is type(array[0, 0])
    mixed = decode(encode(np.array([[1, None], ["a", (2, 3)]], dtype=object)))
    assert mixed.tolist() == [[1, None], ["a", (2, 3)]]
    with pytest.raises(Exception, match="dtype"):
        encode(np.zeros(2, dtype=[("a", int)]))


FRAMES = "import pandas as pd\ndef f(d): return pd.DataFrame(d).groupby('a').sum().reset_index()\ndef s(): return pd.Series([1, 2], name='x')\ndef mean(df): return df['b'].mean()\ndef t(): return pd.DataFrame({'t': pd.date_range('2020-01-01', periods=2), 's': ['a', None]}, index=['x', 'y'])\ndef w(): return t()['t'].iloc[1]\n"
FRAME_TESTS = {
    "pd.testing.assert_frame_equal(f({'a': [1, 1], 'b': [2, 3]}), pd.DataFrame({'a': [1], 'b': [5]}))": True,
    "assert s().sum() == 3 and s().name == 'x'": True,
    "assert mean(pd.DataFrame({'b': [1, 2]})) == 1.5": True,
    "assert list(t().columns) == ['t', 's'] and list(t().index) == ['x', 'y'] and t()['s'].isna().tolist() == [False, True]": True,
    "assert w() == pd.Timestamp('2020-01-02')": True,
    "pd.testing.assert_series_equal(s(), pd.Series([1, 3], name='x'))": False,
    "assert t().equals(pd.DataFrame({'t': [1, 2]}))": False,
}


@has_pandas
def test_frames_are_data() -> None:
    """As arrays are."""
    grader = Grader(TestsOptions(libraries=("pandas",)))
    asserts = [f"import pandas as pd\n{each}" for each in FRAME_TESTS]

    assert dict(zip(FRAME_TESTS, _results(grader, FRAMES, asserts), strict=True)) == FRAME_TESTS


@has_pandas
def test_frames_come_back_as_they_were() -> None:
    """With their indexes, dtypes and missing values."""
    pd = importlib.import_module("pandas")

    index = pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["n", None])
    frame = pd.DataFrame(
        {"i": [1, 2], "f": [1.5, None], "s": ["x", None], "c": pd.Categorical(["u", "v"])}, index=index
    )
    zoned = pd.Series(pd.date_range("2020-01-01", periods=2, tz="UTC"), name="z")

    pd.testing.assert_frame_equal(decode(encode(frame)), frame)
    pd.testing.assert_series_equal(decode(encode(zoned)), zoned)
    assert decode(encode(pd.Timedelta("1h"))) == pd.Timedelta("1h")
    assert decode(encode(pd.NaT)) is pd.NaT
    assert decode(encode(pd.NA)) is pd.NA
