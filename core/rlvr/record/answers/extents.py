"""Where a stated value ends, what its own sentence says behind it, and its parts."""

from __future__ import annotations

import re

from rlvr.patterns import lazy_pattern
from rlvr.record.answers.dismissals import dismissal_in, tentative_in
from rlvr.record.answers.lexicon import COPULAS, Cue, CueKind, cues_in
from rlvr.record.answers.statements import (
    Polarity,
)
from rlvr.record.answers.values import bare, is_bare_value

# A line that is an answer is no longer.
_CUTTING: frozenset[CueKind] = frozenset(
    {
        "or",
        "excluding",
        "boundary",
        "condition",
        "correcting",
        "waiting",
        "refusing",
        "retracting",
        "negation",
        "hedge",
        "modal",
        "doubting",
        "adding",
        "question",
    }
)

_RELATIVE = lazy_pattern(
    r",\s+(?:it|that|es|das|c)['’\s](?:is|s|ist|est|can|cannot|could|was)\b|,\s+а\s|,\s+(?:else|otherwise|which|who|where|as|i\.e\.|namely|that is)\b|\s\((?=or\b|not\b|and\b|but\b)|(?<![-+*/×÷·=])\s\((?=[-−]?\d[\d.,/]{0,20}\))|\s\((?=(?:[a-z]{1,8}\s){0,3}(?:wrong|incorrect|false|guess|guessing|unverified|unconfirmed|unproven|untested|unsure|sure|certain|mistake|error|invalid|bound|estimate|placeholder|candidate)\b[^()\n]{0,20}\))|\s[—–]\s|\s-\s(?=[^\W\d_]{3})|(?<!\\);|\.{3}\s",
    re.IGNORECASE,
)

# Another value, of which a judgement is: "42 (the root -3 is impossible)", "42, and the other root is rejected".
_OTHER_SUBJECT = lazy_pattern(
    r"(?:\s\(|,\s+(?:and|while|whereas)\s+)[^()\n]{0,40}?(?:([-−]?\d[\d.,/]{0,20})|\b(?:other|another|negative|second|remaining)\b)"
    r"[^()\n]{0,30}\Z",
    re.IGNORECASE,
)

_RELATIVE_SIGN = lazy_pattern("[-,;(—–.]")


def value_end(text: str, start: int, end: int) -> tuple[int, Polarity]:  # noqa: C901  # one rule after another
    """Return where a stated value ends, and what the words behind it in its clause make of it."""
    either = _VALUE_OR.match(text, start, end)
    if either:
        return either.end(1), "asserted"
    dismissed = dismissal_in(text, start, end)
    if dismissed >= 0 and _is_value_alone(text[start:dismissed]):
        return dismissed, "denied"
    tentative = tentative_in(text, start, end)
    if tentative >= 0 and _is_value_alone(text[start:tentative]):
        return tentative, "hedged"
    opening = start + len(text[start:end]) - len(text[start:end].lstrip(" \t*_"))  # behind the stars of a label
    sign = _RELATIVE_SIGN.search(text, opening + 1, end)
    # Most of what it matches starts with the white space before a sign.
    relative = _RELATIVE.search(text, max(opening + 1, sign.start() - 1), end) if sign else None
    stop = relative.start() if relative else end
    first = start + len(text[start:end]) - len(text[start:end].lstrip(" \t*_\"'“("))
    verb = -1
    for cue in cues_in(text, start, stop):
        if cue.start <= first or "harmless" in cue.kinds:
            continue
        attached = cue.word >= "\u0590"
        if verb < 0 and "wrong" in cue.kinds and _is_copula_between(text[first : cue.start]):
            return first + len(text[first : cue.start].rstrip().rpartition(" ")[0]), "denied"
        if "wrong" in cue.kinds and (verb >= 0 or attached):
            stop = verb if verb >= 0 else cue.start
            other = _OTHER_SUBJECT.search(text[first:stop])
            if other and (other[1] is None or other[1] not in text[first : first + other.start()]):
                return first + other.start(), "asserted"
            return stop, "denied"
        if attached and (found := postposed(text, start, cue)) != "asserted":
            return cue.start, found
        beside = cue.kinds == {"adding"} and verb < 0 and not text[first : cue.start].rstrip(" (").endswith((",", ";"))
        if cue.kinds & _CUTTING and not beside:
            if verb >= 0 and cue.kinds & {"negation", "modal"}:
                return verb, "asserted"
            return cue.start, "asserted"
        if "verb" in cue.kinds and verb < 0:
            verb = cue.start
    return stop, "asserted"


def _is_value_alone(said: str) -> bool:
    """Say whether a text is a value without words around it, which a predicate behind it is about."""
    return is_bare_value(said) or _FORMULA_ALONE.fullmatch(said) is not None


def _is_copula_between(before: str) -> bool:
    """Say whether a value and a copula, in any of the languages, are all that stands before a judgement."""
    value, _, copula = before.rstrip().rpartition(" ")
    return copula.lower() in COPULAS and _is_value_alone(value)


# A formula between its delimiters, or without a letter.
_FORMULA_ALONE = lazy_pattern(r"\s*(?:\$[^$\n]{1,200}\$|\\\([^\n]{1,200}?\\\)|[^\sA-Za-z]{1,80})\s*")


def postposed(text: str, start: int, cue: Cue) -> Polarity:
    """Return what a word of a language that puts negations and hedges last makes of the value before it."""
    if cue.word <= "\u0900" or not text[start : cue.start].strip():
        return "asserted"
    if cue.kinds & {"negation", "wrong", "doubting"}:
        return "denied"
    if "question" in cue.kinds:
        return "questioned"
    if cue.kinds & {"reporting", "past"}:
        return "attributed"
    return "hedged" if "hedge" in cue.kinds else "asserted"


_VALUE_OR = lazy_pattern(
    r"[\s*_\"'($]*([-−]?[\d.,/]{1,20}[%°]?|[A-Z])[)$*]{0,3}(?=\s+(?:o|u|of|ou|ó)\s+[($*]{0,3}(?:[-−]?\d|[A-Z](?![^\W_]))|\s*(?:か|나|이나)\s*(?:\d|[A-Z]))"
)
_PART = lazy_pattern(
    r"\s*(?:,|;|、|，)\s+(?:(?:and|y|et|und|e|и|en)\s+)?|\s*、\s*|\s*，\s*|\s+(?:and|y|et|und|e|и|en|और|و)\s+|\s*[和与と및](?=\s*[-\dA-Z])\s*"
)


def parts_of(value: str) -> tuple[str, ...]:
    """Return the values that are named in one breath; empty if there is one, or the text is prose or a tuple."""
    if value[:1] in "([{" or len(value) > 400 or ("\\" in value and "," not in value):
        return ()
    if value.isascii() and value.isalnum():  # one word or number has no separator
        return ()
    pieces = _PART.split(value)
    if len(pieces) < 2:
        return ()
    parts = [bare(piece) for piece in pieces]
    if any(not part or len(part.split()) > 4 for part in parts):
        return ()
    return tuple(parts)
