"""Functions that are written with others: ``nPr``, ``nthroot``, ``atan2``, and what sympy prints for structures."""

from __future__ import annotations

from fractions import Fraction

from rlvr_math.reading.tree import (
    CASE,
    CASES,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Relation,
    Tree,
    Words,
    added,
    children,
    divided,
    inverted,
    key_of,
    minus,
    multiplied,
)

_HALF = Constant(Fraction(1, 2))
_TWO = Constant(Fraction(2))
_ITEMS_OF_PIECE = 2
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
            return _structure(name, arguments) or Call(name, arguments)


def _structure(name: str, arguments: tuple[Tree, ...]) -> Tree | None:
    """Return what sympy prints for a structure; None if the name is that of no structure."""
    match name, arguments:
        case (("Rational" | "Fraction"), (above, below)):
            return divided(above, below)
        case "Eq", (left, right):
            return Relation(("=",), (left, right))
        case "Union", sets if len(sets) > 1:
            return Collection("∪", "", sets)
        case "FiniteSet", members:
            return Collection("{", "}", members)
        case (("Interval" | "Interval.open" | "Interval.Lopen" | "Interval.Ropen"), (low, high)):
            return _interval(name, low, high)
        case "Matrix", (Collection(opening="[", items=rows),):
            return Grid(tuple(row.items if isinstance(row, Collection) else (row,) for row in rows))
        case "Piecewise", pieces if all(map(_is_piece, pieces)):
            return Collection(CASES, "", tuple(Collection(CASE, "", _piece(each)) for each in pieces))
        case _:
            return None


def _interval(name: str, low: Tree, high: Tree) -> Tree:
    """Return an interval of sympy, whose infinite ends are open."""
    opening = "(" if name in {"Interval.open", "Interval.Lopen"} or "∞" in key_of(low) else "["
    closing = ")" if name in {"Interval.open", "Interval.Ropen"} or "∞" in key_of(high) else "]"
    return Collection(opening, closing, (low, high))


def _is_piece(tree: Tree) -> bool:
    return isinstance(tree, Collection) and len(tree.items) == _ITEMS_OF_PIECE


def _piece(tree: Tree) -> tuple[Tree, ...]:
    """Return the value and the condition of a piece; ``True`` is what is left."""
    value, condition = children(tree)
    return value, Words("otherwise") if condition == Words("true") else condition


def _angle_of(above: Tree, below: Tree) -> Tree:
    """Return the angle of a point, 2 arctan(y / (sqrt(x^2 + y^2) + x)), which has a value but on the negative axis."""
    radius = Power(added([Power(above, _TWO), Power(below, _TWO)]), _HALF)
    return multiplied([_TWO, Call("arctan", (multiplied([above, inverted(added([radius, below]))]),))])
