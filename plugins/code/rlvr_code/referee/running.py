"""Run what a test function returns to its end: a call does not run the body of a coroutine or a generator."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any


def run_to_the_end(result: Any) -> None:
    """Run a coroutine or a generator that a test function has returned; other results are nothing to run.

    Raises:
        TypeError: A generator yields something; it may be a test of its own.
    """
    if inspect.isgenerator(result):
        for each in result:
            _refuse(each)
    elif inspect.iscoroutine(result) or inspect.isasyncgen(result):
        import asyncio  # large, and seldom needed

        asyncio.run(_drained(result) if inspect.isasyncgen(result) else result)


async def _drained(generator: Any) -> None:
    async for each in generator:
        _refuse(each)


def _refuse(yielded: Any) -> None:
    if yielded is not None:
        raise TypeError("a test yields a value; write it as several tests")


def whole(function: Callable[..., Any]) -> Callable[..., None]:
    """Return a function that runs the other one, and what it returns, to the end."""

    @functools.wraps(function)
    def run(*arguments: Any, **keywords: Any) -> None:
        run_to_the_end(function(*arguments, **keywords))

    return run
