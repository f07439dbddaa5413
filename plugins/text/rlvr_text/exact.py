"""``text.exact``: the answer is the reference, under a stated normalisation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import MARKED_KINDS, Record, Score, Stated, StatementKind, commitment_class, lazy_pattern, scorer, stated_in
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import normalised, seen

Where: TypeAlias = Literal["whole", "tag", "line", "announced"]
"""The answer is the whole text, in ``<answer>`` tags, the last line, or what the text states by any mark or words."""


# A number or a letter is also stated by a closing sentence; a name that stands in one is only mentioned.
_SHORT = lazy_pattern(r"[A-Z]|[-−]?[$€£]?\d[\d.,/]*%?")


# A letter in brackets, in TeX's text or before the text of its choice; an amount of money.
_WRAPPED = lazy_pattern(
    r"\\text\{\(?([A-Z])\)?\}|\(([A-Z])\)|([A-Z])[).:] (?!.*\b[A-Z]\b)[^\n]{1,200}|[$€£](\d[\d.,]*)"
)


class ExactOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.exact``; by default case, white space, quotes and a final full stop do not matter."""

    RENAMED: ClassVar[Mapping[str, str]] = {"case": "`letter_case`"}

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    answer: Annotated[
        Where,
        Meta(
            description="The answer is the whole text, in <answer> tags, the last line, or stated: in a box or tags, "
            "behind ####, 'the answer is' and its like."
        ),
    ] = "whole"
    letter_case: Annotated[bool, Meta(description="Upper and lower case differ.")] = False
    wrapping: Annotated[bool, Meta(description="Quotes, emphasis and the full stop around the answer matter.")] = False
    articles: Annotated[bool, Meta(description="English articles matter.")] = True


@scorer(options=ExactOptions, needs=("reference",), reads=(), metrics=("answer_found",), bounded=True)
def exact(record: Record, options: ExactOptions) -> Score:
    """Pay 1.0 if the answer equals the reference, or one of a list of references."""
    alternatives = alternatives_in(record.reference)
    if not alternatives:
        return Score.invalid_task(unreadable(record.reference), "unreadable_reference")
    text = seen(record.view(options.view))
    answer, problem = answer_in(text, record.stated if text == record.final else stated_in(text), alternatives, options)
    if not answer and (named := _named_answer(text, alternatives, options)):
        return Score(
            value=1.0, reason="equals the reference", evidence={"answer": named}, metrics={"answer_found": 1.0}
        )
    if not answer:
        return Score.of(0.0, problem, commitment_class(problem), answer_found=0.0)
    right = _normal(_core(answer, alternatives), options) in {_normal(each, options) for each in alternatives}
    reason = "equals the reference" if right else "differs from the reference"
    return Score(value=float(right), reason=reason, evidence={"answer": answer[:200]}, metrics={"answer_found": 1.0})


# A name that no text has by chance, and that the rules read as a name.
_STAND_IN = "Qaxwuvim"
NAMED_LIMIT_CHARACTERS = 20_000
NAMED_LIMIT_ALTERNATIVES = 10


def _named_answer(text: str, alternatives: tuple[str, ...], options: ExactOptions) -> str:
    """Return the reference that a text states, of those whose own words deny, ask or offer; "" if it states none.

    Nothing is committed to in "Answer: Trick or Treat" as the rules read it. With a plain name in the place of the
    reference they decide only by the words around it.
    """
    if len(text) > NAMED_LIMIT_CHARACTERS or _STAND_IN in text:
        return ""
    for reference in alternatives[:NAMED_LIMIT_ALTERNATIVES]:
        words = reference.split()
        if len(words) == 1 and "/" not in reference:
            continue
        said = r"\s+".join(map(re.escape, words))
        whole = re.compile(rf"(?<![\w'’-]){said}(?![\w'’-])", 0 if options.letter_case else re.IGNORECASE)
        plainly = (f"The answer is {reference}.", f"Answer: {reference}")
        if not whole.search(text) or all(_states(each, reference, options) for each in plainly):
            continue
        if _states(whole.sub(_STAND_IN, text), _STAND_IN, options):
            return reference[:200]
    return ""


def _states(text: str, wanted: str, options: ExactOptions) -> bool:
    answer, _ = answer_in(text, stated_in(text), (wanted,), options)
    return _normal(answer, options) == _normal(wanted, options)


def answer_in(text: str, stated: Stated, alternatives: tuple[str, ...], options: ExactOptions) -> tuple[str, str]:
    """Return the answer that stands where it is looked for, and why there is none if it is blank."""
    match options.answer:
        case "whole":
            return text.strip(), f"no answer found as {options.answer}"
        case "line":
            return text.strip().rsplit("\n", 1)[-1].strip(), f"no answer found as {options.answer}"
        case "tag":
            kinds: set[StatementKind] = {"tag", "correction"}
        case "announced":
            kinds = {*MARKED_KINDS} - {"line", "json"}
            if all(_SHORT.fullmatch(each.strip()) for each in alternatives):
                kinds |= {"line", "bold", "closing"}
        case _:
            assert_never(options.answer)

    def same(one: str, other: str) -> bool:
        return _normal(one, options) == _normal(other, options)

    commitment = stated.commit(same, kinds)
    if "closing" in kinds and commitment.problem == "no answer found":
        commitment = stated.commit(same, {"whole"})
    if len(commitment.texts) > 1 and commitment.statement is not None and len(commitment.statement.parts) > 1:
        return commitment.statement.text, ""
    problem = commitment.problem or "states several answers"
    return (commitment.texts[0], "") if len(commitment.texts) == 1 else ("", _shown(problem, options.answer))


# What a speaker says behind an answer: how sure they are, and where to look.
_ASIDE = lazy_pattern(
    r"(?:, (?:without (?:a |any )?doubt|no doubt|of course|for sure|obviously|clearly|indeed|certainly|definitely"
    r"|I am (?:sure|certain))| \((?:see|as in|cf\.) [^()]{1,60}\))\Z",
    re.IGNORECASE,
)


def _core(answer: str, alternatives: tuple[str, ...]) -> str:
    """Return an answer without an aside, a letter without brackets, an amount without a sign that no reference has."""
    if (aside := _ASIDE.search(answer)) and not any(_ASIDE.search(each) for each in alternatives):
        answer = answer[: aside.start()]
    match = _WRAPPED.fullmatch(answer.strip())
    if match is None or any(_WRAPPED.fullmatch(each.strip()) for each in alternatives):
        return answer
    return str(match[match.lastindex or 0])


def _shown(problem: str, where: Where) -> str:
    return f"no answer found as {where}" if problem == "no answer found" else problem


# TeX sets words upright or bold in a formula; the command is no part of the answer.
_SET = lazy_pattern(
    r"\s*(\$?)\\(?:text(?:bf|it|rm|sf|tt|up|normal)?|math(?:rm|bf|it|sf)|mbox|operatorname)\s?\{([^{}\\$]*)\}\1[\s.]*"
)


def _normal(text: str, options: ExactOptions) -> str:
    if "\\" in text and not options.wrapping and (found := _SET.fullmatch(text)):
        text = found[2]
    return normalised(text, case=options.letter_case, wrapping=options.wrapping, articles=options.articles)
