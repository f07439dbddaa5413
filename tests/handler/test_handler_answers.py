"""Whatever the event, the answer is strict JSON with one finite result per row."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from rlvr import ConfigError, ScorerFaultError, Suite, parse_suite, record_from, rows_in, score_records
from rlvr.testing import suite_of
from rlvr_handler import handler as handler_module
from rlvr_handler import response as response_module
from rlvr_handler import suite_source
from rlvr_handler.handler import make_handler
from rlvr_handler.response import (
    LIMIT_BYTES,
    _fit,
    _upper_bound,
    plain,
)
from rlvr_handler.settings import Envelope, Settings, settings_from
from rlvr_handler.suite_source import suite_from

QUIET = Settings(log="none")


def _pay(record: Any, _options: object) -> float:
    if "boom" in record.completion:
        raise ValueError(record.completion)
    return (len(record.completion) % 11) / 10


SUITE = suite_of("tasks: {t: {scorers: [{scorer: d.pay, name: pay}], range: [-1, 2]}}", d={"pay": _pay})
HANDLE = make_handler(SUITE, QUIET)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
NAMES = [
    "id",
    "messages",
    "role",
    "content",
    "body",
    "batch",
    "trajectories",
    "response",
    "prompt",
    "metadata",
    "text",
    "a",
]
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)
ROW = st.fixed_dictionaries(
    {"messages": st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": SCALARS}))},
    optional={"id": JSON, "metadata": JSON, "reference_answer": JSON, "extra_info": JSON},
)
EVENTS = JSON | st.lists(ROW | JSON, max_size=6) | st.fixed_dictionaries({"body": st.lists(ROW, max_size=3)})


def _strict(answer: Any) -> Any:
    """Encode as the strictest reader would want it."""
    return json.loads(json.dumps(answer, allow_nan=False).encode("utf-8", "strict"), parse_constant=pytest.fail)


@given(EVENTS)
def test_any_event_is_answered_with_one_finite_result_per_row(event: Any) -> None:
    """In order, ids equal but for what no reader could take."""
    answer = HANDLE(event, None)
    if isinstance(answer, dict):
        assert answer["statusCode"] == 200
        return
    rows = rows_in(event) or []
    ids = [row["id"] for row in rows if isinstance(row, dict) and row.get("id") is not None]

    _strict(answer)
    json.dumps(answer, ensure_ascii=False).encode()
    assert len(answer) == len(rows)
    assert all(type(result["aggregate_reward_score"]) is float for result in answer)
    assert all(-1 <= result["aggregate_reward_score"] <= 2 for result in answer)
    assert all(math.isfinite(metric["value"]) for result in answer for metric in result["metrics_list"])
    named = [
        result["id"]
        for row, result in zip(rows, answer, strict=True)
        if isinstance(row, dict) and row.get("id") is not None
    ]
    assert named == [plain(each) for each in ids]


@given(st.lists(st.text(st.characters()), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_batchs_order_never_changes_a_reward(completions: list[str], random: Any) -> None:
    """And scoring twice gives the same bytes."""
    rows = [{"id": number, "response": text} for number, text in enumerate(completions)]
    shuffled = random.sample(rows, len(rows))
    first = HANDLE(rows, None)

    assert json.dumps(HANDLE(rows, None)) == json.dumps(first)
    assert sorted(HANDLE(shuffled, None), key=lambda result: result["id"]) == first


@pytest.mark.parametrize("record_id", ["a", 7, 7.5, True, None, {"k": [1]}, [1, "x"], "\x00\x1b", "é"])
def test_ids_are_echoed_unchanged(record_id: object) -> None:
    """With their type; an absent one is the row's position."""
    (result,) = HANDLE([{"id": record_id, "response": "x"}], None)

    assert json.dumps(result["id"]) == json.dumps("0" if record_id is None else record_id)


