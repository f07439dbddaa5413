"""``rlvr aws check-data``: the platforms' rules, what a suite pays before training, cleaning, and the way to S3."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import boto3
import msgspec
import pytest
import typer
from botocore.response import StreamingBody
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner, Result

from rlvr import NoOptions, Record, RecordsError, Score, Suite, load_suite, parse_suite, score_records, scorer
from rlvr.testing import suite_of
from rlvr_aws.account import plan
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.session import Aws, permission
from rlvr_aws.data import (
    RULES,
    TARGETS,
    check_data,
    checking,
    clean_data,
    lines,
    reward_checks,
    storage,
)
from rlvr_aws.data import cleaning as cleaning_module
from rlvr_aws.data.check_data_command import check_data as command
from rlvr_aws.data.rows import findings_of, repair_row
from rlvr_aws.data.rules import Finding, QuestionColumn, Severity, TargetName, target_named

GSM8K = Path(__file__).parents[2] / "examples" / "gsm8k"
EXACT = "tasks: {t: {scorers: [text.exact]}}"
LENGTH = "tasks: {t: {scorers: [{scorer: text.length, options: {max: 9}}]}}"
MIXED = "tasks: {t: {scorers: [text.exact, {scorer: text.length, options: {min: 5, max: 9}}]}}"
TAGGED = "tasks: {t: {scorers: [{scorer: text.exact, options: {answer: tag}}]}}"
SHARED = parse_suite(EXACT)
COLUMNS = ("id", "messages", "prompt", "role", "content", "reference_answer", "tools", "name", "metadata", "text")

app = typer.Typer()
app.command()(command)


def _suite(text: str = EXACT) -> Suite:
    return parse_suite(text)


def _row(**columns: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "6 * 7?"}], "reference_answer": "42", **columns}


def _many(*rows: dict[str, Any], count: int = 100) -> list[dict[str, Any]]:
    return [*rows, *(_row(id=f"row-{number}") for number in range(count - len(rows)))]


def _file(folder: Path, *rows: Any, name: str = "data.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _told(path: Path, *, suite: Suite | None = None, **options: Any) -> dict[str, int]:
    return check_data(suite or _suite(), path, **options).counts


def _rules_of(row: dict[str, Any], target: TargetName = "bedrock-nova") -> set[str]:
    return {finding.rule for finding in findings_of(row, TARGETS[target], 1)[1]}


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(app, words)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 of this process, with one bucket."""
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="training")
        yield client


@pytest.fixture
def suite_file(tmp_path: Path) -> str:
    """A suite of one exact scorer."""
    path = tmp_path / "suite.yaml"
    path.write_text(EXACT)
    return str(path)


# The rules.


@pytest.mark.parametrize("target", ["bedrock-nova", "bedrock-open-weight", "sagemaker-nova"])
def test_data_as_it_should_be_breaks_no_rule(tmp_path: Path, target: TargetName) -> None:
    """A hundred rows with a system turn, tools and text in parts."""
    system = {"role": "system", "content": [{"type": "text", "text": "Be brief."}]}
    function = {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {}}}
    row = _row(messages=[system, {"role": "user", "content": "?"}], tools=[{"type": "function", "function": function}])
    report = check_data(_suite(), _file(tmp_path, *_many(row)), target)

    assert (report.counts, report.findings, report.rows, report.full_marks) == ({}, (), 100, 100)


@pytest.mark.each(
    ("columns", "rule"),
    [
        ({"messages": None}, "messages-missing"),
        ({"messages": []}, "messages-missing"),
        ({"messages": "6 * 7?"}, "messages-missing"),
        ({"messages": ["6 * 7?"]}, "message-invalid"),
        ({"messages": [{"role": "system", "content": "?"}]}, "no-user-turn"),
        ({"messages": [{"role": "user", "content": "?"}, {"role": "system", "content": "!"}]}, "system-not-first"),
        ({"messages": [{"role": "human", "content": "?"}]}, "unknown-role"),
        ({"messages": [{"role": ["user"], "content": "?"}]}, "unknown-role"),
        ({"messages": [{"role": "developer", "content": "?"}]}, "developer-role"),
        ({"messages": [{"role": "user", "content": "?", "name": "Mara"}]}, "forbidden-message-key"),
        ({"messages": [{"role": "user", "content": " \n"}]}, "blank-content"),
        ({"messages": [{"role": "user", "content": []}]}, "blank-content"),
        ({"messages": [{"role": "user", "content": None}]}, "blank-content"),
        ({"messages": [{"role": "user", "content": 7}]}, "content-not-text"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]}, "content-not-text"),
        ({"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}, "ends-with-answer"),
        ({"id": " "}, "blank-id"),
        ({"id": 7}, "id-not-text"),
        ({"id": [7]}, "id-not-text"),
        ({"reference_answer": ""}, "reference-empty"),
        ({"reference_answer": {}}, "reference-empty"),
        ({"reference_answer": 42}, "reference-type"),
        ({"reference_answer": True}, "reference-type"),
        ({"tools": []}, "tools-invalid"),
        ({"tools": [{"type": "function", "function": {"name": "a"}}]}, "tools-invalid"),
    ],
)
def test_each_rule_of_a_row_is_told_by_its_name(columns: dict[str, Any], rule: str) -> None:
    """And a row that breaks none is not."""
    assert rule in _rules_of(_row(**columns))
    assert not _rules_of(_row())


