"""When a returned value or a printed text is the expected one."""

import collections
import math
from typing import Any

import pytest

from rlvr_code.problems.problem import Comparison
from rlvr_code.trusted import matching
from rlvr_code.trusted.comparing import equal, json_value, printed_equal, shown
from rlvr_code.wire.nodes import list_node, tree_node

NAN = math.nan
EXACT, NEAR = Comparison(), Comparison(tolerance=0.01)
JSON, UNORDERED = Comparison(as_json=True), Comparison(any_order=True)

EQUAL: list[tuple[Any, Any, Comparison]] = [
    (1, 1.0, EXACT),
    ([1, (2,)], [1, (2,)], EXACT),
    (NAN, NAN, EXACT),
    ([float("nan")], [float("nan")], EXACT),
    ({"a": float("nan")}, {"a": float("nan")}, EXACT),
    (1.0, 1.005, NEAR),
    (1, 1.005, NEAR),
    (1.005, 1, NEAR),
    (0.0, 0.01, NEAR),
    ((1.0, "a"), (1.005, "a"), NEAR),
    ({"a": 1.0}, {"a": 1.005}, NEAR),
    ({1.0}, {1.005}, NEAR),
    (frozenset({1.0}), frozenset({1.005}), NEAR),
    ((1, 2), [1, 2], JSON),
    ({None: 3, True: 4}, {"null": 3, "true": 4}, JSON),
    ({False: 1, 2.5: 2, 3: 3}, {"false": 1, "2.5": 2, "3": 3}, JSON),
    ([(1,)], [[1]], JSON),
    ({"a": (1,)}, {"a": [1]}, JSON),
    ([1, 2], list_node([1, 2]), JSON),
    ([1, None, 2], tree_node([1, None, 2]), JSON),
    ([[1], [2]], [[2], [1]], UNORDERED),
    ([float("nan"), 1], [1, float("nan")], UNORDERED),
]
UNEQUAL: list[tuple[Any, Any, Comparison]] = [
    (1, 1.005, EXACT),
    (1.0, 1.005, EXACT),
    (NAN, 1.0, EXACT),
    (1.0, NAN, EXACT),
    (NAN, 1, EXACT),
    (NAN, 1, NEAR),
    (1.0, 1.02, NEAR),
    (1, 2, Comparison(tolerance=0.9)),
    (True, 1.005, NEAR),
    (1.005, True, NEAR),
    (10**400, 1.0, NEAR),
    ([1.0], (1.005,), NEAR),
    ([1.0], [1.0, 1.0], NEAR),
    ((1.0, "a"), (1.005, "b"), NEAR),
    ({"a": 1.0}, {"b": 1.005}, NEAR),
    ({"a": 1.0}, {"a": 1.02}, NEAR),
    ({"a": 1.0}, {"a": 1.0, "b": 1.0}, NEAR),
    ({1.0}, {1.02}, NEAR),
    ({float("nan")}, {float("nan")}, EXACT),
    ("a", "b", NEAR),
    ((1, 2), [1, 2], EXACT),
    ({1: 2}, {"1": 2}, EXACT),
    ([1, 2], list_node([1, 2]), EXACT),
    ([1, 2], [2, 1], EXACT),
    ((1, 2), (2, 1), UNORDERED),
    ([1, 2], (2, 1), UNORDERED),
    ([1, 1, 2], [1, 2, 2], UNORDERED),
    ([[1, 2]], [[2, 1]], UNORDERED),
    ([[1]], [(1,)], UNORDERED),
    ([{"a": [1]}], [{"a": (1,)}], UNORDERED),
]


@pytest.mark.each(("reference", "answer", "how"), EQUAL, ids=range(len(EQUAL)))
def test_equal_values(reference: Any, answer: Any, how: Comparison) -> None:
    """In the way that the problem declares."""
    assert equal(reference, answer, how) is True


@pytest.mark.each(("reference", "answer", "how"), UNEQUAL, ids=range(len(UNEQUAL)))
def test_unequal_values(reference: Any, answer: Any, how: Comparison) -> None:
    """Though another way of comparing may accept them."""
    assert equal(reference, answer, how) is False


@pytest.mark.each(
    ("reference", "answer", "is_equal"),
    [
        ("1\n2\n", "1\n2", (True, True)),
        ("1 2", "1 2  \r\n\n \n", (True, True)),
        ("", "\n", (True, True)),
        ("1 2", " 1 2", (False, True)),
        ("1\n2", "1 2", (False, False)),
        ("1\n\n2", "1\n2", (False, False)),
        ("1.0 a", "1.005 a", (False, True)),
        ("1.0 a", "1.005 b", (False, False)),
        ("1.0", "1.02", (False, False)),
        ("1.0", "1.0 1.0", (False, False)),
        ("1.0\n1.0", "1.005\n1.02", (False, False)),
        ("1.0", "one", (False, False)),
        ("one", "1.0", (False, False)),
        ("nan", "1.0", (False, False)),
        ("a", "", (False, False)),
    ],
)
def test_printed_texts(reference: str, answer: str, is_equal: tuple[bool, bool]) -> None:
    """Without and with a tolerance: line by line, then word by word."""
    assert tuple(printed_equal(reference, answer, how) for how in (EXACT, NEAR)) == is_equal


