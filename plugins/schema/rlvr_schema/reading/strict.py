"""Reading JSON strictly: RFC 8259 to the letter, and no more than a reader after us would read the same way.

Python's own parser does the work, in C; what it lets through (NaN, infinities, doubled keys, lone surrogates, depth up
to its stack) is refused here, each with a class of its own.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, NoReturn, assert_never

import msgspec

from rlvr import JsonValue

# The longest outputs of language models; a text of as many empty arrays as fit is read and judged in a tenth second.
TEXT_LIMIT_CHARACTERS = 400_000
# No schema in practice nests deeper than twenty; validators that recurse are safe at 64 and are not at a few hundred.
DEPTH_LIMIT = 64
# Python's conversion of decimal digits is quadratic; it refuses more than 4,300, and no count has a hundred.
DIGITS_LIMIT = 1_000


class Fault(StrEnum):
    """Why a text is not read as one JSON value."""

    EMPTY = "empty"
    SYNTAX = "syntax"
    TRUNCATED = "truncated"
    TRAILING = "trailing_data"
    ENCODING = "encoding"
    BYTE_ORDER_MARK = "byte_order_mark"
    CONTROL_CHARACTER = "control_character"
    NOT_A_NUMBER = "not_a_number"
    OVERFLOW = "overflow"
    DIGITS = "too_many_digits"
    DUPLICATE_KEY = "duplicate_key"
    SURROGATE = "lone_surrogate"
    DEPTH = "too_deep"
    SIZE = "too_large"

    @property
    def may_be_in_grammar(self) -> bool:
        """Whether a text with this fault may follow the grammar of RFC 8259, which lets readers refuse such texts."""
        match self:
            case Fault.OVERFLOW | Fault.DIGITS | Fault.DUPLICATE_KEY | Fault.SURROGATE | Fault.DEPTH:
                return True
            case (
                Fault.EMPTY
                | Fault.SYNTAX
                | Fault.TRUNCATED
                | Fault.TRAILING
                | Fault.ENCODING
                | Fault.BYTE_ORDER_MARK
                | Fault.CONTROL_CHARACTER
                | Fault.NOT_A_NUMBER
                | Fault.SIZE
            ):
                return False
        assert_never(self)

    @property
    def is_of_syntax(self) -> bool:
        """Whether a text with this fault may still be or hold a value, in a fence, among other text or with slips.

        A text with any other fault but ``EMPTY`` is refused, whatever else stands in it.
        """
        match self:
            case Fault.SYNTAX | Fault.TRUNCATED | Fault.TRAILING | Fault.CONTROL_CHARACTER:
                return True
            case (
                Fault.EMPTY
                | Fault.ENCODING
                | Fault.BYTE_ORDER_MARK
                | Fault.NOT_A_NUMBER
                | Fault.OVERFLOW
                | Fault.DIGITS
                | Fault.DUPLICATE_KEY
                | Fault.SURROGATE
                | Fault.DEPTH
                | Fault.SIZE
            ):
                return False
        assert_never(self)


class JsonError(ValueError):
    """A text is not one JSON value, or one that readers may read differently."""

    def __init__(self, fault: Fault, problem: str, position: int = 0) -> None:
        super().__init__(problem)
        self.fault = fault
        self.problem = problem
        self.position = position

    def __reduce__(self) -> tuple[Any, ...]:
        return JsonError, (self.fault, self.problem, self.position)


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """The result of reading a text.

    Attributes:
        value: The value; None also where there is none, see ``fault``.
        fault: Why it was refused; None if it was read.
        problem: The same in words.
        position: Where the text is wrong, in characters.
        in_grammar: Whether the text follows the grammar of RFC 8259, though it may be refused for what it says.
    """

    value: JsonValue = None
    fault: Fault | None = None
    problem: str = ""
    position: int = 0
    in_grammar: bool = True


def parse(text: str | bytes) -> Parsed:
    """Read a text, or bytes in UTF-8, as one JSON value, and say why not."""
    try:
        decoded = text if isinstance(text, str) else _decoded(text)
        return Parsed(value=value_in(decoded))
    except JsonError as error:
        return Parsed(
            fault=error.fault,
            problem=error.problem,
            position=error.position,
            in_grammar=error.fault.may_be_in_grammar and _follows_grammar(decoded),
        )


def value_in(text: str) -> JsonValue:
    """Read a text as one JSON value.

    Raises:
        JsonError: It is not, or is refused; see :class:`Fault`.
    """
    if len(text) > TEXT_LIMIT_CHARACTERS:
        raise JsonError(Fault.SIZE, f"longer than {TEXT_LIMIT_CHARACTERS} characters")
    body = text.strip(" \t\n\r")
    if not body:
        raise JsonError(Fault.EMPTY, "no text")
    value = _plain_value_in(body)
    if value is not _NOT_PLAIN:
        return value
    value, end = value_at(body, 0)
    if end != len(body):
        raise JsonError(Fault.TRAILING, f"more text behind the value, at character {end}", end)
    return value


_NOT_PLAIN: Any = object()
_TOO_MANY_DIGITS = re.compile(f"[0-9]{{{DIGITS_LIMIT + 1}}}")
_DIGIT = re.compile("[0-9]")


def _plain_value_in(body: str) -> JsonValue:
    """Read a text without escapes, doubled keys or other oddities, four times as fast; else ``_NOT_PLAIN``.

    msgspec's parser is strict but for doubled keys, of which the last wins.
    Without escapes, each colon of the text is one of the value that is kept unless a member was dropped: so that equal
    counts mean that none was.
    """
    if "\\" in body:
        return _NOT_PLAIN
    try:
        value = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # no JSON, half a surrogate pair among it: told why by the other parser
        return _NOT_PLAIN
    if msgspec.json.encode(value).count(b":") != body.count(":"):
        return _NOT_PLAIN
    if len(body) <= DEPTH_LIMIT:  # too short for any limit
        return value
    # A number of too many digits has one at a multiple of their limit; few texts need the slower search.
    if len(body) > DIGITS_LIMIT and _DIGIT.search(body[::DIGITS_LIMIT]) and _TOO_MANY_DIGITS.search(body):
        return _NOT_PLAIN
    _check_depth(value, body, 0, len(body))
    return value


def value_at(text: str, start: int) -> tuple[JsonValue, int]:
    """Read the JSON value that starts at a position, and say where it ends.

    Raises:
        JsonError: There is none, or it is refused.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _told(text, error) from None
    except RecursionError:
        raise JsonError(Fault.DEPTH, f"nested deeper than {DEPTH_LIMIT}", start) from None
    except JsonError as error:
        error.position = start
        raise
    _check_depth(value, text, start, end)
    if not text.isascii() or text.find("\\u", start, end) >= 0:
        _check_surrogates(value, start)
    return value, end


