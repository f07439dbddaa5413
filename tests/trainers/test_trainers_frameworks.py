"""Real trainers and evaluators, each in an environment of its own that `.ci/trainers` makes."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rlvr import parse_suite, score_rows

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "frameworks"
ENVIRONMENTS = Path(os.environ.get("RLVR_TRAINER_ENVIRONMENTS", Path.home() / ".cache" / "rlvr" / "trainers"))
OWN = ("core", "handler", "plugins/text", "plugins/math", "trainers")
ROWS = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("rows.py"))))
EXACT = {"tasks": {"t": {"scorers": [{"scorer": "text.exact", "name": "exact"}]}}}
METRICS = ["exact", "exact/answer_found", "rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed"]
CAPITALS = [("Paris", "Paris"), ("Paris", "Rome"), (None, "Paris")]

long = pytest.mark.slow
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("trainers")]  # one after the other: each needs memory


def _run(name: str, program: Path, *words: str | Path, folder: Path, suite: Any = EXACT) -> str:
    """Run a program in the environment of a trainer; return what it prints."""
    python = ENVIRONMENTS / name / "bin" / "python"
    if not (ENVIRONMENTS / name / "ready").exists():
        pytest.skip(f"{name} is not installed in an environment of its own; run .ci/trainers {name}")
    path = folder / "suite.json"
    path.write_text(json.dumps(suite))
    own = os.pathsep.join(str(ROOT / each) for each in OWN)  # of this checkout, whichever one made the environment
    environment = {**os.environ, "PYTHONPATH": own, "RLVR_SUITE": str(path)}
    environment |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")}
    done = subprocess.run(
        [python, program, *words], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _score(name: str, program: str, rows: list[dict[str, Any]], *, folder: Path, suite: Any = EXACT) -> Any:
    """Return what a program prints that scores rows by a trainer."""
    data = folder / "rows.json"
    data.write_text(json.dumps(rows))
    return json.loads(_run(name, PROGRAMS / program, data, folder, folder=folder, suite=suite).splitlines()[-1])


def _capitals(*rows: tuple[str | None, str]) -> list[dict[str, Any]]:
    return [{"question": "Capital?", "data_source": "", "answer": gold, "completion": said} for gold, said in rows]


@long
def test_a_reward_trains_with_trl(tmp_path: Path) -> None:
    """The mean reward rises from below 0.1 to above 0.6, and TRL's log has the metrics under their names."""
    _run("trl", ROOT / "examples" / "trl_grpo" / "train.py", "--out", tmp_path / "curve.json", folder=tmp_path)
    curve = json.loads((tmp_path / "curve.json").read_text())

    assert curve["reward"][0] < 0.1
    assert curve["reward"][-1] > 0.6
    assert curve["seven"][-1] > curve["seven"][0]
    assert set(curve["rlvr/failed"]) == {0.0}


@long
def test_verifiers_scores_a_made_trace(tmp_path: Path) -> None:
    """The tool's text is no answer; what is not scored is a `TaskError`."""
    right, wrong, invalid = _score("verifiers", "run_verifiers.py", _capitals(*CAPITALS), folder=tmp_path)

    assert (right["reward"], wrong["reward"], invalid["error"]) == (1.0, 0.0, "TaskError")
    assert list(right["metrics"]) == METRICS
    assert invalid["metrics"]["rlvr/invalid_task"] == 1.0


@long
def test_inspect_counts_what_is_not_scored(tmp_path: Path) -> None:
    """And leaves it out of each metric: two of three scored samples are right."""
    found = _score("inspect_ai", "run_inspect.py", _capitals(("Paris", "Paris"), *CAPITALS), folder=tmp_path)

    assert found["status"] == "success"
    assert list(found["metrics"]) == ["reward", *METRICS]
    assert found["metrics"]["reward"]["mean"] == pytest.approx(2 / 3)
    assert set(found["unscored"].values()) == {1}


@long
def test_lm_eval_runs_the_function_of_a_task(tmp_path: Path) -> None:
    """Its results have the reward and each metric."""
    found = _score("lm_eval", "run_lm_eval.py", _capitals(*CAPITALS[:2]), folder=tmp_path)["means"]

    assert found["rlvr,none"] == found["exact,none"] == 0.5
    assert all(f"{name},none" in found for name in METRICS)


@long
@pytest.mark.parametrize("name", ["verl", "openrlhf"])
def test_a_trainer_of_numbers_gets_the_same_keys_for_each_row(tmp_path: Path, name: str) -> None:
    """By threads, verl's loop and HTTP; a list as reference is read, a missing one is a number and counted."""
    rows = _capitals(*CAPITALS)
    rows[0]["answer"] = ["Paris"]
    for right, wrong, invalid in _score(name, f"run_{name}.py", rows, folder=tmp_path):
        assert (right["score"], wrong["score"], invalid["score"]) == (1.0, 0.0, 0.0)
        assert set(METRICS) <= set(right) == set(wrong) == set(invalid)
        assert invalid["rlvr/invalid_task"] == 1.0


READ: dict[str, tuple[str, bool, Callable[[Any], list[list[float | None]]]]] = {
    "trl": ("run_trl.py", True, lambda found: found["rewards"]),
    "verifiers": ("run_verifiers.py", True, lambda found: [[each.get("reward") for each in found]]),
    "inspect_ai": ("run_inspect.py", True, lambda found: [found["rewards"]]),
    "lm_eval": ("run_lm_eval.py", False, lambda found: [found["rewards"]]),
    "openrlhf": ("run_openrlhf.py", False, lambda found: [[each["score"] for each in run] for run in found]),
    "verl": ("run_verl.py", False, lambda found: [[each["score"] for each in run] for run in found]),
}


@long
@pytest.mark.parametrize("name", READ)
def test_500_rows_earn_the_same_in_a_real_trainer(tmp_path: Path, name: str) -> None:
    """One number for each row, that of plain scoring; nothing where the trainer leaves out what was not scored."""
    program, masks, read = READ[name]
    made = ROWS.make_rows(500)
    for row in made:
        gold = row["answer"][0] if isinstance(row["answer"], list) else row["answer"]
        row["answer"] = None if gold is None else str(gold)
        row["question"] = row.pop("prompt")[0]["content"]
    suite = parse_suite(ROWS.SUITE)
    rewards = score_rows(suite, [{**row, "prompt": row["question"]} for row in made]).rewards
    expected = [None if masks and each.verdict.is_fault else each.value for each in rewards]

    found = read(_score(name, program, made, folder=tmp_path, suite=ROWS.SUITE))

    assert found
    for run in found:
        assert [place for place in range(500) if run[place] != pytest.approx(expected[place])] == []
        assert len(run) == 500


def test_the_picture_is_that_of_the_curve() -> None:
    """`draw.py` made it of the log beside it."""
    drawn = subprocess.run(
        [sys.executable, "-c", "import draw, json; print(draw.draw(json.load(open('curve.json'))), end='')"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "examples" / "trl_grpo",
    )

    assert drawn.stdout == (ROOT / "examples" / "trl_grpo" / "curve.svg").read_text()
