"""Station 5: scores become named metrics and one reward, with its explanation.

The order, for one record:

1. The score of each entry becomes a number: its value, changed by the transforms of the entry.
   An abstained score has no value, and the weight of its entry goes to the others.
   A failed score or an invalid task counts as the task's ``on_error`` says.
   Of a penalty (an entry of negative weight), a fault and a blank completion count as the full penalty.
2. ``when``: an entry whose condition is not met counts 0.0.
3. Gates: the first entry below its gate, or without a value, makes the reward the floor of that gate.
4. The numbers are aggregated.
5. A blank completion gets 0.0 at most, whatever the arithmetic.
6. The reward is clipped to the range of the task.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never

import msgspec

from rlvr.config import Entry, Gate, Suite, Task, When
from rlvr.config.format import weight_use
from rlvr.config.suite import FAILED, INVALID_TASK, VETOED, nothing_in
from rlvr.formula import Formula
from rlvr.metrics import Metric, MetricType, lay_out_metrics
from rlvr.record import JsonValue, Record
from rlvr.score import Score, Verdict

__all__ = ["FAILED", "INVALID_TASK", "VETOED", "Metric", "Part", "Reward", "aggregate", "nearest_to_zero"]


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The contribution of one entry to a reward: one line of its explanation.

    Attributes:
        name: Name of the entry.
        scorer: Id of the scorer.
        score: The answer of the scorer.
        value: The number that counted; None if the entry was left out.
        weight: Its share of a mean (0.0 to 1.0); for other methods the weight of the suite file.
        note: The reason why ``value`` differs from the score, such as "invert" or "0: accuracy is below 1".
    """

    name: str
    scorer: str
    score: Score
    value: float | None
    weight: float
    note: str = ""


