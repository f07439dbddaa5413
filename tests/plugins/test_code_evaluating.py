"""What test code may evaluate, load and start; and what comes back of what it passes. No process is started."""

import ast
import math
from typing import Any

import pytest

from rlvr_code.referee.changes import may_be_reordered, take_order
from rlvr_code.referee.decoys import decoys_of
from rlvr_code.referee.evaluating import _NOTHING, Evaluators, Failing, Guard, data_of
from rlvr_code.trusted.submission import FailedTestError
from rlvr_code.wire.outcome import Kind

DATA: list[tuple[Any, Any]] = [
    ("42", 42),
    (" [1, 2.5, 'a', None, True] ", [1, 2.5, "a", None, True]),
    ("{'a': (1,), 2: {3}}", {"a": (1,), 2: {3}}),
    (b"[1]", [1]),
    ("set()", set()),
    ("1 + 2 * 3", 7),
    ("(8 - 4) * 6 / 2", 12.0),
    ("-(3 - 5) + +1", 3),
    ("7 // 2 + 7 % 4", 6),
    ("2 ** 10 - 2 ** -1", 1023.5),
    ("1 + 2j", 1 + 2j),
    ("2 * 3j", 6j),
    ("2 ** 64", 1 << 64),
    ("1" + "0" * 500, 10**500),
]
NO_DATA: list[Any] = [
    "x", "f(1)", "print", "[x for x in ()]", "(lambda: 1)()", "'a' * 2", "[1] * 2", "[1] + [2]", "1 if True else 2", "1 < 2",
    "not 1", "~1", "2 ** 65", "2 ** -65", "9 ** 64 ** 2", "(2 ** 64) ** 64 * 2", "1 << 2", "a.b", "'%s' % 1", "f'{1}'",
    "True + 'a'", "1 +", "", "import os", "1; 2", "x := 1", None, 42, ["1"], "[" * 5_000 + "]" * 5_000, "1" + " " * 10_000,
    "1" + "+1" * 5_000,
]  # fmt: skip


