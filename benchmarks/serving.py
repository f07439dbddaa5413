"""What ``rlvr serve`` costs: records a second and CPU a record, by route and size of the batch.

Run: ``uv run python benchmarks/serving.py [--seconds 5] [--processes 1] [--suite math]``

Clients of this process post prepared bodies over loopback, each on one connection. The rows are short solutions of word
problems, all different, and the suite has a mathematical and a length scorer, without a cache; with ``--suite words``
only the latter. The CPU is that of the server's processes, and depends less on what else the machine does than the
rate. The share of the service is what a record costs more than by ``score_rows`` in this process.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

SUITES = {
    "math": """
cache: false
tasks:
  math:
    scorers:
      - {scorer: math.equivalent, name: right, weight: 0.9}
      - {scorer: text.length, name: short, weight: 0.1, options: {max: 100}}
""",
    "words": """
cache: false
tasks: {words: {scorers: [{scorer: text.length, options: {max: 100}}]}}
""",
}
BODIES = 200
HERTZ = os.sysconf("SC_CLK_TCK")


def row(number: int) -> dict[str, Any]:
    """Return a row with a completion of some 200 characters."""
    left, right = number % 977, number % 89
    steps = f"Ann has {left} apples and buys {right} more. " * (2 + number % 4)
    return {
        "id": str(number),
        "prompt": f"Ann has {left} apples and buys {right}. How many has she? ({number})",
        "completion": f"{steps}So she has {left} + {right} = {left + right} apples.\n#### {left + right + number % 2}",
        "answer": str(left + right),
    }


def openrlhf(number: int) -> dict[str, Any]:
    """Return the body of one record as OpenRLHF sends it."""
    made = row(number)
    return {
        "query": [made["prompt"] + made["completion"]],
        "prompts": [made["prompt"]],
        "labels": [made["answer"]],
    }


def cpu_seconds(parent: int) -> float:
    """Return the CPU time of a process and of all that it started."""
    total, waiting = 0, [parent]
    while waiting:
        process = waiting.pop()
        try:
            fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8")
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
        waiting.extend(map(int, children.split()))
    return total / HERTZ


def post(port: int, route: str, bodies: list[bytes], until: float, counts: list[int]) -> None:
    """Post bodies on one connection until a time."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    done = 0
    while time.monotonic() < until:
        connection.request("POST", route, bodies[done % len(bodies)])
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status  # noqa: S101
        done += 1
    counts.append(done)


def measure(server: int, port: int, case: tuple[str, int, int], bodies: list[bytes], seconds: float) -> float:
    """Print the rate and the CPU of one case: route, records a request, clients; return the CPU of a record, in µs."""
    route, records, clients = case
    post(port, route, bodies, time.monotonic() + 0.5, [])
    counts: list[int] = []
    cpu, start = cpu_seconds(server), time.monotonic()
    threads = [
        threading.Thread(target=post, args=(port, route, bodies[each:], start + seconds, counts))
        for each in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done, wall = sum(counts) * records, time.monotonic() - start
    used = (cpu_seconds(server) - cpu) / done * 1e6
    rate = f"{done / wall:8,.0f} records/s, {used:6.1f} µs CPU a record"
    print(f"{route:12} {records:4} a request, {clients:2} clients: {rate}")
    return used


def measure_here(suite: Path, batches: list[bytes]) -> float:
    """Return the CPU of a record that ``score_rows`` of this process scores, in µs: the median of five rounds."""
    from rlvr import load_suite, score_rows

    loaded = load_suite(suite)
    rows = [json.loads(batch)["rows"] for batch in batches]
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for each in rows:
            score_rows(loaded, each)
        rounds.append(time.process_time() - start)
    return sorted(rounds)[2] / sum(map(len, rows)) * 1e6


def main() -> None:
    """Start a server, measure, end it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--suite", choices=SUITES, default="math")
    chosen = parser.parse_args()
    single = [json.dumps(openrlhf(number)).encode() for number in range(BODIES * 10)]
    batches = [
        json.dumps({"rows": [row(number * 64 + place) for place in range(64)]}).encode() for number in range(BODIES)
    ]
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "suite.yaml"
        suite.write_text(SUITES[chosen.suite], encoding="utf-8")
        command = [sys.executable, "-m", "rlvr.cli", "serve", str(suite), "--port", "0"]
        command += ["--processes", str(chosen.processes)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            port, started = 0, 0
            for line in process.stderr or ():
                found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
                port = int(found[1]) if found else port
                started += "startup complete" in line
                if port and started == chosen.processes:
                    break
            for clients in (1, 4, 16):
                measure(process.pid, port, ("/openrlhf", 1, clients), single, chosen.seconds)
            costs = [
                measure(process.pid, port, ("/score", 64, clients), batches, chosen.seconds) for clients in (1, 2, 4)
            ]
            process.send_signal(signal.SIGTERM)
        own = measure_here(suite, batches)
        print(f"score_rows here: {own:.1f} µs CPU a record; the service's share: {sorted(costs)[1] - own:.1f}")


if __name__ == "__main__":
    main()
