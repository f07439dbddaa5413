"""lm-eval 0.4.13 (`lm_eval/api/task.py`): ``process_results(doc, results)`` of a task, as a ``!function``.

Each result is a number under the name of a metric, and ``metric_list`` of the task declares the names. The reward is
``rlvr``, as no metric of a suite is called. What could not be scored has the number of the task's ``on_error``, and
``rlvr/failed`` or ``rlvr/invalid_task`` is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlvr_trainers.bridge import Bridge, SuiteLike, metrics_of

REWARD = "rlvr"


def results_processor(
    suite: SuiteLike | None = None, reference: str = ""
) -> Callable[[Mapping[str, Any], Sequence[Any]], dict[str, float]]:
    """Return a function for ``process_results``, to name in the file of the task.

    Args:
        suite: The suite; None for the path in ``RLVR_SUITE``.
        reference: The column of the reference; "" for what the suite or the column's name says.
    """
    bridge = Bridge(given=suite, reference=reference)

    def score_doc(doc: Mapping[str, Any], results: Sequence[Any]) -> dict[str, float]:
        reward = bridge.score_one(doc, results[0] if results else None)
        return {REWARD: reward.value, **metrics_of(reward)}

    return score_doc


def process_results(doc: Mapping[str, Any], results: Sequence[Any]) -> dict[str, float]:
    """Return the reward and the metrics of a document by the suite in ``RLVR_SUITE``."""
    return results_processor()(doc, results)


def metric_list(suite: SuiteLike | None = None) -> list[dict[str, Any]]:
    """Return the ``metric_list`` of a task: the reward and each metric of the suite."""
    names = (REWARD, *Bridge(given=suite).metric_names)
    return [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in names]
