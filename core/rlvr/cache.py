"""Scores that are not computed twice: content-addressed, in memory, and in a file if the suite says so.

The key is a hash over the scorer, its version, code and options, the completion, and the fields that the scorer
declares, which are all that it sees; never the whole record.
A failed score is never kept: what broke once may work the next time.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rlvr.config import Entry
from rlvr.config.format import CacheSection
from rlvr.record import Record
from rlvr.score import Score, Verdict
from rlvr.wire import WireError, decoded_score, encoded_score, framed

if TYPE_CHECKING:
    import sqlite3

# What an entry of the dictionary costs beside its bytes, measured with tracemalloc.
ENTRY_OVERHEAD_BYTES = 250

# Another process may be writing; a cache that makes a batch wait longer is worse than none.
DISK_WAIT_SECONDS = 0.5


def key_of(entry: Entry, record: Record) -> bytes:
    """Return what two records with the same score from an entry have in common; b"" for what is not to be kept.

    Args:
        entry: The entry.
        record: The record as its scorer sees it.
    """
    if not entry.cache_key or entry.fields is None:
        return b""
    names, columns = entry.fields
    seen = [record.tool_calls, *(getattr(record, name) for name in names if name != "messages")]
    seen.extend(record.metadata.get(column) for column in columns)
    if "messages" in names:
        seen.extend((turn.role, turn.content, turn.tool_calls) for turn in record.messages)
    try:
        fields = framed((record.reasoning_tags, seen))
    except WireError:
        return b""  # a value that is no JSON
    digest = hashlib.blake2b(entry.cache_key, digest_size=16)
    digest.update(record.completion.encode("utf-8", "surrogatepass"))
    digest.update(b"\xff")  # no byte of UTF-8, so that the completion's end cannot move
    digest.update(fields)
    return digest.digest()


class Cache:
    """Remembers scores by key; the least recently used go first."""

    def __init__(self, settings: CacheSection) -> None:
        self._limit = int(settings.memory_mb * 1_000_000)
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._disk = Disk(settings.file) if settings.file else None

    def found(self, keys: Iterable[bytes]) -> dict[bytes, Score]:
        """Return the scores that are known, by key."""
        known: dict[bytes, bytes] = {}
        missing: list[bytes] = []
        with self._lock:
            for key in keys:
                value = self._kept.get(key)
                if value is None:
                    missing.append(key)
                else:
                    self._kept.move_to_end(key)
                    known[key] = value
        if self._disk is not None and missing:
            from_disk = self._disk.found(missing)
            self._keep(from_disk)
            known |= from_disk
        scores = {key: decoded_score(value) for key, value in known.items()}
        return {key: score for key, score in scores.items() if score is not None}

    def keep(self, scores: Mapping[bytes, Score]) -> None:
        """Remember scores by key; all but the failed ones."""
        encoded: dict[bytes, bytes] = {}
        for key, score in scores.items():
            if score.verdict is not Verdict.FAILED:
                with contextlib.suppress(WireError):  # evidence that is no data is not worth a second look
                    encoded[key] = encoded_score(score)
        self._keep(encoded)
        if self._disk is not None and encoded:
            self._disk.keep(encoded)

    def _keep(self, encoded: Mapping[bytes, bytes]) -> None:
        with self._lock:
            for key, value in encoded.items():
                if key not in self._kept:
                    self._kept[key] = value
                    self._bytes += len(value) + ENTRY_OVERHEAD_BYTES
            while self._bytes > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped) + ENTRY_OVERHEAD_BYTES


class Disk:
    """A file of scores that several processes share: sqlite with a write-ahead log, in the standard library.

    A file that cannot be opened, read or written costs the remembered scores, never a reward.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def found(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return what is known of some keys."""
        import sqlite3

        known: dict[bytes, bytes] = {}
        with contextlib.suppress(sqlite3.Error, OSError), self._opened() as connection:
            for key in keys:
                row = connection.execute("SELECT score FROM scores WHERE key = ?", (key,)).fetchone()
                if row:
                    known[key] = bytes(row[0])
        return known

    def keep(self, encoded: Mapping[bytes, bytes]) -> None:
        """Write scores, in one transaction."""
        import sqlite3

        with contextlib.suppress(sqlite3.Error, OSError), self._opened() as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO scores VALUES (?, ?)", encoded.items())

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one batch: a connection belongs to one thread of one process, and must be closed."""
        import sqlite3

        with contextlib.closing(sqlite3.connect(self._path, timeout=DISK_WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score BLOB) WITHOUT ROWID")
            yield connection
