"""Run folders through the command: what they keep, and that no interruption loses or changes a row."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from rlvr import Part, Score, Suite, Verdict, load_suite
from rlvr.cli.app import app
from rlvr.cli.summary import SummaryContext, summary_document
from rlvr.errors import RunError
from rlvr.record.views import final_in, span_in_completion
from rlvr.runs import (
    Choice,
    Run,
    RunFolder,
    RunRow,
    RunWriter,
    ScoredRows,
    ScoreRow,
    StopFlag,
    chosen_rows,
    manifest_of,
    open_run,
    replay,
    run_job,
)
from rlvr.runs.output import naming
from rlvr.runs.records import CommonEvidence
from rlvr.summary import Summary

SUITE = """
route: {by: kind}
tasks:
  exact:
    range: [-1, 1]
    aggregate: sum
    scorers:
      - {scorer: text.exact, name: accuracy}
      - {scorer: text.length, name: long, weight: -0.5, options: {max: 3}}
  gated:
    scorers:
      - {scorer: text.exact, name: right, gate: {at_least: 1, floor: 0}}
      - {scorer: text.length, name: length, weight: 0.5, options: {min: 2, max: 9}}
  asked:
    scorers:
      - {scorer: math.equivalent, name: first, otherwise: {scorer: text.exact}}
"""

# Same suite and data, same bytes.
SAME_FILES = ("run.json", "rows.jsonl", "common.jsonl", "rows.parquet")


def _row(number: int) -> dict[str, Any]:
    texts = (
        "Paris",
        "Rome",
        "",
        "It is Paris.",
        "<think>\\boxed{Rome}</think>\n So \\boxed{Paris}",
        "\\boxed{Paris}",
        "\\boxed{\\foo{}}",
    )
    row = {"id": f"r{number}", "prompt": f"q{number // 4}", "completion": texts[number % len(texts)]}
    kinds = ("exact", "gated", "asked", "other" if number % 20 == 0 else "exact")
    return {**row, "answer": "Paris", "kind": kinds[number // 2 % 4], "extra": {"level": number}}


def _lines(count: int) -> str:
    lines = [json.dumps(_row(number)) for number in range(count)]
    lines[1:1] = [
        "no JSON",
        json.dumps({"completions": ["Paris", "Rome"], "prompt": "q", "answer": "Paris", "kind": "exact"}),
    ]
    lines[4:4] = [
        json.dumps({"prompt": "q", "answer": "x", "kind": "gated"}),
        '{"completion": "\\ud800", "answer": "x"}',
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "suite.yaml").write_text(SUITE)
    return tmp_path / "suite.yaml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data.jsonl").write_text(_lines(700))
    return tmp_path / "data.jsonl"


def _run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [str(word) for word in words])


def _same_bytes(run: Path, whole: Path) -> None:
    """Compare files, without the time at which the run was made."""
    for name in SAME_FILES:
        left, right = (run / name).read_bytes(), (whole / name).read_bytes()
        if name == "run.json":
            left, right = (
                msgspec.json.encode({**msgspec.json.decode(content), "created": ""}) for content in (left, right)
            )
        assert left == right, name


def test_a_run_keeps_everything_about_its_rows(suite: Path, data: Path, tmp_path: Path) -> None:
    """Suite, options, data, machine, and for each reward its record, scores and kept columns."""
    run = tmp_path / "runs" / "x"
    result = _run("score", suite, data, "--run", run, "--keep", "extra.level", "-o", tmp_path / "out.jsonl")
    folder = RunFolder(run)
    rows = list(folder.rows())
    by_id = {row.id: row for row in rows}
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]

    assert result.exit_code == 1  # a broken line and an unknown kind are findings
    assert (run / "suite.yaml").read_text() == SUITE
    assert folder.manifest.fingerprint == load_suite(suite).fingerprint
    assert (folder.manifest.data[0].path, folder.manifest.data[0].size) == (str(data), data.stat().st_size)
    assert folder.manifest.options == {
        "where": [],
        "limit": None,
        "sample": None,
        "seed": 0,
        "keep": ["extra.level"],
    }
    assert folder.is_complete
    assert [(each.event, each.rows) for each in folder.sessions] == [("start", 0), ("end", 705)]
    assert folder.sessions[0].machine["processors"] >= 1
    assert [(row.id, row.reward, row.metrics.get("accuracy", 0.0)) for row in rows] == [
        (each["id"], each["reward"], each["metrics"]["accuracy"]) for each in written
    ]
    assert [(row.position, row.sample) for row in rows[:4]] == [(0, 0), (1, 0), (2, 0), (2, 1)]
    assert rows[1].problem.startswith("the line is not JSON")
    right = by_id["r5"]
    assert (right.task, right.kept, right.reference) == ("asked", {"extra.level": 5}, "Paris")
    assert right.completion[slice(*right.answer_span or (0, 0))] == "Paris"
    reasoned = by_id["r11"]
    assert reasoned.completion[slice(*reasoned.answer_span or (0, 0))] == "Paris"
    assert reasoned.completion.endswith("So " + "\\boxed{Paris}")
    assert (by_id["r2"].answer_span, by_id["r2"].reward, by_id["r2"].completion) == (None, 0.0, "")
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["is_complete"], summary["records"]) == (True, 705)


@pytest.mark.parametrize(
    "completion",
    [
        "word",
        "\n\n  word <|im_end|>\n",
        "<think>a word</think>\n\n word and more",
        "one <think>two</think> word <think>three</think> four",
        "a word in reasoning that a template opened</think>word",
        "one <think>two</think>\n\nword",
    ],
)
def test_a_place_in_the_final_view_is_found_in_the_completion(completion: str) -> None:
    """With reasoning before it, between, and after it."""
    start = final_in(completion).index("word")
    found = span_in_completion(completion, start, start + 4)

    assert completion[slice(*found)] == "word"
    assert found[0] == completion.rindex("word")


def test_a_group_has_one_key_in_every_batch(suite: Path, data: Path, tmp_path: Path) -> None:
    """Of task and prompt, or the trainer's own."""
    rows = [_row(0) | {"kind": "exact", "prompt": "q"} for _ in range(600)]
    rows += [_row(0) | {"kind": "exact", "prompt": f"other {number}", "group_id": "g7"} for number in range(2)]
    rows += [_row(0) | {"kind": "gated", "prompt": "q"}, {"completion": "x", "answer": "x", "kind": "exact"}]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _run("score", suite, data, "--run", tmp_path / "run")
    groups = [row.group for row in RunFolder(tmp_path / "run").rows()]

    assert len(set(groups[:600])) == 1
    assert groups[600:602] == ["g7", "g7"]
    assert (groups[602] != groups[0], groups[603]) == (True, "")


