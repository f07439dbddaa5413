"""``rlvr aws watch``: show the rewards and faults of a running job in the terminal."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal, assert_never

import msgspec
import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, WRONG, errors_told, out, print_json, styled, tell_error
from rlvr_aws.account.errors import AwsError
from rlvr_aws.account.options import AccountOptions, FunctionName, ShowOptions, spread_options
from rlvr_aws.account.plan_console import show_calls
from rlvr_aws.watch.queries_command import QueryOptions, chosen_queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlvr_aws.account.session import Aws
    from rlvr_aws.watch.live import QueryResult
    from rlvr_aws.watch.queries import Query, WidgetView
    from rlvr_aws.watch.watched_function import WatchedFunction

# The watch ends by itself, since each look costs money. Jobs take less than two days.
_LONGEST_SECONDS = 2 * 24 * 3600

_SHOWN_ROWS = 25
# The length of a bar, its length in a narrow terminal, and the columns below which a terminal is narrow.
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
    """Show rewards, faults and durations from the function's logs, and active alarms, until Ctrl-C.

    Each look reads the logs of the last minutes once per query, and Logs Insights charges for what it reads.

    With --json it looks once.
    """
    from rlvr_aws.watch.watched_function import default_function, read_function

    with errors_told():
        aws = account.aws()
        chosen = _choose_queries(options)
        if show.dry_run:
            show_calls(_calls(default_function(aws, function), chosen, minutes), as_json=show.as_json)
            return
        watched = read_function(aws, function)
        if once or show.as_json:
            raise typer.Exit(_look(aws, watched, chosen, minutes, as_json=show.as_json))
        with suppress(KeyboardInterrupt):
            _look_often(aws, watched, chosen, minutes, every)


def _choose_queries(options: QueryOptions) -> list[Query]:
    from rlvr_aws.watch.live import PANELS

    panels = PANELS if options.suite is None else (*PANELS, "metric-means")
    return chosen_queries(options.suite, options.query or panels)


def _calls(watched: WatchedFunction, chosen: list[Query], minutes: int) -> list[tuple[str, dict[str, Any]]]:
    from rlvr_aws.watch.alarms import describe_request
    from rlvr_aws.watch.live import query_requests

    asked = query_requests(watched, chosen, minutes=minutes, now=time.time())
    return [
        *(("logs:StartQuery", given) for _, given in asked),
        ("cloudwatch:DescribeAlarms", describe_request(watched.name)),
    ]


def _look_often(aws: Aws, watched: WatchedFunction, chosen: list[Query], minutes: int, every: int) -> None:
    for round_number in range(_LONGEST_SECONDS // every):
        if not round_number:  # an error at the start ends the command
            _look(aws, watched, chosen, minutes, as_json=False)
            continue
        time.sleep(every)
        out.clear()
        try:
            _look(aws, watched, chosen, minutes, as_json=False)
        except AwsError as error:  # throttling, or a temporary fault of the network
            tell_error(error)


def _look(aws: Aws, watched: WatchedFunction, chosen: list[Query], minutes: int, *, as_json: bool) -> int:
    """Show everything once, and return the exit code for it."""
    from rlvr_aws.watch.alarms import active_alarms
    from rlvr_aws.watch.live import query_requests, run_queries
    from rlvr_aws.watch.watched_function import notices

    found = run_queries(aws, query_requests(watched, chosen, minutes=minutes, now=time.time()))
    there, alarms = active_alarms(aws, watched.name)
    if as_json:
        results = [msgspec.to_builtins(each) for each in found]
        document = {"function": watched.name, "minutes": minutes, "notices": notices(watched)}
        print_json({**document, "alarms_there": there, "alarms": alarms, "answers": results})
    else:
        out.print(styled(f"{watched.name}, the last {minutes} minutes", "bold"))
        for notice in notices(watched):
            out.print(styled(notice, "yellow"))
        for query, result in zip(chosen, found, strict=True):
            _draw(query, result)
        _draw_alarms(there, alarms)
    if any(each.problem for each in found):
        return WRONG
    return FINDINGS if alarms else 0


def _draw(query: Query, result: QueryResult) -> None:
    if result.problem or not result.columns:
        out.print(styled(f"{query.name}: {result.problem or 'nothing'}", "yellow" if result.problem else "dim"))
        return
    columns, rows = result.columns, _rows_in_order(query.view, result.rows)
    table = Table(title=query.name, title_justify="left")
    for column in columns:
        side: Literal["left", "right"] = "left" if _is_text(result, column) else "right"
        table.add_column(
            styled(column, limit=60), justify=side, overflow="fold"
        )  # a value that is cut cannot be looked up
    drawn = _bar_column(query.view, columns)
    length = _BAR if out.width >= _NARROW else _SHORT_BAR
    if drawn:
        table.add_column(
            styled(drawn, limit=60), min_width=length, overflow="fold"
        )  # bars that are cut would seem equal
    most = max((_number(row.get(drawn, "")) or 0.0 for row in rows), default=0.0)
    for row in rows[:_SHOWN_ROWS]:
        cells = [styled(_short(row.get(column, "")), limit=500) for column in columns]
        table.add_row(*cells, *([_bar(row.get(drawn, ""), most, length)] if drawn else ()))
    out.print(table)
    if len(rows) > _SHOWN_ROWS:
        out.print(f"and {len(rows) - _SHOWN_ROWS} more")


def _rows_in_order(view: WidgetView, rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the rows as they are shown: those over time with the latest first."""
    match view:
        case "table" | "bar":
            return list(rows)
        case "timeSeries":
            return sorted(rows, key=lambda row: row.get("bin(5m)", ""), reverse=True)
        case _:
            assert_never(view)


def _bar_column(view: WidgetView, columns: Sequence[str]) -> str:
    """Return the column that is drawn as bars: the count, or the first value over time; "" for a plain table."""
    match view:
        case "table":
            return ""
        case "bar" | "timeSeries":
            return next((column for column in columns if not column.startswith(("bin(", "reward_bucket"))), "")
        case _:
            assert_never(view)


def _bar(text: str, most: float, length: int) -> str:
    value = _number(text) or 0.0
    return "█" * round(length * value / most) if value > 0.0 else ""


def _draw_alarms(there: int, alarms: list[dict[str, Any]]) -> None:
    if not alarms:
        none = "There are no alarms; `rlvr aws dashboard` creates them."
        out.print(f"None of {there} alarms is active." if there else none)
        return
    table = Table(title="Alarms", title_justify="left", title_style="bold red")
    for heading in ("alarm", "since", "why"):
        table.add_column(heading, overflow="fold")
    for alarm in alarms:
        table.add_row(*(styled(alarm[key], limit=300) for key in ("name", "since", "reason")))
    out.print(table)


def _is_text(result: QueryResult, column: str) -> bool:
    return any(_number(row[column]) is None for row in result.rows if row.get(column))


def _number(text: str) -> float | None:
    """Return the number in a cell; None if it is not a finite number."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _short(text: str) -> str:
    """Return a cell with at most four decimals, and a time of whole minutes without seconds."""
    number = _number(text)
    if number is None or "." not in text:
        return text.removesuffix(":00.000")
    return f"{number:.4f}".rstrip("0").rstrip(".")
