"""The golden cases of rlvr-text, one JSON line each, decided by hand."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rlvr import Registry
from rlvr.testing import a_record, scored
from rlvr_text import plugin

SCORERS = {name: Registry().scorer(f"text.{name}").scorer for name in plugin.scorers()}
FILES = {name: Path(__file__).parent / "cases" / f"text_{name}.jsonl" for name in SCORERS}
CASES = [
    (name, json.loads(line))
    for name, path in FILES.items()
    if path.exists()  # else the first test says what to write
    for line in path.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("name", SCORERS)
def test_each_scorer_has_golden_cases(name: str) -> None:
    """Some that earn the whole reward, and some that earn nothing."""
    assert FILES[name].exists(), (
        f"text.{name} has no golden cases: write {FILES[name]}, one JSON object a line, with `source` (where the case "
        "is from), `completion`, `reference` and `value`; and where needed `options`, `prompt` and `columns`"
    )
    values = {case["value"] for scorer, case in CASES if scorer == name}
    assert {0.0, 1.0} <= values


@pytest.mark.each(
    ("name", "case"), CASES, ids=[f"{name}: {case['source']}: {case['completion'][:40]!a}" for name, case in CASES]
)
def test_golden_cases(name: str, case: dict[str, Any]) -> None:
    """What is right is paid, and each published hack of such rewards is not."""
    record = a_record(case["completion"], case["reference"], prompt=case.get("prompt", ""), **case.get("columns", {}))
    options = msgspec.convert(case.get("options", {}), SCORERS[name].options)

    score = scored(SCORERS[name], record, options)

    assert score.value == pytest.approx(case["value"]), score
