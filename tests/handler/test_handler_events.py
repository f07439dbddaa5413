"""Recorded events of every published shape, and what each is answered, byte for byte."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from rlvr import parse_suite, rows_in
from rlvr_aws.simulate.answer_checks import check_answer, verifier_accepts
from rlvr_aws.simulate.platform_profiles import READ_BY_AWS
from rlvr_handler import handler as lambda_source
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Envelope, Settings

EVENTS = Path(__file__).parent / "events"
CASES = sorted(path for path in EVENTS.glob("*.json") if not path.name.endswith(".expected.json"))
QUIET = Settings(log="none")
SUITE = parse_suite("tasks: {t: {scorers: [{scorer: math.equivalent, name: accuracy}]}}")


@pytest.mark.each("path", CASES, ids=lambda path: path.stem)
def test_each_shape_is_answered_byte_for_byte(path: Path) -> None:
    """As recorded; equal events, equal bytes."""
    handler = make_handler(SUITE, QUIET)
    event = json.loads(path.read_text())
    expected = path.with_suffix(".expected.json").read_text().strip()

    assert json.dumps(handler(event, None)) == expected
    assert json.dumps(handler(event, {})) == expected


@pytest.mark.each("path", CASES, ids=lambda path: path.stem)
def test_the_platforms_own_rules_accept_each_answer(path: Path) -> None:
    """And so do the stricter ones of the documents."""
    event = json.loads(path.read_text())
    answer = make_handler(SUITE, QUIET)(event, {})
    ids = tuple(row.get("id") for row in rows_in(event) or ())
    told = check_answer(json.dumps(answer).encode(), ids, "list")

    assert ids
    assert told.verifier_accepts
    assert told.rejections == ()


def test_every_shape_has_a_recorded_event() -> None:
    """A to I, G in each of its dataset formats."""
    assert {path.stem[0] for path in CASES} == set("ABCDEFGHI")
    assert len([path for path in CASES if path.stem.startswith("G")]) == 5


HANDLER_FILE = Path(lambda_source.__file__).with_name("lambda_function.py")
RAW_ROWS = [
    {"messages": [{"role": "user", "content": "How many?"}], "reference_answer": "18"},
    {"id": "b", "messages": [{"role": "user", "content": "How many?"}]},
    {"id": "c", "messages": [{"role": "assistant", "content": "The answer is 18"}], "reference_answer": "18"},
]


def test_the_pre_submit_check_runs_the_file_as_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty namespace, with a dict for a context, on raw training rows."""
    monkeypatch.setenv("RLVR_SUITE", "tasks: {t: {scorers: [math.equivalent]}}")
    namespace: dict[str, Any] = {}
    exec(HANDLER_FILE.read_text(), namespace)  # noqa: S102  # as the SDKs do

    answer = namespace["lambda_handler"](RAW_ROWS, {})

    assert [result["aggregate_reward_score"] for result in answer] == [0.0, 0.0, 1.0]
    assert verifier_accepts(json.dumps(answer).encode(), 3, "list")


@pytest.mark.parametrize("envelope", READ_BY_AWS)
def test_the_platforms_own_verifier_accepts_the_handler(monkeypatch: pytest.MonkeyPatch, envelope: Envelope) -> None:
    """``verify_reward_function`` of sagemaker-train, where that is installed; its rules are restated above."""
    name = "sagemaker.train.common_utils.rlvr_reward_verifier"
    verifier = pytest.importorskip(name, reason="sagemaker-train is not installed; its rules are restated here")
    monkeypatch.setenv("RLVR_SUITE", "tasks: {t: {scorers: [math.equivalent]}}")
    monkeypatch.setenv("RLVR_ENVELOPE", envelope)

    outcome = verifier.verify_reward_function(str(HANDLER_FILE), RAW_ROWS, is_nova=envelope == "list")

    assert (outcome["success"], outcome["successful_samples"]) == (True, 3)


ROWS = [{"id": "a", "response": "42", "answer": "42"}]


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_envelopes_contain_the_same_list(envelope: Envelope, results_in: Callable[[Any, Envelope], Any]) -> None:
    """As JSON text, or as it is; with status 200 where there is one."""
    answer = make_handler(SUITE, Settings(envelope=envelope, log="none"))(ROWS, None)

    assert results_in(answer, envelope) == make_handler(SUITE, QUIET)(ROWS, None)
    assert not isinstance(answer, dict) or answer["statusCode"] == 200


@pytest.mark.parametrize("envelope", get_args(Envelope))
@pytest.mark.parametrize("event", [None, {}, 5, "text", {"body": "nonsense"}, {"httpMethod": "GET"}, True])
def test_an_unusable_event_gets_a_well_formed_answer(
    event: object, envelope: Envelope, results_in: Callable[[Any, Envelope], Any]
) -> None:
    """An empty list, with status 400 where there is a status."""
    answer = make_handler(SUITE, Settings(envelope=envelope, log="none"))(event, None)

    assert results_in(answer, envelope) == []
    assert not isinstance(answer, dict) or answer["statusCode"] == 400


@pytest.mark.parametrize("event", [{"httpMethod": "OPTIONS"}, {"requestContext": {"http": {"method": "OPTIONS"}}}])
def test_a_preflight_is_answered(event: object) -> None:
    """Without a body."""
    assert make_handler(SUITE, QUIET)(event, None)["statusCode"] == 200
