r"""Refuse answers that have no real value on a range where the reference has one.

At a point without a value nothing can be compared, so an answer that is undefined on a whole range would be paid for
the rest: ``x\frac{|x|-x}{|x|-x}`` divides by zero wherever x is positive, and ``e^{\ln(x-50)}+50`` is only defined
beyond 50. Both are expected to have passed the comparison of values.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rlvr_math.comparing.balls import precision, value_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS, Question, balls_of
from rlvr_math.comparing.equality.cases import TooManySignsError, sides_by_signs, stretches
from rlvr_math.comparing.equality.domains import LOGARITHMS, OutsideError, check_natural, exponent_of, restricting_in
from rlvr_math.comparing.equality.factors import (
    TooLargeError,
    factors_of,
    is_polynomial_in_one_letter,
    zeros_of,
)
from rlvr_math.comparing.equality.letters import Letters
from rlvr_math.comparing.equality.points import Place, draw_places
from rlvr_math.comparing.equality.stepped import (
    is_visibly_positive,
    letters_in,
    rebuilt,
    stepping_in,
    with_absolute_values,
)
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Symbol,
    Tree,
    added,
    key_of,
    nodes_of,
)

# Points at which a divisor is compared with zero: an analytic one that is zero at two drawn points is zero everywhere.
_POINTS = 2


def has_gaps(reference: Tree, answer: Tree, question: Question) -> bool:
    """Say whether an answer has no real value on a range where the reference may have one."""
    return _divides_by_zero(reference, answer, question) or _is_restricted(reference, answer, question)


def _divides_by_zero(reference: Tree, answer: Tree, question: Question) -> bool:
    """Say whether a divisor of the answer, which the reference does not divide by, is zero on a range."""
    known = {key_of(base) for base in _divisors_in(reference)}
    divisors = {key_of(base): base for base in _divisors_in(answer)}
    return any(_is_zero_somewhere(base, question) for key, base in divisors.items() if key not in known)


def _divisors_in(tree: Tree) -> Iterator[Tree]:
    for node in nodes_of(tree):
        if isinstance(node, Power) and letters_in(node.base):
            power = exponent_of(node)
            if power is not None and power < 0:
                yield node.base


def _is_zero_somewhere(divisor: Tree, question: Question) -> bool:
    letters = Letters(question)
    written = rebuilt(divisor, lambda node: letters.replaced(with_absolute_values(node)))
    if any(name in _JUMPING for name, _, _ in letters.held):
        return True  # a floor is zero from 0 to 1
    if not stepping_in(written):
        return False
    try:
        return any(_is_zero(case, question) for case in sides_by_signs(written, question))
    except (TooManySignsError, TooLargeError):
        return True


_JUMPING = frozenset({"floor", "arcsin", "arccos", "arctan", "ln"})


def _is_zero(tree: Tree, question: Question) -> bool:
    names = sorted(letters_in(tree))
    if not names:
        return tree == ZERO
    with precision(GUARD_BITS + question.bits):
        values = [
            value_of(tree, balls_of(place), question.steps)
            for place in islice(draw_places(names, question.seed), _POINTS)
        ]
    return all(value.contains(0) for value in values)


def _is_restricted(reference: Tree, answer: Tree, question: Question) -> bool:
    r"""Say whether a root, logarithm or inverse function of the answer has no real value where the reference has one.

    People leave out that a letter is positive, so the root and the logarithm of a product of letters do not count;
    nor do factors that the reference has as well, as in ``\ln(x-1)-\ln(x+1)`` for the logarithm of the quotient.
    """
    known = restricting_in(reference)
    found = {key: part for key, part in restricting_in(answer).items() if key not in known and letters_in(part)}
    return any(
        not _is_excused(part, argument, reference) and _is_outside(reference, part, argument, question)
        for part in found.values()
        for argument in _arguments_of(part)
    )


def _arguments_of(part: Tree) -> tuple[Tree, ...]:
    """Return what must be positive or within a range; nothing for a power with letters in its exponent."""
    if isinstance(part, Power):
        return () if letters_in(part.exponent) else (part.base,)
    return part.arguments if isinstance(part, Call) else ()


def _needs_positive(part: Tree) -> bool:
    return isinstance(part, Power) or (isinstance(part, Call) and part.name in LOGARITHMS)


def _is_excused(part: Tree, argument: Tree, reference: Tree) -> bool:
    if not _needs_positive(part):
        return isinstance(argument, Symbol)
    factors = argument.factors if isinstance(argument, Product) else (argument,)
    if all(isinstance(each.base if isinstance(each, Power) else each, (Symbol, Constant)) for each in factors):
        return True
    if is_visibly_positive(argument):
        return True
    try:
        others = {factor.key for factor in factors_of(argument)[1] if letters_in(factor.tree)}
    except TooLargeError:
        return False
    return not others or others <= _factors_in(reference)


def _factors_in(tree: Tree) -> set[str]:
    found: set[str] = set()
    for node in nodes_of(tree):
        if letters_in(node):
            try:
                found.update(factor.key for factor in factors_of(node)[1])
            except TooLargeError:
                continue
    return found


def _is_outside(reference: Tree, part: Tree, argument: Tree, question: Question) -> bool:
    """Say whether a part of the answer has no real value at a point in the natural domain of the reference."""
    names = sorted(letters_in(reference) | letters_in(part))
    with precision(GUARD_BITS + question.bits):
        for place in _places(part, argument, names, question):
            values = balls_of(place)
            try:
                value_of(part, values, question.steps, check_natural)
                continue  # as at nearly all points
            except OutsideError:
                pass
            try:
                value = value_of(reference, values, question.steps, check_natural)
            except OutsideError:
                continue
            if value.is_finite() and value.imag.contains(0):
                return True
    return False


def _places(part: Tree, argument: Tree, names: list[str], question: Question) -> Iterator[Place]:
    """Yield points of all scales, and on both sides of where the part's domain ends."""
    yield from draw_places(names, question.seed, more=1)
    ends = (argument,) if _needs_positive(part) else (added([argument, ONE]), added([argument, MINUS_ONE]))
    try:
        factors = [factor for end in ends for factor in factors_of(end)[1]]
    except TooLargeError:
        return
    if len(names) == 1 and all(map(is_polynomial_in_one_letter, factors)):
        marks = sorted({zero for factor in factors for zero in zeros_of(factor)})
        for stretch in stretches(marks, names[0], question.seed):
            yield from stretch[:_POINTS]