def test_the_table_has_the_rows(suite: Path, data: Path, tmp_path: Path) -> None:
    """The same columns by the same names; values of any type are text."""
    _run("score", suite, data, "--run", tmp_path / "run", "--keep", "extra")
    rows = list(RunFolder(tmp_path / "run").rows())
    table = pq.read_table(tmp_path / "run" / "rows.parquet")

    assert table.column_names == list(RunRow.__struct_fields__)
    assert table["reward"].to_pylist() == [row.reward for row in rows]
    assert table["id"].to_pylist() == [row.id for row in rows]
    assert table["metrics"].to_pylist()[0]["accuracy"] == rows[0].metrics["accuracy"]
    assert table["kept"].to_pylist()[0] == {"extra": '{"level": 0}'}
    assert [score["reason"] for score in table["scores"].to_pylist()[0]] == [each.reason for each in rows[0].scores]


def _batches(suite: Suite, data: Path, run: Path | None = None, batch_rows: int = 256) -> Iterator[ScoredRows]:
    """Score in this process, as the command does."""
    stop = StopFlag()
    choice = Choice()
    if run is None:
        yield from run_job(suite, chosen_rows(suite, [data], choice, stop), stop)
        return
    with open_run(run, manifest_of(suite, [data], choice.options, batch_rows)) as writer:
        yield from run_job(suite, chosen_rows(suite, [data], choice, stop), stop, writer)
        writer.finish({}, stop)


