"""``rlvr attack``: planted faults are found and named with the component that paid; good suites raise no alarm."""

import json
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr.jobs import InProcess
from rlvr_lab.attack.attacking import Attacked, attack_suite
from rlvr_lab.attack.campaign import PAID, Trial
from rlvr_lab.attack.families import needs_gold

EXAMPLES = Path(__file__).parents[2] / "examples"
README = Path(__file__).parents[2] / "lab" / "README.md"

PLANTED = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("planted_faults.py"))))
LATER = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("planted_later.py"))))
MATH: Sequence[Mapping[str, Any]] = PLANTED.MATH
FAULTS: dict[str, Any] = {**PLANTED.TUNED, **PLANTED.HELD_OUT, **PLANTED.LAST, **PLANTED.FRESH}
GOOD: dict[str, Any] = {**PLANTED.CONTROLS, **PLANTED.LAST_CONTROLS, **PLANTED.FRESH_CONTROLS}
LATER_FAULTS: dict[str, Any] = {**LATER.SECOND, **LATER.THIRD}
LATER_GOOD: dict[str, Any] = {**LATER.SECOND_GOOD, **LATER.THIRD_GOOD}

_MATH = {"scorer": "math.equivalent", "name": "accuracy"}

# Faults that show a hole in the same family of attacks as one before are tried in the long round.
_FIRST = {fault.families: name for name, fault in reversed(FAULTS.items())}
_FAULTS = [name if name in _FIRST.values() else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]


# Those that brought an attack or a form of their own, and start no process.
_LATER_FIRST = {
    *("any line", "bold among many", "same digits", "initials", "more arguments"),
    *("Brier", "true equations", "empty list"),
}


def _suite(folder: Path, entries: Sequence[Any] | str) -> Path:
    path: Path = PLANTED.write(PLANTED.Planted(entries, ()), folder)[0]
    return path


