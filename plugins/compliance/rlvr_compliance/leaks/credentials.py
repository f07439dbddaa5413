"""Where in a text keys, tokens and passwords are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from rlvr_compliance.leaks.issued import ISSUED
from rlvr_compliance.leaks.named import NAMED
from rlvr_compliance.leaks.opaque import CHECKS, bits_per_character, is_documented, is_placeholder
from rlvr_compliance.leaks.secret_kind import SecretKind
from rlvr_compliance.text.decoding import decoded
from rlvr_compliance.text.engine import PatternSet, compiled, may_occur
from rlvr_compliance.text.readings import Reading, Readings

KINDS: tuple[SecretKind, ...] = (*ISSUED, *NAMED)


class Secret(msgspec.Struct, frozen=True):
    """One secret in a text; ``start`` and ``end`` are characters."""

    kind: str
    start: int
    end: int


def secrets_in(readings: Readings) -> list[Secret]:
    """Return the secrets in a text, as it is written and with disguises and codes undone; placeholders are none."""
    found = [secret for reading in readings.distinct for secret in _secrets_of(reading, reading.text)]
    plainer = decoded(readings.canonical)
    if plainer is not readings.canonical:
        found += _secrets_at_changes(plainer)
    return list(_apart(found, len(readings.raw.text)))


# How far from its name a value stands; more changes are not looked at one by one.
_NAME_REACH, _CHANGES_MOST = 100, 64


def _secrets_at_changes(reading: Reading) -> Iterator[Secret]:
    """Yield the secrets that the last edits of a reading show; the text around them was searched before."""
    changes = reading.changes()
    if len(changes) > _CHANGES_MOST:
        yield from _secrets_of(reading, reading.text)
        return
    for start, end in changes:
        first = max(0, start - _NAME_REACH)
        written = reading.span(start, end)
        for each in _secrets_of(reading, reading.text[first : end + _NAME_REACH], first):
            if each.end >= written[0] and each.start <= written[1]:
                yield each


def _secrets_of(reading: Reading, text: str, offset: int = 0) -> Iterator[Secret]:
    """Yield the secrets in a part of a reading, which begins at ``offset``."""
    data = reading.data if len(text) == len(reading.text) else text.encode()
    for place in sorted(_hints().occurring_in(data)):
        kind = KINDS[place]
        matches = _matches(kind, text, data)
        spans = [each.span(1) for each in matches] or (_in_pieces(kind, text) if place < len(ISSUED) else [])
        yield from (Secret(kind.name, *reading.span(offset + start, offset + end)) for start, end in spans)


def _matches(kind: SecretKind, text: str, data: bytes) -> list[Any]:
    if not may_occur(kind.pattern, text, data):  # most texts with a hint of a kind have none of its secrets
        return []
    return [each for each in compiled(kind.pattern).finditer(text) if each[1] and _is_secret(kind, each)]


# A key in pieces: where it may begin, how far apart its pieces are, and how many there are.
_HEADS_MOST, _REACH, _PIECES_MOST = 20, 400, 12
_SPACE = re.compile(r"\s+")
_WORD_OR_NUMBER = re.compile(r"\W*(?:[A-Za-z]?[a-z]*|[A-Z]+|\d{1,9})\W*")


def _in_pieces(kind: SecretKind, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a key of an issuer's form stands with white space inside.

    A word or a plain number ends the key.
    """
    for head in islice(compiled(kind.hint).finditer(text), _HEADS_MOST):
        start, position = head.start(), 0
        joined, written = text[max(0, start - 1) : start], text[start : start + _REACH]
        for count, gap in enumerate(islice(_SPACE.finditer(written + " "), _PIECES_MOST)):
            piece = written[position : gap.start()]
            if count and _WORD_OR_NUMBER.fullmatch(piece):
                break
            joined += piece
            position = gap.end()
            found = compiled(kind.pattern).search(joined) if count else None
            if found and found[1] and found.end(1) > len(joined) - len(piece) and _is_secret(kind, found):
                yield start, start + gap.start()
                break


def _apart(found: Iterable[Secret], length: int) -> Iterator[Secret]:
    """Leave out secrets that lie within those of kinds before them."""
    taken = bytearray(length)
    for each in found:
        if not all(taken[each.start : each.end]):
            taken[each.start : each.end] = b"\1" * (each.end - each.start)
            yield each


@cache
def _hints() -> PatternSet:
    """Compile the hints of all kinds into one set, which is one pass over the text."""
    return PatternSet([kind.hint for kind in KINDS])


def _is_secret(kind: SecretKind, match: Any) -> bool:
    value = match[1]
    if is_documented(value) or bits_per_character(value) < kind.entropy or "X" * 12 in value:
        return False
    if kind.entropy and is_placeholder(value):
        return False
    return not kind.check or CHECKS[kind.check](match)