def test_a_turn_that_calls_a_tool_needs_no_content() -> None:
    """As OpenAI's format has it."""
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    answer = {"role": "tool", "tool_call_id": "1", "content": "7"}

    assert not _rules_of(_row(messages=[{"role": "user", "content": "?"}, call, answer]))


def test_tools_of_one_name_are_told() -> None:
    """The second is."""
    function = {"name": "add", "description": "Adds.", "parameters": {"type": "object"}}
    tool = {"type": "function", "function": function}
    found = findings_of(_row(tools=[tool, tool]), TARGETS["bedrock-nova"], 3)[1]

    assert [(each.line, each.problem) for each in found] == [(3, "tools[1].function: 'add' is used twice")]


@pytest.mark.parametrize(
    ("prompt", "rules"),
    [
        ("6 * 7?", set()),
        ([{"role": "user", "content": "6 * 7?"}], set()),
        (None, {"prompt-missing"}),
        (" ", {"prompt-missing"}),
        ({"role": "user"}, {"prompt-missing"}),
        (["6 * 7?"], {"message-invalid"}),
        ([{"role": "user", "content": ""}], {"blank-content"}),
    ],
)
def test_open_weight_models_on_sagemaker_want_a_prompt(prompt: object, rules: set[str]) -> None:
    """Text or messages, and no `messages`."""
    assert _rules_of({"prompt": prompt}, "sagemaker-open-weight") == rules


def test_a_million_messages_do_not_become_a_million_findings() -> None:
    """Hostile rows cost what they weigh."""
    assert len(findings_of(_row(messages=[7] * 100_000), TARGETS["bedrock-nova"], 1)[1]) == 50


# The lines.


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"\xff{}", "not-utf-8"),
        (b'{"a": 1,}', "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b'{"a": -Infinity}', "not-json"),
        (b'{"a": 1e999}', "not-json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not-json"),
        (b"[" * 100_000, "not-json"),
        (b'{"a": ' + b"[" * 150 + b"]" * 150 + b"}", "not-json"),
        (b'{"a": "\\ud800"}', "lone-surrogate"),
        (b'{"\\udfff": 1}', "lone-surrogate"),
        (b'"text"', "not-an-object"),
        (b"[1]", "not-an-object"),
        (b"  ", "blank-line"),
    ],
)
def test_a_line_that_is_no_row_is_told_and_the_next_are_read(tmp_path: Path, line: bytes, rule: str) -> None:
    """With its number."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(json.dumps(_row()).encode() + b"\n" + line + b"\n" + json.dumps(_row(id="b")).encode() + b"\n")
    report = check_data(_suite(), path)
    found = next(finding for finding in report.findings if finding.rule == rule)

    assert found.line == 2
    assert report.counts == {"too-few-rows": 1, rule: 1}
    assert report.full_marks == 2


def test_a_pair_of_surrogates_is_one_character(tmp_path: Path) -> None:
    """ASCII-only JSON writes emojis so."""
    assert _told(_file(tmp_path, *_many(_row(note="😀")))) == {}


def test_a_byte_order_mark_and_a_missing_newline_are_warnings(tmp_path: Path) -> None:
    """Both are mended by cleaning."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(json.dumps(row).encode() for row in _many()))
    report = check_data(_suite(), path)

    assert report.counts == report.repaired == {"byte-order-mark": 1, "no-final-newline": 1}
    assert report.count("error") == 0


@pytest.mark.parametrize("text", [b"[\n{}\n]", b'\n[{"a": 1}]', b'{\n"rows": []}', b"\x1f\x8b\x08"])
def test_a_file_that_is_no_json_lines_is_told_once(tmp_path: Path, text: bytes) -> None:
    """And not as a thousand broken lines, nor as too few rows."""
    (tmp_path / "data.jsonl").write_bytes(text)
    report = check_data(_suite(), tmp_path / "data.jsonl")

    assert report.counts.pop("blank-line", 1) == 1
    assert report.counts == {"not-json-lines": 1}


