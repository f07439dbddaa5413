"""The normal form of short texts, and the words in them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rlvr import lazy_pattern

# Quotes and Markdown's emphasis around an answer are how it is set, not what it says.
WRAPPING = "\"'“”‘’«»*_`"
# A sentence's end; an exclamation mark after a digit is a factorial, so that it goes only after a letter.
ENDING = ".,;:"
# Signs behind an answer that only cheer it, and the selector of their coloured form.
CHEERS = "✅✔✓☑👍🎉🎯🙂😊\ufe0f"

# Scripts written without spaces count by the character; all else by runs of letters and digits.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = lazy_pattern(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:['’][^\W_{_UNSPACED}]+)*")
_ARTICLES = frozenset({"a", "an", "the"})


# Characters without width, with which a word can be taken apart unseen.
_UNSEEN = dict.fromkeys(
    [0x00AD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
# Composing sorts each run of combining marks at the cost of its square: 160,000 characters of them took 5 s.
# No script writes more than 30 in a row (Unicode Standard Annex 15, Stream-Safe Text); shorter texts cost under 1 ms.
MARKS_LIMIT = 30
MARKS_UNGUARDED_CHARACTERS = 1_000
_EMPHASIS = lazy_pattern(r"[*_`]+")


def seen(text: str) -> str:
    """Return the text in Unicode's composed form (NFC), without characters that have no width."""
    if text.isascii():
        return text
    text = text.translate(_UNSEEN)
    return unicodedata.normalize("NFC", _without_heaps(text) if len(text) > MARKS_UNGUARDED_CHARACTERS else text)


def bared(text: str) -> str:
    """Return the text as it is seen, without emphasis, compatibility characters (as fullwidth ones) resolved."""
    return _EMPHASIS.sub("", unicodedata.normalize("NFKC", seen(text)))


def collapsed(text: str) -> str:
    """Return the text as it is seen, with each run of white space as one space, none around, and one sign for minus."""
    return " ".join(seen(text).replace("\u2212", "-").split())


def normalised(text: str, *, case: bool = False, wrapping: bool = False, articles: bool = True) -> str:
    """Return the form in which two short texts are compared.

    Args:
        text: The text; white space never matters.
        case: Whether upper and lower case differ.
        wrapping: Whether quotes, emphasis and a sentence's end around the text matter.
        articles: Whether English articles matter.
    """
    text = collapsed(text)
    if not wrapping:
        text = _unwrapped(text) or text
    if not case:
        text = text.casefold()
    if not articles:
        kept = " ".join(word for word in text.split() if word.casefold() not in _ARTICLES)
        text = kept or text
    return text


def words_in(text: str) -> list[str]:
    """Return the words, case-folded: runs with a letter or digit, and single characters of unspaced scripts."""
    return _WORD.findall(seen(text).casefold())


def _without_heaps(text: str) -> str:
    """Cut each run of combining marks to its first 30."""
    marks = "".join(filter(_is_mark, set(text)))
    alike = text.translate(dict.fromkeys(map(ord, marks), "\u0300"))
    if "\u0300" * (MARKS_LIMIT + 1) not in alike:
        return text
    return re.sub(f"([{re.escape(marks)}]{{{MARKS_LIMIT}}})[{re.escape(marks)}]+", r"\1", text)


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Return whether a character combines with the one before, itself or the first that it decomposes to."""
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) != 0


def _unwrapped(text: str) -> str:
    """Strip what is around a text, from the outside in, in one pass from each end."""
    start, end = 0, len(text)
    while end > start and _ends(text, end):
        end -= 1
    while start < end and (text[start] in WRAPPING or text[start] == " "):
        start += 1
    while end > start and _ends(text, end):
        end -= 1
    return text[start:end]


def _ends(text: str, end: int) -> bool:
    last = text[end - 1]
    if last in "!?":
        return end > 1 and not text[end - 2].isdigit()
    return last in WRAPPING or last in ENDING or last in CHEERS or last == " "
