"""schema.openapi: a described response, held against an operation of a document."""

import copy
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from rlvr import Record, SuiteFile, Verdict, load_suite, score_rows
from rlvr.config import parse_suite
from rlvr.errors import ConfigError
from rlvr_schema import ResponseGrade, grade_response
from rlvr_schema.openapi import OpenapiOptions, PreparedOpenapi, openapi
from rlvr_schema.responses.bundle import bundled
from rlvr_schema.responses.document import document_of, operation_named
from rlvr_schema.schemas.validation import SchemaError

PET = "#/components/schemas/Pet"
SCHEMAS: dict[str, Any] = {
    "Pet": {
        "type": "object",
        "required": ["kind", "id", "secret"],
        "properties": {
            "kind": {"type": "string"},
            "id": {"type": "integer", "format": "int64", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
            "nick": {"type": "string", "nullable": True},
            "photo": {"type": "string", "format": "byte"},
        },
        "discriminator": {"propertyName": "kind", "mapping": {"tabby": "Cat"}},
    },
    "Cat": {
        "allOf": [
            {"$ref": PET},
            {
                "type": "object",
                "required": ["lives"],
                "properties": {"lives": {"type": "integer", "maximum": 10, "exclusiveMaximum": True}},
            },
        ]
    },
    "Dog": {"allOf": [{"$ref": PET}, {"type": "object", "required": ["bark"]}]},
    "Circle": {
        "type": "object",
        "required": ["shape", "radius"],
        "properties": {"shape": {"type": "string"}, "radius": {"type": "number"}},
    },
    "Square": {
        "type": "object",
        "required": ["shape", "side"],
        "properties": {"shape": {"type": "string"}, "side": {"type": "number"}},
    },
    "Shape": {
        "oneOf": [{"$ref": "#/components/schemas/Circle"}, {"$ref": "#/components/schemas/Square"}],
        "discriminator": {"propertyName": "shape", "mapping": {"round": "#/components/schemas/Circle"}},
    },
    "Node": {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node"}},
        "additionalProperties": False,
    },
    "Problem": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}},
}


def _content(name: str, media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getPet",
                "responses": {
                    "200": {
                        "description": "a pet",
                        "headers": {
                            "X-Rate": {"required": True, "schema": {"type": "integer", "maximum": 100}},
                            "X-Tags": {"schema": {"type": "array", "items": {"enum": ["a", "b"]}}},
                        },
                        "content": _content("Pet"),
                    },
                    "4XX": {"$ref": "#/components/responses/Problem"},
                    "default": {"description": "anything", "content": {"text/*": {"schema": {"type": "string"}}}},
                },
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
        "/pets/mine": {
            "get": {"operationId": "getMine", "responses": {"200": {"description": "", "content": _content("Node")}}}
        },
        "/shapes": {"get": {"responses": {"200": {"description": "", "content": _content("Shape")}}}},
    },
    "components": {
        "schemas": SCHEMAS,
        "responses": {"Problem": {"description": "", "content": _content("Problem", "application/problem+json")}},
    },
}
RATE = {"X-Rate": "3"}
GET_PET, GET_SHAPES = "GET /pets/{id}", "GET /shapes"


def _described(body: Any, status: Any = 200, media: str = "application/json", **headers: str) -> dict[str, Any]:
    return {"status": status, "media_type": media, "headers": headers or RATE, "body": body}


