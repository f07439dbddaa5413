"""The last number or formula of a text that states no answer, for evaluation."""

from __future__ import annotations

import re

from rlvr_math.finding.extraction import Extraction
from rlvr_math.finding.values import FORMULA, number_in_or_none

# The last number or formula is looked for in this much of the end.
TAIL_LIMIT_CHARACTERS = 2_000
_LAST_NUMBER = re.compile(r"[-−]?(?:\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?|\.\d+)\s*(?:%|\\%)?")
_PROSE = re.compile(
    r"(?<![\\A-Za-z])(?:[^\W\d_]{2,20}[\s,:]{1,3}[^\W\d_]{2,20}|[^\W\d_]{4,20}[\s:]{1,3}(?:\$|\\[(\[]))"
    r"|[\u0600-\u06ff\u3040-\uffdc]{3}"
)


def find_last_value(text: str, *, last_number: bool, last_formula: bool) -> Extraction | None:
    """Find the last formula, else the last number, as far as each is asked for."""
    tail = text[-TAIL_LIMIT_CHARACTERS:]
    formulas = FORMULA.findall(tail) if last_formula else ()
    if formulas:
        return Extraction(next(each for each in formulas[-1] if each), "last formula")
    numbers = _LAST_NUMBER.findall(tail) if last_number else ()
    return Extraction(numbers[-1], "last number") if numbers else None


def is_answer(line: str) -> bool:
    """Say whether a line is a number, or at least no prose."""
    return number_in_or_none(line) is not None or not _PROSE.search(line)
