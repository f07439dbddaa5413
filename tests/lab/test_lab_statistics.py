"""Statistics of a run, and the sample of its rows: known values, and what holds for all runs."""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Verdict
from rlvr.runs import RunBatch, RunFolder, RunRow
from rlvr.runs.folder import EntryFacts, Manifest, SuiteFacts, TaskFacts
from rlvr_lab.correlation import correlation, ranks
from rlvr_lab.page.columns import TEXT_LIMIT_CHARACTERS, Columns
from rlvr_lab.rewards import band_edges, band_of, group_of
from rlvr_lab.view.report import view_run
from rlvr_lab.view.sampling import SampleFrame
from rlvr_lab.view.statistics import RunStatistics, TaskStatistics


def _manifest(**entries: dict[str, Any]) -> Manifest:
    facts = entries or {"accuracy": {}}
    task = TaskFacts(
        low=0.0,
        high=1.0,
        entries=[
            EntryFacts(name=name, scorer=f"x.{name}", **({"metric_type": "Reward"} | each))
            for name, each in facts.items()
        ],
    )
    suite = SuiteFacts(source="suite.yaml", text="", suffix=".yaml")
    return Manifest(
        format=1,
        created="2026-11-28T18:20:00Z",
        fingerprint="f",
        suite=suite,
        data=[],
        options={},
        identity={},
        metric_names=[],
        tasks={"math": task},
        batch_rows=1,
    )


def _task(rows: Sequence[RunRow], **entries: dict[str, Any]) -> TaskStatistics:
    statistics = TaskStatistics("math", _manifest(**entries))
    for row in rows:
        statistics.add(row)
    return statistics


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)], 1.0),
        ([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], -1.0),
        ([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], 0.0),
        ([(43.0, 99.0), (21.0, 65.0), (25.0, 79.0), (42.0, 75.0), (57.0, 87.0), (59.0, 81.0)], 0.529809),
        ([(1.0, 0.1 + 0.2), (2.0, 0.3)], None),
        ([(1.0, 1.0)], None),
        ([], None),
    ],
)
def test_correlations_are_those_of_the_textbook(pairs: list[tuple[float, float]], expected: float | None) -> None:
    """The fourth is the usual example of age and glucose; a constant side has none, a rounding error no more."""
    found = correlation(pairs)

    assert found == (None if expected is None else pytest.approx(expected, abs=1e-6))


def test_equal_values_share_their_ranks() -> None:
    """Each has the mean of the ranks that they take together."""
    assert ranks([3.0, 1.0, 3.0, 2.0]) == [2.5, 0.0, 2.5, 1.0]


def test_length_correlates_within_groups_and_not_over_them(made: Any) -> None:
    """Hard prompts have long answers and low rewards here, and within each prompt the long ones earn more."""
    rows: list[RunRow] = []
    for group in range(10):
        for member in range(8):
            reward = (10 - group) / 20 + member / 20
            text = "word " * (1 + 50 * group + member)
            rows.append(made.made_row(len(rows), reward, group=f"g{group}", completion=text))
    task = _task(rows)
    over_all = correlation([(float(len(row.completion)), row.reward) for row in rows])

    assert task.length_correlation() == pytest.approx(1.0)
    assert over_all is not None
    assert over_all < 0


def test_bins_of_length_have_all_scored_rows_in_order(made: Any) -> None:
    """Rows of one length stay in one bin; few rows have no trend."""
    source = random.Random(4)  # noqa: S311  # rows that are the same each time
    rows = [made.made_row(place, completion="w " * source.randint(1, 40)) for place in range(200)]
    rows.append(made.invalid_row(200))
    bins = _task(rows).length_bins()

    assert sum(each.reward.rows for each in bins) == 200
    assert all(first.most < second.least for first, second in pairwise(bins))
    assert _task(rows[:15]).length_bins() == []


def test_components_have_their_role_their_mean_and_their_correlations(made: Any) -> None:
    """Over scored rows with a value; a constant component correlates with nothing."""
    rows = []
    for place in range(20):
        right, brief = float(place % 2), float(place % 3 == 0)
        scores = [
            made.made_score("accuracy", right, weight=0.8),
            made.made_score("brevity", brief, weight=0.2),
            made.made_score("safe", 1.0, weight=0.0),
            made.made_score("seen", None if place < 10 else 0.5, weight=0.0),
        ]
        rows.append(made.made_row(place, 0.8 * right + 0.2 * brief, scores=scores))
    task = _task(
        rows, accuracy={}, brevity={}, safe={"is_gate": True, "metric_type": "Metric"}, seen={"metric_type": "Metric"}
    )
    components = {each.name: each for each in task.components()}

    assert [each.role for each in components.values()] == ["0.8", "0.2", "gate", "metric"]
    assert (components["accuracy"].mean, components["safe"].mean) == (0.5, 1.0)
    assert (components["seen"].rows, components["seen"].mean) == (10, 0.5)
    assert components["safe"].with_reward is None
    assert components["accuracy"].with_reward == pytest.approx(0.97, abs=0.02)
    assert [pair[:2] for pair in task.component_correlations()] == [("accuracy", "brevity")]


