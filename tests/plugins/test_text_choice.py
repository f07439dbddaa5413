"""``text.choice``: commits to the right letter, or to nothing."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Verdict
from rlvr.testing import a_record, check_scorer, scored
from rlvr_text.choice import ChoiceOptions, choice

PROMPT = "Capital of France?\nA) Rome\nB) Paris\nC) Oslo\nD) Bonn"


@pytest.mark.parametrize(
    ("reference", "columns", "options"),
    [
        ("(b)", {}, ChoiceOptions()),
        ("B) Paris", {}, ChoiceOptions()),
        ("Paris", {"choices": ["Rome", "Paris"]}, ChoiceOptions()),
        ("Paris", {"choices": {"text": ["Rome", "Paris"], "label": ["A", "B"]}}, ChoiceOptions()),
        ("Paris", {"options": {"A": "Rome", "B": "Paris"}}, ChoiceOptions(choices_field="options")),
        (1, {}, ChoiceOptions(reference_index=0)),
        (2, {}, ChoiceOptions(reference_index=1)),
        ("1", {}, ChoiceOptions(reference_index=0)),
        (["A", "B"], {}, ChoiceOptions()),
    ],
)
def test_references_of_every_habit(reference: object, columns: dict[str, Any], options: ChoiceOptions) -> None:
    """A letter, the text of a choice, its number, or a list of them."""
    assert scored(choice, a_record("B", reference, **columns), options).value == 1.0


@pytest.mark.parametrize("reference", ["Paris", 1, True, {"x": 1}, ["A", "Z"], [], "A or B", "Z", "42"])
def test_a_reference_that_is_no_choice_is_an_invalid_task(reference: object) -> None:
    """Not a wrong answer."""
    assert scored(choice, a_record("B", reference)).verdict is Verdict.INVALID_TASK


def test_a_reference_beyond_the_choices_of_the_row_is_an_invalid_task() -> None:
    """Nobody could answer it."""
    assert scored(choice, a_record("E", "E", choices=["Rome", "Paris"])).verdict is Verdict.INVALID_TASK


def test_contract() -> None:
    """What every scorer keeps."""
    right, wrong = a_record("The answer is B", "B", prompt=PROMPT), a_record("A or B", "B", prompt=PROMPT)

    check_scorer(choice, right=[right], wrong=[wrong])


PIECES = st.sampled_from(
    "A|B|(C)| or | and |, |\n|The answer is |Answer: |not | is correct|Paris|B) |\\boxed{|}|<answer>|</answer>|.|**"
    "|wait, | is wrong".split("|")
)


@given(st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_no_answer_is_right_for_two_references(text: str, several: bool) -> None:  # noqa: FBT001  # drawn
    """So that naming many letters never pays more often than naming one."""
    options = ChoiceOptions(several=several)
    values = [scored(choice, a_record(text, letter, prompt=PROMPT), options).value for letter in "ABCD"]

    assert sum(value or 0.0 for value in values) <= 1.0


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from([" ", "\n", "\t\n "]))
def test_surrounding_white_space_never_matters(text: str, space: str) -> None:
    """Before and behind."""
    plain, spaced = (scored(choice, a_record(each, "B", prompt=PROMPT)) for each in (text, space + text + space))

    assert (plain.value, plain.reason) == (spaced.value, spaced.reason)


@given(st.text(st.characters()), st.sampled_from(["B", "AC", "x"]))
def test_any_text_is_answered(text: str, reference: str) -> None:
    """No completion breaks it."""
    assert scored(choice, a_record(text, reference)).verdict is not Verdict.FAILED


@pytest.mark.parametrize(
    "piece",
    "A |(((|answer is |\\boxed{|<answer>|B, |{|a or |\\boxed{{}|answer is A\n| |B is |B is correct |I would "
    "|answer to the |**answer|A\n|or (|A and |\u0301\u0316".split("|"),
)
def test_time_grows_with_the_text_not_with_its_square(piece: str) -> None:
    """Four times the text takes nowhere near sixteen times as long."""

    def seconds(length: int) -> float:
        record = a_record(piece * (length // len(piece)), "B", prompt=PROMPT)
        start = time.process_time()
        scored(choice, record)
        return time.process_time() - start

    assert min(seconds(400_000) for _ in range(2)) < 10 * min(seconds(100_000) for _ in range(2)) + 0.02
