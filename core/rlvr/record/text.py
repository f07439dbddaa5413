"""Text that UTF-8 can encode: Python text may contain lone surrogates, which stop encoders, logs and terminals."""

from __future__ import annotations

import re

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def encodable_text(text: str, replacement: str = "\ufffd") -> str:
    """Return text that UTF-8 can encode: each lone surrogate is replaced, all other characters are kept.

    A high and a low surrogate side by side become the character that they encode, as in JSON.
    Takes time linear in the length of the text.

    Args:
        text: Any text, such as a completion.
        replacement: One character that UTF-8 can encode.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return _SURROGATE.sub(replacement, joined)
    return text
