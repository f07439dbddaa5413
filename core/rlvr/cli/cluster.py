"""``rlvr score --engine ray``: a cluster writes the rewards, and this process shows what they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from rlvr.cli.console import FINDINGS, out
from rlvr.cli.summary import Conditions, SummaryContext, SummaryFormat, print_summary
from rlvr.config import load_suite
from rlvr.runs import score_dataset, summarize_dataset


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

    The files have no times, so the summary has none either.

    Raises:
        BadParameter: There is no folder to write to.
        Exit: A condition is not met.
    """
    if rewards is None:
        raise typer.BadParameter("--engine ray needs --out, a new folder for Parquet files")
    loaded = load_suite(suite)
    with _standard_output_for_the_summary():
        scored = score_dataset(
            loaded, list(records), out=rewards, keep=keep, address=address, limit=limit, actors=actors
        )
        summary = summarize_dataset(loaded, scored)
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
