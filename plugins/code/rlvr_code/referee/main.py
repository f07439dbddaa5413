"""A process that runs test code against stand-ins for the submission.

It is forked from the zygote for one submission.
Test code is trusted, but works with what submissions answer: what grows too large or takes too long here ends with this
process, not with the scorer's.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import importlib.util
import inspect
import json
import os
import socket
import sys
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from rlvr_code.problems.instrument import SITES, instrumented
from rlvr_code.referee.remote import World
from rlvr_code.trusted.comparing import json_value, shown
from rlvr_code.trusted.process import Process, Started
from rlvr_code.trusted.submission import FailedTestError, Submission, TimeLimits
from rlvr_code.wire.frames import CHANNEL, STARTED, receive, send
from rlvr_code.wire.nodes import helpers
from rlvr_code.wire.outcome import Kind
from rlvr_code.zygote.forking import run
from rlvr_code.zygote.sealing import ProcessLimits, Sealer

_DETAIL_CHARACTERS = 300
# Tests often import these; the zygote imports them once, so that no referee has to.
_IMPORTED_EARLY = ("random", "string")
# A referee runs trusted code on what submissions answer; what they can do to it is to make it large or slow.
REFEREE_LAYERS = ("closed_descriptors", "parent_death_signal", "no_new_privs")


def main(descriptor: int) -> NoReturn:
    """Fork referees for the supervisor at the other end of a socket."""
    run(descriptor, _referees)


def _referees(settings: dict[str, Any]) -> Callable[[], NoReturn]:
    for name in _IMPORTED_EARLY:
        importlib.import_module(name)
    sealer = Sealer(ProcessLimits(**settings["limits"]), REFEREE_LAYERS)

    def become() -> NoReturn:
        sealer.seal((0, 1, 2, CHANNEL))
        gc.enable()
        serve(CHANNEL)

    return become


def serve(channel: int) -> NoReturn:
    """Judge one submission: the job comes over the channel, and the outcomes go back, each as it is known."""
    os.dup2(2, 1)  # what test code prints is nobody's business
    job = json.loads(str(receive(channel)[2]))
    submission = Submission(job["source"], _Asked(channel, job["output_bytes"]), TimeLimits(**job["limits"]))
    for outcome in _judged(submission, job):
        send(channel, ["outcome", 0, json.dumps(outcome)])
    submission.finish_process()
    send(channel, ["finished", 0, submission.compiled, json.dumps(submission.layers)])
    os._exit(0)


class _Asked:
    """Processes that the supervisor gives and ends."""

    def __init__(self, channel: int, output_bytes: int) -> None:
        self._channel = channel
        self._output_bytes = output_bytes

    def process(self) -> Process:
        send(self._channel, ["process", 0])
        with socket.socket(fileno=os.dup(self._channel)) as channel:
            data, descriptors, _, _ = socket.recv_fds(channel, STARTED.size, 3)
        return Process(Started(STARTED.unpack(data)[1], *descriptors), self._output_bytes)

    def end(self, process: Process) -> tuple[Kind, str]:
        process.close()
        send(self._channel, ["end", 0, process.number])
        _, _, kind, detail = receive(self._channel)
        return Kind(str(kind)), str(detail)

    def drop(self, process: Process) -> None:
        self.end(process)


def _judged(submission: Submission, job: dict[str, Any]) -> Iterator[dict[str, str]]:
    if job["style"] == "checker":
        yield from _checker(job)
        return
    try:
        submission.load()
    except FailedTestError as failed:
        yield from (_failure(test, failed) for test in job["tests"])
        return
    reported: set[str] = set()
    try:
        for outcome in _STYLES[job["style"]](submission, job):
            reported.add(outcome["test"])
            yield outcome
    except Exception as error:  # noqa: BLE001  # what runs before the tests may need what the submission lacks
        yield from (_error(test, None, error) for test in job["tests"] if test not in reported)


def _checker(job: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Have the problem's own checker look at what a program printed."""
    names: dict[str, Any] = {"__name__": "checker"}
    _run(compile(job["code"][0], "<checker>", "exec"), names)
    for test, exchange in zip(job["tests"], job["exchanges"], strict=True):
        try:
            accepted = names["check"](*exchange)
        except Exception as error:  # noqa: BLE001  # what was printed may be nothing that the checker can read
            yield _error(test, None, error)
            continue
        if accepted:
            yield {"test": test, "kind": Kind.PASSED}
        else:
            yield {"test": test, "kind": Kind.WRONG, "detail": "the checker refused what was printed"}


