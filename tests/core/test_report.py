"""What a report and a summary say, held against sums made by hand."""

import copy
import math
import pickle
from typing import Any

import msgspec
import pytest

from rlvr import FailureKind, Metric, Part, PluginError, Report, Reward, Score, Summary, Verdict, score_records, scorer
from rlvr.report import GroupStatistics
from rlvr.summary import BINS, Rewards, Timing
from rlvr.testing import a_record, suite_of


def _part(seconds: float, *, scorer: str = "demo.a", score: Score | None = None) -> Part:
    given = Score(value=1.0, seconds=seconds) if score is None else score
    return Part(name=scorer, scorer=scorer, score=given, value=given.value, weight=1.0)


def _reward(value: float, **given: Any) -> Reward:
    fields: dict[str, Any] = {
        "id": "1",
        "metrics": (Metric("a", value, "Reward"),),
        "verdict": Verdict.SCORED,
        "task": "t",
        "parts": (),
        "arithmetic": "",
        "low": 0.0,
        "high": 1.0,
    }
    return Reward(value=value, **{**fields, **given})


BROKEN = Score.failed(FailureKind.TIMEOUT, "took longer")
UNSCORABLE = Score.invalid_task("the row has no `reference`")
REWARDS = (
    _reward(0.0, id="x", parts=(_part(0.25), _part(0.5, scorer="demo.b"))),
    _reward(0.5, id="y", parts=(_part(2.0),)),
    _reward(1.0, task="u", metrics=(Metric("a", 1.0, "Reward"), Metric("b", 4.0, "Metric"))),
    _reward(0.0, verdict=Verdict.FAILED, parts=(_part(0.0, score=BROKEN), _part(0.0, scorer="demo.b", score=BROKEN))),
    _reward(0.0, verdict=Verdict.INVALID_TASK, parts=(_part(0.0, score=UNSCORABLE),)),
    _reward(0.0, verdict=Verdict.INVALID_TASK, task=None, metrics=(), low=0.0, high=0.0, problem="no route"),
    _reward(1.0, verdict=Verdict.ABSTAINED),
)
REPORT = Report(
    rewards=REWARDS,
    fingerprint="f",
    seconds=0.75,
    groups=(0, 0, 1, 2, 2, 3, 1),
    cache_asked=7,
    cache_known=3,
    overruns={"demo.a": 2},
)


def test_a_report_can_be_sent_to_another_process() -> None:
    """With scores that have details and evidence, and with those that have none."""
    detailed = Score(value=0.5, evidence={"found": ["x"]}, metrics={"a": 1.0})
    report = msgspec.structs.replace(REPORT, rewards=(*REWARDS, _reward(0.5, parts=(_part(0.0, score=detailed),))))

    assert pickle.loads(pickle.dumps(report)) == copy.deepcopy(report) == report  # noqa: S301


def test_verdicts_and_failures_are_counted() -> None:
    """Every verdict is there, and each failure of each scorer."""
    assert REPORT.verdicts == {
        Verdict.SCORED: 3,
        Verdict.ABSTAINED: 1,
        Verdict.INVALID_TASK: 2,
        Verdict.FAILED: 1,
    }
    assert REPORT.failures == {"demo.a: timeout": 1, "demo.b: timeout": 1}


def test_groups_of_two_and_more_have_statistics() -> None:
    """Of four groups (0, 0.5) differs, (1, 1) and (0, 0) have records that were not scored; a group of one is none."""
    found = REPORT.group_statistics

    assert (found.groups, found.records, found.not_scored, found.scored) == (3, 6, 2, 1)
    assert (found.zero_variance_groups, found.all_nothing, found.all_full) == (0, 0, 0)
    assert found.spread_sum == pytest.approx(0.25)
    assert found.mean_spread == pytest.approx(0.25)


def test_a_group_with_a_record_that_was_not_scored_is_never_all_wrong() -> None:
    """Its zero is a policy; only groups of scored records are counted as zero-variance groups."""
    rewards = (
        _reward(0.0),
        _reward(0.0),
        _reward(0.0),
        _reward(0.0, verdict=Verdict.FAILED),
        _reward(1.0),
        _reward(1.0),
    )
    found = Report(rewards=rewards, fingerprint="", seconds=0.0, groups=(0, 0, 1, 1, 2, 2)).group_statistics

    assert (found.groups, found.not_scored, found.zero_variance_groups) == (3, 1, 2)
    assert (found.all_nothing, found.all_full) == (1, 1)
    assert found.zero_variance_share == 1.0


