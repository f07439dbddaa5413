"""Equal scores are computed once, and scores that may differ are not cached."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr import FailureKind, Record, Score, Suite, score_rows, scorer
from rlvr.cache import PROBE_BATCHES
from rlvr.jobs import InProcess
from rlvr.testing import suite_of


def _counting(**declared: Any) -> tuple[Any, list[str]]:
    calls: list[str] = []

    @scorer(bounded=True, **declared)
    def counting(record: Record, _options: object) -> float:
        calls.append(record.completion)
        if record.completion == "breaks":
            raise ValueError
        return len(record.completion) / 100

    return counting, calls


def _suite(given: Any, more: str = "") -> Suite:
    return suite_of(f"tasks: {{t: {{scorers: [c.s]}}}}\n{more}", c={"s": given})


def _row(completion: str, answer: object = 1, **more: object) -> dict[str, object]:
    return {"completion": completion, "answer": answer, **more}


def test_equal_completions_of_a_batch_are_scored_once() -> None:
    """All of them get the score."""
    given, calls = _counting(needs=("reference",), reads=())
    report = score_rows(_suite(given), [_row("aa"), _row("b"), _row("aa"), _row("aa", answer=2)])

    assert [reward.value for reward in report.rewards] == [0.02, 0.01, 0.02, 0.02]
    assert sorted(calls) == ["aa", "aa", "b"]
    assert (report.cache_asked, report.cache_known) == (4, 1)


def test_a_later_batch_takes_scores_from_the_cache() -> None:
    """The report has the hit rate."""
    given, calls = _counting(reads=())
    suite = _suite(given)
    score_rows(suite, [_row("a")])
    report = score_rows(suite, [_row("a", answer="other", id="z")])

    assert (report.rewards[0].value, calls, report.cache_known) == (0.01, ["a"], 1)


def test_only_scorers_that_say_what_they_read_have_a_key() -> None:
    """Of one record, since the score of a group depends on all of its records."""

    class Group:
        bounded = True
        reads = ()

        def score_group(self, records: Any, _options: object) -> list[float]:
            return [1.0 for _ in records]

    for given, has_key in ((_counting(reads=())[0], True), (_counting()[0], False), (Group(), False)):
        assert [bool(entry.cache_key) for entry in _suite(given).entries] == [has_key]


@pytest.mark.parametrize(
    ("declared", "first", "second"),
    [
        ({"reads": ()}, _row("a"), _row("b")),
        ({"reads": (), "needs": ("reference",)}, _row("a", 1), _row("a", "1")),
        ({"reads": ("metadata.x",)}, _row("a", x=1), _row("a", x=2)),
        ({"reads": ("x",)}, _row("a", x=1), _row("a")),
        ({"reads": ("metadata",)}, _row("a", x=1), _row("a", y=1)),
        ({"reads": ("messages",)}, _row("a", prompt="p"), _row("a", prompt="q")),
        ({"reads": ("id",)}, _row("a", id=1), _row("a", id=2)),
        ({}, _row("a"), _row("a")),
    ],
)
def test_the_fields_that_a_scorer_reads_distinguish_records(declared: Any, first: Any, second: Any) -> None:
    """Scores of a scorer that does not declare its fields are not cached."""
    given, calls = _counting(**declared)
    score_rows(_suite(given), [first, second])

    assert len(calls) == 2


def test_a_scorer_sees_only_the_fields_that_it_declares() -> None:
    """A forgotten declaration must not make the cache return the score of another record."""

    @scorer(bounded=True, reads=("metadata.x",))
    def sees(record: Record, _options: object) -> Score:
        seen = [record.reference, record.id, record.messages, dict(record.metadata)]
        return Score.of(float(seen == [None, None, (), {"x": 1}]), repr(seen))

    score = score_rows(_suite(sees), [_row("a", x=1, y=2)]).rewards[0].parts[0].score

    assert score.value == 1.0, score.reason


def test_failures_are_not_cached() -> None:
    """A scorer may work the next time; equal records of a batch share the failure."""
    given, calls = _counting(reads=())
    suite = _suite(given)
    report = score_rows(suite, [_row("breaks"), _row("breaks")])
    score_rows(suite, [_row("breaks")])

    assert [reward.parts[0].score.failure for reward in report.rewards] == [FailureKind.EXCEPTION] * 2
    assert len(calls) == 2


def test_the_cache_can_be_switched_off() -> None:
    """Without the cache every record is scored."""
    given, calls = _counting(reads=())
    report = score_rows(_suite(given, "cache: false"), [_row("a"), _row("a")])

    assert (calls, report.cache_asked) == (["a", "a"], 0)


def test_the_memory_of_the_cache_is_limited() -> None:
    """The least recently used scores are dropped first."""
    given, calls = _counting(reads=())
    suite = _suite(given, "cache: {memory_mb: 0.01}")
    score_rows(suite, [_row(f"{number:04}") for number in range(200)])
    calls.clear()
    score_rows(suite, [_row("0199")])
    score_rows(suite, [_row("0000")])

    assert calls == ["0000"]


def _on_disk(path: Path) -> tuple[Callable[[], Suite], list[str]]:
    given, calls = _counting(reads=())
    return lambda: _suite(given, f"cache: {{file: {str(path)!r}}}"), calls


def test_a_file_keeps_scores_for_other_processes(tmp_path: Path) -> None:
    """Several threads may use it."""
    make, calls = _on_disk(tmp_path / "scores.sqlite")
    score_rows(make(), [_row("a")])
    values: list[float] = []
    threads = [
        threading.Thread(target=lambda: values.append(score_rows(make(), [_row("a")]).rewards[0].value)) for _ in "12"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (values, calls) == ([0.01, 0.01], ["a"])


@pytest.mark.parametrize("damage", ["not a database", "folder", "foreign"])
def test_a_file_that_cannot_be_used_costs_no_reward(tmp_path: Path, damage: str) -> None:
    """This includes files that are not caches."""
    path = tmp_path / "scores.sqlite"
    make, _ = _on_disk(path)
    if damage == "folder":
        path.mkdir()
    elif damage == "not a database":
        path.write_text("x" * 5_000)
    else:
        score_rows(make(), [_row("a")])
        connection = sqlite3.connect(path)
        connection.execute("UPDATE scores SET score = ?", (b"nonsense",))
        connection.commit()
        connection.close()

    assert score_rows(make(), [_row("a"), _row("bb")]).rewards[1].value == 0.02


def test_another_version_or_other_options_are_other_scores(tmp_path: Path) -> None:
    """A file keeps the scores of both apart."""
    path = tmp_path / "scores.sqlite"
    values = []
    for version, value in (("1", 0.25), ("2", 0.75)):
        given = scorer(bounded=True, reads=(), version=version)(lambda *_, value=value: value)
        values.append(score_rows(_suite(given, f"cache: {{file: {str(path)!r}}}"), [_row("a")]).rewards[0].value)

    assert values == [0.25, 0.75]


def test_rows_that_never_repeat_switch_the_cache_off_and_rows_that_do_switch_it_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only of cheap scorers: what is not bounded keeps its keys."""
    monkeypatch.setattr("rlvr.cache.TRIED_SCORES", 20)
    given, calls = _counting(reads=())
    suite = _suite(given)

    def asked(first: int) -> int:
        return score_rows(suite, [_row(f"{number}") for number in range(first, first + 10)]).cache_asked

    assert [asked(number * 10) for number in range(2 + PROBE_BATCHES)] == [10, 10, *[0] * (PROBE_BATCHES - 1), 10]
    assert [asked(0) for _ in range(PROBE_BATCHES + 1)] == [*[0] * (PROBE_BATCHES - 1), 10, 10]
    assert len(calls) == 10 * (2 + PROBE_BATCHES) + 10 * (PROBE_BATCHES - 1)


def test_a_scorer_that_is_not_bounded_keeps_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it saves is far more than a key costs."""
    monkeypatch.setattr("rlvr.cache.TRIED_SCORES", 1)
    suite = _suite(scorer(reads=())(lambda _record, _options: 1.0))
    runner = InProcess()

    assert [score_rows(suite, [_row(text)], runner=runner).cache_asked for text in "abc"] == [1, 1, 1]
