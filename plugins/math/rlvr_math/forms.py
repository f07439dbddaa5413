"""Forms that a task may ask for: whether an answer is written as an integer, a decimal, a fraction, and so on.

Trees fold constants, so that ``48/64`` and ``2+3`` are 3/4 and 5 there. What was folded is seen by the numbers of the
text: one that the tree does not contain was calculated with. This needs no second reader of expressions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TypeGuard

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.polynomials import Polynomials
from rlvr_math.limits import UNFORESEEN, Steps
from rlvr_math.options import AskedForm
from rlvr_math.reading.exact import rational_of
from rlvr_math.reading.lexer import Token, tokens_in
from rlvr_math.reading.parser.commas import join_numbers
from rlvr_math.reading.parser.operators import constant_of
from rlvr_math.reading.tree import (
    ONE,
    Collection,
    Constant,
    Power,
    Product,
    Quantity,
    Relation,
    Sum,
    Tree,
    children,
    key_of,
    negated,
)

# A root of a number is simplified if no power of a whole number below this one can be taken out of it.
_ROOTS_LIMIT = 1_009


def missed_form(text: str, tree: Tree, form: AskedForm) -> str:
    """Return in what way an answer is not in a form; "" if it is.

    Each item of a list and each side of a relation without a letter alone must be in the form.

    Args:
        text: The answer.
        tree: What it is read into.
        form: The form.
    """
    is_in_form = _FORMS[form]
    try:
        numbers = _numbers_in(text)
        is_folded = bool(numbers - _numbers_of(tree))
        if not is_folded and all(map(is_in_form, _parts(tree))):
            return ""
    except UNFORESEEN:
        pass
    return f"is not in the form that is asked for: {form}"


def _parts(tree: Tree) -> Iterator[Tree]:
    """Yield the expressions of an answer: items of lists, values of named ones, values of units."""
    match tree:
        case Collection(items=items):
            for item in items:
                yield from _parts(item)
        case Relation(sides=sides):
            for side in sides[1:] or sides:
                yield from _parts(side)
        case Quantity(value=value):
            yield from _parts(value)
        case _:
            yield tree


def _numbers_in(text: str) -> Counter[Fraction]:
    """Count the numbers that a text contains, without the 1 above a fraction's bar, which trees do not keep."""
    tokens = list(_with_digits_apart(join_numbers(tokens_in(text), thousands=True, decimal_comma=False)))
    return Counter(
        constant_of(token.text).value
        for place, token in enumerate(tokens)
        if token.sort == "number" and not (token.text == "1" and _is_above(tokens, place))
    )


def _with_digits_apart(tokens: list[Token]) -> Iterator[Token]:
    r"""Yield tokens, with the digits of ``\frac34`` apart: without braces a command takes one digit."""
    before = ""
    for token in tokens:
        digits = 2 if before == "frac" and token.sort == "number" else 0
        yield from (Token("number", digit) for digit in token.text[:digits])
        if token.text[digits:] or not digits:
            yield Token(token.sort, token.text[digits:], token.spaced)
        before = token.sort


def _is_above(tokens: list[Token], place: int) -> bool:
    following = tokens[place + 1].text if place + 1 < len(tokens) else ""
    braced = place > 1 and tokens[place - 1].text == "{" and tokens[place - 2].sort == "frac" and following == "}"
    return following == "/" or braced or (place > 0 and tokens[place - 1].sort == "frac")


def _numbers_of(tree: Tree) -> Counter[Fraction]:
    """Count the numbers that a tree would be written with."""
    found: Counter[Fraction] = Counter()
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Constant):
            value = abs(each.value)
            is_fraction = each.places == -1 and value.denominator != 1
            found.update([Fraction(value.numerator), Fraction(value.denominator)] if is_fraction else [value])
        elif isinstance(each, Quantity) and each.unit.startswith("base "):
            found.update([Fraction(int(each.unit.removeprefix("base ")))])
        waiting.extend(children(each))
    return found


def _is_integer(tree: Tree) -> bool:
    return isinstance(tree, Constant) and tree.places < 0 and tree.value.denominator == 1


def _is_decimal(tree: Tree) -> bool:
    return isinstance(tree, Constant) and tree.places >= 0


def _is_fraction(tree: Tree) -> bool:
    """Return True for a fraction in lowest terms; a whole number needs none."""
    return isinstance(tree, Constant) and tree.places < 0