def test_rewards_that_differ_by_rounding_are_equal() -> None:
    """And by more are not."""
    for difference, same in ((1e-9, 1), (0.9e-6, 1), (1e-6, 0), (1e-3, 0)):
        report = Report(rewards=(_reward(0.5), _reward(0.5 + difference)), fingerprint="", seconds=0.0, groups=(0, 0))
        assert report.group_statistics.zero_variance_groups == same


def test_statistics_of_nothing_are_zero() -> None:
    """No division by it."""
    empty = Report(rewards=(), fingerprint="", seconds=0.0)

    assert empty.group_statistics == GroupStatistics()
    assert (empty.group_statistics.mean_spread, empty.group_statistics.zero_variance_share) == (0.0, 0.0)


def test_a_summary_adds_batches() -> None:
    """Every field of two equal batches is that of one, twice."""
    summary = Summary()
    summary.add(REPORT)
    summary.add(REPORT)

    assert (summary.records, summary.nothing, summary.seconds) == (14, 2, 1.5)
    assert summary.scored == 6
    assert summary.mean == pytest.approx(0.5)
    assert (summary.rewards.lowest, summary.rewards.highest) == (0.0, 1.0)
    assert summary.rewards.deviation == pytest.approx(math.sqrt((0.0 + 0.25 + 1.0) / 3 - 0.25))
    assert (summary.cache_asked, summary.cache_known, summary.overruns) == (14, 6, {"demo.a": 4})
    assert dict(summary.verdicts) == {verdict: 2 * count for verdict, count in REPORT.verdicts.items()}
    assert dict(summary.failures) == {"demo.a: timeout": 2, "demo.b: timeout": 2}
    assert dict(summary.problems) == {"the row has no `reference`": 2, "no route": 2}
    assert dict(summary.tasks) == {"t": 10, "u": 2, "": 2}
    assert summary.metric_sums == {"a": (6, 3.0), "b": (2, 8.0)}
    assert summary.groups == REPORT.group_statistics.plus(REPORT.group_statistics)
    assert summary.groups.groups == 6
    assert summary.groups.spread_sum == pytest.approx(0.5)
    assert summary.rewards.histogram == [2, 0, 0, 0, 0, 2, 0, 0, 0, 2]


def test_the_slowest_call_of_each_scorer_is_known() -> None:
    """With the record that it scored; the first of equals."""
    summary = Summary()
    summary.add(REPORT)

    times = summary.timings.items()
    found = {name: (each.calls, each.seconds, each.slowest_seconds, each.slowest_id) for name, each in times}
    assert found == {"demo.a": (4, 2.25, 2.0, "y"), "demo.b": (2, 0.5, 0.5, "x")}


def test_reasons_of_bad_rows_take_no_memory_without_end() -> None:
    """The first hundred are counted, again and again; later ones are not."""
    summary = Summary()
    rewards = [_reward(0.0, verdict=Verdict.INVALID_TASK, task=None, problem=f"reason {n % 150}") for n in range(300)]
    summary.add(Report(rewards=tuple(rewards), fingerprint="", seconds=0.0))

    assert len(summary.problems) == 100
    assert set(summary.problems.values()) == {2}


@pytest.mark.parametrize(
    ("low", "high", "value", "place"),
    [
        (0.0, 1.0, 0.0, 0),
        (0.0, 1.0, 0.0999, 0),
        (0.0, 1.0, 0.1, 1),
        (0.0, 1.0, 1.0, 9),
        (-1.0, 1.0, -1.0, 0),
        (-1.0, 1.0, 0.0, 5),
        (0.5, 2.5, 0.0, 0),
        (0.5, 2.5, 2.5, 9),
        (0.5, 2.5, 3.0, 9),
    ],
)
def test_bins_span_the_range(low: float, high: float, value: float, place: int) -> None:
    """What lies outside, such as the reward of a row without a task, is in the outermost one."""
    rewards = Rewards(low=low, high=high)
    rewards.add(value)

    assert rewards.histogram == [int(each == place) for each in range(BINS)]
    assert (rewards.bin_edges[0], rewards.bin_edges[-1], len(rewards.bin_edges)) == (low, high, BINS + 1)


