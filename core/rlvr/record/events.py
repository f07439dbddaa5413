"""Rows in an event: the envelopes that platforms and servers put around them."""

from __future__ import annotations

from rlvr.record.json_value import JsonValue, parse_json
from rlvr.record.plans import is_row

ENVELOPE_KEYS = ("trajectories", "batch", "body")
EVENT_DEPTH_LIMIT = 4


def rows_in(event: JsonValue) -> list[JsonValue] | None:
    """Return the rows of an event: a list, one row, or either of them inside the known envelopes.

    Args:
        event: Parsed JSON of any shape; a JSON text (the ``body`` of an HTTP event) is parsed.

    Returns:
        The rows, each of any JSON type, in order; None if the event contains no rows.
    """
    for _ in range(EVENT_DEPTH_LIMIT):
        if isinstance(event, str):
            event = parse_json(event)
        if isinstance(event, list):
            return event
        if not isinstance(event, dict):
            return None
        key = next((key for key in ENVELOPE_KEYS if key in event), None)
        if key is None or is_row(event):
            return [event] if is_row(event) or "id" in event else None
        event = _decode_base64(event[key]) if event.get("isBase64Encoded") is True else event[key]
    return None


def _decode_base64(body: JsonValue) -> JsonValue:
    """Decode the base64 text that a function URL may put into ``body``; None if ``body`` is not valid base64."""
    try:
        import base64  # few events are coded

        return base64.b64decode(body, validate=True).decode()
    except (TypeError, ValueError):
        return None
