"""``is``, warnings, signatures, generators and exceptions of a submission, as tests of Python code look at them."""

from __future__ import annotations

from typing import Any

import pytest

from rlvr_code import Grader, TestsOptions
from rlvr_code.problems.instrument import EQUAL, IS, SUBTRACT, with_own_operations
from rlvr_code.referee import arrays
from rlvr_code.referee.references import is_same
from rlvr_code.wire.outcome import Kind

GRADERS = {layer: Grader(TestsOptions(language_layer=layer)) for layer in (True, False)}

SOURCE = """
import warnings, functools
from enum import Enum, Flag
from typing import Protocol, runtime_checkable

class Color(Enum):
    RED = "r"
    BLUE = "b"
    @classmethod
    def parse(cls, text): return cls[text.upper()]

class Perm(Flag):
    R = 1
    W = 2

def describe(perm): return "".join(each.name for each in Perm if each in perm)

class Task:
    status = Color.RED
    def __init__(self): self.error = None
    def done(self):
        self.status = Color.BLUE
        return self
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        self.error = error
        return True

class Mine(UserWarning): pass

def warn(text, kind=DeprecationWarning):
    warnings.warn(text, kind, stacklevel=2)
    return 3

def warn_mine(): warnings.warn("mine", Mine)
def warn_and_raise():
    warnings.warn("first")
    raise ValueError("second")

def greet(name: str, greeting: str = "Hi", *rest: int, loud: bool = False, **more) -> str:
    return greeting + name

def numbers():
    total = 0
    while total < 10:
        try:
            total += yield total
        except ValueError as error:
            total = len(str(error))

def ended():
    yield 1

async def later(): return 1

def named(function):
    @functools.wraps(function)
    def wrapper(*a): return function(*a)
    return wrapper

@runtime_checkable
class Speaks(Protocol):
    def speak(self): ...

class Dog:
    def speak(self): return "woof"

def load(d):
    try: return d["a"]
    except KeyError as error: raise ValueError("none") from error

def keep(x): return x
def fresh(x): return x.copy()
def failure(): return ValueError("bad", 3)
def kind_of(error): return type(error).__name__
def same(a, b): return a is b
"""

