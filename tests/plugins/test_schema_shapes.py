"""Schemas in the shapes in which users have them."""

import json
from typing import Any

import pytest

from rlvr.testing import a_record, scored
from rlvr_schema import conforms
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.schemas.shapes import plain_schema
from rlvr_schema.schemas.validation import SchemaError

SCHEMA = {"type": "object", "properties": {"type": {"type": "string"}, "n": {"type": "integer"}}, "required": ["n"]}
TEXT = json.dumps(SCHEMA)


class Model:
    """Has the method of a pydantic model."""

    @classmethod
    def model_json_schema(cls) -> Any:
        """Return the schema, as pydantic's models do."""
        return SCHEMA


class Adapter:
    """Has the method of pydantic's TypeAdapter."""

    def json_schema(self) -> Any:
        """Return the schema, as pydantic's adapters do."""
        return SCHEMA


SHAPES: dict[str, Any] = {
    "JSON Schema": SCHEMA,
    "its text": TEXT,
    "pydantic model": Model,
    "pydantic object": Model(),
    "pydantic adapter": Adapter(),
    "OpenAI response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}},
    "OpenAI request": {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}},
    "OpenAI Responses": {"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}},
    "OpenAI json_schema": {"name": "x", "description": "An x.", "strict": True, "schema": SCHEMA},
    "Bedrock textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": TEXT, "name": "x"}}},
}


@pytest.mark.each("name", SHAPES)
def test_every_shape_is_the_schema(name: str) -> None:
    """For the function, the option, and the record's field."""
    shape = SHAPES[name]

    assert plain_schema(shape) == SCHEMA
    for text, value in (('{"n": 1}', 1.0), ('{"n": "1"}', 0.0)):
        assert conforms(text, shape).valid is (value == 1.0)
        if isinstance(shape, dict):  # what a suite can contain
            assert scored(json_scorer, a_record(text), JsonOptions(schema=shape)).value == value
        if isinstance(shape, (dict, str)):
            assert scored(json_scorer, a_record(text, schema=shape)).value == value


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"schema": {}},
        {"name": "x", "schema": {}, "type": "string"},
        {"type": "object", "properties": {"format": {}}},
    ],
)
def test_a_json_schema_is_unchanged(schema: Any) -> None:
    """Also if it has a keyword of its own that APIs use."""
    assert plain_schema(schema) is schema


def test_an_object_without_a_schema_is_refused() -> None:
    """JSON mode asks for any object."""
    assert plain_schema({"type": "json_object"}) == {"type": "object"}
    for asked in ({"type": "text"}, {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"name": "x"}}):
        with pytest.raises(SchemaError, match="contains no schema"):
            plain_schema(asked)
    with pytest.raises(SchemaError, match="not JSON"):
        plain_schema("{")


@pytest.mark.each("draft", ["draft4", "draft6", "draft7", "draft2019-09", "draft2020-12"])
@pytest.mark.each(
    ("name", "right", "wrong"),
    [
        ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "no"),
        ("duration", "P1D", "1 day"),
        ("iri", "http://a.b/ä", "a b"),
        ("uri-reference", "/a", "a b"),
        ("json-pointer", "/a", "a"),
        ("date-time", "2024-01-02T03:04:05Z", "2024"),
    ],
)
def test_formats_are_asserted_in_every_draft(draft: str, name: str, right: str, wrong: str) -> None:
    """Also those that the draft does not know yet."""
    assert conforms(json.dumps(right), {"format": name}, draft=draft).valid
    assert not conforms(json.dumps(wrong), {"format": name}, draft=draft).valid
    assert conforms("5", {"format": name}, draft=draft).valid