def test_a_line_without_end_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In memory of the limit."""
    monkeypatch.setattr(lines, "LINE_LIMIT_BYTES", 1_000)
    report = check_data(_suite(), _file(tmp_path, _row(note="x" * 5_000), _row()))

    assert (report.counts["line-too-long"], report.rows, report.full_marks) == (1, 2, 1)


@pytest.mark.parametrize(
    ("count", "target", "counts"),
    [
        (99, "bedrock-nova", {"too-few-rows": 1}),
        (99, "sagemaker-nova", {"few-rows": 1}),
        (20_001, "bedrock-open-weight", {"too-many-rows": 1}),
    ],
)
def test_the_number_of_rows_is_judged_for_the_target(
    tmp_path: Path, count: int, target: str, counts: dict[str, int]
) -> None:
    """An error where the platform refuses the file, a warning where AWS only recommends."""
    assert _told(_file(tmp_path, *_many(count=count)), target=target) == counts
    assert RULES["too-few-rows"].severity == "error"
    assert RULES["few-rows"].severity == "warning"
    assert TARGETS["sagemaker-nova"].rows_max is None


# Column of the question, least and most rows, whether few rows are an error, gibibytes, whether jobs read S3.
TARGET_RULES: dict[TargetName, tuple[QuestionColumn, int, int | None, bool, int, bool]] = {
    "bedrock-nova": ("messages", 100, 20_000, True, 5, True),
    "bedrock-open-weight": ("messages", 100, 20_000, True, 5, False),
    "sagemaker-nova": ("messages", 100, None, False, 5, True),
    "sagemaker-open-weight": ("prompt", 100, None, False, 1, True),
}


def test_each_target_has_its_rules() -> None:
    """As the platforms document them."""
    assert {*get_args(TargetName)} == TARGET_RULES.keys() == TARGETS.keys()
    for name, expected in TARGET_RULES.items():
        target = target_named(name)
        few = RULES[target.few_rows].severity == "error"
        size, rest = divmod(target.limit_bytes, 1 << 30)
        assert (target.name, rest) == (name, 0)
        assert (target.question, target.rows_min, target.rows_max, few, size, not target.upload_note) == expected


def test_each_column_of_a_question_has_its_rules() -> None:
    """A row with the one is no row of the other; only chats are moved to metadata."""
    missing: dict[QuestionColumn, str] = {"messages": "messages-missing", "prompt": "prompt-missing"}
    moved: dict[QuestionColumn, bool] = {"messages": True, "prompt": False}

    assert {*get_args(QuestionColumn)} == missing.keys() == moved.keys()
    for name in get_args(TargetName):
        target = target_named(name)
        assert missing[target.question] in _rules_of({"id": "a"}, name)
        assert target.moves_columns is moved[target.question]


def test_each_severity_says_which_rows_are_left_out() -> None:
    """Errors that cannot be repaired."""
    rule_of: dict[Severity, str] = {"error": "no-user-turn", "warning": "duplicate-id"}
    excluded: dict[Severity, tuple[bool, bool]] = {"error": (True, False), "warning": (False, False)}

    assert {*get_args(Severity)} == rule_of.keys() == excluded.keys()
    for severity, rule in rule_of.items():
        found = [Finding(line=1, rule=rule, problem="", repaired=repaired) for repaired in (False, True)]
        assert {each.severity for each in found} == {severity}
        assert tuple(each.excludes_row for each in found) == excluded[severity]


def test_with_a_limit_the_number_of_rows_is_not_judged(tmp_path: Path) -> None:
    """Nor are the rows behind it read."""
    report = check_data(_suite(), _file(tmp_path, *_many(), "broken"), limit=3)

    assert (report.rows, report.limited, report.counts) == (3, True, {})


def test_repeated_rows_and_ids_are_told(tmp_path: Path) -> None:
    """A row that repeats another is told as that only; the order of its columns does not matter."""
    again = dict(reversed(_row(id="row-1").items()))

    assert _told(_file(tmp_path, *_many(count=99), again, _row(id="row-2", more=1))) == {
        "duplicate-id": 1,
        "duplicate-row": 1,
    }


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Of rlvr's, with the file's name."""
    with pytest.raises(RecordsError, match=r"nowhere\.jsonl: cannot be read"):
        check_data(_suite(), tmp_path / "nowhere.jsonl")


# The rewards.


def test_the_example_pays_full_marks_for_each_reference() -> None:
    """Its references are numbers that the scorer reads."""
    report = check_data(load_suite(GSM8K / "suite.yaml"), GSM8K / "records.jsonl")

    assert (report.rows, report.full_marks, report.unjudged) == (18, 18, {})


