"""``rlvr trial``: what would waste a job is found in a small run, and named; good suites raise no alarm."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import Summary, parse_suite
from rlvr.cli.app import app
from rlvr.runs import manifest_of
from rlvr.stub_judge import StubJudge
from rlvr.testing import stub_judge
from rlvr_aws.simulate import prices
from rlvr_lab.trial import projecting
from rlvr_lab.trial.projecting import project
from rlvr_lab.trial.running import SmallRun
from rlvr_lab.view.statistics import RunStatistics

EXAMPLES = Path(__file__).parents[2] / "examples"

MATH = [{"scorer": "math.equivalent", "name": "accuracy"}]
LENGTH = [{"scorer": "text.length", "name": "size", "options": {"min": 45, "max": 400, "soft": 44}}]


def _row(prompt: int, answer: object, gold: object = 7) -> dict[str, Any]:
    return {"id": f"p{prompt}", "prompt": f"Question {prompt}?", "completion": str(answer), "answer": str(gold)}


def _rows(right: Iterable[Sequence[bool]]) -> list[dict[str, Any]]:
    """Return groups of answers to a prompt each, right or wrong."""
    return [_row(number, 7 if each else 8) for number, group in enumerate(right) for each in group]


MIXED = [(True, False, True, False)] * 12


def _trial(
    folder: Path, entries: Sequence[Any], rows: Iterable[Mapping[str, Any]], *options: str
) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the JSON of a trial."""
    suite, data = folder / "suite.json", folder / "rows.jsonl"
    suite.write_text(json.dumps({"tasks": {"t": {"scorers": entries}}, "workers": {"count": 1}}))
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(app, ["trial", str(suite), str(data), "--json", *options])
    assert done.exit_code in {0, 1, 3}, done.output
    return done.exit_code, json.loads(done.stdout)


def _families(found: Mapping[str, Any]) -> dict[str, str]:
    return {each["family"]: each["severity"] for each in found["findings"]}


@pytest.mark.parametrize("name", ["gsm8k", "multiple_choice", "tool_calls", "composite"])
def test_a_good_example_raises_no_alarm(name: str) -> None:
    """An ``info``, such as few rows, is none."""
    folder = EXAMPLES / name
    done = CliRunner().invoke(app, ["trial", str(folder / "suite.yaml"), str(folder / "records.jsonl"), "--json"])
    found = json.loads(done.stdout)

    assert (done.exit_code, found["verdict"]) == (0, "ready")
    assert [each for each in found["findings"] if each["severity"] != "info"] == []


def test_mixed_groups_raise_no_alarm(tmp_path: Path) -> None:
    """The verdict, the keys of a finding and of the document are those that scripts read."""
    code, found = _trial(tmp_path, MATH, _rows(MIXED))

    assert (code, found["verdict"], found["findings"]) == (0, "ready", [])
    assert {"verdict", "findings", "projection", "tasks"} <= found.keys()
    (task,) = found["tasks"]
    assert (task["mean_share"], task["groups"], task["zero_variance_groups"]) == (0.5, 12, 0)
    assert task["verdicts"] == {"scored": 48}


SHARES = [
    ([(False,) * 4] * 12, {"always_floor": "critical", "zero_variance": "high"}),
    ([(True,) * 4] * 12, {"always_ceiling": "critical", "zero_variance": "high"}),
    ([(False, False, False, False, False, True)] + [(False,) * 6] * 3, {"too_hard": "high", "zero_variance": "high"}),
    ([(True,) * 5 + (False,)] + [(True,) * 6] * 3, {"too_easy": "high", "zero_variance": "high"}),
    ([(True,) * 4, (False,) * 4] * 6, {"zero_variance": "high"}),
    ([(True,) * 4, (False,) * 4, (True, False) * 2, (False, True) * 2] * 3, {"zero_variance": "low"}),
    ([(False,) * 4] * 2 + [(True, False, False, False)] * 3, {"too_hard": "medium"}),
    ([(True, False) * 2] * 3 + [(True,) * 4], {}),
    ([(True,), (False,)] * 10, {"no_groups": "info"}),
    ([(True, False)], {"few_rows": "info"}),
]


