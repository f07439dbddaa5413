"""What people write: families of one reference, the answers that equal it, and near misses that do not."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr_math import Status, grade, verify
from rlvr_math.finding.notations import value_in_words
from rlvr_math.reading.cleaning import cleaned
from rlvr_math.reading.notations import choice_in, roman_in
from rlvr_math.reading.number_words import cardinal_at
from rlvr_math.reading.numbers import number_in

FAMILIES = [
    json.loads(line) for line in (Path(__file__).parent / "cases" / "math_families.jsonl").read_text().splitlines()
]


@pytest.mark.each("family", FAMILIES, ids=lambda family: f"{family['kind']}: {family['reference']}")
def test_families(family: dict[str, Any]) -> None:
    """Each was decided by hand; what is right alone is right in a box, and a near miss is wrong in both."""
    reference = family["reference"]
    for answers, right in ((family["equal"], True), (family["different"], False)):
        for answer in answers:
            alone, boxed = verify(reference, answer), grade(reference, rf"So it is \boxed{{{answer}}}.")

            assert (alone.correct, boxed.correct) == (right, right), (answer, alone, boxed)
            assert alone.status is not Status.UNREADABLE_REFERENCE


_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_ONES += "seventeen eighteen nineteen".split()
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def _in_words(value: int, *, joined: str = "-") -> str:
    """Write a whole number below a billion in words."""
    if value < len(_ONES):
        return _ONES[value]
    if value < 100:
        ten, one = divmod(value, 10)
        return _TENS[ten] + (joined + _ONES[one] if one else "")
    for size, name in ((10**6, "million"), (1_000, "thousand"), (100, "hundred")):
        if value >= size:
            many, rest = divmod(value, size)
            between = " and " if rest < 100 else " "
            return f"{_in_words(many, joined=joined)} {name}" + (
                between + _in_words(rest, joined=joined) if rest else ""
            )
    raise AssertionError


@given(value=st.integers(0, 10**9 - 1), joined=st.sampled_from(["-", " "]))
def test_numbers_in_words_are_read_whole(value: int, joined: str) -> None:
    """Their words are the number, alone and in a statement, and no other one."""
    words = _in_words(value, joined=joined)

    assert cardinal_at(words, 0) == (Fraction(value), len(words))
    assert verify(str(value), words).correct
    assert verify(words, str(value)).correct
    assert grade(str(value), f"The answer is {words}.").correct
    assert not verify(str(value + 1), words).correct


@given(value=st.integers(2, 3_999))
def test_roman_numerals_count_for_numbers_only(value: int) -> None:
    """One letter is a choice or a variable; an unusual form is none."""
    text, rest = "", value
    for size, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "M CM D CD C XC L XL X IX V IV I".split(),
        strict=True,
    ):
        text, rest = text + sign * (rest // size), rest % size

    assert roman_in(text) == (value if len(text) > 1 else None)
    assert verify(str(value), text).correct == (len(text) > 1)
    assert not verify(str(value + 1), text).correct
    assert not verify(text, str(value + 1)).correct
    assert roman_in(f"I{text}") in {None, value + 1, value - 1, value + 9, value - 10}


@given(value=st.integers(0, 10**6), script=st.sampled_from([0x660, 0x6F0, 0x966, 0xFF10, 0x1D7CE, 0x1D7D8]))
def test_digits_of_every_script_are_digits(value: int, script: int) -> None:
    """Soft hyphens, variation selectors and keycaps are not seen."""
    text = "".join(chr(script + int(digit)) for digit in str(value))
    for form in (text, "\u00ad".join(text), "".join(f"{digit}\ufe0f\u20e3" for digit in str(value))):
        assert verify(str(value), form).correct, form
        assert not verify(str(value + 1), form).correct


@given(first=st.integers(1, 10**4), second=st.integers(1, 10**4), factor=st.integers(1, 50))
def test_ratios_are_equal_up_to_a_factor(first: int, second: int, factor: int) -> None:
    """To the ratio scaled, and to the quotient."""
    ratio = f"{first}:{second}"
    for equal in (f"{first * factor}:{second * factor}", f"{first}/{second}", rf"\frac{{{first}}}{{{second}}}"):
        assert verify(ratio, equal).correct
        assert verify(equal, ratio).correct
    for wrong in (f"{first}:{second + 1}", f"{first + 1}/{second}", f"{ratio}:1"):
        assert not verify(ratio, wrong).correct
    assert verify(ratio, f"{second}:{first}").correct == (first == second)


@given(letter=st.sampled_from("ABCDE"), other=st.sampled_from("ABCDE"), value=st.integers(1, 999))
def test_labels_of_choices_are_read_as_the_reference_asks(letter: str, other: str, value: int) -> None:
    """A letter for a letter, a value for a value, and both for both."""
    for form in (f"({letter}) {value}", rf"\textbf{{({letter})}}\ {value}", f"{letter}. {value}", f"{letter}) {value}"):
        assert choice_in(form) == (letter, str(value)), form
        assert verify(other, form).correct == (letter == other)
        assert verify(str(value), form).correct
        assert not verify(str(value + 1), form).correct
        assert verify(f"({other}) {value}", form).correct == (letter == other)
        assert not verify(f"({letter}) {value + 1}", form).correct
    for factor in (
        f"({letter})+{value}",
        f"({letter})({other})",
        f"({letter}){value}",
        f"({letter}) {value} ({other})",
    ):
        assert choice_in(factor) is None, factor


@pytest.mark.parametrize("denial", ["not", "never", "by no means", "hardly", "at most", "twice", "maybe"])
def test_words_in_a_box_count_as_words_around_it(denial: str) -> None:
    """What denies, hedges or alters a box outside does so inside."""
    assert not grade("5", rf"\boxed{{\text{{The area is {denial} }} 5}}").correct


@pytest.mark.parametrize("denial", ["not", "never", "hardly", "by no means"])
def test_a_denied_clause_in_a_box_states_no_value(denial: str) -> None:
    """The value stands in a clause of its own, which the words before it govern."""
    assert not grade("5", rf"\boxed{{\text{{It is {denial} true that the area is }} 5}}").correct


@pytest.mark.each(
    ("text", "value"),
    [
        (r"\text{The area is } 5", "5"),
        (r"\text{Hence } x = \text{ is } 5", None),
        (r"\text{area} 5", None),
        (r"7 \text{ (about 18.9)}", "7"),
        (r"7 (\text{about } 18.9)", None),
        (r"7 (\text{roughly nineteen})", "7"),
        (r"7 \text{ (or 8)}", None),
        (r"7 \text{ (not 8)}", None),
        ("The total is $5", "$5"),
        ("5", None),
    ],
)
def test_words_lead_to_a_value_or_do_not(text: str, value: str | None) -> None:
    """Only a copula or an equals sign leads to it."""
    assert value_in_words(text) == value


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("It is not 4", False),
        ("It could be 3, or 4", False),
        ("It is 3 or 4", False),
        ("Three plus one\nmakes 4", True),
        ("It is not 3 but 4", True),
        ("Surely 4. No, that is wrong.", False),
    ],
)
def test_the_last_number_is_an_answer_only_where_its_sentence_says_so(text: str, right: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """However lenient the profile is."""
    assert grade("4", f"Well.\n{text}", last_number=True).correct == right


@given(st.text(st.sampled_from("0123456789 .,'-/:°\u2032\u2033\"$€%‰xXIVabckmsNΩµ^{}()\\")))
def test_any_text_is_read_or_refused(text: str) -> None:
    r"""Nothing raises; a number that is read is the same with space around it, which "\\" would take for its own."""
    number = number_in(text)

    assert text.endswith("\\") or number_in(f" {text} ") == number
    assert isinstance(verify("5", text), object)


def test_runs_of_space_are_read_in_linear_time() -> None:
    """The patterns of numbers see two spaces at most."""
    assert cleaned("5" + " " * 4_000 + "(") == "5  ("
    assert cleaned("1   234") == "1  234"
    assert not verify("1234", "1   234").correct
