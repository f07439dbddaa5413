"""Sizes and costs of a reward function, computed from the measurements of ``rlvr simulate``.

Times are measured on a whole core. Lambda gives a function a share of a core that grows with its memory, so that a
scorer that computes takes ``1 / share`` times as long. A scorer that waits for a service takes as long as measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, assert_never, get_args

import msgspec
from msgspec import Meta, Struct

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.job.recipe.concurrency import (
    CALLS_PER_WORKER,
    HYPERPOD_CALLS_PER_SECOND,
    ROWS_PER_CALL,
    TRAINING_JOB_DEFAULT,
    NovaPlatform,
)
from rlvr_aws.simulate.measured import MEASURE, ModeMeasurement, SimulationSummary, read_simulation
from rlvr_aws.simulate.prices import MEGABYTES_PER_CORE, Prices

AdvisedMode: TypeAlias = Literal["training-job", "hyperpod", "evaluation"]
PLATFORMS: tuple[AdvisedMode, ...] = get_args(AdvisedMode)

# x86, us-east-1: https://aws.amazon.com/lambda/pricing/, in the copies public in 2026.
DOLLARS_PER_PROVISIONED_GIGABYTE_SECOND = 0.0000041667
DOLLARS_PER_SNAPSHOT_GIGABYTE_SECOND = 0.0000015046
DOLLARS_PER_RESTORED_GIGABYTE = 0.0001397998
SNAPSHOT_HOURS_AT_LEAST = 3

# What AWS's guides to reward functions recommend: https://docs.aws.amazon.com/sagemaker/latest/dg/nova-rft.html
MEMORY_AT_LEAST, TIMEOUT_AT_LEAST = 512, 60

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, for starts
MEMORY_AT_MOST, TIMEOUT_AT_MOST, START_AT_MOST = 10_240, 900, 10
CONCURRENCY_OF_AN_ACCOUNT, CONCURRENCY_LEFT_UNRESERVED = 1_000, 100

# Room for records that are larger than the measured ones, and for the growth of a container.
MEMORY_HEADROOM = 2
TIMEOUT_HEADROOM = 4
CONCURRENCY_HEADROOM = 1.25  # a repeated call overlaps with its first attempt

# For a longer call a whole core is worth its price: a scorer that computes costs the same with it.
SLOW_CALL_SECONDS = 1.0

# Steps of a job take minutes; a start shorter than a hundredth of five minutes makes no difference.
SLOW_START_SECONDS = 3.0

_QUALIFIED = "works on published versions only, whose qualified ARNs Bedrock's API accepts and AWS's SDK checks refuse"


class PlannedJob(Struct, frozen=True, kw_only=True):
    """A job whose cost is computed."""

    panel: ClassVar[str] = "The job"

    rows: Annotated[int, Meta(ge=1, le=10**9, description="Rows of the training data.")] = 1_000
    samples: Annotated[int, Meta(ge=1, le=1_024, description="Completions per row.")] = 8
    epochs: Annotated[int, Meta(ge=1, le=1_000, description="How often each row is used.")] = 1
    replicas: Annotated[int, Meta(ge=1, le=1_000, description="Replicas of HyperPod's rollout workers.")] = 1


class Advice(Struct, frozen=True, kw_only=True):
    """One recommendation.

    Attributes:
        what: Its subject, with the unit if it has one.
        value: The recommended value, or the cost.
        why: The arithmetic.
        warning: Whether a problem must be corrected first.
    """

    what: str
    value: float | str
    why: str
    warning: bool = False


def read_measurements(path: Path) -> SimulationSummary:
    """Read the output of ``rlvr simulate --json``.

    Raises:
        DeploymentError: The file cannot be read, is not such an output, or has no measurement of a platform.
    """
    simulated = read_simulation(path)
    if not any(mode in simulated.modes and _seconds(simulated.modes[mode]) for mode in PLATFORMS):
        raise DeploymentError(str(path), f"has no measurement of {', '.join(PLATFORMS)}", MEASURE)
    return simulated


def advice(simulated: SimulationSummary, job: PlannedJob) -> list[Advice]:
    """Return all recommendations; later ones depend on earlier ones."""
    modes = {mode: simulated.modes[mode] for mode in PLATFORMS if mode in simulated.modes}
    modes = {mode: measured for mode, measured in modes.items() if _seconds(measured)}
    memory = memory_megabytes(modes)
    found = list(_rejection_advice(simulated.modes))
    found.append(_memory_advice(modes, memory))
    found.append(_timeout_advice(modes, memory))
    for mode, measured in modes.items():
        found.extend(_concurrency_advice(mode, measured, memory, job))
        found.append(_cost_advice(mode, measured, simulated.memory_megabytes, memory, job))
    return found


def core_share(memory: int) -> float:
    """Return the share of a core that a function with so many megabytes has: memory / 1,769, at most 1.0."""
    return min(1.0, memory / MEGABYTES_PER_CORE)


def memory_megabytes(modes: Mapping[AdvisedMode, ModeMeasurement]) -> int:
    """Return the memory size: max(512, 2 x peak) in steps of 64 MB; at least 1,769 MB if calls take over a second.

    Below 1,769 MB a scorer that computes costs the same with every size, since more memory makes it faster.
    """
    peak = max((measured.peak_megabytes or 0.0 for measured in modes.values()), default=0.0)
    needed = min(MEMORY_AT_MOST, max(MEMORY_AT_LEAST, math.ceil(MEMORY_HEADROOM * peak / 64) * 64))
    slowest = max((_seconds(measured) for measured in modes.values()), default=0.0)
    return max(needed, MEGABYTES_PER_CORE) if slowest / core_share(needed) > SLOW_CALL_SECONDS else needed


def timeout_seconds(modes: Mapping[AdvisedMode, ModeMeasurement], memory: int) -> int:
    """Return the timeout: max(60, 4 x (start + p99) / share of a core), in steps of 10 s; may exceed Lambda's 900."""
    slowest = max(_seconds(each) + (each.cold_start_seconds or 0.0) for each in modes.values())
    return max(TIMEOUT_AT_LEAST, math.ceil(TIMEOUT_HEADROOM * slowest / core_share(memory) / 10) * 10)


