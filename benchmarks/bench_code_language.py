"""What the language layer costs while a submission runs, and how many honest programs it takes.

Run: ``uv run python benchmarks/bench_code_language.py [--rounds N] [--file FILE]``

Eight programs that compute run with the layer and without, interleaved, in one process.
``FILE`` is a file of labelled programs; those that are no hacks are compiled under the policy.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
import types
import warnings
from pathlib import Path

from rlvr_code.inside.language.layer import Language, RefusedError

SAMPLES = {
    "attributes": "class P:\n    def __init__(s, x): s.x = x\n    def step(s): s.x += 1; return s.x\n"
    "def f():\n    p = P(0)\n    for _ in range(60_000): p.step()\n",
    "unpacking": "def f():\n    t = 0\n    for a, (b, c) in [(1, (2, 3))] * 120_000: t += a + b + c\n",
    "items": "def f():\n    g = [[i * j for j in range(60)] for i in range(60)]\n    t = 0\n"
    "    for _ in range(12):\n        for i in range(60):\n            for j in range(60): g[i][j] += 1; t += g[j][i]\n",
    "text": "def f():\n    d = {}\n    for i in range(60_000):\n        k = 'k' + str(i % 997)\n        d[k] = d.get(k, 0) + 1\n",
    "recursion": "def g(n): return n if n < 2 else g(n - 1) + g(n - 2)\ndef f(): g(21)\n",
    "generators": "def f(): sum(x * x for x in (y for y in range(120_000) if y % 3)); [x for x in range(60_000)]\n",
    "numbers": "def f():\n    x = 1\n    for i in range(1, 200_000): x = (x * 48271 + i) % 2147483647\n",
    "heap": "import heapq, collections\ndef f():\n    h, q = [], collections.deque()\n"
    "    for i in range(25_000): heapq.heappush(h, (i * 7919) % 10_007); q.append(i)\n    while h: heapq.heappop(h); q.popleft()\n",
}
TARGET = 1.05


def names_of(language: Language, source: str) -> types.ModuleType:
    """Load a program."""
    module = language.module("submission")
    exec(language.compile(source), module.__dict__)  # noqa: S102  # our own program
    return module


def compare(rounds: int) -> dict[str, float]:
    """The ratio of medians, with the layer to without, of each sample."""
    ways = (Language(restricted=False), Language())
    ratios = {}
    for name, source in SAMPLES.items():
        modules = [names_of(language, source) for language in ways]
        times: tuple[list[float], list[float]] = ([], [])
        for number in range(2 * rounds):
            which = number % 2
            start = time.perf_counter()
            modules[which].f()
            times[which].append(time.perf_counter() - start)
        ratios[name] = statistics.median(times[1]) / statistics.median(times[0])
    return ratios


def taken(file: Path) -> tuple[int, int]:
    """How many honest programs a file holds, and how many the policy takes."""
    language = Language()
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    honest = [row for row in map(json.loads, data.splitlines()) if row["kind"] != "hack"]
    refused = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in honest:
            try:
                language.compile(row["solution"])
            except RefusedError as error:
                refused += 1
                print(row["id"], error)
    return len(honest), len(honest) - refused


def main() -> None:
    """Print the ratios and the share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--file", type=Path)
    arguments = parser.parse_args()
    ratios = compare(arguments.rounds)
    for name, ratio in ratios.items():
        print(f"{name:12} {ratio:.3f}x")
    print(f"geometric mean {statistics.geometric_mean(ratios.values()):.3f}x (target: at most {TARGET})")
    if arguments.file:
        honest, compiled = taken(arguments.file)
        print(f"honest programs compiled: {compiled} of {honest} ({compiled / honest:.2%})")


if __name__ == "__main__":
    main()
