"""verl 0.9.1: ``reward.custom_reward_function``, one record a call, by threads or by its reward loop.

A result is a dict: ``score`` is the reward, all other keys become ``reward_extra_info``. verl takes the keys from the
first record of a batch, so each record has all of ``suite.metric_names``. A score must be a number, so what could not
be scored has that of the task's ``on_error``, and ``rlvr/failed`` or ``rlvr/invalid_task`` is 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, metrics_of, same_length


def compute_score(
    data_source: str | None,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    suite: SuiteLike | None = None,
    **_more: Any,
) -> dict[str, float]:
    """Return the reward under ``score``, and all metrics; records of several threads are scored together.

    Args:
        data_source: The data set; a suite may route by it.
        solution_str: The completion.
        ground_truth: The reference.
        extra_info: Further columns.
        suite: The suite, by ``reward_kwargs.suite``; None for the path in ``RLVR_SUITE``.
    """
    return _result(_bridge(suite).score_one(_columns(data_source, ground_truth, extra_info), solution_str))


async def compute_score_async(
    data_source: str | None,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    suite: SuiteLike | None = None,
    **_more: Any,
) -> dict[str, float]:
    """Return what :func:`compute_score` returns, for the reward loop, which goes on meanwhile."""
    columns = _columns(data_source, ground_truth, extra_info)
    return _result(await _bridge(suite).score_one_async(columns, solution_str))


def compute_scores(
    data_sources: Sequence[str | None],
    solution_strs: Sequence[str],
    ground_truths: Sequence[Any],
    extra_infos: Sequence[Mapping[str, Any] | None] | None = None,
    suite: SuiteLike | None = None,
    **_more: Any,
) -> list[dict[str, float]]:
    """Return a result per record, for the reward manager ``batch``."""
    extras = [None] * len(solution_strs) if extra_infos is None else extra_infos
    same_length(sources=data_sources, solutions=solution_strs, references=ground_truths, extras=extras)
    columns = [_columns(*each) for each in zip(data_sources, ground_truths, extras, strict=True)]
    return [_result(reward) for reward in _bridge(suite).score(columns, solution_strs)]


def _bridge(suite: SuiteLike | None) -> Bridge:
    return Bridge(given=suite, reference="ground_truth")


def _columns(data_source: str | None, ground_truth: Any, extra_info: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {"ground_truth": ground_truth, "extra_info": extra_info}
    if data_source is not None:
        columns["data_source"] = data_source
    if isinstance(extra_info, Mapping) and extra_info.get("question") is not None:
        columns["prompt"] = extra_info["question"]
    return columns


def _result(reward: Reward) -> dict[str, float]:
    return {"score": reward.value, **metrics_of(reward)}
