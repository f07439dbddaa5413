"""What submitting a job adds to the account: the evaluator, the models' group, the job; each only if it is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rlvr_aws.account.arn import Function
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.request import check
from rlvr_aws.account.session import Aws
from rlvr_aws.job.recipe.evaluator import (
    FIRST_VERSION,
    evaluator_arn,
    evaluator_request,
    reference_in,
    registry_display_name,
)
from rlvr_aws.job.requests import (
    Order,
    account_of,
    bedrock_request,
    evaluation_requests,
    group_arn,
    same_training,
    training_request,
)

# A hub takes seconds for a document; ten minutes mean that something is wrong.
_IMPORT_POLLS, _IMPORT_SECONDS = 120, 5
_NAME_TAKEN = "choose another --name; a job's name cannot be used twice"


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluator that a job is to use.

    Attributes:
        arn: Of the hub content.
        request: The ``ImportHubContent`` that registers it; empty where it is there already.
        function: The function behind it; None where it is there already.
    """

    arn: str
    request: dict[str, Any] = {}
    function: Function | None = None


def registration(function: Function, *, name: str | None = None, hub: str | None = None) -> Registration:
    """Return how a function becomes an evaluator.

    Raises:
        DeploymentError: The function or a name breaks a rule.
    """
    request = evaluator_request(function.arn, name=name, hub=hub)
    return Registration(arn=evaluator_arn(function, request), request=request, function=function)


def previewed(order: Order, wanted: Registration | None) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that submitting makes in an account where nothing is there yet.

    Raises:
        DeploymentError: A request would be refused.
    """
    if order.platform == "bedrock":
        return [("bedrock:CreateModelCustomizationJob", bedrock_request(order))]
    wanted = _needed(wanted)
    calls: list[tuple[str, dict[str, Any]]] = []
    if wanted.function is not None:
        calls.append(("sagemaker:CreateHub", _hub_request(wanted)))
        calls.append(("sagemaker:ImportHubContent", wanted.request))
    if order.platform == "sagemaker":
        calls.append(("sagemaker:CreateModelPackageGroup", _group_request(order)))
    return calls + [("sagemaker:CreateTrainingJob", each) for each in _job_requests(order, wanted.arn)]


def planned(aws: Aws, order: Order, wanted: Registration | None) -> list[Step]:
    """Return the steps that submit a job; one that is there with the same content is kept.

    Raises:
        AwsError: The account cannot be read.
        DeploymentError: A request would be refused, the name is taken by another job, or the account is another's.
    """
    if order.platform == "bedrock":
        request = bedrock_request(order)
        _check_account(aws, order)
        return [_bedrock_step(aws, request)]
    wanted = _needed(wanted)
    _job_requests(order, wanted.arn)  # refused before the account is asked
    _check_account(aws, order)
    steps: list[Step] = []
    if wanted.function is not None:
        wanted, steps = _registering(aws, wanted)
    if order.platform == "sagemaker":
        steps.append(_group_step(aws, order))
    return steps + [_training_step(aws, each) for each in _job_requests(order, wanted.arn)]


def with_group(order: Order, function: Function, group: str) -> Order:
    """Return the order with the ARN of its group of model packages."""
    return msgspec.structs.replace(order, model_package_group=group_arn(function, account_of(order.role), group))


def _check_account(aws: Aws, order: Order) -> None:
    """Refuse a wrong profile before anything is made in its account."""
    account = account_of(order.role)
    if aws.account != account:
        problem = f"is of account {account}, but the credentials are of {aws.account}"
        raise DeploymentError(order.role, problem, "choose another --profile, or a role of this account")


def _needed(wanted: Registration | None) -> Registration:
    if wanted is None:
        raise DeploymentError("evaluator", "none is given", "give --function, or the --evaluator that is registered")
    return wanted


def _job_requests(order: Order, evaluator: str) -> tuple[dict[str, Any], ...]:
    if order.platform == "evaluation":
        return evaluation_requests(order, evaluator)
    return (training_request(order, evaluator),)


def _bedrock_step(aws: Aws, request: dict[str, Any]) -> Step:
    there = aws.found("bedrock", "get_model_customization_job", jobIdentifier=request["jobName"])
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
    there = aws.found("sagemaker", "describe_training_job", TrainingJobName=name)
    if there is not None:
        if not same_training(request, there):
            raise DeploymentError(name, "a job of this name has another content", _NAME_TAKEN)
        return Step(kind="job", name=name, action="keep", changes=(f"is {there.get('TrainingJobStatus')}",))

    def apply() -> None:
        aws.call("sagemaker", "create_training_job", **request)

    serverless = request["ServerlessJobConfig"]
    changes = (f"{serverless['JobType']} of {serverless['BaseModelArn']}", f"rewards {serverless['EvaluatorArn']}")
    return Step(kind="job", name=name, action="create", changes=changes, apply=apply)


def _registering(aws: Aws, wanted: Registration) -> tuple[Registration, list[Step]]:
    """Return the registration with the version that it will have, and the steps to it."""
    request, function = wanted.request, wanted.function
    assert function is not None  # noqa: S101  # the callers' condition, told to mypy
    hub = _hub_step(aws, wanted)
    content = None if hub.action == "create" else _content(aws, request)
    version = FIRST_VERSION if content is None else str(content.get("HubContentVersion", FIRST_VERSION))
    if content is not None and _calls(content, function):
        kept = {**request, "HubContentVersion": version}
        step = Step(kind="evaluator", name=request["HubContentName"], action="keep", changes=(f"version {version}",))
        return Registration(arn=evaluator_arn(function, kept), request=kept, function=function), [hub, step]
    new = {**request, "HubContentVersion": version if content is None else _next(version)}
    check("sagemaker", "ImportHubContent", new)
    step = Step(
        kind="evaluator",
        name=request["HubContentName"],
        action="create" if content is None else "update",
        changes=(f"version {new['HubContentVersion']}", f"calls {function.arn}"),
        apply=_importing(aws, new),
    )
    return Registration(arn=evaluator_arn(function, new), request=new, function=function), [hub, step]


def _calls(content: Mapping[str, Any], function: Function) -> bool:
    """Say whether a hub's content is an evaluator that calls the function, and not one whose import failed."""
    reference = reference_in(str(content.get("HubContentDocument", "")))
    return reference == function.arn and content.get("HubContentStatus") != "ImportFailed"


