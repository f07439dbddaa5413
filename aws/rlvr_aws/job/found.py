"""Jobs that are there: found by name or ARN, told in one form for both services, and stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

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
    """A job that is there.

    Attributes:
        service: Where.
        name: Its name.
        arn: Its ARN.
        status: ``InProgress``, ``Completed``, ``Failed``, ``Stopping`` or ``Stopped``.
        failure: Why it failed; "" if it did not.
        told: What the service said of it.
    """

    service: Service
    name: str
    arn: str
    status: str
    failure: str
    told: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        """Whether its status stays."""
        return self.status in _ENDED

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "service": self.service,
            "name": self.name,
            "arn": self.arn,
            "status": self.status,
            "failure": self.failure,
            "started": _moment(self.told.get("creationTime") or self.told.get("CreationTime")),
            "ended": _moment(self.told.get("endTime") or self.told.get("TrainingEndTime")),
            "progress": dict(self.told.get("ProgressInfo") or {}),
        }


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of a job.

    Attributes:
        phase: What it is called.
        status: How it is; "" where the service does not say.
        started: When, in ISO 8601; "" where it is not told.
        ended: The same, of its end.
        message: What the service says of it.
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
        AwsError: A service cannot be asked.
        DeploymentError: There is none, or both services have one.
    """
    training = _SAGEMAKER_ARN.fullmatch(name)
    if training is not None:
        jobs = _training(aws, training[1])
    elif _BEDROCK_ARN.fullmatch(name):
        jobs = _customization(aws, name)
    elif _NAME.fullmatch(name):
        jobs = _anywhere(aws, name)
    else:
        raise DeploymentError(repr(name[:200]), "is neither a job's name nor its ARN", "the console shows both")
    if not jobs:
        raise DeploymentError(name, "there is no such job in this account and region", "check --region and --profile")
    return jobs


def happenings(job: Job) -> list[Happening]:
    """Return the phases of a job in their order, as far as the service tells them."""
    return list(_bedrock_phases(job.told) if job.service == "bedrock" else _sagemaker_phases(job.told))


def metrics_of(job: Job) -> dict[str, float]:
    """Return the last metrics that the service itself tells of a job."""
    if job.service == "sagemaker":
        listed = job.told.get("FinalMetricDataList") or ()
        return {str(each["MetricName"]): float(each["Value"]) for each in listed if "MetricName" in each}
    told = {name: float(value) for name, value in (job.told.get("trainingMetrics") or {}).items()}
    for number, each in enumerate(job.told.get("validationMetrics") or (), start=1):
        told |= {f"{name}.{number}": float(value) for name, value in each.items()}
    return told


def stopping(aws: Aws, job: Job) -> Step:
    """Return the step that stops a job; one that has ended, or is stopping, is kept."""
    if job.ended or job.status == "Stopping":
        return Step(kind="job", name=job.name, action="keep", changes=(f"is {job.status}",))

    def apply() -> None:
        if job.service == "bedrock":
            aws.call("bedrock", "stop_model_customization_job", jobIdentifier=job.name)
        else:
            aws.call("sagemaker", "stop_training_job", TrainingJobName=job.name)

    return Step(kind="job", name=job.name, action="update", changes=(f"{job.status} -> Stopped",), apply=apply)


def watched(look: Callable[[], tuple[Job, ...]], pause: Callable[[], None], polls: int) -> Iterator[tuple[Job, ...]]:
    """Look at jobs again and again until all have ended, but no more often than ``polls`` times."""
    for poll in range(polls):
        if poll:
            pause()
        jobs = look()
        yield jobs
        if all(job.ended for job in jobs):
            return


def _anywhere(aws: Aws, name: str) -> tuple[Job, ...]:
    """Ask both services; that one cannot be asked is an error only if the other has no such job."""
    found: list[Job] = []
    refused: list[AwsError] = []
    for ask in (_customization, _training):
        try:
            found += ask(aws, name)
        except AwsError as error:
            refused.append(error)
    if len(found) > 1:
        arns = " and ".join(job.arn for job in found)
        raise DeploymentError(name, f"is the name of two jobs: {arns}", "give the ARN")
    jobs = tuple(found) or tuple(job for each in evaluation_names(name) for job in _training(aws, each))
    if refused and not jobs:
        raise refused[0]
    return jobs


def _customization(aws: Aws, identifier: str) -> tuple[Job, ...]:
    told = aws.found("bedrock", "get_model_customization_job", jobIdentifier=identifier)
    if told is None:
        return ()
    status = str(told.get("status", ""))
    job = Job(
        service="bedrock",
        name=str(told["jobName"]),
        arn=str(told["jobArn"]),
        status=status,
        failure=str(told.get("failureMessage", "")) if status == "Failed" else "",
        told=told,
    )
    return (job,)


def _training(aws: Aws, name: str) -> tuple[Job, ...]:
    fits = _SAGEMAKER_NAME.fullmatch(name) is not None
    told = aws.found("sagemaker", "describe_training_job", TrainingJobName=name) if fits else None
    if told is None:
        return ()
    job = Job(
        service="sagemaker",
        name=str(told["TrainingJobName"]),
        arn=str(told["TrainingJobArn"]),
        status=str(told["TrainingJobStatus"]),
        failure=str(told.get("FailureReason", "")),
        told=told,
    )
    return (job,)


def _bedrock_phases(told: Mapping[str, Any]) -> Iterator[Happening]:
    details = told.get("statusDetails") or {}
    for phase, key in _PHASES:
        if key in details:
            each = details[key]
            ended = each.get("lastModifiedTime") if each.get("status") in _ENDED else None
            yield Happening(
                phase=phase,
                status=str(each.get("status", "")),
                started=_moment(each.get("creationTime")),
                ended=_moment(ended),
            )


def _sagemaker_phases(told: Mapping[str, Any]) -> Iterator[Happening]:
    for each in (told.get("SecondaryStatusTransitions") or ())[:_MOST_EVENTS]:
        yield Happening(
            phase=str(each.get("Status", "")),
            started=_moment(each.get("StartTime")),
            ended=_moment(each.get("EndTime")),
            message=str(each.get("StatusMessage", "")),
        )


def _moment(value: Any) -> str:
    """Write a time; "" for none."""
    if value is None:
        return ""
    return str(value.isoformat(timespec="seconds")) if hasattr(value, "isoformat") else str(value)
