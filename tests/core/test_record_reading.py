"""What is read from a row, and from where: one problem, one answer, or k of them."""

import gc
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from rlvr.record import CodeBlock, Reading, ReadingRules, Record, read_row, record_from, records_from
from rlvr.record import reading as module
from rlvr.record.completions import Answer
from rlvr.record.marks import Cut, Mark, MarkKind
from rlvr.record.messages import Message
from rlvr.record.rules import DEFAULT_RULES

USER = {"role": "user", "content": "q"}
TOOL = {"role": "tool", "content": "t"}
CALL = {"function": {"name": "f"}}
OTHER_CALL = {"function": {"name": "g"}}


def _turn(text: str = "a", *calls: object) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **({"tool_calls": list(calls)} if calls else {})}


def _found(row: dict[str, Any], rules: ReadingRules = DEFAULT_RULES) -> tuple[list[str], str]:
    reading = read_row(row, rules)
    return [answer.text for answer in reading.answers], reading.completion_at


@pytest.mark.each(
    ("row", "texts", "place"),
    [
        # what is handed over
        ({"completion": "a", "response": "b"}, ["a"], "completion"),
        ({"completion": None, "completions": ["a", "b"]}, ["a", "b"], "completions"),
        ({"completions": None, "completion": None}, [""], "completion"),
        ({"completion": [], "completions": "a"}, ["a"], "completions"),
        ({"completion": [], "completions": None}, [""], "completions"),
        ({"completion": [None, None]}, ["", ""], "completion"),
        ({"messages": [USER, _turn("b")], "completion": "a"}, ["a"], "completion"),
        ({"completion": [USER, _turn(), USER]}, ["a"], "completion"),
        # the place of a format; what is handed over has no kind of it
        ({"input": "q", "output": "a", "gts": "g"}, ["a"], "output"),
        ({"score": 1, "convo": [USER, _turn()]}, ["a"], "convo"),
        ({"score": 1, "convo": [USER, _turn("b")], "completion": [_turn(), USER]}, ["a"], "completion"),
        # columns that may be it
        ({"response": "a", "output": "a"}, ["a"], "response"),
        ({"response": None, "output": "a"}, ["a"], "output"),
        ({"response": None, "output": None}, [""], "response"),
        ({"response": None, "output": [None, "a"]}, ["", "a"], "output"),
        ({"responses": ["a", "b"], "output": ["a", "b"]}, ["a", "b"], "responses"),
        ({"output": "", "response": ""}, [""], "response"),
        ({"response": None, "messages": [USER, _turn()]}, ["a"], "messages"),
        ({"response": "a", "messages": [USER, _turn("b")]}, ["a"], "response"),
        ({"response": None, "messages": [USER]}, [""], "messages"),
        # conversations
        ({"messages": [USER, _turn()]}, ["a"], "messages"),
        ({"messages": [USER, _turn(), TOOL]}, ["a"], "messages"),
        ({"messages": [_turn(), USER]}, [""], "messages"),
        ({"messages": []}, [""], "messages"),
        ({"prompt": [USER, _turn()]}, ["a"], "prompt"),
        ({"messages": [USER], "prompt": [USER, _turn()]}, [""], "messages"),
        # an event of a platform
        ({"messages": [USER, _turn()], "reference_answer": "g", "completion": "b", "output": "b"}, ["a"], "messages"),
        ({"messages": [USER], "reference_answer": "g", "completion": "a", "response": "b"}, ["a"], "completion"),
        (
            {"messages": [USER], "reference_answer": "g", "completion": "b", "model_response": "a"},
            ["a"],
            "model_response",
        ),
        ({"messages": [USER], "reference_answer": "g", "completion": None, "response": "a"}, ["a"], "response"),
        ({"messages": [USER], "reference_answer": "g", "completion": [], "response": "a"}, ["a"], "response"),
        ({"messages": [USER], "reference_answer": "g", "output": "b"}, [""], "messages"),
        # a text that repeats its prompt
        ({"generated_text": "q a", "prompt": "q"}, ["a"], "generated_text"),
        ({"generated_text": "a q", "prompt": "q"}, ["a q"], "generated_text"),
        ({"generated_text": "a"}, ["a"], "generated_text"),
        ({"generated_text": "q\n a", "prompt": "q"}, ["\n a"], "generated_text"),
        ({"generated_text": [USER, _turn("q a")], "prompt": "q"}, ["q a"], "generated_text"),
        ({"generated_text": ["qa", "q b", "c"], "prompt": "q"}, ["a", "b", "c"], "generated_text"),
        ({"query": ["q a", "r b"], "prompts": ["q", "r"]}, ["a", "b"], "query"),
        ({"query": ["q a", "r b"], "prompts": ["r"]}, ["q a", "b"], "query"),
        ({"query": "r a", "prompts": ["q", "r"]}, ["a"], "query"),
        ({"query": ["q a"], "prompts": []}, ["q a"], "query"),
    ],
)
def test_the_completion_and_its_place(row: dict[str, Any], texts: list[str], place: str) -> None:
    """The first place with a value; null is blank if no other place has one."""
    assert _found(row) == (texts, place)
    assert read_row(row).problem == ""


