"""What is watched once a job runs: queries, dashboard and alarms, watch, advice."""

from __future__ import annotations

import io
import json
import runpy
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import boto3
import msgspec
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner, Result

from rlvr import load_suite, scorer
from rlvr.cli.console import out
from rlvr.testing import suite_of
from rlvr_aws.account import service_model
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws, permission
from rlvr_aws.simulate.measured import ModeMeasurement, SimulationSummary
from rlvr_aws.watch import CALLS
from rlvr_aws.watch import live as watch_module
from rlvr_aws.watch.advice import (
    Advice,
    AdvisedMode,
    PlannedJob,
    advice,
    calls_at_once,
    dollars_of,
    memory_megabytes,
    provisioned_dollars_per_hour,
    read_measurements,
    snapshot_dollars,
    timeout_seconds,
)
from rlvr_aws.watch.advice_command import advice as advice_command
from rlvr_aws.watch.alarms import Thresholds, active_alarms, alarm_names, alarms, thresholds_of
from rlvr_aws.watch.dashboard import dashboard, dashboard_address, plan_dashboard
from rlvr_aws.watch.dashboard_command import dashboard as dashboard_command
from rlvr_aws.watch.live import QueryResult, query_requests, run_queries
from rlvr_aws.watch.queries import (
    SHARED_METRICS,
    WidgetView,
    buckets_per_unit,
    field,
    metric_means,
    queries,
)
from rlvr_aws.watch.queries_command import queries as queries_command
from rlvr_aws.watch.watch_command import _bar_column, _rows_in_order
from rlvr_aws.watch.watch_command import watch as watch_command
from rlvr_aws.watch.watched_function import WatchedFunction, name_in, notices, with_configuration
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import LogLevel, Settings

# Tests are imported by path, so that a sibling has no name to import it by.
_LOGS_INSIGHTS = runpy.run_path(str(Path(__file__).with_name("logs_insights.py")))
run: Callable[[str, Iterable[str]], list[dict[str, Any]]] = _LOGS_INSIGHTS["run"]
QueryError: type[Exception] = _LOGS_INSIGHTS["QueryError"]

GSM8K = Path(__file__).parents[2] / "examples" / "gsm8k" / "suite.yaml"
FUNCTION = "SageMaker-rewards"
TOPIC = "arn:aws:sns:us-east-1:123456789012:told"
WATCHED = WatchedFunction(name=FUNCTION, region="us-east-1", timeout_seconds=100, reserved=50)


@scorer(metrics=("found",))
def _pay(record: Any, _options: object) -> dict[str, float]:
    if "boom" in record.completion:
        raise ValueError(record.completion)
    return {"value": float(record.completion), "found": 1.0}


