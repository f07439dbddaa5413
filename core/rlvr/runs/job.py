"""One scoring job: rows are chosen, scored in batches and written; it stops between batches and can go on later."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from rlvr.config import Suite
from rlvr.errors import RecordsError, RunError
from rlvr.pipeline import BATCH_RECORDS
from rlvr.record import JsonValue, records_from
from rlvr.record.json_value import MAPPINGS
from rlvr.record.places import ABSENT
from rlvr.runs.finishing import BatchResult, Finisher, finish_batch, run_part_of, score_for
from rlvr.runs.records import CommonEvidence
from rlvr.runs.remote import name_of
from rlvr.runs.rows import Row, parsed, rows_of
from rlvr.runs.scoring import PlacedRow, ScoredRows, batches_of, crc_of, replay, sample
from rlvr.runs.shards import Shards
from rlvr.runs.stopping import StopFlag
from rlvr.runs.where import RowCondition, holds_for, parse_condition, value_in_row
from rlvr.runs.writer import RunWriter

# A message names so many columns of the rows.
SHOWN_COLUMNS = 20

# To start a process takes as long as to score so many batches by cheap scorers.
FEW_BATCHES = 4


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of the data a job scores, and what it keeps of them.

    Attributes:
        where: Conditions that the rows meet; see ``rlvr.runs.where``.
        limit: The number of rows, from the first; None for all.
        sample: The number of rows to draw at random of these; None for all.
        seed: Another seed draws other rows.
        keep: Columns of the data to write beside the rewards.
        strict: Whether to stop at a line that cannot be read.
    """

    where: Sequence[str] = ()
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    keep: Sequence[str] = ()
    strict: bool = False

    @property
    def options(self) -> dict[str, JsonValue]:
        """The options that decide what the rows of a run are."""
        return {
            "where": list(self.where),
            "limit": self.limit,
            "sample": self.sample,
            "seed": self.seed,
            "keep": list(self.keep),
        }


def chosen_rows(  # noqa: PLR0913  # one keyword for each fact about the job
    suite: Suite,
    files: Sequence[Path],
    choice: Choice,
    stop: StopFlag,
    note: Callable[[Row], None] = lambda _row: None,
    *,
    parsed_rows: int | None = None,
) -> Iterator[PlacedRow]:
    """Yield the rows of a job.

    Args:
        suite: The suite, which says the task of a row without a column ``task``, for conditions on it.
        files: The files.
        choice: Which rows.
        stop: Ends the rows early.
        note: Called with each row that is parsed.
        parsed_rows: The number of rows to parse, from the first; None for all. Other processes parse the rest, unless
            the choice needs all: for conditions, a sample, or to stop at a line that cannot be read.

    Raises:
        RecordsError: A file cannot be read; with ``strict``, also for a line; or no row meets the conditions.
        ValueError: A condition cannot be read.
    """
    conditions = [parse_condition(each) for each in choice.where]
    needs_all = bool(conditions) or choice.sample is not None or choice.strict
    rows = _read(files, choice, stop, note, None if needs_all else parsed_rows)
    if conditions:
        rows = _meeting(suite, conditions, rows, name_of(files[0]))
    taken = islice(rows, choice.limit)
    return taken if choice.sample is None else iter(sample(taken, choice.sample, choice.seed))


def _read(
    files: Sequence[Path], choice: Choice, stop: StopFlag, note: Callable[[Row], None], parsed_rows: int | None
) -> Iterator[PlacedRow]:
    for position, found in enumerate(rows_of(*files, parses=parsed_rows is None)):
        if stop.signal is not None:
            return
        row = parsed(found) if parsed_rows is not None and position < parsed_rows else found
        if choice.strict and row.problem:
            raise row.error
        if not row.unread:
            note(row)
        yield PlacedRow(position, row)


def _meeting(
    suite: Suite, conditions: Sequence[RowCondition], rows: Iterable[PlacedRow], name: str
) -> Iterator[PlacedRow]:
    """Yield the rows that meet conditions; a line that cannot be read meets none."""
    columns: dict[str, None] = {}
    found = read = 0
    for placed in rows:
        read += 1
        value = placed.row.value
        if not placed.row.problem and holds_for(conditions, lambda place: _value_of(suite, placed, place)):  # noqa: B023
            found += 1
            yield placed
        elif not found and isinstance(value, MAPPINGS) and len(columns) < SHOWN_COLUMNS:
            columns.update(dict.fromkeys(value))
    if read and not found:
        shown = ", ".join(list(map(str, columns))[:SHOWN_COLUMNS])
        wanted = " and ".join(f"{each.place}{each.operator}{each.given}" for each in conditions)
        raise RecordsError(name, 0, f"no row meets {wanted}; the rows have the columns {shown}")


