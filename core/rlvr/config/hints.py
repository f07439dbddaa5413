"""Hints for a wrong key or value of a suite: the likely key, its new name, or the values that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import msgspec

from rlvr.config.format import SECTIONS
from rlvr.config.routing import suggestion
from rlvr.patterns import lazy_pattern

UNKNOWN_FIELD = lazy_pattern(r"unknown field `(.*)`")


def hint_of(problem: str, struct: type[msgspec.Struct], where: str) -> str:
    """Return a hint that msgspec does not give: the likely key, or the values that a field allows."""
    structs = SECTIONS if struct in SECTIONS else tuple(_structs_in(struct, set()))
    known = {name: kind for each in structs for name, kind in fields_in(each).items()}
    unknown = UNKNOWN_FIELD.search(problem)
    if unknown:
        renamed = {name: words for each in structs for name, words in getattr(each, "RENAMED", {}).items()}
        words = renamed.get(unknown[1])
        if words:
            return f"it is {words} now"
        places = [each.__name__.removesuffix("Section").lower() for each in structs if unknown[1] in fields_in(each)]
        return f"it is a key of {' and '.join(places)}" if places else suggestion(unknown[1], tuple(known))
    field = re.split(r"[.\[]", where)[-1]
    if "enum value" in problem and field in known:
        return "one of " + ", ".join(str(value) for value in _literals(known[field]))
    return ""


def fields_in(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the fields of a struct with their types."""
    return {field.name: field.type for field in msgspec.structs.fields(struct)}


def _structs_in(kind: Any, seen: set[type[msgspec.Struct]]) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs in a type, outer ones first, each once."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in seen:
            seen.add(kind)
            yield kind
            for field in fields_in(kind).values():
                yield from _structs_in(field, seen)
    else:
        for part in get_args(kind):
            yield from _structs_in(part, seen)


def _literals(kind: Any) -> Iterator[Any]:
    """Yield the values of all ``Literal`` parts of a type."""
    for part in get_args(kind):
        if get_origin(kind) is Literal:
            yield part
        else:
            yield from _literals(part)
