"""What the scorers share whose models decide one thing about an answer: a number, a label, an equivalence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rlvr import Record, Score
from rlvr_judge.asking import Asker
from rlvr_judge.options import GuardedOptions
from rlvr_judge.panel import Outcome
from rlvr_judge.prompts.layout import Material, material_of
from rlvr_judge.questions import Inquiry, Item, Question, check_examples


class PreparedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The only item of a suite, ready to be asked."""

    options: Any
    asker: Asker
    item: Item
    inquiry: Inquiry


def prepare_item(options: GuardedOptions, item: Item, inquiry: Inquiry | None = None, lead: str = "") -> PreparedItem:
    """Prepare to ask about one item.

    Raises:
        ValueError: An example of the suite has another verdict than those of the item.
    """
    check_examples(options.examples, [item])
    asked = inquiry or Inquiry(questions=(Question(lead=lead or "Judge the ANSWER.", items=(item,)),))
    return PreparedItem(options=options, asker=Asker(options), item=item, inquiry=asked)


async def score_item(record: Record, prepared: PreparedItem, material: Material | None = None) -> Score:
    """Pay what the verdict on the item is worth."""

    def score_of(outcomes: Mapping[str, Outcome]) -> Score:
        outcome = outcomes[prepared.item.name]
        return Score(
            value=outcome.worth,
            reason=f"{prepared.item.name}: {outcome.verdict}",
            evidence={"verdict": outcome.verdict, "reason": outcome.reason},
        )

    return await prepared.asker.score(material or material_of(record, prepared.options), prepared.inquiry, score_of)
