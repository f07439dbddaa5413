"""Find each place where an expression in one letter may change its sign.

These are zeros, poles, corners and borders of the domain.

Between two neighbouring places nothing changes, so a relation holds on all of a stretch or on none of it.
That is a proof; drawn points could miss a factor that is hidden far out.
Everything here runs within :func:`~rlvr_math.comparing.balls.precision`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, ball, value_of
from rlvr_math.comparing.polynomials import Polynomials, coefficients_in
from rlvr_math.comparing.sets.pieces import End, order
from rlvr_math.limits import Steps
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.tree import Call, Power, Symbol, Tree, children, symbols_in

# Honest inequalities have a few zeros; the roots of a polynomial of this degree take some ten milliseconds.
PLACES_LIMIT = 48
ROOTS_DEGREE_LIMIT = 40
_LOGARITHMS = frozenset({"ln", "log", "lg"})


def critical_places(trees: Iterable[Tree], letter: str, steps: Steps) -> list[End]:
    """Return in rising order each place where the sign of one of the trees may change.

    Raises:
        UndecidedError: A tree contains what cannot be solved.
    """
    places: list[End] = []
    for tree in _sources(trees, letter):
        for place in _zeros_and_poles(tree, letter, steps):
            _insert(places, End(place=place))
            if len(places) > PLACES_LIMIT:
                raise UndecidedError("too many zeros")
    return places


def _insert(places: list[End], place: End) -> None:
    """Insert a place into a list in rising order; of two balls at one place the exact one stays."""
    at = len(places)
    while at:
        gap = order(places[at - 1], place)
        if gap == 0:
            if place.place.is_exact():
                places[at - 1] = place
            return
        if gap < 0:
            break
        at -= 1
    places.insert(at, place)


def _sources(trees: Iterable[Tree], letter: str) -> list[Tree]:
    """Collect what may change the sign of trees by being zero: themselves, divisors, what roots and the like are of."""
    found: dict[Tree, None] = {}
    waiting = list(trees)
    for tree in waiting:
        found.setdefault(tree)
    while waiting:
        tree = waiting.pop()
        if letter not in symbols_in(tree):
            continue
        source = _source_in(tree, letter)
        if source is not None:
            found.setdefault(source)
        waiting.extend(children(tree))
    return list(found)


def _source_in(tree: Tree, letter: str) -> Tree | None:
    """Return what changes a power or a function by being zero; None if nothing does."""
    match tree:
        case Power(base=base, exponent=exponent):
            power = rational_of(exponent)
            if power is None and letter in symbols_in(base):
                raise UndecidedError("a power with a base that varies")
            return base if power is not None and (power.denominator > 1 or power < 0) else None
        case Call(name="abs", arguments=(inner,)):
            return inner
        case Call(name=name, arguments=(inner, *base)) if name in _LOGARITHMS:
            if any(letter in symbols_in(each) for each in base):
                raise UndecidedError("a logarithm with a base that varies")
            return inner
        case Call(name=name) if name != "exp":
            raise UndecidedError(f"zeros of {name}")
        case _:
            return None


def _zeros_and_poles(tree: Tree, letter: str, steps: Steps) -> list[Any]:
    """Return the zeros of numerator and denominator of a tree as real balls."""
    if letter not in symbols_in(tree):
        return []
    polynomials = Polynomials((tree, Symbol(letter)), steps)
    quotient = polynomials.quotient(tree)
    return [zero for side in quotient for zero in zeros_of_polynomial(polynomials, side, letter, steps)]


def zeros_of_polynomial(polynomials: Polynomials, side: Any, letter: str, steps: Steps) -> list[Any]:
    """Return the real zeros of a polynomial in one letter and in functions of it, and perhaps other places.

    Raises:
        UndecidedError: It is zero everywhere, or cannot be solved.
    """
    if side.is_zero():
        raise UndecidedError("an identity")
    factors = polynomials.factors(side)
    return [zero for factor in factors for zero in _zeros_of_factor(polynomials, factor, letter, steps)]


def _zeros_of_factor(polynomials: Polynomials, factor: Any, letter: str, steps: Steps) -> list[Any]:
    """Return the zeros of an irreducible factor, its roots eliminated: a few places more do no harm."""
    for root in reversed(polynomials.roots.values()):
        if root.letter not in polynomials.letters_in(factor):
            continue
        base = polynomials.quotient(root.base)
        generator = polynomials.generators[root.letter]
        above, below = (_raised(polynomials, side, root.base_degree) for side in base)
        minimal = polynomials.times(below, _raised(polynomials, generator, root.degree)) - above
        place = polynomials.places[root.letter]
        steps.spend(20 * factor.degrees()[place] * root.degree)
        if factor.degrees()[place] * root.degree * factor.total_degree() > 2 * ROOTS_DEGREE_LIMIT:
            raise UndecidedError("roots that cannot be eliminated")
        factor = polynomials.checked(factor.resultant(minimal, f"v{place}"))
        if factor.is_zero():
            raise UndecidedError("an identity")
    return [
        zero for each in polynomials.factors(factor) for zero in _zeros_without_roots(polynomials, each, letter, steps)
    ]


def _raised(polynomials: Polynomials, side: Any, power: int) -> Any:
    result = polynomials.one
    for _ in range(power):
        result = polynomials.times(result, side)
    return result


def _zeros_without_roots(polynomials: Polynomials, factor: Any, letter: str, steps: Steps) -> list[Any]:
    """Return the real zeros of an irreducible factor in the letter, or in one function of it."""
    names = polynomials.letters_in(factor)
    varying = [name for name in names if letter in symbols_in(polynomials.letters[name])]
    if not varying:
        return []
    if len(varying) > 1:
        raise UndecidedError("the letter within a function and outside of it")
    (name,) = varying
    zeros = _roots_of(polynomials, factor, name, [each for each in names if each != name], steps)
    if name == letter:
        return zeros
    return [place for zero in zeros for place in _solved(polynomials.letters[name], zero, letter, steps)]


def _roots_of(polynomials: Polynomials, factor: Any, name: str, constants: list[str], steps: Steps) -> list[Any]:
    """Return the real roots of a polynomial in one letter, whose coefficients may contain constants such as pi."""
    import flint

    place = polynomials.places[name]
    degree = factor.degrees()[place]
    if degree > ROOTS_DEGREE_LIMIT:
        raise UndecidedError("a polynomial of a high degree")
    steps.spend(10 * degree * degree)
    if not constants:
        polynomial = flint.fmpq_poly(coefficients_in(factor, place)).numer()
        if degree == 1:
            low, high = polynomial.coeffs()
            return [flint.arb(flint.fmpq(-low, high))]
        roots: Any = polynomial.complex_roots()
        return [root.real for root, _ in roots if root.imag == 0]
    return _roots_with_constants(polynomials, factor, place, constants, steps)


def _roots_with_constants(
    polynomials: Polynomials, factor: Any, place: int, constants: list[str], steps: Steps
) -> list[Any]:
    import flint

    values = {name: value_of(polynomials.letters[name], {}, steps) for name in constants}
    coefficients = [flint.acb(0)] * (factor.degrees()[place] + 1)
    for exponents, coefficient in factor.to_dict().items():
        term = flint.acb(flint.arb(coefficient))
        for name, value in values.items():
            term *= value ** exponents[polynomials.places[name]]
        coefficients[exponents[place]] += term
    if any(not each.is_finite() or each.imag != 0 for each in coefficients) or coefficients[-1].contains(0):
        raise UndecidedError("coefficients that are not real")
    try:
        roots = flint.acb_poly(coefficients).roots(tol=2.0**-150)
    except ValueError:
        raise UndecidedError("roots that cannot be told apart") from None
    # Of a real polynomial, a root whose ball meets the real line and no other ball is real.
    return [root.real for root in roots if root.imag.contains(0)]


def _solved(function: Tree, value: Any, letter: str, steps: Steps) -> list[Any]:
    """Return where a function of a linear expression has a value."""
    if isinstance(function, Power):
        base = value_of(function.base, {}, steps)
        if base.imag != 0 or not base.real > 0 or base.real.contains(1):
            raise UndecidedError("a power of what is not positive")
        if not value > 0:
            return _nothing_below_zero(value)
        return _zeros_of_gap(function.exponent, value.log() / base.real.log(), letter, steps)
    if not isinstance(function, Call) or not function.arguments:
        raise UndecidedError("a function that cannot be inverted")
    inner, *bases = function.arguments
    if function.name == "exp":
        return _zeros_of_gap(inner, value.log(), letter, steps) if value > 0 else _nothing_below_zero(value)
    if function.name not in _LOGARITHMS:
        raise UndecidedError(f"the inverse of {function.name}")
    base = value_of(bases[0], {}, steps) if bases else _base_of(function.name)
    if base.imag != 0 or not base.real > 0:
        raise UndecidedError("a logarithm to a base that is not positive")
    return _zeros_of_gap(inner, (value * base.real.log()).exp(), letter, steps)


def _base_of(name: str) -> Any:
    """Return the base of a logarithm that is written without one."""
    return ball(Fraction(10)) if name == "lg" else ball(Fraction(1)).exp()


def _nothing_below_zero(value: Any) -> list[Any]:
    if value <= 0:
        return []
    raise UndecidedError("a sign that cannot be told")


def _zeros_of_gap(inner: Tree, value: Any, letter: str, steps: Steps) -> list[Any]:
    """Return where an expression that is linear in the letter has a value."""
    import flint

    polynomials = Polynomials((inner, Symbol(letter)), steps)
    above, below = polynomials.quotient(inner)
    place = polynomials.places[letter]
    if not below.is_constant() or above.degrees()[place] != 1 or polynomials.letters_in(above) != [letter]:
        raise UndecidedError("a function of what is not linear")
    scale = flint.arb(below.leading_coefficient())
    constant = slope = flint.arb(0)
    for exponents, coefficient in above.to_dict().items():
        if exponents[place]:
            slope = flint.arb(coefficient) / scale
        else:
            constant = flint.arb(coefficient) / scale
    return [(value - constant) / slope]
