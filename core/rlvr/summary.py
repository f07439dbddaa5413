"""Statistics of any number of batches, in memory that does not grow with them: per task, and over all.

Means and histograms are over the rows with the verdict ``scored``: what a trainer receives for the others is a policy
of their task, and says nothing of the model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from rlvr.aggregate import Part, Reward
from rlvr.config import Suite
from rlvr.config.suite import ALARM, FAILED, INVALID_TASK, VETOED, nothing_in
from rlvr.report import Group, GroupStatistics, Report, shifted_sums, sum_of_groups
from rlvr.scores import Verdict, class_of

BINS = 10

# Reasons may name values of rows, so that each row has its own.
REASONS_LIMIT = 100
OTHER_REASONS = "other reasons"

NO_ANSWER = "no_answer"

SHARED_METRICS = frozenset({FAILED, INVALID_TASK, VETOED, ALARM})

# Groups that wait for more records. The records of a prompt follow each other in most data; where they do not, and
# there are more prompts than this, a group may be counted in two parts.
OPEN_GROUPS_LIMIT = 50_000

# Times are counted in classes of 2 percent, so that quantiles of any number of calls need no list of them.
_TIME_STEP = math.log(1.02)


class Timing(msgspec.Struct):
    """Times of one scorer: calls, seconds in all, the slowest call and the id of its record.

    A score that the cache knew took no time: it counts as a call, and not in the quantiles.
    """

    calls: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    slowest_id: object = None
    classes: Counter[int] = msgspec.field(default_factory=Counter)

    def add(self, seconds: float, record_id: object) -> None:
        """Count one more call."""
        self.calls += 1
        self.seconds += seconds
        if seconds > 0.0:
            self.classes[round(math.log(seconds) / _TIME_STEP)] += 1
        if seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest_id = seconds, record_id

    def add_all(self, seconds: Sequence[float], rewards: Sequence[Reward]) -> None:
        """Count the calls of a batch: for each reward the time of the scorer."""
        self.calls += len(seconds)
        self.seconds += sum(seconds)
        self.classes.update([round(math.log(each) / _TIME_STEP) for each in seconds if each > 0.0])
        slowest = max(seconds)
        if slowest > self.slowest_seconds:
            self.slowest_seconds, self.slowest_id = slowest, rewards[seconds.index(slowest)].id

    def plus(self, other: Timing) -> Timing:
        """Return the times of both."""
        slower = other if other.slowest_seconds > self.slowest_seconds else self
        return Timing(
            calls=self.calls + other.calls,
            seconds=self.seconds + other.seconds,
            slowest_seconds=slower.slowest_seconds,
            slowest_id=slower.slowest_id,
            classes=self.classes + other.classes,
        )

    def quantile(self, share: float) -> float:
        """Return the seconds that a share of the calls did not exceed, within one percent; 0.0 without calls."""
        wanted = share * self.classes.total()
        seen = 0
        for place in sorted(self.classes):
            seen += self.classes[place]
            if seen >= wanted:
                return min(self.slowest_seconds, math.exp(place * _TIME_STEP))
        return 0.0


class Rewards(msgspec.Struct):
    """Rewards of scored rows: their mean, deviation, ends and histogram.

    Attributes:
        low: The low end of the histogram.
        high: Its high end.
        scored: Number of rewards.
        floor: Rewards at or below the low end.
        ceiling: Rewards at or above the high end, if that is another value.
        histogram: Rewards in ten equal bins from ``low`` to ``high``, those at the ends included.
    """

    low: float = 0.0
    high: float = 1.0
    scored: int = 0
    shift: float = 0.0
    total: float = 0.0
    total_squared: float = 0.0
    lowest: float = math.inf
    highest: float = -math.inf
    floor: int = 0
    ceiling: int = 0
    histogram: list[int] = msgspec.field(default_factory=lambda: [0] * BINS)

    def add(self, value: float, count: int = 1) -> None:
        """Count a reward, or several of one value."""
        if not self.scored:
            self.shift = value  # sums of differences from a reward lose no digits where all are nearly equal
        self.scored += count
        self.total += (value - self.shift) * count
        self.total_squared += (value - self.shift) ** 2 * count
        self.lowest = min(self.lowest, value)
        self.highest = max(self.highest, value)
        if value <= self.low:
            self.floor += count
            self.histogram[0] += count
        elif value >= self.high:
            self.ceiling += count
            self.histogram[-1] += count
        else:
            self.histogram[self._bin_of(value)] += count

    def merge(self, other: Rewards) -> None:
        """Add the rewards of other rows, over the same range."""
        if not self.scored:
            self.shift = other.shift
        total, squared = shifted_sums(other.total, other.total_squared, other.scored, other.shift - self.shift)
        self.total += total
        self.total_squared += squared
        self.scored += other.scored
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)
        self.floor += other.floor
        self.ceiling += other.ceiling
        self.histogram = [a + b for a, b in zip(self.histogram, other.histogram, strict=True)]

    @property
    def mean(self) -> float | None:
        """Mean reward; None if no row was scored."""
        return self.shift + self.total / self.scored if self.scored else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of the rewards, of the population; None if no row was scored."""
        if not self.scored:
            return None
        return math.sqrt(max(0.0, self.total_squared / self.scored - (self.total / self.scored) ** 2))

    @property
    def between(self) -> list[int]:
        """The histogram without the rewards at the two ends."""
        inner = list(self.histogram)
        inner[0] -= self.floor
        inner[-1] -= self.ceiling
        return inner

    @property
    def bin_edges(self) -> tuple[float, ...]:
        """The ends of the bins of the histogram, one more than there are bins."""
        return tuple(self.low + (self.high - self.low) * place / BINS for place in range(BINS + 1))

    def _bin_of(self, value: float) -> int:
        """Return the bin of a reward between the ends; a value at an edge is in the bin above it."""
        return min(BINS - 1, int((value - self.low) / (self.high - self.low) * BINS))


