"""Scorers offered by rlvr-compliance."""

from collections.abc import Mapping

from rlvr import Scorer, ScorerFactory, hookimpl


@hookimpl
def scorers() -> Mapping[str, ScorerFactory]:
    """Name each scorer, and how to make it; nothing is imported until a task asks for it."""
    return {"instructions": _instructions, "patterns": _patterns, "pii": _pii, "secrets": _secrets}


def _instructions() -> Scorer:
    from rlvr_compliance.instructions import instructions

    return instructions


def _patterns() -> Scorer:
    from rlvr_compliance.patterns import patterns

    return patterns


def _pii() -> Scorer:
    from rlvr_compliance.pii import pii

    return pii


def _secrets() -> Scorer:
    from rlvr_compliance.secrets import secrets

    return secrets
