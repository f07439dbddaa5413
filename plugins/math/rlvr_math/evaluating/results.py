"""Convert values of sympy to our trees, by a table of functions; a value with anything else is undecided."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from rlvr_math.evaluating.conversion import UnconvertibleError
from rlvr_math.limits import EVALUATION_NODES
from rlvr_math.reading.tree import (
    MINUS_ONE,
    Call,
    Constant,
    Power,
    Product,
    Symbol,
    Tree,
    added,
    multiplied,
)

_CONSTANTS: Mapping[Any, Tree] = {
    sympy.pi: Symbol("pi"), sympy.E: Symbol("e"), sympy.I: Symbol("i"), sympy.oo: Symbol("∞"),
    -sympy.oo: Product((MINUS_ONE, Symbol("∞"))), sympy.EulerGamma: Symbol("gamma"),
}  # fmt: skip
_FUNCTIONS: Mapping[Any, str] = {
    **{getattr(sympy, name): name for name in
       "sin cos tan cot sec csc sinh cosh tanh coth sech csch zeta erf erfc re im arg".split()},
    **{getattr(sympy, f"a{name}"): f"arc{name}" for name in "sin cos tan sec csc sinh cosh tanh coth".split()},
    sympy.log: "ln", sympy.Abs: "abs", sympy.sign: "sgn", sympy.floor: "floor", sympy.ceiling: "ceil",
    sympy.factorial: "factorial", sympy.factorial2: "factorial2", sympy.gamma: "gamma", sympy.binomial: "binom",
    sympy.besselj: "besselj", sympy.conjugate: "conj", sympy.Max: "max", sympy.Min: "min",
}  # fmt: skip
# Deeper values would reach Python's limit of recursion in later stages.
_DEPTH_LIMIT = 60


def tree_of(value: Any, names: Mapping[Any, str]) -> Tree:
    """Convert a value.

    Args:
        value: The object of sympy.
        names: The letters of its symbols.

    Raises:
        UnconvertibleError: It is too large, or contains something that our trees do not have.
    """
    for function in (sympy.RisingFactorial, sympy.FallingFactorial):
        if value.has(function):
            value = value.rewrite(function, sympy.gamma)
    return _Results(names).tree(value.replace(sympy.GoldenRatio, (1 + sympy.sqrt(5)) / 2), 0)


class _Results:
    def __init__(self, names: Mapping[Any, str]) -> None:
        self._names = names
        self._nodes = 0

    def tree(self, value: Any, depth: int) -> Tree:
        self._nodes += 1
        if self._nodes > EVALUATION_NODES or depth > _DEPTH_LIMIT:
            raise UnconvertibleError("the value is too large")
        if value.is_Rational:
            return Constant(Fraction(int(value.p), int(value.q)))
        if value in self._names:
            return Symbol(self._names[value])
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        return _composed(value, [self.tree(part, depth + 1) for part in value.args])


def _composed(value: Any, parts: list[Tree]) -> Tree:
    """Return the tree of an object of sympy that is made of parts."""
    if value.is_Add:
        return added(parts)
    if value.is_Mul:
        return multiplied(parts)
    if isinstance(value, sympy.exp):
        return Power(Symbol("e"), parts[0])
    if value.is_Pow:
        return Power(parts[0], parts[1])
    if value.func is sympy.acot:
        return Call("arctan", (Power(parts[0], MINUS_ONE),))
    name = _FUNCTIONS.get(value.func)
    if name is None or not parts:
        raise UnconvertibleError(f"the value contains {value.func.__name__}")
    return Call(name, tuple(parts))
