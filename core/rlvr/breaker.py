"""The circuit breaker: says when so many scorers break that their rewards teach noise.

What ``fail_fast`` of a suite says: the share of records on which a scorer broke, over one batch or over the last
records of several, above which the action is taken.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from rlvr.config.format import FailFastSection


class Breaker:
    """Counts faults of a suite's batches."""

    def __init__(self, settings: FailFastSection) -> None:
        self._settings = settings
        self._window: deque[bool] = deque(maxlen=settings.window_records or None)
        self._lock = threading.Lock()

    def is_open_after(self, failed: Sequence[bool]) -> bool:
        """Count a batch, and say whether the share is too large.

        Args:
            failed: For each record of the batch, whether a scorer broke on it.
        """
        with self._lock:
            if not self._settings.window_records:
                self._window.clear()
            self._window.extend(failed)
            return sum(self._window) > self._settings.fault_share * len(self._window)
