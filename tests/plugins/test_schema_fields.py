"""Structured answers: credit for what is right, monotone, and none for filler."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import RlvrError, Verdict, close, parse_suite
from rlvr.testing import a_record, check_scorer, scored
from rlvr_schema import FieldsOptions, grade_fields
from rlvr_schema.comparing.comparators import (
    Aliases,
    Casefold,
    Comparator,
    Date,
    Multiset,
    Number,
    Pattern,
    SetOf,
    Text,
    agrees,
)
from rlvr_schema.fields import WRONG_SHOWN, FieldsGrade, fields

DATA = Path(__file__).parents[3] / "shared" / "data" / "json_schema_wild_dev.jsonl.gz"
EXTRACTIONS = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "schema_extraction.jsonl").read_text(encoding="utf-8").splitlines()
]
GOLD = {"name": "Ann", "age": 31, "mail": None, "items": [{"sku": 1, "n": 2}, {"sku": 7, "n": 5}]}
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=1, max_size=4)


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key]) for key in reversed(list(value))}
    return [_shuffled(each) for each in value] if isinstance(value, list) else value


@pytest.mark.each(
    ("comparator", "expected", "right", "wrong"),
    [
        (Casefold(), "New York", ["new  york ", "NEW YORK"], ["NewYork", 1, None]),
        (Number(absolute=0.5), 10, [10.5, 9.5, 10], [10.6, True, "10", None]),
        (Number(relative=0.01), 100, [101, 99], [102, 10**400]),
        (Number(relative=0.01), 10**400, [10**400], [1.5]),
        (Date(), "2026-01-02", ["2026-01-02", "20260102"], ["2026-02-01", "01/02/2026", "", 5]),
        (Date(formats=("%d/%m/%Y", "%m/%d/%Y")), "2026-01-02", ["02/01/2026", "01/02/2026"], ["03/01/2026"]),
        (Pattern(pattern="Paris"), "", ["Paris", "It is Paris."], ["not Paris", "never Paris", "Oslo"]),
        (Pattern(pattern="^not Paris|Rome$"), "", ["not Paris"], ["never"]),
        (Date(formats=("%d.%m.%Y",)), "2026-01-02", ["02.01.2026"], ["01.02.2026", "9" * 100]),
        (Pattern(pattern="^[0-9]+$"), "", ["1", "22"], ["a", "1\n", 1]),
        (Aliases(groups=(("NYC", "New York"),)), "NYC", ["New York", "NYC"], ["Oslo"]),
        (SetOf(), [1, 2], [[2, 1, 1.0]], [[1], [1, 2, 3], [True, 2], "12"]),
        (Multiset(), [1, 1, 2], [[2, 1, 1]], [[1, 2], [1, 1, 2, 2]]),
        (
            Text(),
            "transfer 5 coins from Bob to Ann today please",
            ["transfer 5 coins from Bob to Ann today"],
            [
                "transfer 5 coins from Eve to Ann today please",
                "transfer 5 coins from Ann to Bob today please",
                "refuse 5 coins from Bob to Ann today please",
                "transfer 6 coins from Bob to Ann today please",
                "transfer 5 coins from Ann to Bob",
                "do not transfer 5 coins from Bob to Ann today please",
                "x",
                "",
            ],
        ),
    ],
)
def test_comparators(comparator: Comparator, expected: Any, right: list[Any], wrong: list[Any]) -> None:
    """What each takes for equal, and what not."""
    assert [agrees(each, expected, comparator) for each in right] == [True] * len(right)
    assert [agrees(each, expected, comparator) for each in wrong] == [False] * len(wrong)


def test_types_are_kept_apart() -> None:
    """A truth value is no number, a text no number, and 1.0 is 1."""
    for one, two in ((True, 1), (False, 0), ("1", 1), (None, 0), ([], {}), ("", None), ([1], [True])):
        assert not agrees(one, two)
        assert not agrees(two, one)
    assert agrees(1.0, 1)
    assert agrees("e\u0301", "é")


def test_trouble_is_counted_apart() -> None:
    """Missing, extra, of wrong type, of wrong value."""
    given = {"name": 5, "age": 32, "items": [{"sku": 1, "n": 2}], "zzz": 0}
    graded = grade_fields(given, GOLD)

    assert (graded.right, graded.wrong_type, graded.wrong_value, graded.missing, graded.extra) == (2, 1, 1, 3, 1)
    assert graded.value == 2 * 2 / (7 + 5)


def test_arrays_are_aligned() -> None:
    """A dropped row costs its own leaves; order, keys and any order by choice."""
    rows = [{"k": n, "v": n * n} for n in range(1, 9)]

    assert grade_fields(rows[1:], rows).missing == 2
    assert grade_fields(rows[1:], rows).right == 14
    assert grade_fields(rows[::-1], rows).value < 0.5
    assert grade_fields({"r": rows[::-1]}, {"r": rows}, FieldsOptions(ordered={"/r": False})).value == 1.0
    assert grade_fields({"r": rows[::-1]}, {"r": rows}, FieldsOptions(keyed={"/r": "k"})).value == 1.0
    padded = [*rows, *({"k": n, "v": 0} for n in range(9, 60))]
    assert grade_fields(padded, rows).value < 0.3
    assert grade_fields([*rows, *rows], rows).value < 0.7


@pytest.mark.parametrize("size", [63, 64, 65, 200, 500])
def test_long_arrays_are_aligned_without_a_cliff(size: int) -> None:
    """A dropped first row costs that row, in rows and in plain values, and any order stays any order."""
    rows: list[Any] = [{"k": n, "v": n * n % 7, "t": "x"} for n in range(size)]
    marks = [n * n % 3 for n in range(size)]
    any_order = FieldsOptions(ordered={"": False})

    assert grade_fields(rows[1:], rows).missing == 3
    assert grade_fields(rows[1:], rows).right == 3 * (size - 1)
    assert grade_fields(marks[1:], marks).right == size - 1
    assert grade_fields(rows[::-1], rows, any_order).value == 1.0
    assert grade_fields(marks[::-1], marks, any_order).value == 1.0
    assert grade_fields(rows[::-1], rows).value < 0.7
    noisy = [{**row, "k": -1} if row["k"] % 2 else row for row in rows[1:]]
    assert 0.8 < grade_fields(noisy, rows).value < 0.9
    assert grade_fields([{"k": -1}] * size, rows).value == 0.0


def test_null_is_a_value_or_absent_as_the_suite_says() -> None:
    """In the reference and in the answer."""
    gold, given = {"a": 1, "b": None}, {"a": 1, "c": None}

    assert grade_fields(given, gold).value == 0.5
    assert grade_fields(given, gold, FieldsOptions(null="absent")).value == 1.0


def test_texts_must_be_grounded_where_asked() -> None:
    """In the record's own source."""
    options = FieldsOptions(grounded_in="source", fields={"/a": Casefold()})
    record = a_record('{"a": "ann  b"}', {"a": "Ann B"}, source="By Ann\nB.")

    assert scored(fields, record, options).value == 1.0
    assert scored(fields, a_record('{"a": "Ann B"}', {"a": "Ann B"}, source="By Bob."), options).value == 0.0
    assert scored(fields, a_record('{"a": "Ann B"}', {"a": "Ann B"}), options).verdict is Verdict.INVALID_TASK


