"""Scores become one reward."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import FailureKind, Record, Reward, Score, Scorer, Suite, Verdict, score_records
from rlvr.testing import a_record, suite_of

BROKEN = "broken"


def _named(name: str) -> Any:
    def score(record: Record, _options: object) -> object:
        value = record.metadata[name]
        if value == BROKEN:
            raise ValueError(name)
        return Score.abstained("no opinion") if value is None else value

    # In this process: a thousand suites would fork workers of a process that all other tests have made large.
    return Scorer(score=score, bounded=True)


PLUGIN = {name: _named(name) for name in ("a", "b", "c")}


def _suite(task: str) -> Suite:
    return suite_of("tasks: {t: {" + task + "}}", demo=PLUGIN)


def _reward(task: str, completion: str = "x", **values: Any) -> Reward:
    return score_records(_suite(task), [a_record(completion, **values)]).rewards[0]


def _metrics(reward: Reward) -> Mapping[str, float]:
    return {metric.name: metric.value for metric in reward.metrics}


THREE = (
    "scorers: [{scorer: demo.a, name: a, weight: 0.7}, {scorer: demo.b, name: b, weight: 0.2},"
    " {scorer: demo.c, name: c, weight: 0.1}]"
)


@pytest.mark.parametrize(
    ("aggregate", "value"),
    [
        ("mean", 0.7 + 0.2 * 0.5),
        ("sum", 0.7 + 0.2 * 0.5),
        ("product", 0.0),
        ("min", 0.0),
        ("max", 1.0),
        ("{formula: 'a * 0.5 + min(b, c)'}", 0.5),
    ],
)
def test_each_way_to_aggregate(aggregate: str, value: float) -> None:
    """Weights count in mean and sum."""
    assert _reward(f"{THREE}, aggregate: {aggregate}", a=1.0, b=0.5, c=0.0).value == pytest.approx(value)


def test_full_marks_are_exactly_one() -> None:
    """Shares that add to 0.9999999999999999 would leave a residue that an optimiser amplifies."""
    assert _reward(THREE, a=1.0, b=1.0, c=1.0).value == 1.0


def test_an_abstained_weight_goes_to_the_others() -> None:
    """0.7 and 0.1 remain."""
    assert _reward(THREE, a=1.0, b=None, c=0.0).value == pytest.approx(0.7 / 0.8)


def test_if_nobody_has_an_opinion_the_reward_is_zero_and_says_so() -> None:
    """Trainers that can skip a record read the verdict."""
    reward = _reward(THREE, a=None, b=None, c=None)

    assert (reward.value, reward.verdict) == (0.0, Verdict.ABSTAINED)


@pytest.mark.parametrize(("policy", "value"), [("zero", 0.3), ("abstain", 1.0), ("floor", 0.0)])
def test_a_broken_scorer_counts_what_the_policy_says(policy: str, value: float) -> None:
    """And the verdict and the metric tell it from a wrong answer in every case."""
    reward = _reward(f"{THREE}, on_error: {policy}", a=BROKEN, b=1.0, c=1.0)

    assert reward.value == pytest.approx(value)
    assert reward.verdict is Verdict.FAILED
    assert _metrics(reward)["rlvr/failed"] == 1.0


def test_a_fault_does_not_pay_through_an_inverted_penalty() -> None:
    """The policy's zero comes after the transforms."""
    assert _reward("scorers: [{scorer: demo.a, transform: [invert]}]", a=BROKEN).value == 0.0


def test_a_fault_does_not_pay_through_a_formula() -> None:
    """A formula may subtract what is missing."""
    task = "scorers: [{scorer: demo.a, name: a}], aggregate: {formula: 1 - a}"

    assert _reward(task, a=BROKEN).value == 0.0
    assert _reward(task, a=0.0).value == 1.0


@pytest.mark.parametrize("completion", ["", " \n", "\u200b"])
@pytest.mark.parametrize("task", ["scorers: [{scorer: demo.a, name: a, transform: [invert]}]", THREE])
def test_a_blank_completion_earns_nothing_whatever_the_arithmetic(completion: str, task: str) -> None:
    """Not even where the absence of something is what pays; and no scorer is asked."""
    reward = _reward(task, completion, a=BROKEN, b=BROKEN, c=BROKEN)

    assert (reward.value, reward.verdict) == (0.0, Verdict.SCORED)


def test_a_blank_completion_is_no_better_than_a_wrong_one() -> None:
    """Where wrong is -1, silence must not be 0."""
    task = "scorers: [{scorer: demo.a, transform: [{scale: {factor: 2, offset: -1}}]}], range: [-1, 1]"

    assert _reward(task, "", a=1.0).value == _reward(task, "x", a=0.0).value == -1.0


