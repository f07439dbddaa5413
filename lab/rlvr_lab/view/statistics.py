"""Statistics over all rows of a run, in memory of a few numbers for each row."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import assert_never

import msgspec

from rlvr.runs import Manifest, RunRow
from rlvr_lab.clustered import ClusteredMean, clustered_mean
from rlvr_lab.correlation import correlation, ranks
from rlvr_lab.page.columns import task_range, words_in
from rlvr_lab.page.numbers import short
from rlvr_lab.rewards import CEILING, PromptGroup, band_of, group_of

# Reasons of faults may quote values of rows.
FAULTS_LIMIT = 100
LENGTH_BINS = 8
# Fewer rows say nothing of a trend.
_LENGTH_ROWS = 16


class LengthBin(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of similar length: the fewest and the most words, and their mean reward."""

    least: int
    most: int
    reward: ClusteredMean


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a task.

    Attributes:
        name: Its name.
        scorer: Id of its scorer.
        role: Its weight; "gate" for a gate, and "metric" for an entry that no reward needs.
        rows: Number of scored rows with a value.
        mean: Mean of the values that counted; None without rows.
        with_reward: Correlation (Pearson) with the reward; None if one of the two is constant.
    """

    name: str
    scorer: str
    role: str
    rows: int
    mean: float | None
    with_reward: float | None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of row that could not be scored: where, what, an example of the reason."""

    verdict: str
    place: str
    kind: str
    reason: str


class ScorerTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The times of a scorer in seconds, over the scores that the cache did not know, and its slowest row."""

    scorer: str
    calls: int
    median: float
    ninety_ninth: float
    slowest: float
    slowest_id: object


class TaskStatistics:
    """Collects the rows of one task.

    Attributes:
        name: Name of the task; "" for rows without one.
        low: The lowest reward of the task.
        high: The highest reward of the task.
        rows: Number of rows.
        reasons: Rows by class of reason.
        verdicts: Rows by verdict.
    """

    def __init__(self, name: str, manifest: Manifest) -> None:
        facts = manifest.tasks.get(name)
        self.name = name
        self.low, self.high = task_range(manifest, name)
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self._entries = {entry.name: entry for entry in facts.entries} if facts else {}
        self._weights: dict[str, float] = {}
        # One number for each row: NaN for a reward or a component without a value, -1 for a row in no group.
        self._rewards, self._words, self._groups = array("d"), array("q"), array("q")
        self._components = {name: array("d") for name in self._entries}
        self._group_numbers: dict[str, int] = {}

    def add(self, row: RunRow) -> None:
        """Count one more row."""
        self.rows += 1
        self.reasons[row.reason_class] += 1
        self.verdicts[row.verdict.value] += 1
        self._rewards.append(row.reward if row.verdict.has_value else math.nan)
        self._words.append(words_in(row.completion))
        self._groups.append(self._group_numbers.setdefault(row.group, len(self._group_numbers)) if row.group else -1)
        values = {}
        for score in row.scores:
            if score.counted is not None:
                values[score.name] = score.counted
                self._weights.setdefault(score.name, score.weight)
        for name, column in self._components.items():
            column.append(values.get(name, math.nan))

    @property
    def rewards(self) -> list[float]:
        """The rewards of the scored rows."""
        return [each for each in self._rewards if not math.isnan(each)]

    def bands(self) -> list[int]:
        """Return the number of scored rows in each band; see ``band_of``."""
        counts = [0] * (CEILING + 1)
        for reward in self.rewards:
            counts[band_of(reward, self.low, self.high)] += 1
        return counts

    def groups(self) -> list[PromptGroup]:
        """Return the groups of two rows or more."""
        return [group_of(rewards, self.low, self.high) for rewards, _ in self._members() if len(rewards) > 1]

    def group_sizes(self) -> list[int]:
        """Return the number of rows of each group of two rows or more."""
        return [len(rewards) for rewards, _ in self._members() if len(rewards) > 1]

    def values_of(self, component: str) -> list[float]:
        """Return the values of an entry that counted, of the scored rows."""
        return [value for value, _ in _both(self._components[component], self._rewards)]

    def components(self) -> list[Component]:
        """Return the entries in the order of the suite."""
        found = []
        for name, column in self._components.items():
            pairs = list(_both(column, self._rewards))
            values = [value for value, _ in pairs]
            found.append(
                Component(
                    name=name,
                    scorer=self._entries[name].scorer,
                    role=self._role(name),
                    rows=len(pairs),
                    mean=math.fsum(values) / len(values) if values else None,
                    with_reward=correlation(pairs),
                )
            )
        return found

    def _role(self, name: str) -> str:
        entry, weight = self._entries[name], self._weights.get(name, 0.0)
        if entry.is_gate:
            return "gate" if weight == 0.0 else f"{short(weight)}, gate"
        match entry.metric_type:
            case "Reward":
                return short(weight)
            case "Metric":
                return "metric"
            case _:
                assert_never(entry.metric_type)

    def component_correlations(self) -> list[tuple[str, str, float]]:
        """Return the correlation (Pearson) of each two entries, where neither is constant."""
        pairs = (
            (first, second, correlation(list(_both(self._components[first], self._components[second]))))
            for first, second in combinations(self._components, 2)
        )
        return [(first, second, found) for first, second, found in pairs if found is not None]

    def length_bins(self) -> list[LengthBin]:
        """Return the scored rows by length, in bins of about equally many rows; none for few rows."""
        rows = sorted(
            (words, reward, group if group >= 0 else -1 - place)
            for place, (words, reward, group) in enumerate(zip(self._words, self._rewards, self._groups, strict=True))
            if not math.isnan(reward)
        )
        if len(rows) < _LENGTH_ROWS:
            return []
        bins: list[list[tuple[int, float, int]]] = [[]]
        for row in rows:
            full = len(bins[-1]) >= len(rows) / LENGTH_BINS
            if full and bins[-1][-1][0] != row[0]:  # rows of one length stay together
                bins.append([])
            bins[-1].append(row)
        return [
            LengthBin(
                least=members[0][0],
                most=members[-1][0],
                reward=clustered_mean((group, reward) for _, reward, group in members),
            )
            for members in bins
        ]

    def length_correlation(self, component: str = "", *, within_groups: bool = True) -> float | None:
        """Return the rank correlation of length and reward within groups; None if it is not defined.

        A correlation over all rows would mix hard prompts with long answers.

        Args:
            component: An entry, whose values count in place of the rewards.
            within_groups: False for the correlation over all rows, where the data have no groups.
        """
        column = self._components[component] if component else self._rewards
        pairs: list[tuple[float, float]] = []
        for values, words in self._members(column) if within_groups else [_known(column, self._words)]:
            scored = [(word, value) for word, value in zip(words, values, strict=True) if value is not None]
            if len(scored) > 1:
                middle = (len(scored) - 1) / 2
                columns = zip(*scored, strict=True)
                first, second = ([rank - middle for rank in ranks(side)] for side in columns)
                pairs.extend(zip(first, second, strict=True))
        return correlation(pairs)

    def _members(self, column: Sequence[float] | None = None) -> Iterator[tuple[list[float | None], list[int]]]:
        """Yield for each group its rewards, None for a row that was not scored, and its lengths in words.

        Args:
            column: The values in place of the rewards.
        """
        members: dict[int, tuple[list[float | None], list[int]]] = {}
        for value, words, group in zip(column or self._rewards, self._words, self._groups, strict=True):
            if group >= 0:
                values, lengths = members.setdefault(group, ([], []))
                values.append(None if math.isnan(value) else value)
                lengths.append(words)
        yield from members.values()


class RunStatistics:
    """Collects all rows of a run.

    Attributes:
        rows: Number of rows.
        tasks: The tasks by name, in the order of the suite; those without rows are absent.
        verdicts: Rows by verdict.
        faults: Rows that could not be scored, by kind; the first hundred kinds.
        alarms: Rows to which the circuit breaker gave their reward.
    """

    def __init__(self, manifest: Manifest, *, with_text: bool = True) -> None:
        """Start without rows; ``with_text`` keeps an example of the reasons of faults."""
        self._manifest = manifest
        self._with_text = with_text
        self._tasks: dict[str, TaskStatistics] = {}
        self._times: dict[str, array[float]] = {}
        self._slowest: dict[str, tuple[float, object]] = {}
        self.rows = 0
        self.verdicts: Counter[str] = Counter()
        self._faults: dict[tuple[str, str, str], str] = {}
        self._fault_rows: Counter[tuple[str, str, str]] = Counter()
        self.alarms = 0

    def add(self, row: RunRow) -> None:
        """Count one more row."""
        self.rows += 1
        self.verdicts[row.verdict.value] += 1
        self.alarms += row.metrics.get("rlvr/alarm", 0.0) > 0.0
        name = row.task or ""
        if name not in self._tasks:
            self._tasks[name] = TaskStatistics(name, self._manifest)
        self._tasks[name].add(row)
        self._add_faults(row)
        self._add_times(row)

    @property
    def tasks(self) -> Mapping[str, TaskStatistics]:
        """The tasks of the rows by name, in the order of the suite."""
        order = [name for name in self._manifest.tasks if name in self._tasks]
        return {name: self._tasks[name] for name in [*order, *(each for each in self._tasks if each not in order)]}

    @property
    def faults(self) -> list[tuple[Fault, int]]:
        """The kinds of faults, the most frequent first."""
        return [
            (Fault(verdict=key[0], place=key[1], kind=key[2], reason=self._faults[key]), count)
            for key, count in self._fault_rows.most_common()
        ]

    @property
    def times(self) -> list[ScorerTimes]:
        """The times of each scorer, the one that took most time in all first."""
        by_total = sorted(self._times.items(), key=lambda item: -math.fsum(item[1]))
        return [self._scorer_times(scorer, sorted(seconds)) for scorer, seconds in by_total]

    def _scorer_times(self, scorer: str, seconds: Sequence[float]) -> ScorerTimes:
        return ScorerTimes(
            scorer=scorer,
            calls=len(seconds),
            median=seconds[(len(seconds) - 1) // 2],
            ninety_ninth=seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)],
            slowest=seconds[-1],
            slowest_id=self._slowest[scorer][1],
        )

    def _add_faults(self, row: RunRow) -> None:
        if row.problem:
            self._add_fault((row.verdict.value, "", row.reason_class), row.problem)
            return
        for score in row.scores:
            if score.verdict.is_fault:
                place = f"{row.task} / {score.name}"
                self._add_fault((score.verdict.value, place, score.failure or score.reason_class), score.reason)

    def _add_fault(self, key: tuple[str, str, str], reason: str) -> None:
        if key not in self._faults and len(self._faults) >= FAULTS_LIMIT:
            key = (key[0], "", "other")
        self._faults.setdefault(key, reason if self._with_text else "")
        self._fault_rows[key] += 1

    def _add_times(self, row: RunRow) -> None:
        facts = self._manifest.tasks.get(row.task or "")
        scorers = {entry.name: entry.scorer for entry in facts.entries} if facts else {}
        for score in row.scores:
            scorer = score.scorer or scorers.get(score.name, score.name)
            if score.is_known or score.seconds <= 0.0:
                continue  # the cache answered, or the scorer was not asked
            self._times.setdefault(scorer, array("d")).append(score.seconds)
            if score.seconds > self._slowest.get(scorer, (0.0, None))[0]:
                self._slowest[scorer] = (score.seconds, row.id)


def _known(column: Iterable[float], words: Iterable[int]) -> tuple[list[float | None], list[int]]:
    """Return the values of all rows, None for a row without one, and their lengths in words."""
    return [None if math.isnan(value) else value for value in column], list(words)


def _both(first: Iterable[float], second: Iterable[float]) -> Iterator[tuple[float, float]]:
    """Yield the pairs of two columns where both have a value."""
    for x, y in zip(first, second, strict=True):
        if not (math.isnan(x) or math.isnan(y)):
            yield x, y
