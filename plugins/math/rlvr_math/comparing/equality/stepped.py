"""Write everything that steps by absolute values: signs, extremes, and roots and logarithms of squares."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rlvr_math.comparing.balls import UndecidedError
from rlvr_math.comparing.equality.domains import LOGARITHMS, exponent_of
from rlvr_math.comparing.equality.factors import (
    Factor,
    TooLargeError,
    factors_of,
    is_polynomial_in_one_letter,
    product_of,
    zeros_of,
)
from rlvr_math.reading.binding import OPERATORS
from rlvr_math.reading.tree import (
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
    key_of,
    minus,
    multiplied,
    negated,
    symbols_in,
    with_children,
)

_HALF = Constant(Fraction(1, 2))
_TWO = Constant(Fraction(2))
# Powers of complex sums are multiplied out up to here.
WHOLE_POWER_LIMIT = 6
# Imaginary units of an expression that is parted; honest ones hold up to eight.
UNITS_LIMIT = 10
_WITHIN_ONE = frozenset({"sin", "cos", "tanh"})
_NOT_LETTERS = frozenset({"i", "e", "pi"})
# The largest and the smallest of more arguments than people write are not compared.
EXTREMES_LIMIT = 6


def letters_in(tree: Tree) -> set[str]:
    """Collect the letters that have no value of their own."""
    return symbols_in(tree) - _NOT_LETTERS


def rebuilt(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """Apply a change to each part of an expression, from inside out; what an operator binds stays as it is."""
    parts = () if isinstance(tree, Call) and tree.name in OPERATORS else children(tree)
    new = tuple(rebuilt(part, change) for part in parts)
    if any(one is not other for one, other in zip(new, parts, strict=True)):
        match tree:
            case Sum():
                tree = added(list(new))
            case Product():
                tree = multiplied(list(new))
            case _:
                tree = with_children(tree, new)
    return change(tree)


def with_absolute_values(tree: Tree) -> Tree:
    """Write what steps in one node, whose parts are written so already, by absolute values."""
    match tree:
        case Call(name="sgn", arguments=(inner,)):
            return multiplied([Call("abs", (inner,)), inverted(inner)]) if letters_in(inner) else tree
        case Call(name="max" | "min" as name, arguments=arguments):
            return _extreme(name, arguments)
        case Call(name="abs", arguments=(inner,)) if _has_unit(inner):
            parts = parts_of(inner)
            if parts is None:
                return tree
            squares: list[Tree] = [Power(part, _TWO) for part in parts if part != ZERO]
            return with_absolute_values(Power(added(squares), _HALF))
        case Call(name=name, arguments=(inner, *base)) if name in LOGARITHMS and letters_in(inner):
            return _logarithm(tree, inner, base)
        case Power(base=base) if letters_in(base) and _may_step(tree):
            return _root(tree)
        case _:
            return tree


def _has_unit(tree: Tree) -> bool:
    names = symbols_in(tree)
    return "i" in names and bool(names - _NOT_LETTERS)


def parts_of(tree: Tree) -> tuple[Tree, Tree] | None:
    """Return the real and the imaginary part of a tree whose letters are real; None if they are not seen."""
    return _parts_of(tree) if _units_in(tree) <= UNITS_LIMIT else None


def _units_in(tree: Tree) -> int:
    """Return how often a tree holds the imaginary unit, powers written out: each doubles the size of its parts."""
    power = exponent_of(tree) if isinstance(tree, Power) else None
    times = min(int(abs(power)), UNITS_LIMIT + 1) if power is not None and power.denominator == 1 else 1
    return (tree == Symbol("i")) + max(times, 1) * sum(map(_units_in, children(tree)))


def _parts_of(tree: Tree) -> tuple[Tree, Tree] | None:
    match tree:
        case Symbol(name="i"):
            return ZERO, ONE
        case _ if "i" not in symbols_in(tree):
            return tree, ZERO
        case Sum(terms=terms):
            parts = [_parts_of(term) for term in terms]
            known = [part for part in parts if part is not None]
            return _added(known) if len(known) == len(parts) else None
        case Product(factors=factors):
            return _product_of_parts([_parts_of(factor) for factor in factors])
        case Power(base=Symbol(name="e"), exponent=exponent):
            inner = _parts_of(exponent)
            if inner is None:
                return None
            size = Power(Symbol("e"), inner[0])
            return multiplied([size, Call("cos", (inner[1],))]), multiplied([size, Call("sin", (inner[1],))])
        case Power(base=base, exponent=Constant(value=power)) if (
            power.denominator == 1 and 0 < power <= WHOLE_POWER_LIMIT
        ):
            return _product_of_parts([_parts_of(base)] * int(power))
        case _:
            return None


def _added(parts: list[tuple[Tree, Tree]]) -> tuple[Tree, Tree]:
    return added([real for real, _ in parts]), added([imaginary for _, imaginary in parts])


def _product_of_parts(parts: list[tuple[Tree, Tree] | None]) -> tuple[Tree, Tree] | None:
    found: tuple[Tree, Tree] = ONE, ZERO
    for part in parts:
        if part is None:
            return None
        (one, other), (real, imaginary) = found, part
        found = (
            minus(multiplied([one, real]), multiplied([other, imaginary])),
            added([multiplied([one, imaginary]), multiplied([other, real])]),
        )
    return found


def _extreme(name: str, arguments: tuple[Tree, ...]) -> Tree:
    """Return the largest or smallest: half of a+b+|a-b|, the arguments in an order of their own."""
    if len(arguments) > EXTREMES_LIMIT:
        raise UndecidedError(f"the {name} of {len(arguments)}")
    ordered = list({key_of(each): each for each in sorted(arguments, key=key_of)}.values())
    found = ordered[0]
    for each in ordered[1:]:
        gap = Call("abs", (minus(found, each),))
        found = multiplied([_HALF, added([found, each, gap if name == "max" else negated(gap)])])
    return found


def _may_step(tree: Power) -> bool:
    """Say whether a power of a square is one of an absolute value: every power but a whole one."""
    power = exponent_of(tree)
    return power is None or power.denominator > 1


def _logarithm(tree: Call, inner: Tree, base: list[Tree]) -> Tree:
    """Write the logarithm of a square as twice that of an absolute value."""
    parted = _parted(inner)
    if parted is None:
        return tree
    squares, rest = parted
    logs = [
        multiplied([Constant(Fraction(factor.times)), Call(tree.name, (Call("abs", (factor.tree,)), *base))])
        for factor in squares
    ]
    return added([*logs, *([] if rest == ONE else [Call(tree.name, (rest, *base))])])


def _root(tree: Power) -> Tree:
    """Write the root of a square as an absolute value."""
    power = exponent_of(tree)
    if power is not None and power.denominator % 2 and power.numerator % 2:
        return tree  # an odd root keeps the sign
    if power is not None and power.denominator % 2:
        return Power(Call("abs", (tree.base,)), tree.exponent)
    parted = _parted(tree.base)
    if parted is None:
        return tree
    squares, rest = parted
    roots = [
        Power(Call("abs", (factor.tree,)), multiplied([Constant(Fraction(factor.times)), tree.exponent]))
        for factor in squares
    ]
    return multiplied([*roots, *([] if rest == ONE else [Power(rest, tree.exponent)])])


def _parted(tree: Tree) -> tuple[list[Factor], Tree] | None:
    """Part the squares from the rest of a radicand; None if it holds none that may step."""
    if isinstance(tree, Symbol):
        return None
    try:
        constant, factors = factors_of(tree)
    except TooLargeError:
        return None
    squares = [
        factor._replace(times=factor.times - factor.times % 2)
        for factor in factors
        if factor.times % 2 == 0 or abs(factor.times) > 2  # noqa: PLR2004  # a cube holds a square
    ]
    squares = [factor for factor in squares if factor.times and not is_never_negative(factor)]
    if not squares:
        return None
    taken = {factor.key: factor.times for factor in squares}
    rest = [factor._replace(times=factor.times - taken.get(factor.key, 0)) for factor in factors]
    return squares, product_of(constant, [factor for factor in rest if factor.times])


def is_never_negative(factor: Factor) -> bool:
    """Say whether a factor can be seen not to be negative: a polynomial without zeros, a sum of squares."""
    if is_polynomial_in_one_letter(factor) and letters_in(factor.tree):
        first = factor.coefficients[0][1]
        return first > 0 and not zeros_of(factor)
    return is_visibly_positive(factor.tree)


def is_visibly_positive(tree: Tree) -> bool:
    """Say whether a real tree can be seen not to be negative."""
    match tree:
        case Constant(value=value):
            return value >= 0
        case Symbol(name=name):
            return name in {"e", "pi"}
        case Sum(terms=parts) if any(isinstance(part, Constant) for part in parts) and _lowest(parts) >= 0:
            return True
        case Sum(terms=parts) | Product(factors=parts):
            return all(is_visibly_positive(part) for part in parts)
        case Power(base=base):
            power = exponent_of(tree)
            if power is not None and (power.denominator % 2 == 0 or power.numerator % 2 == 0):
                return True
            return is_visibly_positive(base)
        case Call(name=name):
            return name in {"abs", "exp", "cosh", "sech"}
        case _:
            return False


def _lowest(parts: tuple[Tree, ...]) -> Fraction:
    """Bound a sum from below: a sine, a cosine and their like are within one."""
    total = Fraction(0)
    for part in parts:
        match part:
            case Constant(value=value):
                total += value
            case Call(name=name) if name in _WITHIN_ONE:
                total -= 1
            case Product(factors=(Constant(value=value), Call(name=name))) if name in _WITHIN_ONE:
                total -= abs(value)
            case _ if is_visibly_positive(part):
                continue
            case _:
                return Fraction(-1)
    return total


def stepping_in(tree: Tree) -> bool:
    """Say whether a tree holds an absolute value of letters."""
    if isinstance(tree, Call) and tree.name == "abs" and letters_in(tree):
        return True
    return any(stepping_in(child) for child in children(tree))
