"""Mocks, objects of classes of the tests, and coroutine functions that the tests pass to the submission.

Calling a mock there is calling it here, and so is reading an attribute that the tests may have given it. What a mock
says of its calls, and how it is set up, is for the tests alone. Of another object, the public attributes are read.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from rlvr_code.wire.awaiting import run_to_end

# What `with`, `for` and brackets ask of a mock that has it.
_SPECIAL = frozenset({"__enter__", "__exit__", "__iter__", "__getitem__", "__len__", "__contains__"})


def is_mock(item: object) -> bool:
    """Return True for a mock of ``unittest.mock``; nothing is one if nobody has imported that."""
    module: Any = sys.modules.get("unittest.mock")
    return module is not None and isinstance(item, module.NonCallableMock)


def is_object_of_tests(item: object) -> bool:
    """Return True for an object of a class that the tests define, such as a fake of theirs, and for ``object()``.

    A ``SimpleNamespace`` is such a fake too.
    """
    return type(item).__module__ == "tests" or type(item) in {object, types.SimpleNamespace}


def marks_of(function: object) -> str:
    """Return how the submission has a function of the tests: ``m`` with attributes, ``a`` to be awaited.

    ``o`` marks an object that has nothing but its identity.
    """
    if type(function) is object:
        return "o"
    return ("m" if is_mock(function) or is_object_of_tests(function) else "") + (
        "a" if inspect.iscoroutinefunction(function) else ""
    )


def attribute_of_mock(mock: Any, name: str) -> Any:
    """Return an attribute of a mock, or of another object of the tests.

    Raises:
        AttributeError: It has none of this name, or the attribute is the mock's own.
    """
    if is_object_of_tests(mock) and not is_mock(mock):
        if name.startswith("_") and name not in _SPECIAL:
            raise AttributeError(f"{name!r} of an object of the tests is for the tests")
        return getattr(mock, name)
    if not is_mock(mock):
        raise AttributeError(f"a function of the tests has no {name!r}")
    module: Any = sys.modules["unittest.mock"]
    is_own = name.startswith("_") or hasattr(module.Mock, name) or name in _SETTINGS
    if is_own and name not in _SPECIAL:
        raise AttributeError(f"{name!r} of a mock is for the tests")
    return getattr(mock, name)


# Attributes that each mock sets on itself.
_SETTINGS = frozenset(
    "called call_count call_args call_args_list mock_calls method_calls return_value side_effect await_count "
    "await_args await_args_list".split()
)


def result_of(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call a function; a coroutine runs to its end, since the submission waits for it."""
    result = function(*arguments, **keywords)
    return run_to_end(result) if inspect.iscoroutine(result) else result
