"""Output files as a Unix user expects them: complete or absent, and never instead of something else.

A regular file is written under a temporary name in its own folder and renamed when it is complete, so that an
interrupted command leaves the old file as it was.
Whatever a rename would destroy is written in place: devices, pipes, the file behind ``/dev/stdout``, a file with
several names (hard links), a file in a folder that takes no new files.
A symbolic link is followed: its target is written, and the link stays.
The name ``-`` is standard output, which stays open.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from rlvr.errors import OutputError
from rlvr.runs.remote import address_of, name_of

# Names in these folders are open files and devices; a rename would replace the name only.
_SYSTEM_FOLDERS = ("/dev", "/proc", "/sys")

# The problem of an address such as s3://... as a file or folder to write.
NOT_HERE = "is not on this machine, and rlvr writes here only"

# A command reads standard input and writes standard output under this name.
DASH = Path("-")


@contextmanager
def open_output(path: Path, *, inputs: Iterable[Path] = ()) -> Iterator[TextIOWrapper]:
    """Open a file for text in UTF-8 with the line ends that are written; see :func:`open_binary_output`."""
    with open_binary_output(path, inputs=inputs) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            yield text
            text.flush()
        finally:
            with contextlib.suppress(OSError, ValueError):  # a pipe without a reader, or after an error that came first
                text.detach()


@contextmanager
def open_binary_output(path: Path, *, inputs: Iterable[Path] = ()) -> Iterator[BinaryIO]:
    """Open a file for bytes; at the end of the block it is complete, after an error it is as it was.

    Args:
        path: The file; ``/dev/null``, pipes and links are fine, and ``-`` is standard output.
        inputs: Files that the command reads. The output must not be one of them, under any name.

    Raises:
        OutputError: The path is a folder, a socket, an address, or one of ``inputs``.
        OSError: The file cannot be written.
    """
    if path == DASH:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if address_of(path):
        raise OutputError(name_of(path), NOT_HERE, "write a file here, and copy it")
    found = _stat_of(path)
    _refuse(path, found, inputs)
    target = Path(os.path.realpath(path))
    with naming(path):
        if _is_renamed_onto(target, path, found):
            with _temporary_file(target, path, found) as file:
                yield file
        else:
            with path.open("wb") as file:
                yield file


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an ``OSError`` of the block the name of the file, if it has none: a write to a full disk has not."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename = error.filename or str(path)
        raise


def _stat_of(path: Path) -> os.stat_result | None:
    """Return the status of a file, links followed; None if there is no file yet."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _refuse(path: Path, found: os.stat_result | None, inputs: Iterable[Path]) -> None:
    if found is None:
        return
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(str(path), "is a folder", "name a file")
    if stat.S_ISSOCK(found.st_mode):
        raise OutputError(str(path), "is a socket", "name a file")
    if not stat.S_ISREG(found.st_mode):
        return  # a command may read from a terminal and write to it
    for each in inputs:
        other = _stat_of(each)
        if other is not None and os.path.samestat(found, other):
            raise OutputError(str(path), f"is the input {each}", "name another file")


def _is_renamed_onto(target: Path, path: Path, found: os.stat_result | None) -> bool:
    """Return True if a new file may take the place of the target without loss."""
    if any(each.is_relative_to(folder) for each in (target, path.absolute()) for folder in _SYSTEM_FOLDERS):
        return False
    if found is None:
        return True
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and os.access(target.parent, os.W_OK | os.X_OK)


@contextmanager
def _temporary_file(target: Path, path: Path, found: os.stat_result | None) -> Iterator[BinaryIO]:
    """Write to a temporary file; rename it once complete."""
    partial = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.partial")
    try:
        file = partial.open("xb")
    except OSError as error:
        error.filename = str(path)  # the name that the user gave
        raise
    try:
        with file:
            if found is not None:
                _keep_owner_and_mode(partial, found)
            yield file
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _keep_owner_and_mode(partial: Path, found: os.stat_result) -> None:
    with contextlib.suppress(OSError, AttributeError):  # only root gives files away, and Windows has no owners
        os.chown(partial, found.st_uid, found.st_gid)
    partial.chmod(stat.S_IMODE(found.st_mode))