def calls_at_once(mode: NovaPlatform, measured: ModeMeasurement, memory: int, job: PlannedJob) -> int:
    """Return how many calls run at once: 12 for a training job; on HyperPod as many as its replicas may send.

    HyperPod: the larger of 64 x replicas and, by Little's law, 400 calls/s x p95 / share of a core.
    """
    match mode:
        case "training-job":
            return TRAINING_JOB_DEFAULT
        case "hyperpod":
            steady = math.ceil(HYPERPOD_CALLS_PER_SECOND * (measured.p95_seconds or 0.0) / core_share(memory))
            return max(CALLS_PER_WORKER * job.replicas, steady)
        case _:
            assert_never(mode)


def dollars_of(records: int, measured: ModeMeasurement, measured_memory: int, memory: int) -> float:
    """Return the price of scoring records, without cold starts.

    The measured billed seconds per record, divided by the share of a core, times gigabytes, times the price; and the
    price of a request per call.
    """
    prices = Prices(memory_megabytes=memory)
    seconds = measured.gigabyte_seconds_per_1000_records / 1_000 * 1_024 / measured_memory / core_share(memory)
    requests = measured.calls / measured.records if measured.records else 0.0
    each = seconds * memory / 1_024 * prices.gigabyte_second + requests * prices.million_requests / 1e6
    return records * each


def provisioned_dollars_per_hour(count: int, memory: int) -> float:
    """Return the price of provisioned concurrency: count x gigabytes x 3,600 s x price."""
    return count * memory / 1_024 * 3_600 * DOLLARS_PER_PROVISIONED_GIGABYTE_SECOND


def snapshot_dollars(count: int, memory: int) -> tuple[float, float]:
    """Return the price of SnapStart: per hour of a version's snapshot, and per start of ``count`` containers."""
    gigabytes = memory / 1_024
    return gigabytes * 3_600 * DOLLARS_PER_SNAPSHOT_GIGABYTE_SECOND, count * gigabytes * DOLLARS_PER_RESTORED_GIGABYTE


def _seconds(measured: ModeMeasurement) -> float:
    return measured.p99_seconds or 0.0


def _rejection_advice(modes: Mapping[str, ModeMeasurement]) -> Iterator[Advice]:
    for mode, measured in modes.items():
        if measured.rejected_calls:
            why = f"{measured.rejected_calls} of {measured.calls} calls were rejected; see `rlvr simulate`"
            yield Advice(what=f"{mode}: rejected calls", value=measured.rejected_calls, why=why, warning=True)


def _memory_advice(modes: Mapping[AdvisedMode, ModeMeasurement], memory: int) -> Advice:
    peak = max((measured.peak_megabytes or 0.0 for measured in modes.values()), default=0.0)
    share = core_share(memory)
    slowest = max(_seconds(measured) for measured in modes.values())
    why = (
        f"at least {MEMORY_AT_LEAST}, and {MEMORY_HEADROOM} x the peak of {peak:.0f} MB; it gives {share:.2f} of a "
        f"core, with which the slowest calls (p99) take {slowest / share:.3f} s; up to {MEGABYTES_PER_CORE} MB a "
        "scorer that computes costs the same"
    )
    too_much = MEMORY_HEADROOM * peak > MEMORY_AT_MOST
    if too_much:
        why += f"; Lambda's limit is {MEMORY_AT_MOST} MB: send fewer rows per call, or limit the scorers' memory"
    return Advice(what="memory, MB", value=memory, why=why, warning=too_much)