@pytest.mark.parametrize(("right", "families"), SHARES)
def test_rewards_that_teach_little_are_found(
    tmp_path: Path, right: Sequence[Sequence[bool]], families: dict[str, str]
) -> None:
    """By the distribution and by the groups; only severe findings fail the command."""
    code, found = _trial(tmp_path, MATH, _rows(right), "--repeat", "0")

    assert _families(found) == families
    assert code == int(bool({"critical", "high", "medium"} & set(families.values())))
    assert all(each["recommendation"] for each in found["findings"])


@pytest.mark.parametrize("grouped", [True, False])
def test_a_reward_for_length_is_named_with_its_component(tmp_path: Path, grouped: bool) -> None:  # noqa: FBT001
    """Within groups, and over all rows where a prompt has one answer."""
    rows = [
        _row(number if grouped else number * 10 + place, " ".join(map(str, range(2 + (place * 7 + number) % 40))))
        for number in range(10)
        for place in range(5)
    ]
    code, found = _trial(tmp_path, LENGTH, rows)

    (length,) = [each for each in found["findings"] if each["family"] == "length"]
    assert (code, length["severity"], length["component"]) == (1, "high", "size")
    assert ("within groups" in length["title"]) == grouped


def test_length_that_right_answers_have_by_chance_is_no_finding(tmp_path: Path) -> None:
    """Each length has as many right as wrong answers."""
    rows = [
        _row(number, "so " * (5 * place) + f"the answer is {7 + (number + place) % 2}")
        for number in range(10)
        for place in range(4)
    ]
    assert _trial(tmp_path, MATH, rows)[1]["findings"] == []


def _judge(stub: StubJudge, **options: Any) -> dict[str, Any]:
    criterion = {"id": "fit", "text": "fits the question", "choices": ["no", "yes"]}
    given = {"models": ["m"], "base_url": stub.base_url, "criteria": [criterion], **options}
    return {"scorer": "judge.rubric", "name": "fit", "options": given}


def test_noise_is_found_by_scoring_again(tmp_path: Path) -> None:
    """The component that changed is named, and only the first time counts in the cost of the job."""
    asked = count()
    with stub_judge(lambda _: {"fit": {"reason": "so", "verdict": "yes" if next(asked) < 48 else "no"}}) as stub:
        judge = _judge(stub, prices={"m": {"input": 0.0, "output": 1.0}})
        code, found = _trial(tmp_path, [*MATH, judge], _rows(MIXED), "--rows", "480")

    (noise,) = [each for each in found["findings"] if each["family"] == "noise"]
    assert (code, noise["severity"], noise["component"]) == (1, "high", "fit")
    assert "tasks.t: `fit`" in noise["recommendation"]
    assert found["tasks"][0]["noise"]["changed"] == 48
    assert next(asked) == 96
    projection = found["projection"]
    assert projection["totals"]["judge_requests"] == 480
    assert projection["totals"]["judge_usd"] == pytest.approx(projection["totals"]["judge_tokens_out"] / 1e6)
    assert projection["usd"] == pytest.approx(projection["lambda_usd"] + projection["totals"]["judge_usd"])
    assert projection["is_judge_priced"]


@pytest.mark.parametrize(
    ("totals", "is_priced"),
    [({}, True), ({"judge_usd": 0.1, "judge_requests": 4.0}, True), ({"judge_usd": 0.0, "judge_requests": 4.0}, False)],
)
def test_a_judge_without_a_price_is_said(made: Any, totals: dict[str, float], is_priced: bool) -> None:  # noqa: FBT001
    """Its requests are projected like all amounts."""
    suite = parse_suite({"tasks": {"t": {"scorers": MATH}}})
    statistics = RunStatistics(manifest_of(suite, [], {}, 1))
    run = SmallRun(
        suite=suite,
        rows=[made.made_row(place) for place in range(4)],
        statistics=statistics,
        summary=Summary(totals=totals),
        noise={},
        available=4,
    )
    found = project(run, rows=400, memory_mb=512, gigabyte_second=0.0, million_requests=0.0)

    assert (found.is_judge_priced, found.totals) == (is_priced, {name: 100 * each for name, each in totals.items()})
    assert found.usd == pytest.approx(100 * totals.get("judge_usd", 0.0))