SUITE = suite_of(
    "tasks: {t: {scorers: [{scorer: d.pay, name: pay}]}, u: {scorers: [d.pay]}}\nroute: {by: kind, default: t}",
    d={"pay": _pay},
)
REWARDS = [place / 10 for place in range(11)]
ROWS: list[Any] = [
    *({"id": str(reward), "response": str(reward)} for reward in REWARDS),
    {"id": "zero", "response": "0.0000", "kind": "u"},
    {"id": 'faulty "failures":{"x":"y"}', "response": "boom"},
    5,
]
REPORTS = [
    f"REPORT RequestId: r{number}\tDuration: {number}0.50 ms\tBilled Duration: {number}1 ms\tMemory Size: 512 MB\t"
    f"Max Memory Used: {60 + number} MB\t" + ("Init Duration: 250.00 ms\t" if number == 1 else "")
    for number in (1, 2, 3)
]
TIMED_OUT = "2026-11-24T10:00:00.000Z r9 Task timed out after 60.00 seconds"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw for 120 columns; a variable would not do, since pytest-xdist sets one before we are imported."""
    monkeypatch.setattr(out, "width", 120)


def _lines(rows: list[Any] = ROWS) -> list[str]:
    """Return what the handler writes for a batch, among what Lambda writes."""
    with redirect_stdout(io.StringIO()) as out:
        make_handler(SUITE, Settings(function_name=FUNCTION))(rows, None)
        make_handler(SUITE, Settings())(None, None)
    return ["START RequestId: r1 Version: $LATEST", *out.getvalue().splitlines(), *REPORTS, TIMED_OUT]


LINES = _lines()
QUERIES = queries(SUITE)


def _found(name: str) -> list[dict[str, Any]]:
    return run(QUERIES[name].text, LINES)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_finds_something_in_real_lines(name: str) -> None:
    """Each is documented syntax, with its comment and without, and every column that it shows is filled in some row."""
    found = _found(name)

    assert found
    assert run(QUERIES[name].text_without_comment, LINES) == found


def test_the_histogram_counts_every_record_in_its_bucket() -> None:
    """Rewards that are tenths fall into the bucket that they are called by."""
    found = {row["reward_bucket"]: row["records"] for row in _found("reward-histogram")}

    assert found == {**dict.fromkeys(REWARDS, 1), 0.0: 4}


def test_buckets_fit_the_range_of_the_suite() -> None:
    """Of -1 to 1, a fifth of a point each; below 0 too, they are named by their lower ends."""
    suite = suite_of("tasks: {t: {scorers: [d.pay], range: [-1, 1]}}", d={"pay": _pay})
    lines = [json.dumps({"aggregate_reward_score": value}) for value in (-1, -0.1, 0, 0.1, 0.3, 1)]
    found = {row["reward_bucket"]: row["records"] for row in run(queries(suite)["reward-histogram"].text, lines)}

    assert found == {-1.0: 1, -0.2: 1, 0.0: 2, 0.2: 1, 1.0: 1}


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e8))
def test_a_range_has_ten_to_twenty_five_buckets(low: float, width: float) -> None:
    """Whatever it is; the number is written out, since a query knows no exponents."""
    per_unit = buckets_per_unit(low, low + width)

    assert float(per_unit) * ((low + width) - low) == pytest.approx(17.5, abs=7.6)
    assert "e" not in per_unit
    assert float(buckets_per_unit(-1.7e308, 1.7e308)) > 0.0


def test_means_and_shares_of_zero_are_those_of_the_records() -> None:
    """Also if everything falls into one period."""
    (row,) = _found("rewards-over-time")

    assert row["mean_reward"] == pytest.approx(sum(REWARDS) / len(ROWS))
    assert row["zero_share"] == pytest.approx(4 / len(ROWS))


def test_tasks_and_fingerprints_are_kept_apart() -> None:
    """Most records first."""
    found = _found("tasks")

    assert [(row.get("task"), row["records"]) for row in found] == [("t", 13), ("u", 1)]
    assert {row["fingerprint"] for row in found} == {SUITE.fingerprint}
    assert found[1]["zero_share"] == 1.0


def test_metrics_whose_names_hold_slashes_are_averaged() -> None:
    """Those of the suite, and those that every suite has."""
    found = {row.get("task"): row for row in _found("metric-means")}

    assert found["t"]["mean_pay"] == pytest.approx(sum(REWARDS) / 12)
    assert found["t"]["mean_pay_found"] == pytest.approx(11 / 12)
    assert found["t"]["mean_rlvr_failed"] == found["t"]["mean_rlvr_invalid_task"] == pytest.approx(1 / 13)


def test_a_fault_is_told_by_scorer_and_kind() -> None:
    """An id that looks like a list of failures deceives nobody."""
    assert [(row["scorer"], row["kind"], row["records"]) for row in _found("scorer-faults")] == [
        ("pay", "exception", 1)
    ]


def test_records_are_named_where_they_must_be_read() -> None:
    """The worst, and those that cannot be scored."""
    worst = _found("worst-records")

    assert {row["aggregate_reward_score"] for row in worst[:4]} == {0.0}
    assert worst[-1]["id"] == "1.0"
    assert [row["id"] for row in _found("invalid-tasks")] == ["13"]


def test_lengths_are_told_without_a_word_of_the_text() -> None:
    """Per reward and over time."""
    lengths = {row["reward_bucket"]: row["mean_characters"] for row in _found("lengths-by-reward")}
    (row,) = _found("lengths-over-time")

    assert lengths[0.5] == 3.0
    assert row["p95_characters"] == 6.0
    assert "boom" not in "".join(LINES)


def test_lambdas_own_lines_are_read() -> None:
    """Durations in milliseconds, memory in megabytes."""
    (durations,), (memory,), (starts,) = map(_found, ("durations-over-time", "memory", "cold-starts"))

    assert [row["@requestId"] for row in _found("slowest-calls")] == ["r3", "r2", "r1"]
    assert (durations["p50"], durations["longest"]) == (20.5, 30.5)
    assert (memory["configured"], memory["peak"], memory["calls"]) == (512.0, 63.0, 3)
    assert (starts["starts"], starts["longest"]) == (1, 250.0)


def test_errors_of_the_handler_and_of_lambda_are_found() -> None:
    """An event without rows, and a call that was cut."""
    found = _found("errors")

    assert found[0]["@message"] == TIMED_OUT
    assert "has no rows" in found[1]["@message"]


@pytest.mark.parametrize(
    "query",
    [
        "-- a comment\nfields id",
        "fields id // a comment",
        "stats count(*) by bin(5)",
        "stats count(*) by bin(0.1)",
        "stats mean(aggregate_reward_score)",
        "fields round(aggregate_reward_score)",
        "stats avg(accuracy/answer_found)",
        "select id",
        "filter ispresent(id) | stats count(*) as records by task | sort id asc",
        "fields id |",
        "stats count(*) as a, count(*) as a",
    ],
)
def test_what_the_service_would_refuse_is_refused_here(query: str) -> None:
    """Or the tests above would show nothing."""
    with pytest.raises(QueryError):
        run(query, LINES)


@given(st.text(st.characters()))
def test_any_name_is_quoted_or_refused(name: str) -> None:
    """A metric's name never ends a query, or begins another command."""
    try:
        quoted = field(name)
    except DeploymentError:
        return
    line = json.dumps({name: 7}) if "." not in name else json.dumps({"x": 1})

    assert run(f"fields {quoted} as found | limit 1", [line]) in ([{"found": 7}], [{}])


def test_a_suites_metrics_are_named_once() -> None:
    """Entries and their details, as the lines have them."""
    names = load_suite(GSM8K).metric_names

    assert names[:2] == ("accuracy", "accuracy/answer_found")
    assert len(set(names)) == len(names)
    assert "avg(`accuracy/answer_found`)" in metric_means(names).text


def test_metrics_that_only_differ_in_signs_have_columns_of_their_own() -> None:
    """And more than fifty are cut, the shared ones last."""
    many = metric_means(["a/b", "a_b", *(f"m{number}" for number in range(60))]).text

    assert "avg(`a/b`) as mean_a_b," in many
    assert "avg(a_b) as mean_a_b_1," in many
    assert many.count("avg(") == 50
    assert all(f"avg(`{name}`)" in many for name in SHARED_METRICS)


def _documents() -> list[dict[str, Any]]:
    """Return the metric documents of a batch with groups."""
    turns = [{"role": "user", "content": "p"}, {"role": "assistant", "content": "1.0"}]
    rows = [{"id": str(number), "messages": turns} for number in range(2)]
    with redirect_stdout(io.StringIO()) as out:
        make_handler(SUITE, Settings(function_name=FUNCTION))([*rows, *ROWS], None)
    return [line for line in map(json.loads, out.getvalue().splitlines()) if "_aws" in line]


def test_lengths_and_groups_without_spread_are_metrics() -> None:
    """Characters per record; a share only of groups that there are."""
    (document,) = _documents()
    with redirect_stdout(io.StringIO()) as out:
        make_handler(SUITE, Settings())([{"id": "1", "response": "0.5"}], None)

    assert document["CompletionCharacters"][:3] == [3, 3, 3]
    assert 0.0 < document["ZeroSpreadShare"] <= 1.0
    assert "ZeroSpreadShare" not in out.getvalue()


