"""Characters beyond ASCII: most texts have few, so that most questions are asked of these alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ASCII = bytes(range(128))
_RUN = re.compile(r"[^\x00-\x7f]+")
# To ask whether a slice is ASCII costs a tenth of a search in it: large slices are asked first, then their parts.
_SLICE, _SUBSLICE = 512, 64
# Where more than one of so many characters is foreign, hardly a slice is ASCII.
_DENSE = 40


def foreign_characters(data: bytes) -> str:
    """Return the characters beyond ASCII of a text in UTF-8, side by side."""
    return "" if data.isascii() else data.translate(None, _ASCII).decode()


def lower(text: str, data: bytes, foreign: str) -> str:
    """Return a text in lower case.

    A single character beyond ASCII makes ``str.lower`` five times slower, and few of them have a case.

    Args:
        text: The text.
        data: The text in UTF-8.
        foreign: Its characters beyond ASCII.
    """
    return text.lower() if len(data) == len(text) or foreign.lower() != foreign else data.lower().decode()


def foreign_runs(text: str, foreign: str) -> Sequence[tuple[int, int]]:
    """Return where the runs of characters beyond ASCII are, each as long as it is.

    Args:
        text: The text.
        foreign: Its characters beyond ASCII.
    """
    if not foreign:
        return ()
    if len(foreign) * _DENSE > len(text):
        return [found.span() for found in _RUN.finditer(text)]
    spans: list[tuple[int, int]] = []
    start = end = -1
    for at in range(0, len(text), _SLICE):
        if text[at : at + _SLICE].isascii():
            continue
        for part in range(at, min(at + _SLICE, len(text)), _SUBSLICE):
            if text[part : part + _SUBSLICE].isascii():
                continue
            for found in _RUN.finditer(text, part, part + _SUBSLICE):
                begin, behind = found.span()
                if begin == end:  # the run crosses the border of two slices
                    end = behind
                    spans[-1] = (start, end)
                else:
                    start, end = begin, behind
                    spans.append((start, end))
    return spans
