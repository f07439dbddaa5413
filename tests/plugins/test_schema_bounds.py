"""The ends of each decision about JSON, fields and calls, and pairings beside every other pairing there is."""

import inspect
import json
import random
from importlib import import_module
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest

import rlvr_schema
from rlvr.testing import a_record, scored
from rlvr_schema import FieldsOptions, grade_calls, grade_fields
from rlvr_schema.calls.bodies import calls_in_body, json_sequence_in, python_calls_in
from rlvr_schema.calls.expected import ExpectedCall, calls_expected_in
from rlvr_schema.calls.given import MENTIONS_LIMIT, _attempt_in, known_name
from rlvr_schema.calls.objects import (
    CALLS_LIMIT,
    TOO_MANY,
    Call,
    CallSyntaxError,
    GivenCalls,
    arguments_from,
    call_from,
    call_objects_in,
    read_calls,
)
from rlvr_schema.calls.standing import is_made
from rlvr_schema.calls.tools import json_schema_of, tools_in
from rlvr_schema.comparing.matching import MOST_SUBSETS_OF, best_pairs, ordered_pairs, stepwise_pairs
from rlvr_schema.fields import FieldsGrade, fields
from rlvr_schema.reading.extraction import fenced_in, values_among
from rlvr_schema.reading.strict import TEXT_LIMIT_CHARACTERS, JsonError
from rlvr_schema.schemas.validation import SchemaError
from rlvr_schema.tool_calls import ToolCallsOptions, tool_calls

MODULES = sorted(
    ".".join(("rlvr_schema", *path.relative_to(Path(rlvr_schema.__path__[0])).with_suffix("").parts))
    for path in Path(rlvr_schema.__path__[0]).rglob("*.py")
    if path.stem not in {"__init__", "plugin"}
)


def test_values_are_frozen_and_made_by_name() -> None:
    """Nothing changes what another function has read."""
    for name in MODULES:
        for made in vars(import_module(name)).values():
            if (
                isinstance(made, type)
                and issubclass(made, msgspec.Struct)
                and made.__module__.startswith("rlvr_schema")
            ):
                parameters = inspect.signature(made).parameters.values()

                assert made.__struct_config__.frozen is True, made
                assert all(each.kind is each.KEYWORD_ONLY for each in parameters), made
                if made.__name__ in {"FieldsOptions", "ToolCallsOptions", "JsonOptions", "OpenapiOptions"}:
                    assert made.__struct_config__.forbid_unknown_fields is True, made


def _total(weights: list[list[float]], pairs: list[tuple[int, int]]) -> float:
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(weights[row][column] > 0.0 for row, column in pairs)
    assert pairs == sorted(pairs)
    return sum(weights[row][column] for row, column in pairs)


