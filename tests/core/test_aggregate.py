"""Scores become one reward."""

import itertools
import math
from collections.abc import Mapping
from typing import Any, get_args
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import (
    FailureKind,
    Record,
    Report,
    Reward,
    Score,
    Scorer,
    ScorerFaultError,
    Suite,
    Summary,
    Verdict,
    parse_suite,
    score_records,
)
from rlvr.aggregate import _decide, aggregate
from rlvr.config.format import Method, Policy
from rlvr.config.suite import nothing_in
from rlvr.formula import parse_formula
from rlvr.testing import a_record, registry_of, suite_of

BROKEN, UNSCORABLE = "broken", "unscorable"


def _named(name: str) -> Any:
    def score(record: Record, _options: object) -> object:
        value = record.metadata[name]
        if value == BROKEN:
            raise ValueError(name)
        if value == UNSCORABLE:
            return Score.invalid_task(name)
        return Score.abstained("no opinion") if value is None else value

    # In this process: a thousand suites would fork workers of a process that all other tests have made large.
    return Scorer(score=score, bounded=True)


PLUGIN = {name: _named(name) for name in ("a", "b", "c")}


def _suite(task: str) -> Suite:
    return suite_of("tasks: {t: {" + task + "}}", demo=PLUGIN)


def _reward(task: str, completion: str = "x", **values: Any) -> Reward:
    return score_records(_suite(task), [a_record(completion, **values)]).rewards[0]


def _rewarded(task: str, **values: Any) -> Reward:
    """Return the reward of a record, even if the task says to raise."""
    try:
        return _reward(task, **values)
    except ScorerFaultError as error:
        report: Report = error.report
        return report.rewards[0]


def _metrics(reward: Reward) -> Mapping[str, float]:
    return {metric.name: metric.value for metric in reward.metrics}


THREE = (
    "scorers: [{scorer: demo.a, name: a, weight: 0.7}, {scorer: demo.b, name: b, weight: 0.2},"
    " {scorer: demo.c, name: c, weight: 0.1}]"
)


BY_HAND: Mapping[Method, tuple[float, float, float, float]] = {
    # a, b, c of weights 0.7, 0.2, 0.1: (1, 0.5, 0), (0, 0, 1), (0.25, none, 0.75), (0.5, 0.5, 0.5)
    "mean": (0.8, 0.1, (0.7 * 0.25 + 0.1 * 0.75) / 0.8, 0.5),
    "sum": (0.8, 0.1, 0.7 * 0.25 + 0.1 * 0.75, 0.5),
    "product": (0.0, 0.0, 0.1875, 0.125),
    "min": (0.0, 0.0, 0.25, 0.5),
    "max": (1.0, 1.0, 0.75, 0.5),
    "median": (0.5, 0.0, 0.5, 0.5),
}
# By method: the weights of the parts of a, b and c where b abstains; shares of a mean, and else those of the suite.
PART_WEIGHTS: Mapping[Method, tuple[float, float, float]] = {
    "mean": (0.7 / 0.8, 0.0, 0.1 / 0.8),
    "sum": (0.7, 0.2, 0.1),
    "product": (0.7, 0.2, 0.1),
    "min": (0.7, 0.2, 0.1),
    "max": (0.7, 0.2, 0.1),
    "median": (0.7, 0.2, 0.1),
}
ARITHMETIC: Mapping[Method, str] = {
    "mean": "0.7 * 1 + 0.2 * 0.5 + 0.1 * 0 = 0.8",
    "sum": "0.7 * 1 + 0.2 * 0.5 + 0.1 * 0 = 0.8",
    "product": "1 * 0.5 * 0 = 0",
    "min": "min(1, 0.5, 0) = 0",
    "max": "max(1, 0.5, 0) = 1",
    "median": "median(1, 0.5, 0) = 0.5",
}


@pytest.mark.parametrize("method", get_args(Method))
def test_each_method_gives_what_was_computed_by_hand(method: Method) -> None:
    """Weights count in mean and sum; an entry that abstains never counts."""
    inputs = ((1.0, 0.5, 0.0), (0.0, 0.0, 1.0), (0.25, None, 0.75), (0.5, 0.5, 0.5))
    for (a, b, c), value in zip(inputs, BY_HAND[method], strict=True):
        assert _reward(f"{THREE}, aggregate: {method}", a=a, b=b, c=c).value == pytest.approx(value)

    assert _reward(f"{THREE}, aggregate: {method}", a=1.0, b=0.5, c=0.0).arithmetic == ARITHMETIC[method]
    parts = _reward(f"{THREE}, aggregate: {method}", a=0.25, b=None, c=0.75).parts
    assert [part.weight for part in parts] == pytest.approx(PART_WEIGHTS[method])


def test_a_formula_names_its_metrics() -> None:
    """Weights do not count."""
    task = f"{THREE}, aggregate: {{formula: 'a * 0.5 + min(b, c)'}}"

    assert _reward(task, a=1.0, b=0.5, c=0.0).value == pytest.approx(0.5)


