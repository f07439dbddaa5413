"""The same rows through every adapter, the handler and plain scoring earn the same."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import parse_suite
from rlvr.cli.app import app
from rlvr_trainers import conformance, verl
from rlvr_trainers.conformance import conform

ROWS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("rows.py"))))


def test_500_rows_earn_the_same_in_every_shape() -> None:
    """None differs, and none was left out but where a trainer hands over no reference."""
    rows = ROWS.make_rows(500)
    outcomes = {each.shape: each for each in conform(parse_suite(ROWS.SUITE), rows)}

    assert len(outcomes) == len(conformance.SHAPES)
    assert {name: each.differences[:2] for name, each in outcomes.items() if each.differences} == {}
    without = sum(row["answer"] is None for row in rows)
    assert {outcomes.pop(name).rows for name in ("llama_factory", "service /llama_factory")} == {without}
    assert {(each.rows, each.left_out, each.problem) for each in outcomes.values()} == {(500, 0, "")}
    assert without > 5


def test_calls_go_through_the_shapes_of_messages() -> None:
    """And are left out where a trainer hands over a text."""
    call = {"type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    answer = [{"name": "add", "arguments": {"a": 1}}]
    said = [{"role": "assistant", "content": "", "tool_calls": [call]}]
    rows = [{"prompt": [{"role": "user", "content": "add"}], "completion": said, "answer": answer}]
    suite = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "schema.tool_calls"}]}}})

    outcomes = {each.shape: each for each in conform(suite, rows)}

    shapes = {"trl (chat)", "trl (tools)", "verifiers", "nemo_rl", "art", "tinker", "eval_protocol", "handler"}
    services = {"service /score", "service /openai", "service /lambda"}
    assert {name for name, each in outcomes.items() if each.rows} == shapes | services
    assert not any(each.differences for each in outcomes.values())


def test_a_shape_that_pays_differently_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the row and both rewards, and the command ends with 1."""
    plain = verl.compute_score

    def generous(*parts: Any, **more: Any) -> dict[str, float]:
        result = plain(*parts, **more)
        return {**result, "score": 1.0} if parts[1] == "Rome" else result

    suite, data = tmp_path / "suite.json", tmp_path / "rows.jsonl"
    suite.write_text('{"tasks": {"t": {"scorers": [{"scorer": "text.exact"}]}}}')
    data.write_text(
        "".join(json.dumps({"prompt": "q", "completion": text, "answer": "Paris"}) + "\n" for text in ("Paris", "Rome"))
    )
    fine = CliRunner().invoke(app, ["conformance", str(suite), str(data)])
    monkeypatch.setattr(verl, "compute_score", generous)
    found = CliRunner().invoke(app, ["conformance", str(suite), str(data)])
    listed = json.loads(CliRunner().invoke(app, ["conformance", str(suite), str(data), "--json"]).stdout)

    assert (fine.exit_code, found.exit_code) == (0, 1)
    assert "verl, row 1: 0.0 by score, 1.0 here (scored: differs from the reference)" in found.stdout
    assert [each["shape"] for each in listed if each["differences"]] == ["verl"]
