"""What a platform would reject, and what AWS's own verifiers accept all the same."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr_aws.simulate.answer_checks import Reason, check_answer, check_failure, verifier_accepts
from rlvr_aws.simulate.container import Ending, FailedEnding
from rlvr_aws.simulate.platform_profiles import READ_BY_AWS
from rlvr_handler.settings import Envelope

GOOD = {"id": "a", "aggregate_reward_score": 0.5, "metrics_list": [{"name": "m", "value": 1, "type": "Metric"}]}


def _of(metric: Any) -> dict[str, Any]:
    return {**GOOD, "metrics_list": [metric]}


class _Metric(pydantic.BaseModel):
    name: str
    value: int | float
    type: Literal["Metric", "Reward"]


class _Result(pydantic.BaseModel):
    """The model behind the pre-submit check of the SageMaker and Nova Forge SDKs, restated."""

    id: Any
    aggregate_reward_score: int | float
    metrics_list: list[_Metric] | None = None


def _reasons(answer: Any, ids: tuple[Any, ...] = ("a",), envelope: Envelope = "list") -> list[str]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return [each.reason.value for each in check_answer(body, ids, envelope).rejections]


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        ([GOOD], []),
        ([{"id": "a", "aggregate_reward_score": -3}], []),
        ([{**GOOD, "metrics_list": None, "more": 1}], []),
        (b'[{"id": "a", "aggregate_reward_score": 1e999}]', ["not_finite"]),
        (b'[{"id": "a", "aggregate_reward_score": -Infinity}]', ["not_finite"]),
        (b'[{"id": "a", "aggregate_reward_score": 0, "note": "\\ud800"}]', ["lone_surrogate"]),
        (b'[{"id": "a", "aggregate_reward_score": 0, "note": "\\ud83d\\ude00"}]', []),
        (b"[1", ["not_json"]),
        (b"\xff", ["not_json"]),
        (b"[" * 100_000, ["not_json"]),
        (b"9" * 5_000, ["not_json"]),
        ([], ["wrong_length"]),
        ([GOOD, GOOD], ["wrong_length"]),
        ([5], ["wrong_ids", "no_result"]),
        ([{**GOOD, "id": None}], ["wrong_ids"]),
        ([{"aggregate_reward_score": 1}], ["wrong_ids"]),
        ([{**GOOD, "aggregate_reward_score": True}], ["score_no_number"]),
        ([{**GOOD, "metrics_list": {}}], ["metrics_no_list"]),
        ([_of(5)], ["metrics_no_list"]),
        ([_of({"name": "m", "value": "x", "type": "reward"})], ["metric_no_number", "wrong_metric_type"]),
        ([_of({"name": "m", "value": 1, "type": ["Reward"]})], ["wrong_metric_type"]),
        ({"statusCode": 200, "body": [GOOD]}, ["wrong_envelope"]),
    ],
)
def test_each_rule_has_its_reason(answer: Any, reasons: list[str]) -> None:
    """Several of one answer are told together."""
    assert _reasons(answer) == reasons


@pytest.mark.parametrize(
    ("answer", "envelope", "reasons"),
    [
        ({"statusCode": 200, "body": json.dumps([GOOD])}, "http-string", []),
        ({"statusCode": 200, "body": [GOOD]}, "http-list", []),
        ({"statusCode": 200, "body": [GOOD]}, "http-string", ["wrong_envelope"]),
        ({"statusCode": 200, "body": json.dumps([GOOD])}, "http-list", ["wrong_envelope"]),
        ({"statusCode": 200, "body": "[NaN]"}, "http-string", ["not_finite"]),
        ({"statusCode": "200", "body": [GOOD]}, "http-list", ["wrong_status"]),
        ({"statusCode": 500, "body": "no"}, "http-string", ["wrong_status"]),
        ([GOOD], "http-string", ["wrong_envelope"]),
        ({"body": []}, "http-list", ["wrong_envelope"]),
    ],
)
def test_each_envelope_has_its_form(answer: Any, envelope: Envelope, reasons: list[str]) -> None:
    """JSON text in one, the list itself in the other, and status 200."""
    assert _reasons(answer, envelope=envelope) == reasons


def test_ids_are_compared_with_their_type_and_place() -> None:
    """Order is told from other ids; a row without one takes any; equal ids may change places."""
    results = [{"id": each, "aggregate_reward_score": 0} for each in (1, "1", True, {"b": 1, "a": 2})]

    assert _reasons(results, (1, "1", True, {"a": 2, "b": 1})) == []
    assert _reasons(results, ("1", 1, True, {"a": 2, "b": 1})) == ["wrong_order"]
    assert _reasons(results, (1, 1, True, {"a": 2, "b": 1})) == ["wrong_ids"]
    assert _reasons(results, (None, None, True, None)) == []


def test_every_ending_without_an_answer_is_a_reason() -> None:
    """A runtime that died of a lone surrogate is told from other deaths."""
    endings: tuple[FailedEnding, ...] = get_args(FailedEnding)
    reasons = {ending: check_failure(ending, "why").rejections[0].reason for ending in endings}

    assert {*endings, Ending.ANSWERED} == {*Ending}
    assert reasons == {
        Ending.ERROR_MESSAGE: Reason.ERROR_MESSAGE,
        Ending.RESPONSE_TOO_LARGE: Reason.RESPONSE_TOO_LARGE,
        Ending.TIMED_OUT: Reason.TIMED_OUT,
        Ending.OUT_OF_MEMORY: Reason.OUT_OF_MEMORY,
        Ending.RUNTIME_EXITED: Reason.RUNTIME_EXITED,
        Ending.INIT_FAILED: Reason.INIT_FAILED,
    }
    assert check_failure(Ending.RUNTIME_EXITED, "surrogates not allowed").rejections[0].reason is Reason.LONE_SURROGATE


ANSWERS: dict[Envelope, Any] = {
    "list": [GOOD],
    "http-string": {"statusCode": 200, "body": json.dumps([GOOD])},
    "http-list": {"statusCode": 200, "body": [GOOD]},
}
# Which of them AWS's verifiers accept for which envelope: they parse a body of text or of JSON alike, and take any
# object at all for one success where a list is expected.
ACCEPTED: dict[Envelope, dict[Envelope, bool]] = {
    "list": {"list": True, "http-string": True, "http-list": True},
    "http-string": {"list": False, "http-string": True, "http-list": True},
    "http-list": {"list": False, "http-string": True, "http-list": True},
}


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_each_envelope_is_accepted_as_itself_alone(envelope: Envelope) -> None:
    """The documented form, and no other; AWS's verifiers are laxer."""
    assert {*get_args(Envelope)} == ANSWERS.keys() == ACCEPTED.keys()
    assert ACCEPTED[envelope][envelope] == (envelope in READ_BY_AWS)
    for form, answer in ANSWERS.items():
        expected = [] if form == envelope else ["wrong_envelope"]
        assert _reasons(answer, envelope=envelope) == expected
        assert verifier_accepts(json.dumps(answer).encode(), 1, envelope) is ACCEPTED[envelope][form]


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.sampled_from(["0.5", "x", "", "1e3", "Metric", "Reward", "metric", "1_0", " 1"])
)
METRIC = st.fixed_dictionaries({}, optional={"name": VALUES, "value": VALUES, "type": VALUES})
METRICS = st.none() | st.dictionaries(st.text(max_size=2), VALUES, max_size=2) | st.lists(METRIC, max_size=2)
RESULT = st.fixed_dictionaries({}, optional={"id": VALUES, "aggregate_reward_score": VALUES, "metrics_list": METRICS})