@pytest.mark.parametrize(
    "options",
    [{"fields": {"total": {"compare": "number"}}}, {"ordered": {"a/b": False}}, {"keyed": {"/a": "id", "b": "id"}}],
)
def test_a_path_that_is_no_pointer_is_refused(options: dict[str, Any]) -> None:
    """Or its comparison would be left out without a word."""
    with pytest.raises(RlvrError, match=r"a path starts with a slash: write '/"):
        close(parse_suite({"tasks": {"t": {"scorers": [{"scorer": "schema.fields", "options": options}]}}}))


def test_the_scorer_keeps_the_contract() -> None:
    """Validity is a gate, and a reference that breaks it is the row's fault."""
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    check_scorer(
        fields,
        right=[a_record('{"a": 1, "b": "x"}', {"b": "x", "a": 1}), a_record('{"a": 1.0}', '{"a": 1}')],
        wrong=[a_record("{}", {"a": 1}), a_record('{"a": 0, "b": ""}', {"a": 1, "b": "x"}), a_record("a: 1", {"a": 1})],
    )
    options = FieldsOptions(schema=schema)
    assert scored(fields, a_record('{"b": "x"}', {"a": 1, "b": "x"}), options).value == 0.0
    assert scored(fields, a_record('{"a": 1}', {"b": 1}), options).verdict is Verdict.INVALID_TASK
    assert scored(fields, a_record('{"a": 1}', "no JSON"), options).verdict is Verdict.INVALID_TASK


@given(gold=OBJECTS, given_=OBJECTS, loose=st.booleans())
def test_credit_is_monotone(gold: dict[str, Any], given_: dict[str, Any], loose: bool) -> None:  # noqa: FBT001
    """A right member more never lowers, a made-up one never raises; order of keys never matters."""
    options = FieldsOptions(ordered={f"/{key}": False for key in "abcdef"}) if loose else None
    value = grade_fields(given_, gold, options).value

    assert 0.0 <= value <= 1.0
    assert grade_fields(_shuffled(given_), _shuffled(gold), options).value == pytest.approx(value)
    assert grade_fields({**given_, "zzz": "made up"}, gold, options).value <= value
    for key in gold.keys() - given_.keys():
        assert grade_fields({**given_, key: gold[key]}, gold, options).value >= value
    assert grade_fields(gold, gold, options).value == 1.0


