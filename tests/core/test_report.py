"""What a report and a summary say, held against sums made by hand."""

import copy
import math
import pickle
from typing import Any

import msgspec
import pytest

from rlvr import FailureKind, Metric, Part, Report, Reward, Score, Summary, Verdict
from rlvr.report import BINS, GroupStatistics, Timing


def _part(seconds: float, *, scorer: str = "demo.a", score: Score | None = None) -> Part:
    given = Score(value=1.0, seconds=seconds) if score is None else score
    return Part(name="a", scorer=scorer, score=given, value=given.value, weight=1.0)


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
    """Of the groups (0, 0.5), (1, 1), (0, 0) two have one reward only; a group of one is none."""
    found = REPORT.group_statistics

    assert (found.groups, found.records, found.zero_variance_groups) == (3, 6, 2)
    assert (found.all_nothing, found.all_full) == (1, 1)
    assert found.spread_sum == pytest.approx(0.25)
    assert found.mean_spread == pytest.approx(0.25 / 3)
    assert found.zero_variance_share == pytest.approx(2 / 3)


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
    assert (Summary().mean, Summary().deviation, Summary().records) == (0.0, 0.0, 0)
    assert (Summary().lowest, Summary().highest) == (math.inf, -math.inf)


def test_a_summary_adds_batches() -> None:
    """Every field of two equal batches is that of one, twice."""
    summary = Summary()
    summary.add(REPORT)
    summary.add(REPORT)

    assert (summary.records, summary.nothing, summary.seconds) == (14, 8, 1.5)
    assert (summary.total, summary.total_squared) == (5.0, 4.5)
    assert summary.mean == pytest.approx(5 / 14)
    assert (summary.lowest, summary.highest) == (0.0, 1.0)
    assert summary.deviation == pytest.approx(math.sqrt(4.5 / 14 - (5 / 14) ** 2))
    assert (summary.cache_asked, summary.cache_known, summary.overruns) == (14, 6, {"demo.a": 4})
    assert dict(summary.verdicts) == {verdict: 2 * count for verdict, count in REPORT.verdicts.items()}
    assert dict(summary.failures) == {"demo.a: timeout": 2, "demo.b: timeout": 2}
    assert dict(summary.problems) == {"the row has no `reference`": 2, "no route": 2}
    assert dict(summary.tasks) == {"t": 10, "u": 2, "": 2}
    assert summary.metric_sums == {"a": (12, 5.0), "b": (2, 8.0)}
    assert summary.groups == REPORT.group_statistics.plus(REPORT.group_statistics)
    assert summary.groups.groups == 6
    assert summary.groups.spread_sum == pytest.approx(0.5)
    assert summary.histogram == [8, 0, 0, 0, 0, 2, 0, 0, 0, 4]


def test_the_slowest_call_of_each_scorer_is_known() -> None:
    """With the record that it scored; the first of equals."""
    summary = Summary()
    summary.add(REPORT)

    assert summary.timings == {
        "demo.a": Timing(calls=4, seconds=2.25, slowest_seconds=2.0, slowest_id="y"),
        "demo.b": Timing(calls=2, seconds=0.5, slowest_seconds=0.5, slowest_id="x"),
    }


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
    summary = Summary(low=low, high=high)
    summary.add(Report(rewards=(_reward(value),), fingerprint="", seconds=0.0))

    assert summary.histogram == [int(each == place) for each in range(BINS)]
    assert (summary.bin_edges[0], summary.bin_edges[-1], len(summary.bin_edges)) == (low, high, BINS + 1)


def test_a_report_without_a_cache_asked_it_nothing() -> None:
    """And knew nothing; no scorer overran."""
    report = Report(rewards=(), fingerprint="", seconds=0.0)

    assert (report.cache_asked, report.cache_known, report.overruns) == (0, 0, {})
