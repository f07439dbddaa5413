"""Names of methods that a stand-in does not answer, since their answers are verdicts.

Tests that call ``f(x).startswith("a")`` mean the method of a text. A submission that returns an object with a method of
that name would answer in place of the text.
"""

from __future__ import annotations

from typing import Any

from rlvr_code.referee.references import Origin, is_made, is_named, origin_of, reference_of

_PLAIN_TYPES = (str, bytes, bytearray, list, tuple, dict, set, frozenset, int, float, complex, range)

PLAIN_METHODS = frozenset(name for each in _PLAIN_TYPES for name in vars(each) if not name.startswith("_"))
"""The methods and attributes of plain types."""

_TRUTHS = frozenset(name for name in PLAIN_METHODS if name.startswith("is")) | {
    "startswith", "endswith", "all", "any", "equals",
}  # fmt: skip
# What they give is easy to guess, or is what the tests passed to them.
_COMPARISONS = frozenset({
    "count", "index", "rindex", "find", "rfind", "union", "intersection", "difference", "symmetric_difference",
})  # fmt: skip
# Containers that a submission defines have these; tests that change an object do not take it for a plain value.
_CHANGES = frozenset({
    "add", "append", "clear", "discard", "extend", "insert", "remove", "reverse", "setdefault", "sort", "update",
})  # fmt: skip
_CONTENTS = frozenset({"copy", "get", "items", "keys", "pop", "popitem", "values"})


def marks_use(name: str) -> bool:
    """Return True if tests that ask an object for this name do not take it for a plain value."""
    return name in _CHANGES or not (name in PLAIN_METHODS or name in _TRUTHS)


def withholds(stand_in: Any, name: str, *, is_used: bool) -> bool:
    """Return True if a stand-in does not answer a call of this method that passes plain values, or nothing.

    Args:
        stand_in: The object.
        name: The method.
        is_used: The tests have asked the object for something that no plain value has.
    """
    origin = origin_of(stand_in)
    if origin is Origin.NAMED:
        return False
    if name in _TRUTHS:
        return not (origin is Origin.MADE and is_used)
    if origin is Origin.MADE:
        return False
    if name in _COMPARISONS:
        return True
    if is_named(stand_in) or name in _CHANGES:
        return False
    return name in PLAIN_METHODS and not (name in _CONTENTS and is_used)


class WithheldMethod:
    """A method that :func:`withholds` names; it is called only with objects that the tests made."""

    def __init__(self, owner: Any, name: str, method: Any) -> None:
        self._owner = owner
        self._name = name
        self._method = method

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it if each argument is an object that the tests made."""
        given = [*arguments, *keywords.values()]
        if not given or not all(map(is_made, given)):
            name = reference_of(self._owner).type_name
            raise TypeError(f"an object of {name!r} does not answer {self._name!r} in place of a plain value")
        return self._method(*arguments, **keywords)
