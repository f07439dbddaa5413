"""Golden tables of what the small readers find: days, bars, units of a package, choices, numerals and phrases.

What a reader finds may change for a good reason: ``python tests/plugins/test_math_phrases.py`` writes what all find
now; read the difference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr_math.finding.labels import bracket_problem, label_problem
from rlvr_math.reading.binding import has_intersection, is_matrix, is_operator, is_vector, operator_in
from rlvr_math.reading.dates import date_in
from rlvr_math.reading.evaluation_bars import with_brackets
from rlvr_math.reading.formulas import trees_in
from rlvr_math.reading.notations import choice_in, is_small_numeral, roman_in
from rlvr_math.reading.parser import read
from rlvr_math.reading.phrases import formula_of
from rlvr_math.reading.siunitx import has_siunitx, without_siunitx
from rlvr_math.reading.writing import written

# Each line names a reader, and for each text what it finds.
_FILE = Path(__file__).parent / "cases" / "math_phrases.jsonl"
CASES = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]


def choice(text: str) -> str | None:
    """Return the letter of a choice and its content."""
    found = choice_in(text)
    return found and f"{found.letter}: {found.content}"


def numeral(text: str) -> str | None:
    """Return the value of a Roman numeral, and whether it has the letters of small ones only."""
    value = roman_in(text)
    return None if value is None else f"{value}{', small' * is_small_numeral(text)}"


def plain_unit(text: str) -> str | None:
    """Return a text without the commands of siunitx."""
    return without_siunitx(text) if has_siunitx(text) else None


READERS: dict[str, Callable[[str], str | None]] = {
    "day": date_in,
    "bars": with_brackets,
    "siunitx": plain_unit,
    "choice": choice,
    "roman": numeral,
    "phrase": lambda text: formula_of(*text.split("@")),
    "label": label_problem,
    "bracket": lambda text: bracket_problem(*text.split("@")),
    "operator": lambda text: operator_in(read(text)),
    "kind": lambda text: " ".join(str(is_one(read(text))) for is_one in (is_operator, is_matrix, is_vector)),
    "intersection": lambda text: str(has_intersection(read(text))),
    "formulas": lambda text: "; ".join(map(written, trees_in(text, decimal_comma=False))),
}


@pytest.mark.parametrize("case", CASES, ids=[case["reader"] for case in CASES])
def test_each_reader_finds_this(case: dict[str, Any]) -> None:
    """Each line was checked by hand; behind an ``@`` stands what a text is compared with."""
    find = READERS[case["reader"]]
    wrong = [(text, got) for text, right in case["found"].items() if (got := find(text)) != right]

    assert wrong == []


if __name__ == "__main__":
    now = [case | {"found": {text: READERS[case["reader"]](text) for text in case["found"]}} for case in CASES]
    _FILE.write_text("".join(f"{json.dumps(case, ensure_ascii=False)}\n" for case in now), "utf-8")
