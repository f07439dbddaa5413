"""Templates: texts with places of a record, as graders of OpenAI and Azure write them.

``{{ item.x.y }}`` is a column of the row, ``{{ sample.output_text }}`` the answer without its reasoning,
``{{ sample.output_json.x }}`` a field of the answer's JSON and ``{{ sample.output_tools }}`` its tool calls.
A part of a path that is a number, ``x.0`` or ``x[0]``, is the place in a list. Nothing else is read or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.json_value import JsonValue
from rlvr.record.record import Record

# No grader has more; each may be as long as the completion.
PLACES_LIMIT = 50

_PLACE = lazy_pattern(r"\{\{([^{}]*)\}\}")
_PATH = lazy_pattern(r"\s*(item|sample)((?:\.[A-Za-z0-9_-]+|\[[0-9]{1,6}\])+)\s*", re.ASCII)
_STEP = lazy_pattern(r"[A-Za-z0-9_-]+")
_SAMPLE_FIELDS = ("output_text", "output_json", "output_tools", "choices")


class TemplateError(ValueError):
    """A text is not a template: it names an unknown place."""


class MissingError(LookupError):
    """A record does not have a place that a template names.

    Attributes:
        place: The place.
        is_of_row: True if the place is missing in the row, False if it is missing in the completion.
    """

    def __init__(self, place: str, *, is_of_row: bool) -> None:
        owner = "the row" if is_of_row else "the answer"
        super().__init__(f"{owner} has no `{place}`")
        self.place = place
        self.is_of_row = is_of_row


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed template.

    Attributes:
        text: Its text.
        parts: Texts, and the paths between them.
    """

    text: str
    parts: tuple[str | tuple[str, ...], ...]

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """The places that it has, such as ``("item", "x")``."""
        return tuple(part for part in self.parts if isinstance(part, tuple))

    def fill(self, record: Record) -> str:
        """Return the text for a record; values that are no texts stand as JSON.

        Raises:
            MissingError: The row or the completion lacks a place.
        """
        return "".join(part if isinstance(part, str) else _text_at(record, part) for part in self.parts)


def parse_template(text: str) -> Template:
    """Parse a template.

    Raises:
        TemplateError: It names an unknown place, or too many places.
    """
    parts: list[str | tuple[str, ...]] = []
    end = 0
    for match in _PLACE.finditer(text):
        path = _PATH.fullmatch(match[1])
        steps = (path[1], *_STEP.findall(path[2])) if path else ()
        if not steps or (steps[0] == "sample" and steps[1] not in _SAMPLE_FIELDS):
            known = ", ".join(f"sample.{name}" for name in _SAMPLE_FIELDS)
            raise TemplateError(f"`{{{{{match[1]}}}}}` is no place; expected item.<column>, {known}")
        parts += [text[end : match.start()], steps]
        end = match.end()
    if len(parts) > 2 * PLACES_LIMIT:
        raise TemplateError(f"has more than {PLACES_LIMIT} places")
    rest = text[end:]
    if "{{" in rest or "}}" in rest or any("}}" in part for part in parts if isinstance(part, str)):
        raise TemplateError("has '{{' or '}}' without the other")
    return Template(text=text, parts=tuple(part for part in (*parts, rest) if part))


def item_of(record: Record) -> dict[str, JsonValue]:
    """Return the columns of the row of a record, including the reference: the ``item`` of graders."""
    found = dict(record.metadata)
    if record.reference_at:
        found[record.reference_at.rpartition(".")[2]] = record.reference
    return found


def sample_of(record: Record) -> dict[str, JsonValue]:
    """Return the completion of a record as the ``sample`` of graders; without ``output_json`` if it is not JSON."""
    sample: dict[str, JsonValue] = {
        "output_text": record.final,
        "output_tools": list(record.tool_calls),
        "choices": [{"message": {"role": "assistant", "content": record.final}}],
    }
    with suppress(msgspec.DecodeError, UnicodeError, RecursionError):
        sample["output_json"] = msgspec.json.decode(record.json)
    return sample


def _text_at(record: Record, path: Sequence[str]) -> str:
    is_of_row = path[0] == "item"
    if tuple(path) == ("sample", "output_text"):
        return record.final
    found: Any = item_of(record) if is_of_row else sample_of(record)
    for step in path[1:]:
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise MissingError(".".join(path), is_of_row=is_of_row)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)
