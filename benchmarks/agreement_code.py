"""Puts the rows of ``agreement.py`` to the code plugin."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
from agreement import Outcome

from rlvr import Record, Scorer
from rlvr_code import TestsOptions
from rlvr_code.tests import tests


@functools.cache
def prepared(options: str) -> Any:
    """Return the scorer's state, as a worker has it, for options in JSON."""
    scorer: Scorer = tests
    return scorer.prepare(msgspec.json.decode(options, type=TestsOptions)) if scorer.prepare else None


def judge(row: dict[str, Any], options: str = "{}") -> Outcome:
    """Score a solution against its tests."""
    reference = {"style": row["style"], **row["tests"]}
    record = Record(id=row["id"], completion=row["solution"], reference=reference)
    score = tests.call((record,), prepared(options))
    got, expected = score.value, 1.0 if row["expected"] == "pass" else 0.0
    if got is None:
        raise ValueError(score.reason)
    return Outcome(agrees=got == expected, overpaid=got > expected, got=f"{got}: {score.reason}", expected=expected)
