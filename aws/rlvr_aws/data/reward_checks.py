"""Checks of the rewards for training rows before a model answers: the reference, no answer, and the raw row."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from rlvr import Part, Record, Reward, Score, ScorerFaultError, Suite, Verdict, record_from, score_records
from rlvr.aggregate import FAILED, aggregate
from rlvr_aws.data.rows import DataRow, id_text
from rlvr_aws.data.rules import Finding
from rlvr_handler.handler import RewardFunction, make_handler
from rlvr_handler.settings import Settings

# The answer that is scored if the reference is not text; only the verdict on the row is used.
_PROBE = "42"
# A plugin's scorer may give reasons of any length.
_SHOWN = 500
# The name in a scorer's ``needs`` if it reads the reference.
_READ = "reference"
_ROUNDING = 1e-9
# A suite may reward a marked answer only; these are the marks that prompts commonly ask for.
_MARKS = ("<answer>{}</answer>", "\\boxed{{{}}}", "The answer is {}", "#### {}", "<answer>\\boxed{{{}}}</answer>")
_BROKEN = frozenset({Verdict.INVALID_TASK, Verdict.FAILED})
_CORE_COLUMNS = ("id", "messages", "tools")

UNSCORED = "the row cannot be scored"
NO_TEXT = "the reference is not text"
NO_ANSWER = "the reference is not an answer, but data to judge one by"
NO_READER = "no scorer of the task reads the reference"


class RewardCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking the rewards of one row.

    Attributes:
        findings: The broken rules for rewards.
        unjudged: Why the reference was not scored as an answer; "" if it was.
        full_marks: Whether the reference was scored as an answer and got the full reward.
    """

    findings: tuple[Finding, ...]
    unjudged: str = ""
    full_marks: bool = False


class _Rewards(NamedTuple):
    """A record, its rewards for the reference and for no answer, and the problem of its raw row."""

    record: Record
    perfect: Reward
    empty: Reward
    raw_problem: str


class RewardChecker:
    """Scores rows with a suite; how rows are divided into batches does not change the results.

    Args:
        suite: The suite.
        moves_columns: Whether the platform may move a row's further columns to ``metadata``, as Bedrock documents.
    """

    def __init__(self, suite: Suite, *, moves_columns: bool = True) -> None:
        self._moves_columns = moves_columns
        # If the circuit breaker zeroed a batch, the faults of some rows would count for all rows after them.
        self._suite = msgspec.structs.replace(suite, fail_fast=None)
        self._reward_function = make_handler(self._suite, Settings(log="none"), calls_costly=False)

    def check(self, rows: Sequence[tuple[int, DataRow]]) -> list[RewardCheck]:
        """Check a batch of rows, each with its line, in order."""
        records = [record_from(row, self._suite.rules, position=place) for place, (_line, row) in enumerate(rows)]
        routed = [self._suite.routed(record) for record in records]
        perfect = self._best_rewards(records, routed)
        empty = self._score(record.with_completion("") for record in records)
        raw = _raw_problems(self._reward_function, [row for _line, row in rows])
        checks = []
        for (line, row), rewards in zip(rows, map(_Rewards, routed, perfect, empty, raw), strict=True):
            breaches, unjudged = self._breaches(rewards)
            lost = self._lost_part(row, rewards.record) if self._moves_columns else ""
            if lost:
                breaches.append(("lost-in-metadata", lost))
            found = [Finding(line=line, id=id_text(row), rule=rule, problem=words[:_SHOWN]) for rule, words in breaches]
            full = not unjudged and all(finding.rule != "reference-below-full" for finding in found)
            checks.append(RewardCheck(findings=tuple(found), unjudged=unjudged, full_marks=full))
        return checks

    def _breaches(self, rewards: _Rewards) -> tuple[list[tuple[str, str]], str]:
        record = rewards.record
        if record.task is None:
            return [("no-task", record.problem)], UNSCORED
        task = self._suite.tasks[record.task]
        if rewards.perfect.verdict in _BROKEN:
            return list(_faults(rewards.perfect)), UNSCORED
        breaches = []
        if record.reference is None:
            breaches.append(("reference-missing", "there is no reference"))
        if rewards.empty.value > task.nothing + _ROUNDING:
            problem = f"no answer gets {rewards.empty.value:g}, not {task.nothing:g}: {rewards.empty.arithmetic}"
            breaches.append(("empty-earns", problem))
        if rewards.raw_problem:
            breaches.append(("raw-row-fails", rewards.raw_problem))
        shortfall, unjudged = _shortfall(self._suite, record, rewards.perfect)
        if shortfall:
            breaches.append(("reference-below-full", shortfall))
        return breaches, unjudged

    def _lost_part(self, row: DataRow, record: Record) -> str:
        """Return which part of a row is not found once its further columns are in ``metadata``; "" for none."""
        moved = self._suite.routed(record_from(_with_moved_columns(row), self._suite.rules))
        if moved.task != record.task:
            return f"the task is {record.task} here, and {moved.task or 'none'} there"
        if moved.reference != record.reference:
            return f"the reference is read from {record.reference_at}, and from {moved.reference_at or 'nowhere'} there"
        return ""

    def _best_rewards(self, records: Sequence[Record], routed: Sequence[Record]) -> list[Reward]:
        """Return the rewards of the references as answers: bare, or in the first marks that get the full reward."""
        answers = [each.reference if isinstance(each.reference, str) else _PROBE for each in routed]
        best = list(self._score(map(Record.with_completion, records, answers)))
        for marks in _MARKS:
            short = [place for place, record in enumerate(routed) if self._is_short(record, best[place])]
            marked = [records[place].with_completion(marks.format(answers[place])) for place in short]
            for place, reward in zip(short, self._score(marked) if marked else (), strict=True):
                if not self._is_short(routed[place], reward):
                    best[place] = reward
        return best

    def _is_short(self, record: Record, reward: Reward) -> bool:
        if record.task is None or reward.verdict in _BROKEN:
            return False
        return bool(_shortfall(self._suite, record, reward)[0])

    def _score(self, records: Iterable[Record]) -> Sequence[Reward]:
        try:
            return score_records(self._suite, list(records), calls_costly=False).rewards
        except ScorerFaultError as error:
            rewards: Sequence[Reward] = error.report.rewards
            return rewards


