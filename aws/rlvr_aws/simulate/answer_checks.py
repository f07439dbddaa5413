"""What a platform would reject of an answer, and what AWS's own verifiers say of it.

AWS's verifiers accept NaN, booleans, wrong ids and wrong order, which training then stumbles over; the rules here are
those of the documents, which are stricter.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from rlvr_aws.simulate.container import Ending
from rlvr_handler.settings import Envelope

_DETAIL_CHARACTERS = 300


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
    """An answer, judged.

    Attributes:
        rejections: Why the platform rejects it, each reason once; empty if it does not.
        rewards: The rewards of an accepted answer.
        verifier_accepts: Whether AWS's own verifiers accept it.
    """

    rejections: tuple[Rejection, ...]
    rewards: tuple[float, ...] = ()
    verifier_accepts: bool


class _Refused(Exception):  # noqa: N818  # no error: it carries the first reason after which nothing else can be read
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.rejection = Rejection(reason, detail[:_DETAIL_CHARACTERS])


def judged(body: bytes, ids: Sequence[Any], envelope: Envelope) -> AnswerCheck:
    """Judge the bytes of an answer.

    Args:
        body: What the function answered.
        ids: The id that each result must have; None where any will do.
        envelope: What stands around the results.
    """
    accepted = verifier_accepts(body, len(ids), envelope)
    try:
        results = _results(body, envelope)
    except _Refused as refused:
        return AnswerCheck(rejections=(refused.rejection,), verifier_accepts=accepted)
    rejections: dict[Reason, Rejection] = {}
    for each in [*_identities(results, ids), *(found for result in results for found in _result(result))]:
        rejections.setdefault(each.reason, Rejection(each.reason, each.detail[:_DETAIL_CHARACTERS]))
    rewards = () if rejections else tuple(float(result["aggregate_reward_score"]) for result in results)
    return AnswerCheck(rejections=tuple(rejections.values()), rewards=rewards, verifier_accepts=accepted)


def failed(ending: Ending, detail: str) -> AnswerCheck:
    """Judge a call that got no answer."""
    # The runtime of Python 3.12 and later dies of lone surrogates; its last words tell that end from others.
    surrogate = ending is Ending.RUNTIME_EXITED and "surrogates not allowed" in detail
    reason = Reason.LONE_SURROGATE if surrogate else Reason(ending.value)
    return AnswerCheck(rejections=(Rejection(reason, detail[:_DETAIL_CHARACTERS]),), verifier_accepts=False)


def verifier_accepts(body: bytes, rows: int, envelope: Envelope) -> bool:
    """Say what the verifiers of the SageMaker and Nova Forge SDKs would, as measured with sagemaker-train.

    They read numbers as lenient pydantic does, pair results by position, and want one per row at least.
    """
    try:
        answer = json.loads(body)
        if envelope != "list":
            if not isinstance(answer, dict) or answer.get("statusCode") != 200:  # noqa: PLR2004  # HTTP's OK
                return False
            answer = answer.get("body")
            answer = json.loads(answer) if isinstance(answer, str) else answer
    except (ValueError, RecursionError):
        return False
    if envelope == "list" and isinstance(answer, dict):
        return rows == 1  # any object at all counts as one success
    return isinstance(answer, list) and sum(map(_fits_the_model, answer)) >= rows


def _fits_the_model(result: Any) -> bool:
    if not isinstance(result, dict) or "id" not in result or not _reads_as_number(result.get("aggregate_reward_score")):
        return False
    metrics = result.get("metrics_list")
    return metrics is None or (isinstance(metrics, list) and all(map(_fits_the_metric, metrics)))


def _fits_the_metric(metric: Any) -> bool:
    return (
        isinstance(metric, dict)
        and isinstance(metric.get("name"), str)
        and _reads_as_number(metric.get("value"))
        and metric.get("type") in ("Metric", "Reward")
    )


def _reads_as_number(value: Any) -> bool:
    """Say whether lenient pydantic reads a number: booleans and numeric text too."""
    if not isinstance(value, str):
        return isinstance(value, (int, float))
    try:
        float(value)
    except ValueError:
        return False
    return True


def _results(body: bytes, envelope: Envelope) -> list[Any]:
    """Read the list of results, as strictly as any platform could."""
    try:
        answer = _strict(body.decode())
    except UnicodeDecodeError as error:
        raise _Refused(Reason.NOT_JSON, f"is no UTF-8: {error}") from error
    if envelope != "list":
        answer = _body_of(answer, envelope)
    if not isinstance(answer, list):
        raise _Refused(Reason.WRONG_ENVELOPE, f"the results are {_kind(answer)}, not a list")
    return answer


def _body_of(answer: Any, envelope: Envelope) -> Any:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise _Refused(Reason.WRONG_ENVELOPE, f"the answer is {_kind(answer)} without `statusCode`")
    status = answer["statusCode"]
    if type(status) is not int or status != 200:  # noqa: PLR2004  # HTTP's OK
        raise _Refused(Reason.WRONG_STATUS, f"`statusCode` is {status!r}: {answer.get('body')!r}")
    body = answer.get("body")
    if envelope == "http-list":
        return body
    if not isinstance(body, str):
        raise _Refused(Reason.WRONG_ENVELOPE, f"`body` is {_kind(body)}, not JSON text")
    return _strict(body)


def _strict(text: str) -> Any:
    """Read JSON without Python's additions, and without text that UTF-8 cannot carry."""

    def not_finite(token: str) -> None:
        raise _Refused(Reason.NOT_FINITE, f"{token} is no JSON: strict readers reject the whole answer")

    try:
        value = json.loads(text, parse_constant=not_finite)
        # Escaped surrogates come in pairs or alone; re-encoding finds the lone ones.
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _Refused(Reason.LONE_SURROGATE, f"text holds a lone surrogate: {error.reason}") from error
    except (ValueError, RecursionError) as error:
        raise _Refused(Reason.NOT_JSON, f"{error}: {text[:80]!r}") from error
    return value


