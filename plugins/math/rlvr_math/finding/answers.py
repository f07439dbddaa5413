r"""Find the answer that a completion commits to, in time linear in its length.

Finders in order: the last ``\boxed{}`` or ``\fbox{}``; ``<answer>``; ``####``; "answer is" and its like; a bold last
line; the whole text, if it is a line.
The first kind that is present decides.
An answer that is denied, hedged, or contradicted by a later one of another kind is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from rlvr_math.finding.boxes import find_box
from rlvr_math.finding.doubts import TAIL_LIMIT_CHARACTERS, is_hedged
from rlvr_math.finding.extraction import WHOLE_TEXT, Extraction
from rlvr_math.finding.lines import find_last_line, unstated_answer
from rlvr_math.finding.marks import find_hashes, find_tag
from rlvr_math.finding.places import Place, key_of_place
from rlvr_math.finding.statements import find_statement
from rlvr_math.limits import OverLimitError
from rlvr_math.options import ALL_FINDERS, Finder
from rlvr_math.reading.numbers import plain_number_in

# Far more than an answer with its reasoning; nothing beyond is read.
COMPLETION_LIMIT_CHARACTERS = 2_000_000
# An integer, decimal or fraction in plain digits is read at once.
SHORT_CHARACTERS = 40
# A few of a model's marks for the end of its turn, such as <|im_end|>.
ENDING_LIMIT_CHARACTERS = 100
_ENDING_MARKS = re.compile(r"(?:\s*(?:</s>|<\|\w{1,30}\|>))+$")


def answer_in(
    completion: str,
    *,
    finders: Sequence[Finder] = ALL_FINDERS,
    last_number: bool = False,
    last_formula: bool = False,
) -> Extraction:
    """Find the answer of a completion whose reasoning is cut away.

    Args:
        completion: The text.
        finders: What may state an answer, in order; "bold" and "whole" come last wherever they stand.
        last_number: Whether the last number anywhere counts if nothing states an answer.
        last_formula: Whether the last formula between TeX's delimiters counts if nothing states an answer.
    """
    if len(completion) > COMPLETION_LIMIT_CHARACTERS:
        raise OverLimitError(f"a completion of {len(completion)} characters")
    if len(completion) <= SHORT_CHARACTERS and "whole" in finders:
        number = plain_number_in(completion)
        if number is not None:
            return Extraction(completion, WHOLE_TEXT, number=number)
    if completion.endswith(">"):
        ending = completion[-ENDING_LIMIT_CHARACTERS:]
        completion = completion[:-ENDING_LIMIT_CHARACTERS] + _ENDING_MARKS.sub("", ending)
    stated = list(_stated(completion, finders))
    if not stated:
        return unstated_answer(completion, finders, last_number=last_number, last_formula=last_formula)
    chosen = stated[0]
    if completion.find("\n", chosen.end) >= 0:
        closing = find_last_line(completion)
        stated.extend([closing] if closing is not None else [])
    problem = chosen.problem or _contradiction(chosen, stated[1:], completion)
    return Extraction(chosen.text, chosen.source, problem, chosen.number, chosen.parts)


def _stated(completion: str, finders: Sequence[Finder]) -> Iterator[Place]:
    """Run the finders in order; behind the first that found a place, only what could contradict it, chosen or not.

    A plain search for a finder's mark costs a hundredth of the finder.
    """
    lower = completion.lower()  # never shorter than the text, so that a place in it is not behind the text's
    end = 0
    for name in ALL_FINDERS if finders is ALL_FINDERS else dict.fromkeys([*finders, *ALL_FINDERS]):
        if not end and name not in finders:
            return
        mark = _mark_of(name)
        place = _find(name, completion) if mark and lower.find(mark, end) >= 0 else None
        if place is not None:
            end = end or place.end
            yield place


def _mark_of(name: Finder) -> str:
    """Return the mark without which a finder finds nothing; none for those that state nothing beside a statement."""
    match name:
        case "box":
            return "box"
        case "tag":
            return "<answer>"
        case "hashes":
            return "####"
        case "statement":
            return "answer"
        case "bold" | "whole":
            return ""
        case _:
            assert_never(name)


def _find(name: Finder, completion: str) -> Place | None:
    match name:
        case "box":
            return find_box(completion)
        case "tag":
            return find_tag(completion)
        case "hashes":
            return find_hashes(completion)
        case "statement":
            return find_statement(completion)
        case "bold" | "whole":
            return None
        case _:
            assert_never(name)


def _contradiction(chosen: Place, others: Sequence[Place], completion: str) -> str:
    """Say what takes a stated answer back: a later one of another kind, or a hedge behind it."""
    for other in others:
        if other.start >= chosen.end and other.is_certain() and key_of_place(other) != key_of_place(chosen):
            return f"a later {other.source!r} says something else"
    hedged = is_hedged(completion[chosen.end : chosen.end + TAIL_LIMIT_CHARACTERS])
    return "hedged afterwards" if hedged else ""
