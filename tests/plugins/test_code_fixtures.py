"""Fixtures and set-up functions of test modules."""

import sys

import pytest

from rlvr_code import Grader
from rlvr_code.referee.fixtures import _own_fixture

GRADER = Grader()
RIGHT = "def f(x):\n    return x + 1\n"
WRONG = "def f(x):\n    return x - 1\n"
IMPORTS = "import pytest\nimport unittest\nfrom m import f\n"

MODULES = {
    "fixture": "@pytest.fixture\ndef three():\n    return 3\ndef test_f(three):\n    assert f(three) == 4\n",
    "fixture of a fixture": "@pytest.fixture\ndef two():\n    return 2\n@pytest.fixture()\ndef three(two):\n    return two + 1\ndef test_f(three, two):\n    assert f(three) + two == 6\n",
    "named fixture": "@pytest.fixture(name='three', scope='module')\ndef make():\n    return 3\ndef test_f(three):\n    assert f(three) == 4\n",
    "generator": "ended = []\n@pytest.fixture\ndef three():\n    yield 3\n    ended.append(f(0))\ndef test_f(three):\n    assert f(three) == 4\n",
    "with rows": "@pytest.fixture\ndef one():\n    return 1\n@pytest.mark.parametrize('x', [1, 2])\ndef test_f(x, one):\n    assert f(x) == x + one\n",
    "in a class": "class TestF:\n    @pytest.fixture\n    def three(self):\n        return 3\n    def test_f(self, three):\n        assert f(three) == 4\n",
    "setup_class": "class TestF:\n    @classmethod\n    def setup_class(cls):\n        cls.three = 3\n    def test_f(self):\n        assert f(self.three) == 4\n",
    "setup_method": "class TestF:\n    def setup_method(self, method):\n        self.three = 3\n    def teardown_method(self):\n        assert f(self.three) == 4\n    def test_f(self):\n        assert f(self.three) == 4\n",
    "setup_module": "three = 0\ndef setup_module(module):\n    module.three = 3\ndef test_f():\n    assert f(three) == 4\n",
    "setup_function": "seen = []\ndef setup_function(function):\n    seen.append(3)\ndef test_f():\n    assert f(seen[0]) == 4\n",
    "setUpModule": "three = 0\ndef setUpModule():\n    global three\n    three = 3\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(three), 4)\n",
    "setUpClass": "class T(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        cls.three = 3\n    def test_f(self):\n        self.assertEqual(f(self.three), 4)\n",
}


def _passes(source: str, code: str) -> bool:
    return GRADER.grade(source, GRADER.problem({"code": IMPORTS + code, "module": "m"})).all_passed


@pytest.mark.parametrize("name", MODULES)
def test_right_answers_pass_and_wrong_ones_do_not(name: str) -> None:
    """Whatever the tests set up."""
    assert _passes(RIGHT, MODULES[name])
    assert not _passes(WRONG, MODULES[name])


def test_a_failure_at_the_end_of_a_fixture_counts() -> None:
    """A test that passes is not enough."""
    code = "@pytest.fixture\ndef three():\n    yield 3\n    assert f(0) == 1\ndef test_f(three):\n    assert True\n"

    assert _passes(RIGHT, code)
    assert not _passes(WRONG, code)


@pytest.mark.parametrize("way", ["a failure in setup_module", "a fixture that needs itself"])
def test_a_test_that_cannot_be_set_up_fails(way: str) -> None:
    """Without end or crash."""
    code = {
        "a failure in setup_module": "def setup_module():\n    assert f(1) == 5\ndef test_f():\n    pass\n",
        "a fixture that needs itself": "@pytest.fixture\ndef a(b):\n    return 1\n@pytest.fixture\ndef b(a):\n    return 1\ndef test_f(a):\n    pass\n",
    }[way]

    assert not _passes(RIGHT, code)


def test_each_test_has_fixtures_of_its_own() -> None:
    """A submission that changes a value changes it for one test."""
    code = "@pytest.fixture(scope='module')\ndef items():\n    return []\n" + "".join(
        f"def test_{number}(items):\n    items.append(f(1))\n    assert items == [2]\n" for number in range(2)
    )

    assert _passes(RIGHT, code)


def test_fixtures_of_pytest_are_what_their_names_say() -> None:
    """``monkeypatch`` changes the environment, and ``capsys`` keeps what is printed."""
    with _own_fixture("monkeypatch") as patch, _own_fixture("capsys") as captured:
        patch.setenv("RLVR_FIXTURE", "1")
        sys.stdout.write("x\n")

    assert captured.readouterr().out == "x\n"
