r"""The last ``\boxed{}`` or ``\fbox{}``, or the boxes joined to it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from rlvr_math.finding.places import NEAR_CHARACTERS, PLACES_LIMIT, Place, key_of_text
from rlvr_math.finding.surroundings import PERCENT_BEHIND, alteration, equation_behind
from rlvr_math.limits import OverLimitError

# Honest answers need a handful of nested braces.
NESTING_LIMIT = 256
# How far before a box "final answer" may stand that makes it final.
FINAL_REACH_CHARACTERS = 30
# Why the last of several boxes does not count, unless the reference has as many values.
EARLIER_BOX = "an earlier box says something else"
_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*")
_TOKEN = re.compile(r"[^\s{}$\\]{1,40}")
_BRACE = re.compile(r"[{}]|\\[{}]")
_JOINED = re.compile(r"(?:[\s,;.$]|\\(?:quad|qquad|text|[,;:()\[\]\\ ])|\{|\}|and|or|&){0,40}", re.IGNORECASE)
_FINAL = re.compile(r"\bfinal\b|\banswer\b", re.IGNORECASE)


def find_box(completion: str) -> Place | None:
    """Find the last box, or the boxes joined to it."""
    boxes = _boxes(completion)
    if not boxes:
        return None
    last, first = boxes[-1], _first_joined(completion, boxes)
    group = boxes[first:]
    problem, parts = last.problem, tuple[str, ...]()
    if not problem and completion.startswith("{", last.end):
        problem = "the box goes on"
    elif not problem and first and _is_contradicted(completion, boxes[first - 1], last):
        problem, parts = EARLIER_BOX, tuple(dict.fromkeys(box.text for box in boxes))
    text = "; ".join(dict.fromkeys(box.text for box in group))
    percent = PERCENT_BEHIND.match(completion, last.end, last.end + NEAR_CHARACTERS)
    if percent:
        text = f"{text}%"
    problem = problem or alteration(completion, group[0].start, percent.end() if percent else last.end)
    problem = problem or equation_behind(completion[last.end : last.end + NEAR_CHARACTERS], last.text)
    return Place("box", group[0].start, last.end, text, problem, parts=parts)


def _first_joined(completion: str, boxes: Sequence[Place]) -> int:
    """Return the index of the first of the boxes that nothing but commas and their like part from the last."""
    first = len(boxes) - 1
    while first and _JOINED.fullmatch(completion[boxes[first - 1].end : boxes[first].start]):
        first -= 1
    return first


def _is_contradicted(completion: str, earlier: Place, last: Place) -> bool:
    """Say whether an earlier box says something else, and the last one is not called final."""
    if key_of_text(earlier.text) == key_of_text(last.text):
        return False
    between = completion[earlier.end : last.start]
    before_earlier = completion[max(0, earlier.start - FINAL_REACH_CHARACTERS) : earlier.start]
    return not _FINAL.search(between[-200:]) or _FINAL.search(before_earlier) is not None


def _boxes(completion: str) -> list[Place]:
    """Return the outermost boxes, in order; one that never closes ends the list."""
    boxes: deque[Place] = deque(maxlen=PLACES_LIMIT)
    position = 0
    while match := _BOX.search(completion, position):
        start = match.end()
        if completion[start : start + 1] != "{":
            token = _TOKEN.match(completion, start)
            end = token.end() if token else start
            boxes.append(Place("box", match.start(), end, token[0] if token else "", "" if token else "an empty box"))
        else:
            end = _closing(completion, start)
            if end < 0:
                boxes.append(Place("box", match.start(), len(completion), "", "the last box is not closed"))
                break
            boxes.append(Place("box", match.start(), end + 1, completion[start + 1 : end].strip()))
            end += 1
        position = max(end, match.end())
    return list(boxes)


def _closing(text: str, start: int) -> int:
    """Return where the brace at ``start`` closes; -1 if it never does."""
    depth = 0
    for match in _BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth > NESTING_LIMIT:
            raise OverLimitError(f"braces nested deeper than {NESTING_LIMIT}")
        if depth == 0:
            return match.start()
    return -1
