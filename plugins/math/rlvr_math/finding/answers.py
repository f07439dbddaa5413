r"""Find the answer that a completion commits to: what it states, see ``rlvr.stated_in``, and the value in that.

Without a statement it is a bold last line, the whole text if it is a line, or the one value of the last sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, assert_never

from rlvr import Commitment, Stated, StatementKind, lazy_pattern, polarity_at, stated_in
from rlvr_math.finding.extraction import WHOLE_TEXT, Extraction
from rlvr_math.finding.lines import find_last_value, is_answer, is_prose
from rlvr_math.finding.values import key_of_text, number_in_or_none, value_in
from rlvr_math.limits import ANSWER_LIMIT_CHARACTERS, OverLimitError
from rlvr_math.options import ALL_FINDERS, Finder
from rlvr_math.reading.numbers import simple_number_in
from rlvr_math.reading.units import is_counted, meanings_of

# Far more than an answer with its reasoning; nothing beyond is read.
COMPLETION_LIMIT_CHARACTERS = 2_000_000
# A number in plain digits, maybe between dollar signs, is read at once; a longer text is a sentence.
SHORT_CHARACTERS = 40
# A formula of this length without words is read as it stands.
PLAIN_CHARACTERS = 200
# Why the last of several boxes does not count, unless the reference has as many values.
EARLIER_BOX = "an earlier box says something else"
# The answer is the one value of the last sentence; only a reference that is a number or a letter is one.
CLOSING = "closing sentence"
# The answer is what the last sentence sets apart, for any reference.
EMPHASIS = "emphasis in the closing sentence"
# A percent sign right behind a box belongs to its number.
_PERCENT_BEHIND = lazy_pattern(r"(?:[ \t$}]|\\[),;! ])*(?:\\?%|percent\b|per cent\b|pct\b)", re.IGNORECASE)
NEAR_CHARACTERS = 80
# Letters side by side that are no command: a word such as "wait" may take back what stands before it.
_BARE_WORD = lazy_pattern(r"(?<![\\A-Za-z])[A-Za-z]{2}|;")
# A number and a unit, which says nothing else in any language.
_MEASURE = lazy_pattern(
    r"\$?-?[\d.,/]{1,40} ?\\text ?"
    r"\{ ?(?:units?|degrees|cm|mm|km|kg|feet|inches|miles|dollars|cents|minutes|hours) ?\}\$?"
)
# "42 can be ruled out." states no answer, although a reader of words finds a value in it.
_OPENS_VALUE = lazy_pattern(
    r"[\s*_\"'(]{0,4}(?:[-−+]?[\d.]|\$(?=[^$\n]{1,200}\$\s+[a-z])|\\\((?=[^\n]{1,200}?\\\)\s+[a-z]))"
)
_DENIED = frozenset({"denied", "retracted", "hedged", "conditional"})
_ENDING_MARKS = lazy_pattern(r"(?:\s{0,8}(?:</s>|<\|(?!end_of_box)\w{1,30}\|>))+$")
ENDING_LIMIT_CHARACTERS = 100


def same_text(one: str, other: str) -> bool:
    """Say whether two answers are the same number, or the same text but for space."""
    return key_of_text(one) == key_of_text(other)


def answer_in(  # noqa: PLR0913  # each option of finding by its name
    completion: str,
    stated: Callable[[], Stated] | None = None,
    *,
    finders: Sequence[Finder] = ALL_FINDERS,
    last_number: bool = False,
    last_formula: bool = False,
    same: Callable[[str, str], bool] = same_text,
) -> Extraction:
    """Find the answer of a completion whose reasoning is cut away.

    Args:
        completion: The text.
        stated: Returns what it states, if that is known; called only if it is needed.
        finders: What may state an answer; the others can only contradict.
        last_number: Whether the last number anywhere counts if nothing states an answer.
        last_formula: Whether the last formula between TeX's delimiters counts if nothing states an answer.
        same: Whether two answers are equal.
    """
    if len(completion) > COMPLETION_LIMIT_CHARACTERS:
        raise OverLimitError(f"a completion of {len(completion)} characters")
    if len(completion) <= PLAIN_CHARACTERS and "box" not in completion and "whole" in finders:
        plain = _plain_value(completion)
        if plain is not None:
            return plain
    statements = stated_in(completion) if stated is None else stated()
    kinds = _marked_kinds_of(tuple(finders))

    def agree(one: str, other: str) -> bool:
        return one == other or same(value_in(one)[0], value_in(other)[0])

    commitment = statements.commit(agree, kinds)
    if commitment.texts:
        return _extraction(completion, commitment)
    if commitment.problem != "no answer found":
        return _approximation(completion, statements, agree, kinds) or _extraction(completion, commitment)
    for name in ("bold", "whole"):
        found = _unmarked(completion, statements, name, finders, lenient=last_number or last_formula)
        if found is not None:
            return found
    last = find_last_value(completion, last_number=last_number, last_formula=last_formula)
    return last or next(closing_answers_in(statements, finders, completion), Extraction(None))


_MARKS = ("nswer", "<", ">", "#", "*", "~", "`", "NSWER", '"', ":", "%")


def _plain_value(text: str) -> Extraction | None:
    """Read a short text that is a formula or value, without words or marks that could state another."""
    number = simple_number_in(text) if len(text) <= SHORT_CHARACTERS else None
    if number is not None:
        return Extraction(text, WHOLE_TEXT, number=number)
    if any(map(text.__contains__, _MARKS)) or not text.isascii():
        return None
    if _BARE_WORD.search(text) and not _MEASURE.fullmatch(text):
        return None
    value = text.strip()
    if not value or "\n" in value:
        return None
    number = number_in_or_none(value)
    return Extraction(value, WHOLE_TEXT, number=number) if number is not None or not is_prose(text) else None


def closing_answers_in(stated: Stated, finders: Sequence[Finder], text: str) -> Iterator[Extraction]:
    """Yield the one value of the last sentence, and what it sets apart, for a text that is not an answer as a whole.

    Args:
        stated: What the text states.
        finders: What may state an answer.
        text: The text; words around the value may make another value of it, as in "twice 18" and "18 thousand".
    """
    if "closing" in finders:
        for kind, source in _CLOSING_KINDS:
            commitment = stated.commit(kinds=kind)
            if commitment.texts:
                yield _closing(commitment, source, text)


_CLOSING_KINDS: tuple[tuple[frozenset[StatementKind], str], ...] = (
    (frozenset({"closing"}), CLOSING),
    (frozenset({"emphasis"}), EMPHASIS),
)


def _closing(commitment: Commitment, source: str, text: str) -> Extraction:
    said, number = value_in(commitment.texts[0])
    statement = commitment.statement
    if statement is not None and polarity_at(text, statement.start, statement.end) == "altered":
        return Extraction("", source, "words before the value make another value of it")
    if number is None or statement is None or not text.startswith(statement.text, statement.start):
        return Extraction(said, source, number=number)
    whole, scaled = value_in(text[statement.start : statement.end + NEAR_CHARACTERS])
    if scaled is not None and (
        (scaled.percent, scaled.value) != (number.percent, number.value)
        or (scaled.unit and meanings_of(scaled.unit) and not is_counted(scaled.unit))
    ):
        return Extraction(whole, source, number=scaled)
    return Extraction(said, source, number=number)


# A sign or word of approximation right before a value.
_APPROXIMATES = lazy_pattern(
    r"(?:\\(?:approx|simeq)(?![A-Za-z])|[≈~]|\b(?:approximately|about|roughly|around)\b)"
    r"(?=[\s:$(\[*_\\]{0,12}(?:boxed|[-−]?[\d.]))"
)
_APPROXIMATED = frozenset({"altered", "hedged"})


def _approximation(
    completion: str, stated: Stated, same: Callable[[str, str], bool], kinds: frozenset[StatementKind]
) -> Extraction | None:
    """Read the last statement as an approximation, if it is one and nothing else keeps it from being the answer."""
    last = stated.statements[-1]
    if last.polarity not in _APPROXIMATED or last.kind not in kinds:
        return None
    found = _APPROXIMATES.search(completion, max(0, last.start - NEAR_CHARACTERS), last.end)
    if found is None:
        return None
    exact = completion[: found.start()] + " " * len(found[0]) + completion[found.end() :]
    commitment = stated_in(exact).commit(same, kinds)
    if not commitment.texts:
        return None
    extraction = _extraction(exact, commitment)
    return Extraction(f"\\approx {extraction.text}", extraction.source)


@cache  # suites name few sets of finders
def _marked_kinds_of(finders: tuple[Finder, ...]) -> frozenset[StatementKind]:
    """Return the kinds of statements of the finders that a mark or words point out."""
    return _kinds_of(each for each in finders if each not in {"bold", "whole", "closing"})


def _kinds_of(finders: Iterable[Finder]) -> frozenset[StatementKind]:
    """Return the kinds of statements that finders stand for."""
    kinds: set[StatementKind] = set()
    for name in finders:
        match name:
            case "box" | "tag" | "hashes" | "whole":
                kinds.add(name)
            case "statement":
                kinds |= {"announced", "correction", "json"}
            case "bold":
                kinds |= {"bold", "line"}
            case "closing":
                kinds |= {"closing", "emphasis"}
            case _:
                assert_never(name)
    return frozenset(kinds)


def _extraction(completion: str, commitment: Commitment) -> Extraction:
    """Read the value in what a completion commits to."""
    statement = commitment.statement
    if statement is None:
        problem = EARLIER_BOX if commitment.listed[1:] else commitment.problem
        return Extraction("", commitment.kind or "", problem, parts=commitment.listed)
    if len(commitment.texts) > 1 and not statement.parts:
        return Extraction("; ".join(commitment.texts), statement.kind)
    if statement.kind == "box":
        percent = _PERCENT_BEHIND.match(completion, statement.end, statement.end + NEAR_CHARACTERS)
        return Extraction(f"{statement.text}%" if percent else statement.text, "box")
    if statement.kind in {"tag", "json"} and _PERCENT_BEHIND.match(
        completion, statement.end, statement.end + NEAR_CHARACTERS
    ):
        return Extraction(statement.text, statement.kind, "what stands behind the tag belongs to it")
    text, number = value_in(statement.text)
    return Extraction(text, statement.kind, number=number)


def _unmarked(
    completion: str, stated: Stated, name: Literal["bold", "whole"], finders: Sequence[Finder], *, lenient: bool
) -> Extraction | None:
    """Read what a text that no mark states an answer in may be."""
    if name not in finders:
        return None
    text = completion
    if text.endswith(">"):
        text = text[:-ENDING_LIMIT_CHARACTERS] + _ENDING_MARKS.sub("", text[-ENDING_LIMIT_CHARACTERS:])
    text = text.strip()
    if name == "whole":
        if any(each.polarity == "mention" for each in stated.statements):
            return None
        if (
            not lenient
            and _OPENS_VALUE.match(text) is not None
            and any(
                each.kind == "whole" and each.polarity in _DENIED and not each.alternatives
                for each in stated.statements
            )
        ):
            return Extraction("", WHOLE_TEXT, stated.commit(kinds=_kinds_of([name])).problem)
        is_line = text != "" and "\n" not in text and len(text) <= ANSWER_LIMIT_CHARACTERS
        return Extraction(text, WHOLE_TEXT) if is_line and (not lenient or is_answer(text)) else None
    commitment = stated.commit(kinds=_kinds_of([name]))
    if commitment.texts:
        said, number = value_in(commitment.texts[0])
        return Extraction(said, "bold last line", number=number)
    return None if commitment.problem == "no answer found" else Extraction("", "bold last line", commitment.problem)
