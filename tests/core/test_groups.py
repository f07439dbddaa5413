"""Scorers of groups, statistics of groups, and the circuit breaker."""

from collections.abc import Sequence
from typing import Any

import pytest

from rlvr import FailureKind, Record, Report, ScorerFaultError, Summary, Verdict, close, score_rows, scorer
from rlvr.testing import suite_of


def _row(prompt: str, completion: str, **more: object) -> dict[str, Any]:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    return {"messages": turns, **more}


class Shortest:
    """Gives 1.0 to the shortest answer to each prompt."""

    bounded = True

    def score_group(self, records: Sequence[Record], _options: object) -> list[float]:
        """Compare all answers."""
        best = min(len(record.completion) for record in records if not record.is_blank)
        return [float(len(record.completion) == best) for record in records]


class Supervised(Shortest):
    """The same, in a worker."""

    bounded = False


@pytest.mark.parametrize("kind", [Shortest, Supervised])
def test_a_group_is_all_records_of_one_prompt(kind: type) -> None:
    """The order does not matter; blank completions are in the group and get 0.0."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": kind()})
    rows = [_row("p", "aa"), _row("q", "bbbb"), _row("p", "a"), _row("p", " "), _row("q", "bbb")]
    report = score_rows(suite, rows)

    assert [reward.value for reward in report.rewards] == [0.0, 0.0, 1.0, 0.0, 1.0]
    assert report.groups == (0, 1, 0, 0, 1)
    close(suite)


def test_a_part_of_a_group_is_not_ranked() -> None:
    """Each device of a trainer may have a part of the completions of a prompt: scorers of groups then say so."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Shortest()})
    rows = [_row("p", "aa"), _row("q", "bbbb"), _row("p", "a"), _row("q", " ")]
    whole = score_rows(suite, rows, group_records=2)
    parts = score_rows(suite, rows[:3], group_records=2)
    singles = score_rows(suite, rows, group_records=0)

    assert [reward.value for reward in whole.rewards] == [0.0, 1.0, 1.0, 0.0]
    assert score_rows(suite, rows * 2, group_records=2).mean == whole.mean  # a prompt may stand in a batch twice
    assert [reward.verdict for reward in parts.rewards] == [Verdict.SCORED, Verdict.ABSTAINED, Verdict.SCORED]
    assert parts.rewards[1].reason == "a part of a group: 1 of 2 completions of the prompt"
    assert {(reward.verdict, reward.reason_class) for reward in singles.rewards} == {
        (Verdict.ABSTAINED, "partial_group")
    }


def test_records_without_a_prompt_are_not_a_group() -> None:
    """They may answer different questions."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Shortest()})
    turn = {"role": "assistant", "content": "aaa"}
    report = score_rows(suite, [{"completion": "aa"}, {"completion": "a"}, {"messages": [turn]}, {"messages": [turn]}])

    assert [reward.value for reward in report.rewards] == [1.0] * 4
    assert report.groups == (0, 1, 2, 3)


def _agent(arguments: object, completion: str) -> dict[str, Any]:
    """Build a row in which the model called a tool before it answered."""
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": arguments}}
    return {
        "messages": [
            {"role": "user", "content": "2 + 2?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "4", "tool_call_id": "c1"},
            {"role": "assistant", "content": completion},
        ]
    }


def test_a_row_with_an_earlier_tool_call_is_scored() -> None:
    """Its calls are objects, which have no hash; rollouts of one question are a group, whatever tools they called."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Shortest()})
    rows = [_agent({"a": 2, "b": 2}, "four"), _row("p", "aa"), _agent({"b": 2, "a": 2}, "4"), _agent({"a": 2}, "four")]
    report = score_rows(suite, rows)

    assert [reward.value for reward in report.rewards] == [0.0, 1.0, 1.0, 0.0]
    assert report.groups == (0, 1, 0, 0)


