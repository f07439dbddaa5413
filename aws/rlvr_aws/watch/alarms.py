"""Alarms on a reward function: what makes a training run worthless, and what makes it fail.

Jobs come and go, so missing data is never alarming.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from rlvr import Suite
from rlvr_aws.account import service_model
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.plan import Action, Step, differences
from rlvr_aws.account.session import Aws
from rlvr_aws.watch.watched_function import WatchedFunction

PERIOD_SECONDS = 300

# A mean within this share of the range from its end is at the end.
NEAR_END = 0.02

# Above these, group-relative training learns from a tenth of the records at most: AWS's blog on reward functions asks
# to look out for rewards that are mostly zeros or without spread.
ZERO_RATE = 0.9
ZERO_SPREAD_SHARE = 0.9

# One broken record in a hundred is an accident; more is a bug or a limit.
FAILED_PERCENT = 1.0

# Of the timeout, and of the reserved concurrency.
NEAR_LIMIT = 0.8

# How many standard deviations a band of expected lengths is wide, to each side.
BAND_WIDTH = 3

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")

_KEPT = ("AlarmActions", "OKActions", "InsufficientDataActions", "ActionsEnabled")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What the alarms of a suite need to know.

    Attributes:
        low: The lowest reward that any task gives.
        high: The highest.
        periods: For how many periods of five minutes a reward must be odd before it is told.
    """

    low: float = 0.0
    high: float = 1.0
    periods: int = 3

    @property
    def floor(self) -> float:
        """The mean at or below which nothing is learned."""
        return self.low + NEAR_END * (self.high - self.low)

    @property
    def ceiling(self) -> float:
        """The mean at or above which nothing is left to learn."""
        return self.high - NEAR_END * (self.high - self.low)


def thresholds_of(suite: Suite, periods: int) -> Thresholds:
    """Return the thresholds that fit the ranges of a suite's tasks."""
    low, high = suite.range
    return Thresholds(low=low, high=high, periods=periods)


def alarm_names(function: str) -> tuple[str, ...]:
    """Return the names that the alarms of a function have."""
    watched = WatchedFunction(name=function, region="", reserved=1)
    return tuple(alarm["AlarmName"] for alarm in alarms(watched, Thresholds()))


def alarms(function: WatchedFunction, thresholds: Thresholds, topic: str | None = None) -> list[dict[str, Any]]:
    """Return the requests of ``PutMetricAlarm``.

    Args:
        function: What is watched; an alarm on its concurrency is there only if that is reserved.
        thresholds: What is odd for its suite.
        topic: The ARN of the SNS topic that is told; None leaves actions as they are.
    """
    made = [*_reward_alarms(function, thresholds), *_fault_alarms(function), *_platform_alarms(function)]
    actions = {} if topic is None else {"ActionsEnabled": True, "AlarmActions": [topic]}
    return [{**alarm, **actions} for alarm in made]


def check_topic(topic: str, region: str) -> None:
    """Refuse what no alarm of a region can tell.

    Raises:
        DeploymentError: It is no ARN of an SNS topic there.
    """
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise DeploymentError(topic[:200], "is no ARN of an SNS topic", "`aws sns list-topics` lists them")
    if found["region"] != region:
        raise DeploymentError(topic, f"lies in {found['region']}", f"alarms in {region} tell topics in {region} only")


def plan(aws: Aws, wanted: Sequence[dict[str, Any]]) -> list[Step]:
    """Return the step of each alarm, as the account has it now."""
    for alarm in wanted:
        service_model.check("cloudwatch", "PutMetricAlarm", alarm)
    names = [alarm["AlarmName"] for alarm in wanted]
    answer = aws.call("cloudwatch", "describe_alarms", AlarmNames=names, AlarmTypes=["MetricAlarm"])
    there = {alarm["AlarmName"]: alarm for alarm in answer.get("MetricAlarms", ())}
    return [_step(aws, alarm, there.get(alarm["AlarmName"])) for alarm in wanted]


