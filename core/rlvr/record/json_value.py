"""JSON values as rows hold them, and the conversion of numpy and Arrow values to them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

JsonValue: TypeAlias = Any
"""A JSON value; ``Any`` because every reader must check its type."""

# The types that rows have come first: they save the slow check of the abstract class, about 0.4 µs each time.
MAPPINGS = (dict, MappingProxyType, Mapping)

JSON_TYPES = frozenset({str, int, float, bool, type(None), list, dict, tuple})

_SCALARS = frozenset({str, int, float, bool, type(None)})

# Values nested deeper than this are not what a table or a platform holds.
DEPTH_LIMIT = 16


def plain_value(value: JsonValue, depth: int = 0) -> JsonValue:
    """Return a value with the cells that tables have and JSON has not as JSON values; others unchanged.

    Tables are read with pandas, Arrow or ``datasets``, and their cells are numpy arrays and numbers, Arrow scalars,
    bytes, decimals and times; verl passes them on. A decimal number that a float cannot hold is text, as times are.
    """
    if depth > DEPTH_LIMIT:
        return value
    if isinstance(value, dict):
        return {name: plain_value(each, depth + 1) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(each, depth + 1) for each in value]
    if type(value) in JSON_TYPES:
        return value
    return _plain_cell(value, depth)


def _plain_cell(value: JsonValue, depth: int) -> JsonValue:
    """Return a cell of a table as a JSON value; what is none is not changed."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, Decimal):
        return _number_or_digits(value)
    if isinstance(value, (date, time, timedelta, UUID)):
        return None if value != value else str(value)  # noqa: PLR0124  # pandas has a time that is none
    for method in ("tolist", "as_py"):  # numpy; Arrow
        convert = getattr(value, method, None)
        if callable(convert):
            try:
                converted = convert()
            except Exception:  # noqa: BLE001  # a row never raises, whatever its cells are
                return value
            # An object that converts to one of its own kind would not end.
            return value if type(converted) is type(value) else plain_value(converted, depth + 1)
    return value


def _number_or_digits(value: Decimal) -> int | float | str | None:
    """Return a decimal as a number of the same value, else as its digits; None for NaN."""
    if value.is_nan():
        return None
    number = float(value)
    if not math.isfinite(number) or Decimal(repr(number)) != value:
        return str(value)
    return int(number) if number.is_integer() and abs(number) < _EXACT_INTEGERS else number


# Floats above it are no longer all integers.
_EXACT_INTEGERS = 2**53


def is_plain(value: JsonValue, depth: int = 0) -> bool:
    """Return True for a JSON value with nothing else inside, which :func:`plain_value` would only copy."""
    if depth > DEPTH_LIMIT:
        return True
    kind = type(value)
    inside: Iterable[JsonValue]
    if kind is dict:
        inside = value.values()
    elif kind is list or kind is tuple:
        inside = value
    else:
        return kind in _SCALARS
    # Most values are texts and numbers: without a call for each, this takes a third of the time.
    for each in inside:  # noqa: SIM110  # a generator costs as much as the check
        if type(each) not in _SCALARS and not is_plain(each, depth + 1):
            return False
    return True


def is_null(value: JsonValue) -> bool:
    """Return True for null, and for NaN, which tables write where they have no value."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def parse_json(text: str) -> JsonValue:
    """Return the value of a JSON text; None if it is not valid JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def describe_type(value: JsonValue) -> str:
    """Return the JSON type of a value in words: ``a number``, ``text``."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


_TYPE_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}
