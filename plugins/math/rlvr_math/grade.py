"""Grade an answer against a reference: extract, read both, compare."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from rlvr import Stated, final_in, lazy_pattern, stated_in
from rlvr_math.comparing.numbers import may_be_rounded, number_difference
from rlvr_math.finding.answers import CLOSING, EARLIER_BOX, answer_in, closing_answers_in
from rlvr_math.finding.extraction import WHOLE_TEXT, Extraction
from rlvr_math.finding.labels import bracket_problem, label_problem
from rlvr_math.finding.lines import is_answer, is_prose, is_prose_of_one_figure
from rlvr_math.limits import UNFORESEEN, OverLimitError
from rlvr_math.options import GradeOptions
from rlvr_math.reading.meanings import Reading, reading_of
from rlvr_math.reading.numbers import is_plain_number, number_in
from rlvr_math.reference import PROSE_CHARACTERS, read_reference

if TYPE_CHECKING:
    from rlvr_math.reading.tree import Tree

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
        open_sides: The reference and the answer, if values of their operators may still make them equal; see
            :func:`settled`.
        calls: Python calls that sympy took.
        stage: What decided: "number", "sympy", or a :data:`Stage`; "" if nothing was compared.
    """

    correct: bool
    status: Status
    reason: str
    extracted: str | None = None
    source: str = ""
    stage: str = ""
    reference: str = ""
    options: GradeOptions = GradeOptions()
    open_sides: tuple[Tree, Tree] | None = None
    calls: int = 0

    @property
    def reference_read(self) -> str:
        """How the reference was understood, in calculator syntax; "" if it was not."""
        from rlvr_math.reading.trace import read_as  # few people ask

        return read_as(self.reference, self.options)

    @property
    def answer_read(self) -> str:
        """How the answer was understood, in calculator syntax; "" if there is none, or it was not."""
        from rlvr_math.reading.trace import read_as  # as above

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
    first = grade_final(reference, final_in(completion), GradeOptions(**options) if options else STRICT)
    return first if first.open_sides is None else settled(first)


def verify(reference: str, answer: str, **options: Any) -> Grade:
    """Compare an answer that stands alone with the reference; see :func:`grade`."""
    return settled(
        _grade_extraction(
            reference, Extraction(answer, "the answer given"), GradeOptions(**options) if options else STRICT
        )
    )


def settled(grade: Grade) -> Grade:
    """Return the grade after sympy was asked for the values of operators, if these may change it.

    Raises:
        EvaluatorError: The evaluating process does not start.
    """
    if grade.open_sides is None:
        return grade
    from rlvr_math.evaluating.settling import settle  # few answers need it

    try:
        settlement = settle(*grade.open_sides, grade.options)
    except UNFORESEEN as error:
        return msgspec.structs.replace(grade, status=Status.OVER_LIMIT, reason=_cause(error), open_sides=None)
    status = Status.CORRECT if settlement.decision else Status.INCORRECT
    after = msgspec.structs.replace(
        grade,
        correct=status is Status.CORRECT,
        status=Status.OVER_LIMIT if settlement.over_limit else status,
        reason=settlement.reason,
        stage="sympy",
        open_sides=None,
        calls=settlement.calls,
    )
    return _in_form(after)