class MetricSums(msgspec.Struct):
    """Sums of metrics of scored rows, and of all rows for the metrics that all suites have, such as ``rlvr/failed``.

    Attributes:
        sums: Per metric name: number of rows that have it, and the sum over these.
    """

    sums: dict[str, list[float]] = msgspec.field(default_factory=dict)

    def add_unscored(self, reward: Reward) -> None:
        """Count the metrics of a row that was not scored: those that all suites have."""
        for metric in reward.metrics:
            if metric.is_own and metric.name in SHARED_METRICS:
                self.count(metric.name, 1, metric.value)

    def add_all(self, rewards: Sequence[Reward]) -> None:
        """Count the metrics of scored rows of one task, which have the same metrics in the same order."""
        columns = zip(*[reward.metrics for reward in rewards], strict=True)
        for first, column in zip(rewards[0].metrics, columns, strict=True):
            if first.is_own:
                self.count(first.name, len(column), sum([metric.value for metric in column]))

    def merge(self, other: MetricSums) -> None:
        """Add the sums of other rows."""
        for name, (number, total) in other.sums.items():
            self.count(name, number, total)

    @property
    def means(self) -> dict[str, float]:
        """The mean of each metric."""
        return {name: total / number for name, (number, total) in self.sums.items()}

    def count(self, name: str, number: float, total: float) -> None:
        """Add a number of rows, and the sum of their values, to those of a name."""
        known = self.sums.setdefault(name, [0, 0.0])
        known[0] += number
        known[1] += total


class ReasonCount(msgspec.Struct):
    """Rows that have one class of reason from one entry, with the reason and the id of the first of them."""

    rows: int = 0
    reason: str = ""
    example: object = None

    def add(self, reason: str, record_id: object) -> None:
        """Count one more row."""
        if not self.rows:
            self.reason, self.example = reason, record_id
        self.rows += 1

    def merge(self, other: ReasonCount) -> None:
        """Add the rows of another count, which come after these."""
        if not self.rows:
            self.reason, self.example = other.reason, other.example
        self.rows += other.rows


