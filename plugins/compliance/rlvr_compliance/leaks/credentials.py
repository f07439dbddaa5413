"""Where in a text keys, tokens and passwords are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from rlvr_compliance.leaks.issued import ISSUED
from rlvr_compliance.leaks.named import NAMED
from rlvr_compliance.leaks.opaque import CHECKS, bits_per_character, is_documented, is_placeholder
from rlvr_compliance.leaks.secret_kind import SecretKind
from rlvr_compliance.text.engine import PatternSet, compiled
from rlvr_compliance.text.readings import Readings

KINDS: tuple[SecretKind, ...] = (*ISSUED, *NAMED)


class Secret(msgspec.Struct, frozen=True):
    """One secret in a text; ``start`` and ``end`` are characters."""

    kind: str
    start: int
    end: int


def secrets_in(readings: Readings) -> list[Secret]:
    """Return the secrets in a text, as it is written and with disguises undone; placeholders are none."""
    found = [
        Secret(kind.name, *reading.span(*match.span(1)))
        for reading in readings.distinct
        for place in sorted(_hints().occurring_in(reading.data))
        for kind in (KINDS[place],)
        for match in compiled(kind.pattern).finditer(reading.text)
        if match[1] and _is_secret(kind, match)
    ]
    return list(_apart(found, len(readings.raw.text)))


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
