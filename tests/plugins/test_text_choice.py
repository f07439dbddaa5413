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

RIGHT = [
    "B", "b", "(B)", "**B**", "B.", "B) Paris", "B. Paris", "Paris", "The answer is B", "The answer is B.",
    "Answer: (B) Paris", "Answer: B because A is in Italy", "The correct option is (b).", "The best answer is option B",
    "The correct choice is B: Paris", "answer is: B", "The answer is Paris.", "<answer>B</answer>", r"\boxed{B}",
    r"\boxed{\text{B}}", r"$\boxed{\textbf{(B)}}$", r"So the final answer is \(\boxed{B}\).", "Hm.\n\nB", "Answer\n\nB",
    "B is correct", "B is the correct answer.", "The answer is therefore B.", 'The answer is "B".', "B:\u200b Paris",
    "A is Rome. C is Oslo.\nThe correct answer is **B**.", "<think>The answer is A</think>The answer is B",
]  # fmt: skip
WRONG = [
    "A", "A, B, C or D", "A or B", "either A or B", "The answer is not B", "The answer isn't B", "The answer is B or C",
    "not B", "B, no wait, actually C", "B) Rome",
    "A good question is B", "I think so", r"\boxed{A}\boxed{B}", r"\boxed{B", "The answer is B. The answer is C.",
    "<answer>A</answer><answer>B</answer>", "B or maybe D", "All of B", "The answer is (A) or (B)", "Answer: A/B",
    "The answer is a mystery", "ABCD", r"\boxed{A, B}", "B and C", "B (or C)",
    "B. C.", "The answer is B or not B", "The answer is B\u200bC", "Anything but B", "Neither B nor C", "B? No. C",
    "Option A is right. Not B", "<think>The answer is B</think>", "B" * 50, PROMPT,
]  # fmt: skip


@pytest.mark.parametrize("completion", RIGHT)
def test_each_way_to_commit_to_the_right_letter_is_read(completion: str) -> None:
    """Alone, marked, boxed, anchored, or as the choice's own text."""
    assert scored(choice, a_record(completion, "B", prompt=PROMPT)).value == 1.0


@pytest.mark.parametrize("completion", WRONG)
def test_hedges_denials_and_contradictions_commit_to_nothing(completion: str) -> None:
    """The right letter somewhere in the text does not pay."""
    assert scored(choice, a_record(completion, "B", prompt=PROMPT)).value == 0.0


def test_the_article_is_no_choice() -> None:
    """Nor is the pronoun."""
    for completion in ("A good question.", "a guess", "The answer is a mystery", "A"):
        assert scored(choice, a_record(completion, "A")).value == float(completion == "A")


@pytest.mark.parametrize(
    ("completion", "reference", "value"),
    [
        ("A, C", "AC", 1.0),
        ("C and A", ["A", "C"], 1.0),
        ("AC", "A, C", 1.0),
        (r"\boxed{A, C}", "A,C", 1.0),
        ("The answers are A and C", "AC", 0.0),
        ("A", "AC", 0.0),
        ("A, B, C", "AC", 0.0),
    ],
)
def test_several_letters_must_all_be_named_and_no_other(completion: str, reference: object, value: float) -> None:
    """In any order."""
    assert scored(choice, a_record(completion, reference), ChoiceOptions(several=True)).value == value


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
    ],
)
def test_references_of_every_habit(reference: object, columns: dict[str, Any], options: ChoiceOptions) -> None:
    """A letter, the text of a choice, or its number."""
    assert scored(choice, a_record("B", reference, **columns), options).value == 1.0


@pytest.mark.parametrize("reference", ["Paris", 1, True, {"x": 1}, ["A", "B"], "A or B", "Z", "42"])
def test_a_reference_that_is_no_choice_is_an_invalid_task(reference: object) -> None:
    """Not a wrong answer."""
    assert scored(choice, a_record("B", reference)).verdict is Verdict.INVALID_TASK


def test_contract() -> None:
    """What every scorer keeps."""
    right = [a_record(text, "B", prompt=PROMPT) for text in RIGHT]
    check_scorer(choice, right=right, wrong=[a_record(text, "B", prompt=PROMPT) for text in WRONG])


@given(st.text(st.characters()), st.sampled_from(["B", "AC", "x"]))
def test_any_text_is_answered(text: str, reference: str) -> None:
    """No completion breaks it."""
    assert scored(choice, a_record(text, reference)).verdict is not Verdict.FAILED


@pytest.mark.parametrize(
    "piece",
    ["A ", "(((", "answer is ", r"\boxed{", "<answer>", "B, ", "{", "a or ", r"\boxed{{}", "answer is A\n", " "],
)
def test_time_grows_with_the_text_not_with_its_square(piece: str) -> None:
    """Four times the text takes nowhere near sixteen times as long."""

    def seconds(length: int) -> float:
        record = a_record(piece * (length // len(piece)), "B", prompt=PROMPT)
        start = time.process_time()
        scored(choice, record)
        return time.process_time() - start

    assert min(seconds(400_000) for _ in range(2)) < 10 * min(seconds(100_000) for _ in range(2)) + 0.02
