"""The steps that submit a job: they create the evaluator, the group of model packages and the job where missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, assert_never

import msgspec

from rlvr_aws.account.arn import FunctionArn
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.service_model import check
from rlvr_aws.account.session import Aws
from rlvr_aws.job.recipe.evaluator import (
    FIRST_VERSION,
    Registration,
    evaluator_arn,
    reference_in,
    registry_display_name,
)
from rlvr_aws.job.requests import (
    BedrockOrder,
    EvaluationOrder,
    JobOrder,
    TrainingOrder,
    account_of,
    bedrock_request,
    evaluation_requests,
    same_training,
    training_request,
)

Order: TypeAlias = BedrockOrder | TrainingOrder | EvaluationOrder

# A hub needs seconds to import a document; after ten minutes something is wrong.
_IMPORT_POLLS, _IMPORT_SECONDS = 120, 5
_NAME_TAKEN = "choose another --name; a job's name cannot be used twice"


def calls_for(order: Order) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that submit a job in an account that has none of what it needs.

    Raises:
        DeploymentError: A request would be refused.
    """
    match order:
        case BedrockOrder():
            return [("bedrock:CreateModelCustomizationJob", bedrock_request(order))]
        case TrainingOrder():
            group = ("sagemaker:CreateModelPackageGroup", _group_request(order))
            return [
                *_registration_calls(order.evaluator),
                group,
                ("sagemaker:CreateTrainingJob", training_request(order)),
            ]
        case EvaluationOrder():
            jobs = [("sagemaker:CreateTrainingJob", each) for each in evaluation_requests(order)]
            return [*_registration_calls(order.evaluator), *jobs]
        case _:
            assert_never(order)


def steps_for(aws: Aws, order: Order) -> list[Step]:
    """Return the steps that submit a job; a job that exists with the same content is kept.

    Raises:
        AwsError: The account cannot be read.
        DeploymentError: A request would be refused, another job has the name, or the role is of another account.
    """
    calls_for(order)  # a wrong request is refused before any call
    _check_account(aws, order)
    match order:
        case BedrockOrder():
            return [_bedrock_step(aws, bedrock_request(order))]
        case TrainingOrder():
            registration, steps = _registration_steps(aws, order.evaluator)
            request = training_request(msgspec.structs.replace(order, evaluator=registration))
            return [*steps, _group_step(aws, order), _training_step(aws, request)]
        case EvaluationOrder():
            registration, steps = _registration_steps(aws, order.evaluator)
            requests = evaluation_requests(msgspec.structs.replace(order, evaluator=registration))
            return [*steps, *(_training_step(aws, each) for each in requests)]
        case _:
            assert_never(order)


def _check_account(aws: Aws, order: JobOrder) -> None:
    """Refuse a wrong profile before anything is created in its account."""
    account = account_of(order.role)
    if aws.account != account:
        problem = f"is of account {account}, but the credentials are of {aws.account}"
        raise DeploymentError(order.role, problem, "choose another --profile, or a role of this account")


def _bedrock_step(aws: Aws, request: dict[str, Any]) -> Step:
    there = aws.find("bedrock", "get_model_customization_job", jobIdentifier=request["jobName"])
    if there is not None:
        if there.get("clientRequestToken") != request["clientRequestToken"]:
            raise DeploymentError(request["jobName"], "a job of this name has another content", _NAME_TAKEN)
        return Step(kind="job", name=request["jobName"], action="keep", changes=(f"is {there.get('status')}",))

    def apply() -> None:
        aws.call("bedrock", "create_model_customization_job", **request)

    changes = (f"tunes {request['baseModelIdentifier']}", f"rows {request['trainingDataConfig']['s3Uri']}")
    return Step(kind="job", name=request["jobName"], action="create", changes=changes, apply=apply)


def _training_step(aws: Aws, request: dict[str, Any]) -> Step:
    name = request["TrainingJobName"]
    there = aws.find("sagemaker", "describe_training_job", TrainingJobName=name)
    if there is not None:
        if not same_training(request, there):
            raise DeploymentError(name, "a job of this name has another content", _NAME_TAKEN)
        return Step(kind="job", name=name, action="keep", changes=(f"is {there.get('TrainingJobStatus')}",))

    def apply() -> None:
        aws.call("sagemaker", "create_training_job", **request)

    serverless = request["ServerlessJobConfig"]
    changes = (f"{serverless['JobType']} of {serverless['BaseModelArn']}", f"rewards {serverless['EvaluatorArn']}")
    return Step(kind="job", name=name, action="create", changes=changes, apply=apply)


