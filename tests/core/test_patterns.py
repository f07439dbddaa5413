"""Patterns that are compiled at their first use: equal to compiled ones, and compiled once."""

from __future__ import annotations

import re
import weakref
from typing import Any

import pytest

from rlvr import compile_patterns, lazy_pattern
from rlvr.patterns import lazy_table

_CALLS = [
    ("findall", ("a1b22",)),
    ("fullmatch", ("12",)),
    ("match", ("a1",)),
    ("search", ("a1", 1)),
    ("split", ("a1b22c", 1)),
    ("sub", ("<>", "a1b22")),
    ("subn", ("<>", "a1b22")),
]


@pytest.mark.parametrize(("method", "arguments"), _CALLS, ids=[method for method, _ in _CALLS])
def test_each_method_is_that_of_the_compiled_pattern(method: str, arguments: tuple[object, ...]) -> None:
    """Also if it is the first one that is used."""
    found = getattr(lazy_pattern(r"\d+"), method)(*arguments)

    assert repr(found) == repr(getattr(re.compile(r"\d+"), method)(*arguments))


def test_the_flags_count() -> None:
    """As for ``re.compile``."""
    assert [match[0] for match in lazy_pattern("x", re.IGNORECASE).finditer("xX")] == ["x", "X"]


def test_a_pattern_is_compiled_at_its_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of the pattern is known before."""
    compiled: list[tuple[object, ...]] = []
    compile_ = re.compile

    def counted(*given: Any) -> re.Pattern[str]:
        compiled.append(given)
        return compile_(*given)

    monkeypatch.setattr(re, "compile", counted)
    pattern = lazy_pattern("y+")

    assert pattern.pattern == "y+"
    assert compiled == []
    assert [bool(pattern.search(text)) for text in ("y", "n")] == [True, False]
    assert compiled == [("y+", 0)]


def test_all_patterns_can_be_compiled_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Later uses compile nothing; a pattern that is not used any more is forgotten."""
    kept, lost = lazy_pattern("kept"), lazy_pattern("lost")
    reference = weakref.ref(lost)
    del lost
    compile_patterns()
    monkeypatch.setattr(re, "compile", None)

    assert kept.search("kept")
    assert reference() is None


def test_an_unknown_attribute_is_an_error() -> None:
    """It names the attribute."""
    with pytest.raises(AttributeError, match="no attribute 'searches'"):
        lazy_pattern("z").searches  # type: ignore[attr-defined]  # noqa: B018


def test_a_table_is_built_once_at_its_first_use_or_ahead() -> None:
    """Compiling the patterns of a process builds its tables, too."""
    built: list[str] = []

    @lazy_table
    def used() -> dict[str, int]:
        built.append("used")
        return {"a": 1}

    @lazy_table
    def unused() -> dict[str, int]:
        built.append("unused")
        return {}

    assert built == []
    assert used() is used()
    compile_patterns()
    assert unused() == {}
    assert built == ["used", "unused"]
