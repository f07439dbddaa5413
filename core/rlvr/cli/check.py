"""``rlvr check``: find errors of a suite, and records that it cannot score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial, reduce
from itertools import product
from pathlib import Path
from typing import Annotated, Any, assert_never

import msgspec
import typer
from rich.table import Table

from rlvr.aggregate import unclipped_reward
from rlvr.cli.console import FINDINGS, counted, errors_told, out, print_json, styled
from rlvr.cli.remarks import Remarks
from rlvr.config import Entry, Suite, Task, load_suite
from rlvr.config.format import TaskSection
from rlvr.formula import Formula
from rlvr.pipeline import dispatcher_of
from rlvr.record import Record, read_row, records_from, records_of
from rlvr.record.survey import Survey
from rlvr.runs import Row, remarks_of, rows_of
from rlvr.scores import Score, Verdict

SHOWN_FINDINGS = 100
SHOWN_KINDS = 8
COMBINED_SCORERS = 8  # 256 combinations

# The answer for rows whose reference is not a text; its score shows faults of the row only.
_PROBE = "42"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A problem to correct, and its place."""

    line: int
    id: str
    path: str
    problem: str


def check(
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    records: Annotated[
        Path | None, typer.Argument(help="JSON lines, or a JSON file with an event.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check a suite, and the records that it will score: what their rows look like, and what cannot be scored."""
    with errors_told():
        loaded = load_suite(suite)
        findings: list[Finding] = []
        survey = Survey(loaded.rules)
        remarks = Remarks()
        for position, row in enumerate(rows_of(records) if records is not None else ()):
            findings.extend(_findings(loaded, row, position, survey, remarks))
        findings.extend(Finding(line=0, id="", path="read", problem=each) for each in survey.unseen_paths())
        clipped = [each for task in loaded.tasks.values() for each in _clipped_by_default(task)]
    if as_json:
        print_json(_as_json(loaded, [*clipped, *survey.remarks(), *remarks.lines()], survey, findings))
    else:
        _draw(loaded, records, clipped, survey, remarks, findings)
    if findings:
        raise typer.Exit(FINDINGS)


def _findings(suite: Suite, row: Row, position: int, survey: Survey, remarks: Remarks) -> Iterator[Finding]:
    if row.problem:
        yield Finding(line=row.line, id="", path="", problem=row.problem)
        return
    reading = read_row(row.value, suite.rules, position=position)
    survey.add(row.value, reading)
    records = [suite.routed(record) for record in records_of(reading, suite.rules)]
    remarks.add(len(records), {text: len(found) for text, found in remarks_of(suite, records).items()})
    record = records[0]  # the task's part of a row with k completions is the same for each of them
    name = str(record.id)
    if record.problem:
        yield Finding(line=row.line, id=name, path="", problem=record.problem)
    if record.task is None:
        return
    for path, problem in _task_problems(suite, record, remarks):
        yield Finding(line=row.line, id=name, path=path, problem=problem)


def _task_problems(suite: Suite, record: Record, remarks: Remarks) -> Iterator[tuple[str, str]]:
    """Score the reference as the answer; yield faults of the row, and references that get 0.0 themselves.

    Costly scorers are not called. A row that a first scorer leaves to a second one is no fault but a remark.
    """
    reference = record.reference
    probe = record.with_completion(reference if isinstance(reference, str) else _PROBE)
    if probe.problem:  # no part of the row could be read
        return
    task = suite.tasks[record.task or ""]
    scores = dispatcher_of(suite).dispatch([probe], calls_costly=False).scores[0]
    for entry, both in zip(task.entries, scores, strict=True):
        path = f"tasks.{task.name}: {entry.name}"
        score = both.opinions[-1].score if both.opinions else both
        if both.opinions:
            first, second = both.opinions
            remarks.count(f"{entry.name}: {first.scorer} leaves the reference to {second.scorer}")
        problem = _problem_of(score)
        if problem is not None:
            yield path, problem
        elif isinstance(reference, str) and score.value == 0.0 and _takes_reference_as_answer(entry):
            yield path, f"the reference itself gets 0.0: {score.reason}"
        if score.verdict is not Verdict.INVALID_TASK:
            asked = entry.all_scorers if both.opinions else (entry,)
            yield from ((path, found) for each in asked for found in _audit(each, record))


def _problem_of(score: Score) -> str | None:
    """Return the fault of the row or the scorer that a score shows; None if it shows none."""
    match score.verdict:
        case Verdict.SCORED | Verdict.ABSTAINED:
            return None
        case Verdict.INVALID_TASK:
            return score.reason
        case Verdict.FAILED:
            return f"{score.failure}: {score.reason}"
        case _:
            assert_never(score.verdict)


def _takes_reference_as_answer(entry: Entry) -> bool:
    """Return True if a correct reference must get a reward when it is given as the answer."""
    scorer = entry.installed.scorer
    return "reference" in scorer.needs and scorer.reference_is_answer


def _audit(entry: Entry, record: Record) -> Iterator[str]:
    audit = entry.installed.scorer.audit
    if audit is None:
        return
    try:
        yield from audit(entry.visible_part(record), entry.prepared)
    except Exception as error:  # noqa: BLE001  # third-party code; its exception is the finding
        yield f"its audit raised {type(error).__name__}: {error}"


def _as_json(suite: Suite, remarks: list[str], survey: Survey, findings: list[Finding]) -> dict[str, Any]:
    return {
        "suite": suite.source,
        "fingerprint": suite.fingerprint,
        "records": survey.rows,
        "unanswered": survey.unanswered,
        "rows": [{"rows": count, **kind._asdict()} for count, kind in survey.kinds],
        "remarks": remarks,
        "findings": msgspec.to_builtins(findings),
    }


def _clipped_by_default(task: Task) -> Iterator[str]:
    """Say which rewards the default range clips, so that a penalty or a bonus changes nothing.

    A range that is not the default was chosen.
    """
    if (task.low, task.high) != TaskSection(scorers=[]).range:
        return
    rewards = [*_extreme_rewards(task)]
    low, high = min(rewards, default=task.low), max(rewards, default=task.high)
    if low < task.low or high > task.high:
        wider = f"[{min(low, task.low):g}, {max(high, task.high):g}]"
        yield (
            f"tasks.{task.name}: rewards from {low:g} to {high:g} are clipped to the default range, "
            f"{task.low:g} to {task.high:g}; write `range: {wider}` to keep them"
        )


def _extreme_rewards(task: Task) -> Iterator[float]:
    """Yield the reward before clipping for scores of 0.0 and 1.0 in each combination.

    With many scorers, two combinations: the values that add most to a sum, and those that add least.
    """
    names = {entry.name for entry in task.entries}
    if isinstance(task.aggregate, Formula) and not names.issuperset(task.aggregate.names):
        return  # of details, the largest value is not known
    (record,) = records_from({"completion": "x"})
    best = [max((0.0, 1.0), key=partial(_term, entry)) for entry in task.entries]
    few = len(best) <= COMBINED_SCORERS
    for values in product((0.0, 1.0), repeat=len(best)) if few else (best, [1.0 - value for value in best]):
        reward = unclipped_reward(task, record, [Score.of(value) for value in values])
        if reward is not None and math.isfinite(reward):
            yield reward


def _term(entry: Entry, value: float) -> float:
    return entry.weight * reduce(lambda changed, transform: transform[1](changed), entry.transforms, value)


def _draw(  # noqa: PLR0917  # one part of the report each
    suite: Suite,
    records: Path | None,
    clipped: Sequence[str],
    survey: Survey,
    remarks: Remarks,
    findings: list[Finding],
) -> None:
    scorers = sum(len(task.entries) for task in suite.tasks.values())
    size = f"{counted(len(suite.tasks), 'task')}, {counted(scorers, 'scorer')}"
    out.print(styled(f"{suite.source}: {size}, fingerprint {suite.fingerprint}"))
    for each in clipped:
        out.print(styled(f"  {each}", limit=1_000))
    if records is None:
        return
    out.print(styled(f"{records}: {counted(survey.rows, 'record')}, {counted(len(findings), 'finding')}"))
    for count, kind in survey.kinds[:SHOWN_KINDS]:
        out.print(styled(f"  {counted(count, 'row')}, read as {kind}"))
    if len(survey.kinds) > SHOWN_KINDS:
        out.print(f"  and {len(survey.kinds) - SHOWN_KINDS} more kinds of rows")
    if survey.unanswered:
        out.print(f"  {counted(survey.unanswered, 'row')} without an answer: the question is the end")
    for remark in (*survey.remarks(), *remarks.lines()):
        out.print(styled(f"  {remark}"))
    if findings:
        out.print(_table(findings))


def _table(findings: Sequence[Finding]) -> Table:
    """Draw the findings; those that differ in their row only are one line."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.path, each.problem), []).append(each)
    table = Table("line", "id", "place", "problem", "rows")
    for (path, problem), members in list(groups.items())[:SHOWN_FINDINGS]:
        line = str(members[0].line) if members[0].line else "all"
        name = styled(members[0].id, limit=40)
        table.add_row(line, name, styled(path), styled(problem, limit=1_000), str(len(members)))
    if len(groups) > SHOWN_FINDINGS:
        table.add_row("…", "", "", f"and {len(groups) - SHOWN_FINDINGS} more findings", "")
    return table
