"""Alarms on a reward function: on rewards that make a training run worthless, and on faults that make it fail.

Missing data raises no alarm, since jobs start and end.
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

# A mean whose distance from an end of the range is at most this share of the range counts as at that end.
NEAR_END = 0.02

# Above these shares, group-relative training (GRPO) learns from at most a tenth of the records. AWS's blog on reward
# functions advises to watch for rewards that are mostly zero or have no variance.
ZERO_RATE = 0.9
ZERO_SPREAD_SHARE = 0.9

# One failed record in a hundred is an accident; more are a bug or a limit.
FAILED_PERCENT = 1.0

# The share of the timeout and of the reserved concurrency that raises an alarm.
NEAR_LIMIT = 0.8

# The width of the band of expected lengths, in standard deviations to each side.
BAND_WIDTH = 3

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")

_KEPT = ("AlarmActions", "OKActions", "InsufficientDataActions", "ActionsEnabled")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """The thresholds of the alarms of a suite.

    Attributes:
        low: The lowest reward of all tasks.
        high: The highest reward of all tasks.
        periods: How many periods of five minutes a reward must be unusual before an alarm is raised.
    """

    low: float = 0.0
    high: float = 1.0
    periods: int = 3

    @property
    def floor(self) -> float:
        """The mean reward at or below which the model learns nothing."""
        return self.low + NEAR_END * (self.high - self.low)

    @property
    def ceiling(self) -> float:
        """The mean reward at or above which nothing is left to learn."""
        return self.high - NEAR_END * (self.high - self.low)


def thresholds_of(suite: Suite, periods: int) -> Thresholds:
    """Return the thresholds that fit the ranges of a suite's tasks."""
    low, high = suite.range
    return Thresholds(low=low, high=high, periods=periods)


def alarm_names(function: str) -> tuple[str, ...]:
    """Return the names of all alarms of a function."""
    watched = WatchedFunction(name=function, region="", reserved=1)
    return tuple(alarm["AlarmName"] for alarm in alarms(watched, Thresholds()))


def alarms(function: WatchedFunction, thresholds: Thresholds, topic: str | None = None) -> list[dict[str, Any]]:
    """Return the requests of ``PutMetricAlarm``.

    Args:
        function: The function; only one with reserved concurrency has an alarm on it.
        thresholds: The thresholds of its suite.
        topic: The ARN of the SNS topic that alarms notify; None leaves their actions unchanged.
    """
    made = [*_reward_alarms(function, thresholds), *_fault_alarms(function), *_platform_alarms(function)]
    actions = {} if topic is None else {"ActionsEnabled": True, "AlarmActions": [topic]}
    return [{**alarm, **actions} for alarm in made]


def check_topic(topic: str, region: str) -> None:
    """Refuse a topic that the alarms of a region cannot notify.

    Raises:
        DeploymentError: The text is not the ARN of an SNS topic in the region.
    """
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise DeploymentError(topic[:200], "is not the ARN of an SNS topic", "`aws sns list-topics` lists them")
    if found["region"] != region:
        raise DeploymentError(topic, f"is in {found['region']}", f"alarms in {region} notify topics in {region} only")


def plan_alarms(aws: Aws, wanted: Sequence[dict[str, Any]]) -> list[Step]:
    """Return the step of each alarm, compared with the account."""
    for alarm in wanted:
        service_model.check("cloudwatch", "PutMetricAlarm", alarm)
    names = [alarm["AlarmName"] for alarm in wanted]
    answer = aws.call("cloudwatch", "describe_alarms", AlarmNames=names, AlarmTypes=["MetricAlarm"])
    there = {alarm["AlarmName"]: alarm for alarm in answer.get("MetricAlarms", ())}
    return [_step(aws, alarm, there.get(alarm["AlarmName"])) for alarm in wanted]


def active_alarms(aws: Aws, function: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of a function's alarms, and those in alarm: name, reason, and since when."""
    answer = aws.call("cloudwatch", "describe_alarms", **describe_request(function))
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


def describe_request(function: str) -> dict[str, Any]:
    """Return the request of ``DescribeAlarms`` for a function's alarms."""
    return {"AlarmNames": list(alarm_names(function)), "AlarmTypes": ["MetricAlarm"]}


def _step(aws: Aws, wanted: dict[str, Any], have: dict[str, Any] | None) -> Step:
    name = wanted["AlarmName"]
    changes = differences(_comparable(have or {}), _comparable(wanted))
    action: Action = "create" if have is None else "update" if changes else "keep"
    # A put replaces the whole alarm: its actions are kept, unless another topic is to be notified.
    sent = {**{key: have[key] for key in _KEPT if key in have}, **wanted} if have else wanted

    def apply() -> None:
        aws.call("cloudwatch", "put_metric_alarm", **sent)

    lines = (wanted["AlarmDescription"],) if have is None else changes
    return Step(kind="alarm", name=name, action=action, changes=lines, apply=apply)


def _comparable(alarm: dict[str, Any]) -> dict[str, Any]:
    """Return an alarm with sorted lists, since the service returns them in its own order."""
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
    floor = (
        "The mean reward is at its floor: the model learns nothing. Do the scorers find the answers in the completions?"
    )
    ceiling = "The mean reward is at its ceiling: nothing is left to learn, or the reward is hacked."
    zero = "Most records get no reward: the task is too hard, or the reward is too strict."
    spread = "Most groups have zero variance: all completions of a prompt get the same reward, and GRPO learns nothing."
    return [
        _alarm(function, "reward-at-floor", floor, **mean, **at_floor),
        _alarm(function, "reward-at-ceiling", ceiling, **mean, **at_ceiling),
        _alarm(function, "zero-rate", zero, **zeros, **_above(ZERO_RATE, periods, or_at=True)),
        _alarm(function, "no-spread", spread, **same, **_above(ZERO_SPREAD_SHARE, periods, or_at=True)),
        _length_alarm(function, periods),
    ]


def _length_alarm(function: WatchedFunction, periods: int) -> dict[str, Any]:
    """Return the alarm on growing completions: above a band that CloudWatch learns from the metric's past values.

    No fixed limit fits every task, and metric math cannot read the earlier windows of an alarm.

    Source:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
    """
    why = "Completions are longer than before: do long ones get more reward? See the query lengths-by-reward."
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
    broken = "Scorers fail: the rewards do not measure the model. See the query scorer-faults."
    invalid = "Rows cannot be scored, whatever the model answers: correct the data. See the query invalid-tasks."
    rows = _simple(function, "InvalidTaskRecords", statistic="Sum")
    return [
        _alarm(function, "failed-records", broken, Metrics=[*counts, share], **_above(FAILED_PERCENT)),
        _alarm(function, "invalid-tasks", invalid, **rows, **_above(0)),
    ]


def _platform_alarms(function: WatchedFunction) -> list[dict[str, Any]]:
    milliseconds = function.timeout_seconds * 1_000 * NEAR_LIMIT
    slow = f"Calls take more than {NEAR_LIMIT:.0%} of the timeout of {function.timeout_seconds} s."
    errors = "Calls end in errors; platforms repeat them, and then lose the batch. See the query errors."
    throttles = "Calls are refused because too many run at once: raise the concurrency, or lower the job's."
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
