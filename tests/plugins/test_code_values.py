"""Values travel by their exact type, and hostile tokens are refused."""

import collections
import datetime as dt
import decimal
import enum
import fractions
import math
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr_code.wire.nodes import list_node, list_values, tree_node, tree_values
from rlvr_code.wire.values import DEPTH_LIMIT, MalformedError, UnserialisableError, decode, dump, encode, load

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
)
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.sets(KEYS) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)
TOKENS = st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)) | st.lists(
    st.sampled_from(
        ["[2", "(1", "{2", ":1", "<0", "Tdeque 2", "TFraction 2", "iff", "sx", "b\xff", "Cint", "@1", "=", "^0", 0, 1]
    )
)


class Colour(enum.IntEnum):
    RED = 3


class Point(NamedTuple):
    x: int
    y: int


class AlwaysEqual(list[int]):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None


@given(VALUES)
def test_values_come_back_as_they_went(value: Any) -> None:
    """Of equal value and of the same type."""
    back = decode(load(dump(encode(value))))

    assert back == value
    assert type(back) is type(value)


@given(TOKENS)
def test_tokens_of_any_kind_are_read_or_refused(tokens: list[Any]) -> None:
    """Nothing but ``MalformedError`` comes out of the decoder."""
    try:
        value = decode(tokens)
    except MalformedError:
        return
    assert isinstance(encode(value), list)  # what was read is a value like any other


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(data: bytes) -> None:
    """Nothing but ``MalformedError`` comes out of the reader."""
    try:
        tokens = load(data)
    except MalformedError:
        return
    assert not any(isinstance(token, (list, dict)) for token in tokens)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Colour.RED, 3),
        (AlwaysEqual([1, 2]), [1, 2]),
        (Point(1, 2), (1, 2)),
        (collections.Counter("aab"), collections.Counter("aab")),
        (collections.deque([1, 2], 3), collections.deque([1, 2], 3)),
        (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), dt.datetime(2020, 1, 2, tzinfo=dt.UTC)),
        (decimal.Decimal("1.20"), decimal.Decimal("1.20")),
        (fractions.Fraction(1, 3), fractions.Fraction(1, 3)),
        (int, int),
    ],
)
def test_subclasses_travel_by_their_content(value: Any, plain: Any) -> None:
    """What they say of themselves stays behind."""
    back = decode(encode(value))

    assert (back, type(back)) == (plain, type(plain))


def test_not_a_number_travels() -> None:
    """It is the one float that does not equal itself."""
    assert math.isnan(decode(load(dump(encode(math.nan)))))


def test_linked_lists_and_trees_travel_by_value() -> None:
    """As LeetCode writes them."""
    assert list_values(decode(encode(list_node([1, 2, 3])))) == [1, 2, 3]
    assert tree_values(decode(encode(tree_node([1, None, 2, 3])))) == [1, None, 2, 3]


def test_what_is_too_deep_cyclic_or_no_value_does_not_travel() -> None:
    """The encoder says so in place of recursing."""
    deep: list[Any] = []
    for _ in range(DEPTH_LIMIT + 1):
        deep = [deep]
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    circle: Any = list_node([1])
    circle.next = circle
    for value in (deep, cyclic, circle, object(), lambda: 0):
        with pytest.raises(UnserialisableError):
            encode(value)


@pytest.mark.each(
    "tokens",
    [
        ["{100", *(number * ((1 << 61) - 1) for number in range(1, 101))],
        ["TCounter 1", "[2", 1, 2],
        ["TFraction 2", "i" + "f" * 6_000, "i" + "e" * 6_000],
        ["TFraction 2", 1, 0],
        ["[99999999"],
        ["i" + "f" * 2_000_000],
        ["[1"] * (DEPTH_LIMIT + 5),
        ["Tos 1", "sx"],
        ["Csys"],
        [1, 2],
        [],
    ],
    ids=lambda tokens: str(tokens)[:30],
)
def test_costly_and_strange_tokens_are_refused(tokens: list[Any]) -> None:
    """Colliding keys, endless numbers, unknown types, too few and too many parts."""
    with pytest.raises(MalformedError):
        decode(tokens)
