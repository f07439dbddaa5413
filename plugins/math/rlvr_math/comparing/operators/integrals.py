"""Integrals without number bounds: a closed form is right if its derivative is the integrand."""

from __future__ import annotations

from rlvr_math.comparing.decision import Comparing
from rlvr_math.comparing.operators.derivatives import NoDerivativeError, derivative
from rlvr_math.comparing.operators.resolving import resolve
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import ZERO, Call, Symbol, Tree, renamed, symbols_in

_CONSTANTS = frozenset({"i", "e", "pi", "∞"})


def is_antiderivative(comparing: Comparing, operator: Call, closed: Tree, steps: Steps) -> bool | None:
    """Return whether a closed form differentiates to the integrand of an integral without bounds.

    Returns:
        None if no rule differentiates the closed form.
    """
    body, letter = operator.arguments
    if not isinstance(letter, Symbol):
        return None
    try:
        found = derivative(closed, letter.name, steps)
    except NoDerivativeError:
        return None
    return bool(comparing.same(body, found))


def grows_alike(comparing: Comparing, operator: Call, closed: Tree, steps: Steps) -> bool:
    """Return whether a closed form of an integral is zero where the bounds meet, and grows as the integral does."""
    _, _, low, high = operator.arguments
    for start, other in ((high, low), (low, high)):
        if not isinstance(start, Symbol) or start.name in _CONSTANTS or start.name in symbols_in(other):
            continue
        try:
            growth, found = (derivative(tree, start.name, steps) for tree in (operator, closed))
        except NoDerivativeError:
            return False
        first = resolve(renamed(closed, {start.name: other}), steps)
        return bool(comparing.same(growth, found)) and bool(comparing.same(ZERO, first))
    return False
