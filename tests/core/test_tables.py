"""Files of rows in every format, plain and compressed; folders, patterns, standard input."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import weakref
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from rlvr.errors import RecordsError
from rlvr.record import record_from
from rlvr.runs import rows_of, values_of
from rlvr.runs.arrow import GROUP_ROWS, parquet_rows, table_writer

ROWS: list[dict[str, Any]] = [
    {"prompt": f"q{number}", "completion": f'say "{number}",\nor é', "answer": str(number)} for number in range(600)
]


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _csv(delimiter: str) -> Callable[[Path], None]:
    import csv

    def write(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, list(ROWS[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(ROWS)

    return write


def _parquet(path: Path) -> None:
    pa.parquet.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=100)


def _arrow_file(path: Path) -> None:
    table = pa.Table.from_pylist(ROWS)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _arrow_stream(path: Path) -> None:
    table = pa.Table.from_pylist(ROWS)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=250)


def _zstandard(path: Path) -> None:
    """Two frames, as a file that was appended to has."""
    codec = pa.Codec("zstd")
    half = len(ROWS) // 2
    path.write_bytes(b"".join(codec.compress(_lines(part), asbytes=True) for part in (ROWS[:half], ROWS[half:])))


WRITERS: dict[str, Callable[[Path], object]] = {
    "a.jsonl": lambda path: path.write_bytes(_lines(ROWS)),
    "a.ndjson": lambda path: path.write_bytes(_lines(ROWS)),
    "a.jsonl.gz": lambda path: path.write_bytes(gzip.compress(_lines(ROWS))),
    "a.jsonl.zst": _zstandard,
    "a.json": lambda path: path.write_text(json.dumps(ROWS)),
    "a.csv": _csv(","),
    "a.tsv": _csv("\t"),
    "a.CSV": _csv(","),
    "a.parquet": _parquet,
    "a.arrow": _arrow_file,
    "b.arrow": _arrow_stream,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    """In order, with the file that holds them."""
    WRITERS[name](tmp_path / name)
    rows = list(rows_of(tmp_path / name))

    assert [row.value for row in rows] == ROWS
    assert {row.file for row in rows} == {str(tmp_path / name)}


def test_nested_cells_of_a_table_are_read(tmp_path: Path) -> None:
    """Conversations and structures, and cells of types that JSON does not have."""
    from datetime import datetime

    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "Paris"}]
    row = {"messages": turns, "reward_model": {"ground_truth": "Paris"}, "made": datetime(2026, 1, 1, tzinfo=UTC)}
    pa.parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    record = record_from(next(values_of(tmp_path / "a.parquet")))

    assert (record.completion, record.reference, record.problem) == ("Paris", "Paris", "")


def _far_cells() -> dict[str, Any]:
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(bytes([0] * 4 + [1, 0, 0, 0])), pa.py_buffer(b"\xff")]
    )
    return {
        "year": pa.array([2**40], pa.timestamp("s")),
        "nanoseconds": pa.array([1], pa.timestamp("ns", "UTC")),
        "day": pa.array([2**31 - 1], pa.date32()),
        "duration": pa.array([2**53], pa.duration("s")),
        "list": pa.array([[{"a": 2**40}]], pa.list_(pa.struct({"a": pa.timestamp("s")}))),
        "map": pa.array([[("a", 2**40)]], pa.map_(pa.string(), pa.timestamp("s"))),
        "broken": broken,
    }


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_cells_that_python_does_not_have_are_texts(tmp_path: Path, name: str) -> None:
    """Times out of its range, and text that is not UTF-8; the other columns of the table are as they were."""
    cells = _far_cells()
    table = pa.table({"completion": ["4"], "answer": ["4"], **cells})
    if name == "a.parquet":
        pa.parquet.write_table(table, tmp_path / name)
    else:
        with pa.OSFile(str(tmp_path / name), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    row = next(values_of(tmp_path / name))

    assert (row["completion"], row["answer"]) == ("4", "4")
    assert str(row["nanoseconds"]).startswith("1970-01-01 00:00:00.000000001")
    assert {each for each in cells if each in {"year", "day"} and not isinstance(row[each], str)} == set()
    assert record_from(row).problem == ""


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    """A row has one of them only, and nobody says which."""
    table = pa.Table.from_arrays([pa.array(["4"]), pa.array(["5"])], names=["answer", "answer"])
    if name == "a.parquet":
        pa.parquet.write_table(table, tmp_path / name)
    else:
        with pa.OSFile(str(tmp_path / name), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    with pytest.raises(RecordsError, match="several columns have the name 'answer'"):
        list(values_of(tmp_path / name))


class _CountedFile(io.FileIO):
    """A file that counts what is read from it."""

    taken = 0

    def readinto(self, buffer: Any) -> int:
        self.taken += (count := super().readinto(buffer) or 0)
        return count


def test_a_row_group_is_read_in_parts(tmp_path: Path) -> None:
    """Most files have one row group: 1 million rows, for some programs."""
    digests = [hashlib.sha512(str(number).encode()).hexdigest() * 20 for number in range(5_000)]
    texts = {"a": digests, "b": digests[::-1]}
    path = tmp_path / "rows.parquet"
    pa.parquet.write_table(pa.table(texts), path, row_group_size=5_000, compression="none", use_dictionary=False)
    file = _CountedFile(path)
    with io.BufferedReader(file) as opened:
        rows = parquet_rows(opened, path)
        assert next(rows)["a"] == texts["a"][0]
        assert file.taken < path.stat().st_size / 4
        assert [row["b"] for row in rows] == texts["b"][1:]


def test_a_table_keeps_no_rows_as_mappings(tmp_path: Path) -> None:
    """The rows of a row group wait as columns; all of them are written, and each group is of the wanted size."""

    class Cells(dict[str, Any]):
        """A mapping that a weak reference may point to."""

    schema = pa.schema({"number": pa.int64()})
    with table_writer(pa, tmp_path / "rows.parquet", schema) as write:
        for start in range(0, 2 * GROUP_ROWS, 256):
            rows: list[dict[str, Any]] = [Cells(number=number) for number in range(start, start + 256)]
            last = weakref.ref(rows[-1])
            write(rows)
            del rows
            assert last() is None
    file = pa.parquet.ParquetFile(tmp_path / "rows.parquet")
    assert [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)] == [GROUP_ROWS] * 2
    assert file.read()["number"].to_pylist() == list(range(2 * GROUP_ROWS))


def test_folders_and_patterns_are_their_files(tmp_path: Path) -> None:
    """Sorted; hidden files and files of other kinds are no rows."""
    for name in ("b/2.jsonl", "a/1.jsonl", "a/.hidden.jsonl", "a/readme.txt", ".git/3.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"id": name}))

    def read(*sources: Path) -> list[str]:
        return [value["id"] for value in values_of(*sources)]

    assert read(tmp_path) == ["a/1.jsonl", "b/2.jsonl"]
    assert read(tmp_path / "*" / "*.jsonl") == ["a/1.jsonl", "b/2.jsonl"]
    assert read(tmp_path / "?") == ["a/1.jsonl", "b/2.jsonl"]
    assert read(tmp_path / "b", tmp_path / "a" / "readme.txt") == ["b/2.jsonl", "a/readme.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_the_file(tmp_path: Path) -> None:
    """The file exists, so nobody meant a pattern."""
    (tmp_path / "a[1].jsonl").write_text('{"id": 1}')
    (tmp_path / "a1.jsonl").write_text('{"id": 2}')

    assert list(values_of(tmp_path / "a[1].jsonl")) == [{"id": 1}]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"a,b\n1,2\n3\n", "a.csv:3: has 1 cells, and the first row names 2 columns"),
        ("a.csv", b'a,b\n"x\ny",2\n1,2,3\n', "a.csv:4: has 3 cells"),
        ("a.csv", b"a,b\n1,\xff\n", "a.csv:2: is not UTF-8 text"),
        ("a.csv", b"a,a\n1,2\n", "a.csv:1: several columns have the name 'a'"),
        ("a.csv", b"\xff\xfea\x00\n\x001\x00", "a.csv:1: is not UTF-8 text; convert the file"),
        ("a.jsonl", b"PAR1", "is read as JSON lines, and is Parquet: give it a name that ends in .parquet"),
        ("a.jsonl", b"ARROW1", "is Arrow"),
        ("a.jsonl", b"\xff\xff\xff\xff", "is Arrow"),
        ("a.jsonl", gzip.compress(b"{}"), "is compressed by gzip"),
        ("a", b"\x28\xb5\x2f\xfd", "is compressed by Zstandard"),
        ("a.jsonl", "{}".encode("utf-16"), "is text in UTF-16; convert it to UTF-8"),
        (
            "a.jsonl",
            b'{\n "a": 1\n}\n{\n "a": 2\n}\n',
            "a.jsonl:4: starts a second JSON document: write each row on a line",
        ),
        ("a.jsonl", b"[\n", "a.jsonl:2: is not JSON: Expecting value"),
        ("a.parquet", b"PAR1", "cannot be read as Parquet"),
        ("a.arrow", b"ARROW1..", "cannot be read as Arrow"),
        ("a.arrow", b"", "cannot be read as Arrow"),
        ("a.jsonl.zst", b"plain", "cannot be read"),
        ("a.jsonl", b'{"a": "\xff"}', "a.jsonl:1: is not JSON: it is not text in UTF-8"),
        ("a.jsonl", b'{"a" 1}', r"a.jsonl:1: is not JSON: Expecting ':' delimiter \(column 6\)"),
        ("nothing*", None, "no file has a name of this pattern"),
        ("", None, "is a folder without a file of rows"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None, problem: str) -> None:
    """With its file, and its line where there is one."""
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(RecordsError, match=problem):
        list(values_of(tmp_path / name))


def test_a_file_that_ends_too_early_is_named_with_the_last_line(tmp_path: Path) -> None:
    """Who looks after it knows where a copy went wrong."""
    whole = gzip.compress(_lines(ROWS))
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    lines: list[int] = []
    with pytest.raises(RecordsError) as raised:
        lines.extend(row.line for row in rows_of(tmp_path / "a.jsonl.gz"))

    assert 0 < lines[-1] < len(ROWS)
    assert f"a.jsonl.gz: cannot be read after line {lines[-1]}: Compressed file ended" in str(raised.value)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.json.gz"])
@pytest.mark.parametrize("indent", [None, 1])
def test_json_is_read_under_either_name(tmp_path: Path, name: str, indent: int | None) -> None:
    """Files of JSON lines are often named .json, and what ``jq .`` writes is a document over several lines."""
    content = _lines(ROWS) if indent is None else json.dumps(ROWS, indent=indent).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    assert list(values_of(tmp_path / name)) == ROWS


def test_a_row_after_a_broken_one_is_read(tmp_path: Path) -> None:
    """In CSV as in JSON lines."""
    (tmp_path / "a.csv").write_bytes(b"a,b\n1\n\xff,2\n1,2\n")
    (tmp_path / "a.jsonl").write_bytes(b'{"a"\n{"a": "1", "b": "2"}\n')

    assert [row.value for row in rows_of(tmp_path / "a.csv")] == [None, None, {"a": "1", "b": "2"}]
    assert [row.value for row in rows_of(tmp_path / "a.jsonl")] == [None, {"a": "1", "b": "2"}]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.jsonl.zst"])
def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With the command that installs it."""
    WRITERS[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(RecordsError, match=r"needs pyarrow; run (uv )?pip install 'rlvr\[tables\]'"):
        list(values_of(tmp_path / name))


def test_the_formats_of_the_standard_library_import_no_pyarrow(tmp_path: Path) -> None:
    """Its import takes longer than a small job."""
    for name in ("a.jsonl", "a.jsonl.gz", "a.json", "a.csv"):
        WRITERS[name](tmp_path / name)
    program = (
        "import sys; from pathlib import Path; from rlvr.runs import rows_of\n"
        "print(len(list(rows_of(Path(sys.argv[1])))), 'pyarrow' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)

    assert result.stdout.split() == ["2400", "False"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Its first bytes say how it is compressed."""
    WRITERS[name](tmp_path / name)
    content = io.BufferedReader(io.BytesIO((tmp_path / name).read_bytes()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))

    assert list(values_of(Path("-"))) == ROWS
