"""The module that Lambda names: ``rlvr_handler.lambda_function.lambda_handler``.

Importing it loads the suite that ``RLVR_SUITE`` names, so that a broken deployment fails at its start, with the reason,
and not at the first record.
"""

from __future__ import annotations

import contextlib
import os
import random
from typing import Any

from rlvr import close, warm_up
from rlvr_handler.handler import deployed

# Kept for the container's life: loaded once, used by every invocation.
_suite, _handle = deployed(os.environ)


def before_snapshot() -> None:
    """Let go of what a snapshot of the process cannot hold: workers."""
    close(_suite)


def after_restore() -> None:
    """Renew what all processes restored from one snapshot would share: the random numbers; and start workers."""
    random.seed()
    warm_up(_suite)


with contextlib.suppress(ImportError):  # part of Lambda's Python from 3.12 on, where SnapStart is
    import snapshot_restore_py

    snapshot_restore_py.register_before_snapshot(before_snapshot)
    snapshot_restore_py.register_after_restore(after_restore)


def lambda_handler(event: Any, context: Any = None) -> Any:
    """Answer one event; see ``rlvr_handler.handler.make_handler``."""
    return _handle(event, context)
