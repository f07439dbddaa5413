"""Run the test code of a job, whichever style it has."""

from __future__ import annotations

import builtins
import time
from collections.abc import Iterator
from typing import Any, assert_never

from rlvr_code.referee.cases import run_unittest
from rlvr_code.referee.evaluating import GUARD, Evaluators, Failing
from rlvr_code.referee.limiting import limited
from rlvr_code.referee.names import run
from rlvr_code.referee.outcomes import TestOutcome, failure_of, outcome_of_error
from rlvr_code.referee.statements import run_asserts, run_check
from rlvr_code.referee.world import Trust
from rlvr_code.trusted.submission import FailedTestError, Submission
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.outcome import Kind


def judge(submission: Submission, job: dict[str, Any], trust: Trust) -> Iterator[TestOutcome]:
    """Run a job's tests, and report each outcome as it is known."""
    style = ScriptStyle(job["style"])
    if style is ScriptStyle.CHECKER:
        yield from _run_checker(submission, job)
        return
    try:
        submission.load()
    except FailedTestError as failed:
        yield from (failure_of(test, failed) for test in job["tests"])
        return
    reported: set[str] = set()
    try:
        for outcome in _run_tests(style, submission, job, trust):
            reported.add(outcome["test"])
            yield outcome
    except MemoryError:
        raise  # there may be none to go on with
    except BaseException as error:  # noqa: BLE001  # the setup may call the submission, which raises what it likes
        yield from (outcome_of_error(test, None, error) for test in job["tests"] if test not in reported)


def _run_tests(style: ScriptStyle, submission: Submission, job: dict[str, Any], trust: Trust) -> Iterator[TestOutcome]:
    match style:
        case ScriptStyle.ASSERTS:
            return run_asserts(submission, job, trust)
        case ScriptStyle.CHECK:
            return run_check(submission, job, trust)
        case ScriptStyle.UNITTEST:
            return run_unittest(submission, job, trust)
        case ScriptStyle.CHECKER:
            return _run_checker(submission, job)
        case _:
            assert_never(style)


def _run_checker(submission: Submission, job: dict[str, Any]) -> Iterator[TestOutcome]:
    """Have the problem's own checker look at what a program printed, within the time that a program may take."""
    failing = Failing()
    GUARD.watch(failing)
    evaluators = Evaluators(failing, job["code"]).builtins()
    names: dict[str, Any] = {"__name__": "checker", "__builtins__": {**vars(builtins), **evaluators}}
    run(job["code"][0], "<checker>", names)
    total = time.process_time() + submission.limits.submission_seconds
    for test, exchange in zip(job["tests"], job["exchanges"], strict=True):
        try:
            with limited(min(submission.limits.test_seconds, total - time.process_time())):
                accepted = names["check"](*exchange)
        except BaseException as error:  # noqa: BLE001  # the checker may not be able to read it, or may exit
            yield outcome_of_error(test, None, failing.failed or error)
            failing.failed = None
            continue
        if failing.failed is not None:
            yield failure_of(test, failing.failed)
            failing.failed = None
        elif accepted:
            yield {"test": test, "kind": Kind.PASSED}
        else:
            yield {"test": test, "kind": Kind.WRONG, "detail": "the checker refused what was printed"}
