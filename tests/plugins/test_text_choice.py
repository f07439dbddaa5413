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


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("B is correct.", True),
        ("Both B and D are correct.", False),
        ("B and D are correct.", False),
        ("B and C both fit.", False),
        ("B as well as C works.", False),
        ("(B) & (C) apply", False),
    ],
)
def test_a_second_letter_with_the_same_verb_is_named_too(text: str, is_right: bool) -> None:  # noqa: FBT001
    """Two choices of which one is asked for are no answer."""
    assert scored(choice, a_record(text, "B", prompt=PROMPT)).value == float(is_right)


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

    # A machine with other work makes one of several measurements wrong, and never all of a scan that is linear.
    assert any(seconds(400_000) < 10 * seconds(100_000) + 0.02 for _ in range(5))


QUESTION = "Which?\nA) Rome\nB) Paris\nC) Oslo\nD) Bern"
STARTS = ("The answer is {0}", "{0}", "Option {0}", "**{0}**", "{0} is correct")
REJECTIONS = (
    ", and {1} is wrong", ", while {1} is incorrect.", " because {1}, {2} and {3} are wrong",
    ". {1}, {2} and {3} are wrong.",
    ", since {1} and {2} are not correct.",
    "; {1} and {2} can be ruled out.", ", and neither {1} nor {2} is right",
    ", and {1}, {2}, {3} are all wrong", ", and {1} cannot be right",
)  # fmt: skip


@pytest.mark.each("rejection", REJECTIONS)
@pytest.mark.each("start", STARTS)
def test_a_clause_that_rejects_other_letters_takes_nothing_back(start: str, rejection: str) -> None:
    """But to reject one's own letter does, and to reject all of them states nothing."""

    def value(*letters: str) -> float | None:
        text = (start + rejection).format(*letters)
        return scored(choice, a_record(text, "B", prompt=QUESTION)).value

    assert value("B", "A", "C", "D") == 1.0
    assert value("A", "B", "C", "D") == 0.0
    assert value("B", "B", "C", "D") == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "The answer is B, and C is right", "The answer is B, and C is not wrong", "The answer is B, and C too",
        "Option B because A, C and D are right", "A, B, C and D are wrong", "B or C, and D is wrong",
        "The answer is B, and C is wrong. D.",
        "Is B right because C is wrong?",
    ],
)  # fmt: skip
def test_a_rejection_hides_no_second_letter(text: str) -> None:
    """Nor a condition, nor a question."""
    assert scored(choice, a_record(text, "B", prompt=QUESTION)).value == 0.0
