"""Whether a sentence denies what it says: a disclaimer that is negated is none."""

from __future__ import annotations

import re

# How much of a sentence is read on each side of a statement.
REACH = 160

_END = re.compile(r"[.!?;\n]")
_DENIED = re.compile(
    r"\b(?:not|no|never|none|n[o']t|don['’]?t|doesn['’]?t|didn['’]?t|isn['’]?t|aren['’]?t|won['’]?t|can['’]?t|cannot|without"
    r"|ignore|disregard|forget|skip|omit|false|untrue|wrong|myth|nonsense|lie|contrary|nicht|kein|keine|pas|jamais|nunca)\b",
    re.IGNORECASE,
)
# Denials that affirm.
_AFFIRMED = re.compile(
    r"\b(?:not only|no doubt|(?:do not|don['’]?t|never|not) (?:forget|ignore|disregard|skip|omit)|without (?:a )?doubt"
    r"|not (?:just|merely|simply)|no matter|never forget|not without)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"^\W{0,3}(?:\w+\W{1,2}){0,4}?(?:is|are|was|does|do|can|may|should)\s+(?:\w+\s+){0,1}?"
    r"(?:not|n['’]t|false|untrue|wrong|nonsense|a lie|a myth|meaningless|irrelevant|be ignored|be disregarded"
    r"|be skipped)\b",
    re.IGNORECASE,
)


def denied(text: str, start: int, end: int) -> bool:
    """Say whether the sentence around a statement denies it, before it or right behind it."""
    before = _END.split(text[max(0, start - REACH) : start])[-1]
    behind = _END.split(text[end : end + REACH])[0]
    if _DENIED.search(_AFFIRMED.sub(" ", before)):
        return True
    return _TAKEN_BACK.search(behind) is not None
