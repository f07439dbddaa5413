"""The other scorers of rlvr-text."""

import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import ConfigError, Scorer, Verdict
from rlvr.testing import a_record, check_scorer, scored, suite_of
from rlvr_text import plugin
from rlvr_text.contains import ContainsOptions, contains
from rlvr_text.exact import ExactOptions, exact
from rlvr_text.length import LengthOptions, length
from rlvr_text.similarity import SimilarityOptions, similarity

TEXT = st.text(st.characters())
PRINTABLE = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("completion", "reference", "options", "value"),
    [
        ("Paris", "Paris", {}, 1.0),
        (" paris.\n", "Paris", {}, 1.0),
        ('"**Paris**"', "Paris", {}, 1.0),
        ("New   York", "New York", {}, 1.0),
        ("cafe\u0301", "caf\u00e9", {}, 1.0),
        ("true", True, {}, 1.0),
        ("42", 42, {}, 1.0),
        ("Rome", ["Paris", "Rome"], {}, 1.0),
        ("C#", "C#", {}, 1.0),
        ("*", "*", {}, 1.0),
        ("the Beatles", "Beatles", {"articles": False}, 1.0),
        ("<answer>Paris</answer> I am sure", "Paris", {"answer": "tag"}, 1.0),
        ("It is\nParis", "Paris", {"answer": "line"}, 1.0),
        ("<think>Rome</think>Paris", "Paris", {}, 1.0),
        ("Paris\u200b", "Paris", {}, 1.0),
        ("C", "C#", {}, 0.0),
        ("5", "5!", {}, 0.0),
        ("5", ".5", {}, 0.0),
        ("5", "-5", {}, 0.0),
        ("x2", "x²", {}, 0.0),
        ("the Beatles", "Beatles", {}, 0.0),
        ("paris", "Paris", {"case": True}, 0.0),
        ("Paris.", "Paris", {"wrapping": True}, 0.0),
        ("Paris Rome", ["Paris", "Rome"], {}, 0.0),
        ("not Paris", "Paris", {}, 0.0),
        ("<answer>Paris</answer><answer>Rome</answer>", "Paris", {"answer": "tag"}, 0.0),
        ("Paris", "Paris", {"answer": "tag"}, 0.0),
        ("<answer>", "Paris", {"answer": "tag"}, 0.0),
        ("<think>Paris</think>Rome", "Paris", {}, 0.0),
        ("<think>Paris", "Paris", {}, 0.0),
    ],
)
def test_exact(completion: str, reference: object, options: dict[str, Any], value: float) -> None:
    """Equal under the stated normalisation, and under no other."""
    assert scored(exact, a_record(completion, reference), ExactOptions(**options)).value == value


LONG = "the word " * 300
QUESTION = "Is the capital of France Paris or Rome?"


@pytest.mark.parametrize(
    ("completion", "reference", "options", "value"),
    [
        ("It is Paris.", "Paris", {}, 1.0),
        ("It is paris", "Paris", {}, 1.0),
        ("The total is 42 eggs.", "42", {}, 1.0),
        ("The total is 42.", 42, {}, 1.0),
        ("It is not Rome but Paris", "Paris", {}, 1.0),
        ("No. It is Paris", "Paris", {}, 1.0),
        ("red and blue", ["red", "blue"], {}, 1.0),
        ("red", ["red", "blue"], {"mode": "any"}, 1.0),
        ("red", ["red", "blue"], {"partial": True}, 0.5),
        ("東京です", "東京", {}, 0.0),
        ("東京 です", "東京", {}, 1.0),
        ("I can help.", None, {"phrases": [], "forbidden": ["as an AI"]}, 1.0),
        ("Comparison", "Paris", {}, 0.0),
        ("Parisian", "Paris", {}, 0.0),
        ("142", "42", {}, 0.0),
        ("42.5", "42", {}, 0.0),
        ("3.42", "42", {}, 0.0),
        ("1,042", "42", {}, 0.0),
        ("42,000", "42", {}, 0.0),
        ("-42", "42", {}, 0.0),
        ("42%", "42", {}, 0.0),
        ("42/43", "42", {}, 0.0),
        ("40, 41, 42, 43", "42", {}, 0.0),
        ("It is not Paris.", "Paris", {}, 0.0),
        ("It isn't Paris", "Paris", {}, 0.0),
        ("Paris. No, it is certainly not Paris", "Paris", {}, 0.0),
        (LONG + "Paris", "Paris", {}, 0.0),
        (QUESTION, "Paris", {}, 0.0),
        (QUESTION.upper() + "!!", "Paris", {}, 0.0),
        (QUESTION + " Paris.", "Paris", {}, 1.0),
        ("red", ["red", "blue"], {}, 0.0),
        ("Paris, as an AI", "Paris", {"forbidden": ["as an ai"]}, 0.0),
        ("...", None, {"phrases": [], "forbidden": ["x"]}, 0.0),
        ("paris", "Paris", {"case": True}, 0.0),
        ("Pa\u200bris", "Paris", {}, 1.0),
        ("It's anything but Paris", "Paris", {}, 0.0),
        ("Paris isn't it", "Paris", {}, 0.0),
        ("It is Paris? No", "Paris", {}, 0.0),
        ("Rome or Paris", "Paris", {}, 0.0),
        ("42 or 43", "42", {}, 0.0),
        ("Paris is lovely, and it is the capital", "Paris", {}, 1.0),
    ],
)
def test_contains(completion: str, reference: object, options: dict[str, Any], value: float) -> None:
    """Whole words and whole numbers, undenied, not dumped, not echoed."""
    record = a_record(completion, reference, prompt=QUESTION)

    assert scored(contains, record, ContainsOptions(**options)).value == value


