"""CSV and TSV: the first row names the columns, each other row is a row of texts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rlvr.errors import RecordsError
from rlvr.record.text import encodable_text
from rlvr.runs.remote import name_of

if TYPE_CHECKING:
    from _csv import Reader


def delimited_rows(
    file: BinaryIO, path: Path, delimiter: str, limit_bytes: int
) -> Iterator[tuple[int, dict[str, str] | None, str]]:
    """Yield for each row the number of its first line, its cells by column, and the reason why it cannot be read.

    Raises:
        RecordsError: Columns have no names, or two columns have one name.
    """
    csv.field_size_limit(max(csv.field_size_limit(), limit_bytes))  # the default of 128 kB is less than a completion
    # A byte that is not UTF-8 makes its row a problem, and not the rows after it.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows_of_reader(csv.reader(text, delimiter=delimiter), path)
    finally:
        text.detach()  # the file belongs to the caller


def _rows_of_reader(reader: Reader, path: Path) -> Iterator[tuple[int, dict[str, str] | None, str]]:
    names: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield line, None, f"is not CSV: {error}"
            continue
        if cells is None:
            return
        if not cells:
            continue
        if names is None:
            names = _checked_names(cells, path, line)
        elif len(cells) != len(names):
            yield line, None, f"has {len(cells)} cells, and the first row names {len(names)} columns"
        elif any(cell != encodable_text(cell, "?") for cell in cells):
            yield line, None, "is not UTF-8 text"
        else:
            yield line, dict(zip(names, cells, strict=True)), ""


def _checked_names(names: list[str], path: Path, line: int) -> list[str]:
    if any(name != encodable_text(name, "?") for name in names):
        raise RecordsError(name_of(path), line, "is not UTF-8 text; convert the file, such as by `iconv -t UTF-8`")
    repeated = repeated_name(names)
    if repeated is not None:
        raise RecordsError(name_of(path), line, f"several columns have the name {repeated!r}")
    return names


def repeated_name(names: Sequence[str]) -> str | None:
    """Return the first name that several columns have; None if each has its own."""
    return next((name for name, count in Counter(names).items() if count > 1), None)
