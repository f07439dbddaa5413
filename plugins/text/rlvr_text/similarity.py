"""``text.similarity``: how near the answer's wording is to the reference's."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, encodable_text, scorer
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import normalised, words_in

# Edit distance costs the product of both lengths; 20,000 by 20,000 characters take rapidfuzz 8 ms.
RATIO_LIMIT_CHARACTERS = 20_000


Method: TypeAlias = Literal["f1", "ratio"]


class SimilarityOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.similarity``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    method: Annotated[
        Method,
        Meta(description="F1 of shared words, or edit-distance ratio (needs the extra `rapidfuzz`)."),
    ] = "f1"
    threshold: Annotated[float, Meta(ge=0, le=1, description="Smaller values earn 0.0.")] = 0.0


def prepare(options: SimilarityOptions) -> SimilarityOptions:
    """Load the method's library before the first record.

    Raises:
        ImportError: ``ratio`` is asked for and rapidfuzz is not installed.
    """
    match options.method:
        case "f1":
            return options
        case "ratio":
            _load_rapidfuzz()
            return options
    assert_never(options.method)


def _load_rapidfuzz() -> None:
    try:
        import rapidfuzz.fuzz  # noqa: F401  # in C++; ours in Python would be a hundred times slower
    except ImportError as error:
        raise ImportError("method 'ratio' needs rapidfuzz; run `pip install rlvr-text[rapidfuzz]`") from error


@scorer(options=SimilarityOptions, needs=("reference",), reads=(), bounded=True, prepare=prepare)
def similarity(record: Record, options: SimilarityOptions) -> Score:
    """Pay the similarity to the nearest of the reference's alternatives."""
    alternatives = alternatives_in(record.reference)
    if not alternatives:
        return Score.invalid_task(unreadable(record.reference))
    text = record.view(options.view)
    match options.method:
        case "f1":
            return _by_words(text, alternatives, options.threshold)
        case "ratio":
            return _by_ratio(text, alternatives, options.threshold)
    assert_never(options.method)


def _by_words(text: str, alternatives: tuple[str, ...], threshold: float) -> Score:
    references = [words_in(alternative) for alternative in alternatives]
    if not all(references):
        return Score.invalid_task("the reference has no words to compare")
    words = words_in(text)
    return _told(max(f1(words, reference) for reference in references), threshold)


def f1(words: list[str], reference: list[str]) -> float:
    """Return the harmonic mean of precision and recall of shared words, each counted as often as both have it.

    Source:
        The F1 of SQuAD, Rajpurkar et al., https://arxiv.org/abs/1606.05250, without its removal of articles.
    """
    shared = (Counter(words) & Counter(reference)).total()
    return 2 * shared / (len(words) + len(reference)) if shared else 0.0


def _by_ratio(text: str, alternatives: tuple[str, ...], threshold: float) -> Score:
    from rapidfuzz.fuzz import ratio

    if max(map(len, alternatives)) > RATIO_LIMIT_CHARACTERS:
        return Score.invalid_task(f"the reference is longer than {RATIO_LIMIT_CHARACTERS} characters")
    if len(text) > RATIO_LIMIT_CHARACTERS:
        return Score.of(0.0, f"longer than {RATIO_LIMIT_CHARACTERS} characters")
    normal, *others = (encodable_text(normalised(each), "?") for each in (text, *alternatives))
    return _told(max(ratio(normal, other) for other in others) / 100, threshold)


def _told(value: float, threshold: float) -> Score:
    reason = f"similarity {value:.3f}"
    return Score.of(value, reason) if value >= threshold else Score.of(0.0, f"{reason}, below {threshold:g}")
