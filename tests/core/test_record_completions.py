"""The value reader: what stands at the place of a completion, as one answer or as k of them."""

from typing import Any

import pytest

from rlvr.record.completions import BLANK, NULL, Answer, Kind, answer_of, answers_in
from rlvr.record.messages import Message

USER = {"role": "user", "content": "q"}
CALL = {"function": {"name": "f", "arguments": "{}"}}
TOOL_USE = {"type": "tool_use", "name": "f", "input": {}}


def _turn(content: object, **more: object) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def _texts(value: object, kind: Kind = "answer") -> list[str] | None:
    answers = answers_in(value, kind)
    return None if answers is None else [answer.text for answer in answers]


SAME = {"role": "assistant", "content": "a"}
BODIES: list[tuple[Any, list[str] | None]] = [
    # texts, numbers and null
    ("a", ["a"]),
    ("", [""]),
    (None, [""]),
    (float("nan"), [""]),
    (8, ["8"]),
    (0.5, ["0.5"]),
    (False, ["false"]),
    (object(), None),
    # lists of texts, and lists without text
    ([], None),
    (["a", "b"], ["a", "b"]),
    (("a", None), ["a", ""]),
    ([None], [""]),
    ([["a", "b"], ["c"]], ["a", "b", "c"]),
    ([["a"], []], None),
    ([1, 2], None),
    (["a", 1], None),
    (["a", ["b"]], None),
    ([[1, 2], [3]], None),
    ([[-0.5, True]], None),
    ([["-0.5", "False"], ["1e3", "True"]], None),
    ([["a", "True"]], ["a", "True"]),
    ([[None, "True"]], ["", "True"]),
    ([["0.5", "true"]], ["0.5", "true"]),
    ([["0.5", "True", "a"]], ["0.5", "True", "a"]),
    ([["0.5", "True"], ["a", "b"]], ["0.5", "True", "a", "b"]),
    ([[10**400, True]], None),
    # conversations
    ([USER, _turn("a")], ["a"]),
    ([_turn("b"), USER, _turn("a"), USER], ["a"]),
    ([USER], None),
    ([_turn("a"), {"role": "tool", "content": "t"}], ["a"]),
    ([[USER, _turn("a")], [USER, _turn("b")]], ["a", "b"]),
    ([[USER, _turn("a")], [USER]], None),
    ([_turn("")], [""]),
    # nodes of a trace
    ([{"message": USER, "sampled": False}, {"message": SAME, "sampled": True}], ["a"]),
    ([{"message": SAME, "sampled": True}, {"message": _turn("few-shot"), "sampled": False}], ["a"]),
    ([{"message": SAME, "sampled": False}], None),
    ([{"message": {"role": "Assistant", "content": "b"}, "sampled": False}], None),
    ([{"message": SAME}, {"message": SAME, "sampled": None}], ["a"]),
    ([{"role": "assistant", "content": "a", "sampled": False}], ["a"]),
    # choices, candidates, outputs of engines
    ([{"message": SAME, "index": 0}, {"message": _turn("b"), "index": 1}], ["a", "b"]),
    ([{"text": "a", "index": 0}, {"text": "b", "index": 1}], ["a", "b"]),
    ([{"text": "a"}, {"text": "b"}], ["ab"]),
    ([{"type": "text", "text": "a"}, {"type": "text", "text": "b", "citations": []}], ["ab"]),
    ([{"turns": ["b", "a"]}, {"turns": ["c"]}], ["a", "c"]),
    ([{"turns": [{"content": "a"}]}], ["a"]),
    ([{"content": {"parts": [{"text": "a"}]}}, {"content": {"parts": [{"text": "b"}]}}], ["a", "b"]),
    ([{"generated_text": "a"}, {"generated_text": "b"}], ["a", "b"]),
    *(([{key: "a"}], ["a"]) for key in ("outputText", "output_text", "response", "generated_text")),
    ([{"text": "a", "index": 0}, {"name": "x"}], ["a"]),
    ([{"type": "x", "response": "b", "content": "a"}], ["a"]),
    ([{"type": "x", "content": {"text": "a"}}], ["a"]),
    # parts
    ([{"text": "a"}], ["a"]),
    ([{"text": ""}], [""]),
    ([{"type": "text", "text": ""}], [""]),
    ([{"type": "redacted_thinking", "data": "x"}], [""]),
    ([{"type": "thinking", "thinking": "no"}, {"type": "text", "text": "a"}], ["a"]),
    ([{"answer": "a"}], ["a"]),
    ([{"x": 1}], ['[{"x": 1}]']),
    ([{"x": "é"}, {"y": 2}], ['[{"x": "é"}, {"y": 2}]']),
    # bodies
    *(({key: [{"message": SAME}]}, ["a"]) for key in ("choices", "candidates", "outputs", "results", "generations")),
    ({"modelResponses": [{"response": "a", "modelIdentifier": "m"}]}, ["a"]),
    ({"choices": [{"text": "a"}, {"text": "b"}]}, ["a", "b"]),
    ({"choices": [{"delta": {}, "message": {"content": "a"}}]}, ["a"]),
    ({"choices": []}, None),
    ({"choices": ["a"], "text": "b"}, ["b"]),
    ({"choices": "a", "text": "b"}, ["b"]),
    ({"generations": [[{"text": "a", "message": {"content": "a"}}]]}, ["a"]),
    ({"generations": [[{"text": "a", "x": 1}, {"text": "b", "x": 1}], ["c"]]}, ["a", "b", "c"]),
    ({"outputs": [{"message": {"content": [1]}}]}, [""]),
    ({"message": {"content": "a"}}, ["a"]),
    ({"output": {"message": SAME}}, ["a"]),
    ({"content": {"role": "model", "parts": [{"text": "a"}]}}, ["a"]),
    ({"message": "a", "text": "b"}, ["b"]),
    ({"turns": []}, ['{"turns": []}']),
    ({"turns": "b", "text": "a"}, ["a"]),
    ({"turns": [["b", "c"], "a"]}, ["a"]),
    ({"messages": [USER, SAME]}, ["a"]),
    ({"nodes": [{"message": SAME, "sampled": True}]}, ["a"]),
    ({"messages": "b", "text": "a"}, ["a"]),
    ({"output": [{"type": "message", "role": "assistant", "content": "a"}]}, ["a"]),
    ({"output": []}, [""]),
    *(
        ({key: "a", "x": 1}, ["a"])
        for key in ("outputText", "output_text", "generated_text", "generation", "completion", "response", "output")
    ),
    ({"generation": "a", "text": "b"}, ["a"]),
    # messages and parts
    (SAME, ["a"]),
    ({"role": "assistant", "content": None}, [""]),
    ({"role": "assistant", "content": [{"type": "thinking", "thinking": "no"}, {"text": "a"}]}, ["a"]),
    ({"parts": [{"text": "a"}]}, ["a"]),
    ({"parts": "b", "text": "a"}, ["a"]),
    ({"content": "a"}, ["a"]),
    ({"content": ["a", {"text": "b"}]}, ["ab"]),
    ({"content": 5}, ['{"content": 5}']),
    ({"type": "text", "text": "a"}, ["a"]),
    ({"type": "thinking", "thinking": "no"}, [""]),
    ({"type": "function_call_output", "output": {"x": 1}}, ['{"x": 1}']),
    # anything else is its JSON text
    ({"x": "é", "y": [1]}, ['{"x": "é", "y": [1]}']),
    ({}, ["{}"]),
    ({"answer": "a", "why": "w"}, ['{"answer": "a", "why": "w"}']),
    ({"tool_calls": []}, ['{"tool_calls": []}']),
    ({"tool_calls": "no"}, ['{"tool_calls": "no"}']),
]


