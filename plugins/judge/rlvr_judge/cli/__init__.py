"""``rlvr judge``: what a judge would be asked about a record, what that costs, and one real judgement, explained."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from rlvr import Entry, Record, Suite, load_suite
from rlvr.cli.console import FINDINGS, errors_told, harmless, out, print_json, styled, tell_error
from rlvr.record import read_row, records_of
from rlvr.runs import find_record, rows_of
from rlvr.testing import scored
from rlvr_judge.backends.call import Call
from rlvr_judge.backends.connection import Connection
from rlvr_judge.estimates import estimated_tokens
from rlvr_judge.previewing import Preview, judges_in, preview
from rlvr_judge.spending.prices import shipped_prices
from rlvr_judge.troubles import NoVerdictError

SuiteFile = Annotated[Path, typer.Argument(help="The suite file.", show_default=False)]
Records = Annotated[Path, typer.Argument(help="JSON lines, or a JSON file with an event.", show_default=False)]
RecordId = Annotated[str | None, typer.Option("--id", help="The id of the record.", show_default=False)]
Line = Annotated[int | None, typer.Option("--line", help="The line of the record, from 1.", show_default=False)]
EntryName = Annotated[str | None, typer.Option("--entry", help="The name of one entry.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
CountTokens = Annotated[
    bool,
    typer.Option("--count-tokens", help="Let Amazon Bedrock count the tokens, which is free, in place of a guess."),
]

judge = typer.Typer(
    name="judge",
    help="Look at what judges are asked, what they cost, and how they decide.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@judge.command("preview")
def show_requests(  # noqa: PLR0917  # typer names them
    suite: SuiteFile,
    records: Records,
    record_id: RecordId = None,
    line: Line = None,
    entry: EntryName = None,
    count_tokens: CountTokens = False,
    as_json: AsJson = False,
) -> None:
    """Show the exact requests about one record, with an estimate of their tokens and their price; send nothing."""
    with errors_told():
        _, record, entries = _chosen(suite, records, record_id, line, entry)
        shown = [_described(each, asyncio.run(preview(each, record)), count_tokens=count_tokens) for each in entries]
    if as_json:
        print_json({"id": record.id, "entries": shown})
        return
    for each in shown:
        out.print(styled(f"{each['name']}  ({each['scorer']}), requests: {len(each['requests'])}", "bold"))
        if each["screened"] is not None:
            out.print(styled(f"no request: the score is {each['screened']['value']}, {each['screened']['reason']}"))
        for request in each["requests"]:
            out.print(styled(f"to {request['to']}: {_words_for(request)}"))
            typer.echo(json.dumps(request["body"], indent=2, ensure_ascii=True))


@judge.command("try")
def try_record(  # noqa: PLR0917  # typer names them
    suite: SuiteFile,
    records: Records,
    record_id: RecordId = None,
    line: Line = None,
    entry: EntryName = None,
    as_json: AsJson = False,
) -> None:
    """Ask the judges about one record, once, and explain their verdicts."""
    with errors_told():
        _, record, entries = _chosen(suite, records, record_id, line, entry)
        scores = [scored(each.installed.scorer, each.visible_part(record), each.prepared.options) for each in entries]
    if as_json:
        tried = [
            {"name": each.name, "scorer": each.installed.id, **msgspec.to_builtins(score)}
            for each, score in zip(entries, scores, strict=True)
        ]
        print_json({"id": record.id, "entries": tried})
    else:
        for each, score in zip(entries, scores, strict=True):
            table = Table(title=f"{each.name}  ({each.installed.id})", title_justify="left", show_header=False)
            kind = f"{score.verdict}: {score.failure}" if score.failure else score.verdict.value
            table.add_row("score", f"{'none' if score.value is None else f'{score.value:g}'}  ({kind})")
            table.add_row("reason", styled(score.reason, limit=1_000))
            for name, value in score.evidence.items():
                table.add_row(styled(name), styled(json.dumps(value, indent=1, default=str), limit=4_000))
            for name, metric in score.metrics.items():
                table.add_row(styled(name), f"{metric:g}")
            out.print(table)
    if any(score.failure for score in scores):
        raise typer.Exit(FINDINGS)


@judge.command("price")
def show_price(suite: SuiteFile, records: Records, count_tokens: CountTokens = False, as_json: AsJson = False) -> None:
    """Estimate what the judges of a suite take for a file of records; ask no model.

    Every record counts as if each judge were asked about it: gates, conditions, second scorers and the cache make the
    run cheaper, retries and larger judges make it dearer.
    """
    with errors_told():
        loaded = load_suite(suite)
        totals: dict[str, dict[str, Any]] = {}
        found = 0
        for record in _records(loaded, records):
            found += 1
            for each in judges_in(loaded.tasks[record.task].entries) if record.task else ():
                planned = asyncio.run(preview(each, record))
                for connection, call in planned.requests:
                    _add(totals.setdefault(connection.endpoint.model, _zero()), connection, call, counts=count_tokens)
    amounts = [total["usd"] for total in totals.values()]
    document = {
        "records": found,
        "models": totals,
        "usd": None if None in amounts else sum(amounts),
        "prices": f"{shipped_prices().source}, {shipped_prices().date}; those of the suite come first",
    }
    if as_json:
        print_json(document)
        return
    table = Table("model", "requests", "tokens in", "tokens out", "USD", title=f"{found} records", title_justify="left")
    for model, total in totals.items():
        usd = "no price known" if total["usd"] is None else f"{total['usd']:.4f}"
        table.add_row(styled(model), *(f"{total[name]:,}" for name in ("requests", "tokens_in", "tokens_out")), usd)
    out.print(table)
    out.print(styled(f"prices: {document['prices']}", limit=400))


def _chosen(
    path: Path, records: Path, record_id: str | None, line: int | None, name: str | None
) -> tuple[Suite, Record, list[Entry]]:
    """Return the suite, the record, and the entries of its task that ask a model."""
    if (record_id is None) == (line is None):
        raise typer.BadParameter("give one of --id and --line")
    suite = load_suite(path)
    found = find_record(suite, records, record_id, line)
    if found is None:
        wanted = f"id {record_id!r}" if line is None else f"line {line}"
        tell_error(f"no record with {harmless(wanted)} in {harmless(records)}")
        raise typer.Exit(FINDINGS)
    record = suite.routed(found[2])
    if record.problem or record.task is None:
        tell_error(f"the record cannot be scored: {harmless(record.problem)}")
        raise typer.Exit(FINDINGS)
    judges = list(judges_in(suite.tasks[record.task].entries))
    entries = [each for each in judges if name is None or each.name == name]
    if not entries:
        known = ", ".join(each.name for each in judges) or "none"
        raise typer.BadParameter(f"the task {record.task!r} has no such entry that asks a model; it has: {known}")
    return suite, record, entries


def _records(suite: Suite, path: Path) -> Iterator[Record]:
    for position, row in enumerate(rows_of(path)):
        if not row.problem:
            for record in records_of(read_row(row.value, suite.rules, position=position), suite.rules):
                routed = suite.routed(record)
                if not routed.problem and not routed.is_blank:
                    yield routed


def _described(entry: Entry, planned: Preview, *, count_tokens: bool) -> dict[str, Any]:
    screened = planned.screened
    return {
        "name": entry.name,
        "scorer": entry.installed.id,
        "is_second": entry.place[2],
        "screened": None if screened is None else {"value": screened.value, "reason": screened.reason},
        "requests": [_request(connection, call, counts=count_tokens) for connection, call in planned.requests],
    }


def _request(connection: Connection, call: Call, *, counts: bool) -> dict[str, Any]:
    tokens, counted = estimated_tokens(call), False
    if counts:
        try:
            known = connection.count_tokens(call)
        except NoVerdictError as error:
            tell_error(f"{error}; the tokens are estimated")
        else:
            counted = known is not None
            tokens = msgspec.structs.replace(tokens, tokens_in=tokens.tokens_in if known is None else known)
    endpoint = connection.endpoint
    return {
        "to": endpoint.base_url or "Amazon Bedrock",
        "model": endpoint.model,
        "tokens_in": tokens.tokens_in,
        "tokens_out": tokens.tokens_out,
        "is_counted": counted,
        "usd": None if connection.price is None else connection.price.usd_of(tokens),
        "body": connection.body_of(call),
    }


def _words_for(request: dict[str, Any]) -> str:
    price = "no price known" if request["usd"] is None else f"{request['usd']:.6f} USD"
    how = "counted" if request["is_counted"] else "estimated"
    return f"{request['tokens_in']} tokens in ({how}), about {request['tokens_out']} out, {price}"


def _zero() -> dict[str, Any]:
    return {"requests": 0, "tokens_in": 0, "tokens_out": 0, "usd": 0.0}


def _add(totals: dict[str, Any], connection: Connection, call: Call, *, counts: bool) -> None:
    request = _request(connection, call, counts=counts)
    totals["requests"] += 1
    totals["tokens_in"] += request["tokens_in"]
    totals["tokens_out"] += request["tokens_out"]
    totals["usd"] = None if request["usd"] is None or totals["usd"] is None else totals["usd"] + request["usd"]
