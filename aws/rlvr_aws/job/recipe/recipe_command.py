"""``rlvr aws recipe``: the block that a platform's job needs to call the deployed function."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from rlvr.cli.console import errors_told, harmless, out, print_json, styled
from rlvr_aws.account.options import AsJson, DryRun
from rlvr_aws.job.recipe.nova import DEFAULTS, Block

if TYPE_CHECKING:
    from rlvr_aws.job.recipe.concurrency import Concurrency, Mode

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

_TRAINING_JOB, _HYPERPOD = DEFAULTS["training-job"], DEFAULTS["hyperpod"]

FunctionArn: TypeAlias = Annotated[str, typer.Argument(metavar="ARN", help="The function's ARN.", show_default=False)]
OutputFile: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write it to this file instead.", show_default=False)
]
Simulated: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="What `rlvr simulate --json` printed, for the measured latency.", show_default=False),
]
Latency: TypeAlias = Annotated[
    float | None, typer.Option(help="Seconds of a call (95th percentile), instead of --simulated.", show_default=False)
]
Reserved: TypeAlias = Annotated[
    int | None,
    typer.Option(min=1, help="Calls at once that the function bears (reserved concurrency).", show_default=False),
]
Generations: TypeAlias = Annotated[int, typer.Option(help="Answers to each prompt, 2 to 16.")]
MaxLength: TypeAlias = Annotated[int, typer.Option(help="Tokens of prompt and answer, 4096 to 32768.")]
MaxNewTokens: TypeAlias = Annotated[int, typer.Option(help="Tokens of an answer, at most max-length.")]
MaxSteps: TypeAlias = Annotated[int, typer.Option(help="Steps, 5 or more.")]
Effort: TypeAlias = Annotated[str, typer.Option(help="low or high.")]


@recipe.command()
def bedrock(
    arn: FunctionArn,
    epochs: Annotated[int, typer.Option(help="Passes over the rows, 1 to 50.")] = 1,
    batch_size: Annotated[int, typer.Option(help="Prompts of a step, 16 to 512.")] = 128,
    learning_rate: Annotated[float, typer.Option(help="1e-7 to 1e-3.")] = 1e-5,
    max_prompt_length: Annotated[int, typer.Option(help="Tokens; longer prompts are left out.")] = 8_192,
    samples_per_prompt: Annotated[int, typer.Option(help="Answers to each prompt, 2 to 16.")] = 8,
    inference_max_tokens: Annotated[int, typer.Option(help="Tokens of an answer, at most.")] = 2_048,
    reasoning_effort: Annotated[str, typer.Option(help="low, medium or high.")] = "medium",
    eval_interval: Annotated[int, typer.Option(help="Steps between evaluations, 1 to 100.")] = 10,
    output: OutputFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the customizationConfig of a Nova job on Bedrock; an alias or a version in the ARN is welcome.

    The ranges are those of the installed boto3. `rlvr aws job submit --config FILE` takes what is printed.
    """
    from rlvr_aws.job.recipe.bedrock import RftSettings, customization_config

    with errors_told():
        settings = RftSettings(
            epoch_count=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            max_prompt_length=max_prompt_length,
            training_sample_per_prompt=samples_per_prompt,
            inference_max_tokens=inference_max_tokens,
            reasoning_effort=reasoning_effort,
            eval_interval=eval_interval,
        )
        _give_json(customization_config(arn, settings), output, dry_run=dry_run, as_json=as_json)


