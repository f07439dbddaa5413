"""Judges while the service fails: none of many records is lost or mispaid, and calls run side by side."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rlvr import Verdict, parse_suite, score_rows
from rlvr.jobs import InProcess
from rlvr.stub_judge import StubReply, StubRequest
from rlvr.testing import a_record, scored, stub_judge
from rlvr_judge import voting
from rlvr_judge.rubric import Criterion, RubricOptions, rubric

FAULT_SHARE = 0.2
FEW = 100  # scored in this process


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once in this process; workers wait."""
    monkeypatch.setattr(voting, "wait_before", lambda *_: 0.0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


FAULTS = [
    *(StubReply(status=429), StubReply(status=429, headers={"Retry-After": "1"}), StubReply(status=503)),
    *(StubReply(status=500, text="Internal error"), StubReply(body=b"{"), StubReply(body=b"")),
    *(StubReply(text="Score: 10/10"), StubReply(), StubReply(ending="truncated")),
    *(StubReply(text='{"steps": "yes"}'), StubReply(text="I am sorry, but I cannot do that.")),
]
# By the kind of the completion: the verdict of the stub, and the value that is right. `poison` makes the model answer
# in prose for good; `filtered` is stopped by a content filter.
RIGHT: dict[str, float] = {"good": 1.0, "fair": 0.5, "bad": 0.0, "poison": 0.0, "filtered": 0.0}
VERDICTS = {"good": "all", "fair": "some", "bad": "none"}
CRITERION = {"id": "steps", "text": "names three steps", "choices": ["none", "some", "all"]}


class Chaos:
    """The recipe: a share of the requests fails, whichever they are; the others get the verdict of their completion."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # draws faults
        self._lock = threading.Lock()
        self.faults = 0

    def __call__(self, request: StubRequest) -> Any:
        """Reply to a request."""
        with self._lock:
            fault = self._random.choice(FAULTS) if self._random.random() < FAULT_SHARE else None
            self.faults += fault is not None
        if fault is not None:
            return fault
        kind = next((kind for kind in RIGHT if f"kind {kind}" in request.user), "bad")  # bad: the control
        if kind == "poison":
            return StubReply(text="What a poem!")
        if kind == "filtered":
            return StubReply(ending="blocked")
        return {"steps": {"reason": "so", "verdict": VERDICTS[kind]}}


@pytest.mark.parametrize("wire", ["openai", "converse"])
@pytest.mark.parametrize("records", [FEW, pytest.param(2_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_a_fifth_of_all_requests_fails_and_no_record_is_lost_or_mispaid(
    records: int, wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record may end as failed with a cause; its value is right or none."""
    kinds = [list(RIGHT)[number % len(RIGHT)] for number in range(records)]
    rows = [
        {"id": number, "completion": f"Wash the rice, number {number}, kind {kind}.", "prompt": "How?"}
        for number, kind in enumerate(kinds)
    ]
    chaos = Chaos(records)
    with stub_judge(chaos) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", stub.address)
        options = {
            "models": ["m"],
            "base_url": stub.base_url if wire == "openai" else "",
            "criteria": [CRITERION],
            "attempts": 6,
            "deadline_seconds": 300,
        }
        entry = {"scorer": "judge.rubric", "options": options, "budget_seconds": 320}
        suite = parse_suite({"tasks": {"t": {"scorers": [entry]}}, "cache": False})
        report = score_rows(suite, rows, runner=InProcess() if records == FEW else None)
    scores = [reward.parts[0].score for reward in report.rewards]

    assert [reward.id for reward in report.rewards] == list(range(records))
    assert chaos.faults > 0.1 * records
    mispaid = [
        (kind, score.value, score.reason)
        for kind, score in zip(kinds, scores, strict=True)
        if score.value not in {None, RIGHT[kind]}
    ]
    assert mispaid == []
    without = [score for score in scores if score.value is None]
    assert all(score.verdict is Verdict.FAILED and ": " in score.reason for score in without)
    # Six faults in a row, about a completion or about the control, are one in 16,000.
    assert len(without) <= max(1, records // 500)


def test_calls_of_sixty_four_records_are_in_flight_together() -> None:
    """The stub answers none before it has all: 64 records at half a second each take half a second, and some more."""
    together = threading.Barrier(64, timeout=60)

    def recipe(_: StubRequest) -> Any:
        return StubReply(text=json.dumps({"steps": {"reason": "so", "verdict": "all"}}), wait=together.wait)

    with stub_judge(recipe) as stub:
        options = {"models": ["m"], "base_url": stub.base_url, "criteria": [CRITERION], "attempts": 1}
        entry = {"scorer": "judge.rubric", "options": options}
        suite = parse_suite({"tasks": {"t": {"scorers": [entry]}}, "cache": False, "workers": {"count": 1}})
        rows = [{"completion": f"Wash the rice, number {number}.", "prompt": "How?"} for number in range(64)]
        report = score_rows(suite, rows)

    assert [reward.value for reward in report.rewards] == [1.0] * 64
    assert len(stub.requests) == 64


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_call_of_bedrock_that_hangs_costs_its_own_record_only(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is that of the client."""

    def recipe(request: StubRequest) -> Any:
        if "hang" in request.user:
            return StubReply(wait=gate.wait)
        return {"steps": {"reason": "so", "verdict": "yes"}}

    with stub_judge(recipe) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", stub.address)
        options = RubricOptions(
            models=("hangs",), criteria=(Criterion(id="steps", text="x"),), attempts=1, attempt_seconds=0.5
        )
        found = [scored(rubric, a_record(text), options) for text in ("Please hang.", "Wash it.")]
        gate.set()

    assert found[0].reason.startswith("unreachable: ReadTimeoutError")
    assert found[1].value == 1.0


@pytest.mark.parametrize("wire", ["openai", "converse"])
def test_a_record_ends_at_its_deadline_whatever_a_request_does(
    wire: str, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reason is that of the judge, since it comes before the budget of the entry."""
    with stub_judge(StubReply(wait=gate.wait)) as stub:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", stub.address)
        options = RubricOptions(
            models=("late",),
            base_url=stub.base_url if wire == "openai" else "",
            criteria=(Criterion(id="steps", text="x"),),
            attempt_seconds=60.0,
            deadline_seconds=2.0,  # a first request also loads botocore, which takes some of it
        )
        found = scored(rubric, a_record("Wash it."), options)
        gate.set()

    assert found.reason == "unreachable: no reply within `deadline_seconds`, 2"
    assert len(stub.requests) == 1