@pytest.mark.each(
    ("row", "rules", "problem"),
    [
        ({"response": "a", "output": "b"}, "", "`response` and `output` differ, and either may be the completion; "),
        ({"response": "a", "output": "a", "generation": "b"}, "", "`response` and `generation` differ"),
        ({"response": "a", "output": 5}, "", "`response` and `output` differ"),
        ({"response": [1], "output": "b"}, "", "`response` and `output` differ"),
        ({"responses": ["a", "b"], "output": "a"}, "", "differ"),
        ({"response": [1], "output": [2]}, "", "`response` holds no text of a completion but a list"),
        ({"output": []}, "", "`output` is an empty list: the row has no completion"),
        ({"completion": [1]}, "", "`completion` holds no text of a completion but a list"),
        ({"completion": [USER]}, "", "`completion` has no turn of the model after the last question"),
        ({"completion": [1], "completions": []}, "", "`completion` holds no text"),
        ({"completion": {"choices": []}}, "", "`completion` holds no text of a completion but an object"),
        ({"prompt": [USER]}, "", "no completion found (columns: prompt)"),
        ({"prompt": []}, "", "no completion found"),
        ({"prompt": "a"}, "", "no completion found"),
        ({"messages": "a"}, "", "no completion found"),
        ({"messages": None}, "", "no completion found"),
        ({"completion": "a"}, "out", "the row has no `out`"),
        ({"messages": [USER, _turn()], "prompt": "q"}, "out", "the row has no `out`"),
        ({"prompt": [USER, _turn()], "output": "a"}, "out", "the row has no `out`"),
        ({"out": {}}, "out.text", "the row has no `out.text`"),
        ({"output_1": "a", "output_2": "a"}, "", "the row holds the answers of two models; name one"),
        ({"completion": None, "error": "e"}, "", "the row says that the call failed (error: e)"),
        ({"prompt": "p", "error": "e"}, "", "the row says that the call failed (error: e)"),
        ({"response": "a", "output": "b", "error": "e"}, "", "the row says that the call failed"),
        ({"out": [], "error": "e"}, "out", "the row says that the call failed"),
        ({"id": 1, "result": "a", "traceback": "T"}, "", "the row says that the call failed"),
    ],
)
def test_a_row_without_one_completion_has_a_problem(row: dict[str, Any], rules: str, problem: str) -> None:
    """And no answers."""
    reading = read_row(row, ReadingRules(completion=(rules,)) if rules else DEFAULT_RULES)

    assert problem in reading.problem
    assert reading.answers == ()
    assert not reading.is_unanswered


def test_a_problem_proposes_the_reference_where_there_is_none() -> None:
    """The line that would help."""
    assert "reference: b" in read_row({"a": "xxx", "b": "x"}).problem
    assert "reference: b" not in read_row({"a": "xxx", "b": "x", "answer": "g"}).problem
    assert "name one: `read: {completion: response}`" in read_row({"response": "a", "output": "b"}).problem


