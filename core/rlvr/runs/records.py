"""Rewards and records become rows of a run, and rows of a run become rewards again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rlvr.aggregate import Part, Reward
from rlvr.config import Suite
from rlvr.groups import group_key_of, groups_by_key
from rlvr.metrics import Metric, MetricType
from rlvr.record import JsonValue, Record
from rlvr.record.views import span_in_completion
from rlvr.report import Report
from rlvr.runs.folder import EntryFacts, Manifest, OpinionRow, RunBatch, RunRow, ScoreRow, TaskFacts, encode_value
from rlvr.runs.rows import Row
from rlvr.scores import Opinion, Score, Verdict, class_of


class RecordFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a run keeps of a record; see :class:`RunRow` for the fields."""

    position: int
    sample: int
    group: str = ""
    answer_span: tuple[int, int] | None = None
    completion: str = ""
    prompt: list[dict[str, JsonValue]] = []
    reference: JsonValue = None


def facts_of(record: Record, position: int, sample: int, *, is_whole: bool = True) -> RecordFacts:
    """Return what a run keeps of a routed record; if not ``is_whole``, without its texts and what is found in them."""
    if not is_whole:
        return RecordFacts(position=position, sample=sample, group=group_key_of(record))
    return RecordFacts(
        position=position,
        sample=sample,
        group=group_key_of(record),
        answer_span=_answer_span(record),
        completion=record.completion,
        prompt=[
            {"role": turn.role, "content": turn.content}
            | ({"tool_calls": list(turn.tool_calls)} if turn.tool_calls else {})
            for turn in record.prompt
        ],
        reference=record.reference,
    )


def record_facts_of(row: RunRow) -> RecordFacts:
    """Return the facts about the record of a row of a run."""
    return RecordFacts(**{name: getattr(row, name) for name in RecordFacts.__struct_fields__})


def _answer_span(record: Record) -> tuple[int, int] | None:
    """Return where the stated value stands in the completion, without what announces it; None if none is stated."""
    statement = None if record.is_blank else record.stated.commit().statement
    if statement is None:
        return None
    start, end = statement.start, statement.end
    value = record.final.rfind(statement.text, start, end) if statement.text else -1
    if value >= 0:
        start, end = value, value + len(statement.text)
    return span_in_completion(record.completion, start, end, record.reasoning_tags)


def run_row_of(manifest: Manifest, reward: Reward, row: Row, facts: RecordFacts, kept: dict[str, JsonValue]) -> RunRow:
    """Return the row of a reward, with all evidence; times and cache hits are not part of it."""
    scorers = _first_scorers(manifest, reward.task)
    return RunRow(
        position=facts.position,
        sample=facts.sample,
        id=reward.id,
        file=row.file,
        line=row.line,
        task=reward.task,
        group=facts.group,
        reward=reward.value,
        verdict=reward.verdict,
        reason_class=reward.reason_class,
        reason=reward.reason,
        metrics={metric.name: metric.value for metric in reward.metrics if metric.is_own},
        scores=[_score_row(part, scorers.get(part.name, part.scorer)) for part in reward.parts],
        arithmetic=reward.arithmetic,
        problem=reward.problem,
        vetoed_by=reward.vetoed_by,
        is_unanswered=reward.is_unanswered,
        answer_span=facts.answer_span,
        completion=facts.completion,
        prompt=facts.prompt,
        reference=facts.reference,
        kept=kept,
    )


def _score_row(part: Part, first_scorer: str) -> ScoreRow:
    score = part.score
    return ScoreRow(
        name=part.name,
        scorer="" if part.scorer == first_scorer else part.scorer,
        verdict=score.verdict,
        value=score.value,
        counted=part.value,
        weight=part.weight,
        note=part.note,
        reason=score.reason,
        reason_class=part.reason_class,
        failure=score.failure,
        is_undecided=score.is_undecided,
        metrics=dict(score.metrics),
        evidence=dict(score.evidence),
        opinions=[_opinion_row(each) for each in score.opinions],
    )


def _opinion_row(opinion: Opinion) -> OpinionRow:
    score = opinion.score
    return OpinionRow(
        scorer=opinion.scorer,
        counts=opinion.counts,
        verdict=score.verdict,
        value=score.value,
        reason=score.reason,
        reason_class=class_of(score),
        failure=score.failure,
        is_undecided=score.is_undecided,
        metrics=dict(score.metrics),
        evidence=dict(score.evidence),
    )


def task_facts(suite: Suite) -> dict[str, TaskFacts]:
    """Return what readers of a run need to know about the tasks of a suite."""
    return {
        task.name: TaskFacts(
            low=task.low,
            high=task.high,
            entries=[
                EntryFacts(
                    name=entry.name,
                    scorer=entry.installed.id,
                    metric_type=task.metric_type(entry),
                    metrics=dict(entry.metrics),
                    is_gate=entry.gate is not None,
                )
                for entry in task.entries
            ],
        )
        for task in suite.tasks.values()
    }


