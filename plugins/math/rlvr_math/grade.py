"""Grade an answer against a reference: extract, read both, compare."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from itertools import islice
from typing import Any

import msgspec

from rlvr import final_in
from rlvr_math.answer import Reading, reading_of
from rlvr_math.comparing.comparison import Comparison
from rlvr_math.comparing.decision import any_of
from rlvr_math.extraction import EARLIER_BOX, WHOLE_TEXT, Extraction, answer_in
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, UNFORESEEN, OverLimitError
from rlvr_math.options import GradeOptions
from rlvr_math.reading.numbers import Number
from rlvr_math.reading.tree import Collection, Tree, Words, children
from rlvr_math.reading.units import unit_in
from rlvr_math.trace import read_as

# A reference of words that is longer is a solution, and states its answer somewhere.
PROSE_CHARACTERS = 200


STRICT = GradeOptions()


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
        reference: The text that was read as the reference.
        options: How it was graded.
        stage: What decided: "number", "exact", "residues", "balls", "regions", "words", "form"; "" if nothing was
            compared.
    """

    correct: bool
    status: Status
    reason: str
    extracted: str | None = None
    source: str = ""
    stage: str = ""
    reference: str = ""
    options: GradeOptions = GradeOptions()

    @property
    def reference_read(self) -> str:
        """How the reference was understood, in calculator syntax; "" if it was not."""
        return read_as(self.reference, self.options)

    @property
    def answer_read(self) -> str:
        """How the answer was understood, in calculator syntax; "" if there is none, or it was not."""
        return read_as(self.extracted or "", self.options)

    @property
    def trace(self) -> tuple[str, ...]:
        """The way to the verdict, a line per step: what was found where, how both sides were read, what decided."""
        found = "no answer was found" if self.extracted is None else f"found {self.extracted[:80]!r} by: {self.source}"
        return (
            found,
            f"the reference {self.reference[:80]!r} is read as: {self.reference_read or 'nothing'}",
            f"the answer is read as: {self.answer_read or 'nothing'}",
            f"{self.status}: {self.reason}" + (f" (decided by: {self.stage})" if self.stage else ""),
        )


def grade(reference: str, completion: str, **options: Any) -> Grade:
    """Grade a completion: cut its reasoning, find its answer, compare that with the reference.

    Args:
        reference: The right answer, alone or at the end of a solution.
        completion: All that the model wrote.
        options: Fields of ``GradeOptions``.

    Returns:
        The grade; no text of either raises.
    """
    return grade_final(reference, final_in(completion), GradeOptions(**options) if options else STRICT)


def verify(reference: str, answer: str, **options: Any) -> Grade:
    """Compare an answer that stands alone with the reference; see :func:`grade`."""
    return _compared(reference, Extraction(answer, "the answer given"), GradeOptions(**options) if options else STRICT)


def grade_final(reference: str, final: str, options: GradeOptions) -> Grade:
    """Grade a completion whose reasoning is cut away; see :func:`grade`."""
    try:
        extraction = answer_in(
            final, finders=options.finders, last_number=options.last_number, last_formula=options.last_formula
        )
    except UNFORESEEN as error:
        return Grade(correct=False, status=Status.OVER_LIMIT, reason=_cause(error))
    return _compared(reference, extraction, options)


def _compared(reference: str, extraction: Extraction, options: GradeOptions) -> Grade:
    right = _reference(reference, options)
    if right is None:
        return _grade(Status.UNREADABLE_REFERENCE, f"the reference {reference[:80]!r} is not understood", extraction)
    return msgspec.structs.replace(_judged(right, extraction, options), reference=right.text, options=options)


def _judged(right: Reading, extraction: Extraction, options: GradeOptions) -> Grade:
    """Judge what was found: whether it counts, then whether it is the reference."""
    try:
        if extraction.problem == EARLIER_BOX and _is_list(right, len(extraction.parts)):
            extraction = Extraction("; ".join(extraction.parts), "boxes")
        if extraction.problem:
            return _grade(Status.INCORRECT, extraction.problem, extraction)
        if extraction.text is None or not extraction.text.strip():
            return _grade(Status.NO_ANSWER, "no answer found", extraction)
        return _decided(right, extraction, options)
    except UNFORESEEN as error:
        return _grade(Status.OVER_LIMIT, _cause(error), extraction)


def _cause(error: Exception) -> str:
    """Return the limit that an answer exceeded; the type and the text of an error that no limit foresaw."""
    return str(error) if isinstance(error, OverLimitError) else f"{type(error).__name__}: {str(error)[:80]}"


