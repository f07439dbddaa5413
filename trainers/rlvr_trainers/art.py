"""ART 0.5.23 (`src/art/trajectories.py`, at 1425b1d5): a rollout sets the reward and the metrics of its trajectory.

A rollout that raises is left out of its group, so what could not be scored raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, Turns, conversation_parts, metrics_of, scored_or_raise


async def score(
    trajectory: Any, row: Mapping[str, Any], suite: SuiteLike | None = None, *, turns: Turns = "last"
) -> Reward:
    """Set ``trajectory.reward`` and ``trajectory.metrics``, and return the reward.

    Args:
        trajectory: An ART trajectory; its last turn of the model is scored.
        row: The row of the data set, with the reference.
        suite: The suite; None for the path in ``RLVR_SUITE``.
        turns: Which turns of the model are the completion.

    Raises:
        NotScoredError: The completion was not scored.
    """
    prompt, completion = conversation_parts([_message(each) for each in trajectory.messages_and_choices])
    bridge = Bridge(given=suite, prompt="prompt", turns=turns)
    reward = scored_or_raise(await bridge.score_one_async({**row, "prompt": prompt}, completion))
    trajectory.reward = reward.value
    trajectory.metrics.update(metrics_of(reward))
    return reward


def _message(each: Any) -> dict[str, Any]:
    """Return a message; the choice of a call holds one."""
    message = getattr(each, "message", each)
    if isinstance(message, Mapping):
        return dict(message)
    return {"role": message.role, "content": message.content, "tool_calls": list(message.tool_calls or ())}
