"""Rows that say themselves that the call of the model failed: no wrong answer, but a row without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlvr.record.completions import Answer
from rlvr.record.json_value import MAPPINGS, JsonValue
from rlvr.record.plans import Plan

# Objects in which exports keep the outcome of a call.
_OUTCOMES = ("response", "result", "output", "sample")
_FAILED_TYPES = frozenset({"errored", "error", "expired", "canceled", "cancelled", "failed", "failure", "timeout"})
_HTTP_ERROR = 400
SHOWN_CHARACTERS = 120


def failure_in(row: Mapping[str, JsonValue], plan: Plan, answers: Sequence[Answer] | None) -> str:
    """Return the reason if the row says that the call failed; "" if it does not, or if a completion stands there.

    Only tools write these signs, beside the place of the completion. A few formats put the message of the error where
    the completion belongs, so their signs count whatever stands there.
    """
    if any(fault(row) for fault in plan.faults):
        return _reason(_sign_in(row) or plan.format.name)
    if answers is not None and not all(answer.is_null for answer in answers):
        return ""
    sign = _sign_in(row)
    return _reason(sign) if sign else ""


def _reason(sign: str) -> str:
    return f"the row says that the call failed ({sign[:SHOWN_CHARACTERS]}), so it has no completion"


def _sign_in(row: Mapping[str, JsonValue]) -> str:
    """Return the first sign of a failed call, at the top of a row or in the object of an outcome."""
    values = (row, *(row.get(key) for key in _OUTCOMES))
    signs = (_sign_of(value) for value in values if isinstance(value, MAPPINGS))
    return next(filter(None, signs), "")


def _sign_of(value: Mapping[str, JsonValue]) -> str:
    for key in ("error", "errors", "traceback"):
        if value.get(key):
            return f"{key}: {_shown(value[key])}"
    for key in ("status_code", "statusCode"):
        code = value.get(key)
        if isinstance(code, int) and code >= _HTTP_ERROR:
            return f"{key}: {code}"
    for key in ("type", "status", "state"):
        text = value.get(key)
        if isinstance(text, str) and (text.lower() in _FAILED_TYPES or (key == "status" and "error" in text.lower())):
            return f"{key}: {_shown(text)}"
    return "success: false" if value.get("success") is False and "error_message" in value else ""


def _shown(value: JsonValue) -> str:
    if isinstance(value, MAPPINGS):
        known = [value[key] for key in ("code", "errorCode", "type", "message", "errorMessage") if value.get(key)]
        return _shown(known[0]) if known else "an object"
    if isinstance(value, (list, tuple)):
        return _shown(value[0]) if value else ""
    return str(value)[:SHOWN_CHARACTERS]
