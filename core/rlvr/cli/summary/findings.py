"""The lines above the tables of a summary: faults first, then what would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from rlvr.cli.console import counted
from rlvr.cli.summary.context import SummaryContext
from rlvr.config.suite import ALARM
from rlvr.report import GroupStatistics
from rlvr.scores import Verdict
from rlvr.summary import Summary

SHOWN_REASONS = 3
SHOWN_REMARKS = 5


class Level(Enum):
    """How much a finding matters: its mark and its style."""

    FAULT = ("✗", "bold red")
    WARNING = ("!", "yellow")
    ADVICE = ("•", "")


class SummaryLine(NamedTuple):
    """One line for the person who reads the summary."""

    level: Level
    text: str


def findings_of(summary: Summary, context: SummaryContext) -> list[SummaryLine]:
    """Return the findings, those that matter most first."""
    return [*_faults(summary, context), *_advice(summary, context)]


def _faults(summary: Summary, context: SummaryContext) -> Iterator[SummaryLine]:
    _, alarms = summary.metric_sums.get(ALARM, (0, 0.0))
    if alarms:
        yield SummaryLine(Level.FAULT, f"the circuit breaker set {alarms:,.0f} rewards to zero (`{ALARM}`)")
    if failed := summary.verdicts[Verdict.FAILED]:
        yield SummaryLine(Level.FAULT, f"{failed:,} failed: {_first(summary.causes)}")
    if unreadable := summary.unreadable.total():
        text = f"{_of_records(unreadable, summary)} could not be scored at all: {_first(summary.unreadable)}"
        yield SummaryLine(Level.WARNING, text)
    if invalid := summary.verdicts[Verdict.INVALID_TASK] - unreadable:
        reasons = summary.problems - summary.unreadable
        yield SummaryLine(Level.WARNING, f"{invalid:,} invalid_task: {_first(reasons)}")
    for line in context.unseen_paths:
        yield SummaryLine(Level.WARNING, line)
    for name, times in summary.overruns.items():
        yield SummaryLine(Level.WARNING, f"{name}: declared bounded, exceeded its budget {times:,} times")
    if summary.unanswered:
        text = f"{summary.unanswered:,} of {summary.records:,} records are unanswered: they end with the question"
        yield SummaryLine(Level.WARNING, text)


def _advice(summary: Summary, context: SummaryContext) -> Iterator[SummaryLine]:
    if abstained := summary.verdicts[Verdict.ABSTAINED]:
        yield SummaryLine(Level.ADVICE, f"{abstained:,} abstained: no scorer had an opinion")
    for name, task in summary.by_task.items():
        if task.no_answer:
            share = percent(task.no_answer, task.records)
            rows, verb = counted(task.no_answer, "row"), "states" if task.no_answer == 1 else "state"
            yield SummaryLine(Level.ADVICE, f"{rows} of task {name} {verb} no answer ({share})")
    remarks = Counter(context.remarks).most_common()
    for text, number in remarks[:SHOWN_REMARKS]:
        yield SummaryLine(Level.ADVICE, f"{number:,} of {summary.records:,} records: {text}")
    if len(remarks) > SHOWN_REMARKS:
        yield SummaryLine(Level.ADVICE, f"and {len(remarks) - SHOWN_REMARKS} more remarks")
    yield from _about_groups(summary.groups)
    for detail, total in summary.totals.items():
        yield SummaryLine(Level.ADVICE, f"total {detail}: {total:,.6g}")
    if summary.cache_known:
        share = percent(summary.cache_known, summary.cache_asked)
        yield SummaryLine(
            Level.ADVICE, f"the cache knew {summary.cache_known:,} of {summary.cache_asked:,} scores ({share})"
        )


def _about_groups(groups: GroupStatistics) -> Iterator[SummaryLine]:
    if groups.zero_variance_groups:
        wrong, right = groups.all_nothing, groups.all_full
        text = f"zero-variance groups, which teach nothing: {groups.zero_variance_groups:,} of {groups.scored:,}"
        yield SummaryLine(Level.ADVICE, f"{text} ({wrong:,} all wrong, {right:,} all right)")
    if groups.not_scored:
        yield SummaryLine(Level.ADVICE, f"groups with a row that is not scored: {groups.not_scored:,}")


def _of_records(number: int, summary: Summary) -> str:
    return f"{number:,} of {summary.records:,} records ({number / summary.records:.1%})"


def _first(reasons: Counter[str]) -> str:
    """Return the most frequent reasons with their numbers."""
    shown = [f"{number:,} × {reason}" for reason, number in reasons.most_common(SHOWN_REASONS)]
    more = len(reasons) - len(shown)
    return ", ".join([*shown, *([f"{more} more reasons"] if more > 0 else [])]) or "no reason given"


def percent(part: int, whole: int) -> str:
    """Return a share for people; a share that is neither nothing nor all is never shown as such."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if part and share < 1:
        return "<1 %"
    return "99 %" if part < whole and share >= 99.5 else f"{share:.0f} %"  # noqa: PLR2004  # it would be shown as 100
