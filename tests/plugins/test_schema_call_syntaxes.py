"""Every published syntax of a tool call and its score: cases generated from the table of syntaxes."""

import itertools
import json
import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import parse_suite, score_rows
from rlvr_schema import grade_calls
from rlvr_schema.calls.marked import HINTS, MARKS_LIMIT
from rlvr_schema.calls.objects import CALLS_LIMIT
from rlvr_schema.calls.syntaxes import MARKS, SIGNS, SYNTAXES, Syntax

TOOLS: list[Any] = [
    {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "unit": {"default": "C"}},
            "required": ["city", "days"],
        },
    },
    {"name": "ping", "parameters": {"type": "object", "properties": {}}},
]
GOLD = [{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}]
CALL = '{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}'
TAGGED = f"<tool_call>{CALL}</tool_call>"

every_syntax = pytest.mark.each("syntax", SYNTAXES, ids=lambda syntax: syntax.family)
with_and_without_tools = pytest.mark.each("tools", [TOOLS, None], ids=["tools", "no tools"])


@every_syntax
@with_and_without_tools
def test_the_matrix_of_syntaxes(syntax: Syntax, tools: Any) -> None:
    """A right call, a wrong argument, two calls, a call where none is wanted."""
    assert grade_calls(GOLD, tools, text=syntax.sample).value == 1.0
    wrong = grade_calls(GOLD, tools, text=syntax.sample.replace("Oslo", "Rome"))
    assert (wrong.outcome, 0.0 < wrong.value < 1.0) == ("call", True)
    assert grade_calls(GOLD * 2, tools, text=syntax.sample_of_two).value == 1.0
    for gold, text in ((GOLD, syntax.sample_of_two), (GOLD * 2, syntax.sample), (GOLD * 3, syntax.sample_of_two)):
        assert grade_calls(gold, tools, text=text).value < 1.0
    assert grade_calls(GOLD, tools, text=syntax.sample_of_two).value == 0.0
    unwanted = grade_calls([], tools, text=syntax.sample)
    assert (unwanted.outcome, unwanted.value) == ("call", 0.0)


AROUND = [
    ("I'll check the weather for you.\n", ""),
    ("", "\n\nThis will fetch the forecast for 3 days."),
    ("<think>I should call weather.</think>\nSure:\n\n", "\nLet me know if you need anything else."),
    ("```\n", "\n```"),
    ("Here is the call:\n```json\n", "\n```\nI'll report back."),
]


@every_syntax
@with_and_without_tools
@pytest.mark.each("around", AROUND, ids=["before", "behind", "both", "fence", "fence and prose"])
def test_the_matrix_of_syntaxes_with_prose_and_fences(syntax: Syntax, tools: Any, around: tuple[str, str]) -> None:
    """The verdicts of the matrix do not depend on prose before and behind the call, or on a fence around it."""
    before, behind = around
    if "```" in before and "```" in syntax.sample:
        before, behind = before.replace("```json", "").replace("```", ""), behind.replace("```", "")

    def grade(gold: Any, text: str) -> Any:
        return grade_calls(gold, tools, text=f"{before}{text}{behind}")

    assert grade(GOLD, syntax.sample).value == 1.0
    wrong = grade(GOLD, syntax.sample.replace("Oslo", "Rome"))
    assert (wrong.outcome, 0.0 < wrong.value < 1.0) == ("call", True)
    assert (grade([], syntax.sample).outcome, grade([], syntax.sample).value) == ("call", 0.0)
    assert (grade(GOLD * 2, syntax.sample_of_two).value, grade(GOLD, syntax.sample_of_two).value) == (1.0, 0.0)
    for broken in (syntax.sample.replace("3", ":::"), syntax.sample[: syntax.sample.index("Oslo") + 3]):
        assert (grade([], broken).value, grade([], broken).outcome == "no_call") == (0.0, False)


