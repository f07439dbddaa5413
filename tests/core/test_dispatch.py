"""Every failure of a scorer becomes data."""

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from rlvr import (
    FailureKind,
    Record,
    Score,
    ScorerFaultError,
    Summary,
    Verdict,
    close,
    pipeline,
    score_records,
    score_rows,
    scorer,
    warm_up,
)
from rlvr.jobs import Job, Scores
from rlvr.scores import REASON_LIMIT_CHARACTERS
from rlvr.testing import a_record, scored, suite_of


def _returning(answer: object) -> Any:
    return scorer(metrics=("f1",))(lambda _record, _options: answer)


def _raising(error: BaseException) -> Any:
    def score(_record: object, _options: object) -> float:
        raise error

    return score


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (1, 1.0),
        (True, 1.0),
        (0.25, 0.25),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        ({"value": 1, "f1": 0.5}, 1.0),
        (Score.of(1, "r"), 1.0),
    ],
)
def test_numbers_mappings_and_scores_are_answers(answer: object, value: float) -> None:
    """Their values become floats."""
    score = scored(_returning(answer), a_record("x"))

    assert score.value == value
    assert type(score.value) is float


def test_named_details_become_floats_too() -> None:
    """Reports and platforms take JSON numbers only."""
    for detail, number in ((1, 1.0), (True, 1.0), (False, 0.0), (Decimal("0.5"), 0.5), (Fraction(1, 4), 0.25)):
        for answer in ({"value": 1.0, "f1": detail}, Score(value=1.0, metrics={"f1": detail})):  # type: ignore[dict-item]
            metrics = scored(_returning(answer), a_record("x")).metrics
            assert (dict(metrics), type(metrics["f1"])) == ({"f1": number}, float)


@pytest.mark.each(
    ("answer", "reason"),
    [
        (None, "returned NoneType"),
        ("1.0", "returned str"),
        (float("nan"), "not within"),
        (float("inf"), "not within"),
        (1.01, "not within"),
        (-0.01, "not within"),
        ({}, "without 'value'"),
        ({"value": "1"}, "value is str"),
        ({"value": 1, "undeclared": 1}, "'undeclared' is not declared"),
        ({"value": 1, "f1": float("nan")}, "not a finite number"),
        ({"value": 1, "f1": None}, "not a finite number"),
        (Score(value=None), "value is NoneType"),
        (Score(value=1.0, verdict=Verdict.ABSTAINED), "comes with a value"),
        (Score(value=1.0, verdict="nonsense"), "not a Verdict"),  # type: ignore[arg-type]
        (Score(value=1.0, reason=5), "reason is int"),  # type: ignore[arg-type]
        (Score(value=1.0, metrics=[1]), "metrics is list"),  # type: ignore[arg-type]
        (10**400, "not within"),
        (Score(value=1.0, evidence=5), "evidence is int"),  # type: ignore[arg-type]
        (Score(value=None, verdict=Verdict.FAILED), "comes with failure None"),
        (Score(value=1.0, failure=FailureKind.CRASHED), "comes with failure"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_an_invalid_result(answer: object, reason: str) -> None:
    """The score has the reason, and is not a zero."""
    score = scored(_returning(answer), a_record("x"))

    assert (score.value, score.failure) == (None, FailureKind.INVALID_RESULT)
    assert reason in score.reason


class _UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("v"), FailureKind.EXCEPTION),
        (RecursionError(), FailureKind.EXCEPTION),
        (SystemExit(0), FailureKind.EXCEPTION),
        (GeneratorExit(), FailureKind.EXCEPTION),
        (asyncio.CancelledError(), FailureKind.EXCEPTION),
        (MemoryError(), FailureKind.OUT_OF_MEMORY),
        (_UnprintableError(), FailureKind.EXCEPTION),
        (BaseException("base"), FailureKind.EXCEPTION),
    ],
)
def test_an_exception_of_a_scorer_is_a_failure_of_this_scorer_alone(error: BaseException, kind: FailureKind) -> None:
    """Other scorers of the record and other records keep their scores."""
    suite = suite_of("tasks: {t: {scorers: [d.bad, d.good]}}", d={"bad": _raising(error), "good": _returning(1.0)})
    first, second = score_records(suite, [a_record("x"), a_record("y")]).rewards

    assert first.parts[0].score.failure is kind
    assert type(error).__name__ in first.parts[0].score.reason
    assert first.parts[1].score.value == second.parts[1].score.value == 1.0


