"""Places: stretches of a completion that state an answer."""

from __future__ import annotations

import msgspec

from rlvr_math.limits import OverLimitError
from rlvr_math.reading.numbers import Number, number_in

# A statement of an answer is a line at most.
STATEMENT_LIMIT_CHARACTERS = 500
# More boxes or statements than an honest text has; only the last ones are read.
PLACES_LIMIT = 64
# What stands this near to an answer may make another one of it.
NEAR_CHARACTERS = 80


class Place(msgspec.Struct, frozen=True):
    """A stretch of the completion that states an answer."""

    source: str
    start: int
    end: int
    text: str
    problem: str = ""
    number: Number | None = None
    parts: tuple[str, ...] = ()
    formula: bool = False

    def is_certain(self) -> bool:
        """Say whether it is an answer for sure: a number, or a formula of its own."""
        return self.number is not None or self.formula


def number_in_or_none(text: str) -> Number | None:
    """Read a number as ``number_in`` does, and None where that is over a limit."""
    try:
        return number_in(text)
    except OverLimitError:
        return None


def key_of_place(place: Place) -> object:
    """Return what makes the answers of two places the same."""
    return place.number.value if place.number is not None else key_of_text(place.text)


def key_of_text(text: str) -> object:
    """Return what makes two answers the same: their number, else their text without space."""
    number = number_in_or_none(text)
    return number.value if number is not None else "".join(text.split())