@pytest.mark.parametrize("policy", get_args(Policy))
@pytest.mark.parametrize("verdict", ["failed", "invalid_task"])
def test_each_policy_gives_what_was_computed_by_hand(policy: Policy, verdict: str) -> None:
    """For a scorer that broke, and for a row that it cannot score."""
    task = f"{THREE}, on_error: {policy}, range: [-1, 1]"
    value = BROKEN if verdict == "failed" else UNSCORABLE
    by_hand = {"zero": 0.3, "abstain": 1.0, "floor": -1.0, "raise": 0.3}
    reward = _rewarded(task, a=value, b=1.0, c=1.0)

    assert reward.value == pytest.approx(by_hand[policy])
    assert reward.verdict == verdict
    if policy == "raise":
        with pytest.raises(ScorerFaultError, match="on_error: raise: scorers broke on 1 of 1 records"):
            _reward(task, a=value, b=1.0, c=1.0)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((1.0, None, "unscorable"), Verdict.INVALID_TASK),
        (("unscorable", "broken", 1.0), Verdict.FAILED),
        ((None, 1.0, None), Verdict.SCORED),
        ((None, None, None), Verdict.ABSTAINED),
        ((None, "unscorable", None), Verdict.INVALID_TASK),
        (("broken", None, None), Verdict.FAILED),
    ],
)
def test_a_fault_decides_the_verdict_before_a_value_and_a_value_before_no_opinion(
    values: tuple[object, ...], verdict: Verdict
) -> None:
    """The order of the entries does not matter."""
    for a, b, c in itertools.permutations(values):
        assert _reward(THREE, a=a, b=b, c=c).verdict is verdict


def test_full_marks_are_exactly_one() -> None:
    """A sum of shares of 0.9999999999999999 would leave a difference that an optimiser amplifies."""
    assert _reward(THREE, a=1.0, b=1.0, c=1.0).value == 1.0


def test_an_abstained_weight_goes_to_the_others() -> None:
    """The weights 0.7 and 0.1 remain."""
    assert _reward(THREE, a=1.0, b=None, c=0.0).value == pytest.approx(0.7 / 0.8)


def test_an_abstained_part_has_no_share() -> None:
    """As its explanation shows."""
    reward = _reward(THREE, a=1.0, b=None, c=0.0)

    assert [part.weight for part in reward.parts] == pytest.approx([0.875, 0.0, 0.125])
    assert reward.parts[1].value is None


@pytest.mark.parametrize("range_", ["[-1, 1]", "[0, 1]", "[-1, 0]"])
def test_a_negative_zero_is_a_plain_one(range_: str) -> None:
    """In the reward and in its metrics, which people read."""
    task = f"scorers: [{{scorer: demo.a, name: a, transform: [{{scale: {{factor: -1}}}}]}}], range: {range_}"
    reward = _reward(task, a=0.0)

    assert [math.copysign(1, value) for value in (reward.value, _metrics(reward)["a"])] == [1, 1]


def test_if_no_scorer_has_an_opinion_the_reward_is_zero_and_says_so() -> None:
    """Trainers that can skip a record read the verdict."""
    reward = _reward(THREE, a=None, b=None, c=None)

    assert (reward.value, reward.verdict) == (0.0, Verdict.ABSTAINED)


@pytest.mark.parametrize(("policy", "value"), [("zero", 0.3), ("abstain", 1.0), ("floor", 0.0)])
def test_a_broken_scorer_counts_what_the_policy_says(policy: str, value: float) -> None:
    """The verdict and the metric distinguish it from a wrong answer in every case."""
    reward = _reward(f"{THREE}, on_error: {policy}", a=BROKEN, b=1.0, c=1.0)

    assert reward.value == pytest.approx(value)
    assert reward.verdict is Verdict.FAILED
    assert _metrics(reward)["rlvr/failed"] == 1.0


def test_a_fault_gets_no_reward_through_an_inverted_penalty() -> None:
    """The zero of the policy comes after the transforms."""
    assert _reward("scorers: [{scorer: demo.a, transform: [invert]}]", a=BROKEN).value == 0.0


def test_a_fault_gets_no_reward_through_a_formula() -> None:
    """A formula may subtract the missing value."""
    task = "scorers: [{scorer: demo.a, name: a}], aggregate: {formula: 1 - a}"

    assert _reward(task, a=BROKEN).value == 0.0
    assert _reward(task, a=0.0).value == 1.0


@pytest.mark.parametrize("completion", ["", " \n", "\u200b"])
@pytest.mark.parametrize("task", ["scorers: [{scorer: demo.a, name: a, transform: [invert]}]", THREE])
def test_a_blank_completion_gets_no_reward_whatever_the_arithmetic(completion: str, task: str) -> None:
    """Even if the absence of something gives a reward; no scorer is called."""
    reward = _reward(task, completion, a=BROKEN, b=BROKEN, c=BROKEN)

    assert (reward.value, reward.verdict) == (0.0, Verdict.SCORED)


