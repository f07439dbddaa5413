"""Put letters in the place of what jumps: floors, unknown functions, and inverse functions across their branches.

Two of them are one letter where their arguments have the same value, so what is equal as letters is equal; the rest is
refused, since no point shows where a floor jumps.
"""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.comparing.balls import UndecidedError, name_is_opaque, precision, value_of
from rlvr_math.comparing.equality.agreement import GUARD_BITS, Question, balls_of
from rlvr_math.comparing.equality.cases import compare_cases
from rlvr_math.comparing.equality.domains import LOGARITHMS, exponent_of, restricting_in
from rlvr_math.comparing.equality.factors import TooLargeError, factors_of
from rlvr_math.comparing.equality.points import draw_places
from rlvr_math.comparing.equality.stepped import is_never_negative, letters_in
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    inverted,
    is_unknown_function,
    key_of,
    minus,
    multiplied,
    negated,
    symbols_in,
)

_MANY_VALUED = frozenset(
    "ln log lg arcsin arccos arctan arccot arcsec arccsc arcsinh arccosh arctanh arcsech arccsch arccoth".split()
)
_ODD = frozenset({"arcsin", "arctan", "arcsinh", "arctanh"})
_WITHIN_ONE = frozenset({"arcsin", "arccos", "arccosh", "arctanh"})
# Functions of the reciprocal.
_OF_INVERSE = {
    "arccot": "arctan", "arcsec": "arccos", "arccsc": "arcsin", "arccoth": "arctanh", "arcsech": "arccosh",
    "arccsch": "arcsinh",
}  # fmt: skip
_PARTS_OF_COMPLEX = frozenset({"re", "im", "arg", "conj", "overline", "bar", "abs"})


