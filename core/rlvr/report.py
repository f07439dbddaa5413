"""Station 6: the batch: rewards in the order of the records, and statistics over them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rlvr.aggregate import Reward
from rlvr.config import Suite
from rlvr.score import Verdict

BINS = 10

# Reasons may name values of rows, so that each row has its own.
REASONS_LIMIT = 100
OTHER_REASONS = "other reasons"

# Rewards that differ by less count as equal: a rounding error is not a signal.
SAME_REWARD = 1e-6


class GroupStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of prompt groups (GRPO) of at least two records: how many have zero reward variance.

    Attributes:
        groups: Number of groups of two records or more.
        records: Number of records in them.
        zero_variance_groups: Groups whose rewards are all equal, so that the advantage of each record is zero.
        all_nothing: Zero-variance groups whose records earn nothing; see ``Reward.earns_nothing``.
        all_full: Zero-variance groups whose records have the highest reward of their task.
        spread_sum: Sum of the standard deviations (of the population) of the groups.
    """

    groups: int = 0
    records: int = 0
    zero_variance_groups: int = 0
    all_nothing: int = 0
    all_full: int = 0
    spread_sum: float = 0.0

    @property
    def zero_variance_share(self) -> float:
        """Share of groups with zero variance; 0.0 if there are no groups."""
        return self.zero_variance_groups / self.groups if self.groups else 0.0

    @property
    def mean_spread(self) -> float:
        """Mean standard deviation within a group; 0.0 if there are no groups."""
        return self.spread_sum / self.groups if self.groups else 0.0

    def plus(self, other: GroupStatistics) -> GroupStatistics:
        """Add the statistics of another batch; a group that both batches contain counts twice."""
        return GroupStatistics(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def pstdev(values: Sequence[float]) -> float:
    """Return the standard deviation of a population; `statistics` takes 10 ms to import in a cold start."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A scored batch.

    Attributes:
        rewards: One per record, in order.
        fingerprint: Fingerprint of the suite; rewards of different fingerprints must not be mixed.
        seconds: Wall time of the whole batch.
        groups: For each record the number of its group: the records of one task and one prompt.
        cache_asked: Number of scores that the cache, or an equal record of the batch, might have known.
        cache_known: Number of scores that they knew.
        overruns: By scorer id: calls of a scorer declared bounded that took longer than their budget in this process.
    """

    rewards: tuple[Reward, ...]
    fingerprint: str
    seconds: float
    groups: tuple[int, ...] = ()
    cache_asked: int = 0
    cache_known: int = 0
    overruns: Mapping[str, int] = {}

    @property
    def group_statistics(self) -> GroupStatistics:
        """Statistics of the prompt groups of the batch."""
        members: dict[int, list[Reward]] = {}
        for number, reward in zip(self.groups, self.rewards, strict=False):
            members.setdefault(number, []).append(reward)
        several = [rewards for rewards in members.values() if len(rewards) > 1]
        values = [[reward.value for reward in rewards] for rewards in several]
        same = [rewards for rewards, each in zip(several, values, strict=True) if max(each) - min(each) < SAME_REWARD]
        return GroupStatistics(
            groups=len(several),
            records=sum(map(len, several)),
            zero_variance_groups=len(same),
            all_nothing=sum(rewards[0].earns_nothing for rewards in same),
            all_full=sum(rewards[0].earns_all for rewards in same),
            spread_sum=math.fsum(map(pstdev, values)),
        )

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """Number of records per verdict; every verdict is present."""
        return {verdict: sum(reward.verdict is verdict for reward in self.rewards) for verdict in Verdict}

    @property
    def failures(self) -> Mapping[str, int]:
        """Number of failed scores, by ``<scorer>: <failure kind>``."""
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
    """Time of one scorer: calls, seconds in all, the slowest call and the id of its record."""

    calls: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_id: object = None


class Summary(msgspec.Struct):
    """Statistics of any number of batches, in memory that does not grow with them.

    Attributes:
        low: The lowest reward that a task of the suite gives: the low end of the histogram.
        high: The highest reward that a task of the suite gives: its high end.
        records: Number of records.
        nothing: Number of records that earn nothing; see ``Reward.earns_nothing``.
        verdicts: Records per verdict.
        failures: Failed scores, by ``<scorer>: <failure kind>``.
        problems: Records by the reason why they could not be scored at all; the first hundred reasons.
        unreadable: Records whose row could not be scored at all, by reason, such as for want of a completion.
        unanswered: Number of records whose row is a question without an answer.
        tasks: Records per task; "" for records without one.
        timings: Times per scorer.
        overruns: By scorer id: calls of a scorer declared bounded that took longer than their budget.
        metric_sums: Per metric name: number of records whose task has it, and the sum over these.
        seconds: Wall time of the batches.
        groups: Statistics of prompt groups, batch by batch.
        cache_asked: Number of scores that the cache might have known.
        cache_known: Number of scores that it knew.
        histogram: Rewards in ten equal bins from ``low`` to ``high``.
    """

    low: float = 0.0
    high: float = 1.0
    records: int = 0
    total: float = 0.0
    total_squared: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    seconds: float = 0.0
    groups: GroupStatistics = msgspec.field(default_factory=GroupStatistics)
    cache_asked: int = 0
    cache_known: int = 0
    nothing: int = 0
    unanswered: int = 0
    verdicts: Counter[Verdict] = msgspec.field(default_factory=Counter)
    failures: Counter[str] = msgspec.field(default_factory=Counter)
    problems: Counter[str] = msgspec.field(default_factory=Counter)
    unreadable: Counter[str] = msgspec.field(default_factory=Counter)
    tasks: Counter[str] = msgspec.field(default_factory=Counter)
    timings: dict[str, Timing] = msgspec.field(default_factory=dict)
    overruns: Counter[str] = msgspec.field(default_factory=Counter)
    metric_sums: dict[str, tuple[int, float]] = msgspec.field(default_factory=dict)
    histogram: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)

    @staticmethod
    def of(suite: Suite) -> Summary:
        """Start a summary of batches of a suite."""
        low, high = suite.range
        return Summary(low=low, high=high)

    @property
    def mean(self) -> float:
        """Mean reward; 0.0 if there are no records."""
        return self.total / self.records if self.records else 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation of the rewards, of the population."""
        if not self.records:
            return 0.0
        return math.sqrt(max(0.0, self.total_squared / self.records - self.mean**2))

    @property
    def bin_edges(self) -> tuple[float, ...]:
        """The ends of the bins of the histogram, one more than there are bins."""
        return tuple(self.low + (self.high - self.low) * place / BINS for place in range(BINS + 1))

    def add(self, report: Report) -> None:
        """Count one more batch."""
        self.seconds += report.seconds
        self.groups = self.groups.plus(report.group_statistics)
        self.cache_asked += report.cache_asked
        self.cache_known += report.cache_known
        self.failures.update(report.failures)
        self.overruns.update(report.overruns)
        self._add_rewards(report.rewards)

    def _add_rewards(self, rewards: Iterable[Reward]) -> None:
        for reward in rewards:
            self.records += 1
            self.total += reward.value
            self.total_squared += reward.value**2
            self.lowest = min(self.lowest, reward.value)
            self.highest = max(self.highest, reward.value)
            self.nothing += reward.earns_nothing
            self.unanswered += reward.is_unanswered
            self.histogram[self._bin_of(reward.value)] += 1
            self.verdicts[reward.verdict] += 1
            self.tasks[reward.task or ""] += 1
            for metric in reward.metrics:
                if metric.is_own:
                    count, total = self.metric_sums.get(metric.name, (0, 0.0))
                    self.metric_sums[metric.name] = (count + 1, total + metric.value)
            self._add_problems(reward)
            self._add_timings(reward)

    def _bin_of(self, value: float) -> int:
        """Return the bin of a reward; a value at an edge is in the bin above it, the highest in the last bin."""
        return max(0, min(BINS - 1, int((value - self.low) / (self.high - self.low) * BINS)))

    def _add_problems(self, reward: Reward) -> None:
        reasons = [part.score.reason for part in reward.parts if part.score.verdict is Verdict.INVALID_TASK]
        for reason in [reward.problem] if reward.problem else reasons:
            if reason in self.problems or len(self.problems) < REASONS_LIMIT:
                self.problems[reason] += 1
        if reward.problem:
            known = reward.problem in self.unreadable or len(self.unreadable) < REASONS_LIMIT
            self.unreadable[reward.problem if known else OTHER_REASONS] += 1

    def _add_timings(self, reward: Reward) -> None:
        for part in reward.parts:
            timing = self.timings.setdefault(part.scorer, Timing())
            timing.calls += 1
            timing.seconds += part.score.seconds
            if part.score.seconds > timing.slowest_seconds:
                timing.slowest_seconds, timing.slowest_id = part.score.seconds, reward.id
