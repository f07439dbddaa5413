"""Texts of a usual form: the short way to read them finds what all rules find."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rlvr.record.answers import lexicon, stated, usual
from rlvr.record.answers.masking import unmasked
from rlvr.record.answers.usual import SIGNS_OF_STEMS, usual_statement

HEADS = (
    "",
    "We add 3 and 4.\n",
    "So 2 + 5 = 7. ",
    "I cannot determine it.\n",
    "Hence:\n",
    "final.\n",
    "(",
    "答案是 7.\n",
    "To find the answer, add. ",
    "The answer must be odd.\n",
    "Answer choices: A, B\n",
)
LEADS = (
    "The answer is ",
    "Therefore, the final answer is: ",
    "Answer: ",
    "My final answer is ",
    "So, the answer: ",
    "answer is",
    "The answer is not ",
    "The answer was ",
    "Ans: ",
    "which gives $x = ",
    "So we get\n",
    "Maybe ",
    "At most ",
    "",
)
VALUES = (
    *("5", "-3", "1,000", "14.50", "5,", "5%", "$7$", "$-3$", "$2, 3$", "$\\approx 3$", "$x$ or $y$", "$5.$", "B"),
    *(
        "\\boxed{5}",
        "$\\boxed{\\frac{1}{2}}$",
        "\\[\\boxed{x}\\]",
        "\\boxed{}",
        "\\boxed{your answer}",
        "\\boxed{a, b}",
    ),
    *(
        "\\boxed{3}, \\boxed{4}",
        "\\fbox{3}",
        "\\boxed{the answer}",
        "#### 5",
        "\n#### 1,000",
        "#### about 5",
        "#### 5?",
    ),
)
TAILS = ("", ".", "$", "!", " cm", ". No.", "\n$$", "^2")
CUES = tuple(phrase for kind in lexicon.ALL_KINDS for phrase in lexicon.WORDS[kind].replace("\n", " ").split(", "))


def agrees(text: str) -> bool:
    """Return True if the short way reads a text; what it reads is what all rules find."""
    text = unmasked(stated._without_ending(text))
    found = usual_statement(text)
    if found is None:
        return False
    assert stated._by_all_rules(text).statements == (found,), text
    return True


def test_usual_texts_are_read_as_by_all_rules() -> None:
    """Every form, with what may stand before and behind it; the texts that this is for are read the short way."""
    taken = sum(map(agrees, map("".join, product(HEADS, LEADS, VALUES, TAILS))))

    assert taken > 1_000


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 5.",
        "He pays $12.\nThe answer is 13",
        "Therefore, the final answer is $\\frac{1}{2}$.",
        "Answer: 42",
        "The answer is $\\boxed{\\frac{3}{4}}$.",
        "So we get\n\\[\\boxed{5}\\]",
        "She makes 9 * 2 = $<<9*2=18>>18 a day.\n#### 18",
        "Adding these to the first one gives us the final total, which is $\\boxed{5}$.",
        "We need the answer in dollars.\nSo the answer is 7.",
    ],
)
def test_the_forms_of_most_completions_are_read_the_short_way(text: str) -> None:
    """None of them needs the other rules."""
    assert agrees(text)


@given(
    st.tuples(*map(st.sampled_from, (HEADS, LEADS, VALUES, TAILS))).map("".join),
    st.sampled_from(CUES)
    | st.sampled_from([f"{stem} 4." for stem in lexicon.ENGLISH_STEMS])
    | st.sampled_from(('"', "`", "<del>", "✗ ", "~", "-", "{", "**", "? ", ". ", "é", "$", "\n")),
    st.integers(0, 60),
)
@example("The answer is $\\boxed{5}$.", "答案", 0)
@example("So we get\n\\[\\boxed{5}\\]", "not", 9)
@example("So we get\n\\[\\boxed{5}\\]", "ans: 4.", 0)
@example("So we add.\n#### 5", "ans: 4.", 0)
def test_a_word_anywhere_in_a_usual_text_is_seen(text: str, inserted: str, place: int) -> None:
    """A cue of any kind or language, or a sign, changes both ways alike."""
    agrees(f"{text[:place]} {inserted} {text[place:]}")
    agrees(f"{text[:place]}{inserted}{text[place:]}")


def test_each_stem_of_a_latin_script_has_a_sign_that_is_looked_for_first() -> None:
    """A text without any of the signs has no stem."""
    assert all(any(sign in stem for sign in SIGNS_OF_STEMS) for stem in lexicon.LATIN_STEMS)


_FIGURES = (
    *("0 7 12 3.5 , . ( ) { } [ ] ^ / + - ; ... \\frac \\dfrac{1}{2} \\sqrt \\pi \\left( \\right) \\le \\% %".split()),
    *("^{\\circ}", "{,}", ",\\!", " ", "x", "or", "is"),
)
_HIDING = (
    "<!-- ",
    "~~",
    "~~a~~ ",
    "/* ",
    "% ",
    "\n% ",
    "```\n",
    "~~~\n",
    "`",
    "\\iffalse ",
    "{",
    '{"answer": "',
    "<del>",
    "50% of it. ",
)


@given(
    st.tuples(st.sampled_from((*_HIDING, *("",) * 9)), *map(st.sampled_from, (HEADS, LEADS))).map("".join),
    st.sampled_from((*VALUES, "$\\frac{1}{2}$", "$-3/4$", "$1,\\!234$.", "$1,23$", "$5.$.", "$x^2+1$", "$answer: 4$"))
    | st.sampled_from(("5", "$5$", "$x~~y$", "$\\frac{1}{2}$", "\\boxed{5}")).map("\n% {}".format)
    | st.text('0123456789x.,-+/^_ \\{}()$#<answer~*%"`\n', max_size=12).map("\\boxed{{{}}}".format)
    | st.sampled_from(_HIDING).map("\\boxed{{5{}}}".format)
    | st.lists(st.sampled_from(_FIGURES), max_size=8).map("".join).map("${}$".format),
    st.sampled_from(TAILS),
)
@example("The answer is ", "\\boxed{the answer is 4}", ".")
@example("", "\\boxed{\\boxed{4}}", "")
@example("So #### 3 ", "\\boxed{4}", "")
@example("The answer is 1,", "234", "")
@example("The answer is -", "-5", "")
@example('{"answer": "', '\\boxed{5"}', "")
@example("~~a The answer is ", "$b~~$", "")
def test_what_is_remembered_of_the_words_around_holds_for_any_value(lead: str, value: str, tail: str) -> None:
    """A short text is read as if nothing were remembered, also one that hides a part of it."""
    text = f"{lead}{value}{tail}"
    known = usual.remembered_statement(text)
    with patch.object(stated, "remembered_statement", lambda _: None):
        found = stated.stated_in(text)

    assert known is None or found.statements == (known,)
