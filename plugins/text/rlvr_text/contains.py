"""``text.contains``: the answer names what it must, and nothing that it must not.

An answer that states its answer names only what it commits to; else a phrase counts where the text says it.
A bare substring rule pays for lists of candidates, the repeated question, denials, and numbers inside numbers;
each of these is closed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import MARKED_KINDS, Record, Score, Stated, StatementKind, lazy_pattern, said_in, scorer, stated_in
from rlvr_text.naming.candidates import listing_problem
from rlvr_text.naming.denials import is_denied, is_taken_back
from rlvr_text.naming.mentions import is_number, mentions, occurrences, without_addresses
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import bared, normalised, words_in

# Where a phrase is a number, the one number of the last sentence is the answer.
CLOSING: frozenset[StatementKind] = frozenset({"closing"})
# More mentions than an honest answer has; further ones are not read.
MENTIONS_LIMIT = 64
# Shorter prompts are words that an honest answer may well repeat.
ECHO_FROM_WORDS = 5

_NUMBERS = lazy_pattern(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?%?")
# Three and more numbers with nothing between them are no sentence.
_NUMBERS_IN_A_ROW = lazy_pattern(r"(?<![\w.,])\d[\d.,]{0,40}(?: {1,4}\d[\d.,]{0,40}){2}(?![\w])")

# The letters of an abbreviation with full stops: "A.I."
_DOTTED = lazy_pattern(r"\b(\w)\.(?=\w\b)")
# No language writes Latin and Cyrillic letters in one word; a forbidden phrase hides so.
_MIXED = lazy_pattern(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
# No mark that a model writes behind or inside its answer may hide a forbidden phrase.
_FORBIDDEN_VIEW = {"final": "visible", "full": "full"}

Phrase = Annotated[str, Meta(min_length=1)]
Mode: TypeAlias = Literal["all", "any"]


class ContainsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.contains``."""

    RENAMED: ClassVar[Mapping[str, str]] = {"case": "`letter_case`"}

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    phrases: Annotated[
        list[Phrase] | None, Meta(description="What the answer must name; the reference (or its list) if absent.")
    ] = None
    mode: Annotated[Mode, Meta(description="Whether every phrase is needed, or one.")] = "all"
    partial: Annotated[bool, Meta(description="With `all`, pay the share of phrases found.")] = False
    forbidden: Annotated[list[Phrase], Meta(description="Phrases that make the value 0.0.")] = []
    letter_case: Annotated[bool, Meta(description="Upper and lower case differ.")] = False
    max_words: Annotated[int, Meta(ge=1, description="A longer answer earns 0.0: dumping does not pay.")] = 200
    max_other_numbers: Annotated[
        int, Meta(ge=0, description="Where a phrase is a number: more different other numbers earn 0.0.")
    ] = 2
    max_other_items: Annotated[
        int, Meta(ge=0, description="A list with more items than this beside those asked for earns 0.0.")
    ] = 2

    def __post_init__(self) -> None:
        """Refuse options that would pay for anything."""
        blank = [phrase for phrase in (*(self.phrases or ()), *self.forbidden) if not phrase.strip()]
        if blank or (self.phrases == [] and not self.forbidden):
            raise ValueError("a phrase is blank, or there is none")


@scorer(options=ContainsOptions, metrics=("found_share",), bounded=True)
def contains(record: Record, options: ContainsOptions) -> Score:
    """Pay for phrases that the answer names as whole words, and does not deny."""
    phrases = tuple(options.phrases) if options.phrases is not None else alternatives_in(record.reference)
    if not phrases and options.phrases is None:
        missing = record.reference is None
        if missing:
            return Score.invalid_task("the row has no `reference`", "missing_field")
        return Score.invalid_task(unreadable(record.reference), "unreadable_reference")
    answer = record.view(options.view)
    stated = record.stated if answer == record.final else stated_in(answer)
    committed = _committed(stated, phrases, options)
    text = _lined(_said(answer, stated), options)
    told = _without_echo(text, record, options)
    if problem := _problem(text, () if committed else phrases, options):
        return Score.of(0.0, problem, "no_answer" if problem == _NO_WORDS else "too_much_text", found_share=0.0)
    if problem := _forbidden(record.view(_FORBIDDEN_VIEW[options.view]), options):
        return Score.of(0.0, problem, "forbidden", found_share=0.0)
    if problem := _listing(record, (told,) if committed is None else committed, phrases, options):
        return Score.of(0.0, problem, "lists_candidates", found_share=0.0)
    found = _found(told, committed, phrases, options)
    share = len(found) / len(phrases) if phrases else 1.0
    value = _value(share, options) if phrases else 1.0
    reason = f"{len(found)} of {len(phrases)} phrases named" if phrases else "names nothing forbidden"
    return Score.of(value, reason, found_share=share)


# The letter that an answer gives a number: x = 42.
_NAME = lazy_pattern(r"[\s$(*]*[A-Za-z]\s?=\s*(?=\S)")


def _committed(stated: Stated, phrases: tuple[str, ...], options: ContainsOptions) -> tuple[str, ...] | None:
    """Return the texts that an answer commits to, if it states one; None if its phrases count wherever they stand."""
    numeric = bool(phrases) and all(is_number(phrase) for phrase in phrases)
    marked = [each for each in stated.statements if each.kind in MARKED_KINDS and each.polarity != "mention"]
    kinds = MARKED_KINDS if marked else CLOSING if numeric else frozenset()
    commitment = stated.commit(lambda one, other: _normal(one, options) == _normal(other, options), kinds)
    if not marked and not commitment.texts:
        return None
    if commitment.statement is not None and len(commitment.texts) == 1:
        said = commitment.statement.text
        name = _NAME.match(said) if numeric else None
        return (_lined(said[name.end() :] if name else said, options),)
    listed = () if commitment.problem == "the answer is hedged" else commitment.listed
    return tuple(_lined(each, options) for each in commitment.texts or listed)


