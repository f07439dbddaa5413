"""Tests that are assert statements: alone, or in a ``check`` function."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rlvr_code.problems.instrument import SITES, instrumented
from rlvr_code.referee.names import is_compiled, prepare, run
from rlvr_code.referee.outcomes import TestOutcome, failure_of, outcome_of_end, outcome_of_error
from rlvr_code.referee.running import run_to_the_end
from rlvr_code.referee.world import Trust, World
from rlvr_code.trusted.submission import Submission
from rlvr_code.wire.outcome import Kind


def run_asserts(submission: Submission, job: dict[str, Any], trust: Trust) -> Iterator[TestOutcome]:
    """Run each statement as a test; the names are made afresh after a failure of the submission's process."""
    world, names = prepare(submission, job, trust)
    for test, statement in zip(job["tests"], job["code"], strict=True):
        if world.failed is not None:
            world, names = prepare(submission, job, trust)
        submission.start_test()
        try:
            run(statement, test, names)
        except BaseException as error:  # noqa: BLE001  # tests may raise anything
            yield outcome_of_error(test, world, error)
        else:
            yield outcome_of_end(test, world)


class _Sites:
    """The assert statements of a check function, and the outcomes of those that failed."""

    def __init__(self, submission: Submission, world: World) -> None:
        self._submission = submission
        self._world = world
        self.failures: dict[int, TestOutcome] = {}

    @contextlib.contextmanager
    def site(self, number: int) -> Iterator[None]:
        """Run an assert statement as a test of its own: the check goes on if it fails."""
        if self._world.failed is not None:
            raise self._world.failed
        self._submission.start_test()
        try:
            yield
        except Exception as error:  # as above
            self.failures.setdefault(number, outcome_of_error("", self._world, error))
            if self._world.failed is not None:
                raise


def run_check(submission: Submission, job: dict[str, Any], trust: Trust) -> Iterator[TestOutcome]:
    """Run a ``check`` function once; each of its assert statements is a test."""
    world, names = prepare(submission, job, trust)
    sites = _Sites(submission, world)
    names[SITES] = sites
    stopped: TestOutcome | None = None
    try:
        submission.start_test()
        code = job["code"][0]
        run(code if is_compiled("<check>", code) else instrumented(code)[0], "<check>", names, code)
        run_to_the_end(names["check"](names["candidate"]))
    except BaseException as error:  # noqa: BLE001  # as above
        stopped = outcome_of_error("", world, error)
    if world.failed is not None and stopped is None:
        stopped = failure_of("", world.failed)  # the check has caught it, and asserted nothing since
    for number, test in enumerate(job["tests"]):
        failure = sites.failures.get(number) or stopped
        yield {**failure, "test": test} if failure else {"test": test, "kind": Kind.PASSED}
