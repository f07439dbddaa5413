"""Ray Data: the rewards of one process, to the last bit; skipped where Ray is not installed.

``.ci/ray`` makes an environment with Ray, and names its Python in ``RLVR_RAY_PYTHON``.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from rlvr import load_suite, score_rows
from rlvr.cli.app import app
from rlvr.cli.summary import Conditions, SummaryContext, summary_document
from rlvr.errors import OutputError
from rlvr.runs import PlacedRow, Row, open_rewards, score_dataset, score_placed
from rlvr.runs.cluster import RayScorer, RaySummarizer
from rlvr.summary import Summary

SUITE = """
route: {by: kind}
tasks:
  exact:
    scorers: [{scorer: text.exact, name: accuracy}, {scorer: text.length, name: length, weight: 0.3, options: {max: 9}}]
  number: {scorers: [{scorer: math.equivalent, name: accuracy}]}
"""


def _rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": None if number % 7 == 3 else f"r{number}",
            "prompt": f"q{number // 8}",
            "completion": f"\\boxed{{{number % 5}}}",
            "answer": "3",
            "kind": ("exact", "number", "other")[number % 3],
            "level": number,
        }
        for number in range(count)
    ]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    return tmp_path / "suite.yaml"


def _by_one_process(suite: Path, rows: list[dict[str, Any]], out: Path) -> list[dict[str, Any]]:
    """Return the rewards as ``rlvr score -o`` writes them, without their places in files."""
    loaded = load_suite(suite)
    placed = (PlacedRow(number, Row(line=number + 1, value=row)) for number, row in enumerate(rows))
    with open_rewards(out, loaded, keep=("level",)) as write:
        for scored in score_placed(loaded, placed):
            write(scored)
    written: list[dict[str, Any]] = pq.read_table(out).drop_columns(["file", "line"]).to_pylist()
    return [row | {"id": given["id"]} for row, given in zip(written, rows, strict=True)]


def _without_groups(rewards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rewards without their groups, each of which is the rows of one task and prompt."""
    keys = [(row["task"], number // 8) for number, row in enumerate(rewards)]
    groups = [row.pop("group") for row in rewards]
    assert len(set(zip(keys, groups, strict=True))) == len(set(keys)) == len(set(groups))
    return rewards


def test_an_actor_gives_the_rewards_of_one_process(suite: Path, tmp_path: Path) -> None:
    """Without Ray: the same columns, types and values; a row without an id has none."""
    rows = _rows(600)
    actor = RayScorer(pickle.dumps(load_suite(suite)), ["level"])
    table = pa.Table.from_pylist(rows)
    tables = [actor(table.slice(start, 250)) for start in range(0, 600, 250)]

    found = pa.concat_tables(tables).to_pylist()
    assert _without_groups(found) == _by_one_process(suite, rows, tmp_path / "one.parquet")


@pytest.mark.parametrize("size", [1, 13, 60])
def test_the_summary_of_a_cluster_is_that_of_one_process(suite: Path, size: int) -> None:
    """Without Ray: made of parts of any size, but for times and the cache, which its files do not have."""
    loaded, rows = load_suite(suite), _rows(60)
    rows[7]["answer"] = None
    rewards = RayScorer(pickle.dumps(loaded), [])(pa.Table.from_pylist(rows))
    by_cluster, by_process = Summary.of(loaded), Summary.of(loaded)
    for start in range(0, 60, size):
        (part,) = RaySummarizer(pickle.dumps(loaded))(rewards.slice(start, size))["summary"].to_pylist()
        by_cluster.merge(pickle.loads(part))  # noqa: S301  # made a line before
    by_process.add(score_rows(loaded, rows))
    context = SummaryContext(suite="", fingerprint="")
    found, expected = (summary_document(each, context, Conditions(0.5)) for each in (by_cluster, by_process))
    for document in (found, expected):
        for name in ("seconds", "scorers", "cache"):
            del document[name]
        for task in document["by_task"].values():
            for entry in task["entries"].values():
                del entry["scorers"]

    assert found["groups"]["zero_variance"]
    assert _rounded(found) == _rounded(expected)


def _rounded(value: Any) -> Any:
    """Return a document without the last digits of its sums, which depend on the parts."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 12) if isinstance(value, float) else value


def test_a_kept_column_that_a_cluster_writes_is_refused(suite: Path, tmp_path: Path) -> None:
    """Before Ray starts."""
    for name in ("reward", "group"):
        with pytest.raises(OutputError, match=f"would have two columns '{name}'"):
            score_dataset(suite, tmp_path / "data.parquet", out=tmp_path / "out", keep=[name])


def test_a_folder_with_files_is_refused(suite: Path, tmp_path: Path) -> None:
    """Before Ray starts."""
    with pytest.raises(OutputError, match="not an empty folder"):
        score_dataset(suite, tmp_path / "data.parquet", out=tmp_path)


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_a_missing_ray_is_named(suite: Path, tmp_path: Path) -> None:
    """With the command that installs it."""
    words = ["score", suite, tmp_path / "data.parquet", "-o", tmp_path / "out", "--engine", "ray"]
    result = CliRunner().invoke(app, list(map(str, words)))

    assert result.exit_code == 2
    assert "pip install 'rlvr[ray]'" in result.output


@pytest.mark.parametrize("words", [["--run", "x"], ["--sample", "3"], ["--strict"], ["--where", "a=1"]])
def test_options_that_a_cluster_does_not_have_are_refused(suite: Path, words: list[str]) -> None:
    """As is ``--address`` without a cluster."""
    result = CliRunner().invoke(app, ["score", str(suite), "x", "-o", "y", "--engine", "ray", *words])

    assert result.exit_code == 2
    assert f"takes no {words[0]}" in " ".join(result.output.split())
    assert CliRunner().invoke(app, ["score", str(suite), "x", "--address", "auto"]).exit_code == 2


RAY_PYTHON = os.environ.get("RLVR_RAY_PYTHON") or (sys.executable if find_spec("ray") else "")


BY_PYTHON = """
import sys, ray
ray.init(num_cpus=1, include_dashboard=False, object_store_memory=100_000_000)
from rlvr.runs import score_dataset
suite, data, out = sys.argv[1:]
score_dataset(suite, data, out=out, keep=["level"])
"""


# Ray starts ten processes, which takes 10 s on an idle machine and ten times as long on a busy one.
RAY_SECONDS = 300


@pytest.mark.slow
@pytest.mark.timeout(RAY_SECONDS + 30)
@pytest.mark.skipif(not RAY_PYTHON, reason="Ray is not installed; run .ci/ray")
@pytest.mark.parametrize("processors", [1, 2])
def test_a_cluster_gives_the_rewards_of_one_process(suite: Path, tmp_path: Path, processors: int) -> None:
    """Parquet to Parquet, in order: on one processor from Python, with two actors by the command."""
    rows = _rows(600)
    data, out = tmp_path / "data.parquet", tmp_path / "out"
    pq.write_table(pa.Table.from_pylist(rows), data)
    by_command = ["-m", "rlvr.cli", "score", suite, data, "-o", out, "--keep", "level", "--engine", "ray"]
    by_command += ["--processes", "2", "--format", "json", "--fail-under", "0.99", "--fail-on", "none"]
    words = ["-c", BY_PYTHON, suite, data, out] if processors == 1 else by_command
    # Ray would take over the words of `uv run`, under which the tests run in another environment.
    environment = os.environ | ({"RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"} if processors == 1 else {})
    command = [RAY_PYTHON, *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=RAY_SECONDS, env=environment)
    assert done.returncode == (0 if processors == 1 else 1), done.stderr
    found = pa.concat_tables([pq.read_table(each) for each in sorted(out.glob("*.parquet"))])

    expected = _by_one_process(suite, rows, tmp_path / "one.parquet")
    for each in expected:  # that of another environment, with other versions
        each["fingerprint"] = found["fingerprint"][0].as_py()
    # Row by row: to show how two long texts differ takes pytest many minutes.
    for of_cluster, of_process in zip(_without_groups(found.to_pylist()), expected, strict=True):
        assert json.dumps(of_cluster) == json.dumps(of_process)
    if processors == 2:
        summary = json.loads(done.stdout)
        assert (summary["records"], summary["tasks"]["exact"]) == (600, 200)
        assert summary["by_task"]["exact"]["groups"]["groups"] == 75
        assert "the mean of task exact is 0" in " ".join(summary["conditions"])