@pytest.mark.parametrize(
    ("ends", "nothing"),
    [((0, 1), (1, 0, 0)), ((-1, 1), (1, 1, 0)), ((0, 10), (1, 0, 0)), ((-1, 0), (1, 0, 0)), ((1, 10), (1, 0, 0))],
)
def test_nothing_is_earned_at_the_low_end_or_below_zero(ends: tuple[int, int], nothing: tuple[int, ...]) -> None:
    """For the lowest, the middle and the highest reward; in -1 to 1 the middle pays nothing, and a penalty less."""
    low, high = ends
    scaled = f"{{scorer: d.pay, transform: [{{scale: {{factor: {high - low}, offset: {low}}}}}]}}"
    suite = suite_of(f"tasks: {{t: {{scorers: [{scaled}], range: [{low}, {high}]}}}}", d={"pay": _pay})
    with redirect_stdout(io.StringIO()) as out:
        make_handler(suite, Settings())([{"response": text} for text in ("0.0", "0.5", "1.0")], None)
    *records, metrics = [line for line in map(json.loads, out.getvalue().splitlines()) if "message" not in line]

    assert [line["aggregate_reward_score"] for line in records] == [low, (low + high) / 2, high]
    assert tuple(line["earns_nothing"] for line in records) == nothing
    assert metrics["ZeroRate"] == pytest.approx(sum(nothing) / 3)


def test_a_batch_without_records_has_no_shares() -> None:
    """They would pull the averages of the alarms down; its document is valid all the same."""
    with redirect_stdout(io.StringIO()) as out:
        make_handler(SUITE, Settings())([], None)
    (document,) = map(json.loads, out.getvalue().splitlines())
    named = {metric["Name"] for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]}

    assert document["Records"] == 0
    assert named <= set(document)
    assert not named & {"ZeroRate", "MaxRate", "RewardScore"}


def _emitted() -> set[str]:
    (document,) = _documents()
    return {metric["Name"] for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]}


def _watched_metrics(alarm: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"]
    for each in alarm.get("Metrics", ()):
        if "MetricStat" in each:
            yield each["MetricStat"]["Metric"]["Namespace"], each["MetricStat"]["Metric"]["MetricName"]


def test_alarms_watch_metrics_that_the_handler_emits() -> None:
    """A misspelt one would stay silent for ever."""
    watched = {metric for alarm in alarms(WATCHED, Thresholds()) for metric in _watched_metrics(alarm)}
    own = {name for namespace, name in watched if namespace == "rlvr"}

    assert own <= _emitted()
    assert {"RewardScore", "ZeroRate", "ZeroSpreadShare", "CompletionCharacters", "FailedRecords"} <= own
    assert {name for namespace, name in watched if namespace == "AWS/Lambda"} == {
        "ConcurrentExecutions",
        "Duration",
        "Errors",
        "Throttles",
    }


def test_the_dashboard_draws_metrics_that_the_handler_emits() -> None:
    """With the function's name as the only dimension; every widget lies within the grid, none upon another."""
    body = json.loads(dashboard(WATCHED, Thresholds(), QUERIES)["DashboardBody"])
    lines = [
        line[:-1]
        for widget in body["widgets"]
        for line in widget["properties"].get("metrics", ())
        if "expression" not in line[-1]
    ]
    places = {(widget["x"], widget["y"]) for widget in body["widgets"]}

    assert {name for namespace, name, *_ in lines if namespace == "rlvr"} <= _emitted()
    assert {tuple(dimension) for _, _, *dimension in lines} == {("FunctionName", FUNCTION)}
    assert len(places) == len(body["widgets"])
    assert all(widget["x"] + widget["width"] <= 24 for widget in body["widgets"])


def test_the_dashboards_queries_are_those_that_work() -> None:
    """Each behind its log group."""
    body = json.loads(dashboard(WATCHED, Thresholds(), QUERIES)["DashboardBody"])
    texts = [widget["properties"]["query"] for widget in body["widgets"] if widget["type"] == "log"]

    assert len(texts) == 7
    for text in texts:
        source, _, query = text.partition(" | ")
        assert source == f"SOURCE '/aws/lambda/{FUNCTION}'"
        assert run(query, LINES)


def test_every_request_fits_the_services_model() -> None:
    """Ranges and enumerations included; names are told apart."""
    wanted = alarms(WATCHED, Thresholds(periods=288), TOPIC)

    assert [service_model.problems("cloudwatch", "PutMetricAlarm", alarm) for alarm in wanted] == [[]] * len(wanted)
    assert [alarm["AlarmName"] for alarm in wanted] == list(alarm_names(FUNCTION))
    assert all(alarm["EvaluationPeriods"] * 300 <= 86_400 for alarm in wanted)


def _alarm(kind: str, thresholds: Thresholds | None = None) -> dict[str, Any]:
    name = f"rlvr/{FUNCTION}/{kind}"
    return next(alarm for alarm in alarms(WATCHED, thresholds or Thresholds()) if alarm["AlarmName"] == name)


def test_floor_and_ceiling_are_those_of_the_suite() -> None:
    """Of the widest range of its tasks; two hundredths within it."""
    suite = suite_of("tasks: {a: {scorers: [d.pay], range: [-1, 0]}, b: {scorers: [d.pay]}}", d={"pay": _pay})
    thresholds = thresholds_of(suite, 5)
    at_floor, at_ceiling = _alarm("reward-at-floor", thresholds), _alarm("reward-at-ceiling", thresholds)

    assert (at_floor["Threshold"], at_ceiling["Threshold"]) == pytest.approx((-0.96, 0.96))
    assert at_floor["ComparisonOperator"] == "LessThanOrEqualToThreshold"
    assert at_ceiling["DatapointsToAlarm"] == 5


def test_a_call_near_the_timeout_and_a_crowd_near_the_limit_are_told() -> None:
    """At 80 percent, in milliseconds and in calls; without a reservation nothing is said of it."""
    free = WatchedFunction(name=FUNCTION, region="us-east-1")

    assert (_alarm("duration")["Threshold"], _alarm("concurrency")["Threshold"]) == (80_000.0, 40.0)
    assert not any("concurrency" in alarm["AlarmName"] for alarm in alarms(free, Thresholds()))


def test_broken_records_are_told_from_one_percent_on() -> None:
    """The share of a period's records, computed by CloudWatch; one series only is returned."""
    alarm = _alarm("failed-records")
    returned = [each for each in alarm["Metrics"] if each["ReturnData"]]

    assert [each["Expression"] for each in returned] == ["IF(records > 0, 100 * failed / records, 0)"]
    assert {each["Id"]: each["MetricStat"]["Stat"] for each in alarm["Metrics"][:2]} == {
        "failed": "Sum",
        "records": "Sum",
    }
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1.0, "GreaterThanThreshold")


