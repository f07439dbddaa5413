"""Blocks of Nova's SageMaker recipes that name a reward function, with their ranges and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, assert_never

from msgspec import Meta, Struct

from rlvr_aws.account.arn import hyperpod_function_of, plain_function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.job.recipe.concurrency import NovaPlatform

EvaluationBlock: TypeAlias = Literal["rl-env", "processor"]

Ranges: TypeAlias = Mapping[str, tuple[int, int | None]]

# https://github.com/aws/sagemaker-hyperpod-recipes (recipes_collection, launcher/recipe_templatization), June 2026;
# botocore has no model of recipes. A length without an upper end is limited by max_length.
_SHARED_RANGES: Ranges = {
    "number_generation": (2, 16),
    "max_length": (4_096, 32_768),
    "max_new_tokens": (1, None),
    "max_steps": (5, None),
}
# SageMaker has two efforts, Bedrock has three.
# https://docs.aws.amazon.com/sagemaker/latest/dg/nova-hp-rft-nova2.html
EFFORTS = ("low", "high")


class Rollout(Struct, frozen=True, kw_only=True):
    """The values of a recipe that decide how often the function is called, and for how much text."""

    panel: ClassVar[str] = "The job"

    global_batch_size: Annotated[int, Meta(description="Prompts of a step, 16 to 128; on HyperPod, 16 to 256.")]
    number_generation: Annotated[int, Meta(description="Answers to each prompt, 2 to 16.")]
    max_length: Annotated[int, Meta(description="Tokens of prompt and answer, 4096 to 32768.")]
    max_new_tokens: Annotated[int, Meta(description="Tokens of an answer, at most max-length.")]
    max_steps: Annotated[int, Meta(description="Steps, 5 or more.")]
    reasoning_effort: Annotated[str, Meta(description="low or high.")] = "high"


def ranges_of(platform: NovaPlatform) -> Ranges:
    """Return the ranges of a rollout's values; None for no upper end."""
    match platform:
        case "training-job":
            return {"global_batch_size": (16, 128), **_SHARED_RANGES}
        case "hyperpod":
            return {"global_batch_size": (16, 256), **_SHARED_RANGES}
        case _:
            assert_never(platform)


def default_rollout(platform: NovaPlatform) -> Rollout:
    """Return the values of AWS's own recipes for Nova 2 Lite with LoRA."""
    match platform:
        case "training-job":
            return Rollout(
                global_batch_size=64, number_generation=2, max_length=8_192, max_new_tokens=6_000, max_steps=5
            )
        case "hyperpod":
            return Rollout(
                global_batch_size=256, number_generation=8, max_length=10_240, max_new_tokens=8_192, max_steps=100
            )
        case _:
            assert_never(platform)


def training_recipe(
    platform: NovaPlatform, arn: str, rollout: Rollout, concurrency: int, *, workers: int = 1
) -> dict[str, Any]:
    """Return the blocks of a training recipe, to be merged into AWS's recipe of the model.

    Args:
        platform: Where the model is trained.
        arn: The reward function, without version or alias.
        rollout: The recipe's values for rollouts.
        concurrency: The limit of calls at once.
        workers: ``rollout_worker_replicas``; only HyperPod has it.

    Raises:
        DeploymentError: A value is out of range, or the platform does not take the ARN.
    """
    check_rollout(platform, rollout)
    match platform:
        case "training-job":
            function = plain_function_of(arn, "A SageMaker training job")
            run: dict[str, Any] = {"reward_lambda_arn": function.arn}
        case "hyperpod":
            function = hyperpod_function_of(arn)
            run = {"reward_lambda_arn": function.arn, "rollout_worker_replicas": workers}
        case _:
            assert_never(platform)
    endpoint = {"lambda_arn": function.arn, "lambda_concurrency_limit": concurrency}
    training = {
        "max_length": rollout.max_length,
        "global_batch_size": rollout.global_batch_size,
        "reasoning_effort": rollout.reasoning_effort,
        "rollout": {
            "advantage_strategy": {"number_generation": rollout.number_generation},
            "generator": {"max_new_tokens": rollout.max_new_tokens},
            "rewards": {"api_endpoint": endpoint},
        },
        "trainer": {"max_steps": rollout.max_steps},
    }
    return {"run": run, "training_config": training}


def check_rollout(platform: NovaPlatform, rollout: Rollout) -> None:
    """Refuse values that the recipe's schema refuses.

    Raises:
        DeploymentError: A value is wrong; the error names all problems.
    """
    found = []
    for name, (least, most) in ranges_of(platform).items():
        value = getattr(rollout, name)
        if value < least or (most is not None and value > most):
            found.append(f"{name}: {value} is not {least} " + (f"to {most}" if most is not None else "or more"))
    if rollout.max_new_tokens > rollout.max_length:
        found.append(f"max_new_tokens: {rollout.max_new_tokens} is more than max_length {rollout.max_length}")
    if rollout.reasoning_effort not in EFFORTS:
        found.append(f"reasoning_effort: {rollout.reasoning_effort!r} is none of {', '.join(EFFORTS)}")
    if found:
        raise DeploymentError(f"recipe for {platform}", "; ".join(found), "choose values in these ranges")


def evaluation_recipe(block: EvaluationBlock, arn: str, *, hyperpod: bool = False) -> dict[str, Any]:
    """Return the block of an evaluation recipe that names the function.

    Args:
        block: ``rl-env`` for the task ``rft_eval``, ``processor`` for ``gen_qa`` with your own rows.
        arn: The reward function, without version or alias.
        hyperpod: Whether HyperPod runs it, whose rules for names are stricter.

    Raises:
        DeploymentError: The platform does not take the ARN.
    """
    function = hyperpod_function_of(arn) if hyperpod else plain_function_of(arn, "SageMaker's evaluation")
    match block:
        case "rl-env":
            evaluation = {"task": "rft_eval", "strategy": "rft_eval", "metric": "all"}
            return {"evaluation": evaluation, "rl_env": {"reward_lambda_arn": function.arn}}
        case "processor":
            processor = {
                "lambda_arn": function.arn,
                "lambda_type": "rft",
                "preset_reward_function": "",
                "preprocessing": {"enabled": False},
                "postprocessing": {"enabled": True},
                "aggregation": "average",
            }
            return {"evaluation": {"task": "gen_qa", "strategy": "gen_qa", "metric": "all"}, "processor": processor}
        case _:
            assert_never(block)
