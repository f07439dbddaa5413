"""Generated pairs of sets, systems and equations of math answers; exact fractions say which are equal."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import pytest

from rlvr_math import verify

COUNT = 400 if os.environ.get("RLVR_LONG") == "1" else 40

# Ends are drawn from these and from numbers next to them.
_ENDS = [Fraction(each) for each in (-7, -2, "-1/3", 0, "5/4", 3, 11)]
_HAIR = Fraction(1, 10**7)


class Pair(NamedTuple):
    """A reference, an answer, and whether they are equal."""

    reference: str
    answer: str
    equal: bool


class Stretch(NamedTuple):
    """An interval; None for an infinite end."""

    low: Fraction | None
    high: Fraction | None
    with_low: bool
    with_high: bool

    def has(self, number: Fraction) -> bool:
        """Return whether a number lies in the interval."""
        above = self.low is None or number > self.low or (self.with_low and number == self.low)
        below = self.high is None or number < self.high or (self.with_high and number == self.high)
        return above and below


def number(value: Fraction) -> str:
    """Write a rational."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def are_equal(one: list[Stretch], other: list[Stretch]) -> bool:
    """Say whether two unions are the same set, by asking for each end and for a number between any two."""
    ends = sorted({end for each in (*one, *other) for end in (each.low, each.high) if end is not None})
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    outside = [ends[0] - 1, ends[-1] + 1] if ends else [Fraction(0)]
    return all(
        any(each.has(value) for each in one) == any(each.has(value) for each in other)
        for value in (*ends, *between, *outside)
    )


def stretches(rng: random.Random) -> list[Stretch]:
    """Draw one or two intervals that do not meet."""
    count = rng.choice((1, 1, 2))
    ends: list[Fraction | None] = [*sorted(rng.sample(_ENDS, 2 * count))]
    if rng.random() < 0.25:
        ends[0] = None
    elif rng.random() < 0.33:
        ends[-1] = None
    return [
        Stretch(low, high, low is not None and rng.random() < 0.5, high is not None and rng.random() < 0.5)
        for low, high in zip(ends[::2], ends[1::2], strict=True)
    ]


def altered(rng: random.Random, drawn: list[Stretch]) -> list[Stretch]:
    """Return the same intervals, or a near miss of them."""
    at = rng.randrange(len(drawn))
    each = drawn[at]
    match rng.randrange(6):
        case 0 if each.low is not None:
            each = each._replace(with_low=not each.with_low)
        case 1 if each.high is not None:
            each = each._replace(with_high=not each.with_high)
        case 2 if each.low is not None:
            each = each._replace(low=each.low + rng.choice((_HAIR, -_HAIR)))
        case 3 if each.high is not None:
            each = each._replace(high=-each.high if each.high + (each.low or 0) > 0 else each.high + _HAIR)
        case 4 if len(drawn) > 1:
            return [other for other in drawn if other is not each]
        case _:
            return drawn
    return [*drawn[:at], each, *drawn[at + 1 :]]


def _interval(each: Stretch) -> str:
    low = r"-\infty" if each.low is None else number(each.low)
    high = r"\infty" if each.high is None else number(each.high)
    return f"{'[' if each.with_low else '('}{low},{high}{']' if each.with_high else ')'}"


def _conditions(each: Stretch, letter: str) -> list[str]:
    found = []
    if each.low is not None:
        found.append(letter + (r"\ge " if each.with_low else ">") + number(each.low))
    if each.high is not None:
        found.append(letter + (r"\le " if each.with_high else "<") + number(each.high))
    return found


def _chain(each: Stretch, letter: str, rng: random.Random) -> str:
    if each.low is None or each.high is None:
        return "".join(_conditions(each, letter))
    left, right = (r"\le " if each.with_low else "<"), (r"\le " if each.with_high else "<")
    if rng.random() < 0.3:
        left, right = left.replace("<", ">").replace("le", "ge"), right.replace("<", ">").replace("le", "ge")
        return f"{number(each.high)}{right}{letter}{left}{number(each.low)}"
    return f"{number(each.low)}{left}{letter}{right}{number(each.high)}"