CASES = [
    ("assert Color('b') is Color.BLUE", True),
    ("assert Color.parse('red') is Color.RED", True),
    ("assert Color.parse('red') is not Color.BLUE", True),
    ("assert Color.parse('red') is Color.BLUE", False),
    ("assert Color.RED is not Color.RED", False),
    ("t = Task()\nassert t.done() is t and t.status is Color.BLUE", True),
    ("t = Task()\nassert t.done() is Task()", False),
    ("a = [1]\nassert a is a and a is not [1]", True),
    ("assert describe(Perm.R | Perm.W) == 'RW'", True),
    ("assert Perm.R | Perm.W == 3", False),
    (("import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always')\n"
      "    assert warn('old') == 3\nassert len(w) == 1 and w[0].category is DeprecationWarning"), True),
    ("import pytest\nwith pytest.warns(DeprecationWarning, match='old'):\n    warn('is old')", True),
    ("import pytest\nwith pytest.warns(DeprecationWarning, match='new'):\n    warn('is old')", False),
    ("import pytest\nwith pytest.warns(Mine):\n    warn_mine()", True),
    ("import pytest\nwith pytest.warns(RuntimeWarning):\n    warn_mine()", False),
    ("import pytest\nwith pytest.warns(UserWarning):\n    greet('a')", False),
    (("import pytest\nwith pytest.warns(UserWarning):\n    with pytest.raises(ValueError):\n"
      "        warn_and_raise()"), True),
    ("import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')\n    warn('x')", False),
    ("import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')\n    greet('x')", True),
    (("warn('before')\nimport warnings\nwith warnings.catch_warnings(record=True) as w:\n    greet('a')\n"
      "assert w == []"), True),
    (("import inspect\ns = inspect.signature(greet)\n"
      "assert str(s) == '(name: str, greeting: str = \\'Hi\\', *rest: int, loud: bool = False, **more) -> str'"), True),
    ("import inspect\nassert list(inspect.signature(Task.done).parameters) == ['self']", True),
    ("import inspect\nassert list(inspect.signature(greet).parameters) == ['name']", False),
    ("import inspect\nassert inspect.isgeneratorfunction(numbers) and not inspect.isgeneratorfunction(greet)", True),
    ("import inspect\nassert inspect.iscoroutinefunction(later) and not inspect.iscoroutinefunction(greet)", True),
    ("g = numbers()\nnext(g)\nassert g.send(4) == 4 and g.throw(ValueError('abc')) == 3", True),
    ("import pytest\ng = ended()\nnext(g)\nwith pytest.raises(StopIteration):\n    g.send(None)", True),
    ("g = ended()\nassert g.send(None) == 2", False),
    ("def square(x):\n    'Doc.'\nassert named(square).__name__ == 'square' and named(square).__doc__ == 'Doc.'", True),
    ("assert isinstance(Dog(), Speaks) and not isinstance(Task(), Speaks)", True),
    ("e = failure()\nassert isinstance(e, ValueError) and e.args == ('bad', 3)", True),
    ("assert failure() == failure()", False),
    ("a = [1]\nassert keep(a) is a and keep(x=a) is a and keep([1]) is not a", True),
    ("a = [1]\nassert keep(a) is not a", False),
    ("a = {1: 2}\nassert fresh(a) is not a and fresh(a) == a", True),
    ("a = {1: 2}\nassert fresh(a) is a", False),
    (("import pytest\nwith pytest.raises(ValueError) as e:\n    load({})\n"
      "assert isinstance(e.value.__cause__, KeyError) and e.value.__cause__.args == ('a',)"), True),
    (("import pytest\nwith pytest.raises(ValueError) as e:\n    load({})\n"
      "assert isinstance(e.value.__cause__, TypeError)"), False),
    ("import pytest\nwith pytest.raises(KeyError) as e:\n    {}['x']\nassert e.value.__cause__ is None", True),
    ("assert kind_of(KeyError('x')) == 'KeyError'", True),
    ("with Task() as t:\n    1 / 0\nassert isinstance(t.error, ZeroDivisionError)", True),
    ("with Task() as t:\n    t.error + 1\nassert False", False),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "is_right"), CASES, ids=range(len(CASES)))
def test_what_tests_look_at(statement: str, is_right: bool) -> None:  # noqa: FBT001  # pytest's parameter
    """With the language layer and without it."""
    for grader in GRADERS.values():
        graded = grader.grade(SOURCE, grader.problem({"asserts": [statement]}))
        assert graded.all_passed is is_right, graded.outcomes


def test_unittest_compares_objects_as_is_does() -> None:
    """Also where the submission has returned the object that the tests made."""
    code = (
        "import unittest\nfrom m import Color, Task\nclass T(unittest.TestCase):\n"
        "    def test_same(self):\n        t = Task()\n        self.assertIs(t.done(), t)\n"
        "        self.assertIsNot(t, Task())\n"
        "    def test_other(self):\n        self.assertIs(Color.RED, Color.BLUE)\n"
        "    def test_not(self):\n        self.assertIsNot(Color.RED, Color.parse('red'))\n"
    )
    graded = GRADERS[True].grade(SOURCE, GRADERS[True].problem({"module": "m", "code": code}))
    assert {each.test: each.kind for each in graded.outcomes} == {
        "T.test_same": Kind.PASSED, "T.test_other": Kind.WRONG, "T.test_not": Kind.WRONG,
    }  # fmt: skip


def test_a_metaclass_does_not_say_what_is_an_instance() -> None:
    """Only abstract classes and protocols of Python's own metaclasses do."""
    liar = "class Liar(type):\n    def __instancecheck__(cls, value): return True\n"
    source = liar + "class Shape(metaclass=Liar): pass\nclass Dog: pass\n"
    tests = {"asserts": ["assert isinstance(Dog(), Shape)"]}
    assert not GRADERS[False].grade(source, GRADERS[False].problem(tests)).all_passed