def _timeout_advice(modes: Mapping[AdvisedMode, ModeMeasurement], memory: int) -> Advice:
    seconds = timeout_seconds(modes, memory)
    start = max(each.cold_start_seconds or 0.0 for each in modes.values()) / core_share(memory)
    why = f"at least {TIMEOUT_AT_LEAST}, and {TIMEOUT_HEADROOM} x (start + p99) with {core_share(memory):.2f} of a core"
    if seconds > TIMEOUT_AT_MOST:
        why += f"; {seconds} s exceed Lambda's limit: send fewer rows per call, or limit the scorers' time"
    if start > START_AT_MOST:
        why += f"; a start of {start:.1f} s exceeds {START_AT_MOST} s, after which Lambda repeats it"
    bad = seconds > TIMEOUT_AT_MOST or start > START_AT_MOST
    return Advice(what="timeout, s", value=min(seconds, TIMEOUT_AT_MOST), why=why, warning=bad)


def _concurrency_advice(mode: AdvisedMode, measured: ModeMeasurement, memory: int, job: PlannedJob) -> Iterator[Advice]:
    match mode:
        case "training-job" | "hyperpod":
            yield from _capacity_advice(mode, measured, memory, job)
        case "evaluation":  # makes one call after the other
            return
        case _:
            assert_never(mode)


def _capacity_advice(mode: NovaPlatform, measured: ModeMeasurement, memory: int, job: PlannedJob) -> Iterator[Advice]:
    at_once = calls_at_once(mode, measured, memory, job)
    yield _reserved_advice(mode, at_once, job)
    start = (measured.cold_start_seconds or 0.0) / core_share(memory)
    yield _provisioned_advice(mode, at_once, memory, start)
    yield _snapshot_advice(mode, at_once, memory, start)


def _reserved_advice(mode: NovaPlatform, at_once: int, job: PlannedJob) -> Advice:
    reserved = math.ceil(at_once * CONCURRENCY_HEADROOM)
    most = CONCURRENCY_OF_AN_ACCOUNT - CONCURRENCY_LEFT_UNRESERVED
    match mode:
        case "training-job":
            why = f"{TRAINING_JOB_DEFAULT} calls of {ROWS_PER_CALL} rows at once x {CONCURRENCY_HEADROOM}"
        case "hyperpod":
            why = (
                f"the larger of {CALLS_PER_WORKER} x {job.replicas} replicas and {HYPERPOD_CALLS_PER_SECOND} "
                f"calls/s x p95, x {CONCURRENCY_HEADROOM}"
            )
        case _:
            assert_never(mode)
    if reserved > most:
        why += f"; an account may reserve {most} of {CONCURRENCY_OF_AN_ACCOUNT} by default: raise the quota first"
    return Advice(what=f"{mode}: reserved concurrency", value=reserved, why=why, warning=reserved > most)


def _provisioned_advice(mode: NovaPlatform, at_once: int, memory: int, start: float) -> Advice:
    hourly = provisioned_dollars_per_hour(at_once, memory)
    cost = f"{at_once} x {memory / 1_024:.2f} GB x 3,600 s x ${DOLLARS_PER_PROVISIONED_GIGABYTE_SECOND:.10f}"
    why = f"{cost} = ${hourly:.4f} per hour; {_start_words(start)}; it {_QUALIFIED}"
    value = at_once if start > SLOW_START_SECONDS else 0
    return Advice(what=f"{mode}: provisioned concurrency", value=value, why=why)


def _snapshot_advice(mode: NovaPlatform, at_once: int, memory: int, start: float) -> Advice:
    hourly, restored = snapshot_dollars(at_once, memory)
    why = (
        f"${hourly:.4f} per hour and version, at least {SNAPSHOT_HOURS_AT_LEAST} hours, and ${restored:.4f} to start "
        f"{at_once} containers; {_start_words(start)}; it {_QUALIFIED}, and excludes provisioned concurrency"
    )
    return Advice(what=f"{mode}: SnapStart", value="on" if start > SLOW_START_SECONDS else "off", why=why)


def _start_words(start: float) -> str:
    worth = "worth it" if start > SLOW_START_SECONDS else "not worth it"
    return f"{worth}: a start takes {start:.2f} s, and up to {SLOW_START_SECONDS:g} s make no difference to a job"


def _cost_advice(
    mode: AdvisedMode, measured: ModeMeasurement, measured_memory: int, memory: int, job: PlannedJob
) -> Advice:
    match mode:
        case "training-job" | "hyperpod":
            records = job.rows * job.samples * job.epochs
            count = f"{job.rows:,} rows x {job.samples} samples x {job.epochs} epochs"
        case "evaluation":
            records, count = job.rows, f"{job.rows:,} rows"
        case _:
            assert_never(mode)
    dollars = dollars_of(records, measured, measured_memory, memory)
    a_thousand = dollars_of(1_000, measured, measured_memory, memory)
    why = f"{count} = {records:,} records at ${a_thousand:.6f} per 1,000 with {memory} MB, without cold starts"
    return Advice(what=f"{mode}: cost of scoring, $", value=round(dollars, 6), why=why)


def as_json(found: list[Advice], job: PlannedJob) -> dict[str, Any]:
    """Return the recommendations as JSON values."""
    return {"job": msgspec.to_builtins(job), "advice": msgspec.to_builtins(found)}
