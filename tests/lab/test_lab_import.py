"""``rlvr import``: converted suites give the numbers that the documents of the source promise."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from rapidfuzz.fuzz import ratio
from typer.testing import CliRunner

from rlvr import close, how_to_install, load_suite, parse_suite, score_rows
from rlvr.cli.app import app
from rlvr_lab.graders.conversion import Conversion, Models
from rlvr_lab.graders.converting import convert_file, suite_text

TEXTS = ["Paris", "paris", " Paris", "It is Paris, surely", "Rome", '{"city": "Paris"}', '{"city": 7}', "[1", "Pariss"]


@pytest.fixture
def converted(tmp_path: Path) -> Callable[..., Conversion]:
    """Return a function that converts a document of a source."""

    def convert(source: Any, document: object, **models: Any) -> Conversion:
        path = tmp_path / "graders.json"
        path.write_text(json.dumps(document))
        return convert_file(source, path, Models(**models))

    return convert


def _rewards(found: Conversion, rows: list[dict[str, Any]]) -> list[float]:
    assert found.tasks, found.refused
    text = suite_text(found, "openai", "graders.json")
    assert "# yaml-language-server: $schema=" in text
    suite = parse_suite(text)
    try:
        return [reward.value for reward in score_rows(suite, rows).rewards]
    finally:
        close(suite)


def _rows(texts: list[str] = TEXTS) -> list[dict[str, Any]]:
    messages = {"role": "user", "content": "Capital of France?"}
    return [
        {
            "messages": [messages, {"role": "assistant", "content": text}],
            "reference_answer": "Paris",
            "extra": {"k": "it"},
        }
        for text in texts
    ]


OUTPUT, ANSWER = "{{ sample.output_text }}", "{{ item.reference_answer }}"


def _check(operation: str, answer: str = OUTPUT, reference: str = ANSWER) -> dict[str, Any]:
    return {"type": "string_check", "name": "a b", "operation": operation, "input": answer, "reference": reference}


def test_a_library_that_this_machine_lacks_is_a_note(converted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite is right, and may be used on another machine."""
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    monkeypatch.delitem(sys.modules, "rapidfuzz.fuzz", raising=False)
    fuzzy = {"type": "text_similarity", "name": "s", "evaluation_metric": "fuzzy_match"}
    found = converted("openai", {**fuzzy, "input": OUTPUT, "reference": ANSWER})

    assert (len(found.tasks), found.refused) == (1, ())
    assert found.notes[-1].endswith(f"run {how_to_install('rlvr-text[rapidfuzz]')}")


@pytest.mark.parametrize(
    ("operation", "meaning"),
    [
        ("eq", lambda text: text == "Paris"),
        ("ne", lambda text: text != "Paris"),
        ("like", lambda text: "Paris" in text),
        ("ilike", lambda text: "paris" in text.lower()),
    ],
)
def test_string_checks_mean_what_openai_says(converted: Any, operation: str, meaning: Callable[[str], bool]) -> None:
    """Equal and contained to the letter, white space included."""
    expected = [float(meaning(text)) for text in TEXTS]

    assert _rewards(converted("openai", _check(operation)), _rows()) == expected


def test_templates_name_columns_constants_and_fields_of_the_answer(converted: Any) -> None:
    """And texts around them."""
    field = _check("eq", "{{ sample.output_json.city }}", "Paris")
    around = _check("like", "<{{sample.output_text}}>", "<{{ item.extra.k }}")
    swapped = _check("eq", ANSWER, OUTPUT)

    assert _rewards(converted("openai", field), _rows()) == [float(text == '{"city": "Paris"}') for text in TEXTS]
    assert _rewards(converted("azure", around), _rows(["it is", "is it"])) == [1.0, 0.0]
    assert _rewards(converted("openai", swapped), _rows()) == [float(text == "Paris") for text in TEXTS]


