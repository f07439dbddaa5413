"""Special functions in ball arithmetic, by name: of one argument, and of two."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import methodcaller
from typing import Any

from rlvr_math.limits import FACTORIAL_LIMIT

# People write orders up to four.
_ORDER_LIMIT = 20


def _argument(value: Any) -> Any:
    import flint

    return flint.acb(value.arg())


def _double_factorial(value: Any) -> Any:
    """Multiply every other whole number up to a whole one."""
    import flint

    whole = value.unique_fmpz()
    if whole is None or not -1 <= whole <= FACTORIAL_LIMIT:
        return flint.acb("nan")
    return flint.acb(math.prod(range(int(whole), 1, -2)))


def _beta(one: Any, other: Any) -> Any:
    return one.gamma() * other.gamma() * (one + other).rgamma()


def _binomial(above: Any, below: Any) -> Any:
    return (above + 1).gamma() * (below + 1).rgamma() * (above - below + 1).rgamma()


def _polylogarithm(order: Any, value: Any) -> Any:
    """Return a polylogarithm of a small order; FLINT takes minutes for large ones."""
    import flint

    return value.polylog(order) if abs(order).upper() <= _ORDER_LIMIT else flint.acb("nan")


def _permutations(above: Any, below: Any) -> Any:
    return (above + 1).gamma() * (above - below + 1).rgamma()


OF_ONE: dict[str, Callable[[Any], Any]] = {
    **{name: methodcaller(name) for name in ("gamma", "zeta", "erf", "erfc", "lambertw", "digamma")},
    "conj": methodcaller("conjugate"),
    "arg": _argument,
    "factorial2": _double_factorial,
}

OF_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "binom": _binomial,
    "nPr": _permutations,
    "beta": _beta,
    "polylog": _polylogarithm,
    "besselj": lambda order, value: value.bessel_j(order),
    "bessely": lambda order, value: value.bessel_y(order),
}
