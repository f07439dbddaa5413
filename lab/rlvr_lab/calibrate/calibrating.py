"""The comparison of a run with labels: statistics, thresholds, disagreements, components, suggestions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rlvr import RecordsError, Verdict
from rlvr.runs import Manifest, RunRow, ScoreRow
from rlvr_lab.calibrate.agreement import (
    Estimate,
    Judged,
    auc,
    bootstrap,
    cohen_kappa,
    krippendorff_alpha,
    statistics_of,
)
from rlvr_lab.calibrate.suggesting import Suggestion, TaskRows, suggestions_of
from rlvr_lab.labels import LabelledRow

HALF = 0.5
# A cut so precise pays few wrong rows, which is what training needs most.
PRECISE = 0.95
# Rewards are sums of floats: 0.49999999999999994 is 0.5.
ROUNDING = 1e-9


class CalibratedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row on which people agree by majority, for the statistics.

    Attributes:
        row: The row of the run.
        labelled: The row with its labels.
        judged: Its reward and what people say, for the statistics.
    """

    row: RunRow
    labelled: LabelledRow
    judged: Judged


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A cut: rewards of at least ``at`` count as right."""

    at: float
    accuracy: float | None
    precision: float | None
    recall: float | None
    youden_j: float | None


class JudgedComponent(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a task beside the labels.

    Attributes:
        task: The task.
        name: The entry.
        rows: Number of labelled rows on which it has a value.
        auc: The probability that it is higher on a right row than on a wrong one.
        disagrees: Number of rows on which it is on the other side than people.
        in_disagreements: Number of these on which the reward disagrees too.
        alone: Number of the latter on which all other entries agree with people.
    """

    task: str
    name: str
    rows: int
    auc: Estimate
    disagrees: int
    in_disagreements: int
    alone: int


class Labeller(msgspec.Struct, frozen=True, kw_only=True):
    """One person: number of labels, agreement of the reward with them, agreement with the other people."""

    name: str
    labels: int
    accuracy: float | None
    cohen_kappa: float | None
    kappa_with_others: float | None


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """A run beside labels.

    Attributes:
        rows: The rows of the statistics.
        not_scored: Number of labelled rows that have no reward of their own.
        tied: Number of labelled rows on which as many people say right as wrong; no statistic has them.
        unknown: Ids of labels that no row of the run has.
        labels: Number of labels.
        right_at: Labels of at least this are right.
        threshold: Rewards of at least this share of the range are right.
        statistics: The statistics, by name.
        by_task: The same for each task, if there are several.
        between_labellers: Krippendorff's alpha of the people, on the marks; None for one person.
        labellers: The people.
        thresholds: The cuts that the rewards allow, the lowest first.
        best: The cut of the highest J.
        precise: The lowest cut with a precision of at least 0.95; None if there is none.
        components: The entries.
        suggestions: What to change in the suite.
    """

    rows: Sequence[CalibratedRow]
    not_scored: int
    tied: int
    unknown: Sequence[object]
    labels: int
    right_at: float
    threshold: float
    statistics: Mapping[str, Estimate]
    by_task: Mapping[str, Mapping[str, Estimate]]
    between_labellers: Estimate | None
    labellers: Sequence[Labeller]
    thresholds: Sequence[Threshold]
    best: Threshold | None
    precise: Threshold | None
    components: Sequence[JudgedComponent]
    suggestions: Sequence[Suggestion]

    @property
    def disagreements(self) -> list[CalibratedRow]:
        """The rows on which reward and people differ: paid and wrong first, the highest rewards first."""
        differing = [each for each in self.rows if each.judged.is_paid != each.judged.is_right]
        return sorted(differing, key=lambda each: (not each.judged.is_paid, -abs(each.judged.reward - HALF)))


