"""Schemas are judged by the whole of JSON Schema, offline, and both engines say the same."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rlvr_schema import conforms
from rlvr_schema.schemas.validation import DRAFTS, SchemaError, compiled, fingerprint

CASES = Path(__file__).parent / "cases"
DATA = Path(__file__).parents[3] / "shared" / "data"


def _rows(name: str) -> list[dict[str, Any]]:
    path = DATA / name
    if not path.exists():
        pytest.skip("the development data is not beside this checkout")
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def _suite() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = _rows("json_schema_suite.jsonl.gz")
    documents = {row["uri"]: row["schema"] for row in rows if row["kind"] == "schema_remote"}
    return documents, [row for row in rows if row["kind"] == "schema_valid"]


def _formats(row: dict[str, Any]) -> bool | None:
    """Assert formats in the suite's tests of formats, else do what the draft says."""
    return True if row["group"] == "format" else None


def test_the_official_suite_passes_whole() -> None:
    """Required, optional and format cases of five drafts, through the public function."""
    documents, rows = _suite()
    wrong = [
        row["id"]
        for row in rows
        if conforms(
            json.dumps(row["instance"]),
            row["schema"],
            draft=row["draft"],
            formats=_formats(row),
            documents=documents,
        ).valid
        != row["valid"]
    ]

    assert (len(rows), wrong) == (8_327, [])


def test_the_fallback_deviates_where_it_is_known_to() -> None:
    """By files of the suite; the list shrinks or grows only by hand."""
    documents, rows = _suite()
    deviating = Counter[str]()
    for row in rows:
        try:
            validator = compiled(
                row["schema"], draft=row["draft"], formats=_formats(row), documents=documents, engine="jsonschema"
            )
            valid: bool | None = validator.is_valid(row["instance"])
        except SchemaError:
            valid = None
        deviating[row["id"].partition("#")[0]] += valid != row["valid"]
    found = {name: count for name, count in sorted(deviating.items()) if count}

    assert found == json.loads((CASES / "schema_fallback.json").read_text())


def test_schemas_from_the_wild_meet_their_labels() -> None:
    """Formats asserted, and the twin agrees but for the formats that it reads otherwise."""
    rows = _rows("json_schema_wild_dev.jsonl.gz")
    wrong = [row["id"] for row in rows if conforms(json.dumps(row["instance"]), row["schema"]).valid != row["valid"]]
    apart = [
        row["id"]
        for row in rows
        if compiled(row["schema"], formats=False).is_valid(row["instance"])
        != compiled(row["schema"], formats=False, engine="jsonschema").is_valid(row["instance"])
    ]

    assert (len(rows), wrong, apart) == (800, [], [])


@pytest.mark.each("draft", DRAFTS)
@pytest.mark.each(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer"}, ["1", "1.0", "1e2", "-0.0"], ["true", "1.5", '"1"', "null"]),
        ({"type": "boolean"}, ["true"], ["1", "0"]),
        ({"enum": [1]}, ["1", "1.0"], ["true", '"1"', "1.0000000001"]),
        ({"enum": [True]}, ["true"], ["1"]),
        ({"multipleOf": 0.01}, ["19.99", "0.3"], ["0.001"]),
        ({"enum": [2**53 + 1]}, [str(2**53 + 1)], [str(2**53)]),
        ({"pattern": "^a$"}, ['"a"'], ['"a\\n"']),
        ({"pattern": r"^\d$"}, ['"1"'], ['"\u0661"']),
        ({"pattern": r"^\w$"}, ['"e"'], ['"é"']),
        ({"pattern": r"^(?=a)a*$"}, ['"aa"'], ['"b"']),
        ({"format": "email"}, ['"a@b.org"'], ['"a"', '"a@b.org\\n"']),
        ({"format": "date-time"}, ['"2026-01-02T03:04:05Z"'], ['"2026-01-02"', '"x"']),
        ({"uniqueItems": True}, ["[1, true, 0, false]"], ["[1, 1.0]"]),
        ({"type": "object"}, ["{}"], ["[]", "NaN", '{"a":1,"a":1}']),
    ],
)
def test_meanings_that_validators_differ_on(draft: str, schema: Any, right: list[str], wrong: list[str]) -> None:
    """Are pinned, in every draft; draft 4 alone has no 1.0 among its integers."""
    for text in right:
        if draft == "draft4" and schema == {"type": "integer"} and text != "1":
            continue
        assert conforms(text, schema, draft=draft).valid, text
    for text in wrong:
        assert not conforms(text, schema, draft=draft).valid, text


