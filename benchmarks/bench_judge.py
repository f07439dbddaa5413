"""The time of a batch of judged records against a stub that takes half a second for each reply.

Run: ``uv run python benchmarks/bench_judge.py [--records N] [--seconds S] [--wire openai|converse] [--rounds N]``

A judge is as fast as its calls are side by side: the stub counts how many it has in flight. The first round also pays
for the workers and for the client; the CPU time is that of this process and its workers, without the stub, which has a
process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from rlvr import close, parse_suite, score_rows
from rlvr.stub_judge import StubReply, StubRequest
from rlvr.testing import stub_judge


def serve(channel: Connection, seconds: float) -> None:
    """Run the stub until the other end asks for the largest number of calls that were in flight."""
    lock = threading.Lock()
    flying, most = 0, 0

    def wait() -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        time.sleep(seconds)
        with lock:
            flying -= 1

    def recipe(_: StubRequest) -> StubReply:
        return StubReply(text=json.dumps({"steps": {"reason": "so", "verdict": "yes"}}), wait=wait)

    with stub_judge(recipe) as stub:
        channel.send(stub.address)
        channel.recv()
        channel.send(most)


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Print one line for each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--wire", choices=["openai", "converse"], default="openai")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, given.seconds))
    server.start()
    address = here.recv()
    os.environ.update(
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME=address,
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106  # of the stub
        AWS_DEFAULT_REGION="us-east-1",
    )
    options: dict[str, Any] = {"models": ["m"], "criteria": [{"id": "steps", "text": "names three steps"}]}
    if given.wire == "openai":
        options["base_url"] = f"{address}/v1"
    entry = {"scorer": "judge.rubric", "options": options}
    suite = parse_suite({"tasks": {"t": {"scorers": [entry]}}, "cache": False, "workers": {"count": 1}})
    for number in range(given.rounds):
        rows = [{"completion": f"Wash the rice, number {each}.", "prompt": "How?"} for each in range(given.records)]
        start = time.perf_counter()
        report = score_rows(suite, rows)
        wall = time.perf_counter() - start
        if any(reward.value != 1.0 for reward in report.rewards):
            raise SystemExit(f"not all rewards are 1.0: {report.rewards[0].parts}")
        print(f"round {number + 1}: {given.records} records in {wall:.2f} s")
    close(suite)
    here.send(None)
    each = 1e3 * _cpu_seconds() / given.rounds / given.records
    print(f"{here.recv()} calls in flight; {each:.1f} ms of CPU a record")
    server.join()


if __name__ == "__main__":
    main()
