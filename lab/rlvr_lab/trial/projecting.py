"""What a job of many rows costs and how long it takes, from the times and amounts of a small run."""

from __future__ import annotations

import msgspec

from rlvr_lab.trial.running import SmallRun

# Lambda on x86, first tier, us-east-1: https://aws.amazon.com/lambda/pricing/, in the copies public on 2026-11-24.
DOLLARS_PER_GIGABYTE_SECOND = 0.0000166667
DOLLARS_PER_MILLION_REQUESTS = 0.20

# A function with this much memory has one core; with less memory it has a share of a core.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEGABYTES_PER_CORE = 1_769


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """A job of many rows.

    Attributes:
        rows: Number of rewards of the job.
        seconds: Wall time on this machine, as the small run took it.
        scorer_seconds: Time in scorers, if one row is scored after the other.
        memory_mb: Memory of the function.
        gigabyte_seconds: What Lambda bills, for one row after the other and one request for each row, without cold
            starts: an upper bound, since a call scores its rows side by side.
        lambda_usd: Its price, with that of the requests.
        totals: Amounts that scorers spend, such as ``judge_usd`` and ``judge_tokens_in``.
        usd: The prices of Lambda and of judges.
        is_judge_priced: False if judges are asked, and the price of their model is not known.
    """

    rows: int
    seconds: float
    scorer_seconds: float
    memory_mb: int
    gigabyte_seconds: float
    lambda_usd: float
    totals: dict[str, float]
    usd: float
    is_judge_priced: bool


def project(run: SmallRun, *, rows: int, memory_mb: int, gigabyte_second: float, million_requests: float) -> Projection:
    """Return what a job costs whose rows are as those of a small run.

    Time of a model's answer is as long with little memory; all other time is divided by the share of a core.

    Args:
        run: The small run.
        rows: Number of rewards of the job.
        memory_mb: Memory of the function.
        gigabyte_second: Dollars for a gigabyte second.
        million_requests: Dollars for a million requests.
    """
    costly = {each.installed.id for entry in run.suite.entries for each in entry.all_scorers if entry.is_costly}
    factor = rows / len(run.rows)
    seconds = {scorer: timing.seconds * factor for scorer, timing in run.summary.timings.items()}
    core = min(1.0, memory_mb / MEGABYTES_PER_CORE)
    billed = sum(each if scorer in costly else each / core for scorer, each in seconds.items())
    totals = {name: amount * factor for name, amount in run.summary.totals.items()}
    gigabyte_seconds = billed * memory_mb / 1_024
    lambda_usd = gigabyte_seconds * gigabyte_second + rows * million_requests / 1e6
    judge_usd = totals.get("judge_usd", 0.0)
    return Projection(
        rows=rows,
        seconds=run.summary.seconds * factor,
        scorer_seconds=sum(seconds.values()),
        memory_mb=memory_mb,
        gigabyte_seconds=gigabyte_seconds,
        lambda_usd=lambda_usd,
        totals=totals,
        usd=lambda_usd + judge_usd,
        is_judge_priced=judge_usd > 0.0 or not totals.get("judge_requests"),
    )
