"""Tool calls: right ones earn 1.0, and nothing else does."""

import contextlib
import gzip
import itertools
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Verdict
from rlvr.testing import a_record, check_scorer, scored
from rlvr_schema import grade_calls
from rlvr_schema.calls.expected import calls_expected_in
from rlvr_schema.calls.objects import CallSyntaxError
from rlvr_schema.calls.pythonic import calls_written_in
from rlvr_schema.calls.tools import json_schema_of, tools_in
from rlvr_schema.comparing.comparators import Casefold, Comparator, Number, Text
from rlvr_schema.comparing.matching import best_pairs, ordered_pairs
from rlvr_schema.reading.strict import DEPTH_LIMIT
from rlvr_schema.schemas.validation import SchemaError
from rlvr_schema.tool_calls import ToolCallsOptions, tool_calls

DATA = Path(__file__).parents[3] / "shared" / "data" / "tool_calls_dev.jsonl.gz"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather.get",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "days": {"type": "integer"},
                    "metric": {"type": "boolean"},
                },
                "required": ["city", "days"],
            },
        },
    },
    {"toolSpec": {"name": "ping", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
]
GOLD = [{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}]
OPTIONS = [{"weather.get": {"city": ["Oslo", "Oslo, Norway"], "days": [3], "metric": [True, ""]}}]


def _value(text: str, gold: Any = None) -> float:
    return grade_calls(GOLD if gold is None else gold, TOOLS, text=text).value


@pytest.mark.each(
    "text",
    [
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}',
        '{"name": "weather.get", "parameters": {"days": 3.0, "city": "Oslo"}}',
        '[{"name": "weather.get", "arguments": "{\\"city\\": \\"Oslo\\", \\"days\\": 3}"}]',
        '{"weather.get": {"city": "Oslo", "days": 3}}',
        '<think>ping()</think><tool_call>{"name":"weather.get","arguments":{"city":"Oslo","days":3}}\n</tool_call>',
        'I look it up.<tool_call>{"name":"weather.get","arguments":{"city":"Oslo","days":3}}</tool_call>',
        '<function=weather.get>{"city": "Oslo", "days": 3}</function>',
        '<|python_tag|>weather.get(city="Oslo", days=3)',
        '[TOOL_CALLS] [{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}]',
        '[weather.get(city="Oslo", days=3)]',
        "weather.get(days=3, city='\\u004fslo')",
        '```python\nweather.get(city="Oslo", days=3)\n```',
        '{"tool_calls": [{"function": {"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}}]}',
    ],
)
def test_every_published_way_to_write_a_call_is_read(text: str) -> None:
    """JSON, tags, and Python's notation."""
    assert _value(text) == 1.0
    assert grade_calls([], TOOLS, text=text).value == 0.0


@pytest.mark.each(
    "text",
    [
        "",
        "I cannot do that.",
        '{"city": "Oslo", "days": 3}',
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": "3"}}',
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": true}}',
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3, "x": 1}}',
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3, "metric": null}}',
        '{"name": "weather.get", "arguments": {"city": "Rome", "city": "Oslo", "days": 3}}',
        '{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}, "parameters": {}}',
        '{"name": "weather_get", "arguments": {"city": "Oslo", "days": 3}}',
        '<tool_call>{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}',
        '<tool_call>{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}',
        'weather.get("Oslo", 3)',
        'weather.get(city="Oslo", days=1+2)',
        'weather.get(city="Oslo", days=~-4)',
        'weather.get(city="Oslo", days=+3)',
        'weather.get(city="Oslo", days=int("3"))',
        'weather.get(**{"city": "Oslo", "days": 3})',
        'weather.get(city="Rome", city="Oslo", days=3)',
        'weather.get(city="Os" "lo", days=3)',
        '[weather.get(city="Oslo", days=3), ping()]',
        '[weather.get(city="Oslo", days=3), weather.get(city="Oslo", days=3)]',
        '[weather.get(city="Oslo", days=3), weather.get(city="Oslo"]',
        '{"name":"weather.get","arguments":{"city":"Oslo","days":3}} {"name":"ping","arguments":{}}',
    ],
)
def test_nothing_else_earns_full_marks(text: str) -> None:
    """Wrong types, more arguments, more calls, unread syntax, nothing evaluated."""
    assert _value(text) < 1.0


