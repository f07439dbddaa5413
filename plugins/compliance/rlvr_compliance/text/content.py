"""Whether a text says anything: no rule set may pay for an empty, repeated, copied or letterless answer."""

from __future__ import annotations

import re
import zlib
from collections import Counter

from rlvr import Record
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.foreign import foreign_characters, lower

# The longest answer that is read; a longer one is refused, so that nothing hides behind the end.
ANSWER_LIMIT_CHARACTERS = 1_000_000
# Honest short answers, such as "The train leaves at noon.", have five words, nearly all of them different.
WORDS_LEAST = 5
# English prose of a thousand words has some 400 different ones; filler has a handful, whatever its length.
DISTINCT_LEAST = 5
SHARE_OF_ONE_WORD_MOST = 0.34
LETTER_SHARE_LEAST = 0.4
# Prose shrinks to a third or half of itself; what is said over and over to a twentieth.
COMPRESSED_FROM_CHARACTERS = 600
COMPRESSED_SHARE_LEAST = 0.08
# Where more of the words differ, nothing is said ten times over, and the costly look is spared.
DISTINCT_SHARE_SUSPECT = 0.3
# Beginning, middle and end of a long text show what it is made of; each part has this length.
PART_CHARACTERS = 2_000
# So many words in a row of prose are mostly different ones.
PART_WORDS = 64
# Of more words, each half repeats too many for the short way.
HALVED_WORDS_MOST = 400
# What is read to see whether a text is copied.
READ_CHARACTERS = 20_000
# Words in a row that two texts share by copying, not by chance.
ECHO_WORDS = 8
# Prompts of fewer words are phrases that an answer may well contain.
ECHO_WORDS_LEAST = 4

_FOREIGN = bytes(range(128, 256))
_NO_LETTERS = bytes(each for each in range(128) if not chr(each).isalpha()) + _FOREIGN
_SPACES = bytes(each for each in range(128) if chr(each).isspace()) + _FOREIGN

# A refusal says so at once: who cannot, will not or must not, and what.
_REFUSAL = (
    r"(?i)\b(?:I(?:'|’)?m|I am|we are)?\s*(?:very |really |so |truly )?(?:sorry|afraid)\b[^.!?\n]{0,60}"
    r"\b(?:can(?:'|’)?t|cannot|can not|unable|won(?:'|’)?t|not able|not allowed)\b"
    r"|(?i)\b(?:I|we)(?:'m| am|’m)?\s*(?:can(?:'|’)?t|cannot|can not|will not|won(?:'|’)?t|am unable to|unable to"
    r"|must decline|have to decline|am not able to|not able to|am not allowed to|decline to)\s+"
    r"(?:(?:really|directly|actually|possibly|fully|currently|legally|ethically|safely|to|be|able)\s+){0,3}"
    r"(?:help|assist|comply|provide|answer|fulfil|fulfill|do|discuss|share|support|engage|respond|continue|create|write"
    r"|generate|give|offer)\b"
    r"|(?i)\bas an? (?:AI|artificial intelligence|language model)\b[^.!?\n]{0,80}\b(?:can(?:'|’)?t|cannot|unable|not)\b"
)
_HEAD_CHARACTERS = 400


def user_text(record: Record) -> str:
    """Return all that the user said before the answer."""
    return "\n".join(message.content for message in record.messages if message.role == "user")


def content_problem(text: str) -> str:
    """Return why a text has no content, or nothing."""
    text = _sample(text)
    data = text.encode(errors="replace")
    foreign = foreign_characters(data)
    if not _has_letters(data, foreign):
        return "hardly any letters"
    words = lower(text, data, foreign).split()
    if _are_varied(words):
        return ""
    distinct = len(set(words))
    if len(words) < WORDS_LEAST or distinct < DISTINCT_LEAST:
        # Scripts without spaces between words: as many letters as such words have.
        spaceless = sum(character > "\u0e00" for character in text)
        if spaceless >= 2 * WORDS_LEAST and len(set(text)) >= 2 * DISTINCT_LEAST:
            return ""
        return "too few words" if len(words) < WORDS_LEAST else "too few different words"
    # Where most words differ, no word has a large share, and the words need no count: to find the different ones among
    # a few words at a time costs half of that.
    suspect = _repeated(words, distinct) > SHARE_OF_ONE_WORD_MOST
    if suspect and max(Counter(words).values()) / len(words) > SHARE_OF_ONE_WORD_MOST:
        return "one word over and over"
    is_suspect = len(text) >= COMPRESSED_FROM_CHARACTERS and distinct / len(words) < DISTINCT_SHARE_SUSPECT
    if is_suspect and len(zlib.compress(data, 1)) / len(data) < COMPRESSED_SHARE_LEAST:
        return "the same over and over"
    return ""


