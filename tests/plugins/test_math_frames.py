"""Clauses around a stated value: those that honest texts have leave it, others do not let it count.

The texts are ours, by family. Each was written before the rules that it tests were changed for it. What is still paid
or refused wrongly is no case: no list of words closes.
"""

from __future__ import annotations

import json
from pathlib import Path

from rlvr_math import grade

FRAMES = [
    json.loads(line) for line in (Path(__file__).parent / "cases" / "math_frames.jsonl").read_text("utf-8").splitlines()
]
# What stands before a text of a frame without changing it.
# Behind figures, which are working, a lead may have any words.
PARAGRAPH = "Both ways agree, as they must.\n\n"


def test_honest_clauses_leave_a_value_as_it_is() -> None:
    """Grounds, forms, checks, units, remarks and other languages."""
    lost = [
        (frames["family"], text)
        for frames in FRAMES
        if frames["pays"]
        for text in frames["texts"]
        if not grade(frames["reference"], text).correct
    ]

    assert lost == []


def test_a_value_that_other_clauses_hedge_narrow_deny_or_hand_on_is_not_paid() -> None:
    """Each text is all that the completion says."""
    paid = [
        (frames["family"], text)
        for frames in FRAMES
        if not frames["pays"]
        for text in frames["texts"]
        if grade(frames["reference"], text).correct
    ]

    assert paid == []


def test_a_paragraph_before_a_boxed_value_lets_no_other_clause_count() -> None:
    """A clause has the same effect behind a paragraph, if what it says does not rest on its being alone."""
    paid = [
        (frames["family"], text)
        for frames in FRAMES
        if not frames["pays"] and frames["family"] not in {"uncertainty", "hidden", "two places"}
        for text in frames["texts"]
        if "boxed" in text and grade(frames["reference"], PARAGRAPH + text).correct
    ]

    assert paid == []
