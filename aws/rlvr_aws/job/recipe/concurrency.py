"""How many calls at once a job may make, from how long one takes.

HyperPod calls for one rollout at a time, at a rate: by Little's law, a rate of r calls per second that each take t
seconds keeps r·t of them under way. A training job finishes its rollouts first and then calls for batches of them: n
calls of t seconds, c at once, take n·t/c seconds, in which nothing is trained.

Source:
    https://aws.amazon.com/blogs/machine-learning/how-to-build-effective-reward-functions-with-aws-lambda-for-amazon-nova-model-customization
    (batches of 64 and 12 at once; HyperPod's 400 calls a second)
    https://github.com/aws/sagemaker-hyperpod-recipes (the limits, and that a function must bear 64 requests for each
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
HYPERPOD_DEFAULT = 100  # AWS's own limit, with one worker; that a worker makes 64 calls at most is no promise
ROWS_PER_CALL = 64
TRAINING_JOB_DEFAULT = 12  # AWS's own limit; a lower one would gain nothing, and the rows of a call are no promise
LONGEST_SECONDS = 900  # of any Lambda call
_NEXT = "run `rlvr simulate SUITE RECORDS --json > FILE`, or give --latency SECONDS"


class Concurrency(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of calls at once, and why it is that.

    Attributes:
        limit: The limit, at least 1.
        reasons: Sentences for a reader, the formula first.
    """

    limit: int
    reasons: tuple[str, ...]


def measured_seconds(summary: Path, mode: NovaPlatform) -> float:
    """Return the 95th percentile of a call's seconds, from what ``rlvr simulate --json`` printed.

    Raises:
        DeploymentError: The file is no such summary, or that mode was not simulated.
    """
    modes = read_simulation(summary).modes
    seconds = modes[mode].p95_seconds if mode in modes else None
    if seconds is None:
        raise DeploymentError(str(summary), f"holds no p95_seconds of the mode {mode}", _NEXT)
    return checked_seconds(seconds)


def checked_seconds(seconds: float) -> float:
    """Return the seconds of a call if they can be some.

    Raises:
        DeploymentError: They are not above 0, or longer than Lambda lets any call run.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise DeploymentError("latency", f"{seconds} is not above 0 and at most {LONGEST_SECONDS} seconds", _NEXT)
    return seconds


def hyperpod_concurrency(seconds: float, *, workers: int = 1, reserved: int | None = None) -> Concurrency:
    """Return HyperPod's limit: rate times latency, no more than AWS foresees for the workers.

    Args:
        seconds: The 95th percentile of a call's time.
        workers: ``rollout_worker_replicas`` of the recipe, at least 1.
        reserved: The concurrency that the function may use; None where it is not known.
    """
    needed = max(1, math.ceil(HYPERPOD_CALLS_PER_SECOND * checked_seconds(seconds)))
    most = max(workers * CALLS_PER_WORKER, HYPERPOD_DEFAULT)
    reasons = [f"{HYPERPOD_CALLS_PER_SECOND} calls/s x p95 {seconds:g} s = {needed} calls under way at once"]
    if needed > most:
        reasons.append(
            f"{most} are the most that AWS's recipes foresee: {CALLS_PER_WORKER} for each of rollout_worker_replicas "
            f"{workers}, or {HYPERPOD_DEFAULT}; rollouts may wait for rewards, unless the suite is made faster"
        )
    return _within(min(needed, most), reserved, reasons)


def training_job_concurrency(
    seconds: float, *, rollouts: int, step_seconds: float, reserved: int | None = None
) -> Concurrency:
    """Return a training job's limit: enough that scoring a step's rollouts takes no longer than it may.

    Args:
        seconds: The 95th percentile of a call's time, for 64 rows.
        rollouts: Those of a step: ``global_batch_size`` times ``number_generation``.
        step_seconds: How long the scoring of a step may take, above 0.
        reserved: The concurrency that the function may use; None where it is not known.
    """
    calls = math.ceil(rollouts / ROWS_PER_CALL)
    # Dividing by the least positive number gives infinity, which has no whole number.
    wanted = calls * checked_seconds(seconds) / step_seconds
    needed = calls if wanted >= calls else max(1, math.ceil(wanted))
    reasons = [
        f"{rollouts} rollouts a step / {ROWS_PER_CALL} rows a call = {calls} calls",
        f"{calls} calls x p95 {seconds:g} s / {step_seconds:g} s for scoring = {wanted:.3g}, so {needed} at once",
    ]
    if wanted > calls:
        reasons.append(f"even all {calls} at once take {seconds:g} s; only a faster suite is within {step_seconds:g} s")
    if needed < TRAINING_JOB_DEFAULT:
        reasons.append(f"AWS's own limit of {TRAINING_JOB_DEFAULT} is kept; a lower one gains nothing")
    return _within(max(needed, TRAINING_JOB_DEFAULT), reserved, reasons)


def _within(needed: int, reserved: int | None, reasons: list[str]) -> Concurrency:
    """Keep a limit under the function's own, beyond which calls are throttled."""
    if reserved is None or needed <= reserved:
        return Concurrency(limit=needed, reasons=tuple(reasons))
    reasons.append(f"the function bears {reserved} at once; more would be throttled, so raise its concurrency first")
    return Concurrency(limit=reserved, reasons=tuple(reasons))
