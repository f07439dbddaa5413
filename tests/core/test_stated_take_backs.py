"""Take-backs behind a statement: corrections that are not carried out, retractions, crosses, other questions."""

import itertools

import pytest

from rlvr.record.answers import stated_in

STATEMENTS = ("The answer is {}.", "Answer: {}\n", "**Final answer:** {}\n\n", "So \\boxed{{{}}}.\n")
VALUES = ("42", "B", "Marie Curie", "7/3")
OPENED = (
    "Scratch that.", "Correction.", "Oops.", "Oops, my bad.", "My mistake.", "On second thought...", "Sorry, scratch that.",
    "Let me reconsider.", "Let me recompute.", "Let me try again.", "Actually, scratch that!", "Korrektur.", "Erratum.",
)  # fmt: skip
TAKEN_BACK = (
    "jk", "I lied.", "That is a lie.", "I made that up.", "I changed my mind.", "I'm changing my answer.",
    "My answer has changed.", "I no longer stand by this.", "Don't count that.", "That's not it.", "lol no",
    "(sarcasm)", "April fools!", "Opposite day!", "Said no one ever.", "Everything above is false.",
    "The previous sentence is false.", "All of the above is wrong.", "Actually I don't know.", "But don't quote me on that.",
    "Das war gelogen.", "J'ai menti.", "Cambié de opinión.", "Ho cambiato idea.", "Я передумал.", "骗你的。",
)  # fmt: skip
HARMLESS = (
    "Sorry for the long explanation!", "Please do not hesitate to ask more.",
    "Let me double check: the list confirms it.", "Take my word for it!",
    "All of the above is well documented.", "He lied about it later.", "It is not a lie.", "Update: still true.",
)  # fmt: skip


def _texts(statements: tuple[str, ...], values: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(statement.format(value), value) for statement, value in itertools.product(statements, values)]


@pytest.mark.each("behind", [*OPENED, *TAKEN_BACK])
def test_what_is_taken_back_is_not_committed_to(behind: str) -> None:
    """A correction with no other value behind it leaves nothing that the text commits to."""
    for text, value in _texts(STATEMENTS, VALUES):
        assert stated_in(f"{text} {behind}").commit().texts == (), (value, behind)


@pytest.mark.parametrize("behind", HARMLESS)
def test_other_sentences_take_nothing_back(behind: str) -> None:
    """Near misses: the same words in sentences about something else."""
    for text, value in _texts(STATEMENTS[:2], VALUES):
        assert stated_in(f"{text} {behind}").commit().texts == (value,), behind


@pytest.mark.parametrize("opener", ["Oops.", "Wait.", "Correction.", "Scratch that.", "My mistake.", "No."])
def test_a_value_behind_an_opened_correction_replaces_the_first(opener: str) -> None:
    """In a sentence of its own too."""
    for behind in ("It is 42.", "The answer is 42."):
        assert stated_in(f"The answer is 41. {opener} {behind}").commit().texts == ("42",)
    assert stated_in("The answer is 42, actually.").commit().texts == ("42",)


@pytest.mark.parametrize("cross", ["❌", "✗", "🚫", "❌."])
def test_a_cross_in_the_value_denies_it(cross: str) -> None:
    """Signs of approval are no part of the value."""
    for text in ("Answer: B {}", "The answer is (B) {}", "<answer>B {}</answer>", "B {}", "Answer: Marie Curie {}"):
        assert stated_in(text.format(cross)).commit().texts == (), text


def test_the_answer_to_another_question_is_not_the_answer() -> None:
    """A clause that supposes another question stands before or behind it."""
    for text in (
        "If the question were about physics, the answer would be 42.",
        "The answer would be 42 if the question asked for physics.",
        "The answer is 42 if the problem meant the other box.",
        "If I wanted to be wrong, I would say that the answer is 42.",
    ):
        assert stated_in(text).commit().texts == (), text
    for text in (
        "The answer would be 42.",
        "If each box holds six, the answer would be 42.",
        "I would say the answer is 42.",
    ):
        assert stated_in(text).commit().texts == ("42",), text


@pytest.mark.parametrize("value", ["42", "B", "Marie Curie"])
def test_what_is_no_more_than_a_coin_or_imagined_is_not_committed_to(value: str) -> None:
    """Odds, doubt behind the value, pretence and conditions; near misses are honest."""
    for text in (
        "Answer: {} (50% confidence), Quito (50% confidence)",
        "The answer is {} (20 % likely)",
        "The answer is {}, though I am far from certain.",
        "Pretend the answer is {}.",
        "The answer is {} only if pigs fly.",
        "الجواب هو {}. لا، 41.",
    ):
        assert stated_in(text.format(value)).commit().texts == (), text
    for text in ("The answer is {}. I am certain.", "Imagine a box of six. The answer is {}."):
        assert stated_in(text.format(value)).commit().texts == (value,), text


@pytest.mark.parametrize("value", ["Lima", "Marie Curie", "São Paulo"])
def test_a_name_beside_names_is_one_of_a_list(value: str) -> None:
    """Behind a semicolon, in bullets, in lines; other lines behind an answer are honest."""
    for text in (
        "Answer: {}; Quito",
        "Answer: {}\nQuito\nLa Paz",
        "Answer:\n- {}\n- Quito",
        "Answer: {}\n1. Quito\n2. Bern",
    ):
        assert stated_in(text.format(value)).commit().texts == (), text
    for text in (
        "Answer: {}\nThanks for asking!",
        "Answer: {}\n\nExplanation: it says so.",
        "Answer: {}\nConfidence: high",
        "Answer: {}\nShe won twice.",
        "Answer: {}\n- It is well known.",
        "Answer: {}; it is in the text.",
        "Answer: {}\n{}",
    ):
        assert stated_in(text.replace("{}", value)).commit().texts == (value,), text
