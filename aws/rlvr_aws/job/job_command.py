"""``rlvr aws job``: jobs of reinforcement fine-tuning and evaluation, from submission to result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.table import Column, Table

from rlvr.cli.console import FINDINGS, err, errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, PlanOptions, ShowOptions, spread_options
from rlvr_aws.account.plan_console import show_calls
from rlvr_aws.job.job_console import account_for, carry_out_for_job
from rlvr_aws.job.submit_command import submit

if TYPE_CHECKING:
    from rlvr_aws.job.lookup import Job
    from rlvr_aws.job.results import Difference

_MOST_POLLS = 10_000  # a week, with one poll per minute

job = typer.Typer(
    name="job",
    help="Submit a job that learns from your deployed suite, watch it, stop it, and compare what it has learnt.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
job.add_typer(submit, name="submit")

JobName: TypeAlias = Annotated[str, typer.Argument(metavar="JOB", help="Its name or ARN.", show_default=False)]


@job.command()
@spread_options
def status(
    name: JobName,
    watch: Annotated[
        int | None,
        typer.Option(
            min=1, max=3_600, help="Poll again after this many seconds, until the job ends.", show_default=False
        ),
    ] = None,
    polls: Annotated[int, typer.Option(min=1, max=_MOST_POLLS, help="The most polls to make.")] = 1_000,
    *,
    account: AccountOptions,
    show: ShowOptions,
) -> None:
    """Show the status of a job; exit code 1 if it failed or was stopped, or has not ended after the last poll."""
    from rlvr_aws.job.lookup import jobs_of, poll_jobs

    if show.dry_run:
        _show_lookup(name, as_json=show.as_json)
        return
    with errors_told():
        aws = account_for(name, account)
        jobs: tuple[Job, ...] = ()
        shown: list[str] = []
        look, pause = partial(jobs_of, aws, name), partial(time.sleep, watch or 0)
        for jobs in poll_jobs(look, pause, polls if watch else 1):
            now = [each.status for each in jobs]
            if not show.as_json and now != shown:
                _draw_jobs(jobs)
            shown = now
    if show.as_json:
        print_json({"jobs": [each.as_json() for each in jobs]})
    if any(each.status in {"Failed", "Stopped"} or (watch and not each.ended) for each in jobs):
        raise typer.Exit(FINDINGS)


@job.command()
@spread_options
def events(name: JobName, *, account: AccountOptions, show: ShowOptions) -> None:
    """Show the phases of a job so far, and the metrics that it has written."""
    from rlvr_aws.job.lookup import jobs_of, metrics_of, phases_of
    from rlvr_aws.job.results import metrics_files_of

    if show.dry_run:
        _show_lookup(name, as_json=show.as_json, also=("s3:ListObjectsV2", "s3:GetObject"))
        return
    with errors_told():
        aws = account_for(name, account)
        found = [(each, phases_of(each), metrics_of(each), metrics_files_of(aws, each)) for each in jobs_of(aws, name)]
    if show.as_json:
        import msgspec

        print_json(
            {
                "jobs": [
                    each.as_json()
                    | {"events": msgspec.to_builtins(phases), "metrics": metrics, "files": msgspec.to_builtins(files)}
                    for each, phases, metrics, files in found
                ]
            }
        )
        return
    for each, phases, metrics, files in found:
        _draw_jobs((each,))
        rows = [(one.phase, one.status, one.started, one.ended, one.message) for one in phases]
        _draw_table(("phase", "status", "started", "ended", "message"), rows)
        _draw_table(("metric", "value"), [(key, f"{value:g}") for key, value in metrics.items()])
        for file in files:
            out.print(styled(file.address, limit=2_000))
            _draw_table(file.columns, file.rows)


@job.command()
@spread_options
def stop(name: JobName, *, account: AccountOptions, plan_options: PlanOptions) -> None:
    """Stop a job; the plan is shown first, and only --yes acts on it. The files that it has written stay."""
    from rlvr_aws.job.lookup import jobs_of, stop_step

    if plan_options.dry_run:
        stops = ("bedrock:StopModelCustomizationJob", "sagemaker:StopTrainingJob")
        _show_lookup(name, as_json=plan_options.as_json, also=stops)
        return
    with errors_told():
        aws = account_for(name, account)
        steps = [stop_step(aws, each) for each in jobs_of(aws, name)]
        carry_out_for_job(steps, name, plan_options)


@job.command()
@spread_options
def result(name: JobName, *, account: AccountOptions, show: ShowOptions) -> None:
    """Show where the results of a job are; for an evaluation, compare the base model and the tuned one.

    Give the name that an evaluation was submitted under, without -base or -tuned. Exit code 1 if a job failed, was
    stopped or has not ended.
    """
    from rlvr_aws.job.lookup import jobs_of, metrics_of
    from rlvr_aws.job.results import compare_metrics, evaluation_metrics, is_evaluation, output_of

    if show.dry_run:
        _show_lookup(name, as_json=show.as_json, also=("s3:ListObjectsV2", "s3:GetObject"))
        return
    with errors_told():
        aws = account_for(name, account)
        jobs = jobs_of(aws, name)
        done = [each for each in jobs if each.status == "Completed"]
        metrics = [evaluation_metrics(aws, each) if is_evaluation(each) else metrics_of(each) for each in done]
        both = len(metrics) == 2  # noqa: PLR2004  # those of the base model and of the tuned one
        differences = compare_metrics(*metrics) if both else []
    if show.as_json:
        import msgspec

        documents = [each.as_json() | {"results": output_of(each)} for each in jobs]
        for each, values in zip(done, metrics, strict=True):
            documents[jobs.index(each)]["metrics"] = values
        print_json({"jobs": documents, "comparison": msgspec.to_builtins(differences)})
    else:
        _draw_jobs(jobs)
        for each in jobs:
            _draw_table(("what", "where"), list(output_of(each).items()))
        for values in metrics if not both else ():
            _draw_table(("metric", "value"), [(key, f"{value:g}") for key, value in values.items()])
        _draw_comparison(differences)
    if len(done) < len(jobs):
        raise typer.Exit(FINDINGS)


def _show_lookup(name: str, *, as_json: bool, also: Sequence[str] = ()) -> None:
    """Show the calls of a dry run that find a job, and those that follow."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("bedrock:GetModelCustomizationJob", {"jobIdentifier": name}),
        ("sagemaker:DescribeTrainingJob", {"TrainingJobName": name.rpartition("/")[2]}),
    ]
    show_calls([*calls, *((each, {}) for each in also)], as_json=as_json)


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
