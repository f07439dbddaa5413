"""``rlvr aws dashboard``: a dashboard and alarms for a reward function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_handler.aws.commands.options import (
    AsJson,
    DryRun,
    Profile,
    Region,
    Yes,
    draw_plan,
    preview,
    tell_step,
)

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_handler.aws.operations.alarms import Thresholds
    from rlvr_handler.aws.operations.function import WatchedFunction
    from rlvr_handler.aws.plan import Step
    from rlvr_handler.aws.session import Aws

# What CloudWatch takes beyond the free tier, a month each, us-east-1: https://aws.amazon.com/cloudwatch/pricing/
_COST = "A dashboard costs $3 a month and an alarm $0.10 to $0.30, beyond the first three and ten of an account."


def dashboard(
    function: Annotated[str, typer.Argument(help="The function's name or ARN.", show_default=False)],
    suite: Annotated[
        Path | None,
        typer.Option(
            help="The suite file: its ranges are the floor and ceiling, its metrics are shown.", show_default=False
        ),
    ] = None,
    alarm_topic: Annotated[
        str | None, typer.Option(help="The ARN of the SNS topic that the alarms tell.", show_default=False)
    ] = None,
    periods: Annotated[
        int, typer.Option(min=1, max=288, help="For how many five minutes a reward is odd before that is an alarm.")
    ] = 3,
    timeout_seconds: Annotated[
        int | None, typer.Option(min=1, max=900, help="The timeout, if not the function's own.", show_default=False)
    ] = None,
    reserved: Annotated[
        int | None, typer.Option(min=1, help="The reserved concurrency, to be told when it fills.", show_default=False)
    ] = None,
    region: Region = None,
    profile: Profile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a CloudWatch dashboard and alarms for a reward function; a second run changes nothing.

    Alarms on rewards: a mean at its floor or ceiling, too many zeros, groups without spread, growing completions.

    Alarms on faults: broken scorers, rows that cannot be scored, errors, throttles, calls near the timeout.

    Without --yes the plan is only shown; widgets and topics that others added stay.

    With --dry-run nothing is asked of AWS, and a timeout of 60 s is assumed unless --timeout-seconds says otherwise.
    """
    from rlvr_handler.aws.operations.function import assumed, read
    from rlvr_handler.aws.session import Aws

    with errors_told():
        aws = Aws(region=region, profile=profile)
        loaded = _loaded(suite)
        watched = assumed(aws, function) if dry_run else read(aws, function)
        timeout = timeout_seconds or watched.timeout_seconds
        watched = msgspec.structs.replace(watched, timeout_seconds=timeout, reserved=reserved)
        board, alarms = _wanted(watched, loaded, periods, alarm_topic)
        if dry_run:
            sent = [("cloudwatch:PutDashboard", board), *(("cloudwatch:PutMetricAlarm", alarm) for alarm in alarms)]
            preview(sent, as_json=as_json)
            return
        steps = _plan(aws, board, alarms)
        _carry_out(aws.region, steps, board["DashboardName"], yes=yes, as_json=as_json)


def _loaded(suite: Path | None) -> Suite | None:
    from rlvr import load_suite

    return None if suite is None else load_suite(suite)


def _wanted(
    watched: WatchedFunction, suite: Suite | None, periods: int, topic: str | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from rlvr_handler.aws.operations.alarms import alarms, check_topic
    from rlvr_handler.aws.operations.dashboard import dashboard as board
    from rlvr_handler.aws.operations.queries import metrics_of, queries

    if topic is not None:
        check_topic(topic)
    thresholds = _thresholds(suite, periods)
    shown = queries(metrics_of(suite) if suite is not None else ())
    return board(watched, thresholds, shown), alarms(watched, thresholds, topic)


def _thresholds(suite: Suite | None, periods: int) -> Thresholds:
    from rlvr_handler.aws.operations.alarms import Thresholds, thresholds_of

    return Thresholds(periods=periods) if suite is None else thresholds_of(suite, periods)


def _plan(aws: Aws, board: dict[str, Any], alarms: list[dict[str, Any]]) -> list[Step]:
    from rlvr_handler.aws.operations import alarms as alarms_module
    from rlvr_handler.aws.operations import dashboard as dashboard_module

    return [dashboard_module.plan(aws, board), *alarms_module.plan(aws, alarms)]


def _carry_out(region: str, steps: list[Step], name: str, *, yes: bool, as_json: bool) -> None:
    from rlvr_handler.aws.plan import changed, take

    address = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{name}"
    if not as_json:
        draw_plan(steps)
    if yes:
        take(steps, tell_step)
    if as_json:
        print_json({"applied": yes, "steps": [step.as_json() for step in steps], "dashboard": address})
    elif not changed(steps):
        out.print("Nothing to do.")
    elif not yes:
        out.print(f"{_COST}\nNothing was changed; add --yes to do it.")
    if not as_json and (yes or not changed(steps)):
        out.print(styled(f"Dashboard: {address}", limit=500))
