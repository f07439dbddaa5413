"""Rewrite operators that rules can carry out: derivatives, matrices, vectors, and short sums and products.

What no rule carries out stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from rlvr import lazy_pattern
from rlvr_math.comparing.operators import matrices
from rlvr_math.comparing.operators.derivatives import NoDerivativeError, derivative, times
from rlvr_math.comparing.operators.matrices import NoMatrixError, Rows
from rlvr_math.comparing.operators.regions import over_region
from rlvr_math.limits import REWRITTEN_NODES_LIMIT, WRITTEN_TERMS_LIMIT, OverLimitError, Steps
from rlvr_math.reading.binding import has_operator, size_of, substituted
from rlvr_math.reading.exact import UndefinedError, divisors_of, rational_of
from rlvr_math.reading.tree import (
    ONE,
    ZERO,
    Call,
    Collection,
    Constant,
    Grid,
    Power,
    Product,
    Sum,
    Symbol,
    Tree,
    added,
    children,
    key_of,
    multiplied,
    symbols_in,
    with_children,
)

_CONSTANTS = frozenset({"i", "e", "pi", "∞"})
_HALF = Constant(Fraction(1, 2))
_TWO = Constant(Fraction(2))
_IDENTITY = lazy_pattern(r"I(?:_[n\d])?")
# A number is factored for its divisors; so many bits take some milliseconds.
_DIVIDED_LIMIT = 2**64


def resolve(tree: Tree, steps: Steps) -> Tree:
    """Carry out, from the inside out, every operator that a rule carries out.

    Raises:
        OverLimitError: The budget is used up, or a matrix is too large.
    """
    steps.spend()
    parts = children(tree)
    resolved = tuple(resolve(part, steps) for part in parts)
    if resolved != parts:
        tree = _rebuilt(tree, resolved)
    try:
        return _carried_out(tree, steps)
    except (NoMatrixError, NoDerivativeError, UndefinedError):
        return tree


def _rebuilt(tree: Tree, parts: tuple[Tree, ...]) -> Tree:
    """Return the tree with other parts, constants among them folded."""
    match tree:
        case Sum():
            return added(list(parts))
        case Product():
            return multiplied(list(parts))
        case _:
            return with_children(tree, parts)


def _carried_out(tree: Tree, steps: Steps) -> Tree:
    """Carry out the outermost operation of a tree, if it is one that a rule carries out."""
    match tree:
        case Sum(terms=terms):
            return _sum_of(tree, terms)
        case Product(factors=factors):
            return _product_of(tree, factors, steps)
        case Power():
            return _power_of(tree, steps)
        case Call(name="derivative" | "prime"):
            return _derivative_of(tree, steps)
        case Call(name="sum" | "prod"):
            return _series_of(tree, steps)
        case Call(name="sum∈" | "prod∈" as name, arguments=(body, Symbol() as letter, members)):
            return _over_members(tree, name.removesuffix("∈"), body, letter, members, steps)
        case Call(name="integral", arguments=(_, _, low, high)) if low == high:
            return ZERO
        case Call(name="at", arguments=(body, Symbol() as letter, place)) if not has_operator(body):
            return _at_place(body, letter, place, steps)
        case Call():
            return _other_operation(tree, steps)
        case _:
            return tree


def _at_place(body: Tree, letter: Symbol, place: Tree, steps: Steps) -> Tree:
    """Put a place in the place of a letter; places within places must not multiply without a limit."""
    size = size_of(body, REWRITTEN_NODES_LIMIT) * size_of(place, REWRITTEN_NODES_LIMIT)
    if size > REWRITTEN_NODES_LIMIT:
        raise OverLimitError(f"a value at a place of more than {REWRITTEN_NODES_LIMIT} nodes")
    steps.spend(size)
    return _refolded(substituted(body, letter, place))


def _refolded(tree: Tree) -> Tree:
    """Return a tree with the constants of its sums and products folded, after a value was put into it."""
    parts = children(tree)
    return _rebuilt(tree, tuple(map(_refolded, parts))) if parts else tree


def _sum_of(tree: Sum, terms: tuple[Tree, ...]) -> Tree:
    """Add matrices, or vectors written as tuples."""
    grids = [term.rows for term in terms if isinstance(term, Grid)]
    if grids and matrices.is_square(grids[0]):
        grids += [_identity(scale, len(grids[0])) for term in terms if (scale := _scale_of_identity(term)) is not None]
    if len(grids) == len(terms):
        return Grid(matrices.summed(grids))
    vectors = [_components(term) for term in terms if isinstance(term, Collection)]
    known = [vector for vector in vectors if vector is not None]
    if len(known) == len(terms):
        return _tuple_of(matrices.summed([(vector,) for vector in known])[0])
    return tree


def _scale_of_identity(tree: Tree) -> Tree | None:
    r"""Return the factor of the identity matrix, which is written I beside matrices, as in ``A-\\lambda I``."""
    factors = tree.factors if isinstance(tree, Product) else (tree,)
    others = [factor for factor in factors if not (isinstance(factor, Symbol) and _IDENTITY.fullmatch(factor.name))]
    return multiplied(others) if others and len(others) + 1 == len(factors) else ONE if not others else None


def _identity(scale: Tree, size: int) -> Rows:
    return tuple(tuple(scale if row == column else ZERO for column in range(size)) for row in range(size))


def _product_of(tree: Product, factors: tuple[Tree, ...], steps: Steps) -> Tree:
    """Multiply matrices in the written order, then by the factors that are none; or scale a vector."""
    grids = [factor.rows for factor in factors if isinstance(factor, Grid)]
    others: list[Tree] = [factor for factor in factors if not isinstance(factor, Grid)]
    vectors = [factor for factor in others if isinstance(factor, Collection)]
    if grids and not vectors:
        result: Rows = grids[0]
        for rows in grids[1:]:
            result = matrices.product(result, rows, steps)
        if len(grids) > 1 and len(result) == len(result[0]) == 1:
            return multiplied([*others, result[0][0]])  # people take a row times a column for a number
        return Grid(matrices.scaled(result, multiplied(others)) if others else result)
    if len(vectors) == 1 and not grids:
        components = _components(vectors[0])
        scale = multiplied([factor for factor in factors if factor is not vectors[0]])
        return tree if components is None else _tuple_of(matrices.scaled((components,), scale)[0])
    return tree


def _other_operation(tree: Call, steps: Steps) -> Tree:
    """Carry out what no rule above does: an integral over a region, an operation of matrices or vectors."""
    match tree:
        case Call(name="region", arguments=(body, region, *letters)):
            names = tuple(letter for letter in letters if isinstance(letter, Symbol))
            return over_region(body, region, names, steps) or tree
        case Call(name="nested", arguments=(value,)):
            return value
        case Call(name="abs", arguments=(Grid(rows=rows),)) if matrices.is_square(rows):
            return matrices.determinant(rows, steps)
        case Call(name=name, arguments=(Grid(rows=rows),)) if name in _OF_MATRICES:
            return _OF_MATRICES[name](rows, steps)
        case Call(name="transpose", arguments=(Collection() as vector,)):
            components = _components(vector)
            return tree if components is None else Grid(tuple((each,) for each in components))
        case Call(name="norm" | "abs", arguments=(argument,)):
            components = _components(argument)
            return tree if components is None else _length(components)
        case Call(name="dot" | "cross" as name, arguments=(left, right)):
            return _vector_product(tree, name, left, right)
        case _:
            return tree


# Operations on one matrix.
_OF_MATRICES: dict[str, Callable[[Rows, Steps], Tree]] = {
    "det": matrices.determinant,
    "rank": matrices.rank,
    "tr": lambda rows, _: matrices.trace(rows),
    "adj": lambda rows, steps: Grid(matrices.adjugate(rows, steps)),
    "exp": lambda rows, steps: Grid(matrices.exponential(rows, steps)),
    "inverse": lambda rows, steps: Grid(matrices.inverse(rows, steps)),
    "transpose": lambda rows, _: Grid(matrices.transposed(rows)),
}


def _power_of(tree: Power, steps: Steps) -> Tree:
    """Carry out a whole power of a matrix, or a power of e with a matrix as its exponent."""
    match tree:
        case Power(base=Grid(rows=rows), exponent=Constant(value=value)) if value.denominator == 1:
            return Grid(matrices.power(rows, int(value), steps))
        case Power(base=Symbol(name="e"), exponent=Grid(rows=rows)):
            return Grid(matrices.exponential(rows, steps))
        case _:
            return tree


def _vector_product(tree: Call, name: str, left: Tree, right: Tree) -> Tree:
    one, other = _components(left), _components(right)
    if one is None or other is None:
        return tree
    if name == "dot":
        return matrices.dot(one, other)
    components = matrices.cross(one, other)
    return Grid(tuple((each,) for each in components)) if isinstance(left, Grid) else _tuple_of(components)


def _components(tree: Tree) -> tuple[Tree, ...] | None:
    """Return the components of a vector; None if a tree is none."""
    match tree:
        case Collection(opening="(", closing=")", items=items):
            return items
        case Grid(rows=(row,)):
            return row
        case Grid(rows=rows) if all(len(row) == 1 for row in rows):
            return tuple(row[0] for row in rows)
        case _:
            return None


def _tuple_of(components: tuple[Tree, ...]) -> Tree:
    return Collection("(", ")", components)


def _length(components: tuple[Tree, ...]) -> Tree:
    squares: list[Tree] = [Power(Call("abs", (each,)), _TWO) for each in components]
    return Power(added(squares), _HALF)


def _derivative_of(tree: Call, steps: Steps) -> Tree:
    """Differentiate as often as is said; a prime differentiates by the only letter, and transposes plain matrices."""
    match tree:
        case Call(name="prime", arguments=(Grid(rows=rows) as grid,)) if symbols_in(grid) <= _CONSTANTS:
            return Grid(matrices.transposed(rows))
        case Call(name="prime", arguments=(body,)):
            letters = sorted(symbols_in(_small(body)) - _CONSTANTS)
            return derivative(body, letters[0], steps) if len(letters) == 1 else tree
        case Call(arguments=(body, Symbol(name=letter), Constant(value=order))) if order.denominator == 1 and order > 0:
            return _derivative_of_order(body, letter, int(order), steps)
        case _:
            return tree


def _derivative_of_order(body: Tree, letter: str, order: int, steps: Steps) -> Tree:
    """Differentiate again and again; a function that comes back, as sine and cosine do, in one period."""
    seen = {key_of(body): 0}
    for count in range(1, order + 1):
        body = derivative(_small(body), letter, steps)
        key = key_of(body)
        if seen.setdefault(key, count) != count:
            return _derivative_of_order(body, letter, (order - count) % (count - seen[key]), steps)
    return body


def _small(tree: Tree) -> Tree:
    """Return the tree if it is small enough to be rewritten."""
    if size_of(tree, REWRITTEN_NODES_LIMIT) > REWRITTEN_NODES_LIMIT:
        raise OverLimitError(f"an operator of more than {REWRITTEN_NODES_LIMIT} nodes")
    return tree


def _series_of(tree: Call, steps: Steps) -> Tree:
    """Write the terms or factors out if there are a few."""
    body, letter, low, high = tree.arguments
    numbers = whole_range(low, high, WRITTEN_TERMS_LIMIT)
    if numbers is None or not isinstance(letter, Symbol):
        return tree
    return written_out(tree.name, body, letter, numbers, steps)


def whole_range(low: Tree, high: Tree, limit: int) -> range | None:
    """Return the whole numbers between two bounds; None if these are no numbers, or if there are too many."""
    first, last = rational_of(low), rational_of(high)
    if first is None or last is None or first.denominator != 1 or last.denominator != 1:
        return None
    return range(int(first), int(last) + 1) if last - first < limit else None


def _over_members(tree: Call, name: str, body: Tree, letter: Symbol, members: Tree, steps: Steps) -> Tree:  # noqa: PLR0913, PLR0917  # the parts of one operator
    """Write out the terms over the members of a finite set, or over the divisors of a number."""
    match members:
        case Collection(items=items) if len(set(items)) <= WRITTEN_TERMS_LIMIT:
            return _terms(name, body, letter, list(dict.fromkeys(items)), steps)
        case Call(arguments=(number,)):
            whole = rational_of(number)
            if whole is None or whole.denominator != 1 or not 0 < whole < _DIVIDED_LIMIT:
                return tree
            divisors = divisors_of(int(whole))
            if len(divisors) > WRITTEN_TERMS_LIMIT:
                return tree
            return _terms(name, body, letter, [Constant(Fraction(each)) for each in divisors], steps)
        case _:
            return tree


def written_out(name: str, body: Tree, letter: Symbol, numbers: range, steps: Steps) -> Tree:
    """Return a sum or product term by term."""
    return _terms(name, body, letter, [Constant(Fraction(number)) for number in numbers], steps)


def _terms(name: str, body: Tree, letter: Symbol, places: Sequence[Tree], steps: Steps) -> Tree:
    steps.spend(size_of(body, REWRITTEN_NODES_LIMIT) * len(places))
    parts = [resolve(substituted(body, letter, place), steps) for place in places]
    if not parts:
        return ZERO if name == "sum" else ONE
    return added(parts) if name == "sum" else times(*parts)
