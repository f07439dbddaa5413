r"""``text.choice``: the answer commits to the right letter of a multiple choice.

Where the answer is looked for, in this order; the first place that exists decides, and none is a last resort such as
"the last capital letter anywhere":

1. ``\boxed{…}``; 2. ``<answer>…</answer>``; 3. "answer is", "answer:" and their like; 4. the whole text, if it is one
line; 5. the last line.

A place that names several letters, or several places of one kind that name different ones, commit to nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr.record import JsonValue
from rlvr_text.words import normalised, seen

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A statement of an answer is a line at most; what a model adds behind it is not read.
STATEMENT_LIMIT_CHARACTERS = 400
# More places than an honest answer has; further ones are not read.
PLACES_LIMIT = 50

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\}){0,200})\}")
_TAG = re.compile(r"<answer>([^<]{0,400})</answer>", re.IGNORECASE)
_ANCHOR = re.compile(
    r"\b(?:answer|choice|option)(?:[ \t]+(?:is|would be|must be|should be))?[ \t]*[:=]?[ \t]*", re.IGNORECASE
)
_SETTING = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit)\b|[*_`${}\\]")
_LEAD = re.compile(
    r"(?:(?:(?:option|choice|letter|answer|is|the|correct|therefore|thus|clearly|definitely)\b|[:=])\s*)*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[(\[\"'“‘]([A-Za-z])[)\]\"'”’]|([A-Za-z])(?![A-Za-z0-9'’])")
_JOIN = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|/|&|\+|\band\b|\bor\b|\s)\s*", re.IGNORECASE)
_DENIAL = re.compile(r"\b(?:not|neither|none|nor|cannot|except|unsure|unknown)\b|n['’]t\b", re.IGNORECASE)
_HEDGE = re.compile(r"\b(?:or|wait|actually|maybe|perhaps|possibly|alternatively|either|also)\b", re.IGNORECASE)
_AFFIRMED = re.compile(r"\s+is\s+(?:the\s+)?(?:correct|right|best)\b", re.IGNORECASE)
_ANOTHER = re.compile(r"[\s.):,;-]*\(?([A-Z])\)?(?=$|[.):,;])")
_MARKED = re.compile(r"\(([A-Z])\)|(?<![\w'’])([B-HJ-Z])(?![\w'’])")
_PROMPT_CHOICE = re.compile(r"[ \t]*\(?([A-Za-z])[).:][ \t]+(\S.*)")


class ChoiceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.choice``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    letters: Annotated[int, Meta(ge=2, le=26, description="How many letters there may be, from A.")] = 10
    several: Annotated[bool, Meta(description="Several letters may be right, and all must be named.")] = False
    choices_field: Annotated[
        str, Meta(description="Where the row holds the choices: a list of texts, or texts by letter.")
    ] = "choices"
    reference_index: Annotated[
        Literal[0, 1] | None, Meta(description="A reference that is a number counts the choices from here.")
    ] = None


class _Claim(msgspec.Struct, frozen=True):
    """What an answer commits to: letters, or the reason why to none."""

    letters: frozenset[str]
    problem: str = ""


@scorer(options=ChoiceOptions, needs=("reference",), metrics=("answer_found",), bounded=True)
def choice(record: Record, options: ChoiceOptions) -> Score:
    """Pay 1.0 if the answer commits to just the right letter, or to all the right ones."""
    choices = choices_of(record, options)
    right = _right_letters(record.reference, choices, options)
    if not right:
        wanted = "letters" if options.several else "a letter, or the text of a choice"
        return Score.invalid_task(f"the reference {str(record.reference)[:80]!r} is no choice; expected {wanted}")
    claim = claimed(record.view(options.view), choices, options)
    found = float(bool(claim.letters))
    if claim.problem or not claim.letters:
        return Score.of(0.0, claim.problem or "no answer found", answer_found=found)
    named = ", ".join(sorted(claim.letters))
    return Score.of(float(claim.letters == right), f"commits to {named}", answer_found=found)


def choices_of(record: Record, options: ChoiceOptions) -> Mapping[str, str]:
    """Read the texts of the choices, by letter: from the row's field, else from the lines of the last question."""
    held = record.field(options.choices_field)
    if isinstance(held, Mapping) and isinstance(held.get("text"), list):
        held = held["text"]  # as ARC has it, beside "label"
    if isinstance(held, list):
        held = dict(zip(LETTERS, held, strict=False))
    if isinstance(held, Mapping):
        texts = {str(letter).upper(): text for letter, text in held.items() if isinstance(text, str)}
        return {letter: text for letter, text in texts.items() if letter in LETTERS[: options.letters]}
    asked = [message.content for message in record.messages if message.role == "user"]
    return _choices_in(asked[-1]) if asked else {}


