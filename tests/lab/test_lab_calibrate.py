"""``rlvr calibrate``: statistics as other libraries compute them, and what people must see of a disagreement."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr import Verdict
from rlvr.cli.app import app
from rlvr_lab.calibrate.agreement import Judged, bootstrap, cohen_kappa, krippendorff_alpha, spearman, statistics_of

SEEDS = range(12)


def _judged(seed: int) -> list[Judged]:
    """Return rows with equal rewards, few or many, on which reward and people agree more or less."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    for _ in range(chance.choice([4, 11, 50])):
        is_right = chance.random() < 0.5
        reward = round(min(1.0, max(0.0, chance.gauss(0.65 if is_right else 0.4, 0.25))), chance.choice([1, 3]))
        found.append(Judged(reward=reward, is_paid=reward >= 0.5, is_right=is_right, mark=float(chance.randint(0, 9))))
    found[0] = Judged(reward=1.0, is_paid=True, is_right=True, mark=9.0)
    found[1] = Judged(reward=0.0, is_paid=False, is_right=False, mark=0.0)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_statistics_equal_those_of_scikit_learn_and_scipy(seed: int) -> None:
    """To twelve digits, with ties."""
    metrics, stats = pytest.importorskip("sklearn.metrics"), pytest.importorskip("scipy.stats")
    rows = _judged(seed)
    right, paid = [row.is_right for row in rows], [row.is_paid for row in rows]
    rewards, marks = [row.reward for row in rows], [row.mark for row in rows]
    expected = {
        "accuracy": metrics.accuracy_score(right, paid),
        "precision": metrics.precision_score(right, paid),
        "recall": metrics.recall_score(right, paid),
        "auc": metrics.roc_auc_score(right, rewards),
        "youden_j": metrics.balanced_accuracy_score(right, paid, adjusted=True),
        "cohen_kappa": metrics.cohen_kappa_score(right, paid),
        "spearman": stats.spearmanr(rewards, marks).statistic,
    }
    found = statistics_of(rows)

    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "interval"])
@pytest.mark.parametrize("seed", SEEDS)
def test_alpha_equals_that_of_krippendorff(seed: int, level: Any) -> None:
    """To twelve digits, with several people, of whom each leaves out some rows."""
    oracle = pytest.importorskip("krippendorff")
    chance = random.Random(seed)  # noqa: S311
    table = [
        [float(chance.randint(0, 4)) if chance.random() < 0.7 else math.nan for _ in range(3)]
        for _ in range(chance.choice([6, 40]))
    ]
    units = [[value for value in row if not math.isnan(value)] for row in table]
    expected = oracle.alpha(reliability_data=list(zip(*table, strict=True)), level_of_measurement=level)

    assert krippendorff_alpha(units, level) == pytest.approx(expected, abs=1e-12)


def test_a_statistic_that_is_not_defined_is_none() -> None:
    """Rows that are all right have no area under the ROC curve, and a constant has no rank correlation."""
    rows = [Judged(reward=reward, is_paid=True, is_right=True, mark=1.0) for reward in (0.7, 0.9)]
    found = statistics_of(rows)

    assert found["accuracy"] == 1.0
    assert [found[name] for name in ("auc", "youden_j", "cohen_kappa", "krippendorff_alpha", "spearman")] == [None] * 5
    assert (cohen_kappa([]), krippendorff_alpha([[1.0]], "nominal"), spearman([])) == (None, None, None)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    """Of 60 samples with an accuracy of 0.8, 95 % intervals contain it nearly always, and are no wider than needed."""
    chance = random.Random(1)  # noqa: S311
    covered, widths = 0, []
    for _ in range(60):
        units = [chance.random() < 0.8 for _ in range(50)]
        found = bootstrap(units, lambda drawn: {"share": sum(drawn) / len(drawn)}, weight=10_000)["share"]
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.8 <= found.high
        widths.append(found.high - found.low)

    assert covered >= 52
    assert sum(widths) / 60 == pytest.approx(2 * 1.96 * math.sqrt(0.16 / 50), rel=0.15)


