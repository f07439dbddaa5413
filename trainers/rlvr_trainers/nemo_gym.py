"""NeMo Gym 0.7.0 (`base_resources_server.py`, at 011c3386): ``/verify`` with a body; the reply adds a reward to it.

Its agents pass ``/aggregate_metrics`` on to the server (`reward_profile.py`).
What could not be scored is masked: ``mask_sample`` is True, and ``failure_kind`` says why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, masked_number, metrics_of

# The columns in which NeMo Gym counts tasks, and rollouts of a task.
_TASK, _ROLLOUT = "_ng_task_index", "_ng_rollout_index"

_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "mean": fmean,
    "max": max,
    "min": min,
    "median": median,
    "std": lambda values: stdev(values) if len(values) > 1 else 0.0,
}


def verify(body: Mapping[str, Any], suite: SuiteLike | None = None) -> dict[str, Any]:
    """Return the reply to a body of ``/verify``; bodies of several threads are scored together.

    Args:
        body: ``responses_create_params``, ``response``, and the columns of the data set.
        suite: The suite; None for the path in ``RLVR_SUITE``.
    """
    return reply_of(body, bridge_of(suite).score_one(*parts_of(body)))


async def verify_async(body: Mapping[str, Any], suite: SuiteLike | None = None) -> dict[str, Any]:
    """Return what :func:`verify` returns; the event loop goes on meanwhile."""
    return reply_of(body, await bridge_of(suite).score_one_async(*parts_of(body)))


def session_of(body: Any) -> dict[str, Any]:
    """Return the reply to ``/seed_session`` and ``/close_session``: the id of the session, if the caller gives one.

    No session is kept. An Environment Server checks that its id comes back; an agent gets an empty object.
    """
    given = body.get("resources_session_id") if isinstance(body, Mapping) else None
    return {} if given is None else {"resources_session_id": given}


def aggregate_of(replies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the reply to ``/aggregate_metrics``: statistics over the replies of all rollouts, and of each task.

    An agent of NeMo Gym asks its resources server for them once all rollouts are verified. They are those of its own
    ``RewardProfiler`` without histograms: of each number in the replies, and of the tokens used, the mean, the
    largest, the least, the median and the standard deviation.

    Args:
        replies: Replies of ``/verify``, with the index of their task; their ``response`` may be left out.
    """
    by_task: dict[int, list[dict[str, float]]] = {}
    for reply in replies:
        task = reply.get(_TASK)
        by_task.setdefault(task if isinstance(task, int) else 0, []).append(_numbers_in(reply))
    agent = _statistics([each for several in by_task.values() for each in several])
    return {
        "group_level_metrics": [{**_statistics(by_task[task]), "sample": {}, _TASK: task} for task in sorted(by_task)],
        "agent_metrics": agent,
        "key_metrics": {name: value for name, value in agent.items() if name.startswith("mean/")},
    }


def _numbers_in(reply: Mapping[str, Any]) -> dict[str, float]:
    response = reply.get("response")
    usage = response.get("usage") if isinstance(response, Mapping) else None
    fields = {**reply, **(usage if isinstance(usage, Mapping) else {})}
    return {
        name: float(value)
        for name, value in fields.items()
        if name not in (_TASK, _ROLLOUT) and isinstance(value, (bool, int, float)) and math.isfinite(value)
    }


def _statistics(rollouts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    found = {}
    for name in dict.fromkeys(name for each in rollouts for name in each):
        values = [each[name] for each in rollouts if name in each]
        for statistic, compute in _STATISTICS.items():
            found[f"{statistic}/{name}"] = compute(values)
    return found


def bridge_of(suite: SuiteLike | None) -> Bridge:
    """Return the bridge that reads the places of NeMo Gym's bodies."""
    return Bridge(given=suite, row_format="nemo_gym")


def parts_of(body: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """Return the columns of a body and the completion.

    The completion is the items that the model wrote, "" if it wrote none, and None if the body has no list of items.
    """
    response = body.get("response")
    output = response.get("output") if isinstance(response, Mapping) else None
    columns = {name: value for name, value in body.items() if name != "response"}
    if not isinstance(output, (list, tuple)):
        return columns, None
    return columns, output or ""


def reply_of(body: Mapping[str, Any], reward: Reward) -> dict[str, Any]:
    """Return the body with the reward, its parts and what masks it."""
    is_masked = masked_number(reward) is None
    return {
        **body,
        "reward": reward.value,
        "reward_components": metrics_of(reward),
        "mask_sample": is_masked,
        "failure_kind": f"rlvr:{reward.verdict.value}" if is_masked else None,
        "failure_reason": reward.reason if is_masked else None,
    }
