"""The requests that start jobs, checked against the API's rules before anything is sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from rlvr_aws.account.arn import FunctionArn
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.service_model import check
from rlvr_aws.job.recipe.bedrock import check_configuration
from rlvr_aws.job.recipe.evaluator import Registration

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_MODEL_PACKAGE = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/([A-Za-z0-9-]+)/[0-9]+")
_EVALUATION_SECONDS = 86_400  # the limit that AWS's SDK sets for an evaluation
# Ranges in verl's recipes for open models, https://github.com/aws/sagemaker-hyperpod-recipes; the service checks all
# other hyperparameters.
_OPEN_RANGES: Mapping[str, tuple[int, int]] = {"rollout_n": (1, 32), "global_batch_size": (128, 1_024)}


class JobOrder(Struct, frozen=True, kw_only=True):
    """The values that every job needs."""

    panel: ClassVar[str] = "The job"

    name: Annotated[str, Meta(description="The job's name; an evaluation appends -base and -tuned.")]
    role: Annotated[str, Meta(description="ARN of the role that the job assumes.")]
    base_model: Annotated[
        str, Meta(description="Bedrock's model identifier or ARN; on SageMaker the ARN of a hub's model, with version.")
    ]
    training: Annotated[
        str, Meta(description="s3:// address of the rows to train or evaluate on.", extra={"flag": "--data"})
    ]
    output: Annotated[str, Meta(description="s3:// address under which the job writes.")]


class BedrockOrder(JobOrder, frozen=True, kw_only=True):
    """A fine-tuning job on Bedrock.

    Attributes:
        configuration: Bedrock's ``customizationConfig``, which names the reward function.
        validation: ``s3://`` addresses of rows for validation.
        model_name: Name of the custom model; the job's by default.
    """

    configuration: dict[str, Any]
    validation: tuple[str, ...] = ()
    model_name: str = ""


class ServerlessOrder(JobOrder, frozen=True, kw_only=True):
    """A serverless job on SageMaker.

    Attributes:
        evaluator: The evaluator that scores answers with the reward function.
        hyper_parameters: SageMaker's hyperparameters, as text.
        accept_eula: Whether the model's licence is accepted.
    """

    evaluator: Registration
    hyper_parameters: dict[str, str] = {}
    accept_eula: bool = False


class TrainingOrder(ServerlessOrder, frozen=True, kw_only=True):
    """A serverless fine-tuning job on SageMaker.

    Attributes:
        model_package_group: ARN of the group that SageMaker puts the tuned model in.
        validation: ``s3://`` addresses of rows for validation; SageMaker accepts one.
        lora: Whether adapters are trained instead of all weights.
    """

    model_package_group: str
    validation: tuple[str, ...] = ()
    lora: bool = True


class EvaluationOrder(ServerlessOrder, frozen=True, kw_only=True):
    """Two serverless jobs on SageMaker that score the base model and the tuned one on the same rows.

    Attributes:
        tuned: ARN of the tuned model's package.
    """

    tuned: str


def bedrock_request(order: BedrockOrder) -> dict[str, Any]:
    """Return the ``CreateModelCustomizationJob`` request.

    Its token is a digest of its content: submitting the same order again creates no second job.

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


def training_request(order: TrainingOrder) -> dict[str, Any]:
    """Return the ``CreateTrainingJob`` request of a serverless job that learns from an evaluator's rewards.

    Raises:
        DeploymentError: The API would refuse it.
    """
    _check_hyper_parameters(order.hyper_parameters, order.base_model)
    serverless: dict[str, Any] = {
        "BaseModelArn": order.base_model,
        "JobType": "FineTuning",
        "CustomizationTechnique": "RLVR",
        "EvaluatorArn": order.evaluator.arn,
        "AcceptEula": order.accept_eula,
    }
    if order.lora:
        serverless["Peft"] = "LORA"
    if len(order.validation) > 1:
        raise DeploymentError("validation", "SageMaker accepts one file of rows for it", "join the files")
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
    check("sagemaker", "CreateTrainingJob", request)
    return request


