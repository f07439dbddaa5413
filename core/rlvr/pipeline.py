"""The whole journey on one page: records in, report out.

::

    event ──rows_in──▶ rows ──record_from──▶ records ──routed──▶ tasks ──dispatch──▶ scores ──aggregate──▶ rewards
                                                                                                            │
                                                                     report ◀───────────────────────────────┘
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from rlvr.aggregate import Reward, aggregate, alarmed
from rlvr.breaker import Breaker
from rlvr.config import Suite
from rlvr.dispatch import Dispatcher, InProcess, Runner
from rlvr.errors import ScorerFaultError
from rlvr.record import JsonValue, Record, record_from
from rlvr.report import Report
from rlvr.score import Score, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlvr.workers import Workers

_log = logging.getLogger(__name__)

# Enough to spread the cost of a batch, few enough to keep memory flat and a progress bar moving.
BATCH_RECORDS = 256
_FAULTS_SHOWN = 3


def score_rows(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, deadline: float | None = None
) -> Report:
    """Score a batch of rows of any published shape.

    Args:
        suite: What to score by.
        rows: The rows, each of any JSON type.
        runner: Where all scorers run; by default bounded ones in this process, and all others in supervised workers.
        deadline: The time of ``time.monotonic`` at which unfinished scorers are cancelled.

    Returns:
        One reward per row, in order; the same rows give the same rewards, in any order and any batches.

    Raises:
        ScorerFaultError: Scorers broke, and the suite says to stop rather than to answer with numbers.
    """
    records = [record_from(row, suite.rules, position=position) for position, row in enumerate(rows)]
    return score_records(suite, records, runner=runner, deadline=deadline)


def score_records(
    suite: Suite, records: Sequence[Record], *, runner: Runner | None = None, deadline: float | None = None
) -> Report:
    """Score a batch of records; see :func:`score_rows`."""
    start = perf_counter()
    routed = [suite.routed(record) for record in records]
    scores, groups, asked, known = dispatcher_of(suite).dispatch(routed, deadline, runner)
    rewards = tuple(aggregate(suite, record, each) for record, each in zip(routed, scores, strict=True))
    tripped = _is_tripped(suite, rewards)
    if tripped and suite.fail_fast is not None and suite.fail_fast.action == "zero":
        _log.error("fail_fast: so many scorers broke that the batch of %d records earns 0.0", len(rewards))
        rewards = tuple(alarmed(suite, reward) for reward in rewards)
    report = Report(
        rewards=rewards,
        fingerprint=suite.fingerprint,
        seconds=perf_counter() - start,
        groups=groups,
        cache_asked=asked,
        cache_known=known,
    )
    for problem in suite.registry.batch_finished(report):
        _log.warning("%s", problem)
    _stop_if_told(suite, report, tripped=tripped)
    return report


def warm_up(suite: Suite) -> None:
    """Start what the first batch would wait for, such as the workers; come back at once."""
    workers = _workers_of(suite)
    if workers is not None:
        workers.start()


def close(suite: Suite) -> None:
    """End the suite's workers; a later batch starts new ones.

    They end by themselves with the suite or with the process; before a snapshot of the process is taken, they must.
    """
    workers = _workers_of(suite)
    if workers is not None:
        workers.close()


def dispatcher_of(suite: Suite) -> Dispatcher:
    """Return what runs a suite's scorers, the same every time, with its cache and its workers."""

    def supervised() -> Runner:
        workers = _workers_of(suite)
        if workers is None:
            _log.warning("scorers that are not bounded run without supervision: Windows cannot fork")
            return InProcess()
        return workers

    return suite.kept("dispatcher", lambda: Dispatcher(suite, supervised))


def _workers_of(suite: Suite) -> Workers | None:
    """Return the suite's workers; None if all its scorers are bounded, or the system cannot fork."""
    if sys.platform == "win32" or all(entry.installed.scorer.bounded for entry in suite.entries):
        return None
    from rlvr.workers import workers_of  # not imported for suites of bounded scorers: a tenth of a cold start

    return workers_of(suite)


def _is_tripped(suite: Suite, rewards: Sequence[Reward]) -> bool:
    """Say whether the circuit breaker is open after a batch."""
    settings = suite.fail_fast
    if settings is None:
        return False
    breaker = suite.kept("breaker", lambda: Breaker(settings))
    return breaker.is_open_after([reward.verdict is Verdict.FAILED for reward in rewards])


def score_stream(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, batch_records: int = BATCH_RECORDS
) -> Iterator[Report]:
    """Score any number of rows in batches, in memory that does not grow with them."""
    remaining = iter(rows)
    while batch := list(islice(remaining, batch_records)):
        yield score_rows(suite, batch, runner=runner)


def _stop_if_told(suite: Suite, report: Report, *, tripped: bool) -> None:
    """Raise where the operator chose to: a task of policy ``raise``, or too large a share of broken scorers."""
    failed = [reward for reward in report.rewards if reward.verdict is Verdict.FAILED]
    told = [
        reward
        for reward in report.rewards
        if reward.verdict in {Verdict.FAILED, Verdict.INVALID_TASK}
        and reward.task is not None
        and suite.tasks[reward.task].on_error == "raise"
    ]
    if told:
        raise _fault("on_error: raise", told, report)
    if tripped and suite.fail_fast is not None and suite.fail_fast.action == "raise":
        raise _fault(f"fail_fast: fault_share {suite.fail_fast.fault_share:g}", failed, report)


def _fault(policy: str, broken: Sequence[Reward], report: Report) -> ScorerFaultError:
    lines = tuple(
        f"record {reward.id!r}: {part.scorer}: {_kind(part.score)}"
        for reward in broken[:_FAULTS_SHOWN]
        for part in reward.parts
        if part.score.verdict in {Verdict.FAILED, Verdict.INVALID_TASK}
    )
    return ScorerFaultError(policy, len(broken), len(report.rewards), lines, report)


def _kind(score: Score) -> str:
    """Name the trouble; of what a scorer raised only its type, since its text may quote a completion."""
    return f"{score.failure} {score.reason.partition(':')[0]}" if score.failure else f"{score.verdict}: {score.reason}"
