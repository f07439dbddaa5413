"""A survey of the rows of a file: what they look like, what was read from where, and what that suggests to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rlvr.record.formats import formats_named
from rlvr.record.json_value import MAPPINGS, JsonValue
from rlvr.record.places import ABSENT, find_value, head_of
from rlvr.record.reading import Reading, read_row
from rlvr.record.rules import DEFAULT_RULES, ReadingRules

KINDS_LIMIT = 200
COLUMNS_LIMIT = 64
# A column that equals the reference so often is a gold column, not a model's answer.
GOLD_SHARE = 0.9
# Fewer rows say nothing of a column.
GOLD_ROWS = 5


class Places(NamedTuple):
    """What rows of one kind look like, and where their parts stand; "" for a part that was not found."""

    format: str
    completion: str
    k: int
    prompt: str
    reference: str
    id: str

    def __str__(self) -> str:
        """Return a clause for people: ``verl: completion from solution_str, ...``."""
        found = [
            f"completion from {self.completion}" + (f" (k = {self.k})" if self.k > 1 else "")
            if self.k
            else "no completion",
            f"prompt from {self.prompt}" if self.prompt else "no prompt",
            f"reference from {self.reference}" if self.reference else "no reference",
            f"id from {self.id}" if self.id else "id by position",
        ]
        return f"{self.format}: {', '.join(found)}"


class Survey:
    """Counts over the rows of a file, in memory that does not grow with them."""

    def __init__(self, rules: ReadingRules) -> None:
        self._rules = rules
        named = {"id": rules.id, "prompt": rules.prompt, "completion": rules.completion, "reference": rules.reference}
        self._unseen = {(part, path) for part, paths in named.items() for path in paths}
        self._kinds: Counter[Places] = Counter()
        self._others: Counter[str] = Counter()
        self._equal: Counter[str] = Counter()
        self._compared = 0
        self._answers_equal = 0
        self.rows = 0
        self.unanswered = 0

    def add(self, row: JsonValue, reading: Reading) -> None:
        """Count one row that was read."""
        self.note_paths(row)
        if not isinstance(row, MAPPINGS):
            return
        self.unanswered += reading.is_unanswered
        kind = Places(
            reading.format,
            reading.completion_at,
            0 if reading.problem else len(reading.answers),
            reading.prompt_at,
            reading.reference_at,
            reading.id_at,
        )
        if kind in self._kinds or len(self._kinds) < KINDS_LIMIT:
            self._kinds[kind] += 1
        self._note_format(row)
        self._compare(row, reading)

    def note_paths(self, row: JsonValue) -> None:
        """Count one row, and note which of the places that the suite names it has."""
        self.rows += 1
        if self._unseen and isinstance(row, MAPPINGS):
            self._unseen = {each for each in self._unseen if find_value(row, each[1]) is ABSENT}

    @property
    def unseen(self) -> frozenset[tuple[str, str]]:
        """The places that the suite names, and that no row has so far: part of the record, and path."""
        return frozenset(self._unseen)

    def note_unseen(self, rows: int, unseen: frozenset[tuple[str, str]] | None) -> None:
        """Count rows of another survey of the same rules, which has not seen some places; None if it did not look."""
        self.rows += rows
        if unseen is not None:
            self._unseen &= unseen

    @property
    def kinds(self) -> list[tuple[int, Places]]:
        """The kinds of rows and their numbers, the most frequent first."""
        return [(count, kind) for kind, count in self._kinds.most_common()]

    def unseen_paths(self) -> Iterator[str]:
        """Yield a problem for each place that the suite names and that no row has."""
        if self.rows:
            for part, path in sorted(self._unseen):
                yield f"read.{part}: no row has `{path}`"

    def remarks(self) -> Iterator[str]:
        """Yield what the rows suggest to look at: other formats, columns that hold the reference."""
        for name, count in self._others.most_common(3):
            yield f"look like `{name}`, not like `{self._rules.format}` (read.format): {count} of {self.rows} rows"
        if self._compared < GOLD_ROWS:
            return
        for column, count in self._equal.most_common():
            if count >= GOLD_SHARE * self._compared:
                yield f"`{column}` equals the reference in {count} of {self._compared} rows; it is not the completion"
        if self._answers_equal >= GOLD_SHARE * self._compared:
            yield (
                f"the completion equals the reference in {self._answers_equal} of {self._compared} rows; "
                "is it the model's answer, or is the reference scored?"
            )

    def _note_format(self, row: Mapping[str, JsonValue]) -> None:
        if not self._rules.format:
            return
        looks_like = read_row(row, DEFAULT_RULES).format
        if looks_like not in {each.name for each in formats_named(self._rules.format)}:
            self._others[looks_like] += 1

    def _compare(self, row: Mapping[str, JsonValue], reading: Reading) -> None:
        reference = reading.reference
        if not isinstance(reference, str) or not reading.answers:
            return
        self._compared += 1
        self._answers_equal += all(answer.text.strip() == reference.strip() for answer in reading.answers)
        used = {reading.completion_at, head_of(reading.reference_at)}
        for column in _text_columns(row, used):
            if row[column].strip() == reference.strip() and (column in self._equal or len(self._equal) < COLUMNS_LIMIT):
                self._equal[column] += 1


def _text_columns(row: Mapping[str, JsonValue], used: Iterable[str]) -> list[str]:
    return [name for name, value in row.items() if isinstance(value, str) and name not in used]