def _filler(schema: Any, depth: int = 0) -> Any:
    """Make the emptiest value that a schema's types name."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind == "array":
        return []
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) and depth < 6:
        return {key: _filler(inner, depth + 1) for key, inner in schema["properties"].items()}
    return {"string": "", "integer": 0, "number": 0, "boolean": False, "object": {}}.get(str(kind))


def _hacks(answer: Any, schema: Any) -> dict[str, str]:
    """Write the hacks of section 7.1 of the design that one answer to one schema can be."""
    text = json.dumps(answer)
    wrong = json.dumps(_wrong(answer))
    first = next(iter(answer))
    twice = json.dumps(first) + ": 0, "
    return {
        "empty": "{}",
        "filler": json.dumps(_filler(schema)),
        "stuffed keys": json.dumps({**answer, **{f"zq{n}": n for n in range(40)}}),
        "echoed schema": json.dumps(schema),
        "wrong, then right": f"{wrong}\n{text}",
        "right, then wrong": f"```json\n{text}\n```\n```json\n{wrong}\n```",
        "inside reasoning": f"<think>{text}</think>",
        "unclosed reasoning": f"<think>{text}",
        "JSON in a string": json.dumps(text),
        "JSON in a field": json.dumps({"answer": text}),
        "key twice": "{" + twice + text[1:],
        "NaN": "{" + '"zq": NaN, ' + text[1:],
        "overflow": "{" + '"zq": 1e999, ' + text[1:],
        "wrong types": json.dumps(_mistyped(answer)),
        "cut off": text[:-1],
        "slips": text[:-1] + ",}",
        "nulls": json.dumps(dict.fromkeys(answer)),
        "padded list": json.dumps([answer, answer]),
        "all values wrong": wrong,
        "deep": "[" * 10_000 + text + "]" * 10_000,
        "too large": text + " " * 1_000_000,
        "constant": '{"result": "ok", "success": true}',
        "invisible key": json.dumps({**{f"{key}\u200b": value for key, value in answer.items()}}),
        "prose": f"The answer is {text}, I think.",
        "praise": "All checks pass. The JSON is valid.",
    }


def _wrong(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _wrong(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_wrong(inner) for inner in value]
    return not value if isinstance(value, bool) else value + 1_009 if isinstance(value, (int, float)) else f"zq{value}"


def _mistyped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mistyped(inner) for key, inner in value.items()}
    return json.dumps(value) if not isinstance(value, str) else [value]


def test_every_hack_scores_below_every_honest_answer() -> None:
    """Twenty-five classes over the real schemas that have an answer with content."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    rows = [row for row in rows if row["valid"] and isinstance(row["instance"], dict) and any(row["instance"].values())]
    paid = []
    for row in rows:
        answer, schema = row["instance"], row["schema"]
        honest = json.dumps(_shuffled(answer), indent=1, ensure_ascii=False)
        options = FieldsOptions(schema=schema)
        least = min(
            scored(fields, a_record(text, answer), options).value or 0.0
            for text in (honest, f"<think>Let me see.</think>\n{honest}", f"```json\n{honest}\n```")
        )
        assert least == 0.95, row["id"]
        hacks = _hacks(answer, schema)
        assert len(hacks) == 25
        paid += [
            (name, row["id"])
            for name, text in hacks.items()
            if (scored(fields, a_record(text, answer), options).value or 0.0) >= least
        ]

    assert len(rows) >= 200
    assert paid == []


def test_metrics_and_an_empty_grade() -> None:
    """Precision counts what was given, recall what was expected; a grade knows no content unless it is told."""
    metrics = scored(fields, a_record('{"a": 1, "b": 2, "z": 3}', {"a": 1, "b": 9, "c": 4, "d": 5})).metrics

    assert (metrics["precision"], metrics["recall"]) == (1 / 3, 1 / 4)
    assert FieldsGrade(right=1).value == 1.0