def test_a_run_gives_back_the_reports_that_it_was_made_of(suite: Path, data: Path, tmp_path: Path) -> None:
    """So that a resumed command has the summary of one that was not interrupted."""
    loaded = load_suite(suite)
    scored = list(_batches(loaded, data, tmp_path / "run"))
    replayed = list(replay(RunFolder(tmp_path / "run")))
    ignored: dict[str, Any] = {"seconds": 0.0, "reason_class": "", "opinions": ()}

    def plain(each: ScoredRows) -> Any:
        def plain_score(score: Score) -> Any:
            plain_maps = {"evidence": dict(score.evidence), "metrics": dict(score.metrics)}
            return msgspec.to_builtins(msgspec.structs.replace(score, **ignored, **plain_maps))

        def timeless(part: Part) -> Any:
            opinions = tuple((each.scorer, each.counts, plain_score(each.score)) for each in part.score.opinions)
            others = {
                name: getattr(part, name) for name in ("name", "scorer", "value", "weight", "note", "reason_class")
            }
            return plain_score(part.score), opinions, others

        return [
            (
                [timeless(part) for part in reward.parts],
                msgspec.to_builtins(msgspec.structs.replace(reward, parts=())),
                reward.reason,
                reward.reason_class,
            )
            for reward in each.report.rewards
        ]

    assert any(part.score.opinions for each in scored for reward in each.report.rewards for part in reward.parts)
    assert list(map(plain, replayed)) == list(map(plain, scored))
    for name in ("groups", "cache_asked", "cache_known", "known_scores", "overruns", "seconds", "fingerprint"):
        assert [getattr(each.report, name) for each in replayed] == [getattr(each.report, name) for each in scored]
    assert [each.facts for each in replayed] == [each.facts for each in scored]
    assert [each.remarks for each in replayed] == [each.remarks for each in scored]


def test_scores_that_the_cache_knew_are_marked(suite: Path, data: Path, tmp_path: Path) -> None:
    """An equal record of the batch counts as the cache."""
    data.write_text("".join(json.dumps(_row(0)) + "\n" for _ in range(300)))
    _run("score", suite, data, "--run", tmp_path / "run")
    known = [[score.is_known for score in row.scores] for row in RunFolder(tmp_path / "run").rows()]

    assert known == [[False, False]] + [[True, True]] * 299


