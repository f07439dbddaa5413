"""Marks that state an answer: ``<answer>`` tags, and GSM8K's ``####``."""

from __future__ import annotations

import re
from collections import deque

from rlvr_math.finding.doubts import RETRACTED
from rlvr_math.finding.places import NEAR_CHARACTERS, PLACES_LIMIT, Place, key_of_place, key_of_text, number_in_or_none
from rlvr_math.finding.statements import find_statement
from rlvr_math.finding.surroundings import PERCENT_BEHIND, alteration

_TAG = re.compile(r"<answer>([^<]{0,500})</answer>", re.IGNORECASE)
_TAG_OPENING = re.compile(r"<answer>", re.IGNORECASE)
_HASHES = re.compile(r"#{4,}[ \t]*([^\n]{0,500})")
# "#### Step 2" and "#### 2. Add" are Markdown's headings.
_HEADING = re.compile(r"\**(?:[A-Za-z]|\d{1,2}[.)][ \t]+\**[A-Za-z])")
_DIGIT = re.compile(r"\d")


def find_tag(completion: str) -> Place | None:
    """Find the last ``<answer>`` tag; all must say the same."""
    tags = deque(_TAG.finditer(completion), PLACES_LIMIT)
    if not tags:
        return None
    last = tags[-1]
    problem = "<answer> tags contradict" if len({key_of_text(tag[1]) for tag in tags}) > 1 else ""
    problem = problem or alteration(completion, last.start(), last.end())
    if not problem and _TAG_OPENING.search(completion, last.end()):
        problem = "the last <answer> tag is not read"
    if not problem and PERCENT_BEHIND.match(completion, last.end(), last.end() + NEAR_CHARACTERS):
        problem = "what stands behind the tag belongs to it"
    return _inside("<answer>", last, problem)


def find_hashes(completion: str) -> Place | None:
    """Find GSM8K's ``####``; a line of it that is a heading, or without a figure, is none."""
    lines = [line for line in deque(_HASHES.finditer(completion), PLACES_LIMIT) if _DIGIT.search(line[1])]
    places = [_inside("####", line, "") for line in lines]
    places = [place for place in places if place.number is not None or not _HEADING.match(place.text)]
    if not places:
        return None
    last = places[-1]
    return Place(last.source, last.start, last.end, last.text, _doubt(completion, places), last.number)


def _doubt(completion: str, lines: list[Place]) -> str:
    """Say why the last of the lines does not count, or nothing."""
    last = lines[-1]
    if completion[last.end : last.end + 1] not in {"", "\n"}:
        return "the #### line is too long"
    if last.problem:
        return last.problem
    if len({key_of_place(place) for place in lines}) > 1:
        return "#### lines contradict"
    is_retracted = RETRACTED.match(completion, last.end, last.end + NEAR_CHARACTERS)
    return "taken back afterwards" if is_retracted else ""


def _inside(source: str, match: re.Match[str], problem: str) -> Place:
    """Read what a mark holds: a number, or a statement of one."""
    text = match[1].strip()
    number = number_in_or_none(text)
    stated = find_statement(text) if number is None else None
    if stated is not None and stated.number is not None:
        text, number, problem = stated.text, stated.number, problem or stated.problem
    return Place(source, match.start(), match.end(), text, problem, number)