def grade_final(reference: str, final: str, options: GradeOptions, stated: Callable[[], Stated] | None = None) -> Grade:
    """Grade a completion whose reasoning is cut away; see :func:`grade`.

    Args:
        reference: As for ``grade``.
        final: The completion.
        options: How to grade it.
        stated: Returns what the completion states; it is not called for a short number or formula.
    """
    stated = stated or partial(stated_in, final)
    try:
        extraction = answer_in(
            final,
            stated,
            finders=options.answer,
            last_number=options.last_number,
            last_formula=options.last_formula,
            same=lambda one, other: _is_same(one, other, options),
        )
    except UNFORESEEN as error:
        return Grade(correct=False, status=Status.OVER_LIMIT, reason=_cause(error))
    first = _grade_extraction(reference, extraction, options)
    if first.correct or first.open_sides is not None:
        return first
    if extraction.source in _UNMARKED:
        is_read = extraction.number is not None or is_answer(extraction.text or "")
        if first.status is not Status.NO_ANSWER and is_read:
            return first
        if extraction.source == "announced":
            if not is_prose_of_one_figure(extraction.text or ""):
                return first
            final = extraction.text or ""
            stated = partial(stated_in, final)
    elif extraction.source != CLOSING:
        return first
    for closing in closing_answers_in(stated(), options.answer, final):
        grade = _grade_extraction(reference, closing, options)
        if grade.status is not Status.NO_ANSWER:
            return grade
    return first


# What nothing encloses may have words around it that are no part of the answer.
_UNMARKED = frozenset({WHOLE_TEXT, "announced"})


