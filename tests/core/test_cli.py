"""The command line, as its users run it."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner, Result

from rlvr import RecordsError, Registry
from rlvr.cli import app as app_module
from rlvr.cli import main
from rlvr.cli.app import app
from rlvr.config.schema import suite_schema
from rlvr.runs import rows_of, values_of

EXAMPLES = Path(__file__).parents[2] / "examples"
SUITE = "tasks: {t: {scorers: [{scorer: text.exact, name: accuracy}]}}"
ONE = "{scorer: text.exact, name: a}"
LONG = "scorer: text.length, name: long, options: {max: 9}"


def _run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [str(word) for word in words])


def _row(record_id: object, completion: str, reference: object = "Paris") -> dict[str, Any]:
    return {"id": record_id, "messages": [{"role": "assistant", "content": completion}], "reference_answer": reference}


def _files(folder: Path, *rows: object, suite: str = SUITE) -> tuple[Path, Path]:
    (folder / "suite.yaml").write_text(suite)
    (folder / "records.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "suite.yaml", folder / "records.jsonl"


def test_score_shows_a_table_and_writes_a_line_per_record(tmp_path: Path) -> None:
    """The exit code is 0 without findings."""
    out = tmp_path / "out.jsonl"
    result = _run("score", *_files(tmp_path, _row("a", "Paris"), _row(7, "Rome")), "-o", out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]

    assert result.exit_code == 0, result.output
    assert "2 rows in " in result.output
    assert [(line["id"], line["reward"], line["verdict"]) for line in lines] == [
        ("a", 1.0, "scored"),
        (7, 0.0, "scored"),
    ]
    assert lines[0]["metrics"]["accuracy"] == 1.0
    assert not list(tmp_path.glob(".*"))


def test_score_as_json_is_one_document(tmp_path: Path) -> None:
    """Scripts can read it."""
    result = _run("score", *_files(tmp_path, _row("a", "Paris"), _row("b", "Rome")), "--json")
    summary = json.loads(result.stdout)

    assert (summary["records"], summary["mean"], summary["nothing"]) == (2, 0.5, 1)
    assert summary["histogram"] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert summary["scorers"]["text.exact"]["calls"] == 2


def test_findings_have_exit_code_1(tmp_path: Path) -> None:
    """The summary has the reason why a row cannot be scored."""
    result = _run("score", *_files(tmp_path, _row("a", "Paris"), _row("b", "Rome", None)))

    assert result.exit_code == 1
    assert "the row has no `reference`" in result.output


@pytest.mark.parametrize(
    ("suite", "records", "words"),
    [
        ("tasks: {t: {scorers: [{scorer: text.exact, wieght: 1}]}}", "{}", "did you mean 'weight'?"),
        ("tasks: {t: {scorers: [nobody.knows]}}", "{}", "pip install rlvr-nobody"),
        (SUITE, None, "records.jsonl: cannot be read"),
    ],
)
def test_errors_have_exit_code_2_and_one_line(tmp_path: Path, suite: str, records: str | None, words: str) -> None:
    """The line names the place to correct; there is no traceback."""
    (tmp_path / "suite.yaml").write_text(suite)
    if records is not None:
        (tmp_path / "records.jsonl").write_text(records)

    result = _run("score", tmp_path / "suite.yaml", tmp_path / "records.jsonl")

    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_written_is_an_error_of_one_line(tmp_path: Path) -> None:
    """The line names the file."""
    nowhere = tmp_path / "absent" / "out"
    for words in (["score", *_files(tmp_path, _row("a", "Paris")), "-o", nowhere], ["schema", "-o", nowhere]):
        result = _run(*words)
        assert result.exit_code == 2
        assert "absent/out" in result.output
        assert "cannot be written: No such file" in result.output


def test_a_folder_is_refused_as_the_file_of_rewards(tmp_path: Path) -> None:
    """The message names the given path, and no file remains."""
    (tmp_path / "out").mkdir()
    result = _run("score", *_files(tmp_path, _row("a", "Paris")), "-o", tmp_path / "out")

    assert result.exit_code == 2
    assert f"{tmp_path / 'out'}: is a folder (name a file)" in result.output
    assert not list(tmp_path.glob(".*"))


def test_a_terminal_without_utf_8_gets_ascii(tmp_path: Path) -> None:
    """There is no traceback."""
    words = [sys.executable, "-m", "rlvr.cli", "score", *map(str, _files(tmp_path, _row("a", "Paris")))]
    env = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
    assert "1 row in " in result.stdout
    assert result.stdout.isascii()
    assert "?" not in result.stdout


def test_a_fault_that_the_suite_raises_for_is_a_finding(tmp_path: Path) -> None:
    """The message names the record and the scorer; no incomplete file of rewards remains."""
    suite = "tasks: {t: {scorers: [text.exact], on_error: raise}}"
    result = _run("score", *_files(tmp_path, _row("b", "Rome", None), suite=suite), "-o", tmp_path / "out.jsonl")

    assert result.exit_code == 1
    assert "on_error: raise" in result.output
    assert not [*tmp_path.glob("out*"), *tmp_path.glob(".*")]


@pytest.mark.parametrize("name", ["suite.yaml", "records.jsonl"])
def test_rewards_never_replace_an_input_of_the_command(tmp_path: Path, name: str) -> None:
    """Neither under their own name nor through a hard or symbolic link; the files stay unchanged."""
    files = _files(tmp_path, _row("a", "Paris"))
    (tmp_path / "soft").symlink_to(tmp_path / name)
    (tmp_path / "hard").hardlink_to(tmp_path / name)
    before = (tmp_path / name).read_bytes()
    for out in (name, "soft", "hard"):
        result = _run("score", *files, "-o", tmp_path / out)

        assert result.exit_code == 2
        assert f"{out}: is the input {tmp_path / name}" in result.output
    assert (tmp_path / name).read_bytes() == before


def test_hostile_text_does_not_reach_the_terminal(tmp_path: Path) -> None:
    """It contains no escape sequences and no markup, and printing does not fail."""
    evil = "\x1b[31m[red]\u202e\ud800"
    suite, records = _files(tmp_path, _row(evil, evil, evil))

    for result in (_run("score", suite, records), _run("explain", suite, records, "--line", "1")):
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output
    assert "[red]" in _run("explain", suite, records, "--line", "1").output


def test_explain_shows_how_one_record_got_its_reward() -> None:
    """It shows the parts that were read, each score and the arithmetic."""
    folder = EXAMPLES / "composite"
    result = _run("explain", folder / "suite.yaml", folder / "records.jsonl", "--id", "right-but-asks-for-contact")

    assert result.exit_code == 0
    for words in (
        "metadata.reference_answer", "support_math", "correct: equals the reference", "names the forbidden 'call me'",
        "0 because `no_contact_details` vetoed: 0 is below 1",
    ):  # fmt: skip
        assert words in result.output, words


def test_explain_as_json() -> None:
    """Scripts can read it."""
    folder = EXAMPLES / "gsm8k"
    result = _run("explain", folder / "suite.yaml", folder / "records.jsonl", "--id", "eggs-4", "--json")
    told = json.loads(result.stdout)

    assert (told["reward"], told["parts"][0]["verdict"]) == (0.0, "scored")
    assert told["parts"][0]["evidence"]["status"] == "incorrect"


@pytest.mark.parametrize(("words", "code"), [(["--id", "nobody"], 1), ([], 2), (["--id", "a", "--line", "1"], 2)])
def test_explain_needs_one_record(tmp_path: Path, words: list[str], code: int) -> None:
    """The record must exist."""
    assert _run("explain", *_files(tmp_path, _row("a", "Paris")), *words).exit_code == code


def test_check_names_the_line_and_the_place_of_each_finding(tmp_path: Path) -> None:
    """Broken lines, missing fields, unreadable references and missing routes are reported together."""
    suite = "tasks: {m: {scorers: [math.equivalent]}, t: {scorers: [text.exact]}}\nroute: {by: kind}"
    suite_file, records = _files(tmp_path, {**_row("a", "", "42"), "kind": "m"}, suite=suite)
    with records.open("a") as file:
        file.write("{broken\n\n")
        unreadable = {**_row("b", "", "x^^2"), "kind": "m"}
        for row in (unreadable, {**_row("c", "", None), "kind": "t"}, _row("d", "", "1"), 5):
            file.write(json.dumps(row) + "\n")

    result = _run("check", suite_file, records, "--json")
    findings = [(each["line"], each["id"], each["problem"]) for each in json.loads(result.stdout)["findings"]]

    assert result.exit_code == 1
    assert [line for line, _, _ in findings] == [2, 4, 5, 6, 7]
    assert "is not JSON" in findings[0][2]
    assert "is not understood" in findings[1][2]
    assert findings[2][1] == "c"
    assert findings[2][2].startswith("the row has no `reference` (other columns: kind)")
    assert "no route" in findings[3][2]
    assert "the row is a number" in findings[4][2]


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (f"{{scorers: [{ONE}, {{{LONG}, weight: -0.5}}], aggregate: sum}}", "-0.5 to 1"),
        (f"{{scorers: [{ONE}, {{{LONG}, weight: 0.5}}], aggregate: sum}}", "0 to 1.5"),
        (f"{{scorers: [{ONE}, {{{LONG}, weight: -0.5, transform: [invert]}}], aggregate: sum}}", "-0.5 to 1"),
        (f"{{scorers: [{ONE}, {{{LONG}}}], aggregate: {{formula: a - 0.25 * long}}}}", "-0.25 to 1"),
        ("{scorers: [{scorer: text.exact, transform: [{scale: {factor: 2, offset: -1}}]}]}", "-1 to 1"),
        (f"{{scorers: [{ONE}, {{{LONG}, weight: -0.5, when: a}}], aggregate: sum}}", None),
        (f"{{scorers: [{{scorer: text.exact, name: a, gate: 1}}, {{{LONG}, weight: -0.5}}], aggregate: sum}}", None),
        (f"{{scorers: [{ONE}, {{{LONG}, weight: -0.5}}], aggregate: sum, range: [-0.25, 1]}}", None),
        (f"{{scorers: [{ONE}, {{{LONG}, weight: 5}}]}}", None),
        (f"{{scorers: [{ONE}, {{{LONG}}}], aggregate: {{formula: a * long}}}}", None),
    ],
)
def test_check_says_what_the_default_range_clips(task: str, told: str | None, tmp_path: Path) -> None:
    """A penalty or a bonus that changes nothing; not where a condition, a gate or a chosen range means it so."""
    suite, _ = _files(tmp_path, suite=f"tasks: {{t: {task}}}")
    result = _run("check", suite)
    remarks = json.loads(_run("check", suite, "--json").stdout)["remarks"]

    assert result.exit_code == 0
    assert [each.partition(" are")[0] for each in remarks] == ([f"tasks.t: rewards from {told}"] if told else [])
    assert all(each in result.stdout for each in remarks)


@pytest.mark.parametrize("count", [3, 20])
def test_check_finds_the_lowest_reward_of_few_and_of_many_scorers(count: int, tmp_path: Path) -> None:
    """Without a try of each combination of 20."""
    entries = [f"{{scorer: text.exact, name: p{number}, weight: -0.5}}" for number in range(count)]
    suite, _ = _files(tmp_path, suite=f"tasks: {{t: {{scorers: [{ONE}, {', '.join(entries)}], aggregate: sum}}}}")

    assert f"range: [{-0.5 * count:g}, 1]" in _run("check", suite).stdout


def test_check_of_the_examples_finds_nothing() -> None:
    """Their references get 1.0 as answers."""
    folders = [suite.parent for suite in EXAMPLES.glob("*/suite.yaml")]
    assert len(folders) > 5
    for folder in folders:
        result = _run("check", folder / "suite.yaml", folder / "records.jsonl")
        assert result.exit_code == 0, result.output


def test_plugins_lists_the_installed_plugins() -> None:
    """The list has scorers, options and versions."""
    listed = json.loads(_run("plugins", "--json").stdout)
    text = next(plugin for plugin in listed["plugins"] if plugin["name"] == "text")

    assert text["errors"] == []
    assert {"text.exact", "text.choice"} <= {scorer["id"] for scorer in text["scorers"]}
    assert "text.contains" in _run("plugins").output


def test_plugins_shows_the_options_of_those_that_are_named() -> None:
    """A plugin with all of its scorers, or one scorer."""
    shown = _run("plugins", "text.exact", "math").output

    assert re.search(r"text\.exact: Pay .*; needs reference; bounded", shown)
    assert re.search(r"letter_case +│ False", shown)
    assert "math.equivalent" in shown
    assert "text.choice" not in shown

    refused = _run("plugins", "maths")
    assert refused.exit_code == 2
    assert "no plugin or scorer is called 'maths'" in " ".join(refused.output.split())


def test_doctor_shows_the_findings_of_the_plugins() -> None:
    """The exit code is 1 if a feature is not on."""
    result = _run("doctor", "--json")
    found = json.loads(result.stdout)
    states = {state for things in found.values() for state in things.values()}

    assert found["math"] == {"evaluation of limits and series": "on"}
    assert "rlimits" in found["code"]
    assert result.exit_code == (0 if all(state == "on" or state.startswith("optional: ") for state in states) else 1)
    assert "rlimits" in _run("doctor").stdout


def test_check_tries_a_reference_only_where_it_is_an_answer(tmp_path: Path) -> None:
    """Tests of code are not answers, and their scorer declares so."""
    suite, records = tmp_path / "suite.yaml", tmp_path / "records.jsonl"
    suite.write_text("tasks: {t: {scorers: [code.tests]}}")
    problem = json.dumps({"entry_point": "f", "asserts": ["assert f() == 1", "assert f() != 2"]})
    records.write_text(json.dumps({"response": "x", "answer": problem}))

    assert "the reference itself gets" not in _run("check", suite, records).stdout


def test_check_audits_what_a_scorer_audits(tmp_path: Path) -> None:
    """The audit finds problems that a score does not show."""
    suite, records = tmp_path / "suite.yaml", tmp_path / "records.jsonl"
    suite.write_text("tasks: {code: {scorers: [{scorer: code.tests}]}}")
    records.write_text('{"id": "weak", "prompt": "p", "completion": "", "reference": {"asserts": ["assert f() == 0"]}}')
    result = _run("check", str(suite), str(records), "--json")

    assert "only returns 0" in result.stdout
    assert result.exit_code == 1


_UNSTATED = "She packs 7 boxes\nof 6 eggs each,\nwhich makes 42 eggs in the shop and 3 at home"


def test_score_and_check_count_the_remarks_of_scorers(tmp_path: Path) -> None:
    """A suite that pays nothing for answers without a mark says which profile would."""
    rows = [
        _row(1, _UNSTATED, "3"),
        _row(2, _UNSTATED, "42"),
        _row(3, "#### 42", "42"),
        _row(4, "No idea.\nNone.", "42"),
        {"id": 5, "prompt": "How many?", "reference_answer": "42"},
    ]
    suite, records = _files(tmp_path, *rows, suite="tasks: {t: {scorers: [math.equivalent]}}")
    nothing = "1 of 5 records: math.equivalent: states no answer"
    number = f"{nothing}, but has a last number, which `profile: lenient`"
    told = [f"{number} pays", f"{number} reads and does not pay", nothing]
    shown, summary = _run("score", suite, records), json.loads(_run("score", suite, records, "--json").stdout)
    checked = json.loads(_run("check", suite, records, "--json").stdout)

    assert all(f"• {line}" in " ".join(shown.output.split()) for line in told), shown.output
    assert sorted(summary["remarks"].values()) == [1, 1, 1]
    assert set(told) <= set(checked["remarks"])


def test_the_schema_accepts_the_examples_and_refuses_misspelt_options(tmp_path: Path) -> None:
    """It covers the whole file, with the options of the installed scorers."""
    path = tmp_path / "schema.json"
    _run("schema", "-o", path)
    schema = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)

    for suite in EXAMPLES.glob("*/suite.yaml"):
        validator.validate(yaml.safe_load(suite.read_text()))
    refused: tuple[dict[str, Any], ...] = (
        {"tasks": {"t": {"scorers": [{"scorer": "text.length", "options": {"max": 5, "mix": 1}}]}}},
        {"tasks": {"t": {"scorers": [{"scorer": "text.lenght"}]}}},
        {"tasks": {"t": {"scorers": ["text.exact"], "aggregate": "avg"}}},
        {"task": {}},
    )
    for wrong in refused:
        assert not validator.is_valid(wrong), wrong
    assert json.loads(json.dumps(suite_schema(Registry()))) == schema


def test_version_and_help() -> None:
    """Every command has a help text."""
    assert re.match(r"rlvr \d", _run("--version").output)
    assert "Exit codes" in _run("--help").output
    for command in ("score", "explain", "check", "plugins", "schema"):
        assert _run(command, "--help").exit_code == 0


def test_without_its_extra_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints one line and exits with code 2."""
    monkeypatch.delitem(sys.modules, app_module.__name__)
    monkeypatch.setitem(sys.modules, "typer", None)

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 2
    assert "pip install 'rlvr[cli]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.jsonl", '\ufeff{"id": 1}\n\n{"id": 2}', [(1, {"id": 1}), (3, {"id": 2})]),
        ("a.jsonl", '[{"id": 1}, 5]\n{"trajectories": [{"id": 2}]}\n', [(1, {"id": 1}), (1, 5), (2, {"id": 2})]),
        ("a.json", '{"body": "[{\\"id\\": 1}]"}', [(1, {"id": 1})]),
        ("a.json", '[{"id": 1},\n {"id": 2}]', [(1, {"id": 1}), (2, {"id": 2})]),
        ("a.txt", '{"id": 1}', [(1, {"id": 1})]),
        ("a.jsonl", "", []),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_files_of_every_shape_are_read(
    tmp_path: Path, name: str, content: str, rows: list[tuple[int, object]], *, zipped: bool
) -> None:
    """Each row has the number of its line."""
    path = tmp_path / (name + ".gz" if zipped else name)
    path.write_bytes(gzip.compress(content.encode()) if zipped else content.encode())

    assert [(row.line, row.value) for row in rows_of(path)] == rows


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.json", "{", "a.json:1: is not JSON"),
        ("a.json", "5", "contains no rows"),
        ("a.jsonl", '{"id": 1}\n{', "a.jsonl:2: is not JSON"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1: is not JSON"),
        ("a.jsonl.gz", "plain", "cannot be read"),
    ],
)
def test_files_that_cannot_be_read_name_the_line(tmp_path: Path, name: str, content: str, problem: str) -> None:
    """A reader that continued would lose rows."""
    path = tmp_path / name
    path.write_text(content)

    with pytest.raises(RecordsError, match=problem):
        list(values_of(path))


