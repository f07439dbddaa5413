"""Characters that a reader would not see, or that move other characters, as a tag such as ``U+202E``."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from rlvr import encodable_text

# Controls without tab and line feed, soft hyphen, Hangul fillers, zero-width space, marks and overrides of direction,
# separators, invisible operators, byte order mark, annotations. Zero-width joiners stay: emoji and Persian need them.
HIDDEN = (
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]"
)
_HIDDEN = re.compile(HIDDEN)


def visible(value: object) -> str:
    """Return a value as text in which hidden characters have names; for attributes and titles."""
    return _HIDDEN.sub(lambda match: _name_of(match[0]), encodable_text(str(value), "\ufffd"))


def visible_markup(value: object) -> Markup:
    """Return a value as HTML: escaped, with a tag for each hidden character."""
    pieces = []
    text = encodable_text(str(value), "\ufffd")
    start = 0
    for match in _HIDDEN.finditer(text):
        tag = Markup('<span class="ctl">{}</span>').format(_name_of(match[0]))
        pieces += [escape(text[start : match.start()]), tag]
        start = match.end()
    return Markup("").join([*pieces, escape(text[start:])])


def _name_of(character: str) -> str:
    return f"U+{ord(character):04X}"