@every_syntax
@with_and_without_tools
def test_a_call_that_is_cut_off_or_broken_is_never_no_call(syntax: Syntax, tools: Any) -> None:
    """Cut in its arguments, its arguments broken, its tail repeated, or text in place of its arguments."""
    arguments = syntax.sample.index("Oslo")
    texts = [syntax.sample[:end] for end in range(arguments, len(syntax.sample))]
    texts += [syntax.sample.replace("3", ":::"), syntax.sample.replace("Oslo", 'Os"lo'), syntax.sample[:-1] + "}"]
    texts += [f"{syntax.sample} {syntax.sample[arguments:]}", f"Yes.\n{syntax.sample[:-1]}"]
    for text in texts:
        graded = grade_calls([], tools, text=text)
        assert (graded.value, graded.outcome == "no_call") == (0.0, False), text
        assert grade_calls(GOLD, tools, text=text).outcome != "no_call", text


CLOSINGS = [closing for mark in MARKS for closing in mark.closings if "tool" in closing]
UNKNOWN = ["<TOOL_CALL>", "<toolcall>", "<|new_tool_call|>", "<x:function_call a='b'>", "[TOOL_CALL]", "<tool-use>"]


def test_every_mark_has_a_hint() -> None:
    """Marks are looked for only in texts with a hint."""
    samples = [syntax.sample for syntax in SYNTAXES if syntax.marks or syntax.signs]

    assert [text for text in [*samples, *SIGNS, *CLOSINGS, *UNKNOWN] if not any(hint in text for hint in HINTS)] == []


@pytest.mark.each("text", [*SIGNS, *CLOSINGS, *UNKNOWN])
def test_a_lone_mark_is_a_malformed_call(text: str) -> None:
    """Of any family, in any place."""
    for around in ("{}", "It rains. {}", "{} It rains.", "a {} b {} c"):
        assert grade_calls([], TOOLS, text=around.replace("{}", text)).outcome == "malformed"


@pytest.mark.each(
    "text",
    [
        'I call weather(city="Oslo", days=3) now.',
        'weather {"city": "Oslo", "days": 3}',
        'The call: weather: {"city": "Oslo"}',
        "**weather**: {city: Oslo}",
        "<weather><city>Oslo</city></weather>",
        "Action: weather\nInput: Oslo",
        "- tool: weather\n  args: {city: Oslo}",
        "I call weather with city=Oslo",
        "weather: city=Oslo, days=3",
        "weather\nOslo",
        '{"calls": [{"name": "weather", "arguments": {"city": "Oslo"}}]}',
        '[{"name": "weather", "arguments": {"city": "Oslo"}}, 5]',
        "{'name': 'weather', 'arguments': {'city': 'Oslo'}}",
        '{"name": "weather", "arguments": {"city": "Oslo", "city": "Oslo"}}',
        '{"x": oops, "tool_calls": [{"name": "weather"}]}',
        "functions.weather:0{",
        "<tool>weather</tool>",
        "weather[city=Oslo, days=3]",
        "use_tool('weather', city='Oslo')",
        'call_function("weather", {"city": "Oslo"})',
        "tool_calls: [{name: weather}]",
        "name: weather\narguments:\n  city: Oslo",
    ],
)
def test_a_known_function_with_arguments_is_a_call(text: str) -> None:
    """However it is written: where it cannot be read it is malformed."""
    assert grade_calls([], TOOLS, text=text).outcome == "malformed"
    assert grade_calls(GOLD, TOOLS, text=text).value == 0.0


