"""Keywords: words and phrases that are looked for as a whole, whatever their case."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlvr_compliance.text.engine import spans_of

# Letters, marks and digits of any script; re2's own \b and \w know ASCII only.
_WORD = r"\pL\pM\pN_"


def bounded(keyword: str) -> str:
    """Write the pattern of a keyword as a whole word or phrase; white space in it may be any."""
    before = rf"(?:^|[^{_WORD}])" if _is_word(keyword.strip()[0]) else ""
    behind = rf"(?:$|[^{_WORD}])" if _is_word(keyword.strip()[-1]) else ""
    return f"{before}{_literal(keyword)}{behind}"


def _literal(keyword: str) -> str:
    """Write the pattern of a keyword's own characters."""
    return r"\s+".join(map(re.escape, keyword.split()))


def places_of(keyword: str, text: str, lowered: str) -> Iterator[tuple[int, int]]:
    """Find a keyword in a text, whatever the case; one plain word by plain search, at a tenth of the engine's cost."""
    word = keyword.strip().lower()
    if not word.isascii() or any(map(str.isspace, word)) or len(lowered) != len(text):
        yield from spans_of(f"(?i){_literal(keyword)}", text)
        return
    start = lowered.find(word)
    while start >= 0:
        yield start, start + len(word)
        start = lowered.find(word, start + len(word))


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether a span of a text is a whole word or phrase: no letter stands against its letters."""
    return not (
        (start and _is_word(text[start - 1]) and _is_word(text[start]))
        or (end < len(text) and _is_word(text[end - 1]) and _is_word(text[end]))
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
