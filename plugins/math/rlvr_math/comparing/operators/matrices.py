"""Arithmetic of matrices: exact by FLINT where all cells are rational, by trees where a small one has letters."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from rlvr_math.comparing.operators.derivatives import times
from rlvr_math.limits import (
    INVERSE_LETTERS_LIMIT,
    MATRIX_LETTERS_LIMIT,
    MATRIX_POWER_LIMIT,
    REWRITTEN_NODES_LIMIT,
    OverLimitError,
    Steps,
)
from rlvr_math.reading.binding import size_of
from rlvr_math.reading.exact import UndefinedError, rational_of
from rlvr_math.reading.tree import MINUS_ONE, ONE, ZERO, Constant, Grid, Power, Symbol, Tree, added, inverted, negated

Rows: TypeAlias = tuple[tuple[Tree, ...], ...]


class NoMatrixError(ValueError):
    """The shapes do not fit, or the operation has no result; says what."""


def is_square(rows: Rows) -> bool:
    """Return whether a matrix has as many columns as rows."""
    return bool(rows) and all(len(row) == len(rows) for row in rows)


def summed(matrices: list[Rows]) -> Rows:
    """Add matrices of one shape."""
    shapes = {tuple(map(len, rows)) for rows in matrices}
    if len(shapes) != 1:
        raise NoMatrixError("matrices of different shapes have no sum")
    return tuple(tuple(added(list(cells)) for cells in transposed(rows)) for rows in zip(*matrices, strict=True))


def scaled(rows: Rows, factor: Tree) -> Rows:
    """Multiply each cell by a factor."""
    return tuple(tuple(times(factor, cell) for cell in row) for row in rows)


def transposed(rows: Rows) -> Rows:
    """Swap rows and columns."""
    return tuple(zip(*rows, strict=True))


def product(left: Rows, right: Rows, steps: Steps) -> Rows:
    """Multiply two matrices."""
    columns = transposed(right)
    steps.spend(len(left) * len(right) * len(columns))
    return _small(tuple(tuple(dot(row, column) for column in columns) for row in left))


def dot(left: tuple[Tree, ...], right: tuple[Tree, ...]) -> Tree:
    """Multiply two vectors."""
    if len(left) != len(right):
        raise NoMatrixError("vectors of different lengths have no product")
    return added(list(map(times, left, right)))


def cross(left: tuple[Tree, ...], right: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Return the vector product of two vectors of three components."""
    if len(left) != 3 or len(right) != 3:  # noqa: PLR2004  # the space of three dimensions
        raise NoMatrixError("only vectors of three components have a vector product")
    return tuple(
        added([times(left[i], right[j]), negated(times(left[j], right[i]))]) for i, j in ((1, 2), (2, 0), (0, 1))
    )


def trace(rows: Rows) -> Tree:
    """Add the diagonal."""
    _expect_square(rows)
    return added([rows[index][index] for index in range(len(rows))])


def determinant(rows: Rows, steps: Steps) -> Tree:
    """Return the determinant: exact if all cells are rational, else by cofactors up to six rows."""
    _expect_square(rows)
    exact = _exact(rows, steps)
    if exact is not None:
        return _constant(exact.det())
    _expect_few(rows, MATRIX_LETTERS_LIMIT)
    return _by_cofactors(rows, steps)


def inverse(rows: Rows, steps: Steps) -> Rows:
    """Return the inverse."""
    _expect_square(rows)
    exact = _exact(rows, steps)
    if exact is not None:
        if not exact.det():
            raise NoMatrixError("a singular matrix has no inverse")
        return _rows(exact.inv())
    _expect_few(rows, INVERSE_LETTERS_LIMIT)
    factor = inverted(_by_cofactors(rows, steps))
    size = range(len(rows))
    return tuple(tuple(times(factor, _cofactor(rows, column, row, steps)) for column in size) for row in size)


def rank(rows: Rows, steps: Steps) -> Tree:
    """Return how many rows are independent, of a matrix of rationals."""
    exact = _exact(rows, steps)
    if exact is None:
        raise NoMatrixError("the rank of a matrix with letters")
    return Constant(Fraction(int(exact.rank())))