class _BoardAws:
    """Answers as CloudWatch does about a dashboard."""

    def __init__(self, have: str | AwsError, *messages: str) -> None:
        self.have = have
        self.messages = messages

    def find(self, *_words: str, **_parameters: Any) -> dict[str, Any]:
        if isinstance(self.have, AwsError):
            raise self.have
        return {"DashboardBody": self.have}

    def call(self, *_words: str, **_parameters: Any) -> dict[str, Any]:
        return {"DashboardValidationMessages": [{"Message": message} for message in self.messages]}


def _board_step(have: str | AwsError, *messages: str) -> Step:
    aws: Any = _BoardAws(have, *messages)
    return plan_dashboard(aws, dashboard(WATCHED, Thresholds(), QUERIES))


def test_a_dashboard_that_cannot_be_drawn_is_told() -> None:
    """CloudWatch stores it, and says what it does not understand."""
    with pytest.raises(DeploymentError, match=r"no such metric.*cannot show"):
        _board_step("{}", "no such metric").apply()
    _board_step("{}").apply()


@pytest.mark.parametrize("code", ["DashboardNotFoundError", "AccessDenied"])
def test_only_a_missing_dashboard_is_made(code: str) -> None:
    """What may not be seen is not written over; what is no JSON is."""
    error = AwsError("cloudwatch:GetDashboard", "no", "hint", code=code)
    if code == "AccessDenied":
        with pytest.raises(AwsError):
            _board_step(error)
    else:
        assert _board_step(error).action == "create"
    assert {_board_step(have).action for have in ("", "[" * 100_000, "5", '{"widgets": 5}')} == {"update"}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty account with a function in it."""
    for name, value in (("ID", "testing"), ("KEY", "testing")):
        variable = "AWS_ACCESS_KEY_ID" if name == "ID" else "AWS_SECRET_ACCESS_KEY"
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with mock_aws():
        _make_function()
        yield


def _make_function() -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = boto3.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(trust))
    boto3.client("lambda", "us-east-1").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="a.b",
        Code={"ZipFile": b"none"},
        Timeout=100,
        Environment={"Variables": {"RLVR_METRICS_NAMESPACE": "mine"}},
    )


def _app() -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    for name, command in (
        ("dashboard", dashboard_command),
        ("watch", watch_command),
        ("queries", queries_command),
        ("advice", advice_command),
    ):
        app.command(name)(command)
    return app


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "120", "TERM": "dumb"}).invoke(_app(), list(words))


def _actions(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [step["action"] for step in json.loads(result.stdout)["steps"]]


@pytest.mark.usefixtures("account")
def test_a_second_run_changes_nothing() -> None:
    """The first makes everything, and only if it is wanted."""
    words = ("dashboard", FUNCTION, "--suite", str(GSM8K), "--reserved", "50", "--json")
    shown, first, second = _run(*words), _run(*words, "--yes"), _run(*words, "--yes")

    assert _actions(shown) == _actions(first) == ["create"] * 12
    assert json.loads(shown.stdout)["acted"] is False
    assert _actions(second) == ["keep"] * 12


@pytest.mark.usefixtures("account")
def test_what_differs_is_updated_and_whom_an_alarm_tells_is_kept() -> None:
    """A put replaces an alarm whole; only a new topic changes whom it tells."""
    _run("dashboard", FUNCTION, "--yes", "--alarm-topic", TOPIC)
    changed = _run("dashboard", FUNCTION, "--yes", "--timeout-seconds", "10", "--json")
    answer = boto3.client("cloudwatch", "us-east-1").describe_alarms(AlarmNames=[f"rlvr/{FUNCTION}/duration"])

    assert _actions(changed).count("update") == 2
    assert (answer["MetricAlarms"][0]["Threshold"], answer["MetricAlarms"][0]["AlarmActions"]) == (8_000.0, [TOPIC])


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("widgets", [[{"type": "text", "properties": {"markdown": "ours"}}, 5], None])
def test_widgets_that_others_put_on_the_dashboard_stay(widgets: Any) -> None:
    """And its settings; one of rlvr's that was changed is set right."""
    cloudwatch, name = boto3.client("cloudwatch", "us-east-1"), f"rlvr-{FUNCTION}"
    changed = {"type": "text", "properties": {"title": "Reward"}}
    there = [*widgets, changed] if widgets else widgets
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"start": "-P7D", "widgets": there}))
    actions = [_actions(_run("dashboard", FUNCTION, "--yes", "--json"))[0] for _ in range(2)]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])

    assert actions == ["update", "keep"]
    assert body["start"] == "-P7D"
    assert body["widgets"][17:] == (widgets or [])
    assert changed not in body["widgets"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("words", "most"), [((), 12.0), (("--reserved", "50"), 40.0)])
def test_the_functions_own_settings_are_read(words: tuple[str, ...], most: float) -> None:
    """Its timeout, the namespace of its metrics, and its reserved concurrency unless another is named."""
    boto3.client("lambda", "us-east-1").put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=15)
    _run("dashboard", FUNCTION, "--yes", *words)
    answer = boto3.client("cloudwatch", "us-east-1").describe_alarms(AlarmNamePrefix=f"rlvr/{FUNCTION}/")
    made = {alarm["AlarmName"].rpartition("/")[2]: alarm for alarm in answer["MetricAlarms"]}

    assert (made["duration"]["Threshold"], made["concurrency"]["Threshold"]) == (80_000.0, most)
    assert made["zero-rate"]["Namespace"] == "mine"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("log", ["batch", "none"])
