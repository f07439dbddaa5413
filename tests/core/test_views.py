"""The views of a completion."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr.record.views import code_blocks_in, final_in, json_in, reasoning_in
from rlvr.testing import a_record


@pytest.mark.parametrize(
    ("completion", "final"),
    [
        ("42", "42"),
        ("<think>41?</think> 42", "42"),
        ("41? hm</think>42", "42"),  # the chat template opened the block in the prompt
        ("42 <think>or not", "42"),
        ("<think>41", ""),
        ("<think>a</think>42<think>b</think>", "42"),
        ("<think><think>a</think>41</think>42", "42"),
        ("<thinking>a</thinking>42", "42"),
        ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>42<|end_of_solution|> bye", "42"),
        ("<|begin_of_solution|>42", "42"),
        ("a < b and <b>bold</b>", "a < b and <b>bold</b>"),
        ("42</think>", ""),
    ],
)
def test_final_is_the_text_outside_reasoning(completion: str, final: str) -> None:
    """Missing, doubled and dangling marks each have one documented rule, and none leaks reasoning."""
    assert final_in(completion) == final


def test_reasoning_is_the_text_that_final_leaves_out() -> None:
    """The marks are in neither view."""
    assert reasoning_in("<think>a</think> 42 <think>b") == "a\nb"


def test_a_suite_can_have_its_own_marks() -> None:
    """Other marks replace the known ones."""
    assert final_in("[[a]]42<think>b", [("[[", "]]")]) == "42<think>b"


@given(st.text(st.characters()))
def test_any_text_has_every_view(text: str) -> None:
    """No text makes a view raise."""
    record = a_record(text)

    assert record.full == text
    assert isinstance(record.final + record.reasoning + record.json, str)
    assert isinstance(record.code_blocks, tuple)


@pytest.mark.parametrize(
    "piece", ["<think>", "</think>", "<think>a</think>", "```", "```\n", "~~~x\n", "<|begin_of_solution|>"]
)
def test_views_take_time_in_proportion_to_the_text(piece: str) -> None:
    """Eight times the text takes far less than sixty-four times as long."""

    def seconds(count: int) -> float:
        record = a_record(piece * count)
        start = time.process_time()
        _ = record.final, record.reasoning, record.code_blocks
        return time.process_time() - start

    assert min(seconds(80_000) for _ in range(3)) < 24 * min(seconds(10_000) for _ in range(3)) + 0.01


def test_code_blocks_are_fenced() -> None:
    """A fence closes with at least as many of the same marks; the language is the first word."""
    text = "a\n```Python x\nprint('```')\n```\n~~~\nb\n```\n~~~~\n````\n```\n````"
    blocks = code_blocks_in(text)

    assert [(block.language, block.text, block.closed) for block in blocks] == [
        ("python", "print('```')", True),
        ("", "b\n```", True),
        ("", "```", True),
    ]


def test_an_unclosed_block_is_marked() -> None:
    """The code of a truncated answer is kept, and marked."""
    (block,) = code_blocks_in("```py\nx = 1")

    assert (block.text, block.closed) == ("x = 1", False)


def test_blocks_inside_reasoning_are_not_an_answer() -> None:
    """The code view reads the final view."""
    assert a_record("<think>```\n1\n```</think>\n```\n2\n```").code_blocks[0].text == "2"


@pytest.mark.parametrize(
    ("text", "document"),
    [
        (' {"a": 1} ', '{"a": 1}'),
        ('so:\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ("```\n[1]\n```", "[1]"),
        ("```json\n1\n```\n```json\n2\n```", ""),
        ("```python\nx\n```\n```json\n2\n```", "2"),
    ],
)
def test_json_is_one_document_or_none(text: str, document: str) -> None:
    """Two candidates are ambiguous, and neither may get a reward."""
    assert json_in(text, code_blocks_in(text)) == document


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\ufeff", "\x00\x1f", "\u00ad\u2060"])
def test_a_text_that_prints_as_nothing_is_not_an_answer(text: str) -> None:
    """Characters without width are blank too."""
    assert a_record(text).is_blank


def test_a_tool_call_is_an_answer() -> None:
    """The content may be null then."""
    assert not a_record("", tool_calls=[{"function": {"name": "f"}}]).is_blank


def test_fields_are_read_by_path() -> None:
    """A field of the record comes before a column of its metadata, which is read with or without its prefix."""
    record = a_record("x", {"kind": "k"}, domain="math", nested={"a": [1]}, messages="column")

    assert record.field("reference.kind") == "k"
    assert record.field("messages") == record.messages
    assert record.field("domain") == record.field("metadata.domain") == "math"
    assert record.field("nested.a") == [1]
    assert record.field("nested.a.b") is None


def test_an_unknown_view_is_an_error() -> None:
    """A misspelt view in an option must not read another text."""
    assert a_record("x").view("final") == "x"
    with pytest.raises(KeyError):
        a_record("x").view("finale")
