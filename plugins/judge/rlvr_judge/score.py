"""``judge.score``: models give a whole number in a range, with anchors."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_judge.asking import DECLARED, METRICS
from rlvr_judge.options import GuardedOptions
from rlvr_judge.questions import Item
from rlvr_judge.single import PreparedItem, prepare_item, score_item


class ScoreOptions(GuardedOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``judge.score``."""

    question: Annotated[str, Meta(min_length=1, max_length=10_000, description="What the number says of the answer.")]
    low: Annotated[int, Meta(ge=-1_000, le=1_000, description="The number that is worth 0.0.")] = 1
    high: Annotated[int, Meta(ge=-1_000, le=1_000, description="The number that is worth 1.0.")] = 5
    anchors: Annotated[
        dict[str, str], Meta(max_length=101, description="What an answer of a number is like, by the number.")
    ] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an empty range, and anchors outside it."""
        super().__post_init__()
        if self.low >= self.high:
            raise ValueError(f"`low` is {self.low} and `high` is {self.high}; `low` must be less")
        allowed = {str(number) for number in range(self.low, self.high + 1)}
        wrong = sorted(self.anchors.keys() - allowed)
        if wrong:
            raise ValueError(f"anchors {', '.join(wrong)} are no whole numbers from {self.low} to {self.high}")


def _prepare(options: ScoreOptions) -> PreparedItem:
    anchors = [f"  {number}: {options.anchors[number]}" for number in sorted(options.anchors, key=int)]
    width = options.high - options.low
    worths = {str(number): (number - options.low) / width for number in range(options.low, options.high + 1)}
    item = Item(name="score", text="\n".join([options.question, *anchors]), worths=worths, is_number=True)
    return prepare_item(options, item)


@scorer(options=ScoreOptions, reads=("messages", "reference"), metrics=METRICS, prepare=_prepare, **DECLARED)
async def score(record: Record, prepared: PreparedItem) -> Score:
    """Pay the number that the models give, scaled from its range to 0..1."""
    return await score_item(record, prepared)