class EntrySummary(msgspec.Struct):
    """One entry of a task: the mean of its values, and the times of the scorers that it asked: its own, and a second.

    Attributes:
        values: Number of its values.
        total: Sum of its values.
        timings: Times by scorer id.
    """

    values: int = 0
    total: float = 0.0
    timings: dict[str, Timing] = msgspec.field(default_factory=dict)

    def timing_of(self, scorer: str) -> Timing:
        """Return the times of a scorer, to add to them."""
        timing = self.timings.get(scorer)
        if timing is None:
            timing = self.timings[scorer] = Timing()
        return timing

    def merge(self, other: EntrySummary) -> None:
        """Add the values and times of other rows."""
        self.values += other.values
        self.total += other.total
        for scorer, timing in other.timings.items():
            self.timings[scorer] = self.timing_of(scorer).plus(timing)

    @property
    def mean(self) -> float | None:
        """Mean of the values that it gave; None if it gave none."""
        return self.total / self.values if self.values else None


class TaskSummary(msgspec.Struct):
    """The rows of one task.

    Attributes:
        records: Number of rows.
        verdicts: Rows per verdict.
        rewards: Rewards of the scored rows.
        nothing: Scored rows that earn nothing; see ``Reward.earns_nothing``.
        classes: Rows by the class of the reason that decided.
        why_nothing: The scored rows that earn nothing, by entry and class of reason.
        no_answer: Rows in which an entry found no answer.
        entries: The entries, by name.
        metrics: Sums of its metrics.
        groups: The closed prompt groups; see ``Summary.groups_of``.
    """

    rewards: Rewards
    records: int = 0
    verdicts: Counter[Verdict] = msgspec.field(default_factory=Counter)
    nothing: int = 0
    classes: Counter[str] = msgspec.field(default_factory=Counter)
    why_nothing: dict[tuple[str, str], ReasonCount] = msgspec.field(default_factory=dict)
    no_answer: int = 0
    entries: dict[str, EntrySummary] = msgspec.field(default_factory=dict)
    metrics: MetricSums = msgspec.field(default_factory=MetricSums)
    groups: GroupStatistics = msgspec.field(default_factory=GroupStatistics)

    def add_unscored(self, reward: Reward) -> None:
        """Count a row that was not scored."""
        self.records += 1
        self.verdicts[reward.verdict] += 1
        deciding = reward.deciding_part
        reason_class = reward.reason_class if deciding is None or reward.problem else class_of(deciding.score)
        self.classes[_known_reason(self.classes, reason_class)] += 1
        self.metrics.add_unscored(reward)
        for part in reward.parts:
            self._add_part(part, reward.id)
        self.no_answer += any(part.score.reason_class == NO_ANSWER for part in reward.parts)

    def add_scored(self, rewards: Sequence[Reward]) -> int:
        """Count scored rows of a batch, column by column; return how many earn nothing.

        This takes a third of the time that they take one by one.
        """
        self.records += len(rewards)
        self.verdicts[Verdict.SCORED] += len(rewards)
        for value, count in Counter([reward.value for reward in rewards]).items():
            self.rewards.add(value, count)
        is_single = len(rewards[0].parts) == 1
        deciding = [reward.parts[0] if is_single else reward.deciding_part for reward in rewards]
        classes = ["" if part is None else part.score.reason_class or class_of(part.score) for part in deciding]
        self.classes.update(classes)
        limit, before = nothing_in(rewards[0].low, rewards[0].high), self.nothing
        for reward, part, reason_class in zip(rewards, deciding, classes, strict=True):
            if reward.value <= limit:
                self.nothing += 1
                key = ("" if part is None else part.name, reason_class)
                self._count(self.why_nothing, key).add(reward.reason, reward.id)
        self.metrics.add_all(rewards)
        if is_single:
            self.no_answer += [part.score.reason_class for part in deciding if part is not None].count(NO_ANSWER)
        else:
            for reward in rewards:
                self.no_answer += any(part.score.reason_class == NO_ANSWER for part in reward.parts)
        for parts in zip(*[reward.parts for reward in rewards], strict=True):
            self._add_parts(parts, rewards)
        return self.nothing - before

    def merge(self, other: TaskSummary) -> None:
        """Add the rows of another summary of the task, which come after these."""
        self.records += other.records
        self.verdicts.update(other.verdicts)
        self.rewards.merge(other.rewards)
        self.nothing += other.nothing
        for name, rows in other.classes.items():
            self.classes[_known_reason(self.classes, name)] += rows
        for key, count in other.why_nothing.items():
            self._count(self.why_nothing, key).merge(count)
        self.no_answer += other.no_answer
        for name, entry in other.entries.items():
            self.entries.setdefault(name, EntrySummary()).merge(entry)
        self.metrics.merge(other.metrics)
        self.groups = self.groups.plus(other.groups)

    @staticmethod
    def _count(counts: dict[tuple[str, str], ReasonCount], key: tuple[str, str]) -> ReasonCount:
        if key not in counts and len(counts) >= REASONS_LIMIT:  # classes are few unless a plugin makes up new ones
            key = ("", OTHER_REASONS)
        return counts.setdefault(key, ReasonCount())

    def _add_parts(self, parts: Sequence[Part], rewards: Sequence[Reward]) -> None:
        """Count the parts of one entry, one for each reward."""
        if any(part.score.opinions for part in parts):
            for part, reward in zip(parts, rewards, strict=True):
                self._add_part(part, reward.id)
            return
        entry = self.entries.setdefault(parts[0].name, EntrySummary())
        entry.timing_of(parts[0].scorer).add_all([part.score.seconds for part in parts], rewards)
        values = [part.score.value for part in parts if part.score.value is not None]
        entry.values += len(values)
        entry.total += sum(values)

    def _add_part(self, part: Part, record_id: object) -> None:
        entry = self.entries.get(part.name)
        if entry is None:
            entry = self.entries[part.name] = EntrySummary()
        if part.score.opinions:
            for opinion in part.score.opinions:
                entry.timing_of(opinion.scorer).add(opinion.score.seconds, record_id)
        else:
            entry.timing_of(part.scorer).add(part.score.seconds, record_id)
        if part.score.value is not None:
            entry.values += 1
            entry.total += part.score.value


