"""Say in words how a text was read: for people who ask why an answer was paid or refused."""

from __future__ import annotations

from rlvr_math.limits import UNFORESEEN
from rlvr_math.options import GradeOptions
from rlvr_math.reading.meanings import reading_of
from rlvr_math.reading.numbers import Number

# A line of an explanation; what is longer is cut.
READ_CHARACTERS = 200


def read_as(text: str, options: GradeOptions) -> str:
    """Write how a text was understood, such as ``x^2 + 1`` or ``1/2``; "" if it was not."""
    try:
        reading = reading_of(text.strip(), options)
        if reading.number is not None:
            return _number(reading.number)[:READ_CHARACTERS]
        from rlvr_math.reading.writing import written  # a number needs no trees

        return " or ".join(written(tree) for tree in reading.trees())[:READ_CHARACTERS]
    except UNFORESEEN:  # among them: Python writes no integer of more than 4,300 digits
        return ""


def _number(number: Number) -> str:
    value = number.value * 100 if number.percent else number.value
    return f"{value}{'%' if number.percent else f' {number.unit}' if number.unit else ''}"
