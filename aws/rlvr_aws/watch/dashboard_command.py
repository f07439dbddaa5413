"""``rlvr aws dashboard``: create a dashboard and alarms for a reward function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from rlvr.cli.console import errors_told, out, print_json, styled
from rlvr_aws.account.options import AccountOptions, FunctionName, PlanOptions, spread_options
from rlvr_aws.account.plan_console import carry_out, show_calls

if TYPE_CHECKING:
    from rlvr import Suite
    from rlvr_aws.account.plan import Step
    from rlvr_aws.account.session import Aws
    from rlvr_aws.watch.alarms import Thresholds
    from rlvr_aws.watch.watched_function import WatchedFunction

# CloudWatch's prices beyond the free tier, per month, us-east-1: https://aws.amazon.com/cloudwatch/pricing/
_COST = "A dashboard costs $3 a month and an alarm $0.10 to $0.30, beyond the first three and ten of an account."


class DashboardOptions(Struct, frozen=True, kw_only=True):
    """The thresholds of alarms, whom they notify, and limits that are not the function's own."""

    suite: Annotated[
        Path | None, Meta(description="The suite file: its ranges are the floor and ceiling, its metrics are shown.")
    ] = None
    alarm_topic: Annotated[str | None, Meta(description="The ARN of the SNS topic that the alarms notify.")] = None
    periods: Annotated[
        int,
        Meta(ge=1, le=288, description="How many periods of five minutes a reward is unusual before an alarm."),
    ] = 3
    timeout_seconds: Annotated[
        int | None, Meta(ge=1, le=900, description="The timeout, if not the function's own.")
    ] = None
    reserved: Annotated[int | None, Meta(ge=1, description="The reserved concurrency, if not the function's own.")] = (
        None
    )


@spread_options
def dashboard(
    function: FunctionName, *, options: DashboardOptions, account: AccountOptions, plan_options: PlanOptions
) -> None:
    """Create a CloudWatch dashboard and alarms for a reward function; a second run changes nothing.

    Alarms on rewards: a mean at its floor or ceiling, too many records with no reward, zero-variance groups (calls with
    one record have no groups), growing completions.

    Alarms on faults: failing scorers, rows that cannot be scored, errors, throttles, calls near the timeout.

    Without --yes the plan is only shown; widgets and topics that others added are kept.

    With --dry-run no call to AWS is made: the timeout is 60 s and no concurrency is reserved, unless the options say
    otherwise.
    """
    from rlvr_aws.watch.watched_function import default_function

    with errors_told():
        aws = account.aws()
        loaded = _load(options.suite)
        watched = default_function(aws, function) if plan_options.dry_run else _read(aws, function, options.reserved)
        watched = msgspec.structs.replace(
            watched,
            timeout_seconds=options.timeout_seconds or watched.timeout_seconds,
            reserved=options.reserved or watched.reserved,
        )
        board, alarms = _requests(watched, loaded, options)
        if plan_options.dry_run:
            sent = [("cloudwatch:PutDashboard", board), *(("cloudwatch:PutMetricAlarm", alarm) for alarm in alarms)]
            show_calls(sent, as_json=plan_options.as_json)
            return
        steps = _plan(aws, board, alarms)
        _carry_out(aws.region, steps, _notices(watched, options.suite), plan_options)


def _read(aws: Aws, function: str, reserved: int | None) -> WatchedFunction:
    from rlvr_aws.watch.watched_function import read_function, reserved_concurrency

    watched = read_function(aws, function)
    if reserved is not None:
        return watched
    return msgspec.structs.replace(watched, reserved=reserved_concurrency(aws, watched.name))


def _notices(watched: WatchedFunction, suite: Path | None) -> list[str]:
    from rlvr_aws.watch.watched_function import notices

    range_ = (
        "Without --suite, rewards are assumed to be from 0 to 1: floor, ceiling and buckets are wrong for other ranges."
    )
    return [*notices(watched), *([range_] if suite is None else [])]


def _load(suite: Path | None) -> Suite | None:
    from rlvr import load_suite

    return None if suite is None else load_suite(suite)


def _requests(
    watched: WatchedFunction, suite: Suite | None, options: DashboardOptions
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from rlvr_aws.watch.alarms import alarms, check_topic
    from rlvr_aws.watch.dashboard import dashboard as board
    from rlvr_aws.watch.queries import queries

    topic = options.alarm_topic
    if topic is not None:
        check_topic(topic, watched.region)
    thresholds = _thresholds(suite, options.periods)
    return board(watched, thresholds, queries(suite)), alarms(watched, thresholds, topic)


def _thresholds(suite: Suite | None, periods: int) -> Thresholds:
    from rlvr_aws.watch.alarms import Thresholds, thresholds_of

    return Thresholds(periods=periods) if suite is None else thresholds_of(suite, periods)


def _plan(aws: Aws, board: dict[str, Any], alarms: list[dict[str, Any]]) -> list[Step]:
    from rlvr_aws.watch.alarms import plan_alarms
    from rlvr_aws.watch.dashboard import plan_dashboard

    return [plan_dashboard(aws, board), *plan_alarms(aws, alarms)]


def _carry_out(region: str, steps: list[Step], notices: list[str], options: PlanOptions) -> None:
    from rlvr_aws.watch.dashboard import dashboard_address

    address = dashboard_address(region, steps[0].name)
    outcome = carry_out(steps, options, notices)
    if options.as_json:
        print_json({**outcome, "notices": notices, "dashboard": address})
    elif outcome["changes"] and not options.yes:
        out.print(_COST)
    else:
        out.print(styled(f"Dashboard: {address}", limit=500))