def test_ids_that_would_break_the_answer_are_mended() -> None:
    """Surrogates, numbers that are none, depth, and types that JSON lacks."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    ids = ["\ud800", float("nan"), 10**5_000, deep, Decimal("1.5"), {1: b"x"}]
    answer = HANDLE([{"id": each, "response": "x"} for each in ids], None)

    assert [result["id"] for result in answer[:3]] == ["\ufffd", None, None]
    assert len(_strict(answer)) == len(ids)


@pytest.mark.parametrize("envelope", get_args(Envelope))
@pytest.mark.parametrize(
    ("count", "metrics", "all_rows"), [(100, True, True), (500, False, True), (5_000, False, False)]
)
def test_the_answer_fits_by_construction(
    monkeypatch: pytest.MonkeyPatch,
    results_in: Callable[[Any, Envelope], Any],
    envelope: Envelope,
    count: int,
    *,
    metrics: bool,
    all_rows: bool,
) -> None:
    """Metrics go first, then the last rows; order and ids are kept."""
    monkeypatch.setattr(response_module, "LIMIT_BYTES", 100_000)
    rows = [{"id": f"row-{number}é", "response": "x"} for number in range(count)]
    answer = make_handler(SUITE, Settings(envelope=envelope, log="none"))(rows, None)
    results = results_in(answer, envelope)

    assert len(json.dumps(answer)) <= 100_000 + 1_000
    assert [result["id"] for result in results] == [row["id"] for row in rows[: len(results)]]
    assert (len(results) == count) == all_rows
    assert ("metrics_list" in results[0]) == metrics


def test_the_limit_is_below_lambdas() -> None:
    """6,291,556 bytes."""
    assert LIMIT_BYTES < 6_000_000


def test_huge_ids_are_cut_before_rows_are_lost() -> None:
    """They come from no platform."""
    answer = HANDLE([{"id": "x" * 1_000_000, "response": "x"}] * 8, None)

    assert [len(result["id"]) for result in answer] == [256] * 8


def test_64_rows_of_long_answers_give_a_small_answer() -> None:
    """No completion and no reason is in it."""
    rows = [{"id": str(number), "response": "secret " * 20_000} for number in range(64)]
    text = json.dumps(HANDLE(rows, None))

    assert len(text) < 64 * 600
    assert "secret" not in text


def test_a_fault_of_our_own_costs_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each gets 0.0 and a metric that says that it is no wrong answer; the trace is logged."""

    def broken(*_words: object, **_more: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(handler_module, "score_records", broken)
    with redirect_stdout(io.StringIO()) as out:
        answer = HANDLE([{"id": "a"}, 5], None)

    assert [(result["id"], result["aggregate_reward_score"]) for result in answer] == [("a", 0.0), ("1", 0.0)]
    values = {metric["name"]: metric["value"] for metric in answer[0]["metrics_list"]}
    assert values == {"pay": 0.0, "rlvr/failed": 1.0, "rlvr/invalid_task": 0.0, "rlvr/vetoed": 0.0}
    assert "a bug of ours" in out.getvalue()


def test_fail_fast_raises_or_has_status_500() -> None:
    """By the envelope; the batch is logged all the same, and no completion with it."""
    suite = suite_of("tasks: {t: {scorers: [d.pay]}}\nfail_fast: {fault_share: 0.2}", d={"pay": _pay})
    event = [{"id": "a", "response": "boom secret"}]
    with pytest.raises(ScorerFaultError), redirect_stdout(io.StringIO()) as out:
        make_handler(suite, Settings())(event, None)
    with redirect_stdout(io.StringIO()):
        answer = make_handler(suite, Settings(envelope="http-string", log="none"))(event, None)

    assert answer["statusCode"] == 500
    assert "fault_share" in answer["body"]
    assert '"FailedRecords":1' in out.getvalue()
    assert "secret" not in out.getvalue() + answer["body"]


class _Context:
    def __init__(self, millis: int) -> None:
        self.millis = millis

    def get_remaining_time_in_millis(self) -> int:
        return self.millis


def test_the_answer_leaves_before_the_invocation_ends() -> None:
    """What is not done by then is told apart from wrong answers."""

    def slow(_record: object, _options: object) -> float:
        time.sleep(0.05)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [d.slow]}}\nworkers: {count: 2}", d={"slow": slow})
    start = time.monotonic()
    answer = make_handler(suite, QUIET)([{"response": "x"}] * 100, _Context(2_500))
    failed = [
        metric["value"] for result in answer for metric in result["metrics_list"] if metric["name"] == "rlvr/failed"
    ]

    assert time.monotonic() - start < 2.5
    assert len(answer) == 100
    assert (failed[0], failed[-1]) == (0.0, 1.0)


