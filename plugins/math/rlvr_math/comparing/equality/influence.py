r"""Measure how much each part of an expression changes its value at a point.

``\sin(x+e^{-10^6(x-500)^2})`` has the value of ``\sin x`` to a million bits at every point but those near 500.
So two values that agree say nothing about a part that does not reach them: a term far below the largest of its sum, or
an argument to which a function does not respond, as the hyperbolic tangent of 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import applied, raised, value_of
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import ZERO, Call, Power, Product, Quantity, Sum, Tree, children

# A function may be flat where it responds to a small change with less than this share of it.
_FLAT_BITS = 32


# Functions that are no limits of others: the law of each is exact at every size of its argument.
_PLAIN = frozenset({"ln", "log", "lg", "exp", "abs", "sqrt", "floor", "ceil", "sgn", "max", "min", "re", "im", "conj"})
_NEVER_ZERO = frozenset({"exp", "cosh", "sech", "csch", "sec", "csc", "coth", "erfc", "gamma"})
_CIRCULAR = frozenset({"sin", "cos"})
_OF_TWO_EXPONENTIALS = _CIRCULAR | {"sinh", "cosh"}
# An argument beyond which one of two exponentials is never seen.
_FAR = 1 << 20


class Influence(NamedTuple):
    """A value, and the influence of its weakest part: a change of that part by its own size, in bits of the value."""

    value: Any
    bits: int


class _Walk(NamedTuple):
    """What all steps of one measurement share."""

    places: Mapping[str, Any]
    steps: Steps
    nudge: Any
    nudge_bits: int


def influence_at(tree: Tree, places: Mapping[str, Any], steps: Steps, nudge: Any, nudge_bits: int) -> Influence:
    """Evaluate a tree and measure its weakest part; within :func:`precision`.

    Args:
        tree: The expression.
        places: The values of its letters.
        steps: The budget.
        nudge: The ball of 1 + 2^-nudge_bits, by which arguments are changed.
        nudge_bits: See there; what is weaker than this counts as this weak.
    """
    return _measured(tree, _Walk(places, steps, nudge, nudge_bits))


def size_of(value: Any) -> int | None:
    """Return the exponent of two of a ball's upper bound; None for zero and for what is not finite."""
    upper = abs(value).upper()
    if not upper.is_finite() or upper == 0:
        return None
    mantissa, exponent = upper.man_exp()
    return int(mantissa).bit_length() + int(exponent)


def _measured(tree: Tree, walk: _Walk) -> Influence:
    match tree:
        case Sum(terms=terms):
            return _of_sum([_measured(term, walk) for term in terms])
        case Product(factors=factors):
            parts = [_measured(factor, walk) for factor in factors]
            product = parts[0].value
            for part in parts[1:]:
                product = product * part.value
            return Influence(product, min(part.bits for part in parts))
        case Power(base=base, exponent=exponent) if exponent == ZERO and _has_inverse(base, walk):
            return Influence(value_of(tree, walk.places, walk.steps), 0)  # exactly 1, whatever the base is
        case Power(base=base) | Call(arguments=(base,)) if isinstance(tree, Call) or _is_constant(tree.exponent):
            part = _measured(base, walk)
            return _of_function(tree, [part], walk)
        case Power() | Call():
            return _of_function(tree, [_measured(child, walk) for child in children(tree)], walk)
        case Quantity(value=inner):
            return Influence(value_of(tree, walk.places, walk.steps), _measured(inner, walk).bits)
        case _:
            return Influence(value_of(tree, walk.places, walk.steps), 0)


def _has_inverse(tree: Tree, walk: _Walk) -> bool:
    value = value_of(tree, walk.places, walk.steps)
    return bool(value.is_finite()) and not value.contains(0)


def _is_constant(tree: Tree) -> bool:
    return not children(tree) and not hasattr(tree, "name")