def test_score_names_the_places_of_the_suite_that_no_row_has(tmp_path: Path) -> None:
    """Above the table, and in JSON; a place that one row has is not named."""
    suite = SUITE + "\nread: {id: uid, completion: out, reference: gold}\n"
    files = _files(tmp_path, {"out": "Paris", "gold": "Paris"}, {"out": "Rome", "gold": "Paris"}, suite=suite)
    shown = _run("score", *files).stdout

    assert shown.index("read.id: no row has `uid`") < shown.index("task ")
    assert json.loads(_run("score", *files, "--json").stdout)["unseen_paths"] == ["read.id: no row has `uid`"]


def test_score_says_above_the_table_what_could_not_be_read(tmp_path: Path) -> None:
    """With the share and the reason, and what is unanswered; the exit code says it too."""
    question = {"messages": [{"role": "user", "content": "q"}], "reference_answer": "Paris"}
    result = _run("score", *_files(tmp_path, {"prompt": "q", "mine": "x"}, question, _row("a", "Paris")))
    above = " ".join(result.stdout[: result.stdout.index("task ")].split())

    assert result.exit_code == 1
    assert "1 of 3 records (33.3%) could not be scored at all:" in above
    assert "no completion found (columns: prompt, mine)" in above
    assert "1 of 3 records are unanswered" in above
