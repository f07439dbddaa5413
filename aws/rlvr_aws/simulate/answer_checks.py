"""Checks of answers: the reasons for which a platform would reject one, and whether AWS's own verifiers accept it.

AWS's verifiers accept NaN, booleans, wrong ids and wrong order, with which training fails later. The rules here are
those of the documentation, which are stricter.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, assert_never

import msgspec

from rlvr_aws.simulate.container import Ending, FailedEnding
from rlvr_handler.settings import Envelope

_DETAIL_CHARACTERS = 300
_OK = 200  # of HTTP


class Reason(StrEnum):
    """Why a platform rejects a call."""

    ERROR_MESSAGE = "error_message"
    RESPONSE_TOO_LARGE = "response_too_large"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    RUNTIME_EXITED = "runtime_exited"
    INIT_FAILED = "init_failed"
    REQUEST_TOO_LARGE = "request_too_large"
    NOT_JSON = "not_json"
    NOT_FINITE = "not_finite"
    LONE_SURROGATE = "lone_surrogate"
    WRONG_ENVELOPE = "wrong_envelope"
    WRONG_STATUS = "wrong_status"
    WRONG_LENGTH = "wrong_length"
    WRONG_IDS = "wrong_ids"
    WRONG_ORDER = "wrong_order"
    NO_RESULT = "no_result"
    SCORE_NO_NUMBER = "score_no_number"
    METRICS_NO_LIST = "metrics_no_list"
    METRIC_WITHOUT_NAME = "metric_without_name"
    METRIC_WITHOUT_TYPE = "metric_without_type"
    WRONG_METRIC_TYPE = "wrong_metric_type"
    METRIC_NO_NUMBER = "metric_no_number"
    DIFFERS_ON_RETRY = "differs_on_retry"


class Rejection(msgspec.Struct, frozen=True):
    """One reason to reject a call, with its first example."""

    reason: Reason
    detail: str


class AnswerCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking an answer.

    Attributes:
        rejections: The reasons for which the platform rejects it, each once; empty if it does not.
        rewards: The rewards of an accepted answer.
        verifier_accepts: Whether AWS's own verifiers accept it.
    """

    rejections: tuple[Rejection, ...]
    rewards: tuple[float, ...] = ()
    verifier_accepts: bool


class _UnreadableError(Exception):
    """The answer cannot be read beyond the first reason to reject it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.rejection = Rejection(reason, detail[:_DETAIL_CHARACTERS])


def check_answer(body: bytes, ids: Sequence[Any], envelope: Envelope) -> AnswerCheck:
    """Check the bytes of an answer.

    Args:
        body: The answer.
        ids: The id that each result must have; None for any.
        envelope: The form of the answer.
    """
    accepted = verifier_accepts(body, len(ids), envelope)
    try:
        results = _results(body, envelope)
    except _UnreadableError as error:
        return AnswerCheck(rejections=(error.rejection,), verifier_accepts=accepted)
    rejections: dict[Reason, Rejection] = {}
    for each in [*_id_rejections(results, ids), *(found for result in results for found in _result_rejections(result))]:
        rejections.setdefault(each.reason, Rejection(each.reason, each.detail[:_DETAIL_CHARACTERS]))
    rewards = () if rejections else tuple(float(result["aggregate_reward_score"]) for result in results)
    return AnswerCheck(rejections=tuple(rejections.values()), rewards=rewards, verifier_accepts=accepted)


def check_failure(ending: FailedEnding, detail: str) -> AnswerCheck:
    """Return the check of a call that got no answer."""
    rejection = Rejection(_reason_of(ending, detail), detail[:_DETAIL_CHARACTERS])
    return AnswerCheck(rejections=(rejection,), verifier_accepts=False)


def _reason_of(ending: FailedEnding, detail: str) -> Reason:
    match ending:
        case Ending.ERROR_MESSAGE:
            return Reason.ERROR_MESSAGE
        case Ending.RESPONSE_TOO_LARGE:
            return Reason.RESPONSE_TOO_LARGE
        case Ending.TIMED_OUT:
            return Reason.TIMED_OUT
        case Ending.OUT_OF_MEMORY:
            return Reason.OUT_OF_MEMORY
        case Ending.RUNTIME_EXITED:
            # A lone surrogate ends the runtime of Python 3.12 and later; only its last words show that it was one.
            return Reason.LONE_SURROGATE if "surrogates not allowed" in detail else Reason.RUNTIME_EXITED
        case Ending.INIT_FAILED:
            return Reason.INIT_FAILED
        case _:
            assert_never(ending)


def verifier_accepts(body: bytes, rows: int, envelope: Envelope) -> bool:
    """Return True if the verifiers of the SageMaker and Nova Forge SDKs accept an answer.

    Measured with sagemaker-train: they parse numbers as lenient pydantic does, pair results by position, and require at
    least one result per row.
    """
    try:
        answer = json.loads(body)
        match envelope:
            case "list":
                if isinstance(answer, dict):
                    return rows == 1  # any object at all counts as one success
            case "http-string" | "http-list":
                if not isinstance(answer, dict) or answer.get("statusCode") != _OK:
                    return False
                answer = answer.get("body")
                answer = json.loads(answer) if isinstance(answer, str) else answer
            case _:
                assert_never(envelope)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, list) and sum(map(_is_result, answer)) >= rows


def _is_result(result: Any) -> bool:
    if (
        not isinstance(result, dict)
        or "id" not in result
        or not _is_number_to_pydantic(result.get("aggregate_reward_score"))
    ):
        return False
    metrics = result.get("metrics_list")
    return metrics is None or (isinstance(metrics, list) and all(map(_is_metric, metrics)))


def _is_metric(metric: Any) -> bool:
    return (
        isinstance(metric, dict)
        and isinstance(metric.get("name"), str)
        and _is_number_to_pydantic(metric.get("value"))
        and metric.get("type") in ("Metric", "Reward")
    )


def _is_number_to_pydantic(value: Any) -> bool:
    """Return True if lenient pydantic reads a number, which booleans and numeric text are too."""
    if not isinstance(value, str):
        return isinstance(value, (int, float))
    try:
        float(value)
    except ValueError:
        return False
    return True


def _results(body: bytes, envelope: Envelope) -> list[Any]:
    """Return the list of results, parsed as strictly as any platform could."""
    try:
        answer = _parse_strictly(body.decode())
    except UnicodeDecodeError as error:
        raise _UnreadableError(Reason.NOT_JSON, f"is not UTF-8: {error}") from error
    match envelope:
        case "list":
            pass
        case "http-string":
            answer = _parse_text(_body_of(answer))
        case "http-list":
            answer = _body_of(answer)
        case _:
            assert_never(envelope)
    if not isinstance(answer, list):
        raise _UnreadableError(Reason.WRONG_ENVELOPE, f"the results are {_kind(answer)}, not a list")
    return answer


def _body_of(answer: Any) -> Any:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise _UnreadableError(Reason.WRONG_ENVELOPE, f"the answer is {_kind(answer)} without `statusCode`")
    status = answer["statusCode"]
    if type(status) is not int or status != _OK:
        raise _UnreadableError(Reason.WRONG_STATUS, f"`statusCode` is {status!r}: {answer.get('body')!r}")
    return answer.get("body")


def _parse_text(body: Any) -> Any:
    if not isinstance(body, str):
        raise _UnreadableError(Reason.WRONG_ENVELOPE, f"`body` is {_kind(body)}, not JSON text")
    return _parse_strictly(body)


def _parse_strictly(text: str) -> Any:
    """Parse JSON without Python's additions, and without text that UTF-8 cannot encode."""

    def not_finite(token: str) -> None:
        raise _UnreadableError(Reason.NOT_FINITE, f"{token} is not JSON: strict parsers reject the whole answer")

    try:
        value = json.loads(text, parse_constant=not_finite)
        # Escaped surrogates come in pairs or alone; re-encoding finds the lone ones.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _UnreadableError(Reason.LONE_SURROGATE, f"text contains a lone surrogate: {error.reason}") from error
    except (ValueError, RecursionError) as error:
        raise _UnreadableError(Reason.NOT_JSON, f"{error}: {text[:80]!r}") from error
    return value