def alarming(aws: Aws, function: str) -> tuple[int, list[dict[str, Any]]]:
    """Return how many alarms the function has, and those that are on: name, reason and since when."""
    answer = aws.call("cloudwatch", "describe_alarms", **described(function))
    there = answer.get("MetricAlarms", ())
    return len(there), [
        {
            "name": alarm["AlarmName"],
            "reason": str(alarm.get("StateReason", "")),
            "since": str(alarm.get("StateUpdatedTimestamp", "")),
        }
        for alarm in there
        if alarm.get("StateValue") == "ALARM"
    ]


def described(function: str) -> dict[str, Any]:
    """Return the request of ``DescribeAlarms`` for a function's alarms."""
    return {"AlarmNames": list(alarm_names(function)), "AlarmTypes": ["MetricAlarm"]}


def _step(aws: Aws, wanted: dict[str, Any], have: dict[str, Any] | None) -> Step:
    name = wanted["AlarmName"]
    changes = differences(_comparable(have or {}), _comparable(wanted))
    action: Action = "create" if have is None else "update" if changes else "keep"
    # A put replaces the whole alarm: whom it tells is kept, unless somebody else is to be told.
    sent = {**{key: have[key] for key in _KEPT if key in have}, **wanted} if have else wanted

    def apply() -> None:
        aws.call("cloudwatch", "put_metric_alarm", **sent)

    told = (wanted["AlarmDescription"],) if have is None else changes
    return Step(kind="alarm", name=name, action=action, changes=told, apply=apply)


def _comparable(alarm: dict[str, Any]) -> dict[str, Any]:
    """Return an alarm whose lists are in one order, since the service gives them back in its own."""
    sorts = {"Metrics": lambda entry: entry["Id"], "Dimensions": lambda entry: entry["Name"]}
    made = dict(alarm)
    for key, order in sorts.items():
        if made.get(key):
            made[key] = sorted(made[key], key=order)
    return made


def _alarm(function: WatchedFunction, kind: str, why: str, **rest: Any) -> dict[str, Any]:
    return {
        "AlarmName": f"rlvr/{function.name}/{kind}",
        "AlarmDescription": why,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "TreatMissingData": "notBreaching",
        **rest,
    }


def _simple(function: WatchedFunction, metric: str, *, own: bool = True, statistic: str) -> dict[str, Any]:
    kind = "ExtendedStatistic" if statistic.startswith("p") else "Statistic"
    return {
        "Namespace": function.namespace if own else "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": _dimensions(function),
        kind: statistic,
        "Period": PERIOD_SECONDS,
    }


def _dimensions(function: WatchedFunction) -> list[dict[str, str]]:
    return [{"Name": "FunctionName", "Value": function.name}]


def _above(threshold: float, periods: int = 1, *, or_at: bool = False) -> dict[str, Any]:
    comparison = "GreaterThanOrEqualToThreshold" if or_at else "GreaterThanThreshold"
    return {
        "ComparisonOperator": comparison,
        "Threshold": float(threshold),
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": periods,
    }


def _reward_alarms(function: WatchedFunction, thresholds: Thresholds) -> list[dict[str, Any]]:
    periods = thresholds.periods
    mean = _simple(function, "RewardScore", statistic="Average")
    at_floor = {**_above(thresholds.floor, periods), "ComparisonOperator": "LessThanOrEqualToThreshold"}
    at_ceiling = _above(thresholds.ceiling, periods, or_at=True)
    zeros = _simple(function, "ZeroRate", statistic="Average")
    same = _simple(function, "ZeroSpreadShare", statistic="Average")
    floor = "The mean reward is at its floor: nothing is learned. Is the answer found in the completions?"
    ceiling = "The mean reward is at its ceiling: nothing is left to learn, or the reward is hacked."
    zero = "Most records earn nothing: the task is too hard, or the reward too strict."
    spread = "Completions of a prompt earn the same in most groups, so that group-relative training learns nothing."
    return [
        _alarm(function, "reward-at-floor", floor, **mean, **at_floor),
        _alarm(function, "reward-at-ceiling", ceiling, **mean, **at_ceiling),
        _alarm(function, "zero-rate", zero, **zeros, **_above(ZERO_RATE, periods, or_at=True)),
        _alarm(function, "no-spread", spread, **same, **_above(ZERO_SPREAD_SHARE, periods, or_at=True)),
        _length_alarm(function, periods),
    ]