def test_intervals_are_the_same_for_the_same_rows() -> None:
    """And few resamples are drawn from many rows."""
    calls = 0

    def mean(units: Sequence[float]) -> dict[str, float | None]:
        nonlocal calls
        calls += 1
        return {"mean": math.fsum(units) / len(units)}

    units = [place / 7 % 1 for place in range(20)]

    assert bootstrap(units, mean, weight=20) == bootstrap(units, mean, weight=20)
    calls = 0
    bootstrap(units, mean, weight=1_000_000)
    assert calls == 201


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw as few samples as show what an interval is."""
    monkeypatch.setattr("rlvr_lab.calibrate.agreement.RESAMPLES", 200)


@pytest.fixture
def calibrated(tmp_path: Path, made: Any) -> Callable[..., Any]:
    """Return a function that writes a run and labels, and runs the command."""

    def run(rows: Sequence[Any], labels: Sequence[dict[str, Any]], *words: str, **facts: Any) -> Any:
        folder = made.write_run(tmp_path / "run", rows, **facts)
        path = tmp_path / "labels.jsonl"
        path.write_text("".join(json.dumps(label) + "\n" for label in labels))
        return CliRunner().invoke(app, ["calibrate", str(folder), str(path), *words])

    return run


def _labels(*values: object, labeller: str = "ann") -> list[dict[str, Any]]:
    return [{"id": f"row-{place}", "label": value, "labeller": labeller} for place, value in enumerate(values)]


def test_disagreements_are_listed_with_their_text(calibrated: Any, made: Any) -> None:
    """Paid and wrong first; the rows on which people are split and those without a reward are counted apart."""
    rows = [made.made_row(place, reward) for place, reward in enumerate([1.0, 0.0, 1.0, 0.0, 1.0])]
    rows.append(made.made_row(5, 0.0, verdict=Verdict.FAILED))
    split = [{"id": "row-4", "label": 0, "labeller": "bo", "note": "no unit"}]
    done = calibrated(rows, [*_labels(1, 1, 0, 0, 1, 1), *split, {"id": "gone", "label": 1}], "--json")
    found = json.loads(done.stdout)

    assert [(each["id"], each["kind"]) for each in found["disagreements"]] == [
        ("row-2", "paid, and wrong"),
        ("row-1", "right, and not paid"),
    ]
    assert found["disagreements"][0]["completion"] == "The answer is 4."
    assert found["disagreements"][0]["components"][0]["disagrees"] is True
    assert (found["rows"], found["tied"], found["not_scored"], found["unknown"]) == (4, 1, 1, ["gone"])
    assert list(found["statistics"]["accuracy"]) == ["interval", "value"]
    assert found["statistics"]["accuracy"]["value"] == 0.5
    assert [each["kappa_with_others"] is None for each in found["labellers"]] == [False, False]


def test_what_is_printed_has_the_interval_before_the_value(calibrated: Any, made: Any) -> None:
    """With every statistic, each disagreement's text and the note of a person."""
    rows = [made.made_row(place, float(place % 2), completion="I say 4.\x1b[2J") for place in range(12)]
    labels = _labels(*[place % 2 for place in range(11)], 0)
    labels[11]["note"] = "wrong unit"
    shown = calibrated(rows, labels).stdout

    assert shown.index("95 % interval") < shown.index("value")
    for name in ("accuracy", "precision", "recall", "AUC", "Youden's J", "Cohen's kappa", "alpha", "Spearman"):
        assert name in shown
    assert "row-11: paid, and wrong" in shown
    assert "ann 0: wrong unit" in shown
    assert "I say 4." in shown
    assert "\x1b" not in shown


def test_marks_up_to_nine_are_right_from_five(calibrated: Any, made: Any) -> None:
    """Unless the command says otherwise; true and false are labels too."""
    rows = [made.made_row(place, 1.0) for place in range(3)]

    assert json.loads(calibrated(rows, _labels(9, 5, 4), "--json").stdout)["statistics"]["accuracy"]["value"] == 2 / 3
    strict = calibrated(rows, _labels(9, 5, 4), "--json", "--right-at", "9")
    assert json.loads(strict.stdout)["statistics"]["accuracy"]["value"] == 1 / 3
    assert json.loads(calibrated(rows, _labels(True, False, 1), "--json").stdout)["right_at"] == 0.5


def test_the_last_label_of_a_person_counts(calibrated: Any, made: Any) -> None:
    """Files are appended to."""
    found = calibrated([made.made_row(0, 1.0)], [*_labels(0), *_labels(1)], "--json")

    assert json.loads(found.stdout)["statistics"]["accuracy"]["value"] == 1.0


