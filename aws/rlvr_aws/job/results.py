"""Results of jobs: where they are, the metrics files of a training, and the comparison of an evaluation's two models.

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
from typing import Any, assert_never

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_aws.job.lookup import Job

_MOST_KEYS = 20_000
_MOST_BYTES = 20_000_000  # an evaluation's summary has kilobytes; a metrics file has a line per step
_MOST_FILES = 4
_MOST_METRICS = 500
_LONGEST_NAME = 200
_LAST_ROWS = 20


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one metric for the base model and the tuned one.

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


class MetricsFile(msgspec.Struct, frozen=True, kw_only=True):
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
    """Return the addresses of a job's results by their kind, as far as the service gives them."""
    description = job.description
    match job.service:
        case "bedrock":
            found = {"output": _bedrock_output(job), "model": description.get("outputModelArn")}
        case "sagemaker":
            found = {
                "output": f"{_address(job)}/{job.name}/output/",
                "artifacts": (description.get("ModelArtifacts") or {}).get("S3ModelArtifacts"),
                "model": description.get("OutputModelPackageArn"),
            }
        case _:
            assert_never(job.service)
    return {key: str(value) for key, value in found.items() if value}


def is_evaluation(job: Job) -> bool:
    """Return True if the job is an evaluation."""
    return (job.description.get("ServerlessJobConfig") or {}).get("JobType") == "Evaluation"


def evaluation_metrics(aws: Aws, job: Job) -> dict[str, float]:
    """Return the metrics of an evaluation from its bucket.

    Raises:
        AwsError: The bucket cannot be read.
        DeploymentError: There is no result yet, or it contains no metrics.
    """
    bucket, prefix = _place(f"{_address(job)}/{job.name}/output/output/")
    for key in _keys(aws, bucket, prefix):
        name = key.rpartition("/")[2]
        if name.startswith("results_") and name.endswith(".json"):
            return _metrics_in(aws.fetch(bucket, key, _MOST_BYTES), f"s3://{bucket}/{key}")
    hint = f"`rlvr aws job status {job.name}` shows whether it has ended"
    raise DeploymentError(job.name, f"no results_*.json under s3://{bucket}/{prefix}", hint)


def compare_metrics(base: Mapping[str, float], tuned: Mapping[str, float]) -> list[Difference]:
    """Compare two models metric by metric, sorted by name."""
    return [
        Difference(
            metric=name,
            base=base.get(name),
            tuned=tuned.get(name),
            difference=tuned[name] - base[name] if name in base and name in tuned else None,
        )
        for name in sorted({*base, *tuned})
    ]


def metrics_files_of(aws: Aws, job: Job) -> list[MetricsFile]:
    """Read the metrics files that a Bedrock job has written so far; empty for SageMaker, which reports its metrics."""
    match job.service:
        case "sagemaker":
            return []
        case "bedrock":
            pass
        case _:
            assert_never(job.service)
    if not (job.description.get("outputDataConfig") or {}).get("s3Uri"):
        return []
    bucket, prefix = _place(_bedrock_output(job))
    named = (key for key in _keys(aws, bucket, prefix) if key.lower().endswith("metrics.csv"))
    return [
        _metrics_file(f"s3://{bucket}/{key}", aws.fetch(bucket, key, _MOST_BYTES)) for key in islice(named, _MOST_FILES)
    ]


def _bedrock_output(job: Job) -> str:
    address = str((job.description.get("outputDataConfig") or {}).get("s3Uri", "")).rstrip("/")
    return f"{address}/model-customization-job-{job.arn.rpartition('/')[2]}/"


def _address(job: Job) -> str:
    return str((job.description.get("OutputDataConfig") or {}).get("S3OutputPath", "")).rstrip("/")


def _place(address: str) -> tuple[str, str]:
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket:
        raise DeploymentError(
            repr(address), "is not an s3:// address, which the job should have", "look at it in the console"
        )
    return bucket, prefix


def _keys(aws: Aws, bucket: str, prefix: str) -> Iterator[str]:
    pages = aws.pages("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix)
    listed = (str(each["Key"]) for page in pages for each in page.get("Contents", ()))
    return islice(listed, _MOST_KEYS)


def _metrics_in(content: bytes, address: str) -> dict[str, float]:
    """Return the first block of an evaluation's results that contains numbers; ``all``, the summary, comes first."""
    try:
        results = json.loads(content)["results"]
        blocks = [results.get("all"), *results.values()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeploymentError(
            address, f"is not a result of an evaluation: {error}", "open the file yourself"
        ) from error
    for block in blocks:
        numbers = _numbers(block)
        if numbers:
            return numbers
    raise DeploymentError(address, "contains no metrics", "open the file yourself")


def _numbers(block: Any) -> dict[str, float]:
    """Return the finite numbers of a mapping; other values are not metrics."""
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


def _metrics_file(address: str, content: bytes) -> MetricsFile:
    text = content.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    rows = [line for line in text.splitlines() if line.strip()]
    try:
        read = list(csv.reader(io.StringIO("\n".join([*rows[:1], *rows[1:][-_LAST_ROWS:]]))))
    except csv.Error as error:
        raise DeploymentError(address, f"is not a CSV table: {error}", "open the file yourself") from error
    if not read:
        return MetricsFile(address=address, columns=(), rows=())
    return MetricsFile(address=address, columns=tuple(read[0]), rows=tuple(map(tuple, read[1:])))
