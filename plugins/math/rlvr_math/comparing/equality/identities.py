r"""Prove that two expressions are identical: as fractions of what their functions and roots are made of.

Each function of an argument is a number that is drawn for the residue of that argument, so ``\sqrt{(x-1)^2+y}`` and
``\sqrt{y+(1-x)^2}`` are the same number. These numbers obey the laws that hold at every point: a power is a product
over the terms of its exponent and over the primes of its base, sine and cosine turn a circle, hyperbolic functions are
fractions of an exponential. So the residues of ``1+\tan^2x`` and ``\sec^2x`` are equal. Other residues say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rlvr_math.comparing.balls import name_is_opaque
from rlvr_math.comparing.equality.agreement import Question
from rlvr_math.comparing.residues import Draw, agree_at_draw
from rlvr_math.reading.exact import UndefinedError, factors_of, rational_of
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Quantity,
    Sum,
    Symbol,
    Tree,
    is_unknown_function,
    multiplied,
)

# Numbers are factored up to here, which takes microseconds; a larger one counts as a prime.
_FACTORED_LIMIT = 1 << 40
# Factors of exponents and angles that people write are shorter.
_FACTOR_BITS = 32
# Letters have square, cube, fourth, fifth and sixth roots, and some more.
_ROOTS = 60
_TEN = Constant(Fraction(10))
_E, _PI = Symbol("e"), Symbol("pi")
_QUARTER_TURNS = ((1, 0), (0, 1), (-1, 0), (0, -1))
_CIRCULAR = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_HYPERBOLIC = frozenset({"sinh", "cosh", "tanh", "coth", "sech", "csch"})


def are_identical(reference: Tree, answer: Tree, question: Question) -> bool:
    """Say whether two expressions are seen to be equal wherever both are defined; False says nothing."""
    try:
        return agree_at_draw(_LawDraw, reference, answer, question.seed, question.steps) is True
    except (_NoLawError, UndefinedError):
        return False


class _NoLawError(ValueError):
    """A tree contains what no law is known for."""


class _LawDraw(Draw):
    """A draw with a number for each function, root and power as well."""

    def letter(self, name: str) -> int:
        """Return the residue of a letter, which has roots."""
        return self.power(self.drawn(name), _ROOTS)

    def whole_power(self, base: Tree, exponent: int) -> int:
        """Return the residue of a whole power; to the power of zero even what has no value would be 1."""
        if not exponent:
            raise _NoLawError
        return super().whole_power(base, exponent)

    def other(self, tree: Tree) -> int:
        """Return the residue of what is no rational expression.

        Raises:
            _NoLawError: No law is known for it.
        """
        match tree:
            case Power(base=base, exponent=exponent):
                return self._power_of(base, exponent)
            case Quantity(value=value, unit="%"):
                return self.quotient(self.residue(value), 100)
            case Quantity(unit="degree"):
                return self.residue(_in_radians(tree))
            case Call(name=name, arguments=(inner,)) if name in _CIRCULAR:
                return self._fraction(name, *self._turn(inner))
            case Call(name=name, arguments=(inner,)) if name in _HYPERBOLIC:
                power = self._power_of(_E, inner)
                inverse, half = self.power(power, -1), self.quotient(1, 2)
                return self._fraction(name.removesuffix("h"), (power + inverse) * half, (power - inverse) * half)
            case Call() if _is_function(tree):
                return self._function(tree)
            case _:
                raise _NoLawError

    def _function(self, tree: Call) -> int:
        match tree.name, tree.arguments:
            case "exp", (inner,):
                return self._power_of(_E, inner)
            case "lg", (inner,):
                return self.quotient(self._logarithm(inner), self._logarithm(_TEN))
            case "ln" | "log", (inner, *base):
                return self.quotient(self._logarithm(inner), self._logarithm(base[0]) if base else 1)
            case "abs", (inner,):
                return self._number_of("abs", self.residue(inner) ** 2 % self.modulus)
            case name, arguments:
                return self._number_of(name, *map(self.residue, arguments))

    def _number_of(self, kind: str, *residues: int) -> int:
        """Return the number that is drawn for a function of residues."""
        return self.drawn(f"{kind} {residues}")

    def _parts_of(self, tree: Tree) -> list[tuple[int, int]]:
        """Return the residues of a base's primes and their powers; of what is no number, its residue."""
        value = rational_of(tree)
        if value is None:
            return [(self.residue(tree), 1)]
        return [(prime % self.modulus, times) for prime, times in _primes_of(value)]

    def _power_of(self, base: Tree, exponent: Tree) -> int:
        """Multiply the powers of a base for the terms of an exponent."""
        total = 1
        for factor, rest in _terms_of(exponent):
            if rest is None:
                total *= self._root_of(base, factor)
                continue
            share = self.quotient(self.residue(rest), factor.denominator)
            for part, times in self._parts_of(base):
                total = total * self.power(self._number_of("power", part, share), times * factor.numerator)
        return total % self.modulus

    def _root_of(self, base: Tree, power: Fraction) -> int:
        """Return the residue of a rational power; of a number, all whole powers of its primes are taken out."""
        above, degree = power.numerator, power.denominator
        if degree == 1:
            return self.whole_power(base, above)
        if isinstance(base, Symbol) and not _ROOTS % degree:
            return self.power(self.drawn(base.name), above * _ROOTS // degree)
        total = 1
        for part, times in self._parts_of(base):
            whole = int(Fraction(times * above, degree))
            if part == self.modulus - 1 and degree % 2:
                total *= (-1) ** above  # the odd root of a negative number is the real one
            else:
                root = self._number_of(f"root {degree}", part)
                total *= self.power(part, whole) * self.power(root, times * above - whole * degree)
        return total % self.modulus

    def _logarithm(self, inner: Tree) -> int:
        return 1 if inner == _E else sum(times * self._number_of("ln", part) for part, times in self._parts_of(inner))

    def _turn(self, angle: Tree) -> tuple[int, int]:
        """Return the cosine and the sine of an angle: the turn by one term after the other."""
        turn = 1, 0
        for factor, rest in _terms_of(angle):
            if rest == _PI:
                quarters = 2 * factor // 1
                turn = self._turned(turn, _QUARTER_TURNS[quarters % 4])
                factor -= Fraction(quarters, 2)  # noqa: PLW2901
            share = self.quotient(self.residue(rest or ONE), factor.denominator)
            # The tangent of half the angle, which changes its sign with the angle.
            half = share * self._number_of("angle", share * share % self.modulus)
            scale = self.power(1 + half * half, -1)
            once = (1 - half * half) * scale % self.modulus, 2 * half * scale % self.modulus
            turn = self._turned(turn, self._turned_often(once, factor.numerator))
        return turn

    def _turned_often(self, turn: tuple[int, int], times: int) -> tuple[int, int]:
        total = 1, 0
        if times < 0:
            turn = turn[0], -turn[1]
        for digit in reversed(f"{abs(times):b}"):
            if digit == "1":
                total = self._turned(total, turn)
            turn = self._turned(turn, turn)
        return total

    def _turned(self, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
        (cosine, sine), (other_cosine, other_sine) = one, other
        return (
            (cosine * other_cosine - sine * other_sine) % self.modulus,
            (sine * other_cosine + cosine * other_sine) % self.modulus,
        )

    def _fraction(self, name: str, cosine: int, sine: int) -> int:
        """Return the value of a function of an angle, or of a hyperbolic one by the same name."""
        above, below = {"sin": (sine, 1), "cos": (cosine, 1), "tan": (sine, cosine), "cot": (cosine, sine)}.get(
            name, (1, cosine if name == "sec" else sine)
        )
        return self.quotient(above, below)


def _is_function(tree: Call) -> bool:
    """Say whether a call has a value for each value of its arguments, known or not."""
    return (tree.name[:1].isalpha() and is_unknown_function(tree.name)) or not name_is_opaque(tree)


def _primes_of(value: Fraction) -> list[tuple[int, int]]:
    """Return the primes of a rational and their powers; -1 is one of them."""
    if not value:
        raise _NoLawError
    found = [(-1, 1)] if value < 0 else []
    for number, sign in ((abs(value.numerator), 1), (value.denominator, -1)):
        primes = factors_of(number) if number < _FACTORED_LIMIT else [(number, 1)]
        found += [(prime, sign * times) for prime, times in primes]
    return found


def _terms_of(tree: Tree, factor: Fraction = ONE.value) -> Iterator[tuple[Fraction, Tree | None]]:
    """Yield the terms of a sum as rational factors and the rest; None for a constant."""
    rest: Tree | None = tree
    match tree:
        case Sum(terms=terms):
            for term in terms:
                yield from _terms_of(term, factor)
            return
        case Product(factors=(Constant(value=value), *others)):
            yield from _terms_of(multiplied(others), factor * value)
            return
        case Quantity(unit="degree"):
            yield from _terms_of(_in_radians(tree), factor)
            return
        case Constant(value=value):
            factor, rest = factor * value, None
        case _:
            pass
    if factor.numerator.bit_length() + factor.denominator.bit_length() > _FACTOR_BITS:
        raise _NoLawError
    if factor:
        yield factor, rest


def _in_radians(tree: Quantity) -> Tree:
    return multiplied([Constant(Fraction(1, 180)), tree.value, _PI])
