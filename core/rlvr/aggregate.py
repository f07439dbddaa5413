"""Station 5: scores become named metrics and one reward, with its explanation.

The order, for one record:

1. Each entry's score becomes a number: its value, changed by the entry's transforms.
   An abstained score has none, and the entry's weight goes to the others.
   A failed score or an invalid task counts what the task's ``on_error`` says.
2. ``when``: an entry whose condition is not met counts 0.0.
3. Gates: the first entry below its gate makes the reward its floor.
4. The numbers are aggregated.
5. A blank completion earns 0.0 at most, whatever the arithmetic made of it.
6. The reward is clipped to the task's range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr.config import Entry, Suite, Task
from rlvr.formula import Formula
from rlvr.record import JsonValue, Record
from rlvr.score import Score, Verdict

MetricType: TypeAlias = Literal["Reward", "Metric"]

# The metrics that every record of every task has, so that faults never pass silently for wrong answers.
FAILED, INVALID_TASK, VETOED = "rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed"

# Beside these, for suites whose circuit breaker zeroes batches: whether it did.
ALARM = "rlvr/alarm"


class Metric(msgspec.Struct, frozen=True, gc=False):
    """One named number that the platform logs; ``type`` is Reward if it counts in the reward."""

    name: str
    value: float
    type: MetricType


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one entry brought to a reward: the line of its explanation.

    Attributes:
        name: The entry's name.
        scorer: The scorer's id.
        score: What the scorer answered.
        value: The number that counted; None if the entry was left out.
        weight: Its share of a mean (0.0 to 1.0), or its weight as configured for the other ways.
        note: What changed the value on its way, such as "invert" or "0.0: accuracy is below 1".
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
        id: The record's id, unchanged.
        value: Finite, in the task's range.
        metrics: The same names in the same order for every record of a task.
        verdict: FAILED or INVALID_TASK if any entry was; ABSTAINED if none had an opinion; else SCORED.
        task: The task's name; None if no route fitted.
        parts: One per entry.
        arithmetic: How the value came about, in one line.
        problem: Why the record could not be scored at all; "" if it could.
        fingerprint: That of the suite.
    """

    id: JsonValue
    value: float
    metrics: tuple[Metric, ...]
    verdict: Verdict
    task: str | None
    parts: tuple[Part, ...]
    arithmetic: str
    problem: str = ""
    fingerprint: str = ""


def aggregate(suite: Suite, record: Record, scores: Sequence[Score]) -> Reward:
    """Make one record's reward.

    Args:
        suite: The suite that the record was routed by.
        record: The record.
        scores: One per entry of its task, in order.
    """
    if record.task is None:
        return _unrouted(suite, record)
    task = suite.tasks[record.task]
    parts = _weighted(_parts(task, scores), task)
    vetoed = _vetoed(task, parts)
    value, arithmetic = _reward_of(task, record, parts, vetoed)
    verdict = _verdict_of(scores)
    return Reward(
        id=record.id,
        value=value,
        metrics=_metrics_of(task, parts) + _shared_metrics(suite, verdict, vetoed=vetoed is not None),
        verdict=verdict,
        task=task.name,
        parts=parts,
        arithmetic=arithmetic,
        fingerprint=suite.fingerprint,
    )


def alarmed(suite: Suite, reward: Reward) -> Reward:
    """Take a reward back: the circuit breaker found that too many scorers broke for any to be learned from.

    0.0, or the end of the task's range that is nearest to it; the verdict FAILED; the metric ``rlvr/alarm`` 1.0.
    """
    return msgspec.structs.replace(
        reward,
        value=reward.value if reward.task is None else _nearest_to_zero(suite.tasks[reward.task]),
        verdict=Verdict.FAILED,
        metrics=(*reward.metrics[:-1], Metric(ALARM, 1.0, "Metric")),
        arithmetic=f"0: too many scorers broke in this batch (else {reward.arithmetic})",
    )


