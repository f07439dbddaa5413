"""Sentences: where the one around a place starts and ends, in the scripts of all languages that are read."""

from __future__ import annotations

from rlvr.patterns import lazy_pattern

# Further back or ahead, words no longer belong to a statement.
REACH_CHARACTERS = 400

# What ends a sentence starts with one of these, which a search for one character finds many times faster.
_SIGN = lazy_pattern("[\n.!?…。！？؟।]")
_END = lazy_pattern(r"\n|[.!?…]+[\"'”’»)\]*_]*(?=\s|\Z|[\u2e80-\uffff])|[。！？؟।]+[\"'”’»」』）]*|\.(?=<)")
_ABBREVIATION = lazy_pattern(
    r"(?:^|[^A-Za-z])(?:e\.g|i\.e|approx|resp|cf|vs|Mr|Mrs|Ms|Dr|Prof|St|Eq|eq|Fig|fig|etc|ca|bzw|z\.B|d\.h|[Nn]o|[Nn]r|т\.е|p\.ej)$"
)
_NUMBERED = lazy_pattern(r"(?:^|[^A-Za-z])[Nn][or]$")
# Two initials in a row, as in "J. K. Rowling"; a single letter may be an answer and does end a sentence.
_INITIALS = lazy_pattern(r"(?:^|\s)[A-Z]$")
_INITIAL_NEXT = lazy_pattern(r"\s[A-Z]\.")
_INITIAL_LAST = lazy_pattern(r"(?:^|\s)[A-Z]\.\s$")
_CLOSERS = frozenset("\"')]*_")


def sentence_end(text: str, position: int) -> int:
    """Return where the sentence around a place ends, with its marks but without the line end."""
    stop = min(len(text), position + REACH_CHARACTERS)
    while sign := _SIGN.search(text, position, stop):
        position = sign.start()
        if text[position] == "\n":
            return position
        match = _END.match(text, position, stop)
        if match is not None and not (match[0] == "." and _is_inside(text, match.start())):
            return match.end()
        position = sign.end() if match is None else match.end()
    return stop


def sentence_start(text: str, position: int, floor: int = 0) -> int:
    """Return where the sentence around a place starts, not before ``floor``."""
    low = max(floor, position - REACH_CHARACTERS)
    low = max(low, text.rfind("\n", low, position) + 1)
    if text[low:position].isascii():
        return _ascii_start(text, low, position)
    start = place = low
    while sign := _SIGN.search(text, place, position):
        match = _END.match(text, sign.start(), position)
        place = sign.end() if match is None else match.end()
        if match is not None and place < position and not (match[0] == "." and _is_inside(text, match.start())):
            start = place
    return start


def _ascii_start(text: str, low: int, position: int) -> int:
    """Return the last end of a sentence of ASCII before a place, from there back; one sentence is read, not all."""
    last = position
    while (last := max(text.rfind(".", low, last), text.rfind("!", low, last), text.rfind("?", low, last))) >= 0:
        end = last + 1
        while end < position and text[end] in _CLOSERS:
            end += 1
        first = last
        while first > low and text[first - 1] in ".!?":
            first -= 1
        is_stop = end - first == 1 and text[first] == "."
        behind = text[end : end + 1] if end < position else ""
        # A full stop before a tag ends a sentence, whatever stands before it.
        before_tag = behind == "<" and text[last] == "." and end == last + 1
        if before_tag or behind.isspace():
            is_stop = is_stop or before_tag
            if not (is_stop and _is_inside(text, last)):
                return end
        last = first
    return low


def _is_inside(text: str, place: int) -> bool:
    """Say whether a full stop belongs to an abbreviation or a name."""
    before = text[max(0, place - 8) : place]
    if not before[-1:].isalpha():
        return False
    if _ABBREVIATION.search(before):
        return not _NUMBERED.search(before) or text[place + 1 : place + 3].strip().isdigit()
    return before[-1].isupper() and _INITIALS.search(before) is not None and _is_name(text, place)


def _is_name(text: str, place: int) -> bool:
    """Say whether an initial belongs to a name: another initial stands beside it."""
    before = text[max(0, place - 4) : place - 1]
    return _INITIAL_NEXT.match(text, place + 1, place + 5) is not None or _INITIAL_LAST.search(before) is not None


def sentence_before(text: str, start: int, floor: int) -> int:
    """Return where the sentence of a place starts; a line of its own belongs to the line before that goes on."""
    first = sentence_start(text, start, floor)
    if first > floor and not text[first:start].strip(" \t\n$*_>#-\\[(`{") and text[first - 1 : first] == "\n":
        end = len(text[max(0, first - 400) : first].rstrip()) + max(0, first - 400)
        leads = text[end - 1 : end] in {":", "："} or "\n" not in text[end : first - 1]
        if end > floor and leads and text[end - 1] not in ".!?。！？*)":
            return sentence_start(text, end - 1, floor)
    return first


def is_question(text: str) -> bool:
    """Say whether a text ends with a question mark, but for quotes, emphasis and what closes a formula."""
    return text.rstrip(" *_\"')$}\n").endswith(("?", "？", "؟"))