def test_fuzzy_match_is_that_of_rapidfuzz(converted: Any) -> None:
    """Without a normalisation."""
    grader = {"type": "text_similarity", "name": "s", "evaluation_metric": "fuzzy_match", "input": OUTPUT}
    expected = [ratio(text, "Paris") / 100 for text in TEXTS]

    assert _rewards(converted("openai", grader | {"reference": ANSWER}), _rows()) == pytest.approx(expected)


@pytest.mark.parametrize(("metric", "expected"), [("rouge_l", 0.8), ("rouge_1", 0.8), ("bleu", 0.5)])
def test_other_similarities_are_near(converted: Any, metric: str, expected: float) -> None:
    """Equal texts are 1.0, and two words of three are as far away as the measure says."""
    grader = {"type": "text_similarity", "evaluation_metric": metric, "input": OUTPUT, "reference": "the old city"}
    rewards = _rewards(converted("openai", grader), _rows(["the old city", "old city", "Rome"]))

    assert rewards[0] == pytest.approx(1.0)
    assert rewards[1] == pytest.approx(expected, abs=0.15)
    assert rewards[2] == 0.0


GRADE = """
import json

def grade(sample, item):
    try:
        found = json.loads(sample["output_text"])
    except ValueError:
        return 0.25 if sample["output_text"] == item["reference_answer"] else 0.0
    return 0.5 if isinstance(found, dict) and found["city"] == item["reference_answer"] else 5
"""


def test_python_graders_run_in_the_sandbox(converted: Any) -> None:
    """On the sample and the row, clipped to 0 and 1."""
    found = converted("openai", {"type": "python", "name": "p", "source": GRADE})

    assert _rewards(found, _rows(["Paris", "Rome", '{"city": "Paris"}', "7", "[1"])) == [0.25, 0.0, 0.5, 1.0, 0.0]


def test_python_graders_cannot_leave_the_sandbox(converted: Any, tmp_path: Path) -> None:
    """A file of a colleague is not trusted."""
    target = tmp_path / "written"
    source = f"def grade(sample, item):\n    open({str(target)!r}, 'w').write('x')\n    return 1.0\n"
    found = converted("openai", {"type": "python", "source": source})
    _rewards(found, _rows(["Paris"]))

    assert not target.exists()


def test_multi_is_its_formula(converted: Any) -> None:
    """With operators, functions and names of the guide, in the order of the values."""
    graders = {"exact-match": _check("eq"), "has it": _check("ilike"), "unused": _check("like")}
    formula = "0.5 * exact-match^2 + max(.25, has it) * 1e-1 + floor(sqrt(4)) - ceil(1.5)"
    found = converted("openai", {"type": "multi", "graders": graders, "calculate_output": formula})
    expected = [
        0.5 * float(text == "Paris") ** 2 + max(0.25, float("paris" in text.lower())) * 0.1 + math.floor(2) - 2
        for text in TEXTS
    ]

    assert _rewards(found, _rows()) == pytest.approx(expected)
    assert found.tasks["grader"]["range"] == [0.025, 0.6]


def test_the_number_of_a_model_keeps_its_range(converted: Any) -> None:
    """In a formula it is the number of the source; names and sampling are kept."""
    message = {"role": "user", "content": "Rate {{sample.output_text}} against {{ item.reference_answer }}."}
    judge = {
        "type": "score_model",
        "model": "gpt-5",
        "range": [1, 5],
        "input": [{"role": "system", "content": "Be strict."}, message],
        "sampling_params": {"temperature": 0.5, "max_completions_tokens": 2000, "top_p": 0.9},
    }
    found = converted(
        "openai", {"type": "multi", "graders": {"j": judge, "e": _check("eq")}, "calculate_output": "j * e"}
    )
    (task,) = found.tasks.values()
    options = task["scorers"][0]["options"]

    assert task["aggregate"] == {"formula": "(1 + 4 * j) * e"}
    assert task["range"] == [0.0, 5.0]
    assert (options["low"], options["high"], options["models"], options["temperature"]) == (1, 5, ["gpt-5"], 0.5)
    assert (options["guidelines"], options["max_tokens"], options["request_fields"]) == (
        "Be strict.",
        2000,
        {"top_p": 0.9},
    )
    assert options["question"] == "Rate [the answer] against [the reference]."
    assert converted("openai", judge, model="us.amazon.nova-pro").tasks["grader"]["scorers"][0]["options"]["models"]