@pytest.mark.parametrize(
    ("completion", "options", "value"),
    [
        ("one two three", {"min": 1, "max": 3}, 1.0),
        ("one two three four", {"min": 1, "max": 3}, 0.0),
        ("one two three four", {"min": 1, "max": 3, "soft": 1}, 0.5),
        ("one", {"min": 3, "max": 5, "soft": 3}, 0.5),
        ("one", {"min": 3, "max": 5}, 0.0),
        ("a" * 10, {"max": 10, "unit": "characters"}, 1.0),
        ("a     b", {"max": 3, "unit": "characters"}, 1.0),
        ("a, b ,", {"min": 3, "max": 3, "unit": "tokens"}, 1.0),
        (". . . . .", {"min": 1, "max": 5, "unit": "tokens"}, 0.0),
        ("<think>" + "x " * 50 + "</think>one", {"max": 3}, 1.0),
        ("<think>" + "x y " * 5 + "</think>one", {"max": 3, "view": "full"}, 0.0),
        ("step " * 100, {"min": 50, "max": 200}, 0.0),
        ("東京", {"min": 2, "max": 2}, 1.0),
    ],
)
def test_length(completion: str, options: dict[str, Any], value: float) -> None:
    """Inside the band, in its soft margin, and filler."""
    assert scored(length, a_record(completion), LengthOptions(**options)).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("completion", "reference", "options", "value"),
    [
        ("the cat sat", "the cat sat", {}, 1.0),
        ("The CAT, sat!", "the cat sat", {}, 1.0),
        ("the cat", "the cat sat down", {}, 2 / 3),
        ("cat cat cat cat", "cat", {}, 0.4),
        ("dog", "cat", {}, 0.0),
        ("dog", ["cat", "dog"], {}, 1.0),
        ("the cat", "the cat sat down", {"threshold": 0.7}, 0.0),
        ("kitten", "sitting", {"method": "ratio"}, 8 / 13),
        ("Kitten.", "kitten", {"method": "ratio"}, 1.0),
        ("x" * 30_000, "kitten", {"method": "ratio"}, 0.0),
    ],
)
def test_similarity(completion: str, reference: object, options: dict[str, Any], value: float) -> None:
    """Padding and repetition lower it."""
    score = scored(similarity, a_record(completion, reference), SimilarityOptions(**options))

    assert score.value == pytest.approx(value)


NEEDING_A_REFERENCE = [exact, similarity, contains]


@pytest.mark.parametrize("scorer", NEEDING_A_REFERENCE)
@pytest.mark.parametrize("reference", [{"a": 1}, [], [" "], ["a", {}], "", ["a"] * 101])
def test_an_unreadable_reference_is_an_invalid_task(scorer: Scorer, reference: object) -> None:
    """It is nobody's wrong answer."""
    assert scored(scorer, a_record("x", reference)).verdict is Verdict.INVALID_TASK


def test_a_reference_without_words_has_no_f1() -> None:
    """Everything would share none of its words."""
    assert scored(similarity, a_record("x", "+++")).verdict is Verdict.INVALID_TASK


@given(reference=PRINTABLE, before=st.sampled_from(["", " ", "\n\t"]), after=st.sampled_from(["", " ", "\n\n"]))
def test_the_reference_earns_full_marks_whatever_space_is_around_it(reference: str, before: str, after: str) -> None:
    """For exact and contains."""
    record = a_record(before + reference + after, reference)

    assert scored(exact, record).value == 1.0
    assert scored(contains, record).value == 1.0


@given(text=TEXT, reference=TEXT)
def test_any_text_is_answered(text: str, reference: str) -> None:
    """By every scorer, with whatever reference."""
    record = a_record(text, reference, prompt=reference)
    for scorer, options in [*((each, None) for each in NEEDING_A_REFERENCE), (length, LengthOptions(max=5))]:
        assert scored(scorer, record, options).verdict is not Verdict.FAILED
    ratio = scored(similarity, record, SimilarityOptions(method="ratio"))
    assert ratio.verdict is not Verdict.FAILED


@pytest.mark.parametrize(
    ("scorer", "options"), [(exact, None), (contains, None), (similarity, None), (length, LengthOptions(max=5))]
)
def test_contract(scorer: Scorer, options: msgspec.Struct | None) -> None:
    """What every scorer keeps."""
    check_scorer(scorer, right=[a_record("Paris", "Paris")], options=options)


@pytest.mark.parametrize("piece", ["x ", "not x ", "4,", "'", '"*', "x.", " ", "\u0301", "-4", "the "])
@pytest.mark.parametrize(
    ("scorer", "options"),
    [(exact, None), (contains, ContainsOptions(max_words=10**9)), (similarity, None), (length, LengthOptions(max=5))],
)
def test_time_grows_with_the_text_not_with_its_square(
    scorer: Scorer, options: msgspec.Struct | None, piece: str
) -> None:
    """Four times the text takes nowhere near sixteen times as long."""

    def seconds(size: int) -> float:
        record = a_record(piece * (size // len(piece)), "x")
        start = time.process_time()
        scored(scorer, record, options)
        return time.process_time() - start

    assert min(seconds(200_000) for _ in range(2)) < 10 * min(seconds(50_000) for _ in range(2)) + 0.02


@pytest.mark.parametrize(
    "options",
    [
        "text.length, options: {min: 5, max: 4}",
        "text.contains, options: {phrases: []}",
        "text.contains, options: {forbidden: [' ']}",
    ],
)
def test_options_that_contradict_themselves_are_refused_at_load(options: str) -> None:
    """With the path in the suite."""
    with pytest.raises(ConfigError, match=r"tasks\.t\.scorers\[0\]\.options"):
        suite_of("tasks: {t: {scorers: [{scorer: " + options + "}]}}", text=plugin)