def test_evidence_that_all_rows_share_is_kept_once(tmp_path: Path) -> None:
    """Readers see it in each row; a row without it, or with another value, is as it was."""
    (tmp_path / "suite.yaml").write_text("tasks: {t: {scorers: [{scorer: text.exact, name: s}]}}")
    completions = ["Paris"] * 256 + ["Rome", ""]
    rows = [{"completion": each, "answer": "Paris"} for each in completions]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    loaded = load_suite(tmp_path / "suite.yaml")
    scored = list(_batches(loaded, tmp_path / "data.jsonl", tmp_path / "run"))
    lines = [json.loads(line) for line in (tmp_path / "run" / "rows.jsonl").read_text().splitlines()]
    common = json.loads((tmp_path / "run" / "common.jsonl").read_text())["evidence"]
    read = list(RunFolder(tmp_path / "run").rows())

    assert common == {"answer": "Paris"}
    assert [line["scores"][0].get("evidence") for line in lines[254:]] == [None, None, {"answer": "Rome"}, None]
    assert lines[-1]["scores"][0]["lacks"] == ["answer"]
    assert [row.scores[0].evidence for row in read] == [
        dict(reward.parts[0].score.evidence) for each in scored for reward in each.report.rewards
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "suite.yaml").write_text(SUITE + "# edited\n"), "the text of the suite"),
        (lambda folder: (folder / "data.jsonl").write_text(_lines(700).replace("r699", "r999")), "the content of"),
        (lambda folder: (folder / "data.jsonl").write_text(_lines(701)), "bytes"),
        (lambda folder: None, "--limit was absent and is 7"),
    ],
)
def test_another_job_is_refused(suite: Path, data: Path, tmp_path: Path, change: Any, words: str) -> None:
    """With status 2, what differs, what to do; and the run stays as it was."""
    _run("score", suite, data, "--run", tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    change(tmp_path)
    result = _run("score", suite, data, "--run", tmp_path / "run", *(["--limit", 7] if "limit" in words else []))

    assert result.exit_code == 2
    assert words in result.output
    assert "name another folder" in result.output
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


@pytest.mark.parametrize("names", [["thesis.txt"], ["rows.jsonl"], ["suite.yaml"], ["rows.jsonl", "batches.jsonl"]])
def test_a_folder_that_is_no_run_is_refused(suite: Path, data: Path, tmp_path: Path, names: list[str]) -> None:
    """Nothing is written into it, and nothing removed: a user may name a file as a run does."""
    (tmp_path / "mine").mkdir()
    for name in names:
        (tmp_path / "mine" / name).write_text('{"completion": "x"}\n')

    for target in (tmp_path / "mine", data):
        result = _run("score", suite, data, "--run", target)
        assert result.exit_code == 2
        assert "is no" in result.output
    found = {path.name: path.read_text() for path in (tmp_path / "mine").iterdir()}
    assert found == dict.fromkeys(names, '{"completion": "x"}\n')


@pytest.mark.parametrize(
    "name", ["run.json", "suite.yaml", "rows.jsonl", "batches.jsonl", "summary.json", "rows.parquet"]
)
def test_a_file_of_rewards_replaces_no_file_of_the_run(suite: Path, data: Path, tmp_path: Path, name: str) -> None:
    """Neither before the run has it nor after; a file of another name in the folder is no harm."""
    run = tmp_path / "run"
    refused = _run("score", suite, data, "--run", run, "-o", run / name)
    assert not run.exists()
    assert _run("score", suite, data, "--run", run, "-o", run / "rewards.jsonl").exit_code != 2
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    (tmp_path / "link.jsonl").symlink_to(run / name)
    for result in (
        refused,
        *(_run("score", suite, data, "--run", run, "-o", out) for out in (run / name, tmp_path / "link.jsonl")),
    ):
        assert result.exit_code == 2
        assert "is a file of the run" in " ".join(result.output.split())

    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_of_commands_that_start_a_run_at_the_same_time_one_does(suite: Path, data: Path, tmp_path: Path) -> None:
    """The others are told so, and remove nothing."""
    manifest = manifest_of(load_suite(suite), [data], Choice().options, 256)
    start, end = threading.Barrier(8), threading.Barrier(8)

    def open_it(_number: int) -> str:
        start.wait()
        try:
            with open_run(tmp_path / "run", manifest):
                end.wait()
                return "open"
        except RunError as error:
            end.wait()
            return str(error)

    with ThreadPoolExecutor(8) as threads:
        found = sorted(threads.map(open_it, range(8)))

    assert [text for text in found if "another command is writing to it" not in text] == ["open"]
    assert (tmp_path / "run" / "sessions.jsonl").exists()


def test_one_command_writes_to_a_run(suite: Path, data: Path, tmp_path: Path) -> None:
    """A second one is told to wait."""
    loaded = load_suite(suite)
    with open_run(tmp_path / "run", manifest_of(loaded, [data], Choice().options, 256)):
        result = _run("score", suite, data, "--run", tmp_path / "run")

    assert result.exit_code == 2
    assert "another command is writing to it" in result.output


def test_a_full_disk_is_named_with_what_stays_and_what_to_do(
    suite: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rewards so far stay, and the same command goes on once there is space."""
    write, run = RunWriter._write, tmp_path / "run"

    def write_while_there_is_space(writer: RunWriter, name: str, content: bytes) -> None:
        with naming(run / name):
            if name == "rows.jsonl" and (run / name).stat().st_size + len(content) > 400_000:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(writer, name, content)

    words = ("score", suite, data, "--run", run, "--processes", 1)
    with monkeypatch.context() as patched:
        patched.setattr(RunWriter, "_write", write_while_there_is_space)
        result = _run(*words)
    kept = len(Run(run))
    told = " ".join(result.stderr.split())

    assert result.exit_code == 2
    assert 0 < kept < 700
    assert f"{run / 'rows.jsonl'}: cannot be written: No space left on device (free some space" in told
    assert f"{run} has the rewards of {kept} records; the same command goes on from there" in told
    _run(*words)
    assert Run(run).is_complete


def test_what_a_row_lacks_has_one_order() -> None:
    """A run that goes on reads the common evidence from its file, where the keys are sorted."""
    row = ScoreRow(name="accuracy", verdict=Verdict.FAILED)
    evidence = {"stage": "number", "answer": "3"}
    orders = [evidence, dict(sorted(evidence.items()))]

    assert [CommonEvidence({("t", "accuracy"): each})._stripped("t", row).lacks for each in orders] == [
        ["answer", "stage"]
    ] * 2


def _tiny(tmp_path: Path) -> tuple[Suite, Path]:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(_row(number)) + "\n" for number in range(5)))
    return load_suite(tmp_path / "suite.yaml"), tmp_path / "data.jsonl"


def _check_damage(tmp_path: Path, step: int) -> int:
    """Cut each file of a finished run at bytes, or fill it with zeros from there; go on; compare."""
    suite, data = _tiny(tmp_path)
    whole = tmp_path / "whole"
    summary = _summary_of(suite, _batches(suite, data, whole, 2))
    tried = 0
    for name in ("rows.jsonl", "batches.jsonl", "common.jsonl", "sessions.jsonl"):
        content = (whole / name).read_bytes()
        for end in range(0, len(content), step):
            for rest in (b"", b"\0" * (len(content) - end)):
                run = tmp_path / "damaged"
                shutil.copytree(whole, run)
                (run / name).write_bytes(content[:end] + rest)
                assert _summary_of(suite, _batches(suite, data, run, 2)) == summary
                _same_bytes(run, whole)
                assert RunFolder(run).is_complete
                shutil.rmtree(run)
                tried += 1
    return tried


def _summary_of(suite: Suite, batches: Iterator[ScoredRows]) -> dict[str, Any]:
    """Return what a summary says, without times."""
    summary = Summary.of(suite)
    for scored in batches:
        summary.add(scored.report, [facts.group for facts in scored.facts])
    document = summary_document(summary, SummaryContext(suite="", fingerprint=""))
    for task in document["by_task"].values():
        task["entries"] = {name: {"mean": entry["mean"]} for name, entry in task["entries"].items()}
    return {name: value for name, value in document.items() if name not in {"seconds", "scorers", "cache"}}


@pytest.fixture
def _no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """A power failure is played by cutting files, so no test waits for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _file: None)


@pytest.mark.usefixtures("_no_sync")
def test_a_file_that_a_crash_cut_or_zeroed_costs_no_whole_batch_and_changes_nothing(tmp_path: Path) -> None:
    """At some bytes of each file."""
    assert _check_damage(tmp_path, 97) > 100


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rows.jsonl", lambda content: content.replace(b"q150", b"q151")),
        ("rows.jsonl", lambda content: content[:-5]),
        ("rows.jsonl", None),
        ("batches.jsonl", lambda content: content[:-5]),
        ("batches.jsonl", lambda _content: b""),
        ("common.jsonl", lambda content: content[:-5]),
    ],
)
@pytest.mark.usefixtures("_no_sync")
def test_readers_say_which_rows_are_lost(
    suite: Path, data: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes] | None
) -> None:
    """By file and place, and that the same command scores them again; a run that has lost rows is not complete."""
    run = tmp_path / "run"
    words = ("score", suite, data, "--run", run, "--processes", 1)
    _run(*words)
    before = RunFolder(run)
    rows = len(list(before.rows()))
    assert (before.damage, before.is_complete) == ("", True)
    if change is None:
        (run / name).unlink()
    else:
        (run / name).write_bytes(change((run / name).read_bytes()))
    folder = RunFolder(run)
    kept = len(list(folder.rows()))

    assert kept < rows
    assert not folder.is_complete
    assert folder.damage.startswith(f"{name} from byte ")
    assert folder.damage.endswith(f"on is damaged: {rows - kept:,} of {rows:,} rows are lost")
    assert folder.damage in repr(Run(run))
    for command in (("rows", run, "--by", "task"), words):
        told = " ".join(_run(*command).stderr.split())
        assert f"{folder.damage} the command that wrote the run scores them again" in told
    assert RunFolder(run).is_complete
    assert "damaged" not in _run("rows", run, "--by", "task").stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": 1, "created"', "run.json is damaged"),
        (b"", "run.json is damaged"),
        (b"{}", "run.json is damaged"),
        (b"[1]", "run.json is damaged"),
        (b'{"format": 1}', "run.json is damaged"),
        (b'{"format": 99, "x": 1}', "has format 99"),
    ],
)
def test_a_manifest_that_is_damaged_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    """Only a later format is for a later version of rlvr."""
    (tmp_path / "run.json").write_bytes(content)
    result = _run("rows", tmp_path)

    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert ("wrote it" in result.stderr) == ("99" in words)