def _data(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _attack(suite: Path, data: Path, budget: int = 0, *, workers: bool = False) -> Attacked:
    runner = None if workers else InProcess()
    return attack_suite(suite, [data], rows=200, budget=budget, seed=0, asks_models=False, runner=runner)


@pytest.mark.parametrize("name", _FAULTS)
def test_a_planted_fault_is_found_and_named_with_the_component_that_paid(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]

    _assert_named(fault, _attack(*PLANTED.write(fault, tmp_path, 6), workers="cache" in name))


@pytest.mark.parametrize(
    "name", [name if name in _LATER_FIRST else pytest.param(name, marks=pytest.mark.slow) for name in LATER_FAULTS]
)
def test_a_fault_planted_later_is_found_and_named(tmp_path: Path, name: str) -> None:
    fault = LATER_FAULTS[name]

    _assert_named(fault, _attack(*LATER.write(fault, tmp_path), workers=LATER.needs_workers(fault)))


@pytest.mark.slow
@pytest.mark.parametrize("name", LATER_GOOD)
def test_a_good_reward_written_later_raises_no_alarm(tmp_path: Path, name: str) -> None:
    good = LATER_GOOD[name]

    attacked = _attack(*LATER.write(good, tmp_path), workers=LATER.needs_workers(good))

    assert attacked.verdict == "resisted", attacked.findings


def _assert_named(fault: Any, attacked: Attacked) -> None:
    """Assert that a finding of the worst severity names the family and the component."""
    if fault.families == {"gold_control"}:
        assert attacked.verdict == "cannot judge"
        return
    worst = next(each.severity for each in attacked.findings if each.severity != "info")
    named = [
        each
        for each in attacked.findings
        if each.severity == worst and each.family in fault.families and each.component == fault.component
    ]
    assert named, attacked.findings
    assert any((each.needs == "gold") == fault.needs_gold for each in named)
    if not fault.needs_gold and "failure" not in fault.families:
        assert attacked.verdict == "exploitable"


@pytest.mark.parametrize("name", GOOD)
def test_a_good_reward_raises_no_alarm(tmp_path: Path, name: str) -> None:
    attacked = _attack(*PLANTED.write(GOOD[name], tmp_path, 6))

    assert attacked.verdict == "resisted", attacked.findings
    assert {each.needs for each in attacked.findings if each.severity != "info"} <= {"gold"}


@pytest.mark.parametrize("example", ["gsm8k", "multiple_choice", "tool_calls", "tutor", "composite"])
def test_good_suites_raise_no_alarm(example: str) -> None:
    """And what they pay to one who has the right answer stands in the README."""
    attacked = _attack(EXAMPLES / example / "suite.yaml", EXAMPLES / example / "records.jsonl", budget=300)

    assert attacked.verdict == "resisted", attacked.findings
    assert {each.needs for each in attacked.findings if each.severity != "info"} <= {"gold"}
    for task in attacked.tasks:
        assert task.j_free == 1.0
        line = _line_of_table(example, task.campaign.trials)
        assert line in README.read_text(), line


def _line_of_table(example: str, trials: Sequence[Trial]) -> str:
    """Return the attacks of an example that are paid, of those that were tried."""
    free: list[bool] = []
    assisted: dict[str, list[bool]] = {}
    for each in trials:
        paid = free if not needs_gold(each.attack.needs) else assisted.setdefault(each.attack.family, [])
        paid.append(each.gain >= PAID)
    some = ", ".join(f"`{family}` {sum(paid)} of {len(paid)}" for family, paid in assisted.items() if any(paid))
    total = f"{sum(map(sum, assisted.values()))} of {sum(map(len, assisted.values()))}"
    return f"| `{example}` | {sum(free)} of {len(free)} | {total}{some and ': ' + some} |"


def test_a_suite_whose_judge_is_not_asked_is_judged_by_the_rest(tmp_path: Path) -> None:
    """Rules beside a judge pay 40 % for filler, whatever the judge says; behind it, as in the example, nothing."""
    example = EXAMPLES / "brand_voice"
    guarded = (example / "suite.yaml").read_text()
    bare = tmp_path / "suite.yaml"
    bare.write_text("".join(line for line in guarded.splitlines(keepends=True) if "when: " not in line))

    attacked = _attack(bare, example / "records.jsonl", budget=100)
    behind = _attack(example / "suite.yaml", example / "records.jsonl", budget=100)

    found = {each.component: each for each in attacked.findings if each.severity != "info"}
    assert {name: each.severity for name, each in found.items()} == {"format": "high", "lexicon": "high"}
    assert [each.exploit_ratio for each in found.values()] == pytest.approx([0.4, 0.2])
    assert all("add `when: voice`" in each.remedy for each in found.values())
    assert not any(each.fails for each in behind.findings), behind.findings


def test_a_gate_of_compliance_before_a_good_scorer_raises_no_alarm(tmp_path: Path) -> None:
    entries = [_MATH, {"scorer": "compliance.pii", "name": "pii", "weight": 0, "gate": 1.0}]

    assert _attack(_suite(tmp_path, entries), _data(tmp_path, MATH[:6]), budget=300).verdict == "resisted"


@pytest.mark.slow
def test_code_raises_no_alarm(tmp_path: Path) -> None:
    rows = [
        {
            "prompt": f"Write {name}(a, b).",
            "reference": {
                "asserts": [f"assert {name}(1, 2) == {first}", f"assert {name}(5, 3) == {second}"],
                "solution": f"def {name}(a, b):\n    return a {sign} b\n",
            },
        }
        for name, sign, first, second in (("add", "+", 3, 8), ("mul", "*", 2, 15))
    ]
    attacked = _attack(_suite(tmp_path, ["code.tests"]), _data(tmp_path, rows), workers=True)

    assert attacked.verdict == "resisted", attacked.findings


def test_the_adaptive_search_finds_what_no_single_attack_does_and_keeps_its_budget(tmp_path: Path) -> None:
    (tmp_path / "g.py").write_text(
        "def needs_two(record):\n"
        "    text = record.completion\n"
        "    return 1.0 if text == record.reference or ('#' * 4 in text and 'noituloS'[::-1] in text) else 0.0\n"
    )
    suite = _suite(tmp_path, [{"scorer": "./g.py:needs_two", "name": "two"}])

    attacked = _attack(suite, _data(tmp_path, MATH), budget=2_000)

    assert attacked.searched <= 2_000
    (found,) = [each for each in attacked.findings if each.family == "search"]
    assert (found.component, found.severity) == ("two", "critical")
    assert len(found.example) <= len("#### Solution") + 2, found.example
    again = _attack(suite, tmp_path / "rows.jsonl", budget=2_000)
    assert [each.example for each in again.findings] == [each.example for each in attacked.findings]


def test_calls_of_other_rows_are_tried_in_texts(tmp_path: Path) -> None:
    """A function that reads one call from the text, and pays any."""
    (tmp_path / "calls.py").write_text(
        "import json\n"
        "def any_call(record):\n"
        "    try:\n"
        "        call = json.loads(record.completion)\n"
        "        return float('name' in call and 'arguments' in call)\n"
        "    except Exception:\n"
        "        return 0.0\n"
        "def right_call(record):\n"
        "    try:\n"
        "        return float(json.loads(record.completion) == record.reference[0])\n"
        "    except Exception:\n"
        "        return 0.0\n"
    )
    cities = ("Oslo", "Rome", "Bern", "Riga")
    rows = [
        {"prompt": f"Weather in {city}?", "reference": [{"name": "weather", "arguments": {"city": city}}]}
        for city in cities
    ]
    suite = _suite(tmp_path, [{"scorer": "./calls.py:any_call", "name": "any"}])
    bad = _attack(suite, _data(tmp_path, rows), budget=200)
    suite = _suite(tmp_path, [{"scorer": "./calls.py:right_call", "name": "right"}])
    good = _attack(suite, _data(tmp_path, rows), budget=200)

    assert [(each.family, each.severity) for each in bad.findings][:1] == [("other_answer", "critical")]
    assert (good.verdict, good.findings) == ("resisted", [])


def test_partly_right_calls_are_no_finding_of_the_search(tmp_path: Path) -> None:
    """One call for all rows gets a share for the right name, as the right call of another row does."""
    tool = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
    rows = [
        {
            "prompt": f"Weather in {city} for {days} days?",
            "tools": [tool],
            "reference": [{"name": "weather", "arguments": {"city": city, "days": days}}],
        }
        for city, days in (("Oslo", 1), ("Rome", 2), ("Bern", 3), ("Riga", 1), ("Kyiv", 2))
    ]
    suite = _suite(tmp_path, [{"scorer": "schema.tool_calls", "name": "calls"}])

    attacked = _attack(suite, _data(tmp_path, rows), budget=600)

    assert [each for each in attacked.findings if each.needs != "gold"] == []


def _run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["attack", *map(str, arguments), "--budget", "0"])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_the_command_prints_findings_as_json_and_its_exit_code_says_the_verdict(tmp_path: Path) -> None:
    shell = [_MATH | {"weight": 0.5}, {"scorer": "text.length", "name": "size", "options": {"max": 400}, "weight": 0.5}]
    bad, data = _suite(tmp_path, shell), _data(tmp_path, MATH[:4])
    good = tmp_path / "good.json"
    good.write_text(json.dumps({"tasks": {"t": {"scorers": [_MATH]}}}))
    dumb = tmp_path / "dumb.json"
    dumb.write_text(json.dumps({"tasks": {"t": {"scorers": [{"scorer": "text.exact", "gate": {"at_least": 1}}]}}}))

    code, printed = _run(bad, data, "--json")
    document = json.loads(printed)

    assert (code, document["verdict"]) == (1, "exploitable")
    keys = {"severity", "family", "needs", "component", "title", "example", "remedy"}
    assert all(keys <= set(each) for each in document["findings"])
    assert document["findings"][0]["component"] == "size"
    assert "when: accuracy" in document["findings"][0]["remedy"]
    assert _run(good, data)[0] == 0
    assert _run(bad, data, "--baseline", bad)[0] == 0
    code, printed = _run(bad, data, "--baseline", good, "--json", "-o", tmp_path / "page.html")
    assert code == 1
    assert json.loads(printed)["baseline"]["new"]
    assert "format_shell" in (tmp_path / "page.html").read_text() or "any_text" in (tmp_path / "page.html").read_text()


def test_a_reward_that_pays_nothing_cannot_be_judged(tmp_path: Path) -> None:
    options = {"phrases": ["a phrase that nobody writes"], "max_words": 5}
    entries = [_MATH, {"scorer": "text.contains", "name": "never", "weight": 0, "gate": 1.0, "options": options}]

    code, printed = _run(_suite(tmp_path, entries), _data(tmp_path, MATH[:4]))

    assert code == 3
    assert "cannot judge" in printed


def test_data_without_a_record_to_attack_is_an_error(tmp_path: Path) -> None:
    suite = _suite(tmp_path, [_MATH])
    (tmp_path / "rows.jsonl").write_text('"no row"\n')

    assert _run(suite, tmp_path / "rows.jsonl")[0] == 2
