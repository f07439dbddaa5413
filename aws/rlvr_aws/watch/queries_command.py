"""``rlvr aws queries``: CloudWatch Logs Insights queries, to paste into the console or for ``rlvr aws watch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import AsJson, DryRun

if TYPE_CHECKING:
    from rlvr_aws.watch.queries import Query


def queries(
    function: Annotated[str, typer.Argument(help="The function's name or ARN.", show_default=False)],
    suite: Annotated[
        Path | None, typer.Option(help="The suite file, for its metrics and ranges.", show_default=False)
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option("--query", help="Only this one; may be repeated.", show_default=False)
    ] = None,
    dry_run: DryRun = False,  # noqa: ARG001  # every command has it; this one never does anything
    as_json: AsJson = False,
) -> None:
    """Print Logs Insights queries that work on the lines of a reward function; nothing is asked of AWS.

    Paste one into CloudWatch, Logs Insights, with the log group that is named above it.

    Most read the records' lines, which a function with RLVR_LOG=batch or none does not write; those on durations,
    memory and starts read Lambda's lines, which must be text.
    """
    from rlvr_aws.watch.watched_function import WatchedFunction, name_in

    with errors_told():
        watched = WatchedFunction(name=name_in(function), region="")
        chosen = chosen_queries(suite, name)
    if as_json:
        told = [{"name": each.name, "purpose": each.purpose, "view": each.view, "query": each.text} for each in chosen]
        print_json({"log_group": watched.logs, "queries": told})
        return
    out.print(styled(f"Log group: {watched.logs}", "bold"))
    for each in chosen:
        out.print()
        out.print(styled(each.name, "bold cyan"))
        out.print(styled(each.text, limit=10_000))


def chosen_queries(suite: Path | None, names: list[str] | None) -> list[Query]:
    """Return the queries of these names, or all.

    Raises:
        typer.BadParameter: There is none of such a name.
        ConfigError: The suite is wrong.
    """
    from rlvr import load_suite
    from rlvr_aws.watch.queries import queries as queries_of

    there = queries_of(load_suite(suite) if suite is not None else None)
    for name in names or ():
        if name not in there:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(there)}", param_hint="--query")
    return [there[name] for name in names] if names else list(there.values())
