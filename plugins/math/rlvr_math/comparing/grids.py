"""Matrices, and vectors beside tuples."""

from __future__ import annotations

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of
from rlvr_math.comparing.operators.resolving import resolve
from rlvr_math.reading.tree import ONE, Collection, Grid, Power, Product, Symbol, Tree, added, children, renamed


def compare_grids(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two matrices cell by cell, their sums and products carried out first; or one with a tuple."""
    reference, answer = (_matrix_of_rows(tree) for tree in (reference, answer))
    reference, answer = (resolve(tree, comparing.steps.operators) for tree in (reference, answer))
    if isinstance(reference, Grid) != isinstance(answer, Grid):
        powers = _powers(comparing, reference, answer)
        if powers is not None:
            return powers
    if not isinstance(reference, Grid) or not isinstance(answer, Grid):
        return compare_vector(comparing, reference, answer)
    if [len(row) for row in reference.rows] != [len(row) for row in answer.rows]:
        return DIFFERENT
    return all_of(comparing.same_in_order(*rows) for rows in zip(reference.rows, answer.rows, strict=True))


def _powers(comparing: Comparing, reference: Tree, answer: Tree) -> Decision | None:
    """Decide by induction whether a matrix is the power of another one by a letter; None if neither is a power."""
    power, closed = (answer, reference) if isinstance(reference, Grid) else (reference, answer)
    match power, closed:
        case Power(base=Grid() as base, exponent=Symbol(name=letter)), Grid():
            first = renamed(closed, {letter: ONE})
            following = renamed(closed, {letter: added([Symbol(letter), ONE])})
            steps = ((base, first), (Product((closed, base)), following))
            return all_of(compare_grids(comparing, *step) for step in steps)
        case _:
            return None


def _matrix_of_rows(tree: Tree) -> Tree:
    """Read a list of rows in square brackets, as programs print a matrix, as that matrix."""
    if not isinstance(tree, Collection) or (tree.opening, tree.closing) != ("[", "]"):
        return tree
    rows = [row.items for row in tree.items if isinstance(row, Collection) and (row.opening, row.closing) == ("[", "]")]
    is_matrix = len(rows) == len(tree.items) and len({len(row) for row in rows}) == 1
    return Grid(tuple(rows)) if is_matrix else tree


def compare_vector(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare a column or row with a tuple of as many items, where the option allows."""
    grid, other = (reference, answer) if isinstance(reference, Grid) else (answer, reference)
    if not isinstance(grid, Grid) or not isinstance(other, Collection) or other.opening not in {"(", "["}:
        return DIFFERENT
    is_vector = min(len(grid.rows), max(map(len, grid.rows), default=0)) == 1
    if not is_vector or not comparing.options.vector_as_tuple:
        return DIFFERENT
    cells = children(grid)
    sides = (cells, other.items) if grid is reference else (other.items, cells)
    return comparing.same_in_order(*sides)
