"""Where in a text personal data is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from rlvr_compliance.leaks.checksums import is_confirmed, is_phone
from rlvr_compliance.leaks.personal_kinds import KINDS, PersonalKind
from rlvr_compliance.text.decoding import APART, CODED, DEFANGED, SPOKEN, decoded, refanged, spoken_digits, unspaced
from rlvr_compliance.text.engine import PatternSet, compiled, may_occur
from rlvr_compliance.text.readings import Reading, Readings

# How far from a weak form a word may be that makes it one.
_BEFORE, _BEHIND = 60, 30


class Datum(msgspec.Struct, frozen=True):
    """One personal datum in a text; ``start`` and ``end`` are characters."""

    kind: str
    start: int
    end: int


class DataSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of personal data to find.

    Attributes:
        entities: The names of the kinds.
        weak_forms: Whether forms count that are not sure, without a word beside them.
        countries: The countries whose phone numbers are read in national form, as ISO 3166 names them.
    """

    entities: tuple[str, ...]
    weak_forms: bool = True
    countries: tuple[str, ...] = ()


def personal_data_in(readings: Readings, search: DataSearch) -> list[Datum]:
    """Return the personal data in a text, as it is written and with disguises undone."""
    hints = _hints(search)
    found: list[Datum] = []
    hits: set[int] = set()
    for reading in readings.distinct:
        hits = hints.occurring_in(reading.data)
        found += _data(reading, reading.text, search, hits)
    for other in _undisguised(readings.canonical, {hit - len(search.entities) for hit in hits}):
        found += _data_at_changes(other, search)
    return list(_once(found, len(readings.raw.text)))


# The patterns of disguises that are looked for along with the kinds, behind which they stand in the set.
_DISGUISES = (CODED, SPOKEN, DEFANGED, APART)
_CODED, _SPOKEN, _DEFANGED, _APART = range(4)


def _undisguised(plain: Reading, disguises: set[int]) -> Iterator[Reading]:
    """Yield the readings in which one disguise is undone, of those that occur in a text."""
    if _CODED in disguises and (other := decoded(plain)) is not plain:
        yield other
    if _SPOKEN in disguises and (other := spoken_digits(plain)) is not plain:
        yield other
    plainer = refanged(plain) if _DEFANGED in disguises else plain
    if plainer is not plain:
        yield plainer
    if (_APART in disguises or plainer is not plain) and (other := unspaced(plainer)) is not plainer:
        yield other


def _data(reading: Reading, text: str, search: DataSearch, hits: set[int], offset: int = 0) -> Iterator[Datum]:
    """Yield the data in a part of a reading that begins at an offset.

    Args:
        reading: The reading.
        text: The part.
        search: What is looked for.
        hits: The places of the hints that occur in the part.
        offset: Where it begins.
    """
    data = reading.data if len(text) == len(reading.text) else text.encode()
    for place in sorted(hits):
        if place >= len(search.entities):
            return
        name = search.entities[place]
        pattern = _pattern(name, search)
        if not may_occur(pattern, text, data):
            continue
        for match in compiled(pattern).finditer(text):
            if match.lastindex and _is_datum(name, match, search):
                start, end = match.span(match.lastindex)
                yield Datum(name, *reading.span(start + offset, end + offset))


# Data are shorter than this, with the words that stand beside them.
_REACH = 400
# More changes are not looked at one by one.
_CHANGES_MOST = 64


def _data_at_changes(reading: Reading, search: DataSearch) -> Iterator[Datum]:
    """Yield the data of an edited reading; the text below was searched before, so only edits can show further data."""
    changes = reading.changes()
    if len(changes) > _CHANGES_MOST:
        yield from _data(reading, reading.text, search, _hints(search).occurring_in(reading.data))
        return
    for start, end in changes:
        first = max(0, start - _REACH)
        written = reading.span(start, end)
        part = reading.text[first : end + _REACH]
        for each in _data(reading, part, search, _hints(search).occurring_in(part), first):
            if each.end >= written[0] and each.start <= written[1]:
                yield each


# What starts with a plus, or with 00 and signs between groups, is a number of any country; others are read by the plans
# of the countries that a suite names.
_INTERNATIONAL_PHONE = r"(?:^|[^\w.+-])((?:\+ ?\d|00[ -]?[1-9])\d{0,2}(?:[ ./()-]{0,3}\d){6,13})\b"


def _pattern(name: str, search: DataSearch) -> str:
    return _INTERNATIONAL_PHONE if name == "PHONE_NUMBER" and not search.countries else KINDS[name].pattern


@lru_cache(maxsize=256)
def _hints(search: DataSearch) -> PatternSet:
    """Compile what every text with a datum, or with a disguise, contains into one set: one pass over the text."""
    patterns = ((KINDS[name].hint, _pattern(name, search)) for name in search.entities)
    hints = [r"\+ ?\d|\b00[ -]?[1-9]" if each is _INTERNATIONAL_PHONE else hint or each for hint, each in patterns]
    return PatternSet([*hints, *_DISGUISES])


