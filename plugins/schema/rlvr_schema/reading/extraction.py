"""Where in an answer its one JSON value is, and what that place is worth.

A ladder, and every rung below the first costs, so that writing the value and nothing else always pays best:

1. ``exact``: the answer, its reasoning cut away, is the value;
2. ``fenced``: it is one fenced block that holds the value, and nothing else;
3. ``embedded``: the value stands once in other text; the same value again is no second one, another value makes the
   answer ambiguous, which is worth nothing;
4. ``repaired``: it is the value but for a few slips of syntax that have one reading.

Cut-off values are no values.
JSON is looked for in the answer's text only, never inside a JSON string.
Each character is read a bounded number of times, whatever the text.
"""

from __future__ import annotations

import re
from contextlib import suppress

import msgspec

from rlvr import JsonValue, Record
from rlvr_schema.reading.ladder import Rung
from rlvr_schema.reading.repair import repaired
from rlvr_schema.reading.strict import TEXT_LIMIT_CHARACTERS, Fault, JsonError, value_at, value_in

# More openings of objects and arrays in the prose of one answer than any honest one holds.
CANDIDATES_LIMIT = 200


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in an answer.

    Attributes:
        value: The value; None also where there is none, see ``rung``.
        rung: How it was found; None if there is none that counts.
        fault: Why there is none, if it is the JSON's fault; None if there is no JSON, or several values.
        problem: Why there is none, in words.
        edits: How many slips were repaired.
    """

    value: JsonValue = None
    rung: Rung | None = None
    fault: Fault | None = None
    problem: str = ""
    edits: int = 0

    @property
    def refusal(self) -> str:
        """Why there is no value, for the reason of a score: the fault's name if there is one, and the problem."""
        return f"{self.fault}: {self.problem}" if self.fault else self.problem


def extract(text: str, *, repair: bool = True) -> Extraction:
    """Find the one JSON value of a text that is the whole answer; see the module for the ladder."""
    return extraction_from(Record(completion=text), repair=repair)


def extraction_from(record: Record, *, repair: bool = True) -> Extraction:
    """Find the one JSON value of a record's completion, its reasoning cut away."""
    whole_text = record.full
    if len(whole_text) > TEXT_LIMIT_CHARACTERS:
        return Extraction(fault=Fault.SIZE, problem=f"longer than {TEXT_LIMIT_CHARACTERS} characters")
    try:  # first as it came: marks of reasoning inside the strings of a value are no marks
        return Extraction(value=value_in(whole_text), rung=Rung.EXACT)
    except JsonError as error:
        whole = error
    came, text = whole_text.strip(), record.final.strip()
    if text != came:
        with suppress(JsonError):
            return Extraction(value=value_in(fenced_in(came) or ""), rung=Rung.FENCED)
        try:
            return Extraction(value=value_in(text), rung=Rung.EXACT)
        except JsonError as error:
            whole = error
    return _below_exact(text, whole, repair=repair)


def _below_exact(text: str, whole: JsonError, *, repair: bool) -> Extraction:
    if not whole.fault.is_of_syntax:
        return Extraction(fault=whole.fault, problem=whole.problem)
    body = fenced_in(text)
    try:
        if body is not None:
            return Extraction(value=value_in(body), rung=Rung.FENCED)
        fault = whole
    except JsonError as error:
        fault = error
    found = _embedded(text)
    if found.rung or _is_refused(found.fault) or found.problem == SEVERAL:
        return found
    if repair and (mended := repaired(text if body is None else body)):
        return Extraction(value=mended.value, rung=Rung.REPAIRED, edits=mended.edits)
    return found if found.fault else Extraction(fault=fault.fault, problem=fault.problem)


SEVERAL = "several JSON values that differ"


def _is_refused(fault: Fault | None) -> bool:
    """Say whether a fault refuses the whole answer."""
    return fault is not None and fault is not Fault.EMPTY and not fault.is_of_syntax


# Possessive: a run of 100,000 tildes without a line end would be tried at each of its lengths.
_FENCE = re.compile(r"(`{3,}+|~{3,}+)([^\n`]*+)\n")


def fenced_in(text: str) -> str | None:
    """Return what one fenced block holds that is all of a text; None if the text is anything else.

    The block's own text may hold no line that closes it, which JSON cannot: its strings have no line ends.
    """
    opening = _FENCE.match(text)
    if not opening:
        return None
    last = text.rfind("\n") + 1
    closing = text[last:].strip()
    fence = opening[1]
    if last < opening.end() or not closing or closing.strip(fence[0]) or len(closing) < len(fence):
        return None
    return text[opening.end() : last]


# An object or array that may be JSON: behind its bracket stands what JSON allows there.
_OPENING = re.compile(r'\{\s*+["}]|\[\s*+[\[\]{"\-0-9tfn]')


def _embedded(text: str) -> Extraction:
    """Read every object and array of a text that stands in no other; each character once."""
    values: list[JsonValue] = []
    cut: JsonError | None = None
    position = 0
    for _ in range(CANDIDATES_LIMIT):
        opening = _OPENING.search(text, position)
        if not opening:
            return _agreed(values, cut)
        start = opening.start()
        try:
            value, end = value_at(text, start)
        except JsonError as error:
            if _is_refused(error.fault):
                return Extraction(fault=error.fault, problem=error.problem)
            if error.fault is Fault.TRUNCATED:
                return _agreed(values, error)
            position = max(error.position, start + 1)
        else:
            values.append(value)
            position = end
    return Extraction(problem="too many brackets to read as JSON")


def _agreed(values: list[JsonValue], cut: JsonError | None) -> Extraction:
    if not values or (cut and values):
        problem = SEVERAL if values else cut.problem if cut else "no JSON value"
        return Extraction(fault=cut.fault if cut and not values else None, problem=problem)
    first = canonical(values[0])
    if any(canonical(value) != first for value in values[1:]):
        return Extraction(problem=SEVERAL)
    return Extraction(value=values[0], rung=Rung.EMBEDDED)


def canonical(value: JsonValue) -> bytes:
    """Write a value so that equal values are equal bytes: the order of keys does not matter."""
    return msgspec.json.encode(value, order="sorted")
