"""Operators: calls that bind a letter or wait to be evaluated, and the letters that they bind."""

from __future__ import annotations

from rlvr_math.reading.tree import (
    BOUND,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Relation,
    Sum,
    Symbol,
    Tree,
    children,
    nodes_of,
    renamed,
    with_children,
)

# Calls that stand for a value which has not been worked out. Functions such as "binom" or "max" are none.
OPERATORS = frozenset(
    (
        "sum prod sum∈ prod∈ integral antiderivative limit limit+ limit- derivative prime "
        "det tr rank adj transpose inverse norm cross dot at nested region"
    ).split()
)

# Free letters that people take for whole numbers where nothing else is said.
WHOLE_LETTERS = frozenset({"n", "m", "k", "N"})


def bound(name: str, body: Tree, letter: Symbol, *places: Tree) -> Call:
    """Return an operator over a body; its letter gets the next number that the body does not use."""
    number = Symbol(f"{BOUND}{1 + _highest_bound(body)}")
    return Call(name, (renamed(body, {letter.name: number}), number, *places))


def _highest_bound(tree: Tree) -> int:
    """Return the highest number of a bound letter in a tree, 0 if there is none."""
    highest = 0
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Symbol):
            if each.name.startswith(BOUND):
                highest = max(highest, int(each.name.removeprefix(BOUND)))
        else:
            waiting.extend(children(each))
    return highest


def substituted(body: Tree, letter: Symbol, value: Tree) -> Tree:
    """Put a value in the place of the letter that an operator binds in its body.

    A letter with an index that becomes a number or letter is a name again: ``a_k`` at 1 is ``a_1``.
    """
    return _with_names(renamed(body, {letter.name: value}))


def _with_names(tree: Tree) -> Tree:
    match tree:
        case Constant() | Symbol():
            return tree
        case Call(name=name, arguments=(Constant(value=value),)) if name.endswith("_") and value.denominator == 1:
            return Symbol(f"{name}{value}")
        case Call(name=name, arguments=(Symbol(name=index),)) if name.endswith("_") and not index.startswith(BOUND):
            return Symbol(f"{name}{index}")
        case _:
            return with_children(tree, tuple(map(_with_names, children(tree))))


def size_of(tree: Tree, limit: int) -> int:
    """Return how many nodes a tree has; more than the limit is not counted to the end."""
    nodes = 0
    waiting = [tree]
    while waiting and nodes <= limit:
        each = waiting.pop()
        nodes += 1
        waiting.extend(children(each))
    return nodes


def is_operator(tree: Tree) -> bool:
    """Return whether a tree is an operator that is not evaluated; products and powers of matrices are some."""
    if isinstance(tree, Call):
        return tree.name in OPERATORS
    if isinstance(tree, Product):
        return sum(isinstance(factor, Grid) for factor in tree.factors) > 1
    return isinstance(tree, Power) and isinstance(tree.base, Grid)


def has_operator(tree: Tree) -> bool:
    """Return whether an unevaluated operator is left anywhere in a tree."""
    return bool(operator_in(tree))


_ARROWS = frozenset({"vec", "overrightarrow", "\\times"})


def is_arrow(tree: Tree) -> bool:
    r"""Return whether a tree is the name of a vector, as ``\vec a``, or a cross product of such names."""
    return isinstance(tree, Call) and tree.name in _ARROWS


def operator_in(tree: Tree) -> str:
    """Return the name of the outermost operator left in a tree, such as "integral"; nothing if there is none."""
    nodes = nodes_of(tree)
    kinds = set(map(type, nodes))
    if Call not in kinds and Grid not in kinds:  # no product or power is an operator without
        return ""
    operator = next((each for each in nodes if (Grid in kinds or type(each) is Call) and is_operator(each)), None)
    if operator is None:
        return ""
    return operator.name if isinstance(operator, Call) else "product of matrices"


def has_intersection(tree: Tree) -> bool:
    """Return whether sets are left to be intersected; unions and differences are how sets are written."""
    match tree:
        case Relation(signs=("=",), sides=(Collection() as named, value)) if _has_letters_only(named):
            tree = value  # A ∩ B = {1, 2} says what the intersection is
    return any(type(each) is Collection and each.opening == "∩" for each in nodes_of(tree))


def _has_letters_only(tree: Tree) -> bool:
    return all(isinstance(each, (Symbol, Collection)) for each in nodes_of(tree))


def is_matrix(tree: Tree) -> bool:
    """Return whether a tree is a matrix, a tuple, or sums, products and operations of these."""
    match tree:
        case Grid():
            return True
        case Collection(opening=opening, closing=closing):
            return (opening, closing) == ("(", ")")
        case Sum() | Product():
            return any(map(is_matrix, children(tree)))
        case Call(name="transpose" | "inverse" | "cross"):
            return True
        case Power(base=base):
            return is_matrix(base)
        case _:
            return False


def is_vector(tree: Tree) -> bool:
    """Return whether a tree is a tuple, or a matrix of one column or one row."""
    match tree:
        case Grid(rows=rows):
            return len(rows) == 1 or all(len(row) == 1 for row in rows)
        case Collection(opening=opening, closing=closing):
            return (opening, closing) == ("(", ")")
        case Call(name="cross"):
            return True
        case Call(name="transpose", arguments=(vector,)):
            return is_vector(vector)
        case _:
            return False
