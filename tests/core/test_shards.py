"""``rlvr score --processes``: the same bytes from any number of processes, and from processes that die."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from rlvr import Suite, parse_suite
from rlvr.cli.app import app
from rlvr.errors import ProcessStartError, RlvrError, ScorerFaultError
from rlvr.runs import (
    BatchResult,
    Finisher,
    PlacedRow,
    RewardsEncoder,
    Row,
    RunFolder,
    default_processes,
    manifest_of,
    shards,
)
from rlvr.runs.finishing import finish_batch
from rlvr.runs.folder import encode_line
from rlvr.runs.records import CommonEvidence
from rlvr.runs.scoring import batches_of, read_batch
from rlvr.runs.shards import Shards
from rlvr.summary import Summary
from rlvr.testing import suite_of

SUITE = """
tasks:
  t:
    scorers:
      - {scorer: text.exact, name: accuracy}
      - {scorer: math.equivalent, name: value, weight: 0.5}
"""


def _rows(count: int) -> list[dict[str, Any]]:
    return [
        {"id": number, "prompt": f"q{number // 4}", "completion": f"\\boxed{{{number % 5}}}", "answer": "3"}
        for number in range(count)
    ]


def _placed(values: list[Any], batch_rows: int) -> list[list[PlacedRow]]:
    rows = (PlacedRow(number, Row(line=number + 1, value=value, file="f")) for number, value in enumerate(values))
    return list(batches_of(rows, batch_rows))


def _plain(result: BatchResult) -> Any:
    """Return everything but times, and what a cache knew: each process has its own."""
    run = result.run
    assert run is not None
    rows = run.unpacked()
    summary = msgspec.structs.replace(result.summary, seconds=0.0, cache_asked=0, cache_known=0)
    for task in summary.by_task.values():
        for entry in task.entries.values():
            entry.timings.clear()
    batch = msgspec.structs.replace(run.batch, seconds=0.0, times=[], asked=0, known=0, known_scores=[])
    others = msgspec.structs.replace(result, run=None, summary=Summary())
    return [encode_line(row) for row in rows], batch, summary, others


@pytest.fixture(scope="module")
def suite() -> Suite:
    return parse_suite(SUITE)


@pytest.fixture(scope="module")
def finisher(suite: Suite) -> Finisher:
    encoder = RewardsEncoder(kind="lines", suite=suite)
    return Finisher(suite=suite, encoder=encoder, manifest=manifest_of(suite, [], {}, 8))


@pytest.fixture
def running(finisher: Finisher) -> Iterator[Shards]:
    with Shards(finisher, 2) as running:
        yield running


def _found(running: Shards, batches: list[list[PlacedRow]]) -> list[Any]:
    return list(map(_plain, running.score(batches, CommonEvidence({}))))


def _expected(finisher: Finisher, batches: list[list[PlacedRow]]) -> list[Any]:
    return [_plain(finish_batch(finisher, batch, CommonEvidence({}))) for batch in batches]


ODD: list[Any] = [
    {"id": datetime(2026, 1, 1, tzinfo=UTC), "completion": "3", "answer": "3"},
    {"id": 2**80, "completion": "\ud800", "answer": "3"},
    {"id": {"a": [1]}, "completions": ["3", "4"], "answer": "3"},
    {"completion": "3", "answer": datetime(2026, 1, 1, tzinfo=UTC)},
    7,
]


def test_batches_come_back_in_order_with_the_same_rewards(finisher: Finisher, running: Shards) -> None:
    """Rows of any type, broken lines and rows of several completions too."""
    batches = _placed(_rows(50) + ODD, 8)
    batches[0][0] = PlacedRow(0, Row(line=1, problem="is not JSON", file="f"))

    assert _found(running, batches) == _expected(finisher, batches)


def test_lines_are_parsed_by_the_process_that_scores_them(finisher: Finisher, running: Shards) -> None:
    """A line that is not JSON is a row of its own there too."""
    lines = [json.dumps(row).encode() for row in _rows(20)] + [b'{"a": 1', b'{"answer": "3", "completion": NaN}']
    rows = [Row(line=number, unread=line, file="f") for number, line in enumerate(lines, start=1)]
    batches = list(batches_of(itertools.starmap(PlacedRow, enumerate(rows)), 8))

    assert _found(running, batches) == _expected(finisher, [read_batch(batch) for batch in batches])


def test_a_process_that_dies_is_replaced(finisher: Finisher, running: Shards) -> None:
    """Its batch is scored again."""
    batches = _placed(_rows(60), 8)
    results = []
    for number, result in enumerate(running.score(batches, CommonEvidence({}))):
        if number in {0, 3}:
            process: Any = running._all[-1]
            os.kill(getattr(process._process, "pid", process._process), signal.SIGKILL)
        results.append(_plain(result))

    assert results == _expected(finisher, batches)
    assert len(running._all) > 2


def _is_over(running: Shards, batches: list[list[PlacedRow]], *, after: int | None) -> BaseException | None:
    """Score batches, leave the job after some of them, and return what it raised; fail if it never ends."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            with running:
                list(islice(running.score(batches), after))
        except RlvrError as error:
            raised.append(error)

    job = threading.Thread(target=run, daemon=True)
    job.start()
    job.join(60.0)
    assert not job.is_alive()
    return raised[0] if raised else None