@pytest.mark.parametrize(
    ("suite", "columns", "rule"),
    [
        ("tasks: {t: {scorers: [math.equivalent]}}", {"reference_answer": "90^"}, "reference-unreadable"),
        (EXACT, {"reference_answer": None}, "reference-unreadable"),
        (LENGTH, {"reference_answer": None}, "reference-missing"),
        ("{tasks: {t: {scorers: [text.exact]}}, route: {by: kind}}", {"kind": "u"}, "no-task"),
        (EXACT, {"reference_answer": None, "answer": "42"}, "lost-in-metadata"),
    ],
)
def test_what_is_wrong_with_the_reward_is_told(tmp_path: Path, suite: str, columns: dict[str, Any], rule: str) -> None:
    """On the row that it is wrong of."""
    report = check_data(_suite(suite), _file(tmp_path, _row(id="a", **columns)))

    assert {(finding.id, finding.rule) for finding in report.findings} == {("a", rule), ("", "too-few-rows")}


@pytest.mark.parametrize("suite", [EXACT, MIXED, TAGGED, "tasks: {t: {range: [-1, 2], scorers: [text.exact]}}"])
def test_full_marks_are_those_of_what_reads_the_reference(tmp_path: Path, suite: str) -> None:
    """A suite may want marks around an answer, or a length that the bare reference has not."""
    report = check_data(_suite(suite), _file(tmp_path, *_many()))

    assert (report.full_marks, report.counts) == (100, {})


@scorer(needs=("reference",), bounded=True)
def _half(record: Record, _options: NoOptions) -> Score:
    return Score.of(0.5, "half of it is missing") if record.completion else Score.of(0.0)


@scorer(needs=("reference",), bounded=True)
def _good(record: Record, _options: NoOptions) -> Score:
    return Score.of(float(record.completion == record.reference))


@scorer(bounded=True)
def _content(_record: Record, _options: NoOptions) -> Score:
    return Score.of(1.0)


@scorer(bounded=True)
def _breaks(record: Record, _options: NoOptions) -> Score:
    raise ValueError(record.completion)


@scorer(bounded=True)
def _breaks_on_x(record: Record, _options: NoOptions) -> Score:
    return Score.of(1.0 / ("x" not in record.completion))


def _strange(scorers: str, more: str = "") -> Suite:
    fakes: dict[str, object] = {"half": _half, "content": _content, "breaks": _breaks}
    fakes["breaks_on_x"] = _breaks_on_x
    return suite_of(f"tasks: {{t: {{scorers: [{scorers}]{more}}}}}", fake=fakes)


@pytest.mark.parametrize("scorers", ["fake.half", "fake.half, fake.content"])
def test_a_reference_that_earns_half_is_an_error(tmp_path: Path, scorers: str) -> None:
    """Whether or not other scorers are content with it."""
    report = check_data(_strange(scorers), _file(tmp_path, *_many()))

    assert (report.counts, report.full_marks) == ({"reference-below-full": 100}, 0)
    assert "0.5 of 1" in report.findings[0].problem
    assert "half of it is missing" in report.findings[0].problem


@pytest.mark.parametrize(
    ("scorers", "reference", "reason"),
    [
        ("text.exact", ["42"], "the reference is not text"),
        ("fake.content", "42", "no scorer of the task reads the reference"),
        ("text.exact", "[42", ""),
        ("fake.half", '{"tests": []}', "the reference is not an answer, but data to judge one by"),
        ("text.exact", "42", ""),
    ],
)
def test_a_reference_that_is_no_answer_is_not_tried_as_one(
    tmp_path: Path, scorers: str, reference: object, reason: str
) -> None:
    """It is told why, and is no error."""
    row = {"messages": _row()["messages"], "metadata": {"reference_answer": reference}}
    suite = _suite(EXACT) if scorers == "text.exact" else _strange(scorers)
    report = check_data(suite, _file(tmp_path, row), "sagemaker-nova")

    assert report.unjudged == ({reason: 1} if reason else {})
    assert report.count("error") == 0


def test_a_reference_of_tests_is_no_answer(tmp_path: Path) -> None:
    """Nobody answers with the tests of his code."""
    row = _row(reference_answer="assert add(1, 2) == 3")
    report = check_data(_suite("tasks: {t: {scorers: [code.tests]}}"), _file(tmp_path, row))

    assert report.unjudged == {"the reference is not an answer, but data to judge one by": 1}


@pytest.mark.parametrize("policy", ["zero", "raise"])
def test_a_scorer_that_breaks_is_told_on_each_row(tmp_path: Path, policy: str) -> None:
    """Also where the suite says to stop the batch."""
    suite = _strange("fake.breaks", f", on_error: {policy}")
    report = check_data(suite, _file(tmp_path, *_many(count=3)))

    assert report.counts == {"too-few-rows": 1, "scorer-fails": 3}
    assert [finding.line for finding in report.findings] == [1, 2, 3, 0]


