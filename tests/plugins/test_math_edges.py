"""Limits of equality and of sets: exactly as many as a limit says are accepted, and one more is refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import pytest

from rlvr_math.comparing.balls import UndecidedError, precision
from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.equality import factors as factoring
from rlvr_math.comparing.equality import idle, stepped
from rlvr_math.comparing.equality.factors import TooLargeError, factors_of
from rlvr_math.comparing.equality.points import SCALES, draw_places
from rlvr_math.comparing.sets import critical, pieces
from rlvr_math.comparing.sets.critical import critical_places
from rlvr_math.comparing.sets.finite import compare_finite
from rlvr_math.comparing.sets.pieces import Piece, Region, intersection, listed, placed, point, region_of_pieces
from rlvr_math.comparing.sets.regions import region_of
from rlvr_math.limits import OverLimitError, Steps
from rlvr_math.options import GradeOptions
from rlvr_math.reading.parser import read
from rlvr_math.reading.tree import ONE, Call, Collection, Constant, Power, Sum, Symbol, Tree, added, multiplied

_X, _Y = Symbol("x"), Symbol("y")


def _number(value: int) -> Constant:
    return Constant(Fraction(value))


def _power(base: Tree, exponent: int) -> Tree:
    return Power(base, _number(exponent))


def _polynomial(letter: Symbol, terms: int) -> Tree:
    """Return the sum of the first powers of a letter."""
    return added([_power(letter, power) for power in range(terms)])


def _refuses(action: Callable[[], object]) -> bool:
    try:
        return action() is None
    except (TooLargeError, UndecidedError, OverLimitError):
        return True


def _factors(tree: Tree) -> Callable[[], object]:
    return lambda: factors_of(tree)


def _plus_one(*parts: Tree) -> Callable[[], object]:
    return _factors(Sum((multiplied(list(parts)), ONE)))


_BITS, _TERMS, _DEGREE = factoring.BITS_LIMIT, factoring.TERMS_LIMIT, factoring.DEGREE_LIMIT
# What is just accepted, and what is one more.
FACTORS: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
    "letters": (
        _factors(added([Symbol(f"x_{index}") for index in range(factoring.ATOMS_LIMIT)])),
        _factors(added([Symbol(f"x_{index}") for index in range(factoring.ATOMS_LIMIT + 1)])),
    ),
    "degree in several letters": (
        _plus_one(_power(_X, factoring.SEVERAL_DEGREE_LIMIT - 1), _Y),
        _plus_one(_power(_X, factoring.SEVERAL_DEGREE_LIMIT), _Y),
    ),
    "degree of a product": (
        _plus_one(_power(_X, _DEGREE), _power(_X, _DEGREE)),
        _plus_one(_power(_X, _DEGREE), _power(_X, _DEGREE), _X),
    ),
    "degree of a product of negative powers": (
        _plus_one(_power(_X, -_DEGREE), _power(_X, -_DEGREE)),
        _plus_one(_power(_X, -_DEGREE), _power(_X, -_DEGREE), _power(_X, -1)),
    ),
    "bits": (_factors(_number(1 << _BITS - 2)), _factors(_number(1 << _BITS - 1))),
    "bits of a fraction": (
        _factors(Constant(Fraction((1 << _BITS // 2) - 1, 1 << _BITS // 2 - 1))),
        _factors(Constant(Fraction((1 << _BITS // 2) - 1, 1 << _BITS // 2))),
    ),
    "bits of a power": (
        _factors(_power(multiplied([_number(1 << _BITS // 2 - 1), _X]), 2)),
        _factors(_power(multiplied([_number(1 << 204), _X]), 5)),
    ),
    "terms of a power": (_plus_one(_power(_polynomial(_X, 4), 16)), _plus_one(_power(_polynomial(_X, 5), 13))),
    "terms of a divisor": (_plus_one(_power(_polynomial(_X, 4), -16)), _plus_one(_power(_polynomial(_X, 5), -13))),
    "terms of a product": (
        _plus_one(_polynomial(_X, 8), _polynomial(_Y, 8)),
        _plus_one(_polynomial(_X, 5), _polynomial(_Y, 13)),
    ),
}


@pytest.mark.parametrize("name", FACTORS)
def test_what_is_factored(name: str) -> None:
    """Sixty-four terms, forty-eight as a degree, twelve letters."""
    accepted, refused = FACTORS[name]

    assert (_refuses(accepted), _refuses(refused)) == (False, True)
    assert (_BITS, _TERMS, _DEGREE) == (1_024, 64, 48)  # which the powers above are made for


def test_whole_powers_are_multiplicities() -> None:
    """Up to the limit of degrees; beyond it a power is an atom."""
    powers = {
        power: factors_of(_power(added([_X, ONE]), power))[1][0].times
        for power in (_DEGREE, _DEGREE + 1, -_DEGREE, -_DEGREE - 1)
    }
    exponentials = {
        times: factors_of(Power(Symbol("e"), multiplied([_number(times), _X])))[1][0].times
        for times in (_DEGREE, _DEGREE + 1, -_DEGREE, -_DEGREE - 1)
    }

    assert powers == {_DEGREE: _DEGREE, _DEGREE + 1: 1, -_DEGREE: -_DEGREE, -_DEGREE - 1: 1}
    assert exponentials == powers


def test_more_roots_than_an_honest_answer_has_are_refused() -> None:
    """None of them is compared."""
    roots: list[Tree] = [
        Power(added([_X, _number(index)]), Constant(Fraction(1, 2))) for index in range(idle.PARTS_LIMIT + 1)
    ]

    assert not idle.has_idle_part(_X, added(roots[:-1]), lambda *_: False)
    assert idle.has_idle_part(_X, added(roots), lambda *_: False)


def test_extremes_and_powers_of_complex_sums() -> None:
    """Of six arguments, and up to the sixth."""
    letters = tuple(Symbol(f"x_{index}") for index in range(stepped.EXTREMES_LIMIT + 1))
    for name in ("max", "min"):
        assert not _refuses(partial(stepped.with_absolute_values, Call(name, letters[:-1])))
        assert _refuses(partial(stepped.with_absolute_values, Call(name, letters)))
    powers = range(stepped.WHOLE_POWER_LIMIT + 2)
    known = [power for power in powers if stepped.parts_of(_power(added([_X, Symbol("i")]), power))]
    assert known == list(powers)[1:-1]


def test_points_without_narrow_ranges() -> None:
    """Two for each scale."""
    assert len(list(draw_places(["x"], "seed"))) == 2 * len(SCALES)


_LISTED = pieces.LISTED_LIMIT


def _points(count: int, first: int = 0) -> Region:
    return Region(tuple(point(placed(Fraction(value))) for value in range(first, first + count)))


def _whole(count: int) -> Region:
    """Return two pieces of whole numbers, so many together."""
    ends = (Fraction(0), Fraction(9)), (Fraction(20), Fraction(10 + count - 1))
    return Region(tuple(Piece(placed(low), placed(high), True, True) for low, high in ends), whole=True)


def _set(count: int) -> Collection:
    return Collection("{", "}", tuple(_number(value) for value in range(count)))


def _are_compared(count: int) -> bool | None:
    """Return whether a set of numbers and another share the one that they share; None if it is not compared."""
    members = ",".join(map(str, range(count)))
    return (
        bool(compare_finite(Comparison(GradeOptions()), read(rf"\{{{members}\}}\cap\{{7\}}"), read(r"\{7\}"))) or None
    )


SETS: dict[str, Callable[[int], object]] = {
    "whole numbers": lambda more: listed(_whole(_LISTED + more)),
    "pieces": lambda more: region_of_pieces(_points(_LISTED + more).pieces),
    "items": lambda more: region_of(_set(_LISTED + more), Steps()),
    "members": lambda more: _are_compared(_LISTED + more),
    "pairs of pieces": lambda more: intersection(_points(80 - 43 * more), _points(80 + 93 * more)),
    "zeros": lambda more: critical_places(
        [added([_X, _number(value)]) for value in range(critical.PLACES_LIMIT + more)], "x", Steps()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_what_sets_contain(name: str) -> None:
    """Two hundred numbers or pieces, forty-eight zeros."""
    with precision(128):
        assert [_refuses(partial(SETS[name], more)) for more in (0, 1)] == [False, True]
    assert _LISTED * pieces.PIECES_LIMIT == 80 * 80 == 37 * 173 - 1
