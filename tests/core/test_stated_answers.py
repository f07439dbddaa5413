"""The view of stated answers: what a text commits to, in each wording, language and kind of value."""

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlvr import Stated, stated_in
from rlvr.record.answers import Polarity, StatementKind, after, before, copulas, lexicon, stated
from rlvr.record.answers.committing import CORRECTIONS_LIMIT, VALUES_LIMIT
from rlvr.record.answers.values import same_value
from rlvr.testing import a_record

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "stated_answers.jsonl").read_text("utf-8").splitlines()
]
VALUES = {"number": ("17", "25"), "choice": ("B", "D"), "text": ("Lisbon", "Madrid")}


@pytest.mark.each("case", CASES, ids=lambda case: case["template"][:60])
def test_wordings(case: dict[str, object]) -> None:
    """A wording that states a value commits to it, and one that denies, hedges or attributes it commits to nothing."""
    for kind in case.get("kinds", VALUES):  # type: ignore[attr-defined]
        right, other = VALUES[kind]
        text = str(case["template"]).replace("<v>", right).replace("<w>", other)
        commitment = stated_in(text).commit()
        said = commitment.texts == (right,)

        assert said == case["pays"], (text, commitment)


# By polarity: a text whose first statement has it.
POLARITIES: dict[Polarity, str] = {
    "asserted": "The answer is 5.",
    "denied": "The answer is not 5.",
    "hedged": "Maybe the answer is 5.",
    "questioned": "Is the answer 5?",
    "attributed": "My friend says the answer is 5.",
    "conditional": "If you think the answer is 5 you are in trouble",
    "retracted": "The answer is 5. I take that back.",
    "doubted": "The answer is 5. Wait,",
    "altered": "The answer is twice \\boxed{5}.",
    "mention": "Write it as \\boxed{5}.",
    "cut": "So \\boxed{5",
}
# By kind: a text that states 5 in that way.
KINDS: dict[StatementKind, str] = {
    "box": "So \\boxed{5}",
    "tag": "<answer>5</answer>",
    "hashes": "2 + 3 = 5\n#### 5",
    "json": '{"answer": 5}',
    "announced": "The answer is 5.",
    "correction": "The answer is 4. No, it is 5.",
    "line": "I added them.\n5",
    "bold": "I added them.\n**five apples**",
    "whole": "5",
    "closing": "I added them.\nSo there are 5 apples.",
    "emphasis": "I added them.\nThere are **five apples**.",
}


@pytest.mark.each("polarity", get_args(Polarity))
def test_only_what_is_asserted_counts(polarity: Polarity) -> None:
    """Each other polarity is found, and says why nothing counts."""
    found = stated_in(POLARITIES[polarity])
    commitment = found.commit()

    assert found.statements[0].polarity == polarity
    assert (commitment.texts == ("5",)) == (polarity == "asserted") == (commitment.problem == "")


@pytest.mark.each("kind", get_args(StatementKind))
def test_each_kind_is_found_and_can_be_asked_for(kind: StatementKind) -> None:
    """A kind that may not count states nothing."""
    found = stated_in(KINDS[kind])

    assert found.statements[-1].kind == kind or kind in {each.kind for each in found.statements}
    assert found.commit(kinds={kind}).texts in {("5",), ("five apples",)}
    assert found.commit(kinds=set()).texts == ()


def test_the_scorers_equality_decides_what_contradicts() -> None:
    """One value in two forms is one answer."""
    found = stated_in("The answer is 0.75 (or 3/4).")

    assert found.commit().problem
    assert found.commit(lambda one, other: {one, other} <= {"0.75", "3/4"}).texts == ("0.75",)


def test_a_row_of_guesses_commits_to_nothing() -> None:
    """Neither by corrections nor by a word that calls the last one final."""
    corrected = "The answer is 1." + "".join(f" No, it is {each}." for each in range(2, 3 + CORRECTIONS_LIMIT))
    guesses = "".join(f"The answer is {each}. " for each in range(VALUES_LIMIT + 1)) + "The final answer is 42."

    assert stated_in(corrected).commit().problem == stated_in(guesses).commit().problem == "too many answers"


