"""rlvr-math beside Math-Verify: accuracy per source and type, and CPU time per pair, in one process, in one order.

Run: ``uv run poe bench-math FILE`` with rows as ``agreement.py`` reads them.
Each grader gets every pair; Math-Verify gets the gold boxed and bare LaTeX between dollar signs, with the options of
its README, which is how it does best.
Long completions follow: prose that ends in ``#### N``, in rounds of one grader after the other.
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
from agreement_math import OPTIONS, judge
from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

from rlvr import compile_patterns
from rlvr_math import grade


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
    start = time.thread_time()
    try:
        paid = grader(row)
    except Exception:  # noqa: BLE001  # a peer's error is a refusal
        paid = False
    return Judged(paid, bool(row["expected"]), (time.thread_time() - start) * 1e6)


def asks_sympy(row: dict[str, Any]) -> bool:
    """Return True if sympy decides a row; the wait for it is in its time."""
    return grade(row["gold"], row["prediction"], **OPTIONS.get(row["kind"], {})).stage == "sympy"


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


WARMING_ROWS = 40
LONG_CHARACTERS = 16_000
LONG_ROWS = 40
ROUNDS = 3
_SENTENCES = (
    "Each of the {0} boxes holds {1} apples, so we have {0} times {1} of them before any are sold.",
    "That leaves {1} for the afternoon, and half of these are gone by four o{2}clock.",
    "Adding the {0} that came back, the total is {1} + {0}, which we need in the next step.",
)


def long_rows(quote: str) -> list[dict[str, Any]]:
    """Return completions of 16 kB that reason in prose and end in ``#### N``; all differ."""
    rows = []
    for row in range(LONG_ROWS):
        lines: list[str] = []
        length = 0
        while length < LONG_CHARACTERS:
            lines.append(_SENTENCES[len(lines) % 3].format(row + len(lines), 7 * row + len(lines), quote))
            length += len(lines[-1]) + 1
        prediction = "\n".join([*lines, f"#### {row}"])
        rows.append({"gold": str(row), "prediction": prediction, "expected": True, "kind": "long"})
    return rows


def compare_on_long_completions() -> None:
    """Print the median CPU time of both graders on long completions, and their ratio."""
    for name, quote in (("ASCII", "'"), ("a curly quote", "\u2019")):
        rows = long_rows(quote)
        medians: dict[str, list[float]] = {"rlvr-math": [], "Math-Verify": []}
        for _ in range(ROUNDS):
            for grader_name, grader in (("rlvr-math", ours), ("Math-Verify", theirs)):
                judged = [timed(grader, row) for row in rows]
                if not all(each.paid for each in judged):
                    print(f"{grader_name} pays {sum(each.paid for each in judged)} of {len(rows)}")
                medians[grader_name].append(statistics.median(each.micros for each in judged))
        mine, other = min(medians["rlvr-math"]), min(medians["Math-Verify"])
        print(f"16 kB that end in #### N, {name}: {mine:.1f} and {other:.1f} µs, ratio {other / mine:.1f}")


def main() -> None:
    """Judge a file twice and print the tables and the ratios."""
    parser = argparse.ArgumentParser(description="rlvr-math beside Math-Verify.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th row")
    chosen = parser.parse_args()
    given = list(rows_of(chosen.file))
    rows, others = given[:: chosen.every], given[1 :: chosen.every]
    results: dict[str, list[Judged]] = {}
    for name, grader in (("rlvr-math", ours), ("Math-Verify", theirs)):
        for row in others[:: max(1, len(others) // WARMING_ROWS)]:
            timed(grader, row)  # imports, tables and grammars, which a process makes once, count for neither
        compile_patterns()  # nor patterns, also those of modules that the first rows import
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
    asked = sum(map(asks_sympy, rows))
    print(f"rows that sympy decides: {asked} of {len(rows)} ({asked / len(rows):.2%})")
    print(f"ratio of medians: {statistics.median(other) / statistics.median(mine):.1f}")
    print(f"ratio of p99: {at(other, 0.99) / at(mine, 0.99):.1f}")
    compare_on_long_completions()


if __name__ == "__main__":
    main()
