r"""Compare where a sign is zero: ``\operatorname{sgn}(|x-7|)`` is 1 at every point that is drawn, and 0 at 7."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice

from rlvr_math.comparing.balls import precision, value_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS, Question, balls_of
from rlvr_math.comparing.equality.domains import exponent_of
from rlvr_math.comparing.equality.factors import (
    Factor,
    TooLargeError,
    factors_of,
    is_polynomial_in_one_letter,
    zeros_of,
)
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.equality.stepped import is_visibly_positive, letters_in, rebuilt
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    ZERO,
    Call,
    Constant,
    Power,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    key_of,
    multiplied,
    negated,
)

_POINTS = 2


def differ_at_zeros(reference: Tree, answer: Tree, question: Question, is_same: Callable[[Tree, Tree], bool]) -> bool:
    """Say whether an answer may differ from the reference where the argument of a sign is zero.

    A zero that is linear in a letter is put in its place; for others both sides must be equal whatever they are with
    zero in the place of the sign.

    Args:
        reference: The reference.
        answer: An answer that equals it where no sign is zero.
        question: The pair that they come from.
        is_same: Decides whether two trees are equal.
    """
    arguments = {key_of(node): node.arguments[0] for side in (reference, answer) for node in _signs_in(side)}
    for argument in arguments.values():
        for place in _zeros(argument):
            sides = [_placed(tree, place) for tree in (reference, answer)]
            if all(_is_defined(side, question) for side in sides) and not is_same(sides[0], sides[1]):
                return True
    return False


def _placed(tree: Tree, place: dict[str, Tree]) -> Tree:
    """Put something in the place of some nodes, and fold what becomes rational."""

    def change(node: Tree) -> Tree:
        node = place.get(key_of(node), node)
        try:
            value = None if letters_in(node) else rational_of(node)
        except UndefinedError:
            return node
        return node if value is None else Constant(value)

    return rebuilt(tree, change)


def _signs_in(tree: Tree) -> Iterator[Call]:
    for child in children(tree):
        yield from _signs_in(child)
    if isinstance(tree, Call) and tree.name == "sgn" and letters_in(tree):
        yield tree


def _zeros(argument: Tree) -> list[dict[str, Tree]]:
    """Return what to put in the place of which nodes, by their keys, for an argument of a sign to be zero."""
    try:
        return list(_zeros_of_factors(argument))
    except TooLargeError:
        return [{key_of(Call("sgn", (argument,))): ZERO}]


def _zeros_of_factors(argument: Tree) -> Iterator[dict[str, Tree]]:
    """Yield the zeros of an expression, one for each of its factors.

    Raises:
        TooLargeError: They are not known.
    """
    for factor in factors_of(argument)[1]:
        if factor.times < 0 or _is_never_zero(factor):
            continue
        letter = _linear_letter(factor)
        match factor.tree:
            case _ if letter:
                yield {letter: _solved(factor, letter)}
            case Call(name="abs", arguments=(inner,)):
                yield from _zeros_of_factors(inner)
            case Power(base=base) if (exponent_of(factor.tree) or 0) > 0:
                yield from _zeros_of_factors(base)
            case Call():
                yield {key_of(factor.tree): ZERO}
            case _:
                raise TooLargeError


def _is_never_zero(factor: Factor) -> bool:
    if is_polynomial_in_one_letter(factor):
        return not zeros_of(factor)
    match factor.tree:
        case Sum(terms=terms):
            return any(isinstance(term, Constant) for term in terms) and is_visibly_positive(factor.tree)
        case Power(base=Symbol(name="e" | "pi")) | Call(name="exp" | "cosh" | "sech"):
            return True
        case Power(base=Constant(value=value)):
            return value > 0
        case _:
            return False


def _linear_letter(factor: Factor) -> str:
    """Return a letter of a polynomial in letters that occurs in its first power only; "" if there is none."""
    if factor.letters != set(factor.atoms):
        return ""
    degrees = {atom: max(powers[at] for powers, _ in factor.coefficients) for at, atom in enumerate(factor.atoms)}
    return next((atom for atom in factor.atoms if degrees[atom] == 1), "")


def _solved(factor: Factor, letter: str) -> Tree:
    """Return the letter's value at the zero of a polynomial that is linear in it."""
    at = factor.atoms.index(letter)
    parts: tuple[list[Tree], list[Tree]] = ([], [])
    for powers, coefficient in factor.coefficients:
        others = [
            Power(Symbol(atom), Constant(Fraction(power)))
            for atom, power in zip(factor.atoms, powers, strict=True)
            if power and atom != letter
        ]
        parts[powers[at]].append(multiplied([Constant(Fraction(coefficient)), *others]))
    rest, slope = (added(terms) if terms else ZERO for terms in parts)
    return negated(multiplied([rest, inverted(slope)]))


def _is_defined(tree: Tree, question: Question) -> bool:
    with precision(GUARD_BITS + question.bits):
        names = sorted(letters_in(tree))
        places = [balls_of(place) for place in islice(draw_places(names, question.seed), _POINTS)] if names else [{}]
        return any(value_of(tree, place, question.steps).is_finite() for place in places)
