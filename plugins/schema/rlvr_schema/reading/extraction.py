"""Find the one JSON value of an answer, and name the rung of the ladder on which it was found.

Each rung below the first costs, so that a value and nothing else always has the highest reward:

1. ``exact``: the answer, without its reasoning, is the value;
2. ``fenced``: the answer is one fenced block that contains the value, and nothing else;
3. ``embedded``: the value occurs in other text; repeated identical values count once, different values are ambiguous
   and score 0, citations such as ``[1]`` in a line of text are not values, nor is what a comment contains;
4. ``repaired``: the text is the value except for a few slips of syntax that have one reading.

A value that is cut off, or that is part of a broken value, does not count.
A JSON string is never searched for JSON.
Each character is read a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from rlvr import JsonValue, Record, said_in
from rlvr_schema.reading.identity import identity
from rlvr_schema.reading.ladder import Rung
from rlvr_schema.reading.repair import repaired
from rlvr_schema.reading.strict import TEXT_LIMIT_CHARACTERS, Fault, JsonError, value_at, value_in

# More openings of objects and arrays in the prose of one answer than any honest one holds.
CANDIDATES_LIMIT = 200


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON value of an answer, or the reason why it has none.

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
    def refusal_class(self) -> str:
        """The class of the refusal: the name of the fault, else ``no_answer``."""
        return self.fault.value if self.fault else "no_answer"

    @property
    def refusal(self) -> str:
        """Why there is no value, for the reason of a score: the fault's name if there is one, and the problem."""
        return f"{self.fault}: {self.problem}" if self.fault else self.problem


def extract(text: str, *, repair: bool = True) -> Extraction:
    """Find the one JSON value of a text that is the whole answer; see the module for the ladder."""
    return extraction_from(Record(completion=text), repair=repair)


def extraction_from(record: Record, *, repair: bool = True) -> Extraction:
    """Find the one JSON value of a record's completion, its reasoning cut away.

    The limit of size is for the answer, not for the reasoning before it.
    """
    whole_text = record.full
    whole: JsonError | None = None
    if len(whole_text) <= TEXT_LIMIT_CHARACTERS:
        try:  # first the whole: marks of reasoning inside the strings of a value are not marks
            return Extraction(value=value_in(whole_text), rung=Rung.EXACT)
        except JsonError as error:
            whole = error
    came, text = whole_text.strip(), record.final.strip()
    if whole is None and text == came:  # no reasoning: white space counts too
        return Extraction(fault=Fault.SIZE, problem=f"longer than {TEXT_LIMIT_CHARACTERS} characters")
    if whole is None or text != came:
        if whole is not None:
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
    """Return whether a fault refuses the whole answer."""
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


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON value inside other text, and the positions of its start and end."""

    value: JsonValue
    start: int
    end: int


class Embedded(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON values inside other text.

    Attributes:
        spans: The values that are not inside another value or inside other brackets.
        cut: The value at the end of the text that is cut off; None if there is none.
        refused: A value that JSON readers may read differently; None if there is none.
        problem: Why no value of the text counts; "" if they count.
    """

    spans: tuple[Span, ...] = ()
    cut: JsonError | None = None
    refused: JsonError | None = None
    problem: str = ""


# An object or array that may be JSON: JSON allows the next character.
_JSON_OPENING = re.compile(r'\{\s*+["}]|\[\s*+[\[\]{"\-0-9tfn]')
# Brackets of prose: half-open intervals and faces are text.
_BRACKET = re.compile(
    r"\[[^\[\]{}()\"\n]{0,60}+\)|\([^\[\]{}()\"\n]{0,60}+\]|(?<!\S)[:;=]-?[\]}](?!\S)|(?P<bracket>[\[\]{}])"
)
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\\n]|\\.)*+"|(?P<bracket>[\[\]{}])')
_CLOSING_OF = {"[": "]", "{": "}"}
UNBALANCED = "brackets that do not match: a value may be part of a broken one"


def values_among(text: str) -> Embedded:
    """Read the objects and arrays of a text that are not inside other brackets; each character a few times.

    A value inside a broken value is part of it, and does not count.
    If brackets do not match, no value counts.
    """
    spans: list[Span] = []
    try:
        problem = _collect(text, spans)
    except JsonError as error:
        return Embedded(refused=error) if _is_refused(error.fault) else Embedded(spans=tuple(spans), cut=error)
    return Embedded(problem=problem) if problem else Embedded(spans=tuple(spans))