def _is_datum(name: str, match: Any, search: DataSearch) -> bool:
    kind = KINDS[name]
    start, end = match.span(match.lastindex)
    value = match[match.lastindex]
    if not _stands_alone(match.string, start, end, is_glued=kind.is_glued):
        return False
    if name == "IP_ADDRESS" and compiled(_NUMBERED).search(match.string[max(0, start - _BEFORE) : start]):
        return False
    if name == "PHONE_NUMBER":
        return _is_phone(match.string, value, start, search)
    if not (search.weak_forms or is_sure(kind, value) or _is_beside(kind, match.string, start, end)):
        return False
    return is_confirmed(kind.check, value)


# Words whose numbers have as many parts as an address.
_NUMBERED = (
    r"(?i)(?:\b(?:sections?|sec\.|version|ver\.|v|release|chapter|clause|articles?|paragraph|figure|table|appendix)|§)"
    r"\s?$"
)


def is_sure(kind: PersonalKind, value: str) -> bool:
    """Return whether a value has a form that no word need confirm."""
    return not kind.sure or compiled(f"^(?:{kind.sure})$").search(value) is not None


def _is_beside(kind: PersonalKind, text: str, start: int, end: int) -> bool:
    near = f"{text[max(0, start - _BEFORE) : start]} {text[end : end + _BEHIND]}"
    return compiled(f"(?i){kind.beside}").search(near) is not None


# An international number behind the prefix that most countries dial, in groups.
_GROUPED = re.compile(r"00[ -]?[1-9]\d{0,2}[ ./-]{1,3}(?:\(?\d\)?[ ./-]{1,2})?\(?\d{2}.*", re.DOTALL)
# National forms that dates, versions and sums do not have.
_PHONE_FORM = r"^(?:\(\d{2,5}\)[ -]?\d[\d -]*|\d{3}([-. ])\d{3}[-. ]\d{4}|0\d{1,4}[ /-]\d[\d -]*)$"
_PHONE_WORDS = (
    r"(?i)\b(?:tel|phone|call|mobile|cell|fax|whatsapp|telefon|ring|dial|handy|tél|número|contact|reach"
    r"|text me|number is)"
)


def _is_phone(text: str, value: str, start: int, search: DataSearch) -> bool:
    """Confirm a phone number: by the plan of its country, and in national form by signs between groups or a word."""
    digits = "".join(filter(str.isdigit, value))
    if not value[-2:].isdigit():
        return False  # the decimals of a number
    if value.startswith("+"):
        return is_phone("+" + digits, ())
    if _GROUPED.fullmatch(value) and is_phone("+" + digits.removeprefix("00"), ()):
        return True
    is_named = compiled(_PHONE_WORDS).search(text[max(0, start - _BEFORE) : start]) is not None
    return (is_named or compiled(_PHONE_FORM).search(value) is not None) and is_phone(digits, search.countries)


def _once(found: Iterable[Datum], length: int) -> Iterator[Datum]:
    """Leave out what another reading has found before, of the same kind at the same place."""
    taken: dict[str, bytearray] = {}
    for each in found:
        marks = taken.setdefault(each.kind, bytearray(length))
        if not any(marks[each.start : each.end]):
            marks[each.start : each.end] = b"\1" * (each.end - each.start)
            yield each


def _stands_alone(text: str, start: int, end: int, *, is_glued: bool) -> bool:
    """Return whether no letter, digit or joining sign touches a candidate, which would make it a part of something."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if after == "." and text[end + 1 : end + 2].isdigit():
        return False  # the part of a longer number, such as a version
    if before and (before in "-._" or _joins(before)) and not (is_glued and before.islower()):
        return False
    return not (after and (after in "-_" or _joins(after)))


def _joins(character: str) -> bool:
    """Return whether a letter or digit makes one word with Latin ones; Korean particles, say, do not."""
    return character.isalnum() and character < "\u0900"


# RFC 2606, 5737, 3849, 1122 (loopback); the card networks' test numbers; numbers that the SSA has withdrawn since they
# were printed.
_TEST_DOMAINS = re.compile(r"(?i)@(?:[\w-]+\.)*(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)$")
_TEST_NETWORKS = ("127.", "192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
_TEST_NUMBERS = frozenset(
    "4111111111111111 4242424242424242 4012888888881881 5555555555554444 5105105105105100 378282246310005 "
    "371449635398431 6011111111111117 6011000990139424 30569309025904 3530111333300000 "
    "078051120 219099999 457555462 123456789".split()
)
# Numbers for fiction: 555-0100 to 555-0199 in North America; 01632 960000 and 07700 900000 with the 999 behind them.
_TEST_PHONES = re.compile(r"(?:1?\d{3})?55501\d{2}|(?:44|0)?(?:1632960|7700900)\d{3}")


def is_test_value(value: str) -> bool:
    """Return whether a value is set aside for documentation and tests, and so nobody's."""
    if "@" in value:
        return _TEST_DOMAINS.search(value) is not None
    digits = "".join(filter(str.isdigit, value))
    return (
        value.lower().startswith(_TEST_NETWORKS)
        or digits in _TEST_NUMBERS
        or _TEST_PHONES.fullmatch(digits) is not None
    )
