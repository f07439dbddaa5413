r"""Factorials of what goes to infinity, written with powers: ``n! = n^n e^{-n} \sqrt{2 \pi n} e^{s(n)}``.

Stirling's remainder ``s`` lies between 0 and ``1/(12n)``, so that a limit with factorials becomes one of powers. Powers
of one base are joined, as ``n^n`` of ``n!`` and of the divisor in ``\frac{\sqrt[n]{n!}}{n}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.operators.endless import Rational, rational_in
from rlvr_math.limits import Steps
from rlvr_math.reading.exact import factors_of
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    key_of,
    minus,
    multiplied,
    negated,
    symbols_in,
)

REMAINDER = "~stirling"
"""The name of the call that is Stirling's remainder of its argument."""

_E = Symbol("e")
_HALF = Constant(Fraction(1, 2))
_TWO_PI = multiplied([Constant(Fraction(2)), Symbol("pi")])
_FACTORIALS = frozenset({"factorial", "binom", "gamma"})
# The number that an argument of a factorial may add to a multiple of the letter, and that multiple.
_SHIFT_LIMIT = 8
_SLOPE_LIMIT = 8
# Numbers below this are written as products of primes.
_FACTORED_LIMIT = 2**64

Part = tuple[Tree, Tree]
"""A base and its exponent."""


def has_factorial(tree: Tree, letter: str) -> bool:
    """Return whether a factorial that depends on a letter is a factor of a tree."""
    if isinstance(tree, Call):
        return tree.name in _FACTORIALS and letter in symbols_in(tree)
    return isinstance(tree, (Product, Power)) and any(has_factorial(part, letter) for part in children(tree))


def without_factorials(tree: Tree, letter: str, steps: Steps) -> Tree:
    """Return a product with powers in the place of its factorials, for large values of a letter.

    Raises:
        UndecidedError: A factorial is not of a multiple of the letter and a small number.
    """
    joined: dict[str, tuple[Tree, list[Tree]]] = {}
    for base, exponent in _parts(tree, ONE, letter, steps):
        steps.spend()
        joined.setdefault(key_of(base), (base, []))[1].append(exponent)
    powers = [
        Power(base, part) if part != ONE else base
        for base, exponents in joined.values()
        for part in _simplified(added(exponents), letter, steps)
    ]
    return multiplied(powers or [ONE])


def _parts(tree: Tree, exponent: Tree, letter: str, steps: Steps) -> Iterator[Part]:
    """Yield the powers that a product consists of; what may be negative stays whole below an exponent."""
    if exponent != ONE and not _is_positive(tree, letter):
        yield tree, exponent
        return
    match tree:
        case Product(factors=factors):
            for factor in factors:
                yield from _parts(factor, exponent, letter, steps)
        case Power(base=base, exponent=inner):
            yield from _parts(base, multiplied([inner, exponent]), letter, steps)
        case Constant(value=value) if value > 0 and max(value.numerator, value.denominator) < _FACTORED_LIMIT:
            yield from _of_number(value, exponent)
        case Call(name=name) if name in _FACTORIALS and letter in symbols_in(tree):
            for argument, sign in _factorials_in(tree):
                if letter in symbols_in(argument):
                    yield from _of_factorial(argument, multiplied([sign, exponent]), letter, steps)
                else:
                    yield Call("factorial", (argument,)), multiplied([sign, exponent])
        case _:
            yield tree, exponent


def _of_number(value: Fraction, exponent: Tree) -> Iterator[Part]:
    """Yield the powers of primes that a positive number consists of."""
    for whole, direction in ((value.numerator, 1), (value.denominator, -1)):
        for prime, times in factors_of(whole):
            yield Constant(Fraction(prime)), multiplied([Constant(Fraction(direction * times)), exponent])


def _is_positive(tree: Tree, letter: str) -> bool:
    """Return whether a tree is visibly positive for large values of the letter."""
    match tree:
        case Constant(value=value):
            return value > 0
        case Symbol(name=name):
            return name in {letter, "e", "pi"}
        case Call(name=name):
            return name in _FACTORIALS or name == "exp"
        case Power(base=base):
            return _is_positive(base, letter)
        case Sum(terms=parts) | Product(factors=parts):
            return all(_is_positive(part, letter) for part in parts)
        case _:
            return False


def _factorials_in(call: Call) -> tuple[Part, ...]:
    """Return the arguments of the factorials that a call multiplies or divides by."""
    match call:
        case Call(name="binom", arguments=(above, below)):
            return (above, ONE), (below, MINUS_ONE), (minus(above, below), MINUS_ONE)
        case Call(name="gamma", arguments=(argument,)):
            return ((added([argument, MINUS_ONE]), ONE),)
        case _:
            return ((call.arguments[0], ONE),)


def _of_factorial(argument: Tree, exponent: Tree, letter: str, steps: Steps) -> Iterator[Part]:
    """Yield the powers of ``(a n + b)!``: those of ``(a n)!`` and the factors beyond."""
    slope, shift = _line(rational_in(argument, letter, steps))
    whole = multiplied([Constant(Fraction(slope)), Symbol(letter)])
    for place in (*range(1, shift + 1), *range(shift + 1, 1)):
        yield added([whole, Constant(Fraction(place))]), exponent if place > 0 else negated(exponent)
    power = multiplied([whole, exponent])
    yield Symbol(letter), power
    yield from _parts(Constant(Fraction(slope)), power, letter, steps)
    yield _E, negated(power)
    for factor in (_TWO_PI, Constant(Fraction(slope)), Symbol(letter)):
        yield from _parts(factor, multiplied([_HALF, exponent]), letter, steps)
    yield Call("exp", (Call(REMAINDER, (whole,)),)), exponent


def _line(rational: Rational | None) -> tuple[int, int]:
    """Return the whole numbers a and b of ``a n + b``."""
    if rational is None or rational.below.degree() or rational.above.degree() != 1:
        raise UndecidedError("a factorial of no line")
    found = [rational.above[place] for place in (1, 0)]
    if any(int(each.q) != 1 for each in found):
        raise UndecidedError("a factorial of no whole numbers")
    slope, shift = (int(each.p) for each in found)
    if slope not in range(1, _SLOPE_LIMIT + 1) or abs(shift) > _SHIFT_LIMIT:
        raise UndecidedError("a factorial too far from a multiple of its letter")
    return slope, shift


def _simplified(exponent: Tree, letter: str, steps: Steps) -> list[Tree]:
    """Return the parts of an exponent: its whole part and a quotient that goes to zero, where it is rational."""
    rational = rational_in(exponent, letter, steps)
    if rational is None:
        return [exponent]
    whole, rest = divmod(rational.above, rational.below)
    parts = [_tree(whole, letter)]
    if rest != 0:
        parts.append(multiplied([_tree(rest, letter), inverted(_tree(rational.below, letter))]))
    return [part for part in parts if part != ZERO]


def _tree(polynomial: Any, letter: str) -> Tree:
    terms: list[Tree] = []
    for power, coefficient in enumerate(polynomial.coeffs()):
        if coefficient != 0:
            number = Constant(Fraction(int(coefficient.p), int(coefficient.q)))
            factor = Symbol(letter) if power == 1 else Power(Symbol(letter), Constant(Fraction(power)))
            terms.append(multiplied([number, factor]) if power else number)
    return added(terms) if terms else ZERO
