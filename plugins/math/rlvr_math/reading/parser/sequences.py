"""Numbers and terms that go on by a rule: each rule gives the tree of all of them in an index from zero on."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise

from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    Call,
    Constant,
    Power,
    Product,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    multiplied,
    with_children,
)

INDEX = Symbol("~k")
# Numbers that go on by their quotient are told from others by three.
TERMS_OF_QUOTIENT = 3
POWERS = (2, 3, 4)
LONGEST = 10_000
# Factors that follow each other have a step of at most this.
_STEPS_BETWEEN = 5


def coefficient(term: Tree) -> tuple[Fraction, Tree]:
    """Part the number before a term from the rest of it."""
    match term:
        case Constant(value=value):
            return value, ONE
        case Product(factors=(Constant(value=value), *others)):
            return value, multiplied(others)
        case _:
            return Fraction(1), term


def fitted(trees: Sequence[Tree]) -> Tree | None:
    """Return the tree in the index that gives some trees one after the other; None if they do not go on steadily."""
    head, *others = trees
    if all(tree == head for tree in others):
        return head
    values = [tree.value for tree in trees if isinstance(tree, Constant)]
    if len(values) == len(trees):
        return fitted_numbers(values)
    parts = [children(tree) for tree in trees]
    names = {(type(tree), tree.name if isinstance(tree, (Call, Symbol)) else "", len(children(tree))) for tree in trees}
    if len(names) != 1 or () in parts:
        return None
    found = [fitted(places) for places in zip(*parts, strict=True)]
    known = [part for part in found if part is not None]
    return with_children(head, tuple(known)) if len(known) == len(found) else None


def fitted_numbers(values: Sequence[Fraction]) -> Tree | None:
    """Return the tree in the index for numbers that go on by a rule, with or without alternating signs."""
    signs: list[Tree] = []
    sizes = [abs(value) for value in values]
    if max(values) <= 0:
        signs = [MINUS_ONE]
    elif all(one * other < 0 for one, other in pairwise(values)):
        signs = [Constant(values[0] / sizes[0]), Power(MINUS_ONE, INDEX)]
    else:
        sizes = list(values)
    found = _sequence(sizes)
    return None if found is None else multiplied([*signs, found])


def _sequence(values: Sequence[Fraction]) -> Tree | None:
    """Return what gives numbers by a rule: steps, powers, factors that follow each other, or one divided by these."""
    distinct = set(values)
    if len(distinct) == 1:
        return Constant(distinct.pop())
    is_sure = len(values) >= TERMS_OF_QUOTIENT
    if is_sure or all(value.denominator == 1 for value in values):
        found = _whole_sequence(values)
        if found is not None:
            return found
    if all(values) and (is_sure or all(value.numerator == 1 for value in values)):
        found = _whole_sequence([1 / value for value in values])
        if found is not None:
            return inverted(found)
    if not is_sure:
        return None
    above, below = (line_of([Fraction(part(value)) for value in values]) for part in (_numerator, _denominator))
    return None if above is None or below is None else multiplied([above, inverted(below)])


def _numerator(value: Fraction) -> int:
    return value.numerator


def _denominator(value: Fraction) -> int:
    return value.denominator


def _whole_sequence(values: Sequence[Fraction]) -> Tree | None:
    steady = line_of(values)
    if steady is not None or len(values) < TERMS_OF_QUOTIENT:
        return steady
    quotient = quotient_of(list(values))
    if quotient is not None:
        return multiplied([Constant(values[0]), Power(Constant(quotient), INDEX)])
    for power in POWERS:
        roots = [whole_root(value, power) for value in values]
        known = [root for root in roots if root is not None]
        line = line_of(known) if len(known) == len(values) else None
        if line is not None:
            return Power(line, whole(power))
    return next(
        (body for body, at in followers(values[0]) if all(at(k) == value for k, value in enumerate(values))), None
    )


def line_of(values: Sequence[Fraction]) -> Tree | None:
    """Return first + step * index; None if the numbers have no one step."""
    step = values[1] - values[0]
    if any(after - before != step for before, after in pairwise(values)):
        return None
    return added([Constant(values[0]), multiplied([Constant(step), INDEX])])


def followers(first: Fraction) -> Iterator[tuple[Tree, Callable[[int], int]]]:
    """Yield products of two or three factors that follow each other by one step and have a first value: 1*3, 3*5."""
    for count in (2, 3):
        for step in range(1, _STEPS_BETWEEN + 1):
            start = bisect_left(range(LONGEST), int(first), key=partial(_run, step=step, count=count))
            if _run(start, step, count) == first:
                factors: list[Tree] = [
                    added([whole(start + step * place), multiplied([whole(step), INDEX])]) for place in range(count)
                ]
                yield multiplied(factors), partial(_run_at, start, step, count)


def _run(start: int, step: int, count: int) -> int:
    return math.prod(range(start, start + step * count, step))


def _run_at(start: int, step: int, count: int, index: int) -> int:
    return _run(start + step * index, step, count)


def quotient_of(values: list[Fraction]) -> Fraction | None:
    """Return the quotient of neighbours, if all have the same; None if they have not, or are too few."""
    if len(values) < TERMS_OF_QUOTIENT or not all(values):
        return None
    found = {after / before for before, after in pairwise(values)}
    return found.pop() if len(found) == 1 else None


def whole_root(value: Fraction, power: int) -> Fraction | None:
    """Return the whole number up to a limit whose power is a value; None if there is none."""
    root = bisect_left(range(LONGEST), value, key=lambda each: each**power)
    return Fraction(root) if root**power == value else None


def whole(value: int) -> Constant:
    """Return a whole number as a tree."""
    return Constant(Fraction(value))
