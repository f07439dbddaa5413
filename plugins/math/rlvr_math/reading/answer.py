"""Read an answer's text every way that it can be meant: as a number, and as trees."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

import msgspec

from rlvr_math.deciding.exact import is_defined
from rlvr_math.numbers import REMEMBERED_LIMIT_CHARACTERS, Number, number_in
from rlvr_math.options import GradeOptions
from rlvr_math.reading.parser import UnreadableError, read
from rlvr_math.reading.tree import Constant, Quantity, Tree

_GROUPED = re.compile(r"\d,\d{3}(?!\d)")
_COMMA = re.compile(r"\d,\d")
_WRAPPED = re.compile(r"\\boxed\s*\{|\\fbox\s*\{")


class Reading(msgspec.Struct, frozen=True):
    """What a text says: a number, if it is one; and two trees, which differ if the text is ambiguous."""

    number: Number | None
    trees: tuple[Tree, ...]
    ambiguous: bool = False


NOTHING = Reading(None, ())


def reading_of(text: str, options: GradeOptions) -> Reading:
    """Read a text; nothing is in the reading of what is not understood.

    Raises:
        OverLimitError: It is too large.
    """
    if len(text) <= REMEMBERED_LIMIT_CHARACTERS:
        return _remembered(text, options.decimal_comma)
    return _read(text, decimal_comma=options.decimal_comma)


@lru_cache(maxsize=8_192)
def _remembered(text: str, decimal_comma: bool) -> Reading:  # noqa: FBT001  # lru_cache tells keywords apart slowly
    return _read(text, decimal_comma=decimal_comma)


def _read(text: str, *, decimal_comma: bool) -> Reading:
    number = number_in(text)
    if not text.strip():
        return NOTHING
    joined = _tree(text, joined=True, decimal_comma=False)
    if joined is None and number is not None:
        joined = _tree_of(number)
    if joined is None:
        return Reading(number, ())
    if not is_defined(joined):
        return NOTHING
    other = joined
    if _GROUPED.search(text):
        other = _tree(text, joined=False, decimal_comma=False) or joined
    elif decimal_comma and _COMMA.search(text):
        other = _tree(text, joined=True, decimal_comma=True) or joined
    return Reading(number, (joined, other), other != joined)


def _tree(text: str, *, joined: bool, decimal_comma: bool) -> Tree | None:
    try:
        return read(text, joined=joined, decimal_comma=decimal_comma)
    except UnreadableError:
        return None


def _tree_of(number: Number) -> Tree:
    value = Constant(number.value * 100 if number.percent else number.value)
    unit = "%" if number.percent else number.unit
    return Quantity(value, unit) if unit else value


