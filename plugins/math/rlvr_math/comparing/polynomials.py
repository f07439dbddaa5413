"""Write expressions as fractions of polynomials, exactly.

Letters are the symbols, and whatever is no sum, product or whole power: a root or a call gets a letter of its own.
python-flint divides, factors and eliminates. Its loops are in C and count no steps, so sizes are capped beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.limits import Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Call, Constant, Power, Product, Quantity, Sum, Symbol, Tree, children, key_of

# Equations that people write stay far below these; factoring what they allow takes some ten milliseconds.
LETTERS_LIMIT = 10
DEGREE_LIMIT = 40
TERMS_LIMIT = 200
BITS_LIMIT = 2_000
ROOT_LIMIT = 12
# Factoring by FLINT may take time that is exponential in the degree: 30 ms at this one, seconds at twice of it.
FACTORED_DEGREE_LIMIT = 12


class Root(NamedTuple):
    """A letter that stands for a root or an absolute value: a power of it is a power of its base."""

    letter: str
    degree: int
    base: Tree
    base_degree: int


class Quotient(NamedTuple):
    """A numerator and a denominator without a common factor, both ``fmpq_mpoly``."""

    above: Any
    below: Any


class Polynomials:
    """Polynomials over the letters of some trees.

    Args:
        trees: What will be written as quotients.
        steps: The budget.

    Raises:
        UndecidedError: There are too many letters, or a tree contains what is no expression.
    """

    def __init__(self, trees: Iterable[Tree], steps: Steps) -> None:
        import flint

        self.steps = steps
        self.letters: dict[str, Tree] = {}
        self.roots: dict[str, Root] = {}
        for tree in trees:
            self._collect(tree)
        if not 0 < len(self.letters) <= LETTERS_LIMIT:
            raise UndecidedError(f"not one to {LETTERS_LIMIT} letters")
        # Letters of answers may hold any sign, so flint gets names of our own.
        self.places = {letter: place for place, letter in enumerate(self.letters)}
        self.context = flint.fmpq_mpoly_ctx.get([f"v{place}" for place in self.places.values()], flint.Ordering.lex)
        self.generators = dict(zip(self.letters, self.context.gens(), strict=True))
        self.one = self.context.constant(1)

    def _collect(self, tree: Tree) -> None:
        """Give each symbol, root and call a letter; what a root is taken of comes before the root."""
        self.steps.spend()
        match tree:
            case Constant():
                pass
            case Symbol(name=name):
                self.letters.setdefault(name, tree)
                if name == "i":
                    self.roots.setdefault(name, Root(name, 2, Constant(Fraction(-1)), 1))
            case Sum() | Product() | Quantity(unit="%"):
                for part in children(tree):
                    self._collect(part)
            case Power(base=base, exponent=exponent):
                self._collect_power(tree, base, exponent)
            case Call(name="abs", arguments=(inner,)):
                self._collect(inner)
                letter = key_of(tree)
                self.letters.setdefault(letter, tree)
                self.roots.setdefault(letter, Root(letter, 2, inner, 2))
            case Call():
                self.letters.setdefault(key_of(tree), tree)
            case _:
                raise UndecidedError(f"no polynomial: {type(tree).__name__}")

    def _collect_power(self, tree: Tree, base: Tree, exponent: Tree) -> None:
        power = _power_of(exponent)
        if power is None:
            self.letters.setdefault(key_of(tree), tree)
            return
        self._collect(base)
        if power.denominator > ROOT_LIMIT:
            raise UndecidedError("a root of a high degree")
        if power.denominator > 1:
            letter = _letter_of_root(base, power.denominator)
            self.letters.setdefault(letter, Power(base, Constant(Fraction(1, power.denominator))))
            self.roots.setdefault(letter, Root(letter, power.denominator, base, 1))

    def quotient(self, tree: Tree) -> Quotient:
        """Write an expression as a quotient.

        Raises:
            UndecidedError: It divides by zero, or grows beyond a limit.
        """
        self.steps.spend()
        match tree:
            case Constant(value=value):
                return Quotient(self._constant(value), self.one)
            case Symbol(name=name):
                return Quotient(self.generators[name], self.one)
            case Quantity(value=value, unit="%"):
                inner = self.quotient(value)
                return Quotient(inner.above / 100, inner.below)
            case Sum(terms=parts):
                return self._folded(parts, self._sum)
            case Product(factors=parts):
                return self._folded(parts, self._product)
            case Power(base=base, exponent=exponent):
                return self._power(tree, base, _power_of(exponent))
            case _:
                return Quotient(self.generators[key_of(tree)], self.one)

    def _constant(self, value: Fraction) -> Any:
        import flint

        return self.checked(self.context.constant(flint.fmpq(value.numerator, value.denominator)))

    def _folded(self, parts: tuple[Tree, ...], join: Any) -> Quotient:
        first, *rest = parts
        whole = self.quotient(first)
        for part in rest:
            whole = join(whole, self.quotient(part))
        return whole

    def _sum(self, one: Quotient, other: Quotient) -> Quotient:
        if one.below == other.below:
            return self._reduced(one.above + other.above, one.below)
        above = self.times(one.above, other.below) + self.times(other.above, one.below)
        return self._reduced(above, self.times(one.below, other.below))

    def _product(self, one: Quotient, other: Quotient) -> Quotient:
        return self._reduced(self.times(one.above, other.above), self.times(one.below, other.below))

    def _power(self, tree: Tree, base: Tree, power: Fraction | None) -> Quotient:
        if power is None:
            return Quotient(self.generators[key_of(tree)], self.one)
        if power.denominator == 1:
            inner = self.quotient(base)
        else:
            inner = Quotient(self.generators[_letter_of_root(base, power.denominator)], self.one)
        if power < 0:
            inner = self.inverted(inner)
        return Quotient(
            self._raised(inner.above, abs(power.numerator)), self._raised(inner.below, abs(power.numerator))
        )

    def inverted(self, quotient: Quotient) -> Quotient:
        """Divide one by a quotient.

        Raises:
            UndecidedError: It is zero.
        """
        if quotient.above.is_zero():
            raise UndecidedError("a division by zero")
        return Quotient(quotient.below, quotient.above)

    def _raised(self, polynomial: Any, power: int) -> Any:
        """Raise by squaring, each product within the limits."""
        result, factor = self.one, polynomial
        while power:
            if power & 1:
                result = self.times(result, factor)
            power >>= 1
            if power:
                factor = self.times(factor, factor)
        return result

    def times(self, one: Any, other: Any) -> Any:
        """Multiply two polynomials of sizes within the limits.

        Raises:
            UndecidedError: The product would exceed one.
        """
        if one.is_one() or other.is_one():
            return other if one.is_one() else one
        self.steps.spend(1 + len(one) * len(other) // 16)
        return self.checked(one * other)

    def checked(self, polynomial: Any) -> Any:
        """Return a polynomial whose sizes are within the limits.

        Raises:
            UndecidedError: They are not.
        """
        if len(polynomial) > TERMS_LIMIT:
            raise UndecidedError("a polynomial of many terms")
        if polynomial.total_degree() > DEGREE_LIMIT:
            raise UndecidedError("a polynomial of a high degree")
        if any(int(each.height_bits()) > BITS_LIMIT for each in polynomial.coeffs()):
            raise UndecidedError("a long coefficient")
        return polynomial

    def _reduced(self, above: Any, below: Any) -> Quotient:
        if below.is_one():
            return Quotient(self.checked(above), below)
        self.steps.spend(1 + (len(above) + len(below)) // 4)
        shared = above.gcd(below)
        if not shared.is_constant():
            above, below = above / shared, below / shared
        return Quotient(self.checked(above), self.checked(below))

    def factors(self, polynomial: Any) -> list[Any]:
        """Return factors without a square, whose zeros are those of a polynomial; irreducible ones if it is small.

        Raises:
            UndecidedError: It is too large.
        """
        self.steps.spend(1 + len(polynomial))
        polynomial = self.checked(polynomial)
        small = polynomial.total_degree() <= FACTORED_DEGREE_LIMIT
        _, found = polynomial.factor() if small else polynomial.factor_squarefree()
        return [factor for factor, _ in found]

    def radical(self, polynomial: Any) -> Any:
        """Return the product of the different irreducible factors, found without factoring.

        Raises:
            UndecidedError: It is too large.
        """
        self.steps.spend(1 + len(polynomial))
        _, found = self.checked(polynomial).factor_squarefree()
        return math.prod((factor for factor, _ in found), start=self.one)

    def without_constant_factor(self, polynomial: Any, constants: frozenset[str]) -> Any:
        """Divide a polynomial by what all its coefficients share, which are polynomials in some of the letters."""
        places = frozenset(self.places[letter] for letter in constants)
        coefficients: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for exponents, coefficient in polynomial.to_dict().items():
            outer = tuple(each for place, each in enumerate(exponents) if place not in places)
            inner = tuple(each if place in places else 0 for place, each in enumerate(exponents))
            coefficients.setdefault(outer, {})[inner] = coefficient
        shared = self.context.constant(0)
        for terms in coefficients.values():
            self.steps.spend()
            shared = shared.gcd(self.context.from_dict(terms))
        return polynomial / shared

    def letters_in(self, polynomial: Any) -> list[str]:
        """Return the letters that a polynomial depends on, in the order of their collection."""
        degrees = polynomial.degrees()
        return [letter for letter, place in self.places.items() if degrees[place] > 0]

    def without_powers_of_roots(self, polynomial: Any) -> Any:
        """Write the squares of square roots, and their like, as what the root is taken of.

        Only roots of what has no denominator are written so.
        """
        for root in reversed(self.roots.values()):
            base = self.quotient(root.base)
            place = self.places[root.letter]
            if not base.below.is_one():
                continue
            power = self._raised(base.above, root.base_degree)
            total = self.context.constant(0)
            for exponents, coefficient in polynomial.to_dict().items():
                whole, rest = divmod(exponents[place], root.degree)
                lower = (*exponents[:place], rest, *exponents[place + 1 :])
                term = self.context.from_dict({lower: coefficient})
                total = self.checked(total + self.times(term, self._raised(power, whole)))
            polynomial = total
        return polynomial


def _power_of(exponent: Tree) -> Fraction | None:
    try:
        return rational_of(exponent)
    except UndefinedError:
        raise UndecidedError("an exponent without a value") from None


def _letter_of_root(base: Tree, degree: int) -> str:
    return f"root {degree} {key_of(base)}"


def coefficients_in(polynomial: Any, place: int) -> list[Any]:
    """Return the coefficients of a polynomial in one generator, the constant one first."""
    found = [0] * (int(polynomial.degrees()[place]) + 1)
    for exponents, coefficient in polynomial.to_dict().items():
        found[exponents[place]] = coefficient
    return found
