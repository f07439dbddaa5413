"""Scorers offered by rlvr-text."""

from collections.abc import Mapping

from rlvr import Scorer, ScorerFactory, hookimpl


@hookimpl
def scorers() -> Mapping[str, ScorerFactory]:
    """Name each scorer, and how to make it; nothing is imported until a task asks for it."""
    return {
        "exact": _exact,
        "choice": _choice,
        "contains": _contains,
        "length": _length,
        "similarity": _similarity,
    }


def _exact() -> Scorer:
    from rlvr_text.exact import exact

    return exact


def _choice() -> Scorer:
    from rlvr_text.choice import choice

    return choice


def _contains() -> Scorer:
    from rlvr_text.contains import contains

    return contains


def _length() -> Scorer:
    from rlvr_text.length import length

    return length


def _similarity() -> Scorer:
    from rlvr_text.similarity import similarity

    return similarity
