"""Stopping between batches: a signal sets a flag and interrupts nothing."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopFlag:
    """Whether a signal asked to stop, and which.

    Attributes:
        signal: The signal; None if none came.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of a command that a signal stopped, as shells have it."""
        return 128 + (self.signal or 0)

    def set_by(self, number: int, _frame: FrameType | None) -> None:
        """Note the signal; the second one ends the process at once, as without a handler.

        Not an exception: raised inside a scorer, it would become the verdict of the record that is being scored.
        """
        if self.signal is not None:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.signal = signal.Signals(number)


@contextmanager
def stop_on_signals() -> Iterator[StopFlag]:
    """Yield a flag that SIGINT and SIGTERM set while the block runs; in a thread other than the first, none does."""
    flag = StopFlag()
    previous = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):  # not the main thread
                if signal.getsignal(number) is not signal.SIG_IGN:  # such as under nohup
                    previous[number] = signal.signal(number, flag.set_by)
        yield flag
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
