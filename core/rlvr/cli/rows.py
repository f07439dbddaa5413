"""``rlvr rows``: the rows of a run, by verdict, task, reward, class of reason and text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
import typer
from rich.text import Text

from rlvr.cli.console import FINDINGS, err, errors_told, harmless, out, print_json, tell_damage
from rlvr.cli.explain import part_table
from rlvr.cli.summary.content import number_text
from rlvr.cli.summary.findings import percent
from rlvr.cli.summary.tables import Column, TextTable, lines_of
from rlvr.record.json_value import JsonValue
from rlvr.runs import RowChoice, RunFolder, RunRow, SortKey, mapping_of, reward_of, reward_range, sample, sorted_rows
from rlvr.scores import Verdict
from rlvr.summary import MetricSums, ReasonCount

By: TypeAlias = Literal["reason", "task", "verdict", "reward", "group"]

# More of a text than this is scrolled past; JSON has all of it.
SHOWN_CHARACTERS = 20_000

# Rows that are listed, and counts of `--by`, unless `--limit` says another number: prompts are many.
SHOWN_ROWS = 20
SHOWN_GROUPS = 100


def rows(  # noqa: PLR0917  # typer names them
    run: Annotated[Path, typer.Argument(help="The folder of `rlvr score --run`.", show_default=False)],
    verdict: Annotated[
        str | None, typer.Option("--verdict", help="Only these: scored,failed,...", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option("--task", help="Only these tasks.", show_default=False)] = None,
    reward: Annotated[
        str | None, typer.Option("--reward", help="Only these: 0, 0.2..0.8, ..0.5 or 0.5..", show_default=False)
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="Only these classes: no_answer,incorrect", show_default=False)
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text", help="Only rows with it in id, prompt, completion, reference or reason.", show_default=False
        ),
    ] = None,
    by: Annotated[By | None, typer.Option("--by", help="Count the rows instead of listing them.")] = None,
    sort: Annotated[
        str, typer.Option("--sort", help="reward, words, seconds or line; with - before it, the highest first.")
    ] = "line",
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help=f"How many rows to list, or counts of --by. Default: {SHOWN_ROWS} rows, {SHOWN_GROUPS} counts.",
            show_default=False,
        ),
    ] = None,
    sample_size: Annotated[int | None, typer.Option("--sample", min=1, help="List some rows at random.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed takes another sample.")] = 0,
    record_id: Annotated[
        str | None, typer.Option("--id", help="Explain the rows with this id in full.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """List the rows of a run, count them by a column, or explain one of them in full.

    Exit codes: 0; 1, no row fits; 2, the folder or an option is wrong.
    """
    choice = _choice(verdict, task, reward, reason, text)
    key, is_descending = _sort_key(sort)
    with errors_told():
        folder = RunFolder(run)
        chosen: Iterator[RunRow] = (
            row for row in folder.rows() if choice.has(row) and record_id in {None, str(row.id)}
        )
        if by is not None:
            found: Sequence[object] = _count(chosen, by, limit, as_json=as_json)
        else:
            wanted = limit or SHOWN_ROWS if record_id is None else sys.maxsize
            if sample_size is not None:
                chosen = iter(sample(chosen, sample_size, seed))
                wanted = sample_size
            if sort == "line":
                listed = list(islice(chosen, wanted))
            else:
                listed = sorted_rows(chosen, key, wanted, is_descending=is_descending)
            found = listed
            _show(folder, listed, is_whole=record_id is not None, as_json=as_json)
        tell_damage(run, folder.damage)
    if not found:
        err.print(Text("rlvr: no row of the run fits"))
        raise typer.Exit(FINDINGS)


def _choice(
    verdict: str | None, task: str | None, reward: str | None, reason: str | None, text: str | None
) -> RowChoice:
    names = _names(verdict)
    for name in names:
        if name not in {*Verdict}:
            raise typer.BadParameter(f"--verdict: {name!r} is no verdict; expected {', '.join(Verdict)}")
    try:
        low, high = reward_range(reward if reward is not None else "..")
    except ValueError as error:
        raise typer.BadParameter(f"--reward: {error}") from error
    return RowChoice(
        verdicts=frozenset(map(Verdict, names)),
        tasks=frozenset(_names(task)),
        low=low,
        high=high,
        reason_classes=frozenset(_names(reason)),
        text=text or "",
    )


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _sort_key(text: str) -> tuple[SortKey, bool]:
    key = text.removeprefix("-")
    for known in ("reward", "words", "seconds", "line"):
        if key == known:
            return known, text.startswith("-")
    raise typer.BadParameter(f"--sort: {text!r} is no order; expected reward, words, seconds or line")


def _count(chosen: Iterable[RunRow], by: By, limit: int | None, *, as_json: bool) -> list[tuple[str, ...]]:
    """Count rows by a column; print the counts, the highest first, and return what was counted."""
    key = _group_key(by)
    counts: dict[tuple[str, ...], ReasonCount] = {}
    means = MetricSums()
    for row in chosen:
        place = key(row)
        counts.setdefault(place, ReasonCount()).add(row.reason, row.id)
        if row.verdict is Verdict.SCORED:
            means.count("\0".join(place), 1, row.reward)
    order = sorted(counts, key=lambda place: -counts[place].rows)
    total = sum(count.rows for count in counts.values())
    columns = _columns_of(by)
    mean = {place: means.means.get("\0".join(place)) for place in order}
    if as_json:
        print_json(
            [
                dict(zip(columns, place, strict=True))
                | {"rows": counts[place].rows, "mean": mean[place]}
                | {"example": counts[place].example, "reason": counts[place].reason}
                for place in order[:limit]
            ]
        )
        return order
    shown = order[: limit or SHOWN_GROUPS]
    table = TextTable(
        title="",
        columns=[
            Column(head="rows", cells=[f"{counts[place].rows:,}" for place in shown], is_number=True),
            Column(head="share", cells=[percent(counts[place].rows, total) for place in shown], rank=3, is_number=True),
            Column(head="mean", cells=[number_text(mean[place]) for place in shown], rank=2, is_number=True),
            *(
                Column(head=head, cells=[harmless(place[number]) for place in shown])
                for number, head in enumerate(columns)
            ),
            Column(head="such as", cells=[harmless(counts[place].example, 80) for place in shown], rank=1),
            Column(head="reason", cells=[harmless(counts[place].reason) for place in shown], rank=4, is_prose=True),
        ],
    )
    _print_table(table)
    if len(order) > len(shown):
        out.print(Text(f"and {len(order) - len(shown):,} more"))
    return order


def _columns_of(by: By) -> tuple[str, ...]:
    match by:
        case "reason":
            return "task", "reason_class"
        case "task" | "verdict" | "reward" | "group":
            return (by,)
        case _:
            assert_never(by)


def _group_key(by: By) -> Callable[[RunRow], tuple[str, ...]]:
    match by:
        case "reason":
            return lambda row: (row.task or "", row.reason_class)
        case "task":
            return lambda row: (row.task or "",)
        case "verdict":
            return lambda row: (row.verdict.value,)
        case "reward":
            return lambda row: (f"{row.reward:.6g}",)
        case "group":
            return lambda row: (row.group,)
        case _:
            assert_never(by)


def _show(folder: RunFolder, listed: Sequence[RunRow], *, is_whole: bool, as_json: bool) -> None:
    if as_json:
        print_json([mapping_of(row, folder.manifest.fingerprint) for row in listed])
    elif is_whole:
        for row in listed:
            _explain(folder, row)
    elif listed:
        _print_table(_table(listed))


def _table(listed: Sequence[RunRow]) -> TextTable:
    return TextTable(
        title="",
        columns=[
            Column(head="id", cells=[harmless(row.id, 80) for row in listed]),
            Column(head="task", cells=[harmless(row.task or "") for row in listed], rank=3),
            Column(head="reward", cells=[f"{row.reward:.3f}" for row in listed], is_number=True),
            Column(head="verdict", cells=[row.verdict.value for row in listed], rank=2),
            Column(head="class", cells=[row.reason_class for row in listed], rank=1),
            Column(head="words", cells=[f"{len(row.completion.split()):,}" for row in listed], rank=5, is_number=True),
            Column(head="reason", cells=[harmless(row.reason) for row in listed], rank=4, is_prose=True),
        ],
    )


def _print_table(table: TextTable) -> None:
    for line in lines_of(table, out.width):
        out.print(Text(line))


def _explain(folder: RunFolder, row: RunRow) -> None:
    """Print everything that the run has about a row."""
    where = f"{row.file}, line {row.line}" if row.file else f"row {row.position + 1}"
    out.print(Text(f"{harmless(row.id)}  ({harmless(where, 500)})", style="bold"))
    for turn in row.prompt:
        _block(f"prompt, {turn.get('role')}", turn.get("content"))
        if turn.get("tool_calls"):
            _block("tool calls", turn["tool_calls"])
    _block("completion", row.completion)
    if row.answer_span is not None:
        start, end = row.answer_span
        _block("stated answer", row.completion[start:end])
    _block("reference", row.reference)
    for name, value in row.kept.items():
        _block(name, value)
    reward = reward_of(folder.manifest, row)
    for part in reward.parts:
        out.print(part_table(part))
    problem = f"  {harmless(row.problem, 1_000)}" if row.problem else ""
    out.print(Text(f"reward {row.reward:g}", style="bold") + Text(f"  ({row.verdict}, {row.reason_class}){problem}"))
    out.print(Text(f"  {harmless(row.arithmetic, 1_000)}"))


def _block(name: str, value: JsonValue) -> None:
    """Print a text under its name, line by line, without what a terminal would obey."""
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    out.print(Text(f"{harmless(name)}:", style="bold"))
    lines = text[:SHOWN_CHARACTERS].split("\n")
    for line in lines:
        out.print(Text(f"  {harmless(line, SHOWN_CHARACTERS)}"))
    if len(text) > SHOWN_CHARACTERS:
        out.print(Text(f"  … {len(text) - SHOWN_CHARACTERS:,} more characters; --json has them"))
