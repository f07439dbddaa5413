"""What the road itself costs: core and handler per record, with a scorer that does nothing.

Run: ``uv run python benchmarks/overhead.py``

Prints, for batches of 1, 64 and 10,000 records, the median microseconds per record of

- ``loop``: the peer, a bare reward function as trainers document it: a loop that reads the last message and the
  reference, calls the scorer and makes the platform's answer;
- ``core``: ``rlvr.score_rows``;
- ``handler``: ``lambda_handler`` with its log lines and metrics, written to a null stream;

the ratio of each to the loop, the ratio of the cost at 10,000 to that at 64 (1.0 is linear), and the peak memory per
record of a batch of 10,000.
All run in one process, in turns; only ratios are worth quoting.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from rlvr import Record, score_rows, scorer
from rlvr.testing import suite_of

ROUNDS = {1: 400, 64: 60, 10_000: 3}


@scorer(needs=("reference",), bounded=True)
def nothing(_record: Record, _options: object) -> float:
    """Pay for everything, at once."""
    return 1.0


SUITE = suite_of("tasks: {t: {scorers: [bench.nothing]}}", bench={"nothing": nothing})


def event(records: int) -> list[dict[str, Any]]:
    """Make a Bedrock event: a prompt of 300 characters, an answer of 1,200."""
    return [
        {
            "id": f"sample-{number}",
            "messages": [
                {"role": "user", "content": "How many eggs? " * 20},
                {"role": "assistant", "content": "She has 16 eggs and sells 9 of them. " * 32 + "The answer is 18"},
            ],
            "metadata": {"reference_answer": {"text": "18"}, "data_source": "eggs"},
        }
        for number in range(records)
    ]


def loop(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Do what a copied script does."""
    results = []
    for row in rows:
        completion = row["messages"][-1]["content"]
        reference = row["metadata"]["reference_answer"]["text"]
        value = 1.0 if completion and reference else 0.0
        metrics = [{"name": "accuracy", "value": value, "type": "Reward"}]
        results.append({"id": row["id"], "aggregate_reward_score": value, "metrics_list": metrics})
    return results


def handler() -> Callable[[Any], Any]:
    """Make the handler as a deployment has it."""
    from rlvr_handler.handler import make_handler
    from rlvr_handler.settings import Settings

    made = make_handler(SUITE, Settings())
    return lambda rows: made(rows, None)


def median_micros(call: Callable[[Any], Any], rows: list[dict[str, Any]], rounds: int) -> float:
    """Time a call on a batch: median microseconds per record."""
    call(rows)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(rows)
        times.append(time.perf_counter() - start)
    return statistics.median(times) / len(rows) * 1e6


def main() -> None:
    """Print the table."""
    contenders = {"loop": loop, "core": lambda rows: score_rows(SUITE, rows), "handler": handler()}
    table: dict[str, dict[int, float]] = {name: {} for name in contenders}
    for records, rounds in ROUNDS.items():
        rows = event(records)
        for name, call in contenders.items():
            with contextlib.redirect_stdout(io.TextIOWrapper(open(os.devnull, "wb"))):  # noqa: PTH123
                table[name][records] = median_micros(call, rows, rounds)
    print(f"{'':10}" + "".join(f"{f'batch {records}':>14}" for records in ROUNDS) + f"{'10,000 / 64':>14}")
    for name, row in table.items():
        micros = "".join(f"{row[records]:11.1f} µs" for records in ROUNDS)
        print(f"{name:10}{micros}{row[10_000] / row[64]:14.2f}")
    for name in ("core", "handler"):
        print(f"{name} / loop at 64: {table[name][64] / table['loop'][64]:.1f}")
    rows = event(10_000)
    tracemalloc.start()
    score_rows(SUITE, rows)
    print(f"peak memory of core at 10,000: {tracemalloc.get_traced_memory()[1] / 10_000:.0f} bytes per record")


if __name__ == "__main__":
    main()
