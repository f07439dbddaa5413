"""``rlvr score`` over files: what it reads, what it writes, and what it never touches."""

from __future__ import annotations

import csv
import gzip
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from rlvr import parse_suite
from rlvr.cli.app import app
from rlvr.distributions import how_to_install
from rlvr.runs import PlacedRow, Row, sample, score_placed

SUITE = "tasks: {t: {scorers: [{scorer: text.exact, name: accuracy}]}}"


def _run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [str(word) for word in words])


def _start(*words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, in a process of its own."""
    command = [sys.executable, "-m", "rlvr.cli", *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def _row(number: int, completion: str = "Paris") -> dict[str, Any]:
    return {"prompt": f"q{number}", "completion": completion, "answer": "Paris", "extra": {"level": number}}


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    return tmp_path / "suite.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data.jsonl").write_text(_lines([_row(0), _row(1, "Rome"), _row(2, "Paris")]))
    return tmp_path / "data.jsonl"


def _written(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_come_from_standard_input_and_rewards_go_to_standard_output(suite: Path, data: Path) -> None:
    """The summary is on standard error, so that a pipe gets rewards only."""
    result = _start("score", suite, "-", "-o", "-", given=data.read_text())
    rewards = [json.loads(line)["reward"] for line in result.stdout.splitlines()]

    assert (result.returncode, rewards) == (0, [1.0, 0.0, 1.0])
    assert "3 rows in " in result.stderr
    assert sorted(path.name for path in suite.parent.iterdir()) == ["data.jsonl", "suite.yaml"]
    summary = json.loads(_start("score", suite, data, "-o", "-", "--json").stderr)
    assert summary["records"] == 3


def test_a_pipe_and_a_device_stay_what_they_are(suite: Path, data: Path, tmp_path: Path) -> None:
    """The device is a copy of the null device, and that of the machine is only looked at."""
    pipe, got = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    assert _start("score", suite, data, "-o", pipe).returncode == 0
    reader.join(30)
    assert len(got[0].splitlines()) == 3
    assert stat.S_ISFIFO(pipe.stat().st_mode)

    null = tmp_path / "null"
    try:
        os.mknod(null, stat.S_IFCHR | 0o666, os.makedev(1, 3))
        null.write_text("")
    except OSError as error:
        pytest.skip(f"no device can be made here: {error}")
    assert _start("score", suite, data, "-o", null).returncode == 0
    assert stat.S_ISCHR(null.stat().st_mode)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_inputs_sockets_and_folders_are_refused(suite: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With exit code 2, and every file stays as it was."""
    folder = suite.parent
    monkeypatch.chdir(folder)  # a socket's address has room for 108 bytes
    (folder / "hard").hardlink_to(data)
    (folder / "link").symlink_to(data)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        results = {
            name: _run("score", suite, data, "-o", name)
            for name in (data, "hard", "link", suite, "socket", folder, folder / "out.json", folder / "out.arrow")
        }
        from_folder = _run("score", suite, folder, "-o", data)

    assert {name: result.exit_code for name, result in results.items()} == dict.fromkeys(results, 2)
    assert from_folder.exit_code == 2
    assert "is the input" in results["hard"].output
    assert "is a socket" in results["socket"].output
    assert "is no format of rewards (name it .jsonl, .csv or .parquet)" in results[folder / "out.json"].output
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "socket"} == before


