"""Conversion of rewards to the JSON that the platforms accept: results, and the envelope around them.

The answer contains only finite floats, text without lone surrogates (one would end the Lambda runtime's process) and
types that the runtime can marshal (any other would lose the whole batch), and it has less than 6 MB.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, assert_never

from rlvr import Reward, encodable_text
from rlvr_handler.settings import Envelope

Result: TypeAlias = dict[str, Any]

# Lambda refuses answers above 6,291,556 bytes; the difference is for envelopes.
LIMIT_BYTES = 5_500_000

ID_DEPTH_LIMIT = 16
ID_DIGITS_LIMIT = 1_000
# No platform makes longer ids; longer ones are cut if the answer would not fit otherwise.
CUT_ID_CHARACTERS = 256


def result_of(reward: Reward) -> Result:
    """Return the result of one record: its id unchanged, its reward and its metrics."""
    metrics = [{"name": metric.name, "value": metric.value, "type": metric.type} for metric in reward.metrics]
    return {"id": plain(reward.id), "aggregate_reward_score": reward.value, "metrics_list": metrics}


def fault_result(record_id: object, metrics: Sequence[str]) -> Result:
    """Return the result of a row that has no reward because of a bug in rlvr.

    Args:
        record_id: The id of the row.
        metrics: The names of the metrics; all are 0.0 but ``rlvr/failed``.
    """
    listed = [{"name": name, "value": float(name == "rlvr/failed"), "type": "Metric"} for name in metrics]
    return {"id": plain(record_id), "aggregate_reward_score": 0.0, "metrics_list": listed}


def wrap_results(results: list[Result], envelope: Envelope, *, status: int = 200) -> Any:
    """Return the answer that contains the results; they are reduced first if they would be too large."""
    fitting = _fit(results, LIMIT_BYTES // _expansion(envelope))
    match envelope:
        case "list":
            return fitting
        case "http-string":
            return _http_answer(json.dumps(fitting, allow_nan=False), status)
        case "http-list":
            return _http_answer(fitting, status)
        case _:
            assert_never(envelope)


def plain(value: object, depth: int = 0) -> Any:
    """Return a JSON value without anything that would break the answer.

    Lone surrogates become U+FFFD. A number that is not finite or has more than 1,000 digits, and a value that is nested
    deeper than 16, become null. A value of a type that JSON does not have becomes text.
    """
    if isinstance(value, str):
        return encodable_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 10**ID_DIGITS_LIMIT else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth >= ID_DEPTH_LIMIT:
        return None
    if isinstance(value, Mapping):
        return {encodable_text(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, depth + 1) for inner in value]
    return encodable_text(str(value))


def _http_answer(body: Any, status: int) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}


def _expansion(envelope: Envelope) -> int:
    """Return how many bytes of the answer a byte of the encoded results can take, at most."""
    match envelope:
        case "list" | "http-list":
            return 1
        case "http-string":
            return 2  # JSON inside JSON text escapes every quote
        case _:
            assert_never(envelope)


def _fit(results: list[Result], limit_bytes: int) -> list[Result]:
    """Reduce results to a number of bytes: first without metrics, then with short ids, then only the first ones."""
    if _upper_bound(results) <= limit_bytes:
        return results
    for lighter in (_same, _without_metrics, _with_short_id):
        results = [lighter(result) for result in results]
        if _size(results) <= limit_bytes:
            return results
    kept, room = 0, limit_bytes
    for result in results:
        room -= _size(result) + 2
        if room < 0:
            break
        kept += 1
    return results[:kept]


def _upper_bound(results: Sequence[Result]) -> int:
    """Return a number that the encoded size does not exceed, without encoding the results."""
    total = 2  # the brackets
    for result in results:
        record_id = result["id"]
        total += 120 + (12 * len(record_id) if isinstance(record_id, str) else _size(record_id))
        total += sum(100 + len(metric["name"]) for metric in result["metrics_list"])
    return total


def _size(value: object) -> int:
    return len(json.dumps(value))


def _same(result: Result) -> Result:
    return result


def _without_metrics(result: Result) -> Result:
    return {"id": result["id"], "aggregate_reward_score": result["aggregate_reward_score"]}


def _with_short_id(result: Result) -> Result:
    record_id = result["id"]
    if _size(record_id) > CUT_ID_CHARACTERS:
        record_id = str(record_id)[:CUT_ID_CHARACTERS]
    return {"id": record_id, "aggregate_reward_score": result["aggregate_reward_score"]}