def _solved_by_sign(each: Stretch, letter: str, rng: random.Random) -> str:
    """Write an interval with both ends or none closed as an inequality that is to be solved."""
    if each.low is None or each.high is None or each.with_low != each.with_high:
        return _chain(each, letter, rng)
    sign = r"\le " if each.with_low else "<"
    low, high = each.low, each.high
    middle, radius = (low + high) / 2, (high - low) / 2
    factor = rng.choice(("", "3", rf"({letter}^2+1)"))
    return rng.choice(
        (
            f"{factor}({letter}-({number(low)}))({letter}-({number(high)})){sign}0",
            rf"\left|{letter}-({number(middle)})\right|{sign}{number(radius)}",
            f"{letter}^2-({number(low + high)}){letter}{sign}{number(-low * high)}",
            rf"({letter}-({number(middle)}))^2{sign}{number(radius**2)}",
        )
    )


def written(drawn: list[Stretch], letter: str, rng: random.Random) -> str:
    """Write a union of intervals in one of many notations."""
    match rng.randrange(6):
        case 0:
            return r"\cup".join(_interval(each) for each in drawn)
        case 1:
            return r" \text{ or } ".join(_chain(each, letter, rng) for each in drawn)
        case 2:
            return r" \text{ or } ".join(_solved_by_sign(each, letter, rng) for each in drawn)
        case 3:
            joined = r"\cup ".join(_interval(each) for each in drawn)
            return rng.choice((rf"{letter}\in {joined}", rf"\{{{letter} \mid {letter}\in {joined}\}}"))
        case 4:
            word = rng.choice((r" \text{ and } ", r"\land ", ", "))
            parts = [word.join(_conditions(each, letter)) for each in drawn]
            return r" \text{ or } ".join(parts)
        case _:
            return rf"\mathbb{{R}}\setminus({_complement(drawn)})"


def _complement(drawn: list[Stretch]) -> str:
    parts: list[Stretch] = []
    low, with_low = None, False
    for each in drawn:
        if each.low is not None:
            parts.append(Stretch(low, each.low, with_low, not each.with_low))
        low, with_low = each.high, not each.with_high
    if drawn[-1].high is not None:
        parts.append(Stretch(low, None, with_low, with_high=False))
    return r"\cup".join(_interval(each) for each in parts) or r"\emptyset"


def set_pairs(rng: random.Random) -> Pair:
    """Draw a union of intervals and the same or a near miss in another notation."""
    drawn = stretches(rng)
    other = altered(rng, drawn)
    # A tuple of two numbers may be a point of the plane, so two bare open intervals are compared as tuples.
    return Pair(written(drawn, "x", rng), written(other, "x", rng), are_equal(drawn, other))


def hole_pairs(rng: random.Random) -> Pair:
    """Draw an interval and an inequality with a hole, or with a factor far out."""
    low, high = sorted(rng.sample(_ENDS, 2))
    hole = rng.choice((low + (high - low) * Fraction(rng.randrange(1, 9), 9), high + 10 ** rng.randrange(1, 12)))
    factor = rng.choice((f"(x-({number(hole)}))^2", f"(x-({number(hole)}))^4", f"(x-({number(hole)}))"))
    inequality = f"{factor}(x-({number(low)}))(x-({number(high)}))<0"
    inside, odd = low < hole < high, factor.endswith("))")
    equal = not inside and not odd
    answer = [Stretch(low, high, with_low=False, with_high=False)]
    if rng.random() < 0.5 and inside and not odd:
        return Pair(f"({number(low)},{number(hole)})\\cup({number(hole)},{number(high)})", inequality, equal=True)
    return Pair(_interval(answer[0]), inequality, equal)