def test_an_interrupt_of_the_operator_is_raised() -> None:
    """Ctrl-C is not a failure of a scorer."""
    with pytest.raises(KeyboardInterrupt):
        scored(_raising(KeyboardInterrupt()), a_record("x"))


def test_reasons_are_cut() -> None:
    """A log line must not contain a whole completion."""
    assert len(scored(_returning(Score.of(1.0, "r" * 10_000)), a_record("x")).reason) == REASON_LIMIT_CHARACTERS + 1


def test_async_scorers_run_concurrently() -> None:
    """As many as the scorer allows wait at the same time, sixteen unless it says otherwise."""
    waiting = 0

    @scorer(metrics=("waiting",))
    async def slow(_record: object, _options: object) -> dict[str, float]:
        nonlocal waiting
        waiting += 1
        await asyncio.sleep(0.2)
        return {"value": 1.0, "waiting": float(waiting)}

    suite = suite_of("tasks: {t: {scorers: [d.slow]}}", d={"slow": slow})
    report = score_records(suite, [a_record("x") for _ in range(16)])

    assert [reward.value for reward in report.rewards] == [1.0] * 16
    assert {m.value for reward in report.rewards for m in reward.metrics if m.name == "d.slow/waiting"} == {16.0}


def test_an_async_scorer_past_its_budget_is_a_timeout() -> None:
    """The others keep their scores."""

    async def maybe(record: Any, _options: object) -> float:
        await asyncio.sleep(10 if record.completion == "slow" else 0)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [{scorer: d.maybe, budget_seconds: 0.05}]}}", d={"maybe": maybe})
    slow, quick = score_records(suite, [a_record("slow"), a_record("quick")]).rewards

    assert slow.parts[0].score.failure is FailureKind.TIMEOUT
    assert quick.value == 1.0


def test_async_scorers_work_where_a_loop_is_running() -> None:
    """For example, inside the event loop of a trainer."""

    async def one(_record: object, _options: object) -> float:
        return 1.0

    async def trainer() -> float:
        return (
            score_records(suite_of("tasks: {t: {scorers: [d.one]}}", d={"one": one}), [a_record("x")]).rewards[0].value
        )

    assert asyncio.run(trainer()) == 1.0


def test_async_failures_are_data_too() -> None:
    """A TimeoutError that the scorer raises is not a timeout of its budget."""

    async def bad(_record: object, _options: object) -> float:
        raise TimeoutError("of a socket")

    assert scored(bad, a_record("x")).failure is FailureKind.EXCEPTION


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), GeneratorExit(), MemoryError()])
def test_an_async_scorer_cannot_end_the_batch(error: BaseException) -> None:
    """Whatever it raises, other scorers keep their scores."""

    async def good(_record: object, _options: object) -> float:
        await asyncio.sleep(0.01)
        return 1.0

    async def bad(_record: object, _options: object) -> float:
        raise error

    suite = suite_of("tasks: {t: {scorers: [d.bad, d.good]}}", d={"bad": bad, "good": good})
    (reward,) = score_records(suite, [a_record("x")]).rewards

    assert [part.score.value for part in reward.parts] == [None, 1.0]
    assert type(error).__name__ in reward.parts[0].score.reason


CRASHED = Score.failed(FailureKind.CRASHED, "crashed")
# Answers to a job of one record, and of two records at once, with the failures of their scores.
SINGLE_ANSWERS = [
    (Score.of(1.0), None),
    (Score.of(2.0), FailureKind.INVALID_RESULT),
    (CRASHED, FailureKind.CRASHED),
    ([1.0], FailureKind.INVALID_RESULT),
]
GROUP_ANSWERS = [
    ([Score.of(1.0), 1], [None, None]),
    ([Score.of(1.0), CRASHED], [None, FailureKind.CRASHED]),
    ([Score.of(1.0), Score.of(2.0)], [None, FailureKind.INVALID_RESULT]),
    ([1.0], [FailureKind.INVALID_RESULT] * 2),
    (Score.of(1.0), [FailureKind.INVALID_RESULT] * 2),
    (CRASHED, [FailureKind.INVALID_RESULT] * 2),
    (SystemExit(3), [FailureKind.EXCEPTION] * 2),
    (KeyboardInterrupt(), [FailureKind.EXCEPTION] * 2),
]


