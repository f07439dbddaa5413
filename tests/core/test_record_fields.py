"""The record: its fields by path, and the copies that scorers get."""

from typing import Any

import msgspec
import pytest

from rlvr.record import Fields, Record, fields_of
from rlvr.record.messages import Message
from rlvr.testing import a_record

QUESTION, ANSWER = Message(role="user", content="q"), Message(role="model", content="a")
CALLS = ({"function": {"name": "f"}},)


def _record(**more: Any) -> Record:
    values: dict[str, Any] = {"id": 1, "messages": (QUESTION, ANSWER), "completion": "<think>t</think>a"}
    return Record(**{**values, "reference": "g", "metadata": {"m": 1, "n.o": 2}, "tool_calls": CALLS, **more})


@pytest.mark.each(
    ("path", "value"),
    [
        ("id", 1),
        ("id.x", None),
        ("reference", "g"),
        ("completion", "<think>t</think>a"),
        ("tool_calls", CALLS),
        ("messages", (QUESTION, ANSWER)),
        ("metadata", {"m": 1, "n.o": 2}),
        ("metadata.m", 1),
        ("metadata.m.x", None),
        ("metadata.zzz", None),
        ("m", 1),
        ("n.o", 2),
        ("n", None),
        ("zzz", None),
        ("task", None),
        ("problem", None),
    ],
)
def test_a_field_is_read_by_its_path(path: str, value: object) -> None:
    """A field of the record, else a column of its metadata."""
    assert _record(task="t", problem="p").field(path) == value


@pytest.mark.parametrize(
    ("paths", "fields"),
    [
        ([], ((), ())),
        (["reference", "id"], (("id", "reference"), ())),
        (["completion", "tool_calls"], ((), ())),
        (["metadata.m", "domain"], ((), ("domain", "m"))),
        (["a.b"], ((), ("a", "a.b"))),
        (["metadata.a.b"], ((), ("a", "a.b"))),
        (["metadata", "a", "metadata.b"], (("metadata",), ())),
        (["reference.x"], (("reference",), ())),
        (["task"], ((), ("task",))),
    ],
)
def test_paths_are_divided_into_fields_and_columns(paths: list[str], fields: Fields) -> None:
    """The name of a column may contain a dot; all of the metadata includes each column."""
    assert fields_of(paths) == fields


def test_a_scorer_gets_the_fields_that_it_reads() -> None:
    """The completion always, its calls, and the views that others made of it."""
    record = _record(prompt_turns=1, typed_reasoning="r", reference_at="answer", is_unanswered=True)
    part = record.only((("reference",), ("m", "zzz")))

    assert (part.completion, part.tool_calls, part.reference, part.metadata) == (
        record.completion,
        CALLS,
        "g",
        {"m": 1},
    )
    assert (part.id, part.messages, part.reference_at, part.prompt_turns) == (None, (), "", 1)
    assert (part.reasoning, part.typed_reasoning) == ("r\nt", "r")
    assert part.final is record.final
    assert record.only(((), ())).metadata == {}
    assert record.only((("metadata",), ())).metadata == record.metadata


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ((QUESTION, ANSWER), (QUESTION, Message(role="model", content="x"))),
        ((ANSWER, QUESTION), (ANSWER, QUESTION)),
        (
            (QUESTION, ANSWER, Message(role="tool")),
            (QUESTION, Message(role="model", content="x"), Message(role="tool")),
        ),
        ((), ()),
    ],
)
def test_a_record_with_another_completion(messages: tuple[Message, ...], wanted: tuple[Message, ...]) -> None:
    """The answer is replaced in the conversation; there are no calls, and the views are those of the new text."""
    record = _record(messages=messages)
    assert record.final == "a"
    other = record.with_completion("x")

    assert (other.completion, other.final, other.messages, other.tool_calls) == ("x", "x", wanted, ())
    assert (other.id, other.reference, record.final) == (1, "g", "a")


@pytest.mark.parametrize(
    ("read", "problem"),
    [
        ({"messages": (QUESTION,)}, ""),
        ({"metadata": {"m": 1}}, ""),
        ({"reference_at": "answer"}, ""),
        ({}, "no completion found"),
    ],
)
def test_a_record_that_is_answered_has_no_problem(read: dict[str, Any], problem: str) -> None:
    """Unless nothing was read of its row."""
    record = Record(problem="no completion found", is_unanswered=True, typed_reasoning="r", **read)
    other = record.with_completion("x")

    assert (other.problem, other.is_unanswered, other.reasoning) == (problem, False, "")


def test_a_record_is_equal_only_to_itself() -> None:
    """Each row has a result of its own."""
    assert _record() != _record()
    assert len({_record(), _record()}) == 2


def test_views_are_made_once_for_a_text_and_its_marks() -> None:
    """A copy with another text, or with other marks, has views of its own."""
    record = _record()
    assert record.final is record.final
    assert msgspec.structs.replace(record, completion="b").final == "b"
    assert msgspec.structs.replace(record, reasoning_tags=(("[", "]"),)).final == "<think>t</think>a"


@pytest.mark.parametrize(("end", "prompt"), [(None, (QUESTION,)), (0, ()), (1, (QUESTION,)), (2, (QUESTION, ANSWER))])
def test_the_prompt_is_the_conversation_before_the_completion(end: int | None, prompt: tuple[Message, ...]) -> None:
    """Up to the last question, unless the row says where it ends."""
    assert _record(prompt_turns=end).prompt == prompt


@pytest.mark.parametrize("name", ["full", "final", "visible", "reasoning", "code_blocks", "json"])
def test_each_view_has_a_name(name: str) -> None:
    """No other attribute of a record is a view."""
    record = a_record("<think>t</think>```json\n1\n```")

    assert record.view(name) == getattr(record, name)
    assert record.view(name)
    with pytest.raises(KeyError, match="completion"):
        record.view("completion")


def test_the_stated_answers_are_those_of_the_final_view() -> None:
    """Reasoning states nothing."""
    record = a_record("<think>\\boxed{1}</think>\\boxed{2}")

    assert record.view("stated") is record.stated
    assert [each.text for each in record.stated.statements] == ["2"]