def report_of(manifest: Manifest, batch: RunBatch, rows: Sequence[RunRow]) -> Report:
    """Return the report of a batch of a run, as it was when the batch was scored."""
    return Report(
        rewards=tuple(reward_of(manifest, row) for row in rows),
        fingerprint=manifest.fingerprint,
        seconds=batch.seconds,
        groups=groups_by_key(row.group for row in rows),
        cache_asked=batch.asked,
        cache_known=batch.known,
        known_scores=frozenset(batch.known_scores),
        overruns=batch.overruns,
    )


def reward_of(manifest: Manifest, row: RunRow) -> Reward:
    """Return the reward of a row of a run."""
    facts = None if row.task is None else manifest.tasks[row.task]
    scorers = _first_scorers(manifest, row.task)
    return Reward(
        id=row.id,
        value=row.reward,
        metrics=tuple(_metrics_of(manifest, facts, row)),
        verdict=row.verdict,
        task=row.task,
        parts=tuple(_part_of(score, scorers.get(score.name, "")) for score in row.scores),
        arithmetic=row.arithmetic,
        low=row.reward if facts is None else facts.low,
        high=row.reward if facts is None else facts.high,
        problem=row.problem,
        is_unanswered=row.is_unanswered,
        fingerprint=manifest.fingerprint,
        vetoed_by=row.vetoed_by,
    )


def _first_scorers(manifest: Manifest, task: str | None) -> dict[str, str]:
    """Return the id of the scorer of each entry of a task, by the name of the entry."""
    return {} if task is None else {entry.name: entry.scorer for entry in manifest.tasks[task].entries}


def _metrics_of(manifest: Manifest, facts: TaskFacts | None, row: RunRow) -> list[Metric]:
    """Return all metrics of a suite; those that the row does not have are not its own."""
    types: dict[str, MetricType] = {} if facts is None else {each.name: each.metric_type for each in facts.entries}
    counted: Mapping[str, float | None] = {score.name: score.counted for score in row.scores}
    return [
        Metric(name, row.metrics[name], types.get(name, "Metric"))
        if name in row.metrics
        else Metric(name, counted.get(name) or 0.0, types.get(name, "Metric"), is_own=False)
        for name in manifest.metric_names
    ]


def _part_of(row: ScoreRow, scorer: str) -> Part:
    opinions = tuple(Opinion(scorer=each.scorer, score=_score_of(each), counts=each.counts) for each in row.opinions)
    return Part(
        name=row.name,
        scorer=row.scorer or scorer,
        score=_score_of(row, opinions),
        value=row.counted,
        weight=row.weight,
        note=row.note,
    )


def _score_of(row: ScoreRow | OpinionRow, opinions: tuple[Opinion, ...] = ()) -> Score:
    return Score(
        value=row.value,
        verdict=row.verdict,
        reason=row.reason,
        evidence=row.evidence,
        metrics=row.metrics,
        failure=row.failure,
        is_undecided=row.is_undecided,
        seconds=row.seconds,
        reason_class=row.reason_class,
        opinions=opinions,
    )


class CommonEvidence:
    """Finds the evidence that all rows of an entry share, so that the run has it once.

    It is settled by the first batch that has two rows of the entry, so that it depends on the rows alone and not on
    where a run was interrupted.
    """

    def __init__(self, settled: Mapping[tuple[str, str], dict[str, Any]]) -> None:
        self._settled = dict(settled)

    @property
    def settled(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What is common, by task and entry; a new mapping once more is settled."""
        return self._settled

    def is_settled_for(self, rows: Iterable[RunRow]) -> bool:
        """Return whether it is settled for each entry of some rows."""
        keys = {(row.task or "", score.name) for row in rows for score in row.scores}
        return keys <= self._settled.keys()

    def settle(self, rows: Sequence[RunRow]) -> dict[tuple[str, str], dict[str, Any]]:
        """Settle the entries that the rows are the first to decide; return what is new."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in rows:
            for score in row.scores:
                key = (row.task or "", score.name)
                if key not in self._settled and score.verdict is Verdict.SCORED:
                    found.setdefault(key, []).append(score.evidence)
        new = {key: _shared(each) for key, each in found.items() if len(each) > 1}
        if new:
            self._settled = self._settled | new
        return new

    def stripped(self, row: RunRow) -> RunRow:
        """Return a row without the evidence that is common."""
        if not any(self._settled.get((row.task or "", score.name)) for score in row.scores):
            return row
        return msgspec.structs.replace(row, scores=[self._stripped(row.task or "", score) for score in row.scores])

    def _stripped(self, task: str, score: ScoreRow) -> ScoreRow:
        common = self._settled.get((task, score.name))
        if not common:
            return score
        own = {key: value for key, value in score.evidence.items() if not _is_same(common, key, value)}
        # Sorted: what a run that goes on reads from its file has its keys in another order than what was settled here.
        lacks = sorted(key for key in common if key not in score.evidence)
        return msgspec.structs.replace(score, evidence=own, lacks=lacks)


def _shared(evidence: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first, *others = evidence
    return {key: value for key, value in first.items() if all(_is_same(other, key, value) for other in others)}


def _is_same(evidence: Mapping[str, Any], key: str, value: object) -> bool:
    """Return True if a value is the same in the file."""
    if key not in evidence:
        return False
    other = evidence[key]
    if type(other) is str and type(value) is str:  # most values, and to encode them takes ten times as long
        return other == value
    return encode_value(other) == encode_value(value)