def _awaiting(answer: object, *, bounded: bool = False) -> Any:
    @scorer(bounded=bounded)
    async def score(_record: object, _options: object) -> object:
        await asyncio.sleep(0)
        return answer

    return score


@pytest.mark.each("made", [_returning, _awaiting, partial(_awaiting, bounded=True)])
@pytest.mark.each(("answer", "failure"), SINGLE_ANSWERS)
def test_answers_are_checked_whether_awaited_or_not(made: Any, answer: object, failure: FailureKind | None) -> None:
    """A scorer may say that it failed; any other answer must keep the contract."""
    score = scored(made(answer), a_record("x"))

    assert (score.failure, score.value) == (failure, None if failure else 1.0)


class _Group:
    def __init__(self, answer: object) -> None:
        self._answer = answer

    def score_group(self, _records: object, _options: object) -> object:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class _AwaitedGroup(_Group):
    async def score_group(self, records: object, options: object) -> object:
        await asyncio.sleep(0)
        return super().score_group(records, options)


@pytest.mark.each("kind", [_Group, _AwaitedGroup])
@pytest.mark.each(("answer", "failures"), GROUP_ANSWERS)
def test_answers_for_groups_are_checked_whether_awaited_or_not(
    kind: type[_Group], answer: object, failures: list[FailureKind | None]
) -> None:
    """One score is no list of them, not even one that says that the scorer failed; a worker has no operator."""
    suite = suite_of("tasks: {t: {scorers: [d.g]}}", d={"g": kind(answer)})
    records = [a_record(text, prompt="p") for text in ("x", "y")]
    scores = [reward.parts[0].score for reward in score_records(suite, records).rewards]

    assert [score.failure for score in scores] == failures
    assert [score.value for score in scores] == [None if failure else 1.0 for failure in failures]
    close(suite)


@pytest.mark.parametrize("bounded", [True, False])
def test_an_async_scorer_that_cancels_its_own_task_fails_alone(*, bounded: bool) -> None:
    """Its task has no result, although the scorer returned one."""

    @scorer(bounded=bounded)
    async def cancelling(_record: object, _options: object) -> float:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return 1.0

    suite = suite_of(
        "tasks: {t: {scorers: [d.bad, d.good]}}", d={"bad": cancelling, "good": _awaiting(1.0, bounded=bounded)}
    )
    (reward,) = score_records(suite, [a_record("x")]).rewards

    assert [part.score.failure for part in reward.parts] == [FailureKind.EXCEPTION, None]


def test_bounded_jobs_are_not_started_after_the_deadline() -> None:
    """They run in this process, which nothing can interrupt."""
    started: list[str] = []

    @scorer(bounded=True)
    def slow(record: Record, _options: object) -> float:
        started.append(record.completion)
        time.sleep(0.05)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [d.slow]}}", d={"slow": slow})
    records = [a_record(text) for text in ("a", "b", "c")]
    rewards = score_records(suite, records, deadline=time.monotonic() + 0.03).rewards

    assert started == ["a"]
    assert [reward.parts[0].score.failure for reward in rewards] == [None, *[FailureKind.CANCELLED_DEADLINE] * 2]


class _LosesAScore:
    """A runner that returns one score for a job of two records."""

    def run(self, jobs: Sequence[Job], _deadline: float | None) -> list[Scores]:
        return [(Score.of(1.0),) for _ in jobs]


def test_a_runner_that_loses_a_score_is_an_error() -> None:
    """Else a record would get the score of another one."""
    suite = suite_of("tasks: {t: {scorers: [d.g]}}", d={"g": _Group([1.0, 1.0])})
    records = [a_record(text, prompt="p") for text in ("x", "y")]

    with pytest.raises(ValueError, match="shorter"):
        score_records(suite, records, runner=_LosesAScore())


def test_unfinished_jobs_are_cancelled_at_the_deadline() -> None:
    """The failure kind distinguishes it from all others."""

    async def one(_record: object, _options: object) -> float:
        await asyncio.sleep(60)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [d.sync, d.one]}}", d={"sync": _returning(1.0), "one": one})
    late = score_records(suite, [a_record("x")], deadline=time.monotonic() - 1).rewards[0]
    soon = score_records(suite, [a_record("x")], deadline=time.monotonic() + 2).rewards[0]

    assert {part.score.failure for part in late.parts} == {FailureKind.CANCELLED_DEADLINE}
    assert [part.score.failure for part in soon.parts] == [None, FailureKind.CANCELLED_DEADLINE]


