"""References without the wrappers of platforms and data sets."""

from typing import Any

import pytest

from rlvr.record.references import WRAPPING_KEYS, reference_at_key, unwrap_reference


class Cell:
    """A value of a table."""

    def __init__(self, value: object) -> None:
        self._value = value

    def tolist(self) -> object:
        """Return the value."""
        return self._value


USER = {"role": "user", "content": "q"}
ANSWER = {"role": "assistant", "content": "a"}


@pytest.mark.each(
    ("reference", "inside"),
    [
        ("a", "a"),
        (" a", " a"),
        ("", None),
        (" \n", None),
        (None, None),
        (float("nan"), None),
        (0, 0),
        (False, False),
        (Cell(["12"]), ["12"]),
        (Cell(float("nan")), None),
        (Cell({"text": "a"}), "a"),
        ([], []),
        ((), ()),
        ({}, None),
        ("{}", "{}"),
        ("{x}", "{x}"),
        # wrappers
        *(({key: "a"}, "a") for key in sorted(WRAPPING_KEYS)),
        ({"text": ""}, None),
        ({"text": None}, None),
        ({"text": {}}, None),
        ({"text": []}, []),
        ({"text": 0}, 0),
        ({"text": ["a", "b"]}, ["a", "b"]),
        ({"text": "a", "x": 1}, {"text": "a", "x": 1}),
        ({"x": "a"}, {"x": "a"}),
        ('{"text": "a"}', "a"),
        (' {"text": "a"}', "a"),
        ('{"text": {"answer": "a"}}', "a"),
        ({"text": '{"answer": "a"}'}, "a"),
        ('{"x": 1}', '{"x": 1}'),
        ('{"text": "a", "x": 1}', '{"text": "a", "x": 1}'),
        ('["a"]', '["a"]'),
        # objects of data sets
        ({"text": ["a", "b"], "answer_start": [1, 2]}, ["a", "b"]),
        ({"text": [], "answer_start": []}, None),
        ({"text": "a", "answer_start": 1}, {"text": "a", "answer_start": 1}),
        ({"value": "a", "aliases": ["b", "a", "", "b"]}, ["a", "b"]),
        ({"value": 1, "aliases": (2,)}, ["1", "2"]),
        ({"value": "a", "aliases": "b"}, {"value": "a", "aliases": "b"}),
        # conversations and messages
        (ANSWER, "a"),
        ({"from": "GPT", "value": "a"}, "a"),
        ({"role": " Assistant ", "content": [{"text": "a"}]}, "a"),
        ({"role": "assistant", "content": ""}, None),
        ({"role": "teacher", "content": "a"}, {"role": "teacher", "content": "a"}),
        ({"role": "assistant"}, {"role": "assistant"}),
        ({"role": 5, "content": "a"}, {"role": 5, "content": "a"}),
        ([USER, ANSWER], "a"),
        ([ANSWER], "a"),
        ([ANSWER, USER], None),
        ([USER], None),
        ([{"role": "assistant", "content": '{"text": "a"}'}], "a"),
        ([ANSWER, {"x": 1}], [ANSWER, {"x": 1}]),
        # lists of references
        (["a", 1], ["a", 1]),
        (("a", "b"), ["a", "b"]),
        ([[{"text": "a"}], [{"text": "b"}, {"text": "c"}]], ["a", "bc"]),
        (["a", [{"text": "b"}]], ["a", "b"]),
        ([["a"], [{"x": 1}], [{"text": 1}], []], [["a"], [{"x": 1}], [{"text": 1}], []]),
        ([["a"], [{"text": "b"}, "c"]], [["a"], [{"text": "b"}, "c"]]),
        ([{"name": "f"}], [{"name": "f"}]),
        (({"name": "f"},), [{"name": "f"}]),
    ],
)
def test_a_reference_without_its_wrappers(reference: object, inside: object) -> None:
    """Blank references are none; an empty list stays."""
    found = unwrap_reference(reference)

    assert found == inside
    assert type(found) is type(inside)


def test_wrappers_are_taken_off_to_a_limit() -> None:
    """What is wrapped deeper stays wrapped."""
    value: Any = "a"
    for _ in range(4):
        value = {"text": value}

    assert unwrap_reference(value) == "a"
    assert unwrap_reference({"text": value}) == {"text": "a"}


@pytest.mark.parametrize(
    ("reference", "key", "value"),
    [
        ({"a": {"text": "x"}}, "a", "x"),
        ('{"a": "x"}', "a", "x"),
        ({"a": "x"}, "b", None),
        ("a", "a", "a"),
        ("[1]", "a", "[1]"),
        (5, "a", 5),
    ],
)
def test_the_value_of_one_key(reference: object, key: str, value: object) -> None:
    """A reference that is no object has no keys, and stays."""
    assert reference_at_key(reference, key) == value
