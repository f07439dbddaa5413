"""Patterns that ECMA 262 allows without the flag ``u``, written so that they also mean the same with it.

``jsonschema-rs`` reads patterns with the flag, and refuses the older forms; Annex B of ECMA 262 says what they mean.
"""

from __future__ import annotations

import re

from rlvr import JsonValue

_QUANTIFIER = re.compile(r"\{\d++(?:,\d*+)?\}")
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|c[A-Za-z]|k<[^<>]{1,100}>|[pP]\{[^{}]{1,100}\}"
    r"|(?P<octal>0[0-7]{0,2}|[1-3][0-7]{2})|(?P<digit>[89])|.)",
    re.DOTALL,
)
# Letters that mean something behind a backslash; any other is itself. `A` and `z` are anchors in other dialects.
_MEANING = frozenset("dDwWsSbBfnrtvAz123456789")
_SETS = frozenset("dDwWsS")
# Members of schemas that contain values, in which nothing is a pattern.
_VALUES = frozenset({"const", "enum", "default", "examples", "example"})


def with_modern_patterns(schema: JsonValue) -> JsonValue:
    """Return a schema whose patterns are written in the stricter grammar."""
    if isinstance(schema, list):
        return [with_modern_patterns(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _member(key, value) for key, value in schema.items()}


def _member(key: str, value: JsonValue) -> JsonValue:
    if key in _VALUES:
        return value
    if key == "pattern" and isinstance(value, str):
        return modern_pattern(value)
    if key == "patternProperties" and isinstance(value, dict):
        return {modern_pattern(pattern): with_modern_patterns(inner) for pattern, inner in value.items()}
    return with_modern_patterns(value)


def modern_pattern(pattern: str) -> str:
    """Return a pattern of the same meaning in the grammar of the flag ``u``."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character == "[":
            piece, position = _class_at(pattern, position)
        elif character == "\\":
            piece, position = _escape_at(pattern, position)
        elif character == "{":
            quantifier = _QUANTIFIER.match(pattern, position)
            is_quantifier = quantifier is not None and bool(pieces)
            piece = quantifier[0] if quantifier and is_quantifier else "\\{"
            position += len(piece) if is_quantifier else 1
        else:
            piece, position = character, position + 1
        pieces.append(piece)
    return "".join(pieces)


def _class_at(pattern: str, start: int) -> tuple[str, int]:
    """Return the class that starts at a place, and its end; a class without members has none, or all characters."""
    position = start + 1
    negated = pattern.startswith("^", position)
    position += negated
    members: list[str] = []
    while position < len(pattern) and pattern[position] != "]":
        if pattern[position] == "\\":
            piece, position = _escape_at(pattern, position)
            piece = "\\x08" if piece == "\\b" else piece
        else:
            piece, position = pattern[position], position + 1
        members.append("\\[" if piece == "[" else piece)
    if position == len(pattern):
        return pattern[start:], position  # never closed: an error in every dialect
    if not members:
        return "[\\s\\S]" if negated else "[^\\s\\S]", position + 1
    for at, member in enumerate(members[1:-1], start=1):  # a hyphen beside a set of characters is no range
        if member == "-" and (members[at - 1][1:] in _SETS or members[at + 1][1:] in _SETS):
            members[at] = "\\-"
    return f"[{'^' if negated else ''}{''.join(members)}]", position + 1


def _escape_at(pattern: str, start: int) -> tuple[str, int]:
    escape = _ESCAPE.match(pattern, start)
    if not escape:  # a lone backslash at the end: an error in every dialect
        return pattern[start:], len(pattern)
    written = escape[0]
    if escape["octal"]:
        return f"\\x{int(escape['octal'], 8):02x}", escape.end()
    if escape["digit"]:
        return escape["digit"], escape.end()
    letter = written[1:]
    if letter == "c":
        return "\\\\c", escape.end()
    is_plain = len(letter) == 1 and letter.isascii() and letter.isalpha() and letter not in _MEANING
    return letter if is_plain else written, escape.end()