def test_faults_of_some_rows_do_not_trip_the_breaker_for_others(tmp_path: Path) -> None:
    """Each row is judged for itself."""
    text = "{tasks: {t: {scorers: [fake.good]}, b: {scorers: [fake.breaks]}}, fail_fast: {fault_share: 0.1}}"
    suite = suite_of(text, fake={"breaks": _breaks, "good": _good})
    rows = [_row(id=str(place), task="b" if place % 2 else "t") for place in range(600)]
    report = check_data(suite, _file(tmp_path, *rows))

    assert (report.counts["scorer-fails"], report.full_marks) == (300, 300)


def test_reasons_of_any_length_are_cut(tmp_path: Path) -> None:
    """A finding is a line of a table."""

    @scorer(needs=("reference",), bounded=True)
    def talks(_record: Record, _options: NoOptions) -> Score:
        return Score.invalid_task("x" * 100_000)

    suite = suite_of("tasks: {t: {scorers: [fake.talks]}}", fake={"talks": talks})

    assert len(check_data(suite, _file(tmp_path, _row())).findings[0].problem) == 500


@pytest.mark.parametrize("policy", ["zero", "raise"])
def test_a_row_that_breaks_a_scorer_as_it_stands_is_told(tmp_path: Path, policy: str) -> None:
    """And not the rows beside it, nor its reference as the answer."""
    turns = [*_row()["messages"], {"role": "assistant", "content": "x"}]
    suite = _strange("fake.breaks_on_x", f", on_error: {policy}")
    report = check_data(suite, _file(tmp_path, _row(id="a"), _row(id="b", messages=turns)))

    assert [(each.id, each.rule) for each in report.findings if "fails" in each.rule] == [("b", "raw-row-fails")]


def test_paying_for_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rlvr never does; should it, no model may learn from it."""

    def generous(suite: Suite, records: list[Record], **_options: object) -> Any:
        report = score_records(suite, records)
        return msgspec.structs.replace(
            report, rewards=tuple(msgspec.structs.replace(each, value=1.0) for each in report.rewards)
        )

    monkeypatch.setattr(reward_checks, "score_records", generous)

    assert _told(_file(tmp_path, *_many())) == {"empty-earns": 100}


def test_a_row_that_answers_itself_is_not_paid_for_nothing(tmp_path: Path) -> None:
    """The answer in the file is not the one that is tried as nothing."""
    turns = [*_row()["messages"], {"role": "assistant", "content": "42"}]

    assert _told(_file(tmp_path, *_many(_row(messages=turns)))) == {"ends-with-answer": 1}


def test_where_a_row_stands_in_its_batch_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor how large the batches are."""
    path = _file(tmp_path, *_many(_row(reference_answer=None), "text", _row(id=7), count=40))  # type: ignore[arg-type]
    whole = check_data(_suite(), path)
    monkeypatch.setattr(checking, "BATCH_ROWS", 3)

    assert check_data(_suite(), path) == whole


