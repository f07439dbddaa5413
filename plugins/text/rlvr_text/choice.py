r"""``text.choice``: the answer commits to the right letter of a multiple choice.

It is what the completion states (see ``rlvr.stated_in``): a box, tags, "the answer is" and its like; else "B is
correct"; else the first and the last line, and a closing sentence.

A place that names several letters, and places that name different ones, commit to nothing.
What an answer commits to never depends on the reference, so that no text is right for two of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rlvr import (
    JsonValue,
    Record,
    Score,
    Stated,
    Statement,
    commit,
    commitment_class,
    lazy_pattern,
    polarity_at,
    scorer,
    stated_in,
)
from rlvr_text.letters import LETTERS, STATEMENT_LIMIT_CHARACTERS, Choices, Claim, claim_in, plain, without_rejections
from rlvr_text.reference import ALTERNATIVES_LIMIT
from rlvr_text.words import normalised, seen

_IS_CORRECT = lazy_pattern(
    r"(?<![\w'’])(?<![A-Z)] and )(?<![A-Z)] or )(?<![A-Z)], )\(?([A-HJ-Z])\)?[*_]{0,2} is "
    r"(?:indeed |clearly |therefore )?(?:the )?(?:correct|right|best|answer)\b"
)
_OR = lazy_pattern(r"\bor\b|/", re.IGNORECASE)
# More places than an honest answer has; further ones are not read.
PLACES_LIMIT = 50
# What a text says without a mark is read by its lines here.
FALLBACKS = frozenset({"whole", "closing", "emphasis", "bold"})
_UNSURE = lazy_pattern(r"\b(?:not|if|whether|doubt|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_CHOICE_LINE = lazy_pattern(r"[ \t]{0,20}\(?([A-Za-z]|\d{1,2})[).:][ \t]{1,20}(\S.*)")
_CHOICE_LABEL = lazy_pattern(r"(?<![^\s,;?:])\(?([A-Z]|\d{1,2})[).:][ \t]{1,3}(?=\S)")
# Choices on one line: fewer labels in order are prose; a longer line is a passage.
LEAST_ON_A_LINE = 3
LINE_LIMIT_CHARACTERS = 2_000
DIGITS = tuple(map(str, range(1, 27)))
# How many letters there may be where the row does not say.
DEFAULT_LETTERS = 10


class ChoiceOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.choice``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    letters: Annotated[
        Annotated[int, Meta(ge=2, le=26)] | None,
        Meta(description="How many letters there may be, from A; as many as the row has if absent, at least 10."),
    ] = None
    several: Annotated[bool, Meta(description="Several letters may be right, and all must be named.")] = False
    choices_field: Annotated[
        str, Meta(description="Where the row holds the choices: a list of texts, or texts by letter.")
    ] = "choices"
    reference_index: Annotated[
        Literal[0, 1] | None, Meta(description="A reference that is a number counts the choices from here.")
    ] = None


@scorer(options=ChoiceOptions, needs=("reference",), metrics=("answer_found",), bounded=True)
def choice(record: Record, options: ChoiceOptions) -> Score:
    """Pay 1.0 for the right letter of a multiple choice; with ``several``, for all right letters."""
    choices = choices_of(record, options)
    right = _right_answers(record.reference, choices, options)
    if not all(right):
        wanted = "letters" if options.several else "a letter, or the text of a choice"
        problem = f"the reference {str(record.reference)[:80]!r} is no choice; expected {wanted}"
        return Score.invalid_task(problem, "unreadable_reference")
    text = record.view(options.view)
    kept, rejected = without_rejections(text, choices)
    claim = claimed(kept, record.stated if kept == record.final else stated_in(kept), choices)
    if claim.letters & rejected:
        claim = Claim(frozenset(), "denies its own choice")
    if not claim.letters:
        problem = claim.problem or "no answer found"
        return Score.of(0.0, problem, commitment_class(problem), answer_found=0.0)
    named = ", ".join(sorted(claim.letters))
    return Score.of(float(claim.letters in right), f"commits to {named}", answer_found=1.0)


def choices_of(record: Record, options: ChoiceOptions) -> Choices:
    """Read the texts of the choices, by letter: from the row's field, else from the lines of the last question."""
    held = record.field(options.choices_field)
    if isinstance(held, Mapping) and isinstance(held.get("text"), list):
        held = held["text"]  # as ARC has it, beside "label"
    if isinstance(held, list):
        held = dict(zip(LETTERS, held, strict=False))
    given = isinstance(held, Mapping)
    numbered = False
    if not given:
        asked = next((turn.content for turn in reversed(record.messages) if turn.role == "user"), "")
        held = _choices_in(asked)
        if not held and (held := _choices_in(asked, DIGITS)):
            numbered = True
            held = dict(zip(LETTERS, held.values(), strict=False))
    texts = {str(letter).upper(): normalised(plain(text)) for letter, text in held.items() if isinstance(text, str)}
    known = {letter: text for letter, text in texts.items() if letter in set(LETTERS[: options.letters])}
    count = max(map(LETTERS.index, known), default=-1) + 1
    # Lines of a question may be read in part; a field that holds the choices holds them all, as numbers from 1 do.
    whole = known and (given or numbered)
    letters = count if whole else max(count, DEFAULT_LETTERS) if options.letters is None else options.letters
    return Choices(letters=letters, several=options.several, texts=known, numbered=numbered)


