"""The JSON Schema of suite files, with the options of the installed scorers, for completion in editors."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from rlvr.config.format import EntrySection, OtherwiseSection, SuiteSection, TaskSection
from rlvr.errors import PluginError
from rlvr.files import SuiteFile
from rlvr.plugins import InstalledScorer, Registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def suite_schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON Schema of a suite file for the installed plugins; broken scorers are left out."""
    scorers = _working_scorers(registry)
    options: list[type[Any]] = [installed.scorer.options for installed in scorers]
    kinds: list[type[Any]] = [SuiteSection, TaskSection, EntrySection, OtherwiseSection, *dict.fromkeys(options)]
    references, components = msgspec.json.schema_components(
        kinds, schema_hook=_schema_of, ref_template="#/$defs/{name}"
    )
    at = dict(zip(kinds, references, strict=True))
    ids = [installed.id for installed in scorers]
    any_scorer = {
        "if": {"pattern": ":"},
        "then": {"pattern": ":[A-Za-z_][A-Za-z0-9_.]*$", "description": "./FILE.py:NAME"},
        "else": {"enum": ids},
    }
    suite = components.pop(_name(at[SuiteSection]))
    suite["properties"]["tasks"]["additionalProperties"] = at[TaskSection]
    for section in (EntrySection, OtherwiseSection):
        entry = components[_name(at[section])]
        entry["properties"]["scorer"].update(any_scorer)
        entry["allOf"] = [_options_rule(installed, at[installed.scorer.options]) for installed in scorers]
    task = components[_name(at[TaskSection])]
    task["properties"]["scorers"]["items"] = {"anyOf": [{"type": "string", **any_scorer}, at[EntrySection]]}
    for kind, reference in at.items():
        if kind is not SuiteSection:
            _describe(components[_name(reference)], kind)
    document = {"$schema": DIALECT, **suite, "title": "rlvr suite", "$defs": components}
    for node in list(_mappings(document)):
        _describe_tag(node)
        _choose_by_type(node)
    return document


def _schema_of(kind: type[Any]) -> dict[str, Any]:
    if kind is SuiteFile:
        return {"type": "string", "minLength": 1}
    raise NotImplementedError(kind)


def _working_scorers(registry: Registry) -> list[InstalledScorer]:
    working = []
    for scorer_id in registry.scorer_ids():
        try:
            working.append(registry.scorer(scorer_id))
        except PluginError:
            continue
    return working


def _options_rule(installed: InstalledScorer, options: dict[str, Any]) -> dict[str, Any]:
    """Return the rule that an entry of a scorer has the options of that scorer."""
    return {
        "if": {"properties": {"scorer": {"const": installed.id}}, "required": ["scorer"]},
        "then": {"properties": {"options": options}},
    }


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[-1]


def _describe(component: dict[str, Any], kind: type[Any]) -> None:
    """Take descriptions that properties lack from the section `Attributes` of the docstring of their class."""
    text, _, attributes = (inspect.getdoc(kind) or "").partition("\nAttributes:\n")
    if not attributes:
        return
    component["description"] = text.strip()
    described = dict(re.findall(r"^(\w+): (.+(?:\n[ ].*)*)", textwrap.dedent(attributes), re.MULTILINE))
    for name, schema in component["properties"].items():
        if name in described:
            schema.setdefault("description", " ".join(described[name].replace("``", "`").split()))


def _mappings(node: object) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a JSON value, outer ones first."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _mappings(child)


def _describe_tag(node: dict[str, Any]) -> None:
    """Describe the key that says which of several mappings one is, such as `compare`."""
    if node.get("type") != "object":
        return
    for schema in node.get("properties", {}).values():
        if set(schema) == {"enum"} and len(schema["enum"]) == 1:
            schema["description"] = f"`{schema['enum'][0]}` selects the keys of this mapping."


def _choose_by_type(node: dict[str, Any]) -> None:
    """Let the type of a value choose its branch.

    A validator explains a wrong key of the chosen branch; of `anyOf` it says only that no branch fits.
    """
    branches = node.get("anyOf", [])
    mappings = [branch for branch in branches if "$ref" in branch or branch.get("type") == "object"]
    others = [branch for branch in branches if branch not in mappings]
    if not mappings or len(branches) < 2:  # noqa: PLR2004  # a single branch needs no choice
        return
    tag = node.pop("discriminator", None)
    if len(mappings) > 1 and tag is None:
        return
    del node["anyOf"]
    choice = mappings[0] if tag is None else _choice_by_tag(tag)
    node["if"], node["then"] = {"type": "object"}, choice
    match others:
        case []:
            node["type"] = "object"
        case [other]:
            node["else"] = other
        case _:
            node["else"] = {"anyOf": others}


def _choice_by_tag(tag: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a mapping whose key, such as `compare`, says which of several it is."""
    name, by_value = tag["propertyName"], tag["mapping"]
    return {
        "required": [name],
        "properties": {name: {"enum": list(by_value)}},
        "allOf": [
            {"if": {"properties": {name: {"const": value}}, "required": [name]}, "then": {"$ref": reference}}
            for value, reference in by_value.items()
        ],
    }
