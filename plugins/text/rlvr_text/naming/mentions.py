"""Where a text mentions a phrase: as whole words, a number as the whole number, never inside another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from rlvr import lazy_pattern

# Longer digits are no number that a phrase asks for; reading them would take quadratic time.
NUMBER_LIMIT_CHARACTERS = 40

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_NUMBER = lazy_pattern(rf"[-−–+]?[$€£¥]?{_DIGITS}%?")  # minus signs as they are typed
# Letters of scripts without spaces may stand beside a number at once.
_NUMBER_IN_TEXT = lazy_pattern(rf"(?<![0-9A-Za-z_.,]){_DIGITS}")
# What makes of the digits behind it another number: a sign, a relation, an operation.
_CHANGES_BEFORE = lazy_pattern(
    r"(?:[-−–+<>≤≥≈~∼≠±√∛/*×·÷^%]|\\(?:sqrt|approx|sim|geq?|leq?|neq?|pm|cdot|times|div)|[<>=!]=|=[<>])[\s({$]*$"  # noqa: RUF001
)
_CALCULATES_BEFORE = lazy_pattern(
    r"\d\s?[-−–x:]\s?$|\b(?:between|from) [\d.,]+ (?:and|to) $|[\d.,]+ to $"
    r"|\b(?:half|third|quarter|percent|share)s? of $"
)
_CHANGES_AFTER = lazy_pattern(
    r"\s(?:less|fewer|more|greater|higher|lower|larger|smaller) than \d|\s(?:short of|shy of|off) \d|"
    r"\s?[%‰°²³!^*×÷√]|\s?[-−–+/x:]\s?\d|[-‐‑–]?(?:ish|odd)\b|\s?\+|[-‐‑]?\s?to\s?\d|[-‐‑][^\W\d]|"  # noqa: RUF001
    r"(?:\s|-)?(?:thousand|million|billion|trillion|hundred|dozen|percent|per ?cent|per ?mille|squared|cubed|times"
    r"|or so|or more|or less|or fewer|or thereabouts|and a half|plus|minus|k|mn|bn"
    r"|million[es]+|tausend|millionen|mille)\b",
    re.IGNORECASE,
)
_JOINS_NUMBER = lazy_pattern(r"[0-9A-Za-z_½¼¾⅓⅔]")
_DECIMALS_AFTER = lazy_pattern(r"[.,:]\d")

# What joins a word to its neighbours: a part of a name, of an address, a path, a handle or a compound.
_JOINED_BEFORE = lazy_pattern(r"[\w@#][-‐‑.'’]$|[\w./:@#&?=%\\+-][/\\@#=]$|(?:^|[\s(\"'])[@/\\]$|://$|\w&$")  # noqa: RUF001
_JOINED_AFTER = lazy_pattern(r"[-‐‑][^\W\d]|[@/\\=](?=[\w./])|\.(?!\.)[^\W\d_]{2}|['’]s?\s+[^\W\d]|\(\)|\(\w+=")  # noqa: RUF001
_ADDRESS = lazy_pattern(
    r"(?:https?://|www\.|mailto:)[^\s<>\"')\]]*|\]\([^\s)]{0,300}\)|</?[A-Za-z][\w-]{0,20}>|\b(?:href|src|title|alt)=[\"'][^\"'>]{0,300}[\"']"
)

_EMPHASIS = lazy_pattern(r"(?<!\w)[*_`]{1,3}(?=\w)|(?<=\w)[*_`]{1,3}(?!\w)|[*_`]{2,3}(?=\s|$)")
# Columns of a table, and tags that set items apart.
_COLUMNS = lazy_pattern(
    r"[\t\u2000-\u200a\u3000]+|(?<=\w) {2,}(?=\w)|</?(?:br|li|ul|ol|td|tr|p|div|span)\s*/?>", re.IGNORECASE
)


def is_number(phrase: str) -> bool:
    """Return whether a phrase is a number, with or without a sign, a currency and a percent sign."""
    return _NUMBER.fullmatch(phrase.strip()) is not None


def without_addresses(text: str) -> str:
    """Return the text without addresses, attributes and emphasis; columns are set apart by marks."""
    return _EMPHASIS.sub("", _ADDRESS.sub(" ", _COLUMNS.sub("; ", text)))


def mentions(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands as whole words, and a number as the whole number with its sign.

    Args:
        text: The text in its normal form.
        phrase: The phrase in the same form.
    """
    value = _value_of(phrase)
    if value is not None:
        yield from _numbers(text, value)
        return
    for start, end in occurrences(text, phrase):
        if not (text[start].isalpha() and _JOINED_BEFORE.search(text[max(0, start - 4) : start])) and not (
            text[end - 1].isalpha() and _JOINED_AFTER.match(text, end)
        ):
            yield start, end


def occurrences(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands as whole words, also inside a compound or an address."""
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if _is_whole(text, start, end):
            yield start, end
        start = text.find(phrase, end)


def _value_of(phrase: str) -> Decimal | None:
    """Read a plain number; None for one with a sign, a currency or a percent sign, which is compared as text."""
    if not _NUMBER_IN_TEXT.fullmatch(phrase) or len(phrase) > NUMBER_LIMIT_CHARACTERS:
        return None
    try:
        return Decimal(phrase.replace(",", ""))
    except InvalidOperation:
        return None  # digits of another script that Decimal does not read


def _numbers(text: str, value: Decimal) -> Iterator[tuple[int, int]]:
    for found in _NUMBER_IN_TEXT.finditer(text):
        if found.end() - found.start() > NUMBER_LIMIT_CHARACTERS or _value_of(found[0]) != value:
            continue
        if _is_whole_number(text, *found.span()):
            yield found.span()


def _is_whole_number(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 24) : start]
    if _JOINS_NUMBER.match(before[-1:]) or _JOINS_NUMBER.match(text, end) or _DECIMALS_AFTER.match(text, end):
        return False
    if _CHANGES_BEFORE.search(before) and not re.fullmatch(r"\s*[-+*]\s+", before.rpartition("\n")[2] or "x"):
        return False
    return _CALCULATES_BEFORE.search(before) is None and _CHANGES_AFTER.match(text, end) is None


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if _joins(text[start], before[-1:]) or _joins(text[end - 1], after[:1]):
        return False
    if text[start].isdigit() and (_continues_number(before[::-1]) or _opens_number(before)):
        return False
    return not (text[end - 1].isdigit() and _continues_number(after))


def _joins(edge: str, neighbour: str) -> bool:
    """Return whether two characters belong to one word."""
    return bool(neighbour) and (edge.isalnum() or edge == "_") and (neighbour.isalnum() or neighbour == "_")


def _continues_number(outwards: str) -> bool:
    """Return whether what is beside a digit, read away from it, makes it part of a larger number or expression."""
    return outwards[:1] == "%" or (outwards[:1] in set(".,/:^*+×-−–") and outwards[1:2].isdigit())


def _opens_number(before: str) -> bool:
    """Return whether what is before a digit is its sign or decimal point."""
    return before[-1:] in {"-", "−"} or (before[-1:] == "." and not before[:-1].strip(" ([$="))
