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
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import unquote

from rlvr import encodable_text
from rlvr_compliance.text.engine import compiled
from rlvr_compliance.text.lookalikes import ORNATE, TWINS

Edit: TypeAlias = tuple[int, int, str]
"""From where to where of a text, and what stands there instead."""


class Reading:
    """A text made from another by edits, which knows where its characters come from.

    Attributes:
        name: What it is called in evidence.
        text: The text.
    """

    __slots__ = ("_changed", "_edits", "_new", "_old", "below", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.below: Reading | None = None
        self._edits: Callable[[], Iterable[Edit]] | None = None
        # Segments, by where they start in this text and in the one below, and whether they were changed.
        self._new: list[int] = []
        self._old: list[int] = []
        self._changed: list[bool] = []

    def edited(self, name: str, edits: Iterable[Edit]) -> Reading:
        """Return the reading that edits make of this one, itself if there are none.

        Args:
            name: The name of the reading.
            edits: In order, none inside another.
        """
        listed = list(edits)
        if not listed:
            return self
        parts: list[str] = []
        position = 0
        for start, end, put in listed:
            parts += (self.text[position:start], put)
            position = end
        made = Reading(name, "".join((*parts, self.text[position:])))
        made.below, made._edits = self, lambda: listed
        return made

    def _align(self, edits: Iterable[Edit]) -> None:
        """Note which parts of this text stand where in the one below."""
        self._new, self._old, self._changed, self._edits = [0], [0], [False], None
        position = length = 0
        for start, end, put in edits:
            length += start - position
            self._new += (length, length + len(put))
            self._old += (start, end)
            self._changed += (True, False)
            position, length = end, length + len(put)

    def remade(self, name: str, text: str, edits: Callable[[], Iterable[Edit]]) -> Reading:
        """Return the reading of a text that edits would make of this one, which are asked for only if a span is."""
        if text == self.text:
            return self
        made = Reading(name, text)
        made.below, made._edits = self, edits
        return made

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of this text stands in the text that all views come from."""
        if self.below is None:
            return start, end
        if self._edits is not None:
            self._align(self._edits())
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
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ESCAPED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"
    r"|(?:%[0-9a-fA-F]{2})+|(?:\\u\{?[0-9a-fA-F]{4,6}\}?)+|(?:\\x[0-9a-fA-F]{2})+"
)
_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})")
_LINK = r"\]\([^()\s]{0,500}\)"
_MARKS = re.compile(r"[*_`~|\\\[\]]+")
_NO_MARKS = rb"*_`~|\[]"
_MARKUP = re.compile(rf"{_LINK}|[*_`~|\\\[\]]+|</?[A-Za-z][^<>]{{0,200}}>|<!--|-->")
# Letters that stand alone, with what parts them; the first and the last may belong to a word. For re2, which needs a
# third of the time of re.
_SPELT = r"(?:[\pL\pN][\s.,\-_*/|+:;~'\"]{1,3}){3,}[\pL\pN]"
_SPELT_LEAST = 4
_WORD = re.compile(r"[^\W_]+")
_WORD_END = re.compile(r"[^\W_]+\Z")
_TWIN = re.compile(f"[{''.join(map(chr, TWINS))}]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Letters with marks but the stroked d, which has no plain form and stands beside two others in Vietnamese.
_MARKS_ON = r"\u00c0-\u010f\u0112-\u024f\u1e00-\u1eff"
_MARKED = re.compile(rf"[A-Za-z]{{0,40}}[{_MARKS_ON}]{{3}}[A-Za-z{_MARKS_ON}]{{0,40}}")
# Longer words are no words; what is read on each side of a look-alike is bounded by it.
WORD_REACH = 60
_LEET = bytes.maketrans(b"0134578@$!", b"oieastbasi")
_LEET_OTHER = bytes.maketrans(b"0134578@$!", b"oleastbasl")
# What opens a part of a page that its reader does not see; how it closes, how long it may be, what may not stand in it.
_OPENS = re.compile(r"<!--|!\[|\]\(|<[A-Za-z/]")
_CLOSES: Mapping[str, tuple[str, int, str]] = {
    "<!--": ("-->", 20_000, ""),
    "![": ("]", 2_000, "\n"),
    "](": (")", 2_000, "(\n"),
    "<": (">", 2_000, "<"),
}


def light(text: str) -> Reading:
    """Compose letters with their marks and write line ends one way."""
    raw = Reading("raw", text)
    return raw.edited("light", _light_edits(text))


def _light_edits(text: str) -> Iterator[Edit]:
    if "\r" not in text and (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return
    done = 0
    for found in re.finditer(r"\r\n?|[^\x00-\x7f]+", text):
        start, end = found.span()
        start -= start > done and unicodedata.combining(text[start]) > 0
        done = end
        put = "\n" if text[start] == "\r" else unicodedata.normalize("NFC", text[start:end])
        if put != text[start:end]:
            yield start, end, put


def visible(reading: Reading) -> Reading:
    """Leave out what a reader of the page does not see: comments, tags, the text behind images, targets of links."""
    if "<" not in reading.text and "](" not in reading.text and "![" not in reading.text:
        return reading
    return reading.edited("visible", _hidden_edits(reading.text))


def _hidden_edits(text: str) -> Iterator[Edit]:
    """Go through what opens; each mark is looked for once over the whole text, however often what it closes opens."""
    seen: dict[str, int] = {}

    def following(mark: str, start: int) -> int:
        """Return where a mark stands next; the text's length if nowhere."""
        if seen.get(mark, -1) < start:
            at = text.find(mark, start)
            seen[mark] = len(text) if at < 0 else at
        return seen[mark]

    done = 0
    for found in _OPENS.finditer(text):
        if found.start() < done:
            continue
        mark, longest, barred = _CLOSES.get(found[0]) or _CLOSES["<"]
        end = following(mark, found.end())
        if end == len(text) or end - found.end() > longest or any(following(bar, found.end()) < end for bar in barred):
            continue
        done = end + len(mark)
        yield found.start(), done, " "


def canonical(raw: Reading) -> Reading:
    """Undo escapes, drop what is invisible, and make plain letters of compatibility forms and look-alikes."""
    text = raw.text
    reading = raw
    if "&" in text or "%" in text or "\\" in text:
        reading = raw.edited("canonical", _escape_edits(text))
    if reading.text.isascii():
        return reading
    reading = reading.edited("canonical", ((*found.span(), "") for found in _INVISIBLE.finditer(reading.text)))
    reading = reading.edited("canonical", _form_edits(reading.text))
    reading = reading.edited("canonical", _twin_edits(reading.text))
    return reading.edited("canonical", _marked_edits(reading.text))


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
    return encodable_text(chr(number)) if number <= sys.maxunicode else "\ufffd"


def _form_edits(text: str) -> Iterator[Edit]:
    for found in _FOREIGN.finditer(text):
        start, end = found.span()
        start -= start > 0 and unicodedata.combining(text[start]) > 0  # a mark belongs to the letter before it
        written = text[start:end]
        put = _without_stacked_marks(unicodedata.normalize("NFKC", written.translate(ORNATE)))
        if put != written:
            yield start, end, put


def _without_stacked_marks(text: str) -> str:
    """Drop marks over Latin letters with which they make no letter, as in struck-out text."""
    kept: list[str] = []
    for each in text:
        if not (unicodedata.combining(each) and kept and _LATIN.match(kept[-1])):
            kept.append(each)
    return "".join(kept)


def _twin_edits(text: str) -> Iterator[Edit]:
    """Fold look-alikes in words that have letters of the Latin alphabet besides."""
    done = 0
    for found in _TWIN.finditer(text):
        if found.start() < done:
            continue
        before = _WORD_END.search(text, max(done, found.start() - WORD_REACH), found.start())
        start = before.start() if before else found.start()
        behind = _WORD.match(text, found.start(), found.start() + WORD_REACH)
        done = behind.end() if behind else found.end()
        word = text[start:done]
        if any(letter.isascii() and letter.isalpha() for letter in word):
            yield start, done, word.translate(TWINS)


def _marked_edits(text: str) -> Iterator[Edit]:
    """Drop the marks of words in which three letters in a row have some, as those of no language do."""
    for found in _MARKED.finditer(text):
        yield *found.span(), "".join(each for each in unicodedata.normalize("NFKD", found[0]) if each.isascii())


def bare(reading: Reading) -> Reading:
    """Drop the marks of Markdown and HTML, so that a word in pieces is whole."""
    has_markup = any(mark in reading.text for mark in ("<", "](", "-->"))
    pattern = _MARKUP if has_markup else _MARKS  # the second takes a third of the time
    text = pattern.sub("", reading.text) if has_markup else reading.text.encode().translate(None, _NO_MARKS).decode()
    return reading.remade("bare", text, lambda: ((*found.span(), "") for found in pattern.finditer(reading.text)))


def spelt(reading: Reading) -> Reading:
    """Join letters that stand alone."""
    return reading.edited("spelt", _spelt_edits(reading.text))


def _spelt_edits(text: str) -> Iterator[Edit]:
    for found in compiled(_SPELT).finditer(text):
        letters = [at for at in range(*found.span()) if text[at].isalnum()]
        if found.start() and text[found.start() - 1].isalnum():
            letters = letters[1:]
        if found.end() < len(text) and text[found.end()].isalnum():
            letters = letters[:-1]
        if len(letters) >= _SPELT_LEAST:
            yield letters[0], letters[-1] + 1, "".join(text[at] for at in letters)


def leet(reading: Reading) -> tuple[Reading, Reading]:
    """Read digits and signs as the letters that they look like, of which ``1`` and ``!`` have two.

    Numbers become letters too: what is found there counts only where letters stand in the text itself.
    """
    return (
        reading.remade("leet", reading.text.encode().translate(_LEET).decode(), tuple),
        reading.remade("leet", reading.text.encode().translate(_LEET_OTHER).decode(), tuple),
    )


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
