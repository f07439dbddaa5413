"""Every member of each closed set that rlvr-schema branches on, beside what it must do."""

from typing import Any, get_args

import pytest

from rlvr.testing import a_record, scored
from rlvr_schema import Fault, FieldsOptions, Rung, extract, grade_response, parse
from rlvr_schema.comparing import comparators
from rlvr_schema.comparing.comparators import Comparator, agrees
from rlvr_schema.fields import NullMeaning, fields
from rlvr_schema.json import JsonOptions
from rlvr_schema.json import json as json_scorer
from rlvr_schema.reading.ladder import LadderOptions
from rlvr_schema.responses.document import Version, document_of
from rlvr_schema.schemas.validation import Draft, Engine, compiled, ends_in_time
from rlvr_schema.tool_calls import CallsOutcome, tool_calls

# By rung: an answer, the value of the default options, and whether it is JSON as written.
RUNGS: dict[Rung, tuple[str, float, float]] = {
    Rung.EXACT: ('{"a": 1}', 1.0, 1.0),
    Rung.FENCED: ('```json\n{"a": 1}\n```', 0.95, 1.0),
    Rung.EMBEDDED: ('It is {"a": 1}.', 0.8, 1.0),
    Rung.REPAIRED: ("{'a': 1,}", 0.5, 0.0),
}
# By fault: a text that has it, and whether the text follows the grammar of RFC 8259.
FAULTS: dict[Fault, tuple[str | bytes, bool]] = {
    Fault.EMPTY: (" ", False),
    Fault.SYNTAX: ("{a}", False),
    Fault.TRUNCATED: ('{"a": ', False),
    Fault.TRAILING: ("1 2", False),
    Fault.ENCODING: (b"\xff", False),
    Fault.BYTE_ORDER_MARK: ("\ufeff1", False),
    Fault.CONTROL_CHARACTER: ('"\x01"', False),
    Fault.NOT_A_NUMBER: ("NaN", False),
    Fault.OVERFLOW: ("1e999", True),
    Fault.DIGITS: ("1" * 1_001, True),
    Fault.DUPLICATE_KEY: ('{"a": 1, "a": 2}', True),
    Fault.SURROGATE: ('"\\ud800"', True),
    Fault.DEPTH: ("[" * 65 + "]" * 65, True),
    Fault.SIZE: ('"' + "a" * 400_000 + '"', False),
}
# Of which faults a value in other text is still looked for.
SEARCHED_FURTHER = {Fault.SYNTAX, Fault.TRUNCATED, Fault.TRAILING, Fault.CONTROL_CHARACTER}
# By comparator: an expected value, a value that agrees with it, and one that does not.
COMPARED: dict[type, tuple[Comparator, Any, Any, Any]] = {
    comparators.Exact: (comparators.Exact(), "Ann", "Ann", "ann"),
    comparators.Casefold: (comparators.Casefold(), "Ann", "ANN", "Anne"),
    comparators.Number: (comparators.Number(absolute=1.0), 10, 11, 12),
    comparators.Date: (comparators.Date(), "2026-01-02", "20260102", "2026-02-01"),
    comparators.Pattern: (comparators.Pattern(pattern="^[0-9]$"), "a", "7", "77"),
    comparators.Aliases: (comparators.Aliases(groups=(("NYC", "New York"),)), "NYC", "New York", "Oslo"),
    comparators.Text: (comparators.Text(least=0.5), "red green blue", "red blue", "pink"),
    comparators.SetOf: (comparators.SetOf(), [1, 2], [2, 1, 1], [1, 3]),
    comparators.Multiset: (comparators.Multiset(), [1, 1, 2], [2, 1, 1], [2, 2, 1]),
}
# By draft: whether exclusiveMaximum is a truth value beside maximum (draft 4) and the draft asserts formats by itself.
DRAFTS: dict[Draft, tuple[bool, bool]] = {
    "draft4": (True, True),
    "draft6": (False, True),
    "draft7": (False, True),
    "draft2019-09": (False, False),
    "draft2020-12": (False, False),
}
ENDS_IN_TIME: dict[Engine, bool] = {"jsonschema-rs": True, "jsonschema": False}
# By version: whether a null conforms to a schema that is "nullable", which is a word of 3.0 alone.
NULLABLE: dict[Version, bool] = {"3.0": True, "3.1": False}
# By meaning of null: the F1 of {"a": 1} for the reference {"a": 1, "b": null}.
NULLS: dict[NullMeaning, float] = {"value": 2 / 3, "absent": 1.0}
# By outcome: an answer for a reference that expects one call of f, and whether it counts as readable and as a call.
OUTCOMES: dict[CallsOutcome, tuple[str, float, float]] = {
    CallsOutcome.CALL: ('{"name": "f", "arguments": {}}', 1.0, 1.0),
    CallsOutcome.NO_CALL: ("I call nothing.", 1.0, 0.0),
    CallsOutcome.MALFORMED: ("<tool_call>{</tool_call>", 0.0, 1.0),
}


