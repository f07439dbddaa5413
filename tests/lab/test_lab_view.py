"""``rlvr view``: the file is complete, the same for the same run, and shows every text as text."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import Verdict
from rlvr.cli.app import app
from rlvr.runs import RunFolder
from rlvr_lab.page.columns import TEXT_LIMIT_CHARACTERS
from rlvr_lab.page.document import asset
from rlvr_lab.view.report import view_run

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="document.title=1"></script><!-- </textarea> '
    "\u202eright to left\u2066 zero\u200bwidth nul\x00 esc\x1b[31m lone \ud800 {{ 7777 * 7777 }} {% raw %} ' \" &amp;"
)


@pytest.fixture(scope="module")
def mixed(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a run of 480 rows in two tasks."""
    folder: Path = made.write_run(tmp_path_factory.mktemp("runs") / "mixed", made.mixed_rows(), made.TWO_TASKS)
    return folder


def _document(made: Any, folder: Path, rows: Any, **fields: Any) -> str:
    return view_run(RunFolder(made.write_run(folder, rows, **fields))).document


def _text_of(document: str) -> str:
    """Return what a reader sees of the part above the list."""
    body = document.partition("<main>")[2].partition("<aside")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r"<title>.*?</title>", "", body)).split())


def test_the_file_needs_no_other_file_and_runs_no_other_script(mixed: Path) -> None:
    """The policy names the hashes of its own stylesheet and script, and allows nothing else."""
    document = view_run(RunFolder(mixed)).document
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', document)
    assert policy
    hashes = {
        name: "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        for name, content in re.findall(r"<(style|script)>(.*?)</\1>", document, re.DOTALL)
    }

    assert policy[1].split("; ") == [
        "default-src 'none'",
        f"style-src '{hashes['style']}'",
        f"script-src '{hashes['script']}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    above = document.partition('<script type="text/plain"')[0]
    assert not re.findall(r"<[^>]+\s(?:style|on\w+|src|href)=", above.partition("</style>")[2])


@pytest.mark.parametrize(("name", "most"), [("script.js", 16_000), ("label.js", 5_000)])
def test_a_script_is_small_and_makes_no_markup_of_text(name: str, most: int) -> None:
    """None of the verbs that parse HTML or code."""
    script = asset(name)

    assert len(script.encode()) <= most
    assert not re.findall(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|fetch\(|XMLHttp", script
    )


def test_the_same_run_gives_the_same_bytes(mixed: Path, tmp_path: Path) -> None:
    """Also in another process, and with a sample."""
    outputs = [tmp_path / "one.html", tmp_path / "two.html"]
    for output in outputs:
        done = CliRunner().invoke(app, ["view", str(mixed), "-o", str(output), "--rows", "100"])
        assert done.exit_code == 0, done.output

    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_findings_come_first_and_say_how_many(mixed: Path, made: Any) -> None:
    """Broken scorers before rows that cannot be scored, before advice."""
    document = view_run(RunFolder(mixed)).document
    verdicts = Counter(row.verdict.value for row in made.mixed_rows())
    classes = Counter(row.reason_class for row in made.mixed_rows())

    tags = re.findall(r'<li><span class="tag \w+">([^<]*)</span>', document)
    assert tags == ["failed", "invalid_task", "no answer", "no signal"]
    assert re.findall(r">show (\d+)<", document)[:3] == [
        str(verdicts["failed"]),
        str(verdicts["invalid_task"]),
        str(classes["no_answer"]),
    ]
    assert document.index("findings panel") < document.index('class="cards tasks')


ADVICE = {"accuracy: has a last number, which `profile: lenient` pays": [1, 255, 256, 299], "accuracy: <b>": [0]}


def test_advice_shows_the_rows_that_it_is_about(made: Any, tmp_path: Path) -> None:
    """Of a sample, those that the page has; without texts, there is no advice."""
    rows = [made.made_row(place, place % 2 / 1.0) for place in range(300)]
    folder = RunFolder(made.write_run(tmp_path, rows, remarks=ADVICE))
    document = view_run(folder).document
    sampled = view_run(folder, most_rows=10).document
    found = re.findall(r'advice</span><span>([^<]*)</span><button data-f="([^"]*)">show (\d+)<', document)

    assert found == [
        (
            "4 rows of 300: accuracy: has a last number, which `profile: lenient` pays",
            "{&#34;advice&#34;:&#34;0&#34;}",
            "4",
        ),
        ("1 row of 300: accuracy: &lt;b&gt;", "{&#34;advice&#34;:&#34;1&#34;}", "1"),
    ]
    assert "4 rows of 300" in sampled
    assert "advice" not in _text_of(view_run(folder, with_text=False).document)


def test_means_are_over_scored_rows_and_faulty_groups_are_not_wrong(made: Any, tmp_path: Path) -> None:
    """A row that was not scored is no zero, and its group is not scored."""
    rows = [made.made_row(0, 1.0, group="a"), made.invalid_row(1, group="a")]
    rows += [made.made_row(place, 0.0, group="b") for place in (2, 3)]

    text = _text_of(_document(made, tmp_path, rows))

    assert "0.333 mean of 3 scored rows" in text
    assert "1 of 1 are zero-variance groups: 1 all wrong; 1 not scored" in text


def test_floor_and_ceiling_are_bars_of_their_own(made: Any, tmp_path: Path) -> None:
    """A reward at an edge between two bars is in the upper one; 0.1 + 0.2 is 0.3."""
    rewards = [-1.0, -1.0, -0.9, -0.8, 0.0, 0.1 + 0.2, 0.99, 1.0]
    rows = [made.made_row(place, reward) for place, reward in enumerate(rewards)]

    document = _document(made, tmp_path, rows, tasks={"math": (-1.0, 1.0, ["accuracy"])})

    bars = re.findall(r'<rect class="(lo|bar|hi)"[^>]*aria-label="reward ([^"]*)"', document)
    assert bars == [
        ("lo", "−1: 2 rows"),
        ("bar", "−1 to −0.8: 1 row"),
        ("bar", "−0.8 to −0.6: 1 row"),
        ("bar", "0 to 0.2: 1 row"),
        ("bar", "0.2 to 0.4: 1 row"),
        ("bar", "0.8 to 1: 1 row"),
        ("hi", "1: 1 row"),
    ]


def test_a_large_run_is_sampled_in_whole_groups_and_says_so(mixed: Path, data_of: Any, made: Any) -> None:
    """All figures are over all rows; each group of the list is whole, and each task and level is there."""
    found = view_run(RunFolder(mixed), most_rows=120)
    rows = data_of(found.document)["rows"]
    wanted = Counter(row.group for row in made.mixed_rows())
    whole = view_run(RunFolder(mixed))

    assert (found.rows, found.shown) == (480, 120)
    assert "The list shows 120 of 480 rows" in _text_of(found.document)
    assert set(Counter(group for group in rows["group"] if group >= 0).values()) == {8}
    assert set(wanted.values()) == {8}
    assert set(rows["task"]) == {0, 1}
    assert -1 in rows["band"]
    assert re.findall(r"<b>0\.\d+</b><span>mean of \d+ scored rows", found.document) == re.findall(
        r"<b>0\.\d+</b><span>mean of \d+ scored rows", whole.document
    )


def test_rows_that_were_not_scored_take_a_quarter_of_a_sample_at_most(made: Any, data_of: Any, tmp_path: Path) -> None:
    """However many there are; and all of the sample if there are no others."""
    faulty = [made.invalid_row(place) for place in range(300)]
    fine = [made.made_row(place, place % 2 / 1.0) for place in range(300, 600)]

    both = view_run(RunFolder(made.write_run(tmp_path / "both", [*faulty, *fine])), most_rows=100)
    alone = view_run(RunFolder(made.write_run(tmp_path / "alone", faulty)), most_rows=100)

    assert Counter(data_of(both.document)["rows"]["band"]) == {-1: 25, 0: 38, 11: 37}
    assert alone.shown == 100


def test_one_group_that_is_larger_than_the_sample_is_cut(made: Any, tmp_path: Path) -> None:
    """A file without rows would show nothing at all."""
    rows = [made.made_row(place, group="one") for place in range(50)]

    assert view_run(RunFolder(made.write_run(tmp_path, rows)), most_rows=10).shown == 10


def test_hostile_texts_are_texts_everywhere(made: Any, data_of: Any, tmp_path: Path) -> None:
    """In completions, prompts, references, reasons, ids, evidence, and in the names of tasks, scorers and files."""
    score = made.made_score(name=HOSTILE, reason=HOSTILE, note=HOSTILE, evidence={HOSTILE: HOSTILE, "list": [HOSTILE]})
    row = made.made_row(
        0,
        task=HOSTILE,
        id=HOSTILE,
        file=HOSTILE,
        completion=HOSTILE,
        prompt=[{"role": HOSTILE, "content": HOSTILE}],
        reference={"answer": HOSTILE},
        reason_class=HOSTILE,
        arithmetic=HOSTILE,
        scores=[score],
    )
    broken = made.invalid_row(1, HOSTILE, task=HOSTILE)

    document = _document(
        made, tmp_path / "<b>run", [row, broken], tasks={HOSTILE: (0.0, 1.0, [HOSTILE])}, suite=HOSTILE
    )

    outside = re.sub(r"<(style|script)>.*?</\1>", "", document, flags=re.DOTALL)
    assert outside.count("<script") == 1
    assert not re.search(r"<img|<!--|</textarea|<b>run|60481729", outside)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b\ud800]", outside)
    assert "U+202E" in outside
    rows = data_of(document)["rows"]
    assert rows["completion"][0] == HOSTILE.replace("\ud800", "\ufffd")


def test_a_completion_of_one_megabyte_is_cut_and_its_answer_stays_marked(
    made: Any, data_of: Any, tmp_path: Path
) -> None:
    """Places are in UTF-16 units, as JavaScript counts, also behind the gap and an emoji."""
    text = "🙂" + "x" * 1_000_000 + "🙂 The answer is 42."
    span = (len(text) - 3, len(text) - 1)
    row = made.made_row(0, completion=f"<think>{'why? ' * 9}</think>{text}", answer_span=None)
    spanned = made.made_row(1, completion=text, answer_span=span)

    rows = data_of(_document(made, tmp_path, [row, spanned]))["rows"]

    shown = rows["completion"][1].encode("utf-16-le")
    start, end = rows["span"][1]
    assert shown[2 * start : 2 * end].decode("utf-16-le") == "42"
    assert len(rows["completion"][1]) == TEXT_LIMIT_CHARACTERS
    assert rows["cut"][1] == [TEXT_LIMIT_CHARACTERS // 2 + 1, len(text) - TEXT_LIMIT_CHARACTERS]
    assert rows["completion"][0][: rows["think"][0]].endswith("</think>")


def test_a_file_without_texts_has_none(made: Any, data_of: Any, tmp_path: Path) -> None:
    """No prompt, completion, reference, reason or evidence; ids and rewards stay."""
    private = "do not send this"
    score = made.made_score(reason=private, evidence={"extracted": private})
    row = made.made_row(
        0, completion=private, prompt=[{"role": "user", "content": private}], reference=private, scores=[score]
    )
    broken = made.made_score(value=None, verdict=Verdict.FAILED, failure="exception", reason=private)
    rows = [row, made.invalid_row(1, private), made.made_row(2, 0.0, verdict=Verdict.FAILED, scores=[broken])]
    output = tmp_path / "out.html"
    folder = made.write_run(tmp_path / "run", rows)

    done = CliRunner().invoke(app, ["view", str(folder), "-o", str(output), "--no-text"])

    document = output.read_text()
    assert done.exit_code == 0, done.output
    assert private not in document
    assert private not in json.dumps(data_of(document))
    assert data_of(document)["rows"]["id"] == ["row-0", "row-1", "row-2"]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_small_runs_have_a_report(made: Any, tmp_path: Path, count: int) -> None:
    """Without groups, without a trend, without rows."""
    document = _document(made, tmp_path, [made.made_row(place) for place in range(count)])

    assert "Nothing to report" in document or count > 1
    assert f"<b>{count} {'row' if count == 1 else 'rows'}</b>" in document


def test_a_run_in_which_all_failed_has_a_report(made: Any, tmp_path: Path) -> None:
    """No mean, no histogram; the finding is first."""
    broken = made.made_score(value=None, verdict=Verdict.FAILED, failure="crashed", reason="killed by signal 9")
    rows = [made.made_row(place, 0.0, verdict=Verdict.FAILED, scores=[broken]) for place in range(9)]

    text = _text_of(_document(made, tmp_path, rows))

    assert text.startswith("failed 9 rows: a scorer broke")
    assert "9 × math / accuracy: killed by signal 9" in text
    assert "– mean of 0 scored rows" in text


def test_a_task_without_rows_has_no_card_and_each_other_task_has_one(made: Any, tmp_path: Path) -> None:
    """Never one mean over unlike tasks."""
    tasks = {f"task-{place}": (0.0, 1.0, ["accuracy"]) for place in range(13)}
    rows = [made.made_row(place, task=f"task-{place}") for place in range(12)]

    document = _document(made, tmp_path, rows, tasks=tasks)

    assert len(re.findall(r"<h2>task-\d+</h2>", document)) == 12


def test_an_incomplete_run_says_so(made: Any, tmp_path: Path) -> None:
    """Its rows so far are shown."""
    assert "not complete" in _text_of(_document(made, tmp_path, [made.made_row(0)], is_complete=False))


def test_the_files_of_the_run_are_never_written(mixed: Path) -> None:
    """Whatever the name of the output; without one, the report goes beside them."""
    before = {path.name: path.read_bytes() for path in mixed.iterdir() if path.suffix != ".html"}
    refused = CliRunner().invoke(app, ["view", str(mixed), "-o", str(mixed / "rows.jsonl")])
    beside = CliRunner().invoke(app, ["view", str(mixed)])
    again = CliRunner().invoke(app, ["view", str(mixed)])
    other = [CliRunner().invoke(app, ["view", str(mixed), "-o", str(mixed / "o.html")]).exit_code for _ in range(2)]

    assert (refused.exit_code, beside.exit_code, again.exit_code, other) == (2, 0, 0, [0, 0])
    assert "is the input" in refused.stderr
    assert {path.name: path.read_bytes() for path in mixed.iterdir() if path.suffix != ".html"} == before
    assert (mixed / "view.html").read_text().startswith("<!doctype html>")


def test_standard_output_has_the_file_and_nothing_else(mixed: Path) -> None:
    """What is said about it goes to standard error."""
    done = CliRunner().invoke(app, ["view", str(mixed), "-o", "-"])

    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>\n")
    assert "480 of 480 rows; it contains prompts and completions" in done.stderr


@pytest.mark.parametrize("rows", ["0", "-1", "50001", "many"])
def test_a_number_of_rows_that_no_browser_shows_is_refused(mixed: Path, rows: str) -> None:
    """With the range."""
    done = CliRunner().invoke(app, ["view", str(mixed), "--rows", rows])

    assert done.exit_code == 2
    assert "50000" in done.stderr


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """By its name."""
    done = CliRunner().invoke(app, ["view", str(tmp_path)])

    assert done.exit_code == 2
    assert "is no run folder" in done.stderr


def test_packed_rows_depend_on_no_clock(mixed: Path) -> None:
    """The header of gzip has no time."""
    document = view_run(RunFolder(mixed)).document
    found = re.search(r'id="data">([^<]*)<', document)
    assert found
    packed = base64.b64decode(found[1])

    assert packed[4:8] == b"\0\0\0\0"
    assert json.loads(gzip.decompress(packed))["rows"]
