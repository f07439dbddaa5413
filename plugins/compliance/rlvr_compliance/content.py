"""Whether a text says anything: no rule set may pay for an empty, repeated or letterless answer."""

from __future__ import annotations

from rlvr_compliance.tokens import words_of

# Honest short answers, such as "The train leaves at noon.", have five words, nearly all of them different.
WORDS_LEAST = 5
# English prose of a thousand words has some 400 different ones; filler has a handful, whatever its length.
DISTINCT_LEAST = 5
SHARE_OF_ONE_WORD_MOST = 0.34
LETTER_SHARE_LEAST = 0.4


def content_problem(text: str) -> str:
    """Say why a text has no content, or nothing."""
    letters = sum(map(str.isalpha, text))
    visible = sum(not character.isspace() for character in text)
    if not visible or letters / visible < LETTER_SHARE_LEAST:
        return "hardly any letters"
    words = [word.lower() for word in words_of(text)]
    if len(words) < WORDS_LEAST:
        # Scripts without spaces between words: as many letters as such words have.
        spaceless = sum(character > "\u0e00" for character in text)
        return "" if spaceless >= 2 * WORDS_LEAST and len(set(text)) >= DISTINCT_LEAST else "too few words"
    if len(set(words)) < DISTINCT_LEAST:
        return "too few different words"
    most = max(map(words.count, set(words))) if len(set(words)) < 64 else 0  # noqa: PLR2004  # bounds the counting
    return "one word over and over" if most / len(words) > SHARE_OF_ONE_WORD_MOST else ""
