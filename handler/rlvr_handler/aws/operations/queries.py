"""CloudWatch Logs Insights queries over the lines that the handler and Lambda write.

The handler's lines are JSON objects, whose members are fields; Lambda's own are ``REPORT`` lines of text.
A query keeps to documented syntax: ``#`` begins a comment, ``bin`` takes a period, a field whose name holds anything
but letters, digits, ``_``, ``@`` and ``.`` stands in backticks.

Source:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from rlvr import Suite
from rlvr_handler.aws.errors import DeploymentError

View: TypeAlias = Literal["table", "bar", "timeSeries"]

# The metrics that every suite has. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html
SHARED_METRICS = ("rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed")

# One query shows as many metrics as a reader can compare; Logs Insights discovers 200 fields of a line at most.
METRICS_SHOWN = 50

_PLAIN = re.compile(r"[A-Za-z_@][A-Za-z0-9_@.]*")

# 1 for a reward of 0.0 and 0 for any other: a comparison's result is no number in the documentation, which avg() needs.
_ZERO = "1 - ceil(least(abs(aggregate_reward_score), 1)) as zero"
_RECORDS = "filter ispresent(aggregate_reward_score)"
_TROUBLE = r"/Task timed out|Runtime exited|Runtime\.ExitError|Status: (timeout|error)/"
_REPORTS = 'filter @type = "REPORT"'


def _stats(*columns: str, by: str = "") -> str:
    grouped = f" by {by}" if by else ""
    return f"stats {', '.join(columns)}{grouped}"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One query.

    Attributes:
        name: What it is called on the command line.
        purpose: What it answers, in a sentence.
        view: How a dashboard draws it.
        commands: Its commands, in order.
    """

    name: str
    purpose: str
    commands: tuple[str, ...]
    view: View = "table"

    @property
    def text(self) -> str:
        """The query as the console and the API take it, its purpose as a comment."""
        return f"# {self.purpose}\n{self.text_without_comment}"

    @property
    def text_without_comment(self) -> str:
        """The query alone, as a dashboard takes it behind its source."""
        return "\n| ".join(self.commands)


