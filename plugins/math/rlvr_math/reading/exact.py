"""Fold a tree of constants into one exact rational, within bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from rlvr import lazy_pattern
from rlvr_math.limits import EXACT_BITS_LIMIT, FACTORIAL_LIMIT
from rlvr_math.reading.tree import Call, Constant, Power, Product, Quantity, Sum, Tree, nodes_of


class UndefinedError(ValueError):
    """A division by zero and its like: never equal to anything."""


def rational_of(tree: Tree) -> Fraction | None:
    """Return the rational that a tree is; None if it is not one, or too long to write out.

    Raises:
        UndefinedError: It divides by zero.
    """
    match tree:
        case Constant(value=value):
            return value
        case Sum(terms=parts):
            return _folded(parts, Fraction(0), product=False)
        case Product(factors=parts):
            return _folded(parts, Fraction(1), product=True)
        case Power(base=base, exponent=exponent):
            return _power(rational_of(base), rational_of(exponent))
        case Quantity(value=value, unit="%"):
            inner = rational_of(value)
            return None if inner is None else inner / 100
        case Call(name=name, arguments=arguments):
            return _called(name, arguments)
        case _:
            return None


def _folded(parts: tuple[Tree, ...], value: Fraction, *, product: bool) -> Fraction | None:
    for part in parts:
        each = rational_of(part)
        if each is None or _bits(each) + _bits(value) > EXACT_BITS_LIMIT:
            return None
        value = value * each if product else value + each
    return value


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _power(base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if exponent is None or base is None:
        return None
    if not base and exponent <= 0:
        if exponent < 0:
            raise UndefinedError("zero to a negative power")
        return Fraction(1)
    if exponent.denominator != 1:
        return _root(base, exponent)
    if abs(exponent) * _bits(base) > EXACT_BITS_LIMIT and abs(base) not in {0, 1}:
        return None
    return base ** int(exponent)


def _root(base: Fraction, exponent: Fraction) -> Fraction | None:
    """Return a square root that is rational; other roots are left to balls."""
    if exponent.denominator != 2 or base < 0 or abs(exponent.numerator) * _bits(base) > EXACT_BITS_LIMIT:  # noqa: PLR2004  # square root
        return None
    top, bottom = math.isqrt(base.numerator), math.isqrt(base.denominator)
    if top * top != base.numerator or bottom * bottom != base.denominator:
        return None
    return Fraction(top, bottom) ** exponent.numerator


def _called(name: str, arguments: tuple[Tree, ...]) -> Fraction | None:
    if name not in _EXACT and not _FACTORIAL.fullmatch(name) and not _VALUATION.fullmatch(name):
        return None
    if name == "mod" and len(arguments) == 2:  # noqa: PLR2004  # a number and its modulus
        arguments = _with_inverse(*arguments), arguments[1]
    values = [rational_of(argument) for argument in arguments]
    if not values or any(value is None for value in values):
        return None
    known = [value for value in values if value is not None]
    return _applied(name, known)


def _with_inverse(tree: Tree, modulus: Tree) -> Tree:
    """Return a negative power of a whole number as the power of its inverse modulo another: 3^{-1} mod 11 is 4."""
    match tree, modulus:
        case Power(base=Constant(value=base), exponent=Constant(value=exponent)), Constant(value=value) if (
            base.denominator == exponent.denominator == value.denominator == 1
            and -EXACT_BITS_LIMIT < exponent < 0
            and value > 1
            and math.gcd(int(base), int(value)) == 1
        ):
            return Constant(Fraction(pow(int(base), int(exponent), int(value))))
        case _:
            return tree


def _applied(name: str, known: list[Fraction]) -> Fraction | None:
    if name in {"max", "min"}:
        return max(known) if name == "max" else min(known)
    if len(known) == 1 and name in _ROUNDINGS:
        return Fraction(_ROUNDINGS[name](known[0]))
    if any(value.denominator != 1 for value in known) or (name == "binom" and known[0] < 0):
        return _generalized_binomial(*known) if name == "binom" and len(known) == 2 else None  # noqa: PLR2004
    whole = [int(value) for value in known]
    match name, whole:
        case "gcd", _:
            return Fraction(math.gcd(*whole))
        case "lcm", _:
            return Fraction(math.lcm(*whole))
        case "mod", [number, modulus] if modulus > 0:
            return Fraction(number % modulus)
        case (("phi" | "sigma" | "sigma_0" | "sigma_1" | "tau" | "mu"), [number]) if 0 < number < _FACTORED_LIMIT:
            return Fraction(_of_divisors(name, number))
        case _, [number] if number and (prime := _VALUATION.fullmatch(name)):
            return _valuation(int(prime[1]), number)
        case _, [number, *others] if 0 <= number <= FACTORIAL_LIMIT:
            return _counted(name, number, others)
        case _:
            return None


def _generalized_binomial(above: Fraction, chosen: Fraction) -> Fraction | None:
    """Return a binomial coefficient whose upper number is negative or no whole number."""
    length = above.numerator.bit_length() + above.denominator.bit_length()
    if chosen.denominator > 1 or not 0 <= chosen <= FACTORIAL_LIMIT or length * chosen > EXACT_BITS_LIMIT:
        return None
    return math.prod(((above - index) / (index + 1) for index in range(int(chosen))), start=Fraction(1))


def _counted(name: str, number: int, others: list[int]) -> Fraction | None:
    """Return a factorial, simple or multiple, or a number of combinations or permutations."""
    match name, others:
        case "binom", [chosen] if chosen >= 0:
            return Fraction(math.comb(number, chosen))
        case "nPr", [chosen] if chosen >= 0:
            return Fraction(math.perm(number, chosen))
        case _, [] if name.startswith("factorial"):
            step = int(name.removeprefix("factorial") or 1)
            return Fraction(math.prod(range(number, 0, -step)))
        case _:
            return None


def _of_divisors(name: str, number: int) -> int:
    """Return what number theory counts of a whole number: coprime numbers below, divisors, their sum, Möbius's sign."""
    factors = factors_of(number)
    match name:
        case "phi":
            return math.prod((prime - 1) * prime ** (times - 1) for prime, times in factors)
        case "tau" | "sigma_0":
            return math.prod(times + 1 for _, times in factors)
        case "mu":
            return 0 if any(times > 1 for _, times in factors) else (-1) ** len(factors)
        case _:
            return math.prod((prime ** (times + 1) - 1) // (prime - 1) for prime, times in factors)


def factors_of(number: int) -> list[tuple[int, int]]:
    """Return the primes of a positive whole number below 2^64, and how often each divides it."""
    import flint

    return [(int(prime), int(times)) for prime, times in flint.fmpz(number).factor()]


def divisors_of(number: int) -> list[int]:
    """Return the positive divisors of a positive whole number below 2^64."""
    found = [1]
    for prime, times in factors_of(number):
        found = [each * prime**power for each in found for power in range(times + 1)]
    return sorted(found)


def _valuation(prime: int, number: int) -> Fraction | None:
    """Return how often a prime divides a number; None if it is no prime."""
    if prime < 2 or any(prime % each == 0 for each in range(2, math.isqrt(prime) + 1)):  # noqa: PLR2004  # the first prime
        return None
    times = 0
    while number % prime == 0:
        number //= prime
        times += 1
    return Fraction(times)


_EXACT = frozenset(
    "factorial binom abs floor ceil gcd lcm mod max min nPr phi sigma sigma_0 sigma_1 tau mu sgn".split()
)
# How often a prime divides a number, by its name: \\nu_2(24), v_3(18).
_VALUATION = lazy_pattern(r"(?:nu|v)_(\d{1,4})")
_FACTORIAL = lazy_pattern(r"factorial\d{1,2}")
# These functions factor their argument; so many bits take some milliseconds.
_FACTORED_LIMIT = 2**64
_ROUNDINGS: dict[str, Callable[[Fraction], Fraction | int]] = {
    "abs": abs, "floor": math.floor, "ceil": math.ceil,
    "sgn": lambda value: (value > 0) - (value < 0),
}  # fmt: skip


def _is_positive(tree: Tree) -> bool:
    return isinstance(tree, Constant) and tree.value.numerator > 0


def is_defined(tree: Tree) -> bool:
    """Say whether a tree divides by no zero that can be seen."""
    try:
        for each in nodes_of(tree):
            if type(each) is Power and not _is_positive(each.exponent):
                rational_of(each)
    except UndefinedError:
        return False
    return True
