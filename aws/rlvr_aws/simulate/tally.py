"""Totals of the calls of one mode: rejections, times and costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from rlvr_aws.simulate.answer_checks import AnswerCheck, Reason, Rejection
from rlvr_aws.simulate.container import MEGABYTE, Ending
from rlvr_aws.simulate.fleet import CallOutcome
from rlvr_aws.simulate.prices import Prices


class Tally(msgspec.Struct, kw_only=True):
    """The totals of one mode, updated with each call."""

    calls: int = 0
    records: int = 0
    retries: int = 0
    saved_by_retry: int = 0
    rejected_calls: int = 0
    rejections: Counter[Reason] = msgspec.field(default_factory=Counter)
    examples: dict[Reason, str] = msgspec.field(default_factory=dict)
    not_accepted_by_verifier: int = 0
    reward_sum: float = 0.0
    rewarded: int = 0
    repeated: int = 0
    seconds: list[float] = msgspec.field(default_factory=list)
    init_seconds: list[float] = msgspec.field(default_factory=list)
    peak_bytes: int = 0

    def add(self, outcome: CallOutcome, check: AnswerCheck, where: str) -> None:
        """Count one call; ``where`` precedes the text of its examples."""
        self.calls += 1
        self.records += len(outcome.call.ids)
        self.retries += max(0, len(outcome.attempts) - 1)
        self.saved_by_retry += len(outcome.attempts) > 1 and outcome.attempts[-1].ending is Ending.ANSWERED
        self.rejected_calls += bool(check.rejections)
        self.not_accepted_by_verifier += not check.verifier_accepts
        self.reward_sum += math.fsum(check.rewards)
        self.rewarded += len(check.rewards)
        for each in outcome.attempts:
            self.peak_bytes = max(self.peak_bytes, each.peak_bytes)
            if each.ending is not Ending.INIT_FAILED:
                self.seconds.append(each.seconds)
            if each.init_seconds is not None:
                self.init_seconds.append(each.init_seconds)
        self._reject(check.rejections, where)

    def add_repetition(self, rejection: Rejection | None) -> None:
        """Count one event that was sent again; its first call was not rejected."""
        self.repeated += 1
        if rejection is not None:
            self.rejected_calls += 1
            self._reject((rejection,), "")

    def gigabyte_seconds(self, prices: Prices) -> float:
        """Return the billed gigabyte-seconds per 1,000 records, without cold starts: milliseconds are rounded up."""
        billed = math.fsum(math.ceil(seconds * 1e3) / 1e3 for seconds in self.seconds)
        return billed * prices.memory_megabytes / 1024 * 1_000 / self.records if self.records else 0.0

    def dollars(self, prices: Prices) -> float:
        """Return the price of 1,000 records in dollars, without cold starts."""
        requests = len(self.seconds) * 1_000 / self.records if self.records else 0.0
        return self.gigabyte_seconds(prices) * prices.gigabyte_second + requests * prices.million_requests / 1e6

    def as_json(self, prices: Prices) -> dict[str, Any]:
        """Return the summary of the mode as JSON values; times are in seconds."""
        return {
            "calls": self.calls,
            "records": self.records,
            "rejected_calls": self.rejected_calls,
            "rejections": {
                reason.value: {"calls": count, "example": self.examples[reason]}
                for reason, count in self.rejections.most_common()
            },
            "verifier_accepts": self.calls - self.not_accepted_by_verifier,
            "retries": self.retries,
            "saved_by_retry": self.saved_by_retry,
            "repeated_events": self.repeated,
            "mean_reward": self.reward_sum / self.rewarded if self.rewarded else None,
            "cold_starts": len(self.init_seconds),
            "cold_start_seconds": quantile(self.init_seconds, 0.5),
            "slowest_cold_start_seconds": max(self.init_seconds, default=None),
            "p50_seconds": quantile(self.seconds, 0.50),
            "p95_seconds": quantile(self.seconds, 0.95),
            "p99_seconds": quantile(self.seconds, 0.99),
            "gigabyte_seconds_per_1000_records": self.gigabyte_seconds(prices),
            "dollars_per_1000_records": self.dollars(prices),
            "peak_megabytes": self.peak_bytes / MEGABYTE if self.peak_bytes else None,
        }

    def _reject(self, rejections: Sequence[Rejection], where: str) -> None:
        for each in rejections:
            self.rejections[each.reason] += 1
            self.examples.setdefault(each.reason, where + each.detail)


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return a quantile by nearest rank; None if there are no values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None
