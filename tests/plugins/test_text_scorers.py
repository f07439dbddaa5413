"""The other scorers of rlvr-text."""

import sys
import time
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import ConfigError, Record, Registry, Scorer, Verdict
from rlvr.testing import a_record, check_scorer, scored, suite_of
from rlvr_text import plugin
from rlvr_text.contains import ContainsOptions, contains
from rlvr_text.exact import ExactOptions, Where, exact
from rlvr_text.length import LengthOptions
from rlvr_text.similarity import SimilarityOptions, f1, similarity

TEXT = st.text(st.characters())
PRINTABLE = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=40)


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of all scorers give to one of them.

    Attributes:
        right: A record that earns 1.0.
        options: The options; None for the defaults.
        pays_any_text: Whether the scorer has no reference, so that a text without any relation to it may be paid.
        takes_any_word: Whether any word may be the reference, and is then the right answer.
    """

    right: Record
    options: msgspec.Struct | None = None
    pays_any_text: bool = False
    takes_any_word: bool = True


SCORERS = {name: Registry().scorer(f"text.{name}").scorer for name in plugin.scorers()}
EXAMPLES = {
    "exact": Example(right=a_record("Paris", "Paris")),
    "choice": Example(right=a_record("B", "B"), takes_any_word=False),
    "contains": Example(right=a_record("Paris", "Paris")),
    "length": Example(right=a_record("Paris", "Paris"), options=LengthOptions(max=5), pays_any_text=True),
    "similarity": Example(right=a_record("Paris", "Paris")),
}
NEEDING_A_REFERENCE = [name for name, example in EXAMPLES.items() if not example.pays_any_text]
TAKING_ANY_WORD = [name for name in NEEDING_A_REFERENCE if EXAMPLES[name].takes_any_word]


def test_every_scorer_has_an_example() -> None:
    """The tests of all scorers run on it; write a new scorer's into EXAMPLES."""
    assert EXAMPLES.keys() == SCORERS.keys()


@pytest.mark.parametrize("name", NEEDING_A_REFERENCE)
@pytest.mark.parametrize("reference", [{"a": 1}, [], [" "], ["a", {}], "", "\u200b", None, ["a"] * 101])
def test_an_unreadable_reference_is_an_invalid_task(name: str, reference: object) -> None:
    """It is nobody's wrong answer."""
    score = scored(SCORERS[name], a_record("x", reference), EXAMPLES[name].options)

    assert score.verdict is Verdict.INVALID_TASK


def test_a_reference_without_words_has_no_f1() -> None:
    """Everything would share none of its words."""
    assert scored(similarity, a_record("x", "+++")).verdict is Verdict.INVALID_TASK


@given(reference=PRINTABLE, before=st.sampled_from(["", " ", "\n\t"]), after=st.sampled_from(["", " ", "\n\n"]))
def test_the_reference_earns_full_marks_whatever_space_is_around_it(reference: str, before: str, after: str) -> None:
    """Whichever way it is compared."""
    record = a_record(before + reference + after, reference)

    for name in TAKING_ANY_WORD:
        assert scored(SCORERS[name], record, EXAMPLES[name].options).value == 1.0
    assert scored(similarity, record, SimilarityOptions(method="ratio")).value == 1.0


@given(text=TEXT, reference=TEXT)
def test_any_text_is_answered(text: str, reference: str) -> None:
    """By every scorer, with whatever reference."""
    record = a_record(text, reference, prompt=reference)
    for name, scorer in SCORERS.items():
        assert scored(scorer, record, EXAMPLES[name].options).verdict is not Verdict.FAILED
    ratio = scored(similarity, record, SimilarityOptions(method="ratio"))
    assert ratio.verdict is not Verdict.FAILED


@pytest.mark.parametrize("name", SCORERS)
def test_contract(name: str) -> None:
    """What every scorer keeps."""
    example = EXAMPLES[name]

    check_scorer(SCORERS[name], right=[example.right], options=example.options, pays_any_text=example.pays_any_text)


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
        *((scorer, EXAMPLES[name].options) for name, scorer in SCORERS.items() if name in EXAMPLES),
        *((exact, ExactOptions(answer=where)) for where in get_args(Where)),
        (contains, ContainsOptions(max_words=10**9, max_other_items=10**9, forbidden=["no such phrase"])),
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


@pytest.mark.parametrize(
    ("completion", "reference", "value"),
    [
        ("42", "42", 1.0),
        ("```\n42\n```", "42", 1.0),
        ("Therefore, option (C).", "C", 1.0),
        ("My answer: \\boxed{\\text{B}}", "B", 1.0),
        ("A. Paris", "A", 1.0),
        ("Answer: B) It doubles.", "B", 1.0),
        ("A. B is wrong", "A", 0.0),
        ("A) no, C", "A", 0.0),
        ("Total cost: $45 + $9 = $54", "54", 1.0),
        ("Total cost: $45 + $9 = $54", "$54", 1.0),
        ("The answer is 54%.", "54", 0.0),
        ("The answer is (54).", "$54", 0.0),
        ("So there are 150 eggs left.", "150", 1.0),
        ("So there are 150 eggs left.", "15", 0.0),
    ],
)
def test_short_answers_are_announced_in_any_habit(completion: str, reference: str, value: float) -> None:
    """A letter in its brackets or before its choice, an amount with its sign, or nothing but the answer."""
    options = ExactOptions(answer="announced")

    assert scored(SCORERS["exact"], a_record(completion, reference), options).value == value