def _logged(suite: Suite, rows: list[Any], settings: Settings) -> list[dict[str, Any]]:
    with redirect_stdout(io.StringIO()) as out:
        make_handler(suite, settings)(rows, None)
    return [json.loads(line, parse_constant=pytest.fail) for line in out.getvalue().splitlines()]


ROWS = [
    {"id": "a", "response": "secret!!", "answer": "1"},
    {"id": "\ud800", "response": "boom secret"},
    5,
]


def test_a_line_per_record_and_no_text_of_it() -> None:
    """Component names at the top, where queries find them."""
    lines = [line for line in _logged(SUITE, ROWS, Settings()) if "aggregate_reward_score" in line]

    assert [(line["id"], line["verdict"]) for line in lines] == [
        ("a", "scored"),
        ("\ufffd", "failed"),
        ("2", "invalid_task"),
    ]
    assert lines[0]["pay"] == 0.8
    assert lines[1]["failures"] == {"pay": "exception"}
    assert "secret" not in json.dumps(lines)


def test_reasons_are_logged_on_request_only() -> None:
    """They may quote a completion."""
    lines = _logged(SUITE, ROWS, Settings(log_reasons=True))

    assert "boom secret" in json.dumps(lines)


def test_one_document_of_metrics_per_batch() -> None:
    """In CloudWatch's embedded metric format: every metric named is there, arrays of at most 100, no id dimension."""
    documents = [line for line in _logged(SUITE, [{"response": "x" * 5}] * 250 + ROWS, Settings()) if "_aws" in line]
    first = documents[0]
    (directive,) = first["_aws"]["CloudWatchMetrics"]

    assert [len(document["RewardScore"]) for document in documents] == [100, 100, 53]
    assert directive["Dimensions"] == [["FunctionName"]]
    assert all(metric["Name"] in first for metric in directive["Metrics"])
    assert (first["Records"], first["FailedRecords"], first["InvalidTaskRecords"]) == (253, 1, 1)
    assert first["Failures.exception"] == 1
    assert first["ZeroRate"] == pytest.approx(2 / 253)
    assert all("Records" not in document for document in documents[1:])


def test_logging_can_be_less_or_none() -> None:
    """Where references were found is told once per container in any case."""
    assert [line for line in _logged(SUITE, ROWS, Settings(log="batch")) if "aggregate_reward_score" in line] == []
    assert all("message" in line for line in _logged(SUITE, ROWS, Settings(log="none")))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RLVR_ENVELOPE", "json", "list, http-string"),
        ("RLVR_MARGIN_SECONDS", "soon", "seconds"),
        ("RLVR_LOG", "all", "records"),
    ],
)
def test_wrong_settings_name_their_variable(name: str, value: str, expected: str) -> None:
    """And what was expected."""
    with pytest.raises(ConfigError, match=f"{name}.*{expected}"):
        settings_from({name: value})


TEXT = "tasks: {t: {scorers: [text.exact]}}"


