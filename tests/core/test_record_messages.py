"""Conversations of every published shape as turns."""

from typing import Any

import pytest

from rlvr.record.messages import (
    Message,
    answer_place,
    is_message,
    is_part,
    kind_of,
    last_answer_place,
    message_from,
    messages_in,
    question_end,
    text_of,
    text_of_number,
)

CALL = {"function": {"name": "f", "arguments": "{}"}}
TOOL_USE = {"type": "tool_use", "name": "f", "input": {}}


def _turn(content: object, **more: object) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


@pytest.mark.each(
    ("item", "turn"),
    [
        (_turn("a"), Message(role="assistant", content="a")),
        (_turn(None), Message(role="assistant")),
        (_turn(5), Message(role="assistant", content="5")),
        (_turn(True), Message(role="assistant", content="true")),
        ({"from": "gpt", "value": "a"}, Message(role="gpt", content="a")),
        ({"speaker": "Human", "text": "a"}, Message(role="human", content="a")),
        ({"role": " BOT ", "prompt": "a"}, Message(role="bot", content="a")),
        ({"role": 5, "from": "gpt", "value": "a"}, Message(role="gpt", content="a")),
        ({"role": "model", "parts": [{"text": "a"}, {"text": "b"}]}, Message(role="model", content="ab")),
        ({"content": "a"}, Message(role="", content="a")),
        ({"tool_calls": [CALL]}, Message(role="", tool_calls=(CALL,))),
        ({"role": "assistant", "content": None, "value": "a"}, Message(role="assistant", content="a")),
        ({"message": _turn("a"), "index": 0}, Message(role="assistant", content="a")),
        ({"message": _turn("b"), "content": "a"}, Message(role="", content="a")),
        ({"message": "b", "content": "a"}, Message(role="", content="a")),
        (_turn("a", tool_calls=[CALL]), Message(role="assistant", content="a", tool_calls=(CALL,))),
        (_turn("a", tool_calls="no"), Message(role="assistant", content="a")),
        (_turn("", function_call=CALL["function"]), Message(role="assistant", tool_calls=(CALL,))),
        (_turn("", function_call="no"), Message(role="assistant")),
        (_turn([TOOL_USE], tool_calls=[CALL]), Message(role="assistant", tool_calls=(TOOL_USE, CALL))),
        (_turn(" ", refusal="no"), Message(role="assistant", content=" no")),
        (_turn("a", refusal="no"), Message(role="assistant", content="a")),
        (_turn("a", refusal=None), Message(role="assistant", content="a")),
        (_turn("a", reasoning_content="r"), Message(role="assistant", content="a", reasoning="r")),
        (_turn("a", reasoning="r", thinking="s"), Message(role="assistant", content="a", reasoning="r\ns")),
        (_turn("a", reasoning="r", reasoning_content="r"), Message(role="assistant", content="a", reasoning="r")),
        (_turn("a", reasoning={"content": "r"}), Message(role="assistant", content="a", reasoning="r")),
        ({"type": "function_call_output", "output": "t"}, Message(role="tool", content="t")),
        ({"type": "function_call_output", "output": [{"text": "t"}]}, Message(role="tool", content="t")),
        ({"type": "custom_tool_call_output", "content": "t"}, Message(role="tool", content="t")),
        ({"role": "user", "content": [{"type": "tool_result", "content": "t"}]}, Message(role="tool")),
        ({"role": "human", "content": [{"toolResult": {}}, {"text": " "}]}, Message(role="tool", content=" ")),
        ({"role": "user", "content": [{"functionResponse": {}}, {"text": "q"}]}, Message(role="user", content="q")),
        ({"role": "user", "content": " "}, Message(role="user", content=" ")),
        (_turn([{"type": "tool_result"}]), Message(role="assistant")),
        ({"name": "x"}, None),
        ({}, None),
        ({"message": {"name": "x"}}, None),
    ],
)
def test_a_turn_of_each_shape(item: dict[str, Any], turn: Message | None) -> None:
    """A role and a text, calls and reasoning apart; None without a role and without content."""
    assert message_from(item) == turn


@pytest.mark.each(
    "kind",
    ["reasoning", "thinking", "redacted_thinking", "reasoning_content", "reasoning_text", "summary_text"],
)
@pytest.mark.each("key", ["reasoning", "thinking", "summary", "text", "content"])
def test_a_reasoning_part_is_no_answer(kind: str, key: str) -> None:
    """Whatever key its text stands at, also in a list of objects."""
    for value in ("no", [{"type": "summary_text", "text": "no"}], ["no"]):
        turn = message_from(_turn([{"type": kind, key: value}, {"text": "a"}]))
        assert turn == Message(role="assistant", content="a", reasoning="no")


