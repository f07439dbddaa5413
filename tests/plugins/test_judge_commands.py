"""``rlvr judge``: requests are shown and priced without a call, and one judgement is explained; and the templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from rlvr import ConfigError, parse_suite
from rlvr.cli.app import app
from rlvr.stub_judge import StubReply, StubRequest
from rlvr.testing import a_record, scored, stub_judge
from rlvr_judge import voting
from rlvr_judge.rubric import Criterion, RubricOptions, rubric
from rlvr_judge.templates import TemplateName, load_template

ROWS = [
    {
        "id": "one",
        "prompt": "Why is the sky blue?",
        "completion": "Air scatters blue light most.",
        "answer": "4",
    },
    {"id": "blank", "prompt": "Why?", "completion": " ", "answer": "4"},
    {"id": "opener", "prompt": "Why?", "completion": "Solution:", "answer": "4"},
]


def answer_all(request: StubRequest) -> Any:
    """Answer `yes` to everything that is asked."""
    schema: Any = request.schema
    return {name: {"reason": "so it is", "verdict": "yes"} for name in schema["required"]}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody with credentials; retries come at once."""
    monkeypatch.setattr(voting, "wait_before", lambda *_: 0.0)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def _files(folder: Path, base_url: str, **options: Any) -> tuple[str, str]:
    suite, records = folder / "suite.json", folder / "records.jsonl"
    given = {"models": ["m"], "base_url": base_url, "template": "helpfulness", **options}
    second = {"scorer": "judge.equivalent", "options": {"models": ["m"], "base_url": base_url}}
    entries = [
        {"scorer": "math.equivalent", "name": "accuracy", "otherwise": second},
        {"scorer": "judge.rubric", "name": "help", "options": given},
    ]
    suite.write_text(json.dumps({"tasks": {"t": {"scorers": entries}}}))
    records.write_text("\n".join(map(json.dumps, ROWS)))
    return str(suite), str(records)


def _run(*words: str) -> Result:
    return CliRunner(env={"COLUMNS": "160", "TERM": "dumb"}).invoke(app, ["judge", *words])


def _document(*words: str) -> Any:
    run = _run(*words, "--json")
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


def test_a_preview_shows_the_request_that_is_sent(tmp_path: Path) -> None:
    """Of every judge of the task, also of a second scorer; nothing is sent."""
    with stub_judge(answer_all) as judge:
        files = _files(tmp_path, judge.base_url, prices={"m": {"input": 3.0, "output": 15.0}})
        shown = _document("preview", *files, "--id", "one")
        assert not judge.requests
        _document("try", *files, "--id", "one", "--entry", "help")

    second, first = shown["entries"]
    (request,) = first["requests"]
    assert (second["scorer"], second["is_second"], first["is_second"]) == ("judge.equivalent", True, False)
    assert request["body"] == judge.requests[0].body
    assert request["tokens_in"] == pytest.approx(len(json.dumps(request["body"])) / 4, rel=0.3)
    assert request["usd"] == pytest.approx((3 * request["tokens_in"] + 15 * request["tokens_out"]) / 1e6)
    assert second["requests"][0]["usd"] is None


def test_a_preview_for_people_has_the_request_as_json(tmp_path: Path) -> None:
    """With its estimate; and says why no request is sent."""
    files = _files(tmp_path, "http://localhost:9/v1")
    run, screened = (_run("preview", *files, "--id", name, "--entry", "help") for name in ("one", "opener"))

    assert "tokens in (estimated)" in run.stdout
    assert "Air scatters blue light most." in run.stdout
    assert "no request: the score is 0.0, the answer says nothing" in screened.stdout


def test_samples_and_models_are_requests_of_their_own(tmp_path: Path) -> None:
    """As are the questions of a rubric that is asked in parts."""
    files = _files(tmp_path, "http://localhost:9/v1", models=["a", "b"], samples=2, per_call=4)
    shown = _document("preview", *files, "--id", "one", "--entry", "help")

    assert [request["model"] for request in shown["entries"][0]["requests"]] == ["a", "a", "a", "a", "b", "b", "b", "b"]


def test_try_asks_once_and_explains(tmp_path: Path) -> None:
    """A failure is shown with its reason, and the exit code says so."""
    with stub_judge(answer_all) as judge:
        files = _files(tmp_path, judge.base_url)
        run = _run("try", *files, "--id", "one", "--entry", "help")
        judge.recipe = StubReply(status=503)
        failed = _run("try", *files, "--line", "1", "--entry", "help")

    assert run.exit_code == 0, run.output
    assert "so it is" in run.stdout
    assert "judge_tokens_in" in run.stdout
    assert (failed.exit_code, "unreachable" in failed.stdout) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--id", "nobody"], 1, "no record with id 'nobody'"),
        (["--id", "one", "--entry", "accuracies"], 2, "it has: accuracy, help"),
        ([], 2, "give one of --id and --line"),
    ],
)
def test_wrong_words_are_told(words: list[str], code: int, told: str, tmp_path: Path) -> None:
    """With what there is."""
    run = _run("preview", *_files(tmp_path, "http://localhost:9/v1"), *words)

    assert run.exit_code == code
    assert told in " ".join(run.output.split())


