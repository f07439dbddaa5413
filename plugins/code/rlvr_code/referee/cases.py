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
from rlvr_code.referee.running import run_to_the_end, whole
from rlvr_code.trusted.submission import Submission
from rlvr_code.wire.outcome import Kind

# pytest's marks of tests that do not run, or that pass if they fail.
_SKIP_MARKS = frozenset({"skip", "skipif", "xfail"})

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
    remaining: list[str], found: dict[str, _Test], submission: Submission, world: World
) -> Iterator[TestOutcome]:
    """Run the tests that remain, and take each from the list, until the submission's process fails."""
    while remaining and world.failed is None:
        test = remaining.pop(0)
        submission.start_test()
        if test in found:
            yield _run_test(test, found[test], world)
        else:
            yield {"test": test, "kind": Kind.ERROR, "detail": "the test was not found"}


def _run_test(test: str, attempt: _Test, world: World) -> TestOutcome:
    try:
        problem = attempt()
    except BaseException as error:  # noqa: BLE001  # as above
        return outcome_of_error(test, world, error)
    if problem is not None:
        return {"test": test, "kind": Kind.ERROR, "detail": problem}
    return outcome_of_end(test, world)


def _tests_of(names: dict[str, Any]) -> Iterator[tuple[str, _Test]]:
    """Yield the tests of a module: methods of test cases and of classes ``Test...``, and functions ``test_...``."""
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


def _tests_of_case(name: str, case: type[unittest.TestCase]) -> Iterator[tuple[str, _Test]]:
    for method in unittest.defaultTestLoader.getTestCaseNames(case):
        yield f"{name}.{method}", _case_runner(case, method)


def _case_runner(case: type[unittest.TestCase], method: str) -> _Test:
    def run() -> str | None:
        result = _Result()
        unittest.TestSuite([_whole_case(case, method)(method)]).run(result)
        if result.error is not None:
            raise result.error
        return result.problem

    return run


def _whole_case(case: type[unittest.TestCase], method: str) -> type[unittest.TestCase]:
    """Return a test case in which the body of the method runs when the method is called."""
    function = getattr(case, method)
    if inspect.iscoroutinefunction(function) and issubclass(case, unittest.IsolatedAsyncioTestCase):
        return case
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if not any(is_kind(function) for is_kind in kinds):
        return case
    return type(case.__name__, (case,), {method: whole(function)})


class _Result(unittest.TestResult):
    """Keeps the first error as it was raised. A test that is skipped, or fails as expected, does not pass."""

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
        self.problem = "failed as expected, as it does if the submission fails"

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: ARG002, N802  # as above
        self.problem = "succeeded against expectation"


def _function_runner(function: types.FunctionType, owner: type | None) -> _Test:
    """Return the runner of a pytest-style test: it passes if it does with each row of its ``parametrize`` marks."""

    def run() -> str | None:
        marks = {mark.name for each in (function, owner) for mark in getattr(each, "pytestmark", ())}
        if marks & _SKIP_MARKS:
            return f"marked as {min(marks & _SKIP_MARKS)}"
        for row in _rows(function):
            instance = (owner(),) if owner else ()
            for each in instance:
                getattr(each, "setup_method", lambda: None)()
            run_to_the_end(function(*instance, **row))
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
