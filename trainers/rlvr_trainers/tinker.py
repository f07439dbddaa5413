"""Tinker's cookbook 0.6.1: ``RewardFn`` of tool loops, and rewards of a problem.

``RewardFn`` is ``async (history) -> (reward, metrics)`` (`tinker_cookbook/tool_use/agent_tool_message_env.py`, at
030fad62). Calls in the history are objects of pydantic, and the environment adds turns of a user where a call could not
be parsed or was missing. The reward is a number, so what could not be scored has that of the task's ``on_error``; the
metrics count it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from rlvr_trainers.bridge import Bridge, SuiteLike, Turns, conversation_parts, metrics_of


def reward_fn(
    row: Mapping[str, Any], suite: SuiteLike | None = None, *, turns: Turns = "last"
) -> Callable[[Sequence[Mapping[str, Any]]], Coroutine[Any, Any, tuple[float, dict[str, float]]]]:
    """Return a ``RewardFn`` for one row of the data set.

    Args:
        row: The row, with the reference.
        suite: The suite; None for the path in ``RLVR_SUITE``.
        turns: Which turns of the model are the completion.
    """
    bridge = Bridge(given=suite, prompt="prompt", turns=turns)

    async def score_history(history: Sequence[Mapping[str, Any]]) -> tuple[float, dict[str, float]]:
        prompt, completion = conversation_parts(history)
        reward = await bridge.score_one_async({**row, "prompt": prompt}, completion)
        return reward.value, metrics_of(reward)

    return score_history


def check_answer(answer: str, row: Mapping[str, Any], suite: SuiteLike | None = None) -> bool:
    """Return whether an answer earns all, for ``ProblemEnv.check_answer``."""
    return Bridge(given=suite).score_one(row, answer).earns_all