def test_what_stays_empty_is_told(log: str) -> None:
    """By dashboard and watch: a function that writes no records, and rewards whose range is not known."""
    boto3.client("lambda", "us-east-1").update_function_configuration(
        FunctionName=FUNCTION, Environment={"Variables": {"RLVR_LOG": log}}
    )
    boto3.client("logs", "us-east-1").create_log_group(logGroupName=f"/aws/lambda/{FUNCTION}")
    drawn = _run("dashboard", FUNCTION).output
    told = [json.loads(_run(*words, FUNCTION, "--json").stdout)["notices"] for words in (["dashboard"], ["watch"])]

    assert [len(each) for each in told] == [2, 1]
    assert f"RLVR_LOG is {log}" in told[1][0]
    assert all(notice in drawn for notice in told[0])
    assert notices(WatchedFunction(name="f", region="r", as_json=True))[0].startswith("The log format is JSON")


@pytest.mark.usefixtures("account")
def test_the_plan_is_drawn_and_nothing_is_done_without_yes() -> None:
    """What it costs is said before it does."""
    result = _run("dashboard", FUNCTION)

    assert result.exit_code == 0
    assert "--yes carries the plan out" in result.output
    assert boto3.client("cloudwatch", "us-east-1").describe_alarms()["MetricAlarms"] == []


def test_a_dry_run_asks_nothing_of_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It needs no credentials, only a region."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    told = json.loads(_run("dashboard", FUNCTION, "--dry-run", "--region", "eu-west-1", "--json").stdout)
    watched = json.loads(_run("watch", FUNCTION, "--dry-run", "--region", "eu-west-1", "--json").stdout)

    assert [call["call"] for call in told["calls"]] == ["cloudwatch:PutDashboard", *["cloudwatch:PutMetricAlarm"] * 10]
    assert [call["call"] for call in watched["calls"]] == ["logs:StartQuery"] * 6 + ["cloudwatch:DescribeAlarms"]


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dashboard", "absent"), "no such function exists in us-east-1"),
        (("dashboard", "a b"), "not the name or ARN"),
        (("dashboard", FUNCTION, "--alarm-topic", "arn:aws:sns:::"), "not the ARN of an SNS topic"),
        (("dashboard", FUNCTION, "--alarm-topic", TOPIC.replace("us-east-1", "eu-west-1")), "in us-east-1 only"),
        (("dashboard", f"arn:aws:lambda:eu-west-1:123456789012:function:{FUNCTION}"), "--region eu-west-1"),
        (("watch", FUNCTION, "--query", "everything"), "reward-histogram"),
        (("watch", "absent", "--once"), "no such function"),
        (("advice", "--simulated", "absent.json"), "cannot be read"),
    ],
)
def test_wrong_words_are_told_in_a_line_and_exit_code_2(words: tuple[str, ...], told: str) -> None:
    """With the next step."""
    result = _run(*words)

    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("suffix", ["", ":7", ":$LATEST", ":live"])
def test_a_function_is_found_by_any_of_its_names(suffix: str) -> None:
    """A version does not matter: metrics are by function."""
    assert name_in(f"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:{FUNCTION}{suffix}") == FUNCTION


def test_what_a_configuration_leaves_out_is_lambdas_default() -> None:
    """And what it says is heeded."""
    plain = WatchedFunction(name="f", region="r")

    assert with_configuration(plain, {}) == plain
    assert with_configuration(plain, {"LoggingConfig": {"LogGroup": "/mine"}, "Timeout": 7}).logs == "/mine"
    assert plain.logs == "/aws/lambda/f"


