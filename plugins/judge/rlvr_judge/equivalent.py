"""``judge.equivalent``: models decide whether an answer in prose says the same as the reference.

Made for ``otherwise``, behind a scorer by rule that cannot decide.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_judge.asking import DECLARED, METRICS
from rlvr_judge.options import GuardedOptions
from rlvr_judge.prompts.layout import answer_of, text_of
from rlvr_judge.questions import Item
from rlvr_judge.single import PreparedItem, prepare_item, score_item

EXPLAINED = (
    "yes if the answer that the ANSWER finally gives means the same as the REFERENCE, or as one of its elements if it "
    "is a JSON list of alternatives; other words, order and further explanation do not matter. no if it differs, "
    "leaves a part of the REFERENCE out, contradicts or takes back itself, gives several answers of which one is "
    "right, or gives none"
)


class EquivalentOptions(GuardedOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``judge.equivalent``."""

    rule: Annotated[
        str, Meta(max_length=4_000, description="What else counts as the same, such as `rounded to whole numbers`.")
    ] = ""

    def __post_init__(self) -> None:
        """Refuse to hide the reference."""
        super().__post_init__()
        if not self.show_reference:
            raise ValueError("`show_reference` must be true: the reference is what the answer is compared with")


def _prepare(options: EquivalentOptions) -> PreparedItem:
    text = f"{EXPLAINED}. {options.rule}" if options.rule else EXPLAINED
    item = Item(name="equivalent", text=text, worths={"no": 0.0, "yes": 1.0})
    return prepare_item(options, item, lead="Decide whether the ANSWER gives the same answer as the REFERENCE.")


@scorer(
    options=EquivalentOptions,
    needs=("reference",),
    reads=("messages",),
    metrics=METRICS,
    prepare=_prepare,
    **{**DECLARED, "reference_is_answer": True},
)
async def equivalent(record: Record, prepared: PreparedItem) -> Score:
    """Pay 1.0 if the completion means the same as the reference; models are asked unless the two texts are equal."""
    reference = text_of(record.reference)
    if not reference.strip():
        return Score.invalid_task("the reference is blank", "unreadable_reference")
    if answer_of(record, prepared.options).split() == reference.split():
        return Score.of(1.0, "the answer is the reference")
    return await score_item(record, prepared)
