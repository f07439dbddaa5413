"""Rows in the envelopes of platforms and servers."""

import base64
import json
from typing import Any

import pytest

from rlvr.record.events import ENVELOPE_KEYS, rows_in

ROWS: list[Any] = [{"id": 1}, 5]


@pytest.mark.parametrize("key", ENVELOPE_KEYS)
def test_an_envelope_is_opened(key: str) -> None:
    """Its rows may be JSON text, or an envelope again, to a limit; a row with such a column is no envelope."""
    assert rows_in({key: ROWS}) == ROWS
    assert rows_in({key: json.dumps(ROWS)}) == ROWS
    assert rows_in({key: ROWS, "id": 1}) == ROWS
    assert rows_in({key: ROWS, "completion": "x"}) == [{key: ROWS, "completion": "x"}]
    event: Any = ROWS
    for _ in range(3):
        event = {key: event}
    assert rows_in(event) == ROWS
    assert rows_in({key: event}) is None


def test_a_body_may_be_base64() -> None:
    """Only where the event says so, with true."""
    body = base64.b64encode(json.dumps(ROWS).encode()).decode()

    assert rows_in({"body": body, "isBase64Encoded": True}) == ROWS
    for flag in (False, 1, "true", None):
        assert rows_in({"body": body, "isBase64Encoded": flag}) is None
    for bad in (f"!{body}", 5, None, "é", base64.b64encode(b"\xff").decode()):
        assert rows_in({"body": bad, "isBase64Encoded": True}) is None


@pytest.mark.parametrize(
    ("event", "rows"),
    [
        ({"id": 1}, [{"id": 1}]),
        ({"x": 1}, None),
        ({"answer": "a"}, [{"answer": "a"}]),
        ('{"answer": "a"}', [{"answer": "a"}]),
        ("[1]", [1]),
        ("x", None),
        (5, None),
    ],
)
def test_one_row_is_an_event(event: object, rows: object) -> None:
    """An object with an id, or with a known column."""
    assert rows_in(event) == rows
