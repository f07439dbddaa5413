"""What is wrong with a problem, found by submissions whose worth is known: for ``rlvr check``."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr import Record
from rlvr_code.problems.fields import ProblemError
from rlvr_code.trusted.grading import Grader, constant_submission

# What a submission returns that does not look at the problem.
_CONSTANTS = ("None", "0", "1", "True", "False", "''", "[]")
_SHOWN_TESTS = 3


def audited(record: Record, grader: Grader) -> Iterator[str]:
    """Name what is wrong with a record's problem.

    The reference solution, if there is one, must pass; one that answers every call with the same must not; tests that
    one passes which does nothing are named.
    """
    try:
        problem = grader.problem(record.reference)
    except ProblemError as error:
        yield str(error)
        return
    if problem.solution:
        failure = grader.grade(problem.solution, problem).first_failure
        if failure is not None:
            yield f"the reference solution fails {failure.test}: {failure.kind} {failure.detail}".rstrip()
    paid = [each for each in _CONSTANTS if grader.grade(constant_submission(problem, each), problem).all_passed]
    if paid:
        yield f"a submission that only returns {paid[0]} passes every test; add tests that tell it from a solution"
        return
    free = sorted(grader.free_tests(problem))
    if free:
        shown = ", ".join(free[:_SHOWN_TESTS])
        yield f"{len(free)} of {len(problem.tests)} tests are passed by a submission that does nothing: {shown}"
