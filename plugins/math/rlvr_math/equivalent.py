"""``math.equivalent``: the answer is mathematically equal to the reference."""

from __future__ import annotations

from typing import assert_never

from rlvr import Record, Score, Stated, scorer
from rlvr_math.finding.answers import SHORT_CHARACTERS, is_plain
from rlvr_math.grade import Grade, Status, grade_final
from rlvr_math.options import EquivalentOptions, GradeOptions, chosen_options

# A short answer has fewer right forms; each of them is compared within the budget of one record.
ALTERNATIVES_LIMIT = 20


@scorer(
    options=EquivalentOptions,
    prepare=chosen_options,
    needs=("reference",),
    reads=(),
    metrics=("answer_found", "answer_readable", "format_boxed"),
    bounded=True,
    version="4",
)
def equivalent(record: Record, options: GradeOptions) -> Score:
    """Pay 1.0 for an answer that equals the reference, or one of a list of them."""
    listed = record.reference if isinstance(record.reference, list) else [record.reference]
    odd = next((each for each in listed if isinstance(each, bool) or not isinstance(each, (str, int, float))), None)
    if odd is not None or not 0 < len(listed) <= ALTERNATIVES_LIMIT:
        found = f"a list of {len(listed)}" if odd is None else type(odd).__name__
        return Score.invalid_task(f"the reference is {found}; expected a number or its text, or a short list of these")
    stated = _stated(record)
    grades = [grade_final(str(each), record.final, options, stated) for each in listed]
    unreadable = next((grade for grade in grades if grade.status is Status.UNREADABLE_REFERENCE), None)
    if unreadable is not None:
        return Score.invalid_task(unreadable.reason)
    return _score_of(next((grade for grade in grades if grade.correct), grades[0]))


def _stated(record: Record) -> Stated | None:
    """Return what a record states; a completion that is a short number or formula is read without it."""
    return record.stated if len(record.final) > SHORT_CHARACTERS and not is_plain(record.final) else None


def _score_of(grade: Grade) -> Score:
    found = grade.extracted is not None
    return Score(
        value=float(grade.correct),
        reason=f"{grade.status}: {grade.reason}",
        evidence={
            "status": grade.status,
            "extracted": (grade.extracted or "")[:200],
            "source": grade.source,
            "reference_read": grade.reference_read,
            "answer_read": grade.answer_read,
            "stage": grade.stage,
        },
        metrics={
            "answer_found": float(found),
            "answer_readable": float(_is_readable(grade.status)),
            "format_boxed": float(grade.source == "box"),
        },
    )


def _is_readable(status: Status) -> bool:
    match status:
        case Status.CORRECT | Status.INCORRECT:
            return True
        case Status.NO_ANSWER | Status.UNREADABLE_ANSWER | Status.UNREADABLE_REFERENCE | Status.OVER_LIMIT:
            return False
        case _:
            assert_never(status)
