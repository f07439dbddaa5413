"""Scorers offered by rlvr-text."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "exact": "rlvr_text.exact:exact",
        "choice": "rlvr_text.choice:choice",
        "contains": "rlvr_text.contains:contains",
        "match": "rlvr_text.match:match",
        "length": "rlvr_text.length:length",
        "similarity": "rlvr_text.similarity:similarity",
    }
