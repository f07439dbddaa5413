"""Equations: chains of equal signs, constant multiples, and curves by their irreducible factors."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.names import CONSTANTS, free_symbols, is_name
from rlvr_math.comparing.polynomials import Polynomials, Quotient
from rlvr_math.comparing.residues import Draw, NoResidueError
from rlvr_math.comparing.values import numeric_value, same_value
from rlvr_math.limits import Steps
from rlvr_math.reading.exact import UndefinedError
from rlvr_math.reading.tree import (
    OPAQUE_FUNCTIONS,
    ZERO,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    Words,
    key_of,
    minus,
    multiplied,
    nodes_of,
    renamed,
    symbols_in,
)

_TWO_SIDES = 2
_HALF = Fraction(1, 2)
_WITHOUT_VALUE = frozenset({Collection, Grid, Relation, Words})


def gap_of(relation: Relation) -> Tree:
    """Return left minus right of a relation with two sides."""
    return minus(relation.sides[0], relation.sides[1])


def false_links(comparing: Comparing, relation: Relation) -> Iterator[Decision]:
    """Decide on each link of a chain that can be checked: ``x = 2 + 2 = 4`` says that 2 + 2 is 4.

    The last side is the value. Another side must have that value, too, where its letters are those of the value.
    """
    first, *middle, value = relation.sides
    letters = free_symbols(value)
    rough = comparing.rounded_links()
    for side in middle if is_name(first) else (first, *middle):
        if free_symbols(side) == letters and not (letters and is_name(side)):
            decision = rough.same(value, side)
            yield decision or rough.same(side, value)


def compare_multiples(comparing: Comparing, reference: Relation, answer: Relation, *, positive: bool) -> Decision:
    """Decide whether left minus right of one is left minus right of the other times a constant other than zero.

    Args:
        comparing: The comparison.
        reference: A relation with two sides.
        answer: A relation with two sides.
        positive: Whether the constant must be positive, as an inequality's must; else it may be complex.
    """
    if comparing.matrices:  # sides cannot be divided, and factors not be swapped
        return DIFFERENT
    one, other = _opaque_as_symbols(gap_of(reference)), _opaque_as_symbols(gap_of(answer))
    names = sorted(free_symbols(one))
    if not names or set(names) != free_symbols(other):
        return DIFFERENT
    if not _WITHOUT_VALUE.isdisjoint(map(type, (*nodes_of(one), *nodes_of(other)))):
        return DIFFERENT  # at every point
    for place in draw_places(names, f"{key_of(one)}\n{key_of(other)}"):
        spot: dict[str, Tree] = {
            name: Constant(Fraction(int(value.p), int(value.q))) for name, value in place.values.items()
        }
        top, bottom = renamed(one, spot), renamed(other, spot)
        is_positive = _is_positive_ratio(top, bottom, comparing.steps)
        if is_positive is not None:
            decision = same_value(multiplied([one, bottom]), multiplied([other, top]), comparing.steps)
            return decision if is_positive or not positive else decision._replace(same=False)
    return DIFFERENT


def _is_positive_ratio(top: Tree, bottom: Tree, steps: Steps) -> bool | None:
    """Return whether the ratio of two constants is positive; None if one of them is zero or has no value."""
    values = [numeric_value(tree, steps) for tree in (top, bottom)]
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        product = known[0] * known[1]
        return product == abs(product) if product else None
    is_complex = any("i" in symbols_in(tree) for tree in (top, bottom))
    return False if is_complex and not any(same_value(tree, ZERO, steps) for tree in (top, bottom)) else None


def _opaque_as_symbols(tree: Tree) -> Tree:
    """Put a symbol in the place of each unknown function's value."""
    match tree:
        case Call(name=name) if name in OPAQUE_FUNCTIONS:
            return Symbol(key_of(tree))
        case Sum(terms=parts):
            return Sum(tuple(_opaque_as_symbols(part) for part in parts))
        case Product(factors=parts):
            return Product(tuple(_opaque_as_symbols(part) for part in parts))
        case Power(base=base, exponent=exponent):
            return Power(_opaque_as_symbols(base), _opaque_as_symbols(exponent))
        case _:
            return tree


def differ_at_point(comparing: Comparing, reference: Relation, answer: Relation) -> bool:
    """Return True if a point of the equation that is solved for a letter is none of the other: nearly all wrong ones.

    Args:
        comparing: The comparison.
        reference: An equation with two sides.
        answer: An equation with two sides.
    """
    one, other = _opaque_as_symbols_of(reference), _opaque_as_symbols_of(answer)
    letters = free_symbols(one)
    if comparing.matrices or len(letters) < _TWO_SIDES or letters != free_symbols(other):
        return False
    try:
        return _has_point_outside(one, other, comparing.steps) or _has_point_outside(other, one, comparing.steps)
    except (NoResidueError, UndefinedError):
        return False


def _has_point_outside(one: Relation, other: Relation, steps: Steps) -> bool:
    """Return True if a point of an equation that is solved for a letter is none of the other.

    Raises:
        NoResidueError: A side is no rational expression.
    """
    solved = [
        (letter.name, value)
        for letter, value in (one.sides, one.sides[::-1])
        if isinstance(letter, Symbol) and letter.name not in symbols_in(value)
    ]
    draw = Draw(0, "", steps)  # nothing is paid for what is found here
    for letter, value in solved:
        draw.hold(letter, draw.residue(value))
    return bool(solved) and len(set(map(draw.residue, other.sides))) > 1


def compare_curves(comparing: Comparing, reference: Relation, answer: Relation) -> Decision:
    """Compare equations in the same two or more letters by the irreducible factors that can be zero.

    Multiplicities do not count, nor factors that divide the denominator, nor factors without a letter.
    """
    if comparing.matrices:
        return DIFFERENT
    one, other = (_squared(_opaque_as_symbols_of(relation), comparing.steps) for relation in (reference, answer))
    letters = free_symbols(one)
    if len(letters) < _TWO_SIDES or letters != free_symbols(other):
        return DIFFERENT
    try:
        polynomials = Polynomials((one, other), comparing.steps)
        zeros, answer_zeros = (_zeros(polynomials, polynomials.quotient(gap)) for gap in (one, other))
    except UndecidedError:
        return DIFFERENT
    return Decision(not zeros.is_constant() and zeros == answer_zeros, "factors")


def _opaque_as_symbols_of(relation: Relation) -> Relation:
    left, right = relation.sides
    return Relation(relation.signs, (_opaque_as_symbols(left), _opaque_as_symbols(right)))


def _squared(relation: Relation, steps: Steps) -> Tree:
    """Return left minus right; of a root that is a constant of zero or more, what the squares are of."""
    for root, value in (relation.sides, relation.sides[::-1]):
        if isinstance(root, Power) and root.exponent == Constant(_HALF) and not free_symbols(value):
            number = numeric_value(value, steps)
            if number is not None and number == abs(number):
                return minus(root.base, Power(value, Constant(Fraction(2))))
    return gap_of(relation)


def _zeros(polynomials: Polynomials, quotient: Quotient) -> Any:
    """Return a polynomial without squares that is zero where a quotient is; 1 if that is nowhere or everywhere."""
    above = polynomials.without_powers_of_roots(quotient.above)
    if above.is_zero():
        return polynomials.one
    above = polynomials.radical(above)
    above = above / above.gcd(quotient.below)
    constants = frozenset(letter for letter, tree in polynomials.letters.items() if not symbols_in(tree) - CONSTANTS)
    above = polynomials.without_constant_factor(above, constants)
    return above / above.leading_coefficient()
