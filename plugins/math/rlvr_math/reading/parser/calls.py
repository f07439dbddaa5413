"""Functions that are written with others: ``nPr``, ``nthroot``, ``atan2``, the inverse functions of reciprocals."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.tree import Call, Constant, Power, Tree, added, inverted, minus, multiplied

_HALF = Constant(Fraction(1, 2))
_TWO = Constant(Fraction(2))
# The inverse of a reciprocal function is that of the function itself at the reciprocal: arcsech x = arcosh(1/x).
_RECIPROCALS = {"arcsech": "arccosh", "arccsch": "arcsinh"}


def written_with_others(name: str, arguments: tuple[Tree, ...]) -> Tree:
    """Return a function of its arguments, written with functions that have a value of their own."""
    match name, arguments:
        case "root", (radicand, degree):
            return Power(radicand, inverted(degree))
        case "nPr", (above, below):
            return multiplied([Call("factorial", (above,)), inverted(Call("factorial", (minus(above, below),)))])
        case "round", (value,):
            return Call("floor", (added([value, _HALF]),))
        case "atan2", (above, below):
            return _angle_of(above, below)
        case (("arcsech" | "arccsch"), (value,)):
            return Call(_RECIPROCALS[name], (inverted(value),))
        case "pow", (base, exponent):
            return Power(base, exponent)
        case _:
            return Call(name, arguments)


def _angle_of(above: Tree, below: Tree) -> Tree:
    """Return the angle of a point, 2 arctan(y / (sqrt(x^2 + y^2) + x)), which has a value but on the negative axis."""
    radius = Power(added([Power(above, _TWO), Power(below, _TWO)]), _HALF)
    return multiplied([_TWO, Call("arctan", (multiplied([above, inverted(added([radius, below]))]),))])