def test_a_job_that_is_left_ends_while_batches_wait(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread whose process was killed takes the next batch before the job can take that back."""
    kill = shards._Shard.kill

    def kill_slowly(shard: shards._Shard) -> None:
        kill(shard)
        if threading.current_thread().name[:4] != "rlvr":
            time.sleep(0.2)

    monkeypatch.setattr(shards._Shard, "kill", kill_slowly)
    monkeypatch.setattr(shards, "QUEUED", 20)
    assert _is_over(Shards(Finisher(suite=suite), 2), _placed(_rows(4_000), 100), after=1) is None


def test_a_process_that_cannot_be_replaced_ends_the_job(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other threads do not wait for it."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    running = Shards(Finisher(suite=suite), 2)
    monkeypatch.setattr(shards._Shard, "ask", lambda _shard, _message: None)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(shards._SpawnedShard, "__init__", refuse)
    error = _is_over(running, _placed(_rows(40), 8), after=None)
    assert error == ProcessStartError("Resource temporarily unavailable", "score in one: --processes 1")


def test_a_process_that_cannot_be_started_is_an_error_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one of the output. The processes before it are ended."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _rows(1_300)))
    fork = os.fork
    forks: list[int] = []

    def fork_once() -> int:
        if forks:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        forks.append(process := fork())
        return process

    monkeypatch.setattr(os, "fork", fork_once)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    words = ["score", str(tmp_path / "suite.yaml"), str(tmp_path / "data.jsonl"), "--processes", "2"]
    result = CliRunner().invoke(app, words)

    assert result.exit_code == 2
    assert "a process that scores cannot be started: Resource temporarily unavailable" in result.stderr
    assert "--processes 1" in result.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(forks[0], 0)


def test_a_batch_that_no_process_survives_is_scored_by_supervised_workers(
    finisher: Finisher, running: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say which record it was; here, none."""
    ask = shards._Shard.ask
    monkeypatch.setattr(
        shards._Shard, "ask", lambda shard, message: None if b"deadly" in message else ask(shard, message)
    )
    batches = _placed([*_rows(16), {"id": "deadly", "completion": "3", "answer": "3"}], 8)

    assert _found(running, batches) == _expected(finisher, batches)


def test_a_suite_that_stops_the_batch_stops_the_job() -> None:
    """With the error that one process raises."""
    stopping = parse_suite("tasks: {t: {on_error: raise, scorers: [text.exact]}}")
    with Shards(Finisher(suite=stopping), 1) as running, pytest.raises(ScorerFaultError, match="on_error: raise"):
        list(running.score(_placed([{"completion": "x"}], 1)))


def _lines_of_all_kinds() -> list[str]:
    """Rows, and between them lines that are not one row: broken, blank, of events, of several completions."""
    lines = [json.dumps(row) for row in _rows(1_300)]
    odd = [
        '{"completion": ',
        "",
        "7",
        json.dumps(_rows(3)),
        json.dumps({"body": json.dumps(_rows(2))}),
        json.dumps({"batch": _rows(300)}).replace("batch", "b\\u0061tch"),
        json.dumps({"id": 2**80, "completion": "\ud800 3", "answer": "3"}),
        json.dumps({"id": 1.5, "completions": ["3", "4"], "answer": "3"}),
        '{"id": NaN, "completion": "3", "answer": "3"}',
    ]
    for place, line in enumerate(odd):
        lines.insert(101 * place + 5, line)
    return lines


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_the_command_writes_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Rewards, run folder and summary of one process and of two, of lines of all kinds."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "data.jsonl").write_text("".join(line + "\n" for line in _lines_of_all_kinds()))
    for count in (1, 2):
        words = ["score", "suite.yaml", "data.jsonl", "--run", f"run{count}", "-o", f"out{count}{suffix}"]
        words += ["--fail-on", "none", "--processes"]
        paths = [str(tmp_path / word) if "." in word or word.startswith("run") else word for word in words]
        assert CliRunner().invoke(app, [*paths, str(count)]).exit_code == 0

    assert (tmp_path / f"out1{suffix}").read_bytes() == (tmp_path / f"out2{suffix}").read_bytes()
    for name in ("rows.jsonl", "common.jsonl", "rows.parquet"):
        assert (tmp_path / "run1" / name).read_bytes() == (tmp_path / "run2" / name).read_bytes()
    assert RunFolder(tmp_path / "run2").sessions[0].processes == 2


def test_one_process_where_more_would_change_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scorers in workers use all processors already; a breaker over several batches sees them in order."""
    monkeypatch.setattr(shards, "usable_processors", lambda: 7)
    scorers = "tasks: {t: {scorers: [text.exact]}}"

    assert default_processes(parse_suite(scorers)) == 7
    assert default_processes(parse_suite("tasks: {t: {scorers: [code.tests]}}")) == 1
    assert default_processes(parse_suite(f"{scorers}\nfail_fast: {{fault_share: 0.5, window_records: 100}}")) == 1
    assert default_processes(suite_of("tasks: {t: {scorers: [test.x]}}", test={"x": lambda _r, _o: 1.0})) == 1