class _FakeAws:
    """Answers queries after some polls, in states that the test chooses."""

    region = "us-east-1"

    def __init__(self, *states: str, alarming: bool = False, group: bool = True) -> None:
        self.states = list(states)
        self.alarming = alarming
        self.group = group
        self.called: list[str] = []
        self.rows = [[("reward_bucket", "0.5"), ("records", "3")]]

    def find(self, _service: str, operation: str, **_parameters: Any) -> dict[str, Any] | None:
        self.called.append(operation)
        if operation == "get_function_configuration":
            return {}
        return {"queryId": f"q{len(self.called)}"} if self.group else None

    def call(self, _service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.called.append(operation)
        if operation == "describe_alarms":
            alarm = {
                "AlarmName": parameters["AlarmNames"][0],
                "StateValue": "ALARM" if self.alarming else "OK",
                "StateReason": "\x1b[31mlow\ud800",
            }
            return {"MetricAlarms": [alarm]}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        rows = [[{"field": name, "value": value} for name, value in (*row, ("@ptr", "x"))] for row in self.rows]
        return {"status": state, "results": rows, "statistics": {"bytesScanned": 7.0}}


ASKED = query_requests(WATCHED, [QUERIES["reward-histogram"]], minutes=15, now=10_000.9)


VIEW_ROWS = ({"bin(5m)": "10:00", "records": "2"}, {"bin(5m)": "10:05", "records": "3"})
# For each view: the counts in the order in which they are shown, and the column that is drawn as bars.
VIEWS: dict[WidgetView, tuple[list[str], str]] = {
    "table": (["2", "3"], ""),
    "bar": (["2", "3"], "records"),
    "timeSeries": (["3", "2"], "records"),
}


@pytest.mark.parametrize("view", get_args(WidgetView))
def test_each_view_has_its_order_and_its_bars(view: WidgetView) -> None:
    """What moves is shown latest first; a table has no bars."""
    order, column = VIEWS[view]

    assert {*get_args(WidgetView)} == VIEWS.keys()
    assert [row["records"] for row in _rows_in_order(view, VIEW_ROWS)] == order
    assert _bar_column(view, ["bin(5m)", "records"]) == column


# The words that each level's notice has; "" for a level whose lines are all there.
NOTICES: dict[LogLevel, str] = {
    "records": "",
    "batch": "queries on records find nothing",
    "none": "queries, graphs and alarms on rewards stay empty",
}


@pytest.mark.parametrize("level", get_args(LogLevel))
def test_each_level_of_the_log_has_its_notice(level: LogLevel) -> None:
    """And a value that the function would refuse has none."""
    found = notices(msgspec.structs.replace(WATCHED, log=level))

    assert {*get_args(LogLevel)} == NOTICES.keys()
    assert (NOTICES[level] in found[0]) if NOTICES[level] else not found
    assert notices(msgspec.structs.replace(WATCHED, log="loud")) == []


def _answers(aws: _FakeAws) -> tuple[list[QueryResult], list[float]]:
    slept: list[float] = []
    return run_queries(aws, ASKED, sleep=slept.append), slept  # type: ignore[arg-type]


def test_a_query_is_asked_for_until_it_is_done() -> None:
    """Its rows come without the pointers that the service adds."""
    (answer,), slept = _answers(_FakeAws("Scheduled", "Running", "Complete"))

    assert slept == [1.0, 1.0]
    assert answer.rows == ({"reward_bucket": "0.5", "records": "3"},)
    assert answer.problem == ""


def test_a_query_that_never_ends_is_stopped() -> None:
    """After a minute; a failed one is told as such."""
    aws = _FakeAws("Running")
    (answer,), slept = _answers(aws)

    assert len(slept) == watch_module.POLLS
    assert aws.called[-1] == "stop_query"
    assert answer.problem == "the query is Running"
    assert _answers(_FakeAws("Failed"))[0][0].problem == "the query is Failed"


def test_a_function_that_was_never_called_has_no_log_group() -> None:
    """That is said, with what to check."""
    with pytest.raises(DeploymentError, match="this log group does not exist"):
        _answers(_FakeAws("Complete", group=False))


def test_a_query_asks_for_the_last_minutes_and_fits_the_model() -> None:
    """In whole seconds."""
    ((name, given_parameters),) = ASKED

    assert (name, given_parameters["startTime"], given_parameters["endTime"]) == ("reward-histogram", 9_100, 10_000)
    assert service_model.problems("logs", "StartQuery", given_parameters) == []


def _watch(monkeypatch: pytest.MonkeyPatch, aws: _FakeAws, *words: str) -> Result:
    monkeypatch.setattr("rlvr_aws.account.session.Aws", lambda **_words: aws)
    return _run("watch", FUNCTION, "--query", "reward-histogram", *words)


def test_a_look_draws_rewards_and_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm that is on is a finding, and what AWS says of it cannot move the cursor."""
    result = _watch(monkeypatch, _FakeAws("Complete", alarming=True), "--once")

    assert result.exit_code == 1
    assert "│           0.5 │       3 │ ████" in result.output
    assert f"rlvr/{FUNCTION}/reward-at-floor" in result.output
    assert "\x1b" not in result.output


def test_a_narrow_terminal_and_hostile_cells_hide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither markup nor escape sequences are obeyed; what is to be looked up is never cut."""
    aws = _FakeAws("Complete")
    aws.rows = [[("task", "[red]x\x1b[2J\u202e" * 9), ("fingerprint", "7" * 64), ("records", "12345")]]
    monkeypatch.setattr("rlvr_aws.account.session.Aws", lambda **_words: aws)
    monkeypatch.setattr(out, "width", 40)
    output = CliRunner().invoke(_app(), ["watch", FUNCTION, "--query", "tasks", "--once"]).output

    assert not {"\x1b", "\u202e"} & set(output)
    assert output.count("7") == 64
    assert "[red]" in output
    assert "12345" in output


@pytest.mark.parametrize(("columns", "bars"), [("60", [10, 5]), ("120", [40, 20])])
def test_bars_are_never_cut(monkeypatch: pytest.MonkeyPatch, columns: str, bars: list[int]) -> None:
    """Or all would seem equal; a narrow terminal has short ones."""
    aws = _FakeAws("Complete")
    names = ("mean_reward", "deviation", "zero_share")
    times = [("2026-11-26 04:10:00.000", "1"), ("2026-11-26 04:05:00.000", "0.5")]
    aws.rows = [[("bin(5m)", time), *((name, value) for name in names)] for time, value in times]
    monkeypatch.setattr("rlvr_aws.account.session.Aws", lambda **_words: aws)
    words = ["watch", FUNCTION, "--query", "rewards-over-time", "--once"]
    monkeypatch.setattr(out, "width", int(columns))
    output = CliRunner().invoke(_app(), words).output

    assert [line.count("█") for line in output.splitlines() if "█" in line] == bars


def test_rows_without_columns_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the service gives them for lines that have none of the fields."""
    aws = _FakeAws("Complete")
    aws.rows = [[], []]
    monkeypatch.setattr("rlvr_aws.account.session.Aws", lambda **_words: aws)

    assert "reward-histogram: nothing" in _run("watch", FUNCTION, "--query", "reward-histogram", "--once").output


def test_what_moves_is_drawn_latest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bar for the first value; values below nothing have none."""
    aws = _FakeAws("Complete")
    aws.rows = [[("bin(5m)", f"10:{minute:02}"), ("mean_reward", value)] for minute, value in enumerate(("-1", "0.5"))]
    monkeypatch.setattr("rlvr_aws.account.session.Aws", lambda **_words: aws)
    drawn = [
        line.strip() for line in _run("watch", FUNCTION, "--query", "rewards-over-time", "--once").output.split("│")
    ]

    assert drawn.index("10:01") < drawn.index("10:00")
    assert drawn[drawn.index("10:01") + 2] == "█" * 40
    assert drawn[drawn.index("10:00") + 2] == ""


def test_a_look_is_one_json_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while a query fails."""
    result = _watch(monkeypatch, _FakeAws("Failed"), "--json")
    told = json.loads(result.stdout)

    assert result.exit_code == 2
    assert told["alarms"] == []
    assert told["answers"][0]["problem"] == "the query is Failed"


@pytest.mark.usefixtures("account")
def test_permissions_are_those_of_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more and no fewer; a query is stopped only if it never ends."""
    called: set[str] = set()
    call = Aws.call

    def recorded(self: Aws, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        called.add(permission(service, self.client(service).meta.method_to_api_mapping[operation]))
        return call(self, service, operation, **parameters)

    monkeypatch.setattr(Aws, "call", recorded)
    _run("dashboard", FUNCTION, "--yes")
    of_dashboard, called = called, set()
    boto3.client("logs", "us-east-1").create_log_group(logGroupName=f"/aws/lambda/{FUNCTION}")
    looked = _run("watch", FUNCTION, "--once", "--query", "memory")

    assert of_dashboard == set(CALLS["dashboard"])
    assert called == set(CALLS["watch"]) - {"logs:StopQuery"}, looked.output


@pytest.mark.usefixtures("account")
def test_only_alarms_that_are_on_are_told() -> None:
    """And only this function's; that there are none at all is no good news."""
    _run("dashboard", FUNCTION, "--yes")
    cloudwatch, name = boto3.client("cloudwatch", "us-east-1"), f"rlvr/{FUNCTION}/errors"
    for alarm, state in ((name, "ALARM"), (f"rlvr/{FUNCTION}/throttles", "OK")):
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="3 errors")

    there, on = active_alarms(Aws(), FUNCTION)

    assert (there, [(each["name"], each["reason"]) for each in on]) == (10, [(name, "3 errors")])
    assert active_alarms(Aws(), "Other") == (0, [])


def _slept_by(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], object]) -> None:
    """Let the command sleep by a fake, and no other thread of this process, such as those that end workers."""
    monkeypatch.setattr("rlvr_aws.watch.watch_command.time", SimpleNamespace(time=time.time, sleep=sleep))


