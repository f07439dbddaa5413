"""Any event at all is answered, in a shape that the platforms accept.

The events are drawn from seeds, so that a failure can be drawn again; how many is chosen by ``RLVR_FUZZ_EVENTS``.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Callable
from typing import Any, get_args

import pytest

from rlvr import parse_suite, rows_in
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Envelope, Settings

EVENTS = int(os.environ.get("RLVR_FUZZ_EVENTS") or (200_000 if os.environ.get("RLVR_LONG") == "1" else 4_000))
PARTS = 8

SUITE = parse_suite("""
tasks:
  math: {scorers: [{scorer: math.equivalent, name: accuracy}, {scorer: text.length, weight: 0.1, options: {max: 50}}]}
  words:
    scorers: [{scorer: text.exact, gate: 0.5}, {scorer: text.contains, options: {phrases: ["yes", "no"]}}, text.choice]
    aggregate: {formula: "text.exact - text.contains / text.choice"}
    range: [-1, 1]
route: {by: [task, data_source, metadata.kind], default: math}
""")

KEYS = """id messages metadata reference_answer role content text completion response prompt answer task data_source
extra_info reward_model ground_truth body trajectories batch statusCode httpMethod requestContext isBase64Encoded http
method tool_calls tools choices chosen query model_response solution label kind type name value""".split()
TEXTS = """user assistant nova_assistant system tool bot math words 18 #### 18|\\boxed{18} <think> </think> ``` ```json
{"a": 1} [1,2] yes no A (B) OPTIONS POST \ud800 \udfff\ud800 \x00 \u200b 1e999 -0.0 NaN null true 9**9**9 x=1 ½ ٣ ﷺ
\\frac{1}{2} {{{{ }}}} \\text{ $ $$ % € ° sqrt(2) 1,000 Answer: <|begin_of_solution|>""".split()
NUMBERS = [0, 1, -1, 2**63, 10**400, -(10**30), 0.5, -0.0, 1e308, math.nan, math.inf, -math.inf]


def _text(draw: random.Random) -> str:
    text = draw.choice((" ", "", "\n")).join(draw.choice(TEXTS) for _ in range(draw.randrange(5)))
    return text * 500 if draw.random() < 0.003 else text


def _value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(10 if depth < 5 else 6)
    if kind < 3:
        return _text(draw)
    if kind < 6:
        return draw.choice([None, True, False, draw.choice(NUMBERS), draw.choice(NUMBERS)])
    if kind < 8:
        return [_value(draw, depth + 1) for _ in range(draw.randrange(4))]
    return _object(draw, depth + 1)


def _object(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    return {draw.choice(KEYS): _value(draw, depth) for _ in range(draw.randrange(6))}


def _row(draw: random.Random) -> Any:
    """Draw a row that a platform could send, with a few of its fields replaced by anything."""
    turns = [
        {"role": draw.choice(TEXTS[:6]), "content": draw.choice([_text(draw), [{"type": "text", "text": _text(draw)}]])}
        for _ in range(draw.randrange(4))
    ]
    row: dict[str, Any] = {"id": _text(draw), "messages": turns, "reference_answer": {"text": _text(draw)}}
    row["metadata"] = {"reference_answer": _text(draw), "kind": draw.choice(TEXTS[6:8])}
    for key in list(row):
        if draw.random() < 0.2:
            row[key] = _value(draw)
    if draw.random() < 0.5:
        row[draw.choice(KEYS)] = _value(draw)
    return _value(draw) if draw.random() < 0.1 else row


def _event(draw: random.Random) -> Any:
    rows = [_row(draw) for _ in range(draw.choice((0, 1, 1, 2, 3)))]
    wrap = draw.randrange(10)
    if wrap < 6:
        return rows
    if wrap < 8:
        return {draw.choice(("body", "trajectories", "batch")): draw.choice([rows, json.dumps(rows), _text(draw)])}
    return rows[0] if rows and wrap == 8 else _value(draw)


PREFLIGHT = {"statusCode": 200, "headers": {"Allow": "OPTIONS, POST"}, "body": ""}


def _check(event: Any, answer: Any, envelope: Envelope, results_in: Callable[[Any, Envelope], Any]) -> None:
    """Check what the platforms, and strict JSON, ask of an answer."""
    said = json.dumps(answer, allow_nan=False, ensure_ascii=False)
    said.encode()  # a lone surrogate would end the runtime
    if answer == PREFLIGHT:
        assert "OPTIONS" in str(event)
        return
    assert not isinstance(answer, dict) or answer["statusCode"] in {200, 400}
    results = results_in(answer, envelope)
    rows = rows_in(event)
    assert len(results) == len(rows or [])
    for result in results:
        assert set(result) == {"id", "aggregate_reward_score", "metrics_list"}
        assert -1.0 <= result["aggregate_reward_score"] <= 1.0
        for metric in result["metrics_list"]:
            assert type(metric["value"]) is float
            assert metric["type"] in {"Metric", "Reward"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_any_event_is_answered(part: int, results_in: Callable[[Any, Envelope], Any]) -> None:
    """With one valid result per row, whatever the event is."""
    envelopes: tuple[Envelope, ...] = get_args(Envelope)
    handlers = {envelope: make_handler(SUITE, Settings(envelope=envelope, log="none")) for envelope in envelopes}
    for number in range(EVENTS // PARTS):
        seed = f"{part}/{number}"
        draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
        event = _event(draw)
        envelope = draw.choice(envelopes)
        try:
            _check(event, handlers[envelope](event, None), envelope, results_in)
        except Exception as error:
            error.add_note(f"seed {seed!r}")
            raise
