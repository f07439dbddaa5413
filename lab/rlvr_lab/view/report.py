"""The report of a run: statistics over all rows, a sample of whole groups, one HTML file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import pstdev
from typing import Any

import msgspec

from rlvr.runs import Manifest, RunBatch, RunFolder, RunRow
from rlvr_lab.page.columns import VERDICTS, Columns
from rlvr_lab.page.document import make_document
from rlvr_lab.page.rows_option import DEFAULT_ROWS
from rlvr_lab.page.visible import visible
from rlvr_lab.rewards import CEILING, has_signal
from rlvr_lab.view.charts import Bar, Point, bar_tops, group_bars, length_points, reward_bars
from rlvr_lab.view.findings import Filter, Finding, advice_of, findings_of, flat_words
from rlvr_lab.view.sampling import SampleFrame
from rlvr_lab.view.statistics import RunStatistics, TaskStatistics


class TaskCard(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards and the groups of one task, as its card shows them."""

    name: str
    low: float
    high: float
    rows: int
    scored: int
    mean: float | None
    spread: float | None
    bars: Sequence[Bar]
    floor: int
    ceiling: int
    groups: int
    not_scored_groups: int
    flat: int
    flat_words: str
    group_bars: Sequence[Bar]
    group_tops: Mapping[float, tuple[float, int]]
    group_spread: float | None
    points: Sequence[Point]
    length_correlation: float | None
    components: Sequence[Any]
    component_correlations: Sequence[tuple[str, str, float]]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A report and its size.

    Attributes:
        document: The HTML file.
        rows: Number of rows of the run.
        shown: Number of rows in the file.
    """

    document: str
    rows: int
    shown: int


def view_run(folder: RunFolder, *, most_rows: int = DEFAULT_ROWS, with_text: bool = True) -> RunView:
    """Return the report of a run; the same for the same run.

    Args:
        folder: The run, complete or not.
        most_rows: The largest number of rows in the list.
        with_text: False leaves out prompts, completions, references and reasons.
    """
    manifest = folder.manifest
    statistics, frame = RunStatistics(manifest, with_text=with_text), SampleFrame()
    remarks: Counter[str] = Counter()
    batches: list[RunBatch] = []
    for batch, rows in folder.batches_with_rows():
        if with_text:
            remarks.update({text: len(set(numbers)) for text, numbers in batch.remarked.items()})
        for row in rows:
            statistics.add(row)
            frame.add(row)
        batches.append(batch)
    advice = {text: remarks[text] for text in advice_of(remarks)}
    ranges = {name: (task.low, task.high) for name, task in manifest.tasks.items()}
    places = frame.places(most_rows, ranges)
    shown = list(_rows_at(folder, places, list(advice)))
    data = _data(manifest, [row for row, _ in shown], with_text=with_text)
    data["advice"] = list(map(visible, advice))
    data["rows"]["advice"] = [numbers for _, numbers in shown]
    context = {
        "name": folder.path.resolve().name,
        "manifest": manifest,
        "created": manifest.created[:16].replace("T", " "),
        "seconds": sum(batch.seconds for batch in batches),
        "is_complete": folder.is_complete,
        "statistics": statistics,
        "groups": sum(len(task.groups()) for task in statistics.tasks.values()),
        "shown": len(shown),
        "with_text": with_text,
        "findings": [(each, _count(each, data)) for each in findings_of(statistics, advice)],
        "cards": [_card(task) for task in statistics.tasks.values()],
        "verdicts": _counted(data, "verdict", VERDICTS),
        "classes": _counted(data, "cls", data["classes"]),
    }
    return RunView(document=make_document("view.html", context, data), rows=statistics.rows, shown=len(shown))


def _rows_at(folder: RunFolder, places: set[int], advice: Sequence[str]) -> Iterator[tuple[RunRow, list[int]]]:
    """Yield the rows at some places, each with the numbers of the advice that is about it."""
    first = 0
    for batch, rows in folder.batches_with_rows():
        about = [set(batch.remarked.get(text, ())) for text in advice]
        for at, row in enumerate(rows):
            if first + at in places:
                yield row, [number for number, found in enumerate(about) if at in found]
        first += len(rows)


def _data(manifest: Manifest, rows: Sequence[RunRow], *, with_text: bool) -> dict[str, Any]:
    columns = Columns(manifest, with_text=with_text)
    found = columns.rows(rows)
    found["group"], groups = columns.groups(rows)
    return {"rows": found, "groups": groups, **columns.names(manifest.suite.source)}


def _count(finding: Finding, data: Mapping[str, Any]) -> int:
    """Return how many rows, or groups, of the file a finding shows; the script counts the same."""
    if finding.shows is None:
        return 0
    places = [place for place in range(len(data["rows"]["at"])) if _fits(finding.shows, data, place)]
    match finding.shows.tab:
        case "rows":
            return len(places)
        case "groups":
            return len({data["rows"]["group"][place] for place in places} - {-1})


def _fits(shows: Filter, data: Mapping[str, Any], place: int) -> bool:
    rows = data["rows"]
    group = rows["group"][place]
    return (
        shows.task in {"", data["tasks"][rows["task"][place]][0]}
        and shows.verdict in {"", VERDICTS[rows["verdict"][place]]}
        and shows.reason in {"", data["classes"][rows["cls"][place]]}
        and shows.band in {"", str(rows["band"][place])}
        and (not shows.advice or int(shows.advice) in rows["advice"][place])
        and (not shows.flat or (group >= 0 and _is_flat(data["groups"], group)))
    )


def _is_flat(groups: Mapping[str, Any], number: int) -> bool:
    return groups["mean"][number] is not None and not has_signal(groups["state"][number])


def _counted(data: Mapping[str, Any], column: str, names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the names that rows of the file have, with the number of rows, the most frequent first."""
    counts = [0] * len(names)
    for number in data["rows"][column]:
        counts[number] += 1
    return sorted(((name, count) for name, count in zip(names, counts, strict=True) if count), key=lambda x: -x[1])


def _card(task: TaskStatistics) -> TaskCard:
    rewards, bands, groups = task.rewards, task.bands(), task.groups()
    scored_groups = [group for group in groups if group.mean is not None]
    flat = [group.state for group in scored_groups if not has_signal(group.state)]
    spreads = [group.spread for group in scored_groups if group.spread is not None]
    drawn = group_bars(groups, task.low, task.high)
    return TaskCard(
        name=task.name,
        low=task.low,
        high=task.high,
        rows=task.rows,
        scored=len(rewards),
        mean=math.fsum(rewards) / len(rewards) if rewards else None,
        spread=pstdev(rewards) if rewards else None,
        bars=reward_bars(task.name, bands, task.low, task.high),
        floor=bands[0],
        ceiling=bands[CEILING],
        groups=len(scored_groups),
        not_scored_groups=len(groups) - len(scored_groups),
        flat=len(flat),
        flat_words=flat_words(flat),
        group_bars=drawn,
        group_tops=bar_tops(drawn),
        group_spread=math.fsum(spreads) / len(spreads) if spreads else None,
        points=length_points(task.length_bins(), task.low, task.high),
        length_correlation=task.length_correlation(),
        components=task.components(),
        component_correlations=task.component_correlations(),
    )