def test_the_arithmetic_says_that_a_completion_is_blank_if_that_changed_the_reward() -> None:
    """Else it is the arithmetic of the zeros."""
    entry = "scorers: [{scorer: demo.a, name: a%s}]"

    assert _reward(entry % ", transform: [invert]", "", a=1.0).arithmetic == (
        "0: the completion is blank (else 1 * 1 = 1)"
    )
    assert _reward(entry % "", "", a=1.0).arithmetic == "1 * 0 = 0"


@pytest.mark.parametrize("count", [3, 10, 49])
def test_a_mean_of_full_scores_is_the_full_reward(count: int) -> None:
    """Although 49 shares of 1/49 add to 0.9999999999999999."""
    entries = ", ".join(f"{{scorer: demo.a, name: a{number}}}" for number in range(count))
    reward = _reward(f"scorers: [{entries}]", a=1.0)

    assert reward.value == 1.0
    assert reward.earns_all


def test_a_blank_completion_is_no_better_than_a_wrong_one() -> None:
    """If a wrong answer gets -1, an empty one must not get 0."""
    task = "scorers: [{scorer: demo.a, transform: [{scale: {factor: 2, offset: -1}}]}], range: [-1, 1]"

    assert _reward(task, "", a=1.0).value == _reward(task, "x", a=0.0).value == -1.0


@pytest.mark.parametrize(
    ("gate", "value", "reward", "vetoed"),
    [
        ("0.5", 0.4, 0.0, 1.0),
        ("0.5", 0.5, 0.75, 0.0),
        ("{at_least: 1, floor: 0.1}", 0.5, 0.1, 1.0),
        ("1", None, 0.0, 1.0),
        ("{at_least: 1, absent: veto, floor: 0.1}", None, 0.1, 1.0),
        ("{at_least: 1, absent: pass}", None, 1.0, 0.0),
        ("{at_least: 1, absent: pass}", 0.5, 0.0, 1.0),
    ],
)
def test_a_gate_vetoes_below_its_threshold(gate: str, value: object, reward: float, vetoed: float) -> None:
    """The reward becomes the floor; a gate without a value vetoes too, unless the suite lets it pass."""
    task = f"scorers: [{{scorer: demo.a, name: a}}, {{scorer: demo.b, name: safety, gate: {gate}}}]"
    got = _reward(task, a=1.0, b=value)

    assert got.value == reward
    assert _metrics(got)["rlvr/vetoed"] == vetoed
    assert ("because `safety` vetoed" in got.arithmetic) == bool(vetoed)


@pytest.mark.parametrize("policy", get_args(Policy))
def test_a_broken_gate_vetoes(policy: Policy) -> None:
    """A safety check that cannot run has not passed, whatever the policy, unless the suite lets it pass."""
    task = "scorers: [demo.a, {scorer: demo.b, gate: %s}], on_error: " + policy
    value = {"zero": 0.0, "abstain": 1.0, "floor": 0.0, "raise": 0.0}[policy]

    assert _rewarded(task % "0.5", a=1.0, b=BROKEN).value == 0.0
    assert _rewarded(task % "{at_least: 0.5, absent: pass}", a=1.0, b=BROKEN).value == value


def test_shaping_counts_only_if_the_answer_is_right() -> None:
    """``when`` keeps the weight of the entry, so that shaping cannot replace the outcome."""
    task = "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, when: a}]"

    assert _reward(task, a=1.0, b=1.0).value == 1.0
    assert _reward(task, a=0.5, b=1.0).value == 0.25


@pytest.mark.each(
    ("transform", "value", "reward"),
    [
        ("[invert]", 0.25, 0.75),
        ("[{threshold: 0.5}]", 0.5, 1.0),
        ("[{threshold: 0.5}]", 0.49, 0.0),
        ("[{clip: [0.2, 0.8]}]", 0.9, 0.8),
        ("[{scale: {factor: 0.5, offset: 0.25}}]", 1.0, 0.75),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 0.7, 0.2),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 0.4, 0.0),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 0.5, 0.2),
        ("[{steps: [[0.5, 0.2], [1, 1]]}]", 1.0, 1.0),
        ("[invert, {threshold: 0.5}]", 0.5, 1.0),
    ],
)
def test_each_transform(transform: str, value: float, reward: float) -> None:
    """Transforms apply in their order."""
    assert _reward(f"scorers: [{{scorer: demo.a, transform: {transform}}}]", a=value).value == pytest.approx(reward)


def test_weight_zero_is_a_metric_only() -> None:
    """It is logged, typed Metric, and does not count."""
    reward = _reward("scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, weight: 0}]", a=1.0, b=0.0)

    assert reward.value == 1.0
    assert [(metric.name, metric.type) for metric in reward.metrics[:2]] == [("a", "Reward"), ("b", "Metric")]