@pytest.mark.parametrize(
    ("gate", "value", "reward", "vetoed"),
    [
        ("0.5", 0.4, 0.0, 1.0),
        ("0.5", 0.5, 0.75, 0.0),
        ("{at_least: 1, floor: 0.1}", 0.5, 0.1, 1.0),
        ("1", None, 1.0, 0.0),
    ],
)
def test_a_gate_vetoes_below_its_threshold(gate: str, value: object, reward: float, vetoed: float) -> None:
    """The reward becomes the floor; a gate without an opinion passes."""
    task = f"scorers: [{{scorer: demo.a, name: a}}, {{scorer: demo.b, name: safety, gate: {gate}}}]"
    got = _reward(task, a=1.0, b=value)

    assert got.value == reward
    assert _metrics(got)["rlvr/vetoed"] == vetoed
    assert ("because `safety` vetoed" in got.arithmetic) == bool(vetoed)


def test_a_broken_gate_vetoes() -> None:
    """A safety check that cannot run has not passed."""
    assert _reward("scorers: [demo.a, {scorer: demo.b, gate: 0.5}]", a=1.0, b=BROKEN).value == 0.0


def test_shaping_counts_only_if_the_answer_is_right() -> None:
    """``when`` keeps the entry's weight, so that shaping cannot replace the outcome."""
    task = "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, when: a}]"

    assert _reward(task, a=1.0, b=1.0).value == 1.0
    assert _reward(task, a=0.5, b=1.0).value == 0.25


@pytest.mark.parametrize(
    ("transform", "value", "reward"),
    [
        ("[invert]", 0.25, 0.75),
        ("[{threshold: 0.5}]", 0.5, 1.0),
        ("[{threshold: 0.5}]", 0.49, 0.0),
        ("[{clip: [0.2, 0.8]}]", 0.9, 0.8),
        ("[{scale: {factor: 0.5, offset: 0.25}}]", 1.0, 0.75),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 0.7, 0.2),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 0.4, 0.0),
        ("[invert, {threshold: 0.5}]", 0.5, 1.0),
    ],
)
def test_each_transform(transform: str, value: float, reward: float) -> None:
    """In the order in which they stand."""
    assert _reward(f"scorers: [{{scorer: demo.a, transform: {transform}}}]", a=value).value == pytest.approx(reward)


def test_weight_zero_is_a_metric_only() -> None:
    """It is logged, typed Metric, and does not count."""
    reward = _reward("scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, weight: 0}]", a=1.0, b=0.0)

    assert reward.value == 1.0
    assert [(metric.name, metric.type) for metric in reward.metrics[:2]] == [("a", "Reward"), ("b", "Metric")]


def test_a_formula_that_divides_by_zero_pays_nothing() -> None:
    """And says so."""
    reward = _reward("scorers: [{scorer: demo.a, name: a}], aggregate: {formula: 1 / a}", a=0.0)

    assert (reward.value, reward.arithmetic) == (0.0, "0: 1 / a divides by 0")


def test_the_reward_stays_in_the_tasks_range() -> None:
    """Clipping is told."""
    reward = _reward("scorers: [{scorer: demo.a, transform: [{scale: {factor: 5}}]}], range: [-1, 2]", a=1.0)

    assert reward.value == 2.0
    assert "clipped to 2" in reward.arithmetic


def test_a_record_without_a_route_is_an_invalid_task() -> None:
    """It gets no reward of its own, in the range of every task."""
    suite = suite_of("tasks: {t: {scorers: [demo.a]}, u: {scorers: [demo.a]}}", demo=PLUGIN)
    reward = score_records(suite, [a_record("x", task="nobody's")]).rewards[0]

    assert (reward.value, reward.verdict, reward.task) == (0.0, Verdict.INVALID_TASK, None)
    assert "no route" in reward.problem


VALUES = st.sampled_from([0.0, 0.25, 1.0, None, BROKEN]) | st.floats(0, 1)


@given(
    a=VALUES,
    b=VALUES,
    c=VALUES,
    aggregate=st.sampled_from(["mean", "sum", "product", "min", "max", "{formula: a / b - c}"]),
    policy=st.sampled_from(["zero", "abstain", "floor"]),
)
def test_every_reward_is_finite_in_range_and_has_the_same_metrics(
    a: object, b: object, c: object, aggregate: str, policy: str
) -> None:
    """A task promises the same names for every record."""
    reward = _reward(f"{THREE}, aggregate: {aggregate}, on_error: {policy}, range: [-0.5, 0.9]", a=a, b=b, c=c)

    assert math.isfinite(reward.value)
    assert -0.5 <= reward.value <= 0.9
    assert list(_metrics(reward)) == ["a", "b", "c", "rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed"]
    assert all(math.isfinite(value) for value in _metrics(reward).values())


def test_failure_kinds_are_counted() -> None:
    """By scorer and kind."""
    report = score_records(_suite("scorers: [demo.a]"), [a_record("x", a=BROKEN), a_record("x", a=1.0)])

    assert report.failures == {f"demo.a: {FailureKind.EXCEPTION}": 1}
    assert report.verdicts[Verdict.SCORED] == 1
