"""``rlvr explain``: how one record got its reward."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, assert_never

import typer
from rich.table import Table
from rich.text import Text

from rlvr.aggregate import Part, Reward
from rlvr.cli.console import FINDINGS, err, errors_told, harmless, out, print_json, styled
from rlvr.config import Gate, Suite, load_suite
from rlvr.foreign.calling import TRACEBACK
from rlvr.pipeline import score_records
from rlvr.record import Reading, Record
from rlvr.report import explanation_of
from rlvr.runs import find_record
from rlvr.scores import Opinion, Score

_SHOWN_CHARACTERS = 600
_TRACEBACK_CHARACTERS = 8_000


def explain(
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    records: Annotated[Path, typer.Argument(help="JSON lines, or a JSON file with an event.", show_default=False)],
    record_id: Annotated[str | None, typer.Option("--id", help="The id of the record.", show_default=False)] = None,
    line: Annotated[
        int | None, typer.Option("--line", help="The line of the record, from 1.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Show how one record got its reward: the parts that were read, each score, the arithmetic."""
    if (record_id is None) == (line is None):
        raise typer.BadParameter("give one of --id and --line")
    with errors_told():
        loaded = load_suite(suite)
        found = find_record(loaded, records, record_id, line)
        if found is None:
            wanted = f"id {record_id!r}" if line is None else f"line {line}"
            err.print(Text(f"rlvr: no record with {harmless(wanted)} in {harmless(records)}"))
            raise typer.Exit(FINDINGS)
        where, reading, record = found
        reward = score_records(loaded, [record]).rewards[0]
    record = loaded.routed(record)
    if as_json:
        print_json({**explanation_of(reading, record, reward), "line": where})
    else:
        _draw(loaded, where, reading, record, reward)


def _draw(suite: Suite, line: int, reading: Reading, record: Record, reward: Reward) -> None:
    parts = Table(title=f"Record {harmless(reward.id, 80)}, line {line}", title_justify="left", show_header=False)
    parts.add_row("task", styled(reward.task or f"none: {reward.problem}"))
    parts.add_row("looks like", styled(reading.format or "no known format"))
    parts.add_row("reference", styled(_as_text(record.reference), limit=_SHOWN_CHARACTERS))
    parts.add_row("reference read at", styled(record.reference_at or "nowhere"))
    several = f", the first of {len(reading.answers)}" if len(reading.answers) > 1 else ""
    parts.add_row("completion read at", styled((reading.completion_at or "nowhere") + several))
    parts.add_row("completion", styled(_end_of(record.completion), limit=_SHOWN_CHARACTERS + 60))
    if record.final.strip() != record.completion.strip():
        parts.add_row("without reasoning", styled(_end_of(record.final), limit=_SHOWN_CHARACTERS + 60))
    out.print(parts)
    entries = suite.tasks[reward.task].entries if reward.task else ()
    for part, entry in zip(reward.parts, entries, strict=True):
        out.print(part_table(part, entry.gate))
    out.print(Text(f"reward {reward.value:g}", style="bold") + Text(f"  ({reward.verdict})"))
    out.print(Text(f"  {harmless(reward.arithmetic, 1_000)}"))


def part_table(part: Part, gate: Gate | None = None) -> Table:
    """Return all that is known about a part of a reward."""
    score = part.score
    table = Table(title=f"{part.name}  ({part.scorer})", title_justify="left", show_header=False)
    for opinion in part.opinions:
        if not opinion.counts:
            table.add_row(styled(opinion.scorer), styled(_describe_opinion(opinion), limit=_SHOWN_CHARACTERS))
    table.add_row("score", _describe_score(score))
    table.add_row("reason", styled(score.reason, limit=_SHOWN_CHARACTERS))
    for name, value in score.evidence.items():
        limit = _TRACEBACK_CHARACTERS if name == TRACEBACK else _SHOWN_CHARACTERS
        table.add_row(styled(name), styled(_as_text(value), limit=limit))
    for name, metric in score.metrics.items():
        table.add_row(styled(name), f"{metric:g}")
    counted = "left out" if part.value is None else f"{part.value:g}, weight {part.weight:g}"
    table.add_row("counted", styled(counted + (f"  ({part.note})" if part.note else "")))
    if gate is not None:
        table.add_row("gate", _describe_gate(gate))
    table.add_row("took", f"{score.seconds * 1e6:.0f} µs")
    return table


def _describe_score(score: Score) -> str:
    kind = f"{score.verdict}: {score.failure}" if score.failure else score.verdict.value
    return f"{'none' if score.value is None else f'{score.value:g}'}  ({kind})"


def _describe_opinion(opinion: Opinion) -> str:
    """Describe a score that does not count: the first one, or that of a second scorer without an opinion."""
    kind = "undecided" if opinion.score.is_undecided else opinion.score.verdict.value
    return f"does not count  ({kind}): {opinion.score.reason}"


def _describe_gate(gate: Gate) -> str:
    match gate.absent:
        case "veto":
            passing = f"at least {gate.at_least:g}"
        case "pass":
            passing = f"at least {gate.at_least:g}, or no value"
        case _:
            assert_never(gate.absent)
    return f"{passing}, else the reward is {gate.floor:g}"


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _end_of(text: str) -> str:
    """Return the end of a long text, where answers usually are."""
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return f"… {len(text) - _SHOWN_CHARACTERS} characters … " + text[-_SHOWN_CHARACTERS:]
