"""Paths in a row, and the values that they lead to."""

from types import MappingProxyType
from typing import Any

import pytest

from rlvr.record.places import ABSENT, find_value, head_of, place_of, value_at

ROW: dict[str, Any] = {
    "a": {"b": {"c": 1}, "n": None, "l": [[1, 2], [3]]},
    "t": "text",
    "n": None,
    "l": [{"x": 1, "tag": "p"}, {"x": 2, "tag": ["p", "q"]}, {"tag": "r"}],
    "d.e": 5,
    "l.0": 6,
    "m@i": 7,
    "d": {"e": 8},
    "view": MappingProxyType({"k": 9}),
    "choices": ["A", "B", "C"],
    "i": 1,
    "u&v": 10,
    "is": [2, 0, 9, [1], "x"],
    "wrong": [True, -1, 3, 1.0, "1", None],
}


@pytest.mark.each(
    ("path", "value"),
    [
        ("t", "text"),
        ("n", None),
        ("zzz", ABSENT),
        ("a.b.c", 1),
        ("a.n", None),
        ("a.zzz", ABSENT),
        ("a.n.c", ABSENT),
        ("zzz.b", ABSENT),
        ("t.b", ABSENT),
        ("t.0", ABSENT),
        ("n.b", ABSENT),
        ("view.k", 9),
        ("view.z", ABSENT),
        # list indices
        ("a.l.0", [1, 2]),
        ("a.l.0.1", 2),
        ("a.l.-1.0", 3),
        ("a.l.-2.-2", 1),
        ("a.l.2", ABSENT),
        ("a.l.-3", ABSENT),
        ("a.l.0.2", ABSENT),
        ("a.l.--1", ABSENT),
        ("a.l.", ABSENT),
        ("a.l.-", ABSENT),
        ("a.l.b", ABSENT),
        ("a.l.²", ABSENT),
        ("choices.2", "C"),
        ("choices.-1", "C"),
        ("choices.3", ABSENT),
        ("choices.00000002", "C"),
        ("choices.0000000002", ABSENT),
        # a column whose name is the whole path
        ("d.e", 5),
        ("l.0", 6),
        ("m@i", 7),
        # all elements, those with a tag, the only one
        ("l[].x", [1, 2]),
        ("l[]", ROW["l"]),
        ("l[tag=p].x", [1, 2]),
        ("l[tag=q].x", [2]),
        ("l[tag=r].x", []),
        ("l[tag=q]!.x", 2),
        ("l[tag=p]!.x", ABSENT),
        ("l[tag=zzz]!.x", ABSENT),
        ("l[zzz=p].x", []),
        ("l[tag=text].x", []),
        ("a.l[].0", [1, 3]),
        ("a.l[].1", [2]),
        ("a.l[]", [[1, 2], [3]]),
        ("t[].x", ABSENT),
        ("zzz[].x", ABSENT),
        ("a[].x", ABSENT),
        # the element that another column numbers
        ("choices@i", "B"),
        ("choices@is", ["C", "A"]),
        ("choices@wrong", []),
        ("choices@t", ABSENT),
        ("choices@zzz", ABSENT),
        ("t@i", ABSENT),
        ("zzz@i", ABSENT),
        ("a.l@i", [3]),
        # an object of columns
        ("t&i", {"t": "text", "i": 1}),
        ("i&zzz?&n?", {"i": 1}),
        ("t&zzz", ABSENT),
        ("t&n", ABSENT),
        ("u&v", 10),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: object) -> None:
    """Or to nothing, which is not null."""
    assert find_value(ROW, path) == value
    assert value_at(ROW, path) == (None if value is ABSENT else value)
    assert place_of(path).path == path


@pytest.mark.each("path", ["choices@w", "choices@bad"])
@pytest.mark.each("index", [True, False, -1, 3, 1.0, "1", None, {}])
def test_only_a_whole_number_in_range_numbers_an_element(path: str, index: object) -> None:
    """Neither a boolean nor a negative number does."""
    assert find_value({"choices": ["A", "B", "C"], "w": index, "bad": index}, path) is ABSENT


@pytest.mark.parametrize(("index", "element"), [(0, "A"), (2, "C"), ([0], ["A"]), ((1, 1), ["B", "B"])])
def test_the_first_and_the_last_element_have_numbers(index: object, element: object) -> None:
    """Also of a tuple."""
    assert find_value({"choices": ("A", "B", "C"), "w": index}, "choices@w") == element


def test_a_path_leads_to_a_bounded_number_of_values() -> None:
    """A row with millions of elements costs no more."""
    row = {"l": [{"x": 1}] * 10_005, "is": [0] * 10_005}

    assert len(find_value(row, "l[].x")) == 10_000
    assert len(find_value(row, "l@is")) == 10_000


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("a", "a"),
        ("a.b.c", "a"),
        ("a[].b", "a"),
        ("a@b", "a"),
        ("a.b@c.d", "a"),
        ("a[t=x.y].b", "a"),
        ("", ""),
        ("a&b", "a"),
    ],
)
def test_the_head_of_a_path_is_its_column(path: str, head: str) -> None:
    """Whatever follows."""
    assert head_of(path) == head