def _all_pairings(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    if rows > columns:
        return [[(row, column) for column, row in each] for each in _all_pairings(columns, rows)]
    return [list(enumerate(chosen)) for chosen in permutations(range(columns), rows)]


def _matrices(rows: int, columns: int, count: int) -> list[list[list[float]]]:
    drawn = random.Random(f"{rows} {columns}")  # noqa: S311  # the same matrices each time
    return [
        [[drawn.choice((0.0, 0.1, 0.5, 0.55, 1.0)) for _ in range(columns)] for _ in range(rows)] for _ in range(count)
    ]


def _in_steps(pairs: list[tuple[int, int]], steps: list[int]) -> bool:
    return all(one[1] < two[1] for one in pairs for two in pairs if steps[one[0]] < steps[two[0]])


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 3), (3, 2), (3, 4), (4, 4)])
def test_pairings_have_the_greatest_sum_of_all(rows: int, columns: int) -> None:
    """In any order, in order, and in order of steps."""
    every = [
        [pair for place, pair in enumerate(pairs) if kept >> place & 1]
        for pairs in _all_pairings(rows, columns)
        for kept in range(1 << min(rows, columns))
    ]
    plans = [[0] * rows, list(range(rows)), sorted(row // 2 for row in range(rows)), [0] + [1] * (rows - 1)]
    for weights in _matrices(rows, columns, 12):
        totals = [(sum(weights[row][column] for row, column in pairs), pairs) for pairs in every]

        assert _total(weights, best_pairs(weights)) == pytest.approx(max(total for total, _ in totals))
        in_order = max(total for total, pairs in totals if _in_steps(pairs, list(range(rows))))
        assert _total(weights, ordered_pairs(weights)) == pytest.approx(in_order)
        for steps in plans:
            best = max(total for total, pairs in totals if _in_steps(pairs, steps))
            found = stepwise_pairs(weights, steps)
            assert _in_steps(found, steps)
            assert _total(weights, found) == pytest.approx(best), (weights, steps)


def test_a_large_step_is_paired_in_stretches() -> None:
    """One that is alone has the greatest sum; between others it keeps their order."""
    size = MOST_SUBSETS_OF + 1
    for weights in _matrices(size + 1, size + 2, 6):
        together = weights[:size]
        found = stepwise_pairs(together, [0] * size)
        assert _total(together, found) == pytest.approx(_total(together, best_pairs(together)))
        steps = [0] * size + [1]
        found = stepwise_pairs(weights, steps)
        assert _in_steps(found, steps)
        small = stepwise_pairs([weights[0], *weights[2:]], [0] * (size - 1) + [1])
        assert _total(weights, found) >= _total([weights[0], *weights[2:]], small) - 1e-9


def test_nothing_is_paired_with_nothing() -> None:
    """No rows, or no columns."""
    assert (
        best_pairs([])
        == best_pairs([[], []])
        == ordered_pairs([])
        == ordered_pairs([[]])
        == stepwise_pairs([], [])
        == []
    )
    assert best_pairs([[0.0]]) == ordered_pairs([[0.0]]) == stepwise_pairs([[0.0], [0.0]], [0, 0]) == []


def test_a_grade_is_undecided_if_only_free_texts_are_wrong() -> None:
    """One leaf of any other kind decides it."""
    assert FieldsGrade(open=1, wrong_value=1).is_undecided is True
    assert FieldsGrade().is_undecided is False
    for more in ("wrong_value", "wrong_type", "missing", "extra"):
        graded: dict[str, Any] = {"open": 1, "wrong_value": 1}
        assert FieldsGrade(**{**graded, more: graded.get(more, 0) + 1}).is_undecided is False
    for one, two in (("wrong_type", "missing"), ("missing", "extra"), ("wrong_type", "extra")):
        both: dict[str, Any] = {one: 1, two: 1}
        assert FieldsGrade(open=1, wrong_value=1, **both).is_undecided is False


def test_the_value_of_a_grade_counts_every_leaf() -> None:
    """F1, and 0.0 where nothing with content is right."""
    assert (
        FieldsGrade(right=3, content=1, expected_content=2, wrong_value=1, wrong_type=1, missing=2, extra=4).value
        == 0.375
    )
    assert FieldsGrade(right=3, content=0, expected_content=1).value == 0.0
    assert FieldsGrade(right=3).value == 1.0
    total = FieldsGrade(right=1, content=1, wrong_value=2, open=3, wrong_type=4, missing=5, extra=6)
    assert total + total == FieldsGrade(right=2, content=2, wrong_value=4, open=6, wrong_type=8, missing=10, extra=12)


GRADED: list[tuple[Any, Any, tuple[int, int, int, int, int]]] = [
    ({"a": 1}, {"a": 1}, (1, 0, 0, 0, 0)), ({"a": 1}, {"a": 2}, (0, 1, 0, 0, 0)), ({"a": 1}, {"a": "1"}, (0, 0, 1, 0, 0)),
    ({"a": 1}, {"a": True}, (0, 0, 1, 0, 0)), ({"a": 1}, {"a": 1.5}, (0, 1, 0, 0, 0)), ({"a": 1}, {"b": 1}, (0, 0, 0, 1, 1)),
    ({"a": {}}, {"a": {}}, (1, 0, 0, 0, 0)), ({"a": {}}, {"a": {"b": 1, "c": 2}}, (0, 0, 0, 0, 2)), ({"a": {"b": 1}}, {"a": {}}, (0, 0, 0, 1, 0)),
    ({"a": [1, 2]}, {"a": {"b": 1}}, (0, 0, 0, 2, 1)), ({"a": []}, {"a": {}}, (0, 0, 1, 0, 0)), ([1, 2, 3], [1, 3], (2, 0, 0, 1, 0)),
    ([1, 2], [2, 1], (1, 0, 0, 1, 1)), ([[1], [2]], [[2]], (1, 0, 0, 1, 0)), ({"a": None}, {}, (0, 0, 0, 1, 0)),
]  # fmt: skip


@pytest.mark.each(("reference", "answer", "counts"), GRADED)
def test_each_leaf_has_one_of_five_fates(reference: Any, answer: Any, counts: tuple[int, ...]) -> None:
    """Right, of a wrong value or type, missing, extra."""
    grade = grade_fields(answer, reference)

    assert (grade.right, grade.wrong_value, grade.wrong_type, grade.missing, grade.extra) == counts


def test_rows_with_a_key_are_found_by_it_once() -> None:
    """The first of the answer's counts, and rows without the key are nobody's."""
    options = FieldsOptions(keyed={"/r": "k"})
    rows = [{"k": 1, "v": 1}, {"k": 2, "v": 2}]

    assert grade_fields({"r": rows[::-1]}, {"r": rows}, options).value == 1.0
    assert grade_fields({"r": [rows[0], {"k": 1, "v": 9}]}, {"r": rows}, options).right == 2
    assert grade_fields({"r": [{"v": 1}, 3]}, {"r": [{"v": 1}, *rows]}, options).right == 0


def test_null_may_be_a_member_that_is_not_there() -> None:
    """In both texts."""
    options = FieldsOptions(null="absent")

    assert grade_fields({"a": 1, "b": None}, {"a": 1}, options).value == 1.0
    assert grade_fields({"a": 1}, {"a": 1, "b": None}, options).value == 1.0


def test_metrics_of_fields_are_shares_of_leaves() -> None:
    """Of those given, and of those expected."""
    score = scored(fields, a_record('{"a": 1, "b": "2", "x": 0}', {"a": 1, "b": 2, "c": 3, "d": 4}))

    assert score.metrics == {
        "schema_valid": 1.0,
        "precision": 1 / 3,
        "recall": 0.25,
        "missing": 2.0,
        "extra": 1.0,
        "wrong_type": 1.0,
        "wrong_value": 0.0,
    }
    assert scored(fields, a_record("none", {"a": 1})).metrics["precision"] == 0.0


FENCED: dict[str, str | None] = {
    "```json\n[1]\n```": "[1]\n", "```\n```": "", "````\n[1]\n````": "[1]\n", "````\n[1]\n```": None, "```\n[1]\n````": "[1]\n",
    "```\n[1]\n~~~": None, "~~~\n[1]\n~~~": "[1]\n", "```\n[1]": None, "```\n[1]\n``` x": None, "``\n[1]\n``": None,
    "x\n```\n[1]\n```": None, "```": None, "```\n": None, "```\n[1]\n``` ": "[1]\n",
}  # fmt: skip


def test_a_fence_is_closed_by_its_like() -> None:
    """Of the same character, and no shorter."""
    assert {text: fenced_in(text) for text in FENCED} == FENCED


def test_values_among_text_have_their_places() -> None:
    """Or none counts."""
    found = values_among('a {"b": 1} c [2] d')
    assert [(span.value, span.start, span.end) for span in found.spans] == [({"b": 1}, 2, 10), ([2], 13, 16)]
    for text in ('{"b": 1}}', '{x [{"b": 1}', '{x {"b": 1}', "]", '{"a" 1]', '{"a": [1}}'):
        assert values_among(text).problem
        assert not values_among(text).spans
    assert values_among('ok {"b": 1} and {"c": ').cut is not None
    assert [span.value for span in values_among('{"a" 1} {"b": 2}').spans] == [{"b": 2}]
    assert values_among('{"a": 1, "a": 2}').refused is not None
    assert values_among("{x}").spans == ()


def test_calls_of_any_shape_are_one_call() -> None:
    """With a name, and arguments once."""
    call = Call(name="f", arguments={"a": 1})
    for name in ("name", "function", "tool_name", "recipient_name", "action", "tool", "function_name"):
        for key in ("arguments", "parameters", "input", "args", "action_input", "tool_input", "params"):
            assert call_from({name: "f", key: {"a": 1}}) == call_from({name: "f", key: '{"a": 1}'}) == call
    for wrapper in ("function", "toolUse", "tool_use", "function_call", "functionCall", "tool_call"):
        assert call_from({wrapper: {"name": "f", "arguments": {"a": 1}}}) == call
    assert call_from({"name": "f"}) == Call(name="f", arguments={})
    wrong: Any
    for wrong in ({"name": ""}, {"name": 3}, {}, [], "f", {"name": "f", "arguments": {}, "input": {}}):
        with pytest.raises(CallSyntaxError):
            call_from(wrong)
    for value in ([1], 3, None, "3"):
        with pytest.raises(CallSyntaxError):
            arguments_from(value, "f")


def test_objects_are_calls_or_data() -> None:
    """And never both."""
    call: Any = {"name": "f", "arguments": {}}
    named: Any = {"name": "g", "arguments": {"a": 1}}
    prose: Any = {"type": "text", "text": "ok"}
    for value, calls in (
        (call, [call]), ([call, call], [call] * 2), ([prose, call], [call]), ({"tool_calls": [call]}, [call]),
        ({"tool_uses": [call, call]}, [call] * 2), ({"g": {"a": 1}}, [named]), ({"name": "g"}, [{"name": "g"}]),
        ({"name": "x"}, None), (prose, None), ([prose], None), ([prose, prose], None), ({"h": {}}, None), ([], None), (3, None),
        ({"name": "none", "arguments": {}}, []), ({"name": "Final Answer ", "arguments": {}}, []), ({"g": 3}, None),
    ):  # fmt: skip
        assert call_objects_in(value, {"g"}) == calls, value
    for value in (
        [call, 3],
        {"g": {}, "h": 1},
        {"x": [{"name": "g", "input": {}}]},
        {"x": {"name": "functions.g", "args": {}}},
    ):
        with pytest.raises(CallSyntaxError):
            call_objects_in(value, {"g"})
    assert call_objects_in({"x": {"name": "g"}}, {"g"}) is None
    assert call_objects_in({"x": {"name": "h", "args": {}}}, {"g"}) is None
    assert read_calls([call] * CALLS_LIMIT).malformed == ()
    assert read_calls([call] * (CALLS_LIMIT + 1)) == GivenCalls(malformed=(TOO_MANY,))
    assert read_calls([call, {}]).malformed == ("a call without a name",)


def test_names_of_known_functions_have_no_namespace() -> None:
    """Unless the whole is known."""
    assert [known_name(each, {"f"}) for each in ("f", "functions.f", "default_api.f", "x.f", "functions.g")] == [
        *("f", "f", "f", "x.f", "functions.g"),
    ]
    assert known_name("functions.f", {"f", "functions.f"}) == "functions.f"


def _tools(**properties: Any) -> Any:
    return tools_in([{"name": "f", "parameters": {"type": "object", "properties": properties}}])


TAGGED: list[tuple[str, Any, Any]] = [
    ("True", {"type": "boolean"}, True), ("False", {}, False), ("None", {"type": "null"}, None), ("True", {"type": "string"}, "True"),
    ("True", {"type": ["string", "boolean"]}, "True"), ("3", {"type": "string"}, "3"), ("3", {"type": ["string", "integer"]}, 3),
    ("3", {}, 3), ("\n3\n", {}, 3), ("\n\nx\n", {}, "\nx"), ("[1", {}, "[1"), ('{"a": 1}', {"type": "object"}, {"a": 1}), ("", {}, ""),
]  # fmt: skip


@pytest.mark.each(("text", "schema", "value"), TAGGED)
def test_the_schema_says_whether_a_tag_is_a_string(text: str, schema: Any, value: Any) -> None:
    """What it leaves open is JSON, else a text."""
    body = f"<parameter=a>{text}</parameter>"

    assert calls_in_body(body, "f", _tools(a=schema)) == [Call(name="f", arguments={"a": value})]


def test_tags_of_parameters_follow_each_other() -> None:
    """Each once, and closed."""
    assert calls_in_body("", "f", {}) == [Call(name="f", arguments={})]
    both = (
        '<parameter=a>1</parameter>\n<parameter name="b">x</parameter><arg_key> c </arg_key>\n<arg_value>2</arg_value>'
    )
    assert calls_in_body(both, "f", {}) == [Call(name="f", arguments={"a": 1, "b": "x", "c": 2})]
    for wrong in (
        "<parameter=a>1",
        "<parameter=a>1</parameter><parameter=a>1</parameter>",
        "<parameter=a>1</parameter>x",
        "<x>",
    ):
        with pytest.raises(CallSyntaxError):
            calls_in_body(wrong, "f", {})
    string = '<｜DSML｜parameter name="a" string="{}">3</｜DSML｜parameter>'  # noqa: RUF001
    assert [calls_in_body(string.format(each), "f", {})[0].arguments["a"] for each in ("true", "false")] == ["3", 3]


GEMMA: dict[str, Any] = {
    'call:f{a:<|"|>x<|"|>,b:3}': {"a": "x", "b": 3}, "call: f {a:<escape>x{<escape>}": {"a": "x{"}, "call:f{}": {}, 'call:f{a:"x",b:[1,true]}': {"a": "x", "b": [1, True]},
    "call:f{a:{b_c:null}}": {"a": {"b_c": None}}, "call:f{a:<}": None, "call:f{a:<escape>x}": None, "call:f": None, "call:{a:1}": None, "call:f{a:x}": None, "call:f{a:1": None,
}  # fmt: skip


def test_the_notation_of_gemma_is_json_with_bare_names() -> None:
    """And tokens for quotation marks."""
    found: dict[str, Any] = {}
    for body in GEMMA:
        try:
            found[body] = calls_in_body(body, None, {})[0].arguments
        except (CallSyntaxError, JsonError):
            found[body] = None
    assert found == GEMMA


def test_json_texts_follow_each_other() -> None:
    """Parted by spaces, commas and semicolons, and not too many."""
    assert json_sequence_in('{"a": 1}; [2, 3] ,4') == [{"a": 1}, 2, 3, 4]
    assert len(json_sequence_in("1 " * CALLS_LIMIT)) == CALLS_LIMIT
    with pytest.raises(CallSyntaxError):
        json_sequence_in("1 " * (CALLS_LIMIT + 1))


PYTHON: dict[str, list[dict[str, Any]] | None] = {
    "f()": [{}], "f(a=1)": [{"a": 1}], "[f(a=1), f()]": [{"a": 1}, {}], "f(a=1)\nf()": [{"a": 1}, {}], "f(a=1); f()": [{"a": 1}, {}],
    "[f(),]": [{}], "f(a=1,)": [{"a": 1}], "f(a=-1.5e3)": [{"a": -1500.0}], "f(a=[1, (2, 3)], b={'x': None})": [{"a": [1, [2, 3]], "b": {"x": None}}],
    "f(a='\\u00e9\\x41\\n\\'')": [{"a": "éA\n'"}], "f(a=.5)": [{"a": 0.5}], "f(a=true, b=false, c=null)": [{"a": True, "b": False, "c": None}],
    "f(a=1, a=2)": None, "f(1)": None, "f(a=x)": None, "f(a=1 b=2)": None, "[f() f()]": None, "[f()": None, "f()]": None, "f(a=1": None,
    "f(a='x'": None, "True()": None, "f(a={1: 2})": None, "f(a={'x': 1, 'x': 2})": None, "f(a=[1 2])": None, "f(a='\\q')": None,
    "f(a='\\ud800')": None, "f(a=1e999)": None, "f(a=1.2.3)": None, "f(a='x''y')": None, "f(**a)": None, "f(a=)": None, "": None, "f": None,
    "f(a={'x' 1})": None, "f(a={'x': 1 'y': 2})": None, "f(a=1__2)": None, "f(a=-x)": None,
}  # fmt: skip


def test_python_notation_has_literals_only() -> None:
    """Nothing is evaluated, and nothing is left out."""
    found: dict[str, Any] = {}
    for text in PYTHON:
        try:
            found[text] = [call.arguments for call in python_calls_in(text)]
        except CallSyntaxError:
            found[text] = None
    assert found == PYTHON


@pytest.mark.parametrize("opening", ["{", "[", "(", "{'x': ", "[{'x': ("])
def test_python_notation_has_a_limit_of_depth(opening: str) -> None:
    """Also in the keys of an object, and no recursion of ours ends first."""
    with pytest.raises(CallSyntaxError):
        python_calls_in("f(a=" + opening * 20_000)


@pytest.mark.parametrize(("rows", "leaves", "is_long"), [(3, 2, False), (64, 1, False), (65, 1, True), (3, 80, True)])
def test_long_arrays_are_aligned_by_shared_values(
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
    leaves: int,
    is_long: bool,  # noqa: FBT001
) -> None:
    """Those of more than 64 rows, and those with too many leaves to compare."""
    looked_at: list[bool] = []

    def likely_pairs(*_arrays: Any, ordered: bool) -> list[tuple[int, int]]:
        looked_at.append(ordered)
        return []

    monkeypatch.setattr("rlvr_schema.fields.likely_pairs", likely_pairs)
    monkeypatch.setattr("rlvr_schema.fields.PAIRS_LIMIT", 240 * 240 - 1)
    value = [[at * 1000 + leaf for leaf in range(leaves)] for at in range(rows)]
    grade_fields(value, value, FieldsOptions(ordered={"/*": False}))

    assert looked_at[:1] == ([True] if is_long else [])


def test_expected_calls_are_plain_or_lists_of_options() -> None:
    """By their shape."""
    (plain,) = calls_expected_in('[{"name": "f", "arguments": {"a": [1]}}]')
    (listed,) = calls_expected_in(
        [{"f": {"a": [1, 2], "b": [3, ""], "c": [], "d": [{"x": [4, 5], "y": ["", 6]}], "e": [[7]]}}]
    )
    assert (plain.arguments, plain.nested, plain.may_omit("a"), plain.example()) == (
        {"a": ([1],)},
        False,
        False,
        {"a": [1]},
    )
    assert (listed.nested, listed.may_omit("a"), listed.may_omit("b")) == (True, False, True)
    assert listed.example() == {"a": 1, "d": {"x": 4}, "e": [7]}
    assert [call.step for call in calls_expected_in([[{"f": {}}, {"g": {}}], {"h": {}}])] == [0, 0, 1]
    assert calls_expected_in({"f": {}}) == (ExpectedCall(name="f", arguments={}, nested=True),)
    assert len(calls_expected_in([{"f": {}}] * CALLS_LIMIT)) == CALLS_LIMIT
    wrong: Any
    for wrong in ([{"f": {}}] * (CALLS_LIMIT + 1), "[", [{"a": 1, "b": 2}], [{"f": {"a": 1}}], 3):
        with pytest.raises(SchemaError):
            calls_expected_in(wrong)


SCHEMAS: list[tuple[Any, Any]] = [
    ({"type": "dict"}, {"type": "object"}), ({"type": "float"}, {"type": "number"}), ({"type": "any"}, {}), ({"type": "List[int]"}, {"type": "array"}),
    ({"type": "str, optional"}, {"type": "string"}), ({"type": "Integer"}, {"type": "integer"}), ({"type": "what"}, {}), ({"required": True}, {}),
    ({"required": ["a"]}, {"required": ["a"]}), ({"properties": {"a": {"type": "tuple"}}}, {"properties": {"a": {"type": "array"}}}),
    ({"anyOf": [{"type": "int"}]}, {"anyOf": [{"type": "integer"}]}), ({"items": {"type": "bool"}}, {"items": {"type": "boolean"}}),
    ({"default": {"type": "int"}}, {"default": {"type": "int"}}), (True, True), ({"type": ["int"]}, {"type": ["int"]}),
]  # fmt: skip


def test_types_of_other_languages_are_those_of_json_schema() -> None:
    """Wherever a schema contains schemas."""
    assert [json_schema_of(given) for given, _ in SCHEMAS] == [made for _, made in SCHEMAS]


def test_tools_are_read_in_every_shape() -> None:
    """A list, one of them, as text; parameters as a schema or as properties alone."""
    bare = {"name": "f", "parameters": {"a": {"type": "int", "default": 3}, "b": {"type": "str"}}}
    given: Any
    for given in (bare, [bare], json.dumps([bare]), [json.dumps(bare)]):
        tool = tools_in(given)["f"]
        assert (dict(tool.defaults), tool.types_of("a"), tool.types_of("z")) == (
            {"a": 3},
            frozenset({"integer"}),
            frozenset(),
        )
    schema = {"type": "object", "properties": {"a": {"default": 3}, "b": {"default": 4}, "c": True}, "required": ["b"]}
    for given in ({"name": "f", "input_schema": schema}, {"toolSpec": {"name": "f", "inputSchema": {"json": schema}}}):
        assert dict(tools_in([given])["f"].defaults) == {"a": 3}
    assert tools_in([{"name": "f"}])["f"].validator.is_valid({"x": 1}) is True
    wrong: Any
    for wrong in ("{", 3, {}, {"name": 3}, {"name": "f", "parameters": 3}, {"name": "f", "parameters": {"type": 3}}):
        with pytest.raises(SchemaError):
            tools_in([wrong])


GOLD = [{"name": "f", "arguments": {"a": 1, "b": 2}}]
CALLS: list[tuple[Any, str, float]] = [
    (GOLD, '{"name": "f", "arguments": {"a": 1, "b": 2}}', 1.0), (GOLD, '{"name": "f", "arguments": {"a": 1}}', 0.55),
    (GOLD, '{"name": "f", "arguments": {"a": 1, "b": 2, "c": 3}}', 0.7), (GOLD, '{"name": "g", "arguments": {"a": 1, "b": 2}}', 0.0),
    (GOLD * 2, '{"name": "f", "arguments": {"a": 1, "b": 2}}', 0.5), ([], "no call", 1.0), (GOLD, "no call", 0.0),
    ([{"name": "f", "arguments": {}}], "f()", 1.0), ([{"f": {"a": [1, ""]}}], "f()", 1.0), ([{"f": {"a": [1, ""]}}], 'f(a="")', 1.0),
    ([{"f": {"a": [{"x": [1, ""], "y": [2]}]}}], 'f(a={"y": 2})', 1.0), ([{"f": {"a": [{"x": [1, ""], "y": [2]}]}}], 'f(a={"x": 1})', 0.1),
    ([{"f": {"a": [{"x": [1]}]}}], 'f(a={"x": 1, "z": 2})', 0.1), ([{"f": {"a": [[1, 2]]}}], "f(a=[1, 2])", 1.0),
    ([{"f": {"a": [[1, 2]]}}], "f(a=[1])", 0.1), ([{"f": {"a": [[1, 2]]}}], "f(a=[1, 3])", 0.1), ([{"f": {"a": [{"x": 1}]}}], "f(a=3)", 0.1),
]  # fmt: skip


@pytest.mark.each(("expected", "text", "value"), CALLS)
def test_calls_are_worth_their_right_arguments(expected: Any, text: str, value: float) -> None:
    """A tenth for the name, the rest by the share of arguments."""
    assert grade_calls(expected, text=text).value == pytest.approx(value)


def test_metrics_and_classes_of_calls() -> None:
    """By outcome; partial credit may be switched off."""
    rows = [
        ("[]", "none", 1.0, "", (0.0, 1.0, 0.0)),
        (json.dumps(GOLD), "none", 0.0, "no_call", (0.0, 1.0, 0.0)),
        ("[]", "f(a=1)", 0.0, "unexpected_call", (1.0, 1.0, 0.0)),
        (json.dumps(GOLD), "<tool_call>f", 0.0, "malformed_call", (1.0, 0.0, 0.0)),
        (json.dumps(GOLD), "f(a=1, b=2)", 1.0, "", (1.0, 1.0, 1.0)),
        (json.dumps(GOLD), "f(a=1)", 0.0, "", (1.0, 1.0, 0.0)),
        (json.dumps(GOLD), "[f(a=1, b=2), f(a=1, b=2)]", 0.0, "", (1.0, 1.0, 0.5)),
    ]
    for reference, text, value, reason_class, metrics in rows:
        score = scored(tool_calls, a_record(text, reference), ToolCallsOptions(partial=False))
        assert (score.value, score.reason_class, tuple(score.metrics.values())) == (value, reason_class, metrics), text


def test_a_call_and_what_looks_like_another_is_malformed() -> None:
    """In prose, in any notation."""
    call = '{"name": "f", "arguments": {"a": 1, "b": 2}}'
    for text in (f"So: {call} and f(a=", f"So: f({{ {call}", f'So: {call} {{"name": "f", '):
        graded = grade_calls(GOLD, text=text)
        assert (graded.outcome, graded.value) == ("malformed", 0.0), text


MADE: dict[str, bool] = {
    "{}": True, " {} ": True, '"{}"': False, '"{}" is the call.': False, "'{}' is": False, "“{}” is": False, "«{}» is": False,
    '"{}': True, "'{}\"": True, "`{}`": True, "```json\n{}\n```": True, "```\n{}\n``` Never mind.": False,
    "<!-- {} -->": False, "<!-- {}": True, "{} -->": True, "~~ {} ~~": False, "<s>{}</s>": False, "<del>{}</del>": False,
    "for example {}": False, "e.g. {}": False, "z. B. {}": False, "an example:\n{}": False, "an example. {}": True,
    "never run {}": False, "never ran, so {}": True, "> {}": False, "x > {}": True, "I considered calling {}": False,
    "{} but I decided not to": False, "{}, we changed my mind": False, "{} and decided": True,
    "Should I call {}?": False, "Should I call it?\n{}": True, "I can call {}": False, "I can: {}": True, "once you agree, {}": False,
    "once you agree\n{}": True, "{} if you agree": False, "{}\nif you agree": True, "let {} but I can't": False,
    "{} Shall I run it?": False, "{} Shall I run both of them?": True, "{} Do you want me to go ahead now?": False,
    "{} would do it.": False, "{} is not needed.": False, "{} is needed.": True, "Before I run {}, confirm.": False,
    "Users might call {} here.": False, "The manual has `{}` in it.": False, "The manual is long: {}": True, "is {} right?": False, "{} right?": True,
}  # fmt: skip


def test_the_words_around_a_call_decide_whether_it_is_made() -> None:
    """Quoted, hidden, offered and awaited calls are not."""
    found = {}
    for form in MADE:
        before, _, behind = form.partition("{}")
        text = f"{before}f(){behind}"
        found[form] = is_made(text, len(before), len(before) + len("f()"))
    assert found == MADE


def test_a_text_of_the_greatest_length_is_read() -> None:
    """And none that is longer."""
    call = '<tool_call>{"name": "f", "arguments": {"a": 1, "b": 2}}</tool_call>'
    for length, outcome in ((TEXT_LIMIT_CHARACTERS, "call"), (TEXT_LIMIT_CHARACTERS + 1, "malformed")):
        assert grade_calls(GOLD, text="x" * (length - len(call)) + call).outcome == outcome


LIMITS: dict[str, dict[str, float]] = {
    "fields": {"PAIRS_LIMIT": 40_000, "ROWS_LIMIT": 64, "WRONG_SHOWN": 5, "POINTER_CHARACTERS": 60},
    "tool_calls": {"NAME_SHARE": 0.1, "EXPECTATIONS_LIMIT": 4_096, "_BELOW_ONE": 0.99}, "calls.given": {"MENTIONS_LIMIT": 50},
    "calls.marked": {"MARKS_LIMIT": 256}, "calls.objects": {"CALLS_LIMIT": 64}, "calls.standing": {"AROUND_LIMIT_CHARACTERS": 600},
    "reading.extraction": {"CANDIDATES_LIMIT": 200, "_LINE_LIMIT": 200}, "reading.strict": {"TEXT_LIMIT_CHARACTERS": 400_000, "DEPTH_LIMIT": 64, "DIGITS_LIMIT": 1_000},
    "comparing.matching": {"MOST_SUBSETS_OF": 6},
}  # fmt: skip


@pytest.mark.parametrize("module", LIMITS)
def test_limits_change_on_purpose_only(module: str) -> None:
    """Each was chosen by a measurement, or is stated in the README."""
    found = import_module(f"rlvr_schema.{module}")

    assert {name: getattr(found, name) for name in LIMITS[module]} == LIMITS[module]


def test_options_have_their_defaults() -> None:
    """As the README's table says."""
    calls, leaves = ToolCallsOptions(), FieldsOptions()

    assert (calls.tools_field, calls.ordered, calls.partial, dict(calls.arguments)) == ("tools", False, True, {})
    assert (calls.fenced, calls.embedded, calls.repaired) == (0.95, 0.8, 0.5)
    assert (leaves.null, leaves.grounded_in, dict(leaves.ordered), dict(leaves.keyed)) == ("value", None, {}, {})
    assert (leaves.schema, leaves.schema_field, leaves.draft, leaves.formats) == (None, "schema", "draft2020-12", True)
    for given, is_allowed in (
        ({"fenced": 1.0}, False),
        ({"fenced": 0.99}, True),
        ({"repaired": -0.1}, False),
        ({"x": 1}, False),
    ):
        for options in (ToolCallsOptions, FieldsOptions):
            try:
                msgspec.convert(given, options)
            except msgspec.ValidationError:
                assert not is_allowed
            else:
                assert is_allowed


LONG = "n" * 100
SHOWN = "n" * 80
QUOTED: list[tuple[Any, str]] = [
    (f"<parameter={LONG}>1", f"the parameter {SHOWN} is not closed"),
    (f"<parameter={LONG}>1</parameter><parameter={LONG}>2</parameter>", f"the parameter {SHOWN} is given twice"),
    ({"name": LONG, "input": {}, "args": {}}, f"{SHOWN}: arguments given twice"),
    ({"name": LONG, "input": 3}, f"{SHOWN}: arguments are not an object"),
]


@pytest.mark.parametrize(("written", "problem"), QUOTED)
def test_a_problem_quotes_at_most_80_characters(written: Any, problem: str) -> None:
    """Of a name that a completion chose."""
    with pytest.raises(CallSyntaxError) as raised:
        calls_in_body(written, "f", {}) if isinstance(written, str) else call_from(written)
    assert str(raised.value) == problem


def test_reasons_and_refusals_quote_at_most_80_characters() -> None:
    """Of calls that cannot be read, and of rows."""
    tools = [{"name": "f"}]
    assert grade_calls(GOLD, tools, text=f"{LONG}(a=1)").reason == f"calls {SHOWN!r}, which is no tool"
    attempt, mark = f'"name": "{LONG}'[:80], f"<function={LONG}"[:80]
    unread = grade_calls(GOLD, text=f'x {{"name": "{LONG}", "arguments": 3')
    assert unread.reason == f"a malformed call: a call that cannot be read: {attempt!r}"
    assert grade_calls(GOLD, text=f"<function={LONG}>x").reason == f"a malformed call: {mark} is never closed"
    for read, given, start in (
        (tools_in, [f"{LONG}"], f"a tool definition is {SHOWN}, which is not JSON"),
        (tools_in, [[LONG]], f"a tool definition is {str([LONG])[:80]}; expected"),
        (calls_expected_in, [[[LONG]]], f"the reference expects {str([LONG])[:80]}: "),
    ):
        with pytest.raises(SchemaError) as raised:
            read(given)
        assert str(raised.value).startswith(start)


def test_what_is_no_attempt_at_a_call_is_an_empty_text() -> None:
    """And more mentions than are looked at are one."""
    assert _attempt_in("plain", {"f"}) == ""
    assert _attempt_in("I never call f(a=1).", {"f"}) == ""
    assert _attempt_in("never call f(a=1). " * MENTIONS_LIMIT, {"f"}) == ""
    assert _attempt_in("never call f(a=1). " * (MENTIONS_LIMIT + 1), {"f"}) != ""


def test_evidence_shows_five_calls_and_five_leaves() -> None:
    """The first ones."""
    score = scored(tool_calls, a_record("; ".join(f"f(a={at})" for at in range(7)), json.dumps(GOLD)))
    assert [call["arguments"]["a"] for call in score.evidence["calls"]] == [0, 1, 2, 3, 4]
    graded = grade_fields(list(range(10, 17)), {"x": 1} | {str(at): at for at in range(7)})
    assert len(graded.wrong) == 1
    assert len(grade_fields({str(at): 0 for at in range(9)}, {str(at): 1 for at in range(9)}).wrong) == 5


def test_lines_of_unknown_functions_in_prose_are_code() -> None:
    """Those of known ones, and lists of calls, are calls."""
    tools = [{"name": "f"}]
    for line, outcome in (
        ("g(a=1)", "no_call"),
        ("f(a=1)", "call"),
        ("[g(a=1)]", "call"),
        ("functions.f(a=1)", "call"),
    ):
        assert grade_calls([], tools, text=f"I write this line:\n{line}\nIt is short.").outcome == outcome
