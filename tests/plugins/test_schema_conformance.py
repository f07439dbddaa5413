"""``schema.json`` through the scorer: the ladder, its metrics, its schema's places, and hostile answers."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rlvr import SuiteFile, Verdict
from rlvr.testing import a_record, check_scorer, scored
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.schemas.source import source_of

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^(a+)+$"}, "tags": {"uniqueItems": True}},
    "required": ["name"],
}
OPTIONS = JsonOptions(schema=SCHEMA)


def test_the_scorer_keeps_the_contract() -> None:
    """Right, wrong, hostile, twice, elsewhere."""
    check_scorer(
        json_scorer,
        right=[a_record('{"name": "aa"}'), a_record('<think>hm</think> {"name": "a", "x": 1}')],
        wrong=[a_record("{}"), a_record('{"name": 1}'), a_record('{"name": "a"'), a_record(json.dumps(SCHEMA))],
        options=OPTIONS,
    )


@pytest.mark.parametrize(
    ("completion", "value", "metrics"),
    [
        ('{"name": "a"}', 1.0, (1.0, 1.0, 1.0, 0.0)),
        ('```json\n{"name": "a"}\n```', 0.95, (1.0, 1.0, 0.0, 0.0)),
        ('It is {"name": "a"}.', 0.8, (1.0, 1.0, 0.0, 0.0)),
        ("{'name': 'a'}", 0.5, (0.0, 1.0, 0.0, 0.0)),
        ('{"name": "b"}', 0.0, (1.0, 0.0, 1.0, 1.0)),
        ('{"name": "a"', 0.0, (0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_each_rung_costs(completion: str, value: float, metrics: tuple[float, ...]) -> None:
    """And the metrics say which it was."""
    score = scored(json_scorer, a_record(completion), OPTIONS)

    assert score.value == value
    assert tuple(score.metrics.values()) == metrics


def test_the_schema_is_found_in_suite_file_and_record(tmp_path: Path) -> None:
    """As JSON or as its text; none, or a wrong one, is the row's fault."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA))

    options = JsonOptions(schema_file=SuiteFile.read(str(path)))
    assert scored(json_scorer, a_record('{"name": "a"}'), options).value == 1.0
    for schema in (SCHEMA, json.dumps(SCHEMA)):
        assert scored(json_scorer, a_record('{"name": "a"}', schema=schema)).value == 1.0
        assert scored(json_scorer, a_record('{"name": "b"}', schema=schema)).value == 0.0
    for row in ({}, {"schema": {"type": "strnig"}}, {"schema": "{"}, {"schema": {"$ref": "http://127.0.0.1/"}}):
        assert scored(json_scorer, a_record("{}", **row)).verdict is Verdict.INVALID_TASK


def test_a_wrong_suite_does_not_load() -> None:
    """A schema that is none, and a ladder that rises."""
    for options in (JsonOptions(schema={"type": "x"}), JsonOptions(fenced=0.1)):
        with pytest.raises(ValueError, match=r"schema|factors"):
            source_of(options)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"fenced": 1.0}, JsonOptions)


HOSTILE = """
import json, sys, time
from rlvr.testing import a_record, scored
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.fields import FieldsOptions, fields
from rlvr_schema.tool_calls import tool_calls

NODE = {"properties": {"c": {"items": {"$ref": "#/$defs/n"}}}}
SCHEMA = {"anyOf": [{"$ref": "#"}, {"type": "string", "pattern": "^(a+)+$"}], "$ref": "#"}
SLOW = {"properties": {"s": {"pattern": "^(a|a)*$"}, "l": {"pattern": "^(?=(a+)+$)"}, "u": {"uniqueItems": True}}}
SLOW |= {"$defs": {"n": NODE}, "$ref": "#/$defs/n"}
TEXTS = [
    json.dumps({"s": "a" * 50_000 + "!"}),
    json.dumps({"l": "a" * 5_000 + "!"}),
    json.dumps({"u": [{"n": n, "m": [n]} for n in range(3_000)]}),
    '{"c":[' * 30 + "]}" * 30,
    "[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000,
    "```json" + chr(10) * 1_000_000, "```json\\n{" + chr(10) * 900_000, "```" * 300_000,
    '{"' * 400_000, '["' * 400_000, '{"a ' * 200_000, "{ " * 400_000, '[1,' * 300_000,
    '"' + chr(92) * 900_000, "'" * 900_000, "{'a':" * 100_000, "[" + "1," * 400_000 + "]", "[" + "'a'," * 100_000,
    "/*" * 400_000, "{" + "//" * 400_000, "<tool_call>" * 90_000, "f(" * 400_000, "f(a=" + "[" * 400_000,
    "f(" + "a=1," * 200_000, "9" * 900_000, "-" * 900_000, "1e" + "9" * 900_000, " " * 1_000_000 + "{}",
    json.dumps({str(n): n for n in range(70_000)}), json.dumps({"r": [{"k": n} for n in range(60_000)]}),
    "<think>" * 140_000, "[" + "[]," * 300_000 + "[]]",
]
for text in TEXTS:
    for scorer, record, options in (
        (json_scorer, a_record(text), JsonOptions(schema=SLOW)),
        (json_scorer, a_record(text), JsonOptions(schema=SCHEMA)),
        (fields, a_record(text, {"r": [{"k": n} for n in range(60)], "s": "a"}), FieldsOptions(ordered={"/r": False})),
        (tool_calls, a_record(text, [{"name": "f", "arguments": {"a": 1}}], tools=[{"name": "f"}]), None),
    ):
        start = time.perf_counter()
        score = scored(scorer, record, options)
        took = time.perf_counter() - start
        assert score.verdict == "scored", (text[:30], score)
        if took > 0.1:
            print(f"{took:.3f} {scorer.options.__name__} {text[:30]!r}")
print("done")
"""


@pytest.mark.timeout(60)
def test_hostile_answers_end_soon_and_are_scored() -> None:
    """ReDoS, depth, floods of quotes and brackets, references to themselves: no crash, no recursion, no hang."""
    done = subprocess.run([sys.executable, "-c", HOSTILE], capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.splitlines()[-1] == "done"
