"""Calls in Python notation, ``f(a=1, b="x")``, read by a parser of literals.

Nothing is evaluated.
The only operator is a minus before a number, the only names are the constants; positional, starred and repeated
arguments are errors.
"""

from __future__ import annotations

import re
from typing import NoReturn

from rlvr import JsonValue
from rlvr_schema.calls.objects import CallSyntaxError
from rlvr_schema.reading.strict import DEPTH_LIMIT, DIGITS_LIMIT

_TOKEN = re.compile(
    r"""\s*+(?:(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')(?!["'])"""
    r"""|(?P<number>-?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?+\d++)?+)(?![\w.])"""
    r"""|(?P<name>[^\W\d]\w*+(?:[.\-/][^\W\d]\w*+)*+)|(?P<mark>[()\[\]{},:=;]))""",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "b": "\b", "f": "\f", "/": "/"}
_CONSTANTS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None}


def calls_written_in(text: str) -> list[tuple[str, dict[str, JsonValue]]]:
    """Read ``f(a=1)``, several of them in brackets or one behind the other, and nothing else.

    Raises:
        CallSyntaxError: The text is anything else.
    """
    reader = _Reader(text)
    listed = reader.took("[")
    calls = [reader.call()]
    while reader.kind and not (listed and reader.piece == "]"):
        separated = reader.took(",") or reader.took(";")
        if listed and not separated:
            reader.fail("a comma between calls")
        if (listed and reader.piece == "]") or not reader.kind:
            break
        calls.append(reader.call())
    if listed:
        reader.take("]")
    if reader.kind:
        reader.fail("the end")
    return calls


def calls_written_at(text: str, start: int) -> tuple[list[tuple[str, dict[str, JsonValue]]], int]:
    """Read the calls that start at a position, ``[f(a=1), g()]`` or ``f(a=1)``, and return where they end.

    Raises:
        CallSyntaxError: There are none.
    """
    reader = _Reader(text, start)
    listed = reader.took("[")
    calls = [reader.call()]
    while listed and reader.took(","):
        calls.append(reader.call())
    if listed:
        reader.take("]")
    return calls, reader.end


class _Reader:
    """Looks one token ahead; ``end`` is where the token before it ends."""

    def __init__(self, text: str, start: int = 0) -> None:
        self.text = text.rstrip()
        self.position = self.end = start
        self.kind = self.piece = ""
        self._next()

    def _next(self) -> None:
        self.end = self.position
        if self.position >= len(self.text):
            self.kind = self.piece = ""
            return
        token = _TOKEN.match(self.text, self.position)
        if not token or not token.lastgroup:
            self.kind, self.piece = "other", ""  # no part of a call, and whatever comes next fails to be one
            return
        self.kind, self.piece, self.position = token.lastgroup, token[token.lastgroup], token.end()

    def fail(self, expected: str) -> NoReturn:
        raise CallSyntaxError(f"expected {expected} at character {self.position}")

    def took(self, mark: str) -> bool:
        if self.kind == "mark" and self.piece == mark:
            self._next()
            return True
        return False

    def take(self, mark: str) -> None:
        if not self.took(mark):
            self.fail(f"{mark!r}")

    def call(self) -> tuple[str, dict[str, JsonValue]]:
        name = self._name()
        self.take("(")
        arguments: dict[str, JsonValue] = {}
        while not self.took(")"):
            key = self._name()
            self.take("=")
            if key in arguments:
                self.fail("an argument once")
            arguments[key] = self.value(0)
            if not self.took(",") and self.piece != ")":
                self.fail("a comma")
        return name, arguments

    def _name(self) -> str:
        name = self.piece
        if self.kind != "name" or name in _CONSTANTS:
            self.fail("a name")
        self._next()
        return name

    def value(self, depth: int) -> JsonValue:
        kind, piece = self.kind, self.piece
        if depth > DEPTH_LIMIT:
            self.fail("less depth")
        if kind == "mark" and piece in "[({":
            self._next()
            return self._object(depth) if piece == "{" else self._array("]" if piece == "[" else ")", depth)
        self._next()
        if kind == "string":
            return _ESCAPE.sub(_unescaped, piece[1:-1])
        if kind == "number" and len(piece) <= DIGITS_LIMIT:
            return _number(piece)
        if kind == "name" and piece in _CONSTANTS:
            return _CONSTANTS[piece]
        return self.fail("a literal")

    def _array(self, closing: str, depth: int) -> list[JsonValue]:
        items: list[JsonValue] = []
        while not self.took(closing):
            items.append(self.value(depth + 1))
            if not self.took(",") and self.piece != closing:
                self.fail("a comma")
        return items

    def _object(self, depth: int) -> dict[str, JsonValue]:
        made: dict[str, JsonValue] = {}
        while not self.took("}"):
            key = self.value(depth + 1)
            if not isinstance(key, str) or key in made:
                self.fail("a key of its own")
            self.take(":")
            made[key] = self.value(depth + 1)
            if not self.took(",") and self.piece != "}":
                self.fail("a comma")
        return made


def _number(piece: str) -> int | float:
    if piece.lstrip("-").isdigit():
        return int(piece)
    number = float(piece)
    if number in {float("inf"), float("-inf")}:
        raise CallSyntaxError("a number beyond the range of a double")
    return number


def _unescaped(match: re.Match[str]) -> str:
    body = match.group()[1:]
    if body[0] in "ux" and len(body) > 1:
        character = chr(int(body[1:], 16))
        if "\ud800" <= character <= "\udfff":
            raise CallSyntaxError("half of a surrogate pair")
        return character
    if body not in _ESCAPES:
        raise CallSyntaxError(f"the escape {match.group()!r}")
    return _ESCAPES[body]
