"""The budget of a run: the money that one scorer entry may spend, in all processes that the run forks."""

from __future__ import annotations

import os
import struct
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from rlvr_judge.troubles import Cause, NoVerdictError

_AMOUNT = struct.Struct("<d")


class Budget:
    """An amount of money, and how much of it is spent.

    The sum is in a file without a name, which forked processes inherit: the workers of a suite share one budget.
    A suite that is loaded again, such as in another process or a new container, has a budget of its own.

    Attributes:
        limit_usd: The amount.
    """

    def __init__(self, limit_usd: float) -> None:
        import tempfile  # 5 ms that only a suite with a budget needs

        self.limit_usd = limit_usd
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # it lives as long as the suite
        self._file.write(_AMOUNT.pack(0.0))
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    @property
    def spent_usd(self) -> float:
        """The money spent so far, in all processes."""
        with self._locked():
            return self._read()

    def check(self) -> None:
        """Refuse a request if the budget is used up; requests that are in flight may exceed it.

        Raises:
            NoVerdictError: It is.
        """
        spent = self.spent_usd
        if spent >= self.limit_usd:
            problem = f"{spent:.4g} of {self.limit_usd:g} USD are spent; raise `budget_usd`, or score fewer records"
            raise NoVerdictError(Cause.BUDGET, problem)

    def spend(self, usd: float) -> None:
        """Add an amount to what is spent."""
        with self._locked():
            total = self._read() + usd
            os.pwrite(self._file.fileno(), _AMOUNT.pack(total), 0)

    def _read(self) -> float:
        (spent,) = _AMOUNT.unpack(os.pread(self._file.fileno(), _AMOUNT.size, 0))
        return float(spent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the threads of this process, and that of the processes where they can fork."""
        with self._lock:
            if sys.platform == "win32":
                yield
                return
            import fcntl  # absent on Windows

            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
