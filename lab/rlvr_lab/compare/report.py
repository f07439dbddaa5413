"""The comparison of two runs as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from rlvr_lab.compare.comparing import Comparison, TaskDifference, transition_of
from rlvr_lab.page.columns import Columns
from rlvr_lab.page.document import make_document
from rlvr_lab.page.numbers import signed

# The plot: the place of no difference, and the width of each side.
_ZERO, _SIDE = 230.0, 112.0
_SCALES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A point of the plot: the difference of a task and the ends of its interval."""

    name: str
    x: float
    low: float
    high: float
    label: str


def compare_page(comparison: Comparison, *, most_rows: int, with_text: bool = True) -> tuple[str, int, int]:
    """Return the HTML file, the number of rows in it and the number of rows that changed.

    Args:
        comparison: The two runs.
        most_rows: The largest number of rows; those with the largest change are in the file.
        with_text: False leaves out prompts, completions, references and reasons.
    """
    changed = [pair for pair in comparison.pairs if pair.has_changed]
    largest = sorted(range(len(changed)), key=lambda place: -abs(changed[place].change))[:most_rows]
    rows = comparison.rows_of(changed[place] for place in sorted(largest))
    tasks, transitions = comparison.tasks, comparison.transitions
    numbers = {(each.task, each.a, each.b): number for number, each in enumerate(transitions)}
    columns = Columns(comparison.a.manifest, with_text=with_text)
    found = columns.rows([a for _, a, _ in rows])
    found["move"] = [numbers[transition_of(pair)] for pair, _, _ in rows]
    data: dict[str, Any] = {"rows": found, "b": columns.outcomes([b for _, _, b in rows], comparison.b.manifest)}
    data["b"]["change"] = [pair.change for pair, _, _ in rows]
    data |= columns.names(comparison.b.manifest.suite.source)
    differences, ticks = _differences(tasks)
    context = {
        "a": comparison.a,
        "b": comparison.b,
        "rows": len(comparison.pairs),
        "only_a": comparison.only_a,
        "only_b": comparison.only_b,
        "moves": comparison.moves,
        "changed": len(changed),
        "shown": len(rows),
        "shown_moves": {move: sum(pair.move == move for pair, _, _ in rows) for move in comparison.moves},
        "with_text": with_text,
        "tasks": tasks,
        "differences": differences,
        "ticks": ticks,
        "transitions": transitions,
        "task_names": [each.task for each in tasks if each.task],
    }
    return make_document("compare.html", context, data), len(rows), len(changed)


def _differences(tasks: Sequence[TaskDifference]) -> tuple[list[Difference], list[tuple[float, str]]]:
    """Return the points of the plot and the ticks of its axis."""
    ends = [
        abs(end) for each in tasks for end in (each.difference.mean, each.difference.low, each.difference.high) if end
    ]
    most = max(ends, default=0.0)
    scale = next((each for each in _SCALES if each >= most), _SCALES[-1])
    while scale < most:
        scale *= 2

    def place(value: float | None, mean: float) -> float:
        return round(_ZERO + _SIDE * (mean if value is None else value) / scale, 1)

    points = []
    for each in tasks:
        found = each.difference
        interval = "" if found.low is None else f", 95 % interval {signed(found.low)} to {signed(found.high)}"
        points.append(
            Difference(
                name=each.task or "no task",
                x=place(None, found.mean),
                low=place(found.low, found.mean),
                high=place(found.high, found.mean),
                label=f"{signed(found.mean)}{interval}",
            )
        )
    ticks = [(round(_ZERO + _SIDE * share, 1), signed(scale * share, 3).rstrip("0")) for share in (-1, -0.5, 0.5, 1)]
    return points, [*ticks, (_ZERO, "0")]