def adjugate(rows: Rows, steps: Steps) -> Rows:
    """Return the transposed matrix of the cofactors."""
    _expect_square(rows)
    _expect_few(rows, INVERSE_LETTERS_LIMIT)
    size = range(len(rows))
    return tuple(tuple(_cofactor(rows, column, row, steps) for column in size) for row in size)


def exponential(rows: Rows, steps: Steps) -> Rows:
    """Return the exponential of a diagonal matrix, or of one that has a power of zero."""
    _expect_square(rows)
    _expect_few(rows, INVERSE_LETTERS_LIMIT)
    size = range(len(rows))
    identity: Rows = tuple(tuple(ONE if row == column else ZERO for column in size) for row in size)
    if all(rows[row][column] == ZERO for row in size for column in size if row != column):
        return tuple(
            tuple(Power(Symbol("e"), rows[at][at]) if at == column else ZERO for column in size) for at in size
        )
    total, term = identity, identity
    for count, _ in enumerate(rows, start=1):
        term = scaled(product(term, rows, steps), Constant(Fraction(1, count)))
        if all(cell == ZERO for row in term for cell in row):
            return total
        total = summed([total, term])
    raise NoMatrixError("the exponential of a matrix of no such kind")


def power(rows: Rows, exponent: int, steps: Steps) -> Rows:
    """Raise a matrix to a whole power."""
    _expect_square(rows)
    if abs(exponent) > MATRIX_POWER_LIMIT:
        raise OverLimitError(f"a power of a matrix beyond {MATRIX_POWER_LIMIT}")
    if exponent < 0:
        rows, exponent = inverse(rows, steps), -exponent
    exact = _exact(rows, steps)
    if exact is not None:
        steps.spend(len(rows) * exponent)
        return _rows(exact**exponent)
    return _by_squaring(rows, exponent, lambda left, right: product(left, right, steps))


def _by_squaring(rows: Rows, exponent: int, multiply: Callable[[Rows, Rows], Rows]) -> Rows:
    size = range(len(rows))
    result: Rows = tuple(tuple(ONE if row == column else ZERO for column in size) for row in size)
    while exponent:
        if exponent % 2:
            result = multiply(result, rows)
        exponent //= 2
        if exponent:
            rows = multiply(rows, rows)
    return result


def _by_cofactors(rows: Rows, steps: Steps) -> Tree:
    """Expand by the first row."""
    steps.spend(len(rows))
    terms = [times(cell, _cofactor(rows, 0, column, steps)) for column, cell in enumerate(rows[0]) if cell != ZERO]
    return added(terms) if terms else ZERO


def _cofactor(rows: Rows, row: int, column: int, steps: Steps) -> Tree:
    if len(rows) == 1:
        return ONE
    minor = tuple(each[:column] + each[column + 1 :] for index, each in enumerate(rows) if index != row)
    return times(ONE if row % 2 == column % 2 else MINUS_ONE, _by_cofactors(minor, steps))


def _expect_square(rows: Rows) -> None:
    if not is_square(rows):
        raise NoMatrixError("the matrix is not square")


def _expect_few(rows: Rows, limit: int) -> None:
    if len(rows) > limit:
        raise OverLimitError(f"a matrix with letters of more than {limit} rows")


def _small(rows: Rows) -> Rows:
    """Return the matrix if its cells are small enough to be multiplied again."""
    if size_of(Grid(rows), REWRITTEN_NODES_LIMIT) > REWRITTEN_NODES_LIMIT:
        raise OverLimitError(f"a matrix of more than {REWRITTEN_NODES_LIMIT} nodes")
    return rows


def _exact(rows: Rows, steps: Steps) -> Any:
    """Return FLINT's matrix of the cells; None if one of them is no rational."""
    import flint

    steps.spend(sum(map(len, rows)) * len(rows))
    values: list[list[Any]] = []
    for row in rows:
        values.append([])
        for cell in row:
            try:
                value = rational_of(cell)
            except UndefinedError as error:
                raise NoMatrixError("a cell is undefined") from error
            if value is None:
                return None
            values[-1].append(flint.fmpq(value.numerator, value.denominator))
    return flint.fmpq_mat(values)


def _constant(value: Any) -> Constant:
    return Constant(Fraction(int(value.p), int(value.q)))


def _rows(matrix: Any) -> Rows:
    return tuple(tuple(map(_constant, row)) for row in matrix.tolist())
