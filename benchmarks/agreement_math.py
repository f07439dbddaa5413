"""Puts the rows of ``agreement.py`` to the math plugin."""

from __future__ import annotations

from typing import Any

from agreement import Outcome

from rlvr_math import grade

# Strict grading, but for the leniencies that a kind's labels share.
OPTIONS: dict[str, dict[str, Any]] = {
    # Tables of evaluation graders: a sentence around the answer, 10 for 10 %, a decimal comma.
    "pair": {"last_number": True, "last_formula": True, "percent_as_number": True, "decimal_comma": True},
    # Whole solutions as evaluation graders see them.
    "response": {"last_number": True, "last_formula": True, "decimal_comma": True},
    # Competition answers judged by people: three digits are enough, letters are free, units go without saying.
    "hard": {"tolerance": 1e-3, "rename_variables": True, "letter_case": False, "unit_optional": True},
    # Pairs of which one side is to be evaluated: a sum, an integral, a derivative. Strict grading refuses what
    # leaves them unevaluated.
    "cas_closed": {"unevaluated": "allow"},
    # Sentences that name the letter anywhere.
    "choice": {"last_number": True, "last_formula": True},
}


def judge(row: dict[str, Any]) -> Outcome | None:
    """Grade a prediction against a gold."""
    got = grade(row["gold"], row["prediction"], **OPTIONS.get(row["kind"], {})).correct
    expected = bool(row["expected"])
    return Outcome(agrees=got == expected, overpaid=got, got=got, expected=expected)