@pytest.mark.each(
    "text",
    [
        "The weather in Oslo is fine.",
        "I have no weather (tool) for that.",
        "weather (the tool) is not needed.",
        "The name: weather is a word.",
        "<b>weather</b> is fine.",
        "It is called ('weather', they say).",
        "See weather[1] and weather: 3 {days}.",
        '{"weather": "fine"}',
        '{"days": [1, 2]}',
        "Set x = {1, 2} and y(a).",
        "My weather = {1, 2}.",
        "Action: weather it out.",
        "In 2020 (see weather) it was x = 3.",
        "Action: none needed.",
        '{"action": "Final Answer", "action_input": "It rains."}',
        'Action: ```json\n[{"tool_name": "directly_answer", "parameters": {}}]\n```',
        'I will not call weather(city="Oslo", days=3), it is not needed.',
        f"An example of a call: {CALL}",
        '{"name": "Ann"}',
        "<b>Oslo</b> <em>rains</em>",
        "a <|end|> b",
    ],
)
def test_prose_and_data_are_no_call(text: str) -> None:
    """A mention of a function is no call of it, and a denied one is not made."""
    graded = grade_calls([], TOOLS, text=text)

    assert (graded.outcome, graded.value) == ("no_call", 1.0), graded


@pytest.mark.parametrize(
    "text",
    [
        '{"weather": {"city": "Oslo", "days": 3}, "note": 1}',
        '{"weather": {"city": "Oslo", "days": 3}, "ping": {}}',
        'Here: {"note": 1, "weather": {"city": "Oslo"}}',
        '[TOOL_CALLS]weather[ARGS]{"city": "Oslo", "days": 3} and {x',
    ],
)
@pytest.mark.parametrize("expected", [GOLD, []])
def test_a_known_function_with_arguments_and_more_is_malformed(text: str, expected: Any) -> None:
    """Whether a call is expected or not: it is neither one call nor none."""
    graded = grade_calls(expected, TOOLS, text=text)

    assert (graded.outcome, graded.value) == ("malformed", 0.0), graded


DENIALS = [
    "I will not call {}",
    "For example: {} but I won't",
    "{} Cancel that.",
    "{}\nNever mind.",
    "{} I take that back.",
    "{} Ignore that call.",
    "Ich rufe nicht {} auf",
    "我不会调用 {}",
    "Don't run {}",
    '"{}"',
    "E.g. {}",
    "Example: {}",
    "It would look like this:\n{}",
    "Zum Beispiel so: {}",
    "Do not run this: {}",
    "> {}",
    "<!-- {} -->",
    "~~{}~~",
    "I considered {}, but decided against it.",
    "If I had access, I would call {}.",
]
ASSERTIONS = [
    "I cannot know the weather. {}",
    "I don't know, so I call {}",
    "No problem! {}",
    "I can't answer without a call: {}",
    "Sure, no need to wait.\n{}",
    "I'm not able to see it, but I can use the tool: {}",
    "{}\nI will tell you when it is done.",
    "{}\nResult: 5 degrees",
    "{}\n3 days",
    "I follow your example. {}",
    "If you want to know, here it is: {}",
    "I would look it up now.\n{}",
    "I considered the options. {}",
    "If you want to know, I can look it up: {}",
    "Should I look it up? Yes: {}",
    "You could also ask me tomorrow.\n{}",
    "{}\nDo you want me to look up anything else?",
    "Do not worry. {}",
]


@pytest.mark.each("around", DENIALS)
@pytest.mark.each("call", [TAGGED, CALL, f"{TAGGED}\n{TAGGED}"])
def test_a_denied_call_is_not_made(around: str, call: str) -> None:
    """In prose it does not count; between marks a platform would run it, so that it is no abstention either."""
    text = around.replace("{}", call)

    assert grade_calls(GOLD, TOOLS, text=text).value == 0.0
    assert grade_calls([], TOOLS, text=text).value == float(call == CALL)


OFFERS = [
    "You could run {}, but I won't.",
    "Should I call {}?",
    "Do you want me to run {}?",
    "If you want, I can call {}.",
    "Once you confirm, I will call {}.",
    "I will call {} after you confirm.",
    "Let me know if I should run {}.",
    "The function looks like this: {}. Shall I run it?",
    "{}\nDo you want me to go ahead?",
    "I planned {}, but I can't.",
    "Ich werde {} nicht aufrufen.",
]


