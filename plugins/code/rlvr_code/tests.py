"""``code.tests``: what the model wrote passes the tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from rlvr import CUT_METRIC, Record, Score, scorer, time_share_seconds
from rlvr_code.problems.fields import ProblemError
from rlvr_code.trusted.audit import audited
from rlvr_code.trusted.extraction import submission_in
from rlvr_code.trusted.grading import Grade, Grader
from rlvr_code.trusted.options import TestsOptions
from rlvr_code.trusted.prompts import with_prompt_of
from rlvr_code.wire.outcome import Kind

# A submission's own limits end it long before; what exceeds this is the scorer's fault.
BUDGET_SECONDS = 120.0

METRICS = ("tests_passed", "all_passed", "compiled", "timeouts", "forbidden", "code_found", CUT_METRIC)


@scorer(
    options=TestsOptions,
    prepare=Grader,
    needs=("reference",),
    reads=("messages",),
    metrics=METRICS,
    budget_seconds=BUDGET_SECONDS,
    audit=audited,
    reference_is_answer=False,
)
def tests(record: Record, grader: Grader) -> Score:
    """Pay for a submission that passes the tests of the reference."""
    try:
        problem = grader.problem(record.reference)
    except ProblemError as error:
        return Score.invalid_task(str(error), "unreadable_tests")
    source = submission_in(record, problem.names, grader.options.answer)
    if source is None:
        return Score.of(0.0, "the answer contains no code", "no_answer", **dict.fromkeys(METRICS, 0.0))
    problem = with_prompt_of(record, problem, source)
    graded = grader.grade(source, problem, time_share_seconds())
    if not grader.options.partial:
        return _score_of(graded, float(graded.all_passed))
    free = grader.free_tests(problem)
    if free.issuperset(problem.tests):
        return Score.invalid_task("an empty submission passes every test; see `rlvr check`", "free_tests")
    return _score_of(graded, graded.share(problem, free))


def _score_of(grade: Grade, value: float) -> Score:
    return Score(
        value=value,
        reason=_reason(grade),
        reason_class=_reason_class(grade),
        evidence=_evidence(grade),
        metrics={
            "tests_passed": grade.passed,
            "all_passed": float(grade.all_passed),
            "compiled": float(grade.compiled),
            "timeouts": float(grade.count(Kind.TIME)),
            "forbidden": float(grade.count(Kind.FORBIDDEN)),
            "code_found": 1.0,
            CUT_METRIC: float(grade.is_cut),
        },
    )


def _reason(grade: Grade) -> str:
    passed = sum(outcome.passed for outcome in grade.outcomes)
    told = f"{passed} of {len(grade.outcomes)} tests passed"
    failure = grade.first_failure
    return told if failure is None else f"{told}; {failure.test}: {failure.kind} {failure.detail}".rstrip()


def _reason_class(grade: Grade) -> str:
    failure = grade.first_failure
    return "correct" if failure is None else _CLASSES[failure.kind]


def _class_of_kind(kind: Kind) -> str:
    """Return the class of a submission whose first failure is of a kind."""
    match kind:
        case Kind.PASSED:
            return "correct"
        case Kind.WRONG:
            return "incorrect"
        case Kind.ERROR | Kind.CRASHED | Kind.EXITED:
            return "error_in_submission"
        case Kind.MISSING:
            return "missing_function"
        case Kind.TIME | Kind.MEMORY | Kind.OUTPUT:
            return "over_limit"
        case Kind.FORBIDDEN:
            return "forbidden"
        case Kind.SYNTAX:
            return "syntax"
        case Kind.UNSERIALISABLE | Kind.PROTOCOL:
            return "unreadable_answer"
        case _:
            assert_never(kind)


_CLASSES = {kind: _class_of_kind(kind) for kind in Kind}


def _evidence(grade: Grade) -> Mapping[str, Any]:
    failure = grade.first_failure
    shown: dict[str, Any] = {"layers": dict(grade.layers)}
    if grade.operators_asked:
        shown["operators_asked"] = grade.operators_asked
    if failure is not None:
        shown["first_failure"] = {name: value for name, value in failure._asdict().items() if value}
    return shown
