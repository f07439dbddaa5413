"""Rows that are damaged, or of any JSON: none raises, none costs another row its reward."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import parse_suite, score_rows
from rlvr.record import Record, read_row, record_from, records_from, rows_in
from rlvr.record.formats import FORMATS
from rlvr.scores import Verdict

ROWS = [
    json.loads(line)["row"] for line in (Path(__file__).parent / "cases" / "row_formats.jsonl").read_text().splitlines()
]
GOOD = {"prompt": "Six times two?", "completion": "12", "answer": "12"}


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if len(path) < 20:
        for key, inner in items:
            yield from _places(inner, (*path, key))


JUNK: tuple[Any, ...] = (
    *(None, True, 0, -3, 1.5, float("nan"), 10**400, "", "x", '{"a": 1}', "\ud800", [], {}, [None], [1, 2], [[]], [{}]),
    *({"text": None}, {"role": 1, "content": 2}, [["a"], "b"], [{"role": "assistant"}], {"type": 5}, [{"type": []}]),
    *({"message": {}}, [{"message": 3}], {"error": {}}, {"choices": [[]]}, [[[[[[[[[[["deep"]]]]]]]]]]]),
)


def damaged(row: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """Return a row with one to four changes at random places: a value dropped, replaced, or put into something."""
    row = copy.deepcopy(row)
    for _ in range(choose.randint(1, 4)):
        places = [place for place in _places(row) if place]
        if not places:
            break
        *above, last = choose.choice(places)
        inside: Any = row
        for key in above:
            inside = inside[key]
        wrapper = choose.choice(["text", "content", "message", "output", "choices", "error", "type"])
        match choose.choice(["drop", "junk", "junk", "junk", "list", "object"]):
            case "drop":
                del inside[last]
            case "junk":
                inside[last] = copy.deepcopy(choose.choice(JUNK))
            case "list":
                inside[last] = [inside[last]]
            case _:
                inside[last] = {wrapper: inside[last]}
    return row


@pytest.mark.each("seed", range(10))
def test_damaged_rows_are_read_or_have_a_problem(seed: int) -> None:
    """20,000 of them; none raises, not even inside the last guard, and each is a record or k records."""
    choose = random.Random(seed)  # noqa: S311  # the same rows every time
    for _ in range(2_000):
        row = damaged(choose.choice(ROWS), choose)
        reading = read_row(row)
        records = records_from(row)

        assert (reading.problem == "") == (len(reading.answers) > 0)
        assert len(records) == max(1, len(reading.answers))
        assert all(isinstance(record.completion, str) for record in records)
        rows_in(row)


KEYS = st.sampled_from(
    sorted(
        {"id", "messages", "role", "content", "text", "answer", "prompt", "reference_answer", "metadata", "error"}
        | {name for each in FORMATS for name in each.completion.replace(".", " ").split()}
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
SUITE = parse_suite("tasks: {t: {scorers: [text.exact]}}")


@given(st.lists(JSON, max_size=5))
def test_a_good_row_keeps_its_reward_whatever_its_neighbours_are(rows: list[Any]) -> None:
    """No row raises, none is lost, and nothing is a broken scorer."""
    rewards = score_rows(SUITE, [GOOD, *rows, GOOD]).rewards

    assert len(rewards) == 2 + sum(len(records_from(row)) for row in rows)
    assert rewards[0].value == rewards[-1].value == 1.0
    assert all(each.verdict is not Verdict.FAILED for each in rewards)


@given(JSON)
def test_an_event_has_one_result_for_each_row(row: object) -> None:
    """A platform pairs results with rows, so that a row with k completions is a problem there."""
    record = record_from(row)

    assert isinstance(record, Record)
    assert len(read_row(row).answers) == 1 or record.problem
