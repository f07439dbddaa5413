"""Places in a row: dotted paths, and the values that they lead to. Nothing here raises for any row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec

from rlvr.record.json_value import MAPPINGS, JsonValue

ABSENT = msgspec.UNSET
"""What :func:`find_value` returns for a path that leads to nothing; a place that holds null has the value None."""

# The most values that a path with `[]` leads to: no published row has more completions.
FAN_OUT_LIMIT = 10_000


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A path, ready to follow.

    Attributes:
        path: The path, as messages name it.
        find: Returns the value at the path of a row; :data:`ABSENT` if the path leads to nothing.
    """

    path: str
    find: Callable[[Mapping[str, JsonValue]], JsonValue]


def value_at(row: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at a path of a row; None if there is none. A column whose name is the whole path wins."""
    value = find_value(row, path)
    return None if value is ABSENT else value


def find_value(row: Mapping[str, JsonValue], path: str) -> JsonValue:
    """Return the value at a path of a row; :data:`ABSENT` if the path leads to nothing.

    A path is names and list indices with dots between them: ``resps.0.0``, ``turns.-1.content``. The table of formats
    has more signs. ``outputs[].text`` is the list of the texts of all outputs, ``outputs[tag=x].text`` of those whose
    ``tag`` is or contains ``x``, ``outputs[tag=x]!.text`` the text of the only such output. ``choices@gold`` is the
    element of ``choices`` that ``gold`` numbers, or the list of elements if ``gold`` is a list of numbers.
    ``test&entry_point&prompt?`` is an object of these columns; one with ``?`` may be absent.
    A column whose name is the whole path wins.
    """
    return place_of(path).find(row)


@lru_cache(maxsize=4_096)
def place_of(path: str) -> Place:
    """Return the place of a path; see :func:`find_value`."""
    if "&" in path:
        names = tuple(path.split("&"))
        return Place(path=path, find=lambda row: row[path] if path in row else _joined(row, names))
    listed, at, index = path.partition("@")
    if at:
        values, number = place_of(listed), place_of(index)
        return Place(
            path=path, find=lambda row: row[path] if path in row else _picked(values.find(row), number.find(row))
        )
    if "." not in path and "[" not in path:
        return Place(path=path, find=lambda row: row.get(path, ABSENT))
    parts = path.split(".")
    head, *rest = parts
    if len(rest) == 1 and "[" not in path:  # most places: a column of objects
        (name,) = rest

        def find_inside(row: Mapping[str, JsonValue]) -> JsonValue:
            if path in row:
                return row[path]
            inner = row.get(head, ABSENT)
            return inner.get(name, ABSENT) if type(inner) is dict else _step(inner, name)

        return Place(path=path, find=find_inside)
    return Place(path=path, find=lambda row: row[path] if path in row else _follow(row, parts))


def head_of(path: str) -> str:
    """Return the name of the column that a path starts with."""
    return path.partition("&")[0].partition("@")[0].partition(".")[0].partition("[")[0]


def _follow(value: JsonValue, parts: Sequence[str]) -> JsonValue:
    for number, part in enumerate(parts):
        if part.endswith(("]", "]!")):
            is_only = part.endswith("!")
            name, _, condition = part.rstrip("!]").partition("[")
            listed = _step(value, name)
            if not isinstance(listed, (list, tuple)):
                return ABSENT
            rest = parts[number + 1 :]
            found = [_follow(each, rest) for each in listed[:FAN_OUT_LIMIT] if _fulfils(each, condition)]
            found = [each for each in found if each is not ABSENT]
            if is_only:
                return found[0] if len(found) == 1 else ABSENT
            return found
        value = _step(value, part)
    return value


def _step(value: JsonValue, part: str) -> JsonValue:
    if isinstance(value, MAPPINGS):
        return value.get(part, ABSENT)
    if isinstance(value, (list, tuple)) and part.removeprefix("-").isdecimal() and len(part) < 10:  # noqa: PLR2004
        index = int(part)
        return value[index] if -len(value) <= index < len(value) else ABSENT
    return ABSENT


def _fulfils(value: JsonValue, condition: str) -> bool:
    if not condition:
        return True
    name, _, wanted = condition.partition("=")
    held = _step(value, name)
    return wanted in held if isinstance(held, (list, tuple)) else bool(held == wanted)


def _joined(row: Mapping[str, JsonValue], names: Sequence[str]) -> JsonValue:
    found: dict[str, JsonValue] = {}
    for name in names:
        value = row.get(name.removesuffix("?"), ABSENT)
        if value is not ABSENT and value is not None:
            found[name.removesuffix("?")] = value
        elif not name.endswith("?"):
            return ABSENT
    return found


def _picked(listed: JsonValue, index: JsonValue) -> JsonValue:
    if not isinstance(listed, (list, tuple)):
        return ABSENT
    if isinstance(index, (list, tuple)):
        found = [_picked(listed, each) for each in index[:FAN_OUT_LIMIT] if not isinstance(each, (list, tuple))]
        return [each for each in found if each is not ABSENT]
    is_index = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(listed)
    return listed[index] if is_index else ABSENT
