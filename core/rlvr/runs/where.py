"""Conditions on rows: ``level>=3``, ``task=math``; they are compared and never run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, assert_never, cast

import msgspec

from rlvr.record.json_value import MAPPINGS, JsonValue
from rlvr.record.places import ABSENT, find_value

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "~"]

# The first operator divides a condition; names of columns contain none of these signs.
_CONDITION = re.compile(r"([^=!<>~]+)(!=|<=|>=|=|<|>|~)(.*)", re.DOTALL)

# Where rows keep columns about the row, as a reader of records merges them.
_INSIDE = ("metadata", "extra_info")

# Operators that a place without a value meets, and that every element of a list has to meet.
_NEGATED: frozenset[Operator] = frozenset({"!="})

LookUp: TypeAlias = Callable[[str], JsonValue]


class RowCondition(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: the place of a value, an operator, and what the value is compared to."""

    place: str
    operator: Operator
    given: str

    def holds(self, value: JsonValue) -> bool:
        """Return whether a value meets the condition; a list does if one of its elements does."""
        if isinstance(value, (list, tuple)):
            each = [self._holds(element) for element in value]
            return all(each) if self.operator in _NEGATED else any(each)
        return self._holds(value)

    def _holds(self, value: JsonValue) -> bool:
        match self.operator:
            case "=":
                return self._order(value) == 0
            case "!=":
                return self._order(value) != 0
            case "<":
                return self._order(value) == -1
            case "<=":
                return self._order(value) in {-1, 0}
            case ">":
                return self._order(value) == 1
            case ">=":
                return self._order(value) in {0, 1}
            case "~":
                return isinstance(value, str) and _unquoted(self.given) in value
            case _:
                assert_never(self.operator)

    def _order(self, value: JsonValue) -> int | None:
        """Return -1, 0 or 1 for a value below, equal to or above what is given; None if they cannot be compared.

        Numbers are compared as numbers, also where a table has them as text; else texts are compared.
        """
        given = _unquoted(self.given)
        if value is None or isinstance(value, bool):
            return 0 if given == {None: "null", True: "true", False: "false"}[value] else None
        if given == self.given:  # quotes make it a text
            number, other = _number_of(value), _number_of(given)
            if number is not None and other is not None:
                return (number > other) - (number < other)
        return (value > given) - (value < given) if isinstance(value, str) else None


def parse_condition(text: str) -> RowCondition:
    """Read a condition, such as ``level>=3``, ``subject!="linear algebra"``, ``completion~boxed``.

    Raises:
        ValueError: The text is no condition.
    """
    found = _CONDITION.fullmatch(text)
    if found is None or not found[1].strip() or not (found[3].strip() or found[2] in {"=", "!="}):
        raise ValueError(
            f"{text!r} is no condition; expected a column, one of = != < <= > >= ~ (contains), and a value: level>=3"
        )
    return RowCondition(place=found[1].strip(), operator=cast("Operator", found[2]), given=found[3].strip())


def value_in_row(row: JsonValue, place: str) -> JsonValue:
    """Return the value at a dotted place of a row, or of its metadata; ``ABSENT`` if there is none."""
    if not isinstance(row, MAPPINGS):
        return ABSENT
    for path in (place, *(f"{inside}.{place}" for inside in _INSIDE)):
        value = find_value(row, path)
        if value is not ABSENT:
            return value
    return ABSENT


def holds_for(conditions: Sequence[RowCondition], look_up: LookUp) -> bool:
    """Return whether all conditions are met; a place without a value meets ``!=`` only."""
    for condition in conditions:
        value = look_up(condition.place)
        if not (condition.operator in _NEGATED if value is ABSENT else condition.holds(value)):
            return False
    return True


def _number_of(value: JsonValue) -> float | int | None:
    if isinstance(value, (int, float)):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _unquoted(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text
