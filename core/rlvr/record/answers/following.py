"""What follows a statement: the clauses and sentences behind it confirm, correct, hedge or take it back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.after import (
    CONDITIONS,
    CONFIRMS,
    DOUBTS,
    REPLACES,
    Remark,
    contrasted_value,
    remark_in,
    remarks_behind,
    short_or,
)
from rlvr.record.answers.lexicon import Cue, cues_between, cues_in
from rlvr.record.answers.statements import (
    ANNOUNCED,
    ASSERTED,
    DENIED,
    HASHED,
    HEDGED,
    STANDING,
    Polarity,
    Statement,
)
from rlvr.record.answers.values import bare, same_value


def followed(text: str, statement: Statement, own_end: int, limit: int) -> tuple[list[Statement], bool]:
    """Apply what follows a statement to it; return it with the corrections that follow, and whether one is open."""
    found = [statement]
    corrects, pending = False, False
    for remark in (*_listed_behind(text, statement), *_remarks(text, statement, own_end, limit)):
        current = found[-1]
        corrects = corrects or remark.corrects
        if remark.effect in CONFIRMS:
            pending = False
        elif remark.effect in DOUBTS:
            pending = True
        elif remark.effect in REPLACES:
            if current.polarity in ASSERTED and not remark.corrects and same_value(current.text, remark.value):
                continue
            pending = False
            found.append(
                Statement(
                    kind="correction",
                    start=remark.start,
                    end=remark.end,
                    text=remark.value,
                    corrects=corrects or current.polarity in DENIED,
                    parts=(),
                )
            )
            corrects = False
        else:
            found[-1] = _marked(current, remark)
    if pending and found[-1].polarity in ASSERTED:
        found[-1] = msgspec.structs.replace(found[-1], polarity="doubted")
    return found, corrects


def _marked(statement: Statement, remark: Remark) -> Statement:
    """Return a statement with what a remark makes of it."""
    polarity: Polarity | None = None
    match remark.effect:
        case "retracts":
            polarity = "retracted"
        case "denies":
            polarity = "denied"
        case "conditions":
            polarity = "conditional"
        case "attributes":
            polarity = "attributed"
        case "mentions":
            polarity = "mention"
        case "adds":
            polarity = "hedged"
        case _:
            return statement
    if statement.polarity not in STANDING:
        return statement
    if polarity in HEDGED:
        return msgspec.structs.replace(
            statement, polarity=polarity, alternatives=(*statement.alternatives, remark.value or "?")
        )
    return msgspec.structs.replace(statement, polarity=polarity)


_SETTING_BEHIND = " \t\n.$*_)\\]}。"
_CLAUSE = lazy_pattern(
    r"[,;，；、،]|\s[-–—]{1,2}\s|[—|]|\((?=(?:or|oder|ou|o|u|of|или|oppure|not|but|and|if|maybe|perhaps|possibly|alternatively|otherwise|also|another)\b|[-−]?\d[\d.,/]{0,20}\)|(?:[a-z]{1,8}\s){0,3}(?:wrong|incorrect|false|guess|guessing|unverified|unconfirmed|unproven|untested|unsure|sure|certain|mistake|error|invalid|bound|estimate|placeholder|candidate)\b)|\.{3}|…|(?<!\d)/(?=\s?[-\dA-Z$])"
)


def _remarks(text: str, statement: Statement, own_end: int, limit: int) -> Iterator[Remark]:
    """Read the clauses behind a statement in its own sentence, then the sentences up to the next statement."""
    behind = statement.end
    end = min(own_end, limit) if statement.kind not in HASHED else behind
    position = behind
    first = True
    if not text[behind:end].strip(_SETTING_BEHIND):
        position = end
    cues = cues_in(text, position, end) if position < end else []
    for cut in [*_clause_cuts(text, position, end, cues), end]:
        if cut <= position:
            continue
        instead = contrasted_value(text, position, cut) if statement.polarity in DENIED else ""
        beside = short_or(text, position, cut) if first else -1
        is_beside = text[position : position + 1] in {"|", "/", "(", ";", "；"}
        remark = remark_in(text, position + is_beside, cut, known=cues, is_denied=statement.polarity in DENIED)
        if instead:
            remark = Remark("replaces", instead, position, cut, corrects=True)
        elif beside > 0:
            remark = Remark("adds", bare(text[beside:cut]), position, cut)
        if is_beside and remark.effect in REPLACES and not _is_aside(text, statement, position, cut):
            yield Remark("adds", remark.value, position, cut)
        elif not _is_aside(text, statement, position, cut) and _reaches(text, statement, remark, is_first=first):
            yield remark
        position, first = cut, False
    for remark in remarks_behind(text, end, limit, is_denied=statement.polarity in DENIED):
        if remark.effect in REPLACES and not remark.corrects and _is_labelled(text, statement, remark):
            continue
        yield remark


# The rounded value of a closed form, and the letter of the choice that a number is.
_ROUNDED = lazy_pattern(
    r"[\s,($)}]*(?:approximately|approx\.?|about|roughly|nearly|≈|\\approx)\s*[$\\(]*[-−]?[\d.]", re.IGNORECASE
)
_CHOICE = lazy_pattern(r"\s*\(\s*(?:option|choice|answer|letter)?\s*\(?[A-E]\)?\s*\)?\s*", re.IGNORECASE)


# The value in another unit: "42 cm, or 0.42 m", "2 hours (or 120 minutes)".
_CONVERTED = lazy_pattern(
    r"(?P<value>\d[\d,]{0,20}(?:\.\d{1,10})?)[\s,($\\}]*(?:text\{)?\s?(?P<unit>[^\W\d_]{1,15})\}?[\s,($]*(?:or|i\.e\.|that is|which is|=)[\s,$]*"
    r"(?P<number>\d[\d,]{0,20}(?:\.\d{1,10})?)\s?(?P<other>[^\W\d_]{1,15})[\s.)$]*"
)
# How many of one everyday unit are another one: days, hours, cents, inches, yards, miles, and the decimal prefixes.
_CONVERSIONS = frozenset({3, 7, 10, 12, 14, 16, 24, 30, 36, 52, 60, 100, 365, 1000, 1440, 1760, 3600, 5280, 10_000})


def _is_aside(text: str, statement: Statement, start: int, end: int) -> bool:
    """Say whether a clause gives the value of the statement in another way.

    Rounded, in another unit, or as the letter of a choice.
    """
    if _is_converted(f"{statement.text} {text[statement.end : end]}"):
        return True
    if is_bare_number(statement.text):
        return _CHOICE.fullmatch(text, start, end) is not None
    return "\\" in statement.text and _ROUNDED.match(text, start, end) is not None


def _is_converted(said: str) -> bool:
    """Say whether a number with its unit is all that is said, and as much in another unit."""
    found = _CONVERTED.fullmatch(said) if "or " in said or "=" in said else None
    if found is None or found["unit"].lower() == found["other"].lower():
        return False
    from fractions import Fraction  # few answers need it

    one, other = (Fraction(found[name].replace(",", "")) for name in ("value", "number"))
    return bool(one and other) and max(one, other) / min(one, other) in _CONVERSIONS


_PLAIN_NUMBER = lazy_pattern(r"[-−+$]{0,2}\d[\d.,/]{0,40}")


def is_bare_number(value: str) -> bool:
    """Say whether a value is a number in digits."""
    return _PLAIN_NUMBER.fullmatch(value) is not None


_ITEM = r"[^\W\d_a-z][^\s:;.!?,]{1,30}(?:[ \t][^\s:;.!?,]{1,30}){0,2}"
_BULLET = r"(?:[-*•–][ \t]{1,3}|\d{1,2}[.)][ \t]{1,3})"
# Another name behind a semicolon, on a line of its own with a bullet, or the first of several lines that end the text.
_LISTED = lazy_pattern(
    rf"[*_`\"']{{0,3}}[ \t]{{0,3}}(?:[;；][ \t]{{0,3}}({_ITEM})[ \t.]{{0,3}}(?=\n|;|；|\Z)"
    rf"|\n[ \t]{{0,8}}(?:{_BULLET}({_ITEM})[ \t]{{0,3}}(?=\n|\Z)|({_ITEM})[ \t]{{0,3}}(?:\n[ \t]{{0,8}}{_ITEM}[ \t]{{0,3}}){{1,20}}\s{{0,9}}\Z))"
)


def _listed_behind(text: str, statement: Statement) -> tuple[Remark, ...]:
    """Return the remark of a name that stands behind an announced name as its equal: "Answer: Lima; Quito"."""
    if statement.kind not in ANNOUNCED or statement.polarity not in ASSERTED or not statement.text[:1].isalpha():
        return ()
    if len(statement.text) == 1 or len(statement.text.split()) > NAME_WORDS:
        return ()
    match = _LISTED.match(text, statement.end)
    if match is None:
        return ()
    start, end = match.span(match.lastindex or 0)
    is_other = not same_value(statement.text, text[start:end]) and not cues_in(text, start, end)
    return (Remark("adds", text[start:end], start, end),) if is_other else ()


# Longer values are no names.
NAME_WORDS = 3


def _reaches(text: str, statement: Statement, remark: Remark, *, is_first: bool) -> bool:
    """Say whether a clause of the statement's own sentence does to it what it would do as a sentence."""
    if remark.effect in REPLACES:
        return remark.corrects or statement.polarity in DENIED or _opens_with_but(text, remark.start, remark.end)
    if remark.effect in CONDITIONS and _WHERE_EQUAL.search(text, statement.start, remark.start):
        return False
    return not (is_first and remark.effect in CONFIRMS)


