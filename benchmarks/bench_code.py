"""What one submission costs in the sandbox, beside the bare fork below it and the usual ways around it.

Run: ``uv run python benchmarks/bench_code.py [--rounds N] [--file FILE] [--json OUT]``

``FILE`` is a file of labelled programs; its HumanEval rows are then timed as a set.
Every way runs the same submissions against the same tests, interleaved, in one run:

- ``fork``: a lean Python process forks, the child exits, the parent waits: no isolation, no submission.
- ``subprocess``: ``python -I -c`` with the submission and its asserts.
- ``human-eval method``: our minimal stand-in for it: a manager's list and a forked process for each submission.
- ``EvalPlus method``: our minimal stand-in for it: a shared value and array and a forked process for each submission.

The stand-ins take the process handling of what they are named after, and none of its code.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlvr_code import Grader, TestsOptions
from rlvr_code.problems.problem import Problem

TESTS = {
    "asserts": [f"assert add({a}, {b}) == {[a, b, a + b]}" for a, b in ((1, 2), (5, 7), (10, -3))],
}
FORKS = """
import os, sys, time
import collections, datetime, decimal, fractions, functools, heapq, itertools, json
import math, random, re, statistics, typing
for line in sys.stdin:
    for _ in range(int(line)):
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        print(time.perf_counter() - start)
    sys.stdout.flush()
"""
BATCH = 1


def submission(number: int) -> str:
    """A simple submission, another for each number, so that none is remembered."""
    return f"# {number}\ndef add(a, b):\n    total = a + b\n    return [a, b, total]\n"


class Forks:
    """The floor: forks of a lean process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def times(self, count: int) -> list[float]:
        """Seconds of each of some forks."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return []
        stdin.write(f"{count}\n")
        stdin.flush()
        return [float(stdout.readline()) for _ in range(count)]

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def by_subprocess(source: str) -> None:
    """Run the submission and its asserts in a new interpreter."""
    program = "\n".join([source, *TESTS["asserts"]])
    subprocess.run([sys.executable, "-I", "-c", program], check=True)


def _exec_into(source: str, result: Any) -> None:
    exec("\n".join([source, *TESTS["asserts"]]), {})  # noqa: S102  # our own program
    result.append("passed")


def by_manager(source: str) -> None:
    """A manager's list, a forked process, a wait."""
    fork = multiprocessing.get_context("fork")
    with fork.Manager() as manager:
        result = manager.list()
        process = fork.Process(target=_exec_into, args=(source, result))
        process.start()
        process.join()
        if not result:
            raise RuntimeError("the stand-in failed")


def _exec_shared(source: str, state: Any, details: Any) -> None:
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  # our own program
    for position, statement in enumerate(TESTS["asserts"]):
        exec(statement, names)  # noqa: S102  # as above
        details[position] = True
    state.value = 1


def by_shared_memory(source: str) -> None:
    """A shared value and array, a forked process, a wait."""
    fork = multiprocessing.get_context("fork")
    state, details = fork.Value("i", 0), fork.Array("b", [False] * 3)
    process = fork.Process(target=_exec_shared, args=(source, state, details))
    process.start()
    process.join()
    if not state.value:
        raise RuntimeError("the stand-in failed")


def timed(run: Callable[[str], None], sources: list[str]) -> list[float]:
    """Seconds of each of some submissions."""
    times = []
    for source in sources:
        start = time.perf_counter()
        run(source)
        times.append(time.perf_counter() - start)
    return times


def compare(rounds: int) -> dict[str, list[float]]:
    """Time every way on the same submissions, interleaved."""
    grader = Grader()
    problem = grader.problem(TESTS)

    def ours(source: str) -> None:
        if not grader.grade(source, problem).all_passed:
            raise RuntimeError("the submission failed")

    ours(submission(-1))
    forks = Forks()
    found: dict[str, list[float]] = {}
    ways = {
        "rlvr": (ours, 1),
        "subprocess": (by_subprocess, 4),
        "human-eval method": (by_manager, 4),
        "EvalPlus method": (by_shared_memory, 2),
    }
    number = 0
    for _ in range(rounds):
        found.setdefault("fork", []).extend(forks.times(BATCH))
        for name, (run, share) in ways.items():
            number += BATCH
            sources = [submission(number + each) for each in range(max(1, BATCH // share))]
            found.setdefault(name, []).extend(timed(run, sources))
    forks.close()
    return found


def throughput(seconds: float) -> float:
    """Submissions a second of as many graders as there are cores, each in a process of its own."""
    cores = len(os.sched_getaffinity(0))
    fork = multiprocessing.get_context("fork")
    counts = fork.Array("q", cores)
    start = fork.Barrier(cores)
    processes = [fork.Process(target=_grade_on, args=(counts, each, start, seconds)) for each in range(cores)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return float(sum(int(count) for count in counts[:])) / seconds


def _grade_on(counts: Any, index: int, start: Any, seconds: float) -> None:
    grader = Grader(TestsOptions())
    problem: Problem = grader.problem(TESTS)
    grader.grade(submission(-1), problem)
    start.wait()
    end = time.perf_counter() + seconds
    done = 0
    while time.perf_counter() < end:
        grader.grade(submission(done), problem)
        done += 1
    counts[index] = done


def whole_set(file: Path) -> tuple[int, float]:
    """How many HumanEval solutions a file holds, and how long all of them take."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    rows = [json.loads(line) for line in data.splitlines()]
    chosen = [row for row in rows if row["source"] == "humaneval" and row["kind"] == "canonical"]
    grader = Grader()
    grader.grade(submission(-1), grader.problem(TESTS))
    start = time.perf_counter()
    for row in chosen:
        if not grader.grade(row["solution"], grader.problem({"style": row["style"], **row["tests"]})).all_passed:
            raise RuntimeError(f"{row['id']} failed")
    return len(chosen), time.perf_counter() - start


def main() -> None:
    """Print the comparison, the throughput, and the time of a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = compare(arguments.rounds)
    medians = {name: statistics.median(times) for name, times in found.items()}
    figures: dict[str, Any] = {}
    print(f"{'':20} {'median ms':>10} {'p99 ms':>10} {'beside rlvr':>12}")
    for name, times in found.items():
        p99 = statistics.quantiles(times, n=100)[98]
        figures[name] = {
            "median_ms": medians[name] * 1e3,
            "p99_ms": p99 * 1e3,
            "ratio": medians[name] / medians["rlvr"],
        }
        print(f"{name:20} {medians[name] * 1e3:10.2f} {p99 * 1e3:10.2f} {medians[name] / medians['rlvr']:11.2f}x")
    figures["over_fork"] = medians["rlvr"] / medians["fork"]
    print(f"rlvr over the bare fork: {figures['over_fork']:.2f}x")
    figures["per_second"] = throughput(arguments.seconds)
    print(f"submissions a second on {len(os.sched_getaffinity(0))} cores: {figures['per_second']:.0f}")
    if arguments.file:
        count, seconds = whole_set(arguments.file)
        figures["humaneval"] = {"rows": count, "seconds": seconds}
        print(f"HumanEval, {count} solutions: {seconds:.2f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
