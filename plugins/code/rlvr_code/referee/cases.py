"""Tests that are unittest's test cases, or pytest's test functions."""

from __future__ import annotations

import inspect
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from rlvr_code.referee.importing import importer_for
from rlvr_code.referee.names import Names, run
from rlvr_code.referee.outcomes import TestOutcome, outcome_of_end, outcome_of_error
from rlvr_code.referee.remote import World
from rlvr_code.trusted.submission import Submission
from rlvr_code.wire.outcome import Kind

_Test: TypeAlias = Callable[[], str | None]
"""Runs a test; the answer says why it has not passed, None if it has. It may raise anything."""


def run_unittest(submission: Submission, job: dict[str, Any]) -> Iterator[TestOutcome]:
    """Run each test of a module; the module is loaded afresh after a failure of the submission's process."""
    remaining, known = list(job["tests"]), set(job["tests"])
    code = compile(job["code"][0], "<tests>", "exec")
    while True:
        world = World(submission)
        names = Names(world, "tests")
        names["__builtins__"]["__import__"] = importer_for(world, job["module"])
        try:
            submission.start_test()
            if job["setup"]:
                run(compile(job["setup"], "<setup>", "exec"), names)
            run(code, names)
        except BaseException as error:  # noqa: BLE001  # tests may raise anything
            yield from ({**outcome_of_error("", world, error), "test": test} for test in remaining)
            return
        found = dict(_tests_of(names))
        remaining += [test for test in found if test not in known and test not in remaining]
        known.update(found)
        yield from _run_until_failed(remaining, found, submission, world)
        if not remaining:
            return


def _run_until_failed(
    remaining: list[str], found: dict[str, _Test | None], submission: Submission, world: World
) -> Iterator[TestOutcome]:
    """Run the tests that remain, and take each from the list, until the submission's process fails."""
    while remaining and world.failed is None:
        test = remaining.pop(0)
        submission.start_test()
        if test in found:
            yield _run_test(test, found[test], world)
        else:
            yield {"test": test, "kind": Kind.ERROR, "detail": "the test was not found"}


def _run_test(test: str, attempt: _Test | None, world: World) -> TestOutcome:
    if attempt is None:
        return {"test": test, "kind": Kind.SKIPPED}
    try:
        problem = attempt()
    except BaseException as error:  # noqa: BLE001  # as above
        return outcome_of_error(test, world, error)
    if problem is not None:
        return {"test": test, "kind": Kind.ERROR, "detail": problem}
    return outcome_of_end(test, world)


def _tests_of(names: dict[str, Any]) -> Iterator[tuple[str, _Test | None]]:
    """Every test in a module: methods of test cases and of classes named ``Test...``, and functions ``test_...``.

    None for one that is marked to be left out.
    """
    for name, each in list(names.items()):
        is_own_class = isinstance(each, type) and each.__module__ == names["__name__"]
        if is_own_class and issubclass(each, unittest.TestCase):
            yield from _tests_of_case(name, each)
        elif is_own_class and name.startswith("Test"):
            for method, function in inspect.getmembers(each, inspect.isfunction):
                if method.startswith("test"):
                    yield f"{name}.{method}", _function_runner(function, each)
        elif isinstance(each, types.FunctionType) and name.startswith("test"):
            yield name, _function_runner(each, None)


def _tests_of_case(name: str, case: type[unittest.TestCase]) -> Iterator[tuple[str, _Test | None]]:
    for method in unittest.defaultTestLoader.getTestCaseNames(case):
        marked = (case, getattr(case, method))
        skips = any(getattr(each, "__unittest_skip__", False) for each in marked)
        yield f"{name}.{method}", None if skips else _case_runner(case, method)


def _case_runner(case: type[unittest.TestCase], method: str) -> _Test:
    def run() -> str | None:
        result = _Result()
        unittest.TestSuite([case(method)]).run(result)
        if result.error is not None:
            raise result.error
        return result.problem

    return run


class _Result(unittest.TestResult):
    """Keeps the first error as it was raised; what was skipped or failed as expected has not passed."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.problem: str | None = "the test did not run"

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: ARG002, N802  # unittest's name
        self.problem = None

    def addError(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802  # as above
        self.error = self.error or err[1]

    addFailure = addError  # noqa: N815  # as above

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: ARG002, N802  # as above
        if err is not None:
            self.error = self.error or err[1]

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: ARG002, N802  # as above
        self.problem = f"skipped: {reason}"

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: ARG002, N802  # as above
        self.problem = None

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: ARG002, N802  # as above
        self.problem = "succeeded against expectation"


def _function_runner(function: types.FunctionType, owner: type | None) -> _Test:
    """A pytest-style test: it passes if it does with each row of its ``parametrize`` marks."""

    def run() -> str | None:
        for row in _rows(function):
            instance = (owner(),) if owner else ()
            for each in instance:
                getattr(each, "setup_method", lambda: None)()
            function(*instance, **row)
        return None

    return run


def _rows(function: types.FunctionType) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", ()):
        if mark.name == "parametrize":
            given, values = mark.args[0], mark.args[1]
            wanted = [each.strip() for each in given.split(",")] if isinstance(given, str) else list(given)
            added = [dict(zip(wanted, value if len(wanted) > 1 else (value,), strict=True)) for value in values]
            rows = [{**row, **more} for row in rows for more in added]
    return rows
