"""Rows of files: JSON lines, JSON documents of any event shape, CSV, Parquet, Arrow; plain or compressed."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, assert_never

import msgspec

from rlvr.errors import RecordsError
from rlvr.record.events import rows_in
from rlvr.record.json_value import MAPPINGS
from rlvr.record.places import value_at
from rlvr.record.record import JsonValue
from rlvr.runs.output import DASH
from rlvr.runs.remote import name_of
from rlvr.runs.sources import FileFormat, files_of, format_of, open_source

# A JSON document is read into memory as a whole; of JSON lines, only each line has a limit.
DOCUMENT_LIMIT_BYTES = 500_000_000
LINE_LIMIT_BYTES = 50_000_000


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of a file.

    Attributes:
        line: Number of its line, from 1; in a JSON document or a table, position of the row, from 1.
        value: The row, of any JSON type; None if the line cannot be read.
        problem: The reason why the line cannot be read, the same for lines with the same fault; "" if it can be read.
        column: Where in the line the problem is, from 1; 0 if that is not known.
        file: The file, as the user or a folder named it.
        unread: The line, if it is not parsed yet; see :func:`parsed`.
    """

    line: int
    value: JsonValue = None
    problem: str = ""
    column: int = 0
    file: str = ""
    unread: bytes = b""

    @property
    def error(self) -> RecordsError:
        """The problem as an error that names its place."""
        return RecordsError(self.file, self.line, self.problem + (f" (column {self.column})" if self.column else ""))


def rows_of(*sources: Path, parses: bool = True) -> Iterator[Row]:
    """Yield the rows of files; memory does not grow with them, except for a JSON document.

    A line that contains an event yields all rows of the event; blank lines are skipped.

    Args:
        sources: Files, folders, patterns such as ``data/*.jsonl``, addresses such as ``hf://datasets/...``, or ``-``
            for JSON lines on standard input.
        parses: Whether to parse lines of JSON. If not, each line that is one row is ``Row.unread``, for another process
            to parse.

    Raises:
        RecordsError: A file cannot be read, or is a JSON document that is not valid or contains no rows.
    """
    for path in files_of(sources):
        line = 0
        try:
            for row in _rows_of_file(path, parses=parses):
                line = row.line
                yield row
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            where = f" after line {line:,}" if line else ""
            raise RecordsError(name_of(path), 0, f"cannot be read{where}: {reason}") from error


def values_of(*sources: Path) -> Iterator[JsonValue]:
    """Yield the values of the rows of files; raise at the first line that cannot be read.

    Raises:
        RecordsError: As :func:`rows_of`, and for a line that cannot be read.
    """
    for row in rows_of(*sources):
        if row.problem:
            raise row.error
        yield row.value


def parsed(row: Row) -> Row:
    """Return a row whose line is parsed."""
    if not row.unread:
        return row
    (found,) = _rows_of_line(row.unread, row.line, row.file)
    return found


def _rows_of_file(path: Path, *, parses: bool) -> Iterator[Row]:
    kind: FileFormat = "lines" if path == DASH else format_of(path)
    match kind:
        case "lines":
            with open_source(path) as file:
                yield from rows_of_lines(path, file, parses=parses)
        case "document":
            with open_source(path) as file:
                yield from _rows_of_document(path, file)
        case "csv":
            yield from _rows_of_delimited(path, ",")
        case "tsv":
            yield from _rows_of_delimited(path, "\t")
        case "parquet":
            from rlvr.runs.arrow import parquet_rows

            with open_source(path) as file:
                yield from _rows_of_table(path, parquet_rows(file, path))
        case "arrow":
            from rlvr.runs.arrow import arrow_rows

            with open_source(path) as file:
                yield from _rows_of_table(path, arrow_rows(file, path))
        case _:
            assert_never(kind)


def _rows_of_table(path: Path, values: Iterator[JsonValue]) -> Iterator[Row]:
    for number, value in enumerate(values, start=1):
        yield Row(line=number, value=value, file=name_of(path))


def _rows_of_delimited(path: Path, delimiter: str) -> Iterator[Row]:
    from rlvr.runs.delimited import delimited_rows

    with open_source(path) as file:
        for line, cells, problem in delimited_rows(file, path, delimiter, LINE_LIMIT_BYTES):
            yield Row(line=line, value=cells, problem=problem, file=name_of(path))


