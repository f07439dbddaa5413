"""OpenAPI's schemas, 3.0's and 3.1's, written as JSON Schema 2020-12 for the response of a server.

3.0 has a dialect of its own: ``nullable``, truth values for exclusive bounds, ``$ref`` without neighbours.
In both, ``discriminator`` picks the one branch that is judged, members marked ``writeOnly`` must not be sent, and the
formats of OpenAPI are bounds.
Sources: OpenAPI 3.0.4 and 3.1.1, "Schema Object", "Discriminator Object", "Format Registry".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rlvr_schema.responses.document import Document, Node, list_of, members_of
from rlvr_schema.schemas.validation import SchemaError

SCHEMAS = "#/components/schemas/"
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
DIALECTS = frozenset({JSON_SCHEMA, "https://spec.openapis.org/oas/3.1/dialect/base"})

# What 3.0 takes from JSON Schema; its other keywords mean nothing to it.
_KEPT_IN_3_0 = frozenset(
    "title multipleOf maximum minimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties "
    "minProperties required enum type not allOf oneOf anyOf items properties additionalProperties format".split()
)
# What judges nothing, or is judged here in another way.
_LEFT_OUT = frozenset(
    "nullable discriminator readOnly writeOnly xml externalDocs example examples deprecated $id $schema $anchor "
    "$comment description default".split()
)
_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "$defs")
_LISTS = ("allOf", "oneOf", "anyOf", "prefixItems")
_SINGLE = (
    "items",
    "additionalProperties",
    "not",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
)
# The greatest single-precision number.
_FLOAT = 3.4028234663852886e38
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"minimum": -_FLOAT, "maximum": _FLOAT},
    "byte": {"pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
}


def json_schema_of(schema: Any, document: Document) -> dict[str, Any]:
    """Write a schema of a document as one of JSON Schema that stands alone.

    Raises:
        SchemaError: It refers to nothing or out of the document, or is written in another dialect.
    """
    named = document.root.get("jsonSchemaDialect")
    if named is not None and named not in DIALECTS:
        raise SchemaError(f"jsonSchemaDialect {str(named)[:80]!r} is not read; known: {', '.join(sorted(DIALECTS))}")
    writer = _Writer(document)
    written = writer.schema(schema)
    writer.write_definitions()
    return {"allOf": [written], "$defs": writer.definitions}


class _Writer:
    """Writes one schema, and those that it refers to as definitions."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.definitions: dict[str, Any] = {}
        # By reference, and whether a discriminator on it picks one of its children: the name of the definition.
        self._names: dict[tuple[str, bool], str] = {}

    def write_definitions(self) -> None:
        """Write what was referred to, and what that refers to."""
        while len(self.definitions) < len(self._names):
            for (reference, picks), name in list(self._names.items()):
                if name not in self.definitions:
                    self.definitions[name] = self._definition(reference, picks=picks)

    def _definition(self, reference: str, *, picks: bool) -> Any:
        target = self.document.at(reference)
        if not picks:
            return self.schema(target)
        return {"allOf": [self._ref(reference), *self._children(reference, target)]}

    def _ref(self, reference: Any, *, picks: bool = False) -> dict[str, str]:
        self.document.at(reference)
        name = self._names.setdefault((reference, picks), str(len(self._names)))
        return {"$ref": f"#/$defs/{name}"}

    def _referred(self, reference: Any) -> dict[str, str]:
        """Refer to a schema; one with a discriminator of its own stands for the children that it tells apart."""
        target = self.document.at(reference)
        return self._ref(reference, picks=isinstance(target, Mapping) and _tells_children(target))

    def schema(self, node: Any, sent_never: frozenset[str] = frozenset()) -> Any:
        """Write one schema; members in ``sent_never`` are not required of it."""
        if isinstance(node, bool):
            return node
        if not isinstance(node, Mapping):
            raise SchemaError(f"a schema is {str(node)[:80]!r}; expected an object")
        if "$ref" in node and self.document.has_own_dialect:
            return self._referred(node["$ref"])
        self._check_dialect(node)
        hidden = self._write_only(node)
        made = {key: value for key, value in node.items() if self._judges(key)}
        if "$ref" in node:
            made["$ref"] = self._referred(node["$ref"])["$ref"]
        self._write_parts(node, made, sent_never | hidden)
        if hidden or sent_never:
            made["properties"] = {**made.get("properties", {}), **dict.fromkeys(sorted(hidden), False)}
            made["required"] = [name for name in list_of(node, "required") if str(name) not in hidden | sent_never]
        self._write_bounds(node, made)
        self._pick_branch(node, made)
        return made

    def _write_parts(self, node: Node, made: dict[str, Any], hidden: frozenset[str]) -> None:
        """Write the schemas within a schema."""
        for key in made.keys() & set(_BY_NAME):
            made[key] = {name: self.schema(inner) for name, inner in members_of(node, key).items()}
        for key in made.keys() & set(_SINGLE):
            made[key] = self.schema(node[key])
        for key in made.keys() & set(_LISTS):
            made[key] = [self._part(inner, hidden, whole=key != "allOf") for inner in list_of(node, key)]

    def _part(self, node: Any, hidden: frozenset[str], *, whole: bool) -> Any:
        """Write a branch; a part of ``allOf`` is judged for itself, whichever child it belongs to."""
        if isinstance(node, Mapping) and "$ref" in node and not whole and set(node) == {"$ref"}:
            return self._ref(node["$ref"])
        return self.schema(node, frozenset() if whole else hidden)

    def _judges(self, keyword: str) -> bool:
        if self.document.has_own_dialect:
            return keyword in _KEPT_IN_3_0
        return keyword not in _LEFT_OUT and not keyword.startswith("x-")

    def _check_dialect(self, node: Node) -> None:
        if "$dynamicRef" in node or str(node.get("$schema", JSON_SCHEMA)) not in DIALECTS:
            raise SchemaError("a schema uses $dynamicRef or another $schema, which are not read in OpenAPI documents")

    def _write_only(self, node: Node, depth: int = 8) -> frozenset[str]:
        """Name the members that only requests carry, those of the parts of ``allOf`` among them."""
        names = {
            name
            for name, inner in members_of(node, "properties").items()
            if isinstance(inner, Mapping) and self.document.resolved(inner).get("writeOnly") is True
        }
        for part in list_of(node, "allOf") if depth else ():
            if isinstance(part, Mapping):
                names |= self._write_only(self.document.resolved(part), depth - 1)
        return frozenset(names)

    def _write_bounds(self, node: Node, made: dict[str, Any]) -> None:
        """Write 3.0's exclusive bounds and nulls, and the bounds of OpenAPI's formats."""
        if self.document.has_own_dialect:
            for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
                if node.get(exclusive) is True and bound in made:
                    made[exclusive] = made.pop(bound)
            if node.get("nullable") is True and isinstance(node.get("type"), str):
                made["type"] = [node["type"], "null"]
        if bounds := _FORMATS.get(str(node.get("format"))):
            made["allOf"] = [*made.get("allOf", ()), dict(bounds)]

    def _pick_branch(self, node: Node, made: dict[str, Any]) -> None:
        """Let the discriminator of ``oneOf`` or ``anyOf`` say which branch judges an object."""
        key = next((key for key in ("oneOf", "anyOf") if isinstance(made.get(key), list)), None)
        if "discriminator" not in node or key is None:
            return
        references = [str(part["$ref"]) for part in list_of(node, key) if isinstance(part, Mapping) and "$ref" in part]
        branches = made.pop(key)
        member, values = self._values(node["discriminator"], references)
        picked = {"required": [member], **self._picking(member, values)}
        choice = {"if": {"type": "object"}, "then": picked, "else": {key: branches}}
        made["allOf"] = [*made.get("allOf", ()), choice]

    def _children(self, reference: str, target: Any) -> Iterator[Any]:
        """Write that an object is validated as the child that a parent's discriminator names."""
        children = [name for name in self._descendants(reference) if name != reference]
        member, values = self._values(target["discriminator"], children)
        picking = self._picking(member, values)
        if reference.startswith(SCHEMAS):
            picking["properties"][member]["enum"].append(reference.removeprefix(SCHEMAS))
        yield picking

    def _descendants(self, reference: str) -> list[str]:
        """List the components that are made of a parent by ``allOf``, and those made of them."""
        schemas = members_of(members_of(self.document.root, "components"), "schemas")
        found = [reference]
        for parent in found:  # grows while it is read; no name twice
            for name, schema in schemas.items():
                parts = list_of(schema, "allOf") if isinstance(schema, Mapping) else []
                made_of = [part.get("$ref") for part in parts if isinstance(part, Mapping)]
                if parent in made_of and SCHEMAS + name not in found:
                    found.append(SCHEMAS + name)
        return found

    def _values(self, discriminator: Any, references: list[str]) -> tuple[str, dict[str, str]]:
        """Return the member that tells branches apart, and the branch of each of its values."""
        if not isinstance(discriminator, Mapping) or not isinstance(member := discriminator.get("propertyName"), str):
            raise SchemaError("a discriminator without propertyName")
        values = {reference.rsplit("/", 1)[-1]: reference for reference in references}
        for value, target in members_of(discriminator, "mapping").items():
            reference = target if "/" in str(target) else SCHEMAS + str(target)
            if reference in references:
                values[value] = reference
        return member, values

    def _picking(self, member: str, values: Mapping[str, str]) -> dict[str, Any]:
        branches = [
            {"if": {"properties": {member: {"const": value}}, "required": [member]}, "then": self._referred(reference)}
            for value, reference in values.items()
        ]
        return {"properties": {member: {"enum": list(values)}}, "allOf": branches}


def _tells_children(target: Node) -> bool:
    return "discriminator" in target and not isinstance(target.get("oneOf", target.get("anyOf")), list)
