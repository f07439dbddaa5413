"""Station 6: the batch: rewards in the order of the records, and what to say of them as a whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from rlvr.aggregate import Reward
from rlvr.score import Verdict

BINS = 10


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A scored batch.

    Attributes:
        rewards: One per record, in order.
        fingerprint: That of the suite; rewards of different fingerprints must not be mixed.
        seconds: Wall time of the whole batch.
    """

    rewards: tuple[Reward, ...]
    fingerprint: str
    seconds: float

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """Records per verdict, each verdict present."""
        return {verdict: sum(reward.verdict is verdict for reward in self.rewards) for verdict in Verdict}

    @property
    def failures(self) -> Mapping[str, int]:
        """Broken scorer runs, as ``<scorer>: <failure kind>``."""
        return dict(
            sorted(
                Counter(
                    f"{part.scorer}: {part.score.failure}"
                    for reward in self.rewards
                    for part in reward.parts
                    if part.score.verdict is Verdict.FAILED
                ).items()
            )
        )


class Timing(msgspec.Struct):
    """How long one scorer took: calls, seconds in all, the slowest call and whose it was."""

    calls: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_id: object = None


class Summary(msgspec.Struct):
    """What to say of any number of batches, in memory that does not grow with them.

    Attributes:
        records: How many.
        verdicts: Records per verdict.
        failures: Broken scorer runs, as ``<scorer>: <failure kind>``.
        problems: Records per reason for which they could not be scored at all; the first hundred reasons.
        tasks: Records per task; "" for those without.
        timings: Per scorer.
        metric_sums: Per metric name: how many records have it, and the sum.
        seconds: Wall time of the batches.
        histogram: Rewards in ten equal bins of [0, 1]; what lies outside is in the outermost ones.
    """

    records: int = 0
    total: float = 0.0
    total_squared: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    seconds: float = 0.0
    zeros: int = 0
    verdicts: Counter[Verdict] = msgspec.field(default_factory=Counter)
    failures: Counter[str] = msgspec.field(default_factory=Counter)
    problems: Counter[str] = msgspec.field(default_factory=Counter)
    tasks: Counter[str] = msgspec.field(default_factory=Counter)
    timings: dict[str, Timing] = msgspec.field(default_factory=dict)
    metric_sums: dict[str, tuple[int, float]] = msgspec.field(default_factory=dict)
    histogram: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)

    @property
    def mean(self) -> float:
        """The mean reward; 0.0 of no records."""
        return self.total / self.records if self.records else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation of the rewards, of the population."""
        if not self.records:
            return 0.0
        return math.sqrt(max(0.0, self.total_squared / self.records - self.mean**2))

    def add(self, report: Report) -> None:
        """Count one more batch."""
        self.seconds += report.seconds
        self.failures.update(report.failures)
        self._add_rewards(report.rewards)

    def _add_rewards(self, rewards: Iterable[Reward]) -> None:
        for reward in rewards:
            self.records += 1
            self.total += reward.value
            self.total_squared += reward.value**2
            self.lowest = min(self.lowest, reward.value)
            self.highest = max(self.highest, reward.value)
            self.zeros += reward.value == 0.0
            self.histogram[max(0, min(BINS - 1, int(reward.value * BINS)))] += 1
            self.verdicts[reward.verdict] += 1
            self.tasks[reward.task or ""] += 1
            for metric in reward.metrics:
                count, total = self.metric_sums.get(metric.name, (0, 0.0))
                self.metric_sums[metric.name] = (count + 1, total + metric.value)
            self._add_problems(reward)
            self._add_timings(reward)

    def _add_problems(self, reward: Reward) -> None:
        reasons = [part.score.reason for part in reward.parts if part.score.verdict is Verdict.INVALID_TASK]
        for reason in [reward.problem] if reward.problem else reasons:
            if reason in self.problems or len(self.problems) < 100:  # noqa: PLR2004  # as the docstring says
                self.problems[reason] += 1

    def _add_timings(self, reward: Reward) -> None:
        for part in reward.parts:
            timing = self.timings.setdefault(part.scorer, Timing())
            timing.calls += 1
            timing.seconds += part.score.seconds
            if part.score.seconds > timing.slowest_seconds:
                timing.slowest_seconds, timing.slowest_id = part.score.seconds, reward.id
