"""Every member of the closed sets of settings, against answers and logs that were written by hand."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from typing import Any, get_args

import pytest

from rlvr import ScorerFaultError
from rlvr.testing import suite_of
from rlvr_handler import response as response_module
from rlvr_handler.handler import RewardFunction, load_deployment, make_handler
from rlvr_handler.response import wrap_results
from rlvr_handler.settings import Envelope, LogLevel, Settings, settings_from

ROW = {"id": "a", "response": "x"}
RESULTS = [
    {
        "id": "a",
        "aggregate_reward_score": 1.0,
        "metrics_list": [
            {"name": "d.pay", "value": 1.0, "type": "Reward"},
            {"name": "rlvr/failed", "value": 0.0, "type": "Metric"},
            {"name": "rlvr/invalid_task", "value": 0.0, "type": "Metric"},
            {"name": "rlvr/vetoed", "value": 0.0, "type": "Metric"},
        ],
    }
]
TEXT = (
    '[{"id": "a", "aggregate_reward_score": 1.0, "metrics_list": ['
    '{"name": "d.pay", "value": 1.0, "type": "Reward"}, '
    '{"name": "rlvr/failed", "value": 0.0, "type": "Metric"}, '
    '{"name": "rlvr/invalid_task", "value": 0.0, "type": "Metric"}, '
    '{"name": "rlvr/vetoed", "value": 0.0, "type": "Metric"}]}]'
)
JSON_TYPE = {"Content-Type": "application/json"}

ANSWERS: dict[Envelope, Any] = {
    "list": RESULTS,
    "http-string": {"statusCode": 200, "headers": JSON_TYPE, "body": TEXT},
    "http-list": {"statusCode": 200, "headers": JSON_TYPE, "body": RESULTS},
}
NO_ROWS: dict[Envelope, Any] = {
    "list": [],
    "http-string": {"statusCode": 400, "headers": JSON_TYPE, "body": "[]"},
    "http-list": {"statusCode": 400, "headers": JSON_TYPE, "body": []},
}
STOPPED: dict[Envelope, int | None] = {"list": None, "http-string": 500, "http-list": 500}
# How many results of 72 bytes, with the two of a separator, fit into 1,000 bytes.
FITTING: dict[Envelope, int] = {"list": 13, "http-string": 6, "http-list": 13}
# The kinds of lines that a batch of one record leaves, after the line that says which suite was loaded.
LINES: dict[LogLevel, list[str]] = {
    "records": ["suite", "places", "record", "metrics"],
    "batch": ["suite", "places", "metrics"],
    "none": ["places"],
}


def _function(envelope: Envelope, suite: str = "tasks: {t: {scorers: [d.pay]}}") -> RewardFunction:
    def pay(record: Any, _options: object) -> float:
        return 1.0 / len(record.completion.replace("boom", ""))

    return make_handler(suite_of(suite, d={"pay": pay}), Settings(envelope=envelope, log="none"))


def test_the_sets_are_the_ones_that_are_written_here() -> None:
    """A new member needs an answer of its own in each table."""
    assert {*get_args(Envelope)} == ANSWERS.keys() == NO_ROWS.keys() == STOPPED.keys() == FITTING.keys()
    assert {*get_args(LogLevel)} == LINES.keys()


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_each_envelope_has_its_answer(envelope: Envelope) -> None:
    """For rows, and for an event without any."""
    with redirect_stdout(io.StringIO()):
        assert _function(envelope)([ROW]) == ANSWERS[envelope]
        assert _function(envelope)("no rows") == NO_ROWS[envelope]


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_each_envelope_has_its_way_to_stop(envelope: Envelope) -> None:
    """An error where there is no status, and status 500 where there is one."""
    function = _function(envelope, "tasks: {t: {scorers: [d.pay]}}\nfail_fast: {fault_share: 0.2}")
    event = [{"id": "a", "response": "boom"}]
    with redirect_stdout(io.StringIO()):
        if STOPPED[envelope] is None:
            with pytest.raises(ScorerFaultError):
                function(event)
        else:
            assert function(event)["statusCode"] == STOPPED[envelope]


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_each_envelope_has_its_room(envelope: Envelope, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON inside JSON text takes twice the bytes."""
    monkeypatch.setattr(response_module, "LIMIT_BYTES", 1_000)
    results = [{"id": "x" * 31, "aggregate_reward_score": 1.0, "metrics_list": []} for _ in range(99)]
    answer = wrap_results(results, envelope)
    body = answer if envelope == "list" else answer["body"]
    kept = json.loads(body) if isinstance(body, str) else body

    assert len(json.dumps(kept[0])) == 72
    assert len(kept) == FITTING[envelope]


@pytest.mark.parametrize("level", get_args(LogLevel))
def test_each_level_has_its_lines(level: LogLevel) -> None:
    """Whatever the level, a container says once where it found references."""
    environment = {"RLVR_SUITE": "tasks: {t: {scorers: [text.exact]}}", "RLVR_LOG": level}
    with redirect_stdout(io.StringIO()) as out:
        _suite, function = load_deployment(environment)
        function([{"id": "a", "response": "x", "answer": "x"}])
    kinds = {"suite loaded": "suite", "references are read from": "places"}
    lines = [json.loads(line) for line in out.getvalue().splitlines()]

    assert LINES[level] == [
        "metrics" if "_aws" in line else kinds.get(line.get("message", ""), "record") for line in lines
    ]


@pytest.mark.parametrize("envelope", get_args(Envelope))
@pytest.mark.parametrize("level", get_args(LogLevel))
def test_each_word_is_read_from_its_variable(envelope: Envelope, level: LogLevel) -> None:
    """As it is written there."""
    settings = settings_from({"RLVR_ENVELOPE": envelope, "RLVR_LOG": level})

    assert (settings.envelope, settings.log) == (envelope, level)
