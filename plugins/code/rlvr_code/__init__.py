"""Runs model-written code against tests, in a sandbox whose verdict it cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr_code.problems.fields import ProblemError
    from rlvr_code.trusted.grading import Grade, Grader, grade
    from rlvr_code.trusted.options import TestsOptions

__all__ = ["Grade", "Grader", "ProblemError", "TestsOptions", "grade"]

_HOMES = {
    "Grade": "rlvr_code.trusted.grading",
    "Grader": "rlvr_code.trusted.grading",
    "ProblemError": "rlvr_code.problems.fields",
    "TestsOptions": "rlvr_code.trusted.options",
    "grade": "rlvr_code.trusted.grading",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for; the zygote imports this package and needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rlvr_code' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