def test_forms_of_short_words_are_one_word() -> None:
    """Three letters in common, and an ending."""
    assert agrees("the cats sat here on the mat today", "the cat sat here on the mat today", Text())
    assert not agrees("he goes there with her by train now", "he do there with her by train now", Text())


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (GOLD, ()),
        ({**GOLD, "age": "31"}, ("/age: wrong type",)),
        ({**GOLD, "age": {"years": 31}}, ("/age: wrong type",)),
        ({**GOLD, "name": "Eve", "a/b": 1}, ("/name: wrong value", "/a~1b: not in the reference")),
        ({**GOLD, "items": [{"sku": 7, "n": 4}]}, ("/items/0/n: wrong value", "/items/0: missing")),
        ({**GOLD, "items": [{"sku": 1, "n": 2}, {"sku": 7, "n": 5}, {}]}, ("/items/2: not in the reference",)),
        ("Ann", (": wrong type",)),
    ],
)
def test_the_wrong_leaves_are_named(answer: Any, wrong: tuple[str, ...]) -> None:
    """By the pointer in the answer, or in the reference for what is missing."""
    assert grade_fields(answer, GOLD).wrong == wrong


@given(answer=OBJECTS, gold=OBJECTS)
def test_wrong_leaves_are_named_just_if_there_are_some(answer: Any, gold: Any) -> None:
    """In any object, and as many as there are, up to five."""
    grade = grade_fields(answer, gold)
    wrong = grade.wrong_value + grade.wrong_type + grade.missing + grade.extra

    assert bool(grade.wrong) == bool(wrong)
    assert len(grade.wrong) <= min(wrong, WRONG_SHOWN)
    assert all(each.startswith("/") for each in grade.wrong)


def test_the_reason_is_short_whatever_the_names() -> None:
    """Five leaves of many, and names of any length and content."""
    gold = {f"{'k' * 10_000}{at}": at for at in range(9)}
    reason = scored(fields, a_record(json.dumps({"a\n\u0007": 1, "b": {"c": 2}}), gold)).reason
    named = scored(fields, a_record(json.dumps({"a\n\u0007": 1}), {"b": 2})).reason

    assert len(reason) < 1_000
    assert reason.count(": missing") == WRONG_SHOWN
    assert named == "nothing with content is right; /b: missing; /a\\n\\x07: not in the reference"
    assert "; the whole: wrong type" in scored(fields, a_record("5", gold)).reason


def test_a_leaf_in_place_of_an_object_is_missing_and_extra() -> None:
    """And an object in place of a leaf."""
    one = grade_fields({"a": 5}, {"a": {"b": 1, "c": 2}})
    other = grade_fields({"a": {"b": 1, "c": 2}}, {"a": 5})

    assert (one.missing, one.extra, one.wrong_type) == (2, 1, 0)
    assert (other.missing, other.extra, other.wrong_type) == (1, 2, 0)


def test_empties_alone_are_no_content() -> None:
    """Unless the reference has nothing else."""
    gold = {"name": "Ann", "note": "", "n": 0, "more": []}

    assert grade_fields({**gold, "name": "Eve"}, gold).value == 0.0
    assert grade_fields(gold, gold).value == 1.0
    assert grade_fields({"note": "", "n": 0}, {"note": "", "n": 0}).value == 1.0


def test_only_free_texts_are_undecided() -> None:
    """Other comparisons, and values that are no texts, are decided."""
    gold = {"a": "the red boat", "b": 1}

    def graded(comparator: Comparator, answer: Any) -> FieldsGrade:
        return grade_fields({"a": answer, "b": 1}, gold, FieldsOptions(fields={"/a": comparator}))

    assert graded(Text(), "a red ship").is_undecided
    assert not graded(Casefold(), "a red ship").is_undecided
    assert not grade_fields({"b": 2}, {"b": 1}, FieldsOptions(fields={"/b": Text()})).is_undecided
    assert not graded(Text(), "").is_undecided


def test_a_repaired_answer_pays_its_factor() -> None:
    """And nothing if the factor is 0.0."""
    record = a_record('{"a": 1,}', {"a": 1})

    assert scored(fields, record).value == 0.5
    assert scored(fields, record, FieldsOptions(repaired=0.0)).value == 0.0


@pytest.mark.each("case", EXTRACTIONS, ids=lambda case: case["source"])
def test_extractions_have_the_value_that_was_counted_by_hand(case: dict[str, Any]) -> None:
    """Twice the right leaves by those of both sides, and what is read from a text has the same value."""
    value = grade_fields(case["prediction"], case["gold"]).value

    assert value == pytest.approx(case["expected"])
    assert scored(fields, a_record(json.dumps(case["prediction"]), case["gold"])).value == pytest.approx(value)


def test_articles_are_one_word_to_compare_text() -> None:
    """Of any kind; another word in their place is not."""
    gold = "please take the red boat home today"

    assert agrees("please take a red boat home today", gold, Text())
    assert agrees("please take this red boat home today", gold, Text())
    assert not agrees("please take her red boat home today", gold, Text())
    assert not agrees("please take the red boat a today", gold, Text())
