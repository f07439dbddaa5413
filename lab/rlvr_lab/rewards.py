"""Rewards of a task: the bands of a histogram, and what a group of them teaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import pstdev
from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr.aggregate import nothing_in
from rlvr.report import SAME_REWARD

# Between floor and ceiling, which are bands of their own.
INNER_BANDS = 10
CEILING = INNER_BANDS + 1

GroupState: TypeAlias = Literal["teaches", "all wrong", "all right", "all equal", "not scored"]


def band_of(reward: float, low: float, high: float) -> int:
    """Return the band of a reward: 0 at the floor, 11 at the ceiling, 1 to 10 between; at an edge, the upper one."""
    if reward <= low + SAME_REWARD:
        return 0
    if reward >= high - SAME_REWARD:
        return CEILING
    return 1 + min(INNER_BANDS - 1, int((reward - low) / (high - low) * INNER_BANDS + 1e-9))


def band_edges(band: int, low: float, high: float) -> tuple[float, float]:
    """Return the least and the greatest reward of a band."""
    if band == 0:
        return low, low
    if band == CEILING:
        return high, high
    width = (high - low) / INNER_BANDS
    return low + width * (band - 1), low + width * band


class PromptGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards of the rows of one prompt.

    Attributes:
        mean: The mean reward; None if a row was not scored.
        spread: The standard deviation, of the population; None if a row was not scored.
        state: What the group teaches: nothing if its rewards are all equal, since each advantage is then zero.
    """

    mean: float | None
    spread: float | None
    state: GroupState


def group_of(rewards: Sequence[float | None], low: float, high: float) -> PromptGroup:
    """Return the group of some rewards.

    Args:
        rewards: The rewards; None for a row that was not scored.
        low: The lowest reward of the task.
        high: The highest reward of the task.
    """
    scored = [each for each in rewards if each is not None]
    if len(scored) < len(rewards):
        return PromptGroup(mean=None, spread=None, state="not scored")
    return PromptGroup(mean=math.fsum(scored) / len(scored), spread=pstdev(scored), state=_state(scored, low, high))


def _state(scored: Sequence[float], low: float, high: float) -> GroupState:
    if max(scored) - min(scored) >= SAME_REWARD:
        return "teaches"
    if scored[0] >= high - SAME_REWARD:
        return "all right"
    return "all wrong" if scored[0] <= nothing_in(low, high) else "all equal"


def has_signal(state: GroupState) -> bool:
    """Return True if the rewards of a group differ, so that it has an advantage to learn from."""
    match state:
        case "teaches":
            return True
        case "all wrong" | "all right" | "all equal" | "not scored":
            return False
        case _:
            assert_never(state)
