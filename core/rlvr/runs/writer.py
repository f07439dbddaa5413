"""Writing a run folder: append batch by batch, and go on after any interruption."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from time import monotonic
from typing import Any
from zlib import crc32

import msgspec

from rlvr.config import Suite
from rlvr.errors import RecordsError, RunError
from rlvr.fingerprint import identity_of
from rlvr.memory import usable_memory_mb
from rlvr.processes import usable_processors
from rlvr.record import JsonValue
from rlvr.runs.finishing import RunPart
from rlvr.runs.folder import (
    BATCHES,
    COMMON,
    FORMAT,
    MANIFEST,
    ROWS,
    SESSIONS,
    SUMMARY,
    TABLE,
    Common,
    DataFacts,
    Manifest,
    RunFolder,
    Session,
    SuiteFacts,
    encode_line,
    read_lines,
    read_lines_with_ends,
    read_manifest,
)
from rlvr.runs.output import DASH, NOT_HERE, naming
from rlvr.runs.records import CommonEvidence, task_facts
from rlvr.runs.remote import address_of, name_of, remote_identity
from rlvr.runs.stopping import StopFlag
from rlvr.runs.table import write_table

# After a power failure, at most so much of the work is done again.
SYNC_SECONDS = 5.0

_HASHED_BYTES = 1 << 20

# A run has these, its manifest and its suite.
_FILES = (BATCHES, ROWS, COMMON, SESSIONS, SUMMARY, TABLE)


def manifest_of(suite: Suite, files: Iterable[Path], options: Mapping[str, JsonValue], batch_rows: int) -> Manifest:
    """Return what a run of a suite over files is.

    Args:
        suite: The suite.
        files: The files of the data; they are read once to hash them.
        options: The options that decide which rows are scored and what is kept of them.
        batch_rows: Rows in a batch.

    Raises:
        RecordsError: A file cannot be read.
    """
    return Manifest(
        format=FORMAT,
        created=_now(),
        fingerprint=suite.fingerprint,
        suite=SuiteFacts(
            source=suite.source,
            text=suite.text,
            suffix=suite.suffix,
            revision=suite.revision,
            files={file.name: file.digest for file in suite.files},
        ),
        data=[_data_facts(path) for path in files],
        options=dict(options),
        identity=identity_of([entry.installed for entry in suite.entries]),
        metric_names=list(suite.metric_names),
        tasks=task_facts(suite),
        batch_rows=batch_rows,
    )


def _data_facts(path: Path) -> DataFacts:
    if address_of(path):
        size, identity = remote_identity(path)
        return DataFacts(path=name_of(path), size=size, sha256=identity)
    if path == DASH or not path.is_file():
        return DataFacts(path=str(path))
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_HASHED_BYTES):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise RecordsError(str(path), 0, f"cannot be read: {error.strerror or error}") from error
    return DataFacts(path=str(path), size=size, sha256=digest.hexdigest())


class RunWriter:
    """Appends scored batches to a run folder; see :func:`open_run`.

    Attributes:
        folder: Reads the folder.
        rows: Number of rows in it.
        damage: What was damaged in the folder, so that its rows are scored again; "" if nothing was.
    """

    def __init__(self, folder: RunFolder, files: Mapping[str, FileIO]) -> None:
        """Find what counts in the folder, and cut off the rest.

        Args:
            folder: The folder.
            files: Its files, open to append.
        """
        self.folder = folder
        self.rows = 0
        self._files = files
        self._bytes = self._common_bytes = self._common_crc = end = 0
        for batch, _, end in folder.checked_batches():  # noqa: B007  # the last one counts
            self.rows += batch.rows
            self._bytes, self._common_bytes, self._common_crc = batch.bytes, batch.common_bytes, batch.common_crc
        self.damage = folder.damage
        files[BATCHES].truncate(end)
        files[ROWS].truncate(self._bytes)
        files[COMMON].truncate(self._common_bytes)
        ends = [end for _, end in read_lines_with_ends(folder.path / SESSIONS, Session)]
        files[SESSIONS].truncate(ends[-1] if ends else 0)
        self._common = CommonEvidence(
            {(each.task, each.entry): each.evidence for each in read_lines(folder.path / COMMON, Common)}
        )
        self._synced = monotonic()

    @property
    def common(self) -> CommonEvidence:
        """The evidence that is common, as far as the rows in the folder settle it."""
        return self._common

    def append(self, part: RunPart) -> None:
        """Write a batch."""
        lines, common = part.lines, b""
        if not part.is_stripped:
            rows = part.unpacked()
            new = self._common.settle(rows)
            common = b"".join(
                encode_line(Common(task=task, entry=entry, evidence=evidence))
                for (task, entry), evidence in new.items()
            )
            lines = b"".join([encode_line(self._common.stripped(row)) for row in rows])
        self._bytes += len(lines)
        self._common_bytes += len(common)
        self._common_crc = crc32(common, self._common_crc)
        batch = msgspec.structs.replace(
            part.batch,
            bytes=self._bytes,
            crc=part.batch.crc if part.is_stripped else crc32(lines),
            common_bytes=self._common_bytes,
            common_crc=self._common_crc,
        )
        # The line of the batch comes last: it makes the batch count.
        self._write(ROWS, lines)
        self._write(COMMON, common)
        self._write(BATCHES, encode_line(batch))
        self.rows += batch.rows
        if monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Wait until the disk has everything."""
        for name in (ROWS, COMMON, BATCHES, SESSIONS):
            os.fsync(self._files[name].fileno())
        self._synced = monotonic()

    def start(self, processes: int) -> None:
        """Note that a command works on the run."""
        self._note(Session(event="start", time=_now(), rows=self.rows, machine=_machine(), processes=processes))

    def finish(self, summary: Mapping[str, Any], stop: StopFlag) -> None:
        """Write the summary, and note the end or what stopped the command; at the end, write the table of rows.

        Args:
            summary: The summary of all rows in the folder, as JSON values.
            stop: What stopped the command, if something did.
        """
        is_complete = stop.signal is None
        document = {"is_complete": is_complete, **summary}
        _replace(self.folder.path / SUMMARY, json.dumps(document, indent=1, default=str).encode() + b"\n")
        if stop.signal is None:
            write_table(self.folder)
            self._note(Session(event="end", time=_now(), rows=self.rows))
        else:
            self._note(Session(event="stop", time=_now(), rows=self.rows, reason=stop.signal.name))

    def _note(self, session: Session) -> None:
        self._write(SESSIONS, encode_line(session))

    def _write(self, name: str, content: bytes) -> None:
        """Append to a file at once; nothing waits in a buffer."""
        view = memoryview(content)
        with naming(self.folder.path / name):
            while view:
                view = view[self._files[name].write(view) :]


