"""``rlvr aws job``: jobs of reinforcement fine-tuning and evaluation, from submission to result."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_args

import typer
from rich.table import Column, Table

from rlvr.cli.console import FINDINGS, err, errors_told, out, print_json, styled
from rlvr_aws.account.options import (
    AsJson,
    DryRun,
    Profile,
    Region,
    Yes,
    carried_out,
    preview,
)
from rlvr_aws.job.requests import Platform

if TYPE_CHECKING:
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws
    from rlvr_aws.job.found import Job
    from rlvr_aws.job.results import Difference

# Options that only some platforms heed; passed over in silence, they would cost a job.
_PLATFORMS_OF: Mapping[str, tuple[Platform, ...]] = {
    "evaluator": ("sagemaker", "evaluation"),
    "evaluator_name": ("sagemaker", "evaluation"),
    "hub": ("sagemaker", "evaluation"),
    "validation": ("bedrock", "sagemaker"),
    "config": ("bedrock",),
    "model_name": ("bedrock",),
    "model_package_group": ("sagemaker",),
    "tuned": ("evaluation",),
    "hyperparameter": ("sagemaker", "evaluation"),
    "full": ("sagemaker",),
    "accept_eula": ("sagemaker", "evaluation"),
}
_CONFIGURATION_BYTES = 1_000_000
_MOST_POLLS = 10_000  # a week of looks each minute

job = typer.Typer(
    name="job",
    help="Submit a job that learns from your deployed suite, watch it, stop it, and compare what it has learnt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

JobName: TypeAlias = Annotated[str, typer.Argument(metavar="JOB", help="Its name or ARN.", show_default=False)]


@job.command()
def submit(
    context: typer.Context,
    platform: Annotated[
        Platform, typer.Option(metavar="NAME", help=f"{', '.join(get_args(Platform))}.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="The job's name; an evaluation appends -base and -tuned.")],
    role: Annotated[str, typer.Option(help="ARN of the role that the job takes.", show_default=False)],
    base_model: Annotated[
        str,
        typer.Option(
            help="Bedrock's model identifier or ARN; elsewhere the ARN of a hub's model, with its version.",
            show_default=False,
        ),
    ],
    data: Annotated[str, typer.Option(help="s3:// address of the rows.", show_default=False)],
    output: Annotated[str, typer.Option(help="s3:// address under which the job writes.", show_default=False)],
    function: Annotated[
        str | None, typer.Option(help="ARN of the reward function.", metavar="ARN", show_default=False)
    ] = None,
    evaluator: Annotated[
        str | None,
        typer.Option(help="sagemaker, evaluation: ARN of a registered evaluator, instead.", show_default=False),
    ] = None,
    evaluator_name: Annotated[
        str | None,
        typer.Option(
            help="sagemaker, evaluation: name to register the function under; made from its own.", show_default=False
        ),
    ] = None,
    hub: Annotated[
        str | None,
        typer.Option(help="sagemaker, evaluation: hub to register it in; the account's registry.", show_default=False),
    ] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(
            help="bedrock, sagemaker: s3:// address of rows for validation; bedrock takes up to 10.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="bedrock: what `rlvr aws recipe bedrock` printed.", show_default=False)
    ] = None,
    model_name: Annotated[
        str, typer.Option(help="bedrock: name of the tuned model; the job's by default.", show_default=False)
    ] = "",
    model_package_group: Annotated[
        str | None, typer.Option(help="sagemaker: group for the tuned model; the job's name.", show_default=False)
    ] = None,
    tuned: Annotated[str, typer.Option(help="evaluation: ARN of the tuned model's package.", show_default=False)] = "",
    hyperparameter: Annotated[
        list[str] | None, typer.Option(help="sagemaker, evaluation: NAME=VALUE, repeatable.", show_default=False)
    ] = None,
    region: Region = None,
    profile: Profile = None,
    *,
    full: Annotated[bool, typer.Option("--full", help="sagemaker: tune all weights instead of LoRA.")] = False,
    accept_eula: Annotated[
        bool, typer.Option("--accept-eula", help="sagemaker, evaluation: accept the model's licence.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Submit a job; the plan is shown first, and only --yes acts on it. Run twice, it is still one job.

    bedrock: tunes Nova with the function. sagemaker: registers the function as an evaluator and tunes without servers
    of yours. evaluation: scores the base model and the tuned one on the same rows; `result` compares them.
    """
    from rlvr_aws.account.arn import plain_function_of
    from rlvr_aws.job.recipe.bedrock import grader_of
    from rlvr_aws.job.recipe.evaluator import owner_of
    from rlvr_aws.job.requests import Order
    from rlvr_aws.job.submission import Registration, planned, previewed, registration, with_group

    _check_options(context, platform)
    _check_choices(platform, config, function, evaluator, evaluator_name or hub)
    with errors_told():
        configuration = _configuration(config, function) if platform == "bedrock" else {}
        order = Order(
            platform=platform,
            name=name,
            role=role,
            base_model=base_model,
            training=data,
            output=output,
            validation=tuple(validation or ()),
            model_name=model_name,
            configuration=configuration,
            tuned=tuned,
            hyper_parameters=_pairs(hyperparameter or []),
            lora=not full,
            accept_eula=accept_eula,
        )
        wanted: Registration | None = None
        if platform == "bedrock":
            called = grader_of(configuration)
        elif evaluator is not None:
            wanted, called = Registration(arn=evaluator), owner_of(evaluator)
        else:
            called = plain_function_of(function or "", "SageMaker's evaluator")
            wanted = registration(called, name=evaluator_name, hub=hub)
        if platform == "sagemaker":
            order = with_group(order, called, model_package_group or name)
        if dry_run:
            preview(previewed(order, wanted), as_json=as_json)
            return
        aws = _aws(region, profile, evaluator or called.arn)
        _carry_out(planned(aws, order, wanted), yes=yes, as_json=as_json, name=name)