CAT = {"kind": "Cat", "id": 1, "lives": 9}
CASES: list[tuple[str, dict[str, Any], str]] = [
    (GET_PET, _described(CAT), ""),
    (GET_PET, _described(CAT, "200"), ""),
    (GET_PET, _described({**CAT, "nick": None}), ""),
    (GET_PET, _described({**CAT, "kind": "tabby"}), ""),
    (GET_PET, _described({**CAT, "photo": "aGk="}), ""),
    (GET_PET, _described({**CAT, "photo": "hi!"}), "/body/photo"),
    (GET_PET, _described({**CAT, "secret": "x"}), "/body/secret"),
    (GET_PET, _described({**CAT, "lives": 10}), "/body/lives"),
    (GET_PET, _described({**CAT, "lives": True}), "/body/lives"),
    (GET_PET, _described({**CAT, "kind": None}), "/body/kind"),
    (GET_PET, _described({"kind": "tabby", "id": 1}), "/body"),
    (GET_PET, _described({"kind": "Dog", "id": 1, "lives": 9}), "/body"),
    (GET_PET, _described({"kind": "Bird", "id": 1}), "/body/kind"),
    (GET_PET, _described({"kind": "Pet", "id": 2**63}), "/body/id"),
    (GET_PET, _described(CAT, **{"x-rate": "100"}), ""),
    (GET_PET, _described(CAT, **{"X-Rate": "101"}), "/headers/X-Rate"),
    (GET_PET, _described(CAT, **{"X-Rate": "many"}), "/headers/X-Rate"),
    (GET_PET, _described(CAT, **{"X-Other": "1"}), "/headers/X-Rate"),
    (GET_PET, _described(CAT, **{"X-Rate": "1", "X-Tags": "a,b"}), ""),
    (GET_PET, _described(CAT, **{"X-Rate": "1", "X-Tags": "a,c"}), "/headers/X-Tags/1"),
    (GET_PET, _described(CAT, media="text/plain"), "/media_type"),
    (GET_PET, _described({"title": "no"}, 404, "application/problem+json; charset=utf-8"), ""),
    (GET_PET, _described({"title": "no"}, 404), "/media_type"),
    (GET_PET, _described({}, 404, "application/problem+json"), "/body"),
    (GET_PET, _described("broken", 500, "text/plain"), ""),
    (GET_PET, _described("broken", 500, "application/json"), "/media_type"),
    (GET_SHAPES, _described({"shape": "round", "radius": 1}), ""),
    (GET_SHAPES, _described({"shape": "Circle", "radius": 1.5}), ""),
    (GET_SHAPES, _described({"shape": "Square", "radius": 1, "side": 2}), ""),
    (GET_SHAPES, _described({"shape": "Square", "radius": 1}), "/body"),
    (GET_SHAPES, _described({"shape": "flat", "radius": 1}), "/body/shape"),
    (GET_SHAPES, _described({"radius": 1}), "/body"),
    (GET_SHAPES, _described([]), "/body"),
    (GET_SHAPES, _described({"shape": "round", "radius": 1}, 404), "/status"),
    ("GET /pets/mine", _described({"next": {"next": {}}}), ""),
    ("GET /pets/mine", _described({"next": {"next": 1}}), "/body/next/next"),
]


@pytest.mark.each(("operation", "described", "at"), CASES)
def test_what_is_wrong_is_named(operation: str, described: dict[str, Any], at: str) -> None:
    """With its place in the description; nothing is, where nothing is wrong."""
    graded = grade_response(described, DOCUMENT, operation)

    assert [fault.at for fault in graded.faults][:1] == ([at] if at else [])
    assert graded.conforms == (not at)


# openapi-core takes a discriminator on a parent for a remark: it judges no child by its own rules. We do, as the
# specification says ("Models with Polymorphism Support").
CHILDREN = {"/body/lives", "/body", "/body/kind"}


def _core_accepts(operation: str, described: dict[str, Any]) -> bool:
    method, path = operation.split(" ")
    request = MockRequest("http://localhost", method.lower(), path.replace("{id}", "7"))
    response = MockResponse(
        json.dumps(described["body"]).encode(), status_code=int(described["status"]), headers=described["headers"]
    )
    try:
        OpenAPI.from_dict(copy.deepcopy(DOCUMENT)).validate_response(request, response)
    except OpenAPIError:
        return False
    return True


