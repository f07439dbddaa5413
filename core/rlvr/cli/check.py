"""``rlvr check``: find errors of a suite, and records that it cannot score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, assert_never

import msgspec
import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr.config import Entry, Suite, load_suite
from rlvr.pipeline import dispatcher_of
from rlvr.record import Record, record_from
from rlvr.runs import Row, rows_of
from rlvr.score import Score, Verdict

SHOWN_FINDINGS = 100

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
    """Check a suite, and the records that it will score."""
    with errors_told():
        loaded = load_suite(suite)
        findings: list[Finding] = []
        rows = 0
        for position, row in enumerate(rows_of(records) if records is not None else ()):
            findings.extend(_findings(loaded, row, position))
            rows += 1
    if as_json:
        shown = msgspec.to_builtins(findings)
        print_json({"suite": loaded.source, "fingerprint": loaded.fingerprint, "records": rows, "findings": shown})
    else:
        _draw(loaded, records, rows, findings)
    if findings:
        raise typer.Exit(FINDINGS)


def _findings(suite: Suite, row: Row, position: int) -> Iterator[Finding]:
    if row.problem:
        yield Finding(line=row.line, id="", path="", problem=row.problem)
        return
    record = suite.routed(record_from(row.value, suite.rules, position=position))
    name = str(record.id)
    if record.task is None:
        yield Finding(line=row.line, id=name, path="", problem=record.problem)
        return
    for path, problem in _task_problems(suite, record):
        yield Finding(line=row.line, id=name, path=path, problem=problem)


def _task_problems(suite: Suite, record: Record) -> Iterator[tuple[str, str]]:
    """Score the reference as the answer; yield faults of the row, and references that get 0.0 themselves."""
    reference = record.reference
    probe = record.with_completion(reference if isinstance(reference, str) else _PROBE)
    task = suite.tasks[record.task or ""]
    for entry, score in zip(task.entries, dispatcher_of(suite).dispatch([probe]).scores[0], strict=True):
        path = f"tasks.{task.name}: {entry.name}"
        problem = _problem_of(score)
        if problem is not None:
            yield path, problem
        elif isinstance(reference, str) and score.value == 0.0 and _takes_reference_as_answer(entry):
            yield path, f"the reference itself gets 0.0: {score.reason}"
        audit = entry.installed.scorer.audit
        if audit is not None and score.verdict is not Verdict.INVALID_TASK:
            yield from ((path, found) for found in _audit(audit, entry, record))


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


def _audit(audit: Callable[[Record, Any], Iterable[str]], entry: Entry, record: Record) -> Iterator[str]:
    try:
        yield from audit(entry.visible_part(record), entry.prepared)
    except Exception as error:  # noqa: BLE001  # third-party code; its exception is the finding
        yield f"its audit raised {type(error).__name__}: {error}"


def _draw(suite: Suite, records: Path | None, rows: int, findings: list[Finding]) -> None:
    scorers = sum(len(task.entries) for task in suite.tasks.values())
    out.print(styled(f"{suite.source}: {len(suite.tasks)} tasks, {scorers} scorers, fingerprint {suite.fingerprint}"))
    if records is None:
        return
    out.print(styled(f"{records}: {rows} records, {len(findings)} findings"))
    if findings:
        table = Table("line", "id", "place", "problem")
        for each in findings[:SHOWN_FINDINGS]:
            table.add_row(str(each.line), styled(each.id, limit=40), styled(each.path), styled(each.problem))
        out.print(table)
    if len(findings) > SHOWN_FINDINGS:
        out.print(f"and {len(findings) - SHOWN_FINDINGS} more")
