"""LLaMA-Factory 0.9.5 (`train/ppo/ppo_utils.py`): ``reward_model_type: api`` posts texts and reads scores.

Read again at 0b1f4a34. It sends ``{"model", "messages": [text, ...]}``, prompts and completions in one with all special
tokens, and no reference: only scorers without a reference can work. The completion is what follows the mark of a chat
template; a text without one is scored whole. What could not be scored has the number of the task's ``on_error``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr import Record, Reward
from rlvr_trainers.bridge import Bridge, SuiteLike
from rlvr_trainers.turns import completion_start


def score_messages(body: Mapping[str, Any] | None, suite: SuiteLike | None = None) -> tuple[Reward, ...]:
    """Return a reward for each text of a body.

    Raises:
        ValueError: The body has no list of texts.
    """
    texts = body.get("messages") if isinstance(body, Mapping) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("`messages` is no list of texts, as LLaMA-Factory sends; see reward_model_type: api")
    bridge = Bridge(given=suite)
    return bridge.score_records(records_of(bridge, texts))


def records_of(bridge: Bridge, texts: Sequence[str]) -> list[Record]:
    """Return the record of each text, whose completion is the model's turn."""
    return [bridge.record({}, text[completion_start(text) or 0 :], position) for position, text in enumerate(texts)]


def scores(body: Mapping[str, Any] | None, suite: SuiteLike | None = None) -> dict[str, list[float]]:
    """Return the reply to a body: ``{"scores": [...]}``; see :func:`score_messages`."""
    return {"scores": [reward.value for reward in score_messages(body, suite)]}
