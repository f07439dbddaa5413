"""The examples earn what was decided by hand, and editors would accept their suites."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rlvr import Verdict, close, load_suite, score_rows
from rlvr.runs import values_of
from rlvr.stub_judge import StubJudge, StubRequest
from rlvr.testing import stub_judge
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/suite.yaml"))


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubJudge]:
    """Start a model that gives the verdicts of ``verdicts.json`` in place of Amazon Bedrock."""
    folder = EXAMPLES / "brand_voice"
    verdicts = json.loads((folder / "verdicts.json").read_text())
    answers = {row["id"]: row["messages"][-1]["content"] for row in values_of(folder / "records.jsonl")}

    def reply(request: StubRequest) -> Any:
        name = next(name for name, answer in answers.items() if answer in request.user)
        return {each: {"reason": "as the file says", "verdict": verdict} for each, verdict in verdicts[name].items()}

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with stub_judge(reply) as started:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", started.address)
        yield started


@pytest.mark.parametrize("name", NAMES)
def test_every_record_earns_its_reward(name: str) -> None:
    """Record by record."""
    folder = EXAMPLES / name
    expected = json.loads((folder / "expected.json").read_text())
    suite = load_suite(folder / "suite.yaml")

    report = score_rows(suite, values_of(folder / "records.jsonl"))
    close(suite)

    assert {reward.id: reward.value for reward in report.rewards} == pytest.approx(expected)
    assert {reward.verdict for reward in report.rewards} == {Verdict.SCORED}


def test_every_example_is_listed() -> None:
    """In the examples' README."""
    text = (EXAMPLES / "README.md").read_text()

    assert NAMES == ["brand_voice", "composite", "gsm8k", "multiple_choice", "tool_calls", "tutor"]
    assert all(f"`{name}/`" in text for name in NAMES)


def test_the_judge_of_the_brand_is_asked_behind_the_gates_and_from_the_handler(judge: StubJudge) -> None:
    """The handler answers as in Lambda; two of six records are vetoed by a rule, and no model is asked about them."""
    folder = EXAMPLES / "brand_voice"
    suite = load_suite(folder / "suite.yaml")
    results = make_handler(suite, Settings(log="none"))(list(values_of(folder / "records.jsonl")), None)
    close(suite)
    expected = json.loads((folder / "expected.json").read_text())

    assert {each["id"]: each["aggregate_reward_score"] for each in results} == pytest.approx(expected)
    assert len(judge.requests) == 4
    assert {request.wire for request in judge.requests} == {"converse"}
