"""Coroutines, run to their end by who waits for them."""

from __future__ import annotations

from typing import Any

# How often a coroutine may let others run, as `asyncio.sleep(0)` does.
_PAUSES = 100_000


def run_to_end(awaitable: Any) -> Any:
    """Return the result of a coroutine or of another awaitable.

    Raises:
        RuntimeError: It waits for something that only an event loop gives.
    """
    steps = awaitable if hasattr(awaitable, "send") else awaitable.__await__()
    try:
        for _ in range(_PAUSES):
            waits_for = steps.send(None) if hasattr(steps, "send") else next(steps)
            if hasattr(waits_for, "wait_here"):
                waits_for.wait_here()  # of the submission's own loop
            elif waits_for is not None:
                break
    except StopIteration as end:
        return end.value
    raise RuntimeError("a coroutine waits for an event loop, which there is none of here")