@pytest.mark.each(("text", "value"), DATA, ids=[str(each)[:30] for each, _ in DATA])
def test_literals_and_arithmetic_are_data(text: Any, value: Any) -> None:
    """Of the type that Python gives them."""
    found = data_of(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.each("text", NO_DATA, ids=[str(each)[:30] for each in NO_DATA])
def test_other_texts_are_no_data(text: Any) -> None:
    """Neither names nor calls, nor what takes much time or memory."""
    assert data_of(text) is _NOTHING


def test_arithmetic_fails_as_it_does() -> None:
    """The test may expect it."""
    with pytest.raises(ZeroDivisionError):
        data_of("1 / 0")
    with pytest.raises(OverflowError):
        data_of("1e300 ** 2")


OWN = '''
x = "1 + n"
y = """
    total = n * 2
"""
z = b"n"
w = f"{n}!"
'''


def _run(code: str) -> tuple[dict[str, Any], Failing]:
    """Run code that has the evaluators, and the text of ``OWN``."""
    failing = Failing()
    names: dict[str, Any] = {"__name__": "tests", "n": 3, **Evaluators(failing, [OWN]).builtins()}
    names.update(MORE={"n": 5})
    exec(code, names)  # noqa: S102  # as a referee does
    return names, failing


@pytest.mark.each(
    ("code", "value"),
    [
        ("r = eval('1 + n')", 4),
        ("r = eval(' 1  +\\tn ')", 4),
        ("r = eval('1 + n', MORE)", 6),
        ("r = eval('1 + n', MORE, {'n': 6})", 7),
        ("def f():\n    n = 7\n    return eval('1 + n')\nr = f()", 8),
        ("r = eval('1 + n', None, {'n': 8})", 9),
        ("exec('total = n * 2')\nr = total", 6),
        ("exec('total = n * 2', MORE)\nr = MORE['total']", 10),
        ("MORE2 = {'n': 4}\nexec('total = n * 2', {}, MORE2)\nr = MORE2['total']", 8),
        ("exec(compile('total = n * 2', 'x', 'exec'))\nr = total", 6),
        ("r = eval(compile('1 + n', 'x', mode='eval'))", 4),
        ("r = eval('[1, 2]')", [1, 2]),
        ("r = eval(b'2 * 3')", 6),
    ],
)
def test_texts_of_the_tests_are_evaluated(code: str, value: Any) -> None:
    """With the names of the caller, unless it gives others; other texts are data."""
    names, failing = _run(code)

    assert names["r"] == value
    assert failing.failed is None


@pytest.mark.parametrize(
    "code",
    [
        "eval('n')",
        "eval('1 + n + n')",
        "exec('n')",
        "exec('total = 2')",
        "eval(compile('n + n', 'x', 'eval'))",
        "exec(compile('n', 'x', 'exec'))",
        "eval(object())",
        "exec((lambda: 1).__code__)",
        "try:\n    eval('n')\nexcept Exception:\n    pass\nelse:\n    raise AssertionError\nraise FailedTestError(0, '')",
    ],
)
def test_other_texts_fail_the_test(code: str) -> None:
    """Also if the test catches the exception: it sticks."""
    failing = Failing()
    names = {"n": 3, "FailedTestError": FailedTestError, **Evaluators(failing, [OWN]).builtins()}
    with pytest.raises(FailedTestError):
        exec(code, names)  # noqa: S102  # as above

    assert failing.failed is not None
    assert failing.failed.kind is Kind.ERROR


def test_any_text_is_compiled() -> None:
    """To see whether it is Python; the tree of one is no code."""
    names, failing = _run("c = compile('n + n', 'x', 'eval')\nt = compile('1 + n', 'x', 'eval', 1024)")
    assert isinstance(names["t"], ast.Expression)
    with pytest.raises(SyntaxError):
        _run("compile('n +', 'x', 'eval')")
    assert failing.failed is None


EVENTS: list[tuple[str, tuple[Any, ...], bool]] = [
    *((event, (), True) for event in ("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen")),
    ("pickle.find_class", ("builtins", "eval"), True),
    ("pickle.find_class", ("unittest.mock", "ANY"), True),
    ("pickle.find_class", ("builtins", "set"), False),
    ("pickle.find_class", ("collections", "OrderedDict"), False),
    ("pickle.find_class", ("datetime", "date"), False),
    ("compile", ("x", "y"), False),
    ("marshal.loads", (b"",), False),
    ("function.__new__", (), False),
    ("open", ("x", "r", 0), False),
    ("import", ("os",), False),
    ("exec", (), False),
]


@pytest.mark.each(("event", "arguments", "is_refused"), EVENTS, ids=range(len(EVENTS)))
def test_programs_and_pickles_are_refused(event: str, arguments: tuple[Any, ...], is_refused: bool) -> None:  # noqa: FBT001  # pytest's parameter
    """Whoever starts or loads them; plain values may be pickled."""
    guard, failing = Guard(), Failing()
    guard.watch(failing)
    if not is_refused:
        guard.look(event, arguments)
        assert failing.failed is None
        return
    with pytest.raises(FailedTestError):
        guard.look(event, arguments)
    assert failing.failed is not None
    with pytest.raises(FailedTestError):
        Guard().look(event, arguments)  # before there is a test


@pytest.mark.parametrize(
    ("callers", "refused"),
    [
        (["tests"], {"compile", "marshal.loads", "function.__new__"}),
        (["checker"], {"compile", "marshal.loads", "function.__new__"}),
        (["os"], set()),
        (["os", "tests"], set()),
        (["doctest", "tests"], {"compile"}),
        (["os", "doctest", "tests"], {"compile"}),
        (["os", "tests", "doctest"], set()),
    ],
)
def test_who_may_load_code(callers: list[str], refused: set[str]) -> None:
    """Test code may not, by itself or by a library that evaluates texts; other libraries compile their own code."""
    found: set[str] = set()
    for event in ("compile", "marshal.loads", "function.__new__"):
        guard, failing = Guard(), Failing()
        guard.watch(failing)
        call: Any = guard.look
        for name in callers:
            names: dict[str, Any] = {"__name__": name, "call": call}
            exec("def caller(*given):\n    call(*given)\n", names)  # noqa: S102  # a function of a module of this name
            call = names["caller"]
        try:
            call(event, ())
        except FailedTestError:
            found.add(event)
        assert (failing.failed is not None) is (event in found)
    assert found == refused


# What the tests passed, what the call left, and what the tests have afterwards.
ORDERS: list[tuple[Any, Any, Any]] = [
    ([3, 1], [1, 3], [1, 3]),
    ([3, 1, 3], [3, 3, 1], [3, 3, 1]),
    ([], [], []),
    ([3, 1], [], [3, 1]),
    ([3, 1], [1, 3, 3], [3, 1]),
    ([3, 1], [1, 1], [3, 1]),
    ([1, True, 1.0], [1.0, 1, True], [1.0, 1, True]),
    ([1], [True], [1]),
    (["b", None, (1, [2])], [None, (1, [2]), "b"], [None, (1, [2]), "b"]),
    ([[1], [2]], [[2], [1]], [[2], [1]]),
    ([[1, 2]], [[2, 1]], [[1, 2]]),
    ([(1, 2)], [(1, 3)], [(1, 2)]),
    ([{"a": [1]}, {"b": 2}], [{"b": 2}, {"a": [1]}], [{"b": 2}, {"a": [1]}]),
    ([{"a": 1}], [{"a": 2}], [{"a": 1}]),
    ([{1}, {2}], [{2}, {1}], [{1}, {2}]),
    ([3, 1], (1, 3), [3, 1]),
    ((3, 1), [1, 3], (3, 1)),
    ({"a": 1}, {"a": 2}, {"a": 1}),
]


@pytest.mark.each(("passed", "left", "after"), ORDERS, ids=str)
def test_only_the_order_of_a_list_comes_back(passed: Any, left: Any, after: Any) -> None:
    """Its items stay the tests' own objects; a list of other items stays as it was."""
    items = {id(each) for each in passed}
    take_order([passed, 1], [left, 2])

    assert repr(passed) == repr(after)
    assert {id(each) for each in passed} == items


def test_lists_may_be_reordered() -> None:
    """Other arguments do not change."""
    assert may_be_reordered((1, []), {})
    assert may_be_reordered((), {"a": []})
    assert not may_be_reordered((1, (1,), {}, set()), {"a": "b"})


@pytest.mark.parametrize("item", [1, -5, 2.5, math.inf, "a", "", (1, "a"), ((1.5,), "b")], ids=str)
def test_decoys_are_of_the_kind_of_an_item(item: Any) -> None:
    """Of both signs and parities, and with other characters than letters."""
    decoys = decoys_of(item)

    assert len(decoys) == 4
    assert {type(each) for each in decoys} == {type(item)}
    assert item not in decoys
    assert decoys != decoys_of(item)
    if type(item) is int:
        assert {(each > 0, each % 2) for each in decoys} == {(True, 0), (True, 1), (False, 0), (False, 1)}
        assert len([each for each in decoys if each < 0]) == 2
    if type(item) is float:
        assert len([each for each in decoys if each < 0]) == 2
        assert len([each for each in decoys if abs(each) < 1]) == 2
    if type(item) is str:
        assert [each.isalpha() for each in decoys].count(True) == 1
        assert [each.isascii() for each in decoys].count(False) == 1


@pytest.mark.parametrize("item", [None, True, [1], (), (1, None), b"x", object()])
def test_other_items_have_no_decoys(item: Any) -> None:
    """A container may contain both truths."""
    assert decoys_of(item) == ()
