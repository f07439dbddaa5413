"""Remarks of scorers on records: fixed sentences about what the person who wrote the suite may want to change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rlvr.aggregate import Part, Reward
from rlvr.config import Entry, Suite
from rlvr.record import Record
from rlvr.scores import class_of


def remarks_of(suite: Suite, records: Sequence[Record], rewards: Sequence[Reward] = ()) -> dict[str, list[int]]:
    """Return what the scorers of a suite remark on records: for each remark the numbers of its records, from 0.

    Args:
        suite: The suite.
        records: The records, routed to their tasks.
        rewards: Their rewards, where they were scored: a scorer is not asked about a record that it gave full marks, or
            a reason after which it has nothing to say.
    """
    found: dict[str, list[int]] = {}
    if all(entry.installed.scorer.remark is None for entry in suite.entries):
        return {}
    for number, (record, reward) in enumerate(zip_longest(records, rewards)):
        if record.task is None or record.problem or record.is_unanswered:
            continue
        for place, entry in enumerate(suite.tasks[record.task].entries):
            if entry.installed.scorer.remark is not None and (reward is None or _is_asked(entry, reward.parts[place])):
                text = _remark(entry, record)
                if text:
                    found.setdefault(text, []).append(number)
    return found


def _is_asked(entry: Entry, part: Part) -> bool:
    """Return whether a scorer may have something to say about a record, as its score shows."""
    if part.score.value == 1.0:
        return False
    classes = entry.installed.scorer.remark_classes
    return classes is None or class_of(part.opinions[0].score) in classes


def _remark(entry: Entry, record: Record) -> str:
    """Return what a scorer remarks on a record, with its name; "" if nothing."""
    remark = entry.installed.scorer.remark
    try:
        text = remark(entry.visible_part(record), entry.prepared) if remark else None
    except Exception as error:  # noqa: BLE001  # third-party code; a remark is no reason to stop
        return f"{entry.name}: its remark raised {type(error).__name__}"
    return f"{entry.name}: {text}" if text else ""
