"""Values that travel as text: headers and forms, read as the types that their schemas speak of.

Source: OpenAPI 3.0.4 and 3.1.1, "Style Values", "Header Object", "Encoding Object".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, assert_never, cast, get_args
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in
from rlvr_schema.responses.document import Document, list_of, members_of
from rlvr_schema.schemas.validation import SchemaError

# How many schemas deep types are looked for; a header or a field of a form is a list or an object of plain values.
SHAPE_DEPTH = 8
# More fields than a form of an honest answer has.
FIELDS_LIMIT = 10_000

Style: TypeAlias = Literal["form", "spaceDelimited", "pipeDelimited", "deepObject"]
_SEPARATORS: Mapping[Style, str] = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "deepObject": ","}
_INTEGER = re.compile(r"-?[0-9]{1,100}")
_NUMBER = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The types that a schema allows a text: its own, those of its items and of its members."""

    types: frozenset[str] = frozenset()
    items: Shape | None = None
    members: Mapping[str, Shape] = {}
    others: Shape | None = None

    def member(self, name: str) -> Shape:
        """Return the shape of a member."""
        return self.members.get(name) or self.others or Shape()


def shape_of(document: Document, schema: Any, depth: int = SHAPE_DEPTH) -> Shape:
    """Read the types of a schema, its references and branches followed a little."""
    types: set[str] = set()
    items: Shape | None = None
    members: dict[str, Shape] = {}
    others: Shape | None = None
    level = [schema]
    for _ in range(SHAPE_DEPTH if depth > 0 else 0):
        nodes = [document.resolved(each) for each in level if isinstance(each, Mapping)]
        for node in nodes:
            named = node.get("type")
            types.update(map(str, named if isinstance(named, list) else [named]))
            items = shape_of(document, node["items"], depth - 2) if "items" in node else items
            for name, inner in members_of(node, "properties").items():
                members[name] = shape_of(document, inner, depth - 2)
            given = node.get("additionalProperties")
            others = shape_of(document, given, depth - 2) if isinstance(given, Mapping) else others
        level = [part for node in nodes for key in ("allOf", "anyOf", "oneOf") for part in list_of(node, key)]
    return Shape(types=frozenset(types), items=items, members=members, others=others)


def read_simple(text: str, shape: Shape, *, explode: bool) -> JsonValue:
    """Read a text of style ``simple``: a value, items at commas, or members as ``a,1,b,2`` or exploded as ``a=1,b=2``.

    Returns:
        The value; the text itself if its shape is none that it can be read as.
    """
    if "object" in shape.types:
        members = _members_in(text.split(","), explode=explode)
        return text if members is None else {name: _plain(part, shape.member(name)) for name, part in members.items()}
    if "array" in shape.types:
        return [_plain(part.strip(), shape.items) for part in text.split(",")]
    return _plain(text, shape)


def _members_in(parts: list[str], *, explode: bool) -> dict[str, str] | None:
    """Read names and values that alternate, or stand as ``name=value``; None if they do not, or a name stands twice."""
    pairs = (
        [part.partition("=")[::2] for part in parts] if explode else list(zip(parts[::2], parts[1::2], strict=False))
    )
    is_whole = all("=" in part for part in parts) if explode else len(parts) % 2 == 0
    members = {name.strip(): value.strip() for name, value in pairs}
    return members if is_whole and len(members) == len(pairs) else None


def _plain(text: str, shape: Shape | None) -> JsonValue:
    """Read one plain value; the text itself if its type speaks of none that it is."""
    types = frozenset[str]() if shape is None else shape.types
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    if "boolean" in types and text in {"true", "false"}:
        return text == "true"
    if "null" in types and not text and "string" not in types:
        return None
    return text


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """How one field of a form is written: its style, whether a list repeats its name, and whether it holds JSON."""

    style: Style = "form"
    explode: bool = True
    holds_json: bool = False

    @property
    def names_members(self) -> bool:
        """Whether each member of an object is a field of its own, as in ``who[age]=7``."""
        match self.style:
            case "deepObject":
                return True
            case "form" | "spaceDelimited" | "pipeDelimited":
                return False
        assert_never(self.style)


def fields_of(document: Document, shape: Shape, encoding: Mapping[str, Any]) -> dict[str, Field]:
    """Read the ``encoding`` of a media type: how each member of its object is written.

    Raises:
        SchemaError: A style is none of a form.
    """
    fields: dict[str, Field] = {}
    for name in shape.members.keys() | encoding.keys():
        node = document.resolved(encoding.get(name, {}))
        style = node.get("style", "form")
        if style not in get_args(Style):
            raise SchemaError(f"the encoding of {name[:80]!r} has style {str(style)[:80]!r}, which no form has")
        # An object goes as JSON unless a style is asked for (OpenAPI 3.1.1, 4.8.15).
        default = "application/json" if "object" in shape.member(name).types and "style" not in node else "text/plain"
        fields[name] = Field(
            style=cast("Style", style),
            explode=bool(node.get("explode", style == "form")),
            holds_json="json" in str(node.get("contentType", default)),
        )
    return fields


def read_form(text: str, shape: Shape, fields: Mapping[str, Field]) -> JsonValue:
    """Read a body of application/x-www-form-urlencoded as the object that it stands for; as it stands if it is none."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS_LIMIT)
    except ValueError:
        return text
    given: dict[str, list[str]] = {}
    deep: dict[str, dict[str, JsonValue]] = {}
    for name, value in pairs:
        outer, bracket, inner = name.partition("[")
        if bracket and inner.endswith("]") and fields.get(outer, Field()).names_members:
            deep.setdefault(outer, {})[inner[:-1]] = _plain(value, shape.member(outer).member(inner[:-1]))
        else:
            given.setdefault(name, []).append(value)
    read: dict[str, JsonValue] = {
        name: _read_field(each, shape.member(name), fields.get(name, Field())) for name, each in given.items()
    }
    return {**read, **deep}


def _read_field(values: list[str], shape: Shape, field: Field) -> JsonValue:
    if field.holds_json and len(values) == 1:
        try:
            return value_in(values[0])
        except JsonError:
            return values[0]
    if "array" in shape.types:
        parts = values if field.explode else _SEPARATORS[field.style].join(values).split(_SEPARATORS[field.style])
        return [_plain(part, shape.items) for part in parts]
    if len(values) > 1:
        return list(values)
    if "object" in shape.types:
        return read_simple(unquote_plus(values[0]), shape, explode=False)
    return _plain(values[0], shape)
