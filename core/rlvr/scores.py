"""Station 4: the answer of a scorer.

A scorer returns a :class:`Score`, a number, or a mapping of numbers; :func:`score_from` converts each into a checked
:class:`Score`.
Values are from 0.0 to 1.0; only the aggregation leaves that range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from numbers import Real
from types import MappingProxyType
from typing import Any, TypeAlias, assert_never

import msgspec

NO_METRICS: Mapping[str, float] = MappingProxyType({})
NO_EVIDENCE: Mapping[str, Any] = MappingProxyType({})

# People read reasons in logs and on terminals, where one line is enough; longer reasons are cut.
REASON_LIMIT_CHARACTERS = 500

CLASS_LIMIT_CHARACTERS = 40

_FLOATS = frozenset({float})

# The check of the abstract class is slow, so the types that scorers use come first.
_MAPPINGS = (dict, MappingProxyType, Mapping)


class Verdict(StrEnum):
    """The status of a score, and of a reward."""

    SCORED = "scored"
    ABSTAINED = "abstained"
    INVALID_TASK = "invalid_task"
    FAILED = "failed"

    @property
    def has_value(self) -> bool:
        """True if a score of this verdict has a value."""
        match self:
            case Verdict.SCORED:
                return True
            case Verdict.ABSTAINED | Verdict.INVALID_TASK | Verdict.FAILED:
                return False
            case _:
                assert_never(self)

    @property
    def is_fault(self) -> bool:
        """True if the row or the scorer is at fault, not the completion; the task's ``on_error`` then applies."""
        match self:
            case Verdict.INVALID_TASK | Verdict.FAILED:
                return True
            case Verdict.SCORED | Verdict.ABSTAINED:
                return False
            case _:
                assert_never(self)


class FailureKind(StrEnum):
    """The way in which a scorer broke."""

    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    INVALID_RESULT = "invalid_result"
    CANCELLED_DEADLINE = "cancelled_deadline"


class ReasonClass(StrEnum):
    """The classes of reasons that core decides; scorers give others, such as ``no_answer`` or ``wrong_unit``."""

    CORRECT = "correct"
    PARTLY_CORRECT = "partly_correct"
    INCORRECT = "incorrect"
    BLANK = "blank"
    TRUNCATED = "truncated"
    ABSTAINED = "abstained"
    INVALID_TASK = "invalid_task"
    INVALID_ROW = "invalid_row"
    MISSING_FIELD = "missing_field"
    NOT_RUN = "not_run"


