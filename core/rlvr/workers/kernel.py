"""Options of a process that only Linux has; elsewhere they are not set, and orphans of workers are not found."""

from __future__ import annotations

import contextlib
import ctypes
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def set_process_option(option: int, value: int) -> None:
    """Set an option with ``prctl`` if the kernel is Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
