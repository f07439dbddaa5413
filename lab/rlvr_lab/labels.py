"""Labels: what people say about rows of a run, as JSON lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr import RecordsError
from rlvr.runs import RunRow

# A completion and a note are far shorter; a longer line is no label.
LINE_LIMIT_CHARACTERS = 1_000_000


class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one person says about one row.

    Attributes:
        id: The id of the row.
        label: 0 for wrong and 1 for right, or a mark on a longer scale, the higher the better; true and false too.
        labeller: The name of the person.
        note: What the person wrote.
        position: Position of the row in its data; only needed where rows share an id.
        sample: Number of the completion in its row.
    """

    id: Any
    label: bool | int | float
    labeller: str = ""
    note: str = ""
    position: int | None = None
    sample: int | None = None


def read_labels(path: Path) -> list[Label]:
    """Return the labels of a file; of one person's labels of one row, the last.

    Raises:
        RecordsError: The file cannot be read, or a line is no label.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a text in a line may have U+2028
    except (OSError, UnicodeError) as error:
        raise RecordsError(str(path), 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    found: dict[tuple[str, int | None, int | None, str], Label] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            if len(line) > LINE_LIMIT_CHARACTERS:
                raise ValueError(f"longer than {LINE_LIMIT_CHARACTERS:,} characters")  # noqa: TRY301  # as other lines
            label = msgspec.json.decode(line, type=Label)
            if not math.isfinite(label.label):
                raise ValueError("label is no number")  # noqa: TRY301  # as above
        except (ValueError, OverflowError) as error:
            expected = 'expected {"id": ..., "label": 0 or 1, "labeller": "..."}'
            raise RecordsError(str(path), number, f"is no label: {error}; {expected}") from error
        found[key_of(label.id), label.position, label.sample, label.labeller] = label
    return list(found.values())


def encode_label(label: Label) -> bytes:
    """Return the line of a label, with its line end."""
    return msgspec.json.encode(label) + b"\n"


def key_of(row_id: object) -> str:
    """Return a text that is equal for equal ids: 1 and "1" differ."""
    return msgspec.json.encode(row_id, order="deterministic").decode()


class LabelledRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a run, with all labels of it."""

    row: RunRow
    labels: Sequence[Label]


def join_labels(rows: Iterable[RunRow], labels: Sequence[Label], source: str) -> tuple[list[LabelledRow], list[Label]]:
    """Return the rows that have labels, in the order of the run, and the labels that belong to no row.

    Args:
        rows: The rows of a run; only those with labels stay in memory.
        labels: The labels.
        source: The name of their file, for errors.

    Raises:
        RecordsError: Several rows have the id of a label, and the label does not say which of them it means.
    """
    wanted: dict[str, list[Label]] = {}
    for label in labels:
        wanted.setdefault(key_of(label.id), []).append(label)
    candidates: dict[str, list[RunRow]] = {}
    for row in rows:
        key = key_of(row.id)
        if key in wanted:
            candidates.setdefault(key, []).append(row)
    found: dict[tuple[int, int], LabelledRow] = {}
    unknown: list[Label] = []
    for key, given in wanted.items():
        for own, label in _pairs(candidates.get(key, []), given, source):
            if own is None:
                unknown.append(label)
                continue
            place = (own.position, own.sample)
            before = found[place].labels if place in found else ()
            found[place] = LabelledRow(row=own, labels=[*before, label])
    return [found[place] for place in sorted(found)], unknown


def _pairs(rows: Sequence[RunRow], labels: Sequence[Label], source: str) -> Iterator[tuple[RunRow | None, Label]]:
    by_place: Mapping[tuple[int | None, int | None], RunRow] = {(row.position, row.sample): row for row in rows}
    for label in labels:
        if len(rows) <= 1:
            yield (rows[0] if rows else None), label
        elif (row := by_place.get((label.position, label.sample or 0))) is not None:
            yield row, label
        else:
            problem = f"{len(rows)} rows of the run have the id {label.id!r}"
            raise RecordsError(source, 0, f"{problem}; a label of one of them needs its `position` and `sample`")