def _said(answer: str, stated: Stated) -> str:
    """Return the answer without what it does not say: comments, struck-out text, instructions and placeholders."""
    text = said_in(answer)
    for each in stated.statements:
        if each.polarity == "mention":
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _found(
    told: str, committed: tuple[str, ...] | None, phrases: tuple[str, ...], options: ContainsOptions
) -> list[str]:
    """Return the phrases that an answer names: in what it commits to, if it states an answer, else anywhere.

    Of several phrases that are all needed, some may stand beside what it commits to.
    """
    wanted = [(phrase, _normal(phrase, options)) for phrase in phrases]
    if committed is None:
        return [phrase for phrase, normal in wanted if _named(told, normal)]
    anywhere = bool(committed) and len(phrases) > 1 and _needs_all(options.mode)
    found = []
    for phrase, normal in wanted:
        states = any(_named(each, normal) for each in committed) and _is_mentioned(told, phrase, normal)
        if states or (anywhere and _named(told, normal)):
            found.append(phrase)
    return found


def _is_mentioned(told: str, phrase: str, normal: str) -> bool:
    """Return whether a number is in the whole text as it is: "half of 42" states 42 to a reader of its end only."""
    return not is_number(phrase) or next(mentions(_flat(told), normal), None) is not None


def _needs_all(mode: Mode) -> bool:
    match mode:
        case "all":
            return True
        case "any":
            return False
    assert_never(mode)


def _value(share: float, options: ContainsOptions) -> float:
    """Return what a share of the phrases is worth."""
    match options.mode:
        case "all":
            return share if options.partial else float(share == 1.0)
        case "any":
            return float(share > 0.0)
    assert_never(options.mode)


_NO_WORDS = "no words"


def _problem(text: str, phrases: tuple[str, ...], options: ContainsOptions) -> str:
    """Return why an answer earns nothing whatever it names, or nothing."""
    words = len(words_in(text))
    if not words:
        return _NO_WORDS
    if words > options.max_words:
        return f"{words} words, more than {options.max_words}"
    numbers = {phrase.strip() for phrase in phrases if is_number(phrase)}
    others = {number.strip(",") for number in _NUMBERS.findall(text)} - numbers if numbers else set()
    if len(others) > options.max_other_numbers:
        return f"{len(others)} other numbers beside the one asked for"
    return ""


def _forbidden(answer: str, options: ContainsOptions) -> str:
    """Return which forbidden phrase an answer names, also hidden by emphasis and characters of no width."""
    if options.forbidden and _MIXED.search(answer):
        return "hides letters of another script in a word"
    shown = _normal(_DOTTED.sub(r"\1", bared(answer)), options) if options.forbidden else ""
    said = f" {' '.join(words_in(shown))} "
    for phrase in options.forbidden:
        wanted = _normal(_DOTTED.sub(r"\1", bared(phrase)) or phrase, options)
        words = words_in(wanted)
        spread = len(words) > 1 and not options.letter_case and f" {' '.join(words)} " in said
        if spread or next(occurrences(shown, wanted), None) is not None:
            return f"names the forbidden {phrase!r}"
    return ""


def _listing(record: Record, texts: tuple[str, ...], phrases: tuple[str, ...], options: ContainsOptions) -> str:
    """Return whether what an answer commits to, or says, lists candidates; or nothing."""
    question = _question(record)
    asked = len(phrases) if _needs_all(options.mode) else 1
    if asked == 1 and any(map(is_number, phrases)) and any(map(_NUMBERS_IN_A_ROW.search, texts)):
        return "lists numbers"
    problems = (listing_problem(each, phrases, question, asked=asked, others=options.max_other_items) for each in texts)
    return next(filter(None, problems), "") if phrases else ""


def _without_echo(text: str, record: Record, options: ContainsOptions) -> str:
    """Cut the repeated question out, which names whatever the question named."""
    prompt = _flat(_lined(_question(record), options))
    if len(words_in(prompt)) < ECHO_FROM_WORDS:
        return text
    kept, flat, position = [], _flat(text), 0
    while (start := flat.find(prompt, position)) >= 0:
        kept.append(text[position:start])
        position = start + len(prompt)
    return "\n".join([*kept, text[position:]])


def _question(record: Record) -> str:
    return next((message.content for message in reversed(record.messages) if message.role == "user"), "")


def _named(text: str, phrase: str) -> bool:
    """Return whether a phrase is mentioned, and nowhere denied, hedged or asked."""
    places = list(islice(mentions(_flat(text), phrase), MENTIONS_LIMIT))
    if not places or is_taken_back(text, places[-1][1]):
        return False
    return not any(is_denied(text, *place) for place in places)


def _lined(text: str, options: ContainsOptions) -> str:
    """Return the normal form of each line that has a word; addresses are blanked out."""
    return "\n".join(filter(None, (_normal(line, options) for line in without_addresses(text).splitlines())))


def _flat(text: str) -> str:
    """Return lines as one, each character in its place."""
    return text.replace("\n", " ")


def _normal(phrase: str, options: ContainsOptions) -> str:
    return normalised(phrase, case=options.letter_case, wrapping=True)
