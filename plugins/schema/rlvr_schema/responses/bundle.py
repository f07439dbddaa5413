"""An OpenAPI document of several files, written as one: each further file stands in it, and references lead there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from rlvr import JsonValue
from rlvr_schema.schemas.validation import SchemaError

# Where the further files stand in the bundle, by their names; OpenAPI leaves members that start with x- to tools.
FILES = "x-rlvr-files"


def bundled(name: str, root: JsonValue, others: Mapping[str, JsonValue]) -> JsonValue:
    """Write a document and its further files as one document.

    Args:
        name: The name of the document's file; references start from its folder.
        root: The document.
        others: The contents of the further files, by their names.

    Raises:
        SchemaError: A reference leads to a file that is not among them, or to an address.
    """
    if not others or not isinstance(root, Mapping):
        return root
    places = {posixpath.normpath(other): f"#/{FILES}/{_escaped(other)}" for other in others}
    places[posixpath.normpath(name)] = "#"
    bundle = _rewritten(root, name, places)
    bundle[FILES] = {other: _rewritten(content, other, places) for other, content in others.items()}
    return bundle


def _rewritten(node: Any, name: str, places: Mapping[str, str]) -> Any:
    """Copy a node of a file, with its references led into the bundle."""
    if isinstance(node, list):
        return [_rewritten(each, name, places) for each in node]
    if not isinstance(node, Mapping):
        return node
    copy = {key: _rewritten(value, name, places) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        copy["$ref"] = _led(node["$ref"], name, places)
    discriminator = node.get("discriminator")
    if isinstance(discriminator, Mapping) and isinstance(discriminator.get("mapping"), Mapping):
        mapping = {
            value: _led(target, name, places) if _is_reference(target, name, places) else target
            for value, target in discriminator["mapping"].items()
        }
        copy["discriminator"] = {**copy["discriminator"], "mapping": mapping}
    return copy


def _is_reference(target: Any, name: str, places: Mapping[str, str]) -> bool:
    """Return whether a value of a discriminator is a reference, not the name of a component."""
    if not isinstance(target, str):
        return False
    return "/" in target or "#" in target or posixpath.join(posixpath.dirname(name), target) in places


def _led(reference: str, name: str, places: Mapping[str, str]) -> str:
    """Return where a reference of a file leads in the bundle."""
    file, _, pointer = reference.partition("#")
    if "://" in file:
        raise SchemaError(f"{name}: $ref {reference[:80]!r} leads to an address; name a file of `document_files`")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), file) if file else name)
    if target not in places:
        raise SchemaError(f"{name}: $ref {reference[:80]!r} leads to a file that is not among `document_files`")
    return places[target] + pointer


def _escaped(name: str) -> str:
    """Write a name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