@pytest.mark.parametrize(
    "part",
    [
        {"thought": True, "text": "no"},
        {"reasoningContent": {"reasoningText": {"text": "no", "signature": "s"}}},
        {"reasoningContent": {"text": "no"}, "toolUse": None},
    ],
)
def test_a_part_is_marked_as_reasoning_by_its_keys(part: dict[str, Any]) -> None:
    """Gemini and Converse write no type."""
    assert message_from(_turn([part])) == Message(role="assistant", reasoning="no")


def test_a_part_with_a_false_thought_is_text() -> None:
    """Gemini exports write the key for every part."""
    assert text_of([{"thought": False, "text": "a"}]) == "a"


@pytest.mark.parametrize(
    "part",
    [
        *({"type": kind, "text": "no"} for kind in ("tool_use", "server_tool_use", "mcp_tool_use", "tool_call")),
        *({"type": "function_call", "name": "f"}, {"toolUse": {"name": "f"}}, {"functionCall": {"name": "f"}}),
    ],
)
def test_a_call_is_a_call_and_no_text(part: dict[str, Any]) -> None:
    """As sent."""
    assert message_from(_turn(["a", part])) == Message(role="assistant", content="a", tool_calls=(part,))


@pytest.mark.each(
    ("content", "text"),
    [
        ([{"type": "refusal", "refusal": "a"}], "a"),
        ([{"refusal": "a", "text": "b"}], "a"),
        ([{"refusal": None, "text": "b"}], "b"),
        ([{"text": None, "content": "a"}], "a"),
        ([{"type": "text", "text": {"value": "a", "annotations": []}}], "a"),
        ([{"output_text": "a"}, {"value": "b"}, {"answer": "c"}], "abc"),
        ({"text": 5}, ""),
        ([True, 1.5], ""),
        (1.5, "1.5"),
        (False, "false"),
        (("a", ["b"]), "ab"),
        ([{"type": "tool_result", "content": "no"}], ""),
    ],
)
def test_the_text_of_content(content: object, text: str) -> None:
    """A number alone is text; in a list or a part it may be a token id."""
    assert text_of(content) == text


def test_content_is_read_to_its_limit() -> None:
    """One level more, and it is no text."""
    content: Any = "a"
    for depth in range(10):
        assert text_of(content) == ("a" if depth <= 8 else "")
        content = [content]


def test_parts_and_reasoning_are_read_to_their_limit() -> None:
    """Hostile nesting neither raises nor is read without end."""
    part: Any = "a"
    for _ in range(4):
        part = {"text": part}
    assert text_of(part) == "a"
    assert text_of({"text": {"text": {"text": {"text": {"text": {"text": "a"}}}}}}) == ""
    reasoning: Any = "r"
    for _ in range(8):
        reasoning = {"text": reasoning}
    assert message_from(_turn("", thinking=reasoning["text"])) == Message(role="assistant", reasoning="r")
    assert message_from(_turn("", thinking=reasoning)) == Message(role="assistant")


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (1.5, "1.5"), (True, "true"), (False, "false"), (None, ""), ("5", ""), ([5], ""), ({}, "")],
)
def test_the_text_of_a_number(value: object, text: str) -> None:
    """What is neither a number nor a boolean has none."""
    assert text_of_number(value) == text


USER = {"role": "user", "content": "q"}
REASONING = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "r"}]}
FUNCTION_CALL = {"type": "function_call", "name": "f", "arguments": "{}"}
CUSTOM = {"type": "custom_tool_call", "name": "f", "input": "x"}
MCP = {"type": "mcp_call", "name": "f", "arguments": "{}", "output": "no"}
SEARCH = {"type": "web_search_call", "status": "completed"}


