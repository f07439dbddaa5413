"""The queries run against the logs as they are now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_aws.watch.queries import Query
from rlvr_aws.watch.watched_function import WatchedFunction

# What is shown if nothing else is asked for: what a running job is judged by.
PANELS = ("reward-histogram", "rewards-over-time", "tasks", "scorer-faults", "durations-over-time", "lengths-over-time")

# The most that Logs Insights gives: a week has 2,016 times five minutes, in no order. A terminal shows fewer.
ROWS = 10_000

# How often, and how far apart, an answer is asked for: queries over a job's last hours take seconds.
POLLS, POLL_SECONDS = 60, 1.0

_WAITING = {"Scheduled", "Running", "Unknown"}


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a query found.

    Attributes:
        query: Which one.
        rows: A mapping from column to text each; columns that a row lacks are absent.
        problem: Why there are none, such as ``Timeout``; "" if it went well.
        bytes_scanned: What it read, which is what it costs.
    """

    query: str
    rows: tuple[Mapping[str, str], ...] = ()
    problem: str = ""
    bytes_scanned: float = 0.0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that any row has, in their order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))


def requests(
    function: WatchedFunction, queries: Iterable[Query], *, minutes: int, now: float
) -> list[tuple[str, dict[str, Any]]]:
    """Return the request of ``StartQuery`` of each query, by name, over the last minutes before ``now``, an epoch."""
    return [
        (
            query.name,
            {
                "logGroupName": function.logs,
                "startTime": int(now) - minutes * 60,
                "endTime": int(now),
                "queryString": query.text,
                "limit": ROWS,
            },
        )
        for query in queries
    ]


def answers(
    aws: Aws,
    asked: Iterable[tuple[str, dict[str, Any]]],
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> list[QueryResult]:
    """Run queries side by side and return their answers in order, each asked for 60 times at most.

    Raises:
        DeploymentError: There is no such log group.
        AwsError: A call failed.
    """
    started = [(name, _started(aws, parameters)) for name, parameters in asked]
    left = POLLS
    found: list[QueryResult] = []
    for name, number in started:
        answer = aws.call("logs", "get_query_results", queryId=number)
        while answer.get("status") in _WAITING and left:
            left -= 1
            sleep(POLL_SECONDS)
            answer = aws.call("logs", "get_query_results", queryId=number)
        if answer.get("status") in _WAITING:
            aws.call("logs", "stop_query", queryId=number)
        found.append(_read(name, answer))
    return found


def _started(aws: Aws, parameters: dict[str, Any]) -> str:
    answer = aws.find("logs", "start_query", **parameters)
    if answer is None:
        group = parameters["logGroupName"]
        hint = "the function makes it with its first call; check its name, --region, and its role's logs: permissions"
        raise DeploymentError(group, "there is no such log group", hint)
    return str(answer["queryId"])


def _read(name: str, answer: Mapping[str, Any]) -> QueryResult:
    status = str(answer.get("status", ""))
    rows = tuple(
        {str(cell.get("field", "")): str(cell.get("value", "")) for cell in row if cell.get("field") != "@ptr"}
        for row in answer.get("results", ())
    )
    scanned = float((answer.get("statistics") or {}).get("bytesScanned", 0.0))
    problem = "" if status == "Complete" else f"the query is {status or 'without a state'}"
    return QueryResult(query=name, rows=rows, problem=problem, bytes_scanned=scanned)
