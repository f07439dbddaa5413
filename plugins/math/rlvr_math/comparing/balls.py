"""Evaluate expressions in ball arithmetic: each value comes with a proven bound of its error.

Balls that do not meet are a proof of difference.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from operator import methodcaller
from typing import Any, TypeAlias

from rlvr_math.comparing.special import OF_ONE, OF_TWO
from rlvr_math.limits import Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import (
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Quantity,
    Relation,
    Sum,
    Symbol,
    Tree,
    Words,
    key_of,
)

# FLINT keeps its working precision per process; it is set, used and put back under this lock.
_LOCK = threading.RLock()


Check: TypeAlias = Callable[[Tree, list[Any]], None]
"""Looks at each power and each call, and the values of its arguments; raises where these are not wanted."""


class UndecidedError(ValueError):
    """The tree holds what has no value here; says what."""


@cache
def _flint() -> Any:
    import flint

    return flint


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Evaluate at a working precision, and leave the process's own as it was."""
    context = _flint().ctx
    with _LOCK:
        before = context.prec
        context.prec = bits
        try:
            yield
        finally:
            context.prec = before


@contextmanager
def raised_precision(bits: int) -> Iterator[None]:
    """Evaluate with so many more bits for a while; within :func:`precision`."""
    context = _flint().ctx
    before = context.prec
    context.prec = before + bits
    try:
        yield
    finally:
        context.prec = before


def rational(top: int, bottom: int) -> Any:
    """Return a rational of FLINT, which is quicker than Python's."""
    return _flint().fmpq(top, bottom)


def ball_of(value: Any) -> Any:
    """Return the ball around a rational of FLINT."""
    flint = _flint()
    return flint.acb(flint.arb(value))


def ball(value: Fraction) -> Any:
    """Return the ball around a rational."""
    flint = _flint()
    above, below = value.as_integer_ratio()
    return flint.acb(above if below == 1 else flint.arb(flint.fmpq(above, below)))


def value_of(tree: Tree, places: Mapping[str, Any], steps: Steps, check: Check | None = None) -> Any:
    """Evaluate a tree where its symbols have the given values; within :func:`precision`.

    Args:
        tree: The expression.
        places: The values of its symbols.
        steps: The budget.
        check: Called with each power and each call, and the values of its arguments; may raise.

    Raises:
        UndecidedError: It holds something without a value.
    """
    steps.spend()
    return _VALUES[type(tree)](tree, places, steps, check)


def _of_constant(tree: Constant, *_: object) -> Any:
    return ball(tree.value)


def _of_symbol(tree: Symbol, places: Mapping[str, Any], *_: object) -> Any:
    found = places.get(tree.name)
    return _symbol(tree.name) if found is None else found


def _of_sum(tree: Sum, places: Mapping[str, Any], steps: Steps, check: Check | None) -> Any:
    first, *others = tree.terms
    value = value_of(first, places, steps, check)
    for term in others:
        value = value + value_of(term, places, steps, check)
    return value


def _of_product(tree: Product, places: Mapping[str, Any], steps: Steps, check: Check | None) -> Any:
    first, *others = tree.factors
    value = value_of(first, places, steps, check)
    for factor in others:
        value = value * value_of(factor, places, steps, check)
    return value


def _of_power(tree: Power, places: Mapping[str, Any], steps: Steps, check: Check | None) -> Any:
    value = value_of(tree.base, places, steps, check)
    if check is not None:
        check(tree, [value])
    return raised(value, tree.exponent, places, steps, check)


def _of_quantity(tree: Quantity, places: Mapping[str, Any], steps: Steps, check: Check | None) -> Any:
    if tree.unit not in {"%", "degree"}:
        raise UndecidedError("no value: Quantity")
    share = value_of(tree.value, places, steps, check)
    return share / 100 if tree.unit == "%" else share * _flint().acb.pi() / 180


def _of_others(tree: Tree, *_: object) -> Any:
    raise UndecidedError(f"no value: {type(tree).__name__}")


def _symbol(name: str) -> Any:
    acb = _flint().acb
    match name:
        case "i":
            return acb(0, 1)
        case "e":
            return acb(1).exp()
        case "pi":
            return acb.pi()
        case _:
            raise UndecidedError(f"no value: {name}")


def raised(base: Any, exponent: Tree, places: Mapping[str, Any], steps: Steps, check: Check | None = None) -> Any:
    """Return a power of a ball; the odd root of a negative number is the real one, as schools have it."""
    try:
        exact = exponent.value if isinstance(exponent, Constant) else rational_of(exponent)
    except UndefinedError:
        return _flint().acb("nan")
    if exact is None:
        return base ** value_of(exponent, places, steps, check)
    above, below = exact.as_integer_ratio()
    if below == 1:
        return base**above
    if above == 1 and below == 2:  # noqa: PLR2004  # a half
        return base.sqrt()
    if below % 2 and base.imag == 0 and base.real < 0:
        root = (-base) ** ball(exact)
        return -root if above % 2 else root
    return base ** ball(exact)