def test_boxes_alone_are_a_list() -> None:
    """For a reference of as many values; beside another statement they contradict."""
    assert stated_in("\\boxed{3} for part one.\n\n\\boxed{4} for part two.").commit().listed == ("3", "4")
    assert stated_in("\\boxed{3}, \\boxed{4}").commit().texts == ("3", "4")
    assert stated_in("The answer is 5. \\boxed{3} is one.\n\n\\boxed{4}").commit().listed == ()


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("The answer is C. 15", ("C",)),
        ("**Answer: C. 15**", ("C",)),
        ("The answer is C. A", ()),
        ("The answer is C. No, it is 15.", ("15",)),
        ("The answer is 3. 15", ()),
    ],
)
def test_a_number_behind_the_letter_of_a_choice_is_its_content(text: str, texts: tuple[str, ...]) -> None:
    """It corrects nothing; another letter, or a number behind a number, does."""
    assert stated_in(text).commit().texts == texts


@pytest.mark.each(
    "text",
    [
        "The number of orders in which the scoop is not on the bottom is \\boxed{17}.",
        "She won't be able to place \\boxed{17} eggs",
        "The bridge could stand \\boxed{17} feet",
        "He has \\boxed{17} dollars more than Jenny",
        "They slid down \\boxed{17} times",
        "There are \\boxed{17} rows of 5 stars",
        "Their average guess is \\boxed{17}.",
        "If she sells half of them, she has \\boxed{17} left.",
        "He said he would bring \\boxed{17} cookies.",
        "So the number of possible codes is \\boxed{17}.",
        "Since x is not 0, the answer is 17.",
        "The largest number that could be drawn is \\boxed{17}.",
    ],
)
def test_a_negation_counts_only_where_it_reaches_the_value(text: str) -> None:
    """Boxes stand inside normal sentences."""
    assert stated_in(text).commit().texts == ("17",)


@pytest.mark.each(
    ("text", "value"),
    [
        ("First, 4 + 5 = 9.\nSo she earns $1,000 per week.", "$1,000"),
        ("It goes on.\n**150 kilometers**", "150 kilometers"),
        ("6 boxes with 7 apples each, so there are 42 apples", "42"),
        ("It rolls on.\n100 + 50 = 150 km", "150"),
        ("The chance that it is greater than 7 and less than 11 is 5/12.", "5/12"),
        ("It costs more.\nTotal: $600+$450 = $1050", "$1050"),
        ("He buys them.\nSo he has twelve eggs. Let me know if you have questions.", "twelve"),
        ("He runs 540 meters a week.\nA: 540", "540"),
        ("I added them.\nTotal: 42", "42"),
        ("So I get 42.", "42"),
        ("B is correct.", "B"),
        ("We solve:\n\\begin{align*}\n3x &= 126\\\\\nx &= 42.\n\\end{align*}", "42"),
        (
            "We solve:\n\\[\n\\begin{aligned}\n3x &= 6\\\\\nx &= \\frac{1}{2}\n\\end{aligned}\n\\]\nLet me know.",
            "\\frac{1}{2}",
        ),
        ("Then\n$$\nx = 42\n$$", "42"),
    ],
)
def test_a_closing_sentence_states_its_one_value(text: str, value: str) -> None:
    """Where nothing stronger is stated."""
    kinds: set[StatementKind] = {"closing", "line"}

    assert same_value(stated_in(text).commit(kinds=kinds).texts[0], value)


@pytest.mark.each(
    "text",
    [
        "Each tray holds 36 rolls, and 4 trays are full.",
        "Maybe she has 36 left.",
        "They need between 36 and 90.",
        "Is it 5?",
        "It is more than 5.",
        "This is wrong:\n$$\nx = 42\n$$",
        "Then\n$$\nx \\ge 42\n$$",
        "Then\n$$\n\\begin{pmatrix}1\\\\2\\end{pmatrix}\n$$",
        "A or B is correct.",
        "Neither A nor B is correct.",
    ],
)
def test_a_closing_sentence_of_two_values_or_a_hedge_states_none(text: str) -> None:
    """Nor do bounds and questions."""
    assert stated_in(text).commit(kinds={"closing"}).texts == ()