def _model_accepts(result: Any) -> bool:
    try:
        _Result.model_validate(result)
    except pydantic.ValidationError:
        return False
    return True


@given(st.lists(RESULT | VALUES, min_size=1, max_size=3))
def test_the_verifiers_rules_are_those_of_their_model(results: list[Any]) -> None:
    """Whatever the answer."""
    results = json.loads(json.dumps(results))

    assert verifier_accepts(json.dumps(results).encode(), len(results), "list") == all(map(_model_accepts, results))


@given(st.lists(RESULT, min_size=1, max_size=3))
def test_what_is_not_rejected_is_accepted_by_aws(results: list[Any]) -> None:
    """The rules here are the stricter ones."""
    body = json.dumps(results).encode()
    told = check_answer(body, tuple(result.get("id") for result in results), "list")

    assert told.verifier_accepts or told.rejections


@pytest.mark.parametrize(
    ("body", "rows", "envelope", "accepts"),
    [
        (b'[{"id": 1, "aggregate_reward_score": NaN}]', 1, "list", True),
        (b'[{"id": "other", "aggregate_reward_score": true}]', 1, "list", True),
        (json.dumps([GOOD] * 4).encode(), 2, "list", True),
        (json.dumps([GOOD]).encode(), 2, "list", False),
        (b'{"statusCode": 500}', 1, "list", True),
        (b'{"statusCode": 500}', 2, "list", False),
        (b"null", 1, "list", False),
        (b"[", 1, "list", False),
        (json.dumps([GOOD]).encode(), 1, "http-list", False),
        (json.dumps({"statusCode": "200", "body": [GOOD]}).encode(), 1, "http-list", False),
        (json.dumps({"statusCode": 200, "body": [GOOD]}).encode(), 1, "http-string", True),
        (json.dumps({"statusCode": 200, "body": json.dumps([GOOD])}).encode(), 1, "http-list", True),
    ],
)
def test_the_verifiers_accept_what_was_measured(body: bytes, rows: int, envelope: Envelope, *, accepts: bool) -> None:
    """With sagemaker-train, oddities included."""
    assert verifier_accepts(body, rows, envelope) == accepts
