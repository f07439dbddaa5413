"""Prove equality case by case: the sides without absolute values must be equal for each choice of signs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from rlvr_math.comparing.balls import precision, value_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS, POINTS, Question, agree, balls_of, compare_at
from rlvr_math.comparing.equality.algebraic import algebraic_zeros, has_nested_roots
from rlvr_math.comparing.equality.domains import LOGARITHMS, restricting_in
from rlvr_math.comparing.equality.factors import (
    Factor,
    TooLargeError,
    factors_of,
)
from rlvr_math.comparing.equality.points import Place, draw_places
from rlvr_math.comparing.equality.stepped import is_never_negative, letters_in, rebuilt, stepping_in
from rlvr_math.reading.tree import ONE, Call, Constant, Power, Sum, Symbol, Tree, multiplied, negated

# Honest pairs step at three places at most; each more doubles the cases.
SIGNS_LIMIT = 5
# A factor may be so many times others.
RATIO_LIMIT = 1_000
# Points that are looked at for those that lie in a case.
CASE_ROUNDS = 8
# Points in each stretch between two zeros, among them some near its ends.
STRETCH_POINTS = 8


class Sign(NamedTuple):
    """A factor, and the sign that it has in a case."""

    factor: Factor
    is_positive: bool


class _UnknownSign(Exception):  # noqa: N818  # asks for a decision
    """A factor whose sign is not assumed yet."""

    def __init__(self, factor: Factor) -> None:
        self.factor = factor


class TooManySignsError(ValueError):
    """There are more cases than are looked at."""


def compare_cases(reference: Tree, answer: Tree, question: Question) -> bool:
    """Decide whether two expressions are equal for all signs of what they take absolute values of."""
    if not (stepping_in(reference) or stepping_in(answer)):
        return _agree_between_zeros(reference, answer, question)
    try:
        # A case in which the reference is defined nowhere is proven; but some case must have been seen to be equal.
        seen = False
        for case in _cases(reference, answer, {}, question):
            outcome = _is_equal_in(case, question)
            if outcome is None:
                return False
            seen = seen or outcome
    except (TooManySignsError, TooLargeError):
        return False
    return seen


def sides_by_signs(tree: Tree, question: Question) -> Iterator[Tree]:
    """Yield an expression without absolute values, for all signs of what it takes them of.

    Raises:
        TooManySignsError: There are more cases than are looked at.
        TooLargeError: An argument of an absolute value cannot be factored.
    """
    return (case.reference for case in _cases(tree, tree, {}, question))


def _agree_between_zeros(reference: Tree, answer: Tree, question: Question) -> bool:
    """Compare two expressions that do not step; those with nested roots in each stretch between their zeros."""
    names = sorted(letters_in(reference) | letters_in(answer))
    nodes = [*restricting_in(reference).values(), *restricting_in(answer).values()]
    if len(names) == 1 and any(map(has_nested_roots, nodes)):
        case = _Case(reference, answer, ())
        if _limits_of_domain(reference, names[0], question) is not None:
            return bool(_is_equal_on_the_line(case, names[0], [], question))
    return agree(reference, answer, question)


class _Case(NamedTuple):
    """Both sides without absolute values, and the signs for which they stand."""

    reference: Tree
    answer: Tree
    signs: tuple[Sign, ...]


def _cases(reference: Tree, answer: Tree, signs: dict[str, Sign], question: Question) -> Iterator[_Case]:
    """Yield the cases, signs assumed one by one from inside out."""
    try:
        sides = [rebuilt(tree, lambda node: _signed(node, signs)) for tree in (reference, answer)]
    except _UnknownSign as unknown:
        factor = unknown.factor
        if len(signs) == SIGNS_LIMIT:
            raise TooManySignsError from None
        known = _known_sign(factor, signs, question)
        for is_positive in (True, False) if known is None else (known,):
            yield from _cases(reference, answer, {**signs, factor.key: Sign(factor, is_positive)}, question)
        return
    yield _Case(sides[0], sides[1], tuple(signs.values()))


def _known_sign(factor: Factor, signs: dict[str, Sign], question: Question) -> bool | None:
    """Return the sign of a factor that is a rational multiple of others, such as sin(2x) = 2 sin(x) cos(x)."""
    if factor.letters == set(factor.atoms):
        return None  # irreducible polynomials are no multiples of each other
    names = sorted(letters_in(factor.tree) | _letters_of(tuple(signs.values())))
    place = next(draw_places(names, question.seed))
    with precision(GUARD_BITS + question.bits):
        value, *others = (
            value_of(tree, balls_of(place), question.steps)
            for tree in (factor.tree, *(sign.factor.tree for sign in signs.values()))
        )
    known = list(zip(signs.values(), others, strict=True))
    for chosen in product(*([(sign, other, power) for power in (0, 1, -1)] for sign, other in known)):
        ratio = value
        for _, other, power in chosen:
            ratio = ratio / other**power
        if not abs(ratio) < RATIO_LIMIT:
            continue  # too large, or not known
        parts = [Power(sign.factor.tree, Constant(Fraction(power))) for sign, _, power in chosen]
        multiple = Constant(Fraction(float(ratio.real)).limit_denominator(RATIO_LIMIT))
        if agree(factor.tree, multiplied([multiple, *parts]), question):
            negatives = [multiple.value < 0, *(power and not sign.is_positive for sign, _, power in chosen)]
            return not sum(map(bool, negatives)) % 2
    return None


def _signed(tree: Tree, signs: dict[str, Sign]) -> Tree:
    """Return an absolute value without its bars; other nodes as they are."""
    if not isinstance(tree, Call) or tree.name != "abs" or not letters_in(tree):
        return tree
    inner = tree.arguments[0]
    constant, factors = factors_of(inner)
    is_positive = constant > 0
    waiting = list(factors)
    while waiting:
        factor = waiting.pop(0)
        exponent = _exponent_above_one(factor)
        if exponent is not None:  # e^u - 1 has the sign of u
            above, others = factors_of(exponent)
            is_positive ^= above < 0
            waiting.extend(others)
            continue
        if factor.times % 2 == 0 or is_never_negative(factor):
            continue
        if factor.key not in signs:
            raise _UnknownSign(factor)
        is_positive ^= not signs[factor.key].is_positive
    return inner if is_positive else negated(inner)


def _exponent_above_one(factor: Factor) -> Tree | None:
    """Return u of an odd power of e^u - 1; None for other factors."""
    match factor.tree:
        case Sum(terms=(Power(base=Symbol(name="e"), exponent=exponent), Constant(value=value))) if value == -1:
            return exponent if factor.times % 2 else None
        case _:
            return None


def _is_equal_in(case: _Case, question: Question) -> bool | None:
    """Compare the sides of a case.

    Returns:
        True if they are equal, False if there is nothing to compare, None if they differ or it is not known.
    """
    if _is_defined_nowhere(case):
        return False
    names = sorted(letters_in(case.reference) | letters_in(case.answer) | _letters_of(case.signs))
    if len(names) == 1 and None not in (zeros := [algebraic_zeros(each.factor.tree, names[0]) for each in case.signs]):
        return _is_equal_on_the_line(case, names[0], [zero for each in zeros for zero in each or ()], question)
    drawn = draw_places(names, question.seed, CASE_ROUNDS)
    inside = [Place(place.values) for place in drawn if _lies_in(place, case.signs, question)]
    if len(inside) >= POINTS:
        return agree(case.reference, case.answer, question, inside) or None
    # Too few points were found in the case. Analytic sides that are equal there are equal elsewhere too.
    return agree(case.reference, case.answer, question._replace(is_complex=True)) or None


def _is_defined_nowhere(case: _Case) -> bool:
    """Say whether the signs of a case make some even root or logarithm of the reference undefined."""
    signs = {sign.factor.key: sign.is_positive for sign in case.signs}
    return any(_is_negative(_radicand_of(node), signs) for node in restricting_in(case.reference).values())


def _is_negative(radicand: Tree | None, signs: dict[str, bool]) -> bool:
    """Say whether the signs of its factors show that what must not be negative is."""
    try:
        constant, factors = factors_of(radicand if radicand and letters_in(radicand) else ONE)
    except TooLargeError:
        return False
    odd = [factor.key for factor in factors if factor.times % 2 and not is_never_negative(factor)]
    return signs.keys() >= set(odd) and sum([constant < 0, *(not signs[key] for key in odd)]) % 2 == 1


def _radicand_of(node: Tree) -> Tree | None:
    """Return what must not be negative in a root or logarithm; None for other functions."""
    if isinstance(node, Power):
        return node.base
    return node.arguments[0] if isinstance(node, Call) and node.name in LOGARITHMS else None


def _letters_of(signs: tuple[Sign, ...]) -> set[str]:
    return {name for sign in signs for name in letters_in(sign.factor.tree)}


def _lies_in(place: Place, signs: tuple[Sign, ...], question: Question) -> bool:
    """Say whether all factors have their signs at a point."""
    with precision(GUARD_BITS):
        values = balls_of(place)
        for sign in signs:
            value = value_of(sign.factor.tree, values, question.steps)
            if not (value.is_finite() and value.imag.contains(0)):
                return False
            if not (value.real > 0 if sign.is_positive else value.real < 0):
                return False
    return True


def _is_equal_on_the_line(case: _Case, name: str, zeros: list[Any], question: Question) -> bool | None:
    """Compare within each stretch between zeros that belongs to the case; none of them may be left out."""
    limits = _limits_of_domain(case.reference, name, question)
    seen = False
    for stretch in stretches(
        sorted({*zeros, *(limits or ()), *_zeros_of_nested(case.answer, name)}), name, question.seed
    ):
        if not _lies_in(stretch[0], case.signs, question):
            continue
        if agree(case.reference, case.answer, question, stretch):
            seen = True
        elif limits is None or _is_defined_at_one(case.reference, stretch, question):
            return None
    return seen


def _limits_of_domain(reference: Tree, name: str, question: Question) -> list[Any] | None:
    """Return where the natural domain of the reference may end; None if these places are not known."""
    found: list[Any] = []
    for node in restricting_in(reference).values():
        if not letters_in(node):
            if not _is_defined_at_one(node, [Place({})], question):
                return None  # a complex factor, whatever the letter is
            continue
        inner = _radicand_of(node)
        zeros = None if inner is None else algebraic_zeros(inner, name)
        if zeros is None:
            return None
        found.extend(zeros)
    return found


def _zeros_of_nested(tree: Tree, name: str) -> Iterator[Any]:
    """Yield the zeros of radicands that hold roots: such a radicand may be a square, whose root steps there."""
    for node in restricting_in(tree).values():
        inner = _radicand_of(node)
        if inner is not None and has_nested_roots(node):
            yield from algebraic_zeros(inner, name) or ()


def stretches(marks: list[Any], name: str, seed: str) -> Iterator[list[Place]]:
    """Yield some points within each stretch of the line between marks."""
    shares = [place.values[""] for place in draw_places([""], f"{seed} cases")]
    parts = [abs(share) - int(abs(share)) for share in shares]
    for low, high in zip([None, *marks], [*marks, None], strict=True):
        if low is None and high is None:
            values = shares
        elif low is None or high is None:
            values = [low + abs(share) if high is None else high - abs(share) for share in shares]
        else:
            values = [low + (high - low) * part for part in parts[:STRETCH_POINTS]]
        yield [Place({name: value}) for value in values]


def _is_defined_at_one(tree: Tree, places: list[Place], question: Question) -> bool:
    """Say whether an expression has a real value at some of the points."""
    with precision(GUARD_BITS + question.bits):
        return any(compare_at(tree, tree, balls_of(place), question.steps, natural=True) for place in places)
