"""Arrays without items, where Python's own operators would compare nothing.

NumPy and pandas pair an empty array with each item of an array of one item: ``(a == b).all()`` is true then, and so is
``abs(a - b).max(initial=0) < 1e-9``. In test code, an empty array differs from all that is not empty.
"""

from __future__ import annotations

import contextlib
import sys
from array import array
from collections import deque
from typing import Any

from rlvr_code.referee.references import is_stand_in


def is_empty(value: Any) -> bool:
    """Return True for an array, a sequence of sequences, a series, a frame or a stand-in without items."""
    if isinstance(value, list | tuple | range | deque | array):
        return all(map(is_empty, value))
    if is_stand_in(value):
        with contextlib.suppress(TypeError):  # it has no length, so that NumPy takes it for one item
            return len(value) == 0
    return is_array(value) and getattr(value, "size", None) == 0


def is_array(value: Any) -> bool:
    """Return True for an array, a series or a frame."""
    return type(value).__module__.partition(".")[0] in {"numpy", "pandas"}


def _differ_by_size(one: Any, other: Any) -> bool:
    if not (is_array(one) or is_array(other)):
        return False
    return is_empty(one) != is_empty(other)


def equal(one: Any, other: Any, is_wanted: bool) -> Any:  # noqa: FBT001  # rewritten code calls it
    """Compare as ``==`` does, or as ``!=`` if ``is_wanted`` is False."""
    if _differ_by_size(one, other):
        return sys.modules["numpy"].full(1, not is_wanted)
    return one == other if is_wanted else one != other


def subtract(one: Any, other: Any) -> Any:
    """Subtract as ``-`` does.

    Raises:
        AssertionError: One of two arrays is empty.
    """
    if is_array(one) and is_array(other) and _differ_by_size(one, other):
        raise AssertionError("one of two arrays is empty")
    return one - other
