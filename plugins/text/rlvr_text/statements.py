r"""Where a text states its answer: in a box, in tags, behind "the answer is".

Every place is found by a pattern that looks a bounded way ahead, so that finding them all takes linear time.
"""

from __future__ import annotations

import re
from itertools import islice

# A statement of an answer is a line at most; what a model adds behind it is not read.
STATEMENT_LIMIT_CHARACTERS = 400
# More places than an honest answer has; further ones are not read.
PLACES_LIMIT = 50

_BOX_OPENS = re.compile(r"\\(?:boxed|fbox)\b")
_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{((?:[^{}]|\{[^{}]{0,200}\}){0,200})\}")
_TAG_OPENS, _TAG_CLOSES = re.compile("<answer>", re.IGNORECASE), re.compile("</answer>", re.IGNORECASE)
_SPACE = r"[ \t*_]{0,6}"
_ANNOUNCED = re.compile(
    rf"""
    \b(?:
      (?:answers?|(?:correct|right|best|final|my)[ ](?:choices?|options?))    # what is announced
      (?:[ ]to[ ](?:the|this)[ ]question)?
      {_SPACE}
      (?:(?:is|are|would[ ]be|must[ ]be|should[ ]be)\b{_SPACE}:?|[:=]|[-–—][ ]|(?=\n))
    |
      I(?:[ ]would|[ ]will|['’]d|['’]ll)?[ ](?:choose|pick|select|go[ ]with)\b
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BLANK = " \t*_:#"


def boxed_in(text: str) -> list[str] | None:
    r"""Return what stands in each ``\boxed{…}``; None if there is no box, an empty list if none is closed."""
    if not _BOX_OPENS.search(text):
        return None
    return [match[1].strip() for match in islice(_BOX.finditer(text), PLACES_LIMIT)]


def tagged_in(text: str) -> list[str]:
    """Return what stands in each ``<answer>…</answer>``, from the innermost opening tag on."""
    parts = _TAG_OPENS.split(text, PLACES_LIMIT)[1:]
    return [part[: close.start()].strip() for part in parts if (close := _TAG_CLOSES.search(part))]


def announced_in(text: str) -> list[str]:
    """Return what follows each "the answer is", "Answer:" and their like: the rest of the line, else the next line.

    English only. None of them is blank.
    """
    following = (_following(text, match.end()) for match in islice(_ANNOUNCED.finditer(text), PLACES_LIMIT))
    return [statement for statement in following if statement]


def _following(text: str, start: int) -> str:
    rest, _, beyond = text[start : start + STATEMENT_LIMIT_CHARACTERS].partition("\n")
    if rest.strip(_BLANK):
        return rest.strip()
    return beyond.lstrip().partition("\n")[0].strip()