def _is_simplified(tree: Tree) -> bool:
    match tree:
        case Constant():
            is_simple = True
        case Sum(terms=parts):
            is_simple = not _repeats(map(_without_coefficient, parts))
        case Product(factors=parts):
            bases = (part.base if isinstance(part, Power) else part for part in parts if not isinstance(part, Constant))
            is_simple = not (_repeats(bases) or _has_common_number(parts) or _has_common_factor(tree))
        case Power(base=base, exponent=exponent):
            is_simple = rational_of(tree) is None and not _takes_out(base, exponent)
        case _:
            is_simple = rational_of(tree) is None
    return is_simple and all(map(_is_simplified, children(tree)))


def _without_coefficient(term: Tree) -> Tree:
    if isinstance(term, Product):
        return Product(tuple(factor for factor in term.factors if not isinstance(factor, Constant)))
    return Product((term,))


def _has_common_number(factors: tuple[Tree, ...]) -> bool:
    """Return True if what stands above a fraction's bar can be divided by a divisor of what stands below it."""
    divisors = [each.base for each in factors if _is_divisor(each)]
    below = math.prod(each.value.denominator for each in factors if isinstance(each, Constant))
    below *= math.prod(map(_whole_factor, divisors))
    return any(math.gcd(below, _whole_factor(each)) > 1 for each in factors if not _is_divisor(each))


def _whole_factor(tree: Tree) -> int:
    """Return the whole number by which every coefficient of an expression can be divided."""
    match tree:
        case Constant(value=value):
            return value.numerator
        case Sum(terms=terms):
            return math.gcd(*map(_whole_factor, terms))
        case Product(factors=factors):
            return math.prod(map(_whole_factor, factors))
        case _:
            return 1


def _repeats(trees: Iterable[Tree]) -> bool:
    keys = [key_of(tree) for tree in trees]
    return len(set(keys)) < len(keys)


def _takes_out(base: Tree, exponent: Tree) -> bool:
    """Return True for a root of a whole number from which a factor can be taken, such as that of 8."""
    root = rational_of(exponent)
    return (
        isinstance(base, Constant)
        and root is not None
        and root.denominator != 1
        and (
            base.value.denominator != 1
            or abs(root) >= 1
            or any(base.value.numerator % factor**root.denominator == 0 for factor in range(2, _ROOTS_LIMIT))
        )
    )


def _has_common_factor(tree: Product) -> bool:
    """Return True if a fraction can be reduced by a polynomial."""
    divisor = Product((ONE, *(Power(each.base, negated(each.exponent)) for each in tree.factors if _is_divisor(each))))
    dividend = Product((ONE, *(each for each in tree.factors if not _is_divisor(each))))
    polynomials = Polynomials((tree,), Steps())
    try:
        above, below = (polynomials.quotient(side).above for side in (dividend, divisor))
    except UndecidedError:
        return False
    return bool(above.gcd(below).total_degree() > 0)


def _is_divisor(factor: Tree) -> TypeGuard[Power]:
    return isinstance(factor, Power) and isinstance(factor.exponent, Constant) and factor.exponent.value < 0


def _is_factored(tree: Tree) -> bool:
    """Return True if no sum in an expression has a factor that could be taken out of it."""
    if not isinstance(tree, Sum):
        return all(map(_is_factored, children(tree)))
    whole = Polynomials((tree,), Steps()).quotient(tree).above
    return [times for _, times in whole.factor()[1]] == [1] and _content(whole) == 1


def _content(polynomial: object) -> Fraction:
    """Return the largest rational by which every coefficient can be divided with a whole result."""
    coefficients = [Fraction(int(each.p), int(each.q)) for each in polynomial.coeffs()]  # type: ignore[attr-defined]
    below = math.lcm(*(each.denominator for each in coefficients))
    return Fraction(math.gcd(*(int(each * below) for each in coefficients)), below)


def _is_expanded(tree: Tree) -> bool:
    """Return True if no sum is multiplied or raised to a power, and like terms are collected."""
    match tree:
        case Sum(terms=terms):
            is_plain = not _repeats(map(_without_coefficient, terms))
        case Product(factors=factors):
            is_plain = not any(isinstance(factor, Sum) for factor in factors)
        case Power(base=Sum(), exponent=Constant(value=value)):
            is_plain = value.denominator != 1 or value <= 1
        case _:
            is_plain = True
    return is_plain and all(map(_is_expanded, children(tree)))


_FORMS: Mapping[AskedForm, Callable[[Tree], bool]] = {
    "simplified": _is_simplified, "decimal": _is_decimal, "integer": _is_integer, "fraction": _is_fraction,
    "factored": _is_factored, "expanded": _is_expanded,
}  # fmt: skip
