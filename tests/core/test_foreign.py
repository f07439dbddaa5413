"""Reward functions of users, under the calling conventions of trainers, in a suite."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import ConfigError, Report, Suite, Verdict, close, load_suite, score_rows
from rlvr.cli.app import app
from rlvr.config.schema import suite_schema
from rlvr.jobs import InProcess
from rlvr.testing import registry_of

FUNCTIONS = """
from rlvr import scorer


def trl(prompts, completions, answer, **kwargs):
    return [float(c[0]["content"].strip() == a) for c, a in zip(completions, answer)]


def trl_text(completions, **kwargs):
    return [float("4" in c) for c in completions]


def compute_score(data_source, solution_str, ground_truth, extra_info=None):
    return {"score": float(solution_str.strip() == ground_truth), "acc": 1}


async def verifiers(completion, answer):
    return 1.0 if completion[-1]["content"].strip() == answer else 0.0


def openrlhf(queries, prompts, labels):
    return {"rewards": [float(q[len(p):].strip() == a) for q, p, a in zip(queries, prompts, labels)]}


def grade(sample, item):
    return float(sample["output_text"].strip() == item["answer"])


def lambda_handler(event, context):
    return [
        {"id": row["id"], "aggregate_reward_score": float(row["messages"][-1]["content"] == row["reference_answer"])}
        for row in reversed(event)
    ]


def record(record):
    return float(record.completion.strip() == record.reference)


def with_options(record, options):
    return float(record.completion.strip() == record.reference)


@scorer(needs=("reference",))
def as_plugin(record, options):
    return float(record.completion.strip() == record.reference)


def signed(record):
    return 1.0 if record.completion == record.reference else -1.0


def none(record):
    return None


def needs_more(completions, rubric, **kwargs):
    return [1.0 for _ in completions]


def puzzling(a, b, c):
    return 1.0


def raises(record):
    return helper(record.completion)


def helper(text):
    return 1.0 if text == "4" else 1 / 0


def batch_raises(completions, **kwargs):
    return [float(c == "4") if c != "5" else 1 / 0 for c in completions]


def exits(record):
    raise SystemExit(3)


def hangs(record):
    while True:
        pass
"""

ROWS = [{"id": n, "prompt": "2 + 2 =", "completion": text, "answer": "4"} for n, text in enumerate(("4", "5"))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the functions."""
    (tmp_path / "my_reward.py").write_text(FUNCTIONS)
    return tmp_path


def _suite(folder: Path, name: str, **entry: Any) -> Suite:
    path = folder / f"{name}.json"
    scorer = entry.pop("scorer", f"./my_reward.py:{name}")
    workers = {"count": 1}
    path.write_text(json.dumps({"tasks": {"t": {"scorers": [{"scorer": scorer, **entry}]}}, "workers": workers}))
    return load_suite(path)


def _score(suite: Suite) -> Report:
    return score_rows(suite, ROWS, runner=InProcess())


@pytest.mark.parametrize(
    "name",
    [
        *("trl", "trl_text", "compute_score", "verifiers", "openrlhf", "grade", "lambda_handler", "record"),
        *("with_options", "as_plugin"),
    ],
)
def test_a_function_of_each_convention_is_recognised(folder: Path, name: str) -> None:
    report = _score(_suite(folder, name))

    assert [reward.value for reward in report.rewards] == [1.0, 0.0], report.rewards
    assert report.rewards[0].metrics[0].name == f"my_reward.{name}"


