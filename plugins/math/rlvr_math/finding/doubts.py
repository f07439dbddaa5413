"""Words around an answer that take it back: denials before it, retractions and hedges behind it."""

from __future__ import annotations

import re

# How far behind an answer a hedge may take it back.
TAIL_LIMIT_CHARACTERS = 2_000
HEDGE_REACH_CHARACTERS = 60
_DENIED = re.compile(
    r"(?:(?:\b(?:not|never|cannot)|n['’]t)\b(?:\s{1,3}(?:be|equal|to|actually|really|simply)\b){0,4}"
    r"|\b(?:wrong|incorrect|false|mistaken)\s{1,3}(?:final\s{1,3})?(?:answer|result|value)\b[\s:=]{0,4}"
    r"(?:is|was|(?:would|could|will) be)?"
    r"|\bno\s{1,3}(?:final\s{1,3})?answer\s{1,3}(?:is|was|equals)"
    r"|(?:\b(?:false|untrue|doubt|deny|not the case|not true)|(?:\bnot|n['’]t)\s{1,3}(?:think|believe|sure|certain))\b"
    r"(?:\s{1,3}(?:that|whether|the|my|final|correct|answer|is|it)\b){1,6})[\s:$\\(\[*]{0,6}$",
    re.IGNORECASE,
)
_DENYING = (
    "not",
    "n't",
    "n’t",
    "never",
    "wrong",
    "correct",
    "false",
    "mistaken",
    "no ",
    "no\n",
    "no\t",
    "untrue",
    "doubt",
    "deny",
)
RETRACTED = re.compile(
    r"[\s$*`.,;?!)}\]\\]{0,8}(?:(?:this|that|which|it|they)\s{1,3})?(?:is|was|are|were|seems|looks)\s{1,3}"
    r"(?:[a-z]{1,12}\s{1,3}){0,3}?"
    r"(?:wrong|incorrect|false|mistaken|untrue|a lie|"
    r"not (?:correct|right|true|(?:the|my|an?)\s(?:[a-z]{1,12}\s)?(?:answer|solution|result)))\b"
    r"|[\s.,;]{0,3}\(?just kidding",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|alternatively|actually|wait|correction|no|not|instead|could be|might be"
    r"|oops|sorry|hmm+|i mean|make that|scratch that|on second thought|rather(?! than))\b",
    re.IGNORECASE,
)
# "One" is left out: it mostly stands for no number.
FIGURE_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|half|quarter)\b"
)
_FIGURE = re.compile(rf"\d|\b{FIGURE_WORD}", re.IGNORECASE)
SECOND_FIGURE = re.compile(
    rf"\d|(?:[,;&]|\b(?:and|or|to|otherwise|remainder))\s{{1,3}}(?:an?\s{{1,3}})?{FIGURE_WORD}", re.IGNORECASE
)


def is_denied(before: str) -> bool:
    """Say whether what stands before an answer denies it; most texts hold no word that could."""
    lower = before.lower()
    return any(word in lower for word in _DENYING) and _DENIED.search(before) is not None


def is_hedged(tail: str) -> bool:
    """Say whether what follows an answer takes it back: a hedge with a number soon after it."""
    ends = (hedge.end() for hedge in HEDGE.finditer(tail))
    return any(_FIGURE.search(tail[end : end + HEDGE_REACH_CHARACTERS].split("\n", 1)[0]) for end in ends)
