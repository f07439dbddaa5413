"""Rewards as the JSON that the platforms accept: results, and the envelope around them.

What leaves here is plain: finite floats, text without lone surrogates (one would end the Lambda runtime's process),
no type that the runtime cannot marshal (one would lose the whole batch), and under 6 MB.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from rlvr import Metric, Reward
from rlvr_handler.settings import Envelope

Result: TypeAlias = dict[str, Any]

# Lambda refuses answers above 6,291,556 bytes; the rest is for envelopes.
LIMIT_BYTES = 5_500_000

ID_DEPTH_LIMIT = 16
ID_DIGITS_LIMIT = 1_000
# Only ids that no platform makes are longer; they are cut when the answer would not fit otherwise.
CUT_ID_CHARACTERS = 256


def result_of(reward: Reward) -> Result:
    """Make one result: the id unchanged, the reward, its metrics."""
    metrics = [{"name": metric.name, "value": metric.value, "type": metric.type} for metric in reward.metrics]
    return {"id": plain(reward.id), "aggregate_reward_score": reward.value, "metrics_list": metrics}


def fault_result(record_id: object, metrics: Sequence[Metric] = (Metric("rlvr/failed", 1.0, "Metric"),)) -> Result:
    """Make the result of a row that a fault of ours left without a reward."""
    listed = [{"name": metric.name, "value": metric.value, "type": metric.type} for metric in metrics]
    return {"id": plain(record_id), "aggregate_reward_score": 0.0, "metrics_list": listed}


def enveloped(results: list[Result], envelope: Envelope, *, status: int = 200) -> Any:
    """Put the platform's envelope around the results; they are made to fit first."""
    fitting = _fitting(results, envelope)
    if envelope == "list":
        return fitting
    headers = {"Content-Type": "application/json"}
    body: Any = json.dumps(fitting, allow_nan=False) if envelope == "http-string" else fitting
    return {"statusCode": status, "headers": headers, "body": body}


def plain(value: object, depth: int = 0) -> Any:
    """Return a JSON value unchanged but for what would break the answer.

    Lone surrogates become U+FFFD; what is not finite, nested deeper than 16 or longer than 1,000 digits becomes null;
    what JSON cannot hold becomes text.
    """
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 10**ID_DIGITS_LIMIT else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth >= ID_DEPTH_LIMIT:
        return None
    if isinstance(value, Mapping):
        return {text(str(key)): plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner, depth + 1) for inner in value]
    return text(str(value))


def text(value: str) -> str:
    """Return text that UTF-8 can carry."""
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _fitting(results: list[Result], envelope: Envelope) -> list[Result]:
    """Make the results fit: without metrics, then with short ids, then the first ones only."""
    factor = 2 if envelope == "http-string" else 1  # JSON inside JSON text escapes every quote
    if _bound(results) * factor <= LIMIT_BYTES:
        return results
    for lighter in (_same, _without_metrics, _with_short_id):
        results = [lighter(result) for result in results]
        if _size(results) * factor <= LIMIT_BYTES:
            return results
    kept, room = 0, LIMIT_BYTES // factor
    for result in results:
        room -= _size(result) + 2
        if room < 0:
            break
        kept += 1
    return results[:kept]


def _bound(results: Sequence[Result]) -> int:
    """Return no less than the size of the answer, without encoding it."""
    total = 0
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
