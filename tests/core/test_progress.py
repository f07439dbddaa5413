"""The progress of ``rlvr score``: a bar on a terminal, lines in logs, JSON events."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from rlvr.cli import progress
from rlvr.cli.app import app
from rlvr.runs import row_count

SUITE = "tasks: {t: {scorers: [text.exact]}}"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "suite.yaml").write_text(SUITE)
    rows = "".join(json.dumps({"completion": "x", "answer": "x", "n": number}) + "\n" for number in range(600))
    (tmp_path / "data.jsonl").write_text(rows)
    return [str(tmp_path / "suite.yaml"), str(tmp_path / "data.jsonl")]


def _run(*words: object) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, words)])


def test_a_terminal_shows_a_bar_with_total_and_rate(files: list[str]) -> None:
    """On standard error; it is gone at the end, and standard output has the summary only."""
    document, shown = _on_a_terminal([sys.executable, "-m", "rlvr.cli", "score", *files, "--json"])

    assert json.loads(document)["records"] == 600
    assert re.search(rb"scoring", shown)
    assert b"600/600" in shown
    assert re.search(rb"\d/s", shown)


FORKS = """
import sys
from rlvr.runs import shards
shards._SpawnedShard = None
from rlvr.cli.app import app
app(sys.argv[1:])
"""


def test_a_bar_leaves_the_processes_that_score_forks(files: list[str]) -> None:
    """A thread that draws it would make each of them a new interpreter, which imports everything again."""
    data = Path(files[1])
    data.write_bytes(data.read_bytes() * 3)
    document, shown = _on_a_terminal([sys.executable, "-c", FORKS, "score", *files, "--json", "--processes", "2"])

    assert json.loads(document)["records"] == 1_800
    assert b"1800/1800" in shown


def _on_a_terminal(command: list[str]) -> tuple[bytes, bytes]:
    """Run a command whose standard error is a terminal; return its output and what the terminal got."""
    terminal, end = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, env=environment) as process:
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while piece := os.read(terminal, 4_096):
                shown += piece
        document = process.communicate()[0]
    os.close(terminal)
    assert process.returncode == 0, shown
    return document, shown


def test_a_log_gets_lines(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With total, rate, the time left and the mean; here after each batch."""
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    lines = _run(*files).stderr.splitlines()

    assert len(lines) == 3
    assert re.fullmatch(
        r"rlvr: scored 512 records, 512 of 600 rows \(85%\), [\d,]+ per second, about \d+ s left, mean 1\.0000",
        lines[1],
    )


def test_a_short_job_writes_no_line(files: list[str]) -> None:
    """Nobody waits for it."""
    assert _run(*files).stderr == ""


def test_events_are_json(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A start, positions, an end with the last position."""
    monkeypatch.setattr(progress, "EVENT_SECONDS", 0.0)
    events = [json.loads(line) for line in _run(*files, "--progress", "json").stderr.splitlines()]

    assert [each["event"] for each in events] == ["start", *["progress"] * 3, "end"]
    assert [each["records"] for each in events[1:]] == [256, 512, 600, 600]
    assert (events[-1]["done"], events[-1]["total"], events[-1]["mean"]) == (600, 600, 1.0)
    assert events[-1]["seconds"] > 0.0


@pytest.mark.parametrize(
    ("words", "done", "total"),
    [
        (["--limit", 300], 300, 300),
        (["--sample", 20], 20, 20),
        (["--where", "n<10"], 10, 600),
        (["--where", "n>=590"], 600, 600),
        (["--where", "n>=300", "--limit", 5], 305, 600),
    ],
)
def test_rows_that_are_left_out_count_as_done(files: list[str], words: list[object], done: int, total: int) -> None:
    """Since they are read; of a sample, its own rows count."""
    last = json.loads(_run(*files, "--progress", "json", *words).stderr.splitlines()[-1])

    assert (last["done"], last["total"]) == (done, total)


def test_rows_are_counted_where_that_is_cheap(tmp_path: Path) -> None:
    """Lines and Parquet; what is packed, a stream or a JSON document has no total."""
    (tmp_path / "a.jsonl").write_text("1\n2\n3")
    pq.write_table(pa.Table.from_pylist([{"a": 1}] * 7), tmp_path / "b.parquet")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b"1\n"))
    (tmp_path / "d.json").write_text("[1]")
    (tmp_path / "e.parquet").write_text("none")

    assert row_count([tmp_path / "a.jsonl", tmp_path / "b.parquet"]) == 10
    for name in ("c.jsonl.gz", "d.json", "e.parquet", "none.jsonl", "-"):
        assert row_count([Path(name) if name == "-" else tmp_path / name]) is None