def test_labels_are_kept(converted: Any) -> None:
    """With those that pass."""
    grader = {"type": "label_model", "model": "gpt-5", "labels": ["good", "bad"], "passing_labels": ["good"]}
    found = converted("azure", grader | {"input": [{"role": "user", "content": f"Is it good? {OUTPUT}"}]})
    options = found.tasks["grader"]["scorers"][0]["options"]

    assert (options["labels"], options["passing_labels"]) == (["good", "bad"], ["good"])


@pytest.mark.parametrize(
    ("grader", "reason"),
    [
        ({"type": "text_similarity", "evaluation_metric": "cosine", "input": OUTPUT, "reference": "x"}, "embeddings"),
        ({"type": "text_similarity", "evaluation_metric": "meteor", "input": OUTPUT, "reference": "x"}, "meteor"),
        ({"type": "endpoint", "url": "https://x"}, "a service decides"),
        ({"type": "python", "source": "import torch\ndef grade(s, i): return 1"}, "imports torch"),
        ({"type": "python", "source": "def score(s, i): return 1"}, "no function `grade`"),
        ({"type": "python", "source": "def grade("}, "does not parse"),
        ({"type": "new_type"}, "no type 'new_type'"),
        (_check("eq", "Rome", "{{ item.x }}"), "no place of the answer"),
        (_check("like", ANSWER, OUTPUT), "the reference has one"),
        (_check("eq", OUTPUT, ""), "blank"),
        (_check("eq", "{{ other.x }}", "x"), "no place"),
        (_check("between"), "no operation 'between'"),
        ({"type": "multi", "graders": {"a": {"type": "endpoint"}}, "calculate_output": "a"}, "its formula needs a"),
        ({"type": "multi", "graders": {"a": _check("eq")}, "calculate_output": "b"}, "names b"),
        ({"type": "multi", "graders": {"a": _check("eq")}, "calculate_output": "a.__class__()"}, "no function"),
        ({"no": "type"}, "no grader"),
    ],
)
def test_what_cannot_be_converted_has_a_reason(converted: Any, grader: Mapping[str, Any], reason: str) -> None:
    """And makes no suite."""
    found = converted("openai", grader)

    assert not found.tasks
    assert reason in " ".join(each.reason for each in found.refused)


def test_a_job_and_an_eval_have_graders_too(converted: Any) -> None:
    """As the service gives them."""
    job = {"method": {"type": "reinforcement", "reinforcement": {"grader": _check("eq")}}}
    evaluation = {"testing_criteria": [_check("eq"), _check("ilike"), {"type": "endpoint", "name": "e"}]}
    found = converted("openai", evaluation)

    assert _rewards(converted("openai", job), _rows(["Paris"])) == [1.0]
    assert _rewards(found, _rows(["Paris", "paris", "Rome"])) == [1.0, 0.5, 0.0]
    assert [each.name for each in found.refused] == ["e"]


def test_assertions_of_promptfoo_are_a_weighted_mean(converted: Any) -> None:
    """Variables are columns; those that do not map are named."""
    asserts = [
        {"type": "contains", "value": "{{reference_answer}}", "weight": 3},
        {"type": "not-icontains", "value": "rome"},
        {"type": "contains-any", "value": ["surely", "Rome"]},
        {"type": "regex", "value": "^[A-Z]"},
        {"type": "similar", "value": "x"},
        {"type": "latency", "threshold": 5},
        {"type": "newest"},
    ]
    found = converted("promptfoo", {"defaultTest": {"assert": asserts}})
    texts = ["Paris", "It is Paris, surely", "Rome", "rome"]
    expected = [
        (
            3 * ("Paris" in text)
            + ("rome" not in text.lower())
            + ("surely" in text or "Rome" in text)
            + text[0].isupper()
        )
        / 6
        for text in texts
    ]

    assert _rewards(found, _rows(texts)) == pytest.approx(expected)
    assert [each.type for each in found.refused] == ["similar", "latency", "newest"]


