"""The other scorers of rlvr-text."""

import sys
import time
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import ConfigError, Record, Registry, Scorer, Suite, SuiteFile, Verdict, score_rows
from rlvr.testing import a_record, check_scorer, scored, suite_of
from rlvr_text import plugin
from rlvr_text.contains import ContainsOptions, contains
from rlvr_text.exact import ExactOptions, Where, exact
from rlvr_text.length import LengthOptions
from rlvr_text.match import MatchOptions
from rlvr_text.similarity import SimilarityOptions, bleu, f1, rouge_l, similarity

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
    "match": Example(right=a_record("Paris", "Paris")),
    "length": Example(right=a_record("Paris", "Paris"), options=LengthOptions(max=5), pays_any_text=True),
    "similarity": Example(right=a_record("Paris", "Paris")),
}
NEEDING_A_REFERENCE = [name for name, example in EXAMPLES.items() if not example.pays_any_text]
TAKING_ANY_WORD = [name for name in NEEDING_A_REFERENCE if EXAMPLES[name].takes_any_word]


def test_every_scorer_has_an_example() -> None:
    """The tests of all scorers run on it; write a new scorer's into EXAMPLES."""
    assert EXAMPLES.keys() == SCORERS.keys()


@pytest.mark.each("name", NEEDING_A_REFERENCE)
@pytest.mark.each("reference", [{"a": 1}, [], [" "], ["a", {}], "", "\u200b", None, ["a"] * 101])
def test_an_unreadable_reference_is_an_invalid_task(name: str, reference: object) -> None:
    """It is nobody's wrong answer."""
    score = scored(SCORERS[name], a_record("x", reference), EXAMPLES[name].options)

    assert score.verdict is Verdict.INVALID_TASK


def test_an_object_as_reference_names_the_key_that_chooses() -> None:
    """Not only its type."""
    assert "`reference_key` of the task" in scored(exact, a_record("9", {"value": "9", "unit": "m"})).reason


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

    with pytest.raises(ImportError, match=r"pip install 'rlvr-text\[rapidfuzz\]'"):
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

    # A machine with other work makes one of several measurements wrong, and never all of a scan that is linear.
    assert any(seconds(80_000) < 10 * seconds(20_000) + 0.02 for _ in range(5))


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


@pytest.mark.each(
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


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer of whole words, as a model ships its own."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel({"one": 0, "-": 1, "two": 2}))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    path = tmp_path_factory.mktemp("models") / "tokenizer.json"
    tokenizer.save(str(path))
    return Path(path)


def test_tokens_are_those_of_the_tokenizer_that_the_suite_names(tokenizer_file: Path) -> None:
    """Its content is part of the suite, so that a worker or a layer needs no file."""
    suite = counting_with(tokenizer_file)

    report = score_rows(suite, [{"prompt": "q", "completion": "one-two"}, {"prompt": "q", "completion": "one - two -"}])

    assert [reward.value for reward in report.rewards] == [1.0, 0.0]


def test_a_file_that_is_no_tokenizer_is_told_at_load(tmp_path: Path) -> None:
    """With its name."""
    path = tmp_path / "t.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"t\.json' is no tokenizer"):
        counting_with(path)


def counting_with(path: Path) -> Suite:
    """Make a suite that wants at most three tokens."""
    options = f"{{unit: tokens, max: 3, tokenizer_file: {path}}}"
    return suite_of(f"tasks: {{t: {{scorers: [{{scorer: text.length, options: {options}}}]}}}}", text=plugin)


def test_a_tokenizer_counts_tokens_only(tokenizer_file: Path) -> None:
    """Words and characters are counted without one."""
    with pytest.raises(ValueError, match="counts tokens"):
        LengthOptions(max=3, tokenizer_file=SuiteFile("t.json", tokenizer_file.read_bytes()))


@pytest.mark.parametrize(
    ("text", "repetition"),
    [("a b c", 0.0), ("a", 0.0), ("a b c d e", 0.0), ("a b c a b c", 1 / 4), ("word " * 40, 37 / 38)],
)
def test_repetition_is_the_share_of_runs_that_stood_before(text: str, repetition: float) -> None:
    """Of three words each."""
    score = scored(SCORERS["length"], a_record(text), LengthOptions(max=100))

    assert score.metrics["repetition"] == pytest.approx(repetition)


def test_a_pattern_that_is_not_linear_is_told_at_load() -> None:
    """With the reason."""
    with pytest.raises(ConfigError, match="does not run in linear time"):
        suite_of(
            "tasks: {t: {scorers: [{scorer: text.match, options: {compare: regex, texts: ['(?=a)b']}}]}}", text=plugin
        )


def test_a_broken_pattern_of_a_row_is_an_invalid_task() -> None:
    """It is nobody's wrong answer."""
    score = scored(SCORERS["match"], a_record("x", "(?=a)b"), MatchOptions(compare="regex"))

    assert score.verdict is Verdict.INVALID_TASK


@given(st.lists(st.sampled_from("abcd"), max_size=30), st.lists(st.sampled_from("abcd"), min_size=1, max_size=30))
def test_the_longest_common_subsequence_is_that_of_the_table(words: list[str], reference: list[str]) -> None:
    """Which dynamic programming fills cell by cell."""
    row = [0] * (len(reference) + 1)
    for word in words:
        before = list(row)
        for index, other in enumerate(reference, 1):
            row[index] = before[index - 1] + 1 if word == other else max(before[index], row[index - 1])

    assert rouge_l(words, reference) == pytest.approx(2 * row[-1] / (len(words) + len(reference)))


@given(st.lists(st.sampled_from("abcd"), max_size=9), st.lists(st.sampled_from("abcd"), min_size=1, max_size=9))
def test_bleu_is_one_for_the_reference_alone(words: list[str], reference: list[str]) -> None:
    """And between 0 and 1 for all else."""
    value = bleu(words, reference)

    assert 0.0 <= value <= 1.0
    assert (value > 1 - 1e-12) == (words == reference) or sorted(words) == sorted(reference)
    assert bleu(reference, reference) == pytest.approx(1.0)


def test_exact_tells_whether_there_was_an_answer() -> None:
    """Right or wrong, and not if none was stated."""
    stated = ExactOptions(answer="tag")

    for text, there in (("<answer>Paris</answer>", 1.0), ("<answer>Rome</answer>", 1.0), ("It is Paris.", 0.0)):
        assert scored(exact, a_record(text, "Paris"), stated).metrics == {"answer_found": there}, text
    assert scored(exact, a_record("It is Paris.", "Paris"), stated).reason == "no answer found as tag"
