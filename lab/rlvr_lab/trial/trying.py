"""The whole of ``rlvr trial``: a sample is scored, judged and projected to a job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr_lab.rewards import CEILING, has_signal
from rlvr_lab.trial.judging import TaskTrial, TrialFinding, TrialVerdict, judge, verdict_of
from rlvr_lab.trial.projecting import Projection, project
from rlvr_lab.trial.running import open_small_run


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A suite after its trial.

    Attributes:
        suite: Name of its file.
        fingerprint: Its fingerprint.
        verdict: Whether the job can start.
        rows: Number of rewards of the sample.
        available: Number of rows of the data of which it was drawn.
        verdicts: Rows by verdict.
        tasks: The tasks.
        findings: All findings, the most severe first.
        projection: The cost and the time of the job.
    """

    suite: str
    fingerprint: str
    verdict: TrialVerdict
    rows: int
    available: int
    verdicts: dict[str, int]
    tasks: Sequence[TaskTrial]
    findings: Sequence[TrialFinding]
    projection: Projection


def try_suite(  # noqa: PLR0913  # the options of the command
    path: Path,
    data: Sequence[Path],
    *,
    sample: int,
    repeat: int,
    seed: int,
    rows: int,
    memory_mb: int,
    gigabyte_second: float,
    million_requests: float,
) -> Tried:
    """Score a sample of rows by a suite, and say what would waste a job of many.

    Args:
        path: The suite file.
        data: The files.
        sample: Rows of the sample.
        repeat: How often the sample is scored again.
        seed: The seed of the sample.
        rows: Rewards of the job.
        memory_mb: Memory of the function.
        gigabyte_second: Dollars for a gigabyte second.
        million_requests: Dollars for a million requests.

    Raises:
        TrialError: The data have no rows.
        RlvrError: The suite or the data cannot be read.
    """
    with open_small_run(path, data, rows=sample, repeat=repeat, seed=seed) as run:
        tasks, findings = judge(run)
        return Tried(
            suite=path.name,
            fingerprint=run.suite.fingerprint,
            verdict=verdict_of(tasks, findings),
            rows=len(run.rows),
            available=run.available,
            verdicts=dict(run.statistics.verdicts),
            tasks=tasks,
            findings=findings,
            projection=project(
                run,
                rows=rows,
                memory_mb=memory_mb,
                gigabyte_second=gigabyte_second,
                million_requests=million_requests,
            ),
        )


def as_json(tried: Tried) -> dict[str, Any]:
    """Return verdict, findings, projection and tasks as JSON values."""
    return {
        "verdict": tried.verdict,
        "findings": [msgspec.to_builtins(each) for each in tried.findings],
        "projection": msgspec.to_builtins(tried.projection),
        "tasks": [_task_json(each) for each in tried.tasks],
        "suite": tried.suite,
        "fingerprint": tried.fingerprint,
        "rows": tried.rows,
        "available": tried.available,
        "verdicts": tried.verdicts,
    }


def _task_json(task: TaskTrial) -> dict[str, Any]:
    statistics, bands = task.statistics, task.statistics.bands()
    groups = [each.state for each in statistics.groups() if each.mean is not None]
    noise = task.noise
    return {
        "task": task.task,
        "verdict": task.verdict,
        "rows": statistics.rows,
        "verdicts": dict(statistics.verdicts),
        "range": [statistics.low, statistics.high],
        "scored": task.mean.rows,
        "mean_share": task.mean.mean if task.mean.rows else None,
        "interval": None if task.mean.low is None else [task.mean.low, task.mean.high],
        "bands": bands,
        "floor": bands[0],
        "ceiling": bands[CEILING],
        "groups": len(groups),
        "zero_variance_groups": sum(not has_signal(state) for state in groups),
        "length_correlation": statistics.length_correlation(),
        "noise": None
        if noise is None
        else {"rows": noise.rows, "changed": noise.changed, "lost": noise.lost, "deviation": noise.deviation},
        "components": [msgspec.to_builtins(each) for each in statistics.components()],
    }
