"""``rlvr rows`` and ``rlvr.Run``: the rows of a run, chosen, counted and explained."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import rlvr
from rlvr.cli.app import app
from rlvr.errors import RunError
from rlvr.runs import reward_range

SUITE = """
tasks:
  capital: {scorers: [{scorer: text.exact, name: right, options: {answer: announced}}]}
  sum: {scorers: [{scorer: math.equivalent, name: accuracy}]}
route: {by: kind, tasks: {capital: capital, sum: sum}}
"""
ROWS: list[dict[str, Any]] = [
    {"id": "a", "kind": "capital", "prompt": "France?", "completion": "The answer is Paris.", "answer": "Paris"},
    {"id": "b", "kind": "capital", "prompt": "France?", "completion": "The answer is Rome.", "answer": "Paris"},
    {
        "id": "c",
        "kind": "capital",
        "prompt": "France?",
        "completion": "The answer is Paris or Rome.",
        "answer": "Paris",
    },
    {"id": 7, "kind": "sum", "prompt": "2+2", "completion": "The answer is 5.", "answer": "4"},
    {"id": "e", "kind": "sum", "prompt": "2+2", "completion": "Well, who knows \x1b[31m.", "answer": "4"},
    {"id": "f", "kind": "sum", "prompt": "2+2", "completion": "The answer is 5.", "answer": None},
    {"id": "g", "kind": "none of them", "completion": "x", "answer": "y"},
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Score the rows above into a run folder."""
    folder = tmp_path_factory.mktemp("rows")
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    arguments = [str(folder / "suite.yaml"), str(folder / "rows.jsonl"), "--run", str(folder / "run")]
    CliRunner().invoke(app, ["score", *arguments, "--keep", "kind"])
    return folder / "run"


@pytest.fixture
def ids(run: Path) -> Callable[..., list[Any]]:
    """Return the ids of the rows that options choose."""

    def chosen(*options: str) -> list[Any]:
        return [row["id"] for row in json.loads(CliRunner().invoke(app, ["rows", str(run), *options, "--json"]).stdout)]

    return chosen


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["a", "b", "c", 7, "e", "f", "g"]),
        (("--limit", "2"), ["a", "b"]),
        (("--verdict", "invalid_task"), ["f", "g"]),
        (("--verdict", "scored,invalid_task", "--task", "sum"), [7, "e", "f"]),
        (("--reward", "1"), ["a"]),
        (("--reward", "0", "--verdict", "scored"), ["b", "c", 7, "e"]),
        (("--reward", "0.5.."), ["a"]),
        (("--reward", "..0.5", "--task", "capital"), ["b", "c"]),
        (("--reason", "no_answer"), ["e"]),
        (("--reason", "no_commitment,missing_field"), ["c", "f"]),
        (("--text", "ROME"), ["b", "c"]),
        (("--text", "france?"), ["a", "b", "c"]),
        (("--text", "hedged"), ["c"]),
        (("--sort", "-words", "--limit", "2"), ["c", "a"]),
        (("--sort", "-reward", "--limit", "1"), ["a"]),
        (("--sort", "-line", "--limit", "2"), ["g", "f"]),
        (("--id", "7"), [7]),
    ],
)
def test_rows_are_chosen(ids: Callable[..., list[Any]], options: tuple[str, ...], expected: list[Any]) -> None:
    """Conditions hold together; the order is that of the data unless another is asked for."""
    assert ids(*options) == expected


def test_a_sample_is_the_same_each_time(ids: Callable[..., list[Any]]) -> None:
    """Another seed takes another; rows stay in the order of the data."""
    found = ids("--sample", "3")
    everything = ids()

    assert ids("--sample", "3") == found == [each for each in everything if each in found]
    assert len({tuple(ids("--sample", "3", "--seed", str(seed))) for seed in range(8)}) > 1


def test_rows_are_counted_by_reason(run: Path) -> None:
    """By task and class, with the mean of scored rows and an example."""
    found = json.loads(CliRunner().invoke(app, ["rows", str(run), "--by", "reason", "--json"]).stdout)

    assert {(each["task"], each["reason_class"], each["rows"], each["mean"], each["example"]) for each in found} == {
        ("capital", "correct", 1, 1.0, "a"),
        ("capital", "incorrect", 1, 0.0, "b"),
        ("capital", "no_commitment", 1, 0.0, "c"),
        ("sum", "incorrect", 1, 0.0, 7),
        ("sum", "no_answer", 1, 0.0, "e"),
        ("sum", "missing_field", 1, None, "f"),
        ("", "invalid_row", 1, None, "g"),
    }
    shown = CliRunner().invoke(app, ["rows", str(run), "--by", "verdict"], env={"COLUMNS": "100"}).stdout
    assert shown.splitlines()[1].split()[:6] == ["5", "71", "%", "0.200", "scored", "a"]