def test_a_watch_looks_again_until_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as was asked for."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    _slept_by(monkeypatch, sleep)
    result = _watch(monkeypatch, _FakeAws("Complete"), "--every", "60")

    assert (result.exit_code, slept) == (0, [60, 60, 60])
    assert result.output.count("None of 1 alarms is active.") == 3


def test_a_watch_outlives_a_fault_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which it tells; one at the first look ends it, since something is configured wrong."""
    aws, sleeps = _FakeAws("Complete"), iter([None, None])
    call = aws.call

    def broken(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        if aws.called.count("describe_alarms") == 1:
            aws.called.append("describe_alarms")
            raise AwsError("logs:GetQueryResults", "Throttling", "wait", code="Throttling")
        return call(service, operation, **parameters)

    monkeypatch.setattr(aws, "call", broken)
    _slept_by(monkeypatch, lambda _seconds: next(sleeps))
    with pytest.raises(StopIteration):
        raise _watch(monkeypatch, aws).exception or AssertionError
    aws.called = ["describe_alarms"]

    assert _watch(monkeypatch, aws).exit_code == 2


def test_the_queries_are_printed_to_be_pasted() -> None:
    """With their log group; what is printed works."""
    told = json.loads(_run("queries", FUNCTION, "--suite", str(GSM8K), "--json").stdout)
    text = _run("queries", FUNCTION, "--query", "tasks").output

    assert told["log_group"] == f"/aws/lambda/{FUNCTION}"
    assert [query["name"] for query in told["queries"]] == list(QUERIES)
    assert run(text.partition("tasks\n")[2], LINES)


def _measured(**words: Any) -> ModeMeasurement:
    defaults: dict[str, Any] = {
        "calls": 10,
        "records": 640,
        "cold_start_seconds": 0.1,
        "p50_seconds": 0.02,
        "p95_seconds": 0.05,
        "p99_seconds": 0.1,
        "gigabyte_seconds_per_1000_records": 0.5,
        "peak_megabytes": 60.0,
    }
    return ModeMeasurement(**(defaults | words))


# For 10 rows, 3 samples and 2 epochs: the records that are scored, and whether calls at once are advised on.
MODES: dict[AdvisedMode, tuple[int, bool]] = {
    "training-job": (60, True),
    "hyperpod": (60, True),
    "evaluation": (10, False),
}


@pytest.mark.parametrize("mode", get_args(AdvisedMode))
def test_each_mode_has_its_records_and_its_calls(mode: AdvisedMode) -> None:
    """An evaluation scores each row once, one after the other."""
    records, at_once = MODES[mode]
    simulated = SimulationSummary(memory_megabytes=512, timeout_seconds=60, modes={mode: _measured()})
    found = {each.what: each for each in advice(simulated, PlannedJob(rows=10, samples=3, epochs=2))}

    assert {*get_args(AdvisedMode)} == MODES.keys()
    assert f"= {records} records at" in found[f"{mode}: cost of scoring, $"].why
    assert (f"{mode}: reserved concurrency" in found) is at_once


def _advice(job: PlannedJob | None = None, **words: Any) -> dict[str, Advice]:
    modes = {mode: _measured(**words) for mode in ("training-job", "hyperpod", "evaluation")}
    simulated = SimulationSummary(memory_megabytes=512, timeout_seconds=60, modes=modes)
    return {each.what: each for each in advice(simulated, job or PlannedJob())}


@pytest.mark.parametrize(
    ("peak", "p99", "memory"),
    [(60.0, 0.1, 512), (300.0, 0.1, 640), (60.0, 0.5, 1_769), (2_000.0, 5.0, 4_032), (9_000.0, 5.0, 10_240)],
)
def test_memory_is_twice_the_peak_or_a_core_for_slow_calls(peak: float, p99: float, memory: int) -> None:
    """Within Lambda's limits."""
    assert memory_megabytes({"hyperpod": _measured(peak_megabytes=peak, p99_seconds=p99)}) == memory


def test_the_timeout_leaves_room_for_a_start_and_a_slow_call() -> None:
    """At least a minute; what exceeds Lambda's is told."""
    assert timeout_seconds({"hyperpod": _measured()}, 512) == 60
    assert timeout_seconds({"hyperpod": _measured(p99_seconds=20.0)}, 1_769) == 90
    assert _advice(p99_seconds=300.0)["timeout, s"].value == 900
    assert _advice(p99_seconds=300.0)["timeout, s"].warning


