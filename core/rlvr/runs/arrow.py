"""Parquet, Arrow and Zstandard by pyarrow, the extra ``rlvr[tables]``; it is imported when it is used."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from rlvr.distributions import how_to_install
from rlvr.errors import RecordsError, RlvrError
from rlvr.runs.delimited import repeated_name
from rlvr.runs.remote import address_of, name_of

# Rows in memory at once.
BATCH_ROWS = 256

# Bytes of each column of a Parquet file in memory at once.
READ_BYTES = 1 << 20

# A row group of Parquet; smaller ones make the file larger, larger ones take more memory.
GROUP_ROWS = 4_096


def import_pyarrow(path: Path, purpose: str, error: type[RlvrError] = RecordsError) -> Any:
    """Return the module pyarrow.

    Args:
        path: The file that needs it.
        purpose: The format of the file, for the message.
        error: ``RecordsError``, or ``OutputError`` for a file to write.

    Raises:
        RlvrError: It is not installed; the message says how to install it.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as missing:
        problem = f"{purpose} needs {missing.name or 'pyarrow'}; run {how_to_install('rlvr[tables]')}"
        raise error(name_of(path), *((0,) if error is RecordsError else ()), problem) from missing
    return pa


def open_zstandard(file: BinaryIO, path: Path) -> BinaryIO:
    """Return the decompressed content of a stream.

    Raises:
        RecordsError: pyarrow is missing.
    """
    pa = import_pyarrow(path, "Zstandard")
    return cast("BinaryIO", io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")))


def parquet_rows(opened: BinaryIO, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file; memory does not grow with their number, however they are grouped.

    Raises:
        RecordsError: pyarrow is missing, or the file cannot be read.
    """
    pa = import_pyarrow(path, "Parquet")
    try:
        # Without a buffer, a row group is in memory as a whole, and many files have one. A remote file is read so:
        # each part would take a request.
        size = 0 if address_of(path) else READ_BYTES
        with pa.parquet.ParquetFile(opened, pre_buffer=not size, buffer_size=size) as file:
            _check_names(file.schema_arrow.names, path)
            # Threads cost more than they save for so few rows, keep memory of their own, and make a fork unsafe.
            for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
                yield from values_of_batch(pa, batch)
    except (pa.ArrowException, ValueError) as error:
        raise RecordsError(name_of(path), 0, f"cannot be read as Parquet: {error}") from error


@contextmanager
def table_writer(pa: Any, file: BinaryIO | Path, schema: Any) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """Write a Parquet file: yield the function that appends rows, given as mappings; memory does not grow with them.

    Args:
        pa: The module pyarrow; see :func:`import_pyarrow`.
        file: The file.
        schema: The schema of the rows.
    """
    with _batch_writer(pa, file, schema) as write:
        # Columns of Arrow at once: the mappings of a row group take ten times as much memory.
        yield lambda rows: write(pa.RecordBatch.from_pylist(rows, schema))


@contextmanager
def encoded_table_writer(pa: Any, file: BinaryIO, schema: Any) -> Iterator[Callable[[bytes], None]]:
    """Write a Parquet file as :func:`table_writer` does, of rows that :func:`encode_table` has encoded."""
    with _batch_writer(pa, file, schema) as write:

        def write_encoded(rows: bytes) -> None:
            for batch in pa.ipc.open_stream(rows):
                write(batch)

        yield write_encoded


def encode_table(pa: Any, rows: list[dict[str, Any]], schema: Any) -> bytes:
    """Return rows, given as mappings, as a stream of Arrow."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(pa.RecordBatch.from_pylist(rows, schema))
    return cast("bytes", sink.getvalue().to_pybytes())


@contextmanager
def _batch_writer(pa: Any, file: BinaryIO | Path, schema: Any) -> Iterator[Callable[[Any], None]]:
    """Write a Parquet file: yield the function that appends a batch of Arrow."""
    waiting: list[Any] = []
    with pa.parquet.ParquetWriter(file, schema) as writer:

        def flush() -> None:
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, schema))
                waiting.clear()

        def write(batch: Any) -> None:
            waiting.append(batch)
            if sum(batch.num_rows for batch in waiting) >= GROUP_ROWS:
                flush()

        yield write
        flush()


def arrow_rows(opened: BinaryIO, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of an Arrow file or an Arrow stream, such as the library ``datasets`` writes.

    Raises:
        RecordsError: pyarrow is missing, or the file cannot be read.
    """
    pa = import_pyarrow(path, "Arrow")
    try:
        with pa.PythonFile(opened, mode="r") as file:
            is_file = file.read(6) == b"ARROW1"
            file.seek(0)
            with pa.ipc.open_file(file) if is_file else pa.ipc.open_stream(file) as reader:
                _check_names(reader.schema.names, path)
                batches = map(reader.get_batch, range(reader.num_record_batches)) if is_file else reader
                for batch in batches:
                    for start in range(0, batch.num_rows, BATCH_ROWS):
                        yield from values_of_batch(pa, batch.slice(start, BATCH_ROWS))
    except (pa.ArrowException, ValueError) as error:
        raise RecordsError(name_of(path), 0, f"cannot be read as Arrow: {error}") from error


def _check_names(names: list[str], path: Path) -> None:
    """Refuse a table with two columns of one name: a row can have one of them only."""
    repeated = repeated_name(names)
    if repeated is not None:
        raise RecordsError(name_of(path), 0, f"several columns have the name {repeated!r}")


def values_of_batch(pa: Any, batch: Any) -> list[dict[str, Any]]:
    """Return the rows of a batch of Arrow.

    A column with a time that Python does not have, such as one of nanoseconds or of the year 40,000, is a column of
    texts then; one with text that is not UTF-8, of bytes.
    """
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except (ValueError, OverflowError):
        columns = [_readable(pa, column) for column in batch.columns]
        rows = pa.RecordBatch.from_arrays(columns, batch.schema.names).to_pylist()
    return rows


def _readable(pa: Any, column: Any) -> Any:
    try:
        column.to_pylist()
    except (ValueError, OverflowError):
        return column.cast(_readable_type(pa, column.type))
    return column


def _readable_type(pa: Any, kind: Any) -> Any:
    """Return a type of Arrow with texts for times, and bytes for texts, at any depth."""
    types = pa.types
    if types.is_temporal(kind):
        return pa.string()
    if types.is_string(kind) or types.is_large_string(kind):
        return pa.large_binary()
    if types.is_list(kind) or types.is_large_list(kind):
        return pa.large_list(_readable_type(pa, kind.value_type))
    if types.is_struct(kind):
        return pa.struct([(field.name, _readable_type(pa, field.type)) for field in kind])
    if types.is_map(kind):
        return pa.map_(_readable_type(pa, kind.key_type), _readable_type(pa, kind.item_type))
    return kind
