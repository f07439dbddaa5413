"""Coroutines and asynchronous generators of a submission: the tests get real ones, which ask the submission.

The process of the submission has no event loop. It runs a coroutine to its end when the tests await it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

from rlvr_code.referee.references import Asking, Described

_UNTIL: ContextVar[float | None] = ContextVar("until", default=None)


@contextlib.contextmanager
def limited_wait(seconds: float | None) -> Iterator[None]:
    """Have coroutines of the submission end after some seconds, as ``asyncio.wait_for`` ends those of a loop."""
    until, before = None if seconds is None else time.monotonic() + seconds, _UNTIL.get()
    _UNTIL.set(before if until is None else until if before is None else min(until, before))
    try:
        yield
    finally:
        _UNTIL.set(before)


async def coroutine_of(world: Asking, stand_in: Any) -> Any:
    """Await what a stand-in stands for."""
    until = _UNTIL.get()
    if until is None:
        return world.do("await", stand_in)
    return world.do("await_for", stand_in, max(0.0, until - time.monotonic()))


async def async_generator_of(world: Asking, stand_in: Any) -> AsyncIterator[Any]:
    """Iterate over what a stand-in stands for."""
    while True:
        try:
            item = world.do("anext", stand_in, stop=StopAsyncIteration)
        except StopAsyncIteration:
            return
        yield item


def as_tests_have_it(world: Asking, stand_in: Any, of: Described) -> Any:
    """Return a coroutine or an asynchronous generator for the stand-in of one; other stand-ins as they are."""
    if of.kind != "o" or of.name != of.builtin:
        return stand_in
    match of.builtin:
        case "coroutine":
            return coroutine_of(world, stand_in)
        case "async_generator":
            return async_generator_of(world, stand_in)
        case _:
            return stand_in
