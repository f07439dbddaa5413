"""``text.contains``: the answer names what it must, and nothing that it must not.

A bare substring rule pays for dumping candidates, echoing the prompt, denying the answer, and numbers inside numbers;
each of these is closed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import MARKED_KINDS, Record, Score, Stated, StatementKind, polarity_at, said_in, scorer, stated_in
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import bared, normalised, words_in

# How many words before a mention may deny it, as in "is certainly not the one".
DENIAL_REACH_WORDS = 4
# Where a phrase is a number, the one number of the last sentence is the answer.
CLOSING: frozenset[StatementKind] = frozenset({"closing"})
# More mentions than an honest answer has; further ones are not read.
MENTIONS_LIMIT = 64
# A list's items are this short; longer stretches between commas and line ends are prose.
ITEM_LIMIT_WORDS = 3
# Shorter prompts are words that an honest answer may well repeat.
ECHO_FROM_WORDS = 5

_DENIALS = frozenset({"not", "no", "never", "neither", "nor", "without", "cannot", "except", "doubt"})
_TURNS = frozenset({"but", "rather", "instead"})
_CERTAIN = re.compile(r"\b(?:no|without(?: any| a)?) doubt\b", re.IGNORECASE)
_ALL_BUT = re.compile(r"\b(?:anything|everything|any|all) but(?: the)? ?$", re.IGNORECASE)
# What follows a mention and takes it back: a question mark, an alternative, a denial.
_TAKEN_BACK = re.compile(
    r"[\"'”’*_)]{0,4} ?(?:\?|,? ?or\b|(?:is|was|are|were|seems) (?:\w+ )?(?:not|wrong|incorrect|false)\b"
    r"|(?:is|was|are|were|does|do|did|ca|could|would)n['’]t\b|(?:does|do|did|can|could|would) not\b|cannot\b)",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor (?:the )?$", re.IGNORECASE)
_BETWEEN_ITEMS = re.compile(r"[,;|/•\n]|\b(?:or|and)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?%?")

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
    ] = 5

    def __post_init__(self) -> None:
        """Refuse options that would pay for anything."""
        blank = [phrase for phrase in (*(self.phrases or ()), *self.forbidden) if not phrase.strip()]
        if blank or (self.phrases == [] and not self.forbidden):
            raise ValueError("a phrase is blank, or there is none")


@scorer(options=ContainsOptions, metrics=("found_share",), bounded=True)
def contains(record: Record, options: ContainsOptions) -> Score:
    """Pay for the phrases that the answer names by itself, whole and undenied."""
    phrases = tuple(options.phrases) if options.phrases is not None else alternatives_in(record.reference)
    if not phrases and options.phrases is None:
        missing = record.reference is None
        return Score.invalid_task("the row has no `reference`" if missing else unreadable(record.reference))
    answer = record.view(options.view)
    stated = record.stated if answer == record.final else stated_in(answer)
    committed = _committed(stated, phrases, options)
    text = normalised(_said(answer, stated), case=options.letter_case, wrapping=True)
    problem = (
        _problem(text, () if committed else phrases, options)
        or _forbidden(record.view(_FORBIDDEN_VIEW[options.view]), options)
        or _listing(answer, () if committed else phrases, options)
    )
    if problem:
        return Score.of(0.0, problem, found_share=0.0)
    found = _found(_without_echo(text, record, options), committed, phrases, options)
    share = len(found) / len(phrases) if phrases else 1.0
    value = _value(share, options) if phrases else 1.0
    reason = f"{len(found)} of {len(phrases)} phrases named" if phrases else "names nothing forbidden"
    return Score.of(value, reason, found_share=share)


def _committed(stated: Stated, phrases: tuple[str, ...], options: ContainsOptions) -> tuple[str, ...] | None:
    """Return the texts that an answer commits to, if it states one; None if its phrases count wherever they stand."""
    numeric = bool(phrases) and all(_NUMBER.fullmatch(phrase.strip()) for phrase in phrases)
    marked = [each for each in stated.statements if each.kind in MARKED_KINDS and each.polarity != "mention"]
    kinds = MARKED_KINDS if marked else CLOSING if numeric else frozenset()
    commitment = stated.commit(lambda one, other: _normal(one, options) == _normal(other, options), kinds)
    if not marked and not commitment.texts:
        return None
    if commitment.statement is not None and len(commitment.texts) == 1:
        return (commitment.statement.text,)
    return commitment.texts or (() if commitment.problem == "the answer is hedged" else commitment.listed)


def _said(answer: str, stated: Stated) -> str:
    """Return the answer without what it does not say: comments, struck-out text, instructions and placeholders."""
    text = said_in(answer)
    for each in stated.statements:
        if each.polarity == "mention":
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _found(
    text: str, committed: tuple[str, ...] | None, phrases: tuple[str, ...], options: ContainsOptions
) -> list[str]:
    """Return the phrases that an answer names: in what it commits to, if it states an answer, else anywhere.

    Of several phrases that are all needed, some may stand beside what it commits to.
    """
    wanted = [(phrase, _normal(phrase, options)) for phrase in phrases]
    if committed is None:
        return [phrase for phrase, normal in wanted if _named(text, normal)]
    texts = [_normal(each, options) for each in committed]
    anywhere = bool(texts) and len(phrases) > 1 and _needs_all(options.mode)
    return [
        phrase
        for phrase, normal in wanted
        if any(_named(each, normal) for each in texts) or (anywhere and _named(text, normal))
    ]


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


def _problem(text: str, phrases: tuple[str, ...], options: ContainsOptions) -> str:
    """Say why an answer earns nothing whatever it names, or nothing."""
    words = len(words_in(text))
    if not words:
        return "no words"
    if words > options.max_words:
        return f"{words} words, more than {options.max_words}"
    numbers = {phrase.strip() for phrase in phrases if _NUMBER.fullmatch(phrase.strip())}
    others = {number.strip(",") for number in _NUMBER.findall(text)} - numbers if numbers else set()
    if len(others) > options.max_other_numbers:
        return f"{len(others)} other numbers beside the one asked for"
    return ""


def _forbidden(answer: str, options: ContainsOptions) -> str:
    """Say which forbidden phrase an answer names, also set apart or hidden by emphasis and characters of no width."""
    shown = _normal(bared(answer), options) if options.forbidden else ""
    said = f" {' '.join(words_in(shown))} "
    for phrase in options.forbidden:
        wanted = _normal(bared(phrase) or phrase, options)
        words = words_in(wanted)
        spread = len(words) > 1 and not options.letter_case and f" {' '.join(words)} " in said
        if spread or next(_mentions(shown, wanted), None) is not None:
            return f"names the forbidden {phrase!r}"
    return ""


def _listing(answer: str, phrases: tuple[str, ...], options: ContainsOptions) -> str:
    """Say whether an answer lists candidates, or nothing."""
    if not phrases:
        return ""
    items = [len(words_in(item)) for item in _BETWEEN_ITEMS.split(answer)]
    runs = groupby(count <= ITEM_LIMIT_WORDS for count in items if count)
    longest = max((len(list(run)) for short, run in runs if short), default=0)
    match options.mode:
        case "all":
            asked = len(phrases)
        case "any":
            asked = 1
        case _:
            assert_never(options.mode)
    return f"lists {longest} items" if longest > asked + options.max_other_items else ""


def _without_echo(text: str, record: Record, options: ContainsOptions) -> str:
    """Cut the repeated question out, which names whatever the question named."""
    asked = [message.content for message in record.messages if message.role == "user"]
    prompt = normalised(asked[-1], case=options.letter_case, wrapping=True) if asked else ""
    return text.replace(prompt, "\n") if len(words_in(prompt)) >= ECHO_FROM_WORDS else text


def _named(text: str, phrase: str) -> bool:
    """Say whether a phrase is mentioned, and nowhere denied, hedged or asked."""
    mentions = list(islice(_mentions(text, phrase), MENTIONS_LIMIT))
    return bool(mentions) and not any(_denied(text, start, start + len(phrase)) for start in mentions)


def _mentions(text: str, phrase: str) -> Iterator[int]:
    """Yield where a phrase stands as whole words, and a number as the whole number."""
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if _is_whole(text, start, end):
            yield start
        start = text.find(phrase, end)


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if _joins(text[start], before[-1:]) or _joins(text[end - 1], after[:1]):
        return False
    if text[start].isdigit() and (_continues_number(before[::-1]) or _opens_number(before)):
        return False
    return not (text[end - 1].isdigit() and _continues_number(after))


def _joins(edge: str, neighbour: str) -> bool:
    """Say whether two characters belong to one word."""
    return bool(neighbour) and (edge.isalnum() or edge == "_") and (neighbour.isalnum() or neighbour == "_")


def _continues_number(outwards: str) -> bool:
    """Say whether what is beside a digit, read away from it, makes it part of a larger number or expression."""
    return outwards[:1] == "%" or (outwards[:1] in set(".,/:^*+×-−–") and outwards[1:2].isdigit())


def _opens_number(before: str) -> bool:
    """Say whether what is before a digit is its sign or decimal point."""
    return before[-1:] in {"-", "−"} or (before[-1:] == "." and not before[:-1].strip(" ([$="))


def _denied(text: str, start: int, end: int) -> bool:
    """Say whether the words just before or behind, in the same sentence, deny, hedge or ask what stands there."""
    before = _CERTAIN.sub("", text[max(0, start - 80) : start])
    if _ALL_BUT.search(before) or _OR.search(before) or _TAKEN_BACK.match(text, end):
        return True
    if polarity_at(text, start, end) not in {"asserted", "mention"}:
        return True
    sentence = re.split(r"[.;!?\n](?=\s|$)", before)[-1]
    for word in reversed(words_in(sentence)[-DENIAL_REACH_WORDS:]):
        if word in _TURNS:
            return False
        if word in _DENIALS or word.endswith(("n't", "n’t")):
            return True
    return False


def _normal(phrase: str, options: ContainsOptions) -> str:
    return normalised(phrase, case=options.letter_case, wrapping=True)