class Summary(msgspec.Struct):
    """Statistics of any number of batches, in memory that does not grow with them.

    Attributes:
        rewards: Rewards of all scored rows, from the lowest to the highest that a task of the suite gives.
        records: Number of records.
        nothing: Number of scored records that earn nothing; see ``Reward.earns_nothing``.
        verdicts: Records per verdict.
        failures: Failed scores, by ``<scorer>: <failure kind>``.
        causes: Failed scores, by ``<scorer>: <reason>``; the first hundred.
        problems: Records by the reason why they could not be scored at all; the first hundred reasons.
        unreadable: Records whose row could not be scored at all, by reason, such as for want of a completion.
        unanswered: Number of records whose row is a question without an answer.
        tasks: Records per task; "" for records without one.
        by_task: The rows of each task; records without a task are in none.
        overruns: By scorer id: calls of a scorer declared bounded that took longer than their budget.
        seconds: Wall time of the batches.
        cache_asked: Number of scores that the cache might have known.
        cache_known: Number of scores that it knew.
        totals: Amounts spent, such as money and tokens, by the detail: sums over the scores that no cache knew.
    """

    rewards: Rewards = msgspec.field(default_factory=Rewards)
    records: int = 0
    seconds: float = 0.0
    cache_asked: int = 0
    cache_known: int = 0
    nothing: int = 0
    unanswered: int = 0
    verdicts: Counter[Verdict] = msgspec.field(default_factory=Counter)
    failures: Counter[str] = msgspec.field(default_factory=Counter)
    causes: Counter[str] = msgspec.field(default_factory=Counter)
    problems: Counter[str] = msgspec.field(default_factory=Counter)
    unreadable: Counter[str] = msgspec.field(default_factory=Counter)
    tasks: Counter[str] = msgspec.field(default_factory=Counter)
    by_task: dict[str, TaskSummary] = msgspec.field(default_factory=dict)
    overruns: Counter[str] = msgspec.field(default_factory=Counter)
    totals: dict[str, float] = msgspec.field(default_factory=dict)
    _taskless: MetricSums = msgspec.field(default_factory=MetricSums)
    _batches: int = 0
    _open: dict[object, tuple[str, Group]] = msgspec.field(default_factory=dict)

    @staticmethod
    def of(suite: Suite) -> Summary:
        """Start a summary of batches of a suite, with its tasks in their order."""
        low, high = suite.range
        tasks = {name: TaskSummary(rewards=Rewards(low=task.low, high=task.high)) for name, task in suite.tasks.items()}
        names = [name for entry in suite.entries for name in entry.installed.scorer.totals]
        return Summary(rewards=Rewards(low=low, high=high), by_task=tasks, totals=dict.fromkeys(names, 0.0))

    @property
    def mean(self) -> float | None:
        """Mean reward of the scored records of all tasks; None if there are none."""
        return self.rewards.mean

    @property
    def scored(self) -> int:
        """Number of scored records."""
        return self.rewards.scored

    @property
    def metric_sums(self) -> dict[str, tuple[float, float]]:
        """Sums of metrics over all tasks; see ``MetricSums``."""
        merged = MetricSums()
        for each in (*(task.metrics for task in self.by_task.values()), self._taskless):
            merged.merge(each)
        return {name: (number, total) for name, (number, total) in merged.sums.items()}

    @property
    def timings(self) -> dict[str, Timing]:
        """Times per scorer, of all entries that use it."""
        times: dict[str, Timing] = {}
        for task in self.by_task.values():
            for scorer, timing in (each for entry in task.entries.values() for each in entry.timings.items()):
                times[scorer] = times.get(scorer, Timing()).plus(timing)
        return times

    @property
    def groups(self) -> GroupStatistics:
        """Statistics of the prompt groups of all tasks."""
        total = sum_of_groups(group for _, group in self._open.values())
        for task in self.by_task.values():
            total = total.plus(task.groups)
        return total

    def groups_of(self, task: str) -> GroupStatistics:
        """Return the statistics of the prompt groups of a task."""
        own = sum_of_groups(group for name, group in self._open.values() if name == task)
        return own.plus(self.by_task[task].groups)

    def add(self, report: Report, groups: Sequence[str] = ()) -> None:
        """Count one more batch.

        Args:
            report: The batch.
            groups: For each reward the key of its group, the same in every batch, "" for a record in no group. By
                default a group that two batches contain counts twice.
        """
        self._batches += 1
        self.merge(self.part(report, groups or [(self._batches, number) for number in report.groups]))

    def part(self, report: Report, groups: Sequence[object]) -> Summary:
        """Return the summary of one more batch alone, which :meth:`merge` adds: in this process, or in another one.

        Sums of floats depend on how they are grouped, so that each batch has sums of its own wherever it is counted.

        Args:
            report: The batch.
            groups: For each reward the key of its group; see :meth:`add`.
        """
        part = Summary(
            rewards=Rewards(low=self.rewards.low, high=self.rewards.high),
            seconds=report.seconds,
            cache_asked=report.cache_asked,
            cache_known=report.cache_known,
            overruns=Counter(report.overruns),
            totals=dict.fromkeys(self.totals, 0.0),
        )
        scored: dict[object, list[Reward]] = {}  # by task and layout; the rewards of one suite have one layout for each
        others: list[Reward] = []
        for reward in report.rewards:
            if reward.verdict is Verdict.SCORED and reward.task is not None:
                layout = (reward.task, len(reward.parts), len(reward.metrics))
                scored.setdefault(layout, []).append(reward)
            else:
                others.append(reward)
        for rewards in scored.values():
            part._add_scored(rewards)
        for reward in others:
            part._add_unscored(reward)
        if others:
            part.failures.update(report.failures)
        for key, reward in zip(groups, report.rewards, strict=False):
            if key and reward.task is not None:
                known = part._open.get(key)
                if known is None:
                    known = part._open[key] = (reward.task, Group())
                known[1].add(reward)
        return part

    def merge(self, other: Summary) -> None:
        """Add a summary of other batches of the same suite, which come after these.

        Groups with one key are one group, if ``add`` was given keys.
        """
        self.records += other.records
        self.seconds += other.seconds
        self.cache_asked += other.cache_asked
        self.cache_known += other.cache_known
        self.nothing += other.nothing
        self.unanswered += other.unanswered
        self.rewards.merge(other.rewards)
        self.verdicts.update(other.verdicts)
        self.failures.update(other.failures)
        self.tasks.update(other.tasks)
        self.overruns.update(other.overruns)
        for reason, rows in other.unreadable.items():
            self.unreadable[_known_reason(self.unreadable, reason)] += rows
        for reason, rows in other.causes.items():
            _count_reason(self.causes, reason, rows)
        for reason, rows in other.problems.items():
            _count_reason(self.problems, reason, rows)
        for name, task in other.by_task.items():
            if name not in self.by_task:
                self.by_task[name] = TaskSummary(rewards=Rewards(low=task.rewards.low, high=task.rewards.high))
            self.by_task[name].merge(task)
        for name, amount in other.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + amount
        self._taskless.merge(other._taskless)
        for key, (name, group) in other._open.items():
            self._merge_group(key, name, group)

    def _add_scored(self, rewards: Sequence[Reward]) -> None:
        """Count scored rewards of one task."""
        self.nothing += self._task(rewards[0]).add_scored(rewards)
        self.records += len(rewards)
        self.unanswered += sum([reward.is_unanswered for reward in rewards])
        self.verdicts[Verdict.SCORED] += len(rewards)
        self.tasks[rewards[0].task or ""] += len(rewards)
        for value, count in Counter([reward.value for reward in rewards]).items():
            self.rewards.add(value, count)
        if self.totals:
            for reward in rewards:
                self._add_totals(reward)

    def _add_unscored(self, reward: Reward) -> None:
        """Count a reward that was not scored."""
        self.records += 1
        self.unanswered += reward.is_unanswered
        self.verdicts[reward.verdict] += 1
        self.tasks[reward.task or ""] += 1
        if reward.task is None:
            self._taskless.add_unscored(reward)
        else:
            self._task(reward).add_unscored(reward)
        self._add_problems(reward)
        if self.totals:
            self._add_totals(reward)

    def _add_totals(self, reward: Reward) -> None:
        for opinion in (each for part in reward.parts for each in part.opinions):
            if opinion.score.seconds > 0.0:  # else a cache knew the score, and nothing was spent
                for name in self.totals.keys() & opinion.score.metrics.keys():
                    self.totals[name] += opinion.score.metrics[name]

    def _task(self, reward: Reward) -> TaskSummary:
        name = reward.task or ""
        task = self.by_task.get(name)
        if task is None:
            task = self.by_task[name] = TaskSummary(rewards=Rewards(low=reward.low, high=reward.high))
        return task

    def _add_problems(self, reward: Reward) -> None:
        scores = [(part.scorer, part.score) for part in reward.parts]
        reasons = [score.reason for _, score in scores if score.verdict is Verdict.INVALID_TASK]
        for reason in [reward.problem] if reward.problem else reasons:
            _count_reason(self.problems, reason)
        if reward.problem:
            self.unreadable[_known_reason(self.unreadable, reward.problem)] += 1
        for scorer, score in scores:
            if score.verdict is Verdict.FAILED:
                _count_reason(self.causes, f"{scorer}: {score.reason or score.failure}")

    def _merge_group(self, key: object, task: str, group: Group) -> None:
        """Add records of a group to the open group of their key; the oldest is closed if there are too many."""
        known = self._open.get(key)
        if known is not None:
            known[1].merge(group)
            return
        if len(self._open) >= OPEN_GROUPS_LIMIT:
            name, closed = self._open.pop(next(iter(self._open)))
            if closed.records > 1:  # one record is no group
                self.by_task[name].groups = self.by_task[name].groups.plus(closed.statistics)
        self._open[key] = (task, group)


def _known_reason(counts: Counter[str], reason: str) -> str:
    return reason if reason in counts or len(counts) < REASONS_LIMIT else OTHER_REASONS


def _count_reason(counts: Counter[str], reason: str, rows: int = 1) -> None:
    if _known_reason(counts, reason) == reason:
        counts[reason] += rows
