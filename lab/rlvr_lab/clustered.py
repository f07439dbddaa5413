"""A mean with an interval, where the rows of one prompt are not independent."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from statistics import NormalDist

import msgspec

# Above it, the distribution of Student is the normal distribution to three digits.
_MANY_DEGREES = 1_000
# Half of the 5 % that a 95 % interval leaves out is above this probability.
_UPPER = 0.975


class ClusteredMean(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of some values, each of which belongs to a group; groups are independent of each other.

    Attributes:
        rows: Number of values.
        groups: Number of groups: the rows of one prompt are one group.
        mean: The mean over the rows; 0.0 if there are none.
        standard_error: Clustered standard error of the mean; None if there are fewer than two groups.
        low: Low end of the interval; None if there are fewer than two groups.
        high: High end of the interval; None if there are fewer than two groups.
    """

    rows: int
    groups: int
    mean: float
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None


def clustered_mean(values: Iterable[tuple[Hashable, float]]) -> ClusteredMean:
    """Return the mean of values and its 95 % interval over groups.

    Args:
        values: For each row its group and its value; for a comparison, the difference of its two rewards.

    Source:
        Miller, Adding Error Bars to Evals, 2024 (arXiv:2411.00640), on clustered and on paired standard errors; the
        factor G / (G - 1) and the quantiles of Student with G - 1 degrees of freedom, for G groups, are those of
        Cameron and Miller, A Practitioner's Guide to Cluster-Robust Inference, 2015, section VI.
    """
    members: dict[Hashable, list[float]] = {}
    for group, value in values:
        members.setdefault(group, []).append(value)
    rows, groups = sum(map(len, members.values())), len(members)
    if not rows:
        return ClusteredMean(rows=0, groups=0, mean=0.0)
    mean = math.fsum(each for group in members.values() for each in group) / rows
    if groups == 1:
        return ClusteredMean(rows=rows, groups=1, mean=mean)
    squares = math.fsum(math.fsum(each - mean for each in group) ** 2 for group in members.values())
    error = math.sqrt(squares * groups / (groups - 1)) / rows
    half = student_quantile(_UPPER, groups - 1) * error
    return ClusteredMean(rows=rows, groups=groups, mean=mean, standard_error=error, low=mean - half, high=mean + half)


def student_quantile(probability: float, degrees: int) -> float:
    """Return a quantile of the distribution of Student, to nine digits.

    Args:
        probability: From 0.5 to less than 1.0.
        degrees: Degrees of freedom, at least 1.

    Source:
        Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4, inverted by bisection. The
        standard library has no such quantile, and scipy is fifty times as large as this distribution.
    """
    if degrees > _MANY_DEGREES:
        return NormalDist().inv_cdf(probability)
    low, high = 0.0, 1.0
    while _student_cdf(high, degrees) < probability:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_cdf(middle, degrees) < probability else (low, middle)
    return high


def _student_cdf(value: float, degrees: int) -> float:
    """Return the probability of a value of at most ``value``, which is at least 0.0."""
    angle = math.atan(value / math.sqrt(degrees))
    cosine = math.cos(angle)
    is_odd = degrees % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for place in range(1 if is_odd else 0, degrees - 1, 2):
        total += term
        term *= (place + 1) / (place + 2) * cosine * cosine
    inside = math.sin(angle) * total
    return 0.5 + ((angle + inside) / math.pi if is_odd else inside / 2)