MIXED = """
tasks:
  first: {scorers: [{scorer: demo.a, name: a}, {scorer: demo.detailed, name: d, weight: 0}]}
  second: {scorers: [{scorer: demo.b, name: b}, {scorer: demo.a, name: a, weight: 0}]}
  third: {scorers: [{scorer: demo.other, name: d}, {scorer: demo.b, name: c}, {scorer: demo.b, name: b}]}
"""
DETAILED = Scorer(score=lambda _record, _options: {"value": 0.5, "x": 3.0}, metrics=("x", "y"), bounded=True)
OTHER = Scorer(score=lambda _record, _options: {"value": 0.25, "z": 2.0}, metrics=("z", "x"), bounded=True)
UNION = ("a", "d", "d/x", "d/y", "b", "d/z", "c")
SHARED = ("rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed")


def _mixed(more: str = "") -> Suite:
    return suite_of(MIXED + more, demo={**PLUGIN, "detailed": DETAILED, "other": OTHER})


def test_every_record_of_a_suite_has_the_same_metrics_in_the_same_order() -> None:
    """Also a record that no task fits; metrics of other tasks are 0.0, and of type Metric."""
    suite = _mixed()
    names = ("first", "second", "third", "nobody's")
    rewards = score_records(suite, [a_record("x", task=name, a=1.0, b=0.75) for name in names]).rewards
    values = {
        name: {m.name: (m.value, m.type) for m in reward.metrics if m.is_own}
        for name, reward in zip(names, rewards, strict=True)
    }

    assert suite.metric_names == (*UNION, *SHARED)
    assert [tuple(metric.name for metric in reward.metrics) for reward in rewards] == [suite.metric_names] * 4
    assert {(m.value, m.type) for reward in rewards for m in reward.metrics if not m.is_own} == {(0.0, "Metric")}
    shared = dict.fromkeys(SHARED, (0.0, "Metric"))
    assert values == {
        "first": {"a": (1.0, "Reward"), "d": (0.5, "Metric"), "d/x": (3.0, "Metric"), "d/y": (0.0, "Metric"), **shared},
        "second": {"a": (1.0, "Metric"), "b": (0.75, "Reward"), **shared},
        "third": {
            "d": (0.25, "Reward"),
            "d/x": (0.0, "Metric"),
            "b": (0.75, "Reward"),
            "d/z": (2.0, "Metric"),
            "c": (0.75, "Reward"),
            **shared,
        },
        "nobody's": {**shared, "rlvr/invalid_task": (1.0, "Metric")},
    }


def test_a_summary_counts_the_metrics_of_a_records_own_task() -> None:
    """The 0.0 of another task is no value of a scorer."""
    suite = _mixed()
    summary = Summary.of(suite)
    summary.add(score_records(suite, [a_record("x", task=name, a=1.0, b=0.75) for name in ("first", "third", "?")]))

    assert summary.metric_sums == {
        "a": (1, 1.0),
        "d": (2, 0.75),
        "d/x": (2, 3.0),
        "d/y": (1, 0.0),
        "b": (1, 0.75),
        "c": (1, 0.75),
        "d/z": (1, 2.0),
        "rlvr/failed": (3, 0.0),
        "rlvr/invalid_task": (3, 1.0),
        "rlvr/vetoed": (3, 0.0),
    }


def test_the_alarm_is_the_last_metric_of_every_record() -> None:
    """Of every task, and before and after the breaker has tripped."""
    suite = _mixed("fail_fast: {fault_share: 0.4, action: zero}")
    for broken, alarm in ((0.0, 0.0), (BROKEN, 1.0)):
        records = [a_record("x", task=name, a=broken, b=broken) for name in ("first", "second", "nobody's")]
        for reward in score_records(suite, records).rewards:
            assert (
                tuple(metric.name for metric in reward.metrics) == suite.metric_names == (*UNION, *SHARED, "rlvr/alarm")
            )
            assert (reward.metrics[-1].value, reward.metrics[-1].is_own) == (alarm, True)


TASKS = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True), min_size=1, max_size=4)


@given(tasks=TASKS, data=st.data())
def test_metrics_are_the_union_for_any_tasks(tasks: list[list[str]], data: st.DataObject) -> None:
    """Each record has its own values at the places of their names, whatever the other records are."""
    task = {
        f"t{n}": {"scorers": [{"scorer": "demo.a", "name": name} for name in names]} for n, names in enumerate(tasks)
    }
    suite = parse_suite({"tasks": task, "route": {"by": "to"}}, registry=registry_of(demo=PLUGIN))
    chosen = data.draw(st.lists(st.integers(0, len(tasks)), min_size=1, max_size=6))
    records = [a_record("x", to=f"t{n}", a=0.1 * (n + 1)) for n in chosen]

    for n, reward in zip(chosen, score_records(suite, records).rewards, strict=True):
        own = tasks[n] if n < len(tasks) else []
        assert tuple(metric.name for metric in reward.metrics) == suite.metric_names
        assert {m.name: m.value for m in reward.metrics if m.is_own and m.name not in SHARED} == dict.fromkeys(
            own, 0.1 * (n + 1)
        )
    assert suite.metric_names == (*dict.fromkeys(name for names in tasks for name in names), *SHARED)


