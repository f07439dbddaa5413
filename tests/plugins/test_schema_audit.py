"""What `rlvr check` says of schemas and references: loose ones, slips in them, and rows that contradict themselves."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rlvr import Record
from rlvr_schema import conforms, looseness
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.schemas.content_free import filler_of, misspelt_in
from rlvr_schema.schemas.source import source_of
from rlvr_schema.tool_calls import ToolCallsOptions, tool_calls

WILD = Path(__file__).parents[3] / "shared" / "data" / "json_schema_wild_dev.jsonl.gz"
TIGHT = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "on": {"type": "string", "format": "date"}},
    "required": ["name", "on"],
    "additionalProperties": False,
}


@pytest.mark.each(
    ("schema", "allowed"),
    [
        (True, {"{}", "unknown members", "the schema itself", "filler", "stuffed filler"}),
        ({"type": "object"}, {"{}", "unknown members", "the schema itself", "filler", "stuffed filler"}),
        ({"type": "object", "additionalProperties": False}, {"{}", "filler"}),
        ({"required": ["a"]}, {"filler", "stuffed filler"}),
        (TIGHT, {"filler"}),
        ({**TIGHT, "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "on": {}}}, set()),
        ({"type": "array", "items": {"type": "integer"}}, {"filler"}),
        ({"const": 3}, {"filler"}),
        ({"type": "integer", "exclusiveMinimum": 3}, {"filler"}),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"type": "null"}, {"type": "string"}]}}}, set()),
    ],
)
def test_looseness_counts_what_a_schema_allows(schema: Any, allowed: set[str]) -> None:
    """Five answers without content are tried on it."""
    found = looseness(schema)

    assert set(found.allowed) == allowed
    assert found.share == len(allowed) / 5
    assert bool(found.advice) == bool(allowed)


def test_a_schema_of_itself_ends() -> None:
    """However its references run."""
    assert filler_of({"$ref": "#"}) == {}
    assert filler_of({"required": ["a", "b"], "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}})


@pytest.mark.skipif(not WILD.exists(), reason="needs the shared data")
def test_most_schemas_from_practice_are_filled_by_what_they_say() -> None:
    """Which is why conformance is no reward; about nine in ten were counted on a larger set."""
    with gzip.open(WILD, "rt", encoding="utf-8") as lines:
        schemas = [json.loads(line)["schema"] for line in lines]
    filled = sum(conforms(json.dumps(filler_of(schema)), schema).valid for schema in schemas)

    assert filled / len(schemas) > 0.75


def test_slips_in_keywords_are_named() -> None:
    """With where they are; annotations of one's own, and names of properties, are none."""
    schema = {
        "requried": ["a"],
        "x-note": 1,
        "ui": 1,
        "properties": {"requried": {"maxLenght": 3}, "list": {"items": [{"enmu": [1]}], "anyOf": [{"patern": "a"}]}},
    }

    assert set(misspelt_in(schema)) == {
        ("", "requried", "required"),
        ("/properties/requried", "maxLenght", "maxLength"),
        ("/properties/list/anyOf/0", "patern", "pattern"),
    }


def _audit_json(schema: Any) -> list[str]:
    source = source_of(JsonOptions(schema=schema))
    assert json_scorer.audit
    return [*json_scorer.audit(Record(completion="x"), source), *json_scorer.audit(Record(completion="y"), source)]


def test_a_loose_schema_is_named_once() -> None:
    """With the advice that follows; a tight one is not."""
    (said,) = _audit_json({"type": "object", "properties": {"a": {"type": "string"}}})

    assert "`required`" in said
    assert "additionalProperties" in said
    assert _audit_json(TIGHT) == []
    assert "did you mean 'required'" in _audit_json({**TIGHT, "requird": ["x"]})[0]


TOOL = {
    "name": "f",
    "parameters": {"type": "object", "properties": {"n": {"type": "integer"}, "s": {}}, "required": ["n"]},
}


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ([{"f": {"n": [1]}}], ""),
        ([{"f": {"n": [1, "one"], "s": ["", "x"]}}], ""),
        ([{"name": "f", "arguments": {"n": 1}}], ""),
        ([{"f": {"n": ["one"]}}], "breaks the tool's own schema: 1 schema error; /n"),
        ([{"f": {"s": ["x"]}}], "breaks the tool's own schema"),
        ([{"g": {"n": [1]}}], "call of 'g', which is none of its tools: f"),
    ],
)
def test_rows_that_contradict_their_tools_are_named(reference: Any, said: str) -> None:
    """A call that is expected must be one that the row's tools allow."""
    assert tool_calls.audit
    found = list(tool_calls.audit(Record(reference=reference, metadata={"tools": [TOOL]}), ToolCallsOptions()))

    assert bool(found) == bool(said)
    assert said in "".join(found)


def test_names_that_print_alike_earn_nothing() -> None:
    """Two readers may see two answers in them; names that the schema itself has are its own business."""
    loose = {"type": "object", "required": ["a"]}
    zero_width = "a\u200b"

    def score(value: Any, schema: Any) -> Any:
        texts = (json.dumps(value), json.dumps(value, ensure_ascii=False))
        found = {json_scorer(Record(completion=text), JsonOptions(schema=schema)).value for text in texts}
        assert len(found) == 1
        return found.pop()

    assert score({"a": 1, "b": "\u200b"}, loose) == 1.0
    assert score({"a": 1, "ключ": 2}, loose) == 1.0
    assert score({"a": 1, zero_width: 2}, loose) == 0.0
    assert score({"a": 1, "b": [{"\n": 2}]}, loose) == 0.0
    assert score({"a": 1, zero_width: 2}, {**loose, "properties": {zero_width: {}}}) == 1.0