def _failure(test: str, failed: FailedTestError) -> dict[str, str]:
    return {"test": test, "kind": failed.kind, "detail": failed.detail[:_DETAIL_CHARACTERS]}


def _error(test: str, world: World | None, error: BaseException) -> dict[str, str]:
    """What became of a test that raised; the submission's fault if its process told so or has failed."""
    failed = world.failed if world is not None else None
    failed = error if isinstance(error, FailedTestError) else failed
    if failed is not None:
        return _failure(test, failed)
    raised = getattr(error, "__rlvr_raised__", None)
    if raised is not None:
        return {"test": test, "kind": raised.kind, "detail": str(raised)[:_DETAIL_CHARACTERS]}
    kind = Kind.WRONG if isinstance(error, AssertionError) else Kind.ERROR
    return {"test": test, "kind": kind, "detail": f"{type(error).__name__}: {shown(str(error))}"[:_DETAIL_CHARACTERS]}


def _passed(test: str, world: World) -> dict[str, str]:
    return {"test": test, "kind": Kind.PASSED} if world.failed is None else _failure(test, world.failed)


class _Names(dict[str, Any]):
    """Globals of test code: what it does not define itself, the submission does."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__({name: _verified(world, name, each) for name, each in helpers().items()})
        self._world = world
        self["__name__"] = name
        self["__builtins__"] = dict(vars(builtins))

    def __missing__(self, name: str) -> Any:
        if name in vars(builtins) or name.startswith("__"):
            raise KeyError(name)
        try:
            value = self._world.name(name)
        except FailedTestError as failed:
            if failed.kind is Kind.MISSING:
                self._world.failed = None
                raise KeyError(name) from None
            raise
        self[name] = value
        return value


def _verified(world: World, name: str, helper: Any) -> Any:
    """A helper of ours that a submission which brings its own must agree with."""
    if isinstance(helper, type):
        return helper

    def verified(*arguments: Any) -> Any:
        ours = helper(*arguments)
        try:
            theirs = world.call(name, arguments, {})
        except FailedTestError as failed:
            if failed.kind is not Kind.MISSING:
                raise
            world.failed = None
            return ours
        if json_value(ours) != json_value(theirs):
            raise AssertionError(f"the submission's own {name} answers otherwise")
        return ours

    return verified


def _fresh(submission: Submission, job: dict[str, Any]) -> tuple[World, _Names]:
    world = World(submission)
    names = _Names(world, "tests")
    entry = job["entry"]

    def candidate(*arguments: Any, **keywords: Any) -> Any:
        return world.call(entry, arguments, keywords)

    if entry:
        names["candidate"] = candidate
        if entry.isidentifier():
            names[entry] = candidate
    if job["setup"]:
        _run(compile(job["setup"], "<setup>", "exec"), names)
    return world, names


def _run(code: types.CodeType, names: dict[str, Any]) -> None:
    exec(code, names)  # noqa: S102  # tests are the task's, as trusted as the suite


def _asserts(submission: Submission, job: dict[str, Any]) -> Iterator[dict[str, str]]:
    world, names = _fresh(submission, job)
    for test, statement in zip(job["tests"], job["code"], strict=True):
        if world.failed is not None:
            world, names = _fresh(submission, job)
        submission.start_test()
        try:
            _run(compile(statement, test, "exec"), names)
        except BaseException as error:  # noqa: BLE001  # tests may raise anything
            yield _error(test, world, error)
        else:
            yield _passed(test, world)


class _Sites:
    """The assert statements of a check function, and what became of each."""

    def __init__(self, submission: Submission, world: World) -> None:
        self._submission = submission
        self._world = world
        self.failures: dict[int, dict[str, str]] = {}

    def judge(self, site: int, holds: Callable[[], object]) -> None:
        """Evaluate what is asserted, as a test of its own."""
        if self._world.failed is not None:
            raise self._world.failed
        self._submission.start_test()
        try:
            if not holds():
                raise AssertionError  # noqa: TRY301  # as the statement would
        except Exception as error:  # as above
            self.failures.setdefault(site, _error("", self._world, error))
            if self._world.failed is not None:
                raise


def _check(submission: Submission, job: dict[str, Any]) -> Iterator[dict[str, str]]:
    world, names = _fresh(submission, job)
    sites = _Sites(submission, world)
    names[SITES] = sites
    stopped: dict[str, str] | None = None
    try:
        submission.start_test()
        _run(compile(instrumented(job["code"][0])[0], "<check>", "exec"), names)
        names["check"](names["candidate"])
    except BaseException as error:  # noqa: BLE001  # as above
        stopped = _error("", world, error)
    for number, test in enumerate(job["tests"]):
        failure = sites.failures.get(number) or stopped
        yield {**failure, "test": test} if failure else {"test": test, "kind": Kind.PASSED}


def _unittest(submission: Submission, job: dict[str, Any]) -> Iterator[dict[str, str]]:
    remaining = list(job["tests"])
    code = compile(job["code"][0], "<tests>", "exec")
    while True:
        world = World(submission)
        names = _Names(world, "tests")
        names["__builtins__"]["__import__"] = _importer(world, job["module"])
        try:
            submission.start_test()
            if job["setup"]:
                _run(compile(job["setup"], "<setup>", "exec"), names)
            _run(code, names)
        except BaseException as error:  # noqa: BLE001  # as above
            yield from ({**_error("", world, error), "test": test} for test in remaining)
            return
        found = dict(_tests_of(names))
        remaining += [test for test in found if test not in job["tests"] and test not in remaining]
        job = {**job, "tests": [*job["tests"], *found]}
        while remaining and world.failed is None:
            test = remaining.pop(0)
            submission.start_test()
            if test in found:
                yield _run_test(test, found[test], world)
            else:
                yield {"test": test, "kind": Kind.ERROR, "detail": "the test was not found"}
        if not remaining:
            return


_STYLES = {"asserts": _asserts, "check": _check, "unittest": _unittest}


def _run_test(test: str, run: Callable[[], str | None] | None, world: World) -> dict[str, str]:
    if run is None:
        return {"test": test, "kind": Kind.SKIPPED}
    try:
        problem = run()
    except BaseException as error:  # noqa: BLE001  # as above
        return _error(test, world, error)
    if problem is not None:
        return {"test": test, "kind": Kind.ERROR, "detail": problem}
    return _passed(test, world)


def _tests_of(names: dict[str, Any]) -> Iterator[tuple[str, Callable[[], str | None] | None]]:
    """Every test in a module: methods of test cases and of classes named ``Test...``, and functions ``test_...``.

    None for one that is marked to be left out.
    """
    for name, each in list(names.items()):
        if isinstance(each, type) and issubclass(each, unittest.TestCase) and each.__module__ == names["__name__"]:
            for method in unittest.defaultTestLoader.getTestCaseNames(each):
                skips = getattr(each, "__unittest_skip__", False) or getattr(
                    getattr(each, method), "__unittest_skip__", False
                )
                yield f"{name}.{method}", None if skips else _case_runner(each, method)
        elif isinstance(each, type) and name.startswith("Test") and each.__module__ == names["__name__"]:
            for method, function in inspect.getmembers(each, inspect.isfunction):
                if method.startswith("test"):
                    yield f"{name}.{method}", _function_runner(function, each)
        elif isinstance(each, types.FunctionType) and name.startswith("test"):
            yield name, _function_runner(each, None)


def _case_runner(case: type[unittest.TestCase], method: str) -> Callable[[], str | None]:
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


def _function_runner(function: types.FunctionType, owner: type | None) -> Callable[[], str | None]:
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


def _importer(world: World, module: str) -> Callable[..., Any]:
    """An ``import`` for test code that finds the submission under its module's name."""

    def importer(name: str, *rest: Any, **keywords: Any) -> Any:
        is_submission = name == module or (not module and _is_unknown(name))
        return _Module(world, name) if is_submission else builtins.__import__(name, *rest, **keywords)

    return importer


def _is_unknown(name: str) -> bool:
    try:
        return name not in sys.modules and importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return True


class _Module(types.ModuleType):
    """The submission as a module."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(name)
        self.__dict__["_world"] = world

    def __getattr__(self, name: str) -> Any:
        world: World = self.__dict__["_world"]
        if name == "__all__":
            return world.ask("names", ())
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return world.name(name)
        except FailedTestError as failed:
            if failed.kind is Kind.MISSING:
                world.failed = None
                raise AttributeError(f"the submission defines no {name!r}") from None
            raise
