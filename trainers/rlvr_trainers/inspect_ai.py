"""Inspect (inspect-ai 0.3.285): a scorer whose value is the reward and each metric.

Inspect must know the names before a sample is scored; they are ``suite.metric_names``. What could not be scored is
``Score.unscored``, which Inspect counts and leaves out of every metric; None or NaN it would count as 0 or not at all.
"""

from __future__ import annotations

from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, masked_number, metrics_of

REWARD = "reward"


def rlvr(suite: SuiteLike | None = None, reference: str = "target") -> Any:
    """Return a scorer for ``Task(scorer=...)``.

    Args:
        suite: The suite; None for the path in ``RLVR_SUITE``.
        reference: Where the reference is: ``target``, or a key of the sample's metadata.

    Raises:
        ImportError: inspect-ai is not installed.
    """
    from inspect_ai.scorer import Score, mean, scorer, stderr

    bridge = Bridge(given=suite, prompt="input", reference=reference)
    names = (REWARD, *bridge.metric_names)

    @scorer(metrics={name: [mean(), stderr()] for name in names}, name="rlvr")
    def suite_scorer() -> Any:
        async def score(state: Any, target: Any) -> Any:
            reward = await score_state(bridge, state, target)
            metadata: dict[str, Any] = {
                "verdict": reward.verdict.value,
                "arithmetic": reward.arithmetic,
                "task": reward.task,
            }
            metadata["reasons"] = {part.name: part.score.reason for part in reward.parts}
            metadata["fingerprint"] = reward.fingerprint
            answer = state.output.completion
            if masked_number(reward) is None:
                return Score.unscored(answer=answer, explanation=reward.reason, metadata=metadata)
            value = {REWARD: reward.value, **metrics_of(reward)}
            return Score(value=value, answer=answer, explanation=reward.reason, metadata=metadata)

        return score

    return suite_scorer()


async def score_state(bridge: Bridge, state: Any, target: Any) -> Reward:
    """Return the reward of a sample: of the model's last output, with its tool calls.

    An output without a choice, as that of a solver that asked no model, has no completion.
    """
    targets = list(target)
    columns = {
        **(state.metadata or {}),
        "input": [{"role": "user", "content": state.input_text}],
        "target": targets[0] if len(targets) == 1 else targets,
    }
    message = getattr(state.output, "message", None)
    calls = getattr(message, "tool_calls", None) or ()
    named = [{"function": {"name": call.function, "arguments": call.arguments}} for call in calls]
    completion = None if getattr(state.output, "choices", None) == [] else state.output.completion
    answer = [{"role": "assistant", "content": completion, "tool_calls": named}] if named else completion
    return await bridge.score_one_async(columns, answer)
