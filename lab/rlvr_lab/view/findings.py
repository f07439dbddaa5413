"""The first lines of a report: what is wrong, and what the reader could do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr.cli.console import counted
from rlvr_lab.page.numbers import percent, whole
from rlvr_lab.page.visible import visible
from rlvr_lab.rewards import CEILING, GroupState, PromptGroup, has_signal
from rlvr_lab.view.statistics import RunStatistics, TaskStatistics

FINDINGS_LIMIT = 6
REMARKS_LIMIT = 2
NO_ANSWER = "no_answer"
# Above this share, a task whose rewards are all alike has little to teach.
_LIMIT_SHARE = 0.9

Level: TypeAlias = Literal["bad", "warn", "info"]


class Filter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filter of the list of rows; the script reads its fields from the address.

    Attributes:
        tab: ``rows`` or ``groups``.
        task: Name of a task.
        verdict: A verdict.
        reason: A class of reason.
        band: A band of rewards, see ``band_of``.
        flat: "1" for rows of zero-variance groups.
        advice: The number of a remark, see ``advice_of``.
    """

    tab: Literal["rows", "groups"] = "rows"
    task: str = ""
    verdict: str = ""
    reason: str = ""
    band: str = ""
    flat: str = ""
    advice: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line: how grave it is, a word, a sentence, and the filter that shows its rows."""

    level: Level
    tag: str
    text: str
    shows: Filter | None = None


def findings_of(statistics: RunStatistics, advice: Mapping[str, int]) -> list[Finding]:
    """Return at most six findings, the gravest first.

    Args:
        statistics: The statistics of the run.
        advice: Remarks of scorers, see ``advice_of``, with their numbers of rows.
    """
    found = [
        *_faults(statistics),
        *_alarms(statistics),
        *_unanswered(list(statistics.tasks.values())),
        *_advice(statistics, advice),
        *_no_signal([group for task in statistics.tasks.values() for group in task.groups()]),
        *(line for task in statistics.tasks.values() for line in _at_a_limit(task)),
    ]
    return found[:FINDINGS_LIMIT]


def _faults(statistics: RunStatistics) -> Iterator[Finding]:
    sentences: dict[str, tuple[Level, str]] = {
        "failed": ("bad", "a scorer broke; these rows say nothing of the model"),
        "invalid_task": ("warn", "nobody can score these rows; correct the data or the suite"),
    }
    for verdict, (level, sentence) in sentences.items():
        rows = statistics.verdicts[verdict]
        kinds = [
            f"{count} × {f'{fault.place}: ' if fault.place else ''}{fault.reason or fault.kind}"
            for fault, count in statistics.faults
            if fault.verdict == verdict
        ]
        if rows:
            text = f"{counted(rows, 'row')}: {sentence}. {'; '.join(kinds[:2])}"
            yield Finding(level=level, tag=verdict, text=text, shows=Filter(verdict=verdict))


def _alarms(statistics: RunStatistics) -> Iterator[Finding]:
    if statistics.alarms:
        text = f"{counted(statistics.alarms, 'row')} got their reward from the circuit breaker (rlvr/alarm)."
        yield Finding(level="bad", tag="alarm", text=text, shows=Filter(verdict="failed"))


def _unanswered(tasks: Sequence[TaskStatistics]) -> Iterator[Finding]:
    found = {task.name: (task.reasons[NO_ANSWER], task.rows) for task in tasks if task.reasons[NO_ANSWER]}
    if found:
        shares = ", ".join(f"{percent(count, of)} of {name}" for name, (count, of) in found.items())
        count = sum(count for count, _ in found.values())
        text = f"{counted(count, 'row')} {'states' if count == 1 else 'state'} no answer: {shares}."
        yield Finding(level="info", tag="no answer", text=text, shows=Filter(reason=NO_ANSWER))


def advice_of(remarks: Mapping[str, int]) -> list[str]:
    """Return the remarks of scorers that a report shows: those on the most rows."""
    return sorted(remarks, key=lambda text: (-remarks[text], text))[:REMARKS_LIMIT]


def _advice(statistics: RunStatistics, advice: Mapping[str, int]) -> Iterator[Finding]:
    for number, (text, count) in enumerate(advice.items()):
        sentence = f"{counted(count, 'row')} of {whole(statistics.rows)}: {text}"
        yield Finding(level="info", tag="advice", text=sentence, shows=Filter(advice=str(number)))


def _no_signal(groups: Sequence[PromptGroup]) -> Iterator[Finding]:
    scored = [group.state for group in groups if group.mean is not None]
    flat = [state for state in scored if not has_signal(state)]
    if flat:
        count = f"{whole(len(flat))} of {whole(len(scored))} groups"
        text = f"{count} are zero-variance groups, which teach nothing: {flat_words(flat)}."
        yield Finding(level="info", tag="no signal", text=text, shows=Filter(tab="groups", flat="1"))


def _at_a_limit(task: TaskStatistics) -> Iterator[Finding]:
    bands = task.bands()
    rows = sum(bands)
    for band, word in ((0, "floor"), (CEILING, "ceiling")):
        if rows > 1 and bands[band] >= _LIMIT_SHARE * rows:
            text = f"{percent(bands[band], rows)} of the scored rows of {task.name} are at the {word}."
            yield Finding(
                level="info", tag=f"at the {word}", text=text, shows=Filter(task=visible(task.name), band=str(band))
            )


def flat_words(states: Sequence[GroupState]) -> str:
    """Return the number of groups of each state, such as "25 all wrong, 5 all right"."""
    order: tuple[GroupState, ...] = ("all wrong", "all right", "all equal")
    return ", ".join(f"{whole(states.count(state))} {state}" for state in order if state in states)
