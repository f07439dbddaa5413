"""The whole journey on one page: records in, report out.

::

    event ──rows_in──▶ rows ──record_from──▶ records ──routed──▶ tasks ──dispatch──▶ scores ──aggregate──▶ rewards
                                                                                                            │
                                                                     report ◀───────────────────────────────┘
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING

from rlvr.aggregate import Reward, aggregate
from rlvr.config import Suite
from rlvr.dispatch import InProcess, Runner, dispatch
from rlvr.errors import ScorerFaultError
from rlvr.record import JsonValue, Record, record_from
from rlvr.report import Report
from rlvr.score import Score, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        runner: Where scorers run; in this process by default.
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
    scores = dispatch(suite, routed, runner or InProcess(), deadline)
    rewards = tuple(aggregate(suite, record, each) for record, each in zip(routed, scores, strict=True))
    report = Report(rewards=rewards, fingerprint=suite.fingerprint, seconds=perf_counter() - start)
    for problem in suite.registry.batch_finished(report):
        _log.warning("%s", problem)
    _stop_if_told(suite, report)
    return report


def score_stream(
    suite: Suite, rows: Iterable[JsonValue], *, runner: Runner | None = None, batch_records: int = BATCH_RECORDS
) -> Iterator[Report]:
    """Score any number of rows in batches, in memory that does not grow with them."""
    remaining = iter(rows)
    while batch := list(islice(remaining, batch_records)):
        yield score_rows(suite, batch, runner=runner)


def _stop_if_told(suite: Suite, report: Report) -> None:
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
    if suite.fault_share is not None and len(failed) > suite.fault_share * len(report.rewards):
        raise _fault(f"fail_fast: fault_share {suite.fault_share:g}", failed, report)


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
