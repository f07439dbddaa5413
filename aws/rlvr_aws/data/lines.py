"""Reader for the lines of a file of training data, as strict as the platforms are."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import msgspec

from rlvr import RecordsError
from rlvr.runs import LINE_LIMIT_BYTES
from rlvr_aws.data.rules import Finding

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
# Rows have a few levels; Python's parsers fail at some hundreds.
DEPTH_LIMIT = 100
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file.

    Attributes:
        number: Its number, from 1.
        size: The number of its bytes, with the newline.
        row: The object that it contains; None if it contains none.
        findings: The broken rules for lines.
        end: Whether the rest of the file cannot be read.
    """

    number: int
    size: int
    row: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()
    end: bool = False

    @property
    def has_row(self) -> bool:
        """Whether it contains a row, or should."""
        return self.row is not None or any(not finding.repaired and not self.end for finding in self.findings)


def lines_of(path: Path) -> Iterator[Line]:
    """Read a file line by line, in memory that does not grow with it.

    Raises:
        RecordsError: The file cannot be read, or is a device or a pipe, which may have no end and is read only once.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise RecordsError(str(path), 0, "is not a regular file; write the rows to one first")
    try:
        with path.open("rb") as file:
            yield from _lines(file)
    except OSError as error:
        raise RecordsError(str(path), 0, f"cannot be read: {error.strerror or error}") from error


def _lines(file: BinaryIO) -> Iterator[Line]:
    number, first = 0, True
    while text := file.readline(LINE_LIMIT_BYTES + 1):
        number += 1
        if len(text) > LINE_LIMIT_BYTES:
            yield _skip_rest(file, text, number)
            first = False
            continue
        line = _line(text, number, first=first)
        first = first and not text.strip()
        yield line
        if line.end:
            return


def _skip_rest(file: BinaryIO, text: bytes, number: int) -> Line:
    """Skip the rest of a line that is too long."""
    size = len(text)
    while text and not text.endswith(b"\n"):
        text = file.readline(LINE_LIMIT_BYTES)
        size += len(text)
    problem = f"has {size} bytes; at most {LINE_LIMIT_BYTES} are read"
    return Line(number=number, size=size, findings=(Finding(line=number, rule="line-too-long", problem=problem),))


def _line(text: bytes, number: int, *, first: bool) -> Line:
    size, found = len(text), []
    if number == 1 and text.startswith(BYTE_ORDER_MARK):
        text = text[len(BYTE_ORDER_MARK) :]
        found.append(_repairable(number, "byte-order-mark", "begins with a byte order mark"))
    whole = _other_format(text) if first else ""
    if whole:
        refused = Finding(line=number, rule="not-json-lines", problem=whole)
        return Line(number=number, size=size, findings=(refused,), end=True)
    if text and not text.endswith(b"\n"):
        found.append(_repairable(number, "no-final-newline", "the last line has no newline"))
    if not text.strip():
        found.extend([_repairable(number, "blank-line", "is blank")] if text else [])
        return Line(number=number, size=size, findings=tuple(found))
    row, rule, problem = _parse(text)
    if rule:
        found.append(Finding(line=number, rule=rule, problem=problem))
    return Line(number=number, size=size, row=row, findings=tuple(found))


def _repairable(number: int, rule: str, problem: str) -> Finding:
    return Finding(line=number, rule=rule, problem=problem, repaired=True)


def _other_format(text: bytes) -> str:
    """Return how the first line shows that the file is not JSON lines; "" if it does not."""
    start = text.strip()
    if start.startswith(_GZIP):
        return "the file is compressed"
    if start.startswith(b"["):
        return "the file is one JSON list, not a row per line"
    return "the file is one JSON document, spread over lines" if start == b"{" else ""


def _parse(text: bytes) -> tuple[dict[str, Any] | None, str, str]:
    """Return the row of a line, or the rule that the line breaks and how."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        return None, "not-utf-8", f"byte {error.start + 1} is not UTF-8"
    try:
        value = json.loads(decoded, parse_constant=_refuse_constant, parse_float=_finite_float)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        return None, "not-json", "is nested too deep"
    except UnicodeEncodeError:
        return None, "lone-surrogate", "contains half of a character"
    except ValueError as error:
        return None, "not-json", f"is not JSON: {error}"
    if not isinstance(value, dict):
        return None, "not-an-object", f"is {decoded.strip()[:40]!r}, not an object"
    if text.count(b"[") + text.count(b"{") > DEPTH_LIMIT and _is_deep(value):
        return None, "not-json", f"is nested deeper than {DEPTH_LIMIT} levels"
    return value, "", ""


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list)))
        level = [each for several in inner for each in several]
    return any(isinstance(each, (dict, list)) for each in level)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:40]} is too large for a number")
    return value
