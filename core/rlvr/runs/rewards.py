"""Files of rewards: JSON lines, CSV or Parquet, with columns of the input beside the rewards."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, assert_never, cast

import msgspec

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
WriteEncoded: TypeAlias = Callable[[bytes], None]

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
    encoder = rewards_encoder(path, suite, keep=keep)
    with open_encoded_rewards(path, encoder, inputs=inputs) as write:
        yield lambda scored: write(encoder(scored))


def rewards_encoder(path: Path, suite: Suite, *, keep: Sequence[str] = ()) -> RewardsEncoder:
    """Return what encodes batches for a file of rewards.

    Raises:
        OutputError: The file cannot be written in this format, or two columns would have one name.
    """
    check_kept(path, keep)
    kind: FileFormat = "lines" if path == DASH else format_of(path)
    packed = path.suffix.lower()
    if kind in {"document", "arrow"} or packed == ".zst" or (kind == "parquet" and packed != ".parquet"):
        raise OutputError(str(path), "is no format of rewards", "name it .jsonl, .csv or .parquet")
    if kind == "parquet":
        from rlvr.runs.arrow import import_pyarrow

        import_pyarrow(path, "Parquet", OutputError)  # before the file is opened
    return RewardsEncoder(kind=kind, suite=suite, keep=keep)


@contextmanager
def open_encoded_rewards(path: Path, encoder: RewardsEncoder, *, inputs: Iterable[Path] = ()) -> Iterator[WriteEncoded]:
    """Open a file of rewards, and yield the function that writes what an encoder made of a batch.

    Raises:
        OutputError: The file cannot be written there.
        OSError: The file cannot be written.
    """
    with open_binary_output(path, inputs=inputs) as file:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as stream:
                yield from _written(cast("BinaryIO", stream), path, encoder)
        else:
            yield from _written(file, path, encoder)


def check_kept(path: Path, keep: Sequence[str], columns: Iterable[str] = COLUMNS) -> None:
    """Refuse columns to keep with the name of another column.

    Raises:
        OutputError: Two columns would have one name.
    """
    for name in keep:
        if name in columns or keep.count(name) > 1:
            raise OutputError(str(path), f"would have two columns {name!r}", "leave it out of --keep")


def _written(file: BinaryIO, path: Path, encoder: RewardsEncoder) -> Iterator[WriteEncoded]:
    match encoder.kind:
        case "parquet":
            from rlvr.runs.arrow import encoded_table_writer, import_pyarrow

            pa = import_pyarrow(path, "Parquet", OutputError)
            with encoded_table_writer(pa, file, rewards_schema(pa, encoder.suite, encoder.keep)) as write:
                yield write
        case "csv" | "tsv" | "lines" | "document" | "arrow":
            file.write(encoder.head)
            yield lambda rewards: cast("None", file.write(rewards))
        case _:
            assert_never(encoder.kind)


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


class RewardsEncoder(msgspec.Struct, frozen=True, kw_only=True):
    """Encodes batches of rewards for a file of them, in any process; see :func:`open_rewards`.

    Attributes:
        kind: The format of the file.
        suite: The suite.
        keep: Columns of the input that the file contains too.
    """

    kind: FileFormat
    suite: Suite
    keep: Sequence[str] = ()

    @property
    def head(self) -> bytes:
        """What the file starts with: the names of the columns of CSV, with one for each metric."""
        match self.kind:
            case "csv" | "tsv":
                metrics = [f"metrics.{name}" for name in self.suite.metric_names]
                names = [each for name in COLUMNS for each in (metrics if name == "metrics" else [name])]
                return _delimited([names + list(self.keep)], self.kind)
            case "parquet" | "lines" | "document" | "arrow":
                return b""
            case _:
                assert_never(self.kind)

    def __call__(self, scored: ScoredRows) -> bytes:
        """Return what a batch adds to the file; for Parquet, a stream of Arrow with its rows."""
        pairs = _pairs(scored)
        match self.kind:
            case "csv" | "tsv":
                return _delimited((self._cells(reward, row) for reward, row in pairs), self.kind)
            case "parquet":
                from rlvr.runs.arrow import encode_table, import_pyarrow

                pa = import_pyarrow(Path("rewards"), "Parquet", OutputError)
                rows = [table_cells(reward, row, self.keep) for reward, row in pairs]
                return encode_table(pa, rows, rewards_schema(pa, self.suite, self.keep))
            case "lines" | "document" | "arrow":
                return b"".join([_line(reward, row, self.keep) for reward, row in pairs])
            case _:
                assert_never(self.kind)

    def _cells(self, reward: Reward, row: Row) -> Iterator[object]:
        """Yield the cells of CSV: a metric has one, and the reasons and their classes are JSON."""
        for name, value in _values(reward, row).items():
            if name == "metrics":
                yield from map(value.get, self.suite.metric_names)
            else:
                yield value if isinstance(value, (int, float)) else cell_text(value)
        yield from map(cell_text, kept_columns(row, self.keep).values())


def _delimited(rows: Iterable[Iterable[object]], kind: Literal["csv", "tsv"]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=_DELIMITERS[kind], lineterminator="\n").writerows(rows)
    return encodable_text(text.getvalue(), "?").encode()


_DELIMITERS = {"csv": ",", "tsv": "\t"}


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
