"""Tests that are unittest's test cases, or pytest's test functions."""

from __future__ import annotations

import contextlib
import inspect
import types
import unittest
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from rlvr_code.referee.fixtures import Fixture, Fixtures, fixtures_in, param_rows, set_up, values_of
from rlvr_code.referee.importing import importer_for
from rlvr_code.referee.names import ModuleView, run, world_of_job
from rlvr_code.referee.outcomes import TestOutcome, outcome_of_end, outcome_of_error
from rlvr_code.referee.references import is_same, is_stand_in
from rlvr_code.referee.running import run_to_the_end, whole
from rlvr_code.referee.world import Trust, World
from rlvr_code.trusted.submission import Submission
from rlvr_code.wire.outcome import Kind

# pytest's marks of tests that do not run, or that pass if they fail.
_SKIP_MARKS = frozenset({"skip", "skipif", "xfail"})

_NO_TEST = "the test is an object of the submission"

_Test: TypeAlias = Callable[[], str | None]
"""Runs a test; the answer says why it has not passed, None if it has. It may raise anything."""


def run_unittest(submission: Submission, job: dict[str, Any], trust: Trust) -> Iterator[TestOutcome]:
    """Run each test of a module; the module is loaded afresh after a failure of the submission's process."""
    _compare_objects_by_reference()
    remaining, known = list(job["tests"]), set(job["tests"])
    while True:
        world, names = world_of_job(submission, job, trust)
        names["__builtins__"]["__import__"] = importer_for(world, names, job["module"], job["code"][0])
        try:
            submission.start_test()
            if job["setup"]:
                run(job["setup"], "<setup>", names)
            run(job["code"][0], "<tests>", names)
        except BaseException as error:  # noqa: BLE001  # tests may raise anything
            yield from ({**outcome_of_error("", world, error), "test": test} for test in remaining)
            return
        found = dict(_tests_of(names))
        remaining += [test for test in found if test not in known and test not in remaining]
        known.update(found)
        yield from _run_until_failed(remaining, found, submission, world)
        if not remaining:
            return


def _compare_objects_by_reference() -> None:
    """Have ``assertIs`` and ``assertIsNot`` ask what ``is`` asks in test code."""

    def differ(case: unittest.TestCase, one: object, other: object, message: Any = None) -> None:
        if not is_same(one, other):
            case.fail(message or f"{one!r} is not {other!r}")

    def coincide(case: unittest.TestCase, one: object, other: object, message: Any = None) -> None:
        if is_same(one, other):
            case.fail(message or f"unexpectedly identical: {one!r}")

    unittest.TestCase.assertIs = differ  # type: ignore[assignment]  # in this process alone
    unittest.TestCase.assertIsNot = coincide  # type: ignore[assignment]  # as above


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
            yield from _tests_of_case(name, each, names)
        elif is_own_class and name.startswith("Test"):
            for method, function in inspect.getmembers(each, inspect.isfunction):
                if method.startswith("test"):
                    yield f"{name}.{method}", _function_runner(function, each, names)
        elif isinstance(each, types.FunctionType) and name.startswith("test"):
            yield name, _function_runner(each, None, names)


def _tests_of_case(name: str, case: type[unittest.TestCase], names: dict[str, Any]) -> Iterator[tuple[str, _Test]]:
    for method in unittest.defaultTestLoader.getTestCaseNames(case):
        yield f"{name}.{method}", _case_runner(case, method, names)


@contextlib.contextmanager
def _module_of(names: dict[str, Any]) -> Iterator[None]:
    """Run ``setUpModule`` and ``tearDownModule``; unittest looks for them in ``sys.modules``, where names are not."""
    names.get("setUpModule", _do_nothing)()
    try:
        yield
    finally:
        names.get("tearDownModule", _do_nothing)()


def _do_nothing() -> None:
    """Set nothing up."""


def _case_runner(case: type[unittest.TestCase], method: str, names: dict[str, Any]) -> _Test:
    def run() -> str | None:
        result = _Result()
        with _module_of(names):
            unittest.TestSuite([_whole_case(case, method)(method)]).run(result)
        if result.error is not None:
            raise result.error
        return result.problem

    return run


def _whole_case(case: type[unittest.TestCase], method: str) -> type[unittest.TestCase]:
    """Return a test case in which the body of the method runs when the method is called."""
    function = getattr(case, method)
    if is_stand_in(function):
        raise TypeError(_NO_TEST)
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


