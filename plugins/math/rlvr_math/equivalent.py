"""``math.equivalent``: the answer is mathematically equal to the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, assert_never

from rlvr import Record, Remainder, Score, Stated, commitment_class, scorer
from rlvr_math.grade import Grade, Status, grade_final, settled
from rlvr_math.options import PROFILES, EquivalentOptions, GradeOptions, chosen_options

# A short answer has fewer right forms; each of them is compared within the budget of one record.
ALTERNATIVES_LIMIT = 20
# Of a list of references, so many are compared with the help of sympy.
SETTLED_LIMIT = 4
# The start of the evaluating process, and four questions for each of these, each stopped by its own clock.
REMAINDER_SECONDS = 300.0


NO_ANSWER_REMARK = "states no answer"


def remark_on(record: Record, options: GradeOptions) -> str | None:
    """Return a sentence on a record that states no answer: whether ``profile: lenient`` finds one, and pays it."""
    if not isinstance(record.reference, (str, int, float)) or isinstance(record.reference, bool):
        return None
    reference = str(record.reference)

    def stated() -> Stated:
        return record.stated

    if grade_final(reference, record.final, options, stated).status is not Status.NO_ANSWER:
        return None
    lenient = grade_final(reference, record.final, PROFILES["lenient"], stated)
    if lenient.status is Status.NO_ANSWER:
        return NO_ANSWER_REMARK
    pays = "pays" if lenient.correct else "reads and does not pay"
    return f"{NO_ANSWER_REMARK}, but has a {lenient.source or 'value'}, which `profile: lenient` {pays}"


# An answer that no operator of a reference has as its value.
_NO_VALUE = "0.1357924680135792468"


def audited(record: Record, options: GradeOptions) -> Iterator[str]:
    """Report a reference that only sympy can evaluate, where this installation cannot ask it."""
    from rlvr_math.evaluating.evaluator import missing_part  # it starts processes, which a score does not need

    missing = missing_part()
    if not missing:
        return
    listed = record.reference if isinstance(record.reference, list) else [record.reference]
    needs = (str(each) for each in listed if grade_final(str(each), _NO_VALUE, options).open_sides is not None)
    for reference in needs:
        yield (
            f"the reference {reference[:60]!r} needs {missing} to be evaluated, which is not installed: "
            f"every answer but the same text gets 0.0; install {missing}, or write the value as the reference"
        )


@scorer(
    options=EquivalentOptions,
    prepare=chosen_options,
    audit=audited,
    remark=remark_on,
    remark_classes=("no_answer", "blank", "truncated"),
    needs=("reference",),
    reads=(),
    metrics=("answer_found", "answer_readable", "format_boxed"),
    bounded=True,
    remainder_seconds=REMAINDER_SECONDS,
    version="7",
)
def equivalent(record: Record, options: GradeOptions) -> Score | Remainder:
    """Pay 1.0 for an answer that equals the reference, or one of a list of them.

    An answer whose value only sympy can find is handed on to a supervised worker.
    """
    reference = record.reference
    if isinstance(reference, str):  # of most rows; one that is decided needs no more
        grades = [grade_final(reference, record.final, options, lambda: record.stated)]
        if grades[0].correct:
            return _score_of(grades[0])
    else:
        listed = reference if isinstance(reference, list) else [reference]
        problem = _problem_of(listed)
        if problem:
            return Score.invalid_task(problem, Status.UNREADABLE_REFERENCE.value)
        grades = [grade_final(str(each), record.final, options, lambda: record.stated) for each in listed]
    unreadable = next((grade for grade in grades if grade.status is Status.UNREADABLE_REFERENCE), None)
    if unreadable is not None:
        return Score.invalid_task(unreadable.reason, unreadable.status.value)
    best = next((grade for grade in grades if grade.correct), None)
    if best is None and any(grade.open_sides for grade in grades):
        return Remainder(lambda: _score_of(_best_settled(grades)))
    return _score_of(best or grades[0])


def _problem_of(listed: list[Any]) -> str:
    """Say why references cannot be compared with an answer; nothing if they can."""
    odd = [each for each in listed if isinstance(each, bool) or not isinstance(each, (str, int, float))]
    if not odd and len(listed) <= ALTERNATIVES_LIMIT:
        return ""
    found = type(odd[0]).__name__ if odd else f"a list of {len(listed)}"
    problem = f"the reference is {found}; expected a number or its text, or a short list of these"
    if odd and isinstance(odd[0], dict):
        problem += "; `reference_key` of the task names the key of an object that is meant"
    return problem


def _best_settled(grades: list[Grade]) -> Grade:
    """Return the first grade that sympy makes correct; else the first one that it was asked about."""
    outcomes = (settled(grade) for grade in islice((each for each in grades if each.open_sides), SETTLED_LIMIT))
    first = next(outcomes)
    return next((grade for grade in chain([first], outcomes) if grade.correct), first)


class _Evidence(Mapping[str, object]):
    """The evidence of a grade: how both sides are read is worked out where somebody asks for it.

    Nobody does in a training run, and reading both texts again costs as much as comparing them.
    """

    def __init__(self, grade: Grade) -> None:
        self._grade = grade

    @cached_property
    def _found(self) -> dict[str, object]:
        grade = self._grade
        return {
            "status": grade.status,
            "extracted": (grade.extracted or "")[:200],
            "source": grade.source,
            "reference_read": grade.reference_read,
            "answer_read": grade.answer_read,
            "stage": grade.stage,
            **({"sympy_calls": grade.calls} if grade.stage == "sympy" else {}),
        }

    def __getitem__(self, name: str) -> object:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _score_of(grade: Grade) -> Score:
    return Score(
        value=1.0 if grade.correct else 0.0,
        reason=f"{grade.status}: {grade.reason}",
        reason_class=_reason_class(grade),
        is_undecided=grade.status is Status.UNREADABLE_ANSWER,
        evidence=_Evidence(grade),
        metrics=_metrics_of(grade.status, is_boxed=grade.source == "box"),
    )


@cache  # there are twelve
def _metrics_of(status: Status, *, is_boxed: bool) -> Mapping[str, float]:
    return MappingProxyType(
        {
            "answer_found": float(status is not Status.NO_ANSWER),
            "answer_readable": float(_is_readable(status)),
            "format_boxed": float(is_boxed),
        }
    )


def _reason_class(grade: Grade) -> str:
    """Return the status; where an answer was found and does not count, so that nothing was compared, why."""
    if grade.status is Status.INCORRECT and not grade.stage:
        return commitment_class(grade.reason)
    return grade.status.value


def _is_readable(status: Status) -> bool:
    match status:
        case Status.CORRECT | Status.INCORRECT:
            return True
        case Status.NO_ANSWER | Status.UNREADABLE_ANSWER | Status.UNREADABLE_REFERENCE | Status.OVER_LIMIT:
            return False
        case _:
            assert_never(status)
