"""Sums and products up to a letter: proved by induction."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from rlvr_math.comparing.decision import Comparing
from rlvr_math.comparing.operators.derivatives import times
from rlvr_math.comparing.operators.resolving import resolve, written_out
from rlvr_math.comparing.operators.solving import operators_in, replaced
from rlvr_math.limits import Steps
from rlvr_math.reading.binding import substituted
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    Call,
    Constant,
    Symbol,
    Tree,
    added,
    inverted,
    minus,
    renamed,
    symbols_in,
)

_CONSTANTS = frozenset({"i", "e", "pi", "∞"})
# A bound may series faster than its letter, as in a sum up to 2n.
_SLOPE_LIMIT = 8


class Series(NamedTuple):
    """A sum or product whose bounds depend on a letter ``n`` as ``slope * n + offset``."""

    name: str
    body: Tree
    running: Symbol
    low: Tree
    high: Tree
    letter: str
    low_slope: int
    high_slope: int
    low_offset: Fraction | None
    high_offset: Fraction

    def term(self, place: Tree) -> Tree:
        """Return the body at a place."""
        return substituted(self.body, self.running, place)


def series_of(operator: Call) -> Series | None:
    """Return how the bounds of a sum or product depend on a letter; None if the body depends on it too."""
    body, index, low, high = operator.arguments
    letters = symbols_in(high) - _CONSTANTS
    if len(letters) != 1 or letters & symbols_in(body) or not isinstance(index, Symbol):
        return None
    (letter,) = letters
    top = _line(high, letter)
    bottom = _line(low, letter) if letter in symbols_in(low) else (0, _whole(low))
    if top is None or bottom is None or top[1] is None:
        return None
    if min(top[0], bottom[0]) < 0 or max(top[0], bottom[0]) > _SLOPE_LIMIT:
        return None
    return Series(operator.name, body, index, low, high, letter, bottom[0], top[0], bottom[1], top[1])


def _line(bound: Tree, letter: str) -> tuple[int, Fraction | None] | None:
    """Return slope and offset of a bound; None if it is no line with whole numbers."""
    if symbols_in(bound) - {letter}:
        return None
    first, second, third = (_whole(renamed(bound, {letter: Constant(Fraction(place))})) for place in range(3))
    if first is None or second is None or third is None:
        return None
    slope = second - first
    return (int(slope), first) if third - second == slope else None


def _whole(tree: Tree) -> Fraction | None:
    try:
        value = rational_of(tree)
    except UndefinedError:
        return None
    return value if value is not None and value.denominator == 1 else None


def follows_by_induction(comparing: Comparing, operator: Call, closed: Tree, steps: Steps) -> bool:
    """Return whether a closed form has the first value of a sum or product and grows as it does.

    Other sums and products in the closed form take part: each is a letter that grows by its own terms.
    """
    series = series_of(operator)
    if series is None:
        return False
    growths: dict[Tree, Tree] = {}
    letters: dict[Tree, Tree] = {}
    for index, other in enumerate(dict.fromkeys(operators_in(closed))):
        inner = series_of(other) if other.name in {"sum", "prod"} else None
        if inner is None or inner.letter != series.letter:
            return False
        letters[other] = Symbol(f"~{index}")
        growths[Symbol(f"~{index}")] = _before(inner, Symbol(f"~{index}"))
    n = Symbol(series.letter)
    now = replaced(closed, letters)
    names = {each.name: tree for each, tree in growths.items() if isinstance(each, Symbol)}
    earlier = renamed(now, {**names, series.letter: minus(n, ONE)})
    return bool(comparing.same(_before(series, now), earlier)) and _starts_alike(comparing, series, closed, steps)


def _before(series: Series, value: Tree) -> Tree:
    """Return a sum or product at n - 1, given its value at n."""
    n = Symbol(series.letter)
    top = [series.term(minus(series.high, _number(step))) for step in range(series.high_slope)]
    earlier = renamed(series.low, {series.letter: minus(n, ONE)})
    bottom = [series.term(added([earlier, _number(step)])) for step in range(series.low_slope)]
    if series.name == "sum":
        return added([value, *(times(MINUS_ONE, term) for term in top), *bottom])
    return times(value, *map(inverted, top), *bottom)


def _starts_alike(comparing: Comparing, series: Series, closed: Tree, steps: Steps) -> bool:
    """Return whether the closed form is right for the smallest letter that leaves a term."""
    if series.low_offset is None:
        if series.high_slope != 1 or series.letter in symbols_in(series.low):
            return False
        start = minus(series.low, Constant(series.high_offset))
        first: Tree = series.term(series.low)
    else:
        number = _start(series)
        if number is None:
            return False
        start = Constant(Fraction(number))
        low = int(series.low_slope * number + series.low_offset)
        high = int(series.high_slope * number + series.high_offset)
        first = written_out(series.name, series.body, series.running, range(low, high + 1), steps)
    value = resolve(renamed(closed, {series.letter: start}), steps)
    return bool(comparing.same(value, resolve(first, steps)))


def _start(series: Series) -> int | None:
    """Return the smallest value of the letter from which on the sum has terms; None if it soon has none."""
    gap = series.high_slope - series.low_slope
    if gap <= 0 or series.low_offset is None:
        return None
    # high - low >= 0 from here on.
    return int(-((series.high_offset - series.low_offset) // gap))


def _number(value: int) -> Constant:
    return Constant(Fraction(value))
