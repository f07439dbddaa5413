"""The cache of scores, so that no score is computed twice: in memory, and in a file if the suite names one.

A key is a hash over the scorer, its version, code and options, the completion, and the fields that the scorer
declares, which are all that it sees; never the whole record.
A failed score is not stored: the scorer may work the next time.
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
from rlvr.scores import Score, Verdict
from rlvr.time_share import CUT_METRIC
from rlvr.wire import WireError, decode_score, encode_score, frame_of

if TYPE_CHECKING:
    import sqlite3

# Memory of an entry of the dictionary in addition to its bytes, measured with tracemalloc.
ENTRY_OVERHEAD_BYTES = 250

# The cache is judged after so many scores, enough to tell one in a hundred, and tried again with one batch in so many.
TRIED_SCORES = 1_024
PROBE_BATCHES = 16

# Another process may be writing. A cache that makes a batch wait longer than this costs more than it saves.
DISK_WAIT_SECONDS = 0.5


def key_of(entry: Entry, record: Record) -> bytes:
    """Return the key that records with the same score from an entry share; b"" if the score is not cached.

    Args:
        entry: The entry.
        record: The part of the record that the scorer sees.
    """
    if not entry.cache_key or entry.fields is None:
        return b""
    names, columns = entry.fields
    values = [record.tool_calls, *(getattr(record, name) for name in names if name != "messages")]
    values.extend(record.metadata.get(column) for column in columns)
    if "messages" in names:
        values.extend((turn.role, turn.content, turn.tool_calls) for turn in record.messages)
    try:
        fields = frame_of((record.reasoning_tags, values))
    except WireError:
        return b""  # a value that is not JSON
    digest = hashlib.blake2b(entry.cache_key, digest_size=16)
    digest.update(record.completion.encode("utf-8", "surrogatepass"))
    digest.update(b"\xff")  # not a byte of UTF-8: it marks the end of the completion
    digest.update(fields)
    return digest.digest()


class Usefulness:
    """Decides whether scores of cheap scorers are worth a key: not while rows hardly ever repeat.

    A key costs more than the scores that it saves if fewer than one in a hundred is known. Then only one batch in
    ``PROBE_BATCHES`` has keys, until these find scores again. In-memory caches of bounded scorers alone ask for this.
    """

    def __init__(self) -> None:
        self._asked = self._known = self._batches = 0
        self._is_low = False

    @property
    def is_worth_it(self) -> bool:
        """Whether the next batch is to have keys; to be asked once for each batch."""
        if not self._is_low:
            return True
        self._batches += 1
        return self._batches % PROBE_BATCHES == 0

    def note(self, asked: int, known: int) -> None:
        """Count the scores of a batch that had keys, and how many of them were known."""
        self._asked += asked
        self._known += known
        if self._asked >= TRIED_SCORES or self._is_low:
            self._is_low = self._known * 100 < self._asked
            self._asked = self._known = 0


class Cache:
    """Stores scores by key; drops those that were not used for the longest time."""

    def __init__(self, settings: CacheSection) -> None:
        self._usefulness = None if settings.file else Usefulness()
        self._limit = int(settings.memory_mb * 1_000_000)
        self._stored: OrderedDict[bytes, bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._disk = Disk(settings.file) if settings.file else None

    @property
    def is_worth_it(self) -> bool:
        """Whether the scores of cheap scorers in the next batch are to have keys; always true of a file."""
        return self._usefulness is None or self._usefulness.is_worth_it

    def note(self, asked: int, known: int) -> None:
        """Count the scores of a batch that had keys, and how many of them were known."""
        if self._usefulness is not None and asked:
            self._usefulness.note(asked, known)

    def look_up(self, keys: Iterable[bytes]) -> dict[bytes, Score]:
        """Return the stored scores of some keys, by key."""
        known: dict[bytes, bytes] = {}
        missing: list[bytes] = []
        with self._lock:
            for key in keys:
                value = self._stored.get(key)
                if value is None:
                    missing.append(key)
                else:
                    self._stored.move_to_end(key)
                    known[key] = value
        if self._disk is not None and missing:
            from_disk = self._disk.look_up(missing)
            self._remember(from_disk)
            known |= from_disk
        scores = {key: decode_score(value) for key, value in known.items()}
        return {key: score for key, score in scores.items() if score is not None}

    def store(self, scores: Mapping[bytes, Score]) -> None:
        """Store scores by key, except failed ones and those that a deadline cut."""
        encoded: dict[bytes, bytes] = {}
        for key, score in scores.items():
            if score.verdict is not Verdict.FAILED and not score.metrics.get(CUT_METRIC):
                with contextlib.suppress(WireError):  # a score whose evidence is not JSON is computed again
                    encoded[key] = encode_score(score)
        self._remember(encoded)
        if self._disk is not None and encoded:
            self._disk.store(encoded)

    def _remember(self, encoded: Mapping[bytes, bytes]) -> None:
        with self._lock:
            for key, value in encoded.items():
                if key not in self._stored:
                    self._stored[key] = value
                    self._bytes += len(value) + ENTRY_OVERHEAD_BYTES
            while self._bytes > self._limit:
                _, dropped = self._stored.popitem(last=False)
                self._bytes -= len(dropped) + ENTRY_OVERHEAD_BYTES


class Disk:
    """A file of scores that several processes share: SQLite, of the standard library, with a write-ahead log.

    If the file cannot be opened, read or written, scores are computed; no reward is lost.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def look_up(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the stored scores of some keys, encoded."""
        import sqlite3

        known: dict[bytes, bytes] = {}
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as connection:
            for key in keys:
                row = connection.execute("SELECT score FROM scores WHERE key = ?", (key,)).fetchone()
                if row:
                    known[key] = bytes(row[0])
        return known

    def store(self, encoded: Mapping[bytes, bytes]) -> None:
        """Write encoded scores, in one transaction."""
        import sqlite3

        with contextlib.suppress(sqlite3.Error, OSError), self._open() as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO scores VALUES (?, ?)", encoded.items())

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one batch: a connection belongs to one thread of one process, and must be closed."""
        import sqlite3

        with contextlib.closing(sqlite3.connect(self._path, timeout=DISK_WAIT_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score BLOB) WITHOUT ROWID")
            yield connection
