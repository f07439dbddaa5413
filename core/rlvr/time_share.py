"""The time that one job may take when its batch has a deadline, so that slow completions do not starve the others.

A job that runs for the first time gets an equal share of the time that is left. A scorer that can end its own work,
such as a sandbox, reads the share and declares the metric :data:`CUT_METRIC`; the workers of other scorers are killed.
In both cases the job runs once more at the end, without a limit, if time is left.
"""

from __future__ import annotations

# A scorer sets this metric to 1.0 if it ended the work on a record because the share was used up, else to 0.0.
CUT_METRIC = "cut_by_deadline"

# Jobs of honest completions seldom take as long; a smaller share would cut them on a loaded machine.
LEAST_SHARE_SECONDS = 0.25

_share: float | None = None


def share_seconds(left_seconds: float, workers: int, rows: int) -> float:
    """Return the wall time that each of some rows may take so that all of them are run before a deadline."""
    return max(LEAST_SHARE_SECONDS, left_seconds * workers / max(1, rows))


def time_share_seconds() -> float | None:
    """Return the wall time that the running job may take for each record; None without a limit."""
    return _share


def set_time_share(seconds: float | None) -> None:
    """Set the share of the next jobs of this process."""
    global _share  # noqa: PLW0603  # a property of the process, which runs one job at a time
    _share = seconds
