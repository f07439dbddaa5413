"""``rlvr label``: rare kinds of rows are picked, and every key is in the file at once."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import Verdict
from rlvr.cli.app import app
from rlvr.runs import RunFolder
from rlvr_lab.label.picking import pick_rows
from rlvr_lab.label.session import LabelSession
from rlvr_lab.labels import Label, encode_label, read_labels

TASKS = {"math": (0.0, 1.0, ["accuracy", "style"]), "tone": (0.0, 1.0, ["accuracy"])}


@pytest.fixture
def run(tmp_path: Path, made: Any) -> Path:
    """Return a run of 600 wrong rows, and few of each other kind."""
    rows = [made.made_row(place, 0.0) for place in range(600)]
    rows += [made.made_row(600 + place, 1.0) for place in range(3)]
    rows += [made.made_row(603 + place, 0.6) for place in range(2)]
    rows += [made.made_row(605, 0.0, task="tone"), made.made_row(606, 0.0, verdict=Verdict.FAILED)]
    parts = [made.made_score("accuracy", 0.0), made.made_score("style", 1.0)]
    rows += [made.made_row(607, 0.0, scores=parts)]
    return Path(made.write_run(tmp_path / "run", rows, TASKS))


def _picked(run: Path, size: int) -> list[int]:
    folder = RunFolder(run)
    return [row.position for row in pick_rows(folder.manifest, folder.rows(), size)]


def test_rows_of_each_kind_are_picked(run: Path) -> None:
    """By reward, task and disagreement, and never one that was not scored; the same rows each time."""
    found = _picked(run, 20)

    assert {600, 601, 602, 603, 604, 605, 607} < set(found)
    assert 606 not in found
    assert len(found) == len(set(found)) == 20
    assert found == _picked(run, 20)
    assert found != sorted(found)
    assert len(_picked(run, 1_000)) == 607


def _session(run: Path, path: Path, labeller: str = "ann") -> LabelSession:
    folder = RunFolder(run)
    return LabelSession(pick_rows(folder.manifest, folder.rows(), 5), path, labeller)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_keys_label_note_skip_and_undo(run: Path, tmp_path: Path) -> None:
    """A note is of the next label; an undo shows the row again, with its note."""
    path = tmp_path / "labels.jsonl"
    session = _session(run, path)
    first = session.row
    for key in "nno unx\x7fit\r0":
        session.press(key)
    assert first is not None
    assert [(each["id"], each["label"], each["note"]) for each in _lines(path)] == [(first.id, 0, "no unit")]
    session.press("x")
    session.press("s")
    session.press("9")
    assert session.labelled == 2
    for _ in range(2):
        session.press("u")
    assert (session.row, session.note, session.labelled, _lines(path)) == (first, "no unit", 0, [])
    session.press("u")
    session.press("1")
    assert _lines(path)[0]["label"] == 1


def test_a_person_goes_on_and_leaves_others_alone(run: Path, tmp_path: Path) -> None:
    """Until all rows are labelled."""
    path = tmp_path / "labels.jsonl"
    for labeller in ("ann", "bo"):
        session = _session(run, path, labeller)
        session.press("1")
        session.press("q")
        assert session.is_over
    session = _session(run, path)
    assert session.labelled == 1
    for _ in range(4):
        assert not session.is_over
        session.press("0")
    assert session.is_over
    assert _session(run, path).is_over
    assert sorted(each["labeller"] for each in _lines(path)) == ["ann"] * 5 + ["bo"]


def test_the_command_on_a_terminal(run: Path, tmp_path: Path) -> None:
    """It reads single keys, shows no reward, and leaves the terminal as it was."""
    path = tmp_path / "labels.jsonl"
    main, side = pty.openpty()
    before = termios.tcgetattr(side)
    words = [sys.executable, "-m", "rlvr.cli", "label", str(run), "-o", str(path), "-n", "4", "--labeller", "ann"]
    process = subprocess.Popen(words, stdin=side, stdout=side, stderr=subprocess.PIPE)
    shown, keys = b"", b"1n\xc3\xa9t\xc3\xa9\n0q"
    try:
        while process.poll() is None:
            shown += os.read(main, 65_536) if select.select([main], [], [], 0.05)[0] else b""
            if keys and b"q quit" in shown:  # keys that come before the first screen are dropped
                os.write(main, keys)
                keys = b""
        assert process.stderr is not None
        said = process.stderr.read().decode()
        process.stderr.close()
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0, said
    assert "2 of 4 rows are labelled by ann" in said
    assert b"The answer is 4." in shown
    assert b"reward" not in shown
    assert [(each["label"], each.get("note", "")) for each in _lines(path)] == [(1, ""), (0, "été")]
    assert termios.tcgetattr(side)[3] == before[3]
    os.close(main)
    os.close(side)


def test_the_page_has_the_rows_the_labels_and_no_reward(run: Path, tmp_path: Path, data_of: Any) -> None:
    """It needs no terminal; labels of others are there, so that they can go on too."""
    labels, page = tmp_path / "labels.jsonl", tmp_path / "label.html"
    session = _session(run, labels)
    for key in "no\u2028k\n1":
        session.press(key)
    words = ["label", str(run), "-o", str(labels), "-n", "5", "--labeller", "ann", "--html", str(page)]
    done = CliRunner().invoke(app, words)
    data = data_of(page.read_text())

    assert done.exit_code == 0, done.stderr
    assert [row["id"] for row in data["rows"]] == [json.dumps(row.id) for row in session.rows]
    assert data["known"] == [{"row": 0, "label": 1.0, "note": "ok", "labeller": "ann"}]
    assert [name for name, _ in data["rows"][0]["blocks"]] == ["prompt, user", "answer", "reference"]
    CliRunner().invoke(app, [*words, "--show-reward"])
    assert "reward" in [name for name, _ in data_of(page.read_text())["rows"][0]["blocks"]]


def test_a_line_of_labels_may_have_any_character(tmp_path: Path) -> None:
    """Such as those that end lines for some readers."""
    path = tmp_path / "labels.jsonl"
    path.write_bytes(b"".join(encode_label(Label(id=f"a{end}b", label=1)) for end in "\u2028\x85\x0b\x1c"))

    assert len(read_labels(path)) == 4


def test_without_a_terminal_it_says_what_to_do(run: Path) -> None:
    """The rows can be printed instead."""
    done = CliRunner().invoke(app, ["label", str(run)])
    listed = CliRunner().invoke(app, ["label", str(run), "--list", "-n", "3"])

    assert done.exit_code == 2
    assert "--html" in done.stderr
    assert "--list" in done.stderr
    assert len(listed.stdout.splitlines()) == 3


def test_labels_are_what_calibrate_reads(run: Path, tmp_path: Path) -> None:
    """With the ids of the run."""
    path = tmp_path / "labels.jsonl"
    session = _session(run, path)
    while not session.is_over:
        session.press("1")
    done = CliRunner().invoke(app, ["calibrate", str(run), str(path), "--json"])

    assert json.loads(done.stdout)["labels"] == 5
