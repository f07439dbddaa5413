"""What a cold start does: the modules that it imports, and the patterns that it compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys

SUITE = {"version": 1, "tasks": {"gsm8k": {"scorers": [{"scorer": "math.equivalent", "name": "accuracy"}]}}}

# Each of these costs a noticeable part of a cold start; ``yaml`` is for suites that are not JSON.
_UNUSED = (
    *("asyncio", "boto3", "difflib", "email", "importlib.metadata", "mpmath", "random", "sympy", "yaml"),
    *("base64", "importlib.util", "logging", "pathlib", "string", "traceback", "urllib.parse"),
    *("rlvr.foreign.calling", "rlvr.foreign.places", "rlvr.record.survey"),
    *("rlvr_math.finding.notations", "rlvr_math.formulas", "rlvr_math.reading.tree"),
)

# What only formulas need.
_FORMULAS = ("rlvr_math.formulas", "rlvr_math.reading.formulas", "rlvr_math.reading.tree")

_ROWS = [
    {
        "id": "a",
        "messages": [{"role": "user", "content": "16 - 9?"}, {"role": "assistant", "content": said}],
        "reference_answer": "She has 16 - 9 = 7 eggs.\n#### 1,234",
    }
    for said in (
        "16 - 9 is it. The answer is 1234.",
        "#### 1,234",
        "So \\boxed{\\$1{,}234.00} it is.",
        "The answer is 7.",
        "",
    )
]

_PROGRAM = f"""
import gc, json, re, sys
eager = []
compile_ = re.compile
def counted(*given):
    eager.append(sys._getframe(1).f_globals["__name__"])
    return compile_(*given)
re.compile = counted
def collections():
    return sum(each["collections"] for each in gc.get_stats())
before = collections()
import rlvr_handler.lambda_function
found = {{"collections": collections() - before, "collects": gc.isenabled()}}
found |= {{"eager": [*eager], "modules": [*sys.modules], "frozen": gc.get_freeze_count()}}
def imported(names):
    return [name for name in names if name in sys.modules]
found |= {{"unused": imported({_UNUSED})}}
values = [each["aggregate_reward_score"] for each in rlvr_handler.lambda_function.lambda_handler({_ROWS})]
print(json.dumps({{**found, "values": values, "formulas": imported({_FORMULAS})}}))
"""


def test_a_cold_start_imports_and_compiles_only_its_needs() -> None:
    """Modules that other suites need are not imported, by numbers neither; patterns wait for their first use."""
    env = {**os.environ, "RLVR_SUITE": json.dumps(SUITE)}
    result = subprocess.run([sys.executable, "-c", _PROGRAM], env=env, capture_output=True, text=True, check=True)
    found = json.loads(result.stdout.splitlines()[-1])

    ours = [name for name in found["eager"] if name.startswith("rlvr")]
    assert found["unused"] == []
    eager = set(ours) - {"rlvr.patterns", "rlvr.config.format"}  # msgspec compiles the pattern of a field
    assert eager == set(), "use rlvr.lazy_pattern in place of re.compile"
    assert len(ours) <= 8, "patterns that the start itself uses"
    assert (found["values"], found["formulas"]) == ([1.0, 1.0, 1.0, 0.0, 0.0], []), "numbers need no parser"
    assert found["collections"] == 0, "a start makes no garbage that is worth a search"
    assert found["collects"], "a batch does"
    assert found["frozen"] > 1_000, "objects that the garbage collector leaves out"
    assert sum(name.startswith("rlvr") for name in found["modules"]) <= 104, "modules of rlvr"