PIECES = st.sampled_from(
    "\\boxed{4}|\\boxed{|}|<answer>|</answer>|#### 4|The answer is |Answer: |not |No. |Wait, |actually |maybe |that |is wrong|It is wrong.|or |, |. |? |\n|4|B|答案是|答えは|です|정답은 "
    '|उत्तर |है|الجواب |Die Antwort ist |nicht |$|**|~~|```\n|<!--|%|\\frac{1}{2}|{"answer": 4}|é|\u0301|\x00|\ud800'.split(
        "|"
    )
)


@example("#### 4</answer>", " ")
@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from([" ", "\n", " \n"]))
def test_any_text_is_read(text: str, space: str) -> None:
    """Whatever stands in it, spans lie in the text; white space around it never matters."""
    found = stated_in(text)
    commitment = found.commit()

    assert all(0 <= each.start <= each.end <= len(text) for each in found.statements)
    assert bool(commitment.texts) != bool(commitment.problem)
    assert stated_in(text + space).commit().texts == commitment.texts


@given(st.text(st.characters()))
def test_any_characters_are_read(text: str) -> None:
    """Lone surrogates included."""
    assert isinstance(stated_in(text), Stated)


@pytest.mark.parametrize(
    "piece",
    [
        "The answer is 4. ",
        "\\boxed{4} ",
        "Answer: ",
        "not ",
        "Wait, ",
        ". ",
        "答案是",
        "الجواب ",
        "\\boxed{",
        "<answer>",
        "```\n",
        "~~",
        "<del>",
        "#### 4\n",
    ],
)
def test_the_words_read_grow_with_the_text_not_with_its_square(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in characters that the lexicon is asked about."""
    read = 0
    ask = lexicon.cues_in

    def counted(text: str, start: int = 0, end: int | None = None) -> object:
        nonlocal read
        read += (len(text) if end is None else end) - start
        return ask(text, start, end)

    for module in (after, before, copulas, stated):
        monkeypatch.setattr(module, "cues_in", counted)
    counts = []
    for size in (4_000, 16_000):
        read = 0
        stated_in(piece * (size // len(piece)))
        counts.append(read)

    assert counts[1] <= 4.5 * counts[0] + 1_000


def test_the_view_is_made_once_and_from_the_final_text() -> None:
    """What stands in the reasoning is never stated."""
    record = a_record("<think>The answer is 4.</think>The answer is 5.")

    assert record.stated.commit().texts == ("5",)
    assert record.stated is record.stated is record.view("stated")


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 41 or the answer is 42.",
        "The answer is 41, or \\boxed{42}",
        "\\boxed{41} or \\boxed{42}",
        "\\boxed{41}\nor\n\\boxed{42}",
        "<answer>41</answer> or <answer>42</answer>",
        "Die Antwort ist 41 oder die Antwort ist 42.",
        "La réponse est 41 ou la réponse est 42.",
    ],
)
def test_of_two_answers_with_or_between_them_none_counts(text: str) -> None:
    """Boxes are a list for those who expect two values."""
    commitment = stated_in(text).commit()

    assert commitment.texts == ()
    assert commitment.listed in {(), ("41", "42")}


def test_an_answer_after_a_hedge_counts() -> None:
    """Nothing joins them."""
    assert stated_in("Maybe the answer is 41. Let me check. The answer is 42.").commit().texts == ("42",)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Adding gives \\boxed{12}. As asked, I marked it with \\boxed.", ("12",)),
        ("So \\boxed{12}. I put it in \\boxed{} as asked.", ("12",)),
        ("So \\boxed{12}. I put it in \\boxed{}.", ("12",)),
        ("So \\boxed{5}. Therefore \\boxed{}", ()),
        ("So \\boxed{5}. The answer is \\boxed{}.", ()),
        ("So \\boxed{5}. Hence $x = \\boxed{}$", ()),
        ("Therefore \\boxed{} is what I fill in: \\boxed{5}", ("5",)),
        ("\\boxed5", ("5",)),
    ],
)
def test_the_command_without_a_value_is_a_mention_but_where_the_text_concludes(
    text: str, answers: tuple[str, ...]
) -> None:
    """A last box that stays empty leaves the text without an answer."""
    assert stated_in(text).commit().texts == answers


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("<|begin_of_box|>A<|end_of_box|>", ("A",)),
        ("So it is <|begin_of_box|>42<|end_of_box|><|endoftext|>", ("42",)),
        ("<|begin_of_box|>41<|end_of_box|> or <|begin_of_box|>42<|end_of_box|>", ()),
        ("It is not <|begin_of_box|>42<|end_of_box|>", ()),
        ("So it is <|begin_of_box|>42", ()),
    ],
)
def test_box_tokens_are_a_mark(text: str, answers: tuple[str, ...]) -> None:
    """Models with tokens of their own for the answer are read as those that write LaTeX."""
    assert stated_in(text).commit().texts == answers


@pytest.mark.each(
    "behind",
    [
        *(f"{mark}a {word} {noun} is 3" for mark in ("; ", ", ", " - ", ". ") for word in ("second", "further")
          for noun in ("candidate", "possible answer", "option", "solution")),
        " | 3", " |3", ", alternatively 3", ", else 3", " otherwise 3", "; option two: 3", ", another guess: 3",
        " with probability 50%", " with a 40% chance of 3", " in 60% of cases", " with 0.7 confidence", " at even odds",
    ],
)  # fmt: skip
@pytest.mark.each("statement", ["\\boxed{4}", "The answer is 4"])
def test_a_rival_or_a_likelihood_behind_a_statement_hedges_it(statement: str, behind: str) -> None:
    """So that no answer may hold two candidates: nothing counts, or a text that is not the first alone."""
    assert stated_in(statement + behind).commit().texts != ("4",)


@pytest.mark.parametrize(
    "behind",
    [
        ", with probability 1.", ", with 100% certainty.", "; there is no other solution than 4.", ".",
        "; no second candidate is left.", ", which is the probability of heads.",
    ],
)  # fmt: skip
def test_what_is_certain_or_excludes_rivals_hedges_nothing(behind: str) -> None:
    """It confirms."""
    assert stated_in("\\boxed{4}" + behind).commit().texts == ("4",)


_REJECTIONS = (
    "is extraneous",
    "was ruled out",
    "is discarded",
    "is excluded",
    "has been eliminated",
    "was rejected",
)
_OTHERS = ("the root -3", "the other root", "-3")


@pytest.mark.parametrize("rejection", _REJECTIONS)
def test_a_value_that_is_rejected_is_not_stated_and_another_one_does_not_matter(rejection: str) -> None:
    """What is rejected is the subject of the rejection."""
    for text in (
        f"The answer is 42, which {rejection}.",
        f"The answer is 42. It {rejection}.",
        f"\\boxed{{42}} {rejection}.",
    ):
        assert not stated_in(text).commit().texts, text
    for other in _OTHERS:
        for text in (f"The answer is 42 ({other} {rejection}).", f"The answer is 42, and {other} {rejection}."):
            assert stated_in(text).commit().texts == ("42",), text


@pytest.mark.each(
    "change",
    [
        "times two", "plus one", "squared", "divided by 2", "to the power of 2", ", times two,", "doubled", "'s square",
        "'s last digit", "ends in", "increased by one",
    ],
)  # fmt: skip
def test_what_is_made_of_the_answer_is_not_the_answer(change: str) -> None:
    """Whether words announce it or not."""
    verb = "" if change.startswith("ends") else "is "
    assert "42" not in stated_in(f"The answer {change} {verb}42.".replace(" '", "'").replace(" ,", ",")).commit().texts


@pytest.mark.parametrize(
    "again",
    [
        "Let me recompute: 43.",
        "Recalculating gives 43.",
        "Checking again, I get 43.",
        "Let me redo this: 43.",
    ],
)
def test_a_value_that_is_worked_out_again_is_the_last_word(again: str) -> None:
    """The statement before it is replaced."""
    assert stated_in(f"The answer is 42. {again}").commit().texts == ("43",)
