"""Every member of each closed set that rlvr-text branches on, beside what it must do."""

from typing import get_args

import pytest

from rlvr.testing import a_record, scored
from rlvr_text.contains import ContainsOptions, Mode, contains
from rlvr_text.exact import ExactOptions, Where, exact
from rlvr_text.length import LengthOptions, Unit, length
from rlvr_text.similarity import Method, SimilarityOptions, similarity

# By place: an answer that states Paris there, and nowhere else.
PLACES: dict[Where, str] = {
    "whole": "Paris",
    "tag": "So <answer>Paris</answer> it is.",
    "line": "I looked it up.\nParis",
    "announced": "The answer is: Paris\nI looked it up.",
}
# By mode: the value where one of two phrases is named, and how many items a list may have with none to spare.
MODES: dict[Mode, tuple[float, int]] = {"all": (0.0, 2), "any": (1.0, 1)}
# By unit: the length of "one-two, aaaaa".
UNITS: dict[Unit, int] = {"words": 3, "characters": 12, "tokens": 2}
# By method: the value of "a b c d" for the reference "a b c x".
METHODS: dict[Method, float] = {
    "rouge_l": 0.75,
    "bleu": (3 / 4 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25,
    "f1": 0.75,
    "ratio": 6 / 7,
}


@pytest.mark.each("place", get_args(Where))
@pytest.mark.each("where", get_args(Where))
def test_each_place_is_read_by_itself(where: Where, place: Where) -> None:
    """An answer that stands elsewhere is not found, but for one that is all of the text; tags announce too."""
    found = where == place or (where, place) in {("line", "whole"), ("announced", "tag")}

    assert scored(exact, a_record(PLACES[place], "Paris"), ExactOptions(answer=where)).value == float(found)


@pytest.mark.parametrize("mode", get_args(Mode))
def test_each_mode_asks_for_its_phrases(mode: Mode) -> None:
    """And lets a list hold as many items as are asked for."""
    value, most = MODES[mode]
    options = ContainsOptions(phrases=["Paris", "Rome"], mode=mode, max_other_items=0)
    listed = ["Paris", "Rome", "Oslo"]

    assert scored(contains, a_record("I have only seen Paris in my whole life"), options).value == value
    for count in (2, 3):
        score = scored(contains, a_record(", ".join(listed[:count])), options)
        assert score.value == float(count <= most)


@pytest.mark.parametrize("unit", get_args(Unit))
def test_each_unit_counts_in_its_way(unit: Unit) -> None:
    """Runs of one character count as three of it."""
    score = scored(length, a_record("one-two, aaaaa"), LengthOptions(max=1, unit=unit))

    assert score.metrics["length"] == UNITS[unit]


@pytest.mark.parametrize("method", get_args(Method))
def test_each_method_compares_in_its_way(method: Method) -> None:
    """By words, or by letters."""
    score = scored(similarity, a_record("a b c d", "a b c x"), SimilarityOptions(method=method))

    assert score.value == pytest.approx(METHODS[method])
