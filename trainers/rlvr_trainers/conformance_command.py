"""``rlvr conformance``: hand the same rows over as every trainer does, and show who would pay differently."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import FINDINGS, errors_told, out, print_json
from rlvr.cli.summary.tables import Column, TextTable, lines_of

_SHOWN_DIFFERENCES = 3


def conformance(
    suite: Annotated[Path, typer.Argument(help="The suite file.", show_default=False)],
    data: Annotated[Path, typer.Argument(help="The rows, with completions.", show_default=False)],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows to take from the start.")] = 500,
    as_json: Annotated[bool, typer.Option("--json", help="Print every difference as JSON.")] = False,
) -> None:
    """Hand the same rows over as every trainer does, and compare the rewards with those of rlvr score.

    Adapters are run with or without their trainer installed. Exits with 1 if a row differs.
    """
    with errors_told():
        from rlvr import close, load_suite
        from rlvr.runs import values_of
        from rlvr_trainers.conformance import conform

        loaded = load_suite(suite)
        outcomes = list(conform(loaded, islice(values_of(data), limit)))
        close(loaded)
    if as_json:
        print_json(
            [{**each._asdict(), "differences": [found._asdict() for found in each.differences]} for each in outcomes]
        )
    else:
        words = [
            each.problem or (f"{len(each.differences)} differ" if each.differences else "equal") for each in outcomes
        ]
        columns = [
            Column(head="shape", cells=[each.shape for each in outcomes]),
            Column(head="installed", cells=["yes" if each.installed else "no" for each in outcomes], rank=2),
            Column(head="rows", cells=[str(each.rows) for each in outcomes], is_number=True),
            Column(head="left out", cells=[str(each.left_out) for each in outcomes], is_number=True, rank=1),
            Column(head="rewards", cells=words, is_prose=True),
        ]
        for line in lines_of(TextTable(title="", columns=columns), out.width):
            out.print(line, highlight=False, markup=False, soft_wrap=True)
        for each in outcomes:
            for found in each.differences[:_SHOWN_DIFFERENCES]:
                text = f"{each.shape}, row {found.row}: {found.expected} by score, {found.found} here ({found.why})"
                out.print(text, highlight=False, markup=False)
    if any(each.differences or each.problem.startswith("gave") for each in outcomes):
        raise typer.Exit(FINDINGS)