@contextmanager
def open_run(path: Path, manifest: Manifest, *, processes: int = 1) -> Iterator[RunWriter]:
    """Open a run folder to write to: a new one, or one of the same job, which goes on where it stopped.

    Raises:
        RunError: The folder is a run of another suite, other data or other options, is something else, or another
            command writes to it.
        OSError: The folder cannot be written.
    """
    _make_folder(path, manifest)
    with contextlib.ExitStack() as stack:
        # The lock comes first: a command that starts at the same time would remove the files of this one.
        files = {BATCHES: stack.enter_context((path / BATCHES).open("ab", buffering=0))}
        _lock(files[BATCHES], path)
        if (path / MANIFEST).exists():
            _refuse_another_job(path, read_manifest(path), manifest)
        else:
            _fill_folder(path, manifest)
        for name in (ROWS, COMMON, SESSIONS):
            files[name] = stack.enter_context((path / name).open("ab", buffering=0))
        writer = RunWriter(RunFolder(path), files)
        writer.start(processes)
        yield writer
        writer.sync()


def run_files(path: Path, suffix: str) -> list[Path]:
    """Return the files that a run folder has, or will have.

    Args:
        path: The folder.
        suffix: That of the suite file, such as ``.yaml``.
    """
    return [path / name for name in (MANIFEST, _suite_file(suffix), *_FILES)]


