"""Templates of graders: places of a row and of an answer, and nothing else."""

from __future__ import annotations

import pytest

from rlvr import MissingError, TemplateError, parse_template, record_from


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a constant", "a constant"),
        ("{{ sample.output_text }}", '{"x": {"y": [1, "two"]}}'),
        ("<{{sample.output_json.x.y.1}}> {{ sample.output_json.x.y[0] }}", "<two> 1"),
        ("{{ sample.output_json.x }}", '{"y": [1, "two"]}'),
        ("{{ item.answer }} or {{ item.deep.list.0 }}", "Paris or né"),
        ("{ no place } $ \\ {", "{ no place } $ \\ {"),
        ("{{ sample.choices.0.message.role }}", "assistant"),
    ],
)
def test_a_template_is_filled(text: str, expected: str) -> None:
    """Texts as they are, other values as JSON."""
    completion = '<think>{"x": 0}</think>{"x": {"y": [1, "two"]}}'
    record = record_from({"completion": completion, "answer": "Paris", "deep": {"list": ["né"]}})

    assert parse_template(text).fill(record) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ item.__class__.x }} {{ {} }}",
        "{{ item.x }}" * 51,
        "{{ other.x }}",
        "{{ item }}",
        "{{ sample.text }}",
        "{{ item.x() }}",
        "{{ item.x | upper }}",
        "{{ item.x",
        "x }}",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    """No expression of a template language is read."""
    with pytest.raises(TemplateError):
        parse_template(text)


@pytest.mark.parametrize("completion", ["no JSON", "[" * 100_000, '{"x": 1}', '{"y": ', "", "\ud800"])
def test_a_field_that_the_answer_lacks_is_its_own_fault(completion: str) -> None:
    """Whatever stands there; a column that is missing is the row's."""
    record = record_from({"completion": completion, "answer": "Paris"})
    with pytest.raises(MissingError) as missing:
        parse_template("{{ sample.output_json.y }}").fill(record)
    assert not missing.value.is_of_row
    with pytest.raises(MissingError) as missing:
        parse_template("{{ item.column }}").fill(record)
    assert missing.value.is_of_row
