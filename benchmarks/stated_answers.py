"""What the view of stated answers costs, in microseconds, and how often it is right on a file of labelled completions.

uv run --no-sync python benchmarks/stated_answers.py [FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from rlvr import parse_suite, score_rows, stated_in

BODY = "We add the three amounts and divide by the number of days, so that 12 + 5 = 17 follows from the table. "
ENDINGS = {
    "box": "\nTherefore we get \\boxed{42}.",
    "announced": "\nThe answer is 42.",
    "hashes": "\n#### 42",
    "tag": "\n<answer>42</answer>",
    "closing": "\nSo there are 42 eggs left.",
}
# By kind of a labelled row: the scorers that can take it.
SCORERS = {
    "number": ["math.equivalent", "text.contains", "text.exact"],
    "expression": ["math.equivalent"],
    "choice": ["text.choice", "text.exact", "text.contains"],
    "text": ["text.exact", "text.contains"],
    "list": ["math.equivalent", "text.choice", "text.contains"],
}


def main() -> None:
    """Print the cost of each form, and the agreement with a file if one is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="JSON lines: completion, kind, reference, correct")
    file = parser.parse_args().file
    print("form        1 kB     16 kB    per kB   with one other character")
    for form, ending in ENDINGS.items():
        short, long, other = (_microseconds(text + ending) for text in (BODY * 10, BODY * 160, "é" + BODY * 160))
        print(f"{form:10} {short:6.1f} {long:9.1f} {long / 16:9.2f} {other / long:9.2f}x")
    if file is not None:
        _agreement([json.loads(line) for line in file.read_text("utf-8").splitlines()])


def _microseconds(text: str, rounds: int = 50) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            stated_in(text)
        best = min(best, (time.process_time() - start) / rounds)
    return best * 1e6


def _agreement(rows: list[dict[str, object]]) -> None:
    """Print by scorer and kind how many of the right rows are paid, and of the wrong ones."""
    paid: Counter[tuple[str, str, bool]] = Counter()
    total: Counter[tuple[str, str, bool]] = Counter()
    for row in rows:
        for scorer in SCORERS[str(row["kind"])]:
            if not _takes(scorer, row):
                continue
            key = (scorer, str(row["kind"]), bool(row["correct"]))
            total[key] += 1
            paid[key] += _value(scorer, row) == 1.0
    for scorer, kind, correct in sorted(total):
        key = (scorer, kind, correct)
        print(f"{scorer:16} {kind:10} {'right' if correct else 'wrong'} rows: {paid[key]} of {total[key]} paid")


def _takes(scorer: str, row: dict[str, object]) -> bool:
    """Say whether a scorer can take the reference of a labelled row."""
    first = row["reference"][0] if isinstance(row["reference"], list) else row["reference"]
    letter, named = len(str(first)) == 1 and str(first).isalpha(), str(first)[0].isalpha()
    if row["kind"] == "list":
        return {"text.choice": letter, "text.contains": named and not letter, "math.equivalent": not named}[scorer]
    return row["kind"] != "choice" or letter


def _value(scorer: str, row: dict[str, object]) -> float | None:
    reference = row["reference"]
    options: dict[str, object] = {}
    if scorer == "text.exact":
        options = {"answer": "announced"}
    if row["kind"] == "list":
        reference = ", ".join(reference) if scorer == "math.equivalent" else reference  # type: ignore[arg-type]
        options = {"several": True} if scorer == "text.choice" else options
    entry = {"scorer": scorer, "options": options}
    suite = parse_suite(json.dumps({"tasks": {"t": {"scorers": [entry]}}}), suffix=".json")
    report = score_rows(suite, [{"completion": row["completion"], "reference": reference}])
    return report.rewards[0].value


if __name__ == "__main__":
    main()
