"""Statistics of agreement between rewards and labels, each with an interval.

Own, because scikit-learn and scipy are 170 MB and more; the tests compare each with them and with krippendorff.
A statistic that is not defined, such as a recall without a right row, is None.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar, assert_never

import msgspec

from rlvr_lab.correlation import correlation, ranks

Level: TypeAlias = Literal["nominal", "interval"]

# 2,000 resamples put the ends of a 95 % interval within 2 % of its width; more rows get fewer, so that time is bounded.
RESAMPLES, _WORK = 2_000, 2_000_000
_FEWEST_RESAMPLES = 200
# An interval of resamples in which a statistic was mostly not defined says nothing.
_DEFINED_SHARE = 0.5

UnitT = TypeVar("UnitT")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One row for the statistics.

    Attributes:
        reward: The reward, as a share of the range of its task.
        is_paid: Whether the reward counts as right.
        is_right: Whether people call the row right.
        mark: The mean of their labels.
    """

    reward: float
    is_paid: bool
    is_right: bool
    mark: float


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A statistic with the ends of its interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


def statistics_of(rows: Sequence[Judged]) -> dict[str, float | None]:
    """Return the statistics of agreement, by name."""
    counts = Counter((row.is_paid, row.is_right) for row in rows)
    hits, false_alarms = counts[True, True], counts[True, False]
    misses, refusals = counts[False, True], counts[False, False]
    recall, specificity = _share(hits, hits + misses), _share(refusals, refusals + false_alarms)
    return {
        "accuracy": _share(hits + refusals, len(rows)),
        "precision": _share(hits, hits + false_alarms),
        "recall": recall,
        "auc": auc([row.reward for row in rows], [row.is_right for row in rows]),
        "youden_j": None if recall is None or specificity is None else recall + specificity - 1.0,
        "cohen_kappa": cohen_kappa([(row.is_paid, row.is_right) for row in rows]),
        "krippendorff_alpha": krippendorff_alpha([(row.is_paid, row.is_right) for row in rows], "nominal"),
        "spearman": spearman([(row.reward, row.mark) for row in rows]),
    }


def auc(values: Sequence[float], is_right: Sequence[bool]) -> float | None:
    """Return the area under the ROC curve: the probability that a right row has a higher value than a wrong one."""
    right = sum(is_right)
    wrong = len(values) - right
    if not right or not wrong:
        return None
    total = math.fsum(rank for rank, each in zip(ranks(values), is_right, strict=True) if each)
    return (total - right * (right - 1) / 2) / (right * wrong)


def cohen_kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """Return Cohen's kappa of two raters; None if both always give the same one answer."""
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = math.fsum(first[each] * second[each] for each in first) / len(pairs) ** 2
    observed = sum(a == b for a, b in pairs) / len(pairs)
    return None if expected >= 1.0 else (observed - expected) / (1.0 - expected)


def krippendorff_alpha(units: Sequence[Sequence[float]], level: Level) -> float | None:
    """Return Krippendorff's alpha; None without two values of one unit, or if all values are equal.

    Args:
        units: The values that each unit got, from as many raters as rated it.
        level: ``nominal`` if values are equal or not, ``interval`` if their squared difference counts.

    Source:
        Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.
    """
    shared = [unit for unit in units if len(unit) > 1]
    values = [value for unit in shared for value in unit]
    expected = _disagreement(values, level)
    if len(values) < 2 or expected == 0.0:  # noqa: PLR2004
        return None
    observed = math.fsum(_disagreement(unit, level) / (len(unit) - 1) for unit in shared)
    return 1.0 - observed * (len(values) - 1) / expected


def _disagreement(values: Sequence[float], level: Level) -> float:
    """Return the sum of the differences of all ordered pairs of values."""
    match level:
        case "nominal":
            return float(len(values) ** 2 - sum(count**2 for count in Counter(values).values()))
        case "interval":
            mean = math.fsum(values) / max(1, len(values))
            return 2 * len(values) * math.fsum((value - mean) ** 2 for value in values)
        case _:
            assert_never(level)


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return the rank correlation; None if a side is constant."""
    return correlation(list(zip(ranks([a for a, _ in pairs]), ranks([b for _, b in pairs]), strict=True)))


def bootstrap(
    units: Sequence[UnitT],
    statistics: Callable[[Sequence[UnitT]], Mapping[str, float | None]],
    *,
    weight: int = 1,
) -> dict[str, Estimate]:
    """Return statistics with 95 % percentile intervals; the same for the same units.

    Args:
        units: What is drawn with replacement: rows, or groups of rows that are not independent of each other.
        statistics: The statistics of a sample of units.
        weight: Number of rows in all units, which bounds the number of resamples.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    chance = random.Random(0)  # noqa: S311  # no secret
    values = statistics(units)
    drawn: dict[str, list[float]] = {name: [] for name in values}
    resamples = max(_FEWEST_RESAMPLES, min(RESAMPLES, _WORK // max(1, weight))) if len(units) > 1 else 0
    for _ in range(resamples):
        for name, value in statistics(chance.choices(units, k=len(units))).items():
            if value is not None:
                drawn[name].append(value)
    found = {}
    for name, value in values.items():
        ordered = sorted(drawn[name])
        is_known = value is not None and len(ordered) > _DEFINED_SHARE * resamples
        found[name] = Estimate(
            value=value,
            low=_quantile(ordered, 0.025) if is_known else None,
            high=_quantile(ordered, 0.975) if is_known else None,
        )
    return found


def _quantile(ordered: Sequence[float], probability: float) -> float:
    """Return a quantile of sorted values, between neighbours in proportion."""
    place = probability * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _share(part: int, total: int) -> float | None:
    return part / total if total else None