class Letters:
    """The letters of one pair, each with what it stands for."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.held: list[tuple[str, tuple[Tree, ...], Symbol]] = []

    def replaced(self, tree: Tree) -> Tree:
        """Return a letter for a node that jumps, whose parts hold none; other nodes as they are."""
        if isinstance(tree, Power):
            return self._held(f"power {key_of(tree.exponent)}", (tree.base,)) if _is_hidden(tree) else tree
        if not isinstance(tree, Call):
            return tree
        name, arguments = tree.name, tree.arguments
        if name_is_opaque(tree):
            return self._opaque(tree)
        if not letters_in(tree):
            return self._constant(tree)
        match name, arguments:
            case "floor", (inner,):
                return self._floor(inner)
            case "ceil", (inner,):
                return negated(self._floor(negated(inner)))
            case _ if name in _PARTS_OF_COMPLEX and "i" in symbols_in(tree):
                return self._held(name, arguments)
            case _ if name in _MANY_VALUED and (
                _jumps(name, arguments[0]) or _has_branches(tree) or _hides_squares(tree)
            ):
                return self._inverse(name, arguments)
            case _:
                return tree

    def _constant(self, tree: Call) -> Tree:
        """Evaluate what rounds a constant, which responds to no small change; write an angle as a logarithm."""
        if tree.name == "arg":
            (inner,) = tree.arguments
            return multiplied(
                [MINUS_ONE, Symbol("i"), Call("ln", (multiplied([inner, inverted(Call("abs", (inner,)))]),))]
            )
        if tree.name not in {"floor", "ceil", "sgn"}:
            return tree
        with precision(GUARD_BITS + self.question.bits):
            value = value_of(tree, {}, self.question.steps)
            whole = value.real.unique_fmpz() if value.is_finite() else None
        if whole is None:
            raise UndecidedError("a number at an edge has no floor")
        return Constant(Fraction(int(whole)))

    def _opaque(self, tree: Call) -> Tree:
        if tree.name == "mod" and len(tree.arguments) == 2 and letters_in(tree):  # noqa: PLR2004  # number and modulus
            number, modulus = tree.arguments
            return minus(number, multiplied([modulus, self._floor(multiplied([number, inverted(modulus)]))]))
        if tree.name.startswith("\\"):
            raise UndecidedError(f"an unknown command has no value: {tree.name}")
        if is_unknown_function(tree.name):
            return self._held(tree.name, tree.arguments)
        return self._held(key_of(tree), ())

    def _floor(self, inner: Tree) -> Tree:
        """Return the letter of a floor, plus the whole number by which its argument is larger."""
        terms = inner.terms if isinstance(inner, Sum) else (inner,)
        whole = sum((term.value.__floor__() for term in terms if isinstance(term, Constant)), Fraction(0))
        inner = minus(inner, Constant(Fraction(whole)))
        for name, arguments, letter in self.held:
            if name != "floor":
                continue
            shift = self._shift(arguments[0], inner)
            if shift is not None:
                return added([letter, Constant(whole + shift)])
        return added([self._held("floor", (inner,), compare=False), Constant(Fraction(whole))])

    def _shift(self, one: Tree, other: Tree) -> Fraction | None:
        """Return the whole number by which one tree is larger than another; None if they differ otherwise."""
        if key_of(one) == key_of(other):
            return Fraction(0)
        names = sorted(letters_in(one) | letters_in(other))
        with precision(GUARD_BITS + self.question.bits):
            place = balls_of(next(draw_places(names, self.question.seed)))
            gap = value_of(minus(other, one), place, self.question.steps)
            whole = gap.real.unique_fmpz() if gap.is_finite() and gap.imag.contains(0) else None
        if whole is None:
            return None
        shift = Fraction(int(whole))
        return shift if compare_cases(added([one, Constant(shift)]), other, self.question) else None

    def _inverse(self, name: str, arguments: tuple[Tree, ...]) -> Tree:
        inner = arguments[0]
        if name in _OF_INVERSE:
            name, inner = _OF_INVERSE[name], inverted(inner)
        if name in _ODD:
            for held, others, letter in self.held:
                if held == name and self._same(others, (negated(inner),)):
                    return negated(letter)
        return self._held(name, (inner, *arguments[1:]))

    def _held(self, name: str, arguments: tuple[Tree, ...], *, compare: bool = True) -> Symbol:
        for held, others, letter in self.held:
            if compare and held == name and self._same(others, arguments):
                return letter
        letter = Symbol(f"@{len(self.held)}")
        self.held.append((name, arguments, letter))
        return letter

    def _same(self, ones: tuple[Tree, ...], others: tuple[Tree, ...]) -> bool:
        if len(ones) != len(others):
            return False
        try:
            return all(
                key_of(one) == key_of(other) or compare_cases(one, other, self.question)
                for one, other in zip(ones, others, strict=True)
            )
        except UndecidedError:
            return False


def _is_hidden(tree: Power) -> bool:
    """Say whether a power may jump or change its branch where no point shows it."""
    if tree.base == ZERO:
        return bool(letters_in(tree.exponent))  # one where the exponent is zero
    return _has_branches(tree) or _hides_squares(tree)


def _has_branches(tree: Call | Power) -> bool:
    """Say whether a root, logarithm or inverse function has a complex argument with letters."""
    if isinstance(tree, Power):
        power = exponent_of(tree)
        if power is not None and power.denominator == 1:
            return False
    inner = tree.base if isinstance(tree, Power) else tree.arguments[0]
    return "i" in symbols_in(inner) and bool(letters_in(inner))


def _hides_squares(tree: Tree) -> bool:
    """Say whether a root or logarithm has too large an argument to see whether it is a square."""
    if isinstance(tree, Power):
        power, inner = exponent_of(tree), tree.base
        if power is not None and power.denominator % 2:
            return False
    elif isinstance(tree, Call) and tree.name in LOGARITHMS:
        inner = tree.arguments[0]
    else:
        return False
    if isinstance(inner, Symbol) or not letters_in(inner):
        return False
    try:
        factors_of(inner)
    except TooLargeError:
        return True
    return False


_HALF = Fraction(1, 2)


def _square_of(tree: Tree) -> Tree | None:
    """Return the square of an expression, square roots written without; None for a sum with roots."""
    match tree:
        case Product(factors=factors):
            squares = [_square_of(factor) for factor in factors]
            known = [square for square in squares if square is not None]
            return multiplied(known) if len(known) == len(squares) else None
        case Power(base=base, exponent=Constant(value=value)):
            return base if value == _HALF else Power(base, Constant(2 * value))
        case Sum() if restricting_in(tree):
            return None
        case _:
            return multiplied([tree, tree])


def _jumps(name: str, inner: Tree) -> bool:
    """Say whether an inverse function may change its branch inside of the natural domain.

    The arctangent jumps at a pole of its argument, and the arcsine of w turns back where 1-w^2 has a double zero.
    """
    if name in _OF_INVERSE:
        name, inner = _OF_INVERSE[name], inverted(inner)
    if name in LOGARITHMS or _is_linear(inner) or (name in _WITHIN_ONE and _is_root_of_linear(inner)):
        return False  # 1-w and 1+w have one zero each, or 1-w^2 has
    if not _is_algebraic(inner):
        return True
    try:
        if _may_have_poles(inner):
            _, factors = factors_of(inner)
            if any(factor.times < 0 and not is_never_negative(factor) for factor in factors):
                return True
        if name not in _WITHIN_ONE:
            return False
        square = _square_of(inner)
        if square is None:
            return True
        _, factors = factors_of(minus(ONE, square))
    except TooLargeError:
        return True
    return any(factor.times % 2 == 0 and not is_never_negative(factor) for factor in factors)


def _is_linear(tree: Tree) -> bool:
    """Say whether a tree is a sum of numbers, and of letters and their multiples by numbers."""
    for term in tree.terms if isinstance(tree, Sum) else (tree,):
        *before, last = term.factors if isinstance(term, Product) else (term,)
        if not isinstance(last, (Constant, Symbol)) or not all(isinstance(each, Constant) for each in before):
            return False
    return True


def _is_root_of_linear(tree: Tree) -> bool:
    return isinstance(tree, Power) and tree.exponent == Constant(_HALF) and _is_linear(tree.base)


def _may_have_poles(tree: Tree) -> bool:
    """Return False for sums and products of letters, constants and their positive powers."""
    match tree:
        case Constant() | Symbol() | Sum() | Product():
            return any(map(_may_have_poles, children(tree)))
        case Power(base=base, exponent=Constant(value=power)):
            return power < 0 or _may_have_poles(base)
        case _:
            return True


def _is_algebraic(tree: Tree) -> bool:
    """Say whether a tree is made of letters, constants, sums, products and roots, besides functions without poles."""
    match tree:
        case Constant() | Symbol() | Sum() | Product():
            return all(map(_is_algebraic, children(tree)))
        case Power(base=base, exponent=exponent):
            return _is_algebraic(base) and (not letters_in(exponent) or not letters_in(base))
        case Call(name=name, arguments=arguments):
            return not letters_in(tree) or (name in {"exp", "sinh", "abs", "ln"} and all(map(_is_algebraic, arguments)))
        case _:
            return False
