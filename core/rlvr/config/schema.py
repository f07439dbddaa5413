"""The JSON Schema of suite files, with the options of the installed scorers, for completion in editors."""

from __future__ import annotations

from typing import Any

import msgspec

from rlvr.config.format import EntrySection, SuiteSection, TaskSection
from rlvr.errors import PluginError
from rlvr.files import SuiteFile
from rlvr.plugins import InstalledScorer, Registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def suite_schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON Schema of a suite file for the installed plugins; broken scorers are left out."""
    scorers = _working_scorers(registry)
    options = [installed.scorer.options for installed in scorers]
    kinds = [SuiteSection, TaskSection, EntrySection, *dict.fromkeys(options)]
    references, components = msgspec.json.schema_components(
        kinds, schema_hook=_schema_of, ref_template="#/$defs/{name}"
    )
    at = dict(zip(kinds, references, strict=True))
    ids = [installed.id for installed in scorers]
    suite = components.pop(_name(at[SuiteSection]))
    suite["properties"]["tasks"]["additionalProperties"] = at[TaskSection]
    entry = components[_name(at[EntrySection])]
    entry["properties"]["scorer"]["enum"] = ids
    entry["allOf"] = [_options_rule(installed, at[installed.scorer.options]) for installed in scorers]
    task = components[_name(at[TaskSection])]
    task["properties"]["scorers"]["items"] = {"anyOf": [{"enum": ids}, at[EntrySection]]}
    return {"$schema": DIALECT, **suite, "title": "rlvr suite", "$defs": components}


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