def test_a_formula_that_divides_by_zero_gives_0() -> None:
    """The arithmetic says so."""
    reward = _reward("scorers: [{scorer: demo.a, name: a}], aggregate: {formula: 1 / a}", a=0.0)

    assert (reward.value, reward.arithmetic) == (0.0, "0: 1 / a divides by 0")


def test_an_entry_counts_in_a_formula_that_names_it() -> None:
    """Whatever its weight; the others are metrics."""
    entries = "{scorer: demo.a, name: a, weight: 0}, {scorer: demo.b, name: b}"
    reward = _reward(f"scorers: [{entries}], aggregate: {{formula: 2 * a}}", a=0.25, b=1.0)

    assert reward.value == 0.5
    assert [(metric.name, metric.type) for metric in reward.metrics[:2]] == [("a", "Reward"), ("b", "Metric")]


def test_the_reward_stays_in_the_tasks_range() -> None:
    """The arithmetic shows that the reward was clipped."""
    reward = _reward("scorers: [{scorer: demo.a, transform: [{scale: {factor: 5}}]}], range: [-1, 2]", a=1.0)

    assert reward.value == 2.0
    assert "clipped to 2" in reward.arithmetic


def test_a_record_without_a_route_is_an_invalid_task() -> None:
    """Its reward lies in the range of every task."""
    suite = suite_of("tasks: {t: {scorers: [demo.a]}, u: {scorers: [demo.a]}}", demo=PLUGIN)
    reward = score_records(suite, [a_record("x", task="nobody's")]).rewards[0]

    assert (reward.value, reward.verdict, reward.task) == (0.0, Verdict.INVALID_TASK, None)
    assert "no route" in reward.problem
    shared = {name: value for name, value in _metrics(reward).items() if name.startswith("rlvr/")}
    assert shared == {"rlvr/failed": 0.0, "rlvr/invalid_task": 1.0, "rlvr/vetoed": 0.0}


VALUES = st.sampled_from([0.0, 0.25, 1.0, None, BROKEN]) | st.floats(0, 1)


