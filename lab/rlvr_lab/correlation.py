"""Correlation of two columns of numbers, and ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the correlation (Pearson) of pairs; None if a side is constant or there are fewer than two."""
    count = len(pairs)
    if count < 2:  # noqa: PLR2004
        return None
    mean_x = math.fsum(x for x, _ in pairs) / count
    mean_y = math.fsum(y for _, y in pairs) / count
    xx = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    yy = math.fsum((y - mean_y) ** 2 for _, y in pairs)
    if min(xx, yy) / count < 1e-12:  # noqa: PLR2004  # rounding errors of equal values
        return None
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs) / math.sqrt(xx * yy)


def ranks(values: Sequence[float]) -> list[float]:
    """Return the ranks of values, from 0; equal values have the mean of their ranks."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            found[place] = (start + end) / 2
        start = end + 1
    return found
