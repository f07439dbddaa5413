"""``rlvr aws advice``: recommend sizes and compute costs from the measurements of ``rlvr simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from rlvr.cli.console import FINDINGS, errors_told, out, print_json, styled
from rlvr_aws.account.options import ShowOptions, spread_options
from rlvr_aws.watch.advice import PlannedJob

if TYPE_CHECKING:
    from rlvr_aws.watch.advice import Advice


@spread_options
def advice(
    simulated: Annotated[Path, typer.Option(help="The output of `rlvr simulate --json`.", show_default=False)],
    *,
    job: PlannedJob,
    show: ShowOptions,
) -> None:
    """Recommend memory, timeout and concurrency, and compute the cost of scoring; no call to AWS is made.

    First measure: rlvr simulate SUITE RECORDS --json > measured.json.

    Exit code 1 means that a problem must be corrected first. Prices are x86's of us-east-1.
    """
    from rlvr_aws.watch.advice import advice as advice_of
    from rlvr_aws.watch.advice import as_json as json_of
    from rlvr_aws.watch.advice import read_measurements

    with errors_told():
        found = advice_of(read_measurements(simulated), job)
    if show.as_json:
        print_json(json_of(found, job))
    else:
        _draw(found)
    if any(each.warning for each in found):
        raise typer.Exit(FINDINGS)


def _draw(found: list[Advice]) -> None:
    table = Table("what", "value", "why", title="Advice", title_justify="left")
    for each in found:
        style = "bold red" if each.warning else ""
        value = f"{each.value:,}" if isinstance(each.value, (int, float)) else each.value
        table.add_row(styled(each.what, style), styled(value, style), styled(each.why, limit=1_000))
    out.print(table)
    out.print(
        "Times are those of the measuring machine, divided by Lambda's share of a core; measure again once deployed."
    )
