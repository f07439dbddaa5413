"""Ways to read one text, so that a forbidden word cannot hide; each in one pass."""

from __future__ import annotations

import html
import re
import unicodedata

# Characters of no width, soft hyphens, direction marks, variation selectors and tags: they print as nothing.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_MARKUP = re.compile(r"[*_`~|\\]|</?[A-Za-z][^<>\n]{0,200}>|<!--|-->")
# Letters that stand alone, four or more in a row: a word that is spelt out.
_SPELT = re.compile(r"(?<!\w)(?:\w[\s.,\-_*/|]{1,3}){3,200}\w(?!\w)")
_WORD = re.compile(r"\w+")
# Letters of other scripts that print as Latin ones; only folded in words that mix scripts.
_TWINS = str.maketrans("аеорсухіјѕԁһӏкмтвнпгοαερικντυχ", "aeopcyxijsdhlkmtbhnroaepikvtux")


def light(text: str) -> str:
    """Compose letters with their marks and write line ends one way; required rules read this."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def forbidden_views(text: str) -> tuple[str, ...]:
    """List the different readings in which a forbidden rule is looked for, the text itself first."""
    canonical = _canonical(text)
    bare = _MARKUP.sub("", canonical)
    spelt = _SPELT.sub(lambda run: "".join(filter(str.isalnum, run[0])), bare)
    return tuple(dict.fromkeys((text, canonical, bare, spelt)))


def _canonical(text: str) -> str:
    text = html.unescape(text) if "&" in text else text
    if text.isascii():
        return text
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _WORD.sub(lambda word: _folded(word[0]), plain)


def _folded(word: str) -> str:
    """Read look-alikes as Latin letters in a word that also has Latin ones; a wholly Russian word stays Russian."""
    if word.isascii() or not any(letter.isascii() and letter.isalpha() for letter in word):
        return word
    return word.lower().translate(_TWINS)
