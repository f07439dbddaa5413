"""JSON values, and the conversion of the values of tables to them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from rlvr.record.json_value import describe_type, is_null, parse_json, plain_value


class Cell:
    """A value of a table."""

    def __init__(self, value: object, method: str = "tolist") -> None:
        setattr(self, method, lambda: value)


class Endless:
    """Converts to one of its own kind."""

    def tolist(self) -> object:
        """Return another one."""
        return Endless()


class Broken:
    """Does not convert."""

    def tolist(self) -> object:
        """Raise."""
        raise RuntimeError

    def as_py(self) -> object:
        """Return what nobody asks for."""
        return "no"


class Column:
    """Has an attribute with the name of the method."""

    tolist = "no"

    def as_py(self) -> object:
        """Return a number."""
        return 1


class NoTime(date):
    """The time of pandas that is none: it differs from itself."""

    def __ne__(self, other: object) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = date.__hash__


@pytest.mark.each(
    ("value", "plain"),
    [
        *((value, value) for value in (None, True, 5, 1.5, "a", [1], {"a": [1]})),
        ((1, 2), [1, 2]),
        (b"a\xff", "a\ufffd"),
        (Cell([1]), [1]),
        (Cell(1, "as_py"), 1),
        (Cell([Cell([b"a"])]), [["a"]]),
        ({"a": Cell([Cell(1, "as_py")])}, {"a": [1]}),
        ([Cell({"a": (1,)})], [{"a": [1]}]),
        (Column(), 1),
        (Decimal("4.00"), 4),
        (Decimal("0.10"), 0.1),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (Decimal(12345678901234567890), "12345678901234567890"),
        (Decimal("1E+1000000"), "1E+1000000"),
        (Decimal("sNaN"), None),
        (date(2026, 1, 2), "2026-01-02"),
        ([datetime(2026, 1, 2, 3, tzinfo=UTC)], ["2026-01-02 03:00:00+00:00"]),
        (time(3, 4), "03:04:00"),
        (timedelta(seconds=1), "0:00:01"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (NoTime(2026, 1, 2), None),
    ],
)
def test_values_of_tables_become_json_values(value: object, plain: object) -> None:
    """At each depth; JSON values stay."""
    assert plain_value(value) == plain
    assert type(plain_value(value)) is type(plain)


@pytest.mark.parametrize("value", [object(), Endless(), Broken(), MappingProxyType({"a": 1})])
def test_other_values_stay(value: object) -> None:
    """Nothing raises, and nothing is converted without end."""
    assert plain_value(value) is value


def test_values_are_converted_to_a_limit() -> None:
    """What is nested deeper stays as it is."""

    def nested(depth: int, wrap: Callable[[Any], object]) -> str:
        value: Any = b"a"
        for _ in range(depth):
            value = wrap(value)
        return str(plain_value(value))

    for wrap in (lambda value: [value], lambda value: {"x": value}):
        assert "b'a'" not in nested(16, wrap)
        assert "b'a'" in nested(17, wrap)
    assert "b'a'" not in nested(8, lambda value: Cell([value]))
    assert "b'a'" in nested(9, lambda value: Cell([value]))


@pytest.mark.parametrize(
    ("value", "is_it"),
    [(None, True), (float("nan"), True), (0.0, False), (float("inf"), False), ("", False), ("nan", False)],
)
def test_null_and_nan_are_no_value(value: object, *, is_it: bool) -> None:
    """Tables write NaN where they have none."""
    assert is_null(value) is is_it


@pytest.mark.parametrize(
    ("text", "value"), [("[1]", [1]), ("{", None), ("", None), ("[" * 100_000, None), ("NaN1", None)]
)
def test_json_text_is_parsed_or_none(text: str, value: object) -> None:
    """However it is wrong."""
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("a", "text"),
        ([], "a list"),
        ((), "a list"),
        ({}, "an object"),
        (b"", "bytes"),
    ],
)
def test_types_have_words(value: object, words: str) -> None:
    """Those of JSON; of others the name."""
    assert describe_type(value) == words