def _function_runner(function: types.FunctionType, owner: type | None, names: dict[str, Any]) -> _Test:
    """Return the runner of a pytest-style test: it passes if it does with each row of its marks and fixtures."""

    def run() -> str | None:
        if is_stand_in(function):
            return _NO_TEST
        marks = _marks_of(function, owner, names)
        skips = {mark.name for mark in marks} & _SKIP_MARKS
        if skips:
            return f"marked as {min(skips)}"
        has_run = False
        for row in _rows(marks):
            if row.skip:
                return f"marked as {row.skip}"
            uses = [mark for mark in marks if mark.name == "usefixtures"]
            has_run = _run_row(function, owner, names, row, uses) or has_run
        return None if has_run else "its parameters have no values, so that it does not run"

    return run


def _marks_of(function: types.FunctionType, owner: type | None, names: dict[str, Any]) -> list[Any]:
    """Return the marks of a test, of its class and of its module."""
    of_module = names.get("pytestmark", ())
    given = [getattr(function, "pytestmark", ()), getattr(owner, "pytestmark", ()), of_module]
    listed = [each if isinstance(each, list | tuple) else [each] for each in given]
    return [getattr(mark, "mark", mark) for each in listed for mark in each]


class _ParameterSet(NamedTuple):
    """One row of the ``parametrize`` marks: arguments of the test, params of fixtures, and a mark that skips it."""

    arguments: dict[str, Any]
    params: dict[str, Any]
    skip: str = ""


def _run_row(
    function: types.FunctionType, owner: type | None, names: dict[str, Any], row: _ParameterSet, uses: Sequence[Any]
) -> bool:
    """Run a test once for each param of its fixtures, between the set-up functions of its module and its class.

    Returns:
        False if a fixture has no param, so that it was not run.
    """
    has_run = False
    declared = {**fixtures_in(names)}
    for base in reversed(owner.__mro__ if owner is not None else ()):
        declared.update(fixtures_in(vars(base)))
    used = [name for mark in uses for name in mark.args]
    wanted = [*used, *inspect.signature(function).parameters]
    for params in param_rows(declared, wanted, row.params):
        has_run = True
        with contextlib.ExitStack() as stack:
            stack.enter_context(set_up(names, "module", ModuleView(names)))
            if owner is None:
                stack.enter_context(set_up(names, "function", function))
                fixtures = Fixtures(fixtures_in(names), stack, params, function)
                fixtures.start(used)
                run_to_the_end(function(**fixtures.arguments(function, row.arguments)))
            else:
                _run_method(function, owner, names, stack, (row, params, used))
    return has_run


def _run_method(
    function: types.FunctionType,
    owner: type,
    names: dict[str, Any],
    stack: contextlib.ExitStack,
    given: tuple[_ParameterSet, dict[str, Any], list[str]],
) -> None:
    row, params, used = given
    stack.enter_context(set_up(owner, "class", owner))
    instance = owner()
    stack.enter_context(set_up(instance, "method", function))
    own: dict[str, Fixture] = {}
    for base in reversed(owner.__mro__):
        own.update({name: each.of(instance) for name, each in fixtures_in(vars(base)).items()})
    fixtures = Fixtures({**fixtures_in(names), **own}, stack, params, function, instance)
    fixtures.start(used)
    method = getattr(instance, function.__name__)
    run_to_the_end(method(**fixtures.arguments(method, row.arguments)))


def _rows(marks: Sequence[Any]) -> list[_ParameterSet]:
    rows = [_ParameterSet({}, {})]
    for mark in marks:
        if mark.name == "parametrize":
            added = list(_rows_of(*mark.args, **mark.kwargs))
            rows = [
                _ParameterSet({**row.arguments, **more.arguments}, {**row.params, **more.params}, row.skip or more.skip)
                for row in rows
                for more in added
            ]
    return rows


def _rows_of(argnames: Any, argvalues: Any, indirect: Any = False, **_: Any) -> Iterator[_ParameterSet]:  # noqa: FBT002  # as pytest names them
    wanted = [each.strip() for each in argnames.split(",")] if isinstance(argnames, str) else list(argnames)
    wanted = [each for each in wanted if each]
    to_fixtures = wanted if indirect is True else indirect or ()
    for each in argvalues:
        value = values_of(each)
        row = dict(zip(wanted, value if len(wanted) > 1 else (value,), strict=True))
        skips = {getattr(mark, "mark", mark).name for mark in getattr(each, "marks", ())} & _SKIP_MARKS
        yield _ParameterSet(
            {name: item for name, item in row.items() if name not in to_fixtures},
            {name: item for name, item in row.items() if name in to_fixtures},
            min(skips, default=""),
        )