@pytest.mark.parametrize(
    ("text", "outcome", "value"),
    [
        ("It is sunny.", "no_call", 1.0),
        ('{"answer": 42}', "no_call", 1.0),
        ('{"name": "ping", "arguments": {}}', "call", 0.0),
        ('{"name": "ping", "arguments": {}', "malformed", 0.0),
        ('<tool_call>{"name": "ping"', "malformed", 0.0),
        ("<tool_call></tool_call>", "malformed", 0.0),
        ("weather.get(city=Oslo)", "malformed", 0.0),
    ],
)
def test_a_row_without_calls_has_three_outcomes(text: str, outcome: str, value: float) -> None:
    """A malformed call is a call."""
    graded = grade_calls([], TOOLS, text=text)

    assert (graded.outcome, graded.value) == (outcome, value)


def test_options_say_what_may_stand_and_what_may_be_left_out() -> None:
    """As BFCL writes them."""
    for arguments in ('city="Oslo", days=3', 'city="Oslo, Norway", days=3, metric=True'):
        assert _value(f"weather.get({arguments})", OPTIONS) == 1.0
    for arguments in ('city="oslo", days=3', 'city="Oslo", days=3, metric=False', 'city="Oslo", days=3, metric=1'):
        assert _value(f"weather.get({arguments})", OPTIONS) < 1.0


def test_pairs_are_the_best_and_not_the_first() -> None:
    """A greedy pairing refuses one of the two orders."""
    gold = [{"f": {"x": ["a", "b"]}}, {"f": {"x": ["a"]}}]

    for texts in itertools.permutations(['f(x="a")', 'f(x="b")']):
        assert grade_calls(gold, None, text=f"[{', '.join(texts)}]").value == 1.0
    ordered = grade_calls(gold, None, text='[f(x="b"), f(x="a")]', ordered=True)
    assert (ordered.value, ordered.right) == (1.0, 2)


def test_comparators_are_the_authors_choice() -> None:
    """By argument, or by function and argument; the tool's schema still judges."""
    loose: dict[str, Comparator] = {"city": Casefold(), "weather.get.days": Number(absolute=1)}

    assert grade_calls(GOLD, TOOLS, text='weather.get(city="OSLO", days=4)', arguments=loose).value == 1.0
    assert grade_calls(GOLD, TOOLS, text='weather.get(city="OSLO", days=3.5)', arguments=loose).value == 0.1
    assert grade_calls(GOLD, TOOLS, text='weather.get(city="OSLO", days=4)').value < 1.0


def test_credit_grows_with_what_is_right_only() -> None:
    """A right argument more never lowers, a wrong one never raises."""
    gold = [{"name": "f", "arguments": {"a": 1, "b": 2, "c": 3}}]

    def value(**arguments: int) -> float:
        return grade_calls(gold, None, calls=[{"name": "f", "arguments": arguments}]).value

    for size in range(4):
        for names in itertools.combinations("abc", size):
            right = {name: "abc".index(name) + 1 for name in names}
            for more in set("abc") - set(names):
                assert value(**right, **{more: "abc".index(more) + 1}) > value(**right)
                assert value(**right, **{more: 9}) <= value(**right)
            assert value(**right, zzz=0) <= value(**right)
    assert value() == 0.1


def test_the_scorer_keeps_the_contract() -> None:
    """Right, wrong, hostile, twice, elsewhere."""
    right = '{"name": "weather.get", "arguments": {"city": "Oslo", "days": 3}}'
    check_scorer(
        tool_calls,
        right=[
            a_record(right, GOLD, tools=TOOLS),
            a_record("", GOLD, tools=TOOLS, tool_calls=[{"id": "1", "function": json.loads(right)}]),
            a_record("No.", [], tools=TOOLS),
        ],
        wrong=[a_record(right, [], tools=TOOLS), a_record("No.", GOLD, tools=TOOLS)],
    )
    fenced = a_record(f"```json\n{right}\n```", GOLD, tools=TOOLS)
    assert scored(tool_calls, fenced).value == 0.95
    assert scored(tool_calls, a_record(right.replace("3", "4"), GOLD), ToolCallsOptions(partial=False)).value == 0.0
    for reference, tools in (({"a": 1}, TOOLS), ("no", TOOLS), (GOLD, [{"nameless": 1}]), (5, None)):
        assert scored(tool_calls, a_record(right, reference, tools=tools)).verdict is Verdict.INVALID_TASK
    with pytest.raises(SchemaError):
        grade_calls([{"a": 1}])


