"""What judging one answer costs, from its text to its verdict, beside plain jsonschema and plain jsonschema-rs.

Run: ``uv run python benchmarks/bench_schema.py``

The peers parse with ``json.loads`` and say whether the value is valid; schemas are compiled before.
Prints medians of the CPU time of one run, in turns, and their ratios; the latter are what holds on another machine.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import jsonschema_rs

from rlvr import Record
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.schemas.source import source_of
from rlvr_schema.tool_calls import ToolCallsOptions, tool_calls

ROUNDS = 30
PER_ROUND_SECONDS = 0.01
# To ask for the CPU time takes a tenth of the time of a small answer.
CALLS_AT_ONCE = 10

ARGUMENTS = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "minimum": 1},
        "units": {"enum": ["metric", "imperial"]},
    },
    "required": ["city", "days"],
    "additionalProperties": False,
}
LINE = {
    "type": "object",
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]+$"},
        "count": {"type": "integer", "minimum": 1},
        "price": {"type": "number", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "required": ["sku", "count", "price"],
    "additionalProperties": False,
}
ORDER = {"type": "object", "properties": {"lines": {"type": "array", "items": LINE}}, "required": ["lines"]}
KINDS = [
    {"type": "object", "properties": {"kind": {"const": f"k{kind}"}, "order": ORDER}, "required": ["kind", "order"]}
    for kind in range(20)
]
CITY = {"city": "Oslo", "days": 3, "units": "metric"}
LINES = [{"sku": f"ABC-{line}", "count": line + 1, "price": 9.99, "tags": ["a", "b"]} for line in range(50)]
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "small: the arguments of a tool call": (ARGUMENTS, CITY),
    "medium: an order of 50 lines": (ORDER, {"lines": LINES}),
    "large: one of 20 kinds of 50 lines": ({"oneOf": KINDS}, {"kind": "k19", "order": {"lines": LINES}}),
}


def micros(run: Callable[[], object]) -> float:
    """Time one call in a round of calls, in microseconds of CPU time of the thread."""
    calls, start = 0, time.thread_time()
    while (took := time.thread_time() - start) < PER_ROUND_SECONDS:
        for _ in range(CALLS_AT_ONCE):
            run()
        calls += CALLS_AT_ONCE
    return took / calls * 1e6


def medians(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time some runs in turns, so that a busy machine touches all alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(micros(run))
    return {name: statistics.median(each) for name, each in times.items()}


def runs_of(schema: dict[str, Any], value: Any) -> dict[str, Callable[[], object]]:
    """Make the three ways to judge one text, and see that they agree."""
    text = json.dumps(value)
    source = source_of(JsonOptions(schema=schema))
    python, rust = jsonschema.Draft202012Validator(schema), jsonschema_rs.Draft202012Validator(schema)
    runs: dict[str, Callable[[], Any]] = {
        "rlvr": lambda: json_scorer.call((Record(completion=text),), source).value == 1.0,
        "jsonschema": lambda: python.is_valid(json.loads(text)),
        "jsonschema-rs": lambda: rust.is_valid(json.loads(text)),
    }
    for name, run in runs.items():
        if run() is not True:
            raise SystemExit(f"{name} refuses a valid answer")
    return dict(runs)


def main() -> None:
    """Print the table."""
    print(f"{'':40} rlvr µs  jsonschema/rlvr  rlvr/jsonschema-rs")
    for name, (schema, value) in CASES.items():
        took = medians(runs_of(schema, value))
        slower, dearer = took["jsonschema"] / took["rlvr"], took["rlvr"] / took["jsonschema-rs"]
        print(f"{name:40}{took['rlvr']:8.1f}{slower:16.1f}x{dearer:19.1f}x")
    tools = [{"name": "weather", "parameters": ARGUMENTS}]
    expected = [{"name": "weather", "arguments": CITY}]
    record = Record(completion=json.dumps(expected[0]), reference=expected, metadata={"tools": tools})
    options = ToolCallsOptions()
    took = medians({"rlvr": lambda: tool_calls.call((fresh(record),), options)})
    print(f"{'a tool call in a text, by tool_calls':40}{took['rlvr']:8.1f}")


def fresh(record: Record) -> Record:
    """Return the record without what it remembers of being read."""
    return Record(completion=record.completion, reference=record.reference, metadata=record.metadata)


if __name__ == "__main__":
    main()
