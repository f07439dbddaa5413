"""Rows of a table of rewards become rewards again, as far as a summary needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr.aggregate import Part, Reward
from rlvr.config import Suite
from rlvr.metrics import Metric
from rlvr.report import Report
from rlvr.scores import Score, Verdict

# The columns that these rows need.
CELLS = ("id", "reward", "verdict", "task", "metrics", "reason", "reasons", "reason_classes", "problem")


def report_of_cells(suite: Suite, rows: Sequence[Mapping[str, Any]]) -> Report:
    """Return a report of rows with the columns ``CELLS``; times, groups and the cache are not in it."""
    rewards = tuple(_reward_of(suite, row) for row in rows)
    return Report(rewards=rewards, fingerprint=suite.fingerprint, seconds=0.0)


def _reward_of(suite: Suite, row: Mapping[str, Any]) -> Reward:
    task = None if row["task"] is None else suite.tasks[row["task"]]
    verdict = Verdict(row["verdict"])
    own = frozenset(suite.shared_metric_names) | frozenset(() if task is None else task.metric_names)
    types = {} if task is None else {entry.name: task.metric_type(entry) for entry in task.entries}
    reasons, classes = dict(row["reasons"]), dict(row["reason_classes"])
    # The part that decided is the first with the reason of the reward; a weight for it alone makes it decide again.
    deciding = next((name for name, reason in reasons.items() if reason == row["reason"]), "")
    return Reward(
        id=row["id"],
        value=row["reward"],
        metrics=tuple(
            Metric(name, value, types.get(name, "Metric"), name in own) for name, value in row["metrics"].items()
        ),
        verdict=verdict,
        task=row["task"],
        parts=tuple(
            Part(
                name=entry.name,
                scorer=entry.installed.id,
                score=Score(
                    value=row["metrics"][entry.name] if verdict.has_value else None,
                    verdict=verdict,
                    reason=reasons[entry.name],
                    reason_class=classes[entry.name],
                ),
                value=row["metrics"][entry.name],
                weight=float(entry.name == deciding),
            )
            for entry in (() if task is None else task.entries)
        ),
        arithmetic="",
        low=row["reward"] if task is None else task.low,
        high=row["reward"] if task is None else task.high,
        problem=row["problem"] or "",
    )
