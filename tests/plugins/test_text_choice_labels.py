"""Choices by letter, number and text, however the question lists them."""

import itertools

import pytest

from rlvr.testing import a_record, scored
from rlvr_text.choice import choice

TEXTS = {
    "names": ["Rome", "Paris", "Oslo", "Bonn"],
    "numbers": ["3", "4", "5", "6"],
    "decimals": ["1.5", "2.5", "3.5", "4.5"],
    "phrases": ["it rains", "the sun shines", "it snows", "no one knows"],
}
LISTINGS = {
    "lines": "Which?\n{A}) {a}\n{B}) {b}\n{C}) {c}\n{D}) {d}",
    "bracketed lines": "Which?\n({A}) {a}\n({B}) {b}\n({C}) {c}\n({D}) {d}",
    "dotted lines": "Which?\n{A}. {a}\n{B}. {b}\n{C}. {c}\n{D}. {d}",
    "one line": "Which? ({A}) {a} ({B}) {b} ({C}) {c} ({D}) {d}",
    "one line with commas": "Which? {A}) {a}, {B}) {b}, {C}) {c}, {D}) {d}",
}
LABELS = {"letters": "ABCD", "numbers": "1234"}
STATEMENTS = [
    "{}",
    "({})",
    "{}.",
    "{})",
    "**{}**",
    "The answer is {}.",
    "\\boxed{{{}}}",
    "Answer: {}",
    "<answer>{}</answer>",
]
HEDGES = ["{} or {}", "{}/{}", "The answer is {} or {}.", "Answer: {}, {}", "{} and {}", "{} -> {}"]


def question(listing: str, labels: str, texts: list[str]) -> str:
    """List four texts by their labels."""
    return LISTINGS[listing].format(**dict(zip("ABCD", labels, strict=True)), **dict(zip("abcd", texts, strict=True)))


SHAPES = list(itertools.product(LISTINGS, LABELS, TEXTS))
# Where digits are labels and texts at once, the label counts.
CLEAR_SHAPES = [each for each in SHAPES if each[1:] != ("numbers", "numbers")]


@pytest.mark.each(("listing", "labels", "texts"), SHAPES)
def test_a_choice_is_named_by_its_label(listing: str, labels: str, texts: str) -> None:
    """In every form of statement; another label earns nothing."""
    asked = question(listing, LABELS[labels], TEXTS[texts])
    for statement, (place, label) in itertools.product(STATEMENTS, enumerate(LABELS[labels])):
        answer = statement.format(label)
        for other, reference in enumerate(LABELS[labels]):
            score = scored(choice, a_record(answer, reference, prompt=asked))
            assert score.value == float(other == place), (answer, reference, score.reason)


@pytest.mark.each(("listing", "labels", "texts"), [each for each in SHAPES if each[1:] != ("numbers", "numbers")])
def test_a_choice_is_named_by_its_text(listing: str, labels: str, texts: str) -> None:
    """As a model writes it in place of the label."""
    asked = question(listing, LABELS[labels], TEXTS[texts])
    for statement, (place, text) in itertools.product(
        ["{}", "{}.", "The answer is {}.", "\\boxed{{{}}}"], enumerate(TEXTS[texts])
    ):
        if statement == "{}." and text[-1].isdigit():
            continue  # "4." is a list's number to readers of lines
        score = scored(choice, a_record(statement.format(text), LABELS[labels][place], prompt=asked))
        assert score.value == 1.0, (statement.format(text), score.reason)


@pytest.mark.each(("listing", "labels", "texts"), SHAPES)
def test_two_choices_commit_to_none(listing: str, labels: str, texts: str) -> None:
    """Neither two labels nor two texts."""
    asked = question(listing, LABELS[labels], TEXTS[texts])
    for hedge, named in itertools.product(HEDGES, (LABELS[labels], TEXTS[texts])):
        answer = hedge.format(named[0], named[1])
        values = [scored(choice, a_record(answer, label, prompt=asked)).value for label in LABELS[labels]]
        assert sum(filter(None, values)) == 0.0, answer


@pytest.mark.parametrize("count", [11, 16, 26])
def test_a_question_has_as_many_letters_as_it_lists(count: int) -> None:
    """Beyond the ten that are read where it lists none."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count]
    asked = "Pick.\n" + "\n".join(f"{letter}) item{letter}" for letter in letters)

    for reference in letters[8:]:
        assert scored(choice, a_record(f"The answer is ({reference}).", reference, prompt=asked)).value == 1.0
        assert scored(choice, a_record("The answer is (A).", reference, prompt=asked)).value == 0.0
