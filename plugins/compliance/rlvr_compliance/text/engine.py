"""The regex engine: google-re2, linear in the text whatever the pattern.

Many patterns are looked for in one pass by a ``Set``, which tells which of them occur; those are then looked for alone,
for where they are.
A set that runs out of memory answers as if nothing occurred, so a pattern that every text holds stands in each set:
where it is not among the answers, every pattern is looked for alone.

Where google-re2 is missing, the library regex takes its place: the same patterns are refused, and classes, anchors and
boundaries mean what they mean to re2. It backtracks, so that scorers then run in a worker that is killed at its
deadline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias, assert_never

Engine: TypeAlias = Literal["re2", "regex"]
ENGINE: Engine = "re2" if find_spec("re2") else "regex"
"""The library that searches here."""


def ends_in_time(engine: Engine) -> bool:
    """Return whether a search takes time that is linear in the text, so that scorers may be bounded."""
    match engine:
        case "re2":
            return True
        case "regex":  # it backtracks
            return False
    assert_never(engine)


# Memory that one pattern may use; patterns of real packs stay below, and counted repetitions cannot exhaust the host.
PATTERN_LIMIT_BYTES = 8 << 20
# A set of some hundred patterns compiles within this; the default of 8 MiB is too small for a pack of secrets.
SET_LIMIT_BYTES = 64 << 20
# Patterns come from suites and rows, so their number is unknown; a pack of rules is a few hundred.
PATTERNS_KEPT = 2_048


class PatternError(ValueError):
    """A pattern that the linear engine cannot run, such as one with look-around or a back-reference."""


@lru_cache(maxsize=PATTERNS_KEPT)
def compiled(pattern: str, engine: Engine = ENGINE) -> Any:
    """Compile a pattern; what comes back has ``search`` and ``finditer``.

    Raises:
        PatternError: It is no pattern, or not one that runs in linear time.
    """
    match engine:
        case "re2":
            return _compiled_re2(pattern)
        case "regex":
            return _compiled_regex(pattern)
    assert_never(engine)


def _compiled_re2(pattern: str) -> Any:
    import re2

    try:
        return re2.compile(pattern, _options(PATTERN_LIMIT_BYTES))
    except (re2.error, UnicodeEncodeError) as error:
        raise _refused(pattern, str(error)) from None


def _options(memory: int) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def spans_of(pattern: str, text: str, data: bytes | None = None) -> Iterator[tuple[int, int]]:
    """Yield where a pattern matches in a text, in order.

    re2 searches UTF-8: each search in a text with one character beyond ASCII would encode all of it again.

    Args:
        pattern: The pattern, which does not match nothing.
        text: The text.
        data: The text in UTF-8, if that is known.
    """
    if ENGINE != "re2":
        return (found.span() for found in compiled(pattern).finditer(text))
    searched = text.encode() if data is None else data
    spans = (found.span() for found in compiled(pattern).finditer(searched))
    return spans if len(searched) == len(text) else _in_characters(spans, searched)


def _in_characters(spans: Iterator[tuple[int, int]], data: bytes) -> Iterator[tuple[int, int]]:
    """Convert places in UTF-8, in order, to places in the text."""
    place = done = 0
    for start, end in spans:
        first = place + len(data[done:start].decode())
        place, done = first + len(data[start:end].decode()), end
        yield first, place


def may_occur(pattern: str, text: str, data: bytes) -> bool:
    """Return whether a pattern matches anywhere in a text, without encoding it again; True where only a search tells.

    Args:
        pattern: The pattern.
        text: The text.
        data: The text in UTF-8.
    """
    return ENGINE != "re2" or len(data) == len(text) or compiled(pattern).search(data) is not None


# What re2 has not.
_UNBOUNDED = re.compile(r"\(\?(?:[=!>]|<[=!]|\()|\\[1-9]|\\[kgGKRXZ]|[+*?}]\+")
# What means ASCII to re2 and Unicode to regex, outside of classes and in them.
_ASCII_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_POSIX = {
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:alnum:]": "0-9A-Za-z",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\t-\r ",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:word:]": "0-9A-Za-z_",
    "[:xdigit:]": "0-9A-Fa-f",
}
_TOKEN = re.compile(r"\[:\^?\w+:\]|\\[pP](?:\{[^}]*\}|.)|\\.|.", re.DOTALL)


def _compiled_regex(pattern: str) -> Any:
    import regex

    if found := _UNBOUNDED.search(pattern):
        raise _refused(pattern, f"invalid perl operator: {found[0]}")
    lines = re.search(r"\(\?[a-z]*m", pattern) is not None
    try:
        return regex.compile("".join(_translated(pattern, lines=lines)), regex.VERSION1)
    except regex.error as error:
        raise _refused(pattern, str(error)) from None


def _translated(pattern: str, *, lines: bool) -> Iterator[str]:
    """Write a pattern of re2 for regex, piece by piece."""
    opened = -1  # where in the pattern the class began that we are in
    for found in _TOKEN.finditer(pattern):
        piece, inside = found[0], opened >= 0
        if piece == "[" and not inside:
            opened = found.start()
        elif piece == "]" and inside and found.start() - opened > 1 + (pattern[opened + 1] == "^"):
            opened = -1
        if piece[0] == "\\" and piece[1].lower() in _ASCII_CLASSES:
            kept = _ASCII_CLASSES[piece[1].lower()]
            yield f"[^{kept}]" if piece[1].isupper() else kept if inside else f"[{kept}]"
        elif piece in {r"\b", r"\B"} and not inside:
            yield f"(?a:{piece})"
        elif piece == "$" and not inside and not lines:
            yield r"\Z"
        elif inside and piece == "[" and found.start() > opened:
            yield r"\["
        elif inside and piece in {"&", "-", "~", "|"} and pattern[found.start() + 1 : found.start() + 2] == piece:
            yield "\\" + piece  # two of them are an operation on sets to regex
        else:
            yield {r"\z": r"\Z", r"\C": ".", **_POSIX}.get(piece, piece)


def _refused(pattern: str, why: str) -> PatternError:
    return PatternError(
        f"{pattern[:80]!r} does not run in linear time: {why}; for what stands before or behind, use `not_followed_by` "
        "and `not_preceded_by`"
    )


class PatternSet:
    """Patterns that are looked for together.

    Args:
        patterns: Each is known by its place.
        engine: What searches; for tests.

    Raises:
        PatternError: One is no pattern, or not one that runs in linear time.
    """

    def __init__(self, patterns: Sequence[str], engine: Engine = ENGINE) -> None:
        self._singles = [compiled(pattern, engine) for pattern in patterns]
        match engine:
            case "re2":
                self._chunks = list(_chunks(list(enumerate(patterns))))
            case "regex":  # it has no sets
                self._chunks = []
            case _:
                assert_never(engine)

    def occurring_in(self, text: str | bytes) -> set[int]:
        """Return the places of the patterns that occur in a text; UTF-8 spares re2 the encoding."""
        found: set[int] = set()
        for matched, places in self._chunks:
            hits = matched.Match(text)
            if hits is None or _CANARY not in hits:
                return self._looked_for_singly(text)
            if len(hits) > 1:
                found.update(places[hit] for hit in hits if hit != _CANARY)
        return found if self._chunks else self._looked_for_singly(text)

    def _looked_for_singly(self, searched: str | bytes) -> set[int]:
        text = searched if isinstance(searched, str) else searched.decode()
        return {place for place, single in enumerate(self._singles) if single.search(text) is not None}

    def spans(self, place: int, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a pattern occurs in a text, in order."""
        for found in self._singles[place].finditer(text):
            yield found.span()


_CANARY = 0


def _chunks(patterns: list[tuple[int, str]]) -> Iterator[tuple[Any, dict[int, int]]]:
    """Compile patterns into sets; those that are too much for one go into two."""
    import re2

    made = re2.Set.SearchSet(_options(SET_LIMIT_BYTES))
    made.Add(r"\A")  # the canary: every text has a beginning; the empty pattern would match everywhere and cost double
    places = {made.Add(pattern): place for place, pattern in patterns}
    try:
        made.Compile()
    except re2.error:
        if len(patterns) == 1:
            raise _refused(patterns[0][1], "too much memory") from None
        middle = len(patterns) // 2
        yield from _chunks(patterns[:middle])
        yield from _chunks(patterns[middle:])
    else:
        yield made, places
