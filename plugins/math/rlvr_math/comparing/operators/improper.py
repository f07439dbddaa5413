"""Limits and improper integrals, in ball arithmetic: the last stretch before an end is bounded by its germ."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError, ball, raised_precision
from rlvr_math.comparing.operators.endless import Rational, integral_to_infinity, rational_in, vanishes
from rlvr_math.comparing.operators.germs import Germ, Germs
from rlvr_math.comparing.operators.stirling import has_factorial, without_factorials
from rlvr_math.limits import INTEGRAND_LIMIT, Steps
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Symbol,
    Tree,
    added,
    inverted,
    multiplied,
    negated,
    renamed,
    symbols_in,
)

# The distance from an end, which no answer contains.
_DISTANCE = Symbol("~")
_INFINITY = Symbol("∞")
# An exponential germ is first looked at so near to the end.
_FIRST_BITS = 64
# The last stretch is at least this near to the end: two to the power of minus this.
_LAST_BITS = 3_000
# How many bits nearer a stretch may be put, if it is not short enough.
_NEARER = 6
_GUARD_BITS = 8

Value = Callable[[Tree], Any]
"""Returns the ball around a tree's value."""
Integrand = Callable[[Any, bool], Any]
"""Returns the ball around the value at a place; the flag asks for a value only where the integrand is analytic."""


class _Approach(NamedTuple):
    """The way to an end of an interval: the place, infinity too, and whether the interval lies above it."""

    place: Tree
    is_above: bool

    @property
    def is_infinite(self) -> bool:
        return self.place == _INFINITY

    def near(self) -> Tree:
        """Return what has a small distance from the end."""
        if self.is_infinite:
            return negated(inverted(_DISTANCE)) if self.is_above else inverted(_DISTANCE)
        return added([self.place, _DISTANCE if self.is_above else negated(_DISTANCE)])


def infinite_place(tree: Tree) -> int:
    """Return 1 for infinity, -1 for minus infinity, 0 for any other tree."""
    if tree == _INFINITY:
        return 1
    return -1 if tree == negated(_INFINITY) else 0


def limit_of(limit: Call, value: Value, steps: Steps) -> Any:
    """Return a ball around a limit.

    Args:
        limit: The operator: its body, the letter that goes to a place, and the place, infinity too.
        value: Evaluates trees without the letter.
        steps: The budget.

    Raises:
        UndecidedError: No rule gives it, it is infinite, or it differs from side to side.
        OverLimitError: The budget is used up.
    """
    body, letter, place = limit.arguments
    if not isinstance(letter, Symbol):
        raise UndecidedError("a limit without a letter")
    if letter.name not in symbols_in(body):
        return value(body)
    sides = limit.name.removeprefix("limit")
    sign = infinite_place(place)
    if sign == 1 and has_factorial(body, letter.name):
        if vanishes(body, letter.name, value, steps):
            return _flint().acb(0)
        body = without_factorials(body, letter.name, steps)
    if sign:
        ends = [_Approach(_INFINITY, is_above=sign == -1)]
    else:
        ends = [_Approach(place, above) for above in (True, False) if sides in {"", "+" if above else "-"}]
    bits = _flint().ctx.prec
    found: list[Any] = []
    for end in ends:
        germs = Germs(_DISTANCE.name, bits, value, steps)
        germ = germs.germ(renamed(body, {letter.name: end.near()}))
        found.append(_flint().acb(0) if germs.goes_to_zero(germ) else germs.range_of(germ))
    if len(found) > 1 and not found[0].overlaps(found[1]):
        raise UndecidedError("a limit that differs from side to side")
    return found[0] if len(found) == 1 else found[0].union(found[1])


