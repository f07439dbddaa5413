"""All scorers that read the stated answer agree about every wording: number, letter and name, in thirteen languages."""

import json
from functools import cache
from pathlib import Path

import pytest

from rlvr import Registry, Scorer
from rlvr.testing import a_record, scored
from rlvr_text.exact import ExactOptions

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "core" / "cases" / "stated_answers.jsonl").read_text("utf-8").splitlines()
]
VALUES = {"number": ("17", "25"), "choice": ("B", "D"), "text": ("Lisbon", "Madrid")}
SCORERS = {
    "number": ["math.equivalent", "text.exact", "text.contains"],
    "choice": ["text.choice", "text.exact", "text.contains"],
    "text": ["text.exact", "text.contains"],
}


@cache
def _scorer(name: str) -> Scorer:
    return Registry().scorer(name).scorer


@pytest.mark.each("case", CASES, ids=lambda case: case["template"][:60])
def test_siblings_agree(case: dict[str, object]) -> None:
    """What one pays, all pay."""
    for kind in case.get("kinds", VALUES):  # type: ignore[attr-defined]
        right, other = VALUES[kind]
        record = a_record(str(case["template"]).replace("<v>", right).replace("<w>", other), right)
        for name in SCORERS[kind]:
            if name == "text.exact" and record.completion.startswith("{") and case["pays"]:
                continue  # it takes no member of a JSON object for an answer
            options = ExactOptions(answer="announced") if name == "text.exact" else None
            score = scored(_scorer(name), record, options)

            assert score.value == float(bool(case["pays"])), (name, record.completion, score.reason)
