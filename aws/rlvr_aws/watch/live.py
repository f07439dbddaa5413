"""Logs Insights queries, run against the logs of the last minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_aws.watch.queries import Query
from rlvr_aws.watch.watched_function import WatchedFunction

# The default queries: those by which a running job is judged.
PANELS = ("reward-histogram", "rewards-over-time", "tasks", "scorer-faults", "durations-over-time", "lengths-over-time")

# The limit of Logs Insights: a week has 2,016 periods of five minutes, in no order. A terminal shows fewer.
ROWS = 10_000

# The polls for a result, and the pause between two; queries over the last hours of a job take seconds.
POLLS, POLL_SECONDS = 60, 1.0

_WAITING = {"Scheduled", "Running", "Unknown"}


class QueryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a query.

    Attributes:
        query: The query's name.
        rows: For each row, a mapping from column to text; columns that a row lacks are absent.
        problem: Why there is no result, such as ``Timeout``; "" if there is one.
    """

    query: str
    rows: tuple[Mapping[str, str], ...] = ()
    problem: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of all rows, in their order."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))


def query_requests(
    function: WatchedFunction, queries: Iterable[Query], *, minutes: int, now: float
) -> list[tuple[str, dict[str, Any]]]:
    """Return the name and the ``StartQuery`` request of each query, for the minutes before ``now``, a Unix time."""
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


def run_queries(
    aws: Aws,
    requests: Iterable[tuple[str, dict[str, Any]]],
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> list[QueryResult]:
    """Run queries side by side and return their results in order, after at most 60 polls.

    Raises:
        DeploymentError: The log group does not exist.
        AwsError: A call failed.
    """
    started = [(name, _start(aws, parameters)) for name, parameters in requests]
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
        found.append(_result(name, answer))
    return found


def _start(aws: Aws, parameters: dict[str, Any]) -> str:
    answer = aws.find("logs", "start_query", **parameters)
    if answer is None:
        group = parameters["logGroupName"]
        hint = "the function creates it with its first call; check its name, --region, and its role's logs: permissions"
        raise DeploymentError(group, "this log group does not exist", hint)
    return str(answer["queryId"])


def _result(name: str, answer: Mapping[str, Any]) -> QueryResult:
    status = str(answer.get("status", ""))
    rows = tuple(
        {str(cell.get("field", "")): str(cell.get("value", "")) for cell in row if cell.get("field") != "@ptr"}
        for row in answer.get("results", ())
    )
    problem = "" if status == "Complete" else f"the query is {status or 'without a status'}"
    return QueryResult(query=name, rows=rows, problem=problem)
