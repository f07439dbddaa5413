"""``rlvr aws dashboard``: a dashboard and alarms for a reward function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, FunctionName, PlanOptions, spread_options
from rlvr_aws.account.plan_console import carry_out, show_calls

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws
    from rlvr_aws.watch.alarms import Thresholds
    from rlvr_aws.watch.watched_function import WatchedFunction

# What CloudWatch takes beyond the free tier, a month each, us-east-1: https://aws.amazon.com/cloudwatch/pricing/
_COST = "A dashboard costs $3 a month and an alarm $0.10 to $0.30, beyond the first three and ten of an account."


@spread_options
def dashboard(
    function: FunctionName,
    *,
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
        int | None, typer.Option(min=1, help="The reserved concurrency, if not the function's own.", show_default=False)
    ] = None,
    account: AccountOptions,
    plan_options: PlanOptions,
) -> None:
    """Make a CloudWatch dashboard and alarms for a reward function; a second run changes nothing.

    Alarms on rewards: a mean at its floor or ceiling, too many that are nothing, groups without spread (of which calls
    with one record have none), growing completions.

    Alarms on faults: broken scorers, rows that cannot be scored, errors, throttles, calls near the timeout.

    Without --yes the plan is only shown; widgets and topics that others added stay.

    With --dry-run nothing is asked of AWS: a timeout of 60 s and no reserved concurrency, unless the options say so.
    """
    from rlvr_aws.watch.watched_function import assumed

    with errors_told():
        aws = account.aws()
        loaded = _loaded(suite)
        watched = assumed(aws, function) if plan_options.dry_run else _read(aws, function, reserved)
        timeout = timeout_seconds or watched.timeout_seconds
        watched = msgspec.structs.replace(watched, timeout_seconds=timeout, reserved=reserved or watched.reserved)
        board, alarms = _wanted(watched, loaded, periods, alarm_topic)
        if plan_options.dry_run:
            sent = [("cloudwatch:PutDashboard", board), *(("cloudwatch:PutMetricAlarm", alarm) for alarm in alarms)]
            show_calls(sent, as_json=plan_options.as_json)
            return
        steps = _plan(aws, board, alarms)
        _carry_out(aws.region, steps, _notices(watched, suite), plan_options)


def _read(aws: Aws, function: str, reserved: int | None) -> WatchedFunction:
    from rlvr_aws.watch.watched_function import read, reserved_concurrency

    watched = read(aws, function)
    if reserved is not None:
        return watched
    return msgspec.structs.replace(watched, reserved=reserved_concurrency(aws, watched.name))


def _notices(watched: WatchedFunction, suite: Path | None) -> list[str]:
    from rlvr_aws.watch.watched_function import notices

    range_ = "Without --suite, rewards are taken to be from 0 to 1: floor, ceiling and buckets are wrong for others."
    return [*notices(watched), *([range_] if suite is None else [])]


def _loaded(suite: Path | None) -> Suite | None:
    from rlvr import load_suite

    return None if suite is None else load_suite(suite)


def _wanted(
    watched: WatchedFunction, suite: Suite | None, periods: int, topic: str | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from rlvr_aws.watch.alarms import alarms, check_topic
    from rlvr_aws.watch.dashboard import dashboard as board
    from rlvr_aws.watch.queries import queries

    if topic is not None:
        check_topic(topic, watched.region)
    thresholds = _thresholds(suite, periods)
    return board(watched, thresholds, queries(suite)), alarms(watched, thresholds, topic)


def _thresholds(suite: Suite | None, periods: int) -> Thresholds:
    from rlvr_aws.watch.alarms import Thresholds, thresholds_of

    return Thresholds(periods=periods) if suite is None else thresholds_of(suite, periods)


def _plan(aws: Aws, board: dict[str, Any], alarms: list[dict[str, Any]]) -> list[Step]:
    from rlvr_aws.watch import alarms as alarms_module
    from rlvr_aws.watch import dashboard as dashboard_module

    return [dashboard_module.plan(aws, board), *alarms_module.plan(aws, alarms)]


def _carry_out(region: str, steps: list[Step], notices: list[str], options: PlanOptions) -> None:
    from rlvr_aws.watch.dashboard import dashboard_address

    address = dashboard_address(region, steps[0].name)
    told = carry_out(steps, options, notices)
    if options.as_json:
        print_json({**told, "notices": notices, "dashboard": address})
    elif told["changes"] and not options.yes:
        out.print(_COST)
    else:
        out.print(styled(f"Dashboard: {address}", limit=500))