@settings(max_examples=80)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(COLUMNS) | st.text(st.characters(), max_size=3), inner, max_size=4
                    )
                ),
                max_leaves=12,
            ).map(lambda value: json.dumps(value).encode()),
        ),
        max_size=6,
    ),
    st.sampled_from(sorted(TARGETS)),
)
def test_any_file_is_answered_and_cleaning_it_leaves_nothing_to_clean(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], target: TargetName
) -> None:
    """Whatever it holds; the cleaned one has no errors but those of the number of rows."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "data.jsonl").write_bytes(b"\n".join(parts))
    try:
        cleaning = clean_data(SHARED, folder / "data.jsonl", folder / "clean.jsonl", target)
    except DeploymentError:
        assert "not-json-lines" in _told(folder / "data.jsonl", target=target)
        return

    assert {rule for rule in cleaning.after.counts if RULES[rule].severity == "error"} <= {"too-few-rows"}
    assert (cleaning.after.repaired, cleaning.after.left_out) == ({}, 0)
    clean_data(SHARED, folder / "clean.jsonl", folder / "again.jsonl", target)
    assert (folder / "again.jsonl").read_bytes() == (folder / "clean.jsonl").read_bytes()


# Cleaning.


def test_cleaning_mends_what_needs_no_guess(tmp_path: Path) -> None:
    """And says how often; the rest is as it was, columns in their order."""
    path = tmp_path / "data.jsonl"
    turns = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "é?", "name": "Mara"}]
    odd = {"id": "", "reference_answer": 42, "messages": turns, "note": "é"}
    same = {"id": 7, "reference_answer": "42", "messages": _row()["messages"]}
    text = ["\ufeff", json.dumps(odd), "", "{broken", json.dumps(same), json.dumps({**same, "id": "7"})]
    path.write_text("\n".join(text).replace("\ufeff\n", "\ufeff"), encoding="utf-8")
    cleaning = clean_data(_suite(), path, tmp_path / "clean.jsonl")

    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "é?"}]
    wanted = [{"reference_answer": "42", "messages": turns, "note": "é"}, {**same, "id": "7"}]
    written = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wanted)
    assert (tmp_path / "clean.jsonl").read_text(encoding="utf-8") == written
    once = "byte-order-mark blank-line no-final-newline forbidden-message-key blank-id id-not-text reference-type"
    assert cleaning.before.repaired == dict.fromkeys([*once.split(), "developer-role", "duplicate-row"], 1)
    assert cleaning.before.left_out == 1
    assert cleaning.after.counts == {"too-few-rows": 1}


def test_an_empty_reference_is_dropped_and_the_row_kept_where_nobody_reads_it(tmp_path: Path) -> None:
    """As the rules allow."""
    clean_data(_suite(LENGTH), _file(tmp_path, _row(reference_answer=" ")), tmp_path / "clean.jsonl")

    assert json.loads((tmp_path / "clean.jsonl").read_text()) == {"messages": _row()["messages"]}


def test_cleaning_never_touches_its_source(tmp_path: Path) -> None:
    """Under any of its names."""
    path = _file(tmp_path, _row())
    (tmp_path / "other.jsonl").symlink_to(path)
    (tmp_path / "hard.jsonl").hardlink_to(path)
    for name in ("data.jsonl", "other.jsonl", "hard.jsonl"):
        with pytest.raises(DeploymentError, match="is the source itself"):
            clean_data(_suite(), path, tmp_path / name)


def test_a_cleaned_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An earlier one stays, and nothing else is left behind."""
    path = _file(tmp_path, _row())
    (tmp_path / "clean.jsonl").write_text("earlier")
    monkeypatch.setattr(cleaning_module, "_write", lambda _file, _row: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        clean_data(_suite(), path, tmp_path / "clean.jsonl")

    assert (tmp_path / "clean.jsonl").read_text() == "earlier"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["clean.jsonl", "data.jsonl"]


def test_a_cleaned_file_can_be_read_as_other_new_files(tmp_path: Path) -> None:
    """Not by its owner only, as temporary files are."""
    clean_data(_suite(), _file(tmp_path, _row()), tmp_path / "clean.jsonl")
    (tmp_path / "usual").touch()

    assert (tmp_path / "clean.jsonl").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_cleaning_replaces_files_only(tmp_path: Path) -> None:
    """A folder, or a device, is none."""
    with pytest.raises(DeploymentError, match="is not a regular file"):
        clean_data(_suite(), _file(tmp_path, _row()), tmp_path)


def test_what_is_no_json_lines_is_not_cleaned_to_nothing(tmp_path: Path) -> None:
    """A list of rows would become an empty file."""
    (tmp_path / "data.jsonl").write_text("[{}]")
    with pytest.raises(DeploymentError, match="one JSON list"):
        clean_data(_suite(), tmp_path / "data.jsonl", tmp_path / "clean.jsonl")

    assert not (tmp_path / "clean.jsonl").exists()


@given(st.dictionaries(st.sampled_from(COLUMNS), st.none() | st.integers() | st.text() | st.just({})))
def test_mending_twice_mends_nothing_more(row: dict[str, Any]) -> None:
    """And never changes the row that it is given."""
    before = json.dumps(row)
    clean, _ = repair_row(row)

    assert repair_row(clean) == (clean, [])
    assert json.dumps(row) == before


# S3.


@pytest.mark.each(
    ("address", "told"),
    [
        ("training/data.jsonl", "does not name an object"),
        ("s3://training", "does not name an object"),
        ("s3://training/", "does not name an object"),
        ("s3://training/\udcff.jsonl", "does not name an object"),
        ("s3://training/a=b/data.jsonl", "does not fit"),
        ("s3://training/ä.jsonl", "does not fit"),
        ("s3://training/a//b.jsonl", "does not fit"),
        ("s3://Training/data.jsonl", "does not fit"),
        ("s3://training/data.json", "does not end with .jsonl"),
        ("s3://training/" + "a" * 1_024 + ".jsonl", "is longer than 1024 characters"),
    ],
)
def test_keys_that_no_job_takes_are_refused_before_anything_is_sent(address: str, told: str) -> None:
    """By the rules of the installed service model."""
    with pytest.raises(DeploymentError, match=re.escape(told)):
        storage.destination_of(address)


def test_a_file_is_put_once(bucket: Any, tmp_path: Path) -> None:
    """The second run keeps it; another file updates it."""
    path, address = _file(tmp_path, _row()), storage.destination_of("s3://training/a/data.jsonl")
    actions = []
    for rows in ([_row()], [_row()], [_row(), _row()]):
        step = storage.object_step(Aws(), _file(tmp_path, *rows), address)
        plan.take([step])
        actions.append(step.action)

    assert actions == ["create", "keep", "update"]
    assert bucket.get_object(**address.parameters)["Body"].read() == path.read_bytes()
    assert bucket.head_object(**address.parameters)["ContentType"] == "application/jsonl"


def test_the_calls_are_those_that_are_declared(bucket: Any, tmp_path: Path) -> None:
    """Each permission of CALLS is used, and no other."""
    bucket.put_object(Bucket="training", Key="in.jsonl", Body=b"{}")
    aws, used = Aws(), set[str]()
    events = aws.client("s3").meta.events
    events.register("before-call.s3", lambda model, **_more: used.add(permission("s3", model.name)))
    with storage.downloaded_file(aws, storage.address_of("s3://training/in.jsonl"), "bedrock-nova") as path:
        plan.take([storage.object_step(aws, path, storage.destination_of("s3://training/out.jsonl"))])

    assert used == set(storage.CALLS)


def test_an_object_that_is_too_large_is_not_fetched(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is told first."""
    bucket.put_object(Bucket="training", Key="in.jsonl", Body=b"12345")
    small = msgspec.structs.replace(TARGETS["bedrock-nova"], limit_bytes=4)
    monkeypatch.setattr(storage, "TARGETS", {"bedrock-nova": small})
    with pytest.raises(DeploymentError, match="has 5 bytes"):  # noqa: SIM117
        with storage.downloaded_file(Aws(), storage.address_of("s3://training/in.jsonl"), "bedrock-nova"):
            pytest.fail("it was fetched")


@pytest.mark.parametrize("address", ["s3://training/in.jsonl", "s3://nowhere/in.jsonl"])
def test_an_object_that_is_not_there_is_told_by_its_address(bucket: Any, address: str) -> None:
    """Nor where its bucket is not."""
    assert bucket
    with pytest.raises(DeploymentError, match=f"{address}: does not exist"):  # noqa: SIM117
        with storage.downloaded_file(Aws(), storage.address_of(address), "bedrock-nova"):
            pytest.fail("it was fetched")


def test_a_bucket_that_is_not_there_is_told_with_the_plan(bucket: Any, tmp_path: Path) -> None:
    """And not once it is acted on."""
    assert bucket
    with pytest.raises(DeploymentError, match="s3://nowhere: this bucket does not exist"):
        storage.object_step(Aws(), _file(tmp_path, _row()), storage.destination_of("s3://nowhere/data.jsonl"))


def test_an_object_that_breaks_off_is_an_error(bucket: Any, tmp_path: Path) -> None:
    """And no shorter file."""
    assert bucket
    body = StreamingBody(io.BytesIO(b"123"), 5)
    aws = Aws()
    with (tmp_path / "part").open("wb") as file, pytest.raises(AwsError, match=r"s3:GetObject: .*3 read"):
        storage._copy(aws, body, file)


# The command.


def test_good_data_has_exit_code_0(suite_file: str, tmp_path: Path) -> None:
    """And a short table."""
    result = _run(suite_file, str(_file(tmp_path, *_many())))

    assert (result.exit_code, result.stderr) == (0, "")
    assert "100 rows" in result.output
    assert "0 errors, 0 warnings" in result.output


def test_errors_have_exit_code_1_and_hostile_text_is_harmless(suite_file: str, tmp_path: Path) -> None:
    """Each with its line, id, rule and what to do."""
    result = _run(suite_file, str(_file(tmp_path, *_many(_row(id="\x1b[31m[red]", messages=[])))))

    assert result.exit_code == 1
    assert "[31m[red]" in result.output
    assert "\x1b" not in result.output
    assert "messages-missing" in result.output
    assert "give the row `messages`" in result.output


def test_as_json_there_is_one_document(suite_file: str, tmp_path: Path) -> None:
    """With each finding's severity and advice."""
    result = _run(suite_file, str(_file(tmp_path, *_many(_row(id="")))), "--json")
    report = json.loads(result.stdout)["report"]

    assert (result.exit_code, report["errors"], report["warnings"], report["counts"]) == (1, 1, 0, {"blank-id": 1})
    assert report["findings"][0]["severity"] == "error"
    assert report["findings"][0]["advice"] == RULES["blank-id"].advice


def test_what_was_not_judged_is_told(suite_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows behind the limit, references that are no answer, and duplicates behind what is remembered."""
    monkeypatch.setattr(checking, "REMEMBERED_ROWS", 1)
    path = _file(tmp_path, *[_row(reference_answer={"any": ["42", "43"]})] * 4)
    output = _run(suite_file, str(path), "--limit", "3").output

    assert "Only the first rows were read" in output
    assert "References not scored as answers: 3: the " in output
    assert "Only the first 1 rows were compared to find duplicates." in output


def test_what_is_shown_is_bounded(suite_file: str, tmp_path: Path) -> None:
    """Twenty findings of each rule, errors first, and the number of the others; none hides another rule's."""
    rows = [_row(id=f"{place}", messages=[{"role": "developer", "content": "x"}]) for place in range(300)]
    result = _run(suite_file, str(_file(tmp_path, *rows, _row(messages=[]))))

    assert "and 560 more breaches of these rules" in result.output
    assert result.output.count("no message has role user") == result.output.count("has role developer") == 20
    assert result.output.index("messages is a list of 0") < result.output.index("has role developer")


@pytest.mark.parametrize("as_json", [False, True])
def test_from_s3_cleaned_and_put_there(bucket: Any, suite_file: str, tmp_path: Path, *, as_json: bool) -> None:
    """Only with --yes; a second run changes nothing."""
    bucket.put_object(Bucket="training", Key="raw.jsonl", Body=_file(tmp_path, *_many(_row(id=""))).read_bytes())
    words = [suite_file, "s3://training/raw.jsonl", "--clean", str(tmp_path / "clean.jsonl")]
    words += ["--upload", "s3://training/good.jsonl", *(["--json"] if as_json else [])]
    shown = _run(*words)
    assert "good.jsonl" in shown.output
    assert [each["Key"] for each in bucket.list_objects_v2(Bucket="training")["Contents"]] == ["raw.jsonl"]

    assert (shown.exit_code, _run(*words, "--yes").exit_code) == (0, 0)
    stored = bucket.get_object(Bucket="training", Key="good.jsonl")
    assert stored["Body"].read() == (tmp_path / "clean.jsonl").read_bytes()
    again = _run(*words, "--yes")
    assert '"action": "keep"' in again.stdout if as_json else " keep " in again.stdout


def test_that_open_weight_models_on_bedrock_read_no_s3_is_told(bucket: Any, suite_file: str, tmp_path: Path) -> None:
    """Before somebody waits for a job."""
    assert bucket
    words = ["--upload", "s3://training/good.jsonl", "--target", "bedrock-open-weight"]

    assert "send the file to the Files API" in _run(suite_file, str(_file(tmp_path, *_many())), *words).output


def test_data_with_errors_is_not_uploaded(bucket: Any, suite_file: str, tmp_path: Path) -> None:
    """Not even with --yes."""
    path = str(_file(tmp_path, _row()))
    result = _run(suite_file, path, "--upload", "s3://training/data.jsonl", "--yes")
    as_json = _run(suite_file, path, "--upload", "s3://training/data.jsonl", "--yes", "--json")

    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "Nothing was uploaded to s3://training/data.jsonl: there are errors." in result.output
    assert json.loads(as_json.stdout)["upload"]["steps"][0]["action"] == "refuse"
    assert "Contents" not in bucket.list_objects_v2(Bucket="training")


def test_a_dry_run_does_nothing(suite_file: str, tmp_path: Path) -> None:
    """Without credentials, it says what would be called with what."""
    words = ["--clean", str(tmp_path / "clean.jsonl"), "--upload", "s3://training/good.jsonl", "--yes", "--dry-run"]
    result = _run(suite_file, "s3://training/raw.jsonl", *words, "--json")
    calls = json.loads(result.stdout)["calls"]

    assert result.exit_code == 0
    assert [each["call"] for each in calls] == [
        "s3:GetObject",
        "check",
        "write",
        "s3:HeadBucket",
        "s3:HeadObject",
        "s3:PutObject",
    ]
    assert calls[-1]["parameters"]["Key"] == "good.jsonl"
    assert not (tmp_path / "clean.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--target", "azure"], "'azure' is not one of"),
        (["--limit", "3", "--clean", "x.jsonl"], "takes a part of the rows"),
        (["--limit", "0"], "--limit"),
        (["--upload", "s3://training/a=b.jsonl"], "does not fit"),
    ],
)
def test_wrong_options_have_exit_code_2(suite_file: str, tmp_path: Path, words: list[str], told: str) -> None:
    """With what was expected, and no traceback."""
    result = _run(suite_file, str(_file(tmp_path, _row())), *words)

    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
    assert "Traceback" not in result.output


def test_a_device_is_no_file_of_rows(suite_file: str) -> None:
    """It may have no end."""
    result = _run(suite_file, "/dev/zero")

    assert result.exit_code == 2
    assert "/dev/zero: is not a regular file" in result.stderr


def test_missing_files_have_exit_code_2(suite_file: str, tmp_path: Path) -> None:
    """Told in one line."""
    for words in ([suite_file, "nowhere.jsonl"], [str(tmp_path / "nowhere.yaml"), "nowhere.jsonl"]):
        result = _run(*words)

        assert result.exit_code == 2
        assert "nowhere" in result.stderr
        assert "Traceback" not in result.output
