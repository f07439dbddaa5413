"""``text.similarity``: how near the answer's wording is to the reference's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import MissingError, Record, Score, encodable_text, how_to_install, scorer
from rlvr_text.reference import unreadable
from rlvr_text.templates import answer_text, check_templates, missing_score, references_in
from rlvr_text.words import normalised, words_in

# Order costs the product of both lengths: 20,000 by 20,000 characters take rapidfuzz 8 ms, 4,000 by 4,000 words 2 ms.
RATIO_LIMIT_CHARACTERS = 20_000
ORDER_LIMIT_WORDS = 4_000
# BLEU counts runs of up to so many words.
BLEU_RUN_WORDS = 4

Method: TypeAlias = Literal["rouge_l", "bleu", "f1", "ratio"]


class SimilarityOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.similarity``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    method: Annotated[
        Method,
        Meta(
            description="ROUGE-L (words in order), BLEU (runs of words), F1 of shared words without order, "
            "or the edit-distance ratio of characters (needs the extra `rapidfuzz`)."
        ),
    ] = "rouge_l"
    threshold: Annotated[float, Meta(ge=0, le=1, description="Smaller values earn 0.0.")] = 0.0
    answer_template: Annotated[
        str | None, Meta(description="What is compared instead of the view; see `text.match`.")
    ] = None
    reference_template: Annotated[
        str | None, Meta(description="What it is compared with: a constant, or a template such as `{{ item.x }}`.")
    ] = None
    normalise: Annotated[
        bool, Meta(description="Whether `ratio` ignores letter case, white space and the wrapping of the answer.")
    ] = True

    def __post_init__(self) -> None:
        """Refuse templates with unknown places."""
        check_templates(self.answer_template, self.reference_template)


def prepare(options: SimilarityOptions) -> SimilarityOptions:
    """Load the method's library before the first record.

    Raises:
        ImportError: ``ratio`` is asked for and rapidfuzz is not installed.
    """
    match options.method:
        case "rouge_l" | "bleu" | "f1":
            return options
        case "ratio":
            _load_rapidfuzz()
            return options
    assert_never(options.method)


def _load_rapidfuzz() -> None:
    try:
        import rapidfuzz.fuzz  # noqa: F401  # in C++; ours in Python would be a hundred times slower
    except ImportError as error:
        raise ImportError(f"method 'ratio' needs rapidfuzz; run {how_to_install('rlvr-text[rapidfuzz]')}") from error


@scorer(options=SimilarityOptions, bounded=True, prepare=prepare)
def similarity(record: Record, options: SimilarityOptions) -> Score:
    """Pay how similar the wording is to the reference, or to the nearest of a list of references."""
    try:
        alternatives = references_in(record, options.reference_template)
        text = answer_text(record, options.view, options.answer_template)
    except MissingError as missing:
        return missing_score(missing)
    if not alternatives:
        return Score.invalid_task(unreadable(record.reference), "unreadable_reference")
    match options.method:
        case "rouge_l":
            return _by_words(rouge_l, text, alternatives, options.threshold)
        case "bleu":
            return _by_words(bleu, text, alternatives, options.threshold)
        case "f1":
            return _by_words(f1, text, alternatives, options.threshold)
        case "ratio":
            return _by_ratio(text, alternatives, options)
    assert_never(options.method)


def _by_words(
    measure: Callable[[Sequence[str], Sequence[str]], float], text: str, alternatives: tuple[str, ...], threshold: float
) -> Score:
    references = [words_in(alternative) for alternative in alternatives]
    if not all(references):
        return Score.invalid_task("the reference has no words to compare", "unreadable_reference")
    if max(map(len, references)) > ORDER_LIMIT_WORDS:
        return Score.invalid_task(f"the reference is longer than {ORDER_LIMIT_WORDS} words")
    words = words_in(text)
    if len(words) > ORDER_LIMIT_WORDS:
        return Score.of(0.0, f"longer than {ORDER_LIMIT_WORDS} words", "over_limit")
    return _told(max(measure(words, reference) for reference in references), threshold)


def rouge_l(words: Sequence[str], reference: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall of the longest common subsequence of words.

    Source:
        ROUGE-L, Lin 2004, https://aclanthology.org/W04-1013, with beta 1, as common implementations have it.
    """
    common = _common_length(words, reference)
    return 2 * common / (len(words) + len(reference)) if common else 0.0


def _common_length(words: Sequence[str], reference: Sequence[str]) -> int:
    """Count the words of the longest common subsequence, all places of the reference at once in the bits of a number.

    Source:
        Hyyrö 2004, "Bit-parallel LCS-length computation revisited".
    """
    places: dict[str, int] = {}
    for index, word in enumerate(reference):
        places[word] = places.get(word, 0) | 1 << index
    every = (1 << len(reference)) - 1
    row = every
    for word in words:
        met = row & places.get(word, 0)
        row = ((row + met) | (row - met)) & every
    return len(reference) - row.bit_count()


def bleu(words: Sequence[str], reference: Sequence[str]) -> float:
    """Return sentence BLEU: shared runs of one to four words, longer runs smoothed by one, short answers penalised.

    Runs are as long as the reference allows, so that an equal text of any length earns 1.0.

    Source:
        BLEU, Papineni et al. 2002, https://aclanthology.org/P02-1040; smoothing 2 of Chen and Cherry 2014,
        https://aclanthology.org/W14-3346.
    """
    logarithms = 0.0
    longest = min(BLEU_RUN_WORDS, len(reference))
    for size in range(1, longest + 1):
        runs, wanted = _runs(words, size), _runs(reference, size)
        smoothing = int(size > 1)
        shared = (runs & wanted).total() + smoothing
        if not shared:
            return 0.0
        logarithms += math.log(shared / (runs.total() + smoothing))
    brevity = min(0.0, 1 - len(reference) / len(words))
    return math.exp(brevity + logarithms / longest)


def _runs(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))


def f1(words: Sequence[str], reference: Sequence[str]) -> float:
    """Return the harmonic mean of precision and recall of shared words, each counted as often as both have it.

    Source:
        The F1 of SQuAD, Rajpurkar et al., https://arxiv.org/abs/1606.05250, without its removal of articles.
    """
    shared = (Counter(words) & Counter(reference)).total()
    return 2 * shared / (len(words) + len(reference)) if shared else 0.0


def _by_ratio(text: str, alternatives: tuple[str, ...], options: SimilarityOptions) -> Score:
    from rapidfuzz.fuzz import ratio

    if max(map(len, alternatives)) > RATIO_LIMIT_CHARACTERS:
        return Score.invalid_task(f"the reference is longer than {RATIO_LIMIT_CHARACTERS} characters")
    if len(text) > RATIO_LIMIT_CHARACTERS:
        return Score.of(0.0, f"longer than {RATIO_LIMIT_CHARACTERS} characters", "over_limit")
    both = (normalised(each) if options.normalise else each for each in (text, *alternatives))
    normal, *others = (encodable_text(each, "?") for each in both)
    return _told(max(ratio(normal, other) for other in others) / 100, options.threshold)


def _told(value: float, threshold: float) -> Score:
    reason = f"similarity {value:.3f}"
    return (
        Score.of(value, reason)
        if value >= threshold
        else Score.of(0.0, f"{reason}, below {threshold:g}", "below_threshold")
    )
