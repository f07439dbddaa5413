"""Whether a value is the expected one. Both are plain: nothing here runs a submission's code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rlvr_code.trusted.matching import match_in_any_order
from rlvr_code.wire.nodes import ListNode, TreeNode, list_values, tree_values

if TYPE_CHECKING:
    from rlvr_code.problems.problem import Comparison  # msgspec stays out of the zygote

_SHOWN_CHARACTERS = 300


def equal(expected: Any, got: Any, how: Comparison) -> bool:
    """Return True if two plain values are equal in the way that the problem declares."""
    if how.as_json:
        expected, got = json_value(expected), json_value(got)
    if how.any_order and type(expected) is list and type(got) is list:
        return _equal_in_any_order(expected, got, how.tolerance)
    return _equal(expected, got, how.tolerance)


def _equal(expected: Any, got: Any, tolerance: float) -> bool:
    return bool(expected == got) or _close(expected, got, tolerance)


def _equal_in_any_order(expected: Sequence[Any], got: Sequence[Any], tolerance: float) -> bool:
    def is_equal(one: Any, other: Any) -> bool:
        return _equal(one, other, tolerance)

    try:
        return match_in_any_order(expected, got, is_equal, exact=tolerance <= 0)
    except RecursionError:
        return False


def _close(expected: Any, got: Any, tolerance: float) -> bool:
    """Compare part by part, where not-a-number equals itself and numbers may differ by the tolerance."""
    if _is_number(expected) and _is_number(got):
        return _close_numbers(expected, got, tolerance)
    if type(expected) is not type(got):
        return False
    if isinstance(expected, (list, tuple)):
        return len(expected) == len(got) and all(
            _equal(one, other, tolerance) for one, other in zip(expected, got, strict=True)
        )
    if isinstance(expected, (set, frozenset)):
        return tolerance > 0 and _equal_in_any_order(list(expected), list(got), tolerance)
    if isinstance(expected, dict):
        return expected.keys() == got.keys() and all(
            _equal(value, got[key], tolerance) for key, value in expected.items()
        )
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _close_numbers(expected: Any, got: Any, tolerance: float) -> bool:
    if isinstance(expected, float) and math.isnan(expected):
        return isinstance(got, float) and math.isnan(got)
    either_is_float = isinstance(expected, float) or isinstance(got, float)
    return either_is_float and _near(expected, got, tolerance)


def _near(expected: float, got: float, tolerance: float) -> bool:
    try:
        return math.isclose(expected, got, rel_tol=tolerance, abs_tol=tolerance)
    except OverflowError:
        return False


def json_value(value: Any) -> Any:
    """Return what JSON makes of a value: tuples, linked lists and trees are lists of values, and keys are text."""
    if isinstance(value, (list, tuple)):
        return [json_value(each) for each in value]
    if isinstance(value, dict):
        return {_json_key(key): json_value(each) for key, each in value.items()}
    if isinstance(value, ListNode):
        return [json_value(each) for each in list_values(value)]
    if isinstance(value, TreeNode):
        return [json_value(each) for each in tree_values(value)]
    if type(value).__module__ == "numpy":
        return json_value(value.tolist())
    return value


def _json_key(key: Any) -> Any:
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return repr(key) if isinstance(key, (int, float)) else key


def printed_equal(expected: str, got: str, how: Comparison) -> bool:
    """Return True if a program printed what is expected: line by line, all of it, blanks at line ends aside."""
    wanted, lines = _lines(expected), _lines(got)
    if wanted == lines:
        return True
    if how.tolerance <= 0 or len(wanted) != len(lines):
        return False
    return all(_line_close(one, other, how.tolerance) for one, other in zip(wanted, lines, strict=True))


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _line_close(expected: str, got: str, tolerance: float) -> bool:
    words, others = expected.split(), got.split()
    return len(words) == len(others) and all(
        one == other or _word_close(one, other, tolerance) for one, other in zip(words, others, strict=True)
    )


def _word_close(expected: str, got: str, tolerance: float) -> bool:
    if "_" in got or not got.isascii():
        return False  # Python reads `1_0` and the digits of other scripts as numbers; other checkers do not
    try:
        return _near(float(expected), float(got), tolerance)
    except ValueError:
        return False


def shown(value: Any) -> str:
    """Return the text of a value for evidence, cut."""
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        value = value[:_SHOWN_CHARACTERS]
    if isinstance(value, Sequence) and len(value) > _SHOWN_CHARACTERS:
        value = value[:_SHOWN_CHARACTERS]
    try:
        return repr(value)[:_SHOWN_CHARACTERS]
    except (RecursionError, ValueError):  # deeper than repr goes; a number of more digits than Python shows
        return f"a {type(value).__name__}"