def _unrouted(suite: Suite, record: Record) -> Reward:
    """Answer for a record without a task: 0.0, or the end of every task's range that is nearest to it."""
    low = max((task.low for task in suite.tasks.values() if task.low > 0.0), default=0.0)
    high = min((task.high for task in suite.tasks.values() if task.high < 0.0), default=low)
    return Reward(
        id=record.id,
        value=min(low, high),
        metrics=_shared_metrics(suite, Verdict.INVALID_TASK, vetoed=False),
        verdict=Verdict.INVALID_TASK,
        task=None,
        parts=(),
        arithmetic=f"{min(low, high):g}: {record.problem}",
        problem=record.problem,
        fingerprint=suite.fingerprint,
    )


def _parts(task: Task, scores: Sequence[Score]) -> list[Part]:
    """Turn scores into numbers, in the entries' order, so that ``when`` finds those above it."""
    parts: list[Part] = []
    values: dict[str, float] = {}
    for entry, score in zip(task.entries, scores, strict=True):
        value, note = _value_of(entry, score, task)
        if value is not None and entry.when is not None and values.get(entry.when.name, 0.0) < entry.when.at_least:
            value, note = 0.0, f"0: {entry.when.name} is below {entry.when.at_least:g}"
        if value is not None:
            values[entry.name] = value
        parts.append(
            Part(
                name=entry.name,
                scorer=entry.installed.id,
                score=score,
                value=value,
                weight=entry.weight,
                note=note,
            )
        )
    return parts


def _value_of(entry: Entry, score: Score, task: Task) -> tuple[float | None, str]:
    if score.value is None:
        if score.verdict is Verdict.ABSTAINED or task.on_error == "abstain":
            return None, f"left out: {score.verdict}"
        # After the transforms, so that an inverted penalty does not pay for its own fault.
        return 0.0, f"0: {score.verdict}"
    value = score.value
    if not entry.transforms:
        return value, ""
    for _, transform in entry.transforms:
        value = transform(value)
    return value, f"{score.value:g} by " + ", ".join(words for words, _ in entry.transforms)


def _weighted(parts: Sequence[Part], task: Task) -> tuple[Part, ...]:
    """Normalise the weights of those that count, for a mean."""
    if task.aggregate != "mean":
        return tuple(parts)
    total = sum(part.weight for part in parts if part.value is not None)
    if total == 1.0 and all(part.value is not None for part in parts):
        return tuple(parts)
    return tuple(
        Part(
            name=part.name,
            scorer=part.scorer,
            score=part.score,
            value=part.value,
            weight=part.weight / total if total and part.value is not None else 0.0,
            note=part.note,
        )
        for part in parts
    )


def _vetoed(task: Task, parts: Sequence[Part]) -> tuple[float, str] | None:
    """Find the first gate that does not pass: its floor, and the words for it."""
    for entry, part in zip(task.entries, parts, strict=True):
        gate = entry.gate
        if gate is not None and part.value is not None and part.value < gate.at_least:
            return gate.floor, f"{gate.floor:g} because `{part.name}` vetoed: {part.value:g} is below {gate.at_least:g}"
    return None


def _reward_of(
    task: Task, record: Record, parts: Sequence[Part], vetoed: tuple[float, str] | None
) -> tuple[float, str]:
    if task.on_error == "floor":
        for part in parts:
            if part.score.verdict in {Verdict.FAILED, Verdict.INVALID_TASK}:
                return task.low, f"{task.low:g}: on_error is floor, and `{part.name}` {part.score.verdict}"
    if vetoed is not None:
        return vetoed
    value, arithmetic = _aggregated(task, parts)
    if not record.answered and value > 0.0:
        value, arithmetic = 0.0, f"0: the completion is blank (else {arithmetic})"
    if not math.isfinite(value):
        return _nearest_to_zero(task), f"0: {arithmetic} is not finite"
    clipped = max(task.low, min(task.high, value)) + 0.0  # + 0.0 makes a negative zero a plain one
    return clipped, arithmetic if clipped == value else f"{arithmetic}, clipped to {clipped:g}"


