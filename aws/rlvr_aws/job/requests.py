"""The requests that start jobs, held against the API's rules before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from rlvr_aws.account.arn import Function
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.request import check
from rlvr_aws.job.recipe.bedrock import check_configuration

Platform: TypeAlias = Literal["bedrock", "sagemaker", "evaluation"]

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_MODEL_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/([A-Za-z0-9-]+)/[0-9]+")
_EVALUATION_SECONDS = 86_400  # what AWS's SDK allows an evaluation
# Of verl's recipes for open models, by https://github.com/aws/sagemaker-hyperpod-recipes; others are the service's.
_OPEN_RANGES: Mapping[str, tuple[int, int]] = {"rollout_n": (1, 32), "global_batch_size": (128, 1_024)}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it is wanted.

    Attributes:
        platform: Where.
        name: The job's name; an evaluation appends ``-base`` and ``-tuned``.
        role: ARN of the role that the job takes.
        base_model: Bedrock's identifier, or the ARN of a hub's model.
        training: ``s3://`` address of the rows; those to evaluate on, for an evaluation.
        validation: ``s3://`` addresses of rows for validation.
        output: ``s3://`` address under which the job writes.
        model_name: Name of the custom model on Bedrock; the job's by default.
        configuration: ``customizationConfig`` of Bedrock.
        model_package_group: ARN of the group that SageMaker puts the tuned model in.
        tuned: ARN of the tuned model's package, for an evaluation.
        hyper_parameters: SageMaker's, as text.
        lora: Whether adapters are trained instead of all weights.
        accept_eula: Whether the model's licence is accepted.
    """

    platform: Platform
    name: str
    role: str
    base_model: str
    training: str
    output: str
    validation: tuple[str, ...] = ()
    model_name: str = ""
    configuration: dict[str, Any] = {}
    model_package_group: str = ""
    tuned: str = ""
    hyper_parameters: dict[str, str] = {}
    lora: bool = True
    accept_eula: bool = False


def bedrock_request(order: Order) -> dict[str, Any]:
    """Return the ``CreateModelCustomizationJob`` request; the same order gives the same token, and so no second job.

    Raises:
        DeploymentError: The API would refuse it.
    """
    check_configuration(order.configuration)
    request: dict[str, Any] = {
        "jobName": order.name,
        "customModelName": order.model_name or re.sub(r"[^a-zA-Z0-9]+", "-", order.name).strip("-"),
        "roleArn": order.role,
        "baseModelIdentifier": order.base_model,
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "trainingDataConfig": {"s3Uri": order.training},
        "outputDataConfig": {"s3Uri": order.output},
        "customizationConfig": order.configuration,
    }
    if order.validation:
        request["validationDataConfig"] = {"validators": [{"s3Uri": each} for each in order.validation]}
    request["clientRequestToken"] = _digest(request)
    check("bedrock", "CreateModelCustomizationJob", request)
    return request


def training_request(order: Order, evaluator: str) -> dict[str, Any]:
    """Return the ``CreateTrainingJob`` request of a serverless job that learns from an evaluator's rewards.

    Args:
        order: What is wanted.
        evaluator: ARN of the hub content.

    Raises:
        DeploymentError: The API would refuse it.
    """
    _check_hyper_parameters(order.hyper_parameters, order.base_model)
    serverless: dict[str, Any] = {
        "BaseModelArn": order.base_model,
        "JobType": "FineTuning",
        "CustomizationTechnique": "RLVR",
        "EvaluatorArn": evaluator,
        "AcceptEula": order.accept_eula,
    }
    if order.lora:
        serverless["Peft"] = "LORA"
    channels = [_channel("train", order.training), *(_channel("validation", each) for each in order.validation)]
    request: dict[str, Any] = {
        "TrainingJobName": order.name,
        "RoleArn": order.role,
        "ServerlessJobConfig": serverless,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": order.output},
        "ModelPackageConfig": {"ModelPackageGroupArn": order.model_package_group},
    }
    if order.hyper_parameters:
        request["HyperParameters"] = order.hyper_parameters
    if len(order.validation) > 1:
        raise DeploymentError("validation", "SageMaker takes one channel of it", "join the files")
    return _checked(request)


