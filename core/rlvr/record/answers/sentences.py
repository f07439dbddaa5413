"""Sentences: where the one around a place starts and ends, in the scripts of all languages that are read."""

from __future__ import annotations

import re

# Further back or ahead, words no longer belong to a statement.
REACH_CHARACTERS = 400

_END = re.compile(r"\n|[.!?…]+[\"'”’»)\]*_]*(?=\s|\Z|[\u2e80-\uffff])|[。！？؟।]+[\"'”’»」』）]*|\.(?=<)")
_ABBREVIATION = re.compile(
    r"(?:^|[^A-Za-z])(?:e\.g|i\.e|approx|resp|cf|vs|Mr|Mrs|Ms|Dr|Prof|St|Eq|eq|Fig|fig|etc|ca|bzw|z\.B|d\.h|[Nn]o|[Nn]r|т\.е|p\.ej)$"
)
_NUMBERED = re.compile(r"(?:^|[^A-Za-z])[Nn][or]$")
# Two initials in a row, as in "J. K. Rowling"; a single letter may be an answer and does end a sentence.
_INITIALS = re.compile(r"(?:^|\s)[A-Z]$")
_INITIAL_BEHIND = re.compile(r"\s{1,2}(?:[A-Z]\.\s|[A-Z][a-z]{2,}(?=[\s.,]))")


def sentence_end(text: str, position: int, limit: int | None = None) -> int:
    """Return where the sentence around a place ends, with its marks but without the line end."""
    stop = min(len(text), position + REACH_CHARACTERS if limit is None else limit)
    for match in _END.finditer(text, position, stop):
        if match[0][0] == "\n":
            return match.start()
        if not _goes_on(text, match):
            return match.end()
    return stop


def sentence_start(text: str, position: int, floor: int = 0) -> int:
    """Return where the sentence around a place starts, not before ``floor``."""
    low = max(floor, position - REACH_CHARACTERS)
    low = max(low, text.rfind("\n", low, position) + 1)
    start = low
    for match in _END.finditer(text, low, position):
        if match.end() < position and not _goes_on(text, match):
            start = match.end()
    return start


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Say whether a full stop belongs to an abbreviation or a name."""
    if match[0][0] != "." or match[0] != ".":
        return False
    before = text[max(0, match.start() - 8) : match.start()]
    if _ABBREVIATION.search(before):
        return not _NUMBERED.search(before) or text[match.end() : match.end() + 2].strip().isdigit()
    return _INITIALS.search(before) is not None and _is_name(text, match)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Say whether an initial belongs to a name: another initial stands beside it."""
    behind = text[match.end() : match.end() + 4]
    before = text[max(0, match.start() - 4) : match.start() - 1]
    return re.match(r"\s[A-Z]\.", behind) is not None or re.search(r"(?:^|\s)[A-Z]\.\s$", before) is not None


def sentence_before(text: str, start: int, floor: int) -> int:
    """Return where the sentence of a place starts; a line of its own belongs to the line before that goes on."""
    first = sentence_start(text, start, floor)
    if first > floor and not text[first:start].strip(" \t\n$*_>#-\\[(`{") and text[first - 1 : first] == "\n":
        end = len(text[max(0, first - 400) : first].rstrip()) + max(0, first - 400)
        leads = text[end - 1 : end] in {":", "："} or "\n" not in text[end : first - 1]
        if end > floor and leads and text[end - 1] not in ".!?。！？*)":
            return sentence_start(text, end - 1, floor)
    return first
