"""A CloudWatch dashboard of a reward function: rewards, faults, lengths, Lambda's own numbers, and the logs.

Source:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlvr import FailureKind
from rlvr_aws.account import service_model
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Action, Step
from rlvr_aws.account.session import Aws
from rlvr_aws.watch.alarms import FAILED_PERCENT, NEAR_LIMIT, PERIOD_SECONDS, ZERO_RATE, Thresholds
from rlvr_aws.watch.queries import Query
from rlvr_aws.watch.watched_function import WatchedFunction

# A dashboard is 24 units wide.
_COLUMNS, _WIDTH, _HEIGHT = 24, 8, 6

# The queries that the dashboard runs each time it is opened; each run reads the logs, which costs money.
_SHOWN = ("reward-histogram", "metric-means", "tasks", "worst-records", "scorer-faults", "lengths-by-reward", "errors")
_SHOWN_WIDTH = 12


def dashboard_address(region: str, name: str) -> str:
    """Return the address of a dashboard in the region's console."""
    host = f"{region}.console.aws.amazon.com"
    if region.startswith("cn-"):
        host = f"{region}.console.amazonaws.cn"
    elif region.startswith("us-gov-"):
        host = "console.amazonaws-us-gov.com"
    return f"https://{host}/cloudwatch/home?region={region}#dashboards/dashboard/{name}"


def dashboard_name(function: str) -> str:
    """Return the name of a function's dashboard."""
    return f"rlvr-{function}"


def dashboard(function: WatchedFunction, thresholds: Thresholds, queries: Mapping[str, Query]) -> dict[str, Any]:
    """Return the request of ``PutDashboard``."""
    graphs = _place(_graphs(function, thresholds), width=_WIDTH, top=0)
    below = max(widget["y"] + widget["height"] for widget in graphs)
    logs = _place(
        [_log_widget(function, queries[name]) for name in _SHOWN if name in queries], width=_SHOWN_WIDTH, top=below
    )
    body = {"start": "-PT3H", "widgets": [*graphs, *logs]}
    return {"DashboardName": dashboard_name(function.name), "DashboardBody": json.dumps(body)}


def plan_dashboard(aws: Aws, wanted: Mapping[str, Any]) -> Step:
    """Return the step of the dashboard, compared with the account; widgets that others added are kept.

    Raises:
        DeploymentError: When the step is taken, and CloudWatch refuses the text of the dashboard.
    """
    service_model.check("cloudwatch", "PutDashboard", wanted)
    name = wanted["DashboardName"]
    have = _body(aws, name)
    body = json.loads(wanted["DashboardBody"])
    changes = (f"{len(body['widgets'])} widgets",) if have is None else _changes(have, body)
    action: Action = "create" if have is None else "update" if changes else "keep"

    def apply() -> None:
        answer = aws.call(
            "cloudwatch", "put_dashboard", DashboardName=name, DashboardBody=json.dumps(_merge(have, body))
        )
        messages = [str(each.get("Message", "")) for each in answer.get("DashboardValidationMessages", ())]
        if messages:
            raise DeploymentError(
                name, "; ".join(messages), "the dashboard exists, but CloudWatch cannot show all of it"
            )

    return Step(kind="dashboard", name=name, action=action, changes=changes, apply=apply)


def _body(aws: Aws, name: str) -> Any:
    """Return the existing dashboard: None if there is none, its text if that is not JSON."""
    try:
        answer = aws.find("cloudwatch", "get_dashboard", DashboardName=name)
    except AwsError as error:
        if error.code in {"DashboardNotFoundError", "ResourceNotFound"}:
            return None
        raise
    if answer is None:
        return None
    try:
        return json.loads(answer["DashboardBody"])
    except (ValueError, RecursionError):
        return answer["DashboardBody"]


def _changes(have: Any, wanted: dict[str, Any]) -> tuple[str, ...]:
    """Return the titles of the widgets that are new or differ."""
    there = _widgets(have)
    return tuple(_title(widget) for widget in wanted["widgets"] if widget not in there)