def claimed(text: str, stated: Stated, choices: Choices) -> Claim:
    """Find what an answer commits to; see the module for where it is looked for."""
    marked = [each for each in stated.statements if each.kind not in FALLBACKS and each.polarity != "mention"]
    naming = [each for each in marked if each.polarity == "cut" or _claim_of(each.text, choices) is not None]
    if naming and not (choices.several and all(each.kind == "line" for each in naming)):
        return _committed(text, naming, choices)
    if any(each.kind in {"box", "tag"} for each in marked):
        return Claim(frozenset(), "no letter in it")
    claims = _called_correct(text, choices)
    return _merged(claims) if claims else _claimed_by_lines(text, stated, choices)


def _committed(text: str, naming: Sequence[Statement], choices: Choices) -> Claim:
    """Apply the rule that commits to the statements that name a choice."""
    commitment = commit(
        naming, lambda one, other: _letters_of(one, choices) == _letters_of(other, choices) != frozenset()
    )
    if not commitment.texts and not (choices.several and commitment.listed):
        return Claim(frozenset(), commitment.problem)
    last = commitment.statement
    if last is not None and (len(commitment.texts) == 1 or last.parts == commitment.texts):
        said = last.text
        if last.kind in {"announced", "correction"}:
            # The rule may commit to a part of the statement; the rest of the line belongs to all of it.
            written = next((each.text for each in naming if each.end == last.end), last.text)
            said = written + _rest_of_line(text, last.end)
        return _claim_of(said, choices) or _claim_of(last.text, choices) or Claim(frozenset(), "no letter in it")
    letters = frozenset[str]().union(*(_letters_of(each, choices) for each in commitment.texts or commitment.listed))
    between = text[naming[0].end : naming[-1].start]
    if not choices.several or _OR.search(between):
        return Claim(frozenset(), f"hedges between {', '.join(sorted(letters))}")
    return Claim(letters)


def _rest_of_line(text: str, end: int) -> str:
    """Return what follows a statement in its line, where the text of another choice may stand."""
    start = end - 1 if text[end - 1 : end] in {".", "!"} else end
    rest = text[start : start + STATEMENT_LIMIT_CHARACTERS].partition("\n")[0]
    return f" {rest}" if rest[:1].isalnum() else rest  # a statement may end behind the space


def _claim_of(text: str, choices: Choices) -> Claim | None:
    return claim_in(text, choices, anchored=True)


def _letters_of(text: str, choices: Choices) -> frozenset[str]:
    claim = _claim_of(text, choices)
    return frozenset() if claim is None else claim.letters


def _merged(claims: Sequence[Claim]) -> Claim:
    problems = [claim for claim in claims if claim.problem]
    if problems:
        return problems[0]
    return claims[0] if len({claim.letters for claim in claims}) == 1 else Claim(frozenset(), "answers contradict")


def _called_correct(text: str, choices: Choices) -> list[Claim]:
    """Read "B is correct", unless the words just before put it in doubt."""
    return [
        Claim(frozenset(match[1]))
        for match in islice(_IS_CORRECT.finditer(text), PLACES_LIMIT)
        if match[1] in choices.allowed
        and not _UNSURE.search(text, max(0, match.start() - 40), match.start())
        and polarity_at(text, match.start(), match.end()) == "asserted"
    ]


def _claimed_by_lines(text: str, stated: Stated, choices: Choices) -> Claim:
    """Read the first and the last line, unless they belong to a list of the choices, as in the question repeated."""
    lines = [line for line in seen(text).splitlines() if line.strip()]
    if choices.several and len(lines) <= choices.letters:
        claims = [claim_in(line, choices, anchored=False) for line in lines]
        listed = [claim for claim in claims if claim is not None and not claim.problem]
        if lines and len(listed) == len(lines):
            return Claim(frozenset().union(*(claim.letters for claim in listed)))
    first, second = _ends_of(lines[:2], choices)
    last, last_but_one = _ends_of(lines[:-3:-1], choices)
    ends = [
        claim
        for claim, follows in ((first, _is_next(first, second)), (last, _is_next(last_but_one, last)))
        if claim is not None and not follows
    ]
    if not ends and lines and (claim := _text_with_letter(lines[-1], choices)):
        return claim
    if not ends:
        closing = stated.commit(kinds={"closing"})
        return next(filter(None, (_claim_of(each, choices) for each in closing.texts)), Claim(frozenset()))
    doubted = [each for each in stated.statements if each.kind == "whole" and each.polarity != "asserted"]
    is_choice = (
        normalised(plain(text)).endswith(tuple(filter(None, choices.texts.values()))) if choices.texts else False
    )
    if doubted and not is_choice and not _merged(ends).problem:
        return Claim(frozenset(), stated.commit(kinds={"whole"}).problem)
    return _merged(ends)


