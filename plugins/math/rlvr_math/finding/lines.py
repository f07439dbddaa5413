"""Texts that state no answer: a bold last line, a text of one line, the last number or formula."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlvr_math.finding.doubts import TAIL_LIMIT_CHARACTERS
from rlvr_math.finding.extraction import WHOLE_TEXT, Extraction
from rlvr_math.finding.places import STATEMENT_LIMIT_CHARACTERS, Place, key_of_text, number_in_or_none
from rlvr_math.finding.statements import FORMULA
from rlvr_math.finding.surroundings import alteration
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS
from rlvr_math.options import Finder

_BOLD = "bold last line"
_LAST_NUMBER = re.compile(r"[-−]?(?:\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+)?|\.\d+)\s*(?:%|\\%)?")
_PROSE = re.compile(
    r"(?<![\\A-Za-z])(?:[^\W\d_]{2,20}[\s,:]{1,3}[^\W\d_]{2,20}|[^\W\d_]{4,20}[\s:]{1,3}(?:\$|\\[(\[]))"
    r"|[\u0600-\u06ff\u3040-\uffdc]{3}"
)


def find_last_line(completion: str) -> Place | None:
    """Find the last line, if it is bold or a number."""
    end = len(completion.rstrip())
    start = completion.rfind("\n", 0, end) + 1
    line = completion[start:end].strip()
    if len(line) > STATEMENT_LIMIT_CHARACTERS:
        return None
    if not (len(line) > 4 and line.startswith("**") and line.endswith("**")):  # noqa: PLR2004  # two marks on each side
        return Place("last line", start, end, line, number=number_in_or_none(line))
    text = line[2:-2]
    before = completion[max(0, start - STATEMENT_LIMIT_CHARACTERS) : start].rstrip().rsplit("\n", 1)[-1].strip()
    problem = alteration(completion, start, end)
    if before.startswith("**") and number_in_or_none(before) is not None and key_of_text(before) != key_of_text(text):
        problem = "the bold line before says something else"
    return Place(_BOLD, start, end, text, problem, number_in_or_none(text))


def unstated_answer(completion: str, finders: Sequence[Finder], *, last_number: bool, last_formula: bool) -> Extraction:
    """Read a text that states no answer: it may be one."""
    line = find_last_line(completion) if "bold" in finders else None
    if line is not None and line.source == _BOLD:
        return Extraction(line.text, line.source, line.problem)
    text = completion.strip()
    is_line = text != "" and "\n" not in text and len(text) <= ANSWER_LIMIT_CHARACTERS
    whole = Extraction(text, WHOLE_TEXT) if is_line and "whole" in finders else Extraction(None)
    if is_line and (not (last_number or last_formula) or _is_answer(text)):
        return whole
    last = _last_value(text[-TAIL_LIMIT_CHARACTERS:], last_number=last_number, last_formula=last_formula)
    return whole if last is None else last


def _last_value(tail: str, *, last_number: bool, last_formula: bool) -> Extraction | None:
    formulas = FORMULA.findall(tail) if last_formula else ()
    if formulas:
        return Extraction(next(each for each in formulas[-1] if each), "last formula")
    numbers = _LAST_NUMBER.findall(tail) if last_number else ()
    return Extraction(numbers[-1], "last number") if numbers else None


def _is_answer(line: str) -> bool:
    """Say whether a line is a number, or at least no prose."""
    return number_in_or_none(line) is not None or not _PROSE.search(line)
