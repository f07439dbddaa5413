"""Whether a text stands by a call: denied, taken back and quoted calls are not made."""

from __future__ import annotations

import re

from rlvr.record.answers import polarity_at
from rlvr.record.answers.lexicon import CueKind, cues_in

# The words that deny a call or take it back stand close to it.
AROUND_LIMIT_CHARACTERS = 600
# Words that take a call back; another value behind it does not, since a call is not an answer.
_TAKING_BACK: frozenset[CueKind] = frozenset({"negation", "retracting", "refusing", "wrong"})
_EXAMPLE = re.compile(r"(?<!\w)(?:e\. ?g\.|z\. ?B\.|p\. ?ex\.)\W{0,9}\Z", re.IGNORECASE)
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
    polarity = polarity_at(f"{before}{_PLACEHOLDER}{behind}", len(before), len(before) + len(_PLACEHOLDER))
    if polarity == "retracted":
        return not any(cue.kinds & _TAKING_BACK for cue in cues_in(behind, 0, len(behind)))
    return polarity not in {"denied", "mention"}


_PLACEHOLDER = "42"
