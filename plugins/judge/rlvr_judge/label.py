"""``judge.label``: models put the completion into one of several classes, some of which pass."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_judge.asking import DECLARED, METRICS
from rlvr_judge.options import GuardedOptions
from rlvr_judge.questions import UNSURE, Item
from rlvr_judge.single import PreparedItem, prepare_item, score_item

Label: TypeAlias = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f\"\\]([^\x00-\x1f\"\\]{0,78}[^\s\x00-\x1f\"\\])?$")]


class LabelOptions(GuardedOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``judge.label``."""

    question: Annotated[str, Meta(min_length=1, max_length=10_000, description="What the label says of the answer.")]
    labels: Annotated[tuple[Label, ...], Meta(min_length=2, max_length=50, description="The labels.")]
    passing_labels: Annotated[
        tuple[Label, ...], Meta(min_length=1, max_length=49, description="The labels that are worth 1.0.")
    ]

    def __post_init__(self) -> None:
        """Refuse doubled labels, and passing labels that are none or all."""
        super().__post_init__()
        labels, passing = set(self.labels), set(self.passing_labels)
        if len(labels) != len(self.labels):
            raise ValueError("a label stands twice in `labels`")
        if not passing < labels:
            raise ValueError("`passing_labels` must be some of `labels`, and not all")
        if self.escalate is not None and UNSURE in labels:
            raise ValueError(f"a label is {UNSURE!r}, which judges with larger ones have")


def _prepare(options: LabelOptions) -> PreparedItem:
    worths = {label: float(label in options.passing_labels) for label in options.labels}
    return prepare_item(options, Item(name="label", text=options.question, worths=worths))


@scorer(options=LabelOptions, reads=("messages", "reference"), metrics=METRICS, prepare=_prepare, **DECLARED)
async def label(record: Record, prepared: PreparedItem) -> Score:
    """Pay 1.0 for a passing label and 0.0 for another; several judges are combined."""
    return await score_item(record, prepared)