@pytest.mark.parametrize("name", ["run.json", "rows.jsonl", "batches.jsonl", "common.jsonl"])
def test_a_file_of_a_run_that_cannot_be_read_is_named(suite: Path, data: Path, tmp_path: Path, name: str) -> None:
    """As one that cannot be read, not written."""
    _run("score", suite, data, "--run", tmp_path / "run", "--limit", 5)
    (tmp_path / "run" / name).unlink()
    (tmp_path / "run" / name).mkdir()  # root may read everything else
    result = _run("rows", tmp_path / "run")

    assert result.exit_code == 2
    assert f"{name} cannot be read: Is a directory" in " ".join(result.stderr.split())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("_no_sync")
def test_a_file_that_a_crash_cut_at_many_bytes(tmp_path: Path) -> None:
    """At every seventh byte of each file, which comes to all places of all columns."""
    assert _check_damage(tmp_path, 7) > 700


# The command, which waits for a signal after the first batch, so that none comes too late on a busy machine.
WAITING = """
import time
from rlvr.cli import main
from rlvr.runs.stopping import StopFlag
from rlvr.runs.writer import RunWriter

append, set_by, came = RunWriter.append, StopFlag.set_by, []

def append_and_wait(writer, *given, **named):
    rows = append(writer, *given, **named)
    while not came:
        time.sleep(0.01)
    return rows

def note(flag, number, frame):
    came.append(number)
    set_by(flag, number, frame)

RunWriter.append, StopFlag.set_by = append_and_wait, note
main()
"""