def test_the_price_of_a_file_is_estimated_without_a_request(tmp_path: Path) -> None:
    """Of records about which somebody is asked; Bedrock has prices."""
    files = _files(tmp_path, "", models=["openai.gpt-oss-120b-1:0"])
    document = _document("price", *files)
    table = _run("price", *files).stdout

    assert document["records"] == 2
    assert document["models"]["openai.gpt-oss-120b-1:0"]["requests"] == 1
    assert document["models"]["openai.gpt-oss-120b-1:0"]["usd"] > 0.0
    assert document["usd"] is None  # `m` has no price
    assert "no price known" in table


def test_bedrock_counts_tokens_where_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the model behind a profile; a model that it does not count is estimated."""
    asked: list[str] = []

    def count(_self: object, operation: str, parameters: dict[str, Any]) -> Any:
        asked.append(f"{operation} {parameters['modelId']}")
        assert parameters["input"]["converse"].keys() == {"system", "messages"}
        return {"inputTokens": 777} if len(asked) == 1 else {}

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", count)
    files = _files(tmp_path, "", models=["us.anthropic.claude-haiku-4-5-20251001-v1:0"])
    words = ("preview", *files, "--id", "one", "--entry", "help", "--count-tokens")
    counted = _document(*words)["entries"][0]["requests"][0]
    estimated = _run(*words)

    assert asked[0] == "CountTokens anthropic.claude-haiku-4-5-20251001-v1:0"
    assert (counted["tokens_in"], counted["is_counted"]) == (777, True)
    assert "the tokens are estimated" in " ".join(estimated.output.split())


@pytest.mark.parametrize("name", get_args(TemplateName))
def test_every_template_is_a_rubric_of_positive_and_negative_criteria(name: TemplateName) -> None:
    """With words for each placeholder, and enough to tell answers apart."""
    template = load_template(name)
    criteria = template.filled({})

    assert template.about
    assert sum(each.points > 0 for each in criteria) >= 3
    assert any(each.points < 0 for each in criteria)
    assert not any("{" in each.text for each in criteria)


def test_a_template_can_be_filled_and_changed() -> None:
    """A criterion of the suite replaces one of the same id; the others come first, and have metrics."""
    criteria = (Criterion(id="next_step", text="names a phone number", points=5), Criterion(id="own", text="is kind"))
    with stub_judge(answer_all) as judge:
        options = RubricOptions(
            models=("m",),
            base_url=judge.base_url,
            template="tone_and_brand",
            template_values={"brand": "Acme", "voice": "dry wit"},
            criteria=criteria,
        )
        found = scored(rubric, a_record("We are sorry. Call us tomorrow.", prompt="It broke."), options)
    (request,) = judge.requests

    assert "fits this voice of Acme: dry wit" in request.system
    assert "names a phone number" in request.system
    assert "exactly one next step" not in request.system
    assert found.metrics["criterion/own"] == found.metrics["criterion/voice"] == 1.0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"template": "helpfulness", "template_values": {"voice": "x"}}, "the template has no value voice"),
        ({"template_values": {"voice": "x"}, "criteria": [{"id": "a", "text": "b"}]}, "needs a `template`"),
        ({"template": "politeness"}, "one of creative_writing, faithfulness"),
        ({}, "or a `template`"),
    ],
)
def test_a_wrong_template_is_told_when_the_suite_is_loaded(options: dict[str, Any], told: str) -> None:
    """With the names that there are."""
    entry = {"scorer": "judge.rubric", "options": {"models": ["m"], **options}}

    with pytest.raises(ConfigError) as caught:
        parse_suite({"tasks": {"t": {"scorers": [entry]}}})
    assert told in str(caught.value)


def test_templates_are_part_of_the_fingerprint() -> None:
    """They are files of a kind that the code digest covers, so that an edited rubric is another suite."""
    from rlvr.fingerprint import _REWARDLESS_SUFFIXES

    folder = Path(load_template.__code__.co_filename).parent

    assert {each.suffix for each in folder.iterdir() if each.is_file()} == {".py", ".toml"}
    assert ".toml" not in _REWARDLESS_SUFFIXES