@pytest.mark.parametrize("how", ["monkeypatch.setenv('HOME_OF', 'x')", "os.environ.update(HOME_OF='x')"])
def test_environment_variables_of_the_tests_reach_the_submission(how: str) -> None:
    """And are gone when the tests have deleted them."""
    source = "import os\ndef home(): return os.environ.get('HOME_OF', '-') + os.getenv('HOME_OF', '-')\n"
    code = (
        f"import os\nfrom m import home\ndef test_it(monkeypatch):\n    {how}\n    assert home() == 'xx'\n"
        "    del os.environ['HOME_OF']\n    assert home() == '--'\n"
    )
    for grader in GRADERS.values():
        assert grader.grade(source, grader.problem({"module": "m", "code": code})).all_passed


@pytest.mark.parametrize("entry", ["check", "asserts"])
def test_the_class_that_a_check_is_given_is_a_class(entry: str) -> None:
    """Tests may use the name or ``candidate``; its operators follow the same rules as elsewhere."""
    source = (
        "class Money:\n    def __init__(self, n): self.n = n\n    @classmethod\n    def of(cls, n): return cls(n)\n"
        "    def __add__(self, o): return Money(self.n + o.n)\n    def __eq__(self, o): return self.n == o.n\n"
        "    def __sub__(self, o): return 0\n"
    )
    right = ["Money(1) + Money(2) == Money(3)", "Money.of(4).n == 4", "isinstance(Money(1), Money)"]
    wrong = ["abs(Money(1) - 7) < 1e-9", "Money(1) == 1", "Money(1) + Money(2) == Money(4)"]
    for each, is_right in [*((each, True) for each in right), *((each, False) for each in wrong)]:
        tests: dict[str, Any] = {"asserts": [f"assert {each}"]}
        if entry == "check":
            body = each.replace("Money(1)", "candidate(1)")
            tests = {"entry_point": "Money", "check": f"def check(candidate):\n    assert {body}\n"}
        assert GRADERS[True].grade(source, GRADERS[True].problem(tests)).all_passed is is_right, each


def test_a_copy_has_the_content_of_the_object() -> None:
    """Whatever the methods of its class say."""
    source = (
        "class R(dict):\n    def items(self): return [('a', 1)]\n    def __copy__(self): return {'a': 1}\n"
        "def f(): return R(b=2)\n"
    )
    for how, wanted, is_right in [("copy", "a=1", False), ("deepcopy", "a=1", False), ("deepcopy", "b=2", True)]:
        tests = {"asserts": [f"import copy\nassert copy.{how}(f()) == dict({wanted})"]}
        assert GRADERS[True].grade(source, GRADERS[True].problem(tests)).all_passed is is_right


def test_the_truth_of_plain_content_is_that_of_the_content() -> None:
    """In the quick way of asserts too."""
    source = "class R({}):\n    def __bool__(self): return True\ndef f(): return R()\n"
    for base in ("int", "str", "list", "dict", "float"):
        graded = GRADERS[True].grade(source.format(base), GRADERS[True].problem({"asserts": ["assert f()"]}))
        assert not graded.all_passed


ARRAYS = [
    ("(f([]) == np.array([5])).all()", False),
    ("(np.array([]) == 5).all()", False),
    ("np.all(np.array([]) == f([5]))", False),
    ("not (f([]) != np.array([5])).any()", False),
    ("np.sum(np.abs(f([]) - np.array([5]))) < 1", False),
    ("(f(np.zeros((0, 3))) == np.array([1, 2, 3])).all()", False),
    ("(f([]) == np.array([])).all()", True),
    ("f([]).size == 0 and (f([5]) == 5).all() and (f([5]) - f([4]) == 1).all()", True),
    ("not (f([1, 2]) == np.array([1, 3])).all()", True),
]


@pytest.mark.parametrize(("statement", "is_right"), ARRAYS, ids=range(len(ARRAYS)))
def test_an_empty_array_equals_only_empty_arrays(statement: str, is_right: bool) -> None:  # noqa: FBT001  # as above
    """Compared and subtracted in test code as Python does it, without a function of NumPy."""
    np = pytest.importorskip("numpy")
    names: dict[str, Any] = {"np": np, "f": np.array, IS: is_same, EQUAL: arrays.equal, SUBTRACT: arrays.subtract}
    changed = with_own_operations(f"result = bool({statement})", statement)
    try:
        exec(compile(changed, "", "exec"), names)  # noqa: S102  # the test's own text
    except AssertionError:
        names["result"] = False
    assert names["result"] is is_right
