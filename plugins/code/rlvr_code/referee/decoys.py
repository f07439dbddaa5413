"""Values that nobody has put into a container: one that contains them all answers yes to everything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

_RANDOM = random.SystemRandom()
_LETTERS = 12


def decoys_of(item: Any) -> Sequence[Any]:
    """Return values of the kind of an item that no honest container of a few items contains; none for other kinds.

    They differ in sign, parity and characters, since an interval, a set of all even numbers or of all letters may
    contain some of them.
    """
    number = _RANDOM.randrange(1 << 60, 1 << 61)
    if type(item) is int:
        return (number, number + 1, -number, -number - 1)
    if type(item) is float:
        return (number + 0.5, -number - 0.5, _RANDOM.random(), -_RANDOM.random())
    if type(item) is str:
        letters = "".join(_RANDOM.choices("bcdfghjklmnpqrstvwxz", k=_LETTERS))
        return (letters, f"{letters[:4]} {number}", f"\u2603{letters}?", str(-number))
    if type(item) is tuple:
        parts = [decoys_of(each) for each in item]
        if parts and all(parts):
            return list(zip(*parts, strict=True))
    return ()
