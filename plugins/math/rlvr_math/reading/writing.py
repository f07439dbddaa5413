"""Trees in calculator syntax, such as ``x^2 + 1``: for people who ask how a formula was read."""

from __future__ import annotations

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
)


def written(tree: Tree) -> str:
    """Write a tree in calculator syntax, with brackets around whatever is not atomic."""
    match tree:
        case Constant():
            return str(tree.value)
        case Symbol():
            return tree.name
        case Words():
            return f'"{tree.text}"'
        case Sum():
            return " + ".join(map(_atom, tree.terms))
        case Product():
            return " * ".join(map(_atom, tree.factors))
        case Power():
            return f"{_atom(tree.base)}^{_atom(tree.exponent)}"
        case Call():
            return f"{tree.name}({', '.join(map(written, tree.arguments))})"
        case _:
            return _structure(tree)


def _structure(tree: Collection | Relation | Grid | Quantity) -> str:
    match tree:
        case Collection(opening=("∪" | "×") as sign):
            return f" {sign} ".join(map(written, tree.items))
        case Collection(opening="cases"):
            return f"cases({'; '.join(map(written, tree.items))})"
        case Collection(opening="&", items=(value, condition)):
            return f"{written(value)} if {written(condition)}"
        case Collection(opening=":"):
            return ":".join(map(written, tree.items))
        case Collection():
            return tree.opening + ", ".join(map(written, tree.items)) + tree.closing
        case Relation():
            first, *rest = map(written, tree.sides)
            return first + "".join(f" {sign} {side}" for sign, side in zip(tree.signs, rest, strict=True))
        case Grid():
            return "[" + "; ".join(", ".join(map(written, row)) for row in tree.rows) + "]"
        case Quantity():
            return f"{_atom(tree.value)} {tree.unit}"


def _atom(tree: Tree) -> str:
    whole = isinstance(tree, Constant) and tree.value.denominator == 1 and tree.value >= 0
    return written(tree) if whole or isinstance(tree, (Symbol, Call, Grid)) else f"({written(tree)})"
