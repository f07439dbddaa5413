"""Grade an answer against a reference: extract, read both, compare."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Any

import msgspec

from rlvr.record.views import final_in
from rlvr_math.extraction import Extraction, answer_in
from rlvr_math.numbers import Number, OverLimitError, number_in
from rlvr_math.options import GradeOptions


class Status(StrEnum):
    """What became of an answer."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    NO_ANSWER = "no_answer"
    UNREADABLE_ANSWER = "unreadable_answer"
    UNREADABLE_REFERENCE = "unreadable_reference"
    OVER_LIMIT = "over_limit"


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of grading.

    Attributes:
        correct: Whether the answer is the reference.
        status: What became of it.
        reason: Why, in a sentence.
        extracted: The text that was read as the answer; None if none was found.
        source: Where in the completion it stood, such as "box".
    """

    correct: bool
    status: Status
    reason: str
    extracted: str | None = None
    source: str = ""


def grade(reference: str, completion: str, **options: Any) -> Grade:
    """Grade a completion: cut its reasoning, find its answer, compare that with the reference.

    Args:
        reference: The right answer, alone or at the end of a solution.
        completion: All that the model wrote.
        options: Fields of ``GradeOptions``.

    Returns:
        The grade; no text of either raises.
    """
    return grade_final(reference, final_in(completion), GradeOptions(**options))


def verify(reference: str, answer: str, **options: Any) -> Grade:
    """Compare an answer that stands alone with the reference; see :func:`grade`."""
    return _compared(reference, Extraction(answer, "the answer given"), GradeOptions(**options))


def grade_final(reference: str, final: str, options: GradeOptions) -> Grade:
    """Grade a completion whose reasoning is cut away; see :func:`grade`."""
    try:
        extraction = answer_in(final, last_number=options.last_number)
    except OverLimitError as error:
        return Grade(correct=False, status=Status.OVER_LIMIT, reason=str(error))
    return _compared(reference, extraction, options)


def _compared(reference: str, extraction: Extraction, options: GradeOptions) -> Grade:
    right = _reference_number(reference)
    if right is None:
        return _grade(Status.UNREADABLE_REFERENCE, f"the reference {reference[:80]!r} is no number", extraction)
    if extraction.problem:
        return _grade(Status.INCORRECT, extraction.problem, extraction)
    if extraction.text is None or not extraction.text.strip():
        return _grade(Status.NO_ANSWER, "no answer found", extraction)
    try:
        answer = extraction.number or number_in(extraction.text.strip())
    except OverLimitError as error:
        return _grade(Status.OVER_LIMIT, str(error), extraction)
    if answer is None:
        return _grade(Status.UNREADABLE_ANSWER, f"the answer {extraction.text[:80]!r} is no number", extraction)
    problem = _difference(right, answer, options)
    if problem:
        return _grade(Status.INCORRECT, problem, extraction)
    return _grade(Status.CORRECT, "equals the reference", extraction)


def _reference_number(reference: str) -> Number | None:
    """Read a reference, alone or stated at the end of a solution such as GSM8K's; None if it is no number."""
    try:
        number = number_in(reference.strip())
        if number is None:
            stated = answer_in(reference)
            if stated.text is not None and not stated.problem:
                number = stated.number or number_in(stated.text.strip())
    except OverLimitError:
        return None
    return number


def _difference(right: Number, answer: Number, options: GradeOptions) -> str:
    """Say how an answer differs from the reference, or nothing."""
    # Degrees are commonly left out, and nothing else is meant then; dollar signs are lost among TeX's.
    optional = options.unit_optional or right.unit in {"degree", "dollar"}
    if right.unit and answer.unit != right.unit and (answer.unit or not optional):
        return f"unit {answer.unit or 'missing'!s}, expected {right.unit}"
    if _near(right.value, answer.value, options.tolerance):
        return ""
    # 50 against 50 %: the percentage's value is a hundredth of what is written.
    written = right.value * 100 if right.percent else right.value / 100
    forgiven = options.percent_as_number and right.percent != answer.percent
    if forgiven and _near(written, answer.value, options.tolerance):
        return ""
    return "differs from the reference"


def _near(right: Fraction, answer: Fraction, tolerance: float) -> bool:
    if right == answer:
        return True
    return tolerance > 0.0 and abs(right - answer) <= Fraction(tolerance) * abs(right)


def _grade(status: Status, reason: str, extraction: Extraction) -> Grade:
    return Grade(
        correct=status is Status.CORRECT,
        status=status,
        reason=reason,
        extracted=extraction.text,
        source=extraction.source,
    )
