"""Configuration of fine-tuning jobs on Bedrock: Nova's ``customizationConfig``, and the grader of open models."""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from rlvr_aws.account.arn import FunctionArn, function_of, plain_function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.service_model import problems

_OPERATION = "CreateModelCustomizationJob"
_CONFIGURATION = "customizationConfig"
_HYPER_PARAMETERS = "rftConfig.hyperParameters"


class RftSettings(Struct, frozen=True, kw_only=True, rename="camel"):
    """The hyperparameters of a job, under Bedrock's names in JSON; the defaults are those of AWS's own Nova SDK.

    Source:
        https://docs.aws.amazon.com/bedrock/latest/userguide/rft-submit-job.html (meaning)
        https://github.com/aws/nova-forge-sdk (defaults)
    """

    epoch_count: Annotated[int, Meta(description="Passes over the rows, 1 to 50.", extra={"flag": "--epochs"})] = 1
    batch_size: Annotated[int, Meta(description="Prompts of a step, 16 to 512.")] = 128
    learning_rate: Annotated[float, Meta(description="1e-7 to 1e-3.")] = 1e-5
    max_prompt_length: Annotated[int, Meta(description="Tokens; longer prompts are left out.")] = 8_192
    training_sample_per_prompt: Annotated[
        int, Meta(description="Answers to each prompt, 2 to 16.", extra={"flag": "--samples-per-prompt"})
    ] = 8
    inference_max_tokens: Annotated[int, Meta(description="Tokens of an answer, at most.")] = 2_048
    reasoning_effort: Annotated[str, Meta(description="low, medium or high.")] = "medium"
    eval_interval: Annotated[int, Meta(description="Steps between evaluations, 1 to 100.")] = 10


class OpenSettings(Struct, frozen=True, kw_only=True):
    """The hyperparameters of an open model's job; AWS publishes no ranges for them.

    Source:
        https://docs.aws.amazon.com/bedrock/latest/userguide/rft-submit-job.html (the open-weight sample)
    """

    n_epochs: Annotated[int, Meta(description="n_epochs.", extra={"flag": "--epochs"})] = 1
    batch_size: Annotated[int, Meta(description="batch_size.")] = 4
    learning_rate_multiplier: Annotated[float, Meta(description="learning_rate_multiplier.")] = 1.0


def customization_config(arn: str, settings: RftSettings | None = None) -> dict[str, Any]:
    """Return the ``customizationConfig`` of a reinforcement fine-tuning job.

    Args:
        arn: The reward function; it may have a version or an alias.
        settings: The hyperparameters.

    Raises:
        DeploymentError: A value is outside the ranges in the installed botocore.
    """
    grader = {"lambdaGrader": {"lambdaArn": function_of(arn).arn}}
    chosen = msgspec.to_builtins(settings or RftSettings())
    configuration = {"rftConfig": {"graderConfig": grader, "hyperParameters": chosen}}
    check_configuration(configuration)
    return configuration


def check_configuration(configuration: dict[str, Any]) -> None:
    """Refuse a ``customizationConfig`` that the API would refuse.

    Raises:
        DeploymentError: The configuration has problems; the error names all of them. NaN and lengths below 1 count too,
            which the model of the API allows.
    """
    # These rules may read only a configuration that the model of the API accepts.
    found = _model_problems(configuration) or _number_problems(configuration)
    if found:
        raise DeploymentError(_CONFIGURATION, "; ".join(found), "choose values in these ranges")


def grader_of(configuration: dict[str, Any]) -> FunctionArn:
    """Return the function that a ``customizationConfig`` names.

    Raises:
        DeploymentError: The API would refuse the configuration, or it names no function.
    """
    check_configuration(configuration)
    grader = configuration.get("rftConfig", {}).get("graderConfig", {}).get("lambdaGrader", {})
    if not grader:
        hint = "write it with `rlvr aws recipe bedrock ARN -o FILE`"
        raise DeploymentError(_CONFIGURATION, "has no rftConfig.graderConfig.lambdaGrader.lambdaArn", hint)
    return function_of(grader["lambdaArn"])


def openai_grader(arn: str, settings: OpenSettings | None = None) -> dict[str, Any]:
    """Return the ``method`` of a fine-tuning job in OpenAI's form, for open models on Bedrock.

    Raises:
        DeploymentError: The ARN has a version or an alias, or a value is not above 0.
    """
    function = plain_function_of(arn, "Bedrock's OpenAI-style interface")
    chosen = settings or OpenSettings()
    for name, value in msgspec.to_builtins(chosen).items():
        if not (math.isfinite(value) and value > 0):
            raise DeploymentError(name, f"{value} is not above 0", "give a positive number")
    grader = {"type": "lambda", "lambda": {"function": function.arn}}
    reinforcement = {"grader": grader, "hyperparameters": msgspec.to_builtins(chosen)}
    return {"method": {"type": "reinforcement", "reinforcement": reinforcement}}


def _model_problems(configuration: dict[str, Any]) -> list[str]:
    found = problems("bedrock", _OPERATION, {_CONFIGURATION: configuration})
    return [each.removeprefix(f"{_CONFIGURATION}.") for each in found if each.startswith(_CONFIGURATION)]


def _number_problems(configuration: dict[str, Any]) -> list[str]:
    """Return the problems of numbers that the model of the API accepts: NaN, and lengths below 1."""
    settings = configuration.get("rftConfig", {}).get("hyperParameters", {})
    found = [
        f"{_HYPER_PARAMETERS}.{name}: {settings[name]} is below 1"
        for name in ("maxPromptLength", "inferenceMaxTokens")
        if settings.get(name, 1) < 1
    ]
    if math.isnan(settings.get("learningRate", 0.0)):
        found.append(f"{_HYPER_PARAMETERS}.learningRate: is not a number")
    return found
