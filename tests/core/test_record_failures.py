"""Rows that say themselves that the call of the model failed."""

from typing import Any

import pytest

from rlvr.record.completions import NULL, Answer
from rlvr.record.failures import failure_in
from rlvr.record.plans import Plans
from rlvr.record.rules import DEFAULT_RULES


def _failure(row: dict[str, Any], answers: list[Answer] | None = None) -> str:
    return failure_in(row, Plans(DEFAULT_RULES).plan_for(row), answers)


def _told(sign: str) -> str:
    return f"the row says that the call failed ({sign}), so it has no completion"


@pytest.mark.each(
    ("signs", "told"),
    [
        ({"error": "timeout"}, "error: timeout"),
        ({"errors": ["a", "b"]}, "errors: a"),
        ({"errors": [{"message": "m"}]}, "errors: m"),
        ({"traceback": "T"}, "traceback: T"),
        ({"error": {"code": 5, "message": "m"}}, "error: 5"),
        ({"error": {"code": None, "errorCode": "e"}}, "error: e"),
        ({"error": {"type": "t", "message": "m"}}, "error: t"),
        ({"error": {"errorMessage": {"message": "m"}}}, "error: m"),
        ({"error": {"x": 1}}, "error: an object"),
        ({"error": True}, "error: True"),
        ({"error": "x" * 500}, "error: " + "x" * 113),
        ({"status_code": 400}, "status_code: 400"),
        ({"statusCode": 503}, "statusCode: 503"),
        ({"type": "Errored"}, "type: Errored"),
        ({"status": "expired"}, "status: expired"),
        ({"status": "Internal Error"}, "status: Internal Error"),
        ({"state": "FAILED"}, "state: FAILED"),
        *(({"state": word}, f"state: {word}") for word in ("error", "canceled", "cancelled", "failure", "timeout")),
        ({"success": False, "error_message": None}, "success: false"),
        ({"error": None, "response": {"error": "e"}}, "error: e"),
        *(({key: {"status_code": 500}}, "status_code: 500") for key in ("response", "result", "output", "sample")),
        ({"error": "first", "response": {"error": "second"}}, "error: first"),
        ({"error": "first", "status_code": 500}, "error: first"),
    ],
)
def test_a_sign_of_failure_is_told(signs: dict[str, Any], told: str) -> None:
    """At the top of the row, or in the object of the outcome."""
    row = {"prompt": "p", **signs}

    assert _failure(row) == _told(told)
    assert _failure(row, [NULL, NULL]) == _told(told)
    assert _failure(row, [Answer()]) == ""
    assert _failure(row, [NULL, Answer(text="a")]) == ""


EMPTY: tuple[Any, ...] = (None, "", [], {}, 0, False)


@pytest.mark.each(
    "signs",
    [
        *({key: value} for key in ("error", "errors", "traceback") for value in EMPTY),
        *({"status_code": code} for code in (399, 200, "500", None, 500.0)),
        *({"status": word} for word in ("incomplete", "completed", "", 5, None)),
        *({"state": word} for word in ("an error", "succeeded")),
        {"type": "an error"},
        {"success": False},
        {"success": True, "error_message": "m"},
        {"success": None, "error_message": "m"},
        {"response": "error", "result": ["error"]},
        {"metadata": {"error": "e"}},
    ],
)
def test_other_values_are_no_sign(signs: dict[str, Any]) -> None:
    """An empty error is none, nor is a status that says something else."""
    assert _failure({"prompt": "p", **signs}) == ""


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"custom_id": "a", "response": {"status_code": 500, "body": {}}}, "status_code: 500"),
        ({"custom_id": "a", "result": {"type": "canceled"}}, "type: canceled"),
        ({"object": "response", "status": "failed", "output": []}, "status: failed"),
        ({"id": "a", "result": "Error during inference", "traceback": ""}, "bfcl.result"),
        ({"id": "a", "result": "Error during inference", "traceback": "T"}, "traceback: T"),
        ({"instance": {}, "request": {}, "result": {"success": False}}, "helm.request_state"),
    ],
)
def test_a_format_may_write_the_error_where_the_answer_belongs(row: dict[str, Any], told: str) -> None:
    """Its signs count whatever stands there."""
    assert _failure(row, [Answer(text="a")]) == _told(told)


@pytest.mark.parametrize(
    "row",
    [
        {"custom_id": "a", "response": {"status_code": 399, "body": {}}},
        {"custom_id": "a", "response": {"status_code": "500", "body": {}}},
        {"custom_id": "a", "result": {"type": "succeeded"}},
        {"object": "response", "status": "incomplete", "output": []},
        {"id": "a", "result": "x", "traceback": None},
        {"instance": {}, "request": {}, "result": {"success": 0}},
        {"instance": {}, "request": {}, "result": {"success": True}},
    ],
)
def test_the_signs_of_a_format_are_exact(row: dict[str, Any]) -> None:
    """Nothing else is a failed call there."""
    assert _failure(row, [Answer(text="a")]) == ""
