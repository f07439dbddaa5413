"""Text that UTF-8 cannot encode becomes text that it can encode; text that prints nothing is recognised."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import encodable_text
from rlvr.record.text import has_visible_text

ANY_TEXT = st.text(st.characters())  # plain st.text() never draws lone surrogates


@given(ANY_TEXT)
def test_any_text_can_be_encoded(text: str) -> None:
    """Characters that UTF-8 has stay, and a second call changes nothing."""
    result = encodable_text(text)

    assert result.encode().decode() == result == encodable_text(result)
    assert [each for each in result if each != "\ufffd"] == [
        each for each in _joined(text) if each != "\ufffd" and not "\ud800" <= each <= "\udfff"
    ]


@given(st.text())
def test_text_without_surrogates_is_returned_as_it_is(text: str) -> None:
    """A byte order mark stays, too."""
    assert encodable_text("\ufeff" + text) == "\ufeff" + text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("\ud800", "\ufffd"),
        ("a\udfff\ud800é", "a\ufffd\ufffdé"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d\ud83d\ude00\ude00", "\ufffd😀\ufffd"),
    ],
)
def test_lone_surrogates_are_replaced_one_by_one(text: str, result: str) -> None:
    """Two halves of one character become the character, as json.loads does with their escapes."""
    assert encodable_text(text) == result
    assert encodable_text(text, "?") == result.replace("\ufffd", "?")


def test_the_result_is_that_of_a_decoder_of_utf_16() -> None:
    """This holds for every text of five characters of an alphabet with surrogates."""
    for characters in itertools.product("\ud800\udbff\udc00\udfffa😀\ufeff", repeat=5):
        text = "".join(characters)
        assert encodable_text(text) == text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@pytest.mark.each(
    "character",
    [
        *"\t\n\x00\x1f \x7f\x80\x9f\xa0\u2003\u2028\u2029\u3000",  # white space and controls
        *"\u00ad\u061c\u180e\u200b\u200e\u202e\u2060\u206f\ufeff\ufff9\U0001d173",  # no width
        *"\u0301\u034f\u093e\u180b\u20dd\ufe00\ufe0f\U000e0100",  # combining marks and variation selectors
        *"\U000e0000\U000e0001\U000e0041\U000e0fff\u2065\ufff0\ufff8",  # reserved as invisible, and tags
        *"\u115f\u1160\u3164\uffa0\u2800\U0001d159",  # letters and symbols that are blank
        *"\ufdd0\ufdef\ufffe\uffff\U0001ffff\U0010fffe\U0010ffff\ud800\udfff",  # no characters
    ],
)
def test_characters_that_print_nothing(character: str) -> None:
    """Alone, repeated, and beside each other; beside a letter they are part of visible text."""
    assert not has_visible_text(character)
    assert not has_visible_text(f"{character * 3} \u2800\u0301\U000e0041")
    assert has_visible_text(f"{character}a")
    assert has_visible_text(f"é{character}")


@pytest.mark.each(
    "character",
    [
        *"!~.0aZé中\u0905\u2801\u27ff\u3163\u3165\u2713\ufff0"[:-1],
        *"\ufdcf\ufdf0\ue000\ufffd\U0001f600\U0001faef\U000dfffd\U000e1000",
    ],
)
def test_characters_that_print_something(character: str) -> None:
    """Letters, digits, punctuation and symbols of any script, also emoji that are newer than Python's tables."""
    assert has_visible_text(character)
    assert has_visible_text(f"\u200b\n{character}")


def test_no_text_is_not_visible() -> None:
    """There is nothing to see."""
    assert not has_visible_text("")


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
