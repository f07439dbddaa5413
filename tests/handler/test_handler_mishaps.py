"""What goes wrong around a batch costs neither its rewards nor its answer."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from rlvr import ConfigError
from rlvr.testing import suite_of
from rlvr_handler import handler as handler_module
from rlvr_handler import suite_source
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings
from rlvr_handler.suite_source import suite_from

TEXT = "tasks: {t: {scorers: [text.exact]}}"
SUITE = suite_of("tasks: {t: {scorers: [d.pay]}}", d={"pay": lambda _record, _options: 1.0})
ROWS = [{"id": "a", "response": "x"}, {"id": "b", "response": "y"}]
KEYS = st.integers() | st.floats() | st.text(st.characters())
IDS = st.recursive(
    st.none() | st.booleans() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
)


def _scores(answer: list[dict[str, Any]]) -> list[tuple[Any, float]]:
    return [(result["id"], result["aggregate_reward_score"]) for result in answer]


class _Context:
    def __init__(self, remaining: object) -> None:
        self.remaining = remaining

    def get_remaining_time_in_millis(self) -> object:
        if isinstance(self.remaining, Exception):
            raise self.remaining
        return self.remaining


@pytest.mark.parametrize("remaining", [900, 300_000, None, "soon", float("nan"), float("inf"), ValueError("no clock")])
def test_an_odd_clock_costs_no_reward(remaining: object) -> None:
    """A function of one second leaves half of it for scoring; a clock that tells no number sets no deadline."""
    answer = make_handler(SUITE, Settings(log="none"))(ROWS, _Context(remaining))

    assert _scores(answer) == [("a", 1.0), ("b", 1.0)]


def test_a_mocked_context_sets_no_deadline() -> None:
    """Unit tests of deployments pass one; as a number it reads as one millisecond."""
    assert _scores(make_handler(SUITE, Settings(log="none"))(ROWS, MagicMock())) == [("a", 1.0), ("b", 1.0)]


@given(st.lists(IDS, min_size=1, max_size=5))
def test_logging_never_changes_the_answer(ids: list[Any]) -> None:
    """Whatever the ids; every line is strict JSON."""
    rows = [{"id": each, "response": "x"} for each in ids]
    with redirect_stdout(io.StringIO()) as out:
        logged = make_handler(SUITE, Settings(log_reasons=True))(rows, None)

    assert json.dumps(logged) == json.dumps(make_handler(SUITE, Settings(log="none"))(rows, None))
    lines = [json.loads(line, parse_constant=pytest.fail) for line in out.getvalue().split("\n") if line]
    assert sum("aggregate_reward_score" in line for line in lines) == len(rows)


class _BrokenOutput(io.StringIO):
    def write(self, _text: str) -> int:
        raise RuntimeError("no space for lines")


@pytest.mark.parametrize("output", [None, _BrokenOutput()])
def test_an_output_that_cannot_be_written_costs_lines_only(
    monkeypatch: pytest.MonkeyPatch, output: io.StringIO | None
) -> None:
    """With rows and without."""
    monkeypatch.setattr(sys, "stdout", output)
    handle = make_handler(SUITE, Settings())

    assert _scores(handle(ROWS, None)) == [("a", 1.0), ("b", 1.0)]
    assert handle(5, None) == []


def test_a_fault_in_the_telemetry_is_logged_and_costs_no_reward(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rewards were there before it."""
    monkeypatch.setattr(handler_module, "log_batch", MagicMock(side_effect=RuntimeError("a bug in the lines")))
    with redirect_stdout(io.StringIO()) as out:
        answer = make_handler(SUITE, Settings())(ROWS, None)

    assert _scores(answer) == [("a", 1.0), ("b", 1.0)]
    assert "a bug in the lines" in out.getvalue()


def test_a_fault_of_our_own_names_rows_as_scoring_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that is null is the row's position."""
    rows: list[Any] = [{"id": None, "response": "x"}, {"response": "x"}, 5, {"id": 0, "response": "x"}]
    healthy = make_handler(SUITE, Settings(log="none"))(rows, None)
    monkeypatch.setattr(handler_module, "score_records", MagicMock(side_effect=RuntimeError))
    with redirect_stdout(io.StringIO()):
        broken = make_handler(SUITE, Settings(log="none"))(rows, None)

    assert [result["id"] for result in broken] == [result["id"] for result in healthy] == ["0", "1", "2", 0]


def test_a_suite_in_a_layer_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's own file of that name comes first."""
    layer, function = tmp_path / "opt", tmp_path / "task"
    for folder, task in ((layer, "shared"), (function, "own")):
        folder.mkdir()
        (folder / "suite.yaml").write_text(TEXT.replace("t:", f"{task}:", 1))
    monkeypatch.setattr(suite_source, "LAYER_ROOT", str(layer))

    assert list(suite_from({"RLVR_SUITE": "suite.yaml"}).tasks) == ["shared"]
    assert list(suite_from({"RLVR_SUITE": "suite.yaml", "LAMBDA_TASK_ROOT": str(function)}).tasks) == ["own"]


@pytest.mark.parametrize("value", ["read: {id: key}, tasks: " + "x" * 300, "a/" * 5_000])
def test_a_value_that_no_file_can_be_called_is_told(value: str) -> None:
    """Not raised as the operating system's own error."""
    with pytest.raises(ConfigError, match="RLVR_SUITE"):
        suite_from({"RLVR_SUITE": value})


@pytest.mark.parametrize("name", ["/rlvr/suite.v1", "/rlvr/suite", "/rlvr/suite.yaml"])
def test_a_parameter_may_be_called_anything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dot in its name is a version more often than a format."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("ssm").put_parameter(Name=name, Value=TEXT, Type="SecureString")

        assert list(suite_from({"RLVR_SUITE": f"ssm:{name}"}).tasks) == ["t"]
