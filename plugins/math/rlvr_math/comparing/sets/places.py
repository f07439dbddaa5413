"""Where a constant lies on the real line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, value_of
from rlvr_math.comparing.names import free_symbols
from rlvr_math.comparing.sets.pieces import ABOVE, BELOW, End, is_narrow
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import MINUS_ONE, Product, Symbol, Tree, key_of

INFINITY = Symbol("∞")
_MINUS_INFINITY = key_of(Product((MINUS_ONE, INFINITY)))


def end_of(tree: Tree, steps: Steps) -> End:
    """Return a tree as the end of a piece; one with letters has no place.

    Raises:
        UndecidedError: It is no real number.
    """
    key = key_of(tree)
    if key in {"∞", _MINUS_INFINITY}:
        return ABOVE if key == "∞" else BELOW
    if free_symbols(tree) or "∞" in key:
        return End(tree)
    place = real_value(tree, {}, steps)
    if place is None or not is_narrow(place):
        raise UndecidedError("an end that is no real number")
    return End(tree, place)


def real_value(tree: Tree, places: Mapping[str, Any], steps: Steps) -> Any:
    """Return a tree's real value at places as an ``arb``; None if it has none there.

    Raises:
        UndecidedError: It contains what has no value anywhere, or it cannot be told whether the value is real.
    """
    value = value_of(tree, places, steps)
    if not value.is_finite():
        return None
    if value.imag == 0:
        return value.real
    if not value.imag.contains(0):
        return None
    if not is_narrow(value.imag):
        raise UndecidedError("a value that may be complex")
    return value.real
