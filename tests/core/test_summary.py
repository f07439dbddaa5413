"""The summary that ``rlvr score`` prints: per task, over scored rows, in any width and four formats."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from rlvr import Score, Verdict, parse_suite, score_rows
from rlvr.cli.app import app
from rlvr.cli.summary.conditions import conditions_of
from rlvr.cli.summary.findings import percent
from rlvr.cli.summary.markdown import escaped
from rlvr.cli.summary.tables import Column, TextTable, lines_of, shortened, wrapped
from rlvr.summary import Summary

SUITE = """
tasks:
  capital: {scorers: [{scorer: text.exact, name: right}, {scorer: text.length, name: brevity, options: {max: 3}}]}
  sum: {scorers: [{scorer: math.equivalent, name: accuracy}]}
route: {by: kind, tasks: {capital: capital, sum: sum}}
"""
# Two groups of capitals (one all wrong, one mixed), a group of sums with a row that is not scored, and no route.
ROWS: list[dict[str, Any]] = [
    {"id": "a1", "kind": "capital", "prompt": "France?", "completion": "Paris", "answer": "Paris"},
    {"id": "a2", "kind": "capital", "prompt": "France?", "completion": "Rome", "answer": "Paris"},
    {"id": "b1", "kind": "capital", "prompt": "Italy?", "completion": " ", "answer": "Rome"},
    {"id": "b2", "kind": "capital", "prompt": "Italy?", "completion": " ", "answer": "Rome"},
    {"id": "c1", "kind": "sum", "prompt": "2+2", "completion": "The answer is 5.", "answer": "4"},
    {"id": "c2", "kind": "sum", "prompt": "2+2", "completion": "Well, who knows.", "answer": "4"},
    {"id": "c3", "kind": "sum", "prompt": "2+2", "completion": "The answer is 5.", "answer": None},
    {"id": "d1", "kind": "sun", "completion": "x", "answer": "y"},
]


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Any]:
    """Run ``rlvr score`` on the rows above."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))

    def run(*options: str, **environment: str) -> Any:
        arguments = ["score", str(tmp_path / "suite.yaml"), str(tmp_path / "rows.jsonl"), *options]
        return CliRunner().invoke(app, arguments, env={"COLUMNS": "120", **environment})

    return run


def test_json_has_a_summary_of_each_task(command: Callable[..., Any]) -> None:
    """Means, floors and groups are over scored rows; classes of reasons are over all rows."""
    found = json.loads(command("--json").stdout)

    assert (found["records"], found["scored"], found["by_task"]["sum"]["mean"]) == (8, 6, 0.0)
    capital = found["by_task"]["capital"]
    assert (capital["records"], capital["scored"], capital["floor"], capital["ceiling"]) == (4, 4, 2, 1)
    assert capital["mean"] == pytest.approx((1.0 + 0.5 + 0.0 + 0.0) / 4)
    assert capital["groups"]["zero_variance"] == capital["groups"]["all_nothing"] == 1
    assert capital["reason_classes"] == {"blank": 2, "correct": 1, "incorrect": 1}
    assert found["by_task"]["sum"]["groups"] == {
        "groups": 1,
        "records": 3,
        "not_scored": 1,
        "zero_variance_share": 0.0,
        "zero_variance": 0,
        "all_nothing": 0,
        "all_full": 0,
        "mean_spread": 0.0,
    }
    assert found["by_task"]["sum"]["no_answer"] == 1
    why = found["by_task"]["sum"]["why_nothing"]
    assert [(each["reason_class"], each["records"], each["example"]) for each in why] == [
        ("incorrect", 1, "c1"),
        ("no_answer", 1, "c2"),
    ]
    assert found["verdicts"] == {"scored": 6, "abstained": 0, "invalid_task": 2, "failed": 0}
    assert found["metrics"]["rlvr/invalid_task"] == 0.25


def test_the_text_says_findings_first(command: Callable[..., Any]) -> None:
    """Faults, then what would help; groups in GRPO's words."""
    text = command().stdout

    assert "means and shares are over the 6 scored rows" in text
    assert "! 1 invalid_task: " in text
    assert "1 row of task sum states no answer (33 %)" in text
    assert "zero-variance groups, which teach nothing: 1 of 2 (1 all wrong, 0 all right)" in text
    assert "groups with a row that is not scored: 1" in text
    assert re.search(r"^capital +4 +4 +0\.375 ", text, re.MULTILINE)
    assert re.search(r"^ +1 +sum +accuracy +no_answer +c2 ", text, re.MULTILINE)