@pytest.mark.each(
    ("operation", "described", "at"), [case for case in CASES if case[1]["media_type"] == "application/json"]
)
def test_the_maintained_library_agrees(operation: str, described: dict[str, Any], at: str) -> None:
    """On all of the media type that it reads by itself but children of a parent, where it accepts more."""
    accepts = _core_accepts(operation, described)

    assert accepts == (not at) or (operation == GET_PET and at in CHILDREN and accepts)


def test_statuses_without_bodies() -> None:
    """Have none, whatever else is described."""
    assert grade_response({"status": 204}, DOCUMENT, "DELETE /pets/7").conforms
    assert grade_response({"status": 204, "body": None}, DOCUMENT, "DELETE /pets/7").conforms
    assert not grade_response({"status": 204, "body": {}}, DOCUMENT, "DELETE /pets/7").conforms
    assert not grade_response(
        {"status": 200, "headers": RATE, "media_type": "application/json"}, DOCUMENT, GET_PET
    ).body_ok


def test_media_type_may_stand_in_the_headers() -> None:
    """Once, or the same twice."""
    response = {"status": 200, "headers": {**RATE, "content-type": "Application/JSON"}, "body": CAT}

    assert grade_response(response, DOCUMENT, GET_PET).conforms
    assert not grade_response({**response, "media_type": "text/plain"}, DOCUMENT, GET_PET).media_type_ok
    twice = {"status": 200, "headers": {**RATE, "x-rate": "1"}, "media_type": "application/json", "body": CAT}
    assert not grade_response(twice, DOCUMENT, GET_PET).headers_ok


@pytest.mark.parametrize(
    "described",
    [
        [],
        "200",
        None,
        {},
        {"status": True},
        {"status": 200.0},
        {"status": "20"},
        {"status": 99},
        {"status": 200, "boddy": 1},
    ],
)
def test_what_is_no_description_earns_nothing(described: Any) -> None:
    """And says what is expected."""
    graded = grade_response(described, DOCUMENT, GET_PET)

    assert not graded.conforms
    assert graded.faults[0].problem


def test_3_1_is_json_schema() -> None:
    """With null as a type, exclusive bounds as numbers and neighbours of a reference."""
    document = copy.deepcopy(DOCUMENT) | {"openapi": "3.1.0"}
    document["components"]["schemas"]["Pet"] = {
        "properties": {
            "nick": {"type": ["string", "null"]},
            "id": {"exclusiveMinimum": 0},
            "secret": {"writeOnly": True},
        },
        "required": ["id", "secret"],
    }
    document["paths"]["/pets/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] |= {
        "minProperties": 2
    }

    assert grade_response(_described({"nick": None, "id": 1}), document, GET_PET).conforms
    for wrong in ({"id": 1}, {"nick": None, "id": 0}, {"nick": 1, "id": 1}, {"id": 1, "secret": 1}):
        assert not grade_response(_described(wrong), document, GET_PET).body_ok


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "3.0 and 3.1"),
        ({"openapi": "2.0"}, "3.0 and 3.1"),
        ({"openapi": "3.0.0", "paths": []}, "paths"),
        ({"openapi": "3.0.0", "paths": {"/a": {"get": {}}}}, "no responses"),
        ({"openapi": "3.0.0", "paths": {"/a": {"$ref": "other.yaml#/a"}}}, "name its file in `document_files`"),
        ({"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}, "circle"),
        ({"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/b"}}}, "leads to nothing"),
        ({"openapi": "3.0.0", "paths": {"/b": {"get": {"operationId": "getB"}}}}, "did you mean 'GET /b'"),
        ([], "expected an object"),
    ],
)
def test_a_wrong_document_is_the_tasks_fault(document: Any, said: str) -> None:
    """And the reason says what to do."""
    with pytest.raises(SchemaError, match=said):
        grade_response({"status": 200}, document, "GET /a")
    score = openapi(
        Record(completion='{"status": 200}', metadata={"openapi": document or {"a": 1}, "operation": "GET /a"})
    )
    assert score.verdict is Verdict.INVALID_TASK