def calibrate_run(  # noqa: PLR0913  # what the command offers
    manifest: Manifest,
    labelled: Sequence[LabelledRow],
    *,
    source: str,
    unknown: Sequence[object] = (),
    threshold: float = HALF,
    right_at: float | None = None,
) -> Calibration:
    """Compare the rewards of a run with labels.

    Args:
        manifest: What the run is.
        labelled: Its rows with labels.
        source: The name of the file of labels, for errors.
        unknown: Ids of labels that belong to no row.
        threshold: Rewards of at least this share of the range of their task count as right.
        right_at: Labels of at least this are right; by default 0.5 where no label is above 1, else half of 9.

    Raises:
        RecordsError: No label belongs to a scored row.
    """
    marks = [float(label.label) for each in labelled for label in each.labels]
    cut = right_at if right_at is not None else HALF if max(marks, default=1.0) <= 1.0 else 4.5
    scored = [each for each in labelled if each.row.verdict is Verdict.SCORED]
    rows = [found for each in scored if (found := _calibrated(manifest, each, threshold, cut)) is not None]
    if not rows:
        problem = "no label belongs to a scored row of the run" if not scored else "people are split on every row"
        raise RecordsError(source, 0, f"{problem}; {len(unknown)} labels have ids that the run does not have")
    tasks = sorted({each.row.task or "" for each in rows})
    thresholds = _thresholds([each.judged for each in rows])
    best = max(thresholds, key=lambda each: (-math.inf if each.youden_j is None else each.youden_j, each.at))
    return Calibration(
        rows=rows,
        not_scored=len(labelled) - len(scored),
        tied=len(scored) - len(rows),
        unknown=unknown,
        labels=len(marks),
        right_at=cut,
        threshold=threshold,
        statistics=_estimates(rows),
        by_task={task: _estimates(_of_task(rows, task)) for task in tasks} if len(tasks) > 1 else {},
        between_labellers=_between(labelled),
        labellers=_labellers(manifest, scored, threshold, cut),
        thresholds=thresholds,
        best=best if best.youden_j is not None else None,
        precise=next((each for each in thresholds if (each.precision or 0.0) >= PRECISE), None),
        components=[found for task in tasks for found in _components(manifest, _of_task(rows, task), task)],
        suggestions=[found for task in tasks for found in suggestions_of(_task_rows(manifest, rows, task))],
    )


def _calibrated(manifest: Manifest, labelled: LabelledRow, threshold: float, right_at: float) -> CalibratedRow | None:
    """Return a row for the statistics; None if people are split."""
    row = labelled.row
    votes = [float(label.label) >= right_at for label in labelled.labels]
    if 2 * sum(votes) == len(votes):
        return None
    reward = _share_of_range(manifest, row)
    judged = Judged(
        reward=reward,
        is_paid=reward >= threshold - ROUNDING,
        is_right=2 * sum(votes) > len(votes),
        mark=math.fsum(float(label.label) for label in labelled.labels) / len(votes),
    )
    return CalibratedRow(row=row, labelled=labelled, judged=judged)


def _share_of_range(manifest: Manifest, row: RunRow) -> float:
    """Return the reward of a row, 0.0 for the low end of the range of its task and 1.0 for its high end."""
    facts = manifest.tasks[row.task or ""]
    return (row.reward - facts.low) / (facts.high - facts.low)


def _task_rows(manifest: Manifest, rows: Iterable[CalibratedRow], task: str) -> TaskRows:
    facts = manifest.tasks[task]
    return TaskRows(
        task=task,
        low=facts.low,
        high=facts.high,
        entries=[entry.name for entry in facts.entries],
        gates=frozenset(entry.name for entry in facts.entries if entry.is_gate),
        rows=[(each.row, each.judged) for each in _of_task(rows, task)],
    )


def _of_task(rows: Iterable[CalibratedRow], task: str) -> list[CalibratedRow]:
    return [each for each in rows if (each.row.task or "") == task]


def groups_of(rows: Iterable[tuple[RunRow, Judged]]) -> list[list[Judged]]:
    """Return the rows by prompt: rows of one prompt are not independent, so they are drawn together."""
    groups: dict[object, list[Judged]] = {}
    for row, judged in rows:
        groups.setdefault(row.group or (row.position, row.sample), []).append(judged)
    return list(groups.values())


def _estimates(rows: Sequence[CalibratedRow]) -> dict[str, Estimate]:
    return bootstrap(
        groups_of((each.row, each.judged) for each in rows),
        lambda units: statistics_of([judged for unit in units for judged in unit]),
        weight=len(rows),
    )


def _thresholds(rows: Sequence[Judged]) -> list[Threshold]:
    found = []
    for at in sorted({row.reward for row in rows}):
        values = statistics_of([msgspec.structs.replace(row, is_paid=row.reward >= at) for row in rows])
        names = ("accuracy", "precision", "recall", "youden_j")
        found.append(Threshold(at=at, **{name: values[name] for name in names}))
    return found


def _between(labelled: Sequence[LabelledRow]) -> Estimate | None:
    units = [[float(label.label) for label in each.labels] for each in labelled if len(each.labels) > 1]
    if not units:
        return None
    return bootstrap(units, lambda drawn: {"alpha": krippendorff_alpha(drawn, "interval")}, weight=len(units))["alpha"]


