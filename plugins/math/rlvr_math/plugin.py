"""Scorers offered by rlvr-math."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {"equivalent": "rlvr_math.equivalent:equivalent"}
