"""What jobs left behind: where it lies, the metrics files of a training, and an evaluation's two models compared.

Source:
    https://github.com/aws/sagemaker-python-sdk (sagemaker-train, common_utils/show_results_utils.py: an evaluation
    writes ``results_*.json`` under ``JOB/output/output/``, with its metrics under ``all`` or under the task's name)
    https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html (metrics are CSV files under
    ``model-customization-job-ID/``)
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_aws.job.found import Job

_MOST_KEYS = 20_000
_MOST_BYTES = 20_000_000  # an evaluation's summary has kilobytes; a metrics file a line per step
_MOST_FILES = 4
_MOST_METRICS = 500
_LONGEST_NAME = 200
_LAST_ROWS = 20


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of the base model and of the tuned one.

    Attributes:
        metric: Its name.
        base: The base model's value; None where it has none.
        tuned: The tuned model's; None where it has none.
        difference: Tuned less base; None where either is missing.
    """

    metric: str
    base: float | None
    tuned: float | None
    difference: float | None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A metrics file of a job.

    Attributes:
        address: Its ``s3://`` address.
        columns: Its header.
        rows: Its last rows, as text.
    """

    address: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def output_of(job: Job) -> dict[str, str]:
    """Return where a job's results are, by what they are; only what the service tells."""
    told = job.told
    if job.service == "bedrock":
        found = {"output": _bedrock_output(job), "model": told.get("outputModelArn")}
    else:
        found = {
            "output": f"{_address(job)}/{job.name}/output/",
            "artifacts": (told.get("ModelArtifacts") or {}).get("S3ModelArtifacts"),
            "model": told.get("OutputModelPackageArn"),
        }
    return {key: str(value) for key, value in found.items() if value}


def is_evaluation(job: Job) -> bool:
    """Say whether a job evaluates."""
    return (job.told.get("ServerlessJobConfig") or {}).get("JobType") == "Evaluation"


def evaluated(aws: Aws, job: Job) -> dict[str, float]:
    """Fetch the metrics of an evaluation.

    Raises:
        AwsError: The bucket cannot be read.
        DeploymentError: There is no result yet, or it holds no metrics.
    """
    bucket, prefix = _place(f"{_address(job)}/{job.name}/output/output/")
    for key in _keys(aws, bucket, prefix):
        name = key.rpartition("/")[2]
        if name.startswith("results_") and name.endswith(".json"):
            return _metrics_in(aws.fetched(bucket, key, _MOST_BYTES), f"s3://{bucket}/{key}")
    hint = f"`rlvr aws job status {job.name}` tells whether it has ended"
    raise DeploymentError(job.name, f"no results_*.json under s3://{bucket}/{prefix}", hint)


def compared(base: Mapping[str, float], tuned: Mapping[str, float]) -> list[Difference]:
    """Compare two models metric by metric, in the order of the names."""
    return [
        Difference(
            metric=name,
            base=base.get(name),
            tuned=tuned.get(name),
            difference=tuned[name] - base[name] if name in base and name in tuned else None,
        )
        for name in sorted({*base, *tuned})
    ]


def sheets_of(aws: Aws, job: Job) -> list[Sheet]:
    """Fetch the metrics files that a Bedrock job has written so far; none for SageMaker, which tells its own."""
    if job.service != "bedrock" or not (job.told.get("outputDataConfig") or {}).get("s3Uri"):
        return []
    bucket, prefix = _place(_bedrock_output(job))
    named = (key for key in _keys(aws, bucket, prefix) if key.lower().endswith("metrics.csv"))
    return [_sheet(f"s3://{bucket}/{key}", aws.fetched(bucket, key, _MOST_BYTES)) for key in islice(named, _MOST_FILES)]


def _bedrock_output(job: Job) -> str:
    address = str((job.told.get("outputDataConfig") or {}).get("s3Uri", "")).rstrip("/")
    return f"{address}/model-customization-job-{job.arn.rpartition('/')[2]}/"


def _address(job: Job) -> str:
    return str((job.told.get("OutputDataConfig") or {}).get("S3OutputPath", "")).rstrip("/")


def _place(address: str) -> tuple[str, str]:
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise DeploymentError(
            repr(address), "is no s3:// address, which the job should have", "look at it in the console"
        )
    return bucket, prefix


def _keys(aws: Aws, bucket: str, prefix: str) -> Iterator[str]:
    pages = aws.pages("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix)
    listed = (str(each["Key"]) for page in pages for each in page.get("Contents", ()))
    return islice(listed, _MOST_KEYS)


def _metrics_in(content: bytes, address: str) -> dict[str, float]:
    """Read the first block of an evaluation's results that holds numbers, the summary ``all`` before any task's."""
    try:
        results = json.loads(content)["results"]
        blocks = [results.get("all"), *results.values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeploymentError(address, f"is no result of an evaluation: {error}", "look at it by hand") from error
    for block in blocks:
        numbers = _numbers(block)
        if numbers:
            return numbers
    raise DeploymentError(address, "holds no metrics", "look at it by hand")


def _numbers(block: Any) -> dict[str, float]:
    """Return the finite numbers of a mapping; whatever else it holds is no metric."""
    if not isinstance(block, dict):
        return {}
    found: dict[str, float] = {}
    for name, value in islice(block.items(), _MOST_METRICS):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                number = float(value)
            except OverflowError:
                continue
            if math.isfinite(number):
                found[name[:_LONGEST_NAME]] = number
    return found


def _sheet(address: str, content: bytes) -> Sheet:
    text = content.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    rows = [line for line in text.splitlines() if line.strip()]
    try:
        read = list(csv.reader(io.StringIO("\n".join([*rows[:1], *rows[1:][-_LAST_ROWS:]]))))
    except csv.Error as error:
        raise DeploymentError(address, f"is no table: {error}", "look at it by hand") from error
    if not read:
        return Sheet(address=address, columns=(), rows=())
    return Sheet(address=address, columns=tuple(read[0]), rows=tuple(map(tuple, read[1:])))