@pytest.mark.each("around", OFFERS)
@pytest.mark.each("call", [CALL, 'weather(city="Oslo", days=3)'])
def test_an_offered_call_is_not_made(around: str, call: str) -> None:
    """A call that waits for leave, or that the reader may make."""
    text = around.replace("{}", call)

    assert grade_calls(GOLD, TOOLS, text=text).value == 0.0
    assert grade_calls([], TOOLS, text=text).value == 1.0


@pytest.mark.parametrize("hidden", ["<!-- {} --> Hello.", "~~{}~~ Nothing to do.", "<del>{}</del> Nothing."])
def test_a_hidden_call_in_python_notation_is_not_made(hidden: str) -> None:
    """As one in JSON."""
    assert grade_calls([], TOOLS, text=hidden.replace("{}", 'weather(city="Oslo", days=3)')).value == 1.0


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>[{"name": "weather", "arguments": {"city": "Oslo", "days": 3}}',
        f"<tool_call>{CALL}",
        f"<tool_call>[{CALL}]\n</tool_cal",
        f"<tool_call>[{CALL}] {{",
        "<|tools_prefix|>[{}]<|tools_suffix|>",
        "<|tools_prefix|>[3]<|tools_suffix|>",
        "```tool_code\nprint(3)\n```",
    ],
)
def test_a_list_that_stays_open_is_whole(text: str) -> None:
    """Anything else between these marks is malformed."""
    assert grade_calls(GOLD, TOOLS, text=text).outcome == "malformed"
    assert grade_calls([], TOOLS, text=text).value == 0.0


@pytest.mark.each("around", ASSERTIONS)
def test_honest_words_around_a_call_cost_nothing(around: str) -> None:
    """Also if they deny something else."""
    assert grade_calls(GOLD, TOOLS, text=around.replace("{}", TAGGED)).value == 1.0


@pytest.mark.parametrize(
    ("name", "is_right"),
    [
        ("weather", True),
        ("functions.weather", True),
        ("default_api.weather", True),
        ("functions.functions.weather", False),
        ("x.weather", False),
    ],
)
def test_the_namespace_of_functions_is_no_part_of_the_name(name: str, is_right: bool) -> None:  # noqa: FBT001
    """In the event and in each text."""
    call = {"name": name, "arguments": {"city": "Oslo", "days": 3}}

    assert (grade_calls(GOLD, TOOLS, calls=[call]).value == 1.0) is is_right
    assert (grade_calls(GOLD, None, text=json.dumps(call)).value == 1.0) is is_right
    assert (grade_calls(GOLD, TOOLS, text=f'{name}(city="Oslo", days=3)').value == 1.0) is is_right


@pytest.mark.parametrize(
    ("arguments", "is_right"),
    [({"unit": "C"}, True), ({}, True), ({"unit": "F"}, False), ({"unit": None}, False), ({"other": "C"}, False)],
)
def test_a_declared_default_costs_nothing(arguments: dict[str, Any], is_right: bool) -> None:  # noqa: FBT001
    """Given though it is not expected, or left out though it is."""
    call = {"name": "weather", "arguments": {"city": "Oslo", "days": 3, **arguments}}

    assert (grade_calls(GOLD, TOOLS, calls=[call]).value == 1.0) is is_right
    assert (grade_calls([call], TOOLS, calls=GOLD).value == 1.0) is is_right


def test_the_first_call_of_functionary_has_no_mark() -> None:
    """Its prompt ends with the mark."""
    first = 'weather\n{"city": "Oslo", "days": 3}'

    assert grade_calls(GOLD, TOOLS, text=first).value == 1.0
    assert grade_calls(GOLD * 2, TOOLS, text=f"{first}\n>>>{first}").value == 1.0