def _value_of(suite: Suite, placed: PlacedRow, place: str) -> JsonValue:
    """Return the value of a row at a place; of ``task`` its route by the suite, if it has no such column."""
    value = value_in_row(placed.row.value, place)
    if value is ABSENT and place == "task":
        return suite.routed(records_from(placed.row.value, suite.rules, position=placed.position)[0]).task
    return value


def run_job(
    suite: Suite, rows: Iterable[PlacedRow], stop: StopFlag, run: RunWriter | None = None
) -> Iterator[ScoredRows]:
    """Yield the scored batches of a job, scored in this process; first those that its run folder has already.

    Args:
        suite: The suite.
        rows: The rows, parsed.
        stop: Ends the job between two batches.
        run: The run folder, which gets each batch before it is yielded.

    Raises:
        RunError: The data are a stream, and not the one of which the run has rows.
    """
    batches = batches_of(rows, BATCH_RECORDS if run is None else run.folder.manifest.batch_rows)
    if run is not None:
        _skip(batches, run)
        yield from replay(run.folder)
    manifest = None if run is None else run.folder.manifest
    for batch in _until(stop, batches):
        scored = score_for(suite, manifest, batch)
        if stop.signal is not None:  # batches after this one may be cut short
            return
        if run is not None:
            run.append(run_part_of(run.folder.manifest, scored, run.common))
        yield scored


def finish_job(
    finisher: Finisher, rows: Iterable[PlacedRow], stop: StopFlag, run: RunWriter | None = None, *, processes: int = 1
) -> Iterator[BatchResult]:
    """Yield the results of the batches of a job, in order; first those of the batches that its run folder has already.

    Args:
        finisher: Makes the results.
        rows: The rows; those that the run folder has already are parsed.
        stop: Ends the job between two batches.
        run: The run folder, which gets each batch before its result is yielded.
        processes: How many processes score at the same time; few rows are scored in this one.

    Raises:
        RunError: The data are a stream, and not the one of which the run has rows.
    """
    batches = batches_of(rows, BATCH_RECORDS if run is None else run.folder.manifest.batch_rows)
    if run is not None:
        _skip(batches, run)
        yield from map(finisher.result_of, replay(run.folder))
    common = None if run is None else run.common
    with contextlib.ExitStack() as stack:
        for result in _results(finisher, _until(stop, batches), processes, stack, common):
            if stop.signal is not None:  # batches after this one may be cut short
                return
            if run is not None and result.run is not None:
                run.append(result.run)
            yield result


def _until(stop: StopFlag, batches: Iterable[list[PlacedRow]]) -> Iterator[list[PlacedRow]]:
    for batch in batches:
        if stop.signal is not None:  # the batch may be cut short too
            return
        yield batch


def _results(
    finisher: Finisher,
    batches: Iterator[list[PlacedRow]],
    processes: int,
    stack: contextlib.ExitStack,
    common: CommonEvidence | None,
) -> Iterator[BatchResult]:
    """Score batches in this process, or in several if there are more than a few."""
    first = list(islice(batches, FEW_BATCHES)) if processes > 1 else []
    if len(first) == FEW_BATCHES:
        shards = stack.enter_context(Shards(finisher, processes))
        yield from shards.score(chain(first, batches), common)
        return
    for batch in chain(first, batches):
        yield finish_batch(finisher, batch, common)


def _skip(batches: Iterator[list[PlacedRow]], run: RunWriter) -> None:
    """Read the batches that a run has already."""
    for written in run.folder.batches():
        batch = next(batches, [])
        if run.folder.manifest.has_stream and (
            len(batch) != written.source_rows or crc_of(batch) != written.source_crc
        ):
            problem = "the rows of the stream are not those of which it has rewards"
            raise RunError(str(run.folder.path), problem, "name another folder to start a new run")
