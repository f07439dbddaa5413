"""Derivatives by rules on the tree."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rlvr_math.limits import Steps
from rlvr_math.reading.binding import substituted
from rlvr_math.reading.tree import (
    MINUS_ONE,
    ONE,
    ZERO,
    Call,
    Constant,
    Power,
    Product,
    Quantity,
    Sum,
    Symbol,
    Tree,
    added,
    inverted,
    is_unknown_function,
    minus,
    multiplied,
    negated,
    symbols_in,
)

_E = Symbol("e")
_TWO = Constant(Fraction(2))
_TEN = Constant(Fraction(10))


class NoDerivativeError(ValueError):
    """The tree contains something that no rule differentiates; says what."""


def derivative(tree: Tree, letter: str, steps: Steps) -> Tree:
    """Differentiate a tree by a letter.

    Raises:
        NoDerivativeError: No rule applies.
        OverLimitError: The budget is used up.
    """
    steps.spend()
    match tree:
        case Constant():
            return ZERO
        case Symbol(name=name):
            return ONE if name == letter else ZERO
        case Sum(terms=terms):
            return added([derivative(term, letter, steps) for term in terms])
        case Product(factors=factors):
            return _of_product(factors, letter, steps)
        case Power(base=base, exponent=exponent):
            return _of_power(base, exponent, letter, steps)
        case Quantity(value=value, unit="%"):
            return times(derivative(value, letter, steps), Constant(Fraction(1, 100)))
        case Call():
            return _of_call(tree, letter, steps)
        case _:
            raise NoDerivativeError(f"no derivative: {type(tree).__name__}")


def times(*factors: Tree) -> Tree:
    """Multiply; a factor of zero makes the product zero."""
    return ZERO if ZERO in factors else multiplied(list(factors))


def _of_product(factors: tuple[Tree, ...], letter: str, steps: Steps) -> Tree:
    terms: list[Tree] = []
    for index, factor in enumerate(factors):
        inner = derivative(factor, letter, steps)
        if inner != ZERO:
            steps.spend(len(factors))
            terms.append(times(*factors[:index], inner, *factors[index + 1 :]))
    return added(terms) if terms else ZERO


def _of_power(base: Tree, exponent: Tree, letter: str, steps: Steps) -> Tree:
    inner, raised = derivative(base, letter, steps), derivative(exponent, letter, steps)
    terms: list[Tree] = []
    if inner != ZERO:
        terms.append(times(exponent, Power(base, minus(exponent, ONE)), inner))
    if raised != ZERO:
        terms.append(times(Power(base, exponent), _logarithm(base), raised))
    return added(terms) if terms else ZERO


def _logarithm(tree: Tree) -> Tree:
    return ONE if tree == _E else Call("ln", (tree,))


def _of_call(tree: Call, letter: str, steps: Steps) -> Tree:
    match tree:
        case Call(name="antiderivative", arguments=(body, Symbol(name=name) as variable)):
            return body if name == letter else Call("antiderivative", (derivative(body, letter, steps), variable))
        case Call(name="integral", arguments=(body, Symbol() as variable, low, high)):
            return _of_integral(body, variable, (low, high), letter, steps)
        case Call(name="sum", arguments=(body, variable, low, high)):
            if letter in symbols_in(low) | symbols_in(high):
                raise NoDerivativeError("no derivative: a sum by its bound")
            inner = derivative(body, letter, steps)
            return ZERO if inner == ZERO else Call("sum", (inner, variable, low, high))
        case Call(name="log" | "ln", arguments=(argument, base)):
            quotient = multiplied([Call("ln", (argument,)), inverted(Call("ln", (base,)))])
            return derivative(quotient, letter, steps)
        case Call(name=name, arguments=(argument,)) if name in _RULES:
            inner = derivative(argument, letter, steps)
            return ZERO if inner == ZERO else times(_RULES[name](argument), inner)
        case Call(name=name, arguments=(argument,)) if is_unknown_function(name):
            inner = derivative(argument, letter, steps)
            return ZERO if inner == ZERO else times(Call(f"{name}'", (argument,)), inner)
        case _ if letter not in symbols_in(tree):
            return ZERO
        case _:
            raise NoDerivativeError(f"no derivative: {tree.name}")


def _of_integral(body: Tree, variable: Symbol, ends: tuple[Tree, Tree], letter: str, steps: Steps) -> Tree:
    """Differentiate an integral by Leibniz's rule."""
    terms: list[Tree] = []
    low, high = ends
    for end, sign in ((low, MINUS_ONE), (high, ONE)):
        inner = derivative(end, letter, steps)
        if inner != ZERO:
            terms.append(times(sign, substituted(body, variable, end), inner))
    inside = derivative(body, letter, steps)
    if inside != ZERO:
        terms.append(Call("integral", (inside, variable, *ends)))
    return added(terms) if terms else ZERO


