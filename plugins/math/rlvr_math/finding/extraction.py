"""Extractions: what was found in a completion."""

from __future__ import annotations

import msgspec

from rlvr_math.reading.numbers import Number

# The finder of last resort: the text is the answer.
WHOLE_TEXT = "whole text"


class Extraction(msgspec.Struct, frozen=True):
    """What a completion commits to.

    Attributes:
        text: The text of the answer; None if there is none.
        source: The finder that found it, such as "box"; "" if none did.
        problem: Why the text does not count: denied, hedged, contradicted, cut off; "" if it does.
        parts: The texts of all boxes, where earlier ones say something else.
        number: The number that the finder read already; None if it did not.
    """

    text: str | None
    source: str = ""
    problem: str = ""
    number: Number | None = None
    parts: tuple[str, ...] = ()
