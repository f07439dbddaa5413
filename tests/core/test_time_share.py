"""A batch with a deadline: slow jobs do not starve the others. The clock and the workers are not real."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rlvr import CUT_METRIC, FailureKind, Record, Score, scorer, time_share_seconds
from rlvr.cache import Cache
from rlvr.jobs import Job, Scores
from rlvr.testing import suite_of
from rlvr.time_share import LEAST_SHARE_SECONDS, set_time_share, share_seconds
from rlvr.workers import batch
from rlvr.workers.handles import Unit


@scorer(budget_seconds=1e6)
def killed(_record: Record, _options: object) -> float:
    """Know nothing of shares."""
    return 1.0


@scorer(metrics=(CUT_METRIC,), budget_seconds=1e6)
def ending(_record: Record, _options: object) -> float:
    """Declare that it ends its own work."""
    return 1.0


SUITE = suite_of("tasks: {t: {scorers: [x.killed]}, u: {scorers: [x.ending]}}", x={"killed": killed, "ending": ending})


@dataclass
class _Clock:
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now


class _Worker:
    """Takes as long for each job as the job's completion says; a scorer that knows shares ends with its share."""

    has_unsent = False
    step = None

    def __init__(self, clock: _Clock, numbers: Iterator[int]) -> None:
        self._clock = clock
        self.channel, self.end_notice = self, next(numbers)
        self._number = next(numbers)
        self.units: deque[Unit] = deque()
        self._shares: deque[float | None] = deque()
        self.started_at, self.units_done, self.usable, self.was_killed = 0.0, 0, True, False

    def fileno(self) -> int:
        return self._number

    @property
    def deadline(self) -> float:
        return self.started_at + self.units[0].budget_seconds if self.units else float("inf")

    def give(self, units: list[Unit], share: float | None = None) -> None:
        if not self.units:
            self.started_at = self._clock.now
        self.units.extend(units)
        self._shares.extend([share] * len(units))

    def _seconds(self) -> tuple[float, bool]:
        """How long the first job takes, and whether it ends because of its share."""
        needed = float(next(iter(self.units[0].jobs.values())).records[0].completion)
        share = self._shares[0]
        is_cut = self.units[0].ends_itself and share is not None and share < needed
        return (share or 0.0 if is_cut else needed), is_cut

    @property
    def ready_at(self) -> float:
        return self.started_at + self._seconds()[0] if self.units and not self.was_killed else float("inf")

    def receive(self) -> Iterator[tuple[int, Scores]]:
        while self.ready_at <= self._clock.now:
            _, is_cut = self._seconds()
            self.started_at = self.ready_at
            unit = self.units.popleft()
            self._shares.popleft()
            self.units_done += 1
            metrics = {CUT_METRIC: float(is_cut)} if unit.ends_itself else {}
            yield next(iter(unit.jobs)), (Score(value=0.0 if is_cut else 1.0, metrics=metrics),)

    def send(self) -> None: ...

    def end_reason(self, _patience: float = 0.0) -> str | None:
        return None

    def kill(self) -> None:
        self.was_killed, self.usable = True, False


class _Pool:
    suite = SUITE

    def __init__(self, clock: _Clock, count: int) -> None:
        self.count = count
        self.workers: list[_Worker] = []
        self._clock = clock
        self._leased = 0
        self._numbers = itertools.count(1_000)

    def lease(self, wanted: int, _until: float | None, *, waiting: bool) -> list[_Worker]:
        assert not waiting or self._leased < self.count
        new = [_Worker(self._clock, self._numbers) for _ in range(min(wanted, self.count - self._leased))]
        self.workers += new
        self._leased += len(new)
        return new

    def give_back(self, _worker: _Worker) -> None:
        self._leased -= 1


def _run(
    monkeypatch: pytest.MonkeyPatch, task: str, seconds: list[float], deadline: float | None, workers: int = 2
) -> tuple[list[Score], _Pool, float]:
    """Run a batch of jobs that take so long; return the scores, the pool, and when it ended."""
    clock = _Clock()
    pool = _Pool(clock, workers)

    class _Poll:
        def register(self, *_: object) -> None: ...

        def poll(self, wait_milliseconds: float | None) -> list[tuple[int, int]]:
            until = clock.now + (float("inf") if wait_milliseconds is None else wait_milliseconds / 1e3)
            clock.now = min([until, *(each.ready_at for each in pool.workers)])
            return [(each.fileno(), 1) for each in pool.workers if each.ready_at <= clock.now]

    monkeypatch.setattr("rlvr.workers.batch.time.monotonic", clock.monotonic)
    monkeypatch.setattr("rlvr.workers.batch.select.poll", _Poll)
    entry = SUITE.tasks[task].entries[0]
    jobs = [Job((Record(id=str(number), completion=str(each)),), entry) for number, each in enumerate(seconds)]
    run: Any = batch.Batch(pool, jobs, deadline)  # type: ignore[arg-type]  # a pool in its most important respects
    scores = [score for (score,) in run.run()]
    return scores, pool, clock.now


