"""Run the test code of a job, whichever style it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from rlvr_code.referee.cases import run_unittest
from rlvr_code.referee.names import run
from rlvr_code.referee.outcomes import TestOutcome, failure_of, outcome_of_error
from rlvr_code.referee.statements import run_asserts, run_check
from rlvr_code.trusted.submission import FailedTestError, Submission
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.outcome import Kind


def judge(submission: Submission, job: dict[str, Any]) -> Iterator[TestOutcome]:
    """Run a job's tests, and report each outcome as it is known."""
    style = ScriptStyle(job["style"])
    if style is ScriptStyle.CHECKER:
        yield from _run_checker(job)
        return
    try:
        submission.load()
    except FailedTestError as failed:
        yield from (failure_of(test, failed) for test in job["tests"])
        return
    reported: set[str] = set()
    try:
        for outcome in _run_tests(style, submission, job):
            reported.add(outcome["test"])
            yield outcome
    except BaseException as error:  # noqa: BLE001  # the setup may call the submission, which raises what it likes
        yield from (outcome_of_error(test, None, error) for test in job["tests"] if test not in reported)


def _run_tests(style: ScriptStyle, submission: Submission, job: dict[str, Any]) -> Iterator[TestOutcome]:
    match style:
        case ScriptStyle.ASSERTS:
            return run_asserts(submission, job)
        case ScriptStyle.CHECK:
            return run_check(submission, job)
        case ScriptStyle.UNITTEST:
            return run_unittest(submission, job)
        case ScriptStyle.CHECKER:
            return _run_checker(job)
        case _:
            assert_never(style)


def _run_checker(job: dict[str, Any]) -> Iterator[TestOutcome]:
    """Have the problem's own checker look at what a program printed."""
    names: dict[str, Any] = {"__name__": "checker"}
    run(compile(job["code"][0], "<checker>", "exec"), names)
    for test, exchange in zip(job["tests"], job["exchanges"], strict=True):
        try:
            accepted = names["check"](*exchange)
        except BaseException as error:  # noqa: BLE001  # the checker may not be able to read it, or may exit
            yield outcome_of_error(test, None, error)
            continue
        if accepted:
            yield {"test": test, "kind": Kind.PASSED}
        else:
            yield {"test": test, "kind": Kind.WRONG, "detail": "the checker refused what was printed"}
