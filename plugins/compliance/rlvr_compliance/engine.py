"""The regex engine: google-re2, linear in the text whatever the pattern."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

# Memory that one pattern may use; patterns of real packs stay below, and counted repetitions cannot exhaust the host.
PATTERN_LIMIT_BYTES = 8 << 20
# Patterns come from suites and rows, so their number is unknown; a pack of rules is a few hundred.
PATTERNS_KEPT = 2048


class PatternError(ValueError):
    """A pattern that the linear engine cannot run, such as one with look-around or a back-reference."""


@lru_cache(maxsize=PATTERNS_KEPT)
def compiled(pattern: str) -> Any:
    """Compile a pattern.

    Raises:
        PatternError: It is no pattern, or not one that runs in linear time.
    """
    options = re2.Options()
    options.max_mem = PATTERN_LIMIT_BYTES
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise PatternError(f"{pattern[:80]!r} does not run in linear time: {error}") from None


def readable(text: str) -> str:
    """Put U+FFFD for each lone surrogate, one for one: the engine reads UTF-8, which has none."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if _broken(text) else text


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