class Improper(NamedTuple):
    """An integral that is improper at an end.

    Attributes:
        body: The integrand.
        letter: Its letter.
        value: Evaluates trees without the letter.
        integrand: Evaluates the integrand.
        goal: The width that the value may have.
        steps: The budget.
    """

    body: Tree
    letter: Symbol
    value: Value
    integrand: Integrand
    goal: float
    steps: Steps

    def between(self, low: Tree, high: Tree) -> Any:
        """Return a ball around the integral from one end to the other.

        Raises:
            UndecidedError: It diverges, or no rule bounds it near an end.
            OverLimitError: The budget is used up.
        """
        signs = infinite_place(low), infinite_place(high)
        rational = rational_in(self.body, self.letter.name, self.steps) if any(signs) else None
        if rational is not None:
            return self._of_rational(rational, low, high)
        if signs in {(1, -1), (1, 0), (0, -1)}:
            return -self.between(high, low)
        if signs == (-1, 1):
            return self._from(_Approach(_INFINITY, is_above=True), ball(Fraction(-1))) + self.between(MINUS_ONE, high)
        if signs == (-1, 0):
            middle = self._beyond(self.value(high), -1)
            return self._both(_INFINITY, middle, high)
        if signs == (0, 1):
            middle = self._beyond(self.value(low), 1)
            return self._both(low, middle, _INFINITY)
        ends = self.value(low), self.value(high)
        if ends[0].real > ends[1].real:
            return -self.between(high, low)
        if not ends[0].real < ends[1].real:
            raise UndecidedError("an integral between ends that may be equal")
        return self._both(low, (ends[0] + ends[1]) / 2, high)

    def _both(self, low: Tree, middle: Any, high: Tree) -> Any:
        """Integrate from one end to the other, by way of a place between them."""
        return self._from(_Approach(low, is_above=True), middle) + self._from(_Approach(high, is_above=False), middle)

    def _of_rational(self, rational: Rational, low: Tree, high: Tree) -> Any:
        """Integrate a quotient of polynomials by its partial fractions, to infinity from both sides of a place."""
        total = _flint().acb(0)
        signs = infinite_place(low), infinite_place(high)
        between = 0 if all(signs) else self.value(low if signs[1] else high)
        for sign, is_low in ((signs[0], True), (signs[1], False)):
            if sign:
                mirrored = rational.at(_flint().fmpq_poly([0, sign]))
                upwards = integral_to_infinity(mirrored, sign * between, self.steps)
                total = total + (-sign if is_low else sign) * upwards
        return total

    def _beyond(self, end: Any, sign: int) -> Any:
        """Return a place beyond an end and on the side of an infinity."""
        place = end + sign
        return place if sign * place.real > 1 else ball(Fraction(sign))

    def _from(self, end: _Approach, middle: Any) -> Any:
        """Integrate between an end and a place; the result counts upwards."""
        if not end.is_infinite:
            place = self.value(end.place)
            if self.integrand(place, False).is_finite():
                return self._integral(self.integrand, *((place, middle) if end.is_above else (middle, place)))
        bits, rest = self._last_stretch(end)
        spread = _flint().acb(_flint().arb(0, rest))
        with raised_precision(0 if end.is_infinite or end.place == ZERO else bits):
            nearest = _flint().arb.const_log2() * bits
            if end.is_infinite:
                first = abs(middle).log()

                def far(at: Any, asked: bool) -> Any:  # noqa: FBT001
                    place = at.exp()
                    return place * self.integrand(-place if end.is_above else place, asked)

                return self._integral(far, first, nearest) + spread
            place = self.value(end.place)
            first = -abs(middle - place).log()

            def near(at: Any, asked: bool) -> Any:  # noqa: FBT001
                distance = (-at).exp()
                return distance * self.integrand(place + distance if end.is_above else place - distance, asked)

            return self._integral(near, first, nearest) + spread

    def _integral(self, integrand: Integrand, low: Any, high: Any) -> Any:
        return _flint().acb.integral(
            lambda place, asked: integrand(place, bool(asked)),
            low, high, rel_tol=self.goal, abs_tol=self.goal, eval_limit=INTEGRAND_LIMIT,
        )  # fmt: skip

    def _last_stretch(self, end: _Approach) -> tuple[int, Any]:
        """Return how near to an end the integral beyond is nothing: the bits of the distance, and a bound of it."""
        near = renamed(self.body, {self.letter.name: end.near()})
        if end.is_infinite:
            near = multiplied([near, Power(_DISTANCE, Constant(Fraction(-2)))])
        first = self._germ(near, _FIRST_BITS)[1]
        wanted = math.ceil(-math.log2(self.goal)) + _GUARD_BITS
        if first.growth is not None:
            size = float(first.growth.coefficient.real.upper())
            if size >= 0:
                raise UndecidedError("an integral that diverges")
            bits = max(2, math.ceil(math.log2(wanted / -size) / float(first.growth.rate)))
        elif first.power > -1:
            bits = math.ceil(wanted / (first.power + 1)) + 2 * math.ceil(math.log2(wanted)) * max(
                0, math.ceil(first.logs)
            )
        else:
            raise UndecidedError("an integral that diverges")
        if bits > _LAST_BITS:
            raise UndecidedError("an integral that converges too slowly")
        for nearer in range(bits, bits + _NEARER):
            try:
                rest = self._rest(near, nearer)
            except UndecidedError:
                continue
            if rest < self.goal:
                return nearer, rest
        raise UndecidedError("an integral that is not bounded near an end")

    def _rest(self, near: Tree, bits: int) -> Any:
        """Return a bound of the integral over the last stretch."""
        germs, germ = self._germ(near, bits)
        radius = _flint().arb(2) ** -bits
        if germ.growth is not None:
            return (radius * germs.size(germ) * abs(germ.rest)).upper()
        # Half of the power is left to the integral; the other half outweighs the logarithms.
        half = (germ.power + 1) / 2
        if half <= 0:
            raise UndecidedError("an integral that diverges")
        size = germs.size(Germ(half, germ.logs, germ.rest)) * abs(germ.rest)
        return (size * radius ** ball(half).real / ball(half).real).upper()

    def _germ(self, near: Tree, bits: int) -> tuple[Germs, Germ]:
        germs = Germs(_DISTANCE.name, bits, self.value, self.steps)
        return germs, germs.germ(near)


def _flint() -> Any:
    import flint

    return flint