@pytest.mark.parametrize("rung", Rung)
def test_each_rung_has_its_price(rung: Rung) -> None:
    """And says whether the value was JSON."""
    text, value, is_json = RUNGS[rung]
    score = scored(json_scorer, a_record(text), JsonOptions(schema={"required": ["a"]}))

    assert extract(text).rung is rung
    assert LadderOptions().factor(rung) == value
    assert (score.value, score.metrics["json_valid"]) == (value, is_json)


@pytest.mark.each("fault", Fault)
def test_each_fault_is_told_apart(fault: Fault) -> None:
    """And a text with it is refused whole, or looked through for a value."""
    text, in_grammar = FAULTS[fault]
    parsed = parse(text)

    assert (parsed.fault, parsed.in_grammar) == (fault, in_grammar)
    assert fault.is_of_syntax == (fault in SEARCHED_FURTHER)


@pytest.mark.parametrize("comparator", get_args(Comparator))
def test_each_comparator_compares_in_its_way(comparator: type) -> None:
    """What agrees under it does not agree exactly, but under ``exact``."""
    given, expected, right, wrong = COMPARED[comparator]

    assert agrees(right, expected, given)
    assert not agrees(wrong, expected, given)
    assert agrees(right, expected) == (comparator is comparators.Exact)


@pytest.mark.each("engine", get_args(Engine))
@pytest.mark.each("draft", get_args(Draft))
def test_each_engine_knows_each_draft(draft: Draft, engine: Engine) -> None:
    """By what sets the draft apart."""
    has_exclusive_bounds, asserts_formats = DRAFTS[draft]
    bound = {"maximum": 3, "exclusiveMaximum": True} if has_exclusive_bounds else {"exclusiveMaximum": 3}
    address = compiled({"format": "ipv4"}, draft=draft, formats=None, engine=engine)

    assert compiled(bound, draft=draft, engine=engine).is_valid(2)
    assert not compiled(bound, draft=draft, engine=engine).is_valid(3)
    assert address.is_valid("no address") != asserts_formats
    assert (address.draft, address.engine) == (draft, engine)


@pytest.mark.parametrize("engine", get_args(Engine))
def test_each_engine_says_whether_it_ends_in_time(engine: Engine) -> None:
    """Scorers are bounded where it does."""
    assert ends_in_time(engine) == ENDS_IN_TIME[engine]


@pytest.mark.parametrize("version", get_args(Version))
def test_each_version_of_openapi_reads_schemas_in_its_dialect(version: Version) -> None:
    """``nullable`` is a keyword of one and nothing to the other."""
    response = {"description": "", "content": {"a/b": {"schema": {"type": "string", "nullable": True}}}}
    document = {"openapi": f"{version}.0", "paths": {"/": {"get": {"responses": {"200": response}}}}}
    grade = grade_response({"status": 200, "media_type": "a/b", "body": None}, document, "GET /")

    assert document_of(document).version == version
    assert grade.conforms == NULLABLE[version]


@pytest.mark.parametrize("null", get_args(NullMeaning))
def test_each_meaning_of_null_counts_leaves_in_its_way(null: NullMeaning) -> None:
    """As a leaf, or as none."""
    score = scored(fields, a_record('{"a": 1}', {"a": 1, "b": None}), FieldsOptions(null=null))

    assert score.value == NULLS[null]


@pytest.mark.parametrize("outcome", CallsOutcome)
def test_each_outcome_has_its_metrics(outcome: CallsOutcome) -> None:
    """What tries to call and fails counts as a call, and as an unreadable one."""
    text, readable, made = OUTCOMES[outcome]
    score = scored(tool_calls, a_record(text, [{"name": "f", "arguments": {}}]))

    assert score.evidence["outcome"] == outcome
    assert (score.metrics["call_readable"], score.metrics["call_made"]) == (readable, made)