def test_a_limit_is_one_for_counts_and_a_sample_is_sorted(run: Path, ids: Callable[..., list[Any]]) -> None:
    """Options hold together."""
    shown = CliRunner().invoke(app, ["rows", str(run), "--by", "group", "--limit", "1"]).stdout
    found = CliRunner().invoke(app, ["rows", str(run), "--by", "group", "--limit", "1", "--json"]).stdout

    assert (len(shown.splitlines()), len(json.loads(found))) == (3, 1)
    assert shown.splitlines()[2].startswith("and ")
    sampled = ids("--sample", "5", "--sort", "-line")
    assert len(sampled) == 5
    assert sampled == ids("--sample", "5")[::-1]


@pytest.mark.parametrize("by", ["reason", "task", "verdict", "reward", "group"])
def test_each_row_is_counted_once(run: Path, by: str) -> None:
    """Whatever it is counted by."""
    found = json.loads(CliRunner().invoke(app, ["rows", str(run), "--by", by, "--json"]).stdout)

    assert sum(each["rows"] for each in found) == len(ROWS)


def test_a_row_is_explained_in_full(run: Path) -> None:
    """Prompt, completion, stated answer, reference, kept columns, scores and arithmetic."""
    shown = CliRunner().invoke(app, ["rows", str(run), "--id", "b"]).stdout

    for part in (
        "line 2",
        "France?",
        "The answer is Rome.",
        "Paris",
        "kind:",
        "differs from the reference",
        "1 * 0 = 0",
    ):
        assert part in shown


def test_a_completion_cannot_command_the_terminal(run: Path) -> None:
    """Its escape sequences are shown as marks."""
    shown = CliRunner().invoke(app, ["rows", str(run), "--id", "e"]).stdout

    assert "who knows \ufffd[31m." in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--task", "nothing"), 1, "no row of the run fits"),
        (("--verdict", "wrong"), 2, "no verdict"),
        (("--reward", "high"), 2, "no range of rewards"),
        (("--reward", "1..0"), 2, "no range of rewards"),
        (("--sort", "length"), 2, "no order"),
        (("--by", "colour"), 2, "colour"),
    ],
)
def test_what_cannot_be_answered_is_said(run: Path, options: tuple[str, ...], status: int, words: str) -> None:
    """With the exit code that the help names."""
    result = CliRunner().invoke(app, ["rows", str(run), *options], env={"COLUMNS": "200"})

    assert (result.exit_code, words in result.output) == (status, True), result.output


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    """By both."""
    result = CliRunner().invoke(app, ["rows", str(tmp_path)])

    assert result.exit_code == 2
    assert f"{tmp_path}: is no run folder" in result.stderr
    with pytest.raises(RunError, match="is no run folder"):
        rlvr.Run(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"), [("0", (0, 0)), ("-1", (-1, -1)), ("0.2..0.8", (0.2, 0.8)), ("-1..", (-1, float("inf")))]
)
def test_ranges_of_rewards(text: str, expected: tuple[float, float]) -> None:
    """Both ends belong to a range."""
    assert reward_range(text) == expected


@pytest.mark.parametrize("text", ["", "nan", "a..b", "0..nan", "1..2..3", "..x"])
def test_what_is_no_range(text: str) -> None:
    """Such as nan, which is not less than anything."""
    with pytest.raises(ValueError, match="no range of rewards"):
        reward_range(text)


def test_a_run_is_its_rows(run: Path) -> None:
    """Each is a mapping with the names that files of rewards use, and the texts."""
    opened = rlvr.Run(run)
    rows = list(opened)
    report = rlvr.score(rlvr.parse_suite(SUITE), ROWS)

    assert (len(opened), opened.is_complete, opened.fingerprint) == (len(ROWS), True, report.fingerprint)
    assert repr(opened).startswith(f"<Run {str(run)!r}: 7 rows, complete, fingerprint ")
    assert opened.metric_names == tuple(report.to_dicts()[0]["metrics"])
    for row, expected in zip(rows, report.to_dicts(), strict=True):
        shared = row.keys() & expected.keys() - {"metrics"}
        assert {name: row[name] for name in shared} == {name: expected[name] for name in shared}
        assert shared == expected.keys() - {"metrics"}
    assert (rows[1]["completion"], rows[1]["reference"], rows[1]["kept"]) == (
        "The answer is Rome.",
        "Paris",
        {"kind": "capital"},
    )
    assert json.loads(json.dumps(rows)) == rows
