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
from typing import Any, Literal, TypeAlias

Engine: TypeAlias = Literal["re2", "regex"]
ENGINE: Engine = "re2" if find_spec("re2") else "regex"
"""What searches here; scorers are bounded where it is re2."""

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
    return _compiled_re2(pattern) if engine == "re2" else _compiled_regex(pattern)


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


# What re2 has not; in a class these are characters, but no pattern of rules needs them there unescaped.
_UNBOUNDED = re.compile(r"\(\?(?:[=!>]|<[=!]|\()|\\[1-9]|\\[kgGKRXZ]|[+*?}]\+")
_ANCHORS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\$|\(\?([a-zA-Z]+)[:)]", re.DOTALL)


def _compiled_regex(pattern: str) -> Any:
    import regex

    if found := _UNBOUNDED.search(pattern):
        raise _refused(pattern, f"invalid perl operator: {found[0]}")
    lines = re.search(r"\(\?[a-z]*m", pattern)
    translated = _ANCHORS.sub(lambda each: each[0] if each[0] != "$" or lines else r"\Z", pattern)
    translated = translated.replace(r"\z", r"\Z").replace(r"\C", ".")
    try:
        return regex.compile(translated, regex.ASCII | regex.VERSION0)
    except regex.error as error:
        raise _refused(pattern, str(error)) from None


def _refused(pattern: str, why: str) -> PatternError:
    return PatternError(
        f"{pattern[:80]!r} does not run in linear time: {why}; for what stands before or behind, use `unless_before` "
        "and `unless_behind`"
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
        self._chunks = list(_chunks(list(enumerate(patterns)))) if engine == "re2" else []

    def occurring_in(self, text: str) -> set[int]:
        """Return the places of the patterns that occur in a text."""
        found: set[int] = set()
        for matched, places in self._chunks:
            hits = matched.Match(text)
            if hits is None or _CANARY not in hits:
                return self._looked_for_singly(text)
            found.update(places[hit] for hit in hits if hit != _CANARY)
        return found if self._chunks else self._looked_for_singly(text)

    def _looked_for_singly(self, text: str) -> set[int]:
        return {place for place, single in enumerate(self._singles) if single.search(text) is not None}

    def spans(self, place: int, text: str) -> Iterator[tuple[int, int]]:
        """Return where a pattern occurs in a text, in order."""
        for found in self._singles[place].finditer(text):
            yield found.span()


_CANARY = 0


def _chunks(patterns: list[tuple[int, str]]) -> Iterator[tuple[Any, dict[int, int]]]:
    """Compile patterns into sets; those that are too much for one go into two."""
    import re2

    made = re2.Set.SearchSet(_options(SET_LIMIT_BYTES))
    made.Add("(?:)")  # the canary: every text holds it
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


def readable(text: str) -> str:
    """Put U+FFFD for each lone surrogate, one for one: the engine reads UTF-8, which has none."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
