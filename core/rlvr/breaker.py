"""The circuit breaker and ``on_error: raise``: the consequences of broken scorers for a whole batch.

``fail_fast`` of a suite names a share of records on which a scorer broke, over one batch or over the last records of
several. Above it, rewards would teach noise: the batch is stopped, or all its rewards are set to zero.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import assert_never

import msgspec

from rlvr.aggregate import Reward, nearest_to_zero
from rlvr.config import Suite
from rlvr.config.format import FailFastSection
from rlvr.config.suite import ALARM
from rlvr.errors import ScorerFaultError
from rlvr.metrics import Metric
from rlvr.report import Report
from rlvr.scores import Score, Verdict

_FAULTS_SHOWN = 3


class Breaker:
    """Counts the faults of the batches of a suite."""

    def __init__(self, settings: FailFastSection) -> None:
        self._settings = settings
        self._window: deque[bool] = deque(maxlen=settings.window_records or None)
        self._lock = threading.Lock()

    def is_open_after(self, failed: Sequence[bool]) -> bool:
        """Count a batch; return True if the share of faults is now too large.

        Args:
            failed: For each record of the batch, whether a scorer broke on it.
        """
        with self._lock:
            if not self._settings.window_records:
                self._window.clear()
            self._window.extend(failed)
            return sum(self._window) > self._settings.fault_share * len(self._window)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards of a batch after the breaker, and the policy that stops the batch; "" if none does."""

    rewards: tuple[Reward, ...]
    stop: str = ""


def settle(suite: Suite, rewards: tuple[Reward, ...]) -> Settled:
    """Count the faults of a batch, and do what ``fail_fast`` says if there are too many."""
    settings = suite.fail_fast
    if settings is None:
        return Settled(rewards=rewards)
    breaker = suite.resource("breaker", lambda: Breaker(settings))
    if not breaker.is_open_after([reward.verdict is Verdict.FAILED for reward in rewards]):
        return Settled(rewards=rewards)
    match settings.action:
        case "raise":
            return Settled(rewards=rewards, stop=f"fail_fast: fault_share {settings.fault_share:g}")
        case "zero":
            import logging  # few batches need it

            log = logging.getLogger(__name__)
            log.error("fail_fast: too many scorers broke; all %d records of the batch get 0.0", len(rewards))
            return Settled(rewards=tuple(map(alarmed_reward, rewards)))
        case _:
            assert_never(settings.action)


def alarmed_reward(reward: Reward) -> Reward:
    """Return the reward of a record of a batch on which the breaker tripped.

    The value is the one closest to 0.0 in the range of the task, the verdict FAILED, the metric ``rlvr/alarm`` 1.0.
    """
    return msgspec.structs.replace(
        reward,
        value=nearest_to_zero(reward.low, reward.high),
        verdict=Verdict.FAILED,
        metrics=(*reward.metrics[:-1], Metric(ALARM, 1.0, "Metric")),
        arithmetic=f"0: too many scorers broke in this batch (else {reward.arithmetic})",
    )


def stop_if_asked(suite: Suite, report: Report, policy: str) -> None:
    """Raise where the suite says to stop rather than to answer with numbers.

    Args:
        suite: The suite; a task of ``on_error: raise`` stops the batch at any fault of its records.
        report: The batch.
        policy: The policy of the breaker by which the batch must be stopped; "" if it must not.

    Raises:
        ScorerFaultError: The batch is stopped.
    """
    broken = [
        reward for reward in report.rewards if reward.verdict is not Verdict.SCORED and _is_raised_for(suite, reward)
    ]
    if broken:
        raise _fault("on_error: raise", broken, report)
    if policy:
        raise _fault(policy, [reward for reward in report.rewards if reward.verdict is Verdict.FAILED], report)


def _is_raised_for(suite: Suite, reward: Reward) -> bool:
    if reward.task is None or not reward.verdict.is_fault:
        return False
    policy = suite.tasks[reward.task].on_error
    match policy:
        case "raise":
            return True
        case "zero" | "abstain" | "floor":
            return False
        case _:
            assert_never(policy)


def _fault(policy: str, broken: Sequence[Reward], report: Report) -> ScorerFaultError:
    lines = tuple(
        f"record {reward.id!r}: {part.scorer}: {_describe(part.score)}"
        for reward in broken[:_FAULTS_SHOWN]
        for part in reward.parts
        if part.score.verdict.is_fault
    )
    return ScorerFaultError(policy, len(broken), len(report.rewards), lines, report)


def _describe(score: Score) -> str:
    """Describe a fault without the message of an exception, which may quote a completion."""
    return f"{score.failure} {score.reason.partition(':')[0]}" if score.failure else f"{score.verdict}: {score.reason}"