class Reward(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The aggregate for one record.

    Attributes:
        id: The id of the record, unchanged.
        value: Finite, between ``low`` and ``high``.
        metrics: The same names in the same order for every record of a suite: its ``metric_names``.
        verdict: FAILED or INVALID_TASK if any entry was; ABSTAINED if no scorer had an opinion; else SCORED.
        task: Name of the task; None if no route fitted.
        parts: One per entry.
        arithmetic: The computation of the value, in one line.
        low: The lowest reward of the task.
        high: The highest reward of the task.
        problem: Why the record could not be scored at all; "" if it could.
        is_unanswered: Whether the row is a question without an answer; see ``Record``.
        fingerprint: Fingerprint of the suite.
    """

    id: JsonValue
    value: float
    metrics: tuple[Metric, ...]
    verdict: Verdict
    task: str | None
    parts: tuple[Part, ...]
    arithmetic: str
    low: float
    high: float
    problem: str = ""
    is_unanswered: bool = False
    fingerprint: str = ""

    @property
    def earns_nothing(self) -> bool:
        """True if the value counts as nothing in the range of the task; see ``rlvr.config.suite.nothing_in``."""
        return self.value <= nothing_in(self.low, self.high)

    @property
    def earns_all(self) -> bool:
        """True if the value is the highest of the range; False for a record without a task."""
        return self.task is not None and self.value >= self.high


_Answer: TypeAlias = tuple[Entry, Score, float | None, str]
_Counted: TypeAlias = Sequence[tuple[Entry, Part]]


def aggregate(suite: Suite, record: Record, scores: Sequence[Score]) -> Reward:
    """Make the reward of one record.

    Args:
        suite: The suite that routed the record.
        record: The record.
        scores: One per entry of its task, in order.
    """
    if record.task is None:
        return _reward_without_task(suite, record)
    task = suite.tasks[record.task]
    counted = _parts(task, record, scores)
    vetoed = _find_veto(counted)
    value, arithmetic = _reward_of(task, record, counted, vetoed)
    verdict = _verdict_of(scores)
    return Reward(
        id=record.id,
        value=value,
        metrics=lay_out_metrics(suite, task, _metrics_of(task, record, counted), verdict, vetoed=vetoed is not None),
        verdict=verdict,
        task=task.name,
        parts=tuple([part for _, part in counted]),
        arithmetic=arithmetic,
        problem=record.problem,
        is_unanswered=record.is_unanswered,
        fingerprint=suite.fingerprint,
        low=task.low,
        high=task.high,
    )


def nearest_to_zero(low: float, high: float) -> float:
    """Return the reward of a range that is closest to 0.0."""
    return max(low, min(high, 0.0))


def _reward_without_task(suite: Suite, record: Record) -> Reward:
    """Answer for a record without a task: the value closest to 0.0 that lies in the range of every task."""
    low = max((task.low for task in suite.tasks.values() if task.low > 0.0), default=0.0)
    high = min((task.high for task in suite.tasks.values() if task.high < 0.0), default=low)
    value = min(low, high)
    return Reward(
        id=record.id,
        value=value,
        metrics=lay_out_metrics(suite, None, (), Verdict.INVALID_TASK, vetoed=False),
        verdict=Verdict.INVALID_TASK,
        task=None,
        parts=(),
        arithmetic=f"{value:g}: {record.problem}",
        problem=record.problem,
        fingerprint=suite.fingerprint,
        low=value,
        high=value,
    )


def _parts(task: Task, record: Record, scores: Sequence[Score]) -> _Counted:
    """Make the part of each entry; if weights are shares, those of the parts that count add to 1."""
    answers = _answers_of(task, record, scores)
    shares = _total_weight(task, answers)
    return [
        (
            entry,
            Part(
                name=entry.name,
                scorer=entry.installed.id,
                score=score,
                value=value,
                weight=entry.weight
                if shares is None
                else entry.weight / shares
                if shares and value is not None
                else 0.0,
                note=note,
            ),
        )
        for entry, score, value, note in answers
    ]


def _share(entry: Entry, value: float | None, total: float) -> float:
    return entry.weight / total if total and value is not None else 0.0


def _total_weight(task: Task, answers: Sequence[_Answer]) -> float | None:
    """Return the sum of the weights of the parts that count, of which each weight is a share; None if it is none."""
    use = "ignored" if isinstance(task.aggregate, Formula) else weight_use(task.aggregate)
    match use:
        case "shares":
            return sum([entry.weight for entry, _, value, _ in answers if value is not None])
        case "factors" | "ignored":
            return None
        case _:
            assert_never(use)


def _answers_of(task: Task, record: Record, scores: Sequence[Score]) -> list[_Answer]:
    """Turn scores into values with notes, in the order of the entries, so that ``when`` finds the entries above it."""
    answers: list[_Answer] = []
    values: dict[str, float] = {}
    for entry, score in zip(task.entries, scores, strict=True):
        value, note = _value_of(entry, record, score, task)
        if value is not None and entry.when is not None and not _is_met(entry, entry.when, values):
            value, note = 0.0, f"0: {entry.when.name} is below {entry.when.at_least:g}"
        # What waits for an entry without a value has none for the entries below either, so that no chain of conditions
        # makes it pay to break a scorer.
        is_known = entry.when is None or entry.when.name in values
        if value is not None and score.value is not None and is_known:
            values[entry.name] = value
        answers.append((entry, score, value, note))
    return answers


def _is_met(entry: Entry, when: When, values: Mapping[str, float]) -> bool:
    """Return whether the condition of an entry is met; one without a value is met for penalties only."""
    absent = math.inf if entry.is_penalty else 0.0
    return values.get(when.name, absent) >= when.at_least


def _value_of(entry: Entry, record: Record, score: Score, task: Task) -> tuple[float | None, str]:
    if score.value is None:
        return _absent_value(entry, score.verdict, task)
    if entry.is_penalty and record.is_blank:
        return entry.fault_value, f"{entry.fault_value:g}: the full penalty, since the completion is blank"
    value = score.value
    if not entry.transforms:
        return value, ""
    for _, transform in entry.transforms:
        value = transform(value)
    return value, f"{score.value:g} by " + ", ".join(words for words, _ in entry.transforms)


def _absent_value(entry: Entry, verdict: Verdict, task: Task) -> tuple[float | None, str]:
    """Return the number that counts for a score without a value.

    The transforms do not change it: a fault of an inverted penalty must not give a reward.
    """
    if not verdict.is_fault:
        return None, f"left out: {verdict}"
    if entry.is_penalty:
        return entry.fault_value, f"{entry.fault_value:g}: the full penalty, since the score is {verdict}"
    match task.on_error:
        case "abstain":
            return None, f"left out: {verdict}"
        case "zero" | "floor" | "raise":
            return entry.fault_value, f"{entry.fault_value:g}: {verdict}"
        case _:
            assert_never(task.on_error)


def _find_veto(counted: _Counted) -> tuple[float, str] | None:
    """Find the first gate that does not pass: its floor, and the words for it."""
    for entry, part in counted:
        gate = entry.gate
        if gate is None:
            continue
        if part.value is None:
            # Else a completion that breaks the scorer of a gate would pass the gate.
            if _is_absence_veto(gate):
                return (
                    gate.floor,
                    f"{gate.floor:g} because `{part.name}` vetoed: it has no value ({part.score.verdict})",
                )
        elif part.value < gate.at_least:
            return gate.floor, f"{gate.floor:g} because `{part.name}` vetoed: {part.value:g} is below {gate.at_least:g}"
    return None


def _is_absence_veto(gate: Gate) -> bool:
    match gate.absent:
        case "veto":
            return True
        case "pass":
            return False
        case _:
            assert_never(gate.absent)


def _reward_of(task: Task, record: Record, counted: _Counted, vetoed: tuple[float, str] | None) -> tuple[float, str]:
    floored = _floor_reason(task, counted)
    if floored is not None:
        return task.low, floored
    if vetoed is not None:
        return vetoed
    value, arithmetic = _aggregate_values(task, counted)
    if record.is_blank and value > 0.0:
        value, arithmetic = 0.0, f"0: the completion is blank (else {arithmetic})"
    if not math.isfinite(value):
        return nearest_to_zero(task.low, task.high), f"0: {arithmetic} is not finite"
    clipped = max(task.low, min(task.high, value)) + 0.0  # + 0.0 makes a negative zero a plain one
    return clipped, arithmetic if clipped == value else f"{arithmetic}, clipped to {clipped:g}"


def _floor_reason(task: Task, counted: _Counted) -> str | None:
    """Return why a fault makes the reward the low end of the range; None if it does not."""
    match task.on_error:
        case "floor":
            for _, part in counted:
                if part.score.verdict.is_fault:
                    return f"{task.low:g}: on_error is floor, and `{part.name}` {part.score.verdict}"
            return None
        case "zero" | "abstain" | "raise":
            return None
        case _:
            assert_never(task.on_error)


def _aggregate_values(task: Task, counted: _Counted) -> tuple[float, str]:
    method = task.aggregate
    if isinstance(method, Formula):
        return _by_formula(method, counted)
    counting = [(part.value, part.weight) for _, part in counted if part.value is not None and part.weight != 0.0]
    if not counting:
        return 0.0, "0: no scorer had an opinion"
    values = [value for value, _ in counting]
    match method:
        case "mean":  # shares may add to 0.9999999999999999
            total = _weighted_sum(counting) / math.fsum([weight for _, weight in counting])
            return total, f"{_sum_text(counting)} = {total:g}"
        case "sum":
            total = _weighted_sum(counting)
            return total, f"{_sum_text(counting)} = {total:g}"
        case "product":
            total = math.prod(values)
            return total, " * ".join(f"{value:g}" for value in values) + f" = {total:g}"
        case "min":
            total = min(values)
        case "max":
            total = max(values)
        case "median":
            total = _median(values)
        case _:
            assert_never(method)
    return total, f"{method}({', '.join(f'{value:g}' for value in values)}) = {total:g}"


def _weighted_sum(counting: Sequence[tuple[float, float]]) -> float:
    return math.fsum([value * weight for value, weight in counting])


def _sum_text(counting: Sequence[tuple[float, float]]) -> str:
    terms = [f"{'-' if weight < 0.0 else '+'} {abs(weight):.4g} * {value:g}" for value, weight in counting]
    return " ".join(terms).removeprefix("+ ")


def _median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two middle ones; `statistics` takes 10 ms to import."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else math.fsum(ordered[half - 1 : half + 1]) / 2


def _by_formula(formula: Formula, counted: _Counted) -> tuple[float, str]:
    values: dict[str, float] = {}
    for entry, part in counted:
        if part.name in formula.names and part.score.value is None:
            # A formula may subtract, so no number in place of the missing one is certain not to raise the reward.
            return 0.0, f"0: `{part.name}` {part.score.verdict}, and the formula needs it"
        values[part.name] = part.value or 0.0
        values.update((name, part.score.metrics.get(detail, 0.0)) for detail, name in entry.metrics.items())
    try:
        total = formula(values)
    except ZeroDivisionError:
        return 0.0, f"0: {formula.text} divides by 0"
    return total, f"{formula.text} = {total:g}"


def _verdict_of(scores: Sequence[Score]) -> Verdict:
    """Return the verdict that says most of a record: a fault before a value, a value before no opinion."""
    return min([score.verdict for score in scores], key=_RANKS.__getitem__)


def _rank(verdict: Verdict) -> int:
    match verdict:
        case Verdict.FAILED:
            return 0
        case Verdict.INVALID_TASK:
            return 1
        case Verdict.SCORED:
            return 2
        case Verdict.ABSTAINED:
            return 3
        case _:
            assert_never(verdict)


_RANKS = {verdict: _rank(verdict) for verdict in Verdict}


def _metrics_of(task: Task, record: Record, counted: _Counted) -> tuple[Metric, ...]:
    is_read = not record.problem
    metrics: list[Metric] = []
    for entry, part in counted:
        metrics.append(Metric(entry.name, _finite(part.value), _type_of(entry, task), is_read))
        details: Mapping[str, float] = part.score.metrics
        metrics.extend(
            Metric(name, _finite(details.get(detail)), "Metric", is_read) for detail, name in entry.metrics.items()
        )
    return tuple(metrics)


def _type_of(entry: Entry, task: Task) -> MetricType:
    if isinstance(task.aggregate, Formula):
        return "Reward" if entry.name in task.aggregate.names else "Metric"
    return "Reward" if entry.weight != 0.0 else "Metric"


def _finite(value: float | None) -> float:
    return value + 0.0 if value is not None and math.isfinite(value) else 0.0