def test_a_suite_is_found_wherever_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the function's folder, in the variable itself, in S3, in SSM."""
    (tmp_path / "suite.yaml").write_text(TEXT)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="suites")
        boto3.client("s3").put_object(
            Bucket="suites", Key="math/suite.json", Body=b'{"tasks": {"t": {"scorers": ["text.exact"]}}}'
        )
        boto3.client("ssm").put_parameter(Name="/rlvr/suite", Value=TEXT, Type="String")
        sources = ["suite.yaml", str(tmp_path / "suite.yaml"), TEXT, "s3://suites/math/suite.json", "ssm:/rlvr/suite"]
        suites = [suite_from({"RLVR_SUITE": each, "LAMBDA_TASK_ROOT": str(tmp_path)}) for each in sources]

        assert [suite.revision[:5] for suite in suites] == ["", "", "", "etag ", "versi"]
        assert [len({suite.fingerprint for suite in part}) for part in (suites[:3], suites)] == [1, 3]
        for missing in ("s3://suites/nothing", "ssm:/nothing", "nothing.yaml", "s3://suites", ""):
            with pytest.raises(ConfigError, match=r"RLVR_SUITE|s3://suites|ssm:/nothing"):
                suite_from({"RLVR_SUITE": missing})


def test_a_new_version_in_aws_is_a_new_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the text is the same again; a version may be asked for by its number."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="suites")
        enabled = {"Status": "Enabled"}
        boto3.client("s3").put_bucket_versioning(Bucket="suites", VersioningConfiguration=enabled)
        told = []
        for _ in range(2):
            boto3.client("ssm").put_parameter(Name="/rlvr/suite", Value=TEXT, Type="String", Overwrite=True)
            boto3.client("s3").put_object(Bucket="suites", Key="suite", Body=TEXT.encode())
            told.append([suite_from({"RLVR_SUITE": each}) for each in ("ssm:/rlvr/suite", "s3://suites/suite")])
        first = suite_from({"RLVR_SUITE": "ssm:/rlvr/suite:1"})

    assert [suites[0].revision for suites in told] == ["version 1", "version 2"]
    assert all(before.fingerprint != after.fingerprint for before, after in zip(*told, strict=True))
    assert first.revision == "version 1"


