"""The natural domain of an expression: where its even roots, logarithms and inverse functions have real values."""

from __future__ import annotations

from typing import Any

from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Call, Constant, Power, Tree, key_of, nodes_of, symbols_in

LOGARITHMS = frozenset({"ln", "log", "lg"})
# Inverse functions that have real values on a part of the line only.
_WITHIN_ONE = frozenset({"arcsin", "arccos", "arctanh"})
_BEYOND_ONE = frozenset({"arcsec", "arccsc", "arccoth"})
RESTRICTED_FUNCTIONS = LOGARITHMS | _WITHIN_ONE | _BEYOND_ONE | {"arccosh", "arcsech"}


class OutsideError(ValueError):
    """A point lies outside of the natural domain."""


def check_natural(tree: Tree, values: list[Any]) -> None:
    """Raise OutsideError if a root, logarithm or inverse function has no real value for these arguments.

    Args:
        tree: A power or a call.
        values: The balls of its base, or of its arguments.
    """
    if isinstance(tree, Power):
        inside = _power_is_natural(tree, values[0])
    else:
        name = tree.name if isinstance(tree, Call) else ""
        inside = name not in RESTRICTED_FUNCTIONS or all(
            value.imag.contains(0) and _is_natural(name, value.real) for value in values
        )
    if not inside:
        raise OutsideError


def _power_is_natural(tree: Power, base: Any) -> bool:
    power = exponent_of(tree)
    if power is not None and power.denominator == 1:
        return True
    keeps_sign = power is not None and power.denominator % 2 == 1
    return bool(base.imag.contains(0)) and (keeps_sign or not base.real < 0)


def _is_natural(name: str, real: Any) -> bool:
    if name in LOGARITHMS:
        return not real <= 0
    if name in _WITHIN_ONE:
        return not abs(real) > 1
    if name in _BEYOND_ONE:
        return not abs(real) < 1
    return not real < 1 if name == "arccosh" else not (real <= 0 or real > 1)


def exponent_of(tree: Power) -> Any:
    """Return the rational exponent of a power; None if it has none."""
    if isinstance(tree.exponent, Constant):
        return tree.exponent.value
    try:
        return rational_of(tree.exponent)
    except UndefinedError:
        return None


def is_restricting(tree: Tree) -> bool:
    """Say whether a node has real values for some of its arguments only: an even root, a logarithm, an arcsine."""
    if isinstance(tree, Call):
        return tree.name in RESTRICTED_FUNCTIONS
    if not isinstance(tree, Power):
        return False
    power = exponent_of(tree)
    return bool(symbols_in(tree.base) - {"e", "pi"} if power is None else power.denominator % 2 == 0)


def restricting_in(tree: Tree) -> dict[str, Tree]:
    """Return the nodes of a tree that restrict its domain, by their keys."""
    return {key_of(each): each for each in nodes_of(tree) if is_restricting(each)}