@pytest.mark.each(
    ("pattern", "right", "wrong"),
    [
        (r"^[\w-.]+$", "a-.b", "a b"),
        (r"^[.\d-z]$", "-", "e"),
        (r"^[a-\d]$", "-", "b"),
        (r"^[a-c\d]$", "b", "-"),
        (r"^[]$", None, ""),
        (r"^[^]$", "\n", ""),
        (r"^x{,3}$", "x{,3}", "xx"),
        (r"^{a$", "{a", "a"),
        (r"^{2}$", None, "{"),
        (r"^a{2}{$", "aa{", "a{"),
        (r"^\a\h$", "ah", "a"),
        (r"^[\b]$", "\b", "b"),
        (r"^\0\07\101$", "\0\7A", "0"),
        (r"^\8$", "8", ""),
        (r"^\x4$", "x4", "4"),
        (r"^\u00$", "u00", "0"),
        (r"^\c$", r"\c", "c"),
        (r"^\cA\a$", "\1a", "cA"),
        (r"^\x41\a\u0042$", "AaB", "AaC"),
        (r"^\d\a[\]\-[]$", "1a[", "1a^"),
        (r"^[\w-.](?=\a)", "-a", "-b"),
    ],
)
def test_patterns_that_are_legal_without_the_flag_u(pattern: str, right: str | None, wrong: str) -> None:
    """Annex B of ECMA 262 says what they mean; also as the name of members."""
    schema = {"items": {"pattern": pattern, "patternProperties": {pattern: False}}}
    for text, is_valid in ((right, True), (wrong, False)):
        if text is not None:
            assert conforms(json.dumps([text]), schema).valid is is_valid
            assert conforms(json.dumps([{text: 1}]), schema).valid is not is_valid


def test_values_inside_a_schema_are_no_patterns() -> None:
    """They stay as they are where another pattern is rewritten."""
    value = {"pattern": r"\a"}
    schema = {"anyOf": [{"const": value}, {"enum": [[value]]}], "not": {"type": "string", "pattern": r"\a"}}

    assert conforms(json.dumps(value), schema).valid
    assert conforms(json.dumps([value]), schema).valid
    assert not conforms(json.dumps({"pattern": "a"}), schema).valid


@pytest.mark.each("engine", ["jsonschema-rs", "jsonschema"])
@pytest.mark.each(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "https://json-schema.example/x"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "other.json"},
        {"$ref": "#/nowhere"},
        {"type": "strnig"},
        {"pattern": "("},
        {"$schema": "http://example.org/mine"},
        "text",
        [],
        None,
    ],
)
def test_a_wrong_schema_is_the_tasks_fault(engine: Any, schema: Any) -> None:
    """Nothing is fetched, and nothing scored."""
    with pytest.raises(SchemaError):
        compiled(schema, engine=engine)


def test_given_documents_are_found() -> None:
    """And no others."""
    documents = {"http://example.org/a": {"type": "integer"}}

    assert conforms("1", {"$ref": "http://example.org/a"}, documents=documents).valid
    assert not conforms('"1"', {"$ref": "http://example.org/a"}, documents=documents).valid
    with pytest.raises(SchemaError):
        conforms("1", {"$ref": "http://example.org/b"}, documents=documents)


def test_a_schema_is_compiled_once() -> None:
    """Whatever the order of its keys; 1, 1.0 and true make three schemas."""
    assert compiled({"type": "object", "minProperties": 1}) is compiled({"minProperties": 1, "type": "object"})
    assert compiled({"const": 1}) is not compiled({"const": True})
    assert len({fingerprint({"const": value}) for value in (1, 1.0, True, "1", None, [1])}) == 6


def test_faults_say_where_and_what() -> None:
    """By JSON pointer and keyword, the judge named."""
    schema = {"properties": {"a/b": {"items": {"type": "integer"}}}, "required": ["c"], "additionalProperties": False}

    judged = conforms('{"a/b": [1, "x"], "d": 0}', schema, draft="draft7")

    assert {(fault.at, fault.keyword) for fault in judged.faults} == {
        ("", "additionalProperties"),
        ("/a~1b/1", "type"),
        ("", "required"),
    }
    assert (judged.valid, judged.draft, judged.engine, judged.formats) == (False, "draft7", "jsonschema-rs", True)
