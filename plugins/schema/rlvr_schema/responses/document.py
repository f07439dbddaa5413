"""An OpenAPI document, 3.0 or 3.1: its references followed, its operations found.

Only references within the document are followed; none reaches the network or a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, assert_never, get_args
from urllib.parse import unquote

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, check_value
from rlvr_schema.schemas.validation import SchemaError

Node: TypeAlias = Mapping[str, Any]
Version: TypeAlias = Literal["3.0", "3.1"]
VERSIONS: tuple[Version, ...] = get_args(Version)

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# A reference that leads to a reference that leads to …; documents have one or two in a row.
CHAIN_LIMIT = 32


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document, and which version of OpenAPI it is written in."""

    root: Node
    version: Version

    @property
    def has_own_dialect(self) -> bool:
        """Whether its schemas are written in OpenAPI's own dialect, as in 3.0; in 3.1 they are JSON Schema."""
        match self.version:
            case "3.0":
                return True
            case "3.1":
                return False
        assert_never(self.version)

    def at(self, reference: JsonValue) -> JsonValue:
        """Return what a reference such as ``#/components/schemas/Pet`` leads to.

        Raises:
            SchemaError: It leads out of the document, or to nothing.
        """
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise SchemaError(
                f"$ref {str(reference)[:80]!r} leads out of the document; name its file in `document_files`"
            )
        node: Any = self.root
        for step in unquote(reference).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, Mapping) and name in node:
                node = node[name]
            else:
                raise SchemaError(f"$ref {reference[:80]!r} leads to nothing")
        return node

    def resolved(self, node: JsonValue) -> Node:
        """Follow an object's reference, and the next, to the object that is meant.

        Raises:
            SchemaError: They lead nowhere, or in a circle.
        """
        for _ in range(CHAIN_LIMIT):
            if not isinstance(node, Mapping):
                raise SchemaError(f"the document holds {str(node)[:80]!r} where an object is expected")
            if "$ref" not in node:
                return node
            node = self.at(node["$ref"])
        raise SchemaError(f"$ref {str(node)[:80]} leads in a circle")


def document_of(value: JsonValue) -> Document:
    """Read an OpenAPI document.

    Raises:
        SchemaError: It is none, or of another version.
    """
    if not isinstance(value, Mapping):
        raise SchemaError(f"the OpenAPI document is {type(value).__name__}; expected an object")
    try:
        check_value(value)
    except JsonError as error:
        raise SchemaError(f"the OpenAPI document is no JSON: {error.problem}") from None
    named = value.get("openapi")
    written = ".".join(named.split(".")[:2]) if isinstance(named, str) else ""
    version = next((each for each in VERSIONS if each == written), None)
    if version is None:
        raise SchemaError(f"the document's `openapi` is {named!r}; {' and '.join(VERSIONS)} are read")
    return Document(root=value, version=version)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An operation in its document: its method, the template of its path, and what is written of it."""

    method: str
    path: str
    node: Node

    @property
    def name(self) -> str:
        """The method and the path, such as ``GET /pets/{id}``."""
        return f"{self.method.upper()} {self.path}"


def members_of(node: Node, key: str) -> Mapping[str, Any]:
    """Return the object that a node holds under a key, empty if it holds none.

    Raises:
        SchemaError: It holds something else.
    """
    found = node.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise SchemaError(f"the document's {key!r} is {str(found)[:80]!r}; expected an object")
    return found


def list_of(node: Node, key: str) -> list[Any]:
    """Return the list that a node holds under a key, empty if it holds none.

    Raises:
        SchemaError: It holds something else.
    """
    found = node.get(key)
    if found is not None and not isinstance(found, list):
        raise SchemaError(f"the document's {key!r} is {str(found)[:80]!r}; expected a list")
    return found or []


def operations_in(document: Document) -> Iterator[Found]:
    """Go through a document's operations, in order.

    Raises:
        SchemaError: A path or an operation is no object.
    """
    for path, written in members_of(document.root, "paths").items():
        item = document.resolved(written)
        for method in METHODS:
            if method in item:
                yield Found(method=method, path=path, node=document.resolved(item[method]))


def operation_named(document: Document, name: str) -> Found:
    """Find an operation by its id, or by method and path: a template's, or one that a template describes.

    Raises:
        SchemaError: There is none.
    """
    operations = list(operations_in(document))
    method, _, path = name.strip().partition(" ")
    path = path.strip()
    for found in operations:
        if found.node.get("operationId") == name or (found.method == method.lower() and found.path == path):
            return found
    described = [each for each in operations if each.method == method.lower() and _describes(each.path, path)]
    if described:  # the path with the fewest templates is the one that is meant
        return min(described, key=lambda each: each.path.count("{"))
    names = [str(each.node.get("operationId", each.name)) for each in operations]
    likely = get_close_matches(name, [*names, *(each.name for each in operations)], n=1)
    hint = f"; did you mean {likely[0]!r}?" if likely else f"; it has {', '.join(names[:10])}" if names else ""
    raise SchemaError(f"the document has no operation {name[:80]!r}{hint}")


def _describes(template: str, path: str) -> bool:
    """Return whether a path is one of a template's, segment by segment."""
    ours, theirs = template.split("/"), path.split("?", maxsplit=1)[0].split("/")
    return len(ours) == len(theirs) and all(
        (one.startswith("{") and one.endswith("}") and other != "") or one == other
        for one, other in zip(ours, theirs, strict=True)
    )
