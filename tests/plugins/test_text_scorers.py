"""The other scorers of rlvr-text."""

import sys
import time

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
from rlvr_text.similarity import SimilarityOptions, f1, similarity

TEXT = st.text(st.characters())
PRINTABLE = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)


NEEDING_A_REFERENCE = [exact, similarity, contains]


@pytest.mark.parametrize("scorer", NEEDING_A_REFERENCE)
@pytest.mark.parametrize("reference", [{"a": 1}, [], [" "], ["a", {}], "", "\u200b", None, ["a"] * 101])
def test_an_unreadable_reference_is_an_invalid_task(scorer: Scorer, reference: object) -> None:
    """It is nobody's wrong answer."""
    assert scored(scorer, a_record("x", reference)).verdict is Verdict.INVALID_TASK


def test_a_reference_without_words_has_no_f1() -> None:
    """Everything would share none of its words."""
    assert scored(similarity, a_record("x", "+++")).verdict is Verdict.INVALID_TASK


@given(reference=PRINTABLE, before=st.sampled_from(["", " ", "\n\t"]), after=st.sampled_from(["", " ", "\n\n"]))
def test_the_reference_earns_full_marks_whatever_space_is_around_it(reference: str, before: str, after: str) -> None:
    """Whichever way it is compared."""
    record = a_record(before + reference + after, reference)

    for scorer in (exact, contains, similarity):
        assert scored(scorer, record).value == 1.0
    assert scored(similarity, record, SimilarityOptions(method="ratio")).value == 1.0


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
    check_scorer(scorer, right=[a_record("Paris", "Paris")], options=options, pays_any_text=scorer is length)


def test_an_answer_longer_than_the_cap_of_ratio_is_refused() -> None:
    """Edit distance would cost its square."""
    score = scored(similarity, a_record("x" * 30_000, "kitten"), SimilarityOptions(method="ratio"))

    assert (score.value, score.reason) == (0.0, "longer than 20000 characters")


def test_ratio_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is prepared, before the first record."""
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    monkeypatch.delitem(sys.modules, "rapidfuzz.fuzz", raising=False)

    with pytest.raises(ImportError, match=r"pip install rlvr-text\[rapidfuzz\]"):
        similarity(a_record("x", "x"), SimilarityOptions(method="ratio"))


@given(st.lists(st.sampled_from(["cat", "sat", "dog"]), max_size=8), st.sampled_from(["cat", "sat", "dog"]))
def test_repeating_a_word_of_the_answer_never_gains(words: list[str], repeated: str) -> None:
    """Once it is said as often as the reference says it."""
    reference = ["cat", "sat", "dog"]
    once = f1([*words, repeated], reference)

    assert f1([*words, repeated, repeated], reference) <= once


@pytest.mark.parametrize(
    "piece",
    ["x ", "not x ", "4,", "'", '"*', "x.", " ", "\u0301", "\u0301\u0316", "\u0f73", "-4", "the ", "x is ", "x,"],
)
@pytest.mark.parametrize(
    ("scorer", "options"),
    [
        (exact, None),
        (exact, ExactOptions(answer="announced")),
        (exact, ExactOptions(answer="tag")),
        (contains, ContainsOptions(max_words=10**9, max_other_items=10**9, forbidden=["no such phrase"])),
        (similarity, None),
        (length, LengthOptions(max=5)),
    ],
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
