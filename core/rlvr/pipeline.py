"""The whole path of a record on one page: rows in, report out.

::

    event ──rows_in──▶ rows ──record_from──▶ records ──routed──▶ tasks ──dispatch──▶ scores ──aggregate──▶ rewards
                                                                                                            │
                                                                       report ◀──settle (circuit breaker)───┘
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rlvr.aggregate import aggregate
from rlvr.breaker import settle, stop_if_asked
from rlvr.config import Suite, load_suite, parse_suite
from rlvr.dispatch import Dispatcher
from rlvr.distributions import how_to_install
from rlvr.jobs import InProcess, Runner
from rlvr.record import JsonValue, Record, records_from
from rlvr.record.json_value import MAPPINGS
from rlvr.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rlvr.workers import Workers

# Large enough to spread the cost of a batch, small enough to keep memory flat and a progress bar moving.
BATCH_RECORDS = 256

_CAN_FORK = sys.platform != "win32"


def score(suite: Suite | str | Path | Mapping[str, Any], rows: Iterable[JsonValue] | Mapping[str, Any]) -> Report:
    """Score one row or many: the shortest way from Python.

    Args:
        suite: A loaded suite, the path of a suite file, or a dict with the keys of a suite file. A path or a dict is
            loaded at each call; load it once with ``load_suite`` or ``parse_suite`` to score many batches.
        rows: The rows; a mapping is one row. A table of pandas, polars or pyarrow, and a data set of Hugging Face
            ``datasets``, are their rows.

    Returns:
        One reward per row, in order.

    Raises:
        TypeError: ``suite`` or ``rows`` is of another type.
        ConfigError: The suite has an error.
        ScorerFaultError: Scorers broke, and the suite says to stop rather than to answer with numbers.
    """
    given = [rows] if isinstance(rows, MAPPINGS) and not hasattr(rows, "with_format") else rows
    if isinstance(suite, Suite):
        return score_rows(suite, given)
    loaded = _suite_of(suite)
    try:
        return score_rows(loaded, given)
    finally:
        close(loaded)


def _suite_of(suite: object) -> Suite:
    if isinstance(suite, MAPPINGS):
        return parse_suite(suite)
    if isinstance(suite, (str, os.PathLike)):
        return load_suite(suite)
    raise TypeError(f"suite is {type(suite).__name__}; expected a Suite, the path of a suite file, or a dict")


def _checked_rows(rows: object) -> Iterable[JsonValue]:
    """Return an iterable of rows; refuse what would silently be read as rows of something else.

    Raises:
        TypeError: A mapping or a text, whose items are keys or characters, or an object without items.
    """
    if hasattr(rows, "with_format"):  # of Hugging Face `datasets`
        if isinstance(rows, MAPPINGS):
            raise TypeError(f"rows is a {type(rows).__name__}, whose items are splits; give one of them: {[*rows]}")
        rows = rows.with_format(None)  # with the format of pandas or Arrow, its items are tables
    if isinstance(rows, MAPPINGS):
        raise TypeError("rows is a mapping, and a list of rows is expected; for one row write [row], or rlvr.score")
    if isinstance(rows, (str, bytes)):
        raise TypeError(f"rows is {type(rows).__name__}, and a list of rows is expected; rlvr.rows_in reads an event")
    if hasattr(rows, "__arrow_c_stream__"):  # tables of pyarrow, polars, pandas, duckdb: their items are columns
        return _rows_of_table(rows)
    if not isinstance(rows, Iterable):
        raise TypeError(f"rows is {type(rows).__name__}, and a list of rows is expected")
    return rows


def _rows_of_table(table: Any) -> Iterable[JsonValue]:
    try:
        import pyarrow as pa
    except ImportError as error:
        remedy = f"run {how_to_install('rlvr[tables]')}, or give a list"
        raise TypeError(f"rows is a {type(table).__name__}, which needs pyarrow; {remedy}") from error
    return (row for batch in pa.table(table).to_batches(BATCH_RECORDS) for row in batch.to_pylist())


def score_rows(  # noqa: PLR0913  # one keyword for each choice of the caller
    suite: Suite,
    rows: Iterable[JsonValue],
    *,
    runner: Runner | None = None,
    deadline: float | None = None,
    calls_costly: bool = True,
    group_records: int | None = None,
) -> Report:
    """Score a batch of rows of any published shape.

    Args:
        suite: The suite to score by.
        rows: The rows, each of any JSON type; a table of pandas, polars or pyarrow is its rows.
        runner: Runs all scorers; by default bounded ones run in this process, all others in supervised workers.
        deadline: The time of ``time.monotonic`` at which unfinished scorers are cancelled.
        calls_costly: False to let costly scorers abstain, so that no model is asked.
        group_records: The number of completions that each prompt has, for a caller who may have a part of them only:
            scorers of groups abstain on a group of another number, and with 0 on each. None: all groups are whole.

    Returns:
        One reward per row, in order; the same rows give the same rewards, in any order and any batches.

    Raises:
        TypeError: ``suite`` is no suite, or ``rows`` is a mapping or a text and no list.
        ScorerFaultError: Scorers broke, and the suite says to stop rather than to answer with numbers.
    """
    if not isinstance(suite, Suite):
        raise TypeError(f"suite is {type(suite).__name__}; load it with load_suite(path), or use rlvr.score")
    given = enumerate(_checked_rows(rows))
    records = [each for place, row in given for each in records_from(row, suite.rules, position=place)]
    return score_records(
        suite,
        records,
        runner=runner,
        deadline=deadline,
        calls_costly=calls_costly,
        group_records=group_records,
    )


def score_records(  # noqa: PLR0913  # one keyword for each choice of the caller
    suite: Suite,
    records: Sequence[Record],
    *,
    runner: Runner | None = None,
    deadline: float | None = None,
    calls_costly: bool = True,
    group_records: int | None = None,
) -> Report:
    """Score a batch of records; see :func:`score_rows`."""
    routed = [suite.routed(record) for record in records]
    return score_routed(
        suite,
        routed,
        runner=runner,
        deadline=deadline,
        calls_costly=calls_costly,
        group_records=group_records,
    )


def score_routed(  # noqa: PLR0913  # one keyword for each choice of the caller
    suite: Suite,
    routed: Sequence[Record],
    *,
    runner: Runner | None = None,
    deadline: float | None = None,
    calls_costly: bool = True,
    group_records: int | None = None,
) -> Report:
    """Score a batch of records that ``suite.routed`` has routed to their tasks; see :func:`score_rows`."""
    start = perf_counter()
    dispatched = dispatcher_of(suite).dispatch(
        routed, deadline, runner, calls_costly=calls_costly, group_records=group_records
    )
    settled = settle(suite, tuple(map(aggregate, [suite] * len(routed), routed, dispatched.scores)))
    report = Report(
        rewards=settled.rewards,
        fingerprint=suite.fingerprint,
        seconds=perf_counter() - start,
        groups=dispatched.groups,
        cache_asked=dispatched.asked,
        cache_known=len(dispatched.known),
        known_scores=dispatched.known,
        overruns=dispatched.overruns,
    )
    for problem in suite.registry.batch_finished(report):
        _warn(problem)
    stop_if_asked(suite, report, settled.stop)
    return report


def score_stream(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, batch_records: int = BATCH_RECORDS
) -> Iterator[Report]:
    """Score any number of rows in batches, in memory that does not grow with them."""
    remaining = iter(_checked_rows(rows))
    while batch := list(islice(remaining, batch_records)):
        yield score_rows(suite, batch, runner=runner)


def warm_up(suite: Suite) -> None:
    """Start workers in the background so that the first batch does not wait; do nothing for bounded scorers alone."""
    if _CAN_FORK and not all(entry.installed.scorer.bounded for entry in suite.entries):
        _workers_of(suite).start()


def close(suite: Suite) -> None:
    """End the workers of a suite; a later batch starts new ones.

    They end by themselves with the suite or the process. Call this before a snapshot of the process is taken.
    """
    if suite.has_resource("workers"):
        _workers_of(suite).close()


def dispatcher_of(suite: Suite) -> Dispatcher:
    """Return the dispatcher of a suite, with its cache and its workers; the same every time."""
    return suite.resource("dispatcher", lambda: Dispatcher(suite, lambda: supervised_runner(suite)))


def supervised_runner(suite: Suite) -> Runner:
    """Return the runner that can end a scorer: the workers of a suite."""
    if not _CAN_FORK:
        _warn("scorers that are not bounded run without supervision: Windows cannot fork")
        return InProcess()
    return _workers_of(suite)


def _warn(message: str) -> None:
    import logging  # few batches need it

    logging.getLogger(__name__).warning("%s", message)


def _workers_of(suite: Suite) -> Workers:
    from rlvr.workers import workers_of  # not imported for suites of bounded scorers: a tenth of a cold start

    return workers_of(suite)