def _item(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


ANSWER = Message(role="assistant", content="a")
QUESTION = Message(role="user", content="q")


@pytest.mark.each(
    ("value", "turns"),
    [
        ("text", ()),
        (None, ()),
        ({"role": "user"}, ()),
        ([], ()),
        ([5, None, "a", ["b"]], ()),
        ((USER,), (QUESTION,)),
        ([USER, {"name": "x"}, _turn("a")], (QUESTION, ANSWER)),
        ([{"role": "User", "content": "q"}], (QUESTION,)),
        ([{"role": None, "content": "q"}], (Message(role="", content="q"),)),
        ([_item("a")], (ANSWER,)),
        ([_item("b"), _item("a")], (ANSWER,)),
        ([USER, _item("a"), USER], (QUESTION, ANSWER, QUESTION)),
        ([_item("a"), USER, _turn("a")], (ANSWER, QUESTION, ANSWER)),
        ([_item("a"), _turn("b")], (ANSWER, Message(role="assistant", content="b"))),
        ([{"type": "message", **USER}, _item("a")], (QUESTION, ANSWER)),
        ([{"type": "message", "role": "Assistant", "content": "a"}], (ANSWER,)),
        ([{"type": "message", "role": 5, "content": "a"}], (Message(role="", content="a"),)),
        (
            [REASONING, _item("b"), SEARCH, FUNCTION_CALL, _item("a")],
            (Message(role="assistant", content="a", reasoning="r", tool_calls=(FUNCTION_CALL,)),),
        ),
        (
            [FUNCTION_CALL, {"type": "function_call_output", "output": "t"}, _item("a")],
            (Message(role="assistant", tool_calls=(FUNCTION_CALL,)), Message(role="tool", content="t"), ANSWER),
        ),
        (
            [{**_item("a"), "tool_calls": [CALL], "reasoning": "r"}],
            (Message(role="assistant", content="a", tool_calls=(CALL,), reasoning="r"),),
        ),
        ([{"type": "reasoning", "role": "assistant", "text": "a"}], (ANSWER,)),
        ([{"type": "function_call", "role": "assistant", "content": "a"}], (ANSWER,)),
        (
            [{"type": "function_call", "function": {"name": "f"}}],
            (Message(role="assistant", tool_calls=({"type": "function_call", "function": {"name": "f"}},)),),
        ),
        ([{"type": "function_call", "id": 1}], (Message(role="assistant"),)),
        ([CUSTOM, MCP], (Message(role="assistant", tool_calls=(CUSTOM, MCP)),)),
    ],
)
def test_the_turns_of_a_conversation(value: object, turns: tuple[Message, ...]) -> None:
    """A run of items of the Responses API is one turn: the text of its last message, all its calls."""
    assert messages_in(value) == turns


@pytest.mark.each(
    ("item", "is_one"),
    [
        ({"role": "user"}, True),
        ({"from": "gpt"}, True),
        ({"speaker": "x"}, True),
        ({"role": 5}, False),
        ({"message": {}, "sampled": True}, True),
        ({"message": {}}, False),
        ({"message": "x", "sampled": True}, False),
        (REASONING, True),
        (FUNCTION_CALL, True),
        ({"type": "message"}, False),
        ({"type": "function_call_output"}, True),
        ({"type": "custom_tool_call_output"}, True),
        ({"type": "tool_result"}, False),
        ({"type": "text", "text": "a"}, False),
        ("user", False),
    ],
)
def test_what_is_a_turn(item: object, *, is_one: bool) -> None:
    """An object with a role, a node of a trace, or an item of the Responses API."""
    assert is_message(item) is is_one


@pytest.mark.each(
    ("item", "is_one"),
    [
        *(({"type": kind}, True) for kind in ("text", "output_text", "refusal", "thinking", "tool_use", "tool_result")),
        *(({key: None}, True) for key in ("text", "refusal", "reasoningContent", "toolUse", "functionResponse")),
        *((item, False) for item in ({}, {"type": "image"}, {"type": 5}, {"answer": "a"}, {"content": "a"})),
    ],
)
def test_what_is_a_part(item: dict[str, Any], *, is_one: bool) -> None:
    """By its type, or by a key that only parts have."""
    assert is_part(item) is is_one


@pytest.mark.parametrize(("item", "kind"), [({"type": "a"}, "a"), ({"type": 5}, ""), ({}, "")])
def test_the_kind_of_an_item(item: dict[str, Any], kind: str) -> None:
    """Only a text is one."""
    assert kind_of(item) == kind


@pytest.mark.each(
    ("roles", "answer", "last", "end"),
    [
        ("", None, None, 0),
        ("u", None, None, 1),
        ("a", 0, 0, 0),
        ("ua", 1, 1, 1),
        ("uau", None, 1, 3),
        ("uaua", 3, 3, 3),
        ("uata", 3, 3, 1),
        ("uat", 1, 1, 1),
        ("sa", 1, 1, 1),
        ("saa", 2, 2, 1),
        ("s", None, None, 1),
        ("at", 0, 0, 0),
        ("sata", 3, 3, 1),
        ("ts", None, None, 2),
        ("aa", 1, 1, 0),
    ],
)
def test_the_places_of_questions_and_answers(roles: str, answer: int | None, last: int | None, end: int) -> None:
    """The turn that answers, the last one of the model, and the end of the prompt."""
    names = {"u": "human", "a": "nova_assistant", "t": "tool", "s": "system"}
    turns = tuple(Message(role=names[role]) for role in roles)

    assert (answer_place(turns), last_answer_place(turns), question_end(turns)) == (answer, last, end)
