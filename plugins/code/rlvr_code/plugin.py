"""Scorers offered by rlvr-code."""

from collections.abc import Mapping

from rlvr import Scorer, ScorerFactory, hookimpl


@hookimpl
def scorers() -> Mapping[str, ScorerFactory]:
    """Name each scorer, and how to make it; nothing is imported until a task asks for it."""
    return {"tests": _tests}


@hookimpl
def doctor() -> Mapping[str, str]:
    """Tell which layers of the sandbox hold on this machine."""
    from rlvr_code.trusted.probing import probe

    return probe()


def _tests() -> Scorer:
    from rlvr_code.tests import tests

    return tests
