"""The factors of an expression: of a fraction of polynomials in its letters and in what is no polynomial."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import precision
from rlvr_math.comparing.equality.domains import exponent_of
from rlvr_math.comparing.polynomials import coefficients_in
from rlvr_math.reading.tree import (
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    key_of,
    multiplied,
)

# Honest radicands have a few terms; factoring larger polynomials takes its time.
TERMS_LIMIT = 64
DEGREE_LIMIT = 48
ATOMS_LIMIT = 12
SEVERAL_DEGREE_LIMIT = 16  # of a polynomial in several letters
BITS_LIMIT = 1_024
# The degree in sine and cosine of what is written by half the angle, which doubles it.
_HALVED_DEGREE_LIMIT = 4
# A linear expression with larger numbers is factored as all others are.
SEEN_LIMIT = 1 << 64
# Functions as fractions of two others, between which a square is known.
_QUOTIENTS = {
    "tan": ("sin", "cos"), "cot": ("cos", "sin"), "sec": ("", "cos"), "csc": ("", "sin"),
    "tanh": ("sinh", "cosh"), "coth": ("cosh", "sinh"), "sech": ("", "cosh"), "csch": ("", "sinh"),
}  # fmt: skip
# cos^2 = 1 - sin^2 and cosh^2 = 1 + sinh^2: the function, the other one, and the sign of its square.
_SQUARES = (("cos", "sin", -1), ("sin", "cos", -1), ("cosh", "sinh", 1))
# By s and c of half an argument: sin = 2sc, cos = c^2 - s^2, sinh = 2sc, cosh = c^2 + s^2; the sign of s^2 in the
# latter, and that in one, which is s^2 + c^2 or c^2 - s^2.
_HALVES = (("sin", "cos", -1, 1), ("sinh", "cosh", 1, -1))
_HALF = Constant(Fraction(1, 2))


class TooLargeError(ValueError):
    """The expression has too many terms to be factored."""


class Factor(NamedTuple):
    """An irreducible factor: its tree, its multiplicity (negative in a denominator), and its polynomial."""

    tree: Tree
    times: int
    letters: frozenset[str]
    atoms: tuple[str, ...]
    coefficients: tuple[tuple[tuple[int, ...], int], ...]

    @property
    def key(self) -> str:
        """Return what makes two factors the same."""
        return key_of(self.tree)


@cache
def _flint() -> Any:
    import flint

    return flint


@lru_cache(maxsize=512)
def factors_of(tree: Tree) -> tuple[Fraction, tuple[Factor, ...]]:
    """Factor an expression: its rational constant, and its factors with their multiplicities.

    Raises:
        TooLargeError: It has too many terms, or it divides by zero.
    """
    match tree:
        case Product(factors=parts):
            found = [(*factors_of(part), 1) for part in parts]
        case Power(base=base) if _is_whole(tree):
            found = [(*factors_of(base), int(exponent_of(tree)))]
        case _:
            return _factor_of_linear(tree) or _factors_of_sum(tree)
    constant = Fraction(1)
    factors: dict[str, Factor] = {}
    for value, others, power in found:
        if (not value and power < 0) or abs(value.numerator).bit_length() * abs(power) > BITS_LIMIT:
            raise TooLargeError
        constant *= value**power
        for each in others:
            times = each.times * power + (factors[each.key].times if each.key in factors else 0)
            factors[each.key] = each._replace(times=times)
    return constant, tuple(factor for factor in factors.values() if factor.times)


def _factor_of_linear(tree: Tree) -> tuple[Fraction, tuple[Factor, ...]] | None:
    """Factor a multiple of one letter, with or without a number added, which most arguments are; None for others."""
    letter, slope, offset = "", Fraction(0), Fraction(0)
    for term in tree.terms if isinstance(tree, Sum) else (tree,):
        match term:
            case Constant(value=value):
                offset += value
            case Symbol(name=name) if letter in {"", name}:
                letter, slope = name, slope + 1
            case Product(factors=(Constant(value=value), Symbol(name=name))) if letter in {"", name}:
                letter, slope = name, slope + value
            case _:
                return None
    scale = math.lcm(slope.denominator, offset.denominator)
    above, below = int(slope * scale), int(offset * scale)
    if not above or max(scale, abs(above), abs(below)) >= SEEN_LIMIT:
        return None
    content = math.gcd(above, below) * (1 if above > 0 else -1)
    terms = [((power,), value // content) for power, value in ((1, above), (0, below)) if value]
    first: list[Tree] = [Constant(Fraction(above // content)), Symbol(letter)]
    factor = added([multiplied(first), Constant(Fraction(below // content))])
    return Fraction(content, scale), (Factor(factor, 1, frozenset({letter}), (letter,), tuple(terms)),)


def _factors_of_sum(tree: Tree) -> tuple[Fraction, tuple[Factor, ...]]:
    r"""Factor a sum: as it is written, and as a square if that is seen otherwise.

    ``1-\sin(u)^2`` is ``\cos(u)^2``, and ``1+\cos(u)`` is twice the square of ``\cos(u/2)``.
    """
    atoms = atoms_in(tree)
    calls = [each for each in atoms.values() if isinstance(each, Call)]
    if isinstance(tree, Sum):
        for call in calls:
            for pair in _HALVES:
                if call.name in pair:
                    for half in _halves_of(pair, call):
                        atoms.setdefault(key_of(half), half)
    for call in calls:
        for name, other, _ in _SQUARES:
            if call.name == name:
                twin = Call(other, call.arguments)
                atoms.setdefault(key_of(twin), twin)
    if len(atoms) > ATOMS_LIMIT:
        raise TooLargeError
    ring = Ring(atoms)
    top, bottom = ring.fraction(tree)
    found = [ring.factored(numerator, bottom) for numerator in ring.written_otherwise(top)]
    return next((each for each in found if any(factor.times % 2 == 0 for factor in each[1])), found[0])


def atoms_in(tree: Tree) -> dict[str, Tree]:
    """Return what the polynomials of an expression are made of, by its keys."""
    atoms: dict[str, Tree] = {}
    _collect(tree, atoms)
    return atoms


def _halves_of(pair: tuple[str, str, int, int], call: Call) -> tuple[Call, Call]:
    """Return a function and its twin of half the argument."""
    arguments = (multiplied([_HALF, *call.arguments]),)
    return Call(pair[0], arguments), Call(pair[1], arguments)


def _collect(tree: Tree, atoms: dict[str, Tree]) -> None:
    """Collect what the polynomials are made of."""
    match tree:
        case Constant():
            return
        case Sum() | Product():
            for child in children(tree):
                _collect(child, atoms)
        case _:
            for part, _ in powers_in(tree):
                if part == tree:
                    atoms[key_of(tree)] = tree
                else:
                    _collect(part, atoms)


def powers_in(tree: Tree) -> list[tuple[Tree, int]]:
    """Return the whole powers whose product a tree is: ``e^{2x+1}`` is the square of ``e^x``, times ``e``."""
    match tree:
        case Power(base=base) if _is_whole(tree):
            return [(base, int(exponent_of(tree)))]
        case Power():
            return [
                (part.base, int(exponent_of(part))) if _is_whole(part) else _without_factor(part)
                for part in _split(tree)
            ]
        case Call(name=name, arguments=arguments) if name in _QUOTIENTS:
            above, below = _QUOTIENTS[name]
            return [*([(Call(above, arguments), 1)] if above else []), (Call(below, arguments), -1)]
        case _:
            return [(tree, 1)]


def _is_whole(tree: Power) -> bool:
    power = exponent_of(tree)
    return power is not None and power.denominator == 1 and abs(power) <= DEGREE_LIMIT


def _split(tree: Power) -> Iterator[Power]:
    """Split ``e^{2x+1}`` into powers of one exponent each."""
    exponents = tree.exponent.terms if isinstance(tree.exponent, Sum) else (tree.exponent,)
    for exponent in exponents:
        yield Power(tree.base, exponent)


def _without_factor(tree: Power) -> tuple[Power, int]:
    """Split the whole factor off an exponent: 2 of ``e^{2x}``, 3 of ``x^{3/2}``."""
    match tree.exponent.factors if isinstance(tree.exponent, Product) else (tree.exponent,):
        case (Constant(value=value), *others) if 0 < abs(value.numerator) <= DEGREE_LIMIT:
            return Power(tree.base, multiplied([Constant(value / value.numerator), *others])), value.numerator
        case _:
            return tree, 1


class Ring:
    """Polynomials in some atoms."""

    def __init__(self, atoms: Mapping[str, Tree]) -> None:
        flint = _flint()
        self.keys = tuple(sorted(atoms)) or ("1",)
        self.atoms = atoms
        names = tuple(f"v{index}" for index in range(len(self.keys)))
        self.context = flint.fmpz_mpoly_ctx.get(names, flint.Ordering.lex)
        self.generators = dict(zip(self.keys, self.context.gens(), strict=True))
        self.one = self.context.constant(1)

    def fraction(self, tree: Tree) -> tuple[Any, Any]:
        """Return the numerator and the denominator of a tree."""
        match tree:
            case Constant(value=value):
                if value.numerator.bit_length() + value.denominator.bit_length() > BITS_LIMIT:
                    raise TooLargeError
                return self.one * value.numerator, self.one if value.denominator == 1 else self.one * value.denominator
            case Symbol(name=name):
                return self.generators[name], self.one
            case Sum(terms=parts):
                return self._sum(parts)
            case Product(factors=parts):
                top, bottom = self.one, self.one
                for part in parts:
                    top, bottom = self._times((top, bottom), self.fraction(part))
                return top, bottom
            case _:
                return self._product(tree)

    def _product(self, tree: Tree) -> tuple[Any, Any]:
        top, bottom = self.one, self.one
        for part, power in powers_in(tree):
            quotient = (self.generators[key_of(tree)], self.one) if part == tree else self.fraction(part)
            top, bottom = self._times((top, bottom), quotient if power == 1 else self._power(*quotient, power))
        return top, bottom

    def _times(self, one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
        """Multiply two fractions, of which most have no denominator."""
        (top, bottom), (above, below) = one, other
        return (
            _checked(above if top is self.one else top * above),
            bottom if below is self.one else _checked(bottom * below),
        )

    def _sum(self, parts: tuple[Tree, ...]) -> tuple[Any, Any]:
        top, bottom = self.one * 0, self.one
        for part in parts:
            above, below = self.fraction(part)
            if below == bottom:
                top = top + above
            else:
                top, bottom = _checked(top * below + above * bottom), _checked(bottom * below)
        return top, bottom

    def _power(self, top: Any, bottom: Any, power: int) -> tuple[Any, Any]:
        if (len(top) > 1 or len(bottom) > 1) and abs(power) * max(len(top), len(bottom)) > TERMS_LIMIT:
            raise TooLargeError
        raised = _checked(top ** abs(power)), _checked(bottom ** abs(power))
        return raised if power >= 0 else raised[::-1]

    def written_otherwise(self, polynomial: Any) -> Iterator[Any]:
        """Yield a polynomial as it is, and with the squares of one function written by its twin."""
        yield polynomial
        calls = [(key, atom) for key, atom in self.atoms.items() if isinstance(atom, Call)]
        for key, atom in sorted(calls):
            for name, other, sign in _SQUARES:
                if atom.name == name:
                    twin = self.generators[key_of(Call(other, atom.arguments))]
                    reduced = self._reduced(polynomial, key, self.one + sign * twin**2)
                    if reduced is not None and reduced != polynomial:
                        yield reduced
        for _, atom in calls:
            for pair in _HALVES:
                if atom.name in pair:
                    halved = self._halved(polynomial, pair, atom)
                    if halved is not None:
                        yield halved

    def _halved(self, polynomial: Any, pair: tuple[str, str, int, int], atom: Call) -> Any:
        """Write two functions by those of half the argument, so that all terms have one degree in these.

        Returns:
            None if the polynomial does not hold the functions, or no generators for their halves.
        """
        keys = [key_of(Call(name, atom.arguments)) for name in pair[:2]]
        halves = [key_of(half) for half in _halves_of(pair, atom)]
        if not all(key in self.generators for key in (*keys, *halves)):
            return None
        sine, cosine = (self.generators[key] for key in halves)
        places = [self.keys.index(key) for key in keys]
        terms = polynomial.to_dict().items()
        degree = max((sum(powers[place] for place in places) for powers, _ in terms), default=0)
        if not 0 < degree <= _HALVED_DEGREE_LIMIT:
            return None
        total = self.one * 0
        for powers, coefficient in terms:
            sines, cosines = (powers[place] for place in places)
            rest = [0 if index in places else power for index, power in enumerate(powers)]
            total = total + (
                self.context.from_dict({tuple(rest): coefficient})
                * (2 * sine * cosine) ** sines
                * (cosine**2 + pair[2] * sine**2) ** cosines
                * (cosine**2 + pair[3] * sine**2) ** (degree - sines - cosines)
            )
        return _checked(total)

    def _reduced(self, polynomial: Any, key: str, square: Any) -> Any:
        """Put a polynomial in the place of the square of a generator; None if odd powers are left."""
        index = self.keys.index(key)
        total = self.one * 0
        for exponents, coefficient in polynomial.to_dict().items():
            power = exponents[index]
            if power % 2:
                return None
            rest = list(exponents)
            rest[index] = 0
            total = total + self.context.from_dict({tuple(rest): coefficient}) * square ** (power // 2)
        return _checked(total)

    def factored(self, top: Any, bottom: Any) -> tuple[Fraction, tuple[Factor, ...]]:
        """Return the constant and the factors of a fraction."""
        if top == 0:
            return Fraction(0), ()
        (above, tops), (below, bottoms) = self._irreducible(top), self._irreducible(bottom) if bottom != 1 else (1, [])
        times: dict[str, tuple[Any, int]] = {}
        for factors, sign in ((tops, 1), (bottoms, -1)):
            for factor, count in factors:
                times[str(factor)] = factor, times.get(str(factor), (factor, 0))[1] + sign * count
        found = tuple(self._factor(factor, count) for factor, count in times.values() if count)
        return Fraction(above, below), found

    def _irreducible(self, polynomial: Any) -> tuple[int, list[tuple[Any, int]]]:
        """Factor a polynomial; FLINT's own order of factors cannot compare numbers beyond 64 bits."""
        used = [index for index, degree in enumerate(polynomial.degrees()) if degree]
        if len(used) > 1:
            if polynomial.total_degree() > SEVERAL_DEGREE_LIMIT:
                raise TooLargeError
            try:
                content, factors = polynomial.factor()
            except OverflowError:
                raise TooLargeError from None
            return int(content), factors
        index = used[0] if used else 0
        coefficients = coefficients_in(polynomial, index)
        if not any(coefficients):
            raise TooLargeError
        content, factors = _flint().fmpz_poly(coefficients).factor()
        return int(content), [(self._of_one(factor, index), count) for factor, count in factors]

    def resultant(self, one: Any, other: Any, key: str) -> Any:
        """Return the resultant of two polynomials by a generator: zero where both have a common zero."""
        return _checked(_checked(one).resultant(_checked(other), f"v{self.keys.index(key)}"))

    def in_one(self, polynomial: Any, key: str) -> Any:
        """Return a polynomial that holds no other generator as one of FLINT in one variable."""
        index = self.keys.index(key)
        coefficients = {int(powers[index]): value for powers, value in _checked(polynomial).to_dict().items()}
        if not coefficients:
            raise TooLargeError
        return _flint().fmpz_poly([coefficients.get(power, 0) for power in range(max(coefficients) + 1)])

    def _of_one(self, polynomial: Any, index: int) -> Any:
        """Return a polynomial in one generator as one of the ring."""
        powers = [0] * len(self.keys)
        terms = {}
        for power, value in enumerate(polynomial.coeffs()):
            powers[index] = power
            terms[tuple(powers)] = value
        return self.context.from_dict(terms)

    def _factor(self, polynomial: Any, count: int) -> Factor:
        terms = tuple((tuple(map(int, powers)), int(value)) for powers, value in polynomial.to_dict().items())
        used = [index for index in range(len(self.keys)) if any(powers[index] for powers, _ in terms)]
        tree = added(
            [
                multiplied(
                    [
                        Constant(Fraction(value)),
                        *(_raised(self.atoms[self.keys[index]], powers[index]) for index in used if powers[index]),
                    ]
                )
                for powers, value in terms
            ]
        )
        atoms = tuple(self.keys[index] for index in used)
        letters = frozenset(key for key in atoms if isinstance(self.atoms[key], Symbol))
        short = tuple((tuple(powers[index] for index in used), value) for powers, value in terms)
        return Factor(tree, count, letters, atoms, short)