def test_a_component_that_tells_nothing_apart_is_found(tmp_path: Path) -> None:
    """One that all rows earn, and one that none does."""
    names = {"short": {"max": 9}, "long": {"min": 900, "max": 990}}
    entries = [*MATH, *({"scorer": "text.length", "name": name, "options": each} for name, each in names.items())]
    _, found = _trial(tmp_path, entries, _rows(MIXED), "--repeat", "0")

    saturated = {each["component"]: each["severity"] for each in found["findings"] if each["family"] == "saturated"}
    assert saturated == {"short": "low", "long": "low"}


def test_a_gate_that_vetoes_most_rows_is_found(tmp_path: Path) -> None:
    """It is named."""
    gate = LENGTH[0] | {"gate": 1.0, "weight": 0}
    code, found = _trial(tmp_path, [*MATH, gate], _rows(MIXED), "--repeat", "0")

    (vetoed,) = [each for each in found["findings"] if each["family"] == "vetoed"]
    assert (code, vetoed["component"]) == (1, "size")


def test_rows_that_cannot_be_scored_are_found(tmp_path: Path) -> None:
    """A few are low; many are high; nothing can be judged of a run without a scored row."""
    good, bad = _rows([(True, False)] * 20), {"prompt": "?", "completion": "7"}

    few, many, all_ = (
        _trial(tmp_path, MATH, rows, "--repeat", "0") for rows in ([*good, bad], [*good, *[bad] * 20], [bad] * 3)
    )
    assert (few[0], _families(few[1])) == (0, {"invalid_task": "low"})
    assert (many[0], _families(many[1])["invalid_task"]) == (1, "high")
    assert (all_[0], all_[1]["verdict"]) == (3, "cannot judge")


def test_a_sample_has_whole_groups(tmp_path: Path) -> None:
    """As many as fit."""
    rows = _rows([(True, False, True, False)] * 30)
    _, found = _trial(tmp_path, MATH, rows, "--n", "22", "--repeat", "0")

    assert (found["rows"], found["available"], found["tasks"][0]["groups"]) == (20, 120, 5)
    assert found["tasks"][0]["noise"] is None


def test_the_projection_grows_with_rows_and_prices(tmp_path: Path) -> None:
    """Of one trial each, so that times differ; requests are exact."""
    options = ("--repeat", "0", "--gigabyte-second", "0", "--rows", "5000000")
    _, found = _trial(tmp_path, MATH, _rows(MIXED), *options, "--million-requests", "0.3")
    projection = found["projection"]

    assert projection["rows"] == 5_000_000
    assert projection["lambda_usd"] == projection["usd"] == pytest.approx(1.5)
    assert projection["seconds"] > 0.0
    assert projection["gigabyte_seconds"] == pytest.approx(projection["scorer_seconds"] * 1_769 / 1_024)


def test_the_page_and_the_terminal_show_the_findings(tmp_path: Path) -> None:
    """Names of tasks are text in both."""
    suite, data, page = tmp_path / "suite.json", tmp_path / "rows.jsonl", tmp_path / "trial.html"
    suite.write_text(json.dumps({"tasks": {"<b>t</b>": {"scorers": MATH}}}))
    data.write_text("".join(json.dumps(row) + "\n" for row in _rows([(False,) * 4] * 5)))
    done = CliRunner().invoke(app, ["trial", str(suite), str(data), "-o", str(page)])

    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == "not ready"
    assert "each row gets the lowest reward [always_floor]" in done.stdout
    assert "&lt;b&gt;t&lt;/b&gt;" in page.read_text()
    assert "<b>t</b>" not in page.read_text()


def test_data_without_rows_are_refused(tmp_path: Path) -> None:
    """With exit code 2."""
    data = tmp_path / "rows.jsonl"
    data.write_text("")
    done = CliRunner().invoke(app, ["trial", str(EXAMPLES / "gsm8k" / "suite.yaml"), str(data)])

    assert (done.exit_code, "no row" in done.stderr) == (2, True)


def test_prices_of_lambda_are_those_of_the_simulation() -> None:
    """Two distributions that do not import each other have them."""
    assert {name: getattr(projecting, name) for name in dir(prices) if name.startswith(("DOLLARS", "MEGABYTES"))} == {
        name: getattr(prices, name) for name in dir(prices) if name.startswith(("DOLLARS", "MEGABYTES"))
    }
