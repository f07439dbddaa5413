"""Fixtures of pytest and the set-up functions of test modules and classes, as far as tests of one module use them.

A fixture is made anew for each test, whatever its scope: a test cannot be changed by the one before it.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rlvr_code.problems.libraries import OWN_FIXTURES
from rlvr_code.referee.printing import captured
from rlvr_code.wire.paths import TEMPORARY, Path

_DEPTH_LIMIT = 20  # fixtures that need each other would never end


class Fixture(NamedTuple):
    """A function that a module or a class declares as a fixture.

    Attributes:
        function: The function.
        params: The values of ``request.param``: a test runs once for each; empty if the fixture has none.
        is_automatic: Each test has it, also without asking for it.
    """

    function: Callable[..., Any]
    params: tuple[Any, ...] = ()
    is_automatic: bool = False

    def of(self, instance: object) -> Fixture:
        """Return the fixture with its function as a method of a test class."""
        return self._replace(function=types.MethodType(self.function, instance))


def fixtures_in(names: Mapping[str, Any]) -> dict[str, Fixture]:
    """Return the fixtures that a module or a class declares, by the names that tests ask for."""
    found: dict[str, Fixture] = {}
    for name, each in names.items():
        function = _fixture_function(each)
        if function is not None:
            marker = getattr(each, "_fixture_function_marker", None) or getattr(each, "_pytestfixturefunction", None)
            params = tuple(values_of(each) for each in getattr(marker, "params", None) or ())
            is_automatic = bool(getattr(marker, "autouse", False))
            found[getattr(marker, "name", None) or name] = Fixture(function, params, is_automatic)
    return found


def _fixture_function(declared: Any) -> Callable[..., Any] | None:
    """Return the function of a fixture; pytest has kept it in two places since version 6."""
    is_function = isinstance(declared, types.FunctionType)  # `mock.call` says that it has every attribute
    if type(declared).__module__ != "_pytest.fixtures" and not is_function:
        return None
    wrapped = getattr(declared, "__pytest_wrapped__", None)
    function = getattr(declared, "_fixture_function", None) if wrapped is None else wrapped.obj
    return function if callable(function) else None


def values_of(row: Any) -> Any:
    """Return what ``pytest.param`` was given; one value stands for itself, and so does everything else."""
    if type(row).__name__ != "ParameterSet":
        return row
    return row.values[0] if len(row.values) == 1 else tuple(row.values)


class Request:
    """``request``, as far as fixtures of one module use it.

    Attributes:
        param: The value for which the test runs; only of a fixture that has params.
        function: The test function.
        cls: The class of the test; None for a function of the module.
        instance: The object whose method the test is; None for a function of the module.
    """

    def __init__(self, fixtures: Fixtures, function: Callable[..., Any], instance: object) -> None:
        self.function = function
        self.instance = instance
        self.cls = None if instance is None else type(instance)
        self.getfixturevalue = fixtures.value
        self.addfinalizer = fixtures.stack.callback

    def with_param(self, param: Any) -> Request:
        """Return the request of a fixture that has params."""
        request = Request.__new__(Request)
        request.__dict__.update(self.__dict__, param=param)
        return request


class Fixtures:
    """The values of fixtures for one run of a test.

    Args:
        declared: The fixtures of the module and of the class, by name.
        stack: Ends the fixtures that are generators.
        params: The values of ``request.param`` in this run, by the names of fixtures.
        function: The test function.
        instance: The object whose method the test is, if it is one.
    """

    def __init__(
        self,
        declared: Mapping[str, Fixture],
        stack: contextlib.ExitStack,
        params: Mapping[str, Any],
        function: Callable[..., Any],
        instance: object = None,
    ) -> None:
        self._declared = declared
        self.stack = stack
        self._params = params
        self._request = Request(self, function, instance)
        self._values: dict[str, Any] = {}
        self._depth = 0

    def start(self, used: Iterable[str]) -> None:
        """Make the fixtures that each test has, and those of its ``usefixtures`` marks."""
        for name in [*automatic_in(self._declared), *used]:
            self.value(name)

    def arguments(self, function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a function: the given ones, and the values of fixtures for the others."""
        arguments = dict(given)
        for name in inspect.signature(function).parameters:
            if name not in arguments and (name in self._declared or name in OWN_FIXTURES):
                arguments[name] = self.value(name)
        return arguments

    def value(self, name: str) -> Any:
        """Return the value of a fixture; the same one each time.

        Raises:
            LookupError: No fixture has this name.
            RecursionError: The fixture needs itself.
        """
        if name in self._values:
            return self._values[name]
        if self._depth > _DEPTH_LIMIT:
            raise RecursionError(f"the fixture {name!r} needs itself")
        self._depth += 1
        value = self._made(name)
        self._depth -= 1
        if name != "request":  # each fixture has one of its own
            self._values[name] = value
        return value

    def _made(self, name: str) -> Any:
        if name not in self._declared:
            if name == "request":
                return self._request
            if name not in OWN_FIXTURES:
                raise LookupError(f"there is no fixture {name!r}")
            return self.stack.enter_context(_own_fixture(name))
        function = self._declared[name].function
        given = {"request": self._request.with_param(self._params[name])} if name in self._params else {}
        wanted = inspect.signature(function).parameters
        arguments = self.arguments(function, {each: given[each] for each in given if each in wanted})
        if inspect.isgeneratorfunction(function):
            return self.stack.enter_context(contextlib.contextmanager(function)(**arguments))
        return function(**arguments)