@recipe.command()
def openai(
    arn: FunctionArn,
    epochs: Annotated[int, typer.Option(help="n_epochs.")] = 1,
    batch_size: Annotated[int, typer.Option(help="batch_size.")] = 4,
    learning_rate_multiplier: Annotated[float, typer.Option(help="learning_rate_multiplier.")] = 1.0,
    output: OutputFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the method of a job for an open model on Bedrock, in the form of OpenAI's SDK.

    Pass it as `method` to client.fine_tuning.jobs.create, against Bedrock's bedrock-mantle endpoint.
    """
    from rlvr_aws.job.recipe.bedrock import OpenSettings, openai_grader

    with errors_told():
        settings = OpenSettings(
            n_epochs=epochs, batch_size=batch_size, learning_rate_multiplier=learning_rate_multiplier
        )
        _give_json(openai_grader(arn, settings), output, dry_run=dry_run, as_json=as_json)


@recipe.command(name="training-job")
def training_job(
    arn: FunctionArn,
    simulated: Simulated = None,
    latency: Latency = None,
    step_seconds: Annotated[float, typer.Option(min=0.001, help="Seconds that scoring a step may take.")] = 10.0,
    reserved: Reserved = None,
    global_batch_size: Annotated[
        int, typer.Option(help="Prompts of a step, 16 to 128.")
    ] = _TRAINING_JOB.global_batch_size,
    number_generation: Generations = _TRAINING_JOB.number_generation,
    max_length: MaxLength = _TRAINING_JOB.max_length,
    max_new_tokens: MaxNewTokens = _TRAINING_JOB.max_new_tokens,
    max_steps: MaxSteps = _TRAINING_JOB.max_steps,
    reasoning_effort: Effort = _TRAINING_JOB.reasoning_effort,
    output: OutputFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the blocks of a Nova recipe for a SageMaker training job, as YAML to merge into AWS's recipe.

    lambda_concurrency_limit = calls of a step x seconds of a call / --step-seconds, and 12 at least; a call has 64
    rows, as long as the recipe sets no other lambda_batch_size; a step has global_batch_size x number_generation.
    """
    from rlvr_aws.job.recipe.concurrency import training_job_concurrency
    from rlvr_aws.job.recipe.nova import Rollout, check_rollout, training_recipe

    with errors_told():
        seconds = _seconds(simulated, latency, "training-job")
        rollout = Rollout(
            global_batch_size=global_batch_size,
            number_generation=number_generation,
            max_length=max_length,
            max_new_tokens=max_new_tokens,
            max_steps=max_steps,
            reasoning_effort=reasoning_effort,
        )
        check_rollout("training-job", rollout)
        rollouts = global_batch_size * number_generation
        concurrency = training_job_concurrency(seconds, rollouts=rollouts, step_seconds=step_seconds, reserved=reserved)
        document = training_recipe("training-job", arn, rollout, concurrency.limit)
        _give_yaml(document, concurrency, output, dry_run=dry_run, as_json=as_json)


@recipe.command()
def hyperpod(
    arn: FunctionArn,
    simulated: Simulated = None,
    latency: Latency = None,
    workers: Annotated[int, typer.Option(min=1, max=1_000, help="rollout_worker_replicas.")] = 1,
    reserved: Reserved = None,
    global_batch_size: Annotated[int, typer.Option(help="Prompts of a step, 16 to 256.")] = _HYPERPOD.global_batch_size,
    number_generation: Generations = _HYPERPOD.number_generation,
    max_length: MaxLength = _HYPERPOD.max_length,
    max_new_tokens: MaxNewTokens = _HYPERPOD.max_new_tokens,
    max_steps: MaxSteps = _HYPERPOD.max_steps,
    reasoning_effort: Effort = _HYPERPOD.reasoning_effort,
    output: OutputFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the blocks of a Nova recipe for HyperPod, as YAML to merge into AWS's recipe.

    lambda_concurrency_limit = 400 calls a second x seconds of a call, and at most 64 for each rollout worker or AWS's
    own 100, whichever is more. The function's name must contain SageMaker.
    """
    from rlvr_aws.job.recipe.concurrency import hyperpod_concurrency
    from rlvr_aws.job.recipe.nova import Rollout, training_recipe

    with errors_told():
        seconds = _seconds(simulated, latency, "hyperpod")
        rollout = Rollout(
            global_batch_size=global_batch_size,
            number_generation=number_generation,
            max_length=max_length,
            max_new_tokens=max_new_tokens,
            max_steps=max_steps,
            reasoning_effort=reasoning_effort,
        )
        concurrency = hyperpod_concurrency(seconds, workers=workers, reserved=reserved)
        document = training_recipe("hyperpod", arn, rollout, concurrency.limit, workers=workers)
        _give_yaml(document, concurrency, output, dry_run=dry_run, as_json=as_json)


@recipe.command()
def evaluation(
    arn: FunctionArn,
    block: Annotated[
        Block, typer.Option(help="rl-env for the task rft_eval; processor for gen_qa with your own rows.")
    ] = "rl-env",
    output: OutputFile = None,
    *,
    on_hyperpod: Annotated[
        bool, typer.Option("--hyperpod", help="HyperPod runs it, whose rules for names are stricter.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the block of an evaluation recipe of SageMaker that scores answers with the function.

    AWS offers rft_eval on HyperPod to customers of Nova Forge only.
    """
    from rlvr_aws.job.recipe.nova import evaluation_recipe

    with errors_told():
        document = evaluation_recipe(block, arn, hyperpod=on_hyperpod)
        _give_yaml(document, None, output, dry_run=dry_run, as_json=as_json)


@recipe.command()
def evaluator(
    arn: FunctionArn,
    name: Annotated[
        str | None, typer.Option(help="The evaluator's name; made from the function's.", show_default=False)
    ] = None,
    hub: Annotated[
        str | None, typer.Option(help="The hub; the account's own registry by default.", show_default=False)
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the document.")] = "1.0.0",
    output: OutputFile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Print the ImportHubContent request that registers the function as an evaluator, which serverless jobs need.

    `aws sagemaker import-hub-content --cli-input-json file://FILE` takes it; `rlvr aws job submit` does it itself.
    """
    from rlvr_aws.job.recipe.evaluator import evaluator_request

    with errors_told():
        request = evaluator_request(arn, name=name, hub=hub, version=version)
        _give_json(request, output, dry_run=dry_run, as_json=as_json)


def _seconds(simulated: Path | None, latency: float | None, mode: Mode) -> float:
    from rlvr_aws.job.recipe.concurrency import checked_seconds, measured_seconds

    if (simulated is None) == (latency is None):
        raise typer.BadParameter("give either --simulated FILE or --latency SECONDS")
    if simulated is not None:
        return measured_seconds(simulated, mode)
    return checked_seconds(latency or 0.0)


def _give_json(document: dict[str, Any], output: Path | None, *, dry_run: bool, as_json: bool) -> None:
    text = json.dumps(document, indent=2) + "\n"
    _give(document, text, (), output, dry_run=dry_run, as_json=as_json)


def _give_yaml(
    document: dict[str, Any], concurrency: Concurrency | None, output: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    import yaml

    reasons = concurrency.reasons if concurrency is not None else ()
    comments = "".join(f"# {harmless(reason, 500)}\n" for reason in reasons)
    text = comments + yaml.safe_dump(document, sort_keys=False)
    _give(document, text, reasons, output, dry_run=dry_run, as_json=as_json)


def _give(
    document: dict[str, Any], text: str, reasons: tuple[str, ...], output: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    """Write or print a recipe; with ``as_json``, tell of it instead of printing its text."""
    if output is not None and not dry_run:
        output.write_text(text, encoding="utf-8")
    if as_json:
        file = None if output is None else str(output)
        print_json({"recipe": document, "reasons": list(reasons), "file": file, "dry_run": dry_run})
    elif output is None:
        typer.echo(text, nl=False)
    else:
        out.print(styled(f"{'would write' if dry_run else 'wrote'} {output}", limit=2_000))