class Score(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer of one scorer about one record.

    Attributes:
        value: 0.0 to 1.0; None unless the verdict is SCORED.
        verdict: The status.
        reason: The reason of the value, for people; it may quote the completion, so logs leave it out by default.
        evidence: Findings of the scorer, such as an extracted answer or a matched rule, as JSON values, for
            ``rlvr explain``.
        metrics: Named details, finite; the scorer must declare their names.
        failure: The kind of failure; None unless the verdict is FAILED.
        is_undecided: True if the scorer could not read the answer well enough to call it wrong. The value counts,
            unless the suite names a second scorer for such answers by ``otherwise``.
        seconds: Wall time of the scorer; ``dispatch`` sets it.
        reason_class: The class of the reason: small letters and ``_``, the same for all reasons that differ in
            numbers or quotes only, such as ``no_answer``. "" for the default of the verdict and value; see
            :func:`class_of`.
        opinions: The scores of both scorers of an entry, if the second was asked; ``dispatch`` sets it.
    """

    value: float | None
    verdict: Verdict = Verdict.SCORED
    reason: str = ""
    evidence: Mapping[str, Any] = msgspec.field(default_factory=lambda: NO_EVIDENCE)
    metrics: Mapping[str, float] = msgspec.field(default_factory=lambda: NO_METRICS)
    failure: FailureKind | None = None
    is_undecided: bool = False
    seconds: float = 0.0
    reason_class: str = ""
    opinions: tuple[Opinion, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the mappings as dicts: a read-only view, such as the default, cannot be pickled."""
        fields = msgspec.structs.asdict(self)
        return _unpickle, ({**fields, "evidence": dict(self.evidence), "metrics": dict(self.metrics)},)

    @staticmethod
    def of(value: float, reason: str = "", reason_class: str = "", **metrics: float) -> Score:
        """Return a score with a value from 0.0 to 1.0, its reason and the class of it, and named details."""
        return Score(value=value, reason=reason, reason_class=reason_class, metrics=metrics or NO_METRICS)

    @staticmethod
    def abstained(reason: str, reason_class: str = "") -> Score:
        """Return the score of a scorer without an opinion on the record; its weight goes to the other scorers."""
        return Score(value=None, verdict=Verdict.ABSTAINED, reason=reason, reason_class=reason_class)

    @staticmethod
    def invalid_task(reason: str, reason_class: str = "") -> Score:
        """Return the score of a row that cannot be scored, such as one with an unreadable reference."""
        return Score(value=None, verdict=Verdict.INVALID_TASK, reason=reason, reason_class=reason_class)

    @staticmethod
    def failed(failure: FailureKind, reason: str, reason_class: str = "") -> Score:
        """Return the score of a scorer that broke; ``dispatch`` uses it, plugin authors raise an exception instead."""
        return Score(value=None, verdict=Verdict.FAILED, reason=reason, failure=failure, reason_class=reason_class)


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one of the scorers of an entry.

    Attributes:
        scorer: The id of the scorer.
        score: Its score.
        counts: True for the one whose score is that of the entry.
    """

    scorer: str
    score: Score
    counts: bool


def _unpickle(fields: dict[str, Any]) -> Score:
    return Score(**fields)


def class_of(score: Score) -> str:
    """Return the class of the reason of a score: that of its scorer, else the default of its verdict and value.

    The default is ``correct``, ``partly_correct`` or ``incorrect`` by the value, the kind of a failure, or the verdict.
    """
    if score.reason_class:
        return score.reason_class
    match score.verdict:
        case Verdict.SCORED:
            value = score.value or 0.0
            if value >= 1.0:
                return ReasonClass.CORRECT.value
            return (ReasonClass.PARTLY_CORRECT if value > 0.0 else ReasonClass.INCORRECT).value
        case Verdict.ABSTAINED:
            return ReasonClass.ABSTAINED.value
        case Verdict.INVALID_TASK:
            return ReasonClass.INVALID_TASK.value
        case Verdict.FAILED:
            return "" if score.failure is None else score.failure.value
        case _:
            assert_never(score.verdict)


Answer: TypeAlias = Score | float | Mapping[str, float]
"""The types that a scorer may return; a mapping contains ``value`` and the named details."""


def score_from(answer: object, declared: frozenset[str] = frozenset()) -> Score:
    """Check the answer of a scorer and convert it into a score.

    Args:
        answer: The return value of the scorer.
        declared: The details that the scorer declares.

    Returns:
        The score; FAILED with ``invalid_result`` and a reason if the answer violates the contract.
    """
    if isinstance(answer, Score):
        return _check_score(answer, declared)
    value = number_from(answer)
    if value is not None:
        return Score(value=value) if 0.0 <= value <= 1.0 else _check_score(Score(value=value), declared)
    if isinstance(answer, _MAPPINGS):
        details = dict(islice(answer.items(), len(declared) + 2))  # one more than allowed is enough to refuse it
        if "value" not in details:
            return _invalid_result("returned a mapping without 'value'")
        return _check_score(Score(value=details.pop("value"), metrics=details), declared)
    return _invalid_result(f"returned {type(answer).__name__}; expected a Score, a number or a mapping of numbers")


def number_from(value: object) -> float | None:
    """Convert a number of any library to a float, which may be infinite or NaN; None if the value is not a number.

    Booleans become 1.0 and 0.0; ``Decimal``, ``Fraction`` and numpy scalars are numbers, text is not.
    """
    if isinstance(value, (float, int, Real, Decimal)):  # most are floats, and Real is slow to ask
        try:
            return float(value)
        except (OverflowError, ValueError):
            return math.nan
    return None


def _check_score(score: Score, declared: frozenset[str]) -> Score:
    if _is_sound(score, declared):
        return score
    problem = _problem_of(score, declared)
    if problem:
        return _invalid_result(problem)
    value = score.value
    if type(value) is not float and value is not None:
        score = msgspec.structs.replace(score, value=number_from(value))
    if not _FLOATS.issuperset(map(type, score.metrics.values())):
        score = msgspec.structs.replace(
            score, metrics={name: number_from(detail) or 0.0 for name, detail in score.metrics.items()}
        )
    if score.opinions:
        score = msgspec.structs.replace(score, opinions=())
    if len(score.reason) > REASON_LIMIT_CHARACTERS:
        score = msgspec.structs.replace(score, reason=score.reason[:REASON_LIMIT_CHARACTERS] + "…")
    return score


def _is_sound(score: Score, declared: frozenset[str]) -> bool:
    """Return whether a score has nothing to refuse or to change, as most have: a third of the time of a full check."""
    value, metrics = score.value, score.metrics
    if type(value) is not float or not isinstance(score.reason, str):
        return False
    return (
        0.0 <= value <= 1.0
        and score.verdict is Verdict.SCORED
        and len(score.reason) <= REASON_LIMIT_CHARACTERS
        and score.failure is None
        and not score.opinions
        and (not score.reason_class or _is_class(score.reason_class))
        and (metrics is NO_METRICS or not _metrics_problem(metrics, declared))
        and _FLOATS.issuperset(map(type, metrics.values()))
        and isinstance(score.evidence, _MAPPINGS)
    )


def _problem_of(score: Score, declared: frozenset[str]) -> str:
    """Return how a score violates the contract; "" if it does not."""
    if not isinstance(score.verdict, Verdict):
        return f"verdict is {score.verdict!r}, not a Verdict"
    if not isinstance(score.reason, str):
        return f"reason is {type(score.reason).__name__}, not text"
    if score.reason_class and not _is_class(score.reason_class):
        return f"reason_class is {str(score.reason_class)[:CLASS_LIMIT_CHARACTERS]!r}, not small letters and '_'"
    if not isinstance(score.evidence, _MAPPINGS):
        return f"evidence is {type(score.evidence).__name__}, not a mapping"
    if (score.verdict is Verdict.FAILED) != (score.failure is not None and isinstance(score.failure, FailureKind)):
        return f"verdict {score.verdict} comes with failure {score.failure!r}"
    if score.is_undecided and score.verdict is not Verdict.SCORED:
        return f"verdict {score.verdict} comes with is_undecided"
    return _value_problem(score) or _metrics_problem(score.metrics, declared)


def _is_class(name: object) -> bool:
    """Return whether a name is short and free of numbers and quotes, so that few classes group many reasons."""
    return isinstance(name, str) and len(name) <= CLASS_LIMIT_CHARACTERS and _is_of_words(name)


@lru_cache(maxsize=1_024)  # a scorer has few classes
def _is_of_words(name: str) -> bool:
    return all(part.isascii() and part.isalpha() and part.islower() for part in name.split("_"))


def _value_problem(score: Score) -> str:
    if score.verdict is not Verdict.SCORED and not score.verdict.has_value:
        return "" if score.value is None else f"verdict {score.verdict} comes with a value"
    value = score.value if type(score.value) is float else number_from(score.value)
    if value is None:
        return f"value is {type(score.value).__name__}, not a number"
    return "" if 0.0 <= value <= 1.0 else f"value {value!r} is not within 0.0 to 1.0"  # refuses NaN too


def _metrics_problem(metrics: object, declared: frozenset[str]) -> str:
    if metrics is NO_METRICS:
        return ""
    if not isinstance(metrics, _MAPPINGS):
        return f"metrics is {type(metrics).__name__}, not a mapping"
    values = metrics.values()
    if metrics.keys() <= declared and _FLOATS.issuperset(map(type, values)) and all(map(math.isfinite, values)):
        return ""  # as of most scorers: a third of the time of a look at each
    for name, detail in metrics.items():
        if name not in declared:
            return f"metric {name!r} is not declared; add it to the scorer's `metrics`"
        number = number_from(detail)
        if number is None or not math.isfinite(number):
            return f"metric {name!r} is {detail!r}, not a finite number"
    return ""


def _invalid_result(problem: str) -> Score:
    return Score.failed(FailureKind.INVALID_RESULT, problem)
