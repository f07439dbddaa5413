"""Files of rewards: JSON lines, CSV or Parquet, with columns of the input beside the rewards."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, assert_never, cast

from rlvr.aggregate import Reward
from rlvr.config import Suite
from rlvr.errors import OutputError
from rlvr.record.json_value import MAPPINGS, JsonValue, plain_value
from rlvr.record.places import value_at
from rlvr.record.text import encodable_text
from rlvr.report import columns_of
from rlvr.runs.folder import encode_object
from rlvr.runs.output import DASH, open_binary_output
from rlvr.runs.rows import Row
from rlvr.runs.scoring import ScoredRows
from rlvr.runs.sources import FileFormat, format_of

WriteRewards: TypeAlias = Callable[[ScoredRows], None]

# The columns of each file of rewards; those of the input that the user keeps come after them.
COLUMNS = (
    "id",
    "reward",
    "verdict",
    "task",
    "metrics",
    "reason",
    "reason_class",
    "reasons",
    "reason_classes",
    "arithmetic",
    "problem",
    "file",
    "line",
    "fingerprint",
)


@contextmanager
def open_rewards(
    path: Path, suite: Suite, *, keep: Sequence[str] = (), inputs: Iterable[Path] = ()
) -> Iterator[WriteRewards]:
    """Open a file of rewards, and yield the function that writes a batch to it; see ``open_binary_output``.

    The name says the format: ``.csv``, ``.tsv``, ``.parquet``, and JSON lines otherwise, also for ``-``; ``.gz`` after
    it compresses. In CSV and Parquet, ids and kept columns are text; of values of other types, their JSON.

    Args:
        path: The file.
        suite: The suite, which says the names of the metrics.
        keep: Columns of the input, or dotted places in them, that the file contains too.
        inputs: Files that the command reads.

    Raises:
        OutputError: The file cannot be written there, or in this format, or two columns would have one name.
        OSError: The file cannot be written.
    """
    check_kept(path, keep)
    kind: FileFormat = "lines" if path == DASH else format_of(path)
    packed = path.suffix.lower()
    if kind in {"document", "arrow"} or packed == ".zst" or (kind == "parquet" and packed != ".parquet"):
        raise OutputError(str(path), "is no format of rewards", "name it .jsonl, .csv or .parquet")
    if kind == "parquet":
        from rlvr.runs.arrow import import_pyarrow

        import_pyarrow(path, "Parquet", OutputError)  # before the file is opened
    with open_binary_output(path, inputs=inputs) as file:
        if packed == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as stream:
                yield from _written(kind, cast("BinaryIO", stream), path, suite, keep)
        else:
            yield from _written(kind, file, path, suite, keep)


def check_kept(path: Path, keep: Sequence[str], columns: Iterable[str] = COLUMNS) -> None:
    """Refuse columns to keep with the name of another column.

    Raises:
        OutputError: Two columns would have one name.
    """
    for name in keep:
        if name in columns or keep.count(name) > 1:
            raise OutputError(str(path), f"would have two columns {name!r}", "leave it out of --keep")


def _written(kind: FileFormat, file: BinaryIO, path: Path, suite: Suite, keep: Sequence[str]) -> Iterator[WriteRewards]:
    match kind:
        case "csv":
            yield _csv_writer(file, suite, keep, ",")
        case "tsv":
            yield _csv_writer(file, suite, keep, "\t")
        case "parquet":
            yield from _parquet_writer(file, path, suite, keep)
        case "lines" | "document" | "arrow":
            yield lambda scored: file.writelines(_line(reward, row, keep) for reward, row in _pairs(scored))
        case _:
            assert_never(kind)


def _pairs(scored: ScoredRows) -> Iterator[tuple[Reward, Row]]:
    return zip(scored.report.rewards, scored.rows, strict=True)


def _values(reward: Reward, row: Row) -> dict[str, Any]:
    """Return the values of ``COLUMNS``."""
    values = columns_of(reward)
    fingerprint = values.pop("fingerprint")
    return {**values, "file": row.file, "line": row.line, "fingerprint": fingerprint}


def kept_columns(row: Row, keep: Sequence[str]) -> dict[str, JsonValue]:
    """Return the values of some columns of a row, or of dotted places in them; None where the row has none."""
    value = row.value
    return {name: plain_value(value_at(value, name)) if isinstance(value, MAPPINGS) else None for name in keep}


def _line(reward: Reward, row: Row, keep: Sequence[str]) -> bytes:
    values = _values(reward, row)
    return encode_object(values | kept_columns(row, keep) if keep else values) + b"\n"


def cell_text(value: JsonValue) -> str | None:
    """Return a value for a column of texts; None for null."""
    if type(value) is str and value.isascii():  # most values
        return value
    if value is None:
        return None
    return encodable_text(value if isinstance(value, str) else _json_text(value), "?")


_json_text = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _csv_writer(file: BinaryIO, suite: Suite, keep: Sequence[str], delimiter: str) -> WriteRewards:
    """Write a column ``metrics.NAME`` for each metric, and the reasons and their classes as JSON."""

    def write(rows: Iterable[Iterable[object]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
        file.write(encodable_text(text.getvalue(), "?").encode())

    def cells(reward: Reward, row: Row) -> Iterator[object]:
        for name, value in _values(reward, row).items():
            if name == "metrics":
                yield from map(value.get, suite.metric_names)
            else:
                yield value if isinstance(value, (int, float)) else cell_text(value)
        yield from map(cell_text, kept_columns(row, keep).values())

    metrics = [f"metrics.{name}" for name in suite.metric_names]
    write([[each for name in COLUMNS for each in (metrics if name == "metrics" else [name])] + list(keep)])
    return lambda scored: write(cells(reward, row) for reward, row in _pairs(scored))


def rewards_schema(pa: Any, suite: Suite, keep: Sequence[str]) -> Any:
    """Return the schema of a table of rewards: metrics are a structure, reasons and their classes are maps."""
    types = {
        "reward": pa.float64(),
        "metrics": pa.struct([(name, pa.float64()) for name in suite.metric_names]),
        **{name: pa.map_(pa.string(), pa.string()) for name in _MAPS},
        "line": pa.int64(),
    }
    return pa.schema([(name, types.get(name, pa.string())) for name in (*COLUMNS, *keep)])


# Columns of a table that are maps, and those that are neither texts nor maps.
_MAPS = ("reasons", "reason_classes")
_AS_THEY_ARE = ("reward", "metrics", "line")


def table_cells(reward: Reward, row: Row, keep: Sequence[str]) -> dict[str, Any]:
    """Return the cells of a reward in a table of :func:`rewards_schema`."""
    cells = _values(reward, row)
    if keep:
        cells |= kept_columns(row, keep)
    for name, value in cells.items():
        if name in _MAPS:
            cells[name] = [(key, cell_text(text)) for key, text in value.items()]
        elif name not in _AS_THEY_ARE and not (type(value) is str and value.isascii()):
            cells[name] = cell_text(value)
    return cells


def _parquet_writer(file: BinaryIO, path: Path, suite: Suite, keep: Sequence[str]) -> Iterator[WriteRewards]:
    from rlvr.runs.arrow import import_pyarrow, table_writer

    pa = import_pyarrow(path, "Parquet", OutputError)
    with table_writer(pa, file, rewards_schema(pa, suite, keep)) as write:
        yield lambda scored: write([table_cells(reward, row, keep) for reward, row in _pairs(scored)])
