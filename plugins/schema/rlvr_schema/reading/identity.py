"""When two JSON values are the same: keys in any order, ``1`` and ``1.0``, letters composed or not."""

from __future__ import annotations

import unicodedata

import msgspec

from rlvr import JsonValue


def identity(value: JsonValue) -> str:
    """Write a value so that two are the same just if their texts are equal; see ``comparing.comparators.same``."""
    if isinstance(value, str):
        return "s" + msgspec.json.encode(composed(value)).decode()
    if isinstance(value, float) and value.is_integer():
        return f"n{int(value)}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(identity, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{identity(value[key])}" for key in sorted(value)) + "}"
    return f"n{value!r}" if isinstance(value, (int, float)) and not isinstance(value, bool) else repr(value)


def composed(text: str) -> str:
    """Return a text with its letters composed, in Unicode's form NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
