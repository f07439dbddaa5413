r"""The bar that says at which place an expression is evaluated, as in ``\left. x^3 \right|_{x=3}``."""

from __future__ import annotations

import re

from rlvr import lazy_pattern

_DELIMITER = lazy_pattern(r"\\(left|right)(?![A-Za-z])\s?(\\[A-Za-z]{1,6}(?![A-Za-z])|\\.|.)", re.DOTALL)
_BARS = frozenset({"|", "\\vert", "\\rvert"})


def with_brackets(text: str) -> str:
    r"""Put brackets around what stands between ``\left.`` and its bar, so that nothing else belongs to the bar."""
    pieces: list[str] = []
    # What each open \left has: the index of its piece.
    opened: list[int] = []
    position = 0
    for found in _DELIMITER.finditer(text):
        pieces += (text[position : found.start()], found[0])
        position = found.end()
        if found[1] == "left":
            opened.append(len(pieces) - 1)
        elif opened:
            start = opened.pop()
            if pieces[start].endswith(".") and found[2] in _BARS:
                pieces[start], pieces[-1] = "(", ")|"
    return "".join((*pieces, text[position:]))
