"""Values of trees with sums, products and integrals, in ball arithmetic.

A ball is a proof: the value lies in it. A wide ball says nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, applied, ball, value_of
from rlvr_math.comparing.equality.influence import size_of
from rlvr_math.comparing.operators.endless import endless_product, endless_sum
from rlvr_math.comparing.operators.improper import Improper, infinite_place, limit_of
from rlvr_math.comparing.operators.resolving import whole_range
from rlvr_math.limits import INTEGRAND_LIMIT, TERMS_LIMIT, WIDE_INTEGRAND_LIMIT, Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Quantity,
    Sum,
    Symbol,
    Tree,
    children,
    inverted,
    multiplied,
    negated,
    renamed,
    symbols_in,
)

Places = Mapping[str, Any]

# Functions that FLINT continues analytically from the real line, and says where it cannot.
_REAL = {"abs": "real_abs", "sgn": "real_sgn", "floor": "real_floor", "ceil": "real_ceil"}
_WITHOUT_BRANCH = frozenset("sin cos tan exp sinh cosh tanh".split())
_EXTREMES = {"max": "real_max", "min": "real_min"}
_LOGARITHMS = frozenset({"ln", "log", "lg"})
# Functions without a derivative as functions of a complex number.
_CONJUGATES = frozenset({"conj", "overline", "bar"})
_NOT_ANALYTIC = _CONJUGATES | {"re", "im", "arg", "lambertw", "bessely"}
# Inverse functions whose cuts lie on the real or on the imaginary axis: outside or inside the unit disc, or below one.
_CUTS = {
    "arcsin": ("real", "outside"), "arccos": ("real", "outside"), "arctanh": ("real", "outside"),
    "arctan": ("imaginary", "outside"), "arcsinh": ("imaginary", "outside"), "arccot": ("imaginary", "inside"),
    "arccsch": ("imaginary", "inside"), "arcsec": ("real", "inside"), "arccsc": ("real", "inside"),
    "arccoth": ("real", "inside"), "arccosh": ("real", "below"), "arcsech": ("real", "all"),
}  # fmt: skip
# A term so near to the working precision is swallowed: its sum does not show it.
SWALLOWED_BITS = 48
# Takes the place of a letter that an operator binds, which is not counted among those of a tree.
_FREE = Symbol("~n")
# How many bits of the working precision may be lost to the radius of a ball. An improper integral takes time in
# proportion to what is left, which are 26 digits and those of the numbers written.
LOST_BITS = 64
IMPROPER_LOST_BITS = 104


class HiddenTermError(UndecidedError):
    """A term is too small to be seen; says how many bits show it."""

    def __init__(self, bits: int) -> None:
        super().__init__("a term is too small to be seen in its sum")
        self.bits = bits


class Evaluation:
    """One evaluation: its budget, its precision, and the sums in which a term was never seen.

    Args:
        steps: The budget.
        bits: The working precision.
        shows_terms: Whether a sum or integral is refused if it does not show its smallest terms.
    """

    def __init__(self, steps: Steps, bits: int, *, shows_terms: bool = False) -> None:
        self.steps = steps
        self.bits = bits
        self.shows_terms = shows_terms
        self.lost_bits = LOST_BITS
        self._hidden: dict[int, Tree] = {}
        self._seen: set[int] = set()

    def value(self, tree: Tree, places: Places) -> Any:
        """Return a ball around the value where the symbols have the given values; within ``precision``.

        Raises:
            UndecidedError: A part has no value here, or a term is never seen.
            OverLimitError: The budget is used up.
        """
        self._hidden, self._seen = {}, set()
        found = self._value(tree, places, analytic=False)
        if self._hidden.keys() - self._seen:
            raise UndecidedError("a term is too small to be seen in its sum")
        return found

    def _value(self, tree: Tree, places: Places, *, analytic: bool) -> Any:
        self.steps.spend()
        match tree:
            case Constant(value=value):
                return ball(value)
            case Symbol(name=name):
                return places[name] if name in places else value_of(tree, {}, self.steps)
            case Sum():
                return self._sum(tree, places, analytic=analytic)
            case Product(factors=factors):
                values = [self._value(factor, places, analytic=analytic) for factor in factors]
                return math.prod(values[1:], start=values[0])
            case Power(base=Call(name="tan", arguments=(angle,)), exponent=exponent) if analytic:
                quotient = multiplied([Call("sin", (angle,)), inverted(Call("cos", (angle,)))])
                return self._value(Power(quotient, exponent), places, analytic=True)
            case Power(base=Product() | Power() as base, exponent=Constant(value=power)) if (
                analytic and power.denominator != 1
            ):
                return self._power_of_product(base, tree.exponent, places)
            case Power(base=base, exponent=exponent):
                return self._power(self._value(base, places, analytic=analytic), exponent, places, analytic=analytic)
            case Quantity(value=value, unit="%" | "degree" as unit):
                share = self._value(value, places, analytic=analytic)
                return share / 100 if unit == "%" else share * _acb().pi() / 180
            case Call():
                return self._call(tree, places, analytic=analytic)
            case _:
                raise UndecidedError(f"no value: {type(tree).__name__}")

    def _sum(self, tree: Sum, places: Places, *, analytic: bool) -> Any:
        values = [self._value(term, places, analytic=analytic) for term in tree.terms]
        sizes = [abs(value).upper() for value in values]
        largest = max(sizes)
        visible = all(size == 0 or size * 2 ** (self.bits - SWALLOWED_BITS) > largest for size in sizes)
        if visible:
            self._seen.add(id(tree))
        else:
            self._hidden[id(tree)] = tree
        return sum(values[1:], values[0])

    def _power_of_product(self, base: Product | Power, exponent: Tree, places: Places) -> Any:
        """Raise a product or quotient to a power: factor by factor if all are positive, which keeps balls small."""
        values: list[tuple[Any, bool]] = []
        for factor in base.factors if isinstance(base, Product) else (base,):
            match factor:
                case Power(base=inner, exponent=inverse) if inverse == MINUS_ONE:
                    values.append((self._value(inner, places, analytic=True), True))
                case _:
                    values.append((self._value(factor, places, analytic=True), False))
        if not all(value.real > 0 for value, _ in values):
            return self._power(self._value(base, places, analytic=True), exponent, places, analytic=True)
        powers = [(self._power(value, exponent, places, analytic=True), is_divisor) for value, is_divisor in values]
        return math.prod(1 / power if is_divisor else power for power, is_divisor in powers)

    def _power(self, base: Any, exponent: Tree, places: Places, *, analytic: bool) -> Any:
        try:
            exact = rational_of(exponent)
        except UndefinedError:
            return _nan()
        if exact is None:
            if base == 0 and places:  # near an end where x^x tends to one, it is not analytic
                return _nan()
            return base.pow(self._value(exponent, places, analytic=analytic), analytic=analytic)
        if exact.denominator == 1:
            return base ** int(exact)
        if exact == Fraction(1, 2):
            return base.sqrt(analytic=analytic)
        # The odd root of a negative number is the real one, as schools have it.
        if not analytic and exact.denominator % 2 and base.imag == 0 and base.real < 0:
            root = (-base) ** ball(exact)
            return -root if exact.numerator % 2 else root
        return base.pow(ball(exact), analytic=analytic)

    def _series(self, tree: Call, places: Places, *, analytic: bool) -> Any:
        """Evaluate a sum or product of a known number of terms, one by one."""
        body, letter, low, high = tree.arguments
        if infinite_place(high) or infinite_place(low):
            return self._endless(tree, places)
        numbers = whole_range(self._whole(low, places), self._whole(high, places), TERMS_LIMIT)
        if numbers is None or not isinstance(letter, Symbol):
            raise UndecidedError("a sum or product without a known number of terms")
        neutral = _acb()(int(tree.name == "prod"))
        total, changes = neutral, []
        for number in numbers:
            value = self._value(body, {**places, letter.name: _acb()(number)}, analytic=analytic)
            total = total * value if tree.name == "prod" else total + value
            changes.append(value - neutral)
        if not places:
            self._check_seen(changes, neutral if tree.name == "prod" else total)
        return total

    def _check_seen(self, parts: list[Any], total: Any) -> None:
        """Raise an error if a part is so small that its sum does not show it, and neither that it was left out."""
        if not self.shows_terms:
            return
        sizes = [size for part in parts if not part.contains(0) and (size := size_of(part)) is not None]
        below = (size_of(total) or 0) - min(sizes, default=0) if sizes else 0
        if below > self.bits - SWALLOWED_BITS:
            raise HiddenTermError(below + LOST_BITS)

    def _endless(self, tree: Call, places: Places) -> Any:
        body, index, low, high = tree.arguments
        letter = _FREE
        body = renamed(body, {index.name: letter}) if isinstance(index, Symbol) else body
        if infinite_place(high) != 1 or places:
            raise UndecidedError("a sum or product without a first term")
        if infinite_place(low) == -1:  # upwards from zero, and downwards from minus one
            mirrored = renamed(body, {letter.name: negated(letter)})
            halves = (Call(tree.name, (body, letter, ZERO, high)), Call(tree.name, (mirrored, letter, ONE, high)))
            one, other = (self._endless(half, places) for half in halves)
            return one + other if tree.name == "sum" else one * other
        first = self._whole(low, places)
        if not isinstance(first, Constant) or first.value.denominator != 1 or abs(first.value) > TERMS_LIMIT:
            raise UndecidedError("a sum or product without a first term")
        if tree.name == "prod":
            return endless_product(body, letter.name, int(first.value), self.steps)
        return endless_sum(body, letter.name, int(first.value), self._constant, self.steps)

    def _limit(self, tree: Call, places: Places) -> Any:
        if places:
            raise UndecidedError("a limit within another operator")
        body, letter, place = tree.arguments
        freed = renamed(body, {letter.name: _FREE}) if isinstance(letter, Symbol) else body
        return limit_of(Call(tree.name, (freed, _FREE, place)), self._constant, self.steps)

    def _constant(self, tree: Tree) -> Any:
        return self._value(tree, {}, analytic=False)

    def _whole(self, bound: Tree, places: Places) -> Tree:
        """Return a bound as a constant if its value is a whole number here."""
        if isinstance(bound, Constant) or not symbols_in(bound) <= places.keys():
            return bound
        whole = self._value(bound, places, analytic=False).unique_fmpz()
        return bound if whole is None else Constant(Fraction(int(whole)))

    def _integral(self, tree: Call, places: Places, *, analytic: bool) -> Any:
        body, letter, low, high = tree.arguments
        if not isinstance(letter, Symbol) or (_is_complex(body) and not _is_meromorphic(body)):
            raise UndecidedError("an integral over complex values")

        def integrand(place: Any, asked: object) -> Any:
            return self._value(body, {**places, letter.name: place}, analytic=bool(asked) or analytic)

        is_infinite = infinite_place(low) or infinite_place(high)
        ends = [] if is_infinite else [self._value(end, places, analytic=analytic) for end in (low, high)]
        if not all(end.is_finite() for end in ends):
            return _nan()
        if not places and (is_infinite or not all(integrand(end, asked=False).is_finite() for end in ends)):
            self.lost_bits = IMPROPER_LOST_BITS
            freed = renamed(body, {letter.name: _FREE})
            goal = 2.0 ** -(self.bits - IMPROPER_LOST_BITS + 12)
            return Improper(freed, _FREE, self._constant, integrand, goal, self.steps).between(low, high)
        if is_infinite:
            raise UndecidedError("an improper integral within another operator")
        # Within a wide ball of an outer integral's letter, precision is work for nothing.
        width = max((float(place.rad()) for place in places.values()), default=0.0)
        goal, limit = 2.0 ** -(self.bits - 32), INTEGRAND_LIMIT
        if width > goal:
            goal, limit = 2 * width, WIDE_INTEGRAND_LIMIT
        total = _acb().integral(integrand, *ends, rel_tol=goal, abs_tol=goal, eval_limit=limit)
        if not places:
            self._check_seen([integrand(end, asked=False) for end in ends], total)
        return total

    def _call(self, tree: Call, places: Places, *, analytic: bool) -> Any:
        match tree.name:
            case "sum" | "prod":
                return self._series(tree, places, analytic=analytic)
            case "limit" | "limit+" | "limit-":
                return self._limit(tree, places)
            case "integral":
                return self._integral(tree, places, analytic=analytic)
            case _:
                return self._function(tree, places, analytic=analytic)

    def _function(self, tree: Call, places: Places, *, analytic: bool) -> Any:
        name = tree.name
        values = [self._value(argument, places, analytic=analytic) for argument in tree.arguments]
        if name in _EXTREMES and values and analytic:
            total = values[0]
            for value in values[1:]:
                total = getattr(total, _EXTREMES[name])(value, analytic=True)
            return total
        if name in _LOGARITHMS:
            return _logarithm(name, [value.log(analytic=analytic) for value in values])
        if name in _CONJUGATES and not analytic:
            return values[0].conjugate()
        if not analytic:
            return applied(tree, values, self.steps)
        if len(values) == 1 and name in _REAL:
            return getattr(values[0], _REAL[name])(analytic=True)
        if name in _NOT_ANALYTIC or (name in _CUTS and _touches_cut(values[0], *_CUTS[name])):
            return _nan()
        return applied(tree, values, self.steps)


def _logarithm(name: str, logarithms: list[Any]) -> Any:
    if name == "lg":
        return logarithms[0] / _acb()(10).log()
    return logarithms[0] / logarithms[1] if len(logarithms) > 1 else logarithms[0]


def _is_meromorphic(tree: Tree) -> bool:
    """Return whether a tree has poles at most: whole powers, powers of e, and functions without a branch."""
    match tree:
        case Power(base=Symbol(name="e"), exponent=exponent):
            return _is_meromorphic(exponent)
        case Power(base=base, exponent=Constant(value=value)):
            return value.denominator == 1 and _is_meromorphic(base)
        case Power():
            return False
        case Call(name=name) if name not in _WITHOUT_BRANCH:
            return False
        case _:
            return all(map(_is_meromorphic, children(tree)))


def _touches_cut(value: Any, axis: str, where: str) -> bool:
    """Return whether a ball touches the line along which an inverse function jumps."""
    along, across = (value.real, value.imag) if axis == "real" else (value.imag, value.real)
    if not across.contains(0):
        return False
    match where:
        case "outside":
            return not (abs(along) < 1)
        case "inside":
            return not (abs(along) > 1)
        case "below":
            return not (along > 1)
        case _:
            return True


def _is_complex(tree: Tree) -> bool:
    return "i" in symbols_in(tree)


def _acb() -> Any:
    import flint

    return flint.acb


def _nan() -> Any:
    return _acb()("nan")
