"""``rlvr aws queries``: print CloudWatch Logs Insights queries, for the console or ``rlvr aws watch``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Meta, Struct

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import FunctionName, ShowOptions, spread_options

if TYPE_CHECKING:
    from rlvr_aws.watch.queries import Query


class QueryOptions(Struct, frozen=True, kw_only=True):
    """The queries of a command."""

    suite: Annotated[Path | None, Meta(description="The suite file, for its metrics and ranges.")] = None
    query: Annotated[tuple[str, ...], Meta(description="Only this query, by its name; may be repeated.")] = ()


@spread_options
def queries(
    function: FunctionName,
    *,
    options: QueryOptions,
    show: ShowOptions,
) -> None:
    """Print Logs Insights queries for the logs of a reward function; no call to AWS is made.

    Paste one into CloudWatch, Logs Insights, with the printed log group.

    Most queries read the lines of records, which a function with RLVR_LOG=batch or none does not write. Those on
    durations, memory and starts read Lambda's lines, which must be text.
    """
    from rlvr_aws.watch.watched_function import WatchedFunction, name_in

    with errors_told():
        watched = WatchedFunction(name=name_in(function), region="")
        chosen = chosen_queries(options.suite, options.query)
    if show.as_json:
        found = [{"name": each.name, "purpose": each.purpose, "view": each.view, "query": each.text} for each in chosen]
        print_json({"log_group": watched.logs, "queries": found})
        return
    out.print(styled(f"Log group: {watched.logs}", "bold"))
    for each in chosen:
        out.print()
        out.print(styled(each.name, "bold cyan"))
        out.print(styled(each.text, limit=10_000))


def chosen_queries(suite: Path | None, names: Sequence[str]) -> list[Query]:
    """Return the queries of these names, or all queries.

    Raises:
        typer.BadParameter: No query has such a name.
        ConfigError: The suite is wrong.
    """
    from rlvr import load_suite
    from rlvr_aws.watch.queries import queries as queries_of

    there = queries_of(load_suite(suite) if suite is not None else None)
    for name in names:
        if name not in there:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(there)}", param_hint="--query")
    return [there[name] for name in names] if names else list(there.values())
