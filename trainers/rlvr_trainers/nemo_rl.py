"""NeMo RL of 2026-08-22 (`nemo_rl/environments/interfaces.py`): an environment whose ``step`` ends each episode.

Read again at 0b8a793a. Rewards are a tensor, so what could not be scored has the number of the task's ``on_error``; the
metrics count it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, conversation_parts, mean_metrics, same_length

_TURN_KEYS = ("role", "content", "reasoning_content", "tool_calls")


def score_logs(
    message_log_batch: Sequence[Sequence[Mapping[str, Any]]],
    metadata: Sequence[Mapping[str, Any] | None],
    suite: SuiteLike | None = None,
) -> tuple[Reward, ...]:
    """Return a reward for each log of messages.

    Args:
        message_log_batch: Conversations; tensors beside their contents are not looked at.
        metadata: The columns of each.
        suite: The suite; None for the path in ``RLVR_SUITE``.
    """
    same_length(logs=message_log_batch, metadata=metadata)
    columns, completions = [], []
    for log, row in zip(message_log_batch, metadata, strict=True):
        turns = [{key: turn[key] for key in _TURN_KEYS if key in turn} for turn in log]
        prompt, completion = conversation_parts(turns)
        columns.append({**(row or {}), "prompt": prompt})
        completions.append(completion)
    return Bridge(given=suite, prompt="prompt").score(columns, completions)


def environment(suite: SuiteLike | None = None) -> type:
    """Return a class of environments; NeMo RL wraps it with ``ray.remote``.

    Raises:
        ImportError: NeMo RL is not installed.
    """
    import torch
    from nemo_rl.environments.interfaces import EnvironmentInterface, EnvironmentReturn

    given = suite

    class RlvrEnvironment(EnvironmentInterface):  # type: ignore[misc,unused-ignore]  # NeMo RL has no types here
        """Scores the last turn of each conversation, and ends it."""

        def __init__(self, *_arguments: Any, **_named: Any) -> None:
            self.means: dict[str, float] = {}

        def step(self, message_log_batch: list[Any], metadata: list[Any], *_more: Any) -> Any:
            rewards = score_logs(message_log_batch, metadata, given)
            self.means = mean_metrics(rewards)
            count = len(rewards)
            return EnvironmentReturn(
                observations=[{"role": "environment", "content": reward.reason} for reward in rewards],
                metadata=metadata,
                next_stop_strings=[None] * count,
                rewards=torch.tensor([reward.value for reward in rewards]),
                terminateds=torch.ones(count),
                answers=None,
            )

        def global_post_process_and_metrics(self, batch: Any, *_more: Any) -> tuple[Any, dict[str, float]]:
            return batch, self.means

    return RlvrEnvironment
