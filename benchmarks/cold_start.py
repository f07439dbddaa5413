"""What a cold start costs: importing the handler with the gsm8k suite, and what must not be imported.

Run: ``uv run python benchmarks/cold_start.py``

Starts processes in turns: an empty one, one that imports ``json`` and ``boto3`` as the platform's sample graders do
(the first peer), one that imports ``sympy`` as copied math graders do (the second), and ours.
Prints the median milliseconds of each over the empty one, and the ratios.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
SUITE = Path(__file__).parents[1] / "examples" / "gsm8k" / "suite.yaml"
PROGRAMS = {
    "empty": "pass",
    "json + boto3": "import json, boto3",
    "sympy": "import sympy",
    "handler": "import rlvr_handler.lambda_function",
}
FORBIDDEN = ("sympy", "mpmath", "boto3", "botocore", "rich", "typer", "asyncio")


def milliseconds(program: str) -> float:
    """Time one process."""
    env = {**os.environ, "RLVR_SUITE": str(SUITE)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=env, capture_output=True)
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    """Print the table."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            times[name].append(milliseconds(program))
    base = statistics.median(times["empty"])
    medians = {name: statistics.median(each) - base for name, each in times.items()}
    for name, median in medians.items():
        ratio = f"{medians['handler'] / median:8.2f} handler / {name}" if name not in {"empty", "handler"} else ""
        print(f"{name:14}{median:8.0f} ms over an empty process {ratio}")
    check = f"import sys, rlvr_handler.lambda_function; print([m for m in {FORBIDDEN} if m in sys.modules])"
    env = {**os.environ, "RLVR_SUITE": str(SUITE)}
    result = subprocess.run([sys.executable, "-c", check], check=True, env=env, capture_output=True, text=True)
    print(f"imported of {', '.join(FORBIDDEN)}: {result.stdout.strip()}")


if __name__ == "__main__":
    main()