def test_labels_are_met_and_the_right_call_leads_its_ladder() -> None:
    """Every row of the development data: no wrong call at full marks, none beside the right one."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    ladders: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    wrong = []
    for row in rows:
        graded = grade_calls(
            row.get("possible_answer", []), row["functions"], calls=row["calls"] or (), text=row.get("text") or ""
        )
        ladders[row["id"].partition("/")[0]][row["label"]].append(graded.value)
        if (graded.value == 1.0) != row["label"]:
            wrong.append(row["id"])

    assert (len(rows), wrong) == (3_500, [])
    assert all(max(ladder[False], default=0.0) < min(ladder[True], default=1.0) for ladder in ladders.values())


WEIGHTS = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


@given(weights=WEIGHTS)
def test_the_pairing_is_optimal(weights: list[list[float]]) -> None:
    """As trying every pairing finds."""
    rows, columns = len(weights), len(weights[0])
    small, large = (rows, columns) if rows <= columns else (columns, rows)
    best = max(
        sum(weights[row][column] if rows <= columns else weights[column][row] for row, column in enumerate(order))
        for order in itertools.permutations(range(large), small)
    )
    pairs = best_pairs(weights)

    assert sum(weights[row][column] for row, column in pairs) == pytest.approx(best)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    in_order = ordered_pairs(weights)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(in_order))


@given(text=st.text(st.characters()) | st.text(alphabet="f(a=1,)[]{}'\"\\:.-eE \n"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """By the parser of literals, and by the grader."""
    with contextlib.suppress(CallSyntaxError):
        calls_written_in(text)
    assert 0.0 <= grade_calls(GOLD, TOOLS, text=text).value < 1.0
    assert 0.0 <= grade_calls(GOLD, TOOLS, text=f"weather.get({text}").value < 1.0
    assert 0.0 <= grade_calls(GOLD, TOOLS, text=f"<tool_call>{text}</tool_call>").value < 1.0


@pytest.mark.each(
    ("expected", "text", "value"),
    [
        ({"f": {"a": [1], "unit": ["C", ""]}}, 'f(a=1, unit="")', 1.0),
        ({"f": {"a": [1], "unit": ["C", ""]}}, "f(a=1)", 1.0),
        ({"f": {"a": [1], "unit": ["C", ""]}}, 'f(a=1, unit="F")', 0.55),
        ({"f": {"rows": [[{"a": [1, 2]}]]}}, 'f(rows=[{"a": 2}])', 1.0),
        ({"f": {"rows": [[{"a": [1, 2]}]]}}, 'f(rows=[{"a": 3}])', 0.1),
        ({"f": {"rows": [[{"a": [1]}, {"a": [2]}]]}}, 'f(rows=[{"a": 1}])', 0.1),
        ({"f": {"rows": [[1, 2]]}}, "f(rows=[1, 2])", 1.0),
        ({"f": {"a": [1]}}, "f(a=1)\n", 1.0),
        ({"f": {"a": [1]}}, "Now:\nf(a=1) is what I do", 0.0),
        ({"f": {"a": [1]}}, "Now:\n[f(a=1),\nf(a=2)]", 0.0),
    ],
)  # fmt: skip
def test_options_inside_values_and_calls_on_lines(expected: Any, text: str, value: float) -> None:
    """What may be left out may be empty; lists hold options; a line is a call and nothing else."""
    tools = [{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}]

    assert grade_calls([expected], tools, text=text).value == pytest.approx(value)


def test_a_call_as_expected_is_right_though_its_tool_forbids_it() -> None:
    """The row contradicts itself; another call that the tool forbids has its name right, and no more."""
    tools = [{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}}]
    expected = [{"f": {"a": [1], "b": [2]}}]

    assert grade_calls(expected, tools, text="f(a=1, b=2)").value == 1.0
    assert grade_calls(expected, tools, text="f(a=1, b=3)").value == pytest.approx(0.1)


def test_parameters_in_tags_are_typed_by_the_tool() -> None:
    """A text of digits stays a text; the names of types may be those of other languages, and schemas lie in lists."""
    tools = [{"name": "f", "parameters": {"zip": {"type": "str"}, "days": {"type": "List[int]"}}}]
    tagged = "<function=f><parameter=zip>012</parameter><parameter=days>[3]</parameter></function>"

    assert grade_calls([{"f": {"zip": ["012"], "days": [[3]]}}], tools, text=tagged).value == 1.0
    assert grade_calls([{"f": {"zip": ["12"], "days": [[3]]}}], tools, text=tagged.replace("012", "12")).value == 1.0
    made = json_schema_of({"type": "list", "items": {"type": "float"}, "anyOf": [{"type": "dict"}]})
    assert made == {"type": "array", "items": {"type": "number"}, "anyOf": [{"type": "object"}]}
    assert tools_in(tools)["f"].types_of("zip") == {"string"}


def test_an_expected_call_has_an_example_without_what_may_be_left_out() -> None:
    """The first option of each argument."""
    (expected,) = calls_expected_in([{"f": {"a": [1, 2], "unit": ["C", ""]}}])

    assert expected.example() == {"a": 1}
    (nested,) = calls_expected_in([{"f": {"a": [{"x": [1], "y": [2, ""]}]}}])
    assert nested.example() == {"a": {"x": 1}}


def test_texts_that_differ_are_undecided_if_nothing_else_is_wrong() -> None:
    """Only if the suite compares them as texts."""
    record = a_record('f(a=1, note="buy some fresh milk")', [{"f": {"a": [1], "note": ["get milk in town"]}}])

    assert scored(tool_calls, record, ToolCallsOptions(arguments={"note": Text()})).is_undecided
    assert not scored(tool_calls, record).is_undecided


def test_calls_in_python_notation_are_separated_by_commas_semicolons_or_lines() -> None:
    """In a list by commas; a list of lists is no list of calls."""
    calls = [("f", {"a": 1}), ("g", {"b": -1.5, "c": [True, {"k": None, "l": 2}]})]

    for text in ("f(a=1), g({})", "f(a=1); g({})", "f(a=1)\ng({})", "[f(a=1), g({})]", "[f(a=1), g({}),]"):
        assert calls_written_in(text.format("b=-1.5, c=[True, {'k': None, 'l': 2}]")) == calls, text
    for text in ("[f(a=1) g(b=2)]", "[f(a=1), [g(b=2)]]", "f(a=1),, g(b=2)", "f(a=1e999)", "f(a=1, a=2)"):
        with pytest.raises(CallSyntaxError):
            calls_written_in(text)


def test_values_in_python_notation_are_as_deep_as_in_json() -> None:
    """The depth of JSON, and no deeper."""

    def nested(depth: int) -> str:
        return f"f(a={'[' * depth}{']' * depth})"

    assert calls_written_in(nested(DEPTH_LIMIT + 1))
    with pytest.raises(CallSyntaxError):
        calls_written_in(nested(DEPTH_LIMIT + 2))


@pytest.mark.parametrize(
    ("argument", "right"),
    [
        ("{'x': 1}", True),
        ("{'x': 1, 'y': 2}", True),
        ("{'y': 2}", False),
        ("{'x': 1, 'y': 3}", False),
        ("{'x': 1, 'z': 3}", False),
        ("'x'", False),
        ("['x']", False),
    ],
)
def test_objects_in_options_are_compared_member_by_member(argument: str, right: bool) -> None:  # noqa: FBT001
    """A member may be left out if its options say so, and none may be added."""
    graded = grade_calls([{"f": {"a": [{"x": [1], "y": [2, ""]}]}}], text=f"f(a={argument})")

    assert (graded.value == 1.0) == right


@pytest.mark.parametrize(
    ("text", "reference", "reason_class"),
    [
        ('<tool_call>{"name": "f", "argum', "[]", "malformed_call"),
        ("I do not know.", [{"name": "f", "arguments": {}}], "no_call"),
        ('{"name": "f", "arguments": {}}', "[]", "unexpected_call"),
        ('{"name": "f", "arguments": {}}', [{"name": "f", "arguments": {}}], ""),
    ],
)
def test_a_reward_of_nothing_has_a_class(text: str, reference: Any, reason_class: str) -> None:
    """That says why."""
    assert scored(tool_calls, a_record(text, reference)).reason_class == reason_class
