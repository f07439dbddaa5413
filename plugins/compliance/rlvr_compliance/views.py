"""Ways to read one text, so that a forbidden word cannot hide; each knows where in the text it stands.

``light``: letters composed with their marks, one kind of line end: what required rules read, of the text that is seen.
``canonical``: entities, percent signs and escapes undone, invisible characters dropped, compatibility forms and
look-alikes made plain letters. Look-alikes are folded only in words that mix scripts: a Russian word stays Russian.
``bare``: that, without the marks of Markdown and HTML.
``spelt``: that, with letters that stand alone joined to words.
``leet``: that, with digits and signs inside words read as the letters that they look like.
Forbidden rules read all of them.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias
from urllib.parse import unquote

from rlvr_compliance.engine import readable
from rlvr_compliance.lookalikes import ORNATE, TWINS

Edit: TypeAlias = tuple[int, int, str]
"""From where to where of a text, and what stands there instead."""


class View:
    """A text made from another by edits, which knows where its characters come from.

    Attributes:
        name: What it is called in evidence.
        text: The text.
    """

    __slots__ = ("_changed", "_new", "_old", "below", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.below: View | None = None
        # Segments, by where they start in this text and in the one below, and whether they were changed.
        self._new: list[int] = []
        self._old: list[int] = []
        self._changed: list[bool] = []

    def edited(self, name: str, edits: Iterable[Edit]) -> View:
        """Return the view that edits make of this one; the edits are in order and apart. Itself, if there are none."""
        parts: list[str] = []
        new, old, changed = [0], [0], [False]
        position = length = 0
        for start, end, put in edits:
            parts += (self.text[position:start], put)
            length += start - position
            new += (length, length + len(put))
            old += (start, end)
            changed += (True, False)
            position, length = end, length + len(put)
        if not parts:
            return self
        made = View(name, "".join((*parts, self.text[position:])))
        made.below, made._new, made._old, made._changed = self, new, old, changed
        return made

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of this text stands in the text that all views come from."""
        if self.below is None:
            return start, end
        return self.below.span(self._at(start, rounds_up=False), self._at(max(end - 1, start), rounds_up=True))

    def _at(self, position: int, *, rounds_up: bool) -> int:
        segment = bisect_right(self._new, position) - 1
        if not self._changed[segment]:
            return self._old[segment] + position - self._new[segment] + rounds_up
        return self._old[segment + 1] if rounds_up else self._old[segment]


# Characters of no width, soft hyphens, direction marks, variation selectors, fillers and tags: they print as nothing.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e01ef"
)
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
# A letter, digit or sign, with what is no ASCII behind it: what composing and compatibility forms may change.
_FOREIGN = re.compile(r"[\x21-\x7e]?[^\x00-\x7f]+")
_ESCAPED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"
    r"|(?:%[0-9a-fA-F]{2})+|(?:\\u\{?[0-9a-fA-F]{4,6}\}?)+|(?:\\x[0-9a-fA-F]{2})+"
)
_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})")
_LINK = r"\]\([^()\s]{0,500}\)"
_MARKUP = re.compile(rf"{_LINK}|[*_`~|\\\[\]]+|</?[A-Za-z][^<>]{{0,200}}>|<!--|-->")
_SPELT = re.compile(r"(?<![^\W_])(?:[^\W_][\s.,\-_*/|+:;~'\"]{1,3}){3,200}[^\W_](?![^\W_])")
_WORD = re.compile(r"[^\W_]+")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!|+(]{3,40}")
_LEET = str.maketrans("0134578@$!|+(69", "oieastbasiltcgg")
_LEET_OTHER = str.maketrans("0134578@$!|+(69", "oleastbaslltcbg")
_HIDDEN = re.compile(
    r"<!--(?:[^-]|-(?!->)){0,20000}-->|!\[[^\]\n]{0,2000}\]|\]\([^()\n]{0,2000}\)|<[A-Za-z/][^<>]{0,2000}>"
)


def light(text: str) -> View:
    """Compose letters with their marks and write line ends one way."""
    raw = View("raw", text)
    return raw.edited("light", _light_edits(text))