@job.command()
def status(
    name: JobName,
    watch: Annotated[
        int | None,
        typer.Option(min=1, max=3_600, help="Look again every so many seconds until it ends.", show_default=False),
    ] = None,
    polls: Annotated[int, typer.Option(min=1, max=_MOST_POLLS, help="Look no more often than this.")] = 1_000,
    region: Region = None,
    profile: Profile = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Tell how a job is; exit code 1 if it failed or was stopped, or if --watch gave up before it ended."""
    from rlvr_aws.job.found import jobs_of, watched

    if dry_run:
        _preview_asking(name, as_json=as_json)
        return
    with errors_told():
        aws = _aws(region, profile, name)
        jobs: tuple[Job, ...] = ()
        shown: list[str] = []
        look, pause = partial(jobs_of, aws, name), partial(time.sleep, watch or 0)
        for jobs in watched(look, pause, polls if watch else 1):
            now = [each.status for each in jobs]
            if not as_json and now != shown:
                _draw_jobs(jobs)
            shown = now
    if as_json:
        print_json({"jobs": [each.as_json() for each in jobs]})
    if any(each.status in {"Failed", "Stopped"} or (watch and not each.ended) for each in jobs):
        raise typer.Exit(FINDINGS)


@job.command()
def events(
    name: JobName, region: Region = None, profile: Profile = None, *, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Tell what has happened to a job so far: its phases, and the metrics that it has written."""
    from rlvr_aws.job.found import happenings, jobs_of, metrics_of
    from rlvr_aws.job.results import sheets_of

    if dry_run:
        _preview_asking(name, as_json=as_json, also=("s3:ListObjectsV2", "s3:GetObject"))
        return
    with errors_told():
        aws = _aws(region, profile, name)
        told = [(each, happenings(each), metrics_of(each), sheets_of(aws, each)) for each in jobs_of(aws, name)]
    if as_json:
        import msgspec

        print_json(
            {
                "jobs": [
                    each.as_json()
                    | {"events": msgspec.to_builtins(phases), "metrics": metrics, "files": msgspec.to_builtins(sheets)}
                    for each, phases, metrics, sheets in told
                ]
            }
        )
        return
    for each, phases, metrics, sheets in told:
        _draw_jobs((each,))
        rows = [(one.phase, one.status, one.started, one.ended, one.message) for one in phases]
        _draw_table(("phase", "status", "started", "ended", "message"), rows)
        _draw_table(("metric", "value"), [(key, f"{value:g}") for key, value in metrics.items()])
        for sheet in sheets:
            out.print(styled(sheet.address, limit=2_000))
            _draw_table(sheet.columns, sheet.rows)


@job.command()
def stop(
    name: JobName,
    region: Region = None,
    profile: Profile = None,
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Stop a job; the plan is shown first, and only --yes acts on it. What it has written stays."""
    from rlvr_aws.job.found import jobs_of, stopping

    if dry_run:
        _preview_asking(name, as_json=as_json, also=("bedrock:StopModelCustomizationJob", "sagemaker:StopTrainingJob"))
        return
    with errors_told():
        aws = _aws(region, profile, name)
        steps = [stopping(aws, each) for each in jobs_of(aws, name)]
        _carry_out(steps, yes=yes, as_json=as_json, name=name)


@job.command()
def result(
    name: JobName, region: Region = None, profile: Profile = None, *, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Tell where a job's results are; of an evaluation, compare the base model and the tuned one.

    Name an evaluation as it was submitted, without -base or -tuned. Exit code 1 if a job has not ended well.
    """
    from rlvr_aws.job.found import jobs_of, metrics_of
    from rlvr_aws.job.results import compared, evaluated, is_evaluation, output_of

    if dry_run:
        _preview_asking(name, as_json=as_json, also=("s3:ListObjectsV2", "s3:GetObject"))
        return
    with errors_told():
        aws = _aws(region, profile, name)
        jobs = jobs_of(aws, name)
        done = [each for each in jobs if each.status == "Completed"]
        metrics = [evaluated(aws, each) if is_evaluation(each) else metrics_of(each) for each in done]
        both = len(metrics) == 2  # noqa: PLR2004  # the base model's and the tuned one's
        differences = compared(*metrics) if both else []
    if as_json:
        import msgspec

        told = [each.as_json() | {"results": output_of(each)} for each in jobs]
        for each, found in zip(done, metrics, strict=True):
            told[jobs.index(each)]["metrics"] = found
        print_json({"jobs": told, "comparison": msgspec.to_builtins(differences)})
    else:
        _draw_jobs(jobs)
        for each in jobs:
            _draw_table(("what", "where"), list(output_of(each).items()))
        for found in metrics if not both else ():
            _draw_table(("metric", "value"), [(key, f"{value:g}") for key, value in found.items()])
        _draw_comparison(differences)
    if len(done) < len(jobs):
        raise typer.Exit(FINDINGS)


def _check_options(context: typer.Context, platform: Platform) -> None:
    for option, platforms in _PLATFORMS_OF.items():
        source = context.get_parameter_source(option)
        if platform not in platforms and source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"is for {', '.join(platforms)}", param_hint=f"--{option.replace('_', '-')}")


def _check_choices(
    platform: Platform, config: Path | None, function: str | None, evaluator: str | None, registers: str | None
) -> None:
    if platform == "bedrock" and (config is None) == (function is None):
        raise typer.BadParameter("bedrock needs either --config FILE or --function ARN")
    if platform != "bedrock" and (function is None) == (evaluator is None):
        raise typer.BadParameter("give either --function ARN or --evaluator ARN")
    if evaluator is not None and registers is not None:
        raise typer.BadParameter("is registered already; --evaluator-name and --hub go with --function")


def _configuration(file: Path | None, function: str | None) -> dict[str, Any]:
    from rlvr_aws.account.errors import DeploymentError
    from rlvr_aws.job.recipe.bedrock import customization_config

    if file is None:
        return customization_config(function or "")
    hint = "write it with `rlvr aws recipe bedrock ARN -o FILE`"
    try:
        with file.open("rb") as opened:
            document = json.loads(opened.read(_CONFIGURATION_BYTES))
    except OSError as error:
        raise DeploymentError(str(file), f"cannot be read: {error.strerror or error}", hint) from error
    except (ValueError, RecursionError) as error:
        raise DeploymentError(str(file), f"is no JSON: {error}", hint) from error
    if not isinstance(document, dict) or "rftConfig" not in document:
        raise DeploymentError(str(file), "is no customizationConfig with an rftConfig", hint)
    return document


def _pairs(given: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE", param_hint="--hyperparameter")
        pairs[name] = value
    return pairs


def _aws(region: str | None, profile: str | None, named: str) -> Aws:
    """Return the account, in the region of what is named if that is an ARN: no platform calls across regions."""
    from rlvr_aws.account.errors import DeploymentError
    from rlvr_aws.account.session import Aws

    own = named.split(":")[3] if re.match(r"arn(:[^:]+){3}:", named) else None
    if own is not None and region not in {None, own}:
        raise DeploymentError(named, f"is not in {region}", f"give --region {own}, or leave it out")
    return Aws(region=own or region, profile=profile)


def _carry_out(steps: Sequence[Step], *, yes: bool, as_json: bool, name: str) -> None:
    told = carried_out(steps, acts=yes, as_json=as_json)
    if as_json:
        print_json({"job": name, **told})
    elif yes and told["changes"]:
        out.print(styled(f"`rlvr aws job status {name}` tells how it is."))


def _preview_asking(name: str, *, as_json: bool, also: Sequence[str] = ()) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("bedrock:GetModelCustomizationJob", {"jobIdentifier": name}),
        ("sagemaker:DescribeTrainingJob", {"TrainingJobName": name.rpartition("/")[2]}),
    ]
    preview([*calls, *((each, {}) for each in also)], as_json=as_json)


def _draw_jobs(jobs: Sequence[Job]) -> None:
    for each in jobs:
        out.print(styled(f"{each.service} {each.name}: {each.status}"))
        if each.failure:
            err.print(styled(f"  {each.failure}", limit=2_000))


def _draw_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    table = Table(*(Column(header=styled(column), overflow="fold") for column in columns))
    for row in rows:
        table.add_row(*(styled(cell) for cell in row[: len(columns)]))
    out.print(table)


def _draw_comparison(differences: Sequence[Difference]) -> None:
    rows = [
        (each.metric, _number(each.base), _number(each.tuned), _number(each.difference, sign="+"))
        for each in differences
    ]
    _draw_table(("metric", "base", "tuned", "difference"), rows)


def _number(value: float | None, sign: str = "") -> str:
    return "none" if value is None else f"{value:{sign}.4g}"