class _FakeAppConfig:
    """AppConfig's data plane, which moto has not."""

    def __init__(self, content: bytes, **more: str) -> None:
        self.answer = {"Configuration": io.BytesIO(content), **more}

    def start_configuration_session(self, **names: str) -> dict[str, str]:
        return {"InitialConfigurationToken": "/".join(names.values())}

    def get_latest_configuration(self, *, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803  # AWS's name
        return self.answer if ConfigurationToken == "rlvr/prod/suite" else {}


@pytest.mark.parametrize(
    ("text", "more", "revision"),
    [
        (TEXT, {"ContentType": "text/plain", "VersionLabel": "7"}, "version 7"),
        ('{"tasks": {"t": {"scorers": ["text.exact"]}}}', {"ContentType": "application/json"}, "sha256 "),
    ],
)
def test_a_suite_in_appconfig_is_read(
    text: str, more: dict[str, str], revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its version's label, or a digest where it has none."""
    monkeypatch.setattr(suite_source, "_client", lambda _service: _FakeAppConfig(text.encode(), **more))
    suite = suite_from({"RLVR_SUITE": "appconfig:rlvr/prod/suite"})

    assert list(suite.tasks) == ["t"]
    assert suite.revision.startswith(revision)
    for wrong in ("appconfig:rlvr/prod", "appconfig:rlvr/prod/suite/more", "appconfig:other/prod/suite"):
        with pytest.raises(ConfigError, match="appconfig:"):
            suite_from({"RLVR_SUITE": wrong})


def test_a_cold_start_imports_nothing_heavy() -> None:
    """Nor does scoring math."""
    code = (
        "import sys, rlvr_handler.lambda_function as f;"
        "f.lambda_handler([{'response': 'The answer is 4', 'answer': '4'}], None);"
        "heavy = ('sympy', 'boto3', 'botocore', 'rich', 'typer', 'asyncio', 'jsonschema');"
        "print([name for name in heavy if name in sys.modules])"
    )
    suite = "tasks: {t: {scorers: [math.equivalent]}}"
    result = subprocess.run(
        [sys.executable, "-c", code], env={"RLVR_SUITE": suite}, capture_output=True, text=True, check=True
    )

    assert result.stdout.splitlines()[-1] == "[]"


def test_the_handler_scores_as_the_core_does() -> None:
    """The same suite gives the same number everywhere."""
    rows = [{"id": "a", "response": "x" * length} for length in range(1, 8)]
    records = [record_from(row) for row in rows]

    assert [result["aggregate_reward_score"] for result in HANDLE(rows, None)] == [
        reward.value for reward in score_records(SUITE, records).rewards
    ]


def test_a_value_is_plain_up_to_its_limits_and_null_beyond() -> None:
    """Digits, depth in lists and depth in objects."""
    longest = 10**1_000 - 1

    def nested(depth: int, wrap: Any) -> Any:
        value: Any = "x"
        for _ in range(depth):
            value = wrap(value)
        return value

    assert (plain(longest), plain(-longest), plain(longest + 1), plain(-longest - 1)) == (longest, -longest, None, None)
    for wrap in (lambda inner: [inner], lambda inner: {"k": inner}, lambda inner: (inner,)):
        for depth in (1, 15, 16):
            assert json.dumps(plain(nested(depth, wrap))) == json.dumps(nested(depth, wrap))
        assert json.dumps(plain(nested(17, wrap))) == json.dumps(nested(16, wrap)).replace('"x"', "null")


def _result(record_id: object, metrics: int) -> dict[str, Any]:
    listed = [{"name": f"m{number}", "value": 0.5, "type": "Metric"} for number in range(metrics)]
    return {"id": record_id, "aggregate_reward_score": 0.25, "metrics_list": listed}


def test_an_answer_is_reduced_by_steps_and_never_more_than_needed() -> None:
    """At each limit exactly, and one byte below it."""
    whole = [_result("a" * 600, 3), _result("b", 3), _result("c", 3)]
    bare = [{"id": each["id"], "aggregate_reward_score": 0.25} for each in whole]
    short = [{**bare[0], "id": "a" * 256}, *bare[1:]]
    sizes = [len(json.dumps(each)) for each in (whole, bare, short)]

    assert _fit(whole, sizes[0]) == whole
    assert _fit(whole, sizes[0] - 1) == _fit(whole, sizes[1]) == bare
    assert _fit(whole, sizes[1] - 1) == _fit(whole, sizes[2]) == short
    for kept in (0, 1, 2):
        limit = sum(len(json.dumps(each)) + 2 for each in short[:kept])
        assert _fit(whole, limit) == short[:kept]
        if limit:
            assert _fit(whole, limit - 1) == short[: kept - 1]


@given(
    st.lists(
        st.builds(_result, st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5)), st.integers(0, 4)),
        max_size=5,
    )
)
def test_the_bound_that_spares_encoding_is_never_too_small(results: list[dict[str, Any]]) -> None:
    """Nor so large that small answers would be encoded twice."""
    size = len(json.dumps(results))

    assert size <= _upper_bound(results) <= 12 * size + 400 * len(results)
    assert _fit(results, _upper_bound(results)) is results


def test_places_of_references_are_logged_once_in_a_container(capsys: pytest.CaptureFixture[str]) -> None:
    """And again only for a place that is new."""
    handler = make_handler(parse_suite("tasks: {t: {scorers: [text.exact]}}"), Settings())
    for rows in (["answer"], ["answer"], ["answer", "ground_truth"], ["ground_truth"]):
        handler([{"id": "1", "completion": "a", name: "a"} for name in rows])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [line["places"] for line in lines if "places" in line] == [["answer"], ["ground_truth"]]
