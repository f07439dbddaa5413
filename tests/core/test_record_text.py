"""Text that UTF-8 cannot encode becomes text that it can encode; all other text stays."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import encodable_text

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


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
