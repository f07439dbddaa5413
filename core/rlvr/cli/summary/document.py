"""The summary as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr.cli.summary.conditions import Conditions
from rlvr.cli.summary.context import SummaryContext
from rlvr.report import GroupStatistics
from rlvr.scores import Verdict
from rlvr.summary import Rewards, Summary, TaskSummary, Timing


def summary_document(summary: Summary, context: SummaryContext, conditions: Conditions | None = None) -> dict[str, Any]:
    """Return the summary as JSON values; means, shares and histograms are over scored rows."""
    return {
        "records": summary.records,
        "scored": summary.scored,
        **_rewards(summary.rewards),
        "nothing": summary.nothing,
        "verdicts": _verdicts(summary.verdicts),
        "failures": dict(summary.failures),
        "causes": dict(summary.causes),
        "problems": dict(summary.problems),
        "unreadable": summary.unreadable.total(),
        "unanswered": summary.unanswered,
        "unseen_paths": list(context.unseen_paths),
        "remarks": dict(context.remarks),
        "tasks": dict(summary.tasks),
        "by_task": {name: _task(summary, name, task) for name, task in summary.by_task.items()},
        "metrics": {name: total / number for name, (number, total) in summary.metric_sums.items()},
        "totals": dict(summary.totals),
        "scorers": {name: _timing(timing) for name, timing in summary.timings.items()},
        "groups": _groups(summary.groups),
        "overruns": dict(summary.overruns),
        "cache": {"asked": summary.cache_asked, "known": summary.cache_known},
        "seconds": summary.seconds,
        "fingerprint": context.fingerprint,
        "conditions": [] if conditions is None else conditions.problems(summary),
    }


def _rewards(rewards: Rewards) -> dict[str, Any]:
    return {
        "mean": rewards.mean,
        "deviation": rewards.deviation,
        "lowest": rewards.lowest if rewards.scored else None,
        "highest": rewards.highest if rewards.scored else None,
        "range": [rewards.low, rewards.high],
        "floor": rewards.floor,
        "ceiling": rewards.ceiling,
        "histogram": rewards.histogram,
    }


def _verdicts(counts: Mapping[Verdict, int]) -> dict[str, int]:
    return {verdict.value: counts.get(verdict, 0) for verdict in Verdict}


def _task(summary: Summary, name: str, task: TaskSummary) -> dict[str, Any]:
    return {
        "records": task.records,
        "scored": task.rewards.scored,
        **_rewards(task.rewards),
        "nothing": task.nothing,
        "no_answer": task.no_answer,
        "verdicts": _verdicts(task.verdicts),
        "reason_classes": dict(task.classes.most_common()),
        "why_nothing": [
            {
                "scorer": entry,
                "reason_class": reason_class,
                "records": count.rows,
                "reason": count.reason,
                "example": count.example,
            }
            for (entry, reason_class), count in sorted(task.why_nothing.items(), key=lambda item: -item[1].rows)
        ],
        "entries": {
            entry: {"mean": each.mean, "scorers": {name: _timing(timing) for name, timing in each.timings.items()}}
            for entry, each in task.entries.items()
        },
        "metrics": task.metrics.means,
        "groups": _groups(summary.groups_of(name)),
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "calls": timing.calls,
        "mean_seconds": timing.seconds / timing.calls,
        "median_seconds": timing.quantile(0.5),
        "p99_seconds": timing.quantile(0.99),
        "slowest_seconds": timing.slowest_seconds,
        "slowest_id": timing.slowest_id,
    }


def _groups(groups: GroupStatistics) -> dict[str, Any]:
    return {
        "groups": groups.groups,
        "records": groups.records,
        "not_scored": groups.not_scored,
        "zero_variance_share": groups.zero_variance_share,
        "zero_variance": groups.zero_variance_groups,
        "all_nothing": groups.all_nothing,
        "all_full": groups.all_full,
        "mean_spread": groups.mean_spread,
    }