def _check_depth(value: JsonValue, text: str, start: int, end: int) -> None:
    if text.count("[", start, end) + text.count("{", start, end) <= DEPTH_LIMIT or not isinstance(value, (dict, list)):
        return
    if _is_flat(text[start:end]):
        return
    level = [value]
    for _ in range(DEPTH_LIMIT):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise JsonError(Fault.DEPTH, f"nested deeper than {DEPTH_LIMIT}", start)


_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _is_flat(text: str) -> bool:
    """Return whether a value is surely not too deep: its brackets cancel out, two levels at a time at most."""
    brackets = text.encode(errors="surrogatepass").translate(None, _ALL_BUT_BRACKETS)
    for _ in range(DEPTH_LIMIT // 2):
        left = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    return not brackets


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError(Fault.ENCODING, f"no UTF-8 at byte {error.start}", error.start) from None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen = set[str]()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # adds
        raise JsonError(Fault.DUPLICATE_KEY, f"the key {twice[:80]!r} stands twice in one object")
    return made


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise JsonError(Fault.OVERFLOW, f"the number {digits[:40]} is beyond the range of a double")
    return number


def _int(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        raise JsonError(Fault.DIGITS, f"a number of more than {DIGITS_LIMIT} digits")
    return int(digits)


def _constant(name: str) -> NoReturn:
    raise JsonError(Fault.NOT_A_NUMBER, f"{name} is no JSON")


# Made once: a decoder costs more than reading a small value. ``int`` alone is faster than a hook and as exact; numbers
# of too many digits are refused by Python itself, in the same way.
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant)


_ONLY_SPACE = re.compile(r"[ \t\n\r]*+\Z")


def _told(text: str, error: json.JSONDecodeError) -> JsonError:
    """Give a syntax error of Python's parser its class."""
    at, words = error.pos, error.msg
    problem = f"{words}, at character {at}"
    if text[:1] == "\ufeff":
        return JsonError(Fault.BYTE_ORDER_MARK, "starts with a byte order mark", at)
    if words.startswith("Unterminated string") or _ONLY_SPACE.match(text, at):
        return JsonError(Fault.TRUNCATED, problem, at)
    if words.startswith("Invalid control character"):
        return JsonError(Fault.CONTROL_CHARACTER, problem, at)
    return JsonError(Fault.SYNTAX, problem, at)


def _check_surrogates(value: JsonValue, start: int) -> None:
    """Refuse what no UTF-8 can hold; Python's parser reads pairs of escapes as the one character that they are."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonError(Fault.SURROGATE, "half of a surrogate pair", start) from None


def _follows_grammar(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_constant, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


# An answer of the greatest length has fewer values than this.
VALUES_LIMIT = 200_000


def check_value(value: JsonValue) -> None:
    """Hold a value that somebody else parsed to what :func:`value_in` allows.

    Raises:
        JsonError: It is nested too deeply, holds too many values, a number that is none, or half a surrogate pair.
    """
    level = [value]
    count = 0
    for _ in range(DEPTH_LIMIT + 1):
        count += len(level)
        if count > VALUES_LIMIT:
            raise JsonError(Fault.SIZE, f"more than {VALUES_LIMIT} values")
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise JsonError(Fault.NOT_A_NUMBER, "a number that is not finite")
        level = [inner for each in level if isinstance(each, (dict, list)) for inner in _inner(each)]
        if not level:
            return _check_surrogates(value, 0)
    raise JsonError(Fault.DEPTH, f"nested deeper than {DEPTH_LIMIT}")


def _inner(value: dict[str, JsonValue] | list[JsonValue]) -> Iterable[JsonValue]:
    return value.values() if isinstance(value, dict) else value