def image_pairs(rng: random.Random) -> Pair:
    """Draw the image of an interval under a linear map or a square, and a near miss of it."""
    low, high = sorted(rng.sample(_ENDS, 2))
    each = Stretch(low, high, rng.random() < 0.5, rng.random() < 0.5)
    factor, shift = Fraction(rng.choice((-3, -1, 2, 5))), Fraction(rng.randrange(-4, 5))
    ends = [factor * low + shift, factor * high + shift]
    flags = [each.with_low, each.with_high]
    if factor < 0:
        ends, flags = ends[::-1], flags[::-1]
    image = Stretch(ends[0], ends[1], flags[0], flags[1])
    other = altered(rng, [image])
    condition = _chain(each, "t", rng)
    builder = rf"\{{{number(factor)}t+({number(shift)}) \mid {condition}\}}"
    return Pair(written(other, "x", rng), builder, are_equal([image], other))


def whole_pairs(rng: random.Random) -> Pair:
    """Draw whole numbers by a condition and by a list, perhaps with one too many or too few."""
    low, high = sorted(rng.sample(range(-6, 9), 2))
    factor, shift = rng.choice((1, 1, 2, -3)), rng.randrange(-3, 4)
    first, last = rng.choice((0, 1)), rng.choice((0, 1))
    listed = [factor * value + shift for value in range(low + first, high - last + 1)]
    answer = list(listed)
    if rng.random() < 0.5:
        answer = rng.choice((answer[1:], [*answer, factor * (high + 2) + shift], [each + 1 for each in answer]))
    rng.shuffle(answer)
    left, right = ("<" if first else r"\le "), ("<" if last else r"\le ")
    domain = rng.choice(
        (rf"n\in\mathbb{{Z}}, {low}{left}n{right}{high}", rf"{low}{left}n{right}{high}, n\in\mathbb{{Z}}")
    )
    builder = rf"\{{{factor}n+({shift}) \mid {domain}\}}"
    items = rf"\{{{','.join(map(str, answer))}\}}" if answer else r"\emptyset"
    return Pair(items, builder, sorted(answer) == sorted(listed)) if listed else Pair(r"\emptyset", builder, not listed)


def system_pairs(rng: random.Random) -> Pair:
    """Draw named values and the same in another order, bare, or with values changed or exchanged."""
    names = sorted(rng.sample("abcdpqrstuvwxyz", rng.choice((2, 3))))
    values = dict(zip(names, rng.sample(range(-20, 40), len(names)), strict=True))
    written_names = rng.sample(names, len(names))
    reference = ", ".join(f"{name}={values[name]}" for name in written_names)
    other = dict(values)
    if rng.random() < 0.5:
        one, two = rng.sample(names, 2)
        other[one], other[two] = rng.choice(((other[two], other[one]), (other[one] + 1, other[two])))
    equal = other == values
    match rng.randrange(3):
        case 0:
            order = rng.sample(names, len(names))
            answer = rng.choice((", ", r" \text{ and } ", "; ")).join(f"{name}={other[name]}" for name in order)
        case 1:
            answer = ", ".join(str(other[name]) for name in written_names)
        case _:
            answer = f"({', '.join(str(other[name]) for name in names)})"
    return Pair(reference, answer, equal)


def region_system_pairs(rng: random.Random) -> Pair:
    """Draw conditions on two letters, permuted, or with an end changed, dropped or exchanged."""
    ends = {name: rng.choice(_ENDS) for name in "uv"}
    signs = {name: rng.choice(("<", ">", r"\le ", r"\ge ")) for name in "uv"}
    conditions = {name: f"{name}{signs[name]}{number(ends[name])}" for name in "uv"}
    reference = ", ".join(conditions.values())
    match rng.randrange(4):
        case 0:
            return Pair(reference, conditions["u"], equal=False)
        case 1:
            swapped = {name: f"{name}{signs[name]}{number(ends[other])}" for name, other in (("u", "v"), ("v", "u"))}
            return Pair(reference, ", ".join(swapped.values()), ends["u"] == ends["v"])
        case 2:
            return Pair(reference, f"{conditions['u']}, v{signs['v']}{number(ends['v'] + _HAIR)}", equal=False)
        case _:
            turned = {"<": ">", ">": "<", r"\le ": r"\ge ", r"\ge ": r"\le "}
            word = rng.choice((",", r"\text{ and }"))
            answer = f"{number(ends['v'])}{turned[signs['v']]}v {word} {conditions['u']}"
            return Pair(reference, answer, equal=True)


