"""``rlvr score --engine ray``: a cluster writes the rewards, and this process shows what they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from rlvr.aggregate import Part, Reward
from rlvr.cli.console import FINDINGS, out
from rlvr.cli.summary import Conditions, SummaryContext, SummaryFormat, print_summary
from rlvr.config import Suite, load_suite
from rlvr.metrics import Metric
from rlvr.report import Report
from rlvr.runs import score_dataset
from rlvr.scores import Score, Verdict
from rlvr.summary import Summary

_COLUMNS = ["id", "reward", "verdict", "task", "metrics", "reason", "reasons", "reason_classes", "problem"]


def score_on_cluster(
    suite: Path,
    records: Sequence[Path],
    rewards: Path | None,
    *,
    keep: Sequence[str],
    address: str | None,
    limit: int | None,
    actors: int | None,
    conditions: Conditions,
    summary_format: SummaryFormat,
) -> None:
    """Score files into a folder of Parquet files, and print the summary of what is in it.

    The files have no times and no groups, so the summary has none either.

    Raises:
        BadParameter: There is no folder to write to.
        Exit: A condition is not met.
    """
    if rewards is None:
        raise typer.BadParameter("--engine ray needs --out, a new folder for Parquet files")
    loaded = load_suite(suite)
    summary = Summary.of(loaded)
    with _standard_output_for_the_summary():
        scored = score_dataset(
            loaded, list(records), out=rewards, keep=keep, address=address, limit=limit, actors=actors
        )
        for batch in scored.select_columns(_COLUMNS).iter_batches(batch_format="pyarrow"):
            summary.add(report_of_cells(loaded, batch.to_pylist()))
    context = SummaryContext(suite=str(suite), fingerprint=loaded.fingerprint)
    print_summary(summary, context, conditions, summary_format, out)
    if conditions.problems(summary):
        raise typer.Exit(FINDINGS)


@contextmanager
def _standard_output_for_the_summary() -> Iterator[None]:
    """Send what Ray and its processes print on standard output to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def report_of_cells(suite: Suite, rows: Sequence[Mapping[str, Any]]) -> Report:
    """Return a report of rows of a table of rewards, as far as a summary needs it."""
    rewards = tuple(_reward_of(suite, row) for row in rows)
    return Report(rewards=rewards, fingerprint=suite.fingerprint, seconds=0.0)


def _reward_of(suite: Suite, row: Mapping[str, Any]) -> Reward:
    task = None if row["task"] is None else suite.tasks[row["task"]]
    verdict = Verdict(row["verdict"])
    own = frozenset(suite.shared_metric_names) | frozenset(() if task is None else task.metric_names)
    types = {} if task is None else {entry.name: task.metric_type(entry) for entry in task.entries}
    reasons, classes = dict(row["reasons"]), dict(row["reason_classes"])
    # The part that decided is the first with the reason of the reward; a weight for it alone makes it decide again.
    deciding = next((name for name, reason in reasons.items() if reason == row["reason"]), "")
    return Reward(
        id=row["id"],
        value=row["reward"],
        metrics=tuple(
            Metric(name, value, types.get(name, "Metric"), name in own) for name, value in row["metrics"].items()
        ),
        verdict=verdict,
        task=row["task"],
        parts=tuple(
            Part(
                name=entry.name,
                scorer=entry.installed.id,
                score=Score(
                    value=row["metrics"][entry.name] if verdict.has_value else None,
                    verdict=verdict,
                    reason=reasons[entry.name],
                    reason_class=classes[entry.name],
                ),
                value=row["metrics"][entry.name],
                weight=float(entry.name == deciding),
            )
            for entry in (() if task is None else task.entries)
        ),
        arithmetic="",
        low=row["reward"] if task is None else task.low,
        high=row["reward"] if task is None else task.high,
        problem=row["problem"] or "",
    )