def _light_edits(text: str) -> Iterator[Edit]:
    if "\r" not in text and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return
    for found in re.finditer(r"\r\n?|[\x21-\x7e]?[^\x00-\x7f]+", text):
        put = "\n" if found[0][0] == "\r" else unicodedata.normalize("NFC", found[0])
        if put != found[0]:
            yield *found.span(), put


def visible(view: View) -> View:
    """Leave out what a reader of the page does not see: comments, tags, the text behind images, targets of links."""
    if "<" not in view.text and "](" not in view.text and "![" not in view.text:
        return view
    return view.edited("visible", ((*found.span(), " ") for found in _HIDDEN.finditer(view.text)))


def canonical(raw: View) -> View:
    """Undo escapes, drop what is invisible, and make plain letters of compatibility forms and look-alikes."""
    text = raw.text
    view = raw
    if "&" in text or "%" in text or "\\" in text:
        view = raw.edited("canonical", _escape_edits(text))
    if view.text.isascii():
        return view
    view = view.edited("canonical", ((*found.span(), "") for found in _INVISIBLE.finditer(view.text)))
    view = view.edited("canonical", _form_edits(view.text))
    return view.edited("canonical", _twin_edits(view.text))


def _escape_edits(text: str) -> Iterator[Edit]:
    for found in _ESCAPED.finditer(text):
        written = found[0]
        if written[0] == "&":
            put = html.unescape(written)
        elif written[0] == "%":
            put = unquote(written)
        else:
            put = _ESCAPE.sub(lambda each: _character(int(each[1] or each[2], 16)), written)
        if put != written:
            yield *found.span(), put


def _character(number: int) -> str:
    return readable(chr(number)) if number <= sys.maxunicode else "\ufffd"


def _form_edits(text: str) -> Iterator[Edit]:
    for found in _FOREIGN.finditer(text):
        put = _without_stacked_marks(unicodedata.normalize("NFKC", found[0].translate(ORNATE)))
        if put != found[0]:
            yield *found.span(), put


def _without_stacked_marks(text: str) -> str:
    """Drop marks over Latin letters with which they make no letter, as in struck-out text."""
    kept: list[str] = []
    for each in text:
        if not (unicodedata.combining(each) and kept and kept[-1].isascii()):
            kept.append(each)
    return "".join(kept)


def _twin_edits(text: str) -> Iterator[Edit]:
    for found in _WORD.finditer(text):
        word = found[0]
        if word.isascii() or not any(letter.isascii() and letter.isalpha() for letter in word):
            continue
        put = word.translate(TWINS)
        if put != word:
            yield *found.span(), put


def bare(view: View) -> View:
    """Drop the marks of Markdown and HTML, so that a word in pieces is whole."""
    return view.edited("bare", ((*found.span(), "") for found in _MARKUP.finditer(view.text)))


def spelt(view: View) -> View:
    """Join letters that stand alone."""
    edits = ((*found.span(), "".join(filter(str.isalnum, found[0]))) for found in _SPELT.finditer(view.text))
    return view.edited("spelt", edits)


def leet(view: View) -> tuple[View, View]:
    """Read digits and signs in words as letters; ``1``, ``!`` and ``6`` look like two."""
    return tuple(view.edited("leet", _leet_edits(view.text, table)) for table in (_LEET, _LEET_OTHER))  # type: ignore[return-value]  # two tables


def _leet_edits(text: str, table: dict[int, int]) -> Iterator[Edit]:
    for found in _LEET_WORD.finditer(text):
        word = found[0]
        if word.isalpha() or not any(map(str.isalpha, word)):
            continue
        put = word.translate(table)
        if put != word:
            yield *found.span(), put


def disguise_in(text: str) -> str:
    """Say what in a text only serves to hide something, or nothing: overridden direction, tags, invisible clusters."""
    if text.isascii():
        return ""
    if re.search("[\u202d\u202e]", text):
        return "characters that override the direction of text"
    if re.search("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007e]", text):
        return "tag characters"
    if re.search("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]{3}", text):
        return "a cluster of invisible characters"
    return ""
