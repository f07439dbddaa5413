"""``rlvr aws watch``: what a running job earns, in the terminal."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, WRONG, errors_told, out, print_json, styled, tell_error
from rlvr_aws.account.errors import AwsError
from rlvr_aws.account.options import AccountOptions, FunctionName, ShowOptions, spread_options
from rlvr_aws.account.plan_console import show_calls
from rlvr_aws.watch.queries_command import QueryOptions, chosen_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlvr_aws.account.session import Aws
    from rlvr_aws.watch.live import QueryResult
    from rlvr_aws.watch.queries import Query
    from rlvr_aws.watch.watched_function import WatchedFunction

# A watch that nobody ends, ends: each look costs. Two days are longer than jobs take.
_LONGEST_SECONDS = 2 * 24 * 3600

_SHOWN_ROWS = 25
# How long a bar is, and how long in a terminal of fewer than so many columns.
_BAR, _SHORT_BAR, _NARROW = 40, 10, 100


@spread_options
def watch(
    function: FunctionName,
    minutes: Annotated[int, typer.Option(min=1, max=10_080, help="How far to look back.")] = 15,
    every: Annotated[int, typer.Option(min=10, max=3_600, help="Seconds from one look to the next.")] = 30,
    once: Annotated[
        bool, typer.Option("--once", help="Look once; exit code 1 if an alarm is on, 2 if a query fails.")
    ] = False,
    *,
    options: QueryOptions,
    account: AccountOptions,
    show: ShowOptions,
) -> None:
    """Show rewards, faults and durations from the function's logs, and which alarms are on, until Ctrl-C.

    Each look reads the logs of the last minutes once per query, and Logs Insights charges what is read.

    With --json it looks once.
    """
    from rlvr_aws.watch.watched_function import assumed, read

    with errors_told():
        aws = account.aws()
        chosen = _chosen(options)
        if show.dry_run:
            show_calls(_calls(assumed(aws, function), chosen, minutes), as_json=show.as_json)
            return
        watched = read(aws, function)
        if once or show.as_json:
            raise typer.Exit(_look(aws, watched, chosen, minutes, as_json=show.as_json))
        with suppress(KeyboardInterrupt):
            _look_often(aws, watched, chosen, minutes, every)


def _chosen(options: QueryOptions) -> list[Query]:
    from rlvr_aws.watch.live import PANELS

    panels = PANELS if options.suite is None else (*PANELS, "metric-means")
    return chosen_queries(options.suite, options.query or panels)


def _calls(watched: WatchedFunction, chosen: list[Query], minutes: int) -> list[tuple[str, dict[str, Any]]]:
    from rlvr_aws.watch.alarms import described
    from rlvr_aws.watch.live import requests

    asked = requests(watched, chosen, minutes=minutes, now=time.time())
    return [*(("logs:StartQuery", given) for _, given in asked), ("cloudwatch:DescribeAlarms", described(watched.name))]


def _look_often(aws: Aws, watched: WatchedFunction, chosen: list[Query], minutes: int, every: int) -> None:
    for round_number in range(_LONGEST_SECONDS // every):
        if not round_number:  # what is wrong from the start is told at once
            _look(aws, watched, chosen, minutes, as_json=False)
            continue
        time.sleep(every)
        out.clear()
        try:
            _look(aws, watched, chosen, minutes, as_json=False)
        except AwsError as error:  # throttled, or the network is gone for a while
            tell_error(error)


def _look(aws: Aws, watched: WatchedFunction, chosen: list[Query], minutes: int, *, as_json: bool) -> int:
    """Show everything once, and return the exit code that says what was seen."""
    from rlvr_aws.watch.alarms import alarming
    from rlvr_aws.watch.live import answers, requests
    from rlvr_aws.watch.watched_function import notices

    found = answers(aws, requests(watched, chosen, minutes=minutes, now=time.time()))
    there, alarms = alarming(aws, watched.name)
    if as_json:
        told = [msgspec.to_builtins(answer) for answer in found]
        document = {"function": watched.name, "minutes": minutes, "notices": notices(watched)}
        print_json({**document, "alarms_there": there, "alarms": alarms, "answers": told})
    else:
        out.print(styled(f"{watched.name}, the last {minutes} minutes", "bold"))
        for notice in notices(watched):
            out.print(styled(notice, "yellow"))
        for query, answer in zip(chosen, found, strict=True):
            _draw(query, answer)
        _draw_alarms(there, alarms)
    if any(answer.problem for answer in found):
        return WRONG
    return FINDINGS if alarms else 0


def _draw(query: Query, answer: QueryResult) -> None:
    if answer.problem or not answer.columns:
        out.print(styled(f"{query.name}: {answer.problem or 'nothing'}", "yellow" if answer.problem else "dim"))
        return
    columns, rows = answer.columns, list(answer.rows)
    if query.view == "timeSeries":
        rows.sort(key=lambda row: row.get("bin(5m)", ""), reverse=True)
    table = Table(title=query.name, title_justify="left")
    for column in columns:
        side: Literal["left", "right"] = "left" if _is_text(answer, column) else "right"
        table.add_column(styled(column, limit=60), justify=side, overflow="fold")  # what is cut cannot be looked up
    drawn = _drawn(query, columns)
    length = _BAR if out.width >= _NARROW else _SHORT_BAR
    if drawn:
        table.add_column(styled(drawn, limit=60), min_width=length, overflow="fold")  # cut bars would seem equal
    most = max((_number(row.get(drawn, "")) or 0.0 for row in rows), default=0.0)
    for row in rows[:_SHOWN_ROWS]:
        cells = [styled(_short(row.get(column, "")), limit=500) for column in columns]
        table.add_row(*cells, *([_bar(row.get(drawn, ""), most, length)] if drawn else ()))
    out.print(table)
    if len(rows) > _SHOWN_ROWS:
        out.print(f"and {len(rows) - _SHOWN_ROWS} more")


def _drawn(query: Query, columns: Sequence[str]) -> str:
    """Return the column that is drawn as bars: what is counted, or the first value over time; "" for a plain table."""
    if query.view == "table":
        return ""
    return next((column for column in columns if not column.startswith(("bin(", "reward_bucket"))), "")


def _bar(text: str, most: float, length: int) -> str:
    value = _number(text) or 0.0
    return "█" * round(length * value / most) if value > 0.0 else ""


def _draw_alarms(there: int, alarms: list[dict[str, Any]]) -> None:
    if not alarms:
        none = "There are no alarms; `rlvr aws dashboard` makes them."
        out.print(f"None of {there} alarms is on." if there else none)
        return
    table = Table(title="Alarms", title_justify="left", title_style="bold red")
    for heading in ("alarm", "since", "why"):
        table.add_column(heading, overflow="fold")
    for alarm in alarms:
        table.add_row(*(styled(alarm[key], limit=300) for key in ("name", "since", "reason")))
    out.print(table)


def _is_text(answer: QueryResult, column: str) -> bool:
    return any(_number(row[column]) is None for row in answer.rows if row.get(column))


def _number(text: str) -> float | None:
    """Return the number that a cell shows, None if it is none or not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _short(text: str) -> str:
    """Return a cell with four digits behind the point at most, and times of whole minutes without seconds."""
    number = _number(text)
    if number is None or "." not in text:
        return text.removesuffix(":00.000")
    return f"{number:.4f}".rstrip("0").rstrip(".")
