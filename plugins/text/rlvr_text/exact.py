"""``text.exact``: the answer is the reference, under a stated normalisation."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import normalised

OPENS, CLOSES = "<answer>", "</answer>"


class ExactOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.exact``; by default case, white space, quotes and a final full stop do not matter."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    answer: Annotated[
        Literal["whole", "tag", "line"],
        Meta(description="The answer is the whole text, the text in <answer> tags, or the last line."),
    ] = "whole"
    case: Annotated[bool, Meta(description="Upper and lower case differ.")] = False
    wrapping: Annotated[bool, Meta(description="Quotes, emphasis and the full stop around the answer matter.")] = False
    articles: Annotated[bool, Meta(description="English articles matter.")] = True


@scorer(options=ExactOptions, needs=("reference",), metrics=("answer_found",), bounded=True)
def exact(record: Record, options: ExactOptions) -> Score:
    """Pay 1.0 if the answer is one of the reference's alternatives."""
    alternatives = alternatives_in(record.reference)
    if not alternatives:
        return Score.invalid_task(unreadable(record.reference))
    answer = answer_in(record.view(options.view), options.answer)
    if answer is None:
        return Score.of(0.0, f"no single answer found as {options.answer}", answer_found=0.0)
    right = _normal(answer, options) in {_normal(alternative, options) for alternative in alternatives}
    reason = "equals the reference" if right else "differs from the reference"
    return Score(value=float(right), reason=reason, evidence={"answer": answer[:200]}, metrics={"answer_found": 1.0})


def answer_in(text: str, where: Literal["whole", "tag", "line"]) -> str | None:
    """Find the answer in a text; None if it is not there, or if two tags say different things."""
    if where == "tag":
        tagged = {part.split(CLOSES, 1)[0].strip() for part in text.split(OPENS)[1:] if CLOSES in part}
        answer = tagged.pop() if len(tagged) == 1 else ""
    elif where == "line":
        answer = text.strip().rsplit("\n", 1)[-1]
    else:
        answer = text
    return answer.strip() or None


def _normal(text: str, options: ExactOptions) -> str:
    return normalised(text, case=options.case, wrapping=options.wrapping, articles=options.articles)
