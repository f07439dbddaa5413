"""Remarks of scorers on records: fixed sentences about what the person who wrote the suite may want to change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rlvr.aggregate import Reward
from rlvr.config import Entry, Suite
from rlvr.record import Record


def remarks_of(suite: Suite, records: Sequence[Record], rewards: Sequence[Reward] = ()) -> dict[str, list[int]]:
    """Return what the scorers of a suite remark on records: for each remark the numbers of its records, from 0.

    Args:
        suite: The suite.
        records: The records, routed to their tasks.
        rewards: Their rewards, where they were scored: a scorer that gave a record full marks is not asked about it.
    """
    found: dict[str, list[int]] = {}
    if all(entry.installed.scorer.remark is None for entry in suite.entries):
        return {}
    for number, (record, reward) in enumerate(zip_longest(records, rewards)):
        if record.task is None or record.problem or record.is_unanswered:
            continue
        for place, entry in enumerate(suite.tasks[record.task].entries):
            if entry.installed.scorer.remark is None:
                continue
            if reward is None or reward.parts[place].score.value != 1.0:
                text = _remark(entry, record)
                if text:
                    found.setdefault(text, []).append(number)
    return found


def _remark(entry: Entry, record: Record) -> str:
    """Return what a scorer remarks on a record, with its name; "" if nothing."""
    remark = entry.installed.scorer.remark
    try:
        text = remark(entry.visible_part(record), entry.prepared) if remark else None
    except Exception as error:  # noqa: BLE001  # third-party code; a remark is no reason to stop
        return f"{entry.name}: its remark raised {type(error).__name__}"
    return f"{entry.name}: {text}" if text else ""
