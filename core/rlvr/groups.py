"""Groups: the records of one task and prompt, which trainers compare, and scorers of groups see at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rlvr.record import Record
from rlvr.scores import Score
from rlvr.wire import WireError, digest_of

# Columns in which trainers write the key of a group; the prompt is the key of rows without one.
GROUP_COLUMNS = ("group_id", "prompt_id")


def groups_of(records: Sequence[Record]) -> tuple[int, ...]:
    """Return the group number of each record: records of one task and prompt; a record without a prompt is alone."""
    return groups_by_key(map(_group_key, records))


def partial_groups(groups: Sequence[int], whole: int) -> dict[int, Score]:
    """Return, by number of the group, the score of each record of a group that is not whole.

    A prompt that stands in a batch several times has a multiple of the number.
    """
    return {
        group: Score.abstained(
            f"a part of a group: {count} of {whole} completions of the prompt"
            if whole
            else "a part of a group: the completions of the prompt come one by one",
            reason_class="partial_group",
        )
        for group, count in Counter(groups).items()
        if not whole or count % whole
    }


def _group_key(record: Record) -> object:
    """Return what identifies the record's task and prompt; None for a record that is in no group.

    The texts of the turns do, unless a turn has tool calls: they are JSON objects, which have no hash but a digest.
    """
    prompt = record.prompt
    if not prompt:
        return None
    texts = [record.task]
    for turn in prompt:
        if turn.tool_calls:
            return prompt_digest(record)
        texts += (turn.role, turn.content)
    return tuple(texts)


def prompt_digest(record: Record) -> bytes | None:
    """Return 16 bytes that identify the record's task and prompt, the same in every process.

    None for a record without a prompt, or whose prompt contains something that is not JSON.
    """
    prompt = record.prompt
    if not prompt:
        return None
    try:
        return digest_of((record.task, [(turn.role, turn.content, turn.tool_calls) for turn in prompt]))
    except WireError:
        return None


def group_key_of(record: Record) -> str:
    """Return the key of the group of a record: the trainer's own, else a digest of task and prompt; "" if it has none.

    Equal in every batch and every run, unlike the numbers of ``Report.groups``.
    """
    for column in GROUP_COLUMNS:
        key = record.metadata.get(column)
        if isinstance(key, (str, int)) and key != "":
            return str(key)
    digest = prompt_digest(record)
    return "" if digest is None else digest.hex()[:16]


def groups_by_key(keys: Iterable[object]) -> tuple[int, ...]:
    """Return the number of the group of each record of a batch, for a report; a record without a key is alone."""
    numbers: dict[object, int] = {}
    return tuple(numbers.setdefault(key or place, len(numbers)) for place, key in enumerate(keys))
