"""What keys do: labels, notes, undo; every change is in the file at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlvr import RecordsError
from rlvr.runs import RunRow
from rlvr_lab.labels import Label, encode_label, key_of, read_labels

BACKSPACES = {"\x7f", "\x08"}
ENTERS = {"\r", "\n"}
_NOTE_LIMIT_CHARACTERS = 2_000


class LabelSession:
    """The labels of one person for some rows.

    Attributes:
        rows: The rows, in the order in which they are shown.
        labeller: The name of the person.
        note: The note of the label that comes next.
        is_noting: True while keys are written into the note.
        is_over: True once the person quits, or all rows are labelled or skipped.
    """

    def __init__(self, rows: Sequence[RunRow], path: Path, labeller: str) -> None:
        """Read the labels that are there; those of other people stay as they are.

        Raises:
            RecordsError: The file has a line that is no label.
        """
        self.rows = rows
        self.labeller = labeller
        self.note = ""
        self.is_noting = False
        self._path = path
        self._labels = read_labels(path) if path.exists() else []
        self._skipped: set[int] = set()
        self._place = self._next()
        self.is_over = self._place is None

    @property
    def row(self) -> RunRow | None:
        """The row that is shown; None if there is none left."""
        return None if self._place is None else self.rows[self._place]

    @property
    def place(self) -> int:
        """The number of the row that is shown, from 1."""
        return len(self.rows) if self._place is None else self._place + 1

    @property
    def labelled(self) -> int:
        """Number of rows that the person has labelled."""
        return sum(self._label_of(row) is not None for row in self.rows)

    def press(self, key: str) -> None:
        """Do what a key says: 0-9 label, n note, s or space skip, u undo, q quit; other keys do nothing.

        Raises:
            RecordsError: The file cannot be written.
        """
        if self.is_noting:
            self._write_note(key)
        elif key.isascii() and key.isdecimal() and self.row is not None:
            self._add(int(key))
        elif key == "n":
            self.is_noting = True
        elif key in {"s", " "} and self._place is not None:
            self._skipped.add(self._place)
            self._go_on()
        elif key == "u":
            self._undo()
        elif key in {"q", "\x03", "\x04"}:
            self.is_over = True

    def _write_note(self, key: str) -> None:
        if key in ENTERS:
            self.is_noting = False
        elif key in BACKSPACES:
            self.note = self.note[:-1]
        elif key.isprintable() and len(self.note) < _NOTE_LIMIT_CHARACTERS:
            self.note += key

    def _add(self, value: int) -> None:
        row = self.row
        if row is None:
            return
        label = Label(
            id=row.id,
            label=value,
            labeller=self.labeller,
            note=self.note,
            position=row.position,
            sample=row.sample,
        )
        self._save([*self._labels, label])
        self._go_on()

    def _undo(self) -> None:
        """Take the last label of the person back, and show its row."""
        own = [number for number, label in enumerate(self._labels) if label.labeller == self.labeller]
        if not own:
            return
        taken = self._labels[own[-1]]
        self._save([label for number, label in enumerate(self._labels) if number != own[-1]])
        self._place = next((place for place, row in enumerate(self.rows) if is_label_of(taken, row)), self._next())
        self.note = taken.note
        self.is_over = False

    def _go_on(self) -> None:
        self.note = ""
        self._place = self._next()
        self.is_over = self._place is None

    def _next(self) -> int | None:
        return next(
            (
                place
                for place, row in enumerate(self.rows)
                if place not in self._skipped and self._label_of(row) is None
            ),
            None,
        )

    def _label_of(self, row: RunRow) -> Label | None:
        return next((each for each in self._labels if each.labeller == self.labeller and is_label_of(each, row)), None)

    def _save(self, labels: Sequence[Label]) -> None:
        """Write all labels to a file beside, and give it the name once it is complete."""
        beside = self._path.with_name(self._path.name + ".part")
        try:
            beside.write_bytes(b"".join(map(encode_label, labels)))
            beside.replace(self._path)
        except OSError as error:
            raise RecordsError(str(self._path), 0, f"cannot be written: {error.strerror or error}") from error
        self._labels = list(labels)


def is_label_of(label: Label, row: RunRow) -> bool:
    """Say whether a label is about a row."""
    same_place = label.position is None or (label.position, label.sample or 0) == (row.position, row.sample)
    return same_place and key_of(label.id) == key_of(row.id)
