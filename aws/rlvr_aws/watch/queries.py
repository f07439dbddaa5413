"""CloudWatch Logs Insights queries over the lines that the handler and Lambda write.

The handler's lines are JSON objects, whose members are fields; Lambda's own lines are ``REPORT`` lines of text.
Queries use documented syntax only: ``#`` begins a comment, ``bin`` takes a period, and a field's name is in backticks
unless it consists of letters, digits, ``_``, ``@`` and ``.``.

Source:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError

WidgetView: TypeAlias = Literal["table", "bar", "timeSeries"]

# The metrics that every suite has. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html
SHARED_METRICS = ("rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed")

# The most metrics that a reader can compare in one query; Logs Insights discovers at most 200 fields of a line.
METRICS_SHOWN = 50

_PLAIN = re.compile(r"[A-Za-z_@][A-Za-z0-9_@.]*")

_RECORDS = "filter ispresent(aggregate_reward_score)"
_TROUBLE = r'/Task timed out|Runtime exited|Runtime\.ExitError|[Ss]tatus"?: ?"?(timeout|error|failure)/'
_REPORTS = 'filter @type = "REPORT"'


def _stats(*columns: str, by: str = "") -> str:
    grouped = f" by {by}" if by else ""
    return f"stats {', '.join(columns)}{grouped}"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One query.

    Attributes:
        name: Its name on the command line.
        purpose: The question that it answers, in a sentence.
        view: How a dashboard shows it.
        commands: Its commands, in order.
    """

    name: str
    purpose: str
    commands: tuple[str, ...]
    view: WidgetView = "table"

    @property
    def text(self) -> str:
        """The query for the console and the API, with its purpose as a comment."""
        return f"# {self.purpose}\n{self.text_without_comment}"

    @property
    def text_without_comment(self) -> str:
        """The query without a comment, for a dashboard, where it follows the log group."""
        return "\n| ".join(self.commands)


_QUERIES = (
    Query(
        name="rewards-over-time",
        purpose="Mean reward, and share of records with no reward, every five minutes.",
        view="timeSeries",
        commands=(
            _RECORDS,
            _stats(
                "avg(aggregate_reward_score) as mean_reward",
                "stddev(aggregate_reward_score) as deviation",
                "avg(earns_nothing) as zero_share",
                by="bin(5m)",
            ),
        ),
    ),
    Query(
        name="tasks",
        purpose="Rewards of each task by fingerprint; rewards of different fingerprints must not be mixed.",
        commands=(
            _RECORDS,
            _stats(
                "count(*) as records",
                "avg(aggregate_reward_score) as mean_reward",
                "stddev(aggregate_reward_score) as deviation",
                "avg(earns_nothing) as zero_share",
                by="task, fingerprint",
            ),
            "sort records desc",
        ),
    ),
    Query(
        name="worst-records",
        purpose="The records with the lowest rewards; read their completions before you trust the reward.",
        commands=(
            _RECORDS,
            "fields @timestamp, id, task, aggregate_reward_score, verdict, completion_characters",
            "sort aggregate_reward_score asc",
            "limit 25",
        ),
    ),
    Query(
        name="lengths-over-time",
        purpose="Length of completions over time; length that rises with the reward is a sign of verbosity.",
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
        name="scorer-faults",
        purpose="Scorers that failed, and how: the first scorer of each failed record.",
        commands=(
            'filter verdict = "failed"',
            r'parse @message /"failures":\{"(?<scorer>[^"]+)":"(?<kind>[^"]+)"/',
            "stats count(*) as records, max(@timestamp) as last_seen by scorer, kind",
            "sort records desc",
        ),
    ),
    Query(
        name="invalid-tasks",
        purpose="Rows whose data cannot be scored, whatever the model answers.",
        commands=(
            'filter verdict = "invalid_task"',
            "fields @timestamp, id, task",
            "sort @timestamp desc",
            "limit 100",
        ),
    ),
    Query(
        name="errors",
        purpose="Errors of the handler and of Lambda itself.",
        commands=(
            f'filter level = "ERROR" or @message like {_TROUBLE}',
            "fields @timestamp, @message",
            "sort @timestamp desc",
            "limit 50",
        ),
    ),
    Query(
        name="slowest-calls",
        purpose="The slowest calls; look up the request to see their records.",
        commands=(
            _REPORTS,
            "fields @timestamp, @requestId, @duration, @billedDuration, @maxMemoryUsed / 1000000 as megabytes",
            "sort @duration desc",
            "limit 20",
        ),
    ),
    Query(
        name="durations-over-time",
        purpose="Duration of calls in milliseconds, every five minutes.",
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
        purpose="Number of cold starts, and their duration in milliseconds.",
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
        purpose="Memory that the function uses, in megabytes.",
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


def queries(suite: Suite | None = None) -> Mapping[str, Query]:
    """Return the queries by name, for a suite's metrics and ranges; without a suite, for rewards from 0 to 1.

    Raises:
        DeploymentError: A metric's name cannot be the name of a field.
    """
    tasks = () if suite is None else suite.tasks.values()
    low, high = min((task.low for task in tasks), default=0.0), max((task.high for task in tasks), default=1.0)
    means = metric_means(() if suite is None else suite.metric_names)
    return {query.name: query for query in (*_by_reward(buckets_per_unit(low, high)), *_QUERIES, means)}


def buckets_per_unit(low: float, high: float) -> str:
    """Return the number of buckets per reward of 1: 1, 2 or 5 times a power of ten, so that a range has 10 to 25.

    Ranges narrower than 1e-9 have fewer, and those wider than 1e9 have more.
    """
    wanted = 10 / min(1e9, max(1e-9, high - low))
    power = 10.0 ** math.floor(math.log10(wanted))
    found = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= wanted * (1 - 1e-9))
    return f"{found:.12f}".rstrip("0").rstrip(".")


def _by_reward(per_unit: str) -> tuple[Query, Query]:
    bucket = f"floor(aggregate_reward_score * {per_unit}) / {per_unit} as reward_bucket"
    histogram = Query(
        name="reward-histogram",
        purpose="Number of records per bucket of the reward; a bucket is named by its lower end.",
        view="bar",
        commands=(
            _RECORDS,
            f"fields {bucket}",
            "stats count(*) as records by reward_bucket",
            "sort reward_bucket asc",
        ),
    )
    lengths = Query(
        name="lengths-by-reward",
        purpose="Length of completions per bucket of the reward: do long completions get more?",
        commands=(
            _RECORDS,
            f"fields {bucket}, completion_characters",
            "stats count(*) as records, avg(completion_characters) as mean_characters by reward_bucket",
            "sort reward_bucket asc",
        ),
    )
    return histogram, lengths


def field(name: str) -> str:
    """Return a field's name for a query: in backticks, if it contains characters that a plain name may not.

    Raises:
        DeploymentError: The name cannot be quoted.
    """
    if _PLAIN.fullmatch(name):
        return name
    if not name or not name.isprintable() or "`" in name:
        raise DeploymentError(f"metric {name!r}", "cannot be named in a query", "rename it in the suite")
    return f"`{name}`"


def metric_means(metrics: Iterable[str]) -> Query:
    """Return the query for the means of metrics, and of those that all suites have.

    Raises:
        DeploymentError: A metric's name cannot be the name of a field.
    """
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
    """Return a column's name that needs no quotes and that no other metric has."""
    plain = "mean_" + re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return plain if plain not in taken else f"{plain}_{len(taken)}"
