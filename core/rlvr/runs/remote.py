"""Files that are not on this machine: ``hf://datasets/...``, ``s3://...`` and other addresses that fsspec knows.

pandas, datasets and polars use fsspec for addresses too; ``s3://`` and ``gs://`` need no library but pyarrow.
"""

from __future__ import annotations

import glob
import re
from pathlib import Path
from typing import Any, BinaryIO, cast

from rlvr.distributions import how_to_install
from rlvr.errors import RecordsError

# `Path` makes one slash of two.
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/(?!/)(.+)", re.DOTALL)

_BY_PYARROW = frozenset({"s3", "gs"})

# The distribution that fsspec needs for an address.
_NEEDED = {"hf": "huggingface_hub", "http": "aiohttp", "https": "aiohttp", "abfs": "adlfs", "az": "adlfs"}


def address_of(path: Path) -> str:
    """Return the address that a path stands for, such as ``hf://datasets/a/b.jsonl``; "" for a file of this machine."""
    found = _ADDRESS.fullmatch(path.as_posix())
    return "" if found is None or path.exists() else f"{found[1]}://{found[2]}"


def name_of(path: Path) -> str:
    """Return the name of a file as a user writes it."""
    return address_of(path) or str(path)


def remote_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files that an address names: itself, those of its folder with some suffixes, or those of a pattern.

    Raises:
        RecordsError: A library is missing, the address cannot be read, or it names no file.
    """
    address = address_of(path)
    scheme = address.partition("://")[0]
    system, inside = _system_of(address)
    try:
        if glob.has_magic(inside):
            found = sorted(system.glob(inside))
        elif system.isdir(inside):
            found = sorted(each for each in system.find(inside) if each.lower().endswith(suffixes))
        else:
            return [path]
    except Exception as error:
        raise _unreadable(address, error) from error
    if not found:
        raise RecordsError(address, 0, "cannot be read: there is no file of rows")
    return [Path(f"{scheme}:/{str(each).lstrip('/')}") for each in found]


def open_remote(path: Path) -> BinaryIO:
    """Open the file of an address.

    Raises:
        RecordsError: A library is missing, or the address cannot be read.
    """
    address = address_of(path)
    system, inside = _system_of(address)
    try:
        return cast("BinaryIO", system.open(inside, "rb"))
    except Exception as error:
        raise _unreadable(address, error) from error


def remote_identity(path: Path) -> tuple[int, str]:
    """Return the size of a remote file and what changes with its content, such as its ETag.

    Raises:
        RecordsError: A library is missing, or the address cannot be read.
    """
    address = address_of(path)
    system, inside = _system_of(address)
    try:
        return int(system.info(inside).get("size") or 0), f"ukey:{system.ukey(inside)}"
    except Exception as error:
        raise _unreadable(address, error) from error


def _system_of(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the name of the file there."""
    scheme = address.partition("://")[0]
    try:
        import fsspec

        if scheme in _BY_PYARROW:
            from fsspec.implementations.arrow import ArrowFSWrapper
            from pyarrow.fs import FileSystem

            system, inside = FileSystem.from_uri(address)
            return ArrowFSWrapper(system), inside
        return cast("tuple[Any, str]", fsspec.core.url_to_fs(address))
    except ImportError as error:
        needed = {"s3": "pyarrow", "gs": "pyarrow"}.get(scheme, _NEEDED.get(scheme, ""))
        more = f" {needed}" if needed and scheme in _NEEDED and scheme != "hf" else ""
        problem = f"{scheme}:// needs {error.name or needed or 'a library'}; run {how_to_install('rlvr[tables]')}{more}"
        raise RecordsError(address, 0, problem) from error
    except Exception as error:
        raise _unreadable(address, error) from error


def _unreadable(address: str, error: Exception) -> RecordsError:
    return RecordsError(address, 0, f"cannot be read: {type(error).__name__}: {str(error)[:300]}")
