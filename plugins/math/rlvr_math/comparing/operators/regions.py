r"""Integrals over regions, written as integrals between bounds: boxes, linear inequalities, discs and balls."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.operators.derivatives import times
from rlvr_math.comparing.polynomials import Polynomials
from rlvr_math.limits import Steps
from rlvr_math.reading.binding import bound
from rlvr_math.reading.tree import (
    PAIRS,
    ZERO,
    Call,
    Collection,
    Constant,
    Power,
    Relation,
    Symbol,
    Tree,
    added,
    minus,
    multiplied,
    renamed,
)

# Inequalities of one region; eliminating a letter may square their number.
_CONDITIONS_LIMIT = 12
_RISING = frozenset({"<", "<="})
_FALLING = frozenset({">", ">="})
_PI = Symbol("pi")
_TURN = multiplied([Constant(Fraction(2)), _PI])
_HALF_TURN = multiplied([Constant(Fraction(1, 2)), _PI])


def over_region(body: Tree, region: Tree, letters: tuple[Symbol, ...], steps: Steps) -> Tree | None:
    """Return an integral over a region as integrals within each other; None if the region is of no known kind."""
    sides = list(_sides_of(region))
    if sides:
        return _within(body, dict(zip(letters, sides, strict=True))) if len(sides) == len(letters) else None
    conditions = list(_conditions_of(region))
    if len(conditions) > _CONDITIONS_LIMIT:
        return None
    try:
        polynomials = Polynomials((*conditions, *letters), steps)
        found = [_coefficients(polynomials, each, letters) for each in conditions]
    except UndecidedError:
        return None
    known = [each for each in found if each is not None]
    if len(known) != len(found):
        return None
    if all(each.keys() <= {"", *(letter.name for letter in letters)} for each in known):
        bounds = _linear_bounds(known, letters, steps)
        return None if bounds is None else _within(body, bounds)
    return _round(body, known, letters)


def _within(body: Tree, bounds: dict[Symbol, tuple[Tree, Tree]]) -> Tree:
    """Integrate by the first letter within the second, and so on."""
    for letter, (low, high) in bounds.items():
        body = bound("integral", body, letter, low, high)
    return body


def _sides_of(region: Tree) -> Iterator[tuple[Tree, Tree]]:
    r"""Yield the sides of a box, ``[0,1]\times[0,2]`` or ``[0,1]^3``; nothing if it is none."""
    match region:
        case Collection(opening="(" | "[", items=(low, high)):
            yield low, high
        case Collection(opening=opening, items=(one, other)) if opening == PAIRS:
            yield from _sides_of(one)
            yield from _sides_of(other)
        case Power(base=Collection() as side, exponent=Constant(value=count)) if count in {2, 3}:
            for _ in range(int(count)):
                yield from _sides_of(side)


def _conditions_of(region: Tree) -> Iterator[Tree]:
    """Yield what must be positive in a region; nothing usable if a part says something else."""
    match region:
        case Relation(signs=signs, sides=sides):
            for left, sign, right in zip(sides[:-1], signs, sides[1:], strict=True):
                yield minus(right, left) if sign in _RISING else minus(left, right) if sign in _FALLING else region
        case Collection(opening="" | "∧", items=items):
            for item in items:
                yield from _conditions_of(item)
        case _:
            yield region


def _coefficients(polynomials: Polynomials, tree: Tree, letters: tuple[Symbol, ...]) -> dict[str, Fraction] | None:
    """Return the coefficients of a constant, of letters, and of their squares, such as "x2"; None for other terms."""
    above, below = polynomials.quotient(tree)
    if not below.is_constant() or set(polynomials.letters) != {letter.name for letter in letters}:
        return None
    scale = _fraction(below.leading_coefficient())
    found: dict[str, Fraction] = {}
    for exponents, coefficient in above.terms():
        powers = [(name, int(exponents[place])) for name, place in polynomials.places.items() if exponents[place]]
        if len(powers) > 1 or any(power > 2 for _, power in powers):  # noqa: PLR2004  # squares
            return None
        name = "".join(f"{letter}{'2' if power > 1 else ''}" for letter, power in powers)
        found[name] = _fraction(coefficient) / scale
    return found


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _linear_bounds(
    conditions: list[dict[str, Fraction]], letters: tuple[Symbol, ...], steps: Steps
) -> dict[Symbol, tuple[Tree, Tree]] | None:
    """Return the bounds of each letter in terms of the later ones, by the elimination of Fourier and Motzkin."""
    bounds: dict[Symbol, tuple[Tree, Tree]] = {}
    for letter in letters:
        steps.spend(len(conditions) ** 2)
        slopes = [(each.get(letter.name, 0), each) for each in conditions]
        rising, falling = ([each for slope, each in slopes if slope * sign > 0] for sign in (1, -1))
        lows, highs = ([_solved(each, letter.name) for each in side] for side in (rising, falling))
        if not lows or not highs:
            return None
        bounds[letter] = (_extreme("max", lows), _extreme("min", highs))
        conditions = [each for each in conditions if not each.get(letter.name)]
        gaps = [_difference(high, low) for high in highs for low in lows]
        conditions += [gap for gap in gaps if any(name for name in gap)]
        if len(conditions) > _CONDITIONS_LIMIT:
            return None
    return bounds


def _solved(condition: dict[str, Fraction], letter: str) -> dict[str, Fraction]:
    """Return what a letter is at the border of a condition."""
    scale = -condition[letter]
    return {name: value / scale for name, value in condition.items() if name != letter}


def _difference(one: dict[str, Fraction], other: dict[str, Fraction]) -> dict[str, Fraction]:
    found = {name: one.get(name, Fraction(0)) - other.get(name, Fraction(0)) for name in one.keys() | other.keys()}
    return {name: value for name, value in found.items() if value}


def _extreme(name: str, borders: list[dict[str, Fraction]]) -> Tree:
    if all(not any(border) for border in borders):  # numbers
        values = [border.get("", Fraction(0)) for border in borders]
        return Constant(max(values) if name == "max" else min(values))
    trees = list(dict.fromkeys(_tree_of(border) for border in borders))
    return trees[0] if len(trees) == 1 else Call(name, tuple(trees))


def _tree_of(border: dict[str, Fraction]) -> Tree:
    terms = [multiplied([Constant(value), Symbol(name)]) if name else Constant(value) for name, value in border.items()]
    return added(sorted(terms, key=repr)) if terms else ZERO


def _round(body: Tree, conditions: list[dict[str, Fraction]], letters: tuple[Symbol, ...]) -> Tree | None:
    """Integrate over a disc, a ring, a half or a quarter of them, or a ball, about the origin, by radius and angles."""
    squares = [f"{letter.name}2" for letter in letters]
    inner, outer = Fraction(0), None
    halves: set[str] = set()
    for each in conditions:
        size = each.get(squares[0], Fraction(0))
        if size and set(each) <= {"", *squares} and all(each.get(square) == size for square in squares):
            border = -each.get("", Fraction(0)) / size
            inner, outer = (border, outer) if size > 0 else (inner, border)
        elif len(each) == 1 and next(iter(each.values())) > 0:
            halves |= each.keys()
        else:
            return None
    if outer is None or not 0 <= inner < outer:
        return None
    radius = Symbol("~r")
    first, second = Symbol("~t"), Symbol("~p")
    ends = tuple(Power(Constant(value), Constant(Fraction(1, 2))) if value else ZERO for value in (inner, outer))
    cos, sin = Call("cos", (first,)), Call("sin", (first,))
    bounds: dict[Symbol, tuple[Tree, Tree]] = {radius: (ends[0], ends[1])}
    match letters:
        case (x, y):
            element: Tree = radius
            places = {x.name: times(radius, cos), y.name: times(radius, sin)}
            low, high = _angles(x.name in halves, y.name in halves)
            bounds[first] = (low, high)
        case (x, y, z) if not halves:
            across = times(radius, Call("sin", (second,)))
            element = times(radius, across)
            places = {x.name: times(across, cos), y.name: times(across, sin)}
            places[z.name] = times(radius, Call("cos", (second,)))
            bounds |= {first: (ZERO, _TURN), second: (ZERO, _PI)}
        case _:
            return None
    return _within(times(renamed(body, places), element), bounds)


def _angles(right: bool, upper: bool) -> tuple[Tree, Tree]:  # noqa: FBT001  # two halves of the plane
    """Return the angles of the plane, or of its half or quarter where x or y are positive."""
    match right, upper:
        case (True, True):
            return ZERO, _HALF_TURN
        case (True, False):
            return multiplied([Constant(Fraction(-1)), _HALF_TURN]), _HALF_TURN
        case (False, True):
            return ZERO, _PI
        case _:
            return ZERO, _TURN