@pytest.mark.parametrize("task", ["t", "u"])
@pytest.mark.parametrize("slow", [3.0, 30.0, 1e9])
def test_slow_jobs_do_not_starve_the_others(monkeypatch: pytest.MonkeyPatch, task: str, slow: float) -> None:
    """Sixteen of them stand before four quick ones, and take all the time that there is."""
    scores, _, ended = _run(monkeypatch, task, [slow] * 16 + [0.01] * 4, deadline=20.0)

    assert [score.value for score in scores[16:]] == [1.0] * 4
    assert ended <= 20.0 + 1e-6


def test_a_job_that_used_up_its_share_is_scored_by_a_scorer_that_ends_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its completion cannot choose a failure; no worker is killed before the deadline."""
    scores, _, _ = _run(monkeypatch, "u", [1e9] * 16 + [0.01] * 4, deadline=20.0)

    assert {(score.value, score.failure, score.metrics[CUT_METRIC]) for score in scores[:16]} == {(0.0, None, 1.0)}


def test_a_job_without_time_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose scorer knows no shares is killed; its job has no score at the deadline."""
    scores, pool, _ = _run(monkeypatch, "t", [1e9] * 4 + [0.01], deadline=5.0, workers=1)

    assert [score.failure for score in scores] == [FailureKind.CANCELLED_DEADLINE] * 4 + [None]
    assert sum(worker.was_killed for worker in pool.workers) >= 4


@pytest.mark.parametrize("task", ["t", "u"])
def test_a_slow_job_runs_again_if_time_is_left(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """The second run, behind all others, has no share: here the job needs more than that."""
    scores, _, ended = _run(monkeypatch, task, [6.0, *[0.01] * 9], deadline=20.0, workers=1)

    assert [score.value for score in scores] == [1.0] * 10
    assert 6.0 < ended < 10.0


@pytest.mark.parametrize("task", ["t", "u"])
def test_without_a_deadline_there_is_no_share(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """Each job runs once."""
    scores, pool, ended = _run(monkeypatch, task, [5.0] * 20, deadline=None)

    assert {score.value for score in scores} == {1.0}
    assert (len(pool.workers), ended) == (2, 50.0)


@pytest.mark.parametrize("task", ["t", "u"])
def test_quick_jobs_never_meet_their_share(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """Of a thousand jobs, each has at least the smallest share."""
    scores, pool, _ = _run(monkeypatch, task, [LEAST_SHARE_SECONDS * 0.9] * 1_000, deadline=200.0)

    assert {score.value for score in scores} == {1.0}
    assert len(pool.workers) == 2


@pytest.mark.parametrize(
    ("left", "workers", "rows", "share"),
    [(20, 2, 20, 2.0), (20, 2, 1, 40.0), (1, 2, 100, 0.25), (-1, 2, 5, 0.25), (5, 1, 0, 5.0)],
)
def test_shares_are_equal(left: float, workers: int, rows: int, share: float) -> None:
    """But never too small for an honest job."""
    assert share_seconds(left, workers, rows) == share


def test_a_process_has_no_share_by_itself() -> None:
    """A worker has the one that the pool sends."""
    assert time_share_seconds() is None
    set_time_share(1.5)
    seen = time_share_seconds()
    set_time_share(None)

    assert (seen, time_share_seconds()) == (1.5, None)


def test_a_score_that_a_deadline_cut_is_not_cached() -> None:
    """With more time it may be another."""
    assert SUITE.cache is not None
    cache = Cache(SUITE.cache)
    cache.store({name: Score(value=0.0, metrics={CUT_METRIC: cut}) for name, cut in ((b"cut", 1.0), (b"whole", 0.0))})

    assert set(cache.look_up([b"cut", b"whole"])) == {b"whole"}


@scorer(metrics=("share",))
def telling(_record: Record, _options: object) -> dict[str, float]:
    """Tell the share in a metric."""
    return {"value": 1.0, "share": time_share_seconds() or 0.0}


def test_the_share_reaches_the_scorer() -> None:
    """In a real worker, and only before a deadline."""
    import time

    from rlvr import close, score_rows

    suite = suite_of("tasks: {t: {scorers: [x.telling]}}\nworkers: {count: 1}\ncache: false", x={"telling": telling})
    before = score_rows(suite, [{"completion": "x"}], deadline=time.monotonic() + 100.0)
    after = score_rows(suite, [{"completion": "x"}])
    close(suite)

    shares = [report.rewards[0].parts[0].score.metrics["share"] for report in (before, after)]
    assert 0.0 < shares[0] <= 100.0
    assert shares[1] == 0.0
