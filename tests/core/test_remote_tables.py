"""Rows from addresses: the same rows as from a file, folders and patterns; each missing library is named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr.errors import RecordsError
from rlvr.runs import RunFolder, rows_of

ROWS = [{"id": f"r{number}", "completion": "x", "answer": "x"} for number in range(5)]
SUITE = "tasks: {t: {scorers: [text.exact]}}"


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    system.pipe("/set/a.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS).encode())
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), table)
    system.pipe("/set/b.parquet", table.getvalue())
    system.pipe("/set/README.md", b"no rows")
    yield system
    system.rm("/set", recursive=True)


def _ids(*addresses: str) -> list[str]:
    return [row.value["id"] for row in rows_of(*map(Path, addresses))]


@pytest.mark.usefixtures("memory")
def test_rows_come_from_addresses_folders_and_patterns() -> None:
    """A folder is searched for files of known formats."""
    ids = [row["id"] for row in ROWS]

    assert _ids("memory://set/a.jsonl") == ids
    assert _ids("memory://set/b.parquet") == ids
    assert _ids("memory://set") == ids * 2
    assert _ids("memory://set/*.jsonl", "memory://set/b.parquet") == ids * 2
    assert {row.file for row in rows_of(Path("memory://set/a.jsonl"))} == {"memory://set/a.jsonl"}


def test_a_run_knows_its_remote_data(memory: Any, tmp_path: Path) -> None:
    """It goes on only if they are the same."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    words = ["score", str(tmp_path / "suite.yaml"), "memory://set/a.jsonl", "--run", str(tmp_path / "run")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert [each.path for each in RunFolder(tmp_path / "run").manifest.data] == ["memory://set/a.jsonl"]
    assert CliRunner().invoke(app, words).exit_code == 0

    memory.pipe("/set/a.jsonl", json.dumps(ROWS[0]).encode())
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "memory://set/a.jsonl had" in result.output


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("memory://set/none.jsonl", "FileNotFoundError"),
        ("memory://set/*.csv", "there is no file of rows"),
        ("nosuch://set/a.jsonl", "Protocol not known"),
    ],
)
def test_an_address_that_cannot_be_read_is_named(address: str, words: str) -> None:
    """As an error of the data."""
    with pytest.raises(RecordsError, match=words) as caught:
        list(rows_of(Path(address)))
    assert str(caught.value).startswith(address)


@pytest.mark.parametrize(("address", "missing"), [("hf://datasets/a/b.jsonl", "fsspec"), ("s3://a/b.jsonl", "pyarrow")])
def test_each_missing_library_is_named(address: str, missing: str) -> None:
    """With the command that installs it."""
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom rlvr.cli import main; main()"
    command = [sys.executable, "-c", code, "check", "suite.yaml", address]
    suite = Path("examples/gsm8k/suite.yaml").resolve()
    command[-2] = str(suite)
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 2
    assert "needs" in result.stderr
    assert "pip install 'rlvr[tables]'" in result.stderr
    assert missing in result.stderr


def test_rows_come_from_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By pyarrow, from a server of the test on this machine."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(tmp_path / "none"),
        }.items():
            monkeypatch.setenv(name, value)
        import boto3

        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="set/a.jsonl", Body="".join(json.dumps(row) + "\n" for row in ROWS))
        query = f"?endpoint_override={host}:{port}&scheme=http&region=us-east-1"
        assert _ids(f"s3://bucket/set/a.jsonl{query}") == [row["id"] for row in ROWS]
    finally:
        server.stop()
