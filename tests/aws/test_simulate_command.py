"""``rlvr simulate``, as its users run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from rlvr import Message, Record, RecordsError, record_from, rows_in
from rlvr.cli.app import app
from rlvr_aws.simulate import simulate_command as command_module
from rlvr_aws.simulate.platform_profiles import MODES, Mode, calls_of, profile_of
from rlvr_aws.simulate.prices import Prices
from rlvr_aws.simulate.shapes import SHAPES, Shape, raw_row
from rlvr_aws.simulate.tally import Tally, quantile
from rlvr_handler.settings import Envelope

GSM8K = Path(__file__).parents[2] / "examples" / "gsm8k"
FILES = (str(GSM8K / "suite.yaml"), str(GSM8K / "records.jsonl"))


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "80", "TERM": "dumb"}).invoke(app, ["simulate", *words])


@pytest.mark.parametrize("mode", MODES)
def test_the_example_is_rejected_nowhere(mode: str) -> None:
    """In every habit, shape and envelope; the same records earn the same in all of them."""
    result = _run(*FILES, "--mode", mode, "--json")
    told = json.loads(result.stdout)["modes"][mode]
    means = {"pre-submit": 0.0, "shapes": 10 / 18 * (len(SHAPES) - 1) / len(SHAPES)}

    assert (result.exit_code, result.stderr, told["rejections"]) == (0, "", {})
    assert told["verifier_accepts"] == told["calls"]
    assert told["mean_reward"] == pytest.approx(means.get(mode, 10 / 18))
    assert told["retries"] == 0
    assert told["cold_start_seconds"] > told["p99_seconds"] >= told["p95_seconds"] >= told["p50_seconds"] > 0


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_every_envelope_is_judged_as_what_it_is(envelope: Envelope) -> None:
    """The deployment's choice."""
    assert _run(*FILES, "--mode", "evaluation", "--envelope", envelope, "--limit", "3").exit_code == 0


def test_the_table_tells_what_a_reader_needs() -> None:
    """In 80 columns, nothing cut; where the machine is smaller than the platform, that is told."""
    result = _run(*FILES, "--mode", "training-job", "--mode", "pre-submit", "--concurrency", "1")

    assert result.exit_code == 0
    assert "│ training-job │     1 │      18 │        0 │     1 │       1 │ 0.5556 │" in result.output
    assert "│ pre-submit   │     2 │" in result.output
    assert "training-job: at most 1 calls at once on this machine, where the platform makes 12." in result.output
    assert "…" not in result.output


def test_a_rejection_is_shown_with_its_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile text made harmless; exit code 1."""
    (tmp_path / "evil.py").write_text("def handler(event, context):\n    raise ValueError('\\x1b[31m[red]')\n")
    monkeypatch.chdir(tmp_path)
    result = _run(*FILES, "--mode", "training-job", "--handler", "evil.handler")

    assert result.exit_code == 1
    assert "error_message" in result.output
    assert "[red]" in result.output
    assert "\x1b" not in result.output
    assert "training-job: 3 retries after failed calls; 0 calls succeeded by one." in result.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--mode", "sagemaker"), "is none of training-job, hyperpod"),
        (("--envelope", "json"), "is not one of 'list', 'http-string', 'http-list'"),
        (("--memory", "64"), "--memory"),
        (("--timeout", "1000"), "--timeout"),
    ],
)
def test_wrong_options_are_usage_errors(words: tuple[str, ...], told: str) -> None:
    """With what was expected."""
    result = _run(*FILES, *words)

    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("suite", "records", "told"),
    [
        ("tasks: {t: {scorers: [nobody.knows]}}", "{}", "pip install rlvr-nobody"),
        ("tasks: {t: {scorers: [text.exact]}}", "", "contains no records"),
        ("tasks: {t: {scorers: [text.exact]}}", "{broken", "records.jsonl:1: is not JSON"),
        ("tasks: {t: {scorers: [text.exact]}}", '{"id": 1}\n{"id": NaN}', "records.jsonl:2: no platform can send it"),
    ],
)
def test_files_that_are_wrong_are_told_in_one_line(tmp_path: Path, suite: str, records: str, told: str) -> None:
    """With exit code 2 and no traceback."""
    (tmp_path / "suite.yaml").write_text(suite)
    (tmp_path / "records.jsonl").write_text(records)
    result = _run(str(tmp_path / "suite.yaml"), str(tmp_path / "records.jsonl"), "--mode", "training-job")

    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


def test_without_the_runtime_client_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with exit code 2."""
    monkeypatch.setattr(command_module, "find_spec", lambda _name: None)
    result = _run(*FILES)

    assert result.exit_code == 2
    assert "pip install 'rlvr-aws[simulate]'" in result.output