def test_quantiles_of_times_are_within_a_percent() -> None:
    """Of any number of calls, without a list of them; scores that the cache knew are in none."""
    timing = Timing()
    for number in range(1, 1001):
        timing.add(number * 1e-5, number)
    for _ in range(500):
        timing.add(0.0, "known")

    assert timing.quantile(0.5) == pytest.approx(500e-5, rel=0.011)
    assert timing.quantile(0.99) == pytest.approx(990e-5, rel=0.011)
    assert timing.quantile(1.0) <= timing.slowest_seconds == 1000e-5
    assert (timing.calls, timing.slowest_id, Timing().quantile(0.5)) == (1500, 1000, 0.0)


def test_the_deviation_of_nearly_equal_rewards_is_exact() -> None:
    """Sums of squares of large values would lose it."""
    rewards = Rewards(low=1e6, high=2e6)
    for value in (1.5e6, 1.5e6 + 1e-3, 1.5e6 - 1e-3):
        rewards.add(value)

    assert rewards.deviation == pytest.approx(math.sqrt(2 / 3) * 1e-3, rel=1e-3)


def test_a_group_key_holds_over_batches() -> None:
    """A group that two batches contain is one group where its key is known."""
    summary = Summary()
    summary.add(Report(rewards=(_reward(0.0), _reward(0.0)), fingerprint="", seconds=0.0), groups=["p", ""])
    summary.add(Report(rewards=(_reward(1.0), _reward(0.0)), fingerprint="", seconds=0.0), groups=["p", ""])

    assert (summary.groups.groups, summary.groups.records, summary.groups.zero_variance_groups) == (1, 2, 0)
    assert summary.groups.mean_spread == 0.5
    assert summary.groups_of("t") == summary.groups


def test_open_groups_take_no_memory_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is closed; the groups are counted all the same."""
    monkeypatch.setattr("rlvr.summary.OPEN_GROUPS_LIMIT", 3)
    summary = Summary()
    for number in range(10):
        summary.add(Report(rewards=(_reward(0.0), _reward(0.0)), fingerprint="", seconds=0.0), groups=[str(number)] * 2)

    assert len(summary._open) == 3
    assert (summary.groups.groups, summary.groups.all_nothing) == (10, 10)


def test_classes_that_a_plugin_makes_up_fill_no_memory() -> None:
    """The first are counted by name, the others together."""
    summary = Summary()
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [one + other for one in letters for other in letters][:300]
    rewards = [_reward(0.0, parts=(_part(0.1, score=Score.of(0.0, "x", name)),)) for name in names]
    summary.add(Report(rewards=tuple(rewards), fingerprint="", seconds=0.0))

    task = summary.by_task["t"]
    assert len(task.why_nothing) == len(task.classes) == 101
    assert sum(count.rows for count in task.why_nothing.values()) == task.classes.total() == 300


def test_a_report_without_a_cache_asked_it_nothing() -> None:
    """And knew nothing; no scorer overran."""
    report = Report(rewards=(), fingerprint="", seconds=0.0)

    assert (report.cache_asked, report.cache_known, report.overruns) == (0, 0, {})


def test_amounts_spent_are_summed_over_the_scores_that_ran() -> None:
    """A score that the cache knows costs nothing; a second scorer spends as any other does."""
    spending = scorer(reads=(), bounded=True, metrics=("usd", "words"), totals=("usd",))
    pays = spending(lambda _record, _options: Score.of(1.0, usd=0.25, words=3.0))
    leaves = scorer(bounded=True)(lambda _record, _options: Score.abstained("no opinion"))
    text = "tasks: {t: {scorers: [x.pays, {scorer: x.leaves, otherwise: {scorer: x.pays}}]}}"
    suite = suite_of(text, x={"pays": pays, "leaves": leaves})
    summary = Summary.of(suite)
    for completion in ("one", "two", "one"):
        summary.add(score_records(suite, [a_record(completion)]))

    assert summary.totals == {"usd": 0.5}
    with pytest.raises(PluginError, match="`totals` has 'usd'"):
        suite_of("tasks: {t: {scorers: [x.s]}}", x={"s": scorer(totals=("usd",))(lambda _r, _o: 1.0)})