def _collect(text: str, spans: list[Span]) -> str:
    """Append the values of a text to ``spans``; return why none of them counts, "" if they count.

    Raises:
        JsonError: A value is refused, or is cut off at the end of the text.
    """
    attempts = position = 0
    open_brackets: list[str] = []
    while token := _BRACKET.search(text, position):
        start, position, bracket = token.start(), token.end(), token["bracket"]
        if bracket is None:
            continue
        if bracket in "]}":
            if not open_brackets or _CLOSING_OF[open_brackets.pop()] != bracket:
                return UNBALANCED
        elif open_brackets or not _JSON_OPENING.match(text, start):
            open_brackets.append(bracket)
        else:
            attempts += 1
            if attempts > CANDIDATES_LIMIT:
                return "too many brackets to read as JSON"
            position = _end_of_candidate(text, start, spans)
            if position < 0:
                return UNBALANCED
    return UNBALANCED if open_brackets else ""


def _end_of_candidate(text: str, start: int, spans: list[Span]) -> int:
    """Append the value that starts here, and return its end; of a broken one the end, or -1 if it has none."""
    try:
        value, end = value_at(text, start)
    except JsonError as error:
        if _is_refused(error.fault) or error.fault is Fault.TRUNCATED:
            raise
        return _end_of_broken(text, start)
    spans.append(Span(value=value, start=start, end=end))
    return end


def _end_of_broken(text: str, start: int) -> int:
    """Return where the brackets of a broken value are closed; -1 if they do not match."""
    open_brackets: list[str] = []
    for token in _STRING_OR_BRACKET.finditer(text, start):
        bracket = token["bracket"]
        if bracket is None:
            continue
        if bracket in "[{":
            open_brackets.append(bracket)
        elif _CLOSING_OF[open_brackets.pop()] != bracket:
            return -1
        if not open_brackets:
            return token.end()
    return -1


def _embedded(text: str) -> Extraction:
    found = values_among(text)
    if found.refused:
        return Extraction(fault=found.refused.fault, problem=found.refused.problem)
    if found.problem:
        return Extraction(problem=found.problem)
    spans = _without_citations(text, _said(text, found.spans))
    if found.cut:
        return Extraction(problem=SEVERAL) if spans else Extraction(fault=found.cut.fault, problem=found.cut.problem)
    if not spans:
        return Extraction(problem="no JSON value")
    if len(spans) > 1:
        first = identity(spans[0].value)
        if any(identity(span.value) != first for span in spans[1:]):
            return Extraction(problem=SEVERAL)
    return Extraction(value=spans[0].value, rung=Rung.EMBEDDED)


# What begins a line that is a comment: of a program, before any text or right before the value, and of Markdown.
_COMMENT_BEFORE = re.compile(r"[ \t]*+(?://[^\n]*+|#++[ \t]*+|\[(?://|comment|#)\]:[ \t]++[#<>]++[ \t]*+[(\"']?)\Z")


def _said(text: str, spans: Sequence[Span]) -> list[Span]:
    """Leave out values in comments, and values that are struck out or hidden."""
    pieces: list[str] = []
    position = 0
    for span in spans:  # what the values contain hides nothing
        pieces += (text[position : span.start], "x" * (span.end - span.start))
        position = span.end
    said = said_in("".join((*pieces, text[position:])))
    return [span for span in spans if said[span.start] == "x" and not _COMMENT_BEFORE.match(_line_before(text, span))]


def _line_before(text: str, span: Span) -> str:
    return text[max(0, span.start - _LINE_LIMIT) : span.start].rpartition("\n")[2]


_CITATION = re.compile(r"\[(?:\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,9}+|\s?)\]")


def _without_citations(text: str, spans: Sequence[Span]) -> Sequence[Span]:
    """Leave out citations such as ``[1]`` and empty check boxes in lines of text, if another value remains.

    A list of numbers on a line of its own is a value.
    """
    if len(spans) < 2:  # noqa: PLR2004  # the only value is the answer
        return spans
    kept = [span for span in spans if not _is_citation(text, span)]
    return kept or spans


def _is_citation(text: str, span: Span) -> bool:
    if not _CITATION.fullmatch(text, span.start, span.end):
        return False
    before = _line_before(text, span)
    behind = text[span.end : span.end + _LINE_LIMIT].partition("\n")[0]
    return bool((before + behind).strip())


# A line is looked at so far on both sides of a citation.
_LINE_LIMIT = 200