@pytest.mark.parametrize("shape", SHAPES[:-1], ids=lambda shape: shape.name)
@given(completion=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), reference=st.integers(0, 99))
def test_each_shape_carries_the_record(shape: Shape, completion: str, reference: int) -> None:
    """Completion, reference, id and question are read out of it as they went in; the last shape is raw rows."""
    turns = (Message(role="user", content="How many?"), Message(role="assistant", content=completion))
    record = Record(id="a", messages=turns, completion=completion, reference=str(reference), metadata={"level": 3})
    (row,) = rows_in(json.loads(json.dumps(shape.event([shape.row(record)])))) or []
    read = record_from(row)

    assert (read.completion, read.reference) == (completion, str(reference))
    assert read.id == ("0" if shape.name == "G verl" else "a")
    assert "How many?" in [turn.content for turn in read.messages]
    assert read.metadata["level"] == 3


def test_a_raw_row_has_neither_id_nor_answer() -> None:
    """Wherever that stands; the rest is as in the file."""
    turns = [{"role": "user", "content": "q"}, {"role": "nova_assistant", "content": "a"}]

    assert raw_row({"id": 1, "messages": turns, "answer": "x"}) == {"messages": turns[:1], "answer": "x"}
    assert raw_row({"prompt": turns, "response": "a"}) == {"prompt": turns[:1]}
    assert raw_row(5) == 5


def test_platforms_batch_as_documented(tmp_path: Path) -> None:
    """64 and the rest, one by one, ten raw rows; a row without an id gets its place's."""
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps({"response": str(n)}) + "\n" for n in range(130)))
    sizes = {mode: [len(call.ids) for call in calls_of(profile_of(mode), path)] for mode in MODES}
    first = next(iter(calls_of(profile_of("training-job"), path)))

    assert {*get_args(Mode)} == {*MODES}
    assert sizes == {
        "training-job": [64, 64, 2],
        "hyperpod": [1] * 130,
        "evaluation": [1] * 130,
        "pre-submit": [10] * 13,
        "shapes": [size for shape in SHAPES for size in ([64, 64, 2] if shape.at_most is None else [1] * 130)],
    }
    assert first.ids == tuple(str(n) for n in range(64))
    assert [call.ids for call in calls_of(profile_of("pre-submit"), path, limit=2)] == [(None, None)]


def test_a_row_that_is_no_object_is_sent_as_it_is(tmp_path: Path) -> None:
    """The function must bear it."""
    path = tmp_path / "records.jsonl"
    path.write_text('5\nnull\n["x"]\n')
    (call,) = calls_of(profile_of("training-job"), path)

    assert json.loads(call.event) == [5, None, "x"]
    with pytest.raises(RecordsError):
        list(calls_of(profile_of("training-job"), tmp_path / "absent"))


HOSTILE: tuple[Any, ...] = (
    5,
    None,
    {},
    {"id": "\ud800", "messages": [{"role": "assistant", "content": "\ud800 30"}], "reference_answer": "30"},
    {"id": {"a": [1]}, "response": "x" * 100_000, "answer": "1"},
    {"id": 7.5, "metadata": {"response": "r", "messages": 5, "id": "m"}, "completion": "\x00", "chosen": {"a": 1}},
    {"id": True, "messages": [{"role": "assistant", "content": None, "tool_calls": [{"x": 1}]}], "reference": ["30"]},
    {"messages": "no", "prompt": 5, "tools": [1]},
    {"id": "", "body": "[1, 2]", "reference_answer": {"text": {"text": ""}}},
)


def test_rows_of_any_kind_are_sent_and_answered(tmp_path: Path) -> None:
    """In every mode: what cannot be scored is 0.0, and no call is rejected for it."""
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in HOSTILE))
    result = _run(FILES[0], str(path), "--json")
    modes = json.loads(result.stdout)["modes"]

    assert result.exit_code == 0, result.output
    assert list(modes) == list(MODES)
    assert modes["training-job"]["records"] == len(HOSTILE)


def test_costs_are_those_of_the_price_list() -> None:
    """Milliseconds are rounded up; 1,000 records of 64 a call at 512 MB."""
    tally = Tally(records=64, seconds=[0.0101])
    prices = Prices(memory_megabytes=512)

    assert tally.gigabyte_seconds(prices) == pytest.approx(0.011 * 0.5 * 1000 / 64)
    assert tally.dollars(prices) == pytest.approx(0.011 * 0.5 * 1000 / 64 * 0.0000166667 + 1000 / 64 * 0.2 / 1e6)
    assert Tally().dollars(prices) == 0.0


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0], 0.99, 1.0), ([float(n) for n in range(100)], 0.95, 94.0), ([], 0.5, None)],
)
def test_quantiles_are_values_that_occurred(values: list[float], share: float, expected: Any) -> None:
    """By nearest rank."""
    assert quantile(values, share) == expected
