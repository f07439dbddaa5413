"""rlvr-math beside Math-Verify: accuracy per source and type, and time per pair, in one process, in one order.

Run: ``uv run poe bench-math FILE`` with rows as ``agreement.py`` reads them.
Each grader gets every pair; Math-Verify gets the gold boxed and bare LaTeX between dollar signs, with the options of
its README, which is how it does best.
Ratios of medians are what to compare; times of a busy machine are not.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from agreement import rows_of
from agreement_math import judge
from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify


class Judged(NamedTuple):
    """A grader's word on one row."""

    paid: bool
    expected: bool
    micros: float


def ours(row: dict[str, Any]) -> bool:
    """Grade as ``agreement.py`` does."""
    outcome = judge(row)
    return bool(outcome and outcome.got)


def theirs(row: dict[str, Any]) -> bool:
    """Grade with Math-Verify."""
    configs = [LatexExtractionConfig(), ExprExtractionConfig()]
    gold, prediction = row["gold"], row["prediction"]
    wrapped = f"${gold}$" if "$" not in gold and "\\boxed" not in gold else gold
    bare = "\n" not in prediction and "\\" in prediction and "$" not in prediction and "\\boxed" not in prediction
    return bool(verify(parse(wrapped, configs), parse(f"${prediction}$" if bare else prediction, configs)))


def timed(grader: Callable[[dict[str, Any]], bool], row: dict[str, Any]) -> Judged:
    """Grade one row; what is raised is not paid."""
    start = time.perf_counter()
    try:
        paid = grader(row)
    except Exception:  # noqa: BLE001  # a peer's error is a refusal
        paid = False
    return Judged(paid, bool(row["expected"]), (time.perf_counter() - start) * 1e6)


def line(name: str, judged: list[Judged]) -> str:
    """Write accuracy, errors and times of some rows."""
    micros = sorted(each.micros for each in judged)
    right = sum(each.paid == each.expected for each in judged) / len(judged)
    positives = sum(each.paid and not each.expected for each in judged)
    negatives = sum(each.expected and not each.paid for each in judged)
    return (
        f"{name[:30]:31}{len(judged):6}{right:9.2%}{positives:5}{negatives:6}{statistics.median(micros):11.1f}"
        f"{at(micros, 0.95):11.1f}{at(micros, 0.99):11.1f}{micros[-1]:12.1f}"
    )


def at(ordered: list[float], share: float) -> float:
    """Return a percentile of sorted times."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    """Judge a file twice and print the tables and the ratios."""
    parser = argparse.ArgumentParser(description="rlvr-math beside Math-Verify.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th row")
    chosen = parser.parse_args()
    rows = list(rows_of(chosen.file))[:: chosen.every]
    results: dict[str, list[Judged]] = {}
    for name, grader in (("rlvr-math", ours), ("Math-Verify", theirs)):
        timed(grader, rows[0])  # imports and caches of the grammar count for neither
        results[name] = [timed(grader, row) for row in rows]
    print(f"{'':31}  rows    agree   FP    FN     median        p95        p99      max µs")
    for name, judged in results.items():
        print(line(name, judged))
        for field in ("source", "type"):
            groups: dict[str, list[Judged]] = defaultdict(list)
            for row, each in zip(rows, judged, strict=True):
                groups[f"  {field} {row.get(field, '')}"].append(each)
            for group in sorted(groups):
                print(line(group, groups[group]))
    mine, other = (sorted(each.micros for each in results[name]) for name in ("rlvr-math", "Math-Verify"))
    print(f"ratio of medians: {statistics.median(other) / statistics.median(mine):.1f}")
    print(f"ratio of p99: {at(other, 0.99) / at(mine, 0.99):.1f}")


if __name__ == "__main__":
    main()
