"""Remainders: what a bounded scorer hands on to a supervised worker."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rlvr import FailureKind, Record, Remainder, Score, Scorer, close, score_records, scorer
from rlvr.testing import a_record, check_scorer, scored, suite_of

DECLARED: Any = {"bounded": True, "remainder_seconds": 20.0, "metrics": ("pid",)}


def _answer(text: str) -> Score:
    if text == "rest dies":
        os._exit(3)
    if text == "rest raises":
        raise ValueError("broken")
    if text == "rest sleeps":
        time.sleep(60.0)
    return Score(value=1.0, reason="finished", evidence={"by": "rest"}, metrics={"pid": float(os.getpid())})


def _score(record: Record, _options: object) -> Any:
    if record.completion.startswith("rest"):
        return Remainder(lambda: _answer(record.completion))
    return Score.of(1.0, "begun", pid=float(os.getpid()))


@pytest.fixture
def suites() -> Iterator[Any]:
    """Make suites of one scorer, and end their workers."""
    made = []

    def make(given: Scorer, more: str = "") -> Any:
        made.append(suite_of(f"tasks: {{t: {{scorers: [r.s]}}}}\nworkers: {{count: 1}}\n{more}", r={"s": given}))
        return made[-1]

    yield make
    for suite in made:
        close(suite)


def _scores(suite: Any, *texts: str, deadline: float | None = None) -> list[Score]:
    rewards = score_records(suite, [a_record(text) for text in texts], deadline=deadline).rewards
    return [reward.parts[0].score for reward in rewards]


def test_only_records_that_are_handed_on_go_to_a_worker(suites: Any) -> None:
    """Their scores have the reason, the evidence and the metrics of the remainder, and stand in their places."""
    scores = _scores(suites(scorer(**DECLARED)(_score)), "a", "rest 1", "b", "rest 2")

    assert [score.reason for score in scores] == ["begun", "finished", "begun", "finished"]
    assert [score.evidence for score in scores[:2]] == [{}, {"by": "rest"}]
    here = [score.metrics["pid"] == os.getpid() for score in scores]
    assert here == [True, False, True, False]


def test_no_worker_starts_before_a_record_is_handed_on(suites: Any) -> None:
    """A scorer that may return remainders costs nothing where it returns none."""
    suite = suites(scorer(**DECLARED)(_score))
    _scores(suite, "a", "b")
    before = suite.has_resource("workers")
    _scores(suite, "rest")

    assert (before, suite.has_resource("workers")) == (False, True)


def test_records_are_handed_on_together_after_all_others_have_run(suites: Any) -> None:
    """A neighbour in this process does not wait for a remainder; one call of the workers gets all of them."""
    from rlvr import pipeline

    begun: list[str] = []
    calls: list[tuple[int, int]] = []

    def score(record: Record, options: object) -> Any:
        begun.append(record.completion)
        return _score(record, options)

    suite = suites(scorer(**DECLARED)(score))
    dispatcher = pipeline.dispatcher_of(suite)
    workers = pipeline._workers_of(suite)

    class Watching:
        def run(self, jobs: Any, deadline: float | None) -> Any:
            calls.append((len(begun), len(jobs)))
            return workers.run(jobs, deadline)

    dispatcher._supervised = Watching
    _scores(suite, "rest 1", "a", "rest 2", "b")

    assert calls == [(4, 2)]


def test_a_worker_that_ends_during_a_remainder_costs_that_record_only(suites: Any) -> None:
    """It is the infrastructure's fault."""
    scores = _scores(suites(scorer(**DECLARED)(_score)), "rest 1", "rest dies", "a", "rest 2", "rest raises")

    assert [score.failure for score in scores] == [None, FailureKind.CRASHED, None, None, FailureKind.EXCEPTION]


def test_the_remainder_has_its_own_time_beside_the_budget(suites: Any) -> None:
    """Here 0.1 s of budget and 0.4 s: a remainder of 0.2 s ends, one of 60 s is stopped."""

    def score(record: Record, _options: object) -> Remainder:
        def finish() -> float:
            time.sleep(0.2 if record.completion == "short" else 60.0)
            return 1.0

        return Remainder(finish)

    given = scorer(bounded=True, budget_seconds=0.1, remainder_seconds=0.4)(score)
    short, long = _scores(suites(given), "short", "long")

    assert (short.value, long.failure) == (1.0, FailureKind.TIMEOUT)