def _decided(right: Reading, extraction: Extraction, options: GradeOptions) -> Grade:
    """Compare as numbers if both are, else as trees."""
    text = (extraction.text or "").strip()
    answer = reading_of(text, options, extraction.number)
    both_named = "=" in right.text and "=" in text
    if right.number is not None and answer.number is not None and not both_named:
        problem = _difference(right.number, answer.number, options)
        if not problem:
            return _grade(Status.CORRECT, "equals the reference", extraction, "number")
        if not _may_be_rounded(right.number, answer.number, options):
            return _grade(Status.INCORRECT, problem, extraction, "number")
    trees = answer.trees()
    if extraction.source == WHOLE_TEXT and not _stands_alone(right, trees):
        return _grade(Status.NO_ANSWER, "no answer found", extraction)
    if not trees:
        return _grade(Status.UNREADABLE_ANSWER, f"the answer {text[:80]!r} is not understood", extraction)
    mine = right.trees()
    comparison = Comparison(options)
    ways = zip((*mine, mine[0])[:2], (*trees, trees[0])[:2], strict=True)
    decision = any_of(comparison.equivalent(*way) for way in islice(ways, max(len(mine), len(trees))))
    if decision:
        return _grade(Status.CORRECT, "equals the reference", extraction, decision.stage)
    return _grade(Status.INCORRECT, "differs from the reference", extraction, decision.stage)


def _may_be_rounded(right: Number, answer: Number, options: GradeOptions) -> bool:
    """Say whether two different numbers may still count as equal by rounding, or by another way to read commas."""
    if options.decimal_comma:
        return True
    if right.value.denominator == answer.value.denominator == 1 or right.unit != answer.unit:
        return False
    return bool(abs(right.value - answer.value) * 10 ** (options.rounding_digits - 1) <= abs(right.value))


def _stands_alone(right: Reading, trees: tuple[Tree, ...]) -> bool:
    """Say whether a text without any statement is an answer: words are one only where words are asked for."""
    if not trees:
        return False
    return not _is_wordy(trees[0]) or any(_is_wordy(tree) for tree in right.trees())


def _is_wordy(tree: Tree) -> bool:
    return isinstance(tree, Words) or any(isinstance(child, Words) for child in children(tree))


def _is_list(right: Reading, count: int) -> bool:
    """Say whether a reference lists so many values."""
    first = next(iter(right.trees()), None)
    return isinstance(first, Collection) and first.opening in {"", "{"} and len(first.items) == count


def _reference(reference: str, options: GradeOptions) -> Reading | None:
    """Read a reference, alone or stated at the end of a solution such as GSM8K's; None if it is not understood."""
    try:
        text = reference.strip()
        solution = len(text) > PROSE_CHARACTERS or "\\boxed" in text or "####" in text
        alone = reading_of(text[: ANSWER_LIMIT_CHARACTERS if solution else None], options)
        if not solution and alone.understood():
            return alone
        stated = answer_in(reference)
        if stated.problem == EARLIER_BOX:
            stated = Extraction("; ".join(stated.parts), "boxes")
        if stated.text is None or stated.problem or stated.source == WHOLE_TEXT:
            return alone if alone.understood() and len(text) <= ANSWER_LIMIT_CHARACTERS else None
        found = reading_of(stated.text.strip(), options, stated.number)
        return found if found.understood() else None
    except UNFORESEEN:
        return None


def _difference(right: Number, answer: Number, options: GradeOptions) -> str:
    """Say how an answer differs from the reference, or nothing."""
    # Degrees are commonly left out, and nothing else is meant then; dollar signs are lost among TeX's.
    optional = options.unit_optional or right.unit in {"degree", "dollar"}
    if right.unit and answer.unit != right.unit and (answer.unit or not optional):
        mine, yours = unit_in(right.unit), unit_in(answer.unit)
        if mine.dimensions != yours.dimensions:
            return f"unit {answer.unit or 'missing'!s}, expected {right.unit}"
        same = _near(right.value * mine.worth, answer.value * yours.worth, options.tolerance)
        return "" if same else "differs from the reference"
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
    whole = right.denominator == answer.denominator == 1
    return tolerance > 0.0 and not whole and abs(right - answer) <= Fraction(tolerance) * abs(right)


def _grade(status: Status, reason: str, extraction: Extraction, stage: str = "") -> Grade:
    return Grade(
        correct=status is Status.CORRECT,
        status=status,
        reason=reason,
        extracted=extraction.text,
        source=extraction.source,
        stage=stage,
    )
