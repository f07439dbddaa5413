"""Values of sums and products without end, in ball arithmetic.

Three kinds have a value with a proven error: sums of rational terms, with or without alternating signs, by the Hurwitz
zeta function of the poles; sums whose terms fall at least as fast as a geometric series, term by term; products of
rational factors by gamma functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.operators.derivatives import NoDerivativeError, derivative, times
from rlvr_math.comparing.operators.turning import Angles, Wave, power_of_index
from rlvr_math.comparing.polynomials import Polynomials
from rlvr_math.limits import TERMS_LIMIT, Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    multiplied,
    renamed,
    symbols_in,
)

# Degrees of a rational term whose poles are calculated; FLINT finds 24 of them in some milliseconds.
_DEGREE_LIMIT = 24
# The step of a factorial's argument from one term to the next, and the power that a term is raised to.
_STEP_LIMIT = 8
_POWER_LIMIT = 16
# Terms that a product of sums is multiplied out to.
_PARTS_LIMIT = 16

Value = Callable[[Tree], Any]
"""Returns the ball around the value of a tree without the index."""


class Rational(NamedTuple):
    """A quotient of two polynomials (``fmpq_poly``) of the index; from ``rational_in``, a constant divisor is one."""

    above: Any
    below: Any

    def at(self, inner: Any) -> Rational:
        """Return the quotient with another polynomial in the place of the index."""
        return Rational(self.above(inner), self.below(inner))

    def times(self, other: Rational) -> Rational:
        """Multiply."""
        return Rational(self.above * other.above, self.below * other.below)

    def inverted(self) -> Rational:
        """Divide one by it."""
        return Rational(self.below, self.above)


class _TermQuotient(NamedTuple):
    """What a term is multiplied by to get the next one: factors without the index, and a rational one."""

    factors: tuple[Tree, ...]
    rational: Rational


def endless_sum(body: Tree, letter: str, first: int, value: Value, steps: Steps) -> Any:
    """Return a ball around the sum of a body over all whole numbers from ``first`` on.

    Args:
        body: The term.
        letter: Its index.
        first: The first value of the index.
        value: Evaluates trees without the index.
        steps: The budget.

    Raises:
        UndecidedError: The sum diverges, or is of no kind that has a value here.
        OverLimitError: The budget is used up.
    """
    total: Any = 0
    rational: list[Tree] = []
    for part in _parts(body):
        match part:
            case Call(name="ln" | "log", arguments=(inner,)):
                total = total + _sum_of_logarithm(inner, letter, first, steps)
                continue
        if rational_in(part, letter, steps) is None:
            total = total + _sum_of_part(part, letter, first, value, steps)
        else:
            rational.append(part)
    if rational:  # together, since each alone may diverge, as in 1/n - 1/(n+1)
        total = total + _sum_of_rational(_known(rational_in(added(rational), letter, steps)), first, steps)
    return total


def endless_product(body: Tree, letter: str, first: int, steps: Steps) -> Any:
    """Return a ball around the product of a rational body over all whole numbers from ``first`` on.

    Raises:
        UndecidedError: The product diverges, or its body is no quotient of polynomials.
        OverLimitError: The budget is used up.
    """
    above, below = _known(rational_in(body, letter, steps))
    degree = above.degree()
    if degree != below.degree() or above[degree] != below[degree]:
        raise UndecidedError("a product whose factors do not go to one")
    if degree and above[degree - 1] != below[degree - 1]:
        raise UndecidedError("a product that diverges")
    total = _flint().acb(1)
    for root, times_found in _roots(below, steps):
        total = total * (first - root).gamma() ** times_found
    for root, times_found in _roots(above, steps):
        total = total * (first - root).rgamma() ** times_found
    return total


def _sum_of_logarithm(inner: Tree, letter: str, first: int, steps: Steps) -> Any:
    """Sum the logarithms of a quotient of polynomials, which is positive from the first place on."""
    for polynomial in _known(rational_in(inner, letter, steps)):
        if any(root.imag.contains(0) and not root.real < first for root, _ in _roots(polynomial, steps)):
            raise UndecidedError("a logarithm of what may be negative")
    return _flint().acb(endless_product(inner, letter, first, steps).real.log())


def rational_in(tree: Tree, letter: str, steps: Steps) -> Rational | None:
    """Return a tree as a quotient of polynomials with rational coefficients; None if it is none, or too large."""
    try:
        if letter not in symbols_in(tree):
            exact = rational_of(tree)
            return None if exact is None else Rational(_constant(exact), _constant(Fraction(1)))
        ring = Polynomials((tree,), steps)
        if set(ring.letters) != {letter}:
            return None
        above, below = map(_univariate, ring.quotient(tree))
    except (UndecidedError, UndefinedError):
        return None
    scale = below[below.degree()]
    return Rational(above / scale, below / scale) if max(above.degree(), below.degree()) <= _DEGREE_LIMIT else None


def _known(rational: Rational | None) -> Rational:
    if rational is None:
        raise UndecidedError("no rational term")
    return rational


def _parts(body: Tree) -> list[Tree]:
    """Return the terms of a body, products of sums multiplied out as far as there are a few."""
    match body:
        case Sum(terms=terms):
            return [part for term in terms for part in _parts(term)]
        case Product(factors=factors):
            products: list[list[Tree]] = [[]]
            for factor in factors:
                inner = _parts(factor) if isinstance(factor, Sum) else [factor]
                if len(products) * len(inner) > _PARTS_LIMIT:
                    return [body]
                products = [[*one, other] for one in products for other in inner]
            return [multiplied(product) for product in products]
        case _:
            return [body]


def _sum_of_part(part: Tree, letter: str, first: int, value: Value, steps: Steps) -> Any:
    factors = part.factors if isinstance(part, Product) else (part,)
    constants = [each for each in factors if letter not in symbols_in(each)]
    constant = value(multiplied(constants or [ONE]))
    calls = [each for each in factors if isinstance(each, Call) and letter in symbols_in(each)]
    turning = [each for each in calls if each.name in _TURNING]
    if len(turning) == 1:
        rest = [each for each in factors if each is not turning[0] and letter in symbols_in(each)]
        return constant * _sum_of_turning(turning[0], rest, letter, first, value, steps)
    signs = [each for each in factors if isinstance(each, Power) and each.base == MINUS_ONE]
    signs = [each for each in signs if letter in symbols_in(each)]
    others = [each for each in factors if letter in symbols_in(each) and each not in signs]
    rational = rational_in(multiplied(others or [ONE]), letter, steps)
    if rational is not None:
        if not signs:
            return constant * _sum_of_rational(rational, first, steps)
        if _slope(added([each.exponent for each in signs]), letter, steps) % 2:
            first_sign = _at(multiplied([*constants, *signs]), letter, first)
            return value(first_sign) * _sum_of_alternating(rational, first, steps)
    return constant * _sum_of_falling(multiplied([*signs, *others]), letter, first, value, steps)


_TURNING = frozenset({"sin", "cos", "arctan", "arccot"})


def _sum_of_turning(call: Call, rest: list[Tree], letter: str, first: int, value: Value, steps: Steps) -> Any:  # noqa: PLR0913, PLR0917  # the parts of one term
    """Sum arc tangents of a quotient of polynomials, or sines and cosines over a power of the index."""
    (inner,) = call.arguments
    if call.name in {"arctan", "arccot"}:
        rational = _known(rational_in(inner, letter, steps))
        above, below = rational if call.name == "arctan" else rational.inverted()
        if rest:
            raise UndecidedError("angles with a factor")
        share = partial(_share_from, above, below, 0)
        return Angles(above, below, partial(_roots, steps=steps), _horner, share).sum_from(first, steps)
    signs = [each for each in rest if isinstance(each, Power) and each.base == MINUS_ONE]
    others = [each for each in rest if each not in signs]
    power = power_of_index(_known(rational_in(multiplied(others or [ONE]), letter, steps)))
    if power is None or not power[0]:
        raise UndecidedError("waves with another factor")
    slope = _slope(added([each.exponent for each in signs]), letter, steps) if signs else 0
    sign = value(_at(multiplied(list(signs)), letter, 0)) if signs else 1
    wave = Wave(call.name, inner, power[0], alternates=slope % 2 == 1)
    return sign * _flint().acb(power[1]) * wave.sum_from(first, letter, value, steps)


def _slope(exponent: Tree, letter: str, steps: Steps) -> int:
    """Return by how much a whole exponent grows with the index."""
    slope = rational_in(exponent, letter, steps)
    if slope is None or slope.below.degree() or slope.above.degree() > 1:
        raise UndecidedError("an exponent that does not grow steadily")
    if int(slope.above[1].q) != 1:
        raise UndecidedError("an exponent that is no whole number")
    return int(slope.above[1].p)


def _sum_of_alternating(rational: Rational, first: int, steps: Steps) -> Any:
    """Sum with alternating signs, the first one positive: pairs of terms are rational again."""
    if rational.above.degree() >= rational.below.degree():
        raise UndecidedError("a sum whose terms do not go to zero")
    flint = _flint()
    even, odd = (rational.at(flint.fmpq_poly([first + shift, 2])) for shift in (0, 1))
    above = even.above * odd.below - odd.above * even.below
    return _sum_of_rational(Rational(above, even.below * odd.below), 0, steps)


def _sum_of_rational(rational: Rational, first: int, steps: Steps) -> Any:
    r"""Sum by partial fractions: the sum of ``1/(n-r)^s`` is ``\zeta(s, first - r)``."""
    flint = _flint()
    above, below = rational
    if above.degree() < 0:
        return flint.acb(0)
    if below.degree() - above.degree() < 2:  # noqa: PLR2004  # as 1/n^2
        raise UndecidedError("a sum that diverges")
    total = flint.acb(0)
    for root, times_found in _roots(below, steps):
        for index, coefficient in enumerate(_laurent(rational, root, times_found)):
            power, place = times_found - index, first - root
            steps.spend(20)
            total = total + coefficient * (flint.acb(power).zeta(place) if power > 1 else -place.digamma())
    return total


def vanishes(body: Tree, letter: str, value: Value, steps: Steps) -> bool:
    """Return whether the quotient of a value of a body and the one before it goes to zero, as that of 1/n! does."""
    try:
        factors, (above, below) = _growth(body, letter, steps)
    except UndecidedError:
        return False
    return bool(below.degree() > above.degree() and all(value(each).is_finite() for each in factors))


def integral_to_infinity(rational: Rational, low: Any, steps: Steps) -> Any:
    """Return a ball around the integral of a quotient of polynomials from a place to infinity.

    Raises:
        UndecidedError: It diverges, or has a pole on the way.
    """
    flint = _flint()
    above, below = rational
    if above.degree() < 0:
        return flint.acb(0)
    if below.degree() - above.degree() < 2:  # noqa: PLR2004  # as 1/x^2
        raise UndecidedError("an integral that diverges")
    total = flint.acb(0)
    for root, times_found in _roots(below, steps):
        distance = low - root
        if distance.imag.contains(0) and not distance.real > 0:
            raise UndecidedError("a pole between the ends of an integral")
        for index, coefficient in enumerate(_laurent(rational, root, times_found)):
            power = times_found - index
            grown = -distance.log() if power == 1 else distance ** (1 - power) / (power - 1)
            total = total + coefficient * grown
    return total


def _roots(polynomial: Any, steps: Steps) -> list[tuple[Any, int]]:
    steps.spend(int(polynomial.degree()) ** 2)
    return [(_flint().acb(root), int(times_found)) for root, times_found in polynomial.complex_roots()]


def _laurent(rational: Rational, root: Any, times_found: int) -> list[Any]:
    """Return the coefficients of the partial fractions of one pole, that of the highest power first."""
    above = _taylor(rational.above, root, times_found)
    below = _taylor(rational.below, root, times_found + times_found)[times_found:]
    found: list[Any] = []
    for index in range(times_found):
        rest = above[index] - sum(found[place] * below[index - place] for place in range(index))
        found.append(rest / below[0])
    return found


def _taylor(polynomial: Any, place: Any, count: int) -> list[Any]:
    """Return the first coefficients of a polynomial written in powers of the distance from a place."""
    found = []
    for index in range(count):
        found.append(_horner(polynomial, place) / math.factorial(index))
        polynomial = polynomial.derivative()
    return found


def _horner(polynomial: Any, place: Any) -> Any:
    return _flint().acb_poly(polynomial.coeffs())(place)


def _sum_of_falling(part: Tree, letter: str, first: int, value: Value, steps: Steps) -> Any:
    """Sum term by term, from a place on by the quotient of two terms, until the rest is bounded by a geometric sum."""
    flint = _flint()
    factors, (above, below) = _growth(part, letter, steps)
    factor = flint.acb(1)
    for each in factors:
        factor = factor * value(each)
    gap = below.degree() - above.degree()
    if not factor.is_finite() or gap < 0:
        raise UndecidedError("a sum whose terms do not shrink")
    start = max(first, *(1 + _beyond(polynomial, steps) for polynomial in (above, below)))
    if start - first > TERMS_LIMIT:
        raise UndecidedError("a sum that starts too far out")
    total = flint.acb(0)
    for number in range(first, start):
        total = total + value(_at(part, letter, number))
    term = value(_at(part, letter, start))
    goal = flint.arb(2) ** -flint.ctx.prec
    for number in range(start, start + TERMS_LIMIT):
        steps.spend()
        if number % 16 == 0:  # the bound of the rest is dear
            share = abs(factor * _share_from(above, below, gap, number)).upper()
            if share < 1:
                rest = abs(term).upper() / (1 - share)
                if rest < goal or rest < abs(total).lower() * goal:
                    spread = flint.arb(0, rest)
                    return total + (flint.acb(spread) if total.imag == 0 else flint.acb(spread, spread))
        total = total + term
        term = term * factor * _horner(above, flint.acb(number)) / _horner(below, flint.acb(number))
    raise UndecidedError("a sum whose terms shrink too slowly")


def _share_from(above: Any, below: Any, gap: int, number: int) -> Any:
    """Return a ball around all values of a quotient of polynomials from a number on."""
    flint = _flint()
    near = flint.acb(flint.arb(0).union(flint.arb(1) / number))
    above, below = (flint.fmpq_poly(list(reversed(each.coeffs()))) for each in (above, below))
    return near**gap * _horner(above, near) / _horner(below, near)


def _beyond(polynomial: Any, steps: Steps) -> int:
    """Return a whole number that no real part of a zero of a polynomial exceeds."""
    return max([0, *(int(root.real.upper().ceil().unique_fmpz()) for root, _ in _roots(polynomial, steps))])


def _growth(part: Tree, letter: str, steps: Steps) -> _TermQuotient:
    """Return the quotient of two terms that follow each other.

    Raises:
        UndecidedError: It is not rational in the index.
    """
    steps.spend()
    flint = _flint()
    if letter not in symbols_in(part):
        return _TermQuotient((), _one())
    rational = rational_in(part, letter, steps)
    if rational is not None:
        return _TermQuotient((), rational.at(flint.fmpq_poly([1, 1])).times(rational.inverted()))
    match part:
        case Product(factors=factors):
            total = _TermQuotient((), _one())
            for each in factors:
                growth = _growth(each, letter, steps)
                total = _TermQuotient(total.factors + growth.factors, _checked(total.rational.times(growth.rational)))
            return total
        case Power(base=base, exponent=exponent) if letter not in symbols_in(base):
            return _TermQuotient((_factor(base, exponent, letter, steps),), _one())
        case Power(base=base, exponent=Constant(value=power)) if power.denominator == 1 and abs(power) <= _POWER_LIMIT:
            inner = _growth(base, letter, steps)
            times_found = abs(int(power))
            turned = inner.rational if power == times_found else inner.rational.inverted()
            raised = Rational(turned.above**times_found, turned.below**times_found)
            return _TermQuotient(tuple(Power(each, exponent) for each in inner.factors), _checked(raised))
        case Call(name=name, arguments=arguments) if (name, len(arguments)) in _FACTORIALS:
            return _growth_of_factorials(_FACTORIALS[name, len(arguments)](*arguments), letter, steps)
        case _:
            raise UndecidedError("a sum whose terms follow no simple rule")


def _checked(rational: Rational) -> Rational:
    if max(rational.above.degree(), rational.below.degree()) > 2 * _DEGREE_LIMIT:
        raise UndecidedError("a term of too high a degree")
    return rational


def _factor(base: Tree, exponent: Tree, letter: str, steps: Steps) -> Tree:
    """Return the factor by which a power with the index in its exponent grows."""
    try:
        slope = derivative(exponent, letter, steps)
    except NoDerivativeError as error:
        raise UndecidedError(str(error)) from error
    exact = rational_of(slope) if letter not in symbols_in(slope) else None
    if letter in symbols_in(slope):
        raise UndecidedError("an exponent that does not grow steadily")
    is_positive = base in {Symbol("e"), Symbol("pi")} or (isinstance(base, Constant) and base.value > 0)
    if (exact is None or exact.denominator != 1) and not is_positive:
        raise UndecidedError("a root of a number that may be negative")
    return Power(base, slope)


_FACTORIALS: dict[tuple[str, int], Callable[..., tuple[list[Tree], list[Tree]]]] = {
    ("factorial", 1): lambda each: ([each], []),
    ("gamma", 1): lambda each: ([added([each, MINUS_ONE])], []),
    ("binom", 2): lambda above, below: ([above], [below, added([above, times(MINUS_ONE, below)])]),
}
"""Functions by the arguments of the factorials that they multiply, and of those that they divide by."""


def _growth_of_factorials(found: tuple[list[Tree], list[Tree]], letter: str, steps: Steps) -> _TermQuotient:
    total = _one()
    multiplied_by, divided_by = found
    for arguments, is_divisor in ((multiplied_by, False), (divided_by, True)):
        for argument in arguments:
            slope = _slope(argument, letter, steps) if letter in symbols_in(argument) else 0
            if abs(slope) > _STEP_LIMIT:
                raise UndecidedError("a factorial that grows too fast")
            line, one = _known(rational_in(argument, letter, steps))
            factors = [Rational(line + step, one) for step in range(1, slope + 1)]
            factors += [Rational(one, line - step) for step in range(-slope)]
            for factor in factors:
                total = _checked(total.times(factor.inverted() if is_divisor else factor))
    return _TermQuotient((), total)


def _at(tree: Tree, letter: str, number: int) -> Tree:
    return renamed(tree, {letter: Constant(Fraction(number))})


def _constant(value: Fraction) -> Any:
    return _flint().fmpq_poly([_flint().fmpq(value.numerator, value.denominator)])


def _one() -> Rational:
    return Rational(_constant(Fraction(1)), _constant(Fraction(1)))


def _univariate(polynomial: Any) -> Any:
    flint = _flint()
    x = flint.fmpq_poly([0, 1])
    terms = (coefficient * x ** int(power) for (power,), coefficient in polynomial.to_dict().items())
    return sum(terms, flint.fmpq_poly())


def _flint() -> Any:
    import flint

    return flint