def evaluation_requests(order: Order, evaluator: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two ``CreateTrainingJob`` requests: the base model and the tuned one, on the same rows and evaluator.

    Raises:
        DeploymentError: The API would refuse one.

    Source:
        https://github.com/aws/sagemaker-python-sdk (sagemaker-train, evaluate/pipeline_templates.py)
    """
    serverless = {
        "BaseModelArn": order.base_model,
        "AcceptEula": order.accept_eula,
        "JobType": "Evaluation",
        "EvaluationType": "CustomScorerEvaluation",
        "EvaluatorArn": evaluator,
    }
    shared: dict[str, Any] = {
        "RoleArn": order.role,
        "ServerlessJobConfig": serverless,
        "StoppingCondition": {"MaxRuntimeInSeconds": _EVALUATION_SECONDS},
        "HyperParameters": _evaluation_settings(order),
        "InputDataConfig": [_channel("train", order.training)],
        "OutputDataConfig": {"S3OutputPath": order.output, "CompressionType": "NONE"},
    }
    base = {"TrainingJobName": evaluation_names(order.name)[0], **shared}
    tuned = {"TrainingJobName": evaluation_names(order.name)[1], **shared, "ModelPackageConfig": _package(order.tuned)}
    return _checked(base), _checked(tuned)


def evaluation_names(name: str) -> tuple[str, str]:
    """Return the names of an evaluation's two jobs, the base model's first."""
    return f"{name}-base", f"{name}-tuned"


def account_of(role: str) -> str:
    """Return the account of a role, which is that of its jobs, since no service takes another account's role.

    Raises:
        DeploymentError: It is no ARN of a role.
    """
    found = _ROLE.fullmatch(role)
    if found is None:
        raise DeploymentError(repr(role[:200]), "is no ARN of a role", "give --role arn:aws:iam::ACCOUNT:role/NAME")
    return found[1]


def group_arn(function: Function, account: str, group: str) -> str:
    """Return the ARN of an account's group of model packages, of a name or an ARN."""
    if group.startswith("arn:"):
        return group
    return f"arn:{function.partition}:sagemaker:{function.region}:{account}:model-package-group/{group}"


def same_training(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Say whether a job that is there was asked for in the same words; what the service added does not count."""
    return _holds(dict(there), _without_licence(wanted))


def _without_licence(request: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the licence's acceptance, which is no part of what a job does."""
    serverless = {key: value for key, value in request["ServerlessJobConfig"].items() if key != "AcceptEula"}
    return {**request, "ServerlessJobConfig": serverless}


def _holds(there: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_holds(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(_holds, there, wanted))
    return there == wanted


def _evaluation_settings(order: Order) -> dict[str, str]:
    """Return what makes an evaluation call the function: postprocessing, and Nova's own names for it."""
    nova = _is_nova(order.base_model)
    settings = {"task": "gen_qa", "strategy": "gen_qa", "metric" if nova else "evaluation_metric": "all"}
    if nova:
        settings["lambda_type"] = "rft"
    return {**settings, "postprocessing": "True", "aggregation": "mean", **order.hyper_parameters}


def _is_nova(base_model: str) -> bool:
    return "nova" in base_model.rpartition("hub-content/")[2].lower()


def _package(tuned: str) -> dict[str, str]:
    found = _MODEL_PACKAGE.fullmatch(tuned)
    if found is None:
        raise DeploymentError(
            f"--tuned {tuned[:300]!r}",
            "is no ARN of a version of a model package",
            "`rlvr aws job result JOB` of the finished training tells it",
        )
    group = tuned.replace(":model-package/", ":model-package-group/", 1).rpartition("/")[0]
    return {"ModelPackageGroupArn": group, "SourceModelPackageArn": tuned}


def _channel(name: str, address: str) -> dict[str, Any]:
    if not address.startswith("s3://"):
        raise DeploymentError(f"channel {name}", f"{address!r} is no s3:// address", "upload it: `rlvr aws check-data`")
    source = {"S3DataType": "S3Prefix", "S3Uri": address, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _check_hyper_parameters(given: Mapping[str, str], base_model: str) -> None:
    for name, (least, most) in () if _is_nova(base_model) else _OPEN_RANGES.items():
        value = given.get(name)
        if value is not None and not (value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most):
            raise DeploymentError(name, f"{value!r} is not {least} to {most}", "choose a whole number in this range")


def _checked(request: dict[str, Any]) -> dict[str, Any]:
    check("sagemaker", "CreateTrainingJob", request)
    return request


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