def _length_alarm(function: WatchedFunction, periods: int) -> dict[str, Any]:
    """Return the alarm on growing completions: above a band that CloudWatch learns from the metric's own past.

    There is no fixed limit that fits any task, and metric math cannot look at an alarm's earlier windows.

    Source:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
    """
    why = "Completions are longer than their past lets expect: does length pay? Compare the query lengths-by-reward."
    band = {
        "Id": "expected",
        "Expression": f"ANOMALY_DETECTION_BAND(length, {BAND_WIDTH})",
        "Label": "expected length",
        "ReturnData": True,
    }
    return _alarm(
        function,
        "length-growth",
        why,
        Metrics=[_stat(function, "length", "CompletionCharacters", "Average", returned=True), band],
        ThresholdMetricId="expected",
        ComparisonOperator="GreaterThanUpperThreshold",
        EvaluationPeriods=periods,
        DatapointsToAlarm=periods,
    )


def _stat(
    function: WatchedFunction, name: str, metric: str, statistic: str, *, returned: bool = False
) -> dict[str, Any]:
    source = {"Namespace": function.namespace, "MetricName": metric, "Dimensions": _dimensions(function)}
    measured = {"Metric": source, "Period": PERIOD_SECONDS, "Stat": statistic}
    return {"Id": name, "MetricStat": measured, "ReturnData": returned}


def _fault_alarms(function: WatchedFunction) -> list[dict[str, Any]]:
    share = {
        "Id": "percent",
        "Expression": "IF(records > 0, 100 * failed / records, 0)",
        "Label": "failed records, percent",
        "ReturnData": True,
    }
    counts = [_stat(function, "failed", "FailedRecords", "Sum"), _stat(function, "records", "Records", "Sum")]
    broken = "Scorers break: their rewards say nothing of the model. See the query scorer-faults."
    invalid = "Rows cannot be scored, whatever the model says: mend the data. See the query invalid-tasks."
    rows = _simple(function, "InvalidTaskRecords", statistic="Sum")
    return [
        _alarm(function, "failed-records", broken, Metrics=[*counts, share], **_above(FAILED_PERCENT)),
        _alarm(function, "invalid-tasks", invalid, **rows, **_above(0)),
    ]


def _platform_alarms(function: WatchedFunction) -> list[dict[str, Any]]:
    milliseconds = function.timeout_seconds * 1_000 * NEAR_LIMIT
    slow = f"Calls take more than {NEAR_LIMIT:.0%} of the timeout of {function.timeout_seconds} s."
    errors = "Calls end in errors; platforms make them again, and then count the batch as lost. See the query errors."
    throttles = "Calls are refused, since too many run at once: raise the concurrency, or lower the job's."
    made = [
        _alarm(function, "errors", errors, **_simple(function, "Errors", own=False, statistic="Sum"), **_above(0)),
        _alarm(
            function, "throttles", throttles, **_simple(function, "Throttles", own=False, statistic="Sum"), **_above(0)
        ),
        _alarm(
            function,
            "duration",
            slow,
            **_simple(function, "Duration", own=False, statistic="p99"),
            **_above(milliseconds),
        ),
    ]
    if function.reserved is not None:
        most = f"More than {NEAR_LIMIT:.0%} of the {function.reserved} reserved calls run at once."
        at_once = _simple(function, "ConcurrentExecutions", own=False, statistic="Maximum")
        made.append(_alarm(function, "concurrency", most, **at_once, **_above(function.reserved * NEAR_LIMIT)))
    return made
