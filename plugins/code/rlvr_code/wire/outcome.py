"""The result of one test."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """That a test passed, or how it failed."""

    PASSED = "passed"
    WRONG = "wrong"
    ERROR = "error"
    MISSING = "missing"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    FORBIDDEN = "forbidden"
    SYNTAX = "syntax"
    UNSERIALISABLE = "unserialisable"
    CRASHED = "crashed"
    EXITED = "exited"
    PROTOCOL = "protocol"


class Outcome(NamedTuple):
    """One test's result.

    Attributes:
        test: Its name.
        kind: ``passed``, or how it failed.
        detail: Why, for people.
        got: What the submission gave, shown and cut.
        expected: What was expected, shown and cut; stays out of what the model's side sees.
    """

    test: str
    kind: Kind
    detail: str = ""
    got: str = ""
    expected: str = ""

    @property
    def passed(self) -> bool:
        """Whether the test passed."""
        return self.kind is Kind.PASSED
