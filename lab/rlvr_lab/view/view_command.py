"""``rlvr view``: write a run as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rlvr.cli.console import err, errors_told, harmless, tell_damage
from rlvr_lab.page.rows_option import DEFAULT_ROWS, NoTextOption, RowsOption, read_rows

DEFAULT_NAME = "view.html"


def view(
    run: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=f"The file to write; {DEFAULT_NAME} in the folder of the run if not given."),
    ] = None,
    rows: RowsOption = str(DEFAULT_ROWS),
    no_text: NoTextOption = False,
) -> None:
    """Write a run as one HTML file that opens without a network.

    All figures are over all rows. The list has a sample of a large run: whole groups, and rows that were not scored.
    """
    most_rows = read_rows(rows)
    with errors_told():
        from rlvr.runs import RunFolder, open_output
        from rlvr_lab.page.document import files_of_run
        from rlvr_lab.view.report import view_run

        folder = RunFolder(run)
        target = run / DEFAULT_NAME if output is None else output
        made = view_run(folder, most_rows=most_rows, with_text=not no_text)
        with open_output(target, inputs=files_of_run(run)) as file:
            file.write(made.document)
    tell_damage(run, folder.damage)
    size = len(made.document.encode()) / 1e6
    contains = "no prompts and completions" if no_text else "prompts and completions"
    err.print(f"{harmless(target)}: {size:.1f} MB, {made.shown:,} of {made.rows:,} rows; it contains {contains}")
