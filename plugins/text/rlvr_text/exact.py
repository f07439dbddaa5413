"""``text.exact``: the answer is the reference, under a stated normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.statements import announced_in, tagged_in
from rlvr_text.words import normalised, seen

Where: TypeAlias = Literal["whole", "tag", "line", "announced"]
"""The answer is the whole text, in ``<answer>`` tags, the last line, or behind "the answer is" and its like."""


class ExactOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.exact``; by default case, white space, quotes and a final full stop do not matter."""

    RENAMED: ClassVar[Mapping[str, str]] = {"case": "`letter_case`"}

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    answer: Annotated[
        Where,
        Meta(description="The answer is the whole text, in <answer> tags, the last line, or behind 'the answer is'."),
    ] = "whole"
    letter_case: Annotated[bool, Meta(description="Upper and lower case differ.")] = False
    wrapping: Annotated[bool, Meta(description="Quotes, emphasis and the full stop around the answer matter.")] = False
    articles: Annotated[bool, Meta(description="English articles matter.")] = True


@scorer(options=ExactOptions, needs=("reference",), reads=(), metrics=("answer_found",), bounded=True)
def exact(record: Record, options: ExactOptions) -> Score:
    """Pay 1.0 if the answer is one of the reference's alternatives."""
    alternatives = alternatives_in(record.reference)
    if not alternatives:
        return Score.invalid_task(unreadable(record.reference))
    answers = answers_in(seen(record.view(options.view)), options.answer)
    said = {_normal(answer, options) for answer in answers}
    if len(said) != 1:
        problem = "answers contradict" if said else f"no answer found as {options.answer}"
        return Score.of(0.0, problem, answer_found=0.0)
    right = said <= {_normal(alternative, options) for alternative in alternatives}
    reason = "equals the reference" if right else "differs from the reference"
    return Score(
        value=float(right), reason=reason, evidence={"answer": answers[0][:200]}, metrics={"answer_found": 1.0}
    )


def answers_in(text: str, where: Where) -> list[str]:
    """Return each place of a text where the answer is looked for, none blank."""
    return [place.strip() for place in _places_in(text, where) if place.strip()]


def _places_in(text: str, where: Where) -> list[str]:
    match where:
        case "whole":
            return [text]
        case "tag":
            return tagged_in(text)
        case "line":
            return [text.strip().rsplit("\n", 1)[-1]]
        case "announced":
            return announced_in(text)
    assert_never(where)


def _normal(text: str, options: ExactOptions) -> str:
    return normalised(text, case=options.letter_case, wrapping=options.wrapping, articles=options.articles)