def test_operations_are_found() -> None:
    """By id, by template, by a path that a template describes; the fewest templates win."""
    document = document_of(DOCUMENT)

    for name, path in {
        "getPet": "/pets/{id}",
        GET_PET: "/pets/{id}",
        "get /pets/9?x=1": "/pets/{id}",
        "GET /pets/mine": "/pets/mine",
    }.items():
        assert operation_named(document, name).path == path


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    described=JSON
    | st.fixed_dictionaries(
        {"status": st.sampled_from([200, 404, 500, 204])}, optional={"body": JSON, "headers": JSON, "media_type": JSON}
    )
)
def test_any_description_is_answered(described: Any) -> None:
    """With what is wrong, and never by an exception."""
    for operation in (GET_PET, GET_SHAPES, "DELETE /pets/{id}"):
        graded = grade_response(described, DOCUMENT, operation)
        assert graded.conforms == (graded.status_ok and graded.media_type_ok and graded.headers_ok and graded.body_ok)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, each in inner for place in _places(each, (*path, key)))]


PLACES = _places(DOCUMENT)[1:]


@given(place=st.sampled_from(PLACES), value=JSON)
def test_a_damaged_document_is_a_schema_error_or_a_document(place: tuple[Any, ...], value: Any) -> None:
    """Nothing else is raised, whatever stands wherever."""
    document = copy.deepcopy(DOCUMENT)
    node = document
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    for operation in (GET_PET, GET_SHAPES):
        with suppress(SchemaError):
            assert isinstance(grade_response(_described(CAT), document, operation), ResponseGrade)


def test_the_scorer_reads_suite_row_and_answer(tmp_path: Path) -> None:
    """The document from a YAML file, the operation from the row, the response through the ladder."""
    file = tmp_path / "pets.yaml"
    file.write_text(
        "openapi: 3.0.0\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          description: ''\n"
        "          content: {application/json: {schema: {type: object, required: [n]}}}\n"
        "        404: {description: ''}\n"
    )
    options = OpenapiOptions(document_file=SuiteFile.read(str(file)))
    answer = json.dumps({"status": 200, "media_type": "application/json", "body": {"n": 1}})

    def score(completion: str, **metadata: Any) -> float | None:
        value = openapi(Record(completion=completion, metadata={"operation": "GET /a", **metadata}), options).value
        assert value is not None
        return float(value)

    assert score(answer) == 1.0
    assert score(f"```json\n{answer}\n```") == 0.95
    assert score('{"status": 404}') == 1.0
    assert score('{"status": 404}', status="2XX") == 0.0
    assert score(answer, status=200) == 1.0
    assert score("no json") == 0.0


def test_suites_say_what_is_wrong_with_them() -> None:
    """When they are loaded."""
    options = {"document": DOCUMENT, "operation": "getPets"}
    with pytest.raises(ConfigError, match="did you mean"):
        parse_suite(json.dumps({"tasks": {"t": {"scorers": [{"scorer": "schema.openapi", "options": options}]}}}))


def test_audit_names_documents_that_are_none_and_loose_bodies() -> None:
    """Once each."""
    document = copy.deepcopy(DOCUMENT)
    del document["info"]
    prepared = PreparedOpenapi(options=OpenapiOptions(document=document, operation="getPet"), document=document)
    assert openapi.audit
    said = list(openapi.audit(Record(completion="x"), prepared))

    assert any('"info" is a required property' in each for each in said)
    assert any("GET /pets/{id}, 4XX, application/problem+json" in each and "additional" in each for each in said)
    assert list(openapi.audit(Record(completion="x"), prepared)) == []


