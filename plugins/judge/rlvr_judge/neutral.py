"""Make a text harmless as material: no mark, role token or heading of it can be taken for the request's own.

Every line gets a prefix, so that no line of the text starts a line of the request. Sequences that a tokenizer or a
template gives a meaning are written with look-alikes. Characters that print as nothing are left out.
Takes time linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

from rlvr import encodable_text

LINE_PREFIX = "| "
# Joiners of emoji and of Persian and Indic words, which print, and the plain white space of a text.
_KEPT = frozenset("\u200c\u200d\n\t")
_ROLES = (
    "system|user|human|assistant|ai|developer|tool|function|instructions?|prompt|question|answer|response|completion|"
    "submission|candidate|reference|gold|ground_truth|rubric|criteri(?:a|on)|judge|grader|evaluation|evaluator|verdict|"
    "score|grade|rating|reward|result|output|begin|end|think|thinking|reasoning|analysis|final|material|marks?"
)
ROLE_TOKEN = re.compile(
    r"<[|｜][^<>|｜\n]{0,60}[|｜]>"  # <|im_start|>, <｜User｜>
    r"|<{2,10}/?SYS>{2,10}|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]"
    r"|</?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn)>"
    rf"|</?(?:{_ROLES})\b[^<>\n]{{0,60}}>"
    r"|(?:<{3,200}|>{3,200}|«{2,200}|»{2,200}|《{2,200}|》{2,200})",
    re.IGNORECASE,
)
_LOOKALIKES = str.maketrans("<>[]|｜«»《》", "‹›⟦⟧¦¦‹›‹›")


def printed(text: str) -> str:
    """Return the characters of a text that print, without controls, tag characters and changes of direction."""
    text = encodable_text(text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in "\n".join(text.splitlines()) if char in _KEPT or not _is_hidden(char))


def neutral(text: str) -> str:
    """Return a text as lines of material; see the module."""
    shown = ROLE_TOKEN.sub(lambda match: match[0].translate(_LOOKALIKES), printed(text))
    return "\n".join(LINE_PREFIX + line for line in shown.split("\n"))


def _is_hidden(char: str) -> bool:
    # Variation selectors beyond the first 16 carry no style of a character, but can carry bytes.
    return unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"} or "\U000e0100" <= char <= "\U000e01ef"
