"""What a row without a completion tells its user."""

from typing import Any

import pytest

from rlvr.record import ReadingRules
from rlvr.record.missing import describe_columns, describe_missing
from rlvr.record.rules import DEFAULT_RULES

NAME = "name the place of the model's answer: `read: {completion: ...}`"


def _hint(row: dict[str, Any], *, has_reference: bool = True) -> str:
    return describe_missing(row, DEFAULT_RULES, has_reference=has_reference).partition("; ")[2]


@pytest.mark.each(
    ("columns", "line"),
    [
        ({"a": "xx", "b": "xxx"}, "{completion: b}"),
        ({"a": 1, "b": 2.25}, "{completion: b}"),
        ({"a_1": "x"}, "{completion: a_1}"),
        ({"a 1": "x"}, '{completion: "a 1"}'),
        ({"a.b": "x"}, '{completion: "a.b"}'),
        ({"a" * 100: "x"}, "{completion: " + "a" * 60 + "}"),
        ({"a": "", "b": "x"}, "{completion: b}"),
        ({"a": ["xxx"], "b": "x", "c": None, "d": {}}, "{completion: b}"),
        ({"q": "a long question", "out": "4", "output_2": "42"}, "{completion: output_2}"),
        ({"q": "a long question", "Response_A": "4"}, "{completion: Response_A}"),
    ],
)
def test_the_longest_unknown_text_is_proposed(columns: dict[str, Any], line: str) -> None:
    """First among names that begin as those of completions do; it is quoted where YAML needs it, and cut."""
    name = line[len("{completion: ") : -1].strip('"')

    assert _hint({"prompt": "p" * 100, **columns}) == f"if `{name}` is the model's answer, write `read: {line}`"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"a": "xx", "b": "x"}, "{completion: a, reference: b}"),
        ({"a": "xx", "b": "xxx", "c": "x"}, "{completion: b, reference: c}"),
        ({"a": "x", "b": "x"}, "{completion: a, reference: b}"),
        ({"a": "xx", "b c": 5}, '{completion: a, reference: "b c"}'),
        ({"a": "xx"}, "{completion: a}"),
    ],
)
def test_the_shortest_one_is_proposed_as_the_reference(columns: dict[str, Any], line: str) -> None:
    """Where there is none yet."""
    assert _hint(columns, has_reference=False).endswith(f"write `read: {line}`")
    assert "reference" not in _hint(columns)


@pytest.mark.each(
    "name",
    [
        *("pred", "extracted_answer", "filtered_resps", "score", "reward", "correct", "preference", "model", "type"),
        *("prompt", "question", "answer", "target", "messages", "system", "metadata", "id", "level"),
    ],
)
def test_known_and_derived_columns_are_not_proposed(name: str) -> None:
    """However long their texts are."""
    assert _hint({name: "xxx"}) == NAME
    assert "`b`" in _hint({name: "xxx", "b": "x"})


def test_a_named_place_is_told() -> None:
    """Each of its alternatives."""
    rules = ReadingRules(completion=("a.b", "c"))

    assert describe_missing({"x": 1}, rules, has_reference=True) == (
        "no completion found: the row has no `a.b` or `c`, which `read.completion` names (columns: x)"
    )
    assert describe_missing({}, DEFAULT_RULES, has_reference=True) == f"no completion found (columns: none); {NAME}"


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "none"), (1, "0"), (2, "0, 1"), (20, ", ".join(map(str, range(20)))), (21, "18, 19 and 1 more")],
)
def test_columns_are_told_up_to_a_number(number: int, told: str) -> None:
    """Long names are cut."""
    assert describe_columns({str(each): 1 for each in range(number)}).endswith(told)
    assert describe_columns({"a" * 100: 1}) == "a" * 60
