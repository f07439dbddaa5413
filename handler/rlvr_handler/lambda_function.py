"""The module that Lambda names: ``rlvr_handler.lambda_function.lambda_handler``.

Importing it loads the suite that ``RLVR_SUITE`` names, so that a broken deployment fails when it starts, with the
reason, and not at the first record.
"""

from __future__ import annotations

import gc

gc.disable()  # what a start makes stays: to look through it again and again takes a sixth of the start's CPU time

# ruff: noqa: E402
import contextlib
import os
from typing import Any

from rlvr import close, compile_patterns, warm_up
from rlvr_handler.handler import load_deployment

try:
    # Loaded once per container, and used by every invocation.
    _suite, _handle = load_deployment(os.environ)
finally:
    gc.freeze()  # to visit what is loaded in each collection takes a sixth of the time of a large batch
    gc.enable()


def before_snapshot() -> None:
    """Compile the patterns, once for all restored processes, and stop the workers, which no snapshot can contain."""
    compile_patterns()
    close(_suite)


def after_restore() -> None:
    """Seed the random numbers, which all processes restored from a snapshot would share, and start workers."""
    import random  # only restored processes need it

    random.seed()
    warm_up(_suite)


with contextlib.suppress(ImportError):  # part of Lambda's Python since 3.12, which SnapStart requires
    import snapshot_restore_py

    snapshot_restore_py.register_before_snapshot(before_snapshot)
    snapshot_restore_py.register_after_restore(after_restore)


def lambda_handler(event: Any, context: Any = None) -> Any:
    """Answer one event; see ``rlvr_handler.handler.RewardFunction``."""
    return _handle(event, context)
