"""Scorers offered by rlvr-math."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {"equivalent": "rlvr_math.equivalent:equivalent"}


@hookimpl
def doctor() -> Mapping[str, str]:
    """Return whether limits, infinite series and improper integrals can be evaluated here; one limit is."""
    from rlvr_math.evaluating.evaluator import state_of_evaluation

    return {"evaluation of limits and series": state_of_evaluation()}
