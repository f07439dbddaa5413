"""The tables of a summary, which text and Markdown share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rlvr.cli.console import counted, harmless
from rlvr.cli.summary.context import SummaryContext
from rlvr.cli.summary.findings import percent
from rlvr.cli.summary.tables import Column, TextTable
from rlvr.summary import Rewards, Summary, TaskSummary, Timing

SHOWN_WHY = 8

_BARS = " ▁▂▃▄▅▆▇█"

NONE = "–"


def headline(summary: Summary, context: SummaryContext) -> list[str]:
    """Return what was scored, and how fast."""
    speed = ""
    if summary.seconds:
        speed = f" in {seconds_text(summary.seconds)}, {summary.records / summary.seconds:,.0f} a second"
    first = f"{context.run}  {context.suite}" if context.run else context.suite
    lines = [f"{first}  {context.fingerprint}", f"{counted(summary.records, 'row')}{speed}"]
    if summary.scored != summary.records:
        lines.append(f"means and shares are over the {summary.scored:,} scored rows")
    return lines


def tables_of(summary: Summary) -> list[TextTable]:
    """Return the tables that have rows: tasks, reasons, scorers."""
    found = (_tasks(summary), _why(summary), _scorers(summary))
    return [table for table in found if table.rows]


def commands(summary: Summary, context: SummaryContext) -> list[tuple[str, str]]:
    """Return what to do next: a title and a command."""
    if not context.run:
        return []
    zeros = [("The zeros:", f"rlvr rows {context.run} --reward 0")] if summary.nothing else []
    return [("Look at it:", f"rlvr view {context.run}"), *zeros]


def _tasks(summary: Summary) -> TextTable:
    tasks = {name: task for name, task in summary.by_task.items() if task.records}
    groups = {name: summary.groups_of(name) for name in tasks}
    low, high = _shared_end(tasks.values(), "low", "floor"), _shared_end(tasks.values(), "high", "ceiling")

    def column(head: str, of: Callable[[TaskSummary], str], rank: int = 0, *, is_number: bool = True) -> Column:
        return Column(head=head, cells=[of(task) for task in tasks.values()], rank=rank, is_number=is_number)

    def of_groups(head: str, field: str, rank: int) -> Column:
        has_any = any(getattr(each, field) for each in groups.values())
        shown = [f"{getattr(each, field):,}" if each.groups else NONE for each in groups.values()]
        return Column(head=head, cells=shown if has_any or field == "zero_variance_groups" else [""] * len(shown),
                      rank=rank, is_number=True)  # fmt: skip

    has_unscored = any(task.rewards.scored != task.records for task in tasks.values())
    has_groups = any(each.groups for each in groups.values())
    return TextTable(
        title="",
        columns=[
            Column(head="task", cells=[harmless(name) for name in tasks]),
            column("rows", lambda task: f"{task.records:,}"),
            *([column("scored", lambda task: f"{task.rewards.scored:,}", 3)] if has_unscored else []),
            column("mean", lambda task: number_text(task.rewards.mean)),
            column("sd", lambda task: number_text(task.rewards.deviation), 7),
            column(
                f"at {low}" if low != "floor" else low, lambda task: percent(task.rewards.floor, task.rewards.scored), 5
            ),
            column(
                f"at {high}" if high != "ceiling" else high,
                lambda task: percent(task.rewards.ceiling, task.rewards.scored),
                4,
            ),
            column(_bar_head(low, high), lambda task: bar_of(task.rewards), 9, is_number=False),
            *(
                [
                    of_groups("groups", "groups", 2),
                    of_groups("zero-var", "zero_variance_groups", 1),
                    of_groups("not scored", "not_scored", 8),
                ]
                if has_groups
                else []
            ),
        ],
    )


def _shared_end(tasks: Iterable[TaskSummary], end: str, other: str) -> str:
    """Return the end of the range that all tasks share; another word if they differ."""
    ends = {getattr(task.rewards, end) for task in tasks}
    return f"{ends.pop():g}" if len(ends) == 1 else other


def _bar_head(low: str, high: str) -> str:
    return f"{low} ─ reward ─ {high}" if {low, high} == {"0", "1"} else "rewards"


def bar_of(rewards: Rewards) -> str:
    """Return twelve characters: the rewards at the floor, ten bins, and the rewards at the ceiling."""
    counts = [rewards.floor, *rewards.between, rewards.ceiling]
    most = max(counts)
    if not most:
        return ""
    steps = len(_BARS) - 1
    return "".join(_BARS[max(1, round(steps * count / most)) if count else 0] for count in counts)


def _why(summary: Summary) -> TextTable:
    found = [
        (count.rows, name, entry, reason_class, count)
        for name, task in summary.by_task.items()
        for (entry, reason_class), count in task.why_nothing.items()
    ]
    found.sort(key=lambda each: -each[0])
    shown = found[:SHOWN_WHY]
    title = "Why rows earned nothing"
    if len(found) > SHOWN_WHY:
        title += f" (the first {SHOWN_WHY} of {len(found)} reasons)"
    return TextTable(
        title=title,
        columns=[
            Column(head="rows", cells=[f"{each[0]:,}" for each in shown], is_number=True),
            Column(head="task", cells=[harmless(each[1]) for each in shown], rank=2),
            Column(head="scorer", cells=[harmless(each[2]) for each in shown], rank=1),
            Column(head="class", cells=[each[3] for each in shown]),
            Column(head="such as", cells=[harmless(each[4].example, 80) for each in shown], rank=3),
            Column(head="reason", cells=[harmless(each[4].reason) for each in shown], rank=4, is_prose=True),
        ],
    )


class _ScorerRow(NamedTuple):
    """A scorer that an entry asked: the first one has the mean of the entry."""

    task: str
    name: str
    mean: str
    timing: Timing


def _scorer_rows(summary: Summary) -> Iterator[_ScorerRow]:
    for task_name, task in summary.by_task.items():
        for name, entry in task.entries.items():
            for place, (scorer, timing) in enumerate(entry.timings.items()):
                first = place == 0
                shown = name if first else f"{name}: {scorer}"
                yield _ScorerRow(harmless(task_name), harmless(shown), number_text(entry.mean) if first else "", timing)


def _scorers(summary: Summary) -> TextTable:
    rows = list(_scorer_rows(summary))

    def column(head: str, of: Callable[[Timing], str], rank: int) -> Column:
        return Column(head=head, cells=[of(row.timing) for row in rows], rank=rank, is_number=True)

    return TextTable(
        title="Scorers",
        columns=[
            Column(head="task", cells=[row.task for row in rows], rank=1),
            Column(head="name", cells=[row.name for row in rows]),
            Column(head="mean", cells=[row.mean for row in rows], is_number=True),
            column("median", lambda timing: seconds_text(timing.quantile(0.5)), 3),
            column("99 %", lambda timing: seconds_text(timing.quantile(0.99)), 4),
            column("slowest", lambda timing: seconds_text(timing.slowest_seconds), 2),
            Column(head="slowest row", cells=[_slowest(row.timing) for row in rows], rank=5),
        ],
    )


def _slowest(timing: Timing) -> str:
    return harmless(timing.slowest_id, 80) if timing.classes else ""


def number_text(value: float | None) -> str:
    """Return a reward for people: three digits after the point."""
    return NONE if value is None else f"{value:.3f}"


def seconds_text(seconds: float) -> str:
    """Return a time for people, in the unit that fits it."""
    if not seconds:
        return NONE
    if seconds < 0.9995e-3:  # noqa: PLR2004  # shown as 1.0 ms
        return f"{seconds * 1e6:.0f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 0.99995 else f"{seconds:,.1f} s"  # noqa: PLR2004  # shown as 1.0 s


def cells_of(table: TextTable) -> Sequence[Sequence[Any]]:
    """Return the rows of a table, with its heads first."""
    columns = [column for column in table.columns if any(column.cells)]
    return [[column.head for column in columns], *zip(*(column.cells for column in columns), strict=True)]
