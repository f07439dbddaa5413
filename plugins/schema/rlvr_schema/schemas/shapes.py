"""Schemas in the shapes in which users have them: pydantic models, and the objects that ask an API for an output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in
from rlvr_schema.schemas.validation import SchemaError

# Keys under which APIs nest the schema: OpenAI's `response_format` and `text.format`, Bedrock's `textFormat`.
_ASKING_KEYS = ("response_format", "format", "text", "textFormat")
_NESTING = (*_ASKING_KEYS, "json_schema", "structure", "jsonSchema", "schema")
# The inner object of OpenAI's `response_format`, by itself: none of these is a keyword that restricts a value.
_NAMED_SCHEMA = frozenset({"name", "description", "strict", "schema"})
_ASKED_TYPES = frozenset({"json_schema", "json_object", "text"})


def plain_schema(schema: Any) -> JsonValue:
    """Return the JSON Schema of a schema in any shape: JSON text, a pydantic model, OpenAI's or Bedrock's object.

    A JSON Schema is returned unchanged.

    Raises:
        SchemaError: A text is not JSON, or an object asks for an output without a schema.
    """
    make = getattr(schema, "model_json_schema", None)  # a class derived from pydantic's BaseModel, or its object
    if make is None:
        make = getattr(schema, "json_schema", None)  # pydantic's TypeAdapter
    if callable(make):
        schema = make()
    schema = read_schema(schema)
    return _nested_schema(schema) if _is_asking(schema) else schema


def read_schema(schema: JsonValue) -> JsonValue:
    """Return a schema or document that data may contain as JSON text.

    Raises:
        SchemaError: The text is not JSON.
    """
    if not isinstance(schema, str):
        return schema
    try:
        return value_in(schema)
    except JsonError as error:
        raise SchemaError(f"the schema is not JSON: {error.problem}") from None


def _is_asking(schema: JsonValue) -> bool:
    """Return True for an object that asks an API for an output in JSON, which is not a JSON Schema itself."""
    if not isinstance(schema, Mapping):
        return False
    kind = schema.get("type")
    if isinstance(kind, str) and kind in _ASKED_TYPES:
        return True
    if isinstance(schema.get("name"), str) and isinstance(schema.get("schema"), Mapping):
        return not schema.keys() - _NAMED_SCHEMA
    return len(schema) == 1 and any(
        _is_asking(schema.get(key)) for key in ("response_format", "format", "text", "textFormat")
    )


def _nested_schema(asked: JsonValue) -> JsonValue:
    inner = asked
    for _ in _NESTING:
        if not isinstance(inner, Mapping):
            break
        if inner.get("type") == "json_object":
            return {"type": "object"}
        key = next((key for key in _NESTING if isinstance(inner.get(key), (Mapping, str, bool))), None)
        if key is None:
            break
        inner = inner[key]
        if key == "schema":
            return plain_schema(inner)
    raise SchemaError(f"the schema is {str(asked)[:80]}, which asks for an output and contains no schema")
