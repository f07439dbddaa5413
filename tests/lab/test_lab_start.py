"""``rlvr init`` proposes what fits the rows; ``rlvr new plugin`` writes a package that works as it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from rlvr import JsonValue, Record, close, parse_suite, record_from
from rlvr.cli.app import app
from rlvr_lab.start.proposing import Kind, TaskProposal, kind_of, propose_tasks, suite_of_tasks

KINDS: tuple[Kind, ...] = get_args(Kind)


def _invoke(*words: object) -> Any:
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.mark.each(
    ("reference", "kind"),
    [
        ("42", "number"),
        ("$1,234.50", "number"),
        (7, "number"),
        (r"\frac{1}{2}", "formula"),
        ("x^2 + 1", "formula"),
        ("3/4", "formula"),
        ("B", "letter"),
        ("(C)", "letter"),
        ("assert add(1, 2) == 3", "tests"),
        ({"inputs": ["1"], "outputs": ["2"]}, "tests"),
        ({"public_test_cases": "[]", "private_test_cases": "[]"}, "tests"),
        ('{"city": "Paris"}', "object"),
        ({"city": "Paris"}, "object"),
        ({"name": "Paris", "arguments": 3}, "object"),
        ([{"name": "weather", "arguments": {"city": "Paris"}}], "calls"),
        ('[{"name": "weather", "arguments": "{}"}]', "calls"),
        ("Paris", "words"),
        (True, "words"),
        (["Paris", "City of Light"], "words"),
        ("A long text " * 10, "prose"),
        ("[" * 50_000, "words"),
        (None, "none"),
    ],
)
def test_what_a_reference_is(reference: JsonValue, kind: Kind) -> None:
    """By its form alone."""
    assert kind_of(reference) == kind


@pytest.mark.each("kind", KINDS)
def test_each_proposal_is_a_suite_that_loads(kind: Kind) -> None:
    """Whatever the task is called."""
    task = TaskProposal(name='a: "b" #\n{', rows=3, kind=kind, share=1.0, place="rubrics")
    suite = parse_suite(suite_of_tasks([task], "data\n# x"))
    try:
        assert list(suite.tasks) == [task.name]
    finally:
        close(suite)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"prompt": "x", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}, "instructions"),
        ({"prompt": "x", "tests": ["assert f(1) == 1"]}, "tests"),
        ({"prompt": "x", "tests": "of the school"}, "none"),
        ({"prompt": "x", "answer": [], "tools": [{"name": "weather"}]}, "calls"),
        ({"prompt": "x", "answer": []}, "object"),
    ],
)
def test_columns_say_what_is_right_where_no_reference_does(row: dict[str, Any], kind: Kind) -> None:
    assert [each.kind for each in propose_tasks([record_from(row)])] == [kind]


def test_tests_in_a_column_of_their_own_are_run(tmp_path: Path) -> None:
    """The suite says that this column is the reference."""
    row = {"prompt": "Write f", "tests": ["assert f(1) == 1"], "completion": "def f(x):\n    return x"}
    data = tmp_path / "rows.jsonl"
    data.write_text(json.dumps(row) + "\n")

    done = _invoke("init", data, "-o", tmp_path / "suite.yaml")

    assert done.exit_code == 0, done.output
    assert "mean reward 1.000" in done.output


def test_a_column_that_routes_makes_tasks() -> None:
    """One that has another value in each row does not."""
    few = [
        Record(reference="42" if place % 2 else "B", metadata={"data_source": f"s{place % 2}"}) for place in range(9)
    ]
    many = [Record(reference="42", metadata={"data_source": f"s{place}"}) for place in range(30)]

    assert {each.name: each.kind for each in propose_tasks(few)} == {"s0": "letter", "s1": "number"}
    assert [each.name for each in propose_tasks(many)] == ["answers"]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"rubrics": [{"criterion": "Names a dose.", "points": 3}], "answer": "400 mg"}, "rubrics"),
        ({"notes": [{"text": "Is polite.", "points": 1}]}, "notes"),
        ({"criteria": ["Is polite.", "Is short."]}, "criteria"),
        ({"tags": ["polite", "short"], "answer": "42"}, ""),
        ({"rubrics": [], "answer": "42"}, ""),
    ],
)
def test_rows_with_criteria_need_a_judge(tmp_path: Path, row: dict[str, Any], place: str) -> None:
    """No length stands for them, and no model is asked by the proposal."""
    data, suite = tmp_path / "rows.jsonl", tmp_path / "suite.yaml"
    data.write_text(json.dumps({"prompt": "q", "completion": "Take 400 mg.", **row}) + "\n")
    done = _invoke("init", data, "-o", suite)

    assert ("need a judge" in done.stdout) == bool(place), done.output
    assert (f'criteria_field: "{place}"' in suite.read_text()) == bool(place)
    assert not place or (done.exit_code == 0 and "text.length" not in suite.read_text())


@pytest.mark.parametrize(
    ("rows", "code", "says"),
    [
        ([{"question": "Which?\nA) a\nB) b", "answer": "B"}] * 3, 0, "as answers: 1 of 1 are paid"),
        ([{"prompt": f"{place} + 1", "answer": str(place + 1)} for place in range(12)], 0, "10 of 10 are paid"),
        ([{"prompt": "hi"}], 0, "nor a reference"),
        ([{"prompt": "x\nA) a\nB) b", "answer": "B"}, {"prompt": "y", "answer": {"k": 17}}][::-1], 1, "1 of 2"),
    ],
)
def test_references_of_a_data_set_are_scored_as_answers(tmp_path: Path, rows: Any, code: int, says: str) -> None:
    """Rows without completions are what a training job starts with."""
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = _invoke("init", data, "-o", tmp_path / "suite.yaml")

    assert (done.exit_code, says in done.stdout) == (code, True), done.output


def test_init_writes_a_suite_and_scores_by_it(tmp_path: Path) -> None:
    """An existing suite is kept."""
    rows = [{"completion": "The answer is 42.", "answer": "42"}, {"completion": "7", "answer": "42"}]
    data, suite = tmp_path / "rows.jsonl", tmp_path / "suite.yaml"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = _invoke("init", data, "-o", suite)

    assert done.exit_code == 0, done.output
    assert "mean reward 0.500" in done.stdout
    assert "math.equivalent" in suite.read_text()
    again = _invoke("init", data, "-o", suite)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_a_name_that_is_no_package_is_refused(tmp_path: Path) -> None:
    """And a folder with files is kept."""
    assert _invoke("new", "plugin", "Big-Name", "--folder", tmp_path / "x").exit_code == 2
    (tmp_path / "file").write_text("mine")
    assert _invoke("new", "plugin", "units", "--folder", tmp_path).exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_tests_of_a_new_plugin_pass(tmp_path: Path) -> None:
    """As they are written."""
    folder = tmp_path / "rlvr-units"
    assert _invoke("new", "plugin", "units", "--folder", folder).exit_code == 0
    done = _pytest(folder, folder)

    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    assert "--group" not in (folder / "README.md").read_text()  # pip has it since 25.1 only


def _pytest(folder: Path, place: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        str(folder / "tests"),
    ]
    environment = os.environ | {"PYTHONPATH": str(place)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("uv") is None or not os.environ.get("RLVR_LONG"), reason="needs uv, and RLVR_LONG=1")
def test_a_new_plugin_is_built_and_installed(tmp_path: Path) -> None:
    """Its wheel has its entry point, so that a suite can name its scorer."""
    folder, site = tmp_path / "rlvr-units", tmp_path / "site"
    assert _invoke("new", "plugin", "units", "--folder", folder).exit_code == 0
    subprocess.run(["uv", "build", "--wheel", "--quiet", "--out-dir", tmp_path, folder], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run(["uv", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel], check=True)
    assert _pytest(folder, site).returncode == 0
    suite, rows = tmp_path / "suite.yaml", tmp_path / "rows.jsonl"
    suite.write_text("tasks: {t: {scorers: [units.exact]}}")
    rows.write_text('{"completion": "Paris", "answer": "Paris"}')
    done = subprocess.run(
        [sys.executable, "-m", "rlvr.cli", "score", str(suite), str(rows), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(site)},
    )

    assert json.loads(done.stdout)["mean"] == 1.0, done.stderr
