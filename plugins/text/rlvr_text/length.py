"""``text.length``: the answer is as long as it should be."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_text.words import collapsed, words_in

# Below this many words, repetition is no padding.
REPETITION_FROM_WORDS = 20

# Rules such as ----- count as three characters, and so does any other run of one.
_RUN = re.compile(r"(.)\1{3,}")


Unit: TypeAlias = Literal["words", "characters", "tokens"]


class LengthOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.length``: a band, and how the value falls outside it."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    unit: Annotated[
        Unit,
        Meta(description="Words, characters (any run of one counts as at most three), or tokens between white space."),
    ] = "words"
    min: Annotated[int, Meta(ge=1, description="The least length of full marks.")] = 1
    max: Annotated[int, Meta(ge=1, description="The greatest length of full marks.")]
    soft: Annotated[int, Meta(ge=0, description="Over how many units outside the band the value falls to 0.0.")] = 0
    distinct_share: Annotated[
        float,
        Meta(ge=0, le=1, description="Text of 20 words or more with a smaller share of distinct words earns 0.0."),
    ] = 0.05

    def __post_init__(self) -> None:
        """Refuse a band without inside."""
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")


@scorer(options=LengthOptions, reads=(), metrics=("length",), bounded=True)
def length(record: Record, options: LengthOptions) -> Score:
    """Pay 1.0 inside the band, less in the soft margin around it, nothing for filler."""
    text = record.view(options.view)
    words = words_in(text)
    count = _count(text, words, options.unit)
    if not words:
        return Score.of(0.0, "no words", length=count)
    for parts in (words, text.split()):
        if len(parts) >= REPETITION_FROM_WORDS and len(set(parts)) < options.distinct_share * len(parts):
            return Score.of(0.0, f"{len(set(parts))} distinct words in {len(parts)}: filler", length=count)
    return Score.of(_value(count, options), f"{count} {options.unit}", length=count)


def _count(text: str, words: list[str], unit: Unit) -> int:
    match unit:
        case "words":
            return len(words)
        case "characters":
            return len(_RUN.sub(r"\1\1\1", collapsed(text)))
        case "tokens":
            return len(text.split())
    assert_never(unit)


def _value(count: int, options: LengthOptions) -> float:
    outside = max(options.min - count, count - options.max, 0)
    if not outside:
        return 1.0
    return max(0.0, 1.0 - outside / (options.soft + 1)) if options.soft else 0.0
