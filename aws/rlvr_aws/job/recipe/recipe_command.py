"""``rlvr aws recipe``: print the block that a platform's job needs to call the deployed function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

import typer
from msgspec import Meta, Struct

from rlvr.cli.console import errors_told, harmless, out, print_json, styled
from rlvr_aws.account.options import ShowOptions, spread_options
from rlvr_aws.job.recipe.bedrock import OpenSettings, RftSettings
from rlvr_aws.job.recipe.concurrency import NovaPlatform
from rlvr_aws.job.recipe.nova import EvaluationBlock, Rollout, default_rollout

if TYPE_CHECKING:
    from rlvr_aws.job.recipe.concurrency import Concurrency

recipe = typer.Typer(
    name="recipe",
    help=(
        "Print the block that a platform's job needs to call your deployed function, checked on this machine.\n\n"
        "Nothing is sent to AWS. Start from the ARN that `rlvr aws deploy` prints."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_TRAINING_JOB, _HYPERPOD = default_rollout("training-job"), default_rollout("hyperpod")

ArnArgument: TypeAlias = Annotated[str, typer.Argument(metavar="ARN", help="The function's ARN.", show_default=False)]


class RecipeOptions(ShowOptions, frozen=True, kw_only=True):
    """Where a recipe is written, and how it is shown."""

    output: Annotated[
        Path | None,
        Meta(description="Write it to this file instead of printing it.", extra={"short": "-o"}),
    ] = None


class LatencyOptions(Struct, frozen=True, kw_only=True):
    """The duration of a call, and how many calls at once the function accepts."""

    panel: ClassVar[str] = "The function"

    simulated: Annotated[
        Path | None, Meta(description="The output of `rlvr simulate --json`, with the measured latency.")
    ] = None
    latency: Annotated[
        float | None, Meta(description="Seconds of a call (95th percentile), instead of --simulated.")
    ] = None
    reserved: Annotated[
        int | None, Meta(ge=1, description="Calls at once that the function accepts (reserved concurrency).")
    ] = None

    def seconds(self, platform: NovaPlatform) -> float:
        """Return the 95th percentile of a call's seconds, from the file or the option.

        Raises:
            typer.BadParameter: Not exactly one of the two is given.
            DeploymentError: The value is wrong.
        """
        from rlvr_aws.job.recipe.concurrency import checked_seconds, measured_seconds

        if (self.simulated is None) == (self.latency is None):
            raise typer.BadParameter("give either --simulated FILE or --latency SECONDS")
        if self.simulated is not None:
            return measured_seconds(self.simulated, platform)
        return checked_seconds(self.latency or 0.0)


@recipe.command()
@spread_options
def bedrock(arn: ArnArgument, *, settings: RftSettings, options: RecipeOptions) -> None:
    """Print the customizationConfig of a Nova job on Bedrock; the ARN may have an alias or a version.

    The ranges are those of the installed boto3. `rlvr aws job submit bedrock --config FILE` accepts the output.
    """
    from rlvr_aws.job.recipe.bedrock import customization_config

    with errors_told():
        _write_json(customization_config(arn, settings), options)


@recipe.command()
@spread_options
def openai(arn: ArnArgument, *, settings: OpenSettings, options: RecipeOptions) -> None:
    """Print the method of a job for an open model on Bedrock, in the form of OpenAI's SDK.

    Pass it as `method` to client.fine_tuning.jobs.create, against Bedrock's bedrock-mantle endpoint.
    """
    from rlvr_aws.job.recipe.bedrock import openai_grader

    with errors_told():
        _write_json(openai_grader(arn, settings), options)


@recipe.command(name="training-job")
@spread_options
def training_job(
    arn: ArnArgument,
    step_seconds: Annotated[float, typer.Option(min=0.001, help="Seconds that scoring a step may take.")] = 10.0,
    *,
    latency_options: LatencyOptions,
    rollout: Rollout = _TRAINING_JOB,
    options: RecipeOptions,
) -> None:
    """Print the blocks of a Nova recipe for a SageMaker training job, as YAML to merge into AWS's recipe.

    lambda_concurrency_limit = calls of a step x seconds of a call / --step-seconds, and 12 at least; a call has 64
    rows unless the recipe sets another lambda_batch_size; a step has global_batch_size x number_generation.
    """
    from rlvr_aws.job.recipe.concurrency import training_job_concurrency
    from rlvr_aws.job.recipe.nova import check_rollout, training_recipe

    with errors_told():
        seconds = latency_options.seconds("training-job")
        check_rollout("training-job", rollout)
        concurrency = training_job_concurrency(
            seconds,
            rollouts=rollout.global_batch_size * rollout.number_generation,
            step_seconds=step_seconds,
            reserved=latency_options.reserved,
        )
        document = training_recipe("training-job", arn, rollout, concurrency.limit)
        _write_yaml(document, concurrency, options)


@recipe.command()
@spread_options
def hyperpod(
    arn: ArnArgument,
    workers: Annotated[int, typer.Option(min=1, max=1_000, help="rollout_worker_replicas.")] = 1,
    *,
    latency_options: LatencyOptions,
    rollout: Rollout = _HYPERPOD,
    options: RecipeOptions,
) -> None:
    """Print the blocks of a Nova recipe for HyperPod, as YAML to merge into AWS's recipe.

    lambda_concurrency_limit = 400 calls a second x seconds of a call, and at most 64 for each rollout worker or AWS's
    own 100, whichever is more. The function's name must contain SageMaker.
    """
    from rlvr_aws.job.recipe.concurrency import hyperpod_concurrency
    from rlvr_aws.job.recipe.nova import training_recipe

    with errors_told():
        seconds = latency_options.seconds("hyperpod")
        concurrency = hyperpod_concurrency(seconds, workers=workers, reserved=latency_options.reserved)
        document = training_recipe("hyperpod", arn, rollout, concurrency.limit, workers=workers)
        _write_yaml(document, concurrency, options)


@recipe.command()
@spread_options
def evaluation(
    arn: ArnArgument,
    block: Annotated[
        EvaluationBlock, typer.Option(help="rl-env for the task rft_eval; processor for gen_qa with your own rows.")
    ] = "rl-env",
    *,
    on_hyperpod: Annotated[
        bool, typer.Option("--hyperpod", help="HyperPod runs it, whose rules for names are stricter.")
    ] = False,
    options: RecipeOptions,
) -> None:
    """Print the block of an evaluation recipe of SageMaker that scores answers with the function.

    AWS offers rft_eval on HyperPod to customers of Nova Forge only.
    """
    from rlvr_aws.job.recipe.nova import evaluation_recipe

    with errors_told():
        _write_yaml(evaluation_recipe(block, arn, hyperpod=on_hyperpod), None, options)


@recipe.command()
@spread_options
def evaluator(
    arn: ArnArgument,
    name: Annotated[
        str | None,
        typer.Option(help="The evaluator's name; derived from the function's by default.", show_default=False),
    ] = None,
    hub: Annotated[
        str | None, typer.Option(help="The hub; the account's own registry by default.", show_default=False)
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the document.")] = "1.0.0",
    *,
    options: RecipeOptions,
) -> None:
    """Print the ImportHubContent request that registers the function as an evaluator, which serverless jobs need.

    `aws sagemaker import-hub-content --cli-input-json file://FILE` takes it; `rlvr aws job submit` does it itself.
    """
    from rlvr_aws.job.recipe.evaluator import evaluator_request

    with errors_told():
        request = evaluator_request(arn, name=name, hub=hub, version=version)
        _write_json(request, options)


def _write_json(document: dict[str, Any], options: RecipeOptions) -> None:
    _write(document, json.dumps(document, indent=2) + "\n", (), options)


def _write_yaml(document: dict[str, Any], concurrency: Concurrency | None, options: RecipeOptions) -> None:
    import yaml

    reasons = concurrency.reasons if concurrency is not None else ()
    comments = "".join(f"# {harmless(reason, 500)}\n" for reason in reasons)
    _write(document, comments + yaml.safe_dump(document, sort_keys=False), reasons, options)


def _write(document: dict[str, Any], text: str, reasons: tuple[str, ...], options: RecipeOptions) -> None:
    """Write or print a recipe; with --json, print a description of it instead of its text."""
    from rlvr.runs import DASH, open_output

    file, dry_run = None if options.output == DASH else options.output, options.dry_run
    if file is not None and not dry_run:
        with open_output(file) as written:
            written.write(text)
    if options.as_json:
        name = None if file is None else str(file)
        print_json({"recipe": document, "reasons": list(reasons), "file": name, "dry_run": dry_run})
    elif file is None:
        typer.echo(text, nl=False)
    else:
        out.print(styled(f"{'would write' if dry_run else 'wrote'} {file}", limit=2_000))
