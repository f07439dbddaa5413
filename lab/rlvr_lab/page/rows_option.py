"""The option ``--rows``: how many rows the list of a page has."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

# A page of 5,000 rows with completions of 1.7 kB is 3 MB and opens in one second.
DEFAULT_ROWS = 5_000
# A browser takes half a gigabyte for 50,000 rows.
MOST_ROWS = 50_000


def read_rows(text: str) -> int:
    """Return the number of rows that an option asks for.

    Raises:
        typer.BadParameter: It is not ``all`` and no number that a browser can show.
    """
    if text == "all":
        return MOST_ROWS
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_ROWS))
    if not (is_number and 0 < int(text) <= MOST_ROWS):
        raise typer.BadParameter(
            f"{text!r} is not a number from 1 to {MOST_ROWS}: a browser takes half a gigabyte for {MOST_ROWS} rows"
        )
    return int(text)


RowsOption: TypeAlias = Annotated[
    str, typer.Option("--rows", help=f"Rows in the list of the page at most: a number up to {MOST_ROWS}, or all.")
]
NoTextOption: TypeAlias = Annotated[
    bool,
    typer.Option("--no-text", help="Leave prompts, completions, references, reasons and evidence out of the page."),
]