def _with_moved_columns(row: DataRow) -> DataRow:
    core = {name: row[name] for name in _CORE_COLUMNS if name in row}
    return {**core, "metadata": {name: value for name, value in row.items() if name not in core}}


def _faults(reward: Reward) -> Iterator[tuple[str, str]]:
    for part in reward.parts:
        if part.score.verdict is Verdict.INVALID_TASK:
            yield "reference-unreadable", f"{part.name}: {part.score.reason}"
        elif part.score.verdict is Verdict.FAILED:
            yield "scorer-fails", f"{part.name}: {part.score.failure}: {part.score.reason}"


def _shortfall(suite: Suite, record: Record, reward: Reward) -> tuple[str, str]:
    """Return how the reference misses the full reward, and why that was not checked; both are "" for the full reward.

    The whole reward is compared if all scorers read the reference. Others, such as those of format and length, may
    rightly require more than the bare reference; then only the scorers that read it are compared. Costly scorers, which
    may ask a model, are not called.
    """
    entries = suite.tasks[reward.task or ""].entries
    readers = [_READ in entry.installed.scorer.needs and not entry.is_costly for entry in entries]
    if not any(readers):
        return "", NO_READER
    if not isinstance(record.reference, str):
        return "", NO_TEXT
    if all(readers):
        short = _short_reward(suite, record, reward)
    else:
        read = [part for part, reads in zip(reward.parts, readers, strict=True) if reads]
        short = next(filter(None, map(_short_part, read)), "")
    tried = all(entry.installed.scorer.reference_is_answer for entry in entries)
    if short and (_is_data(record.reference) or not tried):
        return "", NO_ANSWER
    return short, ""


def _short_reward(suite: Suite, record: Record, reward: Reward) -> str:
    """Return how a reward misses the end of its range, or its task's reward for scores of 1; "" if it does not."""
    high = suite.tasks[reward.task or ""].high
    if reward.value >= high - _ROUNDING:
        return ""
    best = [Score.of(1.0)] * len(reward.parts)
    full = min(high, aggregate(suite, record.with_completion(_PROBE), best).value)
    if reward.value >= full - _ROUNDING:
        return ""
    reasons = "; ".join(f"{part.name}: {part.score.reason}" for part in reward.parts if part.score.reason)
    return f"the reference itself gets {reward.value:g} of {full:g}: {reasons}"


def _short_part(part: Part) -> str:
    value = part.score.value
    if value is None or value >= 1.0 - _ROUNDING:
        return ""
    return f"the reference itself gets {value:g} of 1 from {part.name}: {part.score.reason}"


def _is_data(reference: str) -> bool:
    if not reference.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(reference), (dict, list))
    except (ValueError, RecursionError):
        return False


def _raw_problems(reward_function: RewardFunction, rows: Sequence[DataRow]) -> list[str]:
    """Send rows as the platforms' checks before a job do; return the problem of each answer, "" for none."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the reward function logs there
            results = reward_function(list(rows), None)
    except ScorerFaultError as error:
        if len(rows) == 1:
            return [str(error)]
        return [problem for row in rows for problem in _raw_problems(reward_function, [row])]
    problems = [_raw_problem(result) for result in results[: len(rows)]]
    return problems + ["it is not answered"] * (len(rows) - len(problems))


def _raw_problem(result: dict[str, Any]) -> str:
    metrics = {metric["name"]: metric["value"] for metric in result["metrics_list"]}
    return "a scorer fails on the row as the file has it" if metrics.get(FAILED) else ""