@pytest.mark.parametrize(
    ("reads", "order", "value"), [("all_turns", 1, 1.0), ("all_turns", -1, 0.55), ("last_turn", 1, 0.5)]
)
def test_calls_of_all_turns_are_one_sequence(reads: str, order: int, value: float) -> None:
    """Of a trajectory, against an expected sequence."""
    cities = ["Oslo", "Rome"]
    calls = [{"name": "weather", "arguments": {"city": city, "days": 3}} for city in cities]
    turns = [
        turn
        for place, call in enumerate(calls)
        for turn in (
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": str(place), "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": str(place), "content": "5"},
        )
    ]
    suite = parse_suite(
        json.dumps(
            {
                "read": {"tool_calls": reads},
                "tasks": {"t": {"scorers": [{"scorer": "schema.tool_calls", "options": {"ordered": True}}]}},
            }
        )
    )
    row = {"id": "1", "messages": [{"role": "user", "content": "?"}, *turns[:-1]], "reference_answer": calls[::order]}

    (reward,) = score_rows(suite, [row]).rewards
    assert reward.value == pytest.approx(value)


def test_marks_inside_strings_are_text() -> None:
    """Of a JSON value, or of an argument in JSON between marks."""
    for city in ("</tool_call>", "<tool_call>", "[ARGS]", "<think>a</think>", "weather(city=1)"):
        gold = [{"name": "weather", "arguments": {"city": city, "days": 3}}]
        call = json.dumps(gold[0])
        for text in (call, f"<tool_call>{call}</tool_call>", f"[TOOL_CALLS] [{call}]"):
            assert grade_calls(gold, TOOLS, text=text).value == 1.0, text
        assert grade_calls([], TOOLS, text=json.dumps({"answer": city})).value == 1.0


def test_calls_are_limited() -> None:
    """One more than the limit is one malformed call, in each kind of text."""
    many = CALLS_LIMIT + 1
    texts = [
        json.dumps(GOLD * many),
        TAGGED * many,
        f"[{', '.join(['ping()'] * many)}]",
        "<tool_call>" * (MARKS_LIMIT + 1),
    ]
    for text in texts:
        graded = grade_calls(GOLD, TOOLS, text=text)
        assert (graded.outcome, graded.value) == ("malformed", 0.0)
    assert grade_calls(GOLD * CALLS_LIMIT, TOOLS, text=TAGGED * CALLS_LIMIT).value == 1.0


def _calls_taken(text: str) -> int:
    grade_calls(GOLD, TOOLS, text=text)  # compiles the patterns
    taken = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal taken
        taken += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        grade_calls(GOLD, TOOLS, text=text)
    finally:
        sys.setprofile(None)
    return taken


TOKEN = re.compile(r"<[^<>\s]{1,40}>|\[[A-Z_]+\]|\S{1,12}")
TOKENS = sorted({token.group() for syntax in SYNTAXES for token in TOKEN.finditer(syntax.sample)})
SALAD = [*TOKENS, " ", "\n", "{", "}", '"', "weather", "not", "Cancel that."]


@pytest.mark.timeout(60)  # a quadratic scan inside one pattern is one call, which takes minutes
def test_one_token_repeated_takes_linear_time() -> None:
    """Every token of every sample, alone and behind an opening mark."""
    for token, head in itertools.product(TOKENS, ("", "<tool_call>", "weather(")):
        _calls_taken(head + token * 50)  # fills the caches
        short, long = (_calls_taken(head + token * (length // len(token))) for length in (1_000, 4_000))
        assert long <= 4.6 * short + 1_000, (token, head, short, long)


@given(text=st.lists(st.sampled_from(SALAD), max_size=12).map("".join))
def test_any_salad_of_tokens_is_graded(text: str) -> None:
    """It never fails, and a call that is unwanted scores 0."""
    graded = grade_calls([], TOOLS, text=text)

    assert graded.value == float(graded.outcome == "no_call")
    assert 0.0 <= grade_calls(GOLD, TOOLS, text=text).value <= 1.0