def _identities(results: Sequence[Any], ids: Sequence[Any]) -> list[Rejection]:
    """Compare number, ids and order with what was sent."""
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
    """Return text that tells 1, "1" and true apart."""
    return json.dumps(value, sort_keys=True)


def _result(result: Any) -> list[Rejection]:
    if not isinstance(result, dict):
        return [Rejection(Reason.NO_RESULT, f"a result is {_kind(result)}, not an object")]
    found = [] if "id" in result else [Rejection(Reason.WRONG_IDS, "a result has no `id`")]
    where = f"result {_canonical(result.get('id'))[:60]}"
    found += _number(result.get("aggregate_reward_score"), f"{where}: the reward", Reason.SCORE_NO_NUMBER)
    metrics = result.get("metrics_list")
    if metrics is None:
        return found
    if not isinstance(metrics, list):
        return [*found, Rejection(Reason.METRICS_NO_LIST, f"{where}: `metrics_list` is {_kind(metrics)}")]
    return found + [each for metric in metrics for each in _metric(metric, where)]


def _metric(metric: Any, where: str) -> list[Rejection]:
    if not isinstance(metric, dict):
        return [Rejection(Reason.METRICS_NO_LIST, f"{where}: a metric is {_kind(metric)}, not an object")]
    name = metric.get("name")
    if not isinstance(name, str) or not name:
        return [Rejection(Reason.METRIC_WITHOUT_NAME, f"{where}: a metric's name is {name!r}")]
    where = f"{where}: metric {name[:60]!r}"
    found = _number(metric.get("value"), where, Reason.METRIC_NO_NUMBER)
    if "type" not in metric:
        found.append(Rejection(Reason.METRIC_WITHOUT_TYPE, f"{where} has no `type`"))
    elif metric["type"] not in ("Reward", "Metric"):
        found.append(Rejection(Reason.WRONG_METRIC_TYPE, f"{where}: `type` is {metric['type']!r}"))
    return found


def _number(value: Any, where: str, reason: Reason) -> list[Rejection]:
    """Want a number that is finite; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [Rejection(reason, f"{where} is {_kind(value)}, not a number")]
    # A long integer has no float; no platform reads it as one either.
    finite = abs(value) < 10**308 if isinstance(value, int) else math.isfinite(value)
    return [] if finite else [Rejection(Reason.NOT_FINITE, f"{where} is not finite")]


def _kind(value: Any) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "an object")