def test_plain_values_are_what_json_makes_of_them() -> None:
    """Other values stay as they are."""
    assert json_value({1: ({2},), "a": b"x"}) == {"1": [{2}], "a": b"x"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a" * 300, "'" + "a" * 299),
        ([1] * 99, repr([1] * 99)),
        ([1] * 100, repr([1] * 100)),
        ([1] * 1_000, repr([1] * 101)[:300]),
        (10**5_000, "a int"),
        (None, "None"),
    ],
    ids=range(6),
)
def test_evidence_is_cut(value: Any, text: str) -> None:
    """A value that Python does not show is named by its type."""
    assert shown(value) == text
    assert len(shown(value)) <= 300


def test_evidence_of_long_values_is_cut_before_it_is_made() -> None:
    """The text of the rest costs nothing."""

    class Costly:
        made = 0

        def __repr__(self) -> str:
            Costly.made += 1
            return "x"

    assert shown([Costly()] * 1_000) == f"[{', '.join('x' * 300)}]"[:300]
    assert Costly.made == 300


@pytest.mark.parametrize(
    ("value", "same", "other"),
    [
        (float("nan"), float("nan"), 0.0),
        ([1, [2]], [1, [2]], [1, (2,)]),
        ((1, 2), (1, 2), [1, 2]),
        ({"a": [1]}, {"a": [1]}, {"a": [2]}),
        ({"a": 1}, {"a": 1}, {"b": 1}),
        ({1, 2}, frozenset({1, 2}), {1}),
        ("a", "a", "b"),
        (1, 1.0, 2),
    ],
    ids=str,
)
def test_equal_items_share_a_key(value: Any, same: Any, other: Any) -> None:
    """Only they do."""
    assert matching._key(value) == matching._key(same)
    assert matching._key(value) != matching._key(other)


@pytest.mark.parametrize("value", [collections.deque([1]), collections.Counter("a"), [bytearray(b"x")]], ids=str)
def test_some_items_have_no_key(value: Any) -> None:
    """They are compared one with another."""
    with pytest.raises(TypeError):
        matching._key(value)


def test_items_are_counted_where_equality_is_exact() -> None:
    """No comparison is made, unless an item has no key."""
    compared: list[Any] = []

    def is_equal(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return bool(one == other)

    assert matching.match_in_any_order([1, [2]], [[2], 1], is_equal, exact=True)
    assert not matching.match_in_any_order([1, [2]], [[2], 2], is_equal, exact=True)
    assert compared == []
    assert matching.match_in_any_order([1, [2]], [[2], 1], is_equal, exact=False)
    assert len(compared) == 2
    assert matching.match_in_any_order([bytearray(b"x"), 1], [1, bytearray(b"x")], is_equal, exact=True)
    assert len(compared) == 4


@pytest.mark.parametrize("limit", [5, 6])
def test_a_match_has_an_exact_limit_of_comparisons(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """An answer that needs more is not the expected one."""
    monkeypatch.setattr(matching, "_COMPARISONS_LIMIT", limit)
    reference, answer = ["a", "b", "c"], ["a", "b", "c"]

    found = matching._Matching(reference, answer, lambda one, other: one == other).is_complete()

    assert found is (limit == 6)


def test_a_path_is_turned_until_each_item_has_a_partner() -> None:
    """The first item takes the only partner of the last, and must give it up along a chain."""
    fits = {("a", 1), ("a", 2), ("b", 1), ("b", 2), ("b", 3), ("c", 1), ("c", 3), ("d", 3), ("d", 4), ("e", 1)}

    def is_equal(one: Any, other: Any) -> bool:
        return (one, other) in fits

    assert matching._Matching(list("abcd"), [1, 2, 3, 4], is_equal).is_complete()
    assert matching._Matching(list("abde"), [1, 2, 3, 4], is_equal).is_complete()
    assert not matching._Matching(list("abce"), [1, 2, 3, 4], is_equal).is_complete()


def test_sizes_bring_near_values_together() -> None:
    """The shape of a value comes first, then its numbers in their order."""
    assert matching._size([1.5, "a", {"y": 2, "x": True}]) == ("[0,'a',{'x':True,'y':0}]", (1.5, 2.0))
    assert matching._size((1, NAN)) == ("[0,0]", (1.0, math.inf))
    assert matching._size([10**400, -(10**400)]) == ("[0,0]", (math.inf, -math.inf))
    assert matching._size({2, 1}) == ("{1, 2}", ())


def test_arrays_are_lists_in_json() -> None:
    """With plain numbers."""
    np: Any = pytest.importorskip("numpy")

    assert equal([[1, 2]], np.array([[1, 2]]), JSON)
    assert json_value({"a": np.float64(1.5)}) == {"a": 1.5}
    assert type(json_value(np.int64(1))) is int


@pytest.mark.parametrize("printed", ["0_3", "\uff13", "\u0663", "3\u200b", "+0_3e0"])
def test_numbers_of_other_notations_are_no_numbers(printed: str) -> None:
    """Python reads some of them as numbers; checkers of judges do not."""
    assert not printed_equal("3", printed, NEAR)


def test_collections_of_other_lengths_differ_in_any_order() -> None:
    """The answer is a truth value, whatever decides it."""
    how = Comparison(any_order=True)

    assert equal([1], [1, 1], how) is False
    assert equal([1, 2], [2, 1], how) is True
