"""What supervision costs and brings, beside ``concurrent.futures.ProcessPoolExecutor`` and pebble, in one run.

Run: ``uv run python benchmarks/workers.py [--records 1000000]``

Prints, all measured in turns in this process:

- the cost per record of a batch of 64 above scoring in this process: rlvr's workers, and the pools of the peers, which
  are given the completion and the reference and return a number;
- the time from the kill of a worker that hangs to the next answer: rlvr and pebble; ``ProcessPoolExecutor`` cannot end
  a job, and must be made anew;
- the speed-up of two workers for a scorer of 2 ms;
- the time from the start of the pool to the first answer;
- the peak memory of ``rlvr score`` over a file of many records, in a process of its own, and of a tenth of them.

Only ratios and differences of medians are worth quoting.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from rlvr import Record, close, score_rows, scorer
from rlvr.jobs import InProcess
from rlvr.testing import suite_of

BATCH = 64
WORKERS = 2
HANGS = "hangs"


def judged(completion: str, reference: str) -> float:
    """Do next to nothing, or hang."""
    if completion == HANGS:
        time.sleep(1_000)
    return float(reference in completion)


def slow(completion: str, reference: str) -> float:
    """Compute for 2 ms."""
    until = time.perf_counter() + 0.002
    while time.perf_counter() < until:
        pass
    return float(reference in completion)


@scorer(needs=("reference",), reads=(), budget_seconds=0.2)
def quick_scorer(record: Record, _options: object) -> float:
    """Run :func:`judged`."""
    return judged(record.completion, record.reference)


@scorer(needs=("reference",), reads=())
def slow_scorer(record: Record, _options: object) -> float:
    """Run :func:`slow`."""
    return slow(record.completion, record.reference)


def suite(name: str) -> Any:
    """Make a suite of two workers, without a cache."""
    text = f"tasks: {{t: {{scorers: [bench.{name}]}}}}\ncache: false\nworkers: {{count: {WORKERS}}}"
    return suite_of(text, bench={"quick": quick_scorer, "slow": slow_scorer})


def rows(records: int = BATCH) -> list[dict[str, Any]]:
    """Make rows with a prompt of 300 characters and an answer of 1,200."""
    return [
        {
            "id": f"sample-{number}",
            "messages": [
                {"role": "user", "content": "How many eggs? " * 20},
                {"role": "assistant", "content": f"{number}: " + "She has 16 eggs and sells 9 of them. " * 32},
            ],
            "metadata": {"reference_answer": "16"},
        }
        for number in range(records)
    ]


def medians(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Time calls in turns: median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in times.items()}


def per_record(rounds: int) -> None:
    """Print what a batch of 64 costs, and what two workers bring."""
    batch = rows()
    texts = [row["messages"][1]["content"] for row in batch]
    golds = ["16"] * BATCH
    quick, two = suite("quick"), suite("slow")
    with ProcessPoolExecutor(WORKERS) as futures, ProcessPool(WORKERS) as pebbles:
        calls: dict[str, Callable[[], Any]] = {
            "bare loop": lambda: [judged(text, gold) for text, gold in zip(texts, golds, strict=True)],
            "ProcessPoolExecutor.map": lambda: list(futures.map(judged, texts, golds)),
            "ProcessPoolExecutor.map, chunks of 16": lambda: list(futures.map(judged, texts, golds, chunksize=16)),
            "pebble.map, 5 s each": lambda: list(pebbles.map(judged, texts, golds, timeout=5).result()),
        }
        ours: dict[str, Callable[[], Any]] = {
            "rlvr in process": lambda: score_rows(quick, batch, runner=InProcess()),
            "rlvr supervised": lambda: score_rows(quick, batch),
        }
        found = medians(calls | ours, rounds)
        print(f"batch of {BATCH}, microseconds per record")
        for name, seconds in found.items():
            print(f"  {name:40}{seconds / BATCH * 1e6:9.1f}")
        overhead = found["rlvr supervised"] - found["rlvr in process"]
        print(f"  supervision above in process            {overhead / BATCH * 1e6:9.1f}   (target 60)")
        for name in list(calls)[1:]:
            peer = found[name] - found["bare loop"]
            print(f"  {name} above the bare loop, over rlvr's: {peer / overhead:.1f}")
        speed = medians(
            {
                "one": lambda: score_rows(two, batch, runner=InProcess()),
                "two": lambda: score_rows(two, batch),
                "loop": lambda: [slow(text, gold) for text, gold in zip(texts, golds, strict=True)],
                "futures": lambda: list(futures.map(slow, texts, golds)),
                "pebble": lambda: list(pebbles.map(slow, texts, golds, timeout=5).result()),
            },
            max(5, rounds // 10),
        )
    print("speed-up of two workers, scorer of 2 ms")
    print(f"  rlvr                  {speed['one'] / speed['two']:9.2f}   (target 1.8)")
    print(f"  ProcessPoolExecutor   {speed['loop'] / speed['futures']:9.2f}")
    print(f"  pebble                {speed['loop'] / speed['pebble']:9.2f}")
    close(quick)
    close(two)


def replaced(rounds: int) -> None:
    """Print how long it takes to have a worker again after one was killed."""
    batch = rows(1)
    text = batch[0]["messages"][1]["content"]
    one = suite_of("tasks: {t: {scorers: [b.q]}}\ncache: false\nworkers: {count: 1}", b={"q": quick_scorer})
    from rlvr.workers import workers_of

    def kill_ours() -> None:
        score_rows(one, batch)
        worker = workers_of(one)._idle[0]  # noqa: SLF001  # its victim
        worker.kill()
        while worker.end_reason() is None:
            time.sleep(0.0001)

    def kill_futures() -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(1)
        pool.submit(judged, text, "16").result()
        os.kill(next(iter(pool._processes)), signal.SIGKILL)  # noqa: SLF001  # its victim
        while True:
            try:
                pool.submit(judged, text, "16").result()
            except BrokenProcessPool:
                return pool

    times: dict[str, list[float]] = {"rlvr": [], "ProcessPoolExecutor, made anew": [], "pebble": []}
    with ProcessPool(1) as pebbles:
        pebbles.schedule(judged, args=(text, "16")).result()
        for _ in range(rounds):
            kill_ours()
            start = time.perf_counter()
            assert score_rows(one, batch).rewards[0].value == 1.0  # noqa: S101  # or the time says nothing
            times["rlvr"].append(time.perf_counter() - start)

            broken = kill_futures()
            start = time.perf_counter()
            with ProcessPoolExecutor(1) as anew:
                anew.submit(judged, text, "16").result()
                times["ProcessPoolExecutor, made anew"].append(time.perf_counter() - start)
            broken.shutdown()

            hanging = pebbles.schedule(judged, args=(HANGS, ""), timeout=0.2)
            hanging.exception()
            start = time.perf_counter()
            pebbles.schedule(judged, args=(text, "16")).result()
            times["pebble"].append(time.perf_counter() - start)
    print("from the kill of a worker to the next answer, milliseconds")
    for name, each in times.items():
        target = "   (target 15)" if name == "rlvr" else ""
        print(f"  {name:40}{statistics.median(each) * 1e3:9.1f}{target}")
    close(one)


def started(rounds: int) -> None:
    """Print how long the first answer of a new pool takes."""
    batch = rows(1)
    text = batch[0]["messages"][1]["content"]

    def ours() -> None:
        made = suite("quick")
        score_rows(made, batch)
        close(made)

    def futures() -> None:
        with ProcessPoolExecutor(WORKERS) as pool:
            pool.submit(judged, text, "16").result()

    found = medians({"rlvr, forked": ours, "ProcessPoolExecutor": futures}, rounds)
    print("from nothing to the first answer and back, milliseconds")
    for name, seconds in found.items():
        print(f"  {name:40}{seconds * 1e3:9.1f}")


def memory(records: int) -> None:
    """Print the peak memory of scoring files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "suite.yaml").write_text("tasks: {t: {scorers: [text.exact]}}", encoding="utf-8")
        for count in (records // 10, records):
            with (path / "records.jsonl").open("w", encoding="utf-8") as file:
                for number in range(count):
                    line = {"id": number, "prompt": "How many?" * 20, "response": f"She has {number}", "answer": "18"}
                    file.write(json.dumps(line) + "\n")
            start = time.perf_counter()
            command = [sys.executable, "-m", "rlvr.cli", "score", "suite.yaml", "records.jsonl", "--json"]
            with subprocess.Popen(command, cwd=path, stdout=subprocess.DEVNULL) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                sys.exit("rlvr score failed")
            seconds = time.perf_counter() - start
            print(f"rlvr score, {count} records: {usage.ru_maxrss / 1e3:.0f} MB, {seconds:.0f} s   (target 300 MB)")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    chosen = parser.parse_args()
    multiprocessing.set_start_method("fork")  # the fastest that the peers have
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    per_record(chosen.rounds)
    replaced(max(5, chosen.rounds // 6))
    started(max(5, chosen.rounds // 6))
    memory(chosen.records)


if __name__ == "__main__":
    main()
