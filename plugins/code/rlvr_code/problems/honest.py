"""What `rlvr attack` needs of this plugin: solutions of a row, and submissions that cheat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlvr import Record
from rlvr_code.problems.fields import ProblemError
from rlvr_code.problems.reading import problem_of

_SOLUTION_COLUMNS = ("canonical_solution", "solution", "reference_solution", "code")

_EQUAL = """class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
"""


def solutions_of(record: Record) -> Iterator[str]:
    """Yield the solutions that a row contains, as fenced blocks."""
    try:
        solution = problem_of(record.reference).solution
    except ProblemError:
        solution = ""
    columns = [record.metadata.get(name) for name in _SOLUTION_COLUMNS]
    for source in dict.fromkeys(each for each in (solution, *columns) if isinstance(each, str) and each):
        yield f"```python\n{source}\n```"


def cheats_of(record: Record) -> dict[str, str]:
    """Return submissions that define the names of the tests and do not solve the problem."""
    try:
        names = problem_of(record.reference).names
    except ProblemError:
        return {}
    bodies = {
        "code_exits": "import sys\nsys.exit(0)\n",
        "code_skips": "import unittest\nraise unittest.SkipTest('skipped')\n",
        "code_equals_everything": _EQUAL + _defined(names, "Always()"),
        "code_returns_none": _defined(names, "None"),
        "code_returns_zero": _defined(names, "0"),
        "code_echoes": _defined(names, "args[0] if args else None"),
    }
    return {name: f"```python\n{source}```" for name, source in bodies.items()}


def _defined(names: Sequence[str], value: str) -> str:
    return "".join(f"def {name}(*args, **named):\n    return {value}\n" for name in sorted(names))
