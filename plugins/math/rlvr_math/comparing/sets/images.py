"""The values that an expression in one letter takes on a set of numbers.

Everything here runs within :func:`~rlvr_math.comparing.balls.precision`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError, value_of
from rlvr_math.comparing.polynomials import Polynomials, coefficients_in
from rlvr_math.comparing.sets.critical import zeros_of_polynomial
from rlvr_math.comparing.sets.pieces import (
    ABOVE,
    BELOW,
    End,
    Piece,
    Region,
    intersection,
    is_narrow,
    listed,
    order,
    placed,
    point,
    region_of_pieces,
    two_between,
    union,
)
from rlvr_math.comparing.sets.places import end_of
from rlvr_math.limits import Steps
from rlvr_math.reading.tree import Call, Constant, Power, Product, Sum, Symbol, Tree, renamed, symbols_in

# The value of an inner function; no text that is read has this name.
_INNER = Symbol("inner value")
_HALF, _THIRD = Constant(Fraction(1, 2)), Constant(Fraction(1, 3))


def image(expression: Tree, letter: str, region: Region, steps: Steps) -> Region:
    """Return the values of an expression where its letter runs through a set.

    Raises:
        UndecidedError: The expression is none whose rise and fall can be told, or the set has no places.
    """
    if expression == Symbol(letter):
        return region
    if region.whole:
        numbers = [piece.low.place for piece in listed(region).pieces]
        values = (Constant(Fraction(int(number.unique_fmpz()))) for number in numbers)
        return region_of_pieces(point(end_of(renamed(expression, {letter: value}), steps)) for value in values)
    if region.is_symbolic:
        raise UndecidedError("a set with letters")
    polynomials = Polynomials((expression,), steps)
    used = {name for side in polynomials.quotient(expression) for name in polynomials.letters_in(side)}
    varying = [tree for name, tree in polynomials.letters.items() if name in used and letter in symbols_in(tree)]
    if varying == [Symbol(letter)]:
        return _image_of_quotient(polynomials, expression, letter, region, steps)
    if len(varying) != 1 or varying[0] == expression:
        return _image_of_function(expression, letter, region, steps)
    outer = _replaced(expression, varying[0], _INNER)
    if letter in symbols_in(outer):
        raise UndecidedError("the letter within a function and outside of it")
    return image(outer, _INNER.name, image(varying[0], letter, region, steps), steps)


def _replaced(tree: Tree, old: Tree, new: Symbol) -> Tree:
    """Put a symbol in the place of a part of a sum, a product or a power."""
    if tree == old:
        return new
    match tree:
        case Sum(terms=parts):
            return Sum(tuple(_replaced(part, old, new) for part in parts))
        case Product(factors=parts):
            return Product(tuple(_replaced(part, old, new) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(_replaced(base, old, new), exponent)
        case _:
            return tree


def _image_of_function(function: Tree, letter: str, region: Region, steps: Steps) -> Region:
    """Return the values of one function of an expression."""
    match function:
        case Call(name="abs", arguments=(inner,)):
            return _absolute(image(inner, letter, region, steps))
        case Call(name="exp", arguments=(inner,)):
            return _mapped(image(inner, letter, region, steps), lambda value: value.exp(), low=placed(Fraction(0)))
        case Call(name="ln" | "log", arguments=(inner,)):
            positive = Region((Piece(placed(Fraction(0)), ABOVE, with_low=False, with_high=False),))
            inside = intersection(image(inner, letter, region, steps), positive)
            return _mapped(inside, lambda value: value.log(), low=BELOW)
        case Power(base=inner, exponent=exponent) if exponent == _HALF:
            positive = Region((Piece(placed(Fraction(0)), ABOVE, with_low=True, with_high=False),))
            inside = intersection(image(inner, letter, region, steps), positive)
            return _mapped(inside, lambda value: value.sqrt(), low=BELOW)
        case Power(base=inner, exponent=exponent) if exponent == _THIRD:
            return _mapped(image(inner, letter, region, steps), _cube_root, low=BELOW)
        case Power(base=base, exponent=inner) if letter not in symbols_in(base):
            return _image_of_exponential(base, image(inner, letter, region, steps), steps)
        case _:
            raise UndecidedError("a function whose rise and fall cannot be told")


def _cube_root(value: Any) -> Any:
    if value == 0:  # whose root FLINT does not know
        return value
    return value.root(3) if value > 0 else -(-value).root(3)


def _image_of_exponential(base: Tree, region: Region, steps: Steps) -> Region:
    value = value_of(base, {}, steps)
    if value.imag != 0 or not value.real > 0 or value.real.contains(1):
        raise UndecidedError("a power of what is not positive")
    scale = value.real.log()
    if scale < 0:
        region = _mirrored(region)
        scale = -scale
    return _mapped(region, lambda place: (place * scale).exp(), low=placed(Fraction(0)))


def _mirrored(region: Region) -> Region:
    """Return the opposite numbers."""
    return region_of_pieces(
        Piece(_opposite(piece.high), _opposite(piece.low), piece.with_high, piece.with_low) for piece in region.pieces
    )


def _opposite(end: End) -> End:
    return End(place=None if end.place is None else -end.place, infinite=-end.infinite)


def _absolute(region: Region) -> Region:
    zero = placed(Fraction(0))
    rest = intersection(region, Region((Piece(zero, ABOVE, with_low=True, with_high=False),)))
    below = intersection(region, Region((Piece(BELOW, zero, with_low=False, with_high=True),)))
    return union((rest, _mirrored(below)))


def _mapped(region: Region, rising: Callable[[Any], Any], *, low: End) -> Region:
    """Map a set by a function that rises; ``low`` is what it comes near to at the left."""

    def mapped(end: End) -> End:
        if end.infinite:
            return ABOVE if end.infinite > 0 else low
        value = rising(end.place)
        if value.is_finite():
            return End(place=value)
        if end.place != 0:
            raise UndecidedError("a value that is too wide")
        return low

    return region_of_pieces(
        Piece(mapped(piece.low), mapped(piece.high), piece.with_low, piece.with_high) for piece in region.pieces
    )


def _image_of_quotient(polynomials: Polynomials, expression: Tree, name: str, region: Region, steps: Steps) -> Region:
    """Return the values of a quotient of polynomials, monotone between poles and zeros of its derivative."""
    above, below = polynomials.quotient(expression)
    if any(other != name for side in (above, below) for other in polynomials.letters_in(side)):
        raise UndecidedError("an expression with constants beside the letter")
    variable = f"v{polynomials.places[name]}"
    slope = polynomials.times(above.derivative(variable), below) - polynomials.times(above, below.derivative(variable))
    if slope.is_zero():
        raise UndecidedError("a constant")
    quotient = _Monotone(polynomials, name, above, below)
    cuts: list[End] = []
    for side in (slope, below):
        cuts.extend(End(place=place) for place in zeros_of_polynomial(polynomials, side, name, steps))
    parts = [part for piece in region.pieces for part in _cut(piece, cuts)]
    return region_of_pieces(quotient.image_of(part) for part in parts)


def _cut(piece: Piece, cuts: list[End]) -> list[Piece]:
    """Cut a piece at the places that lie in it; the part behind a place contains it."""
    parts = [piece]
    for cut in cuts:
        for at, part in enumerate(parts):
            if order(part.low, cut) < 0 < order(part.high, cut):
                parts[at : at + 1] = [
                    Piece(part.low, cut, part.with_low, part.with_high),
                    Piece(cut, part.high, with_low=True, with_high=part.with_high),
                ]
                break
    return parts


class _Monotone:
    """A quotient of polynomials in one letter, which is monotone on each piece that it is asked for."""

    def __init__(self, polynomials: Polynomials, name: str, above: Any, below: Any) -> None:
        import flint

        place = polynomials.places[name]
        self.above, self.below = (flint.fmpq_poly(coefficients_in(side, place)) for side in (above, below))

    def image_of(self, piece: Piece) -> Piece:
        """Return the values on a piece, from the smaller end to the larger one."""
        if order(piece.low, piece.high) == 0:
            return point(self._end(piece.low, inside=piece.low.place))
        one, other = two_between(piece.low, piece.high)
        at_one, at_other = self._value(one), self._value(other)
        if not (at_one < at_other or at_one > at_other):
            raise UndecidedError("a rise that cannot be told")
        rises = bool(at_one < at_other)
        low = self._limit(piece.low, at_one, rises=rises, is_low=True)
        high = self._limit(piece.high, at_other, rises=rises, is_low=False)
        with_low = piece.with_low and not low.infinite and not piece.low.infinite
        with_high = piece.with_high and not high.infinite and not piece.high.infinite
        return Piece(low, high, with_low, with_high) if rises else Piece(high, low, with_high, with_low)

    def _limit(self, end: End, inside: Any, *, rises: bool, is_low: bool) -> End:
        """Return what the values come near to at an end."""
        unbounded = ABOVE if rises != is_low else BELOW
        if not end.infinite:
            return self._end(end, inside=inside, unbounded=unbounded)
        degree = self.below.degree()
        if self.above.degree() > degree:
            return unbounded
        ratio = self.above[degree] / self.below[degree]
        return placed(Fraction(int(ratio.p), int(ratio.q)))

    def _end(self, end: End, *, inside: Any, unbounded: End | None = None) -> End:
        if _is_zero(_value_at(self.below, end.place)):
            if unbounded is None:
                raise UndecidedError(f"no value at {inside}")
            return unbounded
        value = self._value(end.place)
        if not is_narrow(value):
            raise UndecidedError("a value that is too wide")
        return End(place=value)

    def _value(self, place: Any) -> Any:
        return _value_at(self.above, place) / _value_at(self.below, place)


def _value_at(polynomial: Any, place: Any) -> Any:
    import flint

    return flint.arb_poly(polynomial)(place)


def _is_zero(value: Any) -> bool:
    return bool(value.contains(0)) and is_narrow(value)
