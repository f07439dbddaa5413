"""Tool definitions of OpenAI, Bedrock, Anthropic, BFCL and bare ones: a name and a JSON Schema each."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from rlvr import JsonValue
from rlvr_schema.reading.strict import JsonError, value_in
from rlvr_schema.schemas.validation import SchemaError, Validator, compiled

# Names of types in tables of tools, and the types of JSON Schema.
_TYPES: Mapping[str, str | None] = {
    "dict": "object",
    "hashmap": "object",
    "map": "object",
    "float": "number",
    "double": "number",
    "int": "integer",
    "long": "integer",
    "short": "integer",
    "byte": "integer",
    "bigint": "integer",
    "str": "string",
    "char": "string",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "set": "array",
    "arraylist": "array",
    "any": None,  # allows everything
    "object": "object",
}
_JSON_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})

# Parameters with one of these are a schema, unless it is the name of a property, whose value is an object.
_SCHEMA_KEYWORDS = frozenset({"$ref", "allOf", "anyOf", "oneOf", "$schema", "enum", "additionalProperties"})

# Where a schema holds schemas; elsewhere a "type" is data.
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "contains")


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A function that may be called.

    Attributes:
        name: Its name.
        validator: The compiled schema of its arguments.
        properties: The schema of each argument.
        defaults: The declared defaults of the arguments that may be left out.
    """

    name: str
    validator: Validator
    properties: Mapping[str, JsonValue]
    defaults: Mapping[str, JsonValue]

    def types_of(self, argument: str) -> frozenset[str]:
        """Return the types of JSON Schema that an argument may have; empty if its schema does not name them."""
        schema = self.properties.get(argument)
        named = schema.get("type") if isinstance(schema, Mapping) else None
        listed = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        return frozenset(each for each in listed if isinstance(each, str))


def tools_in(definitions: JsonValue) -> dict[str, Tool]:
    """Read a list of tool definitions, or one; data sets hold the list, or each definition, as JSON text.

    Raises:
        SchemaError: A definition has no known shape, or its schema is wrong.
    """
    definitions = _parsed(definitions)
    listed = definitions if isinstance(definitions, (list, tuple)) else [definitions]
    tools = [_tool(_parsed(definition)) for definition in listed]
    return {tool.name: tool for tool in tools}


def _parsed(definition: JsonValue) -> JsonValue:
    if not isinstance(definition, str):
        return definition
    try:
        return value_in(definition)
    except JsonError as error:
        raise SchemaError(f"a tool definition is {definition[:80]}, which is not JSON: {error.problem}") from error


def _tool(definition: JsonValue) -> Tool:
    inner = definition
    for wrapper in ("function", "toolSpec"):  # OpenAI, Bedrock
        if isinstance(inner, Mapping) and isinstance(inner.get(wrapper), Mapping):
            inner = inner[wrapper]
    name = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(name, str):
        raise SchemaError(f"a tool definition is {str(definition)[:80]}; expected a name and parameters")
    found = next((inner[key] for key in ("parameters", "inputSchema", "input_schema") if key in inner), None)
    if isinstance(found, Mapping) and set(found) == {"json"}:  # Bedrock wraps it once more
        found = found["json"]
    schema = json_schema_of(_as_schema(found if found is not None else {}))
    if not isinstance(schema, dict):
        raise SchemaError(f"the parameters of {name} are {type(found).__name__}; expected a schema")
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = schema.get("required")
    required = required if isinstance(required, list) else []
    return Tool(
        name=name,
        validator=compiled(schema),
        properties=properties,
        defaults={
            key: each["default"]
            for key, each in properties.items()
            if isinstance(each, dict) and "default" in each and key not in required
        },
    )


def _as_schema(parameters: JsonValue) -> JsonValue:
    """Return xLAM's parameters, which are the properties alone, as a schema; others unchanged."""
    if not isinstance(parameters, Mapping) or not parameters or not _SCHEMA_KEYWORDS.isdisjoint(parameters):
        return parameters
    if not all(isinstance(each, Mapping) and isinstance(each.get("type"), str) for each in parameters.values()):
        return parameters
    return {"type": "object", "properties": dict(parameters)}


def json_schema_of(schema: JsonValue) -> JsonValue:
    """Return a tool's schema with the types of JSON Schema; all else is unchanged."""
    if not isinstance(schema, Mapping):
        return schema
    made = dict(schema)
    kind = made.get("type")
    if isinstance(kind, str) and kind not in _JSON_TYPES:
        word = re.split(r"[\[,]", kind.strip().lower(), maxsplit=1)[0].strip()  # `List[int]`, `str, optional`
        named = _TYPES.get(word, word if word in _JSON_TYPES else None)
        made.pop("type")
        made |= {"type": named} if named else {}
    if not isinstance(made.get("required", []), list):
        made.pop("required")  # `required: true` of a single parameter, as drafts 3 and habit have it
    for key in _BY_NAME:
        if isinstance(made.get(key), Mapping):
            made[key] = {name: json_schema_of(inner) for name, inner in made[key].items()}
    for key in _LISTS:
        if isinstance(made.get(key), list):
            made[key] = [json_schema_of(inner) for inner in made[key]]
    for key in _SINGLE:
        if key in made:
            made[key] = json_schema_of(made[key])
    return made
