"""What people and programs write for a reference, with near misses of each spelling."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from rlvr_math import Status, grade

_LINES = (Path(__file__).parent / "cases" / "math_spellings.jsonl").read_text("utf-8").splitlines()
FAMILIES = [(name, list(rows)) for name, rows in groupby(map(json.loads, _LINES), key=lambda row: str(row["family"]))]


def _wrong(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the answers of a row that are not graded as they were by hand."""
    found = []
    for answers, right in ((row["equal"], True), (row["different"], False)):
        for answer in answers:
            graded = grade(row["reference"], rf"So it is \boxed{{{answer}}}.", **row.get("options", {}))
            if graded.correct != right or graded.status is Status.UNREADABLE_REFERENCE:
                found.append((row["reference"], answer, graded.reason))
    return found


@pytest.mark.parametrize(("name", "rows"), FAMILIES, ids=[name for name, _ in FAMILIES])
def test_spellings(name: str, rows: list[dict[str, Any]]) -> None:
    """Each was decided by hand; every spelling that counts has one that does not."""
    assert [wrong for row in rows for wrong in _wrong(row)] == []
    assert all(row["different"] for row in rows), name
