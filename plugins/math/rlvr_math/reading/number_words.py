"""Numbers in English words: ``twenty-three``, ``one hundred and five``, ``two thirds``, ``3.4 million``."""

from __future__ import annotations

import re
from fractions import Fraction

from rlvr import lazy_pattern

_ONES = {
    word: value
    for value, word in enumerate(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        ).split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
} | {"fourty": 40}
_SCALES = {
    "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15,
    "lakh": 10**5, "crore": 10**7, "dozen": 12,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
    "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90, "hundredth": 100,
}  # fmt: skip
# A second is a time, and a first is no part.
_PARTS = {
    "half": 2, "halves": 2, "quarter": 4, "thousandth": 1_000, "millionth": 10**6, "billionth": 10**9,
} | {word: value for word, value in ORDINALS.items() if value > 2}  # fmt: skip  # noqa: PLR2004
SINGLE_WORDS = _ONES | _TENS
"""The numbers that are one word."""

# Words that may start a number.
STARTS = frozenset([*SINGLE_WORDS, "a", "an", "half", "hundred"])
_WORD = lazy_pattern(r"(\s*-\s*|\s+and\s+|\s+|)([A-Za-z]{1,12})(?![A-Za-z])")
# Twenty words name any number below 10^15.
WORDS_LIMIT = 24
_HUNDRED = 100
_TWENTY = 20


def cardinal_at(text: str, start: int) -> tuple[Fraction, int] | None:
    """Read the number in words that starts at a place; "a" only before "hundred", "third" and their like.

    Returns:
        Its value and where it ends; None if there is none.
    """
    words = _words_at(text, start)
    if not words or words[0][0] not in STARTS:
        return None
    if words[0][0] == "half":
        return Fraction(1, 2), words[0][2]
    whole, used = _whole(words)
    if not used:
        return None
    value = Fraction(whole)
    part, more = _part(words, used, whole)
    if more:
        value, used = part, more
    return value, words[used - 1][2]


def scaled_at(text: str, start: int, value: Fraction) -> tuple[Fraction, int]:
    """Apply the words behind a number in figures that scale it: ``million``, ``thirds``, ``and a half``."""
    end = start
    for word, joint, stop in _words_at(text, start):
        if word.rstrip("s") in _SCALES and joint != "and":
            value, end = value * _SCALES[word.rstrip("s")], stop
            continue
        if end == start and joint != "and" and value.denominator == 1 and _is_part(word, value):
            return value / _denominator(word), stop
        break
    if end == start and value.denominator == 1:
        half = _AND_A_HALF.match(text, start)
        if half:
            return value + Fraction(1, _denominator(half[1].lower())), half.end()
    return value, end


def _is_part(word: str, value: Fraction) -> bool:
    """Say whether a word behind a number in figures makes a fraction of it; quarters are coins and parts of a year."""
    return _denominator(word) > 0 and not word.startswith("quarter") and (word.endswith(("s", "ves")) or value == 1)


_AND_A_HALF = lazy_pattern(r"\s+and\s+(?:a|one)[\s-]+(half|third|quarter|fourth|fifth)(?![A-Za-z])", re.IGNORECASE)


def ordinal_in(text: str) -> int | None:
    """Read a text that is an ordinal and nothing else, such as ``twenty-first``."""
    words = _words_at(text, 0)
    if not words or words[-1][2] != len(text) or words[-1][0] not in ORDINALS:
        return None
    last = ORDINALS[words[-1][0]]
    if len(words) == 1:
        return last
    tens = _TENS.get(words[0][0])
    return tens + last if len(words) == 2 and tens and last < 10 else None  # noqa: PLR2004  # twenty-first


def _words_at(text: str, start: int) -> list[tuple[str, str, int]]:
    """Return the words from a place on, each with what joins it to the one before ("and", "-" or "") and its end."""
    words: list[tuple[str, str, int]] = []
    while len(words) < WORDS_LIMIT:
        match = _WORD.match(text, start)
        if match is None or (words and not match[1]):
            break
        joint = match[1].strip().lower()
        word = match[2].lower()
        if word not in _KNOWN:
            break
        words.append((word, joint, match.end()))
        start = match.end()
    return words


_KNOWN = frozenset([*_ONES, *_TENS, *_SCALES, *_PARTS, *ORDINALS, "a", "an"]) | {
    f"{word}s" for word in (*_SCALES, *_PARTS)
}


def is_number_word(word: str) -> bool:
    """Return whether a word is one of those that numbers in words are written with."""
    return word.lower() in _KNOWN


def _whole(words: list[tuple[str, str, int]]) -> tuple[int, int]:
    """Read a whole number; returns it and how many words it took."""
    total = group = used = 0
    scale_before = 0
    for index, (word, joint, _) in enumerate(words):
        if joint == "and" and words[index - 1][0] not in _SCALES:
            break
        if word in {"a", "an"}:
            if index or len(words) == 1 or not (words[1][0] in _SCALES or _denominator(words[1][0])):
                break
            group = 1
        elif word in SINGLE_WORDS:
            value = SINGLE_WORDS[word]
            if index and not _fits(group, value):
                break
            group += value
        elif word == "hundred":
            if joint == "and" or group >= _HUNDRED or (index and not group):
                break
            group = (group or 1) * _HUNDRED
        elif word in _SCALES and joint != "and" and group and (not scale_before or _SCALES[word] < scale_before):
            scale_before = _SCALES[word]
            total, group = total + group * scale_before, 0
        else:
            break
        used = index + 1
    return total + group, used


def _fits(group: int, value: int) -> bool:
    """Say whether a word may follow those of a group, as "three" follows "twenty" and "hundred"."""
    below_hundred = group % _HUNDRED
    return value > 0 and (not below_hundred or (below_hundred >= _TWENTY and not group % 10 and value < 10))  # noqa: PLR2004  # ones


def _part(words: list[tuple[str, str, int]], used: int, whole: int) -> tuple[Fraction, int]:
    """Read what makes a fraction of a number in words: ``two thirds``, ``three and a half``; used 0 if nothing does."""
    if used >= len(words):
        return Fraction(0), 0
    word, joint, _ = words[used]
    if joint != "and" and _denominator(word):
        return Fraction(whole, _denominator(word)), used + 1
    if joint == "and" and word in {"a", "one"} and used + 1 < len(words) and _denominator(words[used + 1][0]):
        return whole + Fraction(1, _denominator(words[used + 1][0])), used + 2
    return Fraction(0), 0


def _denominator(word: str) -> int:
    return _PARTS.get(word, 0) or _PARTS.get(word.removesuffix("s"), 0)