@pytest.mark.parametrize(
    ("row", "is_it"),
    [
        ({"messages": [USER]}, True),
        ({"messages": []}, True),
        ({"messages": [USER, _turn("")]}, False),
        ({"prompt": [USER]}, False),
        ({"response": None}, False),
        ({"response": None, "messages": [USER]}, True),
        ({"messages": [USER], "reference_answer": "g", "response": "a"}, False),
    ],
)
def test_what_is_unanswered(row: dict[str, Any], *, is_it: bool) -> None:
    """Only ``messages`` that end with the question."""
    assert read_row(row).is_unanswered is is_it
    assert record_from(row).is_unanswered is is_it


@pytest.mark.each(
    ("row", "prompt", "place"),
    [
        ({"prompt": "q", "completion": "a"}, ["q"], "prompt"),
        ({"completion": "a"}, [], ""),
        ({"messages": [USER, _turn()], "prompt": "p"}, ["q"], "messages"),
        ({"messages": [USER], "prompt": "p"}, ["q"], "messages"),
        ({"completion": [USER, _turn()]}, ["q"], "completion"),
        ({"completion": [_turn()]}, [], ""),
        ({"completion": [USER, _turn()], "prompt": "p"}, ["p"], "prompt"),
        ({"conversations": [USER, _turn()]}, ["q"], "conversations"),
        ({"conversations": [USER]}, ["q"], "conversations"),
        ({"conversations": [_turn("b"), USER]}, ["b", "q"], "conversations"),
        ({"prompt": [USER, _turn()]}, ["q"], "prompt"),
        ({"completion": 5, "out": [USER]}, [], ""),
        ({"completions": [[USER, _turn()], [USER, _turn()]]}, ["q"], "completions"),
    ],
)
def test_the_prompt_and_its_place(row: dict[str, Any], prompt: list[str], place: str) -> None:
    """That of a column, or of the conversation that was read."""
    assert read_row(row).prompt_at == place
    for record in records_from(row):
        assert [turn.content for turn in record.prompt] == prompt or record.problem


def test_an_unanswered_conversation_of_a_format_has_its_prompt() -> None:
    """So that its kind is shown."""
    assert [turn.content for turn in read_row({"conversations": [_turn("b"), USER]}).prompt] == ["b", "q"]
    assert [turn.content for turn in read_row({"conversations": [USER, TOOL]}).prompt] == ["q"]


