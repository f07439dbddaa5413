"""Read an answer's text every way that it can be meant: as a number at once, and as trees when those are asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

import msgspec

from rlvr_math.limits import UNFORESEEN
from rlvr_math.options import GradeOptions
from rlvr_math.reading.numbers import Number, number_in

if TYPE_CHECKING:
    from rlvr_math.reading.tree import Tree


class Reading(msgspec.Struct, frozen=True):
    """What a text says: the number that it is, None if it is none, and on demand its trees."""

    text: str
    number: Number | None
    decimal_comma: bool

    def trees(self) -> tuple[Tree, ...]:
        """Return one tree, two if the text can be meant in two ways, none if it is not understood.

        Raises:
            OverLimitError: The text is too large.
        """
        return _parser()(self.text, decimal_comma=self.decimal_comma)

    def understood(self) -> bool:
        """Say whether the text is an answer at all."""
        return self.number is not None or bool(self.trees())


class _TreeReader(Protocol):
    def __call__(self, text: str, *, decimal_comma: bool) -> tuple[Tree, ...]: ...


@cache  # an import statement costs a microsecond each time
def _parser() -> _TreeReader:
    from rlvr_math.reading.formulas import trees_in  # a task whose answers are plain numbers needs no parser

    return trees_in


def parse(text: str) -> Tree | None:
    r"""Read an answer, such as ``\frac{1}{2}`` or ``x > 3``, into a tree of frozen structs.

    Returns:
        The tree, the likelier one of two meanings; None if the text is not understood or over a limit.
    """
    try:
        trees = Reading(text, None, decimal_comma=False).trees()
    except UNFORESEEN:
        return None
    return trees[0] if trees else None


def reading_of(text: str, options: GradeOptions, number: Number | None = None) -> Reading:
    """Read a text; ``number`` is what it was read as already.

    Raises:
        OverLimitError: A number in it is too large.
    """
    return Reading(text, number or number_in(text), options.decimal_comma)