def test_concurrency_is_what_each_platform_sends() -> None:
    """12 batches at once; samples by replica or by rate, whichever is more."""
    assert calls_at_once("training-job", _measured(), 1_769, PlannedJob(replicas=9)) == 12
    assert calls_at_once("hyperpod", _measured(), 1_769, PlannedJob(replicas=2)) == 128
    assert calls_at_once("hyperpod", _measured(p95_seconds=0.5), 1_769, PlannedJob()) == 200
    assert _advice(PlannedJob(replicas=20))["hyperpod: reserved concurrency"].warning
    assert _advice()["training-job: reserved concurrency"].value == 15


def test_ready_containers_and_snapshots_are_advised_for_slow_starts_only() -> None:
    """What both cost, and that SDKs refuse the ARN that they need, is said in any case."""
    fast, slow = _advice(), _advice(cold_start_seconds=2.0)

    assert (fast["hyperpod: SnapStart"].value, slow["hyperpod: SnapStart"].value) == ("off", "on")
    assert (
        fast["training-job: provisioned concurrency"].value,
        slow["training-job: provisioned concurrency"].value,
    ) == (
        0,
        12,
    )
    assert "SDK checks refuse" in fast["hyperpod: SnapStart"].why
    assert _advice(cold_start_seconds=5.0)["timeout, s"].warning


def test_prices_are_as_lambdas_page_computes_them() -> None:
    """A thousand gigabytes ready for two hours: its first example; a snapshot of a gigabyte for an hour."""
    assert provisioned_dollars_per_hour(1_000, 1_024) * 2 == pytest.approx(30.0, rel=1e-4)
    assert snapshot_dollars(10, 1_024) == pytest.approx((0.00541656, 0.001397998))


def test_a_jobs_cost_is_that_of_its_records() -> None:
    """Seconds over the share of a core, times gigabytes; a request per call. An evaluation scores each row once."""
    cost = dollars_of(8_000, _measured(), 512, 512)
    gigabyte_seconds = 8 * 0.5 / (512 / 1_769)

    assert cost == pytest.approx(gigabyte_seconds * 0.0000166667 + 8_000 * 10 / 640 * 0.2e-6)
    assert _advice()["training-job: cost of scoring, $"].value == pytest.approx(cost, abs=1e-6)
    assert _advice(PlannedJob(epochs=3))["training-job: cost of scoring, $"].value == pytest.approx(3 * cost, abs=1e-6)
    assert _advice()["evaluation: cost of scoring, $"].value == pytest.approx(cost / 8, abs=1e-6)


@given(st.integers(512, 1_769), st.integers(512, 1_769))
def test_what_computes_costs_the_same_at_every_size_below_a_core(one: int, other: int) -> None:
    """Time shrinks as memory grows."""
    costs = [dollars_of(1_000, _measured(), 512, memory) for memory in (one, other)]

    assert costs[0] == pytest.approx(costs[1])


def test_a_rejected_call_is_a_finding() -> None:
    """Nothing is to be deployed that a platform refuses, or that no function holds."""
    assert _advice(peak_megabytes=9_000.0)["memory, MB"].warning
    assert _advice(rejected_calls=2)["hyperpod: rejected calls"].warning
    assert not any(each.warning for each in _advice().values())


def _simulated(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "measured.json"
    path.write_bytes(data)
    return path


def _json_of(**words: Any) -> bytes:
    modes = {"training-job": {"calls": 1, "records": 64, "p99_seconds": 0.1, "more": "x", **words}}
    return json.dumps({"memory_megabytes": 512, "timeout_seconds": 60, "modes": modes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 100_000,
        b'{"memory_megabytes": 512}',
        b"\xff\xfe",
        _json_of(p99_seconds=None),
        _json_of(p95_seconds=1e300),
        _json_of(p95_seconds=-1.0),
        _json_of(records="many"),
        _json_of().replace(b"0.1", b"NaN"),
        _json_of().replace(b"training-job", b"shapes"),
    ],
)
def test_a_file_that_simulate_did_not_print_is_refused(tmp_path: Path, data: bytes) -> None:
    """With how to make one."""
    with pytest.raises(DeploymentError, match="rlvr simulate"):
        read_measurements(_simulated(tmp_path, data))


@given(st.floats(1e-9, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.integers(0, 10**12), st.integers(1, 1_000))
def test_any_measures_are_answered(p99: float, start: float, peak: float, records: int, replicas: int) -> None:
    """Within Lambda's limits, whatever was measured."""
    found = _advice(
        PlannedJob(replicas=replicas),
        p99_seconds=p99,
        p95_seconds=p99,
        cold_start_seconds=start,
        peak_megabytes=peak,
        records=records,
    )

    assert 512 <= float(found["memory, MB"].value) <= 10_240
    assert 60 <= float(found["timeout, s"].value) <= 900


def test_advice_is_drawn_and_told_as_json(tmp_path: Path) -> None:
    """With the arithmetic; what must be mended is a finding."""
    path = str(_simulated(tmp_path, _json_of()))
    drawn, told = _run("advice", "--simulated", path), _run("advice", "--simulated", path, "--rows", "50", "--json")
    bad = _run("advice", "--simulated", str(_simulated(tmp_path, _json_of(rejected_calls=1))))

    assert (drawn.exit_code, told.exit_code, bad.exit_code) == (0, 0, 1)
    assert "training-job: reserved" in drawn.output
    assert json.loads(told.stdout)["job"] == {"rows": 50, "samples": 8, "epochs": 1, "replicas": 1}


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "eu-west-1.console.aws.amazon.com"),
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_a_dashboard_is_found_in_its_partitions_console(region: str, host: str) -> None:
    """China and GovCloud have their own."""
    address = dashboard_address(region, "rlvr-f")

    assert address == f"https://{host}/cloudwatch/home?region={region}#dashboards/dashboard/rlvr-f"