# A condition behind these says where a value is reached, not whether it is the answer.
_WHERE_EQUAL = lazy_pattern(r"\b(?:equality|attained|achieved|reached|occur(?:s|ring)?)\b")


def _opens_with_but(text: str, start: int, end: int) -> bool:
    return _BUT.match(text[start:end]) is not None


_BUT = lazy_pattern(r"\W*(?:but|aber|pero|mais|mas|ma|maar|но|a)\b")


def _is_labelled(text: str, statement: Statement, remark: Remark) -> bool:
    """Say whether a value is no correction, but the number of an item or the content of a choice."""
    return _is_numbering(text, remark) or _is_content(text, statement, remark)


def _is_numbering(text: str, remark: Remark) -> bool:
    """Say whether a number opens an item of a list."""
    line_end = text.find("\n", remark.end)
    return (
        bool(text[remark.end : line_end if line_end >= 0 else len(text)].strip())
        and _NUMBERING.match(text[remark.start : remark.end + 1]) is not None
    )


_NUMBERING = lazy_pattern(r"\W*\d{1,2}[.)]")


_LABELLED = lazy_pattern(r"[A-J](?:[.):][*_]{0,2}|\)[.:])[ \t]+")


def _is_content(text: str, statement: Statement, remark: Remark) -> bool:
    """Say whether a value is what stands behind the letter of a choice in its line: "The answer is C. 15"."""
    if len(statement.text) != 1 or not any(map(str.isdigit, remark.value)):
        return False
    place = text.find(statement.text, statement.start, statement.end + 1)
    label = _LABELLED.match(text, place) if place >= 0 else None
    return label is not None and label.end() == remark.start + len(text[remark.start : remark.end]) - len(
        text[remark.start : remark.end].lstrip()
    )


