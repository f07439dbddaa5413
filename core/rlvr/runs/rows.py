"""Files of records: JSON lines, or one JSON document of any event shape, plain or gzipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from rlvr.errors import RecordsError
from rlvr.record.events import rows_in
from rlvr.record.json_value import MAPPINGS
from rlvr.record.places import value_at
from rlvr.record.record import JsonValue

# A JSON document is read into memory as a whole; of JSON lines, only each line has a limit.
DOCUMENT_LIMIT_BYTES = 500_000_000
LINE_LIMIT_BYTES = 50_000_000


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a file.

    Attributes:
        line: Number of its line, from 1; in a JSON document, position of the row, from 1.
        value: The row, of any JSON type; None if the line cannot be read.
        problem: The reason why the line cannot be read; "" if it can.
    """

    line: int
    value: JsonValue = None
    problem: str = ""


def rows_of(path: Path) -> Iterator[Row]:
    """Yield the rows of a file; for JSON lines, memory does not grow with the file.

    A line that contains an event yields all rows of the event; blank lines are skipped.

    Raises:
        RecordsError: The file cannot be read, or is a JSON document that is not valid or contains no rows.
    """
    names = [part.lower() for part in path.suffixes]
    try:
        with cast("BinaryIO", gzip.open(path)) if names[-1:] == [".gz"] else path.open("rb") as file:
            yield from _rows_of_document(path, file) if ".json" in names else _rows_of_lines(file)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RecordsError(str(path), 0, f"cannot be read: {reason}") from error


def values_of(path: Path) -> Iterator[JsonValue]:
    """Yield the values of the rows of a file; raise at the first line that is not valid JSON.

    Raises:
        RecordsError: As :func:`rows_of`, and for a line that cannot be read.
    """
    for row in rows_of(path):
        if row.problem:
            raise RecordsError(str(path), row.line, row.problem)
        yield row.value


def _rows_of_lines(file: BinaryIO) -> Iterator[Row]:
    number = 0
    while line := file.readline(LINE_LIMIT_BYTES + 1):
        number += 1
        if len(line) > LINE_LIMIT_BYTES:
            yield Row(line=number, problem=f"longer than {LINE_LIMIT_BYTES} bytes")
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_LIMIT_BYTES)
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield from _rows_of_line(line, number)


def _rows_of_line(line: bytes, number: int) -> Iterator[Row]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield Row(line=number, problem=f"is not JSON: {error}")
        return
    rows = rows_in(value) if isinstance(value, (list, *MAPPINGS)) else None
    for row in [value] if rows is None else rows:
        yield Row(line=number, value=row)


def _rows_of_document(path: Path, file: BinaryIO) -> Iterator[Row]:
    text = file.read(DOCUMENT_LIMIT_BYTES + 1)
    if len(text) > DOCUMENT_LIMIT_BYTES:
        raise RecordsError(str(path), 0, f"a JSON document of more than {DOCUMENT_LIMIT_BYTES} bytes; use JSON lines")
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordsError(str(path), getattr(error, "lineno", 0), f"is not JSON: {error}") from error
    rows = _rows_of_log(event) or rows_in(event)
    if rows is None:
        raise RecordsError(str(path), 0, "contains no rows; expected a list of rows, or an event")
    for place, value in enumerate(rows, start=1):
        yield Row(line=place, value=value)


# Where logs of evaluations hold their rows: inspect, promptfoo, NeMo RL, HELM.
_ROWS_AT = ("samples", "results.results", "evaluation_data", "request_states")


def _rows_of_log(document: JsonValue) -> list[JsonValue] | None:
    """Return the rows of a log that an evaluation wrote as one document; None for other documents."""
    if not isinstance(document, dict):
        return None
    for path in _ROWS_AT:
        rows = value_at(document, path)
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            return rows
    conversations = document.get("convos")
    if isinstance(conversations, list) and conversations:  # simple-evals
        return [{"messages": each} for each in conversations]
    if document and all(key.isdecimal() and isinstance(row, dict) for key, row in document.items()):  # OpenCompass
        return [{"idx": key, **row} for key, row in document.items()]
    return None
