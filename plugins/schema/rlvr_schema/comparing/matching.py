"""Pairing what was expected with what was given, one to one, so that the sum of the weights is greatest."""

from __future__ import annotations

from collections.abc import Sequence

Weights = Sequence[Sequence[float]]


def best_pairs(weights: Weights) -> list[tuple[int, int]]:
    """Pair rows with columns, each at most once, for the greatest sum of weights, in cubic time.

    Pairs of weight 0.0 are left out.
    Ties are broken by position, so that the same weights always give the same pairs.

    Source:
        The Hungarian algorithm with potentials, Kuhn 1955 and Munkres 1957.
    """
    if not weights or not weights[0]:
        return []
    if len(weights) > len(weights[0]):
        turned = [[row[column] for row in weights] for column in range(len(weights[0]))]
        return sorted((row, column) for column, row in best_pairs(turned))
    rows, columns = len(weights), len(weights[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of = [0] * (columns + 1)  # which row each column is given to, counted from one; 0 for none
    for row in range(1, rows + 1):
        _place(row, weights, row_price, column_price, row_of)
    pairs = [(row_of[column] - 1, column - 1) for column in range(1, columns + 1) if row_of[column]]
    return sorted((row, column) for row, column in pairs if weights[row][column] > 0.0)


def _place(row: int, weights: Weights, row_price: list[float], column_price: list[float], row_of: list[int]) -> None:
    """Find the cheapest chain of moves that makes room for one more row, and make them."""
    columns = len(column_price)
    least, came_from = [float("inf")] * columns, [0] * columns
    done = [False] * columns
    row_of[0], column = row, 0
    while row_of[column]:
        done[column] = True
        at, step, following = row_of[column], float("inf"), column
        for other in range(1, columns):
            if done[other]:
                continue
            cost = -weights[at - 1][other - 1] - row_price[at] - column_price[other]
            if cost < least[other]:
                least[other], came_from[other] = cost, column
            if least[other] < step:
                step, following = least[other], other
        for other in range(columns):
            if done[other]:
                row_price[row_of[other]] += step
                column_price[other] -= step
            else:
                least[other] -= step
        column = following
    while column:
        row_of[column] = row_of[came_from[column]]
        column = came_from[column]


def ordered_pairs(weights: Weights) -> list[tuple[int, int]]:
    """Pair rows with columns as :func:`best_pairs` does, without crossing: both keep their order; quadratic time."""
    if not weights:
        return []
    rows, columns = len(weights), len(weights[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            paired = weights[row][column] + best[row + 1][column + 1]
            best[row][column] = max(paired, best[row + 1][column], best[row][column + 1])
    pairs: list[tuple[int, int]] = []
    row = column = 0
    while row < rows and column < columns:
        weight = weights[row][column]
        if weight > 0.0 and best[row][column] == weight + best[row + 1][column + 1]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs


MOST_SUBSETS_OF = 6
"""Up to how many rows of one step every subset of them is followed."""

_Placed = tuple[float, list[tuple[int, int]]]


def stepwise_pairs(weights: Weights, steps: Sequence[int]) -> list[tuple[int, int]]:
    """Pair rows with columns as :func:`ordered_pairs` does, but rows of one step in any order among themselves.

    The sum is the greatest one while no step has more than ``MOST_SUBSETS_OF`` rows. The pairs of a larger step are
    looked for in stretches of at most two columns for a row, since its subsets would be too many.

    Args:
        weights: By row and column.
        steps: The step of each row, rising.
    """
    if len(set(steps)) == len(steps):
        return ordered_pairs(weights)
    columns = len(weights[0])
    best: list[_Placed] = [(0.0, [])] * (columns + 1)  # by how many columns are used up
    for step in dict.fromkeys(steps):
        rows = [row for row, its_step in enumerate(steps) if its_step == step]
        best = (_with_small_step if len(rows) <= MOST_SUBSETS_OF else _with_large_step)(weights, rows, best)
    return sorted(best[columns][1])


def _with_small_step(weights: Weights, rows: Sequence[int], before: Sequence[_Placed]) -> list[_Placed]:
    """Add a step by the best sum for each subset of its rows that is paired with the columns so far."""
    subsets = range(1 << len(rows))
    paired: list[_Placed | None] = [None for _ in subsets]
    best = []
    for end, start in enumerate(before):
        if end:
            following = list(paired)
            for subset in subsets:
                if (so_far := paired[subset]) is None:
                    continue
                for place, row in enumerate(rows):
                    weight = weights[row][end - 1]
                    if weight > 0.0 and not subset >> place & 1:
                        larger = subset | 1 << place
                        known = following[larger]
                        if known is None or so_far[0] + weight > known[0]:
                            following[larger] = (so_far[0] + weight, [*so_far[1], (row, end - 1)])
            paired = following
        nothing = paired[0]
        if nothing is None or start[0] > nothing[0]:
            paired[0] = start
        best.append(max((each for each in paired if each is not None), key=_total))
    return best


def _with_large_step(weights: Weights, rows: Sequence[int], before: Sequence[_Placed]) -> list[_Placed]:
    """Add a step by the best pairs within each stretch of columns."""
    best = [before[0]]
    for end in range(1, len(before)):
        choices = [before[end], best[end - 1]]
        for start in range(max(0, end - 2 * len(rows)), end):
            pairs = best_pairs([weights[row][start:end] for row in rows])
            placed = [(rows[row], start + column) for row, column in pairs]
            total = before[start][0] + sum(weights[row][column] for row, column in placed)
            choices.append((total, [*before[start][1], *placed]))
        best.append(max(choices, key=_total))
    return best


def _total(placed: _Placed) -> float:
    return placed[0]