def _in_terminal(arguments: list[str], columns: int, folder: Path) -> str:
    """Run a command in a pseudo-terminal of a width; return what it shows."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    environment |= {"TERM": "xterm", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "rlvr.cli", *arguments],
        stdout=other,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
    ) as process:
        os.close(other)
        shown = b""
        while True:
            try:
                part = os.read(main, 65_536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
        process.wait()
    os.close(main)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_real_terminal_cuts_no_number_and_no_name(tmp_path: Path, columns: int, command: Callable[..., Any]) -> None:
    """Whole columns go instead; no line is longer than the terminal is wide."""
    command()  # writes the files
    lines = _in_terminal(["score", "suite.yaml", "rows.jsonl"], columns, tmp_path).splitlines()
    text = "\n".join(lines)

    assert max(map(len, lines)) <= columns
    for whole in ("capital", "sum", "right", "brevity", "accuracy", "0.375", "no_answer", "incorrect", "blank"):
        assert re.search(rf"(^|\s){re.escape(whole)}(\s|$)", text, re.MULTILINE), whole
    assert ("0 ─ reward ─ 1" in text) is (columns >= 120)
    assert ("such as" in text) is (columns >= 60)
    assert ("slowest row" in text) is (columns >= 80)


def _table(*ranks: int) -> TextTable:
    names = [Column(head=f"c{rank}", cells=["1,234,567", "7"], rank=rank, is_number=True) for rank in ranks]
    return TextTable(title="", columns=[Column(head="task", cells=["maths", "a"]), *names])


@pytest.mark.each("width", range(1, 80))
def test_at_any_width_a_cell_is_whole_or_absent(width: int) -> None:
    """Columns go by rank, the highest first; without room for the others a row becomes a block."""
    lines = lines_of(_table(0, 3, 1, 2), width)
    words = re.findall(r"[\w,]+", " ".join(lines))

    assert (
        {"maths", "a", "1,234,567", "7"}
        <= set(words)
        <= {"task", "maths", "a", "1,234,567", "7", "c0", "c1", "c2", "c3"}
    )
    present = [rank for rank in (0, 1, 2, 3) if f"c{rank}" in words]
    assert present == list(range(len(present)))
    if width >= 16:
        assert max(map(len, lines)) <= width


def test_wide_characters_take_two_columns() -> None:
    """Names of tasks may be in any script."""
    table = TextTable(
        title="", columns=[Column(head="task", cells=["数学", "a"]), Column(head="n", cells=["1", "2"], is_number=True)]
    )

    assert lines_of(table, 20) == ["task  n", "数学  1", "a     2"]


@pytest.mark.each("width", range(12, 60))
def test_prose_is_cut_at_a_space(width: int) -> None:
    """So that no number in it loses digits."""
    text = "123 of 4567 tests passed; case 89 took 1000000 steps"
    cut = shortened(text, width)

    assert len(cut) <= width
    assert set(cut.split()) - {"…"} <= set(text.split())
    assert "".join(wrapped(text, width, "  ")).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "–"), (0, 9, "0 %"), (1, 1000, "<1 %"), (999, 1000, "99 %"), (9, 9, "100 %"), (1, 3, "33 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int, shown: str) -> None:
    """One wrong row of a thousand is not 100 %."""
    assert percent(part, whole) == shown


def test_a_terminal_without_unicode_gets_ascii(command: Callable[..., Any]) -> None:
    """Its marks are other characters, not question marks."""
    from rlvr.cli.summary.context import SummaryContext
    from rlvr.cli.summary.text import text_of

    suite = parse_suite(SUITE)
    summary = Summary.of(suite)
    summary.add(score_rows(suite, ROWS))
    lines = [
        str(line) for line in text_of(summary, SummaryContext(suite="s", fingerprint="f"), width=100, encoding="ascii")
    ]

    assert all(line.isascii() for line in lines)
    assert any(line.startswith("* ") for line in lines)


def test_markdown_shows_reasons_as_text(command: Callable[..., Any]) -> None:
    """A table of each kind; a completion cannot become a link or a mention."""
    text = command("--format", "md").stdout

    assert re.search(r"^\| task +\|", text, re.MULTILINE)
    assert re.search(r"^\| capital \| 4 \| 4 \| 0\.375 \|", text, re.MULTILINE)
    assert escaped("[x](http://e) @me <b> a|b\n`c`") == r"\[x\](http\://e) \@me \<b\> a\|b \`c\`"
    assert escaped("zero-variance no_answer: _a_ - b") == r"zero-variance no_answer: \_a\_ - b"
    assert [escaped(each) for each in ("- a", "+ a", "1. a", "#1", ":x:")] == [
        r"\- a",
        r"\+ a",
        r"1\. a",
        r"\#1",
        r"\:x:",
    ]


def test_junit_has_conditions_and_classes(command: Callable[..., Any]) -> None:
    """A condition that is not met is a failure; wrong answers are counted, and break no build."""
    result = command("--format", "junit", "--fail-under", "0.3")
    root = ET.fromstring(result.stdout)  # noqa: S314  # our own document

    assert result.exit_code == 1
    failures = [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None]
    assert failures == ["no row is invalid_task", "mean of sum is at least 0.3"]
    assert (root.get("failures"), root.get("tests")) == ("2", str(len(list(root.iter("testcase")))))
    named = {(case.get("classname"), case.get("name")) for case in root.iter("testcase")}
    assert {("sum", "no_answer"), ("sum", "incorrect"), ("capital", "blank")} <= named


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ((), 1),
        (("--fail-on", "none"), 0),
        (("--fail-on", "failed"), 0),
        (("--fail-on", "failed,invalid_task"), 1),
        (("--fail-on", "none", "--fail-under", "0"), 0),
        (("--fail-on", "none", "--fail-under", "0.1"), 1),
        (("--fail-on", "wrong"), 2),
    ],
)
def test_conditions_decide_the_exit_code(command: Callable[..., Any], options: tuple[str, ...], status: int) -> None:
    """The mean of each task counts, not one over unlike tasks."""
    assert command(*options).exit_code == status


def test_without_a_scored_row_no_mean_is_high_enough() -> None:
    """A pipeline over an empty file must not be green."""
    suite = parse_suite(SUITE)
    empty, unscored = Summary.of(suite), Summary.of(suite)
    unscored.add(score_rows(suite, ROWS[6:]))

    assert conditions_of(0.0, "none").problems(empty) == ["no row was scored, so there is no mean"]
    assert conditions_of(0.0, "none").problems(unscored) == ["no row of task sum was scored, so it has no mean"]
    assert conditions_of(None, "").problems(unscored) == []


def test_reasons_of_a_run_are_harmless_in_every_format(tmp_path: Path) -> None:
    """Escape sequences, lone surrogates, markup and line ends of a row."""
    row = {"id": "\x1b[31m\ud800</system-out>|\n", "completion": "\x1b]0;x\x07 `a`", "answer": "b"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    (tmp_path / "suite.yaml").write_text("tasks: {'a|b': {scorers: [text.exact]}}")
    for name in ("text", "md", "json", "junit"):
        result = CliRunner().invoke(
            app, ["score", str(tmp_path / "suite.yaml"), str(tmp_path / "rows.jsonl"), "--format", name]
        )
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.stdout
        if name == "junit":
            ET.fromstring(result.stdout)  # noqa: S314  # our own document
        elif name == "json":
            json.loads(result.stdout)


def test_a_scorer_that_breaks_is_named_with_its_error() -> None:
    """So that the summary alone says what to correct."""
    from rlvr.cli.summary.context import SummaryContext
    from rlvr.cli.summary.findings import findings_of
    from rlvr.testing import suite_of

    def broken(record: Any, _options: object) -> Score:
        return record.metadata["nothing"]  # type: ignore[no-any-return]

    suite = suite_of("tasks: {t: {scorers: [acme.boom]}}", acme={"boom": broken})
    summary = Summary.of(suite)
    summary.add(score_rows(suite, [{"completion": "x"}] * 3))

    assert summary.verdicts[Verdict.FAILED] == 3
    assert (
        findings_of(summary, SummaryContext(suite="s", fingerprint="f"))[0].text
        == "3 failed: 3 × acme.boom: KeyError: 'nothing'"
    )
