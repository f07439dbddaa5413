"""Text that UTF-8 can encode, and text that a reader can see.

Python text may contain lone surrogates, which stop encoders, logs and terminals.
"""

from __future__ import annotations

from unicodedata import category

from rlvr.patterns import lazy_pattern

_SURROGATE = lazy_pattern(r"[\ud800-\udfff]")


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


def has_visible_text(text: str) -> bool:
    """Return True if a text has a character that prints something by itself.

    White space, controls, characters without width and combining marks do not. Neither do letters and symbols that
    are blank by definition, such as the Hangul fillers and the empty braille pattern.
    """
    return any(map(_is_visible, text))


_BLANK_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
# Characters of other categories that print nothing. Unassigned characters count as visible, since Python may be older
# than an emoji, except those that Unicode reserves as invisible, and noncharacters.
_BLANK_CHARACTERS = frozenset(
    map(
        chr,
        (
            *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
            *(0x2800, 0x1D159),  # braille pattern blank, musical symbol null notehead
            *(0x2065, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)),  # Default_Ignorable_Code_Point
            *range(0xFDD0, 0xFDF0),  # noncharacters, and two at the end of each plane
            *(plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
        ),
    )
)


def _is_visible(character: str) -> bool:
    return category(character) not in _BLANK_CATEGORIES and character not in _BLANK_CHARACTERS
