"""Existing jobs: found by name or ARN, in one form for both services, and stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, assert_never

import msgspec

from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.job.requests import evaluation_names

Service: TypeAlias = Literal["bedrock", "sagemaker"]

_ENDED = frozenset({"Completed", "Failed", "Stopped"})
_BEDROCK_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[a-z0-9-]+:[0-9]{12}:model-customization-job/\S{1,300}")
_SAGEMAKER_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:training-job/([a-zA-Z0-9-]{1,63})")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9+.-]{0,62}")
_SAGEMAKER_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_MOST_EVENTS = 500
_PHASES = (
    ("validation", "validationDetails"),
    ("data processing", "dataProcessingDetails"),
    ("training", "trainingDetails"),
)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An existing job.

    Attributes:
        service: The service that runs it.
        name: Its name.
        arn: Its ARN.
        status: ``InProgress``, ``Completed``, ``Failed``, ``Stopping`` or ``Stopped``.
        failure: Why it failed; "" if it did not.
        description: The service's answer that describes it.
    """

    service: Service
    name: str
    arn: str
    status: str
    failure: str
    description: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in _ENDED

    def as_json(self) -> dict[str, Any]:
        """Return the job as JSON values."""
        return {
            "service": self.service,
            "name": self.name,
            "arn": self.arn,
            "status": self.status,
            "failure": self.failure,
            "started": _moment(self.description.get("creationTime") or self.description.get("CreationTime")),
            "ended": _moment(self.description.get("endTime") or self.description.get("TrainingEndTime")),
            "progress": dict(self.description.get("ProgressInfo") or {}),
        }


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a job.

    Attributes:
        phase: Its name.
        status: Its status; "" if the service does not give one.
        started: When it started, in ISO 8601; "" if the service does not say.
        ended: When it ended, in the same form.
        message: The service's message about it.
    """

    phase: str
    status: str = ""
    started: str = ""
    ended: str = ""
    message: str = ""


def jobs_of(aws: Aws, name: str) -> tuple[Job, ...]:
    """Find a job by its name or ARN, or the two jobs of an evaluation by the evaluation's name.

    Returns:
        One job; or two, the base model's first.

    Raises:
        AwsError: A call to a service failed.
        DeploymentError: There is no such job, or both services have one.
    """
    training = _SAGEMAKER_ARN.fullmatch(name)
    if training is not None:
        jobs = _find_training(aws, training[1])
    elif _BEDROCK_ARN.fullmatch(name):
        jobs = _find_customization(aws, name)
    elif _NAME.fullmatch(name):
        jobs = _find_anywhere(aws, name)
    else:
        raise DeploymentError(repr(name[:200]), "is neither a job's name nor its ARN", "the console shows both")
    if not jobs:
        raise DeploymentError(name, "no such job exists in this account and region", "check --region and --profile")
    return jobs


def phases_of(job: Job) -> list[Phase]:
    """Return the phases of a job in their order, as far as the service describes them."""
    match job.service:
        case "bedrock":
            return list(_bedrock_phases(job.description))
        case "sagemaker":
            return list(_sagemaker_phases(job.description))
        case _:
            assert_never(job.service)


def metrics_of(job: Job) -> dict[str, float]:
    """Return the last metrics that the service itself reports for a job."""
    match job.service:
        case "bedrock":
            return _bedrock_metrics(job.description)
        case "sagemaker":
            listed = job.description.get("FinalMetricDataList") or ()
            return {str(each["MetricName"]): float(each["Value"]) for each in listed if "MetricName" in each}
        case _:
            assert_never(job.service)


def stop_step(aws: Aws, job: Job) -> Step:
    """Return the step that stops a job; it changes nothing if the job has ended or is stopping."""
    if job.ended or job.status == "Stopping":
        return Step(kind="job", name=job.name, action="keep", changes=(f"is {job.status}",))

    def apply() -> None:
        match job.service:
            case "bedrock":
                aws.call("bedrock", "stop_model_customization_job", jobIdentifier=job.name)
            case "sagemaker":
                aws.call("sagemaker", "stop_training_job", TrainingJobName=job.name)
            case _:
                assert_never(job.service)

    return Step(kind="job", name=job.name, action="update", changes=(f"{job.status} -> Stopped",), apply=apply)


def poll_jobs(look: Callable[[], tuple[Job, ...]], pause: Callable[[], None], polls: int) -> Iterator[tuple[Job, ...]]:
    """Yield the jobs that ``look`` returns until all have ended, ``polls`` times at most; pause in between."""
    for poll in range(polls):
        if poll:
            pause()
        jobs = look()
        yield jobs
        if all(job.ended for job in jobs):
            return


def _find_anywhere(aws: Aws, name: str) -> tuple[Job, ...]:
    """Look in both services; a failed call to one is an error only if the other has no such job."""
    found: list[Job] = []
    refused: list[AwsError] = []
    for find in (_find_customization, _find_training):
        try:
            found += find(aws, name)
        except AwsError as error:
            refused.append(error)
    if len(found) > 1:
        arns = " and ".join(job.arn for job in found)
        raise DeploymentError(name, f"is the name of two jobs: {arns}", "give the ARN")
    jobs = tuple(found) or tuple(job for each in evaluation_names(name) for job in _find_training(aws, each))
    if refused and not jobs:
        raise refused[0]
    return jobs


def _find_customization(aws: Aws, identifier: str) -> tuple[Job, ...]:
    description = aws.find("bedrock", "get_model_customization_job", jobIdentifier=identifier)
    if description is None:
        return ()
    status = str(description.get("status", ""))
    job = Job(
        service="bedrock",
        name=str(description["jobName"]),
        arn=str(description["jobArn"]),
        status=status,
        failure=str(description.get("failureMessage", "")) if status == "Failed" else "",
        description=description,
    )
    return (job,)


def _find_training(aws: Aws, name: str) -> tuple[Job, ...]:
    fits = _SAGEMAKER_NAME.fullmatch(name) is not None
    description = aws.find("sagemaker", "describe_training_job", TrainingJobName=name) if fits else None
    if description is None:
        return ()
    job = Job(
        service="sagemaker",
        name=str(description["TrainingJobName"]),
        arn=str(description["TrainingJobArn"]),
        status=str(description["TrainingJobStatus"]),
        failure=str(description.get("FailureReason", "")),
        description=description,
    )
    return (job,)


def _bedrock_metrics(description: Mapping[str, Any]) -> dict[str, float]:
    metrics = {name: float(value) for name, value in (description.get("trainingMetrics") or {}).items()}
    for number, each in enumerate(description.get("validationMetrics") or (), start=1):
        metrics |= {f"{name}.{number}": float(value) for name, value in each.items()}
    return metrics


def _bedrock_phases(description: Mapping[str, Any]) -> Iterator[Phase]:
    details = description.get("statusDetails") or {}
    for phase, key in _PHASES:
        if key in details:
            each = details[key]
            ended = each.get("lastModifiedTime") if each.get("status") in _ENDED else None
            yield Phase(
                phase=phase,
                status=str(each.get("status", "")),
                started=_moment(each.get("creationTime")),
                ended=_moment(ended),
            )


def _sagemaker_phases(description: Mapping[str, Any]) -> Iterator[Phase]:
    for each in (description.get("SecondaryStatusTransitions") or ())[:_MOST_EVENTS]:
        yield Phase(
            phase=str(each.get("Status", "")),
            started=_moment(each.get("StartTime")),
            ended=_moment(each.get("EndTime")),
            message=str(each.get("StatusMessage", "")),
        )


def _moment(value: Any) -> str:
    """Return a time as text; "" for None."""
    if value is None:
        return ""
    return str(value.isoformat(timespec="seconds")) if hasattr(value, "isoformat") else str(value)