@pytest.mark.parametrize(
    ("number", "processes"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 2), (signal.SIGKILL, 2)]
)
def test_a_signal_costs_nothing(
    suite: Path, data: Path, tmp_path: Path, number: signal.Signals, processes: int
) -> None:
    """Through the command, in a process of its own: the exit code, the words, and the same command goes on."""
    data.write_text(_lines(1_500))
    whole, run, out = tmp_path / "whole", tmp_path / "run", tmp_path / "out.jsonl"
    out.write_text("mine")
    command = [sys.executable, "-c", WAITING, "score", str(suite), str(data), "--run", str(run), "-o", str(out)]
    command += ["--processes", str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (run / "batches.jsonl").exists() or (run / "batches.jsonl").stat().st_size == 0:
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        process.send_signal(number)
        _, errors = process.communicate()
    kept = sum(batch.rows for batch in RunFolder(run).batches())

    assert 0 < kept < 1_505
    assert process.returncode == (-signal.SIGKILL if number is signal.SIGKILL else 128 + number)
    if number is not signal.SIGKILL:
        assert f"stopped by {number.name} after {kept} records" in errors
        assert json.loads((run / "summary.json").read_text())["records"] == kept
        assert [(each.event, each.reason) for each in RunFolder(run).sessions][1:] == [("stop", number.name)]
    assert out.read_text() == "mine"
    assert _run("score", suite, data, "--run", run, "-o", out, "--processes", 1).exit_code == 1
    _run("score", suite, data, "--run", whole, "-o", tmp_path / "whole.jsonl", "--processes", 1)
    _same_bytes(run, whole)
    assert out.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def _score_quietly(suite: Path, data: Path, run: Path) -> None:
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    app(["score", str(suite), str(data), "--run", str(run), "--processes", "1"], standalone_mode=True)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_signals_at_random_moments(suite: Path, data: Path, tmp_path: Path) -> None:
    """Several in a row on each run, until it is complete; in forks of a process without threads, which tests have."""
    data.write_text(_lines(800))
    subprocess.run([sys.executable, __file__, suite, data, tmp_path], check=True)


def _send_signals(suite: Path, data: Path, folder: Path) -> None:
    _run("score", suite, data, "--run", folder / "whole", "--processes", 1)  # imports what the forks need, too
    forked = multiprocessing.get_context("fork")
    chance = random.Random(21)  # noqa: S311  # no secret
    sent = finished = 0
    run = folder / "run"
    while sent < 200 or not finished:
        attempts = 0
        while not ((run / "run.json").exists() and RunFolder(run).is_complete):
            attempts += 1
            process = forked.Process(target=_score_quietly, args=(suite, data, run))
            process.start()
            process.join(chance.uniform(0.0, 0.1 * attempts))  # so that a busy machine gets to the end too
            if process.is_alive():
                os.kill(process.pid or 0, chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)))
                sent += 1
            process.join()
        _same_bytes(run, folder / "whole")
        shutil.rmtree(run)
        finished += 1
    print(f"{sent} signals, {finished} runs")  # noqa: T201  # a long round


if __name__ == "__main__":
    _send_signals(*map(Path, sys.argv[1:]))
