"""The cost of one call of `score_rows` per record beside one call for the whole batch.

Run: ``uv run python benchmarks/single_calls.py [--rounds N] [--scorer code.tests] [--json OUT]``

Trainers that hand over one row at a time pay the difference. Each way scores the same submissions in a process of its
own, by turns, with a few records and with many; the difference of the two, over the difference in records, is the cost
of a record without start-up. CPU time is that of the whole process tree, as the kernel reports it once all have ended.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rlvr import close, parse_suite, score_rows

FEW, MANY = 64, 320
SCORERS = {
    "code.tests": {"asserts": [f"assert add({a}, {b}) == {[a, b, a + b]}" for a, b in ((1, 2), (5, 7), (10, -3))]},
    "math.equivalent": "42",
}


def rows_of(scorer: str, count: int) -> list[dict[str, object]]:
    """Make rows of one right answer each, no two alike, so that none is remembered."""
    if scorer == "code.tests":
        code = "```python\n# {}\ndef add(a, b):\n    return [a, b, a + b]\n```"
        return [{"completion": code.format(number), "reference": SCORERS[scorer]} for number in range(count)]
    return [{"completion": f"{number} - {number} + 42 = 42\n#### 42", "answer": "42"} for number in range(count)]


def score(scorer: str, way: str, count: int) -> None:
    """Score rows in this process, in one call or in a call for each."""
    suite = parse_suite(f"tasks: {{t: {{scorers: [{scorer}]}}}}\nworkers: {{count: 1}}\ncache: false")
    rows = rows_of(scorer, count)
    size = count if way == "batch" else 1
    for start in range(0, count, size):
        report = score_rows(suite, rows[start : start + size])
        if any(reward.value != 1.0 for reward in report.rewards):
            raise SystemExit(f"not all rewards are 1.0: {report.rewards[0].parts}")
    close(suite)


def measured(scorer: str, way: str, count: int) -> tuple[float, float]:
    """Return the CPU seconds of the process tree, and the wall seconds, of one way.

    This process adopts the orphans of the tree, so that none ends uncounted.
    """
    start = time.perf_counter()
    program = [sys.executable, __file__, "--scorer", scorer, "--run", way, "--count", str(count)]
    process = subprocess.Popen(program)
    wall, cpu, process.returncode = 0.0, 0.0, 0
    while True:
        try:
            ended, status, usage = os.wait3(0)
        except ChildProcessError:
            return cpu, wall
        cpu += usage.ru_utime + usage.ru_stime
        if ended == process.pid:
            wall = time.perf_counter() - start
            if status:
                raise SystemExit(f"scoring ended with status {status}")


def main() -> None:
    """Print the cost of a record in each way, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scorer", choices=sorted(SCORERS), default="code.tests")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--run", choices=["batch", "single"], help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=MANY, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        score(given.scorer, given.run, given.count)
        return
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    costs: dict[str, list[tuple[float, ...]]] = {"batch": [], "single": []}
    for _ in range(given.rounds):
        for way, found in costs.items():
            few, many = measured(given.scorer, way, FEW), measured(given.scorer, way, MANY)
            found.append(tuple((much - little) / (MANY - FEW) for much, little in zip(many, few, strict=True)))
    cpu = {way: statistics.median(each[0] for each in found) for way, found in costs.items()}
    wall = {way: statistics.median(each[1] for each in found) for way, found in costs.items()}
    ratios = [costs_of["single"] / costs_of["batch"] for costs_of in (cpu, wall)]
    print(f"{given.scorer}, median of {given.rounds} rounds   CPU ms a record   wall ms a record")
    for way in costs:
        print(f"{way:<40}{cpu[way] * 1e3:>10.2f}{wall[way] * 1e3:>19.2f}")
    print(f"single / batch: {ratios[0]:.2f} in CPU time, {ratios[1]:.2f} in wall time")
    if given.json:
        given.json.write_text(json.dumps({"cpu": cpu, "wall": wall, "ratio": ratios[0]}))


if __name__ == "__main__":
    main()