def test_rows_that_share_an_id_need_their_position(calibrated: Any, made: Any) -> None:
    """A label that may mean either row is refused."""
    rows = [made.made_row(place, float(place), id="same") for place in range(2)]
    done = calibrated(rows, [{"id": "same", "label": 1}])

    assert done.exit_code == 2
    assert "2 rows of the run have the id 'same'" in done.stderr
    found = calibrated(rows, [{"id": "same", "label": 1, "position": 1, "sample": 0}], "--json")
    assert json.loads(found.stdout)["statistics"]["accuracy"]["value"] == 1.0


@pytest.mark.parametrize("line", ['{"id": 1}', '{"id": 1, "label": "good"}', "[]", '{"id": 1, "label": 1e999}', "{"])
def test_a_line_that_is_no_label_is_named(line: str, tmp_path: Path, made: Any) -> None:
    """With the file and its line."""
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "row-0", "label": 1}\n' + line)
    run = made.write_run(tmp_path / "run", [made.made_row(0)])
    done = CliRunner().invoke(app, ["calibrate", str(run), str(path)])

    assert done.exit_code == 2
    assert "labels.jsonl:2: is no label" in done.stderr


def test_labels_of_no_row_are_an_error(calibrated: Any, made: Any) -> None:
    """There is nothing to compare."""
    done = calibrated([made.made_row(0)], [{"id": "other", "label": 1}])

    assert done.exit_code == 2
    assert "no label belongs to a scored row" in done.stderr


ENTRIES = {"math": (0.0, 1.0, ["accuracy", "style"])}


def _mixed(made: Any, pairs: Sequence[tuple[float, float]], shares: tuple[float, float] = (0.5, 0.5)) -> list[Any]:
    """Return rows whose reward is the mean of two entries."""
    return [
        made.made_row(
            place,
            math.fsum(value * share for value, share in zip(pair, shares, strict=True)),
            scores=[
                made.made_score(name, value, weight=share)
                for name, value, share in zip(("accuracy", "style"), pair, shares, strict=True)
            ],
        )
        for place, pair in enumerate(pairs)
    ]


def _suggested(calibrated: Any, rows: Sequence[Any], labels: Sequence[object]) -> set[tuple[str, str]]:
    done = calibrated(rows, _labels(*labels), "--json", tasks=ENTRIES)
    return {(each["kind"], each["component"]) for each in json.loads(done.stdout)["suggestions"]}


def test_an_entry_that_is_low_on_rows_paid_and_wrong_should_be_a_gate(calibrated: Any, made: Any) -> None:
    """Here half of the marks are paid for style alone; the reward then follows the labels."""
    rows = _mixed(made, [(1.0, 1.0), (0.0, 1.0), (0.0, 0.0)] * 5)

    assert ("gate", "accuracy") in _suggested(calibrated, rows, [1, 0, 0] * 5)
    assert ("gate", "accuracy") not in _suggested(calibrated, rows, [1, 1, 0] * 5)


def test_an_entry_that_says_nothing_should_be_dropped(calibrated: Any, made: Any) -> None:
    """Style is the same share of right and wrong rows."""
    rows = _mixed(made, [(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)] * 5)

    assert ("drop", "style") in _suggested(calibrated, rows, [1, 1, 0, 0] * 5)
    assert ("drop", "accuracy") not in _suggested(calibrated, rows, [1, 1, 0, 0] * 5)


def test_a_weight_that_hides_the_better_entry_should_change(calibrated: Any, made: Any) -> None:
    """Style says something, and too much of it outweighs accuracy."""
    pairs = [(0.8, 0.9), (0.8, 0.2), (0.2, 0.8), (0.2, 0.1), (0.9, 0.7)] * 12
    rows = _mixed(made, pairs, (0.45, 0.55))

    assert _suggested(calibrated, rows, [1, 1, 0, 0, 1] * 12) & {("reweight", "accuracy"), ("reweight", "style")}


def test_a_reward_that_follows_the_labels_gets_no_suggestion(calibrated: Any, made: Any) -> None:
    """Nor does one with few labels."""
    rows = _mixed(made, [(1.0, 1.0), (0.0, 0.0)] * 10)

    assert _suggested(calibrated, rows, [1, 0] * 10) == set()
    assert _suggested(calibrated, _mixed(made, [(1.0, 1.0), (0.0, 1.0)] * 2), [1, 0] * 2) == set()
