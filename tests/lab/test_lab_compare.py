"""``rlvr compare``: the flips and no others, with reasons, and an interval over groups."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from rlvr import Verdict
from rlvr.cli.app import app
from rlvr.runs import RunRow, job
from rlvr.runs.finishing import Finisher
from rlvr.runs.shards import Shards
from rlvr_lab.clustered import clustered_mean

SUITE = "tasks: {{t: {{scorers: [{{scorer: text.exact, name: match, options: {{letter_case: {case}}}}}]}}}}"


def _written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def _row(name: str, completion: str) -> str:
    messages = [{"role": "user", "content": "Capital?"}, {"role": "assistant", "content": completion}]
    return json.dumps({"id": name, "messages": messages, "reference_answer": "Paris"})


def _compare(*words: object) -> Any:
    return CliRunner().invoke(app, ["compare", *map(str, words)])


def _found(*words: object) -> Any:
    done = _compare(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _changed(row: RunRow, reward: float, **fields: Any) -> RunRow:
    return msgspec.structs.replace(row, reward=reward, **fields)


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """Return the arguments: a strict suite, a suite that ignores case, and three rows, of which one differs."""
    rows = "\n".join([_row("right", "Paris"), _row("case", "paris"), _row("wrong", "Rome")])
    return [
        _written(tmp_path, "strict.yaml", SUITE.format(case="true")),
        _written(tmp_path, "loose.yaml", SUITE.format(case="false")),
        _written(tmp_path, "rows.jsonl", rows),
    ]


def test_two_suites_differ_in_the_flipped_rows_and_no_others(words: list[str]) -> None:
    """With the reward, the verdict and the reason on both sides."""
    found = _found(*words)
    (flip,) = found["flips"]

    assert (flip["id"], flip["line"], flip["move"], flip["change"]) == ("case", 2, "better", 1.0)
    assert (flip["a"]["reward"], flip["b"]["reward"]) == (0.0, 1.0)
    assert (flip["a"]["verdict"], flip["b"]["verdict"]) == ("scored", "scored")
    assert flip["a"]["reason"] != flip["b"]["reason"]
    assert found["moves"] == {"better": 1, "worse": 0, "same": 2}


def test_fail_on_regression_exits_with_1_only_if_a_row_earns_less(words: list[str]) -> None:
    """Better rows are no regression."""
    strict, loose, rows = words

    assert _compare(strict, loose, rows, "--fail-on-regression").exit_code == 0
    assert _compare(loose, strict, rows, "--fail-on-regression").exit_code == 1
    assert _compare(loose, strict, rows).exit_code == 0


def test_a_run_is_compared_with_a_run_as_score_writes_them(words: list[str], tmp_path: Path) -> None:
    """The same as both suites over the data."""
    strict, loose, rows = words
    for name, suite in (("a", strict), ("b", loose)):
        assert CliRunner().invoke(app, ["score", suite, rows, "--run", str(tmp_path / name)]).exit_code == 0

    found, expected = _found(tmp_path / "a", tmp_path / "b"), _found(strict, loose, rows)
    assert found["flips"] == expected["flips"]
    assert found["tasks"] == expected["tasks"]
    assert [found[side]["run"] for side in "ab"] == ["a", "b"]


def test_suites_are_scored_in_many_processes(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same comparison; a command for two large files needs all cores."""
    strict, loose, rows = words
    Path(rows).write_text((Path(rows).read_text() + "\n") * 500)
    expected = _found(strict, loose, rows, "--processes", "1")
    counts: list[int] = []

    class Counted(Shards):
        def __init__(self, finisher: Finisher, count: int) -> None:
            counts.append(count)
            super().__init__(finisher, count)

    monkeypatch.setattr(job, "Shards", Counted)
    found = _found(strict, loose, rows, "--processes", "2")

    assert counts == [2, 2]
    assert (found["tasks"], found["moves"]) == (expected["tasks"], expected["moves"])