@pytest.mark.parametrize(
    ("given", "right", "wrong"),
    [
        ({"type": "equals", "value": "Paris"}, "Paris", "paris"),
        ({"type": "starts-with", "value": "Par"}, "Paris", "In Paris"),
        ({"type": "icontains-any", "value": "rome, PARIS"}, "paris", "Bonn"),
        ({"type": "icontains-all", "value": ["a", "S"]}, "Paris", "x"),
        ({"type": "is-json", "value": {"type": "object", "required": ["a"]}}, '{"a": 1}', "a"),
        ({"type": "contains-json", "value": {"type": "object", "required": ["a"]}}, 'x {"a": 1}', "a"),
        ({"type": "rouge-n", "value": "the old city"}, "the old city", "Rome"),
        ({"type": "word-count", "value": {"min": 1, "max": 3}}, "two words", "one two three four five six"),
        ({"type": "not-contains", "value": "sorry"}, "Paris", "sorry, no"),
    ],
)
def test_each_assertion_that_maps_tells_right_from_wrong(converted: Any, given: Any, right: str, wrong: str) -> None:
    """As its documentation says."""
    rewards = _rewards(converted("promptfoo", [given]), _rows([right, wrong]))

    assert rewards[0] == 1.0
    assert rewards[1] < 1.0


def test_an_assertion_of_several_texts_asks_for_all(converted: Any) -> None:
    """As promptfoo does, where a mean would pay for one of them."""
    asserts = [
        {"type": "contains-all", "value": ["Paris", "Seine"], "weight": 2},
        {"type": "regex", "value": "^[A-Z]"},
        {"type": "icontains-all", "value": "paris, city"},
    ]
    found = converted("promptfoo", asserts)

    assert _rewards(found, _rows(["Paris, city on the Seine", "Paris city", "Paris", "seine"])) == [1.0, 0.5, 0.25, 0.0]


def test_criteria_of_promptfoo_are_a_rubric(converted: Any) -> None:
    """Tests with assertions of their own are tasks."""
    tests = [
        {"vars": {"q": 1}, "assert": [{"type": "llm-rubric", "value": "Is polite", "provider": "openai:gpt-5-mini"}]},
        {"vars": {"q": 2}, "assert": [{"type": "equals", "value": "x"}]},
    ]
    found = converted("promptfoo", {"tests": tests})
    options = found.tasks["test_1"]["scorers"][0]["options"]

    assert options["criteria"] == [{"id": "c1", "text": "Is polite"}]
    assert options["models"] == ["gpt-5-mini"]
    assert list(found.tasks) == ["test_1", "test_2"]


def test_the_model_of_a_test_grades_its_assertions(converted: Any) -> None:
    """The nearest one is asked: of the assertion, of the test, of all tests."""
    polite = {"type": "llm-rubric", "value": "Is polite"}
    tests = [
        {"assert": [polite, polite | {"provider": "openai:gpt-a"}]},
        {"assert": [polite], "options": {"provider": {"id": "openai:chat:gpt-b"}}},
    ]
    found = converted("promptfoo", {"defaultTest": {"options": {"provider": "openai:gpt-c"}}, "tests": tests})

    models = [[each["options"]["models"] for each in task["scorers"]] for task in found.tasks.values()]
    assert models == [[["gpt-c"], ["gpt-a"]], [["gpt-b"]]]


def _google(scorer: Mapping[str, Any], parse: Mapping[str, Any] | None = None) -> dict[str, Any]:
    config = {"rewardName": "r", **scorer}
    return {"singleRewardConfig": config | ({"parseResponseConfig": parse} if parse else {})}


def _expression(operation: str, text: str = "{{references.city}}") -> dict[str, Any]:
    return {"stringMatchExpression": {"matchOperation": operation, "expression": text}}