def test_faults_are_counted_by_kind_however_many_reasons_there_are(made: Any) -> None:
    """A reason that names the value of a row makes no new kind without end."""
    statistics = RunStatistics(_manifest())
    for place in range(500):
        statistics.add(made.invalid_row(place, f"row {place} is odd", reason_class=f"kind {place % 300}"))
    broken = made.made_score(value=None, verdict=Verdict.FAILED, failure="timeout", reason="took 2.1 s")
    statistics.add(made.made_row(500, 0.0, verdict=Verdict.FAILED, scores=[broken]))
    faults = statistics.faults

    assert sum(count for _, count in faults) == 501
    assert len(faults) <= 102


def test_times_are_those_of_scores_that_were_computed(made: Any) -> None:
    """What the cache knew took no time, and is no call."""
    statistics = RunStatistics(_manifest())
    for place in range(101):
        score = made.made_score(seconds=1e-3 * (place + 1), is_known=place % 2 == 1)
        statistics.add(made.made_row(place, scores=[score]))
    (times,) = statistics.times

    assert (times.scorer, times.calls, times.slowest_id) == ("x.accuracy", 51, "row-100")
    assert times.median == pytest.approx(0.051)
    assert times.slowest == pytest.approx(0.101)


@given(st.floats(-1, 1), st.sampled_from([(0.0, 1.0), (-1.0, 1.0), (0.2, 1.0)]))
def test_a_reward_is_in_the_band_that_has_it(value: float, ends: tuple[float, float]) -> None:
    """Within a rounding error of its edges."""
    low, high = ends
    reward = min(high, max(low, value))
    first, last = band_edges(band_of(reward, low, high), low, high)

    assert first - 1e-6 <= reward <= last + 1e-6


@pytest.mark.parametrize(
    ("rewards", "ends", "state"),
    [
        ([0.0, 0.0], (0.0, 1.0), "all wrong"),
        ([1.0, 1.0 - 1e-9], (0.0, 1.0), "all right"),
        ([0.5, 0.5], (0.0, 1.0), "all equal"),
        ([0.5, 0.6], (0.0, 1.0), "teaches"),
        ([0.0, None], (0.0, 1.0), "not scored"),
        ([-0.5, -0.5], (-1.0, 1.0), "all wrong"),
        ([0.2, 0.2], (0.2, 1.0), "all wrong"),
    ],
)
def test_what_a_group_teaches(rewards: list[float | None], ends: tuple[float, float], state: str) -> None:
    """By the range of the task."""
    assert group_of(rewards, *ends).state == state


@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=60),
    size=st.integers(1, 80),
    seed=st.integers(0, 9),
)
def test_samples_are_whole_groups_within_their_size(made: Any, sizes: list[int], size: int, seed: int) -> None:
    """And the same each time; all rows if they fit; never none."""
    source = random.Random(seed)  # noqa: S311  # rows that are the same each time
    rows: list[RunRow] = []
    for group, members in enumerate(sizes):
        for _ in range(members):
            make = (
                made.made_row if source.random() < 0.9 else lambda place, _, **fields: made.invalid_row(place, **fields)
            )
            rows.append(make(len(rows), float(source.random() < 0.5), group=f"g{group}" if members > 1 else ""))

    def sampled() -> set[int]:
        frame = SampleFrame()
        for row in rows:
            frame.add(row)
        return frame.places(size, {"math": (0.0, 1.0)})

    places = sampled()
    groups = Counter(rows[place].group for place in places if rows[place].group)
    whole = {f"g{group}": members for group, members in enumerate(sizes)}

    assert places == sampled()
    assert 0 < len(places) <= size
    assert len(places) == len(rows) or len(rows) > size
    assert all(count == whole[group] for group, count in groups.items()) or len(groups) == 1


@given(text=st.text(st.characters(), max_size=60), data=st.data())
def test_marks_are_where_javascript_counts_them(made: Any, text: str, data: st.DataObject) -> None:
    """For any text, lone surrogates and emoji among it, short and too long for the file."""
    filler = "🙂é x" * (TEXT_LIMIT_CHARACTERS // 4)
    long = text + filler * data.draw(st.sampled_from([0, 1, 3])) + text
    start = len(long) - len(text) + data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(long)))
    row = made.made_row(0, completion=long, answer_span=(start, end))

    columns = Columns(_manifest()).outcomes([row], _manifest())

    shown = columns["completion"][0].encode("utf-16-le")
    expected = "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in long[start:end])
    span = columns["span"][0]
    assert len(columns["completion"][0]) <= TEXT_LIMIT_CHARACTERS
    assert ("" if not span else shown[2 * span[0] : 2 * span[1]].decode("utf-16-le")) == expected
    cut = columns["cut"][0]
    assert (cut[1] if cut else 0) == max(0, len(long) - TEXT_LIMIT_CHARACTERS)


def test_a_run_is_read_twice_and_never_kept(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large it is: the rows of a batch or two are in memory, apart from the sample."""
    folder = made.write_run(tmp_path, made.mixed_rows(groups=50), made.TWO_TASKS, batch_rows=10)
    alive, read = [], RunFolder.batches_with_rows

    def watched(self: RunFolder) -> Iterator[tuple[RunBatch, list[RunRow]]]:
        for batch, rows in read(self):
            if rows[0].position == 390:
                gc.collect()
                alive.append(sum(isinstance(each, RunRow) for each in gc.get_objects()))
            yield batch, rows

    monkeypatch.setattr(RunFolder, "batches_with_rows", watched)
    found = view_run(RunFolder(folder), most_rows=40)

    assert (found.rows, found.shown) == (400, 40)
    assert alive[0] <= 25
    assert alive[1] <= 25 + 40
    assert len(alive) == 2
