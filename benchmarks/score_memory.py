"""The memory of ``rlvr score`` does not grow with the rows: its peak at 10 thousand, 100 thousand and 1 million.

Run: ``uv run python benchmarks/score_memory.py [ROWS ...]``

Makes the rows in batches, scores them by a cheap suite in one process, Parquet to Parquet and JSON lines to JSON lines,
and prints for each number of rows the peak memory of the command, its CPU time per row, and the bytes per row in and
out. Takes a few minutes of CPU time and 1 GB of temporary files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUITE = "tasks: {capital: {scorers: [{scorer: text.exact, name: accuracy}]}}"
SIZES = (10_000, 100_000, 1_000_000)
BATCH = 10_000
COLUMNS = ("prompt", "completion", "answer")


def rows(start: int, count: int) -> Iterator[dict[str, str]]:
    """Yield rows of some 300 characters; four completions for each prompt, and no two rows are equal."""
    for number in range(start, start + count):
        steps = "".join(f"Step {step}: I recall fact {number * 7 + step} about it. " for step in range(5))
        answer = "Paris" if number % 3 else f"Lyon {number}"
        yield dict(zip(COLUMNS, (f"What is the capital of {number // 4}?", f"{steps}\n{answer}", "Paris"), strict=True))


def write(path: Path, count: int) -> None:
    """Write the rows, a batch in memory."""
    if path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as file:
            for start in range(0, count, BATCH):
                file.writelines(json.dumps(row) + "\n" for row in rows(start, min(BATCH, count - start)))
        return
    import pyarrow as pa
    import pyarrow.parquet

    with pa.parquet.ParquetWriter(path, pa.schema([(name, pa.string()) for name in COLUMNS])) as writer:
        for start in range(0, count, BATCH):
            writer.write_table(pa.Table.from_pylist(list(rows(start, min(BATCH, count - start)))))


def cost(command: list[str]) -> tuple[float, float, float]:
    """Return CPU and wall seconds of a command, and its peak memory in MB; by a process that does nothing else."""
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode)"
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *command])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024


def measure(folder: Path, kind: str, count: int) -> dict[str, Any]:
    """Score rows of one format."""
    data, out = folder / f"{count}.{kind}", folder / f"out.{kind}"
    subprocess.run([sys.executable, __file__, "write", str(data), str(count)], check=True)
    command = [sys.executable, "-m", "rlvr.cli", "score", str(folder / "suite.yaml"), str(data), "-o", str(out)]
    cpu, wall, memory = cost([*command, "--processes", "1", "--progress", "none"])
    sizes = data.stat().st_size, out.stat().st_size
    data.unlink()
    return {"cpu": cpu, "wall": wall, "memory": memory, "bytes_in": sizes[0] / count, "bytes_out": sizes[1] / count}


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
        return
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    print(f"{'format':8}{'rows':>12}{'peak':>10}{'CPU a row':>13}{'rows/s':>10}{'bytes in':>10}{'bytes out':>11}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite.yaml").write_text(SUITE)
        for kind in ("jsonl", "parquet"):
            for count in sizes:
                found = measure(folder, kind, count)
                print(
                    f"{kind:8}{count:12,}{found['memory']:7.0f} MB{found['cpu'] / count * 1e6:10.1f} µs"
                    f"{count / found['wall']:10,.0f}{found['bytes_in']:10.0f}{found['bytes_out']:11.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
