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
from rlvr.metrics import Metric, lay_out_metrics
from rlvr.record import JsonValue, Record
from rlvr.scores import Opinion, ReasonClass, Score, Verdict, class_of

__all__ = ["FAILED", "INVALID_TASK", "VETOED", "Metric", "Part", "Reward", "aggregate", "nearest_to_zero", "nothing_in"]


# The outcomes of so many combinations of values are kept for each suite; most scorers have two values.
OUTCOMES_LIMIT = 4_096


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The contribution of one entry to a reward: one line of its explanation.

    Attributes:
        name: Name of the entry.
        scorer: Id of the scorer that gave the score: that of the entry, or its second scorer.
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

    @property
    def reason_class(self) -> str:
        """The class of the reason, without numbers; see ``rlvr.scores.class_of``."""
        return class_of(self.score)

    @property
    def loss(self) -> float:
        """How much the part takes from the highest reward that its weight allows; 0.0 if it does not count."""
        if self.value is None:
            return 0.0
        return self.weight * (1.0 - self.value) if self.weight >= 0.0 else -self.weight * self.value

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        """The scores of all scorers that were asked: two if the first one left the record to the second."""
        return self.score.opinions or (Opinion(scorer=self.scorer, score=self.score, counts=True),)


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
        vetoed_by: The name of the entry whose gate made the reward; "" if none did.
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
    vetoed_by: str = ""

    def __repr__(self) -> str:
        """Return a line: the parts and metrics are in ``parts`` and ``metrics``."""
        return f"<Reward {self.value:g} of {self.id!r}, {self.verdict}, {self.reason_class}>"

    @property
    def deciding_part(self) -> Part | None:
        """The part that decided: the first with the fault, else the gate, else the part that takes most; None if none.

        For the highest reward it is the first part that counts.
        """
        if len(self.parts) == 1:
            return self.parts[0]
        if self.verdict.is_fault:
            return next((part for part in self.parts if part.score.verdict is self.verdict), None)
        if self.vetoed_by:
            return next((part for part in self.parts if part.name == self.vetoed_by), None)
        counting = [part for part in self.parts if part.value is not None and part.weight != 0.0]
        return max(counting or self.parts, key=lambda part: part.loss, default=None)

    @property
    def reason(self) -> str:
        """The reason of the deciding part, or why the record could not be scored at all."""
        part = self.deciding_part
        return self.problem or ("" if part is None else part.score.reason)

    @property
    def reason_class(self) -> str:
        """The class of the reason of the deciding part; ``invalid_row`` if the record could not be scored at all."""
        part = self.deciding_part
        if self.problem or part is None:
            return ReasonClass.INVALID_ROW.value if self.problem else self.verdict.value
        return part.reason_class

    @property
    def earns_nothing(self) -> bool:
        """True if the value counts as nothing in the range of the task; see ``rlvr.config.suite.nothing_in``."""
        return self.value <= nothing_in(self.low, self.high)

    @property
    def earns_all(self) -> bool:
        """True if the value is the highest of the range; False for a record without a task."""
        return self.task is not None and self.value >= self.high


_Answer: TypeAlias = tuple[float | None, str]
_Counted: TypeAlias = Sequence[tuple[Entry, Part]]
_Veto: TypeAlias = tuple[float, str, str]


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
    outcome = _outcome_of(suite, task, record, scores)
    parts = tuple(
        [
            Part(
                name=entry.name,
                scorer=_deciding_scorer(entry, score) if score.opinions else entry.installed.id,
                score=score,
                value=value,
                weight=weight,
                note=note,
            )
            for entry, score, (value, weight, note) in zip(task.entries, scores, outcome.counted, strict=True)
        ]
    )
    own = _metrics_of(task, record, parts)
    return Reward(
        id=record.id,
        value=outcome.value,
        metrics=lay_out_metrics(suite, task, own, outcome.verdict, vetoed=outcome.vetoed_by is not None),
        verdict=outcome.verdict,
        task=task.name,
        parts=parts,
        arithmetic=outcome.arithmetic,
        problem=record.problem,
        is_unanswered=record.is_unanswered,
        fingerprint=suite.fingerprint,
        low=task.low,
        high=task.high,
        vetoed_by=outcome.vetoed_by or "",
    )


def unclipped_reward(task: Task, record: Record, scores: Sequence[Score]) -> float | None:
    """Return what the aggregation gives before the range of the task clips it; None if a gate vetoes."""
    counted = _parts(task, record, scores)
    return None if _find_veto(counted) is not None else _aggregate_values(task, counted)[0]


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


