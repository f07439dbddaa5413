"""The text by which a suite names a function: ``./my_reward.py:function``, ``package.module:function``."""

from __future__ import annotations

import posixpath

from rlvr.patterns import lazy_pattern

_UNUSUAL = lazy_pattern(r"[^A-Za-z0-9_.-]")


def is_foreign(scorer: str) -> bool:
    """Return whether the ``scorer`` of a suite names a function and not a scorer of a plugin."""
    return ":" in scorer


def foreign_name(scorer: str) -> str:
    """Return the name of the metric of a function: ``my_reward.function`` for ``./my_reward.py:function``."""
    place, _, name = scorer.rpartition(":")
    stem = posixpath.splitext(posixpath.basename(place))[0] if place.endswith(".py") else place
    return _UNUSUAL.sub("_", f"{stem}.{name}")[:100].lstrip("./-") or "function"


def named_file(scorer: str) -> str | None:
    """Return the name of the file that a place names; None if it names a module."""
    place = scorer.rpartition(":")[0]
    return place if place.endswith(".py") else None
