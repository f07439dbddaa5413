"""Remarks of scorers on the records of a file, counted for the person who reads the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

# A remark is a fixed sentence; one that names values of its record would fill the memory.
REMARKS_LIMIT = 50
SHOWN_REMARKS = 10


class Remarks:
    """Counts what the scorers of a suite remark on records."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.records = 0

    @property
    def counts(self) -> dict[str, int]:
        """The remarks and their numbers, the most frequent first."""
        return dict(self._counts.most_common())

    def add(self, records: int, remarks: Mapping[str, int]) -> None:
        """Count remarks on some records: for each, on how many."""
        self.records += records
        for text, count in remarks.items():
            self.count(text, count)

    def count(self, text: str, count: int = 1) -> None:
        """Count a remark on some records."""
        if text in self._counts or len(self._counts) < REMARKS_LIMIT:
            self._counts[text] += count

    def lines(self) -> Iterator[str]:
        """Yield a line for each remark."""
        for text, count in self._counts.most_common(SHOWN_REMARKS):
            yield f"{count:,} of {self.records:,} records: {text}"