def claimed(text: str, choices: Mapping[str, str], options: ChoiceOptions) -> _Claim:
    """Find what an answer commits to; see the module for where it is looked for."""
    text = seen(text)
    if "\\boxed" in text or "\\fbox" in text:
        return _agreed([match[1] for match in _matches(_BOX, text)], choices, options)
    tagged = [match[1] for match in _matches(_TAG, text)]
    if tagged:
        return _agreed(tagged, choices, options)
    anchored = [_line_from(text, match.end()) for match in _matches(_ANCHOR, text)]
    claims = [claim for each in anchored if (claim := _read(each, choices, options, anchored=True)) is not None]
    if claims:
        return _merged(claims)
    for line in (text.strip(), text.strip().rsplit("\n", 1)[-1].strip()):
        claim = _read(line, choices, options, anchored=False) if "\n" not in line else None
        if claim is not None:
            return claim
    return _Claim(frozenset())


def _agreed(places: Sequence[str], choices: Mapping[str, str], options: ChoiceOptions) -> _Claim:
    """Read places that hold an answer by their kind: all must be readable, and say the same."""
    if not places:
        return _Claim(frozenset(), "the box is not closed")
    claims = [_read(place.strip(), choices, options, anchored=True) for place in places]
    return _merged([claim if claim is not None else _Claim(frozenset(), "no letter in it") for claim in claims])


def _merged(claims: Sequence[_Claim]) -> _Claim:
    problems = [claim.problem for claim in claims if claim.problem]
    if problems:
        return _Claim(frozenset(), problems[0])
    return claims[0] if len({claim.letters for claim in claims}) == 1 else _Claim(frozenset(), "answers contradict")


def _read(statement: str, choices: Mapping[str, str], options: ChoiceOptions, *, anchored: bool) -> _Claim | None:
    """Read one statement; None if it names no choice at all."""
    plain = " ".join(_SETTING.sub(" ", statement[:STATEMENT_LIMIT_CHARACTERS]).split())
    by_text = _letters_of_text(plain, choices)
    if by_text:
        return _Claim(by_text)
    lead = _LEAD.match(plain)
    rest = plain[lead.end() :] if lead else plain
    letters, rest = _listed(rest, options, anchored=anchored)
    if not letters:
        denied = anchored and _DENIAL.match(rest) is not None and _MARKED.search(rest) is not None
        return _Claim(frozenset(), "the answer is denied, not given") if denied else None
    if len(letters) > 1 and not options.several:
        return _Claim(frozenset(), f"hedges between {', '.join(sorted(letters))}")
    return _Claim(letters, _contradiction(letters, rest, choices))


def _listed(text: str, options: ChoiceOptions, *, anchored: bool) -> tuple[frozenset[str], str]:
    """Read the letters that a statement starts with, and what follows them."""
    allowed = LETTERS[: options.letters]
    if options.several and (run := re.match(rf"[{allowed}]{{2,26}}(?![A-Za-z0-9])", text)):
        return frozenset(run[0]), text[run.end() :]
    letters: set[str] = set()
    position = 0
    while match := _LETTER.match(text, position):
        letter = match[1] or match[2]
        bare = match[2] is not None
        behind = text[match.end() :]
        if letter.upper() not in allowed or (
            bare and not _commits(letter, behind, first=not letters, anchored=anchored)
        ):
            break
        letters.add(letter.upper())
        position = match.end()
        join = _JOIN.match(text, position)
        if join is None or not _LETTER.match(text, join.end()) or (join[0].isspace() and not options.several):
            break
        position = join.end()
    return frozenset(letters), text[position:]


