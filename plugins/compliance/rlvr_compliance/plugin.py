"""Scorers offered by rlvr-compliance."""

from collections.abc import Mapping

from rlvr import hookimpl, how_to_install


@hookimpl
def scorers() -> Mapping[str, str]:
    """Return the place of each scorer, which is imported when a task asks for it."""
    return {
        "instructions": "rlvr_compliance.instructions:instructions",
        "patterns": "rlvr_compliance.patterns:patterns",
        "pii": "rlvr_compliance.pii:pii",
        "secrets": "rlvr_compliance.secrets:secrets",
    }


@hookimpl
def doctor() -> Mapping[str, str]:
    """Return whether patterns are searched for by an engine that is linear in the text."""
    from rlvr_compliance.text.engine import ENGINE, ends_in_time

    slower = f"not installed; {ENGINE} takes its place, in supervised workers; run {how_to_install('google-re2')}"
    return {"google-re2": "on" if ends_in_time(ENGINE) else slower}