def _labellers(manifest: Manifest, scored: Sequence[LabelledRow], threshold: float, right_at: float) -> list[Labeller]:
    """Return the people; rows on which they are split count here too."""
    votes = [
        (_share_of_range(manifest, each.row) >= threshold - ROUNDING, label.labeller, place, label.label >= right_at)
        for place, each in enumerate(scored)
        for label in each.labels
    ]
    found = []
    for name in sorted({labeller for _, labeller, _, _ in votes}):
        own = {place: (is_paid, vote) for is_paid, labeller, place, vote in votes if labeller == name}
        others = [(own[place][1], vote) for _, other, place, vote in votes if other != name and place in own]
        found.append(
            Labeller(
                name=name,
                labels=len(own),
                accuracy=sum(is_paid == vote for is_paid, vote in own.values()) / len(own),
                cohen_kappa=cohen_kappa(list(own.values())),
                kappa_with_others=cohen_kappa(others),
            )
        )
    return found


def differs(score: ScoreRow, judged: Judged) -> bool:
    """Return True if the value of an entry is on the other side of 0.5 than people."""
    return score.value is not None and (score.value >= HALF) != judged.is_right


def _components(manifest: Manifest, rows: Sequence[CalibratedRow], task: str) -> list[JudgedComponent]:
    found = []
    for entry in manifest.tasks[task].entries:
        with_value = [
            (each, score, msgspec.structs.replace(each.judged, reward=score.value))
            for each in rows
            for score in each.row.scores
            if score.name == entry.name and score.value is not None
        ]
        wrong = [(each, score) for each, score, _ in with_value if differs(score, each.judged)]
        blamed = [(each, score) for each, score in wrong if each.judged.is_paid != each.judged.is_right]
        alone = [each for each, _ in blamed if sum(differs(other, each.judged) for other in each.row.scores) == 1]
        if with_value:
            found.append(
                JudgedComponent(
                    task=task,
                    name=entry.name,
                    rows=len(with_value),
                    auc=bootstrap(
                        groups_of((each.row, judged) for each, _, judged in with_value), _auc, weight=len(with_value)
                    )["auc"],
                    disagrees=len(wrong),
                    in_disagreements=len(blamed),
                    alone=len(alone),
                )
            )
    return found


def _auc(units: Sequence[Sequence[Judged]]) -> dict[str, float | None]:
    rows = [judged for unit in units for judged in unit]
    return {"auc": auc([row.reward for row in rows], [row.is_right for row in rows])}


def as_json(found: Calibration) -> dict[str, Any]:
    """Return a calibration as JSON values."""
    return {
        "rows": len(found.rows),
        "labels": found.labels,
        "not_scored": found.not_scored,
        "tied": found.tied,
        "unknown": list(found.unknown),
        "right_at": found.right_at,
        "threshold": found.threshold,
        "statistics": {name: _estimate(each) for name, each in found.statistics.items()},
        "by_task": {
            task: {name: _estimate(each) for name, each in statistics.items()}
            for task, statistics in found.by_task.items()
        },
        "between_labellers": None if found.between_labellers is None else _estimate(found.between_labellers),
        "labellers": msgspec.to_builtins(found.labellers),
        "thresholds": msgspec.to_builtins(found.thresholds),
        "best_threshold": msgspec.to_builtins(found.best),
        "precise_threshold": msgspec.to_builtins(found.precise),
        "components": [msgspec.to_builtins(each) | {"auc": _estimate(each.auc)} for each in found.components],
        "suggestions": msgspec.to_builtins(found.suggestions),
        "disagreements": [_disagreement(each) for each in found.disagreements],
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    """Return the interval first: with few labels it says more than the value."""
    interval = None if estimate.low is None else [estimate.low, estimate.high]
    return {"interval": interval, "value": estimate.value}


def _disagreement(each: CalibratedRow) -> dict[str, Any]:
    row = each.row
    return {
        "id": row.id,
        "task": row.task,
        "kind": "paid, and wrong" if each.judged.is_paid else "right, and not paid",
        "reward": row.reward,
        "labels": [msgspec.to_builtins(label) for label in each.labelled.labels],
        "reason": row.reason,
        "reason_class": row.reason_class,
        "components": [
            {"name": score.name, "value": score.value, "reason": score.reason, "disagrees": differs(score, each.judged)}
            for score in row.scores
        ],
        "prompt": row.prompt,
        "completion": row.completion,
        "reference": row.reference,
    }