def evaluation_requests(order: EvaluationOrder) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two ``CreateTrainingJob`` requests: the base model and the tuned one, on the same rows and evaluator.

    Raises:
        DeploymentError: The API would refuse one of them.

    Source:
        https://github.com/aws/sagemaker-python-sdk (sagemaker-train, evaluate/pipeline_templates.py)
    """
    serverless = {
        "BaseModelArn": order.base_model,
        "AcceptEula": order.accept_eula,
        "JobType": "Evaluation",
        "EvaluationType": "CustomScorerEvaluation",
        "EvaluatorArn": order.evaluator.arn,
    }
    shared: dict[str, Any] = {
        "RoleArn": order.role,
        "ServerlessJobConfig": serverless,
        "StoppingCondition": {"MaxRuntimeInSeconds": _EVALUATION_SECONDS},
        "HyperParameters": _evaluation_settings(order),
        "InputDataConfig": [_channel("train", order.training)],
        "OutputDataConfig": {"S3OutputPath": order.output, "CompressionType": "NONE"},
    }
    base_name, tuned_name = evaluation_names(order.name)
    base = {"TrainingJobName": base_name, **shared}
    tuned = {"TrainingJobName": tuned_name, **shared, "ModelPackageConfig": _package(order.tuned)}
    for request in (base, tuned):
        check("sagemaker", "CreateTrainingJob", request)
    return base, tuned


def evaluation_names(name: str) -> tuple[str, str]:
    """Return the names of an evaluation's two jobs, the base model's first."""
    return f"{name}-base", f"{name}-tuned"


def account_of(role: str) -> str:
    """Return the account of a role.

    Its jobs run in the same account, since no service accepts a role of another account.

    Raises:
        DeploymentError: The text is not the ARN of a role.
    """
    found = _ROLE.fullmatch(role)
    if found is None:
        raise DeploymentError(
            repr(role[:200]), "is not the ARN of a role", "give --role arn:aws:iam::ACCOUNT:role/NAME"
        )
    return found[1]


def group_arn(function: FunctionArn, account: str, group: str) -> str:
    """Return the ARN of a group of model packages; ``group`` is its name in the account, or already its ARN."""
    if group.startswith("arn:"):
        return group
    return f"arn:{function.partition}:sagemaker:{function.region}:{account}:model-package-group/{group}"


def same_training(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Return True if an existing job has the content of a request; members that the service added are ignored."""
    return _includes(dict(there), _without_licence(wanted))


def _without_licence(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request without the acceptance of the licence, which does not change what the job does."""
    serverless = {key: value for key, value in request["ServerlessJobConfig"].items() if key != "AcceptEula"}
    return {**request, "ServerlessJobConfig": serverless}


def _includes(there: object, wanted: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_includes(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(_includes, there, wanted))
    return there == wanted


def _evaluation_settings(order: EvaluationOrder) -> dict[str, str]:
    """Return the hyperparameters that make an evaluation call the function; Nova has its own names for some."""
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
            "is not the ARN of a version of a model package",
            "`rlvr aws job result JOB` of the finished training prints it",
        )
    group = tuned.replace(":model-package/", ":model-package-group/", 1).rpartition("/")[0]
    return {"ModelPackageGroupArn": group, "SourceModelPackageArn": tuned}


def _channel(name: str, address: str) -> dict[str, Any]:
    if not address.startswith("s3://"):
        raise DeploymentError(
            f"channel {name}", f"{address!r} is not an s3:// address", "upload the file: `rlvr aws check-data --upload`"
        )
    source = {"S3DataType": "S3Prefix", "S3Uri": address, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _check_hyper_parameters(given: Mapping[str, str], base_model: str) -> None:
    for name, (least, most) in () if _is_nova(base_model) else _OPEN_RANGES.items():
        value = given.get(name)
        if value is not None and not (value.isascii() and value.isdecimal() and least <= int(value[:9]) <= most):
            raise DeploymentError(name, f"{value!r} is not {least} to {most}", "choose an integer in this range")


def _digest(request: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