def _inverse(function: str) -> Callable[[Any], Any]:
    return lambda value: getattr(1 / value, function)()


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    name: methodcaller(name)
    for name in "sin cos tan cot sec csc sinh cosh tanh coth sech csch exp".split()
} | {
    "arcsin": lambda value: value.asin(), "arccos": lambda value: value.acos(), "arctan": lambda value: value.atan(),
    "arcsinh": lambda value: value.asinh(), "arccosh": lambda value: value.acosh(),
    "arctanh": lambda value: value.atanh(), "ln": lambda value: value.log(), "log": lambda value: value.log(),
    "lg": lambda value: value.log() / _flint().acb(10).log(), "sqrt": lambda value: value.sqrt(),
    "arccot": _inverse("atan"), "arcsec": _inverse("acos"), "arccsc": _inverse("asin"), "arccoth": _inverse("atanh"),
    "factorial": lambda value: (value + 1).gamma(), "re": lambda value: _flint().acb(value.real),
    "im": lambda value: _flint().acb(value.imag), "abs": lambda value: _flint().acb(abs(value)),
    "floor": lambda value: _rounded(value, "floor"), "ceil": lambda value: _rounded(value, "ceil"),
    "sgn": lambda value: _rounded(value, "sgn"),
    "overline": lambda value: value.conjugate(), "bar": lambda value: value.conjugate(),
} | OF_ONE  # fmt: skip


# What a function costs in steps, for each so many bits of precision; gamma functions of large numbers take long.
_STEP_BITS = 256
_STEPS = dict.fromkeys((*OF_ONE, *OF_TWO), 20) | {"binom": 60, "factorial": 30}


def _rounded(value: Any, name: str) -> Any:
    """Round a real ball that holds no edge."""
    if value.imag != 0:
        raise UndecidedError("a complex number has no floor")
    return _flint().acb(getattr(value.real, name)())


def _called(tree: Call, places: Mapping[str, Any], steps: Steps, check: Check | None) -> Any:
    opaque = places.get(key_of(tree)) if name_is_opaque(tree) else None
    if opaque is not None:
        return opaque
    values = [value_of(argument, places, steps, check) for argument in tree.arguments]
    if check is not None:
        check(tree, values)
    return applied(tree, values, steps)


# A comparison asks for hundreds of values, and a branch for each type would be most of their time.
_VALUES: dict[type, Callable[..., Any]] = {
    Constant: _of_constant,
    Symbol: _of_symbol,
    Sum: _of_sum,
    Product: _of_product,
    Power: _of_power,
    Call: _called,
    Quantity: _of_quantity,
    **dict.fromkeys((Collection, Relation, Grid, Words), _of_others),
}


def applied(tree: Call, values: list[Any], steps: Steps) -> Any:
    """Return a known function of balls.

    Raises:
        UndecidedError: The function has no value.
    """
    name = tree.name
    if steps.weighs_calls:
        steps.spend(_STEPS.get(name, 1) * (1 + _flint().ctx.prec // _STEP_BITS))
    if name in {"ln", "log"} and len(values) == 2:  # noqa: PLR2004  # the argument and the base
        return values[0].log() / values[1].log()
    if name in OF_TWO and len(values) == 2:  # noqa: PLR2004  # functions of two arguments
        return OF_TWO[name](*values)
    if name in {"max", "min"} and values:
        return _extreme(name, values)
    if name in _FUNCTIONS and len(values) == 1 and not name_is_opaque(tree):
        return _FUNCTIONS[name](values[0])
    raise UndecidedError(f"no value: {name}")


def _extreme(name: str, values: list[Any]) -> Any:
    """Return the largest or the smallest of real balls."""
    if any(value.imag != 0 for value in values):
        raise UndecidedError("complex numbers have no order")
    found = values[0].real
    for value in values[1:]:
        found = getattr(found, name)(value.real)
    return _flint().acb(found)


def name_is_opaque(tree: Call) -> bool:
    """Say whether a call has no value of its own: ``f(x)``, or a name with a bar."""
    is_accent = tree.name in {"overline", "bar"} and not _has_value(tree.arguments[0])
    return is_accent or not (tree.name in _FUNCTIONS or tree.name in OF_TWO or tree.name in {"±", "max", "min"})


def _has_value(tree: Tree) -> bool:
    """Say whether an overlined tree is a complex number and not a name."""
    return "i" in key_of(tree).replace("sin", "").replace("pi", "")
