"""Scorers offered by rlvr-compliance."""

from collections.abc import Mapping

from rlvr import hookimpl


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "instructions": "rlvr_compliance.instructions:instructions",
        "patterns": "rlvr_compliance.patterns:patterns",
        "pii": "rlvr_compliance.pii:pii",
        "secrets": "rlvr_compliance.secrets:secrets",
    }
