"""What a cold start costs: importing the handler with the gsm8k suite, and what must not be imported.

Run: ``uv run python benchmarks/cold_start.py``

Starts processes in turns: an empty one, one that imports ``json`` and ``boto3`` as the platform's sample graders do
(the first peer), one that imports ``sympy`` as copied math graders do (the second), and ours: with the suite in YAML,
and in JSON, as ``rlvr aws deploy`` packs it; the last also with a first record, which compiles the patterns it needs.
Prints the median milliseconds of CPU time of each over the empty one, with byte code as a layer has it, and the ratios.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rlvr import load_suite

ROUNDS = 15
SUITE = Path(__file__).parents[1] / "examples" / "gsm8k" / "suite.yaml"
ROW = {
    "id": "a",
    "messages": [
        {"role": "user", "content": "How many eggs are left?"},
        {"role": "assistant", "content": "16 - 9 = 7, and 7 * 2 = 14. The answer is 14."},
    ],
    "reference_answer": "She has 16 - 9 = 7 eggs.\n#### 14",
}
PROGRAMS = {
    "empty": "pass",
    "json + boto3": "import json, boto3",
    "sympy": "import sympy",
    "handler, YAML": "import rlvr_handler.lambda_function",
    "handler": "import rlvr_handler.lambda_function",
    "and a record": f"from rlvr_handler.lambda_function import lambda_handler; lambda_handler([{ROW}])",
}
PACKED = ("handler", "and a record")
FORBIDDEN = (
    *("yaml", "importlib.metadata", "sympy", "mpmath", "boto3", "botocore", "rich", "typer", "asyncio"),
    *("logging", "pathlib", "rlvr_math.reading.parser"),
)


def milliseconds(program: str, byte_code: str, suite: str) -> float:
    """Return the CPU time of one process.

    Args:
        program: Python code.
        byte_code: The folder of its byte code.
        suite: The value of ``RLVR_SUITE``.
    """
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"RLVR_SUITE": suite, "PYTHONPYCACHEPREFIX": byte_code}
    process = subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {program}")
    return (used.ru_utime + used.ru_stime) * 1e3


def main() -> None:
    """Print the table."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    packed = json.dumps(load_suite(SUITE).content)
    with tempfile.TemporaryDirectory() as byte_code:
        for round_number in range(ROUNDS + 1):
            for name, program in PROGRAMS.items():
                found = milliseconds(program, byte_code, packed if name in PACKED else str(SUITE))
                if round_number:  # the first round writes the byte code
                    times[name].append(found)
    base = statistics.median(times["empty"])
    medians = {name: statistics.median(each) - base for name, each in times.items()}
    for name, median in medians.items():
        ratio = f"{medians['handler'] / median:8.2f} handler / {name}" if name not in {"empty", *PACKED} else ""
        print(f"{name:14}{median:8.0f} ms over an empty process {ratio}")
    check = f"import sys, rlvr_handler.lambda_function; print([m for m in {FORBIDDEN} if m in sys.modules])"
    env = {**os.environ, "RLVR_SUITE": packed}
    result = subprocess.run([sys.executable, "-c", check], check=True, env=env, capture_output=True, text=True)
    print(f"imported of {', '.join(FORBIDDEN)}: {result.stdout.strip()}")


if __name__ == "__main__":
    main()
