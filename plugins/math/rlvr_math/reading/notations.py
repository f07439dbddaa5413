r"""Other notations of one answer that only the reference tells apart: labels of choices and Roman numerals.

``(A) 7`` is A where a letter is asked for and 7 where a number is; ``XII`` is 12 where a number is asked for.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from rlvr import lazy_pattern

_SETTING = r"(?:\\(?:textbf|mathbf|text|mathrm|bf|rm)\s?\{\s?)?"
_LABEL = lazy_pattern(
    rf"\s*[*$]{{0,3}}{_SETTING}(?:\(\s?(?P<bracketed>[A-J])\s?\)|(?P<marked>[A-J])[).:](?![A-Za-z\d]))"
    r"(?P<closed>\s?\})?[*$]{0,3}(?P<content>.{0,500})",
    re.DOTALL,
)
_NOUN = r"(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter)\s{1,3})?"
_LETTER = lazy_pattern(rf"\s*[*$]{{0,3}}{_SETTING}{_NOUN}\(?\s?([A-J])\s?\)?[.:]?\s?\}}?[*$.]{{0,3}}\s*")
_SPACES = lazy_pattern(r"^(?:\s|~|\\[ ,;:]|\\q?quad(?![A-Za-z]))+")
# What continues an expression, so that a letter in brackets before it is a factor or a term and no label.
_GOES_ON = lazy_pattern(r"\s*(?:[-+*/^_=<>!)\]}|,;&%]|\\(?:cdot|times|cup|cap|in|le|ge|ne|pm)(?![A-Za-z]))")
_OTHER_LABEL = lazy_pattern(r"(?<![A-Za-z\\])(?:\([A-J]\)|[A-J][).:](?![A-Za-z\d]))")
_ROMAN = lazy_pattern(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
# One letter is a choice, a variable or a unit; two letters of these are hardly anything but a numeral.
_LEAST_LETTERS = 2
_SMALL_NUMERALS = frozenset("XVI")


class Choice(NamedTuple):
    """A choice's letter and what stands behind it, "" if nothing does."""

    letter: str
    content: str


def choice_in(text: str) -> Choice | None:
    """Read a text that is a choice: its letter, alone or as a label before its content; None for anything else."""
    alone = _LETTER.fullmatch(text)
    if alone:
        return Choice(alone[1], "")
    label = _LABEL.fullmatch(text)
    if label is None:
        return None
    behind = label["content"]
    content = _SPACES.sub("", behind)
    is_apart = (
        behind != content or label["marked"] is not None or label["closed"] is not None or behind.startswith("\\")
    )
    # Behind a label in text's letters a minus is the sign of the content: \textbf{(C) } -7.
    goes_on = _GOES_ON.match(content) and not (label["closed"] and content.startswith("-"))
    if not content or not is_apart or goes_on or _OTHER_LABEL.search(content):
        return None
    return Choice(label["bracketed"] or label["marked"], content)


def roman_in(text: str) -> int | None:
    """Read a Roman numeral of two letters or more in its usual form; None for anything else."""
    text = text.strip(" $.*")
    if len(text) < _LEAST_LETTERS or not _ROMAN.fullmatch(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(-one if one < after else one for one, after in pairwise([*values, 0]))


def is_small_numeral(text: str) -> bool:
    """Say whether a Roman numeral is written with I, V and X only; others may be names of segments."""
    return _SMALL_NUMERALS.issuperset(text.strip(" $.*"))
