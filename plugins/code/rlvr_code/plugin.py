"""Scorers offered by rlvr-code."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {"tests": "rlvr_code.tests:tests"}


@hookimpl
def doctor() -> Mapping[str, str]:
    """Return which layers of the sandbox work on this machine."""
    from rlvr_code.trusted.probing import probe

    return probe()