def test_the_deadline_of_the_batch_cancels_remainders(suites: Any) -> None:
    """Other records keep their scores."""
    suite = suites(scorer(**DECLARED)(_score))
    scores = _scores(suite, "rest sleeps", "a", deadline=time.monotonic() + 0.3)

    assert [score.failure for score in scores] == [FailureKind.CANCELLED_DEADLINE, None]


def test_scores_of_remainders_are_cached(suites: Any) -> None:
    """The key is that of the record and the scorer; nothing runs a second time."""
    suite = suites(scorer(reads=(), **DECLARED)(_score))
    first, second = _scores(suite, "rest"), _scores(suite, "rest")

    assert first[0].metrics == second[0].metrics
    assert second[0].seconds == 0.0 < first[0].seconds


def test_a_slow_first_part_is_an_overrun_although_it_hands_on() -> None:
    """The promise to be bounded covers the first part; from then on all of it runs in workers."""

    def score(_record: Record, _options: object) -> Remainder:
        time.sleep(0.05)
        return Remainder(lambda: 1.0)

    given = scorer(bounded=True, budget_seconds=0.02, remainder_seconds=20.0)(score)
    suite = suite_of("tasks: {t: {scorers: [r.s]}}", r={"s": given})
    first = score_records(suite, [a_record("x")])
    second = score_records(suite, [a_record("x")])
    close(suite)

    assert [report.overruns for report in (first, second)] == [{"r.s": 1}, {}]
    assert [report.rewards[0].value for report in (first, second)] == [1.0, 1.0]


def test_the_kit_finishes_remainders_in_this_process() -> None:
    """Authors test both parts with the same means."""
    given = scorer(**DECLARED)(_score)

    assert scored(given, a_record("rest")).metrics == {"pid": float(os.getpid())}
    assert given(a_record("rest")).reason == "finished"

    def rests(record: Record, _options: object) -> Remainder:
        return Remainder(lambda: float(record.final == "right"))

    check_scorer(
        scorer(bounded=True, remainder_seconds=1.0)(rests), right=[a_record("right")], wrong=[a_record("wrong")]
    )


@pytest.mark.parametrize(
    "answer",
    [Remainder(lambda: 2.0), Remainder(lambda: Remainder(lambda: 1.0))],  # type: ignore[arg-type, return-value]
    ids=["out of range", "twice"],
)
def test_the_answer_of_a_remainder_is_checked(answer: object) -> None:
    """As that of any scorer."""
    given = scorer(bounded=True, remainder_seconds=1.0)(lambda _record, _options: answer)

    assert scored(given, a_record("x")).failure is FailureKind.INVALID_RESULT


def test_a_remainder_that_is_not_declared_is_an_invalid_result() -> None:
    """Its worker would be stopped at a budget that does not cover it."""
    score = scored(scorer(bounded=True)(lambda _record, _options: Remainder(lambda: 1.0)), a_record("x"))

    assert (score.failure, "Remainder" in score.reason) == (FailureKind.INVALID_RESULT, True)


async def _awaited(_record: Record, _options: object) -> float:
    return 1.0


@pytest.mark.parametrize(
    "declared",
    [
        {"score": _score, "bounded": False, "remainder_seconds": 1.0},
        {"score": _awaited, "bounded": True, "remainder_seconds": 1.0},
        {"score_group": lambda records, _options: [1.0] * len(records), "bounded": True, "remainder_seconds": 1.0},
        {"score": _score, "bounded": True, "remainder_seconds": -1.0},
        {"score": _score, "bounded": True, "remainder_seconds": float("inf")},
    ],
)
def test_remainders_are_for_bounded_scorers_of_single_records(declared: Any) -> None:
    """Others run in workers anyway, or have no place to hand on from."""
    with pytest.raises(TypeError, match="remainder_seconds"):
        scored(Scorer(**declared), a_record("x"))