def rows_of_lines(path: Path, file: BinaryIO, *, is_whole: bool = True, parses: bool = True) -> Iterator[Row]:
    """Yield the rows of JSON lines; see :func:`rows_of`.

    Args:
        path: The file, for messages.
        file: Its content.
        is_whole: Whether that is the file from its start, so that its first bytes say whether it is something else.
        parses: Whether to parse the lines; see :func:`rows_of`.
    """
    number, name = 0, name_of(path)
    while line := file.readline(LINE_LIMIT_BYTES + 1):
        number += 1
        if len(line) > LINE_LIMIT_BYTES:
            yield Row(line=number, problem=f"longer than {LINE_LIMIT_BYTES} bytes", file=name)
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_LIMIT_BYTES)
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if is_whole:
                _refuse_other_format(path, line)
                if line.strip() in {b"[", b"{"}:  # a document over several lines, such as `jq .` writes
                    yield from _rows_of_document(path, file, line)
                    return
        if line.strip():
            if parses or not _is_one_row(line):
                yield from _rows_of_line(line, number, name)
            else:
                yield Row(line=number, unread=line, file=name)


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a line that may contain an event of several rows; all else is skipped, in a third of the time."""

    trajectories: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    batch: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_NO_ENVELOPE = _Envelope()


def _is_one_row(line: bytes) -> bool:
    """Return whether a line is one row for certain, and no event of several rows."""
    try:
        return _decode_envelope(line) == _NO_ENVELOPE
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False


# What files of other formats start with.
_OTHER_FORMATS = {
    b"PAR1": "is Parquet: give it a name that ends in .parquet",
    b"ARROW1": "is Arrow: give it a name that ends in .arrow",
    b"\xff\xff\xff\xff": "is Arrow: give it a name that ends in .arrow",
    b"\x1f\x8b": "is compressed by gzip: give it a name that ends in .gz",
    b"\x28\xb5\x2f\xfd": "is compressed by Zstandard: give it a name that ends in .zst",
    b"\xff\xfe": "is text in UTF-16; convert it to UTF-8",
    b"\xfe\xff": "is text in UTF-16; convert it to UTF-8",
}


def _refuse_other_format(path: Path, start: bytes) -> None:
    for mark, problem in _OTHER_FORMATS.items():
        if start.startswith(mark):
            raise RecordsError(name_of(path), 0, f"is read as JSON lines, and {problem}")


def _rows_of_line(line: bytes, number: int, file: str) -> Iterator[Row]:
    try:
        value = json_of_line(line)
    except (ValueError, RecursionError) as error:
        yield Row(line=number, problem=f"is not JSON: {_describe(error)}", column=_column_of(error), file=file)
        return
    rows = rows_in(value) if isinstance(value, (list, *MAPPINGS)) else None
    for row in [value] if rows is None else rows:
        yield Row(line=number, value=row, file=file)


def json_of_line(line: bytes) -> JsonValue:
    """Return the value of a line of JSON, as ``json.loads`` reads it, in a third of the time.

    Raises:
        ValueError: The line is not valid.
        RecursionError: It is nested too deeply.
    """
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeError):  # also NaN, lone surrogates, and integers and floats without end
        return json.loads(line)


_decode = msgspec.json.Decoder().decode


def _describe(error: ValueError | RecursionError) -> str:
    """Return a reason without numbers, so that equal faults have equal reasons."""
    match error:
        case json.JSONDecodeError():
            return error.msg
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return "a number has too many digits"


def _column_of(error: ValueError | RecursionError) -> int:
    return error.colno if isinstance(error, json.JSONDecodeError) else 0


def _rows_of_document(path: Path, file: BinaryIO, start: bytes = b"") -> Iterator[Row]:
    """Yield the rows of a JSON document; of JSON lines too, since many files of them are named ``.json``."""
    text = start + file.read(DOCUMENT_LIMIT_BYTES + 1)
    if len(text) > DOCUMENT_LIMIT_BYTES:
        raise RecordsError(
            name_of(path), 0, f"a JSON document of more than {DOCUMENT_LIMIT_BYTES} bytes; use JSON lines"
        )
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        if _is_json(text.partition(b"\n")[0]):
            yield from rows_of_lines(path, io.BytesIO(text))
            return
        line, column = getattr(error, "lineno", 0), _column_of(error)
        problem = f"is not JSON: {_describe(error)}"
        if isinstance(error, json.JSONDecodeError) and error.msg == _SECOND_DOCUMENT:
            problem = "starts a second JSON document: write each row on a line of its own, as `jq -c` does"
        raise Row(line=line, problem=problem, column=column, file=name_of(path)).error from error
    rows = _rows_of_log(event) or rows_in(event)
    if rows is None:
        raise RecordsError(name_of(path), 0, "contains no rows; expected a list of rows, or an event")
    for place, value in enumerate(rows, start=1):
        yield Row(line=place, value=value, file=name_of(path))


_SECOND_DOCUMENT = "Extra data"


def _is_json(line: bytes) -> bool:
    try:
        json_of_line(line)
    except (ValueError, RecursionError):
        return False
    return True


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