def test_a_function_of_a_module_is_called(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a_package_of_mine").mkdir()
    (folder / "a_package_of_mine" / "rewards.py").write_text(FUNCTIONS)

    report = _score(_suite(folder, "module", scorer="a_package_of_mine.rewards:record"))

    assert [reward.value for reward in report.rewards] == [1.0, 0.0], report.rewards


def test_a_range_becomes_0_to_1_and_other_numbers_fail(folder: Path) -> None:
    scaled = _score(_suite(folder, "signed", options={"range": [-1, 1]}))
    plain = _score(_suite(folder, "signed"))

    assert [reward.value for reward in scaled.rewards] == [1.0, 0.0]
    assert plain.rewards[1].verdict is Verdict.FAILED
    assert "options: {range: [LOW, HIGH]}" in plain.rewards[1].reason


def test_none_is_no_opinion(folder: Path) -> None:
    assert _score(_suite(folder, "none")).rewards[0].verdict is Verdict.ABSTAINED


def test_a_column_that_the_row_lacks_makes_it_an_invalid_task(folder: Path) -> None:
    reward = _score(_suite(folder, "needs_more")).rewards[0]

    assert reward.verdict is Verdict.INVALID_TASK
    assert "`rubric`" in reward.reason


def test_a_signature_of_no_convention_names_the_option(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"convention: NAME.*trl, verl, verifiers"):
        _suite(folder, "puzzling")


def test_a_convention_that_is_named_overrules_the_signature(folder: Path) -> None:
    reward = _score(_suite(folder, "puzzling", options={"convention": "verl"})).rewards[0]

    assert reward.verdict is Verdict.INVALID_TASK  # verl offers no `a`


@pytest.mark.parametrize(
    ("scorer", "problem"),
    [
        ("./my_reward.py:absent", "it has: trl"),
        ("./absent.py:f", "absent.py': No such file"),
        ("no.such.module_of_mine:f", "ModuleNotFoundError"),
        ("./my_reward.py:", "neither"),
        ("./broken.py:f", r"ZeroDivisionError: division by zero \(.*broken.py:2\)"),
    ],
)
def test_a_place_that_cannot_be_used_is_an_error_of_the_suite(folder: Path, scorer: str, problem: str) -> None:
    (folder / "broken.py").write_text("def f(): pass\n1 / 0\n")
    with pytest.raises(ConfigError, match=problem):
        _suite(folder, "wrong", scorer=scorer)


def test_an_exception_is_a_failure_with_the_line_that_raised(folder: Path) -> None:
    right, wrong = _score(_suite(folder, "raises")).rewards

    assert right.value == 1.0
    assert wrong.verdict is Verdict.FAILED
    line = FUNCTIONS.splitlines().index('    return 1.0 if text == "4" else 1 / 0') + 1
    assert f"ZeroDivisionError: division by zero (my_reward.py:{line} in helper)" == wrong.reason
    assert "in raises\n    return helper(record.completion)" in wrong.parts[0].score.evidence["traceback"]


def test_a_record_that_raises_in_a_batch_costs_no_other_its_reward(folder: Path) -> None:
    right, wrong = _score(_suite(folder, "batch_raises")).rewards

    assert (right.value, wrong.verdict) == (1.0, Verdict.FAILED)


def test_a_completion_that_hangs_a_batch_costs_no_other_its_reward(folder: Path) -> None:
    """The batch exceeds its budget; then each record is scored alone."""
    (folder / "slow.py").write_text(
        "def reward(completions, answer, **kwargs):\n"
        "    while 'hang' in completions:\n"
        "        pass\n"
        "    return [float(text == right) for text, right in zip(completions, answer)]\n"
    )
    path = folder / "slow.json"
    entry = {"scorer": "./slow.py:reward", "budget_seconds": 0.1}
    path.write_text(json.dumps({"tasks": {"t": {"scorers": [entry]}}, "workers": {"count": 1}}))
    suite = load_suite(path)
    rows = [{"prompt": "2 + 2?", "completion": text, "answer": "4"} for text in ("4", "hang", "5", "4")]
    try:
        rewards = score_rows(suite, rows).rewards
    finally:
        close(suite)

    assert [each.value for each in rewards] == [1.0, 0.0, 0.0, 1.0]
    assert [each.verdict is Verdict.FAILED for each in rewards] == [False, True, False, False]


def test_a_function_is_supervised(folder: Path) -> None:
    scorers = [{"scorer": f"./my_reward.py:{name}", "budget_seconds": 0.2} for name in ("exits", "hangs", "record")]
    path = folder / "suite.json"
    path.write_text(json.dumps({"tasks": {"t": {"scorers": scorers}}, "workers": {"count": 1}}))
    suite = load_suite(path)
    try:
        parts = score_rows(suite, ROWS[:1]).rewards[0].parts
    finally:
        close(suite)

    assert [part.score.failure for part in parts] == ["exception", "timeout", None]
    assert parts[2].value == 1.0


def test_the_fingerprint_covers_the_bytes_of_the_file(folder: Path) -> None:
    first = _suite(folder, "record").fingerprint
    (folder / "my_reward.py").write_text(FUNCTIONS + "\n# edited\n")

    assert _suite(folder, "record").fingerprint != first


def test_commands_show_tracebacks(folder: Path) -> None:
    _suite(folder, "raises")
    data = folder / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    at = [str(folder / "raises.json"), str(data)]

    scored = CliRunner().invoke(app, ["score", *at, "--traceback"])
    explained = CliRunner().invoke(app, ["explain", *at, "--line", "2"])

    assert "raised on 1 record" in scored.stderr
    assert "in helper" in scored.stderr
    assert "in helper" in explained.stdout


def test_the_schema_for_editors_allows_functions() -> None:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(suite_schema(registry_of(text={"exact": lambda _record, _options: 1.0})))

    assert validator.is_valid({"tasks": {"t": {"scorers": ["./my_reward.py:f", {"scorer": "a.b:c"}]}}})
    assert not validator.is_valid({"tasks": {"t": {"scorers": ["text.exat"]}}})
