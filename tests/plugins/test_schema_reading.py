"""JSON is read strictly, found by a ladder, and mended little."""

import base64
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.record.marks import REASONING_TAGS, marks_in
from rlvr_schema import Fault, Rung, extract, parse
from rlvr_schema.reading.extraction import CANDIDATES_LIMIT
from rlvr_schema.reading.repair import EDITS_LIMIT, repaired
from rlvr_schema.reading.strict import (
    _NOT_PLAIN,
    DEPTH_LIMIT,
    TEXT_LIMIT_CHARACTERS,
    JsonError,
    _plain_value_in,
    check_value,
    value_at,
)

DATA = Path(__file__).parents[3] / "shared" / "data" / "json_parsing_dev.jsonl.gz"
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "schema_reading.jsonl").read_text(encoding="utf-8").splitlines()
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.each("case", CASES, ids=lambda case: f"{case['source']}: {case['text'][:40]!a}")
def test_golden_cases(case: dict[str, Any]) -> None:
    """Each rung, and each reason for none, decided by hand."""
    found = extract(case["text"])

    assert (found.rung, found.fault) == (case["rung"], case["fault"]), found
    assert found.rung is None or found.value == case["value"]


def test_the_parser_accepts_and_refuses_what_the_test_suite_says() -> None:
    """Every labelled text of JSONTestSuite's development share."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    labelled = [row for row in rows if row["expect"] != "either"]
    wrong = [
        row["id"] for row in labelled if parse(base64.b64decode(row["b64"])).in_grammar != (row["expect"] == "accept")
    ]

    assert (len(labelled), wrong) == (113, [])


def _calls_of_extraction(text: str) -> tuple[int, Rung | None]:
    """Return the number of calls that an extraction takes, those of C functions included, and what it finds."""
    extract(text)  # compiles the patterns
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        found = extract(text)
    finally:
        sys.setprofile(None)
    return calls, found.rung


@pytest.mark.timeout(20)  # a pattern that tries a run at each of its lengths is one call, which takes minutes
@pytest.mark.parametrize("mark", ["`", "~"])
@pytest.mark.parametrize(
    ("around", "rung"), [("{}", None), ("{}json", None), ("a\n{}", None), ("{}\n{{}}\n{}", Rung.FENCED)]
)
def test_a_run_of_fence_marks_is_read_once(mark: str, around: str, rung: Rung | None) -> None:
    """A long run is a fence as a short one is, and takes no more calls."""
    extract(around.format(mark * 3, mark * 3))  # fills the caches
    calls, found = _calls_of_extraction(around.format(mark * 100, mark * 100))
    calls_of_long, found_of_long = _calls_of_extraction(around.format(mark * 190_000, mark * 190_000))

    assert found == found_of_long == rung
    assert calls_of_long <= 2 * calls  # a few are the collector's


TOKENS = [
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "[1]",
    "[ ]",
    '{"',
    '{"a": 1} ',
    '{"a": ',
    "{'a'",
    "[0, 1)",
    "(0, 1]",
    ":]",
    '"',
    "\\",
]
TOKENS += [
    "```json\n",
    "~~~\n",
    "<think>",
    "</think>",
    "{x} ",
    "[1, oops] ",
    '{"a": oops} ',
    "// ",
    "/*",
    "'a' ",
    "True ",
    " ",
]


@pytest.mark.timeout(30)  # a quadratic scan inside one pattern is one call, which takes minutes
@pytest.mark.parametrize("token", TOKENS)
def test_one_token_repeated_takes_linear_time(token: str) -> None:
    """Alone, and around a value."""
    for form in ("{}", '{} {{"a": 1}}', '{{"b": {}'):
        extract(form.format(token * 50))  # fills the caches
        short, long = (_calls_of_extraction(form.format(token * count))[0] for count in (1_000, 4_000))
        assert long <= 4.4 * short + 1_000
        extract(form.format(token * (300_000 // len(token))))


def test_the_limit_of_size_is_for_the_answer() -> None:
    """Not for the reasoning before it; white space counts."""
    reasoning = f"<think>{'a' * TEXT_LIMIT_CHARACTERS}</think>"

    assert extract(f'{reasoning}{{"a": 1}}').rung is Rung.EXACT
    assert extract(f'{reasoning}So: {{"a": 1}}').rung is Rung.EMBEDDED
    assert extract(f'{reasoning}"{"a" * TEXT_LIMIT_CHARACTERS}"').fault is Fault.SIZE
    assert extract(f"[1]{' ' * TEXT_LIMIT_CHARACTERS}").fault is Fault.SIZE


@pytest.mark.each(
    ("text", "fault"),
    [
        ('{"a":1,"a":2}', Fault.DUPLICATE_KEY),
        ('{"a":1,"\\u0061":2}', Fault.DUPLICATE_KEY),
        ("[NaN]", Fault.NOT_A_NUMBER),
        ("[-Infinity]", Fault.NOT_A_NUMBER),
        ("[1e400]", Fault.OVERFLOW),
        ("9" * 1_001, Fault.DIGITS),
        ('["\\ud800"]', Fault.SURROGATE),
        ('["\ud800"]', Fault.SURROGATE),
        ("[" * 65 + "]" * 65, Fault.DEPTH),
        ("[" * 100_000, Fault.DEPTH),
        ("[" * 500_001 + "]" * 500_001, Fault.SIZE),
        ("", Fault.EMPTY),
        (" \n", Fault.EMPTY),
        ("[1] [1]", Fault.TRAILING),
        ("\ufeff{}", Fault.BYTE_ORDER_MARK),
        ('["a\nb"]', Fault.CONTROL_CHARACTER),
        ('{"a":', Fault.TRUNCATED),
        ('{"a":"b', Fault.TRUNCATED),
        ("{'a':1}", Fault.SYNTAX),
        ("[01]", Fault.SYNTAX),
        (b"[\xff]", Fault.ENCODING),
        ("\u00a0[1]", Fault.SYNTAX),
    ],
)
def test_each_trouble_has_its_own_class(text: str | bytes, fault: Fault) -> None:
    """And none is taken for another."""
    assert parse(text).fault is fault, parse(text)


def test_what_readers_may_refuse_is_told_from_what_is_no_json() -> None:
    """RFC 8259 leaves doubled keys, ranges and depth to readers."""
    assert parse('{"a":1,"a":2}').in_grammar
    assert parse("[1e400]").in_grammar
    assert not parse('{"a":1,"a":2').in_grammar
    assert not parse("[NaN]").in_grammar


def test_brackets_inside_strings_are_no_depth() -> None:
    """However many, and whatever is escaped."""
    deep = json.dumps(["[" * 1_000, '\\"[[{{' * 100, "\\" * 99])

    assert parse(deep).value == json.loads(deep)
    assert parse("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT).fault is None


def _marked(text: str) -> bool:
    """Say whether a text holds marks of reasoning, which hypothesis takes from our source."""
    return any(marks_in(text, REASONING_TAGS))


@given(value=JSON)
def test_reading_undoes_writing(value: Any) -> None:
    """Every value comes back, exactly, and is found exactly."""
    text = json.dumps(value, ensure_ascii=False)

    if parse(text).fault is None:
        assert parse(text).value == value
        assert extract(text).rung is Rung.EXACT
        assert _marked(text) or extract(text) == extract(f"<think>[1]</think>\n{text}\n")


PLAIN = st.text(alphabet='{}[]",: 10-.eEaté\n\ud800', max_size=40) | st.builds(
    "{{{}:{},{}:{}}}".format,
    *[st.sampled_from(['"a"', '"b"', '"a:"', '":"', "1", "[]", '"\\u003a"', "{}", "1e400"])] * 4,
)


@given(text=PLAIN | st.builds(json.dumps, JSON, ensure_ascii=st.booleans()))
def test_plain_texts_are_read_as_all_are(text: str) -> None:
    """The faster parser gives the same value or leaves the text to the other one, which refuses it or not."""
    body = text.strip(" \t\n\r")
    value = _plain_value_in(body) if body else _NOT_PLAIN
    if value is not _NOT_PLAIN:
        read, end = value_at(body, 0)
        assert (repr(read), end) == (repr(value), len(body))


def test_no_member_is_lost_to_the_faster_parser() -> None:
    """Doubled keys are found, whatever colons stand in strings or are escaped."""
    for text in (
        '{"a":1,"a":2}',
        '{"a":1,"a":":"}',
        '{"a":":","a":1}',
        '{"a":1,"a":"\\u003a"}',
        '[{"a":{"b":1,"b":1}}]',
    ):
        assert parse(text).fault == "duplicate_key"
    assert parse("[" + "9" * 1_001 + "]").fault == "too_many_digits"
    assert parse("[" * 65 + "]" * 65).fault == "too_deep"
    assert parse("[" * 64 + "]" * 64).fault is None


@given(text=st.text(st.characters()) | st.text(alphabet="{}[]\",:1 \n`~tfn\\'#/*"))
def test_any_text_is_answered(text: str) -> None:
    """With a value or a reason, never an exception; lone surrogates included."""
    for found in (extract(text), extract("x " + text), extract(f"```json\n{text}\n```")):
        assert (found.rung is None) == bool(found.problem)
    mended = repaired(text)
    assert mended is None or mended.edits > 0


@given(
    value=st.dictionaries(st.text(), JSON, min_size=1), prose=st.sampled_from(["Here: ", "So (see above) ", "a {b} c "])
)
def test_the_ladder(value: dict[str, Any], prose: str) -> None:
    """The same value earns less on each lower rung, and two that differ earn nothing, in both orders."""
    text = json.dumps(value)
    if parse(text).fault:
        return
    other = json.dumps({**value, "another": 1})

    assert extract(f"```json\n{text}\n```").rung is Rung.FENCED
    assert extract(f"~~~~\n{text}\n~~~~~").rung is Rung.FENCED
    if _marked(text):
        return  # further down, a mark of reasoning in a value cannot be told from one in the text around it
    assert extract(prose + text).rung is Rung.EMBEDDED
    assert extract(f"{prose}\n```\n{text}\n```\nThat is it.").value == value
    assert extract(f"{text}\n{text}").rung is Rung.EMBEDDED
    for both in (f"{text}\n{other}", f"{other} or {text}", f"```json\n{text}\n```\n```json\n{other}\n```"):
        assert extract(both).rung is None


def test_marks_of_reasoning_in_a_value_are_text() -> None:
    """Whether the value stands alone or in a fence: its strings are no place where reasoning ends."""
    value = {"<|end_of_thought|>": "</think>"}
    text = json.dumps(value)

    assert extract(text).rung is Rung.EXACT
    assert extract(f"```json\n{text}\n```") == extract(f"```json\n{text}\n```\n")
    assert extract(f"```json\n{text}\n```").value == value
    assert extract(f"```json\n{text}\n```").rung is Rung.FENCED


def test_repair_can_be_switched_off() -> None:
    """Then slips are faults."""
    assert extract("{'a': 1,}").rung is Rung.REPAIRED
    assert extract("{'a': 1,}", repair=False).rung is None


def test_values_of_others_are_held_to_the_same_limits() -> None:
    """Calls come parsed from the event."""
    deep: Any = []
    for _ in range(DEPTH_LIMIT + 1):
        deep = [deep]
    for value in (deep, [float("inf")], {"a": "\ud800"}, {"\udfff": 1}):
        with pytest.raises(JsonError):
            check_value(value)
    check_value({"a": [1, 2.5, None, True, "é"]})


def test_limits_of_repair_and_of_candidates_are_met_exactly() -> None:
    """The last slip and the last candidate that are allowed, and one more."""
    for count, is_read in ((EDITS_LIMIT, True), (EDITS_LIMIT + 1, False)):
        assert (repaired("[" + ", ".join(["True"] * count) + "]") is not None) == is_read
        assert (repaired("[" + ", ".join(["[1,]"] * count) + "]") is not None) == is_read
    assert extract('{"a": 1} ' * CANDIDATES_LIMIT).value == {"a": 1}
    assert extract('{"a": 1} ' * (CANDIDATES_LIMIT + 1)).value is None


def test_a_fenced_answer_may_hold_marks_of_reasoning() -> None:
    """A completion that is one block is read whole."""
    found = extract('```json\n{"a": "<think>x</think>"}\n```')

    assert (found.rung, found.value) == (Rung.FENCED, {"a": "<think>x</think>"})


def test_a_bracket_that_never_closes_leaves_no_value() -> None:
    """Before a value, and behind it."""
    for text in ('{"a": 1} and {x', '{x {"a": 1}', 'So {"a": 1} [ and', '["a" x] {"a": 1} ['):
        found = extract(text)
        assert found.rung is None, text


def test_values_that_are_equal_as_json_count_once() -> None:
    """Whatever the order of members and the form of numbers; true is not 1, and "1" is not 1."""
    for other in ('{"a": "x", "n": 1}', '{"n": 1.0, "a": "x"}', '{"n":1e0,"a":"\\u0078"}'):
        assert extract(f'So {{"n": 1, "a": "x"}} and again {other}.').rung == "embedded", other
    for other in (
        '{"n": true, "a": "x"}',
        '{"n": "1", "a": "x"}',
        '{"n": 1.5, "a": "x"}',
        '{"n": 1}',
        '[{"n": 1, "a": "x"}]',
    ):
        assert extract(f'So {{"n": 1, "a": "x"}} and again {other}.').problem == "several JSON values that differ", (
            other
        )