_QUERIES = (
    Query(
        name="reward-histogram",
        purpose="How many records earned what, in buckets of 0.1, each named by its lower end.",
        view="bar",
        commands=(
            _RECORDS,
            "fields floor(aggregate_reward_score * 10) / 10 as reward_bucket",
            "stats count(*) as records by reward_bucket",
            "sort reward_bucket asc",
        ),
    ),
    Query(
        name="rewards-over-time",
        purpose="Whether the mean reward moves, and how many records earn nothing, every five minutes.",
        view="timeSeries",
        commands=(
            _RECORDS,
            f"fields aggregate_reward_score, {_ZERO}",
            _stats(
                "avg(aggregate_reward_score) as mean_reward",
                "stddev(aggregate_reward_score) as deviation",
                "avg(zero) as zero_share",
                by="bin(5m)",
            ),
        ),
    ),
    Query(
        name="tasks",
        purpose="What each task earns under each fingerprint; rewards of different fingerprints must not be mixed.",
        commands=(
            _RECORDS,
            f"fields task, fingerprint, aggregate_reward_score, {_ZERO}",
            _stats(
                "count(*) as records",
                "avg(aggregate_reward_score) as mean_reward",
                "stddev(aggregate_reward_score) as deviation",
                "avg(zero) as zero_share",
                by="task, fingerprint",
            ),
            "sort records desc",
        ),
    ),
    Query(
        name="worst-records",
        purpose="The records that earned least; read their completions before the reward is trusted.",
        commands=(
            _RECORDS,
            "fields @timestamp, id, task, aggregate_reward_score, verdict, completion_characters",
            "sort aggregate_reward_score asc",
            "limit 25",
        ),
    ),
    Query(
        name="lengths-over-time",
        purpose="Whether completions grow: length that rises with the reward is a sign of verbosity.",
        view="timeSeries",
        commands=(
            _RECORDS,
            _stats(
                "avg(completion_characters) as mean_characters",
                "pct(completion_characters, 95) as p95_characters",
                by="bin(5m)",
            ),
        ),
    ),
    Query(
        name="lengths-by-reward",
        purpose="Whether long completions earn more, by buckets of the reward.",
        commands=(
            _RECORDS,
            "fields floor(aggregate_reward_score * 10) / 10 as reward_bucket, completion_characters",
            "stats count(*) as records, avg(completion_characters) as mean_characters by reward_bucket",
            "sort reward_bucket asc",
        ),
    ),
    Query(
        name="scorer-faults",
        purpose="Which scorer broke, and how: the first of each failed record.",
        commands=(
            'filter verdict = "failed"',
            r'parse @message /"failures":\{"(?<scorer>[^"]+)":"(?<kind>[^"]+)"/',
            "stats count(*) as records, max(@timestamp) as last_seen by scorer, kind",
            "sort records desc",
        ),
    ),
    Query(
        name="invalid-tasks",
        purpose="The rows whose data cannot be scored, whatever the model says.",
        commands=(
            'filter verdict = "invalid_task"',
            "fields @timestamp, id, task",
            "sort @timestamp desc",
            "limit 100",
        ),
    ),
    Query(
        name="errors",
        purpose="What the handler and Lambda itself complained of.",
        commands=(
            f'filter level = "ERROR" or @message like {_TROUBLE}',
            "fields @timestamp, message, error, @message",
            "sort @timestamp desc",
            "limit 50",
        ),
    ),
    Query(
        name="slowest-calls",
        purpose="The calls that took longest; look up the request to see their records.",
        commands=(
            _REPORTS,
            "fields @timestamp, @requestId, @duration, @billedDuration, @maxMemoryUsed / 1000000 as megabytes",
            "sort @duration desc",
            "limit 20",
        ),
    ),
    Query(
        name="durations-over-time",
        purpose="How long calls take, in milliseconds, every five minutes.",
        view="timeSeries",
        commands=(
            _REPORTS,
            _stats(
                "pct(@duration, 50) as p50",
                "pct(@duration, 95) as p95",
                "pct(@duration, 99) as p99",
                "max(@duration) as longest",
                by="bin(5m)",
            ),
        ),
    ),
    Query(
        name="cold-starts",
        purpose="How many containers started, and how many milliseconds that took.",
        commands=(
            _REPORTS,
            r"parse @message /Init Duration: (?<init_milliseconds>[0-9.]+) ms/",
            "filter ispresent(init_milliseconds)",
            _stats(
                "count(*) as starts",
                "avg(init_milliseconds) as mean",
                "pct(init_milliseconds, 95) as p95",
                "max(init_milliseconds) as longest",
            ),
        ),
    ),
    Query(
        name="memory",
        purpose="How much of its memory the function needs, in megabytes.",
        commands=(
            _REPORTS,
            "fields @memorySize / 1000000 as configured_megabytes, @maxMemoryUsed / 1000000 as used_megabytes",
            _stats(
                "count(*) as calls",
                "max(configured_megabytes) as configured",
                "max(used_megabytes) as peak",
                "pct(used_megabytes, 95) as p95",
            ),
        ),
    ),
)


def queries(metrics: Iterable[str] = ()) -> Mapping[str, Query]:
    """Return the queries by name.

    Args:
        metrics: Names of the suite's metrics, for ``metric-means``; those that all suites have are there anyway.

    Raises:
        DeploymentError: A metric's name cannot be a field's.
    """
    return {query.name: query for query in (*_QUERIES, _metric_means(metrics))}


def metrics_of(suite: Suite) -> tuple[str, ...]:
    """Return the metrics that a suite's records have in the logs, each once, in the suite's order."""
    names: dict[str, None] = {}
    for task in suite.tasks.values():
        for entry in task.entries:
            names.update(dict.fromkeys((entry.name, *entry.metrics.values())))
    return tuple(names)


def field(name: str) -> str:
    """Return a field's name as a query has it: in backticks, if it holds signs that a plain name may not.

    Raises:
        DeploymentError: No quoting helps.
    """
    if _PLAIN.fullmatch(name):
        return name
    if not name or not name.isprintable() or "`" in name:
        raise DeploymentError(f"metric {name!r}", "cannot be named in a query", "rename it in the suite")
    return f"`{name}`"


def _metric_means(metrics: Iterable[str]) -> Query:
    own = [name for name in dict.fromkeys(metrics) if name not in SHARED_METRICS]
    columns: dict[str, str] = {}
    for name in (*own[: METRICS_SHOWN - len(SHARED_METRICS)], *SHARED_METRICS):
        columns[_column(name, columns)] = field(name)
    means = ", ".join(f"avg({quoted}) as {column}" for column, quoted in columns.items())
    return Query(
        name="metric-means",
        purpose="The mean of each metric, per task.",
        commands=(_RECORDS, f"stats count(*) as records, {means} by task", "sort records desc"),
    )


def _column(name: str, taken: Mapping[str, str]) -> str:
    """Return a column's name that needs no quotes, and that no other metric's has."""
    plain = "mean_" + re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return plain if plain not in taken else f"{plain}_{len(taken)}"