def _reciprocal_root(radicand: Callable[[Tree], Tree]) -> Callable[[Tree], Tree]:
    """Return the rule for one over the square root of what an argument gives."""
    return lambda argument: Power(radicand(argument), Constant(Fraction(-1, 2)))


def _square(tree: Tree) -> Tree:
    return Power(tree, _TWO)


def _one_less(tree: Tree) -> Tree:
    return minus(ONE, _square(tree))


def _of_inverse(rule: Callable[[Tree], Tree]) -> Callable[[Tree], Tree]:
    """Return the rule of a function of the reciprocal, such as the arc cotangent, from that of the function."""
    return lambda argument: negated(times(rule(inverted(argument)), Power(argument, Constant(Fraction(-2)))))


_RULES: dict[str, Callable[[Tree], Tree]] = {
    "sin": lambda x: Call("cos", (x,)),
    "cos": lambda x: negated(Call("sin", (x,))),
    "tan": lambda x: Power(Call("cos", (x,)), Constant(Fraction(-2))),
    "cot": lambda x: negated(Power(Call("sin", (x,)), Constant(Fraction(-2)))),
    "sec": lambda x: times(Call("sec", (x,)), Call("tan", (x,))),
    "csc": lambda x: negated(times(Call("csc", (x,)), Call("cot", (x,)))),
    "sinh": lambda x: Call("cosh", (x,)),
    "cosh": lambda x: Call("sinh", (x,)),
    "tanh": lambda x: Power(Call("cosh", (x,)), Constant(Fraction(-2))),
    "coth": lambda x: negated(Power(Call("sinh", (x,)), Constant(Fraction(-2)))),
    "sech": lambda x: negated(times(Call("sech", (x,)), Call("tanh", (x,)))),
    "csch": lambda x: negated(times(Call("csch", (x,)), Call("coth", (x,)))),
    "exp": lambda x: Call("exp", (x,)),
    "ln": inverted,
    "log": inverted,
    "lg": lambda x: inverted(times(x, Call("ln", (_TEN,)))),
    "arcsin": _reciprocal_root(_one_less),
    "arccos": lambda x: negated(Power(_one_less(x), Constant(Fraction(-1, 2)))),
    "arctan": lambda x: inverted(added([ONE, _square(x)])),
    "arcsinh": _reciprocal_root(lambda x: added([ONE, _square(x)])),
    "arccosh": lambda x: times(
        Power(minus(x, ONE), Constant(Fraction(-1, 2))), Power(added([x, ONE]), Constant(Fraction(-1, 2)))
    ),
    "arctanh": lambda x: inverted(_one_less(x)),
    "abs": lambda x: times(Call("abs", (x,)), inverted(x)),
    "erf": lambda x: times(
        _TWO, Power(Symbol("pi"), Constant(Fraction(-1, 2))), Power(_E, negated(_square(x)))
    ),
    "erfc": lambda x: times(
        Constant(Fraction(-2)), Power(Symbol("pi"), Constant(Fraction(-1, 2))), Power(_E, negated(_square(x)))
    ),
}  # fmt: skip
_RULES |= {
    "arccot": _of_inverse(_RULES["arctan"]),
    "arcsec": _of_inverse(_RULES["arccos"]),
    "arccsc": _of_inverse(_RULES["arcsin"]),
    "arccoth": _of_inverse(_RULES["arctanh"]),
    "arcsech": _of_inverse(_RULES["arccosh"]),
    "arccsch": _of_inverse(_RULES["arcsinh"]),
}
