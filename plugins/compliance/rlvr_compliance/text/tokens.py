"""Words and sentences, cut the same way on every machine: no downloaded models, one pass each."""

from __future__ import annotations

import re
import string

_WORD = re.compile(r"\w+")
INDENTED = r"(?m)^[^\S\n]*+"
"""Where a line's text begins, for patterns: white space over several lines would be read again from each of them."""
_TOKEN = re.compile(r"\w+(?:['’.,-]\w+){0,20}|[^\w\s]")
_SENTENCE_END = re.compile(r"[.?!…。\uff1f\uff01]{1,20}[\"'”’)\]*]{0,5}(?=\s|$)")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st jr sr vs etc e.g i.e inc ltd co corp no vol fig al u.s u.k a.m p.m gen col lt rev hon".split()
)


def words_of(text: str) -> list[str]:
    """Cut a text into runs of letters, digits and underscores."""
    return _WORD.findall(text)


def stripped_words(text: str) -> list[str]:
    """Cut a text at white space, lower its words and strip the marks around them; a mark alone leaves an empty one."""
    return [word.strip(string.punctuation) for word in text.lower().split()]


def bare_words(text: str) -> list[str]:
    """Cut a text as :func:`stripped_words` does, without what is left of marks alone."""
    return [word for word in stripped_words(text) if word]


def word_at(text: str, nth: int, mth: int) -> str:
    """Return the mth bare word of the nth sentence, both counted from 1; "" if there is none."""
    sentences = sentences_of(text)
    words = bare_words(sentences[nth - 1]) if 1 <= nth <= len(sentences) else []
    return words[mth - 1] if 1 <= mth <= len(words) else ""


def tokens_of(text: str) -> list[str]:
    """Cut a text into words, kept whole across hyphens and apostrophes, and single marks."""
    return _TOKEN.findall(text)


def sentences_of(text: str) -> list[str]:
    """Cut a text after its full stops, question and exclamation marks; not after "Dr." and its like, nor in "3.5"."""
    return [text[start:end] for start, end in sentence_spans(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text stand, without the white space around them."""
    ends = [
        found.end()
        for found in _SENTENCE_END.finditer(text)
        if found[0][0] != "." or _ends(text, found.start(), found.end())
    ]
    spans: list[tuple[int, int]] = []
    start = 0
    for end in (*ends, len(text)):
        part = text[start:end]
        if stripped := part.strip():
            first = start + part.index(stripped[0])
            spans.append((first, first + len(stripped)))
        start = end
    return spans


def _ends(text: str, stop: int, after: int) -> bool:
    """Return whether a full stop ends a sentence, by the word before and the letter after."""
    # No abbreviation is longer than 12 characters; 4 are enough to see what the next word begins with.
    before = text[max(0, stop - 12) : stop].split()
    word = before[-1].lower().lstrip("(\"'") if before else ""
    following = text[after : after + 4].lstrip()[:1]
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i"):
        return False
    return not following.islower()