def _of_sum(parts: list[Influence]) -> Influence:
    total = parts[0].value
    for part in parts[1:]:
        total = total + part.value
    sizes = [size_of(part.value) for part in parts]
    largest = max((size for size in sizes if size is not None), default=0)
    weakest = 0
    for part, size in zip(parts, sizes, strict=True):
        # A term that is zero as far as it is known has no part in the sum; what it is made of was measured with it.
        weakest = min(weakest, part.bits if part.value.contains(0) else part.bits + (size or 0) - largest)
    return Influence(total, weakest)


def _of_function(tree: Power | Call, parts: list[Influence], walk: _Walk) -> Influence:
    """Evaluate a function, and once more for each argument with that argument changed a little."""
    values = [part.value for part in parts]
    value = _applied(tree, values, walk)
    size = size_of(value)
    weakest = min((part.bits for part in parts), default=0)
    if not all(each.is_finite() for each in values):
        return Influence(value, -walk.nudge_bits)  # FLINT makes 1 of anything to the power of zero
    if size is None or value.contains(0):
        # An exponential is never zero: it is too small to be told from zero.
        return Influence(value, -walk.nudge_bits if _is_never_zero(tree, values) else weakest)
    if isinstance(tree, Call):
        weakest = min([weakest, *(_weakness_at(tree.name, each) for each in values)])
    for index, part in enumerate(parts):
        if part.value.contains(0):
            continue
        if isinstance(tree, Power) and not index and values[-1].contains(0) and len(values) > 1:
            continue  # to the power of zero, whatever it is
        weakest = min(weakest, _response(tree, parts, index, value, walk))
    return Influence(value, weakest)


def _is_never_zero(tree: Power | Call, values: list[Any]) -> bool:
    if isinstance(tree, Call):
        return tree.name in _NEVER_ZERO
    return not values[0].contains(0)


def _weakness_at(name: str, value: Any) -> int:
    r"""Bound the smaller part of a function that is nearly another one at a large or tiny argument, in bits.

    Far from zero ``2\cosh u`` is ``e^{|u|}`` but for e^{-|u|}; near zero ``\sin u`` is u but for its third power, and
    for large u the inverse functions are series in 1/u.
    """
    if name in _PLAIN:
        return 0
    size = size_of(value) or 0
    weakest = -2 * abs(size) if abs(size) > _FLAT_BITS else 0
    if name in _OF_TWO_EXPONENTIALS:
        growing = value.imag if name in _CIRCULAR else value.real
        weakest -= 3 * int(float(abs(growing).upper())) if abs(growing) < _FAR else _FAR
    return weakest


def _response(tree: Power | Call, parts: list[Influence], index: int, value: Any, walk: _Walk) -> int:
    r"""Return the influence that the weakest part of an argument has on the value of a function, in bits.

    A function that is flat at the argument, as the sine at \pi/2, responds with the square of a change.
    """
    size, bits = size_of(value) or 0, parts[index].bits
    moved = _moved(tree, parts, index, 1, value, walk)
    once = size_of(moved)
    if once is None or moved.contains(0) or not moved.is_finite():
        return bits - walk.nudge_bits  # what is zero as far as it is known is no response but a rounding
    response = once - size + walk.nudge_bits
    if response <= -_FLAT_BITS:
        twice = size_of(_moved(tree, parts, index, 2, value, walk))
        if twice is not None and twice - once >= 2:  # noqa: PLR2004  # twice the change, four times the response
            return 2 * bits + min(0, response + walk.nudge_bits)
    return bits + response


def _moved(  # noqa: PLR0913, PLR0917  # the function, the change and the value before it
    tree: Power | Call, parts: list[Influence], index: int, times: int, value: Any, walk: _Walk
) -> Any:
    """Return what a small change of an argument, once or twice, changes in a value."""
    values = [part.value for part in parts]
    values[index] = values[index] + times * (values[index] * walk.nudge - values[index])
    changed = _applied(tree, values, walk)
    return changed - value


def _applied(tree: Power | Call, values: list[Any], walk: _Walk) -> Any:
    if isinstance(tree, Power):
        walk.steps.spend()
        return values[0] ** values[1] if len(values) > 1 else raised(values[0], tree.exponent, walk.places, walk.steps)
    return applied(tree, values, walk.steps)
