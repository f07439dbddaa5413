"""Regular expressions that are compiled at their first use.

A process that starts imports several hundred patterns and uses few of them: a suite of number answers uses a tenth.
Compiling all of them took a third of the CPU time of a cold start.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast
from weakref import WeakSet

Table = TypeVar("Table")

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _LazyPattern:
    """A pattern whose methods are those of the compiled pattern, from the first use of one of them.

    The methods are attributes of the object, so that a later call costs the same as one of a compiled pattern.
    """

    __slots__ = ("__weakref__", "_flags", "pattern", *_METHODS)

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile the pattern; Python calls this only for an attribute that is not set yet."""
        if name not in _METHODS:
            raise AttributeError(f"a lazy pattern has no attribute {name!r}")
        compiled = re.compile(self.pattern, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)

    def __repr__(self) -> str:
        return f"lazy_pattern({self.pattern!r}, {self._flags})"


def lazy_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled when one of its methods is first used.

    Use it for the patterns of a module in place of ``re.compile``.
    It has the methods of a compiled pattern, and its attribute ``pattern``; it is no argument for the functions of
    ``re``.

    Args:
        pattern: The regular expression.
        flags: Flags of ``re``, such as ``re.IGNORECASE``.
    """
    made = _LazyPattern(pattern, flags)
    _made.add(made)
    return cast("re.Pattern[str]", made)


_made: WeakSet[_LazyPattern] = WeakSet()


def lazy_table(build: Callable[[], Table]) -> Callable[[], Table]:
    """Return a function that builds a table at its first call, and returns that table from then on."""
    built = cache(build)
    _tables.append(built)
    return built


_tables: list[Callable[[], object]] = []


def compile_patterns() -> None:
    """Compile all patterns that :func:`lazy_pattern` made so far, for a process that will be forked or measured.

    The tables of modules that are imported are built, too.
    """
    for pattern in list(_made):
        _ = pattern.search
    for table in _tables:
        table()