def test_missing_fields_are_invalid_tasks_and_the_scorer_is_not_called() -> None:
    """A row without a reference is not a wrong answer."""
    needing: Any = scorer(needs=("reference", "metadata.language"))(_raising(AssertionError()))
    suite = suite_of("tasks: {t: {scorers: [d.needing]}}", d={"needing": needing})
    reward = score_records(suite, [a_record("x", "ref")]).rewards[0]

    assert reward.verdict is Verdict.INVALID_TASK
    assert reward.parts[0].score.reason == "the row has no `metadata.language`"


def test_objects_with_score_are_scorers() -> None:
    """Their attributes are the declarations."""

    class Counting:
        metrics = ("length",)
        bounded = True

        def score(self, record: Any, _options: object) -> dict[str, float]:
            return {"value": 1.0, "length": len(record.completion)}

    assert scored(Counting(), a_record("abc")).metrics == {"length": 3.0}


def test_prepare_runs_once_and_its_result_replaces_the_options() -> None:
    """For example, to compile a pattern."""
    calls: list[object] = []

    def prepare(options: object) -> str:
        calls.append(options)
        return "prepared"

    made = scorer(prepare=prepare)(lambda _record, options: float(options == "prepared"))
    suite = suite_of("tasks: {t: {scorers: [d.made]}}", d={"made": made})
    report = score_records(suite, [a_record("x")] * 3)

    assert [reward.value for reward in report.rewards] == [1.0] * 3
    assert len(calls) == 1