class _Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The reward that the values and the verdicts of some scores make.

    Attributes:
        counted: For each entry the value that counts, its weight, and the note; see :class:`Part`.
        value: The reward.
        arithmetic: Its computation.
        verdict: The verdict of the record.
        vetoed_by: The name of the entry whose gate made the reward; None if none did.
    """

    counted: tuple[tuple[float | None, float, str], ...]
    value: float
    arithmetic: str
    verdict: Verdict
    vetoed_by: str | None


def _outcome_of(suite: Suite, task: Task, record: Record, scores: Sequence[Score]) -> _Outcome:
    """Return the outcome of some scores; most records have the values of an earlier one, whose outcome is known."""
    if isinstance(task.aggregate, Formula):  # it reads the details of the scores too
        return _decide(task, record, scores)
    known: dict[object, _Outcome] = suite.resource("outcomes", dict)
    key = (
        task.name,
        record.is_blank,
        *[score.verdict if score.value is None else score.value for score in scores],
    )
    outcome = known.get(key)
    if outcome is None:
        outcome = _decide(task, record, scores)
        if len(known) < OUTCOMES_LIMIT:
            known[key] = outcome
    return outcome


def _decide(task: Task, record: Record, scores: Sequence[Score]) -> _Outcome:
    """Work out an outcome; of the record it reads only whether it is blank."""
    counted = _parts(task, record, scores)
    vetoed = _find_veto(counted)
    value, arithmetic = _reward_of(task, record, counted, vetoed)
    return _Outcome(
        counted=tuple([(part.value, part.weight, part.note) for _, part in counted]),
        value=value,
        arithmetic=arithmetic,
        verdict=_verdict_of(scores),
        vetoed_by=None if vetoed is None else vetoed[2],
    )


def _parts(task: Task, record: Record, scores: Sequence[Score]) -> _Counted:
    """Make the part of each entry; if weights are shares, those of the parts that count add to 1."""
    values: dict[str, float] = {}
    # In the order of the entries, so that `when` finds the entries above it.
    answers = [
        _answer_of(entry, record, score, task, values) for entry, score in zip(task.entries, scores, strict=True)
    ]
    total = _total_weight(task, answers)
    return [
        (
            entry,
            Part(
                name=entry.name,
                scorer=entry.installed.id,
                score=score,
                value=value,
                weight=entry.weight if total is None else _share(entry, value, total),
                note=note,
            ),
        )
        for entry, score, (value, note) in zip(task.entries, scores, answers, strict=True)
    ]


def _deciding_scorer(entry: Entry, score: Score) -> str:
    return next((each.scorer for each in score.opinions if each.counts), entry.installed.id)


def _share(entry: Entry, value: float | None, total: float) -> float:
    return entry.weight / total if total and value is not None else 0.0


def _total_weight(task: Task, answers: Sequence[_Answer]) -> float | None:
    """Return the sum of the weights of the parts that count, of which each weight is a share; None if it is none."""
    use = "ignored" if isinstance(task.aggregate, Formula) else weight_use(task.aggregate)
    match use:
        case "shares":
            return sum(
                [entry.weight for entry, (value, _) in zip(task.entries, answers, strict=True) if value is not None]
            )
        case "factors" | "ignored":
            return None
        case _:
            assert_never(use)


def _answer_of(entry: Entry, record: Record, score: Score, task: Task, values: dict[str, float]) -> _Answer:
    """Return the value of an entry with its note; add it to the values, which are those of the entries above."""
    value, note = _value_of(entry, record, score, task)
    if value is not None and entry.when is not None and not _is_met(entry, entry.when, values):
        value, note = 0.0, f"0: {_unmet(entry.when)}"
    # What waits for an entry without a value has none for the entries below either, so that no chain of conditions
    # makes it pay to break a scorer.
    is_known = entry.when is None or entry.when.name in values
    if value is not None and score.value is not None and is_known:
        values[entry.name] = value
    return value, note


def _unmet(when: When) -> str:
    return f"{when.name} is below {when.at_least:g}"


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries without a score can still change the reward of a record.

    An entry that is in neither field waits for the entry that its condition names.

    Attributes:
        ready: The indices of those that can, as far as the scores so far show.
        idle: By index, why the entry cannot: its condition is not met; or a gate vetoes, and the entry is below that
            gate, or is itself no gate and no condition of another one.
    """

    ready: tuple[int, ...]
    idle: Mapping[int, str]


