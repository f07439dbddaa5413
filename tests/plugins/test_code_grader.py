"""``code.grader``: a function of somebody else in the sandbox."""

from __future__ import annotations

import pytest

from rlvr import Verdict, parse_suite, score_rows

SOURCE = """
import json

def grade(sample, item):
    text = sample["output_text"]
    if text == "loop":
        while True:
            pass
    return {"none": None, "much": 7, "nan": float("nan"), "true": True}.get(text, int(item["answer"]) / len(text))
"""


def _scored(source: str, *completions: str) -> list[tuple[float, str, str]]:
    options = {"source": source, "test_seconds": 0.3}
    suite = parse_suite({"tasks": {"t": {"scorers": [{"scorer": "code.grader", "options": options}]}}})
    rewards = score_rows(suite, [{"completion": each, "answer": "2"} for each in completions]).rewards
    return [(reward.value, reward.verdict.value, reward.reason) for reward in rewards]


def test_the_number_of_the_function_is_the_reward() -> None:
    """Clipped to the range; a truth value is a number."""
    found = _scored(SOURCE, "abcd", "much", "true")

    assert [value for value, _, _ in found] == [0.5, 1.0, 1.0]


@pytest.mark.parametrize("completion", ["loop", "none", "nan"])
def test_no_completion_makes_a_grader_fail(completion: str) -> None:
    """What the function does with it is worth 0.0, with the reason."""
    ((value, verdict, reason),) = _scored(SOURCE, completion)

    assert (value, verdict) == (0.0, "scored")
    assert "the grader" in reason


def test_one_record_costs_its_neighbours_nothing() -> None:
    """Each has a process of its own."""
    assert [value for value, _, _ in _scored(SOURCE, "loop", "abcd", "loop", "abcd")] == [0.0, 0.5, 0.0, 0.5]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def score(sample, item):\n    return 1.0", "no function `grade`"),
        ("def grade(", "does not load"),
        ("import socket\n\ndef grade(sample, item):\n    return 1.0", "does not load"),
        ("raise ValueError('x')", "does not load"),
    ],
)
def test_a_grader_that_does_not_load_has_failed(source: str, problem: str) -> None:
    """That is its author's fault, and no reward."""
    ((_, verdict, reason),) = _scored(source, "text")

    assert verdict == Verdict.FAILED
    assert problem in reason
