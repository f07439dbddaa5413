"""The whole path of a record on one page: rows in, report out.

::

    event ──rows_in──▶ rows ──record_from──▶ records ──routed──▶ tasks ──dispatch──▶ scores ──aggregate──▶ rewards
                                                                                                            │
                                                                       report ◀──settle (circuit breaker)───┘
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from rlvr.aggregate import aggregate
from rlvr.breaker import settle, stop_if_asked
from rlvr.config import Suite
from rlvr.dispatch import Dispatcher, InProcess, Runner
from rlvr.record import JsonValue, Record, records_from
from rlvr.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlvr.workers import Workers

_log = logging.getLogger(__name__)

# Large enough to spread the cost of a batch, small enough to keep memory flat and a progress bar moving.
BATCH_RECORDS = 256

_CAN_FORK = sys.platform != "win32"


def score_rows(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, deadline: float | None = None
) -> Report:
    """Score a batch of rows of any published shape.

    Args:
        suite: The suite to score by.
        rows: The rows, each of any JSON type.
        runner: Runs all scorers; by default bounded ones run in this process, all others in supervised workers.
        deadline: The time of ``time.monotonic`` at which unfinished scorers are cancelled.

    Returns:
        One reward per row, in order; the same rows give the same rewards, in any order and any batches.

    Raises:
        ScorerFaultError: Scorers broke, and the suite says to stop rather than to answer with numbers.
    """
    records = [each for place, row in enumerate(rows) for each in records_from(row, suite.rules, position=place)]
    return score_records(suite, records, runner=runner, deadline=deadline)


def score_records(
    suite: Suite, records: Sequence[Record], *, runner: Runner | None = None, deadline: float | None = None
) -> Report:
    """Score a batch of records; see :func:`score_rows`."""
    start = perf_counter()
    routed = [suite.routed(record) for record in records]
    dispatched = dispatcher_of(suite).dispatch(routed, deadline, runner)
    settled = settle(suite, tuple(map(aggregate, [suite] * len(routed), routed, dispatched.scores)))
    report = Report(
        rewards=settled.rewards,
        fingerprint=suite.fingerprint,
        seconds=perf_counter() - start,
        groups=dispatched.groups,
        cache_asked=dispatched.asked,
        cache_known=dispatched.known,
        overruns=dispatched.overruns,
    )
    for problem in suite.registry.batch_finished(report):
        _log.warning("%s", problem)
    stop_if_asked(suite, report, settled.stop)
    return report


def score_stream(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, batch_records: int = BATCH_RECORDS
) -> Iterator[Report]:
    """Score any number of rows in batches, in memory that does not grow with them."""
    remaining = iter(rows)
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

    def make_supervised() -> Runner:
        if not _CAN_FORK:
            _log.warning("scorers that are not bounded run without supervision: Windows cannot fork")
            return InProcess()
        return _workers_of(suite)

    return suite.resource("dispatcher", lambda: Dispatcher(suite, make_supervised))


def _workers_of(suite: Suite) -> Workers:
    from rlvr.workers import workers_of  # not imported for suites of bounded scorers: a tenth of a cold start

    return workers_of(suite)
