"""The table of formats: signatures, families, names."""

from typing import Any

import pytest

from rlvr.record.formats import (
    REFERENCE_PLACES,
    conditions_of,
    format_names,
    formats_named,
    head_of_term,
    nearest_format,
    reference_places,
)


def _fits(needs: str, row: dict[str, Any]) -> bool:
    conditions = conditions_of(needs, row)
    return conditions is not None and all(condition(row) for condition in conditions)


OBJECT: dict[str, Any] = {"x": 1, "n": None, "type": "t", "code": 400, "ok": False}


@pytest.mark.each(
    ("needs", "fitting", "others"),
    [
        ("a", [{"a": 1}, {"a": None, "b": 1}], [{}, {"b": 1}]),
        ("a b", [{"a": 1, "b": 1}], [{"a": 1}, {"b": 1}]),
        ("a !b", [{"a": 1}], [{"a": 1, "b": None}, {}]),
        ("!b", [{}, {"a": 1}], [{"b": 1}]),
        ("a|b", [{"a": 1}, {"b": 1}, {"a": 1, "b": 1}], [{}, {"c": 1}]),
        ("", [{}, {"a": 1}], []),
        ("a{}", [{"a": {}}, {"a": OBJECT}], [{"a": []}, {"a": "x"}, {"a": None}, {}]),
        ("a[]", [{"a": []}, {"a": (1,)}], [{"a": {}}, {"a": "x"}, {}]),
        ("a[[]", [{"a": [[]]}, {"a": ((1,), 2)}], [{"a": []}, {"a": [1, [2]]}, {"a": {}}, {}]),
        ("a:text", [{"a": ""}, {"a": "x"}], [{"a": 5}, {"a": None}, {}]),
        ("a=x", [{"a": "x"}], [{"a": "y"}, {"a": ["x"]}, {}]),
        ("a{x}", [{"a": OBJECT}], [{"a": {}}, {"a": {"x": None}}, {"a": [OBJECT]}, {"a": "x"}, {}]),
        ("a{n|x}", [{"a": OBJECT}, {"a": {"n": 1}}], [{"a": {"n": None}}, {"a": {"y": 1}}]),
        ("a[x]", [{"a": [OBJECT]}, {"a": ({"x": 0}, 5)}], [{"a": []}, {"a": [5, OBJECT]}, {"a": OBJECT}, {"a": None}]),
        ("a[y|x]", [{"a": [OBJECT]}], [{"a": [{"z": 1}]}]),
        ("a{type=t}", [{"a": OBJECT}], [{"a": {"type": "u"}}, {"a": {}}]),
        ("a{ok=false}", [{"a": OBJECT}], [{"a": {"ok": 0}}, {"a": {"ok": True}}, {"a": {"ok": "false"}}, {"a": {}}]),
        ("a{code>=400}", [{"a": OBJECT}, {"a": {"code": 401}}], [{"a": {"code": 399}}, {"a": {"code": "400"}}]),
        ("a{code>=500|x}", [{"a": OBJECT}], [{"a": {"code": 499}}]),
        ("a|b{x}", [{"b": OBJECT}, {"a": 1}, {"a": 1, "b": {}}], [{"b": {}}, {}]),
        ("a{x}|b{x}", [{"b": OBJECT, "a": {}}, {"a": OBJECT}], [{"a": {}, "b": {}}, {}]),
        ("a{x|n}|b", [{"b": 1}, {"a": OBJECT}], [{"a": {}}, {"n": 1}]),
    ],
)
def test_a_signature_fits_rows_by_their_keys_and_types(
    needs: str, fitting: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    """Each term must hold."""
    assert [row for row in fitting if not _fits(needs, row)] == []
    assert [row for row in others if _fits(needs, row)] == []


@pytest.mark.parametrize(
    ("needs", "keys", "number"),
    [("a", "a", 0), ("a{}", "a", 1), ("a{} b[]", "ab", 2), ("a|b{}", "ab", 0), ("a|b{}", "b", 1), ("!a", "b", 0)],
)
def test_only_terms_with_a_type_are_tested_for_each_row(needs: str, keys: str, number: int) -> None:
    """The others are decided once for the keys."""
    assert len(conditions_of(needs, keys) or []) == number


@pytest.mark.each("term", ["a", "a{}", "a[]", "a[[]", "a:text", "a=x", "a{b=c}", "a[b|c]", "a{b>=4}", "a=b.c", "a.b"])
def test_a_term_is_about_a_column(term: str) -> None:
    """Whatever follows."""
    assert head_of_term(term) == "a"


def test_families_and_names() -> None:
    """A family has its formats in the order of the table."""
    assert [each.name for each in formats_named("openai.batch")] == ["openai.batch"]
    assert [each.name for each in formats_named("verl")] == ["verl.call", "verl.dump", "verl"]
    assert formats_named("batch") == formats_named("") == formats_named("openai.") == ()
    assert list(format_names()[:3]) == ["bedrock", "bedrock.invocation_log", "bedrock.batch"]
    assert len(set(format_names())) == len(format_names())
    assert {"openai", "openai.chat", "generic"} <= set(format_names())


def test_the_nearest_name() -> None:
    """None if none is like it."""
    assert nearest_format("verll") == "verl"
    assert nearest_format("zzzzzz") is None


def test_the_places_of_a_reference() -> None:
    """Every name, at the top or below a column."""
    below = [f"m.{name}" for name in REFERENCE_PLACES if "." not in name]

    assert list(reference_places("a *")) == ["a", *REFERENCE_PLACES]
    assert list(reference_places("m.* b")) == [*below, "b"]
    assert next(reference_places("m.n.*")) == "m.n.reference_answer"
    assert list(reference_places("")) == []
