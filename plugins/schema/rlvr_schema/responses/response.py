"""Judging a described response by what an operation promises: status, media type, headers, body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in
from rlvr_schema.responses.dialect import json_schema_of
from rlvr_schema.responses.document import Document, Found, Node, members_of
from rlvr_schema.responses.texts import Field, Shape, fields_of, read_form, read_simple, shape_of
from rlvr_schema.schemas.conformance import faults_of
from rlvr_schema.schemas.validation import SchemaError, SchemaFault, Validator, compiled

# Statuses whose responses have no body, whatever the document says (RFC 9110, 15).
_BODILESS = frozenset({204, 205, 304})
# The one media type whose bodies are read from their text; JSON is described as the value that it is.
FORM = "application/x-www-form-urlencoded"
_PARTS = frozenset({"status", "media_type", "headers", "body"})


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """One media type, or a range of them such as ``text/*``, and what bodies of it must be."""

    range: str
    schema: JsonValue
    validator: Validator
    shape: Shape
    fields: Mapping[str, Field]

    def read(self, body: JsonValue) -> JsonValue:
        """Return the value of a body: a form that is described as text is read, all else stands as it is."""
        is_form = isinstance(body, str) and _bare(self.range) == FORM and "string" not in self.shape.types
        return read_form(body, self.shape, self.fields) if is_form and isinstance(body, str) else body


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """One promised header: what its text is read as, whether its members stand as ``a=1``, whether it holds JSON."""

    name: str
    required: bool
    shape: Shape
    explode: bool
    content: bool
    validator: Validator


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of one status, a class of them such as ``2XX``, or all others."""

    key: str
    media: tuple[Media, ...]
    headers: tuple[Header, ...]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation's promises, compiled, by status."""

    name: str
    responses: Mapping[str, Expected]
    bodiless: bool

    def expected(self, status: int) -> Expected | None:
        """Return what is promised for a status: its own, else its class's, else that of all others."""
        keys = (str(status), f"{status // 100}XX", "default")
        return next((self.responses[key] for key in keys if key in self.responses), None)


class ResponseGrade(msgspec.Struct, frozen=True, kw_only=True):
    """How a described response stands to its operation.

    Attributes:
        status_ok: The status is one that the operation describes, and one that the task allows.
        media_type_ok: The media type is one of those described for the status.
        headers_ok: Every required header is there, and each described one is what its schema says.
        body_ok: The body is what its schema says; there is none where none is described.
        faults: What is wrong, in words, by JSON pointer into the description.
        described_as: The key of the document's response that judged, such as ``200``, ``4XX`` or ``default``.
    """

    status_ok: bool = False
    media_type_ok: bool = False
    headers_ok: bool = False
    body_ok: bool = False
    faults: tuple[SchemaFault, ...] = ()
    described_as: str = ""

    @property
    def conforms(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def operation_of(document: Document, found: Found) -> Operation:
    """Compile the responses of an operation.

    Raises:
        SchemaError: One cannot be: a reference leads nowhere, a schema is none.
    """
    responses = members_of(found.node, "responses")
    if not responses:
        raise SchemaError(f"{found.name} describes no responses")
    return Operation(
        name=found.name,
        responses={
            _status_key(key): _expected(document, _status_key(key), document.resolved(written))
            for key, written in responses.items()
            if not key.startswith("x-")
        },
        bodiless=found.method == "head",
    )


def _status_key(key: str) -> str:
    return key if key == "default" else key.upper()


def _expected(document: Document, key: str, node: Node) -> Expected:
    media, headers = members_of(node, "content"), members_of(node, "headers")
    return Expected(
        key=key,
        media=tuple(_media(document, name, document.resolved(written)) for name, written in media.items()),
        headers=tuple(
            _header(document, name, document.resolved(written))
            for name, written in headers.items()
            if name.lower() != "content-type"  # the media types describe it (OpenAPI 3.1.1, 4.8.17)
        ),
    )


def _media(document: Document, name: str, node: Node) -> Media:
    schema = json_schema_of(node.get("schema", True), document)
    shape = shape_of(document, node.get("schema", True))
    return Media(
        range=name.lower().replace(" ", ""),
        schema=schema,
        validator=compiled(schema),
        shape=shape,
        fields=fields_of(document, shape, members_of(node, "encoding")),
    )


def _header(document: Document, name: str, node: Node) -> Header:
    content = node.get("content")
    given = next(iter(content.values()), {}) if isinstance(content, Mapping) else node
    schema = document.resolved(given).get("schema", True)
    return Header(
        name=name,
        required=node.get("required") is True,
        shape=shape_of(document, schema),
        explode=node.get("explode") is True,
        content=isinstance(content, Mapping),
        validator=compiled(json_schema_of(schema, document)),
    )


def judged(described: JsonValue, operation: Operation, statuses: tuple[str, ...] = ()) -> ResponseGrade:
    """Judge a description: an object of ``status``, and ``media_type``, ``headers`` and ``body`` if there are any.

    Args:
        described: What is judged.
        operation: What is promised.
        statuses: The statuses that are allowed, such as ``404`` or ``2XX``; any if empty.
    """
    if not isinstance(described, dict):
        return _only("", "type", "a response is described by an object with a status")
    if odd := sorted(described.keys() - _PARTS):
        return _only(f"/{odd[0][:80]}", "unknown", f"no part of a response; known: {', '.join(sorted(_PARTS))}")
    status = _status(described.get("status"))
    if status is None:
        return _only("/status", "status", "expected a status of three digits")
    expected = operation.expected(status)
    if expected is None:
        known = ", ".join(operation.responses)
        return _only("/status", "status", f"{operation.name} describes no {status}; it describes {known}")
    if statuses and not {str(status), f"{status // 100}XX"} & set(statuses):
        return _only("/status", "status", f"{status} is not what was asked for: {', '.join(statuses)}", expected.key)
    headers = _headers(described.get("headers"))
    if isinstance(headers, SchemaFault):
        return ResponseGrade(status_ok=True, faults=(headers,), described_as=expected.key)
    bodiless = operation.bodiless or status in _BODILESS or not expected.media
    header_faults = tuple(_header_faults(expected, headers))
    media, media_faults = (None, ()) if bodiless else _media_of(described, headers, expected)
    body_faults = tuple(_body_faults(described, media, bodiless=bodiless))
    return ResponseGrade(
        status_ok=True,
        media_type_ok=not media_faults,
        headers_ok=not header_faults,
        body_ok=not body_faults and not media_faults,
        faults=(*media_faults, *header_faults, *body_faults),
        described_as=expected.key,
    )


def _only(at: str, keyword: str, problem: str, described_as: str = "") -> ResponseGrade:
    return ResponseGrade(faults=(SchemaFault(at=at, keyword=keyword, problem=problem),), described_as=described_as)


_STATUS = re.compile(r"[1-5][0-9][0-9]")


def _status(given: JsonValue) -> int | None:
    text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
    return int(text) if _STATUS.fullmatch(text) else None


def _headers(given: JsonValue) -> dict[str, str] | SchemaFault:
    """Read headers: names in lower case, values as text."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        return SchemaFault(at="/headers", keyword="type", problem="headers are an object of texts by name")
    read: dict[str, str] = {}
    for name, value in given.items():
        at = f"/headers/{name[:80]}"
        if isinstance(value, (dict, list)) or value is None:
            return SchemaFault(at=at, keyword="type", problem="a header is a text")
        if name.lower() in read:
            return SchemaFault(at=at, keyword="unique", problem="the header stands twice, in another case")
        read[name.lower()] = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return read


def _media_of(
    described: dict[str, JsonValue], headers: Mapping[str, str], expected: Expected
) -> tuple[Media | None, tuple[SchemaFault, ...]]:
    """Find the described media type among those promised, the narrowest first."""
    stated = [each for each in (described.get("media_type"), headers.get("content-type")) if each is not None]
    named = {_bare(each) if isinstance(each, str) else "" for each in stated}
    if len(named) != 1 or "" in named:
        problem = "no media type" if not stated else "a media type is one text, the same as the header Content-Type"
        return None, (SchemaFault(at="/media_type", keyword="media_type", problem=problem),)
    (name,) = named
    full = {each.lower().replace(" ", "") for each in stated if isinstance(each, str)}
    fitting = [media for media in expected.media if media.range in full or _covers(_bare(media.range), name)]
    if not fitting:
        promised = ", ".join(media.range for media in expected.media)
        problem = f"{name[:80]} is none of {promised}"
        return None, (SchemaFault(at="/media_type", keyword="media_type", problem=problem),)
    return min(fitting, key=lambda media: (media.range not in full, media.range.count("*"))), ()


def _bare(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def _covers(promised: str, name: str) -> bool:
    kind, _, _ = promised.partition("/")
    return promised in {"*/*", name} or (promised == f"{kind}/*" and name.startswith(f"{kind}/"))


def _header_faults(expected: Expected, headers: Mapping[str, str]) -> Iterator[SchemaFault]:
    for header in expected.headers:
        text = headers.get(header.name.lower())
        if text is None:
            if header.required:
                yield SchemaFault(at=f"/headers/{header.name}", keyword="required", problem="a required header")
            continue
        for fault in faults_of(header.validator, _read(text, header)):
            yield msgspec.structs.replace(fault, at=f"/headers/{header.name}{fault.at}")


def _read(text: str, header: Header) -> JsonValue:
    """Read a header's text as what its schema speaks of; as it stands if it is none."""
    if header.content:
        try:
            return value_in(text)
        except JsonError:
            return text
    return read_simple(text, header.shape, explode=header.explode)


def _body_faults(described: dict[str, JsonValue], media: Media | None, *, bodiless: bool) -> Iterator[SchemaFault]:
    present = "body" in described
    if bodiless:
        if present and described["body"] is not None:
            yield SchemaFault(at="/body", keyword="body", problem="a body, where none is described")
    elif not present:
        yield SchemaFault(at="/body", keyword="required", problem="no body, where one is described")
    elif media is not None:
        for fault in faults_of(media.validator, media.read(described["body"])):
            yield msgspec.structs.replace(fault, at="/body" + fault.at)
