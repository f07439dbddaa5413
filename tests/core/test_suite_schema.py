"""The JSON Schema of suite files says what is wrong and where, and describes every key."""

from collections.abc import Iterator
from typing import Annotated, Any

import jsonschema
import msgspec
import pytest
import yaml

from rlvr import ConfigError, parse_suite, scorer
from rlvr.config.schema import suite_schema
from rlvr.plugins import Registry
from rlvr.testing import registry_of

SCHEMA = suite_schema(Registry())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def _faults(entry: object) -> set[tuple[str, str]]:
    """The place and the first quoted word of each fault of a suite with one entry."""
    faults = VALIDATOR.iter_errors({"tasks": {"t": {"scorers": [entry]}}})
    return {(".".join(map(str, list(fault.absolute_path)[4:])), fault.message) for fault in faults}


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.each(
    ("entry", "place", "word"),
    [
        ({"scorer": "math.equivalent", "options": {"profil": "lenient"}}, "options", "'profil'"),
        ({"scorer": "text.exact", "wieght": 2}, "", "'wieght'"),
        ({"scorer": "maths.equivalent"}, "scorer", "'math.equivalent'"),
        ("text.exac", "", "'text.exact'"),
        ({"scorer": "text.exact", "gate": {"at_leest": 1, "at_least": 1}}, "gate", "'at_leest'"),
        ({"scorer": "text.exact", "when": {"scorer": "a", "atleast": 1}}, "when", "'atleast'"),
        ({"scorer": "text.exact", "transform": [{"scale": {"factor": 1, "offest": 1}}]}, "transform.0.scale", "offest"),
        (
            {"scorer": "text.exact", "otherwise": {"scorer": "text.exact", "options": {"anser": "tag"}}},
            "otherwise.options",
            "'anser'",
        ),
        (
            {"scorer": "schema.fields", "options": {"fields": {"a": {"compare": "number", "absolut": 1}}}},
            "options.fields.a",
            "'absolut'",
        ),
        (
            {"scorer": "schema.tool_calls", "options": {"arguments": {"a": {"compare": "numbr"}}}},
            "options.arguments.a.compare",
            "'number'",
        ),
    ],
)
def test_the_misspelt_key_is_named(entry: object, place: str, word: str) -> None:
    """One fault, at its place, with the word; not "no branch of anyOf fits"."""
    faults = _faults(entry)

    assert [(at, word in message) for at, message in faults] == [(place, True)]


def test_every_unknown_option_of_every_scorer_is_named() -> None:
    """Also of scorers that need options: the misspelt one is among the faults."""
    registry = Registry()
    for scorer_id in registry.scorer_ids():
        faults = _faults({"scorer": scorer_id, "options": {"no_such_option": 1}})

        assert any(at == "options" and "'no_such_option'" in message for at, message in faults), scorer_id


def _keys(node: object, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            for name, schema in node["properties"].items():
                yield f"{path}.{name}", schema
        for name, child in node.items():
            yield from _keys(child, f"{path}.{name}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _keys(child, f"{path}[{index}]")


def test_every_key_has_a_description() -> None:
    keys = dict(_keys(SCHEMA))

    assert len(keys) > 190
    assert [path for path, schema in keys.items() if not schema.get("description")] == []


class NearOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of near.

    Attributes:
        most: The largest distance, which
            may take two lines.
        unit: Kept as ``it`` is.
    """

    most: float = 1.0
    unit: Annotated[str, msgspec.Meta(description="The unit.")] = "m"


def test_options_of_a_plugin_are_described_by_their_docstring() -> None:
    """A description in the annotation goes first."""
    near = scorer(options=NearOptions)(lambda _record, _options: 1.0)
    options = suite_schema(registry_of(demo={"near": near}))["$defs"]["NearOptions"]

    assert options["description"] == "Options of near."
    assert options["properties"]["most"]["description"] == "The largest distance, which may take two lines."
    assert options["properties"]["unit"]["description"] == "The unit."


@pytest.mark.parametrize(
    "text",
    [
        "tasks: {t: {scorers: [text.exact]}}",
        "tasks: {t: {scorers: [{scorer: './mine.py:f'}], aggregate: {formula: x}}}\nread: null\ncache: false",
        "tasks: {t: {scorers: [{scorer: text.exact, gate: 1, when: a, transform: [invert, {threshold: 0.5}]}]}}",
        "tasks: {t: {scorers: [{scorer: text.exact, gate: {at_least: 1}, otherwise: text.exact}]}}",
    ],
)
def test_right_suites_pass(text: str) -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


def test_what_the_schema_refuses_the_loader_refuses() -> None:
    with pytest.raises(ConfigError, match="wieght"):
        parse_suite({"tasks": {"t": {"scorers": [{"scorer": "text.exact", "wieght": 2}]}}})
