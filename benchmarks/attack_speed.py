"""The cost of ``rlvr attack`` on a math suite: 200 records, all attacks, then the adaptive search.

Run: ``uv run python benchmarks/attack_speed.py``

Prints the evaluations, the seconds of CPU of this process, which scores all of them, and the seconds that 200 records
times 60 attacks take at that rate; then the same of a search with a budget of 2,000 evaluations.
Medians of three rounds, in turns.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from rlvr_lab.attack.attacking import Attacked, attack_suite

RECORDS, ATTACKS, ROUNDS = 200, 60, 3


def main() -> None:
    """Attack with and without the search in turns; print medians."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, rows = folder / "plain.json", folder / "rows.jsonl"
        plain.write_text(json.dumps({"tasks": {"math": {"scorers": ["math.equivalent"]}}}))
        rows.write_text("".join(_rows()))
        attacks, searches = [], []
        for _ in range(ROUNDS):
            seconds, attacked = _timed(plain, rows, budget=0)
            attacks.append(seconds)
            searched_seconds, searched = _timed(plain, rows, budget=2_000)
            searches.append(searched_seconds - seconds)
    task = attacked.tasks[0]
    tried = len(task.campaign.trials) + len(task.campaign.controls.means) * RECORDS
    cpu = median(attacks)
    print(f"{RECORDS} records: {tried:,} evaluations, {cpu:.1f} s of CPU, {1e3 * cpu / tried:.2f} ms each")
    print(f"{RECORDS} records x {ATTACKS} attacks: {cpu / tried * RECORDS * ATTACKS:.1f} s of CPU")
    print(f"adaptive search: {searched.searched:,} evaluations, {median(searches):.1f} s of CPU")


def _timed(suite: Path, rows: Path, *, budget: int) -> tuple[float, Attacked]:
    start = time.process_time()
    attacked = attack_suite(suite, [rows], rows=RECORDS, budget=budget, seed=0, asks_models=False)
    return time.process_time() - start, attacked


def _rows() -> list[str]:
    numbers = random.Random(0)  # noqa: S311  # rows, no secret
    rows = []
    for number in range(RECORDS):
        first, second = numbers.randrange(2, 5_000), numbers.randrange(2, 90)
        prompt = f"A farmer has {first} apples and buys {second} more. How many are there in total?"
        answer = f"There are {first} and {second} apples.\n#### {first + second}"
        rows.append(json.dumps({"id": f"r{number}", "prompt": prompt, "answer": answer}) + "\n")
    return rows


if __name__ == "__main__":
    main()
