"""Conversion of rows of every published shape into records."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.record import ReadingRules, record_from, rows_in
from rlvr.record.messages import text_of
from rlvr.record.places import value_at
from rlvr.record.references import reference_at_key, unwrap_reference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "messages", "body", "text", "a"]), inner),
    max_leaves=12,
)
ROW: dict[str, Any] = {"id": "1", "messages": [{"role": "assistant", "content": "x"}]}


@pytest.mark.each(
    ("event", "rows"),
    [
        ([ROW, 5], [ROW, 5]),
        (ROW, [ROW]),
        ({"trajectories": [ROW]}, [ROW]),
        ({"batch": [ROW]}, [ROW]),
        ({"body": '[{"id": 1}]'}, [{"id": 1}]),
        ({"body": [ROW]}, [ROW]),
        ({"body": {"batch": [ROW]}}, [ROW]),
        ({"body": "W3siaWQiOiAxfV0=", "isBase64Encoded": True}, [{"id": 1}]),
        ({"body": "!", "isBase64Encoded": True}, None),
        ({"body": "not json"}, None),
        ({}, None),
        (None, None),
        (5, None),
        ("text", None),
        ([], []),
        ({"prompt": "p", "response": "r"}, [{"prompt": "p", "response": "r"}]),
        ({"id": 1, "body": [ROW]}, [ROW]),
    ],
)
def test_rows_are_found_in_every_envelope(event: object, rows: object) -> None:
    """None means that the event contains no rows; an empty list is a batch without rows."""
    assert rows_in(event) == rows


@given(JSON)
def test_any_json_is_read(event: object) -> None:
    """No event and no row raises."""
    for row in rows_in(event) or [event]:
        assert record_from(row) is not None


@pytest.mark.each(
    ("content", "text"),
    [
        ("a", "a"),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "ab"),
        ([{"text": "a"}], "a"),
        (["a", "b"], "ab"),
        ({"text": "a"}, "a"),
        ({"content": [{"text": "a"}]}, "a"),
        (None, ""),
        (5, "5"),
        ([5], ""),
        ([{"type": "image"}], ""),
    ],
)
def test_content_of_every_shape_becomes_text(content: object, text: str) -> None:
    """Parts are joined without separators."""
    assert text_of(content) == text


def test_content_nested_without_end_is_cut() -> None:
    """A hostile event must not exhaust the stack."""
    content: object = "a"
    for _ in range(10_000):
        content = [content]

    assert text_of(content) == ""


@pytest.mark.each(
    ("reference", "inside"),
    [
        ({"text": "42"}, "42"),
        ('{"text": "42"}', "42"),
        ({"answer": {"text": "42"}}, "42"),
        ({"text": ""}, None),
        ("  ", None),
        ({}, None),
        ([], []),
        (float("nan"), None),
        (0, 0),
        (False, False),
        ('{"a": 1}', '{"a": 1}'),
        ({"a": 1}, {"a": 1}),
        ({"answer": "42", "explanation": "e"}, {"answer": "42", "explanation": "e"}),
        ("{x}", "{x}"),
        ("[1, 2]", "[1, 2]"),
    ],
)
def test_references_are_unwrapped(reference: object, inside: object) -> None:
    """Only objects whose single key is well-known are wrappers; other JSON stays."""
    assert unwrap_reference(reference) == inside


def test_a_key_can_be_taken_out_of_a_reference() -> None:
    """The object may be JSON text."""
    assert reference_at_key({"answer": "42", "why": "w"}, "answer") == "42"
    assert reference_at_key('{"answer": "42", "why": "w"}', "answer") == "42"
    assert reference_at_key("42", "answer") == "42"


@pytest.mark.each(
    ("columns", "reference", "place"),
    [
        ({"reference_answer": "top"}, "top", "reference_answer"),
        ({"metadata": {"reference_answer": {"text": "meta"}}}, "meta", "metadata.reference_answer"),
        (
            {"reference_answer": {"text": ""}, "metadata": {"reference_answer": "meta"}},
            "meta",
            "metadata.reference_answer",
        ),
        ({"extra_info": {"reference_answer": {"text": "x"}}}, "x", "extra_info.reference_answer"),
        ({"reward_model": {"ground_truth": "g"}}, "g", "reward_model.ground_truth"),
        ({"ground_truth": "g"}, "g", "ground_truth"),
        ({"answer": 5}, 5, "answer"),
        ({"prompt": "p", "chosen": [{"role": "assistant", "content": "c"}]}, "c", "chosen"),
        ({"query": "q", "model_response": "m", "response": "gold"}, "gold", "response"),
        ({}, None, ""),
    ],
)
def test_references_are_found_in_every_documented_place(columns: dict[str, Any], reference: object, place: str) -> None:
    """The record has the place, for explanations."""
    record = record_from(columns)

    assert (record.reference, record.reference_at) == (reference, place)


@pytest.mark.each(
    ("row", "completion"),
    [
        (ROW, "x"),
        ({"messages": [{"role": "assistant", "content": "few-shot"}, {"role": "assistant", "content": "x"}]}, "x"),
        ({"messages": [{"role": "nova_assistant", "content": [{"type": "text", "text": "x"}]}]}, "x"),
        ({"messages": [{"role": "assistant", "content": "few-shot"}, {"role": "user", "content": "q"}]}, ""),
        ({"messages": [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "t"}]}, "x"),
        ({"messages": "nonsense"}, ""),
        ({"prompt": "p", "completion": "x"}, "x"),
        ({"prompt": [{"role": "user", "content": "q"}], "data_source": "d", "response": "x"}, "x"),
        ({"query": "q", "model_response": "x", "response": "gold"}, "x"),
        ({"query": "q", "response": "gold"}, ""),
        ({"response": "x"}, "x"),
        ({"prompt": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "x"}]}, "x"),
    ],
)
def test_the_completion_is_the_models_answer(row: dict[str, Any], completion: str) -> None:
    """It is neither a few-shot turn nor the reference of the evaluation format."""
    assert record_from(row).completion == completion


@pytest.mark.parametrize(
    ("row", "record_id"),
    [
        ({"id": 7}, 7),
        ({"id": "a", "task_id": "b"}, "a"),
        ({"task_id": "b"}, "b"),
        ({"metadata": {"key": "k"}}, "k"),
        ({"id": None}, "3"),
        ({}, "3"),
        (5, "3"),
    ],
)
def test_ids_keep_their_type_and_are_made_up_only_where_absent(row: object, record_id: object) -> None:
    """A made-up id is the position of the row."""
    assert record_from(row, position=3).id == record_id


def test_metadata_contains_every_other_column() -> None:
    """``metadata`` wins over the columns of the row, which win over ``extra_info``."""
    row = {"id": 1, "a": "row", "b": "row", "metadata": {"a": "meta"}, "extra_info": {"b": "extra", "c": "extra"}}

    assert dict(record_from(row).metadata) == {"a": "meta", "b": "row", "c": "extra"}


def test_a_suite_may_name_the_places() -> None:
    """No other place is read then."""
    rules = ReadingRules(id=("uid",), completion=("out.text",), reference=("gold",))
    record = record_from({"uid": 9, "out": {"text": "x"}, "gold": "g", "reference_answer": "no"}, rules)

    assert (record.id, record.completion, record.reference) == (9, "x", "g")
    assert record_from({"reference_answer": "no"}, rules).reference is None


def test_a_column_named_with_dots_wins() -> None:
    """Flat exports have such columns."""
    assert value_at({"a.b": 1, "a": {"b": 2}}, "a.b") == 1


def test_rows_that_are_not_objects_say_so() -> None:
    """Each row has one result, whatever its type."""
    assert record_from([1]).problem == "the row is a list, not an object"
