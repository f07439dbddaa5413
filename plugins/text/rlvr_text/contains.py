"""``text.contains``: the answer names what it must, and nothing that it must not.

A bare substring rule pays for dumping candidates, echoing the prompt, denying the answer, and numbers inside numbers;
each of these is closed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_text.reference import alternatives_in, unreadable
from rlvr_text.words import normalised, words_in

# How many words before a mention may deny it, as in "is certainly not the one".
DENIAL_REACH_WORDS = 4
# Shorter prompts are words that an honest answer may well repeat.
ECHO_FROM_WORDS = 5

_DENIALS = frozenset({"not", "no", "never", "neither", "nor", "without", "cannot", "except"})
_ALL_BUT = re.compile(r"\b(?:anything|everything|all|any)\s+but\s*$", re.IGNORECASE)
# What follows a mention and takes it back: an alternative, a question mark, a denial.
_AFTER = re.compile(
    r"[\"'”’*_]{0,4}\s{0,3}(?:\?|,?\s{0,3}or\b|(?:is|was|are|were|does|do|did|can|could|would)(?:n['’]t|\s{1,3}not)\b)",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\s{1,3}(?:the\s{1,3})?$", re.IGNORECASE)
_TURNS = frozenset({"but", "rather", "instead"})
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?%?")

Phrase = Annotated[str, Meta(min_length=1)]


class ContainsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.contains``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    phrases: Annotated[
        list[Phrase] | None, Meta(description="What the answer must name; the reference (or its list) if absent.")
    ] = None
    mode: Annotated[Literal["all", "any"], Meta(description="Whether every phrase is needed, or one.")] = "all"
    partial: Annotated[bool, Meta(description="With `all`, pay the share of phrases found.")] = False
    forbidden: Annotated[list[Phrase], Meta(description="Phrases that make the value 0.0.")] = []
    case: Annotated[bool, Meta(description="Upper and lower case differ.")] = False
    max_words: Annotated[int, Meta(ge=1, description="A longer answer earns 0.0: dumping does not pay.")] = 200
    max_other_numbers: Annotated[
        int, Meta(ge=0, description="Where a phrase is a number: more different other numbers earn 0.0.")
    ] = 2

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
    text = normalised(record.view(options.view), case=options.case, wrapping=True)
    problem = _problem(text, phrases, options)
    if problem:
        return Score.of(0.0, problem, found_share=0.0)
    text = _without_echo(text, record, options)
    found = [phrase for phrase in phrases if _named(text, _normal(phrase, options))]
    share = len(found) / len(phrases) if phrases else 1.0
    enough = bool(found) if options.mode == "any" and phrases else share == 1.0
    value = share if options.partial and options.mode == "all" else float(enough)
    reason = f"{len(found)} of {len(phrases)} phrases named" if phrases else "names nothing forbidden"
    return Score.of(value, reason, found_share=share)


def _problem(text: str, phrases: tuple[str, ...], options: ContainsOptions) -> str:
    """Say why an answer earns nothing whatever it names, or nothing."""
    words = len(words_in(text))
    if not words:
        return "no words"
    if words > options.max_words:
        return f"{words} words, more than {options.max_words}"
    for phrase in options.forbidden:
        if next(_mentions(text, _normal(phrase, options)), None) is not None:
            return f"names the forbidden {phrase!r}"
    numbers = {phrase.strip() for phrase in phrases if _NUMBER.fullmatch(phrase.strip())}
    others = set(_NUMBER.findall(text)) - numbers if numbers else set()
    if len(others) > options.max_other_numbers:
        return f"{len(others)} other numbers beside the one asked for"
    return ""


def _without_echo(text: str, record: Record, options: ContainsOptions) -> str:
    """Cut the repeated question out, which names whatever the question named."""
    asked = [message.content for message in record.messages if message.role == "user"]
    prompt = normalised(asked[-1], case=options.case, wrapping=True) if asked else ""
    return text.replace(prompt, "\n") if len(words_in(prompt)) >= ECHO_FROM_WORDS else text


def _named(text: str, phrase: str) -> bool:
    """Say whether a phrase is mentioned, and nowhere denied, hedged or asked."""
    mentions = list(_mentions(text, phrase))
    return bool(mentions) and not any(
        _denied(text, start) or _AFTER.match(text, start + len(phrase)) or _OR.search(text[max(0, start - 12) : start])
        for start in mentions
    )


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
    if text[start].isdigit() and _continues_number(before[::-1], signed=True):
        return False
    return not (text[end - 1].isdigit() and _continues_number(after, signed=False))


def _joins(edge: str, neighbour: str) -> bool:
    """Say whether two characters belong to one word."""
    return bool(neighbour) and (edge.isalnum() or edge == "_") and (neighbour.isalnum() or neighbour == "_")


def _continues_number(outwards: str, *, signed: bool) -> bool:
    """Say whether what is beside a digit, read away from it, belongs to the same number."""
    if outwards[:1] == "%" or (signed and outwards[:1] in {"-", "−"}):
        return True
    return outwards[:1] in {".", ",", "/"} and outwards[1:2].isdigit()


def _denied(text: str, start: int) -> bool:
    """Say whether one of the words just before, in the same sentence, denies what follows."""
    sentence = re.split(r"[.;!?\n](?=\s|$)", text[max(0, start - 80) : start])[-1]
    if _ALL_BUT.search(sentence):
        return True
    for word in reversed(words_in(sentence)[-DENIAL_REACH_WORDS:]):
        if word in _TURNS:
            return False
        if word in _DENIALS or word.endswith(("n't", "n’t")):
            return True
    return False


def _normal(phrase: str, options: ContainsOptions) -> str:
    return normalised(phrase, case=options.case, wrapping=True)