@given(
    a=VALUES,
    b=VALUES,
    c=VALUES,
    aggregate=st.sampled_from([*get_args(Method), "{formula: a / b - c}"]),
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


@pytest.mark.parametrize(
    ("low", "high", "nothing"),
    [(0, 1, 0), (-1, 1, 0), (0.2, 1, 0.2), (-1, 0, -1), (-2, -1, -2), (-0.5, 0.1, 0), (0, 5, 0)],
)
def test_nothing_is_zero_where_the_range_has_it_inside_else_the_low_end(
    low: float, high: float, nothing: float
) -> None:
    """Rewards, the report, the log and the checks of data share one definition."""
    task = f"scorers: [{{scorer: demo.a, transform: [{{scale: {{factor: 10, offset: -5}}}}]}}], range: [{low}, {high}]"
    suite = _suite(task)

    assert nothing_in(low, high) == suite.tasks["t"].nothing == nothing
    assert _reward(task, a=0.0).earns_nothing
    assert _reward(task, a=1.0).earns_all
    assert not _reward(task, a=1.0).earns_nothing
    assert not _reward(task, a=0.0).earns_all


def test_a_record_without_a_task_earns_nothing_and_never_all() -> None:
    """This holds for all ranges."""
    suite = suite_of("tasks: {t: {scorers: [demo.a], range: [0.5, 1]}, u: {scorers: [demo.a]}}", demo=PLUGIN)
    reward = score_records(suite, [a_record("x", task="nobody's")]).rewards[0]

    assert (reward.earns_nothing, reward.earns_all) == (True, False)


def test_the_summary_follows_the_range() -> None:
    """Seven of eight answers are wrong and get -1, the low end of the range, which counts as nothing."""
    task = "scorers: [{scorer: demo.a, name: a}], range: [-1, 1], aggregate: {formula: 2 * a - 1}"
    suite = _suite(task)
    records = [a_record("x", prompt=str(place // 2), a=float(place == 7)) for place in range(8)]
    report = score_records(suite, records)
    summary = Summary.of(suite)
    summary.add(report)

    assert (summary.nothing, summary.rewards.histogram) == (7, [7, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    assert summary.rewards.bin_edges == pytest.approx((-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1))
    assert (report.group_statistics.zero_variance_groups, report.group_statistics.all_nothing) == (3, 3)
    assert report.group_statistics.all_full == 0


@pytest.mark.parametrize("value", [0.0, 0.05, 0.1, 0.15, 0.5, 0.999, 1.0])
def test_a_reward_is_in_the_bin_that_starts_at_or_below_it(value: float) -> None:
    """The last bin includes its end."""
    summary = Summary.of(_suite("scorers: [demo.a]"))
    summary.add(score_records(_suite("scorers: [demo.a]"), [a_record("x", a=value)]))

    assert summary.rewards.histogram.index(1) == min(9, int(value * 10))


@pytest.mark.parametrize("condition", [None, 0.5, BROKEN, UNSCORABLE])
def test_a_condition_without_a_value_is_not_met(condition: object) -> None:
    """The entry that depends on it counts 0.0, whatever it scored."""
    task = "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, when: a}], on_error: abstain"
    reward = _reward(task, a=condition, b=1.0)

    assert (reward.parts[1].value, reward.parts[1].note) == (0.0, "0: a is below 1")


@pytest.mark.parametrize(
    ("range_", "value"), [("[0, 1]", 0.0), ("[-1, 1]", 0.0), ("[0.25, 1]", 0.25), ("[-1, -0.5]", -0.5)]
)
def test_a_reward_that_is_not_finite_is_the_one_nearest_to_zero(range_: str, value: float) -> None:
    """And so is no metric; the arithmetic says it."""
    scaled = "transform: [{scale: {factor: 1.0e+308, offset: 0}}]"
    entries = f"{{scorer: demo.a, name: a, {scaled}}}, {{scorer: demo.b, name: b, {scaled}}}"
    reward = _reward(f"scorers: [{entries}], aggregate: product, range: {range_}", a=1.0, b=1.0)
    twice = f"transform: [{scaled[12:-1]}, {{scale: {{factor: 10, offset: 0}}}}]"
    infinite = _reward(f"scorers: [{{scorer: demo.a, name: a, {twice}}}], range: {range_}", a=1.0)

    assert reward.value == infinite.value == value
    assert reward.arithmetic == "0: 1e+308 * 1e+308 = inf is not finite"
    assert _metrics(infinite)["a"] == 0.0


@pytest.mark.parametrize(
    ("value", "names"),
    [(1.0, ()), (BROKEN, ("rlvr/failed",)), (UNSCORABLE, ("rlvr/invalid_task",)), (None, ("rlvr/vetoed",))],
)
def test_each_kind_of_trouble_has_its_metric(value: object, names: tuple[str, ...]) -> None:
    """1.0 for its own, 0.0 for the others; what has no value has the metric 0.0."""
    task = (
        "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, weight: 0, gate: {at_least: 0, absent: veto}}]"
    )
    metrics = _metrics(_reward(task, a=1.0 if value is None else value, b=1.0 if value is not None else None))

    shared = {name: metrics[name] for name in ("rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed")}
    assert shared == {name: float(name in names) for name in shared}
    assert (metrics["a"], metrics["b"]) == (float(value in {1.0, None}), float(value is not None))


def test_as_many_scores_as_entries_are_needed() -> None:
    """A score that got lost is an error of ours, and no reward."""
    suite = _suite(THREE)
    record = suite.routed(a_record("x"))

    with pytest.raises(ValueError, match="zip"):
        aggregate(suite, record, [Score.of(1.0)] * 2)


PENALIZED = (
    "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, weight: -0.5}], aggregate: sum, range: [-1, 1]"
)


@pytest.mark.parametrize(
    ("a", "b", "reward", "arithmetic"),
    [
        (1.0, 0.0, 1.0, "1 * 1 - 0.5 * 0 = 1"),
        (1.0, 1.0, 0.5, "1 * 1 - 0.5 * 1 = 0.5"),
        (0.0, 1.0, -0.5, "1 * 0 - 0.5 * 1 = -0.5"),
        (0.0, 0.0, 0.0, "1 * 0 - 0.5 * 0 = 0"),
        (1.0, None, 1.0, "1 * 1 = 1"),
        (1.0, BROKEN, 0.5, "1 * 1 - 0.5 * 1 = 0.5"),
        (1.0, UNSCORABLE, 0.5, "1 * 1 - 0.5 * 1 = 0.5"),
        (BROKEN, BROKEN, -0.5, "1 * 0 - 0.5 * 1 = -0.5"),
    ],
)
def test_a_penalty_lowers_the_reward(a: object, b: object, reward: float, arithmetic: str) -> None:
    """A fault counts as the full penalty; a scorer without an opinion has none."""
    got = _reward(PENALIZED, a=a, b=b)

    assert (got.value, got.arithmetic) == (reward, arithmetic)
    assert [metric.type for metric in got.metrics[:2]] == ["Reward", "Reward"]
    assert got.parts[1].weight == -0.5
    assert (got.low, got.high, got.earns_all) == (-1.0, 1.0, reward == 1.0)


@pytest.mark.parametrize("policy", ["zero", "abstain"])
@pytest.mark.parametrize("completion", ["", "\u200b \n"])
def test_a_blank_completion_has_every_penalty(policy: str, completion: str) -> None:
    """Its reward is that of the worst answer, and its parts say why."""
    got = _reward(f"{PENALIZED}, on_error: {policy}", completion, a=1.0, b=0.0)

    assert (got.value, got.verdict) == (-0.5, Verdict.SCORED)
    assert got.parts[1].note == "1: the full penalty, since the completion is blank"


@pytest.mark.parametrize("policy", get_args(Policy))
def test_no_policy_lets_a_fault_escape_a_penalty(policy: Policy) -> None:
    """Not even the one that leaves out other entries."""
    reward = _rewarded(f"{PENALIZED}, on_error: {policy}", a=1.0, b=BROKEN)

    assert reward.value == {"zero": 0.5, "abstain": 0.5, "floor": -1.0, "raise": 0.5}[policy]
    assert reward.parts[1].note == "1: the full penalty, since the score is failed"


@pytest.mark.each(
    ("transform", "full"),
    [
        ("[]", 1.0),
        ("[invert]", 1.0),
        ("[{threshold: 0.5}]", 1.0),
        ("[{clip: [0.1, 0.4]}]", 0.4),
        ("[{scale: {factor: 3, offset: -1}}]", 2.0),
        ("[{scale: {factor: -2, offset: 1}}]", 1.0),
        ("[{scale: {factor: -1}}]", 0.0),
        ("[{steps: [[0.2, 0.9], [0.5, 0.1], [1, 0.3]]}]", 0.9),
        ("[invert, {steps: [[0, 0.1], [0.5, 0.7], [1.5, 5]]}]", 0.7),
        ("[{steps: [[0.5, 3]]}, {scale: {factor: -1}}, {steps: [[-3, 0.2], [-1, 0.9]]}]", 0.9),
    ],
)
def test_the_full_penalty_is_the_largest_value_that_the_transforms_make(transform: str, full: float) -> None:
    """So that a fault costs what the worst completion costs."""
    entry = f"{{scorer: demo.b, name: b, weight: -0.5, transform: {transform}}}"
    task = f"scorers: [{{scorer: demo.a, name: a}}, {entry}], aggregate: sum, range: [-9, 9]"
    values = [place / 100 for place in range(101)]
    worst = min(_reward(task, a=0.0, b=value).value for value in values)

    assert _reward(task, a=0.0, b=BROKEN).value == pytest.approx(-0.5 * full)
    assert worst == pytest.approx(-0.5 * full)


@pytest.mark.parametrize("condition", [BROKEN, UNSCORABLE, None])
def test_a_condition_without_a_value_is_met_for_a_penalty(condition: object) -> None:
    """Else a completion could escape the penalty by breaking the scorer of the condition."""
    entries = "{scorer: demo.a, name: a, weight: 0.1}, {scorer: demo.b, name: b, weight: -0.5, when: a}"
    task = f"scorers: [{entries}], aggregate: sum, range: [-1, 1]"

    assert _reward(task, a=condition, b=1.0).value == -0.5
    assert _reward(task, a=1.0, b=1.0).value == pytest.approx(-0.4)
    assert _reward(task, a=0.0, b=1.0).value == 0.0


def test_a_broken_penalty_meets_no_condition() -> None:
    """Its full penalty is no value that its scorer found."""
    entries = "{scorer: demo.b, name: b, weight: -0.5}, {scorer: demo.a, name: a, when: b}"
    task = f"scorers: [{entries}], aggregate: sum, range: [-1, 1]"

    assert _reward(task, a=1.0, b=1.0).value == 0.5
    assert _reward(task, a=1.0, b=BROKEN).value == -0.5


WEIGHTS = st.sampled_from([-2.0, -0.5, -0.1, 0.0, 0.3, 1.0, 2.0])
TRANSFORMS = st.sampled_from(["[]", "[invert]", "[{threshold: 0.5}]", "[{clip: [0.2, 0.8]}]", "[{scale: {factor: 2}}]"])
CONDITIONS = st.sampled_from(["", "when: {scorer: a, at_least: 0.5}", "when: {scorer: b, at_least: 0.5}"])


def _entry(letter: str, weight: float, transform: str, condition: str) -> str:
    if "a" in letter or ("scorer: b" in condition and letter == "b"):
        condition = ""  # a condition names an entry above
    return f"{{scorer: demo.{letter}, name: {letter}, weight: {weight}, transform: {transform}, {condition}}}"


@given(
    shape=st.lists(st.tuples(WEIGHTS, TRANSFORMS, CONDITIONS), min_size=3, max_size=3),
    policy=st.sampled_from(["zero", "abstain", "floor"]),
    values=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    broken=st.sampled_from("abc"),
    fault=st.sampled_from([BROKEN, UNSCORABLE]),
)
def test_no_fault_gets_more_than_any_value_of_the_scorer_that_broke(
    shape: list[tuple[float, str, str]], policy: str, values: list[float], broken: str, fault: str
) -> None:
    """For any weights, transforms and conditions under sum: breaking a scorer never pays."""
    entries = [_entry(letter, *each) for letter, each in zip("abc", shape, strict=True)]
    task = f"scorers: [{', '.join(entries)}, {{scorer: demo.a, name: pays}}]"
    task += f", aggregate: sum, range: [-9, 9], on_error: {policy}"
    given_values: dict[str, Any] = dict(zip("abc", values, strict=True))
    suite = _suite(task)
    records = [a_record("x", **{**given_values, broken: value}) for value in (fault, *(n / 20 for n in range(21)))]
    records.append(a_record("", **given_values))
    fault_reward, *others, blank = (reward.value for reward in score_records(suite, records).rewards)

    assert fault_reward <= min(others) + 1e-12
    assert blank <= 0.0
    assert all(math.isfinite(value) and -9 <= value <= 9 for value in (fault_reward, *others, blank))


@given(
    values=st.lists(st.integers(0, 100).map(lambda number: number / 100), min_size=3, max_size=3),
    weights=st.lists(WEIGHTS, min_size=3, max_size=3).filter(lambda weights: max(weights) > 0),
    ends=st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (-2.0, -1.0), (0.5, 3.0)]),
)
def test_a_sum_with_penalties_is_the_sum_clipped_to_the_range(
    values: list[float], weights: list[float], ends: tuple[float, float]
) -> None:
    """And its arithmetic, read as a formula, gives the same."""
    entries = [_entry(letter, weight, "[]", "") for letter, weight in zip("abc", weights, strict=True)]
    task = f"scorers: [{', '.join(entries)}], aggregate: sum, range: [{ends[0]}, {ends[1]}]"
    given_values: dict[str, Any] = dict(zip("abc", values, strict=True))
    reward = _reward(task, **given_values)
    total = math.fsum(value * weight for value, weight in zip(values, weights, strict=True))

    assert reward.value == max(ends[0], min(ends[1], total))
    assert (reward.low, reward.high) == ends
    assert reward.earns_nothing == (reward.value <= nothing_in(*ends))
    assert parse_formula(reward.arithmetic.partition(" = ")[0])({}) == pytest.approx(total)


_SCORES = (
    *(Score(value=value) for value in (0.0, -0.0, 0.25, 1.0)),
    Score.abstained("no opinion"),
    Score.invalid_task("unreadable"),
    Score.failed(FailureKind.EXCEPTION, "broken"),
)
_TASKS = (
    *(f"aggregate: {method}, {THREE}" for method in get_args(Method)),
    f"on_error: abstain, {THREE}",
    f"on_error: floor, range: [-1, 1], {THREE}",
    (
        "scorers: [{scorer: demo.a, name: a, gate: 0.5}, {scorer: demo.b, name: b, transform: [invert]},"
        " {scorer: demo.c, name: c, when: a}]"
    ),
    (
        "aggregate: sum, range: [-1, 1], scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b, weight: -0.5},"
        " {scorer: demo.c, name: c, weight: 0}]"
    ),
)


@pytest.mark.each("task", _TASKS)
def test_a_known_outcome_is_what_would_be_worked_out(task: str) -> None:
    """Whatever records came before, and in which order: also for a negative zero after a zero."""
    cases = list(itertools.product(("x", ""), itertools.product(_SCORES, repeat=3)))

    def rewards(suite: Suite, order: list[tuple[str, tuple[Score, ...]]]) -> list[str]:
        records = {text: suite.routed(a_record(text)) for text in ("x", "")}
        return [repr(msgspec.structs.asdict(aggregate(suite, records[text], scores))) for text, scores in order]

    with patch("rlvr.aggregate.OUTCOMES_LIMIT", 0):
        each_alone = rewards(_suite(task), cases)

    assert rewards(_suite(task), cases) == each_alone
    assert rewards(_suite(task), cases[::-1]) == each_alone[::-1]


def test_the_outcome_of_equal_scores_is_worked_out_once() -> None:
    """For the records of all batches; not for a formula, which reads more than the values."""
    records = [a_record("x", a=place % 2, b=1, c=0) for place in range(64)]
    counts = []
    plain = "scorers: [{scorer: demo.a, name: a}, {scorer: demo.b, name: b}, {scorer: demo.c, name: c}]"
    for task in (THREE, "aggregate: {formula: a * b + c}, " + plain):
        suite = _suite(task)
        with patch("rlvr.aggregate._decide", side_effect=_decide) as decided:
            score_records(suite, records)
            score_records(suite, records)
        counts.append(decided.call_count)

    assert counts == [2, 128]
