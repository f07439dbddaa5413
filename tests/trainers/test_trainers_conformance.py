"""The same rows through every adapter, the handler and plain scoring earn the same."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import Suite, parse_suite, record_from
from rlvr.cli.app import app
from rlvr_handler.handler import make_handler
from rlvr_handler.settings import Settings
from rlvr_trainers import nemo_gym, openrlhf, shapes, trl, verl
from rlvr_trainers.conformance import conform
from rlvr_trainers.serving.asking import ask_all
from rlvr_trainers.serving.service import Service

ROWS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("rows.py"))))


def test_500_rows_earn_the_same_in_every_shape() -> None:
    """None differs, and none was left out but where a trainer hands over no reference."""
    rows = ROWS.make_rows(500)
    outcomes = {each.shape: each for each in conform(parse_suite(ROWS.SUITE), rows)}

    assert len(outcomes) == len(shapes.SHAPES)
    assert {name: each.differences[:2] for name, each in outcomes.items() if each.differences} == {}
    without = sum(row["answer"] is None for row in rows)
    assert {outcomes.pop(name).rows for name in ("llama_factory", "service /llama_factory")} == {without}
    assert {(each.rows, each.left_out, each.problem) for each in outcomes.values()} == {(500, 0, "")}
    assert without > 5


_NOTHING: Any = None
_PROMPT = [{"role": "user", "content": "q"}]
_ROW = {"id": "0", "prompt": _PROMPT}
_GYM = {"responses_create_params": {"input": _PROMPT}, "response": None}

# How the completion is lost in shapes that make a text or a turn of whatever a sample holds.
_LOST: dict[str, Callable[[Suite], Any]] = {
    "trl (tools)": lambda suite: trl.reward(suite)(["q"], [[{"role": "tool", "content": "x"}]])[0],
    "openrlhf": lambda suite: openrlhf.reward_func([_NOTHING], ["q"], ["x"], suite=suite)["rewards"],
    "nemo_gym": lambda suite: shapes._unmasked(nemo_gym.verify(_GYM, suite)),
    "handler": lambda suite: make_handler(suite, Settings(log="none"))([_ROW], None)[0]["aggregate_reward_score"],
    "service /score": lambda suite: _reply(suite, "/score", {"rows": [_ROW]})["rewards"][0]["reward"],
    "service /openrlhf": lambda suite: _reply(suite, "/openrlhf", {"query": [None], "prompts": ["q"], "labels": ["x"]})[
        "rewards"
    ],
    "service /verify": lambda suite: shapes._unmasked(_reply(suite, "/verify", _GYM)),
    "service /openai": lambda suite: _reply(suite, "/openai", {"item": {}, "sample": {}})["reward"],
    "service /lambda": lambda suite: _reply(suite, "/lambda", [_ROW])[0]["aggregate_reward_score"],
}


# Their servers read no text without which the reply could have a number for each.
_REFUSING = ("llama_factory", "service /llama_factory", "service /openrlhf")


def _reply(suite: Suite, route: str, body: Any) -> Any:
    return ask_all(Service(suite, settings=Settings(log="none")), route, [body])[0]


@pytest.mark.each("shape", shapes.SHAPES, ids=lambda shape: shape.name)
def test_a_completion_that_is_not_there_is_no_wrong_answer_in_any_shape(shape: shapes.Shape) -> None:
    """A trainer that masks gets None, another one the policy's number or a refusal: never the 0.0 of an answer."""
    # A wrong answer earns 0.0 in this suite, a row that cannot be scored the low end of the range.
    scorers = [{"scorer": "text.length", "options": {"max": 9}}]
    suite = parse_suite({"tasks": {"t": {"scorers": scorers, "range": [-1, 1], "on_error": "floor"}}})
    sample = shapes.sample_of(record_from({"prompt": _PROMPT, "completion": "x"}))

    def lost() -> Any:
        if shape.name in _LOST:
            return _LOST[shape.name](suite)
        return shape.score(suite, [sample._replace(completion=_NOTHING, turns=[])])[0]

    if shape.name in _REFUSING:
        with pytest.raises(ValueError, match="is no list of texts"):
            lost()
    else:
        assert lost() == (None if shape.masks else -1.0)


def test_calls_go_through_the_shapes_of_messages() -> None:
    """And through those of items and outputs; they are left out where a trainer hands over a text."""
    answer = [{"name": "add", "arguments": {"a": 1}}]
    rows = []
    for place, (content, arguments) in enumerate([("", '{"a": 1}'), ("I add.", '{"a": 1}'), ("", '{"a": 2}')]):
        call = {"type": "function", "function": {"name": "add", "arguments": arguments}}
        said = [{"role": "assistant", "content": content, "reasoning_content": "One?", "tool_calls": [call]}]
        rows.append({"prompt": [{"role": "user", "content": f"add {place}"}], "completion": said, "answer": answer})
    suite = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "schema.tool_calls"}]}}})

    outcomes = {each.shape: each for each in conform(suite, rows)}

    shapes = {"trl (chat)", "trl (tools)", "verifiers", "nemo_rl", "art", "tinker", "eval_protocol", "handler"}
    shapes |= {"nemo_gym", "inspect_ai"}
    services = {"service /score", "service /verify", "service /openai", "service /lambda"}
    assert {name for name, each in outcomes.items() if each.rows} == shapes | services
    assert not any(each.differences for each in outcomes.values())


def test_a_shape_that_pays_differently_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the row and both rewards, and the command ends with 1."""
    plain = verl.compute_score

    def generous(*parts: Any, **more: Any) -> dict[str, float]:
        result = plain(*parts, **more)
        return {**result, "score": 1.0} if parts[1] == "Rome" else result

    suite, data = tmp_path / "suite.json", tmp_path / "rows.jsonl"
    suite.write_text('{"tasks": {"t": {"scorers": [{"scorer": "text.exact"}]}}}')
    data.write_text(
        "".join(json.dumps({"prompt": "q", "completion": text, "answer": "Paris"}) + "\n" for text in ("Paris", "Rome"))
    )
    fine = CliRunner().invoke(app, ["conformance", str(suite), str(data)])
    monkeypatch.setattr(verl, "compute_score", generous)
    found = CliRunner().invoke(app, ["conformance", str(suite), str(data)])
    listed = json.loads(CliRunner().invoke(app, ["conformance", str(suite), str(data), "--json"]).stdout)

    assert (fine.exit_code, found.exit_code) == (0, 1)
    assert "verl, row 1: 0.0 by score, 1.0 here (scored: differs from the reference)" in found.stdout
    assert [each["shape"] for each in listed if each["differences"]] == ["verl"]
