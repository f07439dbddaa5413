"""A survey of the rows of a file."""

from typing import Any

import pytest

from rlvr.record import Reading, ReadingRules, read_row
from rlvr.record.rules import DEFAULT_RULES
from rlvr.record.survey import Places, Survey


def _survey(rows: list[Any], rules: ReadingRules = DEFAULT_RULES) -> Survey:
    survey = Survey(rules)
    for row in rows:
        survey.add(row, read_row(row, rules))
    return survey


def _row(completion: str = "x", answer: str = "g", **more: Any) -> dict[str, Any]:
    return {"prompt": "p", "completion": completion, "answer": answer, **more}


def test_kinds_of_rows_are_counted_the_most_frequent_first() -> None:
    """What they look like, and where their parts stand."""
    k = {"question": "q", "responses": ["a", "b"], "id": 1}
    survey = _survey([k, _row(), _row(), {"prompt": "p"}, 5])

    assert [(count, str(kind)) for count, kind in survey.kinds] == [
        (2, "trl: completion from completion, prompt from prompt, reference from answer, id by position"),
        (1, "generic: completion from responses (k = 2), prompt from question, no reference, id from id"),
        (1, "generic: no completion, prompt from prompt, no reference, id by position"),
    ]
    assert survey.rows == 5


def test_kinds_say_what_was_not_found() -> None:
    """A part without a place."""
    told = "f: no completion, no prompt, no reference, id by position"

    assert str(Places("f", "", 0, "", "", "")) == told
    assert str(Places("f", "c", 1, "", "", "")) == told.replace("no completion", "completion from c")


def test_the_number_of_kinds_is_bounded() -> None:
    """Kinds that are known are counted on."""
    survey = Survey(DEFAULT_RULES)
    for number in (*range(300), 0):
        survey.add({}, Reading(format=str(number)))

    assert [count for count, _ in survey.kinds] == [2, *[1] * 199]


def test_unanswered_rows_are_counted() -> None:
    """They end with the question."""
    question = {"messages": [{"role": "user", "content": "q"}]}

    assert _survey([question, question, _row()]).unanswered == 2


def test_places_that_no_row_has_are_named() -> None:
    """In order; without rows nothing is said."""
    rules = ReadingRules(id=("a", "i"), prompt=("b.c",), completion=("completion", "d"), reference=("e", "n"))
    rows = [_row(), _row(i=1, n=None), 5]

    assert list(_survey(rows, rules).unseen_paths()) == [
        "read.completion: no row has `d`",
        "read.id: no row has `a`",
        "read.prompt: no row has `b.c`",
        "read.reference: no row has `e`",
    ]
    assert list(_survey([], rules).unseen_paths()) == []
    assert list(_survey(rows).unseen_paths()) == []


def test_rows_of_another_format_are_named() -> None:
    """The three most frequent, with what they look like."""
    verl = {"solution_str": "x", "ground_truth": "g"}
    survey = _survey([verl, _row(), _row(), {"question": "q"}], ReadingRules(format="verl"))

    assert list(survey.remarks()) == [
        "look like `trl`, not like `verl` (read.format): 2 of 4 rows",
        "look like `generic`, not like `verl` (read.format): 1 of 4 rows",
    ]
    assert list(_survey([verl, _row()]).remarks()) == []


GOLD = "`gold_column` equals the reference in {} of {} rows; it is not the completion"
SCORED = "the completion equals the reference in {} of {} rows; is it the model's answer, or is the reference scored?"


@pytest.mark.parametrize(
    ("equal", "other", "is_told"), [(5, 0, True), (9, 1, True), (4, 0, False), (8, 2, False), (8, 1, False)]
)
def test_a_column_that_equals_the_reference_is_no_answer(equal: int, other: int, *, is_told: bool) -> None:
    """In nine rows of ten, and in no fewer than five rows; white space does not matter."""
    rows = [_row(gold_column=" g\n")] * equal + [_row(gold_column="y")] * other
    told = [GOLD.format(equal, equal + other)] if is_told else []
    assert list(_survey(rows).remarks()) == told

    rows = [_row(" g\n")] * equal + [_row("y")] * other
    told = [SCORED.format(equal, equal + other)] if is_told else []
    assert list(_survey(rows).remarks()) == told


def test_only_texts_beside_the_answer_are_compared() -> None:
    """Not the reference's own column, not the completion, not rows without one of both."""
    rows: list[Any] = [_row(n=5, model_response=["g"])] * 5
    rows += [_row(answer=5, gold_column="5"), {"answer": "g", "gold_column": "g"}, 5] * 5  # type: ignore[arg-type]

    assert list(_survey(rows).remarks()) == []
    nested = [{"prompt": "p", "completion": "x", "metadata": {"answer": "g"}, "gold_column": "g"}] * 5
    rules = ReadingRules(reference=("metadata.answer",))
    assert list(_survey(nested, rules).remarks()) == [GOLD.format(5, 5)]


def test_all_of_k_answers_must_equal_the_reference() -> None:
    """One that differs is a model's."""
    rows = [{"prompt": "p", "completions": ["g", "x"], "answer": "g"}] * 5

    assert list(_survey(rows).remarks()) == []


def test_the_number_of_columns_is_bounded() -> None:
    """Columns that are known are counted on."""
    rows = [_row(**{f"c{number}": "g" for number in range(100)})] * 6

    assert [remark.split("`")[1] for remark in _survey(rows).remarks()] == [f"c{number}" for number in range(64)]