def _nearest_to_zero(task: Task) -> float:
    return max(task.low, min(task.high, 0.0))


def _aggregated(task: Task, parts: Sequence[Part]) -> tuple[float, str]:
    if isinstance(task.aggregate, Formula):
        return _by_formula(task, task.aggregate, parts)
    counting = [(part.value, part.weight) for part in parts if part.value is not None and part.weight > 0.0]
    if not counting:
        return 0.0, "0: no scorer had an opinion"
    values = [value for value, _ in counting]
    if task.aggregate in {"mean", "sum"}:
        total = math.fsum(value * weight for value, weight in counting)
        if task.aggregate == "mean":
            total /= math.fsum(weight for _, weight in counting)  # shares may add to 0.9999999999999999
        return total, " + ".join(f"{weight:.4g} * {value:g}" for value, weight in counting) + f" = {total:g}"
    if task.aggregate == "product":
        total, sign = math.prod(values), " * "
        return total, sign.join(f"{value:g}" for value in values) + f" = {total:g}"
    total = min(values) if task.aggregate == "min" else max(values)
    return total, f"{task.aggregate}({', '.join(f'{value:g}' for value in values)}) = {total:g}"


def _by_formula(task: Task, formula: Formula, parts: Sequence[Part]) -> tuple[float, str]:
    values: dict[str, float] = {}
    for entry, part in zip(task.entries, parts, strict=True):
        if part.name in formula.names and part.score.value is None:
            # A formula may subtract, so that no number in place of a missing one is sure not to pay.
            return 0.0, f"0: `{part.name}` {part.score.verdict}, and the formula needs it"
        values[part.name] = part.value or 0.0
        values.update((name, part.score.metrics.get(detail, 0.0)) for detail, name in entry.metrics.items())
    try:
        total = formula(values)
    except ZeroDivisionError:
        return 0.0, f"0: {formula.text} divides by 0"
    return total, f"{formula.text} = {total:g}"


def _verdict_of(scores: Sequence[Score]) -> Verdict:
    verdicts = {score.verdict for score in scores}
    for verdict in (Verdict.FAILED, Verdict.INVALID_TASK, Verdict.SCORED):
        if verdict in verdicts:
            return verdict
    return Verdict.ABSTAINED


def _metrics_of(task: Task, parts: Sequence[Part]) -> tuple[Metric, ...]:
    metrics: list[Metric] = []
    for entry, part in zip(task.entries, parts, strict=True):
        metrics.append(Metric(entry.name, _finite(part.value), _type_of(entry, task)))
        details: Mapping[str, float] = part.score.metrics
        metrics.extend(Metric(name, _finite(details.get(detail)), "Metric") for detail, name in entry.metrics.items())
    return tuple(metrics)


def _shared_metrics(suite: Suite, verdict: Verdict, *, vetoed: bool) -> tuple[Metric, ...]:
    shared = _SHARED[verdict, vetoed]
    if suite.fail_fast is not None and suite.fail_fast.action == "zero":
        return (*shared, Metric(ALARM, 0.0, "Metric"))
    return shared


_SHARED = {
    (verdict, vetoed): (
        Metric(FAILED, float(verdict is Verdict.FAILED), "Metric"),
        Metric(INVALID_TASK, float(verdict is Verdict.INVALID_TASK), "Metric"),
        Metric(VETOED, float(vetoed), "Metric"),
    )
    for verdict in Verdict
    for vetoed in (False, True)
}


def _type_of(entry: Entry, task: Task) -> MetricType:
    if isinstance(task.aggregate, Formula):
        return "Reward" if entry.name in task.aggregate.names else "Metric"
    return "Reward" if entry.weight > 0.0 else "Metric"


def _finite(value: float | None) -> float:
    return value + 0.0 if value is not None and math.isfinite(value) else 0.0
