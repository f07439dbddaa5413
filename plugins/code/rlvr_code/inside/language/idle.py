"""Modules of which an answer needs the names alone: its own tests, the collector, limits of the system, the end.

Tests that stand beside an answer are its own, and decide nothing: they are never run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Anything:
    """Has every attribute, accepts every call, and leaves what it decorates as it is."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return a function that is decorated, or this object."""
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) and not keywords else self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """End a block as it ended."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class TestCase:
    """A test case that nothing runs."""

    def __init__(self, methodName: str = "runTest") -> None:  # noqa: N803  # unittest's name
        self.name = methodName


class SkipTest(Exception):  # noqa: N818  # unittest's name
    """Raised by a test that is skipped."""


_ANYTHING = Anything()
_STACK = 3


def _nothing(*_: Any, **__: Any) -> None:
    """Do nothing."""


def unittest_names() -> Mapping[str, Any]:
    """Return the names of ``unittest``."""
    others = "TestLoader TestResult TestSuite TextTestRunner defaultTestLoader expectedFailure skip skipIf skipUnless"
    cases = {"TestCase": TestCase, "IsolatedAsyncioTestCase": TestCase, "FunctionTestCase": TestCase}
    return {**cases, "SkipTest": SkipTest, "main": _nothing, **dict.fromkeys(others.split(), _ANYTHING)}


def mock_names() -> Mapping[str, Any]:
    """Return the names of ``unittest.mock``."""
    return dict.fromkeys("ANY AsyncMock DEFAULT MagicMock Mock PropertyMock call mock_open patch".split(), _ANYTHING)


def pytest_names() -> Mapping[str, Any]:
    """Return the names of ``pytest``."""
    names = dict.fromkeys("fixture mark param raises skip warns".split(), _ANYTHING)
    return {**names, "approx": lambda value, *_, **__: value, "main": _nothing, "fail": _nothing}


def gc_names() -> Mapping[str, Any]:
    """Return the names of ``gc``: programs for judges switch the collector off."""
    names = dict.fromkeys("disable enable freeze unfreeze set_threshold".split(), _nothing)
    return {**names, "collect": lambda *_: 0, "isenabled": lambda: True}


def resource_names() -> Mapping[str, Any]:
    """Return the names of ``resource``: programs for judges ask for a larger stack."""
    limits = {"RLIMIT_CPU": 0, "RLIMIT_DATA": 2, "RLIMIT_STACK": _STACK, "RLIMIT_AS": 9}
    return {**limits, "RLIM_INFINITY": -1, "setrlimit": _set_stack, "getrlimit": lambda *_: (-1, -1)}


def _set_stack(kind: int, _: object) -> None:
    """Accept any size of the stack, without effect.

    Raises:
        PermissionError: It is another limit.
    """
    if kind != _STACK:
        raise PermissionError("limits are not changed")


def timeit_names() -> Mapping[str, Any]:
    """Return the names of ``timeit`` that run no text."""
    return {"default_timer": time.perf_counter}


_AT_EXIT: list[Callable[[], object]] = []


def atexit_names() -> Mapping[str, Any]:
    """Return the names of ``atexit``."""

    def register(function: Callable[..., object], /, *arguments: Any, **keywords: Any) -> Any:
        _AT_EXIT.append(lambda: function(*arguments, **keywords))
        return function

    return {"register": register, "unregister": _nothing}


def run_at_exit() -> None:
    """Call what a program has registered for its end, the last first."""
    while _AT_EXIT:
        with contextlib.suppress(SystemExit):
            _AT_EXIT.pop()()