def test_a_prompt_with_a_tool_call_is_a_group() -> None:
    """Its calls are objects, which have no hash; equal calls are one prompt, whatever the order of their keys."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Shortest()})
    loops = [_agent({"a": 2, "b": 2}, ""), _agent({"b": 2, "a": 2}, ""), _agent({"a": 2}, "")]
    rows = [{"prompt": loop["messages"][:-1], "completion": "a" * (3 - n)} for n, loop in enumerate(loops)]
    report = score_rows(suite, rows)

    assert report.groups == (0, 0, 1)


@pytest.mark.parametrize("odd", ["\ud800", 2**70, [[[]]] * 3, float("nan"), object(), {1: 2}, b"\xff"])
def test_odd_values_of_earlier_calls_cost_no_row_its_score(odd: object) -> None:
    """Lone surrogates and large integers are grouped too; a record with a value that is not JSON is alone."""
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Shortest()})
    report = score_rows(suite, [_agent(odd, "aa"), _row("p", "aa"), _row("p", "a")])

    assert [reward.value for reward in report.rewards] == [1.0, 0.0, 1.0]
    assert report.groups == (0, 1, 1)


@pytest.mark.parametrize("answer", [[1.0], 1.0, None, [1.0, 1.0, 1.0]])
def test_a_group_needs_as_many_answers_as_records(answer: object) -> None:
    """Otherwise no answer can be assigned to a record."""

    class Wrong:
        bounded = True

        def score_group(self, _records: object, _options: object) -> object:
            return answer

    report = score_rows(suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": Wrong()}), [_row("p", "a"), _row("p", "b")])

    assert [reward.parts[0].score.failure for reward in report.rewards] == [FailureKind.INVALID_RESULT] * 2


def test_the_report_has_statistics_of_groups() -> None:
    """Groups with equal rewards have zero variance; a single record is not a group."""
    length = scorer(bounded=True)(lambda record, _options: len(record.completion) / 4)
    suite = suite_of("tasks: {t: {scorers: [g.s]}}", g={"s": length})
    rows = [_row("same", "a"), _row("same", "b"), _row("full", "aaaa"), _row("full", "bbbb"), _row("spread", "a")]
    rows += [_row("spread", "aaa"), _row("alone", "a"), _row("zero", " "), _row("zero", " ")]
    report = score_rows(suite, rows)
    found = report.group_statistics

    assert (found.groups, found.records, found.zero_variance_groups) == (4, 8, 3)
    assert (found.all_full, found.all_nothing) == (1, 1)
    assert (found.zero_variance_share, found.mean_spread) == (0.75, 0.0625)
    summary = Summary()
    summary.add(report)
    summary.add(report)
    assert summary.groups.groups == 8


def _sometimes(record: Record, _options: object) -> float:
    if record.completion == "bad":
        raise ValueError
    return 1.0


def _scored(suite: Any, bad: int, good: int) -> Report:
    return score_rows(suite, [{"completion": "bad"}] * bad + [{"completion": "good"}] * good)


def test_the_breaker_may_zero_a_batch_and_sound_an_alarm() -> None:
    """Every record has the metric, so that an alarm can use it."""
    given = scorer(bounded=True)(_sometimes)
    suite = suite_of(
        "tasks: {t: {scorers: [g.s], range: [-1, 1]}}\nfail_fast: {fault_share: 0.4, action: zero}", g={"s": given}
    )
    quiet, tripped = _scored(suite, 4, 6), _scored(suite, 5, 5)

    assert [reward.value for reward in quiet.rewards] == [0.0] * 4 + [1.0] * 6
    assert [reward.value for reward in tripped.rewards] == [0.0] * 10
    names = ["rlvr/failed", "rlvr/invalid_task", "rlvr/vetoed", "rlvr/alarm"]
    assert {tuple(metric.name for metric in reward.metrics) for reward in (*quiet.rewards, *tripped.rewards)} == {
        (quiet.rewards[0].parts[0].name, *names)
    }
    for report, alarm in ((quiet, 0.0), (tripped, 1.0)):
        assert {reward.metrics[-1].value for reward in report.rewards} == {alarm}
        assert {reward.metrics[-1].name for reward in report.rewards} == {"rlvr/alarm"}
    assert tripped.verdicts[Verdict.FAILED] == 10


def test_the_breaker_may_look_over_a_window() -> None:
    """Neither many small batches with few faults nor one batch of a single record may mislead it."""
    given = scorer(bounded=True)(_sometimes)
    suite = suite_of("tasks: {t: {scorers: [g.s]}}\nfail_fast: {fault_share: 0.5, window_records: 4}", g={"s": given})
    _scored(suite, 0, 3)
    _scored(suite, 1, 0)
    _scored(suite, 1, 0)
    with pytest.raises(ScorerFaultError, match="fault_share"):
        _scored(suite, 1, 0)