def test_flips_are_exactly_the_rows_whose_reward_or_verdict_differs(made: Any, tmp_path: Path) -> None:
    """Of 480 rows with random changes; a change of the reason alone is no flip, and stands among the reasons."""
    source = random.Random(2)  # noqa: S311  # an experiment
    before = list(made.mixed_rows())
    after, flipped, reasons_only = [], set(), 0
    for row in before:
        chance = source.random()
        if chance < 0.1 and row.verdict is Verdict.SCORED:
            flipped.add(row.id)
            after.append(_changed(row, 1.0 - row.reward if row.reward != 0.5 else 0.0))
        elif chance < 0.15 and row.verdict is Verdict.SCORED:
            flipped.add(row.id)
            after.append(_changed(row, 0.0, verdict=Verdict.FAILED, reason_class="failed"))
        elif chance < 0.2:
            reasons_only += 1
            after.append(_changed(row, row.reward, reason_class="renamed"))
        else:
            after.append(_changed(row, row.reward + 1e-12))
    a = made.write_run(tmp_path / "a", before, made.TWO_TASKS)
    b = made.write_run(tmp_path / "b", after, made.TWO_TASKS)

    found = _found(a, b)
    assert {flip["id"] for flip in found["flips"]} == flipped
    assert len(found["flips"]) == len(flipped)
    assert sum(each["rows"] for each in found["reasons"]) == len(flipped) + reasons_only
    assert found["moves"]["worse"] + found["moves"]["better"] == len(flipped)