def _google_rows(texts: list[str]) -> list[dict[str, Any]]:
    return [row | {"references": {"city": "Paris"}} for row in _rows(texts)]


def test_string_matches_of_google(converted: Any) -> None:
    """With its rewards for right and wrong, and the last match of a pattern."""
    match = _expression("EXACT_MATCH") | {"correctAnswerReward": 1.0, "wrongAnswerReward": -1.0}
    last = {"parseType": "REGEX_EXTRACT", "regexExtractExpression": "<a>(.*?)</a>"}
    plain = converted("google", _google({"stringMatchRewardScorer": match}))
    cut = converted("google", _google({"stringMatchRewardScorer": match}, last))

    assert _rewards(plain, _google_rows(["Paris", "Rome"])) == [1.0, -1.0]
    assert _rewards(cut, _google_rows(["<a>Rome</a><a>Paris</a>", "<a>Paris</a><a>Rome</a>", "Paris"])) == [
        1.0,
        -1.0,
        -1.0,
    ]


def test_rewards_of_google_are_added_by_weight(converted: Any) -> None:
    """Code gives -1 to 1, and gets the response as a Content; a service is named as what cannot be converted."""
    code = (
        "def evaluate(example, response):\n"
        "    text = response['parts'][0]['text']\n"
        "    return -0.5 if text == example['references']['city'] else 3\n"
    )
    configs = [
        {"rewardConfig": {"rewardName": "code", "codeExecutionRewardScorer": {"pythonCodeSnippet": code}}, "weight": 2},
        {"rewardConfig": {"rewardName": "has", "stringMatchRewardScorer": _expression("PARTIAL_MATCH")}, "weight": 0.5},
        {"rewardConfig": {"rewardName": "run", "cloudRunRewardScorer": {"cloudRunUri": "https://x"}}, "weight": 1},
    ]
    found = converted("google", {"compositeRewardConfig": {"weightedRewardConfigs": configs}})

    assert _rewards(found, _google_rows(["Paris", "in Paris", "Rome"])) == pytest.approx([-0.5, 2.5, 2.0])
    assert [(each.name, each.type) for each in found.refused] == [("run", "cloud_run_reward_scorer")]


def test_rows_of_healthbench_become_a_rubric(tmp_path: Path) -> None:
    """One criterion a request, from the column of the row."""
    row = {"prompt": [{"role": "user", "content": "x"}], "rubrics": [{"criterion": "c", "points": 5, "tags": []}]}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(row))
    found = convert_file("openai", path, Models())

    assert found.tasks["rubric"]["scorers"][0]["options"]["criteria_field"] == "rubrics"


def test_the_command_writes_a_suite_and_lists_the_rest(tmp_path: Path) -> None:
    """Exit code 1 says that something is missing."""
    path, suite = tmp_path / "eval.json", tmp_path / "suite.yaml"
    path.write_text(json.dumps({"testing_criteria": [_check("eq"), {"type": "endpoint", "name": "svc"}]}))
    done = CliRunner().invoke(app, ["import", "openai", str(path), "-o", str(suite), "--json"])
    found = json.loads(done.stdout)

    assert done.exit_code == 1
    assert [(each["name"], each["type"]) for each in found["refused"]] == [("svc", "endpoint")]
    assert "# Not converted: svc (endpoint)" in suite.read_text()
    assert yaml.safe_load(suite.read_text())["tasks"]["eval"]["scorers"][0]["scorer"] == "text.match"
    path.write_text("{")
    assert CliRunner().invoke(app, ["import", "openai", str(path)]).exit_code == 2