def test_hostile_answers_end_soon() -> None:
    """Depth, length, many members: each costs no more than reading it."""
    deep = '{"status": 200, "body": ' * 20_000
    for text in (
        deep,
        "[" * 100_000,
        '{"status": 200, "body": "' + "x" * 300_000 + '"}',
        "```json\n" + "\n" * 1_000_000,
    ):
        start = time.process_time()
        assert openapi(Record(completion=text, metadata={"operation": GET_PET, "openapi": DOCUMENT})).value == 0.0
        assert time.process_time() - start < 2.0  # of the processor: 250 ms is asked for


def _responding(response: dict[str, Any]) -> dict[str, Any]:
    """Write a document of one operation whose answer is a response."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "ok", **response}}}}},
    }


COLOUR = {"type": "object", "properties": {"R": {"type": "integer"}, "name": {"type": "string"}}, "required": ["R"]}


@pytest.mark.each(
    ("schema", "explode", "text", "conforms"),
    [
        (COLOUR, False, "R,100,name,red", True),
        (COLOUR, False, "R, 100", True),
        (COLOUR, True, "R=100,name=red", True),
        (COLOUR, True, "R=100,name=a=b", True),
        (COLOUR, False, "R=100", False),
        (COLOUR, True, "R,100", False),
        (COLOUR, False, "R,red", False),
        (COLOUR, False, "name,red", False),
        (COLOUR, False, "R,100,name", False),
        (COLOUR, False, "R,1,R,2", False),
        ({"type": "object", "additionalProperties": {"type": "number"}}, False, "a,1.5,b,2", True),
        ({"type": "object", "additionalProperties": {"type": "number"}}, False, "a,x", False),
        ({"type": "array", "items": {"type": "integer"}}, False, "1, 2,3", True),
        ({"type": "array", "items": {"type": "integer"}}, False, "1,x", False),
        ({"type": "array", "items": {"type": "boolean"}}, False, "true,false", True),
        ({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}, False, "7", True),
    ],
)
def test_headers_are_read_by_the_types_of_items_and_members(
    *, schema: dict[str, Any], explode: bool, text: str, conforms: bool
) -> None:
    """In the style `simple`, exploded or not."""
    document = _responding({"headers": {"X-A": {"schema": schema, "explode": explode, "required": True}}})

    assert grade_response({"status": 200, "headers": {"x-a": text}}, document, "x").conforms is conforms


FORM = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "who": {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]},
    },
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.mark.each(
    ("encoding", "text", "conforms"),
    [
        ({}, "n=1", True),
        ({}, "n=x", False),
        ({}, "m=1", False),
        ({}, "n", False),
        ({}, "", False),
        ({}, "n=1&tags=1&tags=2", True),
        ({}, "n=1&tags=1&tags=x", False),
        ({}, "n=1&tags=1%2C2", False),
        ({"tags": {"explode": False}}, "n=1&tags=1%2C2", True),
        ({"tags": {"style": "pipeDelimited"}}, "n=1&tags=1%7C2", True),
        ({"tags": {"style": "spaceDelimited"}}, "n=1&tags=1+2", True),
        ({}, "n=1&who=%7B%22age%22%3A7%7D", True),
        ({}, "n=1&who=%7B%22age%22%3A%22x%22%7D", False),
        ({"who": {"contentType": "application/json"}}, "n=1&who=%7B%22age%22%3A7%7D", True),
        ({"who": {"style": "deepObject", "explode": True}}, "n=1&who[age]=7", True),
        ({"who": {"style": "deepObject", "explode": True}}, "n=1&who[age]=x", False),
        ({"who": {"style": "form", "explode": False}}, "n=1&who=age%2C7", True),
    ],
)
def test_a_form_is_read_as_its_encoding_says(*, encoding: dict[str, Any], text: str, conforms: bool) -> None:
    """A body that is described as the object itself is judged as it stands."""
    form = "application/x-www-form-urlencoded"
    document = _responding({"content": {form: {"schema": FORM, "encoding": encoding}}})

    assert grade_response({"status": 200, "media_type": form, "body": text}, document, "x").conforms is conforms
    assert grade_response({"status": 200, "media_type": form, "body": {"n": 1}}, document, "x").conforms


def test_an_encoding_of_a_style_that_no_form_has_is_the_tasks_fault() -> None:
    """With its name."""
    form = "application/x-www-form-urlencoded"
    document = _responding({"content": {form: {"schema": FORM, "encoding": {"n": {"style": "matrix"}}}}})

    with pytest.raises(SchemaError, match="style 'matrix'"):
        grade_response({"status": 200, "media_type": form, "body": "n=1"}, document, "x")


def _write(folder: Path, **files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".json").write_text(json.dumps(content), encoding="utf-8")


def test_a_document_of_several_files_is_bundled(tmp_path: Path) -> None:
    """References lead from file to file, each from its own folder, and back."""
    main = _responding({"content": {"application/json": {"schema": {"$ref": "parts/pet.json#/defs/Pet"}}}})
    main["components"] = {"schemas": {"Id": {"type": "integer"}}}
    pet = {
        "defs": {
            "Pet": {
                "type": "object",
                "required": ["id", "toy"],
                "properties": {"id": {"$ref": "../api.json#/components/schemas/Id"}, "toy": {"$ref": "more/toy.json"}},
            }
        }
    }
    toy = {"type": "object", "properties": {"of": {"$ref": "#/x~1y"}}, "required": ["of"], "x/y": {"type": "string"}}
    _write(tmp_path, api=main, parts__pet=pet, parts__more__toy=toy)
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "tasks: {t: {scorers: [{scorer: schema.openapi, options: {document_file: api.json, operation: x, "
        "document_files: [parts/pet.json, parts/more/toy.json]}}]}}",
        encoding="utf-8",
    )
    rows = [
        {"prompt": "q", "completion": json.dumps({"status": 200, "media_type": "application/json", "body": body})}
        for body in ({"id": 1, "toy": {"of": "wood"}}, {"id": "1", "toy": {"of": "wood"}}, {"id": 1, "toy": {"of": 2}})
    ]

    assert [reward.value for reward in score_rows(load_suite(suite), rows).rewards] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("reference", "said"),
    [("other.json#/a", "not among `document_files`"), ("https://x.org/a.json#/a", "leads to an address")],
)
def test_a_reference_to_a_file_that_is_not_named_is_told_at_load(tmp_path: Path, reference: str, said: str) -> None:
    """With the file that holds it."""
    _write(tmp_path, api=_responding({"content": {"application/json": {"schema": {"$ref": reference}}}}), more={})
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "tasks: {t: {scorers: [{scorer: schema.openapi, "
        "options: {document_file: api.json, document_files: [more.json], operation: x}}]}}",
        encoding="utf-8",
    )

    with pytest.raises(ConfigError, match=said):
        load_suite(suite)


@pytest.mark.parametrize("mapping", ["dog.json", "dog.json#/Dog"])
def test_a_discriminator_leads_into_the_bundle(mapping: str) -> None:
    """Its mapping names branches by reference, as `$ref` does."""
    dog = {"type": "object", "properties": {"kind": {}, "bark": {"type": "boolean"}}, "required": ["bark"]}
    pointer = mapping.partition("#")[2]
    schema = {"oneOf": [{"$ref": mapping}], "discriminator": {"propertyName": "kind", "mapping": {"d": mapping}}}
    main = _responding({"content": {"application/json": {"schema": schema}}})

    document = bundled("api.json", main, {"dog.json": {"Dog": dog} if pointer else dog})

    response = {"status": 200, "media_type": "application/json"}
    assert grade_response({**response, "body": {"kind": "d", "bark": True}}, document, "x").conforms
    assert not grade_response({**response, "body": {"kind": "d"}}, document, "x").conforms
    assert not grade_response({**response, "body": {"kind": "cat", "bark": True}}, document, "x").conforms
