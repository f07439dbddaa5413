"""Names of inputs become files: a file, standard input, the files of a folder, the files that a pattern matches."""

from __future__ import annotations

import glob
import gzip
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, cast

from rlvr.errors import RecordsError
from rlvr.runs.output import DASH
from rlvr.runs.remote import address_of, open_remote, remote_files

FileFormat: TypeAlias = Literal["lines", "document", "csv", "tsv", "parquet", "arrow"]

# Other names are read as JSON lines, but a folder is searched for these names only.
_FORMATS: dict[str, FileFormat] = {
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "document",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}
PACKED = (".gz", ".zst")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def files_of(sources: Iterable[Path]) -> list[Path]:
    """Return the files that sources name, in order; the files of a folder or a pattern are sorted.

    Raises:
        RecordsError: A folder contains no file of a known format, or a pattern matches no file.
    """
    return [file for source in sources for file in _files_of(source)]


def format_of(path: Path) -> FileFormat:
    """Return the format that the name of a file says; names that say nothing are JSON lines."""
    return _FORMATS.get(_suffix_of(path), "lines")


@contextmanager
def open_source(path: Path) -> Iterator[BinaryIO]:
    """Open a file, or standard input for ``-``, and decompress it.

    Of a file the name says how it is compressed, of standard input its first bytes.

    Raises:
        RecordsError: The file is compressed by Zstandard, and pyarrow is missing.
        OSError: The file cannot be read.
    """
    if address_of(path):
        with open_remote(path) as file, _unpacked(file, path.suffix.lower(), path) as unpacked:
            yield unpacked
        return
    if path == DASH:
        stream = cast("io.BufferedReader", sys.stdin.buffer)
        start = stream.peek(4)[:4]
        packing = ".gz" if start.startswith(_GZIP) else ".zst" if start == _ZSTANDARD else ""
        yield _unpacked(stream, packing, path)
        return
    with path.open("rb") as file, _unpacked(file, path.suffix.lower(), path) as unpacked:
        yield unpacked


def _files_of(source: Path) -> list[Path]:
    if source == DASH:
        return [source]
    if address_of(source):
        return remote_files(source, tuple(suffix + packing for suffix in _FORMATS for packing in ("", *PACKED)))
    if source.is_dir():
        return _files_in(source)
    if glob.has_magic(str(source)) and not source.exists():
        found = [Path(each) for each in sorted(glob.glob(str(source), recursive=True))]  # noqa: PTH207  # Path.glob has no absolute patterns
        if not found:
            raise RecordsError(str(source), 0, "cannot be read: no file has a name of this pattern")
        return [file for each in found for file in ([each] if not each.is_dir() else _files_in(each))]
    return [source]


def _files_in(folder: Path) -> list[Path]:
    """Return the files of known formats in a folder and its folders; hidden ones are left out."""
    found = sorted(
        path
        for path in folder.rglob("*")
        if _suffix_of(path) in _FORMATS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        raise RecordsError(str(folder), 0, f"is a folder without a file of rows ({', '.join(_FORMATS)})")
    return found


def _suffix_of(path: Path) -> str:
    """Return the suffix of a name without that of its compression, in lower case."""
    suffixes = [part.lower() for part in path.suffixes]
    if suffixes[-1:] and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _unpacked(file: BinaryIO, packing: str, path: Path) -> BinaryIO:
    match packing:
        case ".gz":
            return cast("BinaryIO", gzip.open(file))
        case ".zst":
            from rlvr.runs.arrow import open_zstandard

            return open_zstandard(file, path)
        case _:
            return file
