"""Tables of a summary, which drop whole columns where the terminal is narrow.

Each column has a rank; the column of the highest rank is dropped first, and columns of rank 0 never.
Numbers, ids and names are never cut: where the columns of rank 0 do not fit, a row becomes a block of lines.
Only a column of prose is shortened, at a space, so that no number in it loses digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from rich.cells import cell_len

GAP = 2

# A column of prose that is narrower than this says nothing, and is dropped.
PROSE_LEAST = 12


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    Attributes:
        head: Its title.
        cells: The text of each row.
        rank: When it is dropped: the highest first, 0 never.
        is_number: True to align it to the right.
        is_prose: True for text that may be shortened.
    """

    head: str
    cells: Sequence[str]
    rank: int = 0
    is_number: bool = False
    is_prose: bool = False

    @property
    def width(self) -> int:
        """Cells of a terminal that the widest text takes."""
        return max(map(cell_len, (self.head, *self.cells)))


class TextTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with a title; "" for none."""

    title: str
    columns: Sequence[Column]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0].cells) if self.columns else 0


def lines_of(table: TextTable, width: int) -> list[str]:
    """Return the lines of a table, none of them wider than the terminal unless a single name is."""
    columns = [column for column in table.columns if any(column.cells)]
    while True:
        fixed = sum(PROSE_LEAST if column.is_prose else column.width for column in columns) + GAP * (len(columns) - 1)
        if fixed <= width:
            return _laid_out(columns, _widths(columns, width))
        last = max(columns, key=lambda column: column.rank)
        if not last.rank:
            return list(_stacked(columns))
        columns = [column for column in columns if column is not last]


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Return the width of each column; prose takes what the others leave."""
    left = width - sum(column.width for column in columns if not column.is_prose) - GAP * (len(columns) - 1)
    return [min(column.width, left) if column.is_prose else column.width for column in columns]


def _laid_out(columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    rows = zip(*((column.head, *column.cells) for column in columns), strict=True)
    return [
        (" " * GAP)
        .join(_padded(column, cell, wide) for column, cell, wide in zip(columns, row, widths, strict=True))
        .rstrip()
        for row in rows
    ]


def _padded(column: Column, cell: str, width: int) -> str:
    text = shortened(cell, width) if column.is_prose else cell
    pad = " " * (width - cell_len(text))
    return pad + text if column.is_number else text + pad


def _stacked(columns: Sequence[Column]) -> Iterator[str]:
    """Yield each row as a block: its first cell, and a line for each other."""
    for row in zip(*(column.cells for column in columns), strict=True):
        yield row[0]
        yield from (f"  {column.head} {cell}" for column, cell in zip(columns[1:], row[1:], strict=True) if cell)


def shortened(text: str, width: int) -> str:
    """Return a text that takes at most some cells of a terminal, cut at a space."""
    if cell_len(text) <= width:
        return text
    kept: list[str] = []
    room = width - 2  # for a space and the mark
    for word in text.split(" "):
        room -= cell_len(word) + 1
        if room < -1:
            break
        kept.append(word)
    return " ".join([*kept, "…"])


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Return a text in lines of at most some cells, broken at spaces; lines after the first are indented."""
    lines = [""]
    for word in text.split(" "):
        line = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
        if cell_len(line) > width and lines[-1].strip():
            lines.append(indent + word)
        else:
            lines[-1] = line
    return lines
