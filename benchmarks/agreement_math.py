"""Puts the rows of ``agreement.py`` to the math plugin."""

from __future__ import annotations

from typing import Any

from agreement import Outcome

from rlvr_math import grade


def judge(row: dict[str, Any]) -> Outcome | None:
    """Grade a prediction against a gold."""
    got = grade(row["gold"], row["prediction"]).correct
    expected = bool(row["expected"])
    return Outcome(agrees=got == expected, overpaid=got, got=got, expected=expected)