@pytest.mark.each(("value", "texts"), BODIES)
def test_the_texts_that_stand_at_a_place(value: object, texts: list[str] | None) -> None:
    """One answer, or k of them; None where no text stands."""
    assert _texts(value) == texts
    assert _texts(value, "continuation") == texts


@pytest.mark.each(("value", "texts"), [each for each in BODIES if isinstance(each[0], dict)])
def test_a_body_may_stand_inside_of_another(value: object, texts: list[str] | None) -> None:
    """Wrappers change nothing; nor does its JSON text, where the format says so."""
    assert _texts({"message": value}) == texts
    assert _texts({"output": value}) == texts
    assert _texts({"choices": [{"message": value}]}) == texts


@pytest.mark.each(
    ("value", "answer"),
    [
        (None, NULL),
        ("", BLANK),
        ([None, None], BLANK),
        ({"output": []}, BLANK),
        (
            [USER, _turn("a", reasoning="r", tool_calls=[CALL]), {"role": "tool", "content": "t"}],
            Answer(
                text="a",
                reasoning="r",
                tool_calls=(CALL,),
                turns=(
                    Message(role="user", content="q"),
                    Message(role="assistant", content="a", reasoning="r", tool_calls=(CALL,)),
                ),
            ),
        ),
        (_turn("a", reasoning="r", tool_calls=[CALL]), Answer(text="a", reasoning="r", tool_calls=(CALL,))),
        ({"tool_calls": [CALL]}, Answer(tool_calls=(CALL,))),
        ({"content": [TOOL_USE, {"text": "a"}]}, Answer(text="a", tool_calls=(TOOL_USE,))),
        ([TOOL_USE, {"type": "thinking", "thinking": "r"}], Answer(reasoning="r", tool_calls=(TOOL_USE,))),
        (TOOL_USE, Answer(tool_calls=(TOOL_USE,))),
        ({"toolUse": {"name": "f"}}, Answer(tool_calls=({"toolUse": {"name": "f"}},))),
    ],
)
def test_calls_and_reasoning_belong_to_the_answer(value: object, answer: Answer) -> None:
    """Null is told from an empty text, and the turns go up to the one that answers."""
    answers = answers_in(value)

    assert answers is not None
    assert answers[0] == answer


