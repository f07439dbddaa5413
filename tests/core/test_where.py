"""``rlvr score --where``: a condition is compared with values of the row, and never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from rlvr.cli.app import app
from rlvr.runs import RowCondition, parse_condition

SUITE = """
route: {by: kind, default: words}
tasks: {math: {scorers: [text.exact]}, words: {scorers: [text.exact]}}
"""

ROWS: list[dict[str, Any]] = [
    {"id": "a", "completion": "x", "answer": "x", "kind": "math", "level": 3, "tags": ["hard", "old"]},
    {"id": "b", "completion": "y \\boxed{2}", "answer": "x", "level": "10", "metadata": {"subject": "linear algebra"}},
    {"id": "c", "completion": "x", "answer": "x", "kind": "math", "level": None, "extra_info": {"split": "test"}},
    {"id": "d", "completion": "x", "answer": "x", "deep": {"flag": True, "list": [{"n": 5}]}},
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "suite.yaml").write_text(SUITE)
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "broken\n")
    return tmp_path / "suite.yaml", tmp_path / "data.jsonl"


def _run(files: tuple[Path, Path], *words: object) -> Result:
    out = files[0].with_name("out.jsonl")
    return CliRunner().invoke(app, [str(word) for word in ("score", *files, "-o", out, *words)])


def _ids(files: tuple[Path, Path], *conditions: str) -> str:
    result = _run(files, *(word for each in conditions for word in ("--where", each)))
    assert result.exit_code in {0, 1}, result.output
    return "".join(json.loads(line)["id"] for line in files[0].with_name("out.jsonl").read_text().splitlines())


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        (["level>=3"], "ab"),
        (["level>3"], "b"),
        (["level<=3.0"], "a"),
        (["level=3"], "a"),
        (['level="10"'], "b"),
        (['level="3"'], ""),
        (["level=null"], "c"),
        (["level!=3"], "bcd"),
        (["kind=math"], "ac"),
        (["task=math"], "ac"),
        (["task=words"], "bd"),
        (["task=math", "level=3"], "a"),
        (["subject=linear algebra"], "b"),
        (["metadata.subject~algebra"], "b"),
        (["split = test"], "c"),
        (["deep.flag=true"], "d"),
        (["deep.list.0.n>4"], "d"),
        (["tags=hard"], "a"),
        (["tags!=hard"], "bcd"),
        (["completion~boxed"], "b"),
        (["id>b"], "cd"),
    ],
)
def test_rows_that_meet_all_conditions_are_scored(files: tuple[Path, Path], conditions: list[str], ids: str) -> None:
    """Numbers as numbers, also where a table has them as text; a list by any of its elements."""
    if ids:
        assert _ids(files, *conditions) == ids
    else:
        assert _run(files, "--where", conditions[0]).exit_code == 2


def test_a_condition_comes_before_the_limit(files: tuple[Path, Path]) -> None:
    """The first rows that meet it."""
    assert json.loads(_run(files, "--where", "id>b", "--limit", 1, "--json").stdout)["records"] == 1


def test_a_condition_that_no_row_meets_is_an_error(files: tuple[Path, Path]) -> None:
    """It names the columns: mostly, the name of a column is misspelt."""
    result = _run(files, "--where", "levl=3")

    assert result.exit_code == 2
    assert "no row meets levl=3; the rows have the columns id, completion, answer, kind, level, tags" in result.output


@pytest.mark.parametrize("text", ["", "level", "=3", "level>", "a b c", "~x"])
def test_what_is_no_condition_is_refused(files: tuple[Path, Path], text: str) -> None:
    """With an example of one."""
    result = _run(files, "--where", text)

    assert result.exit_code == 2
    assert "level>=3" in result.output


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(value=JSON, given_text=st.text(max_size=6), operator=st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "~"]))
def test_any_value_is_compared(value: object, given_text: str, operator: Any) -> None:
    """With an answer, and without running anything; = and != are opposites."""
    answer = RowCondition(place="x", operator=operator, given=given_text).holds(value)

    assert isinstance(answer, bool)
    if operator == "=":
        assert RowCondition(place="x", operator="!=", given=given_text).holds(value) is not answer or value == []


@given(number=st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6), other=st.integers(-(10**6), 10**6))
def test_numbers_are_ordered_as_numbers(number: float, other: int) -> None:
    """Also as text."""
    for value in (number, str(number)):
        assert parse_condition(f"x<{other}").holds(value) is (number < other)
        assert parse_condition(f"x>={other}").holds(value) is (number >= other)