_FACTORS = ["p-2q", "p+q^2", "pq-3", "p^2+q^2-5", "2p+7q+1", "p^3-q"]


def curve_pairs(rng: random.Random) -> Pair:
    """Draw products of irreducible factors, scaled, with powers, or divided by one: equal by their sets of factors."""
    one = rng.sample(_FACTORS, rng.choice((1, 2)))
    other = list(one) if rng.random() < 0.5 else rng.sample(_FACTORS, rng.choice((1, 2)))
    rng.shuffle(other)
    powers = [rng.choice((1, 1, 1, 2)) for _ in other]
    product = "".join(f"({factor})^{power}" for factor, power in zip(other, powers, strict=True))
    scale = rng.choice(("5", "-3", r"\pi", r"\frac{2}{7}", r"\sqrt{2}"))
    match rng.randrange(3):
        case 0:
            answer = rf"{scale}\cdot {product}=0"
        case 1:
            answer = rf"\frac{{{product}}}{{p^2+q^4+9}}=0"
        case _:
            answer = f"{product}+pq+1=pq+1"
    return Pair("".join(f"({factor})" for factor in one) + "=0", answer, set(one) == set(other))


def family_pairs(rng: random.Random) -> Pair:
    """Draw an arithmetic progression and one with its start or period changed, or split into two."""
    start, period = Fraction(rng.randrange(0, 12), 6), Fraction(rng.choice((1, 2, 3)))
    other_start = start + period * rng.randrange(-3, 4) + (Fraction(1, 6) if rng.random() < 0.3 else 0)
    other_period = period * rng.choice((1, 1, -1, 2))
    one = rf"x={number(start)}\pi+{number(period)}k\pi, k\in\mathbb{{Z}}"
    if rng.random() < 0.3:
        second = other_start + period
        other = (
            rf"x={number(other_start)}\pi+{number(2 * period)}n\pi, "
            rf"x={number(second)}\pi+{number(2 * period)}n\pi, n\in\mathbb{{Z}}"
        )
        return Pair(one, other, (other_start - start) % period == 0)
    other = rf"\{{{number(other_start)}\pi+({number(other_period)})n\pi \mid n\in\mathbb{{Z}}\}}"
    return Pair(one, other, (other_start - start) % period == 0 and abs(other_period) == period)


def chain_pairs(rng: random.Random) -> Pair:
    """Draw a chain of constants whose links hold or do not; the last one is the value."""
    value = rng.randrange(2, 60)
    parts = []
    holds = True
    for _ in range(rng.choice((1, 2))):
        off = rng.choice((0, 0, 1, -2))
        holds = holds and not off
        part = rng.randrange(1, value)
        parts.append(f"{part}+{value - part + off}" if value - part + off >= 0 else f"{part}{value - part + off}")
    name = rng.choice(("x=", "m=", ""))
    return Pair(str(value), name + "=".join([*parts, str(value)]), holds)


FAMILIES = {
    each.__name__: each
    for each in (
        set_pairs, hole_pairs, image_pairs, whole_pairs, system_pairs, region_system_pairs, curve_pairs, family_pairs,
        chain_pairs,
    )
}  # fmt: skip


def pairs(family: str, count: int, seed: int = 0) -> Iterator[Pair]:
    """Draw pairs of a family, the same ones for the same seed."""
    rng = random.Random(f"{family} {seed}")  # noqa: S311  # the same pairs each time
    for _ in range(count):
        yield FAMILIES[family](rng)


@pytest.mark.parametrize("family", FAMILIES)
def test_generated_pairs_agree_with_exact_fractions(family: str) -> None:
    """None is paid that differs, and none refused that is equal."""
    drawn = list(pairs(family, COUNT))
    wrong = [pair for pair in drawn if verify(pair.reference, pair.answer).correct != pair.equal]

    assert wrong == []
    assert len(drawn) / 5 < sum(pair.equal for pair in drawn) < 4 * len(drawn) / 5
