"""Station 4: what a scorer answers.

A scorer returns a :class:`Score`, or a number, or a mapping of numbers; :func:`score_from` turns each into a checked
:class:`Score`.
Values are finite and within 0.0 to 1.0; only the aggregation leaves that range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from numbers import Real
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

NO_METRICS: Mapping[str, float] = MappingProxyType({})
NO_EVIDENCE: Mapping[str, Any] = MappingProxyType({})

# A reason is read by people in logs and on terminals, where one line is enough; longer ones are cut.
REASON_LIMIT_CHARACTERS = 500


class Verdict(StrEnum):
    """What became of one scorer on one record."""

    SCORED = "scored"
    ABSTAINED = "abstained"
    INVALID_TASK = "invalid_task"
    FAILED = "failed"


class FailureKind(StrEnum):
    """How a scorer broke; a closed list."""

    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    INVALID_RESULT = "invalid_result"
    CANCELLED_DEADLINE = "cancelled_deadline"


class Score(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One scorer's answer about one record.

    Attributes:
        value: 0.0 to 1.0; None unless the verdict is SCORED.
        verdict: What became of the scorer on this record.
        reason: Why, in a sentence for people; may quote the completion, so it stays out of logs by default.
        evidence: What was seen (an extracted answer, a matched rule), as JSON values; for ``rlvr explain``.
        metrics: Named details, finite; names must be among those the scorer declares.
        failure: The kind of failure; None unless the verdict is FAILED.
        seconds: Wall time the scorer took; filled in by ``dispatch``.
    """

    value: float | None
    verdict: Verdict = Verdict.SCORED
    reason: str = ""
    evidence: Mapping[str, Any] = msgspec.field(default_factory=lambda: NO_EVIDENCE)
    metrics: Mapping[str, float] = msgspec.field(default_factory=lambda: NO_METRICS)
    failure: FailureKind | None = None
    seconds: float = 0.0

    @staticmethod
    def of(value: float, reason: str = "", **metrics: float) -> Score:
        """Answer with a value from 0.0 to 1.0, why, and named details."""
        return Score(value=value, reason=reason, metrics=metrics or NO_METRICS)

    @staticmethod
    def abstained(reason: str) -> Score:
        """Say that this scorer has no opinion on this record; its weight goes to the others."""
        return Score(value=None, verdict=Verdict.ABSTAINED, reason=reason)

    @staticmethod
    def invalid_task(reason: str) -> Score:
        """Say that the row cannot be scored by anyone, such as for an unreadable reference."""
        return Score(value=None, verdict=Verdict.INVALID_TASK, reason=reason)

    @staticmethod
    def failed(failure: FailureKind, reason: str) -> Score:
        """Say that the scorer broke; for ``dispatch``, plugin authors raise instead."""
        return Score(value=None, verdict=Verdict.FAILED, reason=reason, failure=failure)


Answer: TypeAlias = Score | float | Mapping[str, float]
"""What a scorer may return; a mapping holds ``value`` and the named details."""


def score_from(answer: object, declared: frozenset[str] = frozenset()) -> Score:
    """Check a scorer's answer and make it a score.

    Args:
        answer: What the scorer returned.
        declared: The names of details that the scorer declares.

    Returns:
        The score; FAILED with ``invalid_result`` and the reason if the answer breaks the contract.
    """
    if isinstance(answer, Score):
        return _checked(answer, declared)
    value = number_from(answer)
    if value is not None:
        return _checked(Score(value=value), declared)
    if isinstance(answer, Mapping):
        details = dict(islice(answer.items(), len(declared) + 2))  # one more than fits is enough to refuse it
        if "value" not in details:
            return _invalid("returned a mapping without 'value'")
        return _checked(Score(value=details.pop("value"), metrics=details), declared)
    return _invalid(f"returned {type(answer).__name__}; expected a Score, a number or a mapping of numbers")


def number_from(value: object) -> float | None:
    """Read a plain finite-or-not float from a number of any library; None if it is no number.

    Booleans become 1.0 and 0.0; ``Decimal``, ``Fraction`` and numpy scalars become floats; text is no number.
    """
    if type(value) is float:
        return value
    if isinstance(value, (int, Real, Decimal)):
        try:
            return float(value)
        except (OverflowError, ValueError):
            return math.nan
    return None


def _checked(score: Score, declared: frozenset[str]) -> Score:
    problem = _problem(score, declared)
    if problem:
        return _invalid(problem)
    value = score.value
    if type(value) is not float and value is not None:
        score = msgspec.structs.replace(score, value=number_from(value))
    if score.metrics:
        score = msgspec.structs.replace(
            score, metrics={name: number_from(detail) or 0.0 for name, detail in score.metrics.items()}
        )
    if len(score.reason) > REASON_LIMIT_CHARACTERS:
        score = msgspec.structs.replace(score, reason=score.reason[:REASON_LIMIT_CHARACTERS] + "…")
    return score


def _problem(score: Score, declared: frozenset[str]) -> str:
    """Say how a score breaks the contract, or nothing."""
    if not isinstance(score.verdict, Verdict):
        return f"verdict is {score.verdict!r}, not a Verdict"
    if not isinstance(score.reason, str):
        return f"reason is {type(score.reason).__name__}, not text"
    if not isinstance(score.evidence, (dict, Mapping)):
        return f"evidence is {type(score.evidence).__name__}, not a mapping"
    if (score.verdict is Verdict.FAILED) != isinstance(score.failure, FailureKind):
        return f"verdict {score.verdict} comes with failure {score.failure!r}"
    return _value_problem(score) or _metrics_problem(score.metrics, declared)


def _value_problem(score: Score) -> str:
    if score.verdict is not Verdict.SCORED:
        return "" if score.value is None else f"verdict {score.verdict} comes with a value"
    value = number_from(score.value)
    if value is None:
        return f"value is {type(score.value).__name__}, not a number"
    return "" if 0.0 <= value <= 1.0 else f"value {value!r} is not within 0.0 to 1.0"  # refuses NaN too


def _metrics_problem(metrics: object, declared: frozenset[str]) -> str:
    if not isinstance(metrics, (dict, Mapping)):
        return f"metrics is {type(metrics).__name__}, not a mapping"
    for name, detail in metrics.items():
        if name not in declared:
            return f"metric {name!r} is not declared; add it to the scorer's `metrics`"
        number = number_from(detail)
        if number is None or not math.isfinite(number):
            return f"metric {name!r} is {detail!r}, not a finite number"
    return ""


def _invalid(problem: str) -> Score:
    return Score.failed(FailureKind.INVALID_RESULT, problem)