def test_the_interval_is_over_groups_of_rows_that_both_scored(made: Any, tmp_path: Path) -> None:
    """Eight rows of one prompt are one observation, and a row that one side lost is none."""
    before = [made.made_row(place, 0.0, group=f"g{place // 8}") for place in range(80)]
    after = [_changed(row, float(row.position // 8 % 3 == 0)) for row in before]
    after[79] = _changed(after[79], 0.0, verdict=Verdict.FAILED)
    expected = clustered_mean((row.group, row.reward) for row in after[:79])

    found = _found(made.write_run(tmp_path / "a", before), made.write_run(tmp_path / "b", after))
    (task,) = found["tasks"]

    assert task["difference"] == msgspec.to_builtins(expected)
    assert (task["difference"]["rows"], task["difference"]["groups"]) == (79, 10)
    assert found["moves"] == {"better": sum(row.reward > 0 for row in after[:79]), "worse": 1, "same": 80 - 1 - 31}


def test_sides_of_one_name_are_told_apart(made: Any, tmp_path: Path) -> None:
    """By their whole paths."""
    folders = [made.write_run(tmp_path / each / "run", [made.made_row(0)]) for each in ("one", "two")]
    found = _found(*folders)

    assert [found[side]["run"] for side in "ab"] == [str(folder) for folder in folders]


def test_other_data_are_compared_by_ids_in_any_order(made: Any, tmp_path: Path) -> None:
    """Rows that one run alone has are counted."""
    before = [made.made_row(place, float(place % 2)) for place in range(10)]
    after = [made.made_row(20 - place, 1.0, id=f"row-{place}") for place in range(2, 12)]

    found = _found(
        made.write_run(tmp_path / "a", before, data="one"), made.write_run(tmp_path / "b", after, data="another")
    )

    assert (found["rows"], found["only_in_a"], found["only_in_b"]) == (8, 2, 2)
    assert [flip["id"] for flip in found["flips"]] == ["row-2", "row-4", "row-6", "row-8"]


def test_an_id_is_the_same_as_a_number_and_as_text(made: Any, tmp_path: Path) -> None:
    """CSV has no numbers, and objects have no order."""
    before = [made.made_row(0, id=7), made.made_row(1, id={"a": 1, "b": [2]})]
    after = [made.made_row(0, 0.0, id={"b": [2], "a": 1}), made.made_row(1, id="7")]

    found = _found(
        made.write_run(tmp_path / "a", before, data="one"), made.write_run(tmp_path / "b", after, data="another")
    )

    assert (found["rows"], [flip["id"] for flip in found["flips"]]) == (2, [{"a": 1, "b": [2]}])


def test_repeated_ids_are_refused_only_where_ids_are_all_that_there_is(made: Any, tmp_path: Path) -> None:
    """Over the same data the position says which row is which; over other data a pair would be a guess."""
    rows = [made.made_row(place, id="same") for place in range(3)]
    a = made.write_run(tmp_path / "a", rows)
    b = made.write_run(tmp_path / "b", [*rows[:2], _changed(rows[2], 0.0)])
    other = made.write_run(tmp_path / "other", rows, data="other")
    refused = _compare(a, other)

    assert [flip["line"] for flip in _found(a, b)["flips"]] == [3]
    assert refused.exit_code == 2
    assert "two rows have the id 'same' (the second in line 2)" in refused.stderr


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["run", "elsewhere"], "have no row in common"),
        (["run", "nothing"], "nothing: is no run folder"),
        (["strict.yaml", "loose.yaml"], "to compare two suites, name the rows after them"),
        (["run", "loose.yaml", "rows.jsonl"], "is a folder, and not a suite"),
        (["run", "strict.yaml"], "is no run folder"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    made: Any, words: list[str], tmp_path: Path, names: list[str], problem: str
) -> None:
    """In one sentence, with status 2."""
    assert words
    made.write_run(tmp_path / "run", [made.made_row(0)])
    made.write_run(tmp_path / "elsewhere", [made.made_row(0, id="x")], data="other")

    done = _compare(*[tmp_path / name for name in names])

    assert done.exit_code == 2
    assert problem in " ".join(done.stderr.split())


def test_the_summary_names_counts_intervals_reasons_and_flips(made: Any, tmp_path: Path) -> None:
    """For people; numbers are never cut, at 60 columns either."""
    before = [made.made_row(place, 0.0, group=f"g{place // 4}", reason="no answer") for place in range(40)]
    after = [
        _changed(row, float(row.position % 8 == 0), reason_class="correct" if row.position % 8 == 0 else "incorrect")
        for row in before
    ]
    folders = made.write_run(tmp_path / "a", before), made.write_run(tmp_path / "b", after)

    done = CliRunner(env={"COLUMNS": "60"}).invoke(app, ["compare", *map(str, folders)])

    text = " ".join(done.stdout.split())
    assert "40 rows in both: 5 better, 0 worse, 35 same" in text
    assert "math 0.000 0.125 +0.125 +0.031 to +0.219 5 0" in text
    assert "incorrect correct +1.00 5" in text
    assert "row-0: 0 (no answer) → 1 (no answer)" in text


def test_the_page_has_the_rows_that_changed_and_is_the_same_each_time(made: Any, data_of: Any, tmp_path: Path) -> None:
    """Of many, those with the largest change, and says so; both sides and both completions are there."""
    before = [made.made_row(place, 0.0) for place in range(30)]
    after = [_changed(row, row.position / 30, completion=f"Now {row.position}.") for row in before]
    folders = made.write_run(tmp_path / "a", before), made.write_run(tmp_path / "b", after)
    outputs = tmp_path / "one.html", tmp_path / "two.html"
    for output in outputs:
        done = _compare(*folders, "-o", output, "--rows", "5")
        assert done.exit_code == 0, done.output

    document = outputs[0].read_text()
    data = data_of(document)
    assert outputs[1].read_text() == document
    assert "The list shows 5 of 29 rows that changed" in document
    assert data["rows"]["id"] == [f"row-{place}" for place in range(25, 30)]
    assert data["b"]["completion"] == [f"Now {place}." for place in range(25, 30)]
    assert re.findall(r">show (\d+)<", document) == ["5"]


def test_standard_output_has_the_page_or_the_summary(made: Any, tmp_path: Path) -> None:
    """Never both."""
    folder = made.write_run(tmp_path / "a", [made.made_row(0)])
    page, document = _compare(folder, folder, "-o", "-"), _compare(folder, folder, "-o", "-", "--json")

    assert page.stdout.startswith("<!doctype html>")
    assert page.stdout == document.stdout
    assert "1 row in both" in page.stderr
    assert json.loads(document.stderr[: document.stderr.rindex("}") + 1])["flips"] == []


def test_a_page_replaces_no_input(made: Any, words: list[str], tmp_path: Path) -> None:
    """No file of a run, no suite and no data; a page that is there is replaced."""
    folder = made.write_run(tmp_path / "a", [made.made_row(0)])
    inputs = [folder / "rows.jsonl", *map(Path, words)]
    before = [path.read_bytes() for path in inputs]
    refused = [_compare(folder, folder, "-o", inputs[0]), *(_compare(*words, "-o", path) for path in words)]
    page = folder / "compare.html"
    written = [_compare(folder, folder, "-o", page).exit_code for _ in range(2)]

    assert [done.exit_code for done in refused] == [2, 2, 2, 2]
    assert all("is the input" in done.stderr for done in refused)
    assert [path.read_bytes() for path in inputs] == before
    assert written == [0, 0]


def test_no_text_leaves_the_texts_of_both_sides_out(made: Any, data_of: Any, tmp_path: Path) -> None:
    """Ids, rewards and classes of reasons stay."""
    private = "do not send this"
    before = [made.made_row(0, completion=private, reference=private, reason=private)]
    after = [_changed(before[0], 0.0)]
    output = tmp_path / "out.html"
    folders = made.write_run(tmp_path / "a", before), made.write_run(tmp_path / "b", after)

    assert _compare(*folders, "-o", output, "--no-text").exit_code == 0
    assert private not in output.read_text()
    assert private not in json.dumps(data_of(output.read_text()))
