"""Matrices, and vectors beside tuples."""

from __future__ import annotations

from rlvr_math.comparing.decision import DIFFERENT, Comparing, Decision, all_of
from rlvr_math.reading.tree import Collection, Grid, Sum, Tree, children


def compare_grids(comparing: Comparing, reference: Tree, answer: Tree) -> Decision:
    """Compare two matrices cell by cell, sums of them added first; or one with a tuple."""
    reference, answer = _summed(reference), _summed(answer)
    if not isinstance(reference, Grid) or not isinstance(answer, Grid):
        return compare_vector(comparing, reference, answer)
    if [len(row) for row in reference.rows] != [len(row) for row in answer.rows]:
        return DIFFERENT
    return all_of(comparing.same_in_order(*rows) for rows in zip(reference.rows, answer.rows, strict=True))


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


def _summed(tree: Tree) -> Tree:
    """Add matrices of one shape."""
    if not isinstance(tree, Sum):
        return tree
    grids = [term.rows for term in tree.terms if isinstance(term, Grid)]
    shapes = {tuple(map(len, rows)) for rows in grids}
    if len(grids) != len(tree.terms) or len(shapes) != 1:
        return tree
    return Grid(tuple(tuple(Sum(cells) for cells in zip(*rows, strict=True)) for rows in zip(*grids, strict=True)))
