"""Scorers offered by rlvr-math."""

from collections.abc import Mapping

from rlvr import Scorer, ScorerFactory, hookimpl


@hookimpl
def scorers() -> Mapping[str, ScorerFactory]:
    """Name each scorer, and how to make it; nothing is imported until a task asks for it."""
    return {"equivalent": _equivalent}


def _equivalent() -> Scorer:
    from rlvr_math.equivalent import equivalent

    return equivalent