def _id_rejections(results: Sequence[Any], ids: Sequence[Any]) -> list[Rejection]:
    """Compare the number, ids and order of results with those of the rows."""
    if len(results) != len(ids):
        return [Rejection(Reason.WRONG_LENGTH, f"{len(results)} results for {len(ids)} rows")]
    given = [result.get("id") if isinstance(result, dict) else None for result in results]
    pairs = [
        (_canonical(wanted), _canonical(got)) for wanted, got in zip(ids, given, strict=True) if wanted is not None
    ]
    for wanted, got in pairs:
        if wanted != got:
            same = Counter(wanted for wanted, _ in pairs) == Counter(got for _, got in pairs)
            reason = Reason.WRONG_ORDER if same else Reason.WRONG_IDS
            return [Rejection(reason, f"the id is {got[:100]} where {wanted[:100]} was sent")]
    return []


def _canonical(value: Any) -> str:
    """Return text that differs for 1, "1" and true."""
    return json.dumps(value, sort_keys=True)


def _result_rejections(result: Any) -> list[Rejection]:
    if not isinstance(result, dict):
        return [Rejection(Reason.NO_RESULT, f"a result is {_kind(result)}, not an object")]
    found = [] if "id" in result else [Rejection(Reason.WRONG_IDS, "a result has no `id`")]
    where = f"result {_canonical(result.get('id'))[:60]}"
    found += _number_rejections(result.get("aggregate_reward_score"), f"{where}: the reward", Reason.SCORE_NO_NUMBER)
    metrics = result.get("metrics_list")
    if metrics is None:
        return found
    if not isinstance(metrics, list):
        return [*found, Rejection(Reason.METRICS_NO_LIST, f"{where}: `metrics_list` is {_kind(metrics)}")]
    return found + [each for metric in metrics for each in _metric_rejections(metric, where)]


def _metric_rejections(metric: Any, where: str) -> list[Rejection]:
    if not isinstance(metric, dict):
        return [Rejection(Reason.METRICS_NO_LIST, f"{where}: a metric is {_kind(metric)}, not an object")]
    name = metric.get("name")
    if not isinstance(name, str) or not name:
        return [Rejection(Reason.METRIC_WITHOUT_NAME, f"{where}: a metric's name is {name!r}")]
    where = f"{where}: metric {name[:60]!r}"
    found = _number_rejections(metric.get("value"), where, Reason.METRIC_NO_NUMBER)
    if "type" not in metric:
        found.append(Rejection(Reason.METRIC_WITHOUT_TYPE, f"{where} has no `type`"))
    elif metric["type"] not in ("Reward", "Metric"):
        found.append(Rejection(Reason.WRONG_METRIC_TYPE, f"{where}: `type` is {metric['type']!r}"))
    return found


def _number_rejections(value: Any, where: str, reason: Reason) -> list[Rejection]:
    """Reject a value that is not a finite number; a boolean is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Rejection(reason, f"{where} is {_kind(value)}, not a number")]
    # A long integer cannot be converted to float; platforms cannot read it either.
    finite = abs(value) < 10**308 if isinstance(value, int) else math.isfinite(value)
    return [] if finite else [Rejection(Reason.NOT_FINITE, f"{where} is not finite")]


def _kind(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "an object")
