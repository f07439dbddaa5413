"""``judge.compare``: models say whether the completion is better than another answer, shown in both orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_judge.asking import DECLARED, METRICS
from rlvr_judge.options import GuardedOptions
from rlvr_judge.prompts.layout import material_of
from rlvr_judge.questions import GUARD, UNSURE, Finding, Inquiry, Item, Question, Vote
from rlvr_judge.single import PreparedItem, prepare_item, score_item

WIN, TIE, LOSS = "win", "tie", "loss"
ORDERS_DISAGREE = "the orders disagree"


class CompareOptions(GuardedOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``judge.compare``."""

    against: Annotated[
        str,
        Meta(
            min_length=1,
            description="Where the row holds the other answer: `reference`, or a path such as `metadata.baseline`.",
        ),
    ] = "reference"
    question: Annotated[str, Meta(min_length=1, max_length=10_000, description="What makes an answer better.")] = (
        "Which answer helps the user more: correct, complete and to the point?"
    )
    tie: Annotated[float, Meta(ge=0.0, le=1.0, description="What a tie is worth.")] = 0.5
    disagreement: Annotated[
        Literal["tie", "loss"],
        Meta(description="What it counts as if the verdict depends on the order in which the answers are shown."),
    ] = "tie"

    def __post_init__(self) -> None:
        """Refuse examples, which have one answer only."""
        super().__post_init__()
        if self.examples:
            raise ValueError("`examples` have one answer, and two are compared; write `guidelines`")

    @property
    def worths(self) -> Mapping[str, float]:
        """What each verdict on both orders is worth."""
        worths = {LOSS: 0.0, TIE: self.tie, WIN: 1.0}
        return {**worths, ORDERS_DISAGREE: worths[self.disagreement]}


def _prepare(options: CompareOptions) -> PreparedItem:
    merged = Item(name="comparison", text=options.question, worths=options.worths)
    asked = Item(name="better", text=options.question, worths={"A": 0.0, "B": 1.0, TIE: options.tie})
    lead = "Compare ANSWER A and ANSWER B. Their order means nothing. What is said above of the ANSWER goes for both."
    questions = tuple(Question(lead=lead, items=(asked,), swaps=swaps) for swaps in (False, True))

    def merge(votes: Sequence[Vote]) -> Vote:
        straight, swapped = votes
        guard = {GUARD: straight[GUARD]} if GUARD in straight else {}
        return {**guard, merged.name: _merged(straight["better"], swapped["better"], options.worths)}

    return prepare_item(options, merged, Inquiry(questions=questions, merge=merge, merged=(merged,)))


def _merged(straight: Finding, swapped: Finding, worths: Mapping[str, float]) -> Finding:
    """Return the verdict of both orders; the completion is B, and A in the second."""
    first = {"A": LOSS, "B": WIN}.get(straight.verdict, straight.verdict)
    second = {"A": WIN, "B": LOSS}.get(swapped.verdict, swapped.verdict)
    if UNSURE in {first, second}:
        return Finding(verdict=UNSURE, worth=0.0, reason=straight.reason)
    if first == second:
        return Finding(verdict=first, worth=worths[first], reason=straight.reason)
    reason = f"{first}: {straight.reason}; in the other order {second}: {swapped.reason}"
    return Finding(verdict=ORDERS_DISAGREE, worth=worths[ORDERS_DISAGREE], reason=reason)


def _other_answer(record: Record, options: CompareOptions) -> str:
    """Return the answer to compare the completion with; "" if the row has none."""
    other = record.field(options.against)
    return other if isinstance(other, str) and other.strip() else ""


def _missing(options: CompareOptions) -> str:
    return f"the row has no text at `{options.against}` to compare the completion with"


def _audit(record: Record, prepared: PreparedItem) -> Iterable[str]:
    if not _other_answer(record, prepared.options):
        yield _missing(prepared.options)


@scorer(
    options=CompareOptions,
    reads=("messages", "reference", "metadata"),
    metrics=(*METRICS, "order_agreement"),
    prepare=_prepare,
    audit=_audit,
    **DECLARED,
)
async def compare(record: Record, prepared: PreparedItem) -> Score:
    """Pay 1.0 if the models prefer the completion to another answer, ``tie`` for a tie, else 0.0."""
    options: CompareOptions = prepared.options
    other = _other_answer(record, options)
    if not other:
        return Score.invalid_task(_missing(options), "missing_field")
    hidden: dict[str, Any] = {"reference": ""} if options.against == "reference" else {}
    material = msgspec.structs.replace(material_of(record, options), other=other, **hidden)
    if material.answer.split() == other.split():
        return Score.of(options.tie, "both answers are the same", order_agreement=1.0)
    score = await score_item(record, prepared, material)
    verdicts = [vote["verdict"] for vote in score.evidence.get("votes", {}).get("comparison", ())]
    agree = 1.0 - verdicts.count(ORDERS_DISAGREE) / len(verdicts) if verdicts else 0.0
    return msgspec.structs.replace(score, metrics={**score.metrics, "order_agreement": agree})
