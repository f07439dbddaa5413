"""Slips of JSON syntax that have one reading, undone; in one pass, and counted.

Undone are a comma before a closing bracket, quotes that are single, comments, and Python's names of the three
constants.
Nothing is closed, completed or invented: a cut-off value stays none.
"""

from __future__ import annotations

import re

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in

# An answer with more slips is not a slip.
EDITS_LIMIT = 20
# Mending reads token by token in Python; longer answers must be right by themselves.
TEXT_LIMIT_CHARACTERS = 50_000

# Quantifiers are possessive: every character is looked at once.
_TOKEN = re.compile(
    r"""(?P<double>"(?:[^"\\\n]|\\.)*+")|(?P<single>'(?:[^'\\\n]|\\.)*+')|(?P<line>//[^\n]*+|\#[^\n]*+)"""
    r"""|(?P<block>/\*(?:[^*]|\*(?!/))*+\*/)|(?P<name>[A-Za-z_]\w*+)|(?P<comma>,)|(?P<close>[\]}])|(?P<space>\s++)"""
    r"""|(?P<other>[^"'/\#A-Za-z_,\]}\s]++)"""
)
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}
_BARE_QUOTE = re.compile(r'\\.|"')


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was written with slips, and how many."""

    value: JsonValue
    edits: int


def repaired(text: str) -> Repaired | None:
    """Undo the slips of a text that is otherwise one JSON value; None if it is not, or has too many."""
    if len(text) > TEXT_LIMIT_CHARACTERS:
        return None
    written: list[str] = []
    edits = position = 0
    comma: int | None = None  # where the last comma stands that nothing followed yet
    while position < len(text):
        token = _TOKEN.match(text, position)
        if not token or edits > EDITS_LIMIT:
            return None
        position = token.end()
        kind, piece = token.lastgroup, token.group()
        if kind == "close" and comma is not None:
            written[comma] = ""
            edits += 1
        mended = _mended(str(kind), piece)
        edits += mended != piece
        if kind not in {"space", "line", "block"}:
            comma = len(written) if kind == "comma" else None
        written.append(mended)
    try:
        return Repaired(value=value_in("".join(written)), edits=edits) if 0 < edits <= EDITS_LIMIT else None
    except JsonError:
        return None


def _mended(kind: str, piece: str) -> str:
    if kind in {"line", "block"}:
        return " "
    if kind == "name":
        return _CONSTANTS.get(piece, piece)
    return '"' + _BARE_QUOTE.sub(_double, piece[1:-1]) + '"' if kind == "single" else piece


def _double(match: re.Match[str]) -> str:
    r"""Escape a double quote, and leave every escape but that of a single one."""
    return {'"': '\\"', "\\'": "'"}.get(match.group(), match.group())