# A letter behind the text of its choice: "the noble gas is Neon (B)".
_LETTER_BEHIND = lazy_pattern(r"\(([A-Z])\)")


def _text_with_letter(line: str, choices: Choices) -> Claim | None:
    """Read a line that has one letter in brackets, right behind the text of that choice; None for any other."""
    found = list(islice(_LETTER_BEHIND.finditer(line), 2))
    text = choices.texts.get(found[0][1], "") if len(found) == 1 else ""
    if not text or not normalised(plain(line[: found[0].start()])).endswith(text):
        return None
    return Claim(frozenset(found[0][1])) if polarity_at(line, *found[0].span()) == "asserted" else None


def _ends_of(lines: Sequence[str], choices: Choices) -> tuple[Claim | None, Claim | None]:
    """Read one or two lines."""
    claims = [claim_in(line, choices, anchored=False) for line in lines]
    return (*claims, None, None)[0], (*claims, None, None)[1]


def _is_next(claim: Claim | None, following: Claim | None) -> bool:
    """Return whether two lines name one letter each, the second the one behind the first in the alphabet."""
    if claim is None or following is None:
        return False
    return (
        "".join((*claim.letters, *following.letters)) in LETTERS and len(claim.letters) == len(following.letters) == 1
    )


def _right_answers(reference: JsonValue, choices: Choices, options: ChoiceOptions) -> list[frozenset[str]]:
    """Read the sets of letters of which an answer must commit to one; an empty set is no choice."""
    if not isinstance(reference, list):
        return [_right_letters(reference, choices, options)]
    if len(reference) > ALTERNATIVES_LIMIT:
        return [frozenset()]
    listed = [_right_letters(each, choices, options) for each in reference] or [frozenset()]
    return [frozenset().union(*listed) if all(listed) else frozenset()] if options.several else listed


def _right_letters(reference: JsonValue, choices: Choices, options: ChoiceOptions) -> frozenset[str]:
    """Read the letters of one reference; empty if it is no choice."""
    if isinstance(reference, bool) or not isinstance(reference, (str, int)):
        return frozenset()
    text = str(reference).strip()
    if options.reference_index is not None and re.fullmatch(r"[0-9]{1,2}", text):
        index = int(text) - options.reference_index
        return frozenset(choices.allowed[index]) if 0 <= index < len(choices.allowed) else frozenset()
    claim = claim_in(text, choices, anchored=True)
    return claim.letters if claim is not None else frozenset()


def _choices_in(question: str, labels: Sequence[str] = LETTERS) -> Mapping[str, str]:
    """Read choices by label: lines such as ``(A) Paris`` or ``B. Rome``, else all of them on one line.

    The labels must run from the first without a gap.
    """
    found: dict[str, str] = {}
    for line in question.split("\n"):
        match = _CHOICE_LINE.fullmatch(line.rstrip()) if len(line) <= STATEMENT_LIMIT_CHARACTERS else None
        if match and len(found) < len(labels) and match[1].upper() == labels[len(found)]:
            found[match[1].upper()] = match[2]
    if len(found) > 1:
        return found
    lines = (_choices_in_line(line[-LINE_LIMIT_CHARACTERS:], labels) for line in reversed(question.split("\n")))
    return next(filter(None, islice(lines, PLACES_LIMIT)), {})


def _choices_in_line(line: str, labels: Sequence[str]) -> Mapping[str, str]:
    """Read ``(A) Paris (B) Rome`` or ``A. Paris B. Rome``; empty if a line does not hold at least two in order."""
    starts: list[re.Match[str]] = []
    for match in islice(_CHOICE_LABEL.finditer(line), PLACES_LIMIT):
        if len(starts) < len(labels) and match[1] == labels[len(starts)]:
            starts.append(match)
    if len(starts) < LEAST_ON_A_LINE:
        return {}
    ends = [match.start() for match in starts[1:]] + [len(line)]
    return {match[1]: line[match.end() : end].strip(" ,;.") for match, end in zip(starts, ends, strict=True)}