def test_scoring_works_off_the_main_thread() -> None:
    """It needs no signals and no main thread."""
    suite = suite_of("tasks: {t: {scorers: [d.one]}}", d={"one": _returning(1.0)})
    values: list[float] = []
    threads = [
        threading.Thread(target=lambda: values.append(score_records(suite, [a_record("x")]).rewards[0].value))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert values == [1.0] * 8


def test_a_task_may_raise_instead() -> None:
    """An operator may prefer to stop; the error names the record and the scorer."""
    suite = suite_of("tasks: {t: {scorers: [d.bad], on_error: raise}}", d={"bad": _raising(ValueError("a completion"))})

    with pytest.raises(
        ScorerFaultError, match=r"on_error: raise: .* 1 of 1 records: record '7': d\.bad: exception Val"
    ) as caught:
        score_records(suite, [a_record("x", id="7")])

    assert "a completion" not in str(caught.value)
    assert caught.value.report.rewards[0].id == "7"


@pytest.mark.parametrize(("broken", "raises"), [(0, False), (2, False), (3, True)])
def test_above_a_share_of_faults_the_batch_raises(broken: int, raises: bool) -> None:  # noqa: FBT001
    """Wrong answers and unreadable rows do not count as faults."""

    def sometimes(record: Any, _options: object) -> float:
        if record.completion == "bad":
            raise ValueError
        return 0.0

    suite = suite_of(
        "tasks: {t: {scorers: [d.s]}}\nfail_fast: {fault_share: 0.2}",
        d={"s": scorer(needs=("reference",))(sometimes)},
    )
    rows = [{"response": "bad", "answer": 1}] * broken + [{"response": "ok", "answer": 1}] * (9 - broken) + [{}]
    if raises:
        with pytest.raises(ScorerFaultError, match="fault_share"):
            score_rows(suite, rows)
    else:
        assert len(score_rows(suite, rows).rewards) == 10


def test_a_bounded_scorer_that_overruns_its_budget_is_noticed_and_runs_in_a_worker_from_then_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its score counts; the report and the log name it; other scorers stay in this process."""

    @scorer(bounded=True, budget_seconds=0.25, metrics=("process",))
    def slow(record: Record, _options: object) -> dict[str, float]:
        if record.completion == "slow":
            time.sleep(0.3)
        return {"value": 1.0, "process": float(os.getpid())}

    @scorer(bounded=True, metrics=("process",))
    def quick(_record: Record, _options: object) -> dict[str, float]:
        return {"value": 1.0, "process": float(os.getpid())}

    suite = suite_of("tasks: {t: {scorers: [x.slow, x.quick]}}", x={"slow": slow, "quick": quick})
    before = score_rows(suite, [{"completion": "quick"}])
    overrun = score_rows(suite, [{"completion": "slow"}, {"completion": "quick"}, {"completion": "slow"}])
    after = score_rows(suite, [{"completion": "quick"}])
    summary = Summary.of(suite)
    for report in (before, overrun, after):
        summary.add(report)

    assert [report.overruns for report in (before, overrun, after)] == [{}, {"x.slow": 2}, {}]
    assert [reward.value for reward in overrun.rewards] == [1.0] * 3
    assert summary.overruns == {"x.slow": 2}
    assert [record.message for record in caplog.records if "x.slow" in record.message] != []
    processes = [[part.score.metrics["process"] for part in report.rewards[0].parts] for report in (before, after)]
    assert processes[0] == [float(os.getpid())] * 2
    assert processes[1][0] != float(os.getpid()) == processes[1][1]
    close(suite)


def test_a_batch_that_is_stopped_names_the_first_faults() -> None:
    """Three of five, each with its record, its scorer and the type of what was raised, and no text of a completion."""
    suite = suite_of("tasks: {t: {scorers: [d.broken], on_error: raise}}", d={"broken": _raising(ValueError("secret"))})
    records = [a_record("x", id=str(number)) for number in range(5)]
    with pytest.raises(ScorerFaultError) as caught:
        score_records(suite, records)

    assert caught.value.faults == tuple(f"record '{number}': d.broken: exception ValueError" for number in range(3))
    assert (caught.value.count, caught.value.records) == (5, 5)
    close(suite)


def test_what_a_scorer_raises_is_cut() -> None:
    """Its message may hold the whole completion."""
    for length, shown in ((300, 300), (301, 300), (10_000, 300)):
        score = scored(_raising(ValueError("a" * length)), a_record("x"))
        assert score.reason == "ValueError: " + "a" * shown


def test_scores_that_were_known_took_no_time() -> None:
    """From an equal record of the batch, and from an earlier batch."""

    @scorer(reads=(), bounded=True)
    def slow(_record: Record, _options: object) -> float:
        time.sleep(0.01)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [d.slow]}}", d={"slow": slow})
    reports = [score_rows(suite, [{"completion": "a"}, {"completion": "a"}]) for _ in range(2)]
    seconds = [reward.parts[0].score.seconds for report in reports for reward in report.rewards]

    assert seconds[0] >= 0.01
    assert seconds[1:] == [0.0, 0.0, 0.0]


def test_a_closed_suite_starts_new_workers() -> None:
    """The former ones have ended; one that is not closed keeps its worker."""

    @scorer(metrics=("process",))
    def one(_record: Record, _options: object) -> dict[str, float]:
        return {"value": 1.0, "process": float(os.getpid())}

    suite = suite_of("tasks: {t: {scorers: [d.one]}}\nworkers: {count: 1}", d={"one": one})
    seen: list[float] = []
    for _ in range(2):
        reports = [score_records(suite, [a_record("x")]) for _ in range(2)]
        seen.extend(report.rewards[0].parts[0].score.metrics["process"] for report in reports)
        close(suite)

    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_where_processes_cannot_fork_scorers_run_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says that nothing can stop them."""
    monkeypatch.setattr(pipeline, "_CAN_FORK", False)
    processes: list[int] = []

    def note(_record: object, _options: object) -> float:
        processes.append(os.getpid())
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [d.note]}}", d={"note": note})
    warm_up(suite)

    assert score_records(suite, [a_record("x")]).rewards[0].value == 1.0
    assert processes == [os.getpid()]
    assert not suite.has_resource("workers")
    assert ["without supervision" in record.message for record in caplog.records] == [True]


def test_only_suites_with_unbounded_scorers_start_workers() -> None:
    """When they are warmed up."""
    bounded = scorer(bounded=True)(lambda _record, _options: 1.0)
    for given, has_workers in (({"a": bounded}, False), ({"a": bounded, "b": _returning(1.0)}, True)):
        suite = suite_of(f"tasks: {{t: {{scorers: [{', '.join(f'd.{name}' for name in given)}]}}}}", d=given)
        warm_up(suite)
        assert suite.has_resource("workers") == has_workers
        close(suite)