def _commits(letter: str, behind: str, *, first: bool, anchored: bool) -> bool:
    """Tell a letter that stands for a choice from the article "a" and the pronoun "I"."""
    if not first:
        return letter.isupper()
    if _AFFIRMED.match(behind):
        return letter.isupper()
    ends = not behind or behind[0] in ".):,;]-–—/&" or behind.startswith(("\n", " -", " –", " —"))
    if letter.islower():
        return not behind.strip(" .") or behind[0] in ").:"
    joined = re.match(r"\s*(?:,|/|&|and\b|or\b)\s*\(?[A-Z]\b", behind) is not None
    return ends or joined or anchored


def _contradiction(letters: frozenset[str], rest: str, choices: Mapping[str, str]) -> str:
    """Say how what follows the letters takes them back, or nothing."""
    another = _ANOTHER.match(rest)
    if another and another[1] not in letters:
        return f"names {another[1]} beside its choice"
    text = rest.strip(" .):,;-–—]")
    for denial in _DENIAL.finditer(text):
        denied = _LETTER.match(text[denial.end() :].lstrip())
        if denied and (denied[1] or denied[2]) in letters:
            return "denies its own choice"
    others = {match[1] or match[2] for match in _MARKED.finditer(text)} - letters
    if others and (_HEDGE.search(text) or re.search(r"\([A-Z]\)", text)):
        return f"names {', '.join(sorted(others))} beside its choice"
    behind = _letters_of_text(text, choices)
    if behind and not behind & letters:
        return "gives the text of another choice"
    return ""


def _letters_of_text(text: str, choices: Mapping[str, str]) -> frozenset[str]:
    """Return the letters of the choices that a text says word for word."""
    normal = normalised(text) if text else ""
    return frozenset(letter for letter, each in choices.items() if normal and normalised(each) == normal)


def _right_letters(reference: JsonValue, choices: Mapping[str, str], options: ChoiceOptions) -> frozenset[str]:
    """Read the reference's letters; empty if it is no choice."""
    allowed = LETTERS[: options.letters]
    if isinstance(reference, int) and not isinstance(reference, bool):
        index = -1 if options.reference_index is None else reference - options.reference_index
        return frozenset(allowed[index]) if 0 <= index < len(allowed) else frozenset()
    if isinstance(reference, list):
        listed = [_right_letters(each, choices, options) for each in reference]
        return frozenset().union(*listed) if options.several and listed and all(listed) else frozenset()
    if not isinstance(reference, str):
        return frozenset()
    claim = _read(reference.strip(), choices, options, anchored=True)
    return claim.letters if claim is not None and not claim.problem else frozenset()


def _choices_in(question: str) -> Mapping[str, str]:
    """Read lines such as ``(A) Paris`` or ``B. Rome``; they must run from A without a gap."""
    found: dict[str, str] = {}
    for line in question.split("\n"):
        match = _PROMPT_CHOICE.fullmatch(line.rstrip()) if len(line) <= STATEMENT_LIMIT_CHARACTERS else None
        if match and match[1].upper() == LETTERS[len(found) % len(LETTERS)]:
            found[match[1].upper()] = match[2]
    return found if len(found) > 1 else {}


def _matches(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the last places of a kind: a later statement is the answer, if it agrees with those before."""
    return list(deque(pattern.finditer(text), PLACES_LIMIT))


def _line_from(text: str, start: int) -> str:
    end = text.find("\n", start, start + STATEMENT_LIMIT_CHARACTERS)
    return text[start : end if end >= 0 else start + STATEMENT_LIMIT_CHARACTERS]