@pytest.mark.each(
    ("row", "reference", "place"),
    [
        ({"answer": "g", "target": "h"}, "g", "answer"),
        ({"answer": None, "target": "h"}, "h", "target"),
        ({"answer": {"text": " "}, "target": "h"}, "h", "target"),
        ({"answer": [], "target": "h"}, "h", "target"),
        ({"answer": [], "target": []}, [], "answer"),
        ({"answer": 0, "target": "h"}, 0, "answer"),
        ({"answer": False}, False, "answer"),
        ({"answer": []}, [], "answer"),
        ({"answer": ""}, None, ""),
        ({"metadata": {}, "answer": "g"}, "g", "answer"),
        ({"metadata": {"x": 1}}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_reference_and_its_place(row: dict[str, Any], reference: object, place: str) -> None:
    """The first that is one; an empty list only if there is no other."""
    reading = read_row({"completion": "a", **row})

    assert (reading.reference, reading.reference_at) == (reference, place)


@pytest.mark.parametrize(
    ("row", "rules", "identity", "place"),
    [
        ({"id": 0}, (), 0, "id"),
        ({"id": None, "uid": "u"}, (), "u", "uid"),
        ({"metadata": {"id": "m"}}, (), "m", "metadata.id"),
        ({"id": 1}, ("x.y", "z"), "7", ""),
        ({"id": 1, "z": {"a": 1}}, ("x.y", "z"), {"a": 1}, "z"),
        ({}, (), "7", ""),
    ],
)
def test_the_id_and_its_place(row: dict[str, Any], rules: tuple[str, ...], identity: object, place: str) -> None:
    """The position of the row, if it has none."""
    reading = read_row(row, ReadingRules(id=rules), position=7)

    assert (reading.id, reading.id_at) == (identity, place)


def test_the_position_is_that_of_the_first_row_by_habit() -> None:
    """In each function."""
    assert read_row({}).id == read_row(5).id == record_from({}).id == records_from({})[0].id == "0"


@pytest.mark.parametrize(
    ("row", "metadata"),
    [
        ({"completion": "a", "x": 1}, {"x": 1}),
        ({"completion": "a"}, {}),
        ({"x": 1, "metadata": {"x": 2}, "extra_info": {"x": 3, "y": 4}}, {"x": 2, "y": 4}),
        ({"x": 1, "metadata": "m", "extra_info": "e"}, {"x": 1}),
        ({"metadata": {"reference_answer": "g", "y": 1}}, {"y": 1}),
        ({"extra_info": {"reference_answer": "g"}}, {}),
    ],
)
def test_metadata_cannot_be_changed(row: dict[str, Any], metadata: dict[str, Any]) -> None:
    """All other columns, without the reference of a platform."""
    found = read_row(row).metadata

    assert type(found) is MappingProxyType
    assert dict(found) == metadata


@pytest.mark.parametrize("row", [5, None, "text", [1], True])
def test_a_row_that_is_no_object_has_a_problem(row: object) -> None:
    """It says what the row is."""
    reading = read_row(row, position=3)

    assert reading.problem.startswith("the row is ")
    assert reading.problem.endswith(", not an object")
    assert reading == Reading(id="3", problem=reading.problem)
    assert len(records_from(row)) == 1


def test_a_mapping_of_another_kind_is_a_row() -> None:
    """Its cells are converted, too."""
    assert record_from(MappingProxyType({"completion": (b"a",)})).completion == "a"
    assert record_from({"completion": b"a"}).completion == "a"


def test_a_bug_costs_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch goes on, and the reason is short."""

    def broken(*_: object) -> None:
        raise ValueError("x" * 500)

    monkeypatch.setattr(module, "_find_reference", broken)
    record = record_from({"completion": "a"}, position=4)

    assert (record.id, record.completion) == ("4", "")
    assert record.problem == "the row cannot be read: ValueError: " + "x" * 200


def test_k_completions_are_k_records_or_a_problem() -> None:
    """Whoever asks for one record gives one reward for the row."""
    row = {"prompt": "q", "completions": ["a", "b"], "answer": "g", "id": 1}

    assert [(each.completion, each.id, each.reference) for each in records_from(row)] == [("a", 1, "g"), ("b", 1, "g")]
    record = record_from(row)
    assert (record.completion, record.id, record.reference) == ("", 1, "g")
    assert record.problem == (
        "the row has 2 completions at `completions`, and one result is expected for each row; "
        "send a row for each completion"
    )
    assert record_from({"prompt": "q", "completions": ["a"]}).completion == "a"


@pytest.mark.parametrize(
    ("row", "pairs"),
    [
        ({"query": ["qa", "rb"], "prompts": ["q", "r"], "labels": ["g", "h"]}, [("q", "g"), ("r", "h")]),
        ({"query": ["qa", "qb"], "prompts": ["q"], "labels": ["g"]}, [("q", ["g"]), ("q", ["g"])]),
        ({"query": ["qa", "qb"], "prompts": ["q"], "labels": "g"}, [("q", "g"), ("q", "g")]),
        ({"query": "qa", "prompts": ["q"], "labels": ["g"]}, [("q", "g")]),
        ({"query": "qa", "prompts": ["q"], "labels": ["g", "h"]}, [("q", ["g", "h"])]),
        ({"prompt": ["q", "r"], "completions": ["a", "b"], "answer": ["g", "h"]}, [("qr", ["g", "h"])] * 2),
    ],
)
def test_prompts_and_references_of_a_batch_are_paired(row: dict[str, Any], pairs: list[Any]) -> None:
    """Where the format says so, and there is one for each completion."""
    records = records_from(row)

    assert [("".join(turn.content for turn in each.prompt), each.reference) for each in records] == pairs


TRAJECTORY = [_turn("", CALL), TOOL, _turn("a", OTHER_CALL), TOOL]


@pytest.mark.each(
    ("row", "messages", "prompt", "calls"),
    [
        ({"prompt": "q", "completion": "a"}, "user", 1, ""),
        ({"completion": "a"}, "", 0, ""),
        ({"messages": [USER, _turn()]}, "user assistant", 1, ""),
        ({"prompt": [USER], "completion": TRAJECTORY}, "user assistant tool assistant", 1, "fg"),
        ({"prompt": [USER], "completion": [USER, *TRAJECTORY]}, "user assistant tool assistant", 1, "fg"),
        ({"completion": [USER, *TRAJECTORY]}, "user assistant tool assistant", 1, "fg"),
        ({"completion": [_turn("", CALL), USER, _turn("a")]}, "assistant user assistant", 2, ""),
        ({"completion": TRAJECTORY}, "assistant tool assistant", 0, "fg"),
        ({"prompt": "p", "completion": [USER, *TRAJECTORY]}, "user user assistant tool assistant", 1, "fg"),
        ({"completion": _turn("a", CALL), "prompt": "q"}, "user", 1, "f"),
        ({"completion": {"tool_calls": [CALL]}}, "", 0, "f"),
    ],
)
def test_the_conversation_of_a_record(row: dict[str, Any], messages: str, prompt: int, calls: str) -> None:
    """The prompt and the turns of the completion; all calls of these turns by option."""
    record = record_from(row)

    assert [turn.role for turn in record.messages] == messages.split()
    assert record.prompt == record.messages[:prompt]
    everything = record_from(row, ReadingRules(tool_calls="all_turns"))
    assert "".join(call["function"]["name"] for call in everything.tool_calls) == calls
    assert "".join(call["function"]["name"] for call in record.tool_calls) == calls[-1:]


def test_a_record_has_what_was_read() -> None:
    """Each part."""
    rules = ReadingRules(reasoning_tags=(("<r>", "</r>"),))
    turn = {**_turn("<r>s</r>a"), "reasoning_content": "r"}
    record = record_from({"messages": [USER, turn], "answer": "g", "x": 1}, rules)

    assert (record.id, record.completion, record.reference, record.reference_at) == ("0", "<r>s</r>a", "g", "answer")
    assert (record.reasoning, record.final, record.metadata) == ("r\ns", "a", {"x": 1, "answer": "g"})
    assert (record.problem, record.task, record.is_unanswered) == ("", None, False)


PARTS = (
    *(Answer(), Message(role="user"), Reading(), Record()),
    *(Mark(MarkKind.OPENING, "", 0, 0), Cut(0, 0, is_reasoning=True, leads=True)),
)
BLOCK = CodeBlock(language="py", text="x")


@pytest.mark.parametrize("part", [*PARTS, BLOCK])
def test_what_was_read_cannot_be_changed(part: msgspec.Struct) -> None:
    """Several scorers read the same record."""
    first, *_ = part.__struct_fields__
    with pytest.raises(AttributeError):
        setattr(part, first, None)


@pytest.mark.parametrize("kind", [Answer, Message, Reading, Record])
def test_parts_of_a_row_are_named(kind: type[msgspec.Struct]) -> None:
    """They have many fields."""
    with pytest.raises(TypeError):
        kind("user")


CALLS: tuple[Any, ...] = ([],)


@pytest.mark.parametrize(
    "part", [Answer(tool_calls=CALLS), Message(role="", tool_calls=CALLS), Reading(id=[]), Record(tool_calls=CALLS)]
)
def test_the_collector_does_not_follow_what_was_read(part: msgspec.Struct) -> None:
    """A batch has many of them, and each collection would look at all."""
    assert not gc.is_tracked(part)