def _clause_cuts(text: str, start: int, end: int, cues: Sequence[Cue]) -> list[int]:
    """Return where clauses start in a stretch with some cues."""
    if start >= end:
        return []
    cuts = {match.start() for match in _CLAUSE.finditer(text, start, end)}
    cuts |= {
        cue.start
        for at, cue in enumerate(cues)
        if _starts_clause(cue) and not ("or" in cue.kinds and _is_negated_list(text, cues[:at], cue))
    }
    kept: list[int] = []
    for cut in sorted(cuts):
        if not _is_opener(text, kept[-1] if kept else start, cut, cues):
            kept.append(cut)
    return kept


def _is_negated_list(text: str, before: Sequence[Cue], cue: Cue) -> bool:
    """Say whether an "or" joins two values that its clause denies: "it can't be A or B"."""
    negations = [each for each in before if each.kinds & {"negation"} and "harmless" not in each.kinds]
    return bool(negations) and not any(mark in text[negations[-1].end : cue.start] for mark in ",;:.")


def _is_opener(text: str, start: int, end: int, known: Sequence[Cue]) -> bool:
    """Say whether a clause is nothing but words that open a correction, which belongs to the clause behind it."""
    cues = cues_between(text, known, start, end)
    rest = text[start:end]
    for cue in cues:
        rest = rest.replace(text[cue.start : cue.end], "")
    opens = all(cue.kinds & {"correcting", "waiting", "refusing", "adding"} for cue in cues)
    return bool(cues) and opens and not rest.strip(" ,;.(")


def _starts_clause(cue: Cue) -> bool:
    return bool(cue.kinds & {"boundary", "or", "condition"}) and "harmless" not in cue.kinds
