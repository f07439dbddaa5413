"""Whether a text stands by a call: denied, taken back and quoted calls are not made."""

from __future__ import annotations

import re

from rlvr import polarity_at

# The words that deny a call or take it back stand close to it.
AROUND_LIMIT_CHARACTERS = 600
# Words that introduce an example, in the line before the call; the core knows "for example" as a whole phrase.
_ABBREVIATED = r"(?:e\. ?g\.|z\. ?B\.|p\. ?ex\.)\W{0,9}"
_SPELLED = r"(?:example|beispiel|exemple|ejemplo|esempio|exemplo|voorbeeld|пример|would look like)(?!\w)[^\n.!?]{0,40}"
_EXAMPLE = re.compile(
    rf"(?<!\w)(?:{_ABBREVIATED}|{_SPELLED})\s{{0,9}}\Z|(?:例|例え|예)[^\n。]{{0,20}}\Z", re.IGNORECASE
)
_CLOSING_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」", "『": "』"}


def is_made(text: str, start: int, end: int) -> bool:
    """Return False if the words around a call deny it, take it back, or only mention it.

    The core's reading of stated answers decides, in all its languages; it sees a plain number in place of the call.
    """
    before = text[max(0, start - AROUND_LIMIT_CHARACTERS) : start]
    behind = text[end : end + AROUND_LIMIT_CHARACTERS]
    if not before.strip() and not behind.strip():
        return True
    opening, closing = before[-1:], behind[:1]
    if opening and _CLOSING_QUOTES.get(opening) == closing:
        return False
    if _EXAMPLE.search(before):
        return False
    behind = _FIGURE.sub("n", behind.lower())
    text_around = f"{before}{_PLACEHOLDER}{behind}"
    return polarity_at(text_around, len(before), len(before) + len(_PLACEHOLDER)) not in {
        "denied",
        "mention",
        "retracted",
    }


_PLACEHOLDER = "42"
# Another value behind an answer replaces it; a figure behind a call, such as its result, does not.
_FIGURE = re.compile(r"\d[\d.,]*+")
