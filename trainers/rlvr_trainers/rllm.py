"""rllm of 2026-08-15 (`rllm/eval/types.py`): an evaluator ``evaluate(task, episode) -> EvalOutput``.

Read again at 013917c7. The reward is a number, so what could not be scored has that of the task's ``on_error``; a
signal counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, masked_number, metrics_of


def score_episode(task: Any, episode: Any, suite: SuiteLike | None = None) -> Reward:
    """Return the reward of an episode: of its artifact ``answer``, else of what the last trajectory put out."""
    row = task if isinstance(task, Mapping) else getattr(task, "data", None) or getattr(task, "metadata", None) or {}
    return Bridge(given=suite).score_one(row, answer_in(episode))


def answer_in(episode: Any) -> Any:
    """Return the answer of an episode; None if it has neither an answer nor an output."""
    artifacts = getattr(episode, "artifacts", None) or {}
    if artifacts.get("answer") is not None:
        return artifacts["answer"]
    for trajectory in list(getattr(episode, "trajectories", None) or ())[-1:]:
        steps = list(getattr(trajectory, "steps", None) or ())
        places = [(trajectory, "output"), *((steps[-1], name) for name in ("output", "model_response") if steps)]
        found = [getattr(holder, name, None) for holder, name in places]
        said = [each for each in found if each is not None]
        return next(filter(None, said), said[0] if said else None)
    return None


def evaluate(task: Any, episode: Any, suite: SuiteLike | None = None) -> Any:
    """Return rllm's ``EvalOutput``: the reward, and each metric as a signal.

    Raises:
        ImportError: rllm is not installed.
    """
    from rllm.eval.types import EvalOutput, Signal

    reward = score_episode(task, episode, suite)
    return EvalOutput(
        reward=reward.value,
        is_correct=masked_number(reward) is not None and reward.earns_all,
        signals=[Signal(name=name, value=value) for name, value in metrics_of(reward).items()],
        metadata={"verdict": reward.verdict.value, "reason": reward.reason, "fingerprint": reward.fingerprint},
    )
