"""What to change in a suite, so that its rewards follow the labels: drop, reweight, gate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr.runs import RunRow, ScoreRow
from rlvr_lab.calibrate.agreement import Estimate, Judged, auc, bootstrap

Kind: TypeAlias = Literal["drop", "reweight", "gate"]

_HALF = 0.5
# Fewer rows are an accident.
_FEWEST_PAID, _FEWEST_RIGHT, _FEWEST_ROWS = 2, 3, 10
_FACTORS = (0.5, 2.0)
# A component whose ROC curve is no better than this says next to nothing of right and wrong.
_SAYS_NOTHING = 0.55
# A row costs as much time here as this many in the other intervals.
_GAIN_WORK = 40


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a suite.

    Attributes:
        kind: ``drop``, ``reweight`` or ``gate``.
        task: The task.
        component: The entry.
        change: The change, in the words of the suite.
        why: The rows that speak for it.
    """

    kind: Kind
    task: str
    component: str
    change: str
    why: str


class TaskRows(msgspec.Struct, frozen=True, kw_only=True):
    """The labelled rows of a task, its range, and the names of its entries and of its gates."""

    task: str
    low: float
    high: float
    entries: Sequence[str]
    gates: frozenset[str]
    rows: Sequence[tuple[RunRow, Judged]]


def suggestions_of(found: TaskRows) -> list[Suggestion]:
    """Return the changes that the labels of a task speak for; none from fewer than ten labels.

    A gate is suggested for an entry that is low on rows which are paid and wrong, and on no row that is right.
    Weights are changed in rewards that are sums or means of their entries: an entry is dropped if it says nothing of
    right and wrong and the reward is no worse without it, and reweighted if the area under the ROC curve of the
    reward is larger then, with an interval above zero.
    """
    if len(found.rows) < _FEWEST_ROWS:
        return []
    gates = [each for name in found.entries if (each := _gate(found, name))]
    if not _is_sum(found):
        return gates
    return gates + [each for name in found.entries if (each := _drop(found, name) or _reweight(found, name))]


def _gate(found: TaskRows, name: str) -> Suggestion | None:
    if name in found.gates or len(found.entries) < 2:  # noqa: PLR2004
        return None
    values = [(judged, score.value) for row, judged in found.rows for score in _named(row, name)]
    is_low = [(judged, value is not None and value < _HALF) for judged, value in values]
    paid = [low for judged, low in is_low if judged.is_paid and not judged.is_right]
    right = [low for judged, low in is_low if judged.is_right]
    if sum(paid) < _FEWEST_PAID or len(right) < _FEWEST_RIGHT or any(right):
        return None
    return Suggestion(
        kind="gate",
        task=found.task,
        component=name,
        change=f"give the entry {name} `gate: 0.5`, or the other entries `when: {{scorer: {name}, at_least: 0.5}}`",
        why=f"below 0.5 on {sum(paid)} of {len(paid)} rows that are paid and wrong, on none of {len(right)} right rows",
    )


def _drop(found: TaskRows, name: str) -> Suggestion | None:
    weighted = [
        score for row, _ in found.rows for score in _named(row, name) if score.weight and score.value is not None
    ]
    if not weighted or not _counts_beside_others(found, name):
        return None
    values = [
        (score.value, judged.is_right)
        for row, judged in found.rows
        for score in _named(row, name)
        if score.value is not None
    ]
    own = auc([value for value, _ in values], [is_right for _, is_right in values])
    before, after = _reward_auc(found.rows, name, 1.0), _reward_auc(found.rows, name, 0.0)
    if own is None or before is None or after is None or own > _SAYS_NOTHING or after < before:
        return None
    return Suggestion(
        kind="drop",
        task=found.task,
        component=name,
        change=f"leave the entry {name} out, or give it `weight: 0`, which keeps its metric",
        why=f"its AUC is {own:.2f}; without it, that of the reward goes from {before:.2f} to {after:.2f}",
    )


def _reweight(found: TaskRows, name: str) -> Suggestion | None:
    if not _counts_beside_others(found, name):
        return None
    for factor in _FACTORS:
        gain = _gain_estimate(found.rows, name, factor)
        if gain.value is not None and gain.low is not None and gain.high is not None and gain.low > 0.0:
            word = "halve" if factor < 1.0 else "double"
            return Suggestion(
                kind="reweight",
                task=found.task,
                component=name,
                change=f"{word} the weight of the entry {name}",
                why=f"the AUC of the reward gains {gain.low:.2f} to {gain.high:.2f} ({gain.value:.2f})",
            )
    return None


def _gain_estimate(rows: Sequence[tuple[RunRow, Judged]], name: str, factor: float) -> Estimate:
    def gain(drawn: Sequence[tuple[RunRow, Judged]]) -> dict[str, float | None]:
        return {"gain": _gain(drawn, name, factor)}

    return bootstrap(rows, gain, weight=_GAIN_WORK * len(rows))["gain"]


def _gain(rows: Sequence[tuple[RunRow, Judged]], name: str, factor: float) -> float | None:
    before, after = _reward_auc(rows, name, 1.0), _reward_auc(rows, name, factor)
    return None if before is None or after is None else after - before


def _reward_auc(rows: Sequence[tuple[RunRow, Judged]], name: str, factor: float) -> float | None:
    """Return the AUC of the rewards with the weight of an entry times a factor."""
    return auc([_mean(row, name, factor) for row, _ in rows], [judged.is_right for _, judged in rows])


def _mean(row: RunRow, name: str, factor: float) -> float:
    """Return the mean of the entries with the weight of one times a factor; the reward of a row with a veto."""
    if row.vetoed_by:
        return row.reward
    counted = [(score.counted, score.weight * (factor if score.name == name else 1.0)) for score in _weighted(row)]
    total = math.fsum(weight for _, weight in counted)
    return math.fsum(value * weight for value, weight in counted if value is not None) / total if total else row.reward


def _is_sum(found: TaskRows) -> bool:
    """Return True if each reward is the mean or the sum of its entries, clipped to the range."""
    return all(row.vetoed_by or _is_mean_of(row, found.low, found.high) for row, _ in found.rows)


def _is_mean_of(row: RunRow, low: float, high: float) -> bool:
    total = math.fsum(score.weight * (score.counted or 0.0) for score in _weighted(row))
    return abs(max(low, min(high, total)) - row.reward) < 1e-9  # noqa: PLR2004  # rounding


def _counts_beside_others(found: TaskRows, name: str) -> bool:
    names = {score.name for row, _ in found.rows for score in _weighted(row)}
    return name in names and len(names) > 1


def _weighted(row: RunRow) -> Iterator[ScoreRow]:
    return (score for score in row.scores if score.weight and score.counted is not None)


def _named(row: RunRow, name: str) -> Iterator[ScoreRow]:
    return (score for score in row.scores if score.name == name)
