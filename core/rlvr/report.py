"""Station 6: the batch: rewards in the order of the records, and statistics over them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rlvr.aggregate import Part, Reward
from rlvr.distributions import how_to_install
from rlvr.record import Reading, Record
from rlvr.record.text import encodable_text
from rlvr.scores import Verdict

# Rewards, and characters of a reason, in the table of a notebook.
SHOWN_REWARDS = 20
SHOWN_CHARACTERS = 200

# Rewards that differ by less count as equal: a rounding error is not a signal.
SAME_REWARD = 1e-6


class GroupStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of prompt groups (GRPO) of at least two records: how many have zero reward variance.

    Attributes:
        groups: Number of groups of two records or more.
        records: Number of records in them.
        not_scored: Groups with a record that was not scored; the other statistics leave them out.
        zero_variance_groups: Groups whose rewards are all equal, so that the advantage of each record is zero.
        all_nothing: Zero-variance groups whose rewards are all "nothing"; see ``Reward.earns_nothing``.
        all_full: Zero-variance groups whose records have the highest reward of their task.
        spread_sum: Sum of the standard deviations (of the population) of the groups.
    """

    groups: int = 0
    records: int = 0
    not_scored: int = 0
    zero_variance_groups: int = 0
    all_nothing: int = 0
    all_full: int = 0
    spread_sum: float = 0.0

    @property
    def scored(self) -> int:
        """Number of groups whose records were all scored."""
        return self.groups - self.not_scored

    @property
    def zero_variance_share(self) -> float:
        """Share of scored groups with zero variance; 0.0 if there are no groups."""
        return self.zero_variance_groups / self.scored if self.scored else 0.0

    @property
    def mean_spread(self) -> float:
        """Mean standard deviation within a scored group; 0.0 if there are no groups."""
        return self.spread_sum / self.scored if self.scored else 0.0

    def plus(self, other: GroupStatistics) -> GroupStatistics:
        """Add the statistics of other groups; a group that both contain counts twice."""
        return GroupStatistics(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Group(msgspec.Struct):
    """The sums of one prompt group, to which rewards are added one by one."""

    records: int = 0
    is_scored: bool = True
    low: float = math.inf
    high: float = -math.inf
    shift: float = 0.0
    total: float = 0.0
    total_squared: float = 0.0
    nothing: int = 0
    full: int = 0

    def add(self, reward: Reward) -> None:
        """Count one more reward."""
        if not self.records:
            self.shift = reward.value  # sums of differences from it lose no digits
        self.records += 1
        self.is_scored &= reward.verdict is Verdict.SCORED
        self.low = min(self.low, reward.value)
        self.high = max(self.high, reward.value)
        self.total += reward.value - self.shift
        self.total_squared += (reward.value - self.shift) ** 2
        self.nothing += reward.earns_nothing
        self.full += reward.earns_all

    def merge(self, other: Group) -> None:
        """Add the records of another part of the group."""
        if not self.records:
            self.shift = other.shift
        total, squared = shifted_sums(other.total, other.total_squared, other.records, other.shift - self.shift)
        self.total += total
        self.total_squared += squared
        self.records += other.records
        self.is_scored &= other.is_scored
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.nothing += other.nothing
        self.full += other.full

    @property
    def statistics(self) -> GroupStatistics:
        """The statistics of this group alone."""
        if self.records < 2:  # noqa: PLR2004  # one record has no other to differ from
            return GroupStatistics()
        if not self.is_scored:
            return GroupStatistics(groups=1, records=self.records, not_scored=1)
        is_same = self.high - self.low < SAME_REWARD
        variance = self.total_squared / self.records - (self.total / self.records) ** 2
        return GroupStatistics(
            groups=1,
            records=self.records,
            zero_variance_groups=is_same,
            all_nothing=is_same and self.nothing == self.records,
            all_full=is_same and self.full == self.records,
            spread_sum=math.sqrt(max(0.0, variance)),
        )


def shifted_sums(total: float, squared: float, count: int, step: float) -> tuple[float, float]:
    """Return the sum and the sum of squares of ``count`` differences, each larger by ``step``."""
    return total + step * count, squared + step * (2 * total + step * count)


def columns_of(reward: Reward) -> dict[str, Any]:
    """Return a reward as JSON values, by the names that files of rewards and run folders use for them."""
    return {
        "id": reward.id,
        "reward": reward.value,
        "verdict": reward.verdict.value,
        "task": reward.task,
        "metrics": {metric.name: metric.value for metric in reward.metrics},
        "reason": reward.reason,
        "reason_class": reward.reason_class,
        "reasons": {part.name: part.score.reason for part in reward.parts},
        "reason_classes": {part.name: part.reason_class for part in reward.parts},
        "arithmetic": reward.arithmetic,
        "problem": reward.problem,
        "fingerprint": reward.fingerprint,
    }


def explanation_of(reading: Reading, record: Record, reward: Reward) -> dict[str, Any]:
    """Return how a record got its reward, as JSON values: what ``rlvr explain --json`` prints.

    Args:
        reading: What was read from its row, and from where.
        record: The record, routed to its task.
        reward: Its reward.
    """
    return {
        "id": reward.id,
        "task": reward.task,
        "format": reading.format,
        "completion_at": reading.completion_at,
        "completions": len(reading.answers),
        "prompt_at": reading.prompt_at,
        "reference": record.reference,
        "reference_at": record.reference_at,
        "final": record.final,
        "reward": reward.value,
        "verdict": reward.verdict,
        "reason_class": reward.reason_class,
        "arithmetic": reward.arithmetic,
        "parts": [_part_as_json(part) for part in reward.parts],
        "metrics": {metric.name: metric.value for metric in reward.metrics},
        "fingerprint": reward.fingerprint,
    }


def _part_as_json(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "scorer": part.scorer,
        "verdict": part.score.verdict,
        "value": part.score.value,
        "counted": part.value,
        "weight": part.weight,
        "note": part.note,
        "reason": part.score.reason,
        "reason_class": part.reason_class,
        "evidence": dict(part.score.evidence),
        "failure": part.score.failure,
        "seconds": part.score.seconds,
        "opinions": [
            {
                "scorer": each.scorer,
                "counts": each.counts,
                "verdict": each.score.verdict,
                "value": each.score.value,
                "reason": each.score.reason,
                "evidence": dict(each.score.evidence),
            }
            for each in part.opinions
        ],
    }


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A scored batch.

    Attributes:
        rewards: One per record, in order.
        fingerprint: Fingerprint of the suite; rewards of different fingerprints must not be mixed.
        seconds: Wall time of the whole batch.
        groups: For each record the number of its group: the records of one task and one prompt.
        cache_asked: Number of scores that may come from the cache or from an equal record of the batch.
        cache_known: Number of scores that did come from there.
        known_scores: For each of them, the number of the record and the number of the part of its reward.
        overruns: By scorer id: calls of a scorer declared bounded that took longer than their budget in this process.
    """

    rewards: tuple[Reward, ...]
    fingerprint: str
    seconds: float
    groups: tuple[int, ...] = ()
    cache_asked: int = 0
    cache_known: int = 0
    known_scores: frozenset[tuple[int, int]] = frozenset()
    overruns: Mapping[str, int] = {}

    def __repr__(self) -> str:
        """Return a line: the rewards are in ``rewards``, and as dicts in ``to_dicts()``."""
        return f"<Report: {self._headline()}>"

    def _repr_html_(self) -> str:
        """Return a table for notebooks: the first rewards, with their reasons."""
        from html import escape

        names = ("id", "reward", "verdict", "task", "reason_class", "reason")
        shown = [columns_of(reward) for reward in self.rewards[:SHOWN_REWARDS]]
        lines = [f"<p>{escape(self._headline())}</p>"]
        lines.append("<table><tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>")
        for row in shown:
            cells = (f"{row[name]:g}" if name == "reward" else str(row[name])[:SHOWN_CHARACTERS] for name in names)
            lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
        more = len(self.rewards) - len(shown)
        return "\n".join([*lines, "</table>", *([f"<p>and {more} more</p>"] if more else [])])

    def _headline(self) -> str:
        mean = self.mean
        counts = {verdict: count for verdict, count in self.verdicts.items() if count}
        words = [f"{len(self.rewards)} rewards"]
        if mean is not None:
            words.append(f"mean {mean:.4g} of {counts[Verdict.SCORED]} scored")
        words.extend(f"{count} {verdict}" for verdict, count in counts.items() if verdict is not Verdict.SCORED)
        return ", ".join([*words, f"fingerprint {self.fingerprint}"])

    @property
    def mean(self) -> float | None:
        """Mean reward of the rows with the verdict ``scored``; None if there are none.

        What a trainer receives for the other rows is the ``on_error`` of their task.
        """
        values = [reward.value for reward in self.rewards if reward.verdict is Verdict.SCORED]
        return math.fsum(values) / len(values) if values else None

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each reward as JSON values, by the names of the columns of ``rlvr score -o``."""
        return [columns_of(reward) for reward in self.rewards]

    def _columns(self) -> dict[str, list[Any]]:
        """Return a column for each name of :meth:`to_dicts`; of a mapping, a column ``NAME.key`` for each key."""
        rows = [_flat(row) for row in self.to_dicts()]
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}

    def to_arrow(self) -> Any:
        """Return a ``pyarrow.Table`` with a column for each metric, reason and class; ids are text.

        Raises:
            ImportError: pyarrow is not installed; the message says how to install it.
        """
        return _import("pyarrow", "rlvr[tables]").table(self._columns())

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame`` with the columns of :meth:`to_arrow`.

        Raises:
            ImportError: pandas is not installed; the message says how to install it.
        """
        return _import("pandas", "pandas").DataFrame(self._columns())

    def to_polars(self) -> Any:
        """Return a ``polars.DataFrame`` with the columns of :meth:`to_arrow`.

        Raises:
            ImportError: polars is not installed; the message says how to install it.
        """
        return _import("polars", "polars").DataFrame(self._columns(), infer_schema_length=None)

    @property
    def group_statistics(self) -> GroupStatistics:
        """Statistics of the prompt groups of the batch."""
        groups: dict[int, Group] = {}
        for number, reward in zip(self.groups, self.rewards, strict=False):
            groups.setdefault(number, Group()).add(reward)
        return sum_of_groups(groups.values())

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


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose mappings are columns; ids of several types have one as texts."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat.update((f"{name}.{key}", each) for key, each in value.items())
        else:
            flat[name] = str(value) if name == "id" else value
    return {name: encodable_text(value, "?") if isinstance(value, str) else value for name, value in flat.items()}


def _import(module: str, requirement: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"this needs {module}; run {how_to_install(requirement)}") from error


def sum_of_groups(groups: Iterable[Group]) -> GroupStatistics:
    """Return the statistics of several groups; most data without groups have as many groups of one as rows."""
    total = GroupStatistics()
    for group in groups:
        if group.records > 1:
            total = total.plus(group.statistics)
    return total
