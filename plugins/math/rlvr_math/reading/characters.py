"""Characters of Unicode that are set for others: digits of every script, mathematical letters, what is not seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_ASCII = 0x80
# Variation selectors and the keycap around a digit.
_MARKS = frozenset({*range(0xFE00, 0xFE10), 0x20E3})
_MATHEMATICAL = range(0x1D400, 0x1D800)
_FORMAT = "Cf"


class Characters(dict[int, str | int | None]):
    """A table for ``str.translate`` that knows the digits of every script; what is not seen becomes nothing."""

    def __init__(self, table: Mapping[str, str | None]) -> None:
        super().__init__({code: code for code in range(_ASCII)})
        self.update({ord("٫"): ".", ord("٬"): ","})  # Arabic's decimal point and thousands separator
        self.update({ord(key): value for key, value in table.items()})

    def __missing__(self, code: int) -> str | int | None:
        """Return what stands for a character that is not in the table; the table does not grow."""
        character = chr(code)
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            return str(digit)
        if code in _MATHEMATICAL:
            return unicodedata.normalize("NFKC", character)
        return None if code in _MARKS or unicodedata.category(character) == _FORMAT else code
