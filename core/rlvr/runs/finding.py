"""Finding one record of a file, by its id or its line."""

from __future__ import annotations

from pathlib import Path

from rlvr.config import Suite
from rlvr.record import Reading, Record, read_row, records_of
from rlvr.runs.rows import rows_of


def find_record(
    suite: Suite, path: Path, record_id: str | None, line: int | None
) -> tuple[int, Reading, Record] | None:
    """Return the line, what was read and the first record of the first row with an id, or of a line; None if none."""
    for position, row in enumerate(rows_of(path)):
        if row.problem:
            continue
        reading = read_row(row.value, suite.rules, position=position)
        if row.line == line or (line is None and str(reading.id) == record_id):
            return row.line, reading, records_of(reading, suite.rules)[0]
    return None
