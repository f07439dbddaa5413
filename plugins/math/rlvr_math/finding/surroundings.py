"""Signs, factors and powers around an answer that make another answer of it."""

from __future__ import annotations

import re

from rlvr_math.finding.doubts import FIGURE_WORD, RETRACTED, is_denied
from rlvr_math.finding.places import NEAR_CHARACTERS, number_in_or_none
from rlvr_math.reading.numbers import scales

# The longest sign before a box, such as \\times, with what opens a formula.
SIGN_CHARACTERS = 16
# A list's dash, or one between words, is no minus; an arrow or a tag is no comparison.
_HARMLESS_BEFORE = re.compile(
    r"(?:(?:\n[ \t]*[-−–*+>]|[A-Za-z:]{2}[*_]{0,3}\s{1,3}[-−–])\s+|(?:[-=]>|<(?!(?:del|s|strike)>)[^<>\n]{1,40}>)\s*)"
    r"(?:\$|\\[(\[]){0,2}\s*$"
)
_ALTERING_BEFORE = re.compile(
    r"(?:[-−–+/^<>≠≤≥±√×÷]|~~|\d(?:\\left)?\(|(?:[\d)}]|\b[A-Za-z])\s*\*|[A-Za-z\d})]_|\d(?=$)"
    r"|\\(?:pm|mp|times|cdot|div|sqrt|neq?|leq?|geq?|lt|gt|not|log|ln|sin|cos|tan))\s*(?:\$|\\[(\[]){0,2}\s*$"
)
_EQUATED_BEHIND = re.compile(r"=\s*\$?\s*([-−]?\d[\d.,/]{0,40})[ \t]*(?:[$)\]};!?\n]|\\[)\]]|$)")
_COMMAND_AROUND = re.compile(r"\\([A-Za-z]+)\*?(?:\[[^\[\]]{0,20}\])?(?:\s*\{[^{}]{0,40}\})?\s*\{\s*\$?\s*$")
_PLAIN_COMMANDS = frozenset("text textbf textit textrm mathrm mathbf mathit mbox boldsymbol color textcolor".split())
_CLOSING_BEHIND = re.compile(r"(?:[ \t}$)]|\\right\)|\\[)\],;! ]|\*\*)*")
PERCENT_BEHIND = re.compile(r"(?:[ \t$}]|\\[),;! ])*(?:\\?%|percent\b|per cent\b|pct\b)", re.IGNORECASE)
_ALTERING_BEHIND = re.compile(
    r"\^(?!\s*\{?\s*\\circ)|\d|[+/×÷±]\s*[\w\\($]|\*\s*[\d\\(]|[-−–]\s*[\d\\]|_\{?\d"
    r"|\\(?:times|cdot|div|pi|sqrt|frac|pm|mp|log|ln|sin|cos|tan|theta|infty|l?dots|cdots)(?![A-Za-z])"
    r"|(?:times|plus|minus|over|divided by|mod|to the)\s+[\d$\\]"
    r"|(?:[,;]|and\b|or\b|&)\s*(?:\$|\\[(\[])?\s*[-−]?\d[\d,.]*\s*(?:\$|\\[)\]])?\s*(?:[.;!?\n]|$)"
    rf"|,?\s*(?:\\text\{{\s*)?or\s+(?:more|less|fewer|higher|lower|greater|{FIGURE_WORD})",
    re.IGNORECASE,
)
# A letter beside the box is a factor, unless it is a unit's.
_FACTOR_BEHIND = re.compile(r"[a-fh-kn-rt-z](?![A-Za-z])")
_WORD_BEHIND = re.compile(r"\s*(?:\\text\{)?\s*([A-Za-z]{2,20})")


def alteration(completion: str, start: int, end: int) -> str:
    """Say what stands around a box and makes another answer of it: a sign, a factor, a power, a denial."""
    before = completion[start - NEAR_CHARACTERS : start] if start > NEAR_CHARACTERS else "\n" + completion[:start]
    around = _COMMAND_AROUND.search(before)
    if around and around[1] not in _PLAIN_COMMANDS:
        return f"the box stands inside \\{around[1]}"
    if is_denied(before):
        return "the box is denied"
    sign_reach = max(0, len(before.rstrip(" \t\n$")) - SIGN_CHARACTERS)
    if _ALTERING_BEFORE.search(before, sign_reach) and not _HARMLESS_BEFORE.search(before):
        return "what stands before the box belongs to it"
    behind = completion[end : end + NEAR_CHARACTERS]
    if RETRACTED.match(behind):
        return "the box is taken back"
    return "what stands behind the box belongs to it" if _goes_on(behind) else ""


def equation_behind(behind: str, text: str) -> str:
    """Say whether a box of a number is called equal to another number behind it."""
    closing = _CLOSING_BEHIND.match(behind)
    match = _EQUATED_BEHIND.match(behind, closing.end() if closing else 0)
    if match is None:
        return ""
    boxed, other = number_in_or_none(text), number_in_or_none(match[1].rstrip(".,"))
    differs = boxed is not None and other is not None and boxed.value != other.value
    return "the box is called equal to another number" if differs else ""


def _goes_on(behind: str) -> bool:
    """Say whether what follows a box is part of its answer."""
    closing = _CLOSING_BEHIND.match(behind)
    rest = behind[closing.end() if closing else 0 :]
    word = _WORD_BEHIND.match(rest)
    scaled = word is not None and scales(word[1])
    return scaled or _FACTOR_BEHIND.match(behind) is not None or _ALTERING_BEHIND.match(rest) is not None
