"""Lines of a file that another process writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rlvr.runs.rows import LINE_LIMIT_BYTES

# Bytes that are read at once.
_CHUNK_BYTES = 1_000_000


class FollowedFile:
    """Reads what is new in a file, in whole lines.

    A file that is cut off, or replaced by another of the same name, is read anew from its start.
    """

    def __init__(self, path: Path) -> None:
        """Follow a file, which need not exist yet."""
        self.path = path
        self.restarts = 0
        self._place = 0
        self._file_number = -1
        self._rest = b""
        self._is_skipping = False

    def new_lines(self) -> Iterator[bytes]:
        """Yield the lines that were completed since the last call, without their ends.

        A line above the limit is ``b""``. The last line is yielded once its end is there. A file that does not exist
        has no lines.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            found = os.fstat(file.fileno())
            if found.st_ino != self._file_number or found.st_size < self._place:
                self.restarts += self._file_number != -1
                self._file_number, self._place, self._rest, self._is_skipping = found.st_ino, 0, b"", False
            file.seek(self._place)
            while chunk := file.read(_CHUNK_BYTES):
                self._place += len(chunk)
                yield from self._lines_in(chunk)

    def _lines_in(self, chunk: bytes) -> Iterator[bytes]:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            whole, self._rest = self._rest + line, b""
            yield b"" if self._is_skipping or len(whole) > LINE_LIMIT_BYTES else whole
            self._is_skipping = False
        self._rest += rest
        if len(self._rest) > LINE_LIMIT_BYTES:
            self._rest, self._is_skipping = b"", True