def _registration_calls(registration: Registration) -> list[tuple[str, dict[str, Any]]]:
    function = registration.function
    if function is None:
        return []
    hub = ("sagemaker:CreateHub", _hub_request(registration, function))
    return [hub, ("sagemaker:ImportHubContent", registration.request)]


def _registration_steps(aws: Aws, registration: Registration) -> tuple[Registration, list[Step]]:
    """Return the registration with the version that it will have, and the steps that register it."""
    request, function = registration.request, registration.function
    if function is None:
        return registration, []
    hub = _hub_step(aws, _hub_request(registration, function))
    content = None if hub.is_new else _content(aws, request)
    version = FIRST_VERSION if content is None else str(content.get("HubContentVersion", FIRST_VERSION))
    if content is not None and _is_evaluator_of(function, content):
        kept = {**request, "HubContentVersion": version}
        step = Step(kind="evaluator", name=request["HubContentName"], action="keep", changes=(f"version {version}",))
        return Registration(arn=evaluator_arn(function, kept), request=kept, function=function), [hub, step]
    new = {**request, "HubContentVersion": version if content is None else _next_version(version)}
    check("sagemaker", "ImportHubContent", new)
    step = Step(
        kind="evaluator",
        name=request["HubContentName"],
        action="create" if content is None else "update",
        changes=(f"version {new['HubContentVersion']}", f"calls {function.arn}"),
        apply=_importer(aws, new),
    )
    return Registration(arn=evaluator_arn(function, new), request=new, function=function), [hub, step]


def _is_evaluator_of(function: FunctionArn, content: Mapping[str, Any]) -> bool:
    """Return True if a hub's content is an evaluator that calls the function, and its import did not fail."""
    reference = reference_in(str(content.get("HubContentDocument", "")))
    return reference == function.arn and content.get("HubContentStatus") != "ImportFailed"


def _hub_step(aws: Aws, request: dict[str, Any]) -> Step:
    if aws.find("sagemaker", "describe_hub", HubName=request["HubName"]) is not None:
        return Step(kind="hub", name=request["HubName"], action="keep")

    def apply() -> None:
        aws.call("sagemaker", "create_hub", **request)

    return Step(kind="hub", name=request["HubName"], action="create", changes=("keeps evaluators",), apply=apply)


def _hub_request(registration: Registration, function: FunctionArn) -> dict[str, Any]:
    shown = registry_display_name(function.region, function.account)
    request = {
        "HubName": registration.request["HubName"],
        "HubDisplayName": shown,
        "HubDescription": "Evaluators of reward functions",
    }
    check("sagemaker", "CreateHub", request)
    return request


def _content(aws: Aws, request: dict[str, Any]) -> dict[str, Any] | None:
    names = {key: request[key] for key in ("HubName", "HubContentType", "HubContentName")}
    return aws.find("sagemaker", "describe_hub_content", **names)


def _importer(aws: Aws, request: dict[str, Any]) -> Callable[[], None]:
    """Return a function that imports a document and waits until the hub has it."""

    def apply() -> None:
        aws.call("sagemaker", "import_hub_content", **request)
        for _ in range(_IMPORT_POLLS):
            content = _content(aws, request) or {}
            status = content.get("HubContentStatus")
            if status == "Available":
                return
            if status == "ImportFailed":
                reason = str(content.get("FailureReason", "the hub does not say why"))
                raise AwsError("sagemaker:ImportHubContent", reason, "correct it and run it again")
            time.sleep(_IMPORT_SECONDS)
        seconds = _IMPORT_POLLS * _IMPORT_SECONDS
        raise AwsError("sagemaker:ImportHubContent", f"is not done after {seconds} s", "run it again later")

    return apply


def _group_step(aws: Aws, order: TrainingOrder) -> Step:
    request = _group_request(order)
    name = request["ModelPackageGroupName"]
    if aws.find("sagemaker", "describe_model_package_group", ModelPackageGroupName=name) is not None:
        return Step(kind="model package group", name=name, action="keep")

    def apply() -> None:
        aws.call("sagemaker", "create_model_package_group", **request)

    return Step(kind="model package group", name=name, action="create", changes=("contains tuned models",), apply=apply)


def _group_request(order: TrainingOrder) -> dict[str, Any]:
    request = {"ModelPackageGroupName": order.model_package_group.rpartition("/")[2]}
    check("sagemaker", "CreateModelPackageGroup", request)
    return request


def _next_version(version: str) -> str:
    major = version.split(".", 1)[0]
    return f"{int(major) + 1}.0.0" if major.isascii() and major.isdecimal() else FIRST_VERSION
