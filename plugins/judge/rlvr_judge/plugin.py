"""Scorers offered by rlvr-judge."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "rubric": "rlvr_judge.rubric:rubric",
        "score": "rlvr_judge.score:score",
        "label": "rlvr_judge.label:label",
        "compare": "rlvr_judge.compare:compare",
        "equivalent": "rlvr_judge.equivalent:equivalent",
        "guard": "rlvr_judge.guard:guard",
    }
