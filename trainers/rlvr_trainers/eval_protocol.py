"""eval-protocol 0.3.33 (`eval_protocol/models.py`): a test on ``row -> row`` that sets ``row.evaluation_result``.

Read again at 000fdad7. What could not be scored has ``is_score_valid=False``.
"""

from __future__ import annotations

from typing import Any

from rlvr import Reward
from rlvr_trainers.bridge import Bridge, SuiteLike, conversation_parts, masked_number, metrics_of


async def score_row(row: Any, suite: SuiteLike | None = None) -> Reward:
    """Return the reward of an ``EvaluationRow``: its last turn of the model against ``row.ground_truth``."""
    turns = [each if isinstance(each, dict) else each.model_dump(exclude_none=True) for each in row.messages]
    prompt, completion = conversation_parts(turns)
    extra = dict(getattr(getattr(row, "input_metadata", None), "dataset_info", None) or {})
    columns = {**extra, "prompt": prompt, "ground_truth": row.ground_truth}
    return await Bridge(given=suite, prompt="prompt", reference="ground_truth").score_one_async(columns, completion)


async def evaluate(row: Any, suite: SuiteLike | None = None) -> Any:
    """Set ``row.evaluation_result`` and return the row.

    Raises:
        ImportError: eval-protocol is not installed.
    """
    from eval_protocol.models import EvaluateResult, MetricResult

    reward = await score_row(row, suite)
    is_valid = masked_number(reward) is not None
    row.evaluation_result = EvaluateResult(
        score=reward.value,
        is_score_valid=is_valid,
        reason=reward.reason,
        metrics={
            name: MetricResult(score=value, is_score_valid=is_valid, reason=reward.reason)
            for name, value in metrics_of(reward).items()
            if 0.0 <= value <= 1.0  # the field takes no other number
        },
    )
    return row
