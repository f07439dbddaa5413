"""Rows of files, scored in batches; each reward comes with the row that it is about."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar
from zlib import crc32

import msgspec

from rlvr.config import Suite
from rlvr.groups import groups_by_key
from rlvr.jobs import Runner
from rlvr.pipeline import BATCH_RECORDS, score_routed
from rlvr.record import Reading, Record, records_from, records_of
from rlvr.report import Report
from rlvr.runs.folder import RunFolder
from rlvr.runs.records import RecordFacts, facts_of, record_facts_of, report_of
from rlvr.runs.remarks import remarks_of
from rlvr.runs.rows import Row, parsed
from rlvr.wire import WireError, frame_of


class PlacedRow(NamedTuple):
    """A row and its position among all rows of a job, from 0, which is the id of a row without one."""

    position: int
    row: Row


class ScoredRows(NamedTuple):
    """A batch: its report, for each reward the row that it is about and facts about its record.

    ``remarks`` has for each remark of a scorer the numbers of the rewards that it is about.
    ``source_rows`` is the number of rows of the data: fewer than rewards if a row has several completions.
    ``source_crc`` is the checksum of these rows, for a run folder of data that cannot be read twice; else 0.
    """

    report: Report
    rows: Sequence[Row]
    facts: Sequence[RecordFacts] = ()
    remarks: Mapping[str, Sequence[int]] = {}
    source_rows: int = 0
    source_crc: int = 0


def score_placed(
    suite: Suite, rows: Iterable[PlacedRow], *, batch_rows: int = BATCH_RECORDS, keeps_records: bool = False
) -> Iterator[ScoredRows]:
    """Score any number of rows in batches, in memory that does not grow with them.

    A row that cannot be read gets the verdict ``invalid_task`` with its problem.

    Args:
        suite: The suite.
        rows: The rows.
        batch_rows: Number of rows in a batch.
        keeps_records: Whether ``facts`` have the texts of the records, as a run folder needs them.
    """
    for batch in batches_of(rows, batch_rows):
        yield score_batch(suite, batch, keeps_records=keeps_records)


def batches_of(rows: Iterable[PlacedRow], batch_rows: int) -> Iterator[list[PlacedRow]]:
    """Divide rows into batches."""
    remaining = iter(rows)
    while batch := list(islice(remaining, batch_rows)):
        yield batch


def read_batch(batch: Iterable[PlacedRow]) -> list[PlacedRow]:
    """Return a batch whose lines are parsed."""
    return [PlacedRow(placed.position, parsed(placed.row)) if placed.row.unread else placed for placed in batch]


def score_batch(
    suite: Suite, batch: Sequence[PlacedRow], *, keeps_records: bool, runner: Runner | None = None
) -> ScoredRows:
    """Score one batch of rows, which are parsed; see ``rlvr.score_rows`` for the runner."""
    records: list[Record] = []
    facts: list[RecordFacts] = []
    rows: list[Row] = []
    for placed in batch:
        for sample_number, record in enumerate(map(suite.routed, _records_of(suite, placed))):
            records.append(record)
            rows.append(placed.row)
            facts.append(facts_of(record, placed.position, sample_number, is_whole=keeps_records))
    report = score_routed(suite, records, runner=runner)
    report = msgspec.structs.replace(report, groups=groups_by_key(each.group for each in facts))
    return ScoredRows(report, rows, facts, remarks_of(suite, records, report.rewards), len(batch))


def replay(folder: RunFolder) -> Iterator[ScoredRows]:
    """Yield the batches of a run folder, as they were when they were scored; ``rows`` have the kept columns only."""
    for batch, rows in folder.batches_with_rows():
        yield ScoredRows(
            report=report_of(folder.manifest, batch, rows),
            rows=[Row(line=row.line, file=row.file, value=row.kept) for row in rows],
            facts=[record_facts_of(row) for row in rows],
            remarks=batch.remarked,
            source_rows=batch.source_rows,
        )


def crc_of(batch: Iterable[PlacedRow]) -> int:
    """Return a checksum of the rows of a batch, which are parsed."""
    value = 0
    for placed in batch:
        try:
            value = crc32(frame_of([placed.row.value, placed.row.problem]), value)
        except WireError:  # not JSON, so not from a stream of lines
            value = crc32(repr(placed.row.value).encode(errors="replace"), value)
    return value


class _Positioned(Protocol):
    @property
    def position(self) -> int: ...


PositionedT = TypeVar("PositionedT", bound=_Positioned)


def sample(rows: Iterable[PositionedT], size: int, seed: int) -> list[PositionedT]:
    """Return some rows, each set of ``size`` rows with the same chance, in the order of the file.

    All rows are read; ``size`` of them are in memory (reservoir sampling).
    """
    source = random.Random(seed)  # noqa: S311  # a sample that can be repeated, no secret
    chosen: list[PositionedT] = []
    for number, placed in enumerate(rows):
        if number < size:
            chosen.append(placed)
            continue
        place = source.randrange(number + 1)
        if place < size:
            chosen[place] = placed
    return sorted(chosen, key=lambda placed: placed.position)


def _records_of(suite: Suite, placed: PlacedRow) -> list[Record]:
    position, row = placed
    if row.problem:
        return records_of(Reading(id=str(position), problem=f"the line {row.problem}"), suite.rules)
    return records_from(row.value, suite.rules, position=position)