def test_null_is_told_from_an_empty_text() -> None:
    """Others may have a value where null stands."""
    assert [answer.is_null for answer in (*(answers_in(None) or ()), *(answers_in("") or ()), NULL, BLANK)] == [
        *(True, False),
        *(True, False),
    ]


def test_a_turn_becomes_an_answer() -> None:
    """With the conversation up to it."""
    turns = [Message(role="user"), Message(role="assistant", content="a"), Message(role="assistant", content="b")]

    assert answer_of(turns, 1) == Answer(text="a", turns=tuple(turns[:2]))


STREAMS: list[list[dict[str, Any]]] = [
    [
        {"type": "message_start", "message": {"role": "assistant", "content": []}},
        {"type": "content_block_start", "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "r"}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": "a"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "b"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ],
    [
        {"object": "chat.completion.chunk", "choices": [{"delta": {"role": "assistant", "reasoning_content": "r"}}]},
        {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "a"}}, {"delta": {"content": "no"}}]},
        {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "b"}}]},
        {"object": "chat.completion.chunk", "choices": []},
        {"object": "chat.completion.chunk", "choices": ["no"]},
    ],
    [
        {"contentBlockDelta": {"delta": {"reasoningContent": {"text": "no"}}}},
        {"contentBlockDelta": {"delta": {"thinking": "r"}}},
        {"contentBlockDelta": {"delta": {"text": "a"}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": "no"}},
        {"chunk": {"delta": {"text": "b"}}},
        {"messageStop": {"stopReason": "end_turn"}},
    ],
]


@pytest.mark.parametrize("chunks", STREAMS)
def test_the_pieces_of_a_stream_are_joined(chunks: list[dict[str, Any]]) -> None:
    """Anthropic's events, OpenAI's chunks, Bedrock's."""
    assert answers_in(chunks) == [Answer(text="ab", reasoning="r")]


@pytest.mark.parametrize("item", [{"type": "ping"}, {"object": "chat.completion"}, {"object": 5}, {"chunk": {}}])
def test_other_objects_are_no_stream(item: dict[str, Any]) -> None:
    """They are read as their JSON text."""
    assert str(_texts([item])).count(next(iter(item))) == 1


@pytest.mark.each(
    ("kind", "value", "texts"),
    [
        ("json_text", "a", ["a"]),
        ("json_text", '{"role": "assistant", "content": "a"}', ["a"]),
        ("json_text", ' [{"role": "assistant", "content": "a"}]', ["a"]),
        ("json_text", "[a]", ["[a]"]),
        ("json_text", "12", ["12"]),
        ("json_text", "null", ["null"]),
        ("json_text", "", [""]),
        ("json_text", {"content": "a"}, ["a"]),
        ("answer", '{"role": "assistant", "content": "a"}', ['{"role": "assistant", "content": "a"}']),
        ("wrapped", {"answer": "a"}, ["a"]),
        ("wrapped", {"answer": 5}, ['{"answer": 5}']),
        ("wrapped", {"x": "a", "y": "b"}, ['{"x": "a", "y": "b"}']),
        ("wrapped", {"output": "a", "y": "b"}, ["a"]),
        ("wrapped", [{"x": "a"}, {"y": "b"}], ["a", "b"]),
        ("wrapped", [], None),
        ("wrapped", ["a", "b"], ["a", "b"]),
        ("wrapped", [{"x": "a"}, "b"], None),
        ("wrapped", "a", ["a"]),
        ("wrapped", {}, ["{}"]),
        ("steps", [], [""]),
        ("steps", [[]], [""]),
        ("steps", [[USER, _turn("b")], [USER, _turn("a")]], ["a"]),
        ("steps", [[_turn("a")], {"role": "tool", "content": "t"}], ["a"]),
        ("steps", ["a", "b"], ["a", "b"]),
        ("steps", "a", ["a"]),
        ("steps", None, [""]),
        ("conversation", [USER, _turn("a")], ["a"]),
        ("conversation", [USER, _turn("a"), USER], None),
        ("conversation", [USER, _turn("a"), {"role": "tool", "content": "t"}], ["a"]),
        ("conversation", [[USER, _turn("a")], [USER, _turn("b")]], ["a", "b"]),
        ("conversation", [[USER, _turn("a")], [USER]], None),
        ("conversation", [USER, [USER], _turn("a")], ["a"]),
        ("conversation", [], None),
        ("conversation", "a", None),
        ("conversation", {"messages": []}, None),
        ("calls", "a", ["a"]),
        ("calls", [], None),
        ("calls", ["a", "b"], ["a", "b"]),
        ("calls", [{"f": 5}], ['[{"f": 5}]']),
        ("calls", [{"f": "{}", "g": "{}"}], ['[{"f": "{}", "g": "{}"}]']),
        ("calls", [{"f": "{}"}, "a"], None),
        ("calls", [{"f": "{}"}, {"g": {}}], [""]),
    ],
)
def test_a_format_says_what_stands_at_its_place(kind: Kind, value: object, texts: list[str] | None) -> None:
    """Nested lists are k answers or steps; a question may end a conversation; a run's outputs have one text."""
    assert _texts(value, kind) == texts


def test_calls_by_name_become_calls_of_the_usual_shape() -> None:
    """BFCL writes ``[{name: arguments}]``, the arguments as JSON text or as an object."""
    calls = ({"function": {"name": "f", "arguments": "{}"}}, {"function": {"name": "g", "arguments": {"x": 1}}})

    assert answers_in([{"f": "{}"}, {"g": {"x": 1}}], "calls") == [Answer(tool_calls=calls)]


WRAPPERS = [
    lambda value: [value, value],
    lambda value: {"message": value},
    lambda value: {"output": value},
    lambda value: {"content": value},
    lambda value: {"turns": [value]},
    lambda value: {"messages": value},
    lambda value: {"choices": [value]},
    lambda value: {"choices": [[value]]},
    lambda value: {"output": [{"message": value}]},
]


@pytest.mark.each("wrap", WRAPPERS)
@pytest.mark.each("kind", ["answer", "steps", "wrapped", "conversation"])
def test_no_nesting_is_read_without_end(wrap: Any, kind: Kind) -> None:
    """Deeper than any platform nests, there is no text; the stack is not exhausted."""
    value: Any = {"content": [{"text": "a"}]} if kind != "conversation" else [_turn("a")]
    for _ in range(3_000):
        value = wrap(value) if not isinstance(wrap(0), list) else [value]

    assert all("a" not in text.split('"') for text in _texts(value, kind) or [])


def test_answers_are_read_to_the_limit() -> None:
    """One level more, and there is no text."""
    value: Any = ["a"]
    for _ in range(8):
        assert _texts(value) == ["a"]
        value = [value]
    assert _texts(value) is None

    body: Any = {"text": "a"}
    for _ in range(6):
        body = {"message": body}
    assert _texts(body) == ["a"]
    assert _texts({"message": body}) is None

    conversation: Any = [_turn("a")]
    for _ in range(7):
        conversation = [conversation]
    assert _texts(conversation, "conversation") == ["a"]
    assert _texts([conversation], "conversation") is None


def test_an_object_that_json_cannot_write_is_blank_or_text() -> None:
    """Objects of other kinds are written as Python shows them; a loop has no text."""
    loop: dict[str, Any] = {}
    loop["self"] = loop

    assert _texts({"x": {1}}) == ['{"x": "{1}"}']
    assert _texts(loop) == [""]
