"""Statements: the last "answer is" and its like, and what it says."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from rlvr_math.finding.doubts import HEDGE, HEDGE_REACH_CHARACTERS, RETRACTED, SECOND_FIGURE, is_denied, is_hedged
from rlvr_math.finding.places import (
    NEAR_CHARACTERS,
    PLACES_LIMIT,
    STATEMENT_LIMIT_CHARACTERS,
    Place,
    key_of_place,
    number_in_or_none,
)
from rlvr_math.limits import OverLimitError
from rlvr_math.reading.numbers import Number, alters, leading_number_in, plain_number_in

_SOURCE = "answer is"
_ANSWER_WORD = re.compile(r"answer", re.IGNORECASE)
_ANCHOR = re.compile(
    r"\banswers?\b(?:\s{1,3}to\s{1,3}(?:the|this|that|your|our)\s{1,3}[a-z]{1,12}\b)?[*_\s]{0,4}"
    r"(?:(?:(?:is|are|was|will be|would be|should be|must be)(?:\s{1,3}equal\s{1,3}to)?"
    r"|equals|(?:comes|works) (?:out )?to)\b"
    r"(?:,?\s{1,3}(?:therefore|thus|then|hence|simply|indeed|just)\b,?)?|[:=])"
    r"[*_:\s]{0,4}(?:\\\[\s{0,4}|\$\$\s{0,4})?",
    re.IGNORECASE,
)
# A heading of its own, tried where a line starts so near before the word.
_ANCHOR_LINE = re.compile(
    r"(?:#{1,6}[ \t]{0,4})?(?:\*\*)?(?:final[ \t]{1,4})?answers?[ \t*:]{0,4}\n\s{0,4}(?:\\\[\s{0,4}|\$\$\s{0,4})?",
    re.IGNORECASE,
)
ANCHOR_LINE_CHARACTERS = 24
_REASON = re.compile(r"[\s,]*(?:because|since|as|which|that is|i\.e\.|where|\(|=)", re.IGNORECASE)
# What may follow a number without being part of an expression: the end, punctuation, or a word that is no symbol.
_LEAVES_ALONE = re.compile(
    r"\s*(?:$|[.,;:!?)\]\n](?![\d.(\\])|\()"
    # Behind a dash or a slash, two letters may be factors.
    r"|(?:\s+|(?:\s+[-–]\s+|\s*[—/]\s*)(?=[A-Za-z]{3}))(?!to the\b)"
    r"(?P<word>a(?=\s+[A-Za-z]{2})|(?-i:I)\b|[A-Za-z]{2,40})",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
# Each character is looked at once: a formula ends at the next sign of its kind.
FORMULA = re.compile(
    r"\$\$([^$]{1,1000})\$\$|\$([^$]{1,1000})\$|\\\(([^\\]{1,20}(?:\\(?![)])[^\\]{0,200}){0,100})\\\)|\\\[([^\\]{1,20}(?:\\(?!\])[^\\]{0,200}){0,100})\\\]"
)
# Two or more numbers and nothing else up to the sentence's end.
_LISTED = re.compile(r"\s{0,4}([-−]?\d{1,18}(?:(?:, ?(?:and|or)?|\s(?:and|or)) [-−]?\d{1,18}){1,20})(?:\.?\s|\.?$)")
_IS = re.compile(r"[a-z$)\]}]\s(?:is|are|equals)\s")
_GOES_ON_IN_FORMULA = re.compile(r"\s*(?:,|;|and\b|or\b)\s*(?:and\s+|or\s+)?(?:\$|\\\()")


def find_statement(completion: str) -> Place | None:
    """Find the last "answer is", and what it says."""
    places = [_statement_at(completion, anchor) for anchor in deque(_anchors(completion), PLACES_LIMIT)]
    if not places:
        return None
    last, certain = places[-1], [place for place in places if place.is_certain()]
    others = {key_of_place(place) for place in certain if place is not last} - {key_of_place(last)}
    finals = {key_of_place(place) for place in certain if _is_final(completion, place)}
    settled = finals == {key_of_place(last)} and _is_final(completion, last)
    if not last.problem and others and not settled:
        return Place(last.source, last.start, last.end, last.text, "an earlier statement says something else")
    return last


def _anchors(completion: str) -> Iterator[re.Match[str]]:
    """Find what states an answer: each time the word stands there, as a heading or in a sentence."""
    position = 0
    for word in _ANSWER_WORD.finditer(completion):
        if word.start() < position:
            continue
        line_start = completion.rfind("\n", max(0, word.start() - ANCHOR_LINE_CHARACTERS), word.start()) + 1
        near = line_start > 0 or word.start() <= ANCHOR_LINE_CHARACTERS
        anchor = _ANCHOR_LINE.match(completion, line_start) if near and line_start >= position else None
        anchor = anchor or _ANCHOR.match(completion, word.start())
        if anchor is not None:
            position = anchor.end()
            yield anchor


def _is_final(completion: str, place: Place) -> bool:
    return "final" in completion[max(0, place.start - 8) : place.start].lower()


def _statement_at(completion: str, anchor: re.Match[str]) -> Place:
    """Read a statement: the number that it starts with, and whether the rest of it leaves that alone."""
    reach = anchor.end() + STATEMENT_LIMIT_CHARACTERS
    line_end = completion.find("\n", anchor.end(), reach)
    line = completion[anchor.end() : line_end if line_end >= 0 else reach]
    whole = _whole_place(completion, anchor, line)
    if whole is not None:
        return whole
    end = anchor.end() + len(line)
    number, rest = _leading(line)
    if number is None:
        return Place(_SOURCE, anchor.start(), end, _said(line), _taken_back(completion, anchor, ""))
    if line_end < 0 and len(completion) > end and not rest.strip():
        return Place(_SOURCE, anchor.start(), end, line.strip(), "the statement is too long")
    if not _left_alone(rest):
        return Place(_SOURCE, anchor.start(), end, line.strip())
    said = line.strip()
    if number_in_or_none(said) is None:
        said = line[: max(0, len(line) - len(rest))].strip() or said
    return Place(_SOURCE, anchor.start(), end, said, _doubt(completion, anchor, number, rest), number)


def _doubt(completion: str, anchor: re.Match[str], number: Number, rest: str) -> str:
    """Say what takes back a statement of a number, or nothing."""
    sentence_end = _SENTENCE_END.search(rest)
    clause = rest[: sentence_end.start()] if sentence_end else rest
    if _is_denied(completion, anchor):
        return "the answer is denied"
    if RETRACTED.match(rest):
        return "taken back afterwards"
    if is_hedged(rest[len(clause) :]) or _another(rest[len(clause) + 1 :], number):
        return "hedged afterwards"
    if HEDGE.search(clause) or (SECOND_FIGURE.search(clause) and not _REASON.match(clause)):
        return "the statement goes on to something else"
    return ""


def _is_denied(completion: str, anchor: re.Match[str]) -> bool:
    return is_denied(completion[max(0, anchor.start() - NEAR_CHARACTERS) : anchor.end()])


def _whole_place(completion: str, anchor: re.Match[str], line: str) -> Place | None:
    """Read a statement that is one thing: a formula, a plain number that ends the text, or a list of numbers."""
    end = anchor.end() + len(line)
    formula = _formula_place(completion, anchor, line)
    if formula is not None:
        return formula
    said = line.strip().removesuffix(".")
    plain = plain_number_in(said) if end >= len(completion) else None
    if plain is not None:
        return Place(_SOURCE, anchor.start(), end, said, _taken_back(completion, anchor, ""), plain)
    listed = _LISTED.match(line)
    if listed is not None:
        problem = _taken_back(completion, anchor, line[listed.end() :])
        return Place(_SOURCE, anchor.start(), end, listed[1], problem, formula=True)
    return None


def _said(line: str) -> str:
    """Return what a statement without a leading number says: its sentence, or what follows the last "is" in it."""
    sentence_end = _SENTENCE_END.search(line)
    clause = (line[: sentence_end.start()] if sentence_end else line).strip().removesuffix("**").strip()
    after = deque(_IS.finditer(clause), maxlen=1)
    return clause[after[0].end() :] if after else clause


def _formula_place(completion: str, anchor: re.Match[str], line: str) -> Place | None:
    """Read a statement that is a formula between TeX's delimiters, more than a number."""
    formula = FORMULA.match(line)
    if formula is None:
        return None
    text = next(each for each in formula.groups() if each)
    number, rest = number_in_or_none(text), line[formula.end() :]
    if _GOES_ON_IN_FORMULA.match(rest):
        return Place(_SOURCE, anchor.start(), anchor.end() + len(line), _said(line))
    if number is not None:
        # The usual end of a text needs no look at what goes on behind it.
        last = rest in {"", "."} and anchor.end() + len(line) >= len(completion)
        if not last:
            return None
        rest = ""
    problem = _taken_back(completion, anchor, rest)
    return Place(_SOURCE, anchor.start(), anchor.end() + formula.end(), text, problem, number, formula=True)


def _taken_back(completion: str, anchor: re.Match[str], rest: str) -> str:
    """Say how a statement that is no number is denied, or hedged by what follows it."""
    if _is_denied(completion, anchor):
        return "the answer is denied"
    if RETRACTED.match(rest):
        return "taken back afterwards"
    if HEDGE.search(rest[:HEDGE_REACH_CHARACTERS]) or "$" in rest[:HEDGE_REACH_CHARACTERS]:
        return "the statement goes on to something else"
    return ""


def _left_alone(rest: str) -> bool:
    """Say whether what follows a number leaves it the number that it is."""
    following = _LEAVES_ALONE.match(rest)
    return following is not None and not alters(following["word"] or "")


def _another(tail: str, number: Number) -> bool:
    """Say whether what follows a sentence is nothing but another number."""
    other = number_in_or_none(tail.strip())
    return other is not None and other.value != number.value


def _leading(line: str) -> tuple[Number | None, str]:
    try:
        return leading_number_in(line)
    except OverLimitError:
        return None, line