@pytest.mark.parametrize(
    "grader",
    [
        _check("eq"),
        _check("ne"),
        _check("ilike", "{{ sample.output_json.city }}", "Paris"),
        {"type": "python", "source": GRADE},
        {"type": "text_similarity", "evaluation_metric": "fuzzy_match", "input": OUTPUT, "reference": ANSWER},
        {"type": "multi", "graders": {"a": _check("eq"), "b": _check("like")}, "calculate_output": "0.5 * a + b^2 / 2"},
    ],
)
def test_what_is_exported_comes_back_the_same(converted: Any, tmp_path: Path, grader: Mapping[str, Any]) -> None:
    """With the same rewards."""
    first = converted("openai", grader)
    suite, file = tmp_path / "suite.yaml", tmp_path / "exported.json"
    suite.write_text(suite_text(first, "openai", "x"))
    done = CliRunner().invoke(app, ["export", "openai", str(suite), "-o", str(file)])

    assert done.exit_code == 0, done.stderr
    assert _rewards(convert_file("openai", file, Models()), _rows()) == _rewards(first, _rows())


def test_a_score_of_a_judge_is_exported_with_its_range(tmp_path: Path) -> None:
    """A score_model earns the number itself, so a formula brings it to what it is worth here."""
    judge = {
        "scorer": "judge.score",
        "name": "tone",
        "options": {"question": "Is it kind?", "models": ["m"], "low": -1},
    }
    suite, file = tmp_path / "suite.yaml", tmp_path / "exported.json"
    entries = [judge, {"scorer": "text.match", "name": "same"}]
    suite.write_text(yaml.safe_dump({"tasks": {"t": {"scorers": entries}}}))
    done = CliRunner().invoke(app, ["export", "openai", str(suite), "-o", str(file)])
    found = json.loads(file.read_text())

    assert done.exit_code == 0, done.stderr
    assert found["calculate_output"] == "(1 * (tone + 1) / 6 + 1 * same) / 2"
    assert (found["graders"]["tone"]["type"], found["graders"]["tone"]["range"]) == ("score_model", [-1, 5])
    assert "Give a whole number from -1 to 5." in found["graders"]["tone"]["input"][0]["content"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"scorer": "math.equivalent"}, "no grader does what math.equivalent does"),
        ({"scorer": "text.match", "gate": 1}, "it has `gate`"),
        ({"scorer": "judge.score", "options": {"question": "q", "models": ["m"], "anchors": {"1": "bad"}}}, "anchors"),
        ({"scorer": "text.match", "options": {"compare": "starts", "texts": ["a"]}}, "no string_check"),
        ({"scorer": "text.match", "options": {"texts": ["a", "b"]}}, "several texts"),
    ],
)
def test_what_cannot_be_exported_has_a_reason(tmp_path: Path, entry: Any, reason: str) -> None:
    """And writes nothing."""
    suite, file = tmp_path / "suite.yaml", tmp_path / "exported.json"
    suite.write_text(yaml.safe_dump({"tasks": {"t": {"scorers": [entry]}}}))
    done = CliRunner().invoke(app, ["export", "openai", str(suite), "-o", str(file)])

    assert (done.exit_code, file.exists()) == (1, False)
    assert reason in done.stderr


def test_files_of_other_systems_have_the_booleans_of_yaml_1_2(tmp_path: Path) -> None:
    """``value: Yes`` is a text there."""
    file, suite = tmp_path / "config.yaml", tmp_path / "suite.yaml"
    for word in ("Yes", "no", "on", "Off", "y"):
        file.write_text(f"assert:\n  - {{type: equals, value: {word}}}\n")
        done = CliRunner().invoke(app, ["import", "promptfoo", str(file), "-o", str(suite)])
        assert done.exit_code == 0, done.output
        rewards = score_rows(load_suite(suite), [{"completion": word}, {"completion": "true"}]).rewards
        assert [each.value for each in rewards] == [1.0, 0.0], word


def test_a_file_without_assertions_is_not_converted(tmp_path: Path) -> None:
    """Such as a task of another tool."""
    file, suite = tmp_path / "task.yaml", tmp_path / "suite.yaml"
    for text in ("task: gsm8k\nmetric_list: [{metric: exact_match}]\n", "assert: []\n", "tests: [{vars: {a: 1}}]\n"):
        file.write_text(text)
        done = CliRunner().invoke(app, ["import", "promptfoo", str(file), "-o", str(suite)])
        assert done.exit_code == 1
        assert "it has no assertions" in done.output