def outlook_of(task: Task, record: Record, scores: Mapping[int, Score]) -> Outlook:
    """Return what the entries without a score can still change.

    Args:
        task: The task of the record.
        record: The record.
        scores: The scores so far, by the index of the entry.
    """
    values: dict[str, float] = {}
    unknown: set[str] = set()
    ready: list[int] = []
    idle: dict[int, str] = {}
    veto, decisive = "", set[int]()
    for index, entry in enumerate(task.entries):
        score, waits = scores.get(index), entry.when is not None and entry.when.name in unknown
        if score is None and not waits and entry.when is not None and not _is_met(entry, entry.when, values):
            idle[index], score = _unmet(entry.when), Score.of(0.0)
        if score is not None and not waits:
            value, _ = _answer_of(entry, record, score, task, values)
            if not veto and entry.gate is not None and _vetoes(entry.gate, value):
                veto = f"`{entry.name}` vetoes"
            continue
        unknown.add(entry.name)
        if score is None and not waits:
            ready.append(index)
        if not veto and (entry.gate is not None or _has_dependents(task, entry)):
            decisive.add(index)  # the veto may come from here, with another floor
    if veto:
        idle |= {index: veto for index in range(len(task.entries)) if index not in scores and index not in decisive}
    return Outlook(ready=tuple(index for index in ready if index not in idle), idle=idle)


def _has_dependents(task: Task, entry: Entry) -> bool:
    return any(other.when is not None and other.when.name == entry.name for other in task.entries)


def _vetoes(gate: Gate, value: float | None) -> bool:
    # Else a completion that breaks the scorer of a gate would pass the gate.
    return _is_absence_veto(gate) if value is None else value < gate.at_least


def _is_met(entry: Entry, when: When, values: Mapping[str, float]) -> bool:
    """Return whether the condition of an entry is met; one without a value is met for penalties only."""
    absent = math.inf if entry.is_penalty else 0.0
    return values.get(when.name, absent) >= when.at_least


def _value_of(entry: Entry, record: Record, score: Score, task: Task) -> tuple[float | None, str]:
    if score.value is None:
        return _absent_value(entry, score.verdict, task)
    if entry.is_penalty and record.is_blank:
        return entry.fault_value, f"{entry.fault_value:g}: the full penalty, since the completion is blank"
    value = given = score.value + 0.0  # a negative zero is a plain one
    if not entry.transforms:
        return value, ""
    for _, transform in entry.transforms:
        value = transform(value)
    return value, f"{given:g} by " + ", ".join(words for words, _ in entry.transforms)


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


def _find_veto(counted: _Counted) -> _Veto | None:
    """Find the first gate that does not pass: its floor, the words for it, and the name of its entry."""
    for entry, part in counted:
        gate = entry.gate
        if gate is None or not _vetoes(gate, part.value):
            continue
        if part.value is None:
            why = f"it has no value ({part.score.verdict})"
        else:
            why = f"{part.value:g} is below {gate.at_least:g}"
        return gate.floor, f"{gate.floor:g} because `{part.name}` vetoed: {why}", part.name
    return None


def _is_absence_veto(gate: Gate) -> bool:
    match gate.absent:
        case "veto":
            return True
        case "pass":
            return False
        case _:
            assert_never(gate.absent)


def _reward_of(task: Task, record: Record, counted: _Counted, vetoed: _Veto | None) -> tuple[float, str]:
    floored = _floor_reason(task, counted)
    if floored is not None:
        return task.low, floored
    if vetoed is not None:
        return vetoed[:2]
    value, arithmetic = _aggregate_values(task, counted)
    if value > 0.0 and record.is_blank:
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
    return " ".join([_term(value + 0.0, weight) for value, weight in counting]).removeprefix("+ ")


def _term(value: float, weight: float) -> str:
    return f"{'-' if weight < 0.0 else '+'} {abs(weight):.4g} * {value:g}"


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
    except ArithmeticError as error:
        return 0.0, f"0: {formula.text} has no value: {error}"
    return total, f"{formula.text} = {total:g}"


def _verdict_of(scores: Sequence[Score]) -> Verdict:
    """Return the verdict that says most of a record: a fault before a value, a value before no opinion."""
    if len(scores) == 1:
        return scores[0].verdict
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


def _metrics_of(task: Task, record: Record, parts: Sequence[Part]) -> tuple[Metric, ...]:
    is_read = not record.problem
    metrics: list[Metric] = []
    for entry, part in zip(task.entries, parts, strict=True):
        metrics.append(Metric(entry.name, _finite(part.value), task.metric_type(entry), is_read))
        details: Mapping[str, float] = part.score.metrics
        for detail, name in entry.metrics.items():
            metrics.append(Metric(name, _finite(details.get(detail)), "Metric", is_read))
    return tuple(metrics)


def _finite(value: float | None) -> float:
    return value + 0.0 if value is not None and math.isfinite(value) else 0.0