def _make_folder(path: Path, manifest: Manifest) -> None:
    """Make the folder; refuse an address, and a folder that has files and is no run."""
    if address_of(path):
        raise RunError(name_of(path), NOT_HERE, "name a folder here")
    if path.exists() and not path.is_dir():
        raise RunError(str(path), "is no folder", "name another one")
    path.mkdir(parents=True, exist_ok=True)
    found = {each.name for each in path.iterdir()}
    if found and not _was_left(path, found, manifest) and not (path / MANIFEST).exists():
        raise RunError(str(path), f"contains files and no {MANIFEST}, so it is no run", "name a new folder")


def _was_left(path: Path, found: set[str], manifest: Manifest) -> bool:
    """Return whether a command left these files that was interrupted before the manifest was there.

    The file of batches is made first, and a file of a user is not empty: data may be named ``rows.jsonl`` too.
    """
    suite_file = _suite_file(manifest.suite.suffix)
    ours = {BATCHES, suite_file, *(_partial(Path(name)).name for name in (MANIFEST, suite_file))}
    return BATCHES in found and not (path / BATCHES).stat().st_size and found <= ours


def _fill_folder(path: Path, manifest: Manifest) -> None:
    _replace(path / _suite_file(manifest.suite.suffix), manifest.suite.text.encode())
    _replace(path / MANIFEST, msgspec.json.format(encode_line(manifest), indent=1) + b"\n")


def _suite_file(suffix: str) -> str:
    return f"suite{suffix}"


def _refuse_another_job(path: Path, found: Manifest, wanted: Manifest) -> None:
    differences = list(_differences(found, wanted))
    if differences:
        raise RunError(
            str(path),
            f"is the run of another job: {'; '.join(differences)}",
            "name another folder to start a new run, or remove this one",
        )


def _differences(found: Manifest, wanted: Manifest) -> Iterator[str]:
    if found.suite.text != wanted.suite.text or found.suite.revision != wanted.suite.revision:
        yield f"the text of the suite {wanted.suite.source} has changed"
    elif found.suite.files != wanted.suite.files:
        names = sorted(name for name, _ in set(found.suite.files.items()) ^ set(wanted.suite.files.items()))
        yield f"a file of the suite has changed: {', '.join(dict.fromkeys(names))}"
    elif found.fingerprint != wanted.fingerprint:
        yield f"code or versions have changed: {', '.join(_changed(found.identity, wanted.identity)) or 'fingerprint'}"
    yield from _data_differences(found.data, wanted.data)
    for name in sorted({*found.options, *wanted.options}):
        before, now = _shown(found.options.get(name)), _shown(wanted.options.get(name))
        if before != now:
            yield f"--{name} was {before} and is {now}"


def _shown(value: JsonValue) -> str:
    return "absent" if value is None or value == [] else ",".join(value) if isinstance(value, list) else str(value)


def _data_differences(found: Sequence[DataFacts], wanted: Sequence[DataFacts]) -> Iterator[str]:
    before, now = [each.path for each in found], [each.path for each in wanted]
    if before != now:
        yield f"the data were {', '.join(before[:3])} and are {', '.join(now[:3])}"
        return
    for old, new in zip(found, wanted, strict=True):
        if old.size != new.size:
            yield f"{new.path} had {old.size} bytes and has {new.size}"
        elif old.sha256 != new.sha256:
            yield f"the content of {new.path} has changed"


def _changed(found: Mapping[str, Any], wanted: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name in sorted({*found, *wanted}):
        before, now = found.get(name), wanted.get(name)
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            yield from _changed(before, now, f"{name} of ")
        elif before != now:
            yield f"{path}{name}: {before or 'absent'} and now {now or 'absent'}"


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _replace(path: Path, content: bytes) -> None:
    """Write a file that is whole or as it was, after a power failure too."""
    partial = _partial(path)
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    if sys.platform != "win32":  # the name is part of the folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _lock(file: FileIO, path: Path) -> None:
    """Keep other commands away until this process ends, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise RunError(str(path), "another command is writing to it", "wait for it, or name another folder") from error


def _machine() -> dict[str, JsonValue]:
    return {
        "name": platform.node(),
        "system": platform.platform(),
        "processor": platform.machine(),
        "processors": usable_processors(),
        "memory_mb": usable_memory_mb(),
        "python": platform.python_version(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