def _hub_step(aws: Aws, wanted: Registration) -> Step:
    request = _hub_request(wanted)
    if aws.found("sagemaker", "describe_hub", HubName=request["HubName"]) is not None:
        return Step(kind="hub", name=request["HubName"], action="keep")

    def apply() -> None:
        aws.call("sagemaker", "create_hub", **request)

    return Step(kind="hub", name=request["HubName"], action="create", changes=("keeps evaluators",), apply=apply)


def _hub_request(wanted: Registration) -> dict[str, Any]:
    function, hub = wanted.function, wanted.request["HubName"]
    assert function is not None  # noqa: S101  # the callers' condition, told to mypy
    shown = registry_display_name(function.region, function.account)
    request = {"HubName": hub, "HubDisplayName": shown, "HubDescription": "Evaluators of reward functions"}
    check("sagemaker", "CreateHub", request)
    return request


def _content(aws: Aws, request: dict[str, Any]) -> dict[str, Any] | None:
    names = {key: request[key] for key in ("HubName", "HubContentType", "HubContentName")}
    return aws.found("sagemaker", "describe_hub_content", **names)


def _importing(aws: Aws, request: dict[str, Any], pause: Callable[[float], None] = time.sleep) -> Callable[[], None]:
    """Return what imports a document and waits until the hub has it."""

    def apply() -> None:
        aws.call("sagemaker", "import_hub_content", **request)
        for _ in range(_IMPORT_POLLS):
            content = _content(aws, request) or {}
            status = content.get("HubContentStatus")
            if status == "Available":
                return
            if status == "ImportFailed":
                reason = str(content.get("FailureReason", "the hub does not say why"))
                raise AwsError("sagemaker:ImportHubContent", reason, "mend it and run it again")
            pause(_IMPORT_SECONDS)
        seconds = _IMPORT_POLLS * _IMPORT_SECONDS
        raise AwsError("sagemaker:ImportHubContent", f"is not done after {seconds} s", "run it again later")

    return apply


def _group_step(aws: Aws, order: Order) -> Step:
    request = _group_request(order)
    name = request["ModelPackageGroupName"]
    if aws.found("sagemaker", "describe_model_package_group", ModelPackageGroupName=name) is not None:
        return Step(kind="model package group", name=name, action="keep")

    def apply() -> None:
        aws.call("sagemaker", "create_model_package_group", **request)

    return Step(kind="model package group", name=name, action="create", changes=("holds tuned models",), apply=apply)


def _group_request(order: Order) -> dict[str, Any]:
    request = {"ModelPackageGroupName": order.model_package_group.rpartition("/")[2]}
    check("sagemaker", "CreateModelPackageGroup", request)
    return request


def _next(version: str) -> str:
    major = version.split(".", 1)[0]
    return f"{int(major) + 1}.0.0" if major.isascii() and major.isdecimal() else FIRST_VERSION
