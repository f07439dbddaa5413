"""``text.length``: the answer is as long as it should be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, SuiteFile, encodable_text, how_to_install, lazy_pattern, scorer
from rlvr_text.words import collapsed, words_in

# Below this many words, repetition is no padding.
REPETITION_FROM_WORDS = 20

# Rules such as ----- count as three characters, and so does any other run of one.
_RUN = lazy_pattern(r"(.)\1{3,}")


Unit: TypeAlias = Literal["words", "characters", "tokens"]


class LengthOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.length``: a band, and how the value falls outside it."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    unit: Annotated[
        Unit,
        Meta(
            description="Words, characters (any run of one counts as at most three), or tokens: of the tokenizer, else "
            "what stands between white space."
        ),
    ] = "words"
    tokenizer_file: Annotated[
        SuiteFile | None,
        Meta(description="A model's `tokenizer.json`, for the unit `tokens` (needs the extra `tokenizers`)."),
    ] = None
    min: Annotated[int, Meta(ge=1, description="The least length of full marks.")] = 1
    max: Annotated[int, Meta(ge=1, description="The greatest length of full marks.")]
    soft: Annotated[int, Meta(ge=0, description="Over how many units outside the band the value falls to 0.0.")] = 0
    distinct_share: Annotated[
        float,
        Meta(ge=0, le=1, description="Text of 20 words or more with a smaller share of distinct words earns 0.0."),
    ] = 0.05

    def __post_init__(self) -> None:
        """Refuse a band without inside, and a tokenizer that counts nothing."""
        if self.tokenizer_file is not None and not _is_tokens(self.unit):
            raise ValueError(f"`tokenizer_file` counts tokens, and `unit` is {self.unit}")
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")


def _is_tokens(unit: Unit) -> bool:
    match unit:
        case "tokens":
            return True
        case "words" | "characters":
            return False
    assert_never(unit)


class Band(msgspec.Struct, frozen=True):
    """The options, and how the tokenizer that they name counts."""

    options: LengthOptions
    count_tokens: Callable[[str], int]


def prepare(options: LengthOptions) -> Band:
    """Load the tokenizer before the first record.

    Raises:
        ImportError: A tokenizer is named and tokenizers is not installed.
        ValueError: The file is no tokenizer.
    """
    file = options.tokenizer_file
    return Band(options, _count_between_spaces if file is None else _counter_of(file))


def _count_between_spaces(text: str) -> int:
    return len(text.split())


def _counter_of(file: SuiteFile) -> Callable[[str], int]:
    try:
        from tokenizers import Tokenizer  # reads the file that every open model ships
    except ImportError as error:
        raise ImportError(f"a tokenizer needs tokenizers; run {how_to_install('rlvr-text[tokenizers]')}") from error
    try:
        tokenizer = Tokenizer.from_buffer(file.content)
    except Exception as error:  # the library raises Exception itself
        raise ValueError(f"file '{file.name}' is no tokenizer: {str(error)[:200]}") from error
    return lambda text: len(tokenizer.encode(encodable_text(text, "?"), add_special_tokens=False).ids)


@scorer(options=LengthOptions, reads=(), metrics=("length", "repetition"), bounded=True, prepare=prepare)
def length(record: Record, band: Band) -> Score:
    """Pay 1.0 for a length from ``min`` to ``max``, less within ``soft`` units of them, and nothing for filler."""
    options = band.options
    text = record.view(options.view)
    words = words_in(text)
    measured = {"length": _count(text, words, band), "repetition": repetition_in(words)}
    if not words:
        return Score.of(0.0, "no words", "no_answer", **measured)
    for parts in (words, text.split()):
        if len(parts) >= REPETITION_FROM_WORDS and len(set(parts)) < options.distinct_share * len(parts):
            return Score.of(0.0, f"{len(set(parts))} distinct words in {len(parts)}: filler", "filler", **measured)
    value = _value(int(measured["length"]), options)
    reason_class = "in_band" if value >= 1.0 else "near_band" if value > 0.0 else "out_of_band"
    return Score.of(value, f"{measured['length']} {options.unit}", reason_class, **measured)


def repetition_in(words: Sequence[str]) -> float:
    """Return the share of runs of three words that stood in the text before; 0.0 for fewer than four words."""
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return 1.0 - len(set(runs)) / len(runs) if len(runs) > 1 else 0.0


def _count(text: str, words: list[str], band: Band) -> int:
    match band.options.unit:
        case "words":
            return len(words)
        case "characters":
            return len(_RUN.sub(r"\1\1\1", collapsed(text)))
        case "tokens":
            return band.count_tokens(text)
    assert_never(band.options.unit)


def _value(count: int, options: LengthOptions) -> float:
    """Return 1.0 inside the band; outside it the value falls evenly, to 0.0 behind the soft margin."""
    outside = max(options.min - count, count - options.max, 0)
    if not outside:
        return 1.0
    return max(0.0, 1.0 - outside / (options.soft + 1)) if options.soft else 0.0
