"""Coroutines and asynchronous generators of a submission: the tests get real ones, which ask the submission.

The process of the submission has no event loop. It runs a coroutine to its end when the tests await it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from rlvr_code.referee.references import Asking, Described


async def coroutine_of(world: Asking, stand_in: Any) -> Any:
    """Await what a stand-in stands for."""
    return world.do("await", stand_in)


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
