"""Evaluate expressions in ball arithmetic: each value comes with a proven bound of its error.

Balls that do not meet are a proof of difference.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from operator import methodcaller
from typing import Any

from rlvr_math.limits import Steps
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import Call, Constant, Power, Product, Quantity, Sum, Symbol, Tree, children, key_of

# FLINT keeps its working precision per process; it is set, used and put back under this lock.
_LOCK = threading.Lock()


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


def ball(value: Fraction) -> Any:
    """Return the ball around a rational."""
    flint = _flint()
    if value.denominator == 1:
        return flint.acb(int(value))
    return flint.acb(flint.arb(flint.fmpq(value.numerator, value.denominator)))


def value_of(tree: Tree, places: Mapping[str, Any], steps: Steps) -> Any:
    """Evaluate a tree where its symbols have the given values; within :func:`precision`.

    Raises:
        UndecidedError: It holds something without a value.
    """
    steps.spend()
    match tree:
        case Constant(value=value):
            return ball(value)
        case Symbol(name=name):
            return _symbol(name, places)
        case Sum(terms=parts) | Product(factors=parts):
            values = [value_of(part, places, steps) for part in parts]
            return sum(values[1:], values[0]) if isinstance(tree, Sum) else math.prod(values[1:], start=values[0])
        case Power(base=base, exponent=exponent):
            return _power(value_of(base, places, steps), exponent, places, steps)
        case Quantity(value=value, unit="%" | "degree" as unit):
            share = value_of(value, places, steps)
            return share / 100 if unit == "%" else share * _flint().acb.pi() / 180
        case Call(name=name, arguments=arguments):
            return _called(tree, name, arguments, places, steps)
        case _:
            raise UndecidedError(f"no value: {type(tree).__name__}")


def _symbol(name: str, places: Mapping[str, Any]) -> Any:
    acb = _flint().acb
    if name in places:
        return places[name]
    match name:
        case "i":
            return acb(0, 1)
        case "e":
            return acb(1).exp()
        case "pi":
            return acb.pi()
        case _:
            raise UndecidedError(f"no value: {name}")


def _power(base: Any, exponent: Tree, places: Mapping[str, Any], steps: Steps) -> Any:
    try:
        exact = rational_of(exponent)
    except UndefinedError:
        return _flint().acb("nan")
    if exact is None:
        return base ** value_of(exponent, places, steps)
    if exact.denominator == 1:
        return base ** int(exact)
    if exact == Fraction(1, 2):
        return base.sqrt()
    # The odd root of a negative number is the real one, as schools have it.
    if exact.denominator % 2 and base.imag == 0 and base.real < 0:
        root = (-base) ** ball(exact)
        return -root if exact.numerator % 2 else root
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
    "factorial": lambda value: (value + 1).gamma(), "Re": lambda value: _flint().acb(value.real),
    "Im": lambda value: _flint().acb(value.imag), "abs": lambda value: _flint().acb(abs(value)),
    "floor": lambda value: _rounded(value, "floor"), "ceil": lambda value: _rounded(value, "ceil"),
    "overline": lambda value: value.conjugate(), "bar": lambda value: value.conjugate(),
}  # fmt: skip


def _rounded(value: Any, name: str) -> Any:
    """Round a real ball that holds no edge."""
    if value.imag != 0:
        raise UndecidedError("a complex number has no floor")
    return _flint().acb(getattr(value.real, name)())


def _called(tree: Tree, name: str, arguments: tuple[Tree, ...], places: Mapping[str, Any], steps: Steps) -> Any:
    opaque = places.get(key_of(tree)) if name not in _FUNCTIONS else None
    if opaque is not None:
        return opaque
    if name in {"overline", "bar"} and not _has_value(arguments[0]):
        return places[key_of(tree)] if key_of(tree) in places else _symbol(key_of(tree), places)
    values = [value_of(argument, places, steps) for argument in arguments]
    if name in {"ln", "log"} and len(values) == 2:  # noqa: PLR2004  # the argument and the base
        return values[0].log() / values[1].log()
    if name == "binom" and len(values) == 2:  # noqa: PLR2004  # n over k
        above, below = values
        return (above + 1).gamma() * (below + 1).rgamma() * (above - below + 1).rgamma()
    if name in _FUNCTIONS and len(values) == 1:
        return _FUNCTIONS[name](values[0])
    raise UndecidedError(f"no value: {name}")


def _has_value(tree: Tree) -> bool:
    """Say whether an overlined tree is a complex number and not a name."""
    return "i" in key_of(tree).replace("sin", "").replace("pi", "")


def opaque_in(tree: Tree, found: set[str]) -> None:
    """Collect the keys of calls that have no value of their own, such as ``f(x)``."""
    if isinstance(tree, Call):
        accent = tree.name in {"overline", "bar"} and not _has_value(tree.arguments[0])
        if (tree.name not in _FUNCTIONS and tree.name not in {"binom", "±"}) or accent:
            found.add(key_of(tree))
            return
    for child in children(tree):
        opaque_in(child, found)