@pytest.mark.parametrize("option", ["--out", "--run"])
def test_an_address_is_not_written(suite: Path, data: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    """With status 2, and without a folder `s3:` here."""
    monkeypatch.chdir(suite.parent)
    before = sorted(suite.parent.iterdir())
    result = _run("score", suite, data, option, "s3://bucket/rewards.jsonl")

    assert result.exit_code == 2
    assert "s3://bucket/rewards.jsonl: is not on this machine" in " ".join(result.output.split())
    assert sorted(suite.parent.iterdir()) == before


def test_a_line_that_cannot_be_read_is_a_row_with_a_verdict(suite: Path, data: Path, tmp_path: Path) -> None:
    """The rows around it are scored, it is counted, and its place is written."""
    data.write_text(_lines([_row(0)]) + '{"broken\n[1\n' + _lines([_row(1)]))
    result = _run("score", suite, data, "-o", tmp_path / "out.jsonl", "--json")
    rows = _written(tmp_path / "out.jsonl")

    assert result.exit_code == 1
    assert [row["verdict"] for row in rows] == ["scored", "invalid_task", "invalid_task", "scored"]
    assert [row["id"] for row in rows] == ["0", "1", "2", "3"]
    assert [row["line"] for row in rows] == [1, 2, 3, 4]
    assert rows[1]["problem"] == "the line is not JSON: Invalid control character at"
    assert json.loads(result.stdout)["unreadable"] == 2
    assert "2 of 4 records (50.0%) could not be scored at all" in _run("score", suite, data).output


def test_strict_stops_at_a_line_that_cannot_be_read(suite: Path, data: Path, tmp_path: Path) -> None:
    """It names the place, and leaves no file."""
    data.write_text(_lines([_row(0)]) + '{"broken": ]}\n')
    result = _run("score", suite, data, "--strict", "-o", tmp_path / "out.jsonl")

    assert result.exit_code == 2
    assert "data.jsonl:2: is not JSON: Expecting value (column 12)" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_ids_of_rows_without_one_go_on_over_files_and_batches(suite: Path, tmp_path: Path) -> None:
    """So an id names one row."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(_lines([_row(number) for number in range(300)]))
    _run("score", suite, tmp_path / "a.jsonl", tmp_path / "b.jsonl", "-o", tmp_path / "out.jsonl")
    rows = _written(tmp_path / "out.jsonl")

    assert [row["id"] for row in rows] == [str(number) for number in range(600)]
    assert [row["line"] for row in rows] == [*range(1, 301)] * 2
    assert Counter(Path(row["file"]).name for row in rows) == {"a.jsonl": 300, "b.jsonl": 300}


def test_kept_columns_are_beside_the_rewards_in_every_format(suite: Path, data: Path, tmp_path: Path) -> None:
    """A dotted place is a column too; in tables, values that are not text are their JSON."""
    data.write_text(_lines([_row(0), _row(1, 'a "b",\n\ud800c')]) + "5\n")
    for name in ("out.jsonl", "out.jsonl.gz", "out.csv", "out.parquet"):
        result = _run("score", suite, data, "--keep", "completion, extra,extra.level", "-o", tmp_path / name)
        assert result.exit_code == 1, result.output  # 5 is no row
    rows = _written(tmp_path / "out.jsonl")
    table = pa.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    with (tmp_path / "out.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))

    assert gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()) == (tmp_path / "out.jsonl").read_bytes()
    assert [row["completion"] for row in rows] == ["Paris", 'a "b",\n\ud800c', None]
    assert [row["extra"] for row in rows] == [{"level": 0}, {"level": 1}, None]
    assert [row["extra.level"] for row in rows] == [0, 1, None]
    assert [row["reward"] for row in table] == [row["reward"] for row in rows] == [1.0, 0.0, 0.0]
    assert [float(row["reward"]) for row in cells] == [1.0, 0.0, 0.0]
    assert [row["metrics"] for row in table] == [row["metrics"] for row in rows]
    assert [float(row["metrics.accuracy"]) for row in cells] == [row["metrics"]["accuracy"] for row in rows]
    assert [dict(row["reasons"]) for row in table] == [row["reasons"] for row in rows]
    assert [json.loads(row["reasons"]) for row in cells] == [row["reasons"] for row in rows]
    assert [row["completion"] for row in table] == ["Paris", 'a "b",\n?c', None]
    assert [row["completion"] for row in cells] == ["Paris", 'a "b",\n?c', ""]
    assert [row["extra.level"] for row in table] == ["0", "1", None]
    assert [row["extra"] for row in cells] == ['{"level": 0}', '{"level": 1}', ""]
    assert {row["problem"] for row in rows} == {"", "the row is a number, not an object"}


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.jsonl"])
def test_a_table_of_no_rows_is_a_table(suite: Path, data: Path, tmp_path: Path, name: str) -> None:
    """It has its columns."""
    data.write_text("")
    assert _run("score", suite, data, "-o", tmp_path / name, "--keep", "prompt").exit_code == 0
    content = (tmp_path / name).read_bytes()

    assert content == b"" if name == "out.jsonl" else b"prompt" in content


@pytest.mark.parametrize("keep", ["reward", "prompt,prompt"])
def test_two_columns_of_one_name_are_refused(suite: Path, data: Path, tmp_path: Path, keep: str) -> None:
    """One would hide the other; no run is started that has these options."""
    result = _run("score", suite, data, "--keep", keep, "-o", tmp_path / "out.jsonl", "--run", tmp_path / "run")

    assert result.exit_code == 2
    assert not (tmp_path / "run").exists()
    assert "would have two columns" in result.output
    assert _run("score", suite, data, "--keep", "prompt").exit_code == 2


def test_without_its_extra_parquet_is_refused_before_anything_is_written(
    suite: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the command that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = _run("score", suite, data, "-o", tmp_path / "out.parquet")

    assert result.exit_code == 2
    assert f"out.parquet: Parquet needs pyarrow; run {how_to_install('rlvr[tables]')}" in result.output
    assert not list(tmp_path.glob("*out*"))


def test_limit_and_sample_choose_rows(suite: Path, data: Path, tmp_path: Path) -> None:
    """In the order of the file, with the ids of the whole; the same seed chooses the same rows."""
    data.write_text(_lines([_row(number) for number in range(100)]))

    def ids(*words: object) -> list[int]:
        _run("score", suite, data, "-o", tmp_path / "out.jsonl", *words)
        return [int(row["id"]) for row in _written(tmp_path / "out.jsonl")]

    assert ids("--limit", 7) == [*range(7)]
    assert ids("--sample", 1_000) == [*range(100)]
    chosen = ids("--sample", 20)
    assert len(set(chosen)) == 20
    assert chosen == sorted(chosen) == ids("--sample", 20)
    assert chosen != ids("--sample", 20, "--seed", 1)
    assert max(ids("--limit", 30, "--sample", 20)) < 30


def _placed(count: int, drawn: list[int] | None = None) -> Iterator[PlacedRow]:
    for number in range(count):
        if drawn is not None:
            drawn.append(number)
        yield PlacedRow(number, Row(line=number + 1, value=_row(number)))


def test_each_row_is_sampled_as_often() -> None:
    """Over many seeds; the bounds are five deviations wide."""
    counts = Counter(placed.position for seed in range(2_000) for placed in sample(_placed(10), 3, seed))

    assert len(counts) == 10
    assert all(abs(count - 600) < 103 for count in counts.values())


def test_a_batch_is_scored_before_the_next_is_read() -> None:
    """So memory does not grow with the rows."""
    drawn: list[int] = []
    batches = score_placed(parse_suite(SUITE), _placed(1_000, drawn), batch_rows=10)
    for number, scored in enumerate(batches, start=1):
        assert (len(scored.rows), len(drawn)) == (10, 10 * number)


def test_a_row_with_several_completions_is_beside_each_of_its_rewards() -> None:
    """The number of rewards is that of the completions."""
    row = Row(line=1, value={"prompt": "q", "completions": ["Paris", "Rome"], "answer": "Paris"})
    (scored,) = score_placed(parse_suite(SUITE), [PlacedRow(0, row)])

    assert [reward.value for reward in scored.report.rewards] == [1.0, 0.0]
    assert scored.rows == [row, row]