def _merge(have: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the dashboard with the wanted widgets, and the existing ones with other titles."""
    titles = {_title(widget) for widget in wanted["widgets"]}
    others = [widget for widget in _widgets(have) if _title(widget) not in titles]
    settings = have if isinstance(have, dict) else {}
    return {**wanted, **settings, "widgets": [*wanted["widgets"], *others]}


def _widgets(body: Any) -> list[Any]:
    widgets = body.get("widgets") if isinstance(body, dict) else None
    return widgets if isinstance(widgets, list) else []


def _title(widget: Any) -> str:
    properties = widget.get("properties") if isinstance(widget, dict) else None
    return str(properties.get("title", "")) if isinstance(properties, dict) else ""


def _place(widgets: Sequence[dict[str, Any]], *, width: int, top: int) -> list[dict[str, Any]]:
    """Return widgets with their places, line by line."""
    a_line = _COLUMNS // width
    return [
        {
            **widget,
            "x": place % a_line * width,
            "y": top + place // a_line * _HEIGHT,
            "width": width,
            "height": _HEIGHT,
        }
        for place, widget in enumerate(widgets)
    ]


def _graphs(function: WatchedFunction, thresholds: Thresholds) -> list[dict[str, Any]]:
    return [*_reward_graphs(function, thresholds), *_record_graphs(function), *_lambda_graphs(function)]


def _reward_graphs(function: WatchedFunction, thresholds: Thresholds) -> Iterator[dict[str, Any]]:
    own = function.namespace
    rewards = [
        _line(function, own, "RewardScore", statistic, label)
        for statistic, label in (("Average", "mean"), ("p10", "p10"), ("p50", "median"), ("p90", "p90"))
    ]
    marks = [("floor", thresholds.floor), ("ceiling", thresholds.ceiling)]
    yield _graph(function, "Reward", rewards, marks)
    shares = [
        _line(function, own, "ZeroRate", "Average", "records with no reward"),
        _line(function, own, "MaxRate", "Average", "records with the highest reward"),
        _line(function, own, "ZeroSpreadShare", "Average", "zero-variance groups"),
    ]
    yield _graph(function, "Shares of records and groups", shares, [("zero rate", ZERO_RATE)])
    lengths = [
        _line(function, own, "CompletionCharacters", statistic, label)
        for statistic, label in (("Average", "mean"), ("p50", "median"), ("p95", "p95"))
    ]
    yield _graph(function, "Characters of a completion", lengths)


def _record_graphs(function: WatchedFunction) -> Iterator[dict[str, Any]]:
    own = function.namespace
    failed = {**_line(function, own, "FailedRecords", "Sum", "failed"), "id": "failed", "visible": False}
    records = {**_line(function, own, "Records", "Sum", "records"), "id": "records", "visible": False}
    percent = {"expression": "IF(records > 0, 100 * failed / records, 0)", "label": "failed, percent", "id": "percent"}
    yield _graph(function, "Failed records", [failed, records, percent], [("alarm", FAILED_PERCENT)])
    kinds = [_line(function, own, f"Failures.{kind}", "Sum", str(kind)) for kind in FailureKind]
    yield _graph(function, "Scorer faults by kind", kinds)
    counts = [
        _line(function, own, "Records", "Sum", "records"),
        _line(function, own, "InvalidTaskRecords", "Sum", "invalid tasks"),
        _line(function, own, "AbstainedRecords", "Sum", "abstained"),
    ]
    yield _graph(function, "Records", counts)
    times = [
        _line(function, own, "RecordMilliseconds", "p50", "record, median"),
        _line(function, own, "RecordMilliseconds", "p99", "record, p99"),
        _line(function, own, "BatchMilliseconds", "p99", "batch, p99"),
    ]
    yield _graph(function, "Milliseconds of scoring", times)


def _lambda_graphs(function: WatchedFunction) -> Iterator[dict[str, Any]]:
    durations = [_line(function, "AWS/Lambda", "Duration", statistic) for statistic in ("p50", "p99", "Maximum")]
    limit = function.timeout_seconds * 1e3
    marks = [("alarm", limit * NEAR_LIMIT), ("timeout", limit)]
    yield _graph(function, "Milliseconds of calls", durations, marks)
    calls = [_line(function, "AWS/Lambda", name, "Sum") for name in ("Invocations", "Errors", "Throttles")]
    yield _graph(function, "Calls", calls)
    at_once = [_line(function, "AWS/Lambda", "ConcurrentExecutions", "Maximum")]
    reserved = [] if function.reserved is None else [("reserved", float(function.reserved))]
    yield _graph(function, "Calls at once", at_once, reserved)


def _line(function: WatchedFunction, namespace: str, metric: str, statistic: str, label: str = "") -> dict[str, Any]:
    source = [namespace, metric, "FunctionName", function.name]
    return {"source": source, "stat": statistic, "label": label or f"{metric}, {statistic}"}


def _graph(
    function: WatchedFunction,
    title: str,
    lines: Sequence[dict[str, Any]],
    marks: Sequence[tuple[str, float]] = (),
) -> dict[str, Any]:
    metrics: list[list[Any]] = []
    for each in lines:
        drawn = {key: value for key, value in each.items() if key != "source"}
        metrics.append([*each.get("source", ()), drawn])
    properties: dict[str, Any] = {
        "title": title,
        "region": function.region,
        "view": "timeSeries",
        "period": PERIOD_SECONDS,
        "metrics": metrics,
    }
    if marks:
        properties["annotations"] = {"horizontal": [{"label": label, "value": value} for label, value in marks]}
    return {"type": "metric", "properties": properties}


def _log_widget(function: WatchedFunction, query: Query) -> dict[str, Any]:
    text = f"SOURCE '{function.logs}' | {query.text_without_comment}"
    properties = {"title": query.purpose, "region": function.region, "view": query.view, "query": text}
    return {"type": "log", "properties": properties}
