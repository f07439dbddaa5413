"""A run for people who work in Python: its rows as mappings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from rlvr.record.json_value import plain_value
from rlvr.runs.folder import RunFolder, RunRow


class Run:
    """A run folder of ``rlvr score --run``; iterates over its rows as mappings, in the order of the data.

    The rows have the names of the columns of ``rlvr score -o`` (``id``, ``reward``, ``verdict``, ``task``, ``metrics``,
    ``reason``, ``reason_class``, ...), and ``completion``, ``prompt``, ``reference``, ``group``, ``answer_span``,
    ``scores`` and the columns of ``--keep`` in ``kept``. One batch of rows is in memory.
    """

    def __init__(self, path: str | Path) -> None:
        """Open a run.

        Raises:
            RunError: The folder is no run, or one of a later format.
        """
        self.folder = RunFolder(path)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict."""
        for row in self.folder.rows():
            yield mapping_of(row, self.fingerprint)

    def __len__(self) -> int:
        """Return the number of rows that were scored."""
        return sum(batch.rows for batch in self.folder.batches())

    def __repr__(self) -> str:
        """Return a line."""
        state = "complete" if self.is_complete else self.folder.damage or "not complete"
        return f"<Run {str(self.path)!r}: {len(self)} rows, {state}, fingerprint {self.fingerprint}>"

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.path

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the suite."""
        return self.folder.manifest.fingerprint

    @property
    def metric_names(self) -> tuple[str, ...]:
        """All metrics of the suite, in order."""
        return tuple(self.folder.manifest.metric_names)

    @property
    def is_complete(self) -> bool:
        """True if the last row of the data was scored."""
        return self.folder.is_complete


def mapping_of(row: RunRow, fingerprint: str) -> dict[str, Any]:
    """Return a row of a run as JSON values, with the names of the columns of files of rewards."""
    values: dict[str, Any] = msgspec.to_builtins(row, enc_hook=plain_value)
    return values | {
        "answer_span": None if row.answer_span is None else list(row.answer_span),
        "reasons": {score.name: score.reason for score in row.scores},
        "reason_classes": {score.name: score.reason_class for score in row.scores},
        "fingerprint": fingerprint,
    }