@contextlib.contextmanager
def _monkeypatch() -> Iterator[Any]:
    import pytest  # only tests that import it have fixtures

    with pytest.MonkeyPatch.context() as patch:
        yield patch


_folders = itertools.count()


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Give a folder in memory, another one for each run of a test."""
    folder = Path(f"{TEMPORARY}-{next(_folders)}")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def _own_fixture(name: str) -> contextlib.AbstractContextManager[Any]:
    """Return what makes and ends a fixture of pytest itself."""
    if name == "tmp_path":
        return _temporary_folder()
    if name == "caplog":
        from rlvr_code.referee.logged import log_capture

        return log_capture()
    return _monkeypatch() if name == "monkeypatch" else captured()


def automatic_in(declared: Mapping[str, Fixture]) -> list[str]:
    """Return the names of the fixtures that each test has."""
    return [name for name, each in declared.items() if each.is_automatic]


def param_rows(
    declared: Mapping[str, Fixture], wanted: Iterable[str], chosen: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the combinations of values for the fixtures with params that a test needs, itself or by others.

    Args:
        declared: The fixtures by name.
        wanted: The fixtures that the test asks for.
        chosen: The values that its marks choose.
    """
    needed: dict[str, tuple[Any, ...]] = {}
    waiting, seen = [*automatic_in(declared), *wanted], set(chosen)
    while waiting:
        name = waiting.pop()
        if name in declared and name not in seen:
            seen.add(name)
            waiting += inspect.signature(declared[name].function).parameters
            if declared[name].params:
                needed[name] = declared[name].params
    for values in itertools.product(*needed.values()):
        yield {**chosen, **dict(zip(needed, values, strict=True))}


@contextlib.contextmanager
def set_up(owner: Any, kind: str, *arguments: Any) -> Iterator[None]:
    """Call ``setup_<kind>`` of a module's names, a class or an instance, and ``teardown_<kind>`` at the end."""
    before, after = (_found(owner, f"{side}_{kind}") for side in ("setup", "teardown"))
    if before is not None:
        before(*arguments[: len(inspect.signature(before).parameters)])
    try:
        yield
    finally:
        if after is not None:
            after(*arguments[: len(inspect.signature(after).parameters)])


def _found(owner: Any, name: str) -> Callable[..., Any] | None:
    found = owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)
    return found if callable(found) else None