def _are_varied(words: list[str]) -> bool:
    """Return whether the halves of a text show that it says something; False where only a look at all words tells.

    A half has no more different words than the whole; and none of its words stands there more often than the words that
    are no first ones, and once.
    """
    count = len(words)
    if not WORDS_LEAST <= count <= HALVED_WORDS_MOST:
        return False
    middle = count // 2
    first, second = len(set(words[:middle])), len(set(words[middle:]))
    distinct = max(first, second)
    return (
        distinct >= DISTINCT_LEAST
        and distinct / count >= DISTINCT_SHARE_SUSPECT
        and (count - first - second + 2) / count <= SHARE_OF_ONE_WORD_MOST
    )


def _repeated(words: list[str], distinct: int) -> float:
    """Return a share that no word exceeds: in each part of a text, each further word leaves a place less for others."""
    whole = (len(words) - distinct + 1) / len(words)
    if whole <= SHARE_OF_ONE_WORD_MOST:
        return whole
    parts = [words[at : at + PART_WORDS] for at in range(0, len(words), PART_WORDS)]
    return sum(len(part) - len(set(part)) + 1 for part in parts) / len(words)


def _sample(text: str) -> str:
    if len(text) <= 3 * PART_CHARACTERS:
        return text
    middle = len(text) // 2
    half = PART_CHARACTERS // 2
    return "\n".join((text[:PART_CHARACTERS], text[middle - half : middle + half], text[-PART_CHARACTERS:]))


def _has_letters(data: bytes, foreign: str) -> bool:
    """Return whether letters are a large enough share of the characters that are no white space."""
    letters = len(data.translate(None, _NO_LETTERS)) + (sum(map(str.isalpha, foreign)) if foreign else 0)
    if letters > LETTER_SHARE_LEAST * len(data):  # of the bytes, which are no fewer
        return True
    visible = len(data.translate(None, _SPACES)) + len(foreign)
    return visible > 0 and letters / visible >= LETTER_SHARE_LEAST


def refuses(text: str) -> bool:
    """Return whether an answer begins by refusing."""
    return compiled(_REFUSAL).search(text[:_HEAD_CHARACTERS]) is not None


def echo_share(text: str, prompt: str) -> float:
    """Return the share of a text's words that stand in rows of words copied from the prompt: 0.0 to 1.0."""
    words, given = text[:READ_CHARACTERS].lower().split(), prompt[:READ_CHARACTERS].lower().split()
    size = min(ECHO_WORDS, len(given))  # a short prompt is a row
    if size < ECHO_WORDS_LEAST or len(words) < size:
        return 0.0
    rows = {tuple(given[at : at + size]) for at in range(len(given) - size + 1)}
    copied = covered = 0
    for at in range(len(words) - size + 1):
        if tuple(words[at : at + size]) in rows:
            copied += at + size - max(at, covered)
            covered = at + size
    return copied / len(words)


def without_rows_of(text: str, prompt: str, length: int) -> str:
    """Return a text without the rows of so many words, or more, that it shares with a prompt."""
    words, given = list(_WORD.finditer(text)), [found[0].lower() for found in _WORD.finditer(prompt[:READ_CHARACTERS])]
    rows = {tuple(given[at : at + length]) for at in range(len(given) - length + 1)}
    lowered = [found[0].lower() for found in words]
    parts: list[str] = []
    position = at = 0
    while rows and at <= len(words) - length:
        if tuple(lowered[at : at + length]) not in rows:
            at += 1
            continue
        parts.append(text[position : max(position, words[at].start())])
        while at <= len(words) - length and tuple(lowered[at : at + length]) in rows:
            at += 1
        at += length - 1
        position = words[at - 1].end()
    return " ".join((*parts, text[position:]))


_WORD = re.compile(r"\w+")
