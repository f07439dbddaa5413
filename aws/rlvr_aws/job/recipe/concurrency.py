"""Concurrency limits of jobs: how many calls at once a job should make, from the duration of a call.

HyperPod calls the function for one rollout at a time, at a rate. By Little's law, r calls per second of t seconds each
keep r·t calls in progress. A training job finishes its rollouts first and then calls the function for batches of them:
n calls of t seconds, c at once, take n·t/c seconds, in which nothing is trained.

Source:
    https://aws.amazon.com/blogs/machine-learning/how-to-build-effective-reward-functions-with-aws-lambda-for-amazon-nova-model-customization
    (batches of 64 and 12 at once; HyperPod's 400 calls a second)
    https://github.com/aws/sagemaker-hyperpod-recipes (the limits; a function must handle 64 requests at once for each
    of ``rollout_worker_replicas``)
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.simulate.measured import read_simulation

NovaPlatform: TypeAlias = Literal["training-job", "hyperpod"]

HYPERPOD_CALLS_PER_SECOND = 400
CALLS_PER_WORKER = 64
HYPERPOD_DEFAULT = 100  # AWS's own limit, with one worker; AWS does not guarantee that a worker makes at most 64 calls
ROWS_PER_CALL = 64
TRAINING_JOB_DEFAULT = 12  # AWS's own limit; a lower one has no benefit, and AWS does not guarantee the rows of a call
LONGEST_SECONDS = 900  # Lambda's limit for a call
_NEXT = "run `rlvr simulate SUITE RECORDS --json > FILE`, or give --latency SECONDS"


class Concurrency(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of calls at once, and its reasons.

    Attributes:
        limit: The limit, at least 1.
        reasons: Lines of text, the formula first.
    """

    limit: int
    reasons: tuple[str, ...]


def measured_seconds(summary: Path, platform: NovaPlatform) -> float:
    """Return the 95th percentile of a call's seconds, from the output of ``rlvr simulate --json``.

    Raises:
        DeploymentError: The file is not such an output, or the platform was not simulated.
    """
    modes = read_simulation(summary).modes
    seconds = modes[platform].p95_seconds if platform in modes else None
    if seconds is None:
        raise DeploymentError(str(summary), f"has no p95_seconds of the mode {platform}", _NEXT)
    return checked_seconds(seconds)


def checked_seconds(seconds: float) -> float:
    """Return the seconds of a call, if they are valid.

    Raises:
        DeploymentError: They are not above 0, or above Lambda's limit for a call.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise DeploymentError("latency", f"{seconds} is not above 0 and at most {LONGEST_SECONDS} seconds", _NEXT)
    return seconds


def hyperpod_concurrency(seconds: float, *, workers: int = 1, reserved: int | None = None) -> Concurrency:
    """Return HyperPod's limit: rate times latency, but not more than AWS expects for the workers.

    Args:
        seconds: The 95th percentile of a call's time.
        workers: ``rollout_worker_replicas`` of the recipe, at least 1.
        reserved: The function's reserved concurrency; None if it is not known.
    """
    needed = max(1, math.ceil(HYPERPOD_CALLS_PER_SECOND * checked_seconds(seconds)))
    most = max(workers * CALLS_PER_WORKER, HYPERPOD_DEFAULT)
    reasons = [f"{HYPERPOD_CALLS_PER_SECOND} calls/s x p95 {seconds:g} s = {needed} calls in progress at once"]
    if needed > most:
        reasons.append(
            f"{most} are the most that AWS's recipes expect: {CALLS_PER_WORKER} for each of rollout_worker_replicas "
            f"{workers}, or {HYPERPOD_DEFAULT}; rollouts may wait for rewards unless the suite becomes faster"
        )
    return _limit_to(min(needed, most), reserved, reasons)


def training_job_concurrency(
    seconds: float, *, rollouts: int, step_seconds: float, reserved: int | None = None
) -> Concurrency:
    """Return a training job's limit: enough calls at once to score the rollouts of a step within the given time.

    Args:
        seconds: The 95th percentile of a call's time, for 64 rows.
        rollouts: The rollouts of a step: ``global_batch_size`` times ``number_generation``.
        step_seconds: The time for the scoring of a step, above 0.
        reserved: The function's reserved concurrency; None if it is not known.
    """
    calls = math.ceil(rollouts / ROWS_PER_CALL)
    # Division by the smallest positive number gives infinity, which cannot be converted to an integer.
    wanted = calls * checked_seconds(seconds) / step_seconds
    needed = calls if wanted >= calls else max(1, math.ceil(wanted))
    reasons = [
        f"{rollouts} rollouts a step / {ROWS_PER_CALL} rows a call = {calls} calls",
        f"{calls} calls x p95 {seconds:g} s / {step_seconds:g} s for scoring = {wanted:.3g}, so {needed} at once",
    ]
    if wanted > calls:
        reasons.append(
            f"even all {calls} at once take {seconds:g} s; only a faster suite needs {step_seconds:g} s or less"
        )
    if needed < TRAINING_JOB_DEFAULT:
        reasons.append(f"AWS's own limit of {TRAINING_JOB_DEFAULT} is kept; a lower one has no benefit")
    return _limit_to(max(needed, TRAINING_JOB_DEFAULT), reserved, reasons)


def _limit_to(needed: int, reserved: int | None, reasons: list[str]) -> Concurrency:
    """Reduce a limit to the function's reserved concurrency, above which calls are throttled."""
    if reserved is None or needed <= reserved:
        return Concurrency(limit=needed, reasons=tuple(reasons))
    reasons.append(f"the function accepts {reserved} at once; more would be throttled, so raise its concurrency first")
    return Concurrency(limit=reserved, reasons=tuple(reasons))
