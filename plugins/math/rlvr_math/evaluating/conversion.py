"""Convert our trees to objects of sympy, by its constructors only: no text of an answer reaches sympy.

Constructors calculate with numbers as they are called, in C, so that numbers are bounded before each of them.
A sum or product between two numbers is refused: sympy would add up a million fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

import sympy
from sympy import Dummy, Rational

from rlvr_math.evaluating.series import endless_product, endless_sum
from rlvr_math.limits import EVALUATION_EXPONENT, EVALUATION_NUMBER_BITS, EVALUATION_PLACE, FACTORIAL_LIMIT
from rlvr_math.reading.binding import WHOLE_LETTERS
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Call, Constant, Power, Product, Quantity, Sum, Symbol, Tree

# Higher derivatives of products grow beyond every budget.
_ORDER_LIMIT = 8
_DEGREES = 180


class UnconvertibleError(ValueError):
    """A tree that sympy is not asked about; says why."""


class FreeLetters:
    """The letters of a question: each free one becomes ``v0``, ``v1`` and so on.

    Args:
        positive: Free letters stand for positive numbers, else for real ones.
    """

    def __init__(self, *, positive: bool) -> None:
        self._positive = positive
        self._symbols: dict[str, Any] = {}

    def symbol(self, name: str) -> Any:
        """Return the symbol of a free letter."""
        if name not in self._symbols:
            is_whole = {"integer": True} if name in WHOLE_LETTERS else {}
            sign = {"positive": True} if self._positive else {"real": True}
            self._symbols[name] = sympy.Symbol(f"v{len(self._symbols)}", **is_whole, **sign)
        return self._symbols[name]

    @property
    def names(self) -> dict[Any, str]:
        """The name of each symbol."""
        return {symbol: name for name, symbol in self._symbols.items()}


def convert(tree: Tree, letters: FreeLetters) -> Any:
    """Convert a tree, without evaluating its operators.

    Raises:
        UnconvertibleError: It contains something that sympy is not asked about, or a number that is too large.
    """
    return _Conversion(letters, {}).convert(tree)


class _Conversion:
    """Converts within the scope of some bound letters."""

    def __init__(self, letters: FreeLetters, bound: Mapping[str, Any]) -> None:
        self._letters = letters
        self._bound = bound

    def convert(self, tree: Tree) -> Any:
        match tree:
            case Constant(value=value):
                return _number(value)
            case Symbol(name=name):
                return self._symbol(name)
            case Sum(terms=parts):
                return sympy.Add(*map(self.convert, parts))
            case Product(factors=parts):
                return _multiplied([self.convert(part) for part in parts])
            case Power(base=base, exponent=exponent):
                return _power(self.convert(base), self.convert(exponent))
            case Quantity(value=value, unit="%" | "degree" as unit):
                return self.convert(value) * (Rational(1, 100) if unit == "%" else sympy.pi / _DEGREES)
            case Call(name=name, arguments=arguments):
                return self._call(tree, name, arguments)
            case _:
                raise UnconvertibleError(f"{type(tree).__name__} is no expression")

    def _symbol(self, name: str) -> Any:
        if name in self._bound:
            return self._bound[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in _NO_LETTERS:
            raise UnconvertibleError(f"'{name}' is no letter")
        return self._letters.symbol(name)

    def _call(self, tree: Call, name: str, arguments: tuple[Tree, ...]) -> Any:
        match name, arguments:
            case ("sum" | "prod", (body, Symbol(name=letter), low, high)):
                return self._added_up(name, body, letter, (low, high))
            case ("integral", (body, Symbol(name=letter), low, high)):
                bound = Dummy("x", real=True)
                ends = self.convert(low), self.convert(high)
                inside = self._within(letter, bound).convert(body)
                _check_places(inside, ends)
                return sympy.Integral(inside, (bound, *ends))
            case ("antiderivative", (body, Symbol(name=letter))):
                return sympy.Integral(self.convert(body), self._variable(letter))
            case ("limit" | "limit+" | "limit-", (body, Symbol(name=letter), place)):
                bound = Dummy("x", real=True)
                inside, at = self._within(letter, bound).convert(body), self.convert(place)
                _check_places(inside, (at,))
                return sympy.Limit(inside, bound, at, _SIDES[name])
            case ("derivative", (body, Symbol(name=letter), Constant(value=order))):
                if order.denominator != 1 or not 0 < order <= _ORDER_LIMIT:
                    raise UnconvertibleError(f"a derivative of order {order}")
                return sympy.Derivative(self.convert(body), (self._variable(letter), int(order)))
            case _:
                return self._function(tree, name, arguments)

    def _variable(self, letter: str) -> Any:
        variable = self._symbol(letter)
        if not variable.is_Symbol:
            raise UnconvertibleError(f"'{letter}' is a number")
        return variable

    def _within(self, letter: str, bound: Any) -> _Conversion:
        return _Conversion(self._letters, {**self._bound, letter: bound})

    def _added_up(self, name: str, body: Tree, letter: str, ends: tuple[Tree, Tree]) -> Any:
        low, high = map(self.convert, ends)
        if low.is_number and high.is_number and low.is_finite and high.is_finite:
            raise UnconvertibleError("a sum or product between two numbers")
        whole = Dummy("k", integer=True, **({"positive": True} if low.is_positive else {}))
        term = self._within(letter, whole).convert(body)
        _check_places(term, (low, high), is_growing=name == "prod")
        if name == "sum":
            return endless_sum(term, whole, low) if high == sympy.oo else sympy.Sum(term, (whole, low, high))
        return endless_product(term, whole, low) if high == sympy.oo else sympy.Product(term, (whole, low, high))

    def _function(self, tree: Call, name: str, arguments: tuple[Tree, ...]) -> Any:
        try:
            exact = rational_of(tree)
        except UndefinedError as error:
            raise UnconvertibleError(str(error)) from error
        if exact is not None:
            return _number(exact)
        make = _FUNCTIONS.get((name, len(arguments)))
        if make is None:
            raise UnconvertibleError(f"'{name}' is not asked about")
        return make(*map(self.convert, arguments))


def _number(value: Fraction) -> Any:
    if value.numerator.bit_length() + value.denominator.bit_length() > EVALUATION_NUMBER_BITS:
        raise UnconvertibleError("a number that is too long")
    return Rational(value.numerator, value.denominator)


def _multiplied(factors: list[Any]) -> Any:
    """Multiply; the numbers among the factors are multiplied at once, so that their bits add up."""
    if sum(_bits(factor) for factor in factors) > EVALUATION_NUMBER_BITS:
        raise UnconvertibleError("a product that is too long")
    return sympy.Mul(*factors)


def _power(base: Any, exponent: Any) -> Any:
    """Raise to a power that is not calculated at once, or to one that is small enough for it."""
    if exponent.is_Rational:
        if base.is_Rational and abs(exponent) * _bits(base) > EVALUATION_NUMBER_BITS:
            raise UnconvertibleError("a power that is too long")
        if not base.is_Rational and not base.is_Symbol and abs(exponent) > EVALUATION_EXPONENT:
            raise UnconvertibleError("a high power of an expression")
        if base.is_Rational and base.is_negative and exponent.q % 2 and not exponent.is_Integer:
            # The odd root of a negative number is the real one, as schools have it, and as balls evaluate it.
            root = sympy.Pow(-base, exponent)
            return -root if exponent.p % 2 else root
    if not exponent.is_Rational and not _is_small(exponent):
        raise UnconvertibleError("a large number in an exponent")
    return sympy.Pow(base, exponent)


def _is_small(value: Any) -> bool:
    return all(abs(number) <= EVALUATION_PLACE for number in value.atoms(sympy.Rational) if number.is_finite)


def _check_places(body: Any, places: tuple[Any, ...], *, is_growing: bool = False) -> None:
    """Refuse to put large numbers in the place of letters that an exponent or factorial contains.

    A product becomes one of factorials, whatever its body is.
    """
    if all(place.is_infinite or _is_small(place) for place in places):
        return
    grows = any(power.exp.free_symbols for power in body.atoms(sympy.Pow, sympy.exp))
    if is_growing or grows or body.has(*_GROWING):
        raise UnconvertibleError("a large number in the place of a letter")


def _bits(value: Any) -> int:
    return int(value.p).bit_length() + int(value.q).bit_length() - 1 if value.is_Rational else 0


def _factorial(kind: Callable[[Any], Any], value: Any) -> Any:
    if value.is_number and not (value.is_Rational and abs(value) <= FACTORIAL_LIMIT):
        raise UnconvertibleError("a factorial that is too long")
    return kind(value)


def _binomial(above: Any, below: Any) -> Any:
    for value in (above, below):
        if value.is_number and not (value.is_Rational and abs(value) <= FACTORIAL_LIMIT):
            raise UnconvertibleError("a binomial that is too long")
    return sympy.binomial(above, below)


def _permutations(above: Any, below: Any) -> Any:
    return _factorial(sympy.factorial, above) / _factorial(sympy.factorial, above - below)


def _inverse(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: kind(1 / value)


_SIDES = {"limit": "+-", "limit+": "+", "limit-": "-"}
_GROWING = (sympy.factorial, sympy.factorial2, sympy.gamma, sympy.binomial)
_NO_LETTERS = frozenset({"...", "∅", "R", "Z", "N", "Q", "C"}) - WHOLE_LETTERS
_CONSTANTS: Mapping[str, Any] = {
    "e": sympy.E, "pi": sympy.pi, "i": sympy.I, "∞": sympy.oo,
}  # fmt: skip

_FUNCTIONS: Mapping[tuple[str, int], Callable[..., Any]] = {
    **{(name, 1): getattr(sympy, name) for name in
       "sin cos tan cot sec csc sinh cosh tanh coth sech csch exp sqrt zeta erf erfc re im arg".split()},
    **{(f"arc{name}", 1): getattr(sympy, f"a{name}") for name in
       "sin cos tan cot sec csc sinh cosh tanh coth sech csch".split()},
    ("ln", 1): sympy.log, ("log", 1): sympy.log, ("ln", 2): sympy.log, ("log", 2): sympy.log,
    ("lg", 1): lambda value: sympy.log(value, 10),
    ("arccot", 1): _inverse(sympy.atan),  # balls have it so
    ("Re", 1): sympy.re, ("Im", 1): sympy.im, ("abs", 1): sympy.Abs, ("sgn", 1): sympy.sign,
    ("conj", 1): sympy.conjugate, ("overline", 1): sympy.conjugate, ("bar", 1): sympy.conjugate,
    ("floor", 1): sympy.floor, ("ceil", 1): sympy.ceiling,
    ("max", 2): sympy.Max, ("min", 2): sympy.Min, ("besselj", 2): sympy.besselj,
    ("factorial", 1): partial(_factorial, sympy.factorial), ("gamma", 1): partial(_factorial, sympy.gamma),
    ("factorial2", 1): partial(_factorial, sympy.factorial2),
    ("binom", 2): _binomial, ("nPr", 2): _permutations,
}  # fmt: skip

UNEVALUATED = (
    sympy.Sum, sympy.Product, sympy.Integral, sympy.Limit, sympy.Derivative, sympy.Subs, sympy.Piecewise,
    sympy.Order, sympy.AccumBounds, sympy.zoo, sympy.nan,
)  # fmt: skip
"""What a value must not contain."""


def evaluate(tree: Tree, letters: FreeLetters) -> Any:
    """Return the value of a tree as an object of sympy.

    Raises:
        UnconvertibleError: sympy is not asked about it, or leaves something unevaluated.
    """
    value = _where_it_converges(convert(tree, letters).doit())
    if value.has(sympy.Sum):
        value = value.replace(sympy.Sum, sympy.summation)
    if value.has(*UNEVALUATED):
        left = next(kind for kind in UNEVALUATED if value.has(kind))
        raise UnconvertibleError(f"sympy leaves {getattr(left, '__name__', left)}")
    return value


def _where_it_converges(value: Any) -> Any:
    """Return the value that sympy gives under a condition, if the operator stays without one otherwise.

    The condition says where a series or an integral converges, which people leave out: the sum of the powers of x is
    1/(1-x).
    """
    if not isinstance(value, sympy.Piecewise) or len(value.args) != 2:  # noqa: PLR2004  # the value and the rest
        return value
    (inside, _), (outside, condition) = value.args
    return inside if condition == sympy.true and outside.has(sympy.Sum, sympy.Integral) else value