def _is_same(one: str, other: str, options: GradeOptions) -> bool:
    """Say whether two answers of one completion are equal."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) > PROSE_CHARACTERS + 2 * len(shorter) and is_prose(longer):
        return False  # and takes as long to read as all that was found so far
    try:
        first, second = reading_of(one, options), reading_of(other, options)
        if first.number is not None and second.number is not None:
            numbers = first.number, second.number
            return not all(number_difference(*each, options) for each in (numbers, numbers[::-1]))
        if not first.trees() or not second.trees():
            return "".join(one.split()) == "".join(other.split())
        from rlvr_math.formulas import compare_meanings  # as in _decide_as_formulas

        return bool(compare_meanings(first.trees(), second.trees(), options)[0])
    except UNFORESEEN:
        return False


def _grade_extraction(reference: str, extraction: Extraction, options: GradeOptions) -> Grade:
    reading = read_reference(reference, options)
    if reading is None:
        return _grade(Status.UNREADABLE_REFERENCE, f"the reference {reference[:80]!r} is not understood", extraction)
    judged = msgspec.structs.replace(_judge(reading, extraction, options), reference=reading.text, options=options)
    return _in_form(judged)


def _in_form(grade: Grade) -> Grade:
    """Return a grade that is correct only if the answer is written in the form that the options ask for."""
    form = grade.options.form
    if form == "any" or not grade.correct:
        return grade
    from rlvr_math.forms import missed_form  # few tasks ask for a form

    trees = reading_of(grade.extracted or "", grade.options).trees()
    problem = missed_form(grade.extracted or "", trees[0], form) if trees else "is not understood"
    if not problem:
        return grade
    reason = f"the answer equals the reference, but {problem}"
    return msgspec.structs.replace(grade, correct=False, status=Status.INCORRECT, reason=reason)


def _judge(reference: Reading, extraction: Extraction, options: GradeOptions) -> Grade:
    """Judge what was found: whether it counts, then whether it is the reference."""
    try:
        if extraction.problem == EARLIER_BOX:
            extraction = _boxes_as_list(reference, extraction)
        if extraction.problem:
            return _grade(Status.INCORRECT, extraction.problem, extraction)
        text = (extraction.text or "").strip()
        if not text:
            return _grade(Status.NO_ANSWER, "no answer found", extraction)
        if ":" in text or "=" in text or ")" in text:  # each problem has one of these
            problem = label_problem(text) or bracket_problem(reference.text, text)
            if problem:
                return _grade(Status.INCORRECT, problem, extraction)
        answer = Reading(text, extraction.number or number_in(text), options.decimal_comma)
        first = _decide(reference, answer, extraction, options)
        if first.correct or (reference.number is not None and answer.number is not None):
            return first  # no number is written with a choice, and words around a number leave none
        return _decide_other_notations(reference, answer, extraction, options) or first
    except UNFORESEEN as error:
        return _grade(Status.OVER_LIMIT, _cause(error), extraction)


def _boxes_as_list(reference: Reading, boxes: Extraction) -> Extraction:
    """Return several boxes as one list where the reference lists as many values; else as they are."""
    from rlvr_math.formulas import is_list  # as in _decide_as_formulas

    return Extraction("; ".join(boxes.parts), "boxes") if is_list(reference.trees(), len(boxes.parts)) else boxes


def _decide_other_notations(
    reference: Reading, answer: Reading, extraction: Extraction, options: GradeOptions
) -> Grade | None:
    """Compare what both sides mean in another notation, such as the letter of a choice; None if none is right."""
    from rlvr_math.finding.notations import other_notations  # a right number needs none

    for asked, said in other_notations(reference, answer):
        other = reading_of(asked, options)
        if not other.understood():
            continue
        grade = _decide(other, reading_of(said.strip(), options), Extraction(said, extraction.source), options)
        if grade.correct:
            return msgspec.structs.replace(grade, extracted=answer.text)
    return None


def _cause(error: Exception) -> str:
    """Return the limit that an answer exceeded; the type and the text of an error that no limit foresaw."""
    return str(error) if isinstance(error, OverLimitError) else f"{type(error).__name__}: {str(error)[:80]}"


def _decide(reference: Reading, answer: Reading, extraction: Extraction, options: GradeOptions) -> Grade:
    """Compare as numbers if both are, else as trees."""
    text = answer.text
    if extraction.source == CLOSING and not _is_short(reference):
        return _grade(Status.NO_ANSWER, "no answer found", Extraction(None))
    both_named = "=" in reference.text and "=" in text
    if reference.number is not None and answer.number is not None and not both_named:
        problem = number_difference(reference.number, answer.number, options)
        if not problem:
            return _grade(Status.CORRECT, "equals the reference", extraction, "number")
        is_read_once = not options.decimal_comma or (is_plain_number(reference.text) and is_plain_number(text))
        if is_read_once and not may_be_rounded(reference.number, answer.number, options):
            return _grade(Status.INCORRECT, problem, extraction, "number")
    return _decide_as_formulas(reference, answer, extraction, options)


def _decide_as_formulas(reference: Reading, answer: Reading, extraction: Extraction, options: GradeOptions) -> Grade:
    """Compare as trees, in each way that the texts can be meant."""
    from rlvr_math import formulas  # a task whose answers are plain numbers needs none

    references, trees = reference.trees(), answer.trees()
    if extraction.source == WHOLE_TEXT and not formulas.can_stand_alone(references, trees):
        return _grade(Status.NO_ANSWER, "no answer found", extraction)
    if not trees:
        return _grade(Status.UNREADABLE_ANSWER, f"the answer {answer.text[:80]!r} is not understood", extraction)
    if not references:
        return _grade(Status.INCORRECT, "the reference is not understood in this notation", extraction)
    problem = formulas.unevaluated(references, trees, options)
    if problem:
        return _grade(Status.INCORRECT, problem, extraction)
    decision, open_sides = formulas.compare_texts(reference, answer, options)
    if decision:
        return _grade(Status.CORRECT, "equals the reference", extraction, decision.stage)
    differs = _grade(Status.INCORRECT, "differs from the reference", extraction, decision.stage)
    return differs if open_sides is None else msgspec.structs.replace(differs, open_sides=open_sides)


def _is_short(reference: Reading) -> bool:
    """Say whether a reference is a number or a letter, which the last sentence of a text may state."""
    return reference.number is not None or _LETTER.fullmatch(reference.text) is not None


_LETTER = lazy_pattern(r"[\s(*$]*[A-Za-z][\s)*$.]*")


def _grade(status: Status, reason: str, extraction: Extraction, stage: str = "") -> Grade:
    return Grade(
        correct=status is Status.CORRECT,
        status=status,
        reason=reason,
        extracted=extraction.text,
        source=extraction.source,
        stage=stage,
    )
