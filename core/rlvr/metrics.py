"""Metrics: the named numbers of a record, the same names in the same order for every record of a suite.

Trainers and tables take their columns from the first record.
A metric of another task is 0.0, so that no record lacks a column; ``Metric.is_own`` tells it from a measured 0.0.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Literal, TypeAlias

import msgspec

from rlvr.config import Suite, Task
from rlvr.config.suite import ALARM, FAILED, INVALID_TASK, VETOED
from rlvr.scores import Verdict

MetricType: TypeAlias = Literal["Reward", "Metric"]


class Metric(msgspec.Struct, frozen=True, gc=False):
    """One named number that the platform logs.

    Attributes:
        name: ``<entry>``, ``<entry>/<detail>``, or the name of a metric that all suites have.
        value: Finite.
        type: Reward if it counts in the reward.
        is_own: False for a metric of another task, or of a row that could not be read, which is 0.0 here; statistics
            leave it out.
    """

    name: str
    value: float
    type: MetricType
    is_own: bool = True


def lay_out_metrics(
    suite: Suite, task: Task | None, own: tuple[Metric, ...], verdict: Verdict, *, vetoed: bool
) -> tuple[Metric, ...]:
    """Return all metrics of a record in the order of ``suite.metric_names``.

    Args:
        suite: The suite.
        task: The task of the record; None if no route fitted.
        own: The metrics of that task, in its order.
        verdict: The verdict of the record.
        vetoed: Whether a gate vetoed.
    """
    shared = (_SHARED_WITH_ALARM if suite.has_alarm else _SHARED)[verdict, vetoed]
    if task is not None and len(suite.tasks) == 1:
        return own + shared
    layouts = suite.resource("metric layouts", lambda: _layouts_of(suite))
    absent, arrange = layouts[None if task is None else task.name]
    return arrange((*own, *shared, *absent))


_Layout: TypeAlias = tuple[tuple[Metric, ...], Callable[[tuple[Metric, ...]], tuple[Metric, ...]]]
"""The metrics that a task lacks, and the function that puts own, shared and lacking ones in the order of the suite."""


def _layouts_of(suite: Suite) -> dict[str | None, _Layout]:
    """Return the layout of each task; that of None is for records without a task."""
    layouts: dict[str | None, _Layout] = {None: _layout_of(suite, ())}
    layouts.update((name, _layout_of(suite, task.metric_names)) for name, task in suite.tasks.items())
    return layouts


def _layout_of(suite: Suite, own: tuple[str, ...]) -> _Layout:
    present = (*own, *suite.shared_metric_names)
    absent = [name for name in suite.metric_names if name not in present]
    places = {name: place for place, name in enumerate((*present, *absent))}
    arrange = itemgetter(*(places[name] for name in suite.metric_names))
    return tuple(Metric(name, 0.0, "Metric", is_own=False) for name in absent), arrange


_NO_ALARM = Metric(ALARM, 0.0, "Metric")
_SHARED: dict[tuple[Verdict, bool], tuple[Metric, ...]] = {
    (verdict, vetoed): (
        Metric(FAILED, float(verdict is Verdict.FAILED), "Metric"),
        Metric(INVALID_TASK, float(verdict is Verdict.INVALID_TASK), "Metric"),
        Metric(VETOED, float(vetoed), "Metric"),
    )
    for verdict in Verdict
    for vetoed in (False, True)
}
_SHARED_WITH_ALARM = {key: (*shared, _NO_ALARM) for key, shared in _SHARED.items()}
