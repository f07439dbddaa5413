"""References: alone, or stated at the end of a solution."""

from __future__ import annotations

from functools import lru_cache

from rlvr import StatementKind, stated_in
from rlvr_math.finding.answers import CLOSING, EARLIER_BOX, answer_in
from rlvr_math.finding.extraction import WHOLE_TEXT, Extraction
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, REMEMBERED_TEXTS, UNFORESEEN
from rlvr_math.options import GradeOptions
from rlvr_math.reading.meanings import Reading
from rlvr_math.reading.numbers import Number, number_in, plain_number_in

# A reference of words that is longer is a solution, and states its answer somewhere.
PROSE_CHARACTERS = 200

_BOXES: frozenset[StatementKind] = frozenset({"box"})
_MARKS = ("\\boxed", "####", "nswer is", "begin_of_box")
_UNREAD = frozenset({"mention", "cut"})


def read_reference(reference: str, options: GradeOptions) -> Reading | None:
    """Read a reference, alone or stated at the end of a solution such as GSM8K's; None if it is not understood."""
    try:
        return _remembered(reference, options.decimal_comma)
    except UNFORESEEN:
        return None


# The completions of a prompt come one after the other, and have one reference.
@lru_cache(maxsize=REMEMBERED_TEXTS)
def _remembered(reference: str, decimal_comma: bool) -> Reading | None:  # noqa: FBT001  # positional keys are the fast ones
    text = reference.strip()
    number = plain_number_in(text)
    if number is not None:  # most references are nothing else
        return Reading(text, number, decimal_comma)
    is_solution = len(text) > PROSE_CHARACTERS or any(map(text.__contains__, _MARKS))
    alone = None if is_solution else _understood(text, decimal_comma)
    if alone is not None:
        return alone
    stated = _stated_in(reference)
    if stated is not None:
        return _understood((stated.text or "").strip(), decimal_comma, stated.number)
    return _understood(text, decimal_comma) if is_solution and len(text) <= ANSWER_LIMIT_CHARACTERS else None


def _understood(text: str, decimal_comma: bool, number: Number | None = None) -> Reading | None:  # noqa: FBT001  # as above
    reading = Reading(text, number or number_in(text), decimal_comma)
    return reading if reading.understood() else None


def _stated_in(solution: str) -> Extraction | None:
    """Find what a solution states as its answer: several boxes are a list of answers."""
    stated = answer_in(solution)
    if stated.problem == EARLIER_BOX:
        stated = Extraction("; ".join(stated.parts), "boxes")
    is_stated = stated.text is not None and not stated.problem and stated.source not in {WHOLE_TEXT, CLOSING}
    return stated if is_stated else _last_box_in(solution)


def _last_box_in(solution: str) -> Extraction | None:
    """Find the last box of a solution, whatever is said around it: nobody hedges a reference."""
    boxes = [each for each in stated_in(solution).statements if each.kind in _BOXES and each.polarity not in _UNREAD]
    return Extraction(boxes[-1].text, "box") if boxes else None
