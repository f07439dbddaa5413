"""``rlvr watch``: a file that another process writes, followed line by line."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr.runs.following import FollowedFile

SUITE = "tasks: {t: {scorers: [text.exact]}}"


def _lines(*rewards: float, **columns: Any) -> str:
    return "".join(json.dumps({"id": n, "reward": reward, **columns}) + "\n" for n, reward in enumerate(rewards))


def _followed(path: Path) -> Callable[[], Sequence[bytes]]:
    followed = FollowedFile(path)
    return lambda: list(followed.new_lines())


def test_only_whole_lines_are_read_and_each_once(tmp_path: Path) -> None:
    """Whatever the writer flushes in between; the file may come later."""
    path = tmp_path / "f"
    read = _followed(path)

    assert read() == []
    written: list[bytes] = []
    with path.open("ab", buffering=0) as file:
        for byte in b"ab\n\nc\xff d\nrest":
            file.write(bytes([byte]))
            written += read()
    assert written == [b"ab", b"", b"c\xff d"]


def test_a_file_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    """By another of the same name, or cut off and written again."""
    path = tmp_path / "f"
    followed = FollowedFile(path)
    path.write_bytes(b"one\ntwo\n")
    assert list(followed.new_lines()) == [b"one", b"two"]

    (tmp_path / "g").write_bytes(b"three\n")
    (tmp_path / "g").replace(path)
    assert (list(followed.new_lines()), followed.restarts) == ([b"three"], 1)
    path.write_bytes(b"4\n")
    assert (list(followed.new_lines()), followed.restarts) == ([b"4"], 2)


def test_a_line_without_end_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a line that cannot be read; the next ones can."""
    monkeypatch.setattr("rlvr.runs.following.LINE_LIMIT_BYTES", 100)
    monkeypatch.setattr("rlvr.runs.following._CHUNK_BYTES", 64)
    path = tmp_path / "f"
    path.write_bytes(b"x" * 1_000 + b"\nshort\n" + b"y" * 120 + b"\n" + b"z" * 500)
    followed = FollowedFile(path)

    assert list(followed.new_lines()) == [b"", b"short", b""]
    assert len(followed._rest) <= 100


def test_rewards_are_summed_as_they_come(tmp_path: Path) -> None:
    """From a file that grows while the command runs."""
    path = tmp_path / "rewards.jsonl"
    path.write_text(_lines(1.0, 0.0, task="t"))

    def grow() -> None:
        for _ in range(4):
            time.sleep(0.05)
            with path.open("a") as file:
                file.write(_lines(1.0, task="t") + "no JSON\n")

    writer = threading.Thread(target=grow)
    writer.start()
    result = CliRunner().invoke(app, ["watch", str(path), "--every", "0.05", "--idle", "1"])
    writer.join()

    assert result.exit_code == 0, result.output
    assert "10 rows" in result.stdout
    assert ["t", "6", "0.833"] in [line.split()[:3] for line in result.stdout.splitlines()]
    assert "4 of 10 records (40.0%) could not be scored at all" in result.stdout


def test_rows_are_scored_as_they_come(tmp_path: Path) -> None:
    """With a suite; a line that cannot be read is a row of its own."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    rows = [{"completion": "a", "answer": "a"}, {"completion": "b", "answer": "a"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "{\n\n")
    arguments = [str(tmp_path / "rows.jsonl"), "--suite", str(tmp_path / "suite.yaml"), "--idle", "0"]
    result = CliRunner().invoke(app, ["watch", *arguments])

    assert result.exit_code == 0, result.output
    assert "3 rows" in result.stdout
    assert "means and shares are over the 2 scored rows" in result.stdout
    assert "incorrect" in result.stdout


def test_a_run_is_watched_from_its_folder(tmp_path: Path) -> None:
    """The summary is that of the run."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "z", "completion": "b", "answer": "a"}))
    names = [str(tmp_path / name) for name in ("suite.yaml", "rows.jsonl", "run")]
    CliRunner().invoke(app, ["score", *names[:2], "--run", names[2]])
    result = CliRunner().invoke(app, ["watch", names[2], "--idle", "0"])

    assert result.exit_code == 0, result.output
    assert "1 row" in result.stdout
    assert "rlvr rows" in result.stdout


@pytest.mark.parametrize(
    "line",
    ["[]", "7", '{"reward": "1"}', '{"reward": NaN}', '{"reward": true}', "[" * 10_000, "\ud800", '{"reward": 1e999}'],
)
def test_a_line_that_is_no_reward_stops_nothing(tmp_path: Path, line: str) -> None:
    """It is counted as a row that cannot be scored."""
    path = tmp_path / "f"
    path.write_bytes(line.encode("utf-8", "surrogatepass") + b"\n" + _lines(1.0).encode())
    result = CliRunner().invoke(app, ["watch", str(path), "--idle", "0"])

    assert result.exit_code == 0, result.output
    assert "1 of 2 records (50.0%) could not be scored at all" in result.stdout


@pytest.mark.parametrize("name", ["folder", "-", "a.csv", "a.parquet", "a.jsonl.gz", "a.arrow"])
def test_what_does_not_grow_line_by_line_is_refused(tmp_path: Path, name: str) -> None:
    """With status 2; as lines of JSON they would be faults only."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.csv").write_text("completion,answer\n4,4\n")
    result = CliRunner().invoke(app, ["watch", name if name == "-" else str(tmp_path / name), "--idle", "0"])

    assert result.exit_code == 2
    assert "cannot be followed" in " ".join(result.output.split())


def test_ctrl_c_ends_it_with_the_summary(tmp_path: Path) -> None:
    """And exit code 0: that is how it is meant to end."""
    path = tmp_path / "rewards.jsonl"
    path.write_text(_lines(1.0, 0.0))
    words = [sys.executable, "-m", "rlvr.cli", "watch", str(path), "--every", "0.05"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "2 rows" in process.stderr.readline()  # it has read the file
        os.kill(process.pid, signal.SIGINT)
        shown, _ = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "0.500" in shown