def real_zeros(polynomial: Any) -> list[Any]:
    """Return the real zeros of a polynomial of FLINT in one variable, as rationals within its precision."""
    with precision(BITS_LIMIT):
        return [root.real.mid().fmpq() for root, _ in polynomial.complex_roots() if root.imag == 0]


def _raised(tree: Tree, power: int) -> Tree:
    return tree if power == 1 else Power(tree, Constant(Fraction(power)))


def _checked(polynomial: Any) -> Any:
    if len(polynomial) > TERMS_LIMIT or (len(polynomial) and max(polynomial.degrees()) > 2 * DEGREE_LIMIT):
        raise TooLargeError
    return polynomial


def product_of(constant: Fraction, factors: Sequence[Factor]) -> Tree:
    """Multiply a constant and factors."""
    parts = [_raised(factor.tree, factor.times) for factor in factors]
    return multiplied([part for part in (Constant(constant), *parts) if part != ONE] or [ONE])


def is_polynomial_in_one_letter(factor: Factor) -> bool:
    """Say whether a factor is a polynomial in one letter, whose zeros are known exactly."""
    return len(factor.atoms) == 1 == len(factor.letters)


def zeros_of(factor: Factor) -> list[Any]:
    """Return the real zeros of a polynomial in one letter, as rationals of FLINT within its precision."""
    coefficients = [0] * (max(powers[0] for powers, _ in factor.coefficients) + 1)
    for (power,), value in factor.coefficients:
        coefficients[power] = value
    if len(coefficients) == 2:  # noqa: PLR2004  # linear
        return [_flint().fmpq(-coefficients[0], coefficients[1])]
    return real_zeros(_flint().fmpz_poly(coefficients))
