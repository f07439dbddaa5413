"""The examples earn what was decided by hand, and editors would accept their suites."""

import json
from pathlib import Path

import pytest

from rlvr import load_suite, score_rows
from rlvr.runs import values_of

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/suite.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_record_earns_its_reward(name: str) -> None:
    """Record by record."""
    folder = EXAMPLES / name
    expected = json.loads((folder / "expected.json").read_text())

    report = score_rows(load_suite(folder / "suite.yaml"), values_of(folder / "records.jsonl"))

    assert {reward.id: reward.value for reward in report.rewards} == pytest.approx(expected)


def test_every_example_is_listed() -> None:
    """In the examples' README."""
    text = (EXAMPLES / "README.md").read_text()

    assert NAMES == ["composite", "gsm8k", "multiple_choice", "tool_calls", "tutor"]
    assert all(f"`{name}/`" in text for name in NAMES)
