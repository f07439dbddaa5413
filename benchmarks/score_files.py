"""What ``rlvr score`` costs over files, by format and number of processes, beside the bare loop: decode and grade.

Run: ``uv run python benchmarks/score_files.py [ROWS [ROUNDS]]``

Prints the CPU time per row of the command with all its processes, its ratio to that of the loop, rows per second of
wall time, and the peak memory of its largest process: medians of rounds in turns. The CPU time per row is the
difference between the whole file and its first quarter; the start, with byte code, has a column of its own.
The rows are those of GSM8K in form, and no two are equal.
CPU time of a busy machine is larger than that of an idle one, for the loop as well, so only ratios are worth quoting.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SUITE = "tasks: {gsm8k: {scorers: [{scorer: math.equivalent, name: accuracy}]}}"

LOOP = """
import json, sys
from rlvr_math import grade
total = 0
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        row = json.loads(line)
        total += grade(row["answer"], row["completion"]).correct
"""


class Cost(NamedTuple):
    """CPU and wall seconds of a command with all its processes, and the peak memory of the largest in MB."""

    cpu: float
    wall: float
    memory_mb: float


def _rows(count: int) -> Iterator[dict[str, str]]:
    for number in range(count):
        steps = "".join(f"Step {step}: {number} and {step} make {number + step}. " for step in range(4))
        text = f"{steps}The answer is {2 * number + (number % 3 == 0)}."
        yield {"prompt": f"What is {number} + {number}?", "completion": text, "answer": str(2 * number)}


def _cost(command: list[str], folder: Path) -> Cost:
    """Run a command in a process that does nothing else, since the peak memory of children is that of all so far."""
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode)"
    start = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "byte-code")
    process = subprocess.Popen([sys.executable, "-c", code, *command], stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)


def _write(folder: Path, count: int) -> None:
    """Write the rows in each format."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    rows = list(_rows(count))
    (folder / f"{count}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = pa.Table.from_pylist(rows)
    pa.csv.write_csv(table, folder / f"{count}.csv")
    pa.parquet.write_table(table, folder / f"{count}.parquet")


def _commands(folder: Path, sizes: tuple[int, int]) -> dict[str, list[list[str]]]:
    """Return the commands over the quarter and over all rows, by title; the loop is the first."""
    commands = {"bare loop": [[sys.executable, "-c", LOOP, str(folder / f"{size}.jsonl")] for size in sizes]}
    for kind, processes, out in (
        ("jsonl", 1, ""),
        ("csv", 1, ""),
        ("parquet", 1, ""),
        ("jsonl", 1, "out.jsonl"),
        ("parquet", 1, "out.parquet"),
        ("jsonl", 1, "run"),
        ("jsonl", 2, ""),
        ("jsonl", 2, "out.jsonl"),
    ):
        title = f"{kind} to {out or 'summary'}, {processes} process{'' if processes == 1 else 'es'}"
        for size in sizes:
            command = [sys.executable, "-m", "rlvr.cli", "score", str(folder / "suite.yaml")]
            command += [str(folder / f"{size}.{kind}"), "--processes", str(processes), "--progress", "none"]
            if out:
                command += ["--run" if out == "run" else "-o", str(folder / f"{size}-{processes}-{out}")]
            commands.setdefault(title, []).append(command)
    return commands


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["write"]:
        _write(Path(sys.argv[2]), int(sys.argv[3]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    sizes = (count // 4, count)
    costs: dict[str, list[tuple[Cost, Cost]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite.yaml").write_text(SUITE)
        for size in sizes:  # by another process, since a child starts with the peak memory of its parent
            subprocess.run([sys.executable, __file__, "write", name, str(size)], check=True)
        commands = _commands(folder, sizes)
        for command in (commands["bare loop"][0], *(pair[0] for pair in commands.values() if "--run" not in pair[0])):
            _cost(command, folder)  # writes the byte code
        for _ in range(rounds):
            for title, (quarter, whole) in commands.items():
                for run in folder.glob("*-run"):
                    shutil.rmtree(run)
                costs.setdefault(title, []).append((_cost(quarter, folder), _cost(whole, folder)))
    per_row = {
        title: _median((whole.cpu - quarter.cpu) / (count - count // 4) for quarter, whole in each)
        for title, each in costs.items()
    }
    print(f"{'':30}{'CPU a row':>13}{'ratio':>7}{'start':>10}{'rows/s':>10}{'peak':>9}")
    for title, each in costs.items():
        wholes = [whole for _, whole in each]
        start = _median(whole.cpu for whole in wholes) - per_row[title] * count
        ratio, rate = per_row[title] / per_row["bare loop"], count / _median(whole.wall for whole in wholes)
        memory = max(whole.memory_mb for whole in wholes)
        print(f"{title:30}{per_row[title] * 1e6:10.1f} µs{ratio:7.2f}{start:8.2f} s{rate:10,.0f}{memory:6.0f} MB")


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
