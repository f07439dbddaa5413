"""Station 6: the batch: rewards in the order of the records, and what to say of them as a whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rlvr.aggregate import Reward
from rlvr.score import Verdict

BINS = 10

# Rewards that differ by less are one: what is left after rounding must not be taken for a signal.
SAME_REWARD = 1e-6


class GroupStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What groups of at least two records say of the signal that a group-relative trainer gets.

    Attributes:
        groups: How many groups of two records or more.
        records: How many records are in them.
        without_spread: How many of them have one reward only, so that they teach nothing.
        all_low: Those of them whose reward is 0.0 or less.
        all_high: Those of them whose reward is 1.0 or more.
        spread_sum: The sum of the groups' standard deviations, of the population.
    """

    groups: int = 0
    records: int = 0
    without_spread: int = 0
    all_low: int = 0
    all_high: int = 0
    spread_sum: float = 0.0

    @property
    def zero_variance_share(self) -> float:
        """The share of groups that teach nothing; 0.0 of no groups."""
        return self.without_spread / self.groups if self.groups else 0.0

    @property
    def mean_spread(self) -> float:
        """The mean standard deviation within a group; 0.0 of no groups."""
        return self.spread_sum / self.groups if self.groups else 0.0

    def plus(self, other: GroupStatistics) -> GroupStatistics:
        """Add those of another batch; a group that two batches share counts in each."""
        return GroupStatistics(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def pstdev(values: Sequence[float]) -> float:
    """Return the standard deviation of a population; the standard library's costs a cold start 10 ms to import."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A scored batch.

    Attributes:
        rewards: One per record, in order.
        fingerprint: That of the suite; rewards of different fingerprints must not be mixed.
        seconds: Wall time of the whole batch.
        groups: For each record the number of its group, which are the records of one task and one prompt.
        cache_asked: How many scores might have been known, from the cache or from an equal record of the batch.
        cache_known: How many were.
    """

    rewards: tuple[Reward, ...]
    fingerprint: str
    seconds: float
    groups: tuple[int, ...] = ()
    cache_asked: int = 0
    cache_known: int = 0

    @property
    def group_statistics(self) -> GroupStatistics:
        """What the rewards of equal prompts say of the signal that a group-relative trainer gets."""
        members: dict[int, list[float]] = {}
        for number, reward in zip(self.groups, self.rewards, strict=False):
            members.setdefault(number, []).append(reward.value)
        several = [values for values in members.values() if len(values) > 1]
        same = [values[0] for values in several if max(values) - min(values) < SAME_REWARD]
        return GroupStatistics(
            groups=len(several),
            records=sum(map(len, several)),
            without_spread=len(same),
            all_low=sum(value <= 0.0 for value in same),
            all_high=sum(value >= 1.0 for value in same),
            spread_sum=math.fsum(pstdev(values) for values in several),
        )

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
        groups: What the groups of each batch say.
        cache_asked: How many scores might have been known.
        cache_known: How many were.
        histogram: Rewards in ten equal bins of [0, 1]; what lies outside is in the outermost ones.
    """

    records: int = 0
    total: float = 0.0
    total_squared: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    seconds: float = 0.0
    groups: GroupStatistics = msgspec.field(default_factory=GroupStatistics)
    cache_asked: int = 0
    cache_known: int = 0
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
        self.groups = self.groups.plus(report.group_statistics)
        self.cache_asked += report.cache_asked
        self.cache_known += report.cache_known
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
