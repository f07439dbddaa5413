"""Paths whose files are in memory: for programs that save and load, and for tests with ``tmp_path``.

A path travels as its text. The files are in the process of the submission; tests read and write them by requests.
"""

from __future__ import annotations

import fnmatch
import io
import os
import pathlib
import posixpath
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

TEMPORARY = "/tmp/tests"  # noqa: S108  # no folder of the machine


class Files(Protocol):
    """Files and folders by their absolute paths."""

    def kind(self, path: str) -> str:
        """Return ``file``, ``folder``, or "" if there is nothing."""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""

    def write(self, path: str, data: bytes) -> None:
        """Give a file this content; its folder must exist."""

    def make_folder(self, path: str) -> None:
        """Make a folder; the one around it must exist."""

    def remove(self, path: str) -> None:
        """Remove a file, or an empty folder."""

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, in order."""


class MemoryFiles:
    """Files in the memory of this process; errors are those that the functions of ``os`` raise."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._folders = {"/"}

    def kind(self, path: str) -> str:
        """Return ``file``, ``folder``, or "" if there is nothing."""
        return "file" if path in self._files else "folder" if path in self._folders else ""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        if path in self._folders:
            raise IsADirectoryError(f"a folder: {path!r}")
        if path not in self._files:
            raise FileNotFoundError(f"no such file in memory: {path!r}")
        return self._files[path]

    def write(self, path: str, data: bytes) -> None:
        """Give a file this content; its folder must exist."""
        if path in self._folders:
            raise IsADirectoryError(f"a folder: {path!r}")
        self._require_folder(posixpath.dirname(path))
        self._files[path] = data

    def make_folder(self, path: str) -> None:
        """Make a folder; the one around it must exist."""
        if self.kind(path):
            raise FileExistsError(f"it exists: {path!r}")
        self._require_folder(posixpath.dirname(path))
        self._folders.add(path)

    def remove(self, path: str) -> None:
        """Remove a file, or an empty folder."""
        if path in self._files:
            del self._files[path]
            return
        self._require_folder(path)
        if self.names(path):
            raise OSError(f"the folder is not empty: {path!r}")
        self._folders.remove(path)

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, in order."""
        self._require_folder(path)
        return sorted(
            posixpath.basename(each)
            for each in (*self._files, *self._folders - {"/"})
            if posixpath.dirname(each) == path
        )

    def _require_folder(self, path: str) -> None:
        if path in self._files:
            raise NotADirectoryError(f"no folder: {path!r}")
        if path not in self._folders:
            raise FileNotFoundError(f"no such folder: {path!r}")


_files: list[Files] = [MemoryFiles()]


def use(files: Files) -> None:
    """Have the paths of this process read and write these files."""
    _files[0] = files


def absolute(path: Any) -> str:
    """Return the normal form of a path; the current folder is ``/``.

    Raises:
        TypeError: It is no path.
    """
    return posixpath.normpath(posixpath.join("/", os.fsdecode(os.fspath(path))))


class _File(io.BytesIO):
    """An open file; what was written is in the file once it is flushed or closed."""

    def __init__(self, path: str, mode: str) -> None:
        self._is_written = False
        kept = b"" if "w" in mode or ("x" in mode) else None
        if kept is None:
            kept = _files[0].read(path) if "a" not in mode or _files[0].kind(path) else b""
        super().__init__(kept)
        self.name = path
        self._path, self._appends = path, "a" in mode
        self._may_read = "r" in mode or "+" in mode
        self._may_write = mode.strip("rbt") != ""
        if self._appends:
            self.seek(0, io.SEEK_END)
        if self._may_write and "r" not in mode:
            _files[0].write(path, kept)

    def readable(self) -> bool:
        return self._may_read

    def writable(self) -> bool:
        return self._may_write

    def _require(self, is_allowed: bool, what: str) -> None:  # noqa: FBT001  # one call each
        if not is_allowed:
            raise io.UnsupportedOperation(f"not {what}")

    def read(self, size: int | None = -1, /) -> bytes:
        self._require(self._may_read, "readable")
        return super().read(size)

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        self._require(self._may_read, "readable")
        return super().readline(size)

    def write(self, data: Any, /) -> int:
        self._require(self._may_write, "writable")
        if self._appends:
            self.seek(0, io.SEEK_END)
        self._is_written = True
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        self._require(self._may_write, "writable")
        self._is_written = True
        return super().truncate(size)

    def flush(self) -> None:
        super().flush()
        if self._is_written:
            self._is_written = False
            _files[0].write(self._path, self.getvalue())

    def close(self) -> None:
        if not self.closed:
            self.flush()
        super().close()


def open_file(  # noqa: PLR0913, PLR0917  # the arguments of ``open``
    path: Any,
    mode: str = "r",
    buffering: int = -1,  # noqa: ARG001  # as above
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **_: Any,
) -> Any:
    """Open a file in memory as ``open`` does.

    Raises:
        ValueError: The mode is none that ``open`` knows.
        OSError: The file does not exist, or must not.
    """
    if len(set(mode)) != len(mode) or set(mode) - set("rwaxbt+") or len(set(mode) & set("rwax")) != 1:
        raise ValueError(f"invalid mode: {mode!r}")
    where = absolute(path)
    if "x" in mode and _files[0].kind(where):
        raise FileExistsError(f"it exists: {where!r}")
    file = _File(where, mode)
    return file if "b" in mode else io.TextIOWrapper(file, encoding or "utf-8", errors, newline)


class Path(pathlib.PosixPath):
    """A path whose files are in memory.

    It equals the path of the standard library with the same text.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type[Path], tuple[str]]:
        return (Path, (str(self),))

    @classmethod
    def cwd(cls) -> Path:
        """Return the current folder."""
        return cls("/")

    home = cwd

    def absolute(self) -> Path:
        """Return the path from the root on."""
        return Path(absolute(self))

    def resolve(self, strict: bool = False) -> Path:  # noqa: FBT001, FBT002  # as pathlib has it
        """Return the path from the root on."""
        if strict:
            self._require()
        return self.absolute()

    def expanduser(self) -> Path:
        """Return the path itself: there are no users."""
        return self

    def _kind(self) -> str:
        return _files[0].kind(absolute(self))

    def _require(self) -> None:
        if not self._kind():
            raise FileNotFoundError(f"no such file in memory: {str(self)!r}")

    def exists(self, **_: Any) -> bool:
        """Return True if there is a file or a folder."""
        return self._kind() != ""

    def is_file(self, **_: Any) -> bool:
        """Return True if there is a file."""
        return self._kind() == "file"

    def is_dir(self, **_: Any) -> bool:
        """Return True if there is a folder."""
        return self._kind() == "folder"

    def is_symlink(self) -> bool:
        """Return False: there are no links."""
        return False

    def open(self, mode: str = "r", *rest: Any, **keywords: Any) -> Any:
        """Open the file."""
        return open_file(self, mode, *rest, **keywords)

    def read_bytes(self) -> bytes:
        """Return the content of the file."""
        return _files[0].read(absolute(self))

    def read_text(self, encoding: str | None = None, errors: str | None = None, newline: str | None = None) -> str:
        """Return the text of the file."""
        with open_file(self, "r", -1, encoding, errors, newline) as file:
            return str(file.read())

    def write_bytes(self, data: Any) -> int:
        """Give the file this content."""
        _files[0].write(absolute(self), bytes(data))
        return len(data)

    def write_text(
        self, data: str, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> int:
        """Give the file this text."""
        if not isinstance(data, str):
            raise TypeError(f"data must be str, not {type(data).__name__}")
        with open_file(self, "w", -1, encoding, errors, newline) as file:
            return int(file.write(data))

    def touch(self, mode: int = 0o666, exist_ok: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  # as pathlib has it
        """Make an empty file if there is none."""
        if not self.exists():
            self.write_bytes(b"")
        elif not exist_ok:
            raise FileExistsError(f"it exists: {str(self)!r}")

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # as above
        """Make a folder."""
        if parents and not self.absolute().parent.exists():
            self.absolute().parent.mkdir(parents=True, exist_ok=True)
        if not (exist_ok and self.is_dir()):
            _files[0].make_folder(absolute(self))

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002  # as above
        """Remove the file."""
        if self.exists() or not missing_ok:
            _files[0].read(absolute(self))
            _files[0].remove(absolute(self))

    def rmdir(self) -> None:
        """Remove the folder, which must be empty."""
        if self.is_file():
            raise NotADirectoryError(f"no folder: {str(self)!r}")
        _files[0].remove(absolute(self))

    def rename(self, target: Any) -> Path:
        """Move the file."""
        moved = Path(target)
        moved.write_bytes(self.read_bytes())
        self.unlink()
        return moved

    replace = rename

    def iterdir(self) -> Any:
        """Return the paths in the folder, in order."""
        return iter([self / name for name in _files[0].names(absolute(self))])

    def glob(self, pattern: str, **_: Any) -> Any:
        """Return the paths below the folder that match a pattern."""
        steps = pattern.split("/")
        found = [self]
        for step in steps:
            found = [each for folder in found for each in folder._matching(step)]  # noqa: SLF001  # of this class
        return iter(dict.fromkeys(found))

    def rglob(self, pattern: str, **_: Any) -> Any:
        """Return the paths at any depth below the folder that match a pattern."""
        return self.glob(f"**/{pattern}")

    def _matching(self, step: str) -> Iterator[Path]:
        if step == "**":
            yield self
        if not self.is_dir():
            return
        for each in self.iterdir():
            if step == "**":
                yield from each._matching(step) if each.is_dir() else ()  # noqa: SLF001  # as above
            elif fnmatch.fnmatchcase(each.name, step):
                yield each


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError(f"{name!r} is not available for files in memory")

    return refuse


# What is left of ``pathlib.Path`` would look at the disk.
_PURE = {*dir(pathlib.PurePosixPath), *vars(Path), "from_uri"}
for _name in {name for name in dir(pathlib.Path) if not name.startswith("_")} - _PURE:
    setattr(Path, _name, _refusing(_name))


def path_names() -> dict[str, Any]:
    """Return the names of ``pathlib`` for submissions."""
    return {
        "Path": Path,
        "PosixPath": Path,
        **{name: getattr(pathlib, name) for name in ("PurePath", "PurePosixPath", "PureWindowsPath")},
    }


def os_path_names() -> dict[str, Any]:
    """Return the names of ``os.path`` for submissions."""
    pure = "basename commonpath commonprefix dirname isabs join normcase normpath relpath sep split splitext".split()
    return {
        **{name: getattr(posixpath, name) for name in pure if name != "relpath"},
        "relpath": lambda path, start="/": posixpath.relpath(absolute(path), absolute(start)),
        "abspath": absolute,
        "realpath": absolute,
        "expanduser": os.fspath,
        "exists": lambda path: Path(path).exists(),
        "isfile": lambda path: Path(path).is_file(),
        "isdir": lambda path: Path(path).is_dir(),
        "islink": lambda _: False,
        "getsize": lambda path: len(Path(path).read_bytes()),
    }


def _make_folders(path: Any, mode: int = 0o777, exist_ok: bool = False) -> None:  # noqa: ARG001, FBT001, FBT002  # as os has it
    Path(path).mkdir(parents=True, exist_ok=exist_ok)


def os_names() -> dict[str, Any]:
    """Return the names of ``os`` that look at files, for submissions."""
    return {
        "fspath": os.fspath,
        "PathLike": os.PathLike,
        "getcwd": lambda: "/",
        "listdir": lambda path="/": [each.name for each in Path(path).iterdir()],
        "mkdir": lambda path, mode=0o777: Path(path).mkdir(mode),
        "makedirs": _make_folders,
        "remove": lambda path: Path(path).unlink(),
        "unlink": lambda path: Path(path).unlink(),
        "rmdir": lambda path: Path(path).rmdir(),
        "rename": lambda path, target: Path(path).rename(target),
    }
