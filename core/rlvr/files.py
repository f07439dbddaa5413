"""Files that a suite is made of or names: the suite file itself, a schema, a rule pack.

Each is a regular file of limited size, so that a suite that names a device or a pipe is an error and not a hang.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The largest that suites name are tokenizers of models, of 7 to 20 MB; no person writes a larger schema or rule pack.
SUITE_FILE_LIMIT_BYTES = 32_000_000


def read_regular_file(path: Path, limit_bytes: int) -> bytes:
    """Return the content of a regular file; symbolic links are followed.

    Raises:
        OSError: The file cannot be opened or read.
        ValueError: It is a folder, a device, a pipe or a socket, or larger than the limit.
    """
    try:  # without O_NONBLOCK, to open a pipe waits for its writer
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise ValueError("is not a regular file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("is not a regular file")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            content = file.read(limit_bytes + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit_bytes:
        raise ValueError(f"is larger than {limit_bytes} bytes")
    return content


class SuiteFile:
    """A file that an option of a suite names, read when the suite is loaded.

    Options of this type take the name of a file in the suite; a relative name starts in the folder of the suite file.
    The content is part of the fingerprint and of the keys of the cache.

    Attributes:
        name: The name as the suite has it.
        content: The content, at most ``SUITE_FILE_LIMIT_BYTES``.
    """

    __slots__ = ("content", "name")

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    @classmethod
    def read(cls, name: str, folder: str | Path | None = None) -> SuiteFile:
        """Read a file.

        Args:
            name: Its name.
            folder: The folder of the suite; None if the suite is not a file.

        Raises:
            ValueError: The file cannot be read, is not a regular file or is too large, or the name is relative and
                there is no folder.
        """
        from pathlib import Path  # few suites name files

        path = Path(name)
        if folder is None and not path.is_absolute():
            raise ValueError(
                f"file '{name}': the suite is not a file, so a relative name has no folder; give an absolute path"
            )
        path = Path(folder or "", path)
        try:
            return cls(name, read_regular_file(path, SUITE_FILE_LIMIT_BYTES))
        except OSError as error:
            raise ValueError(f"file '{path}': {error.strerror or error}") from error
        except ValueError as error:
            raise ValueError(f"file '{path}' {error}") from error

    @property
    def text(self) -> str:
        """The content as text.

        Raises:
            ValueError: It is not UTF-8.
        """
        return self.content.decode("utf-8-sig")

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SuiteFile) and (self.name, self.content) == (other.name, other.content)

    def __hash__(self) -> int:
        return hash((self.name, self.content))

    def __repr__(self) -> str:
        return f"SuiteFile({self.name!r}, {len(self.content)} bytes)"


def plain_option(value: object) -> object:
    """Turn an option of a type that JSON does not have into a value that identifies it; a hook for msgspec encoders.

    Raises:
        TypeError: No option has this type.
    """
    if isinstance(value, SuiteFile):
        return [value.name, value.digest]
    raise TypeError(f"a value of type {type(value).__name__} is not JSON")
