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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias
from urllib.parse import unquote

from rlvr import Record, encodable_text
from rlvr_compliance.text.concealed import concealed_spans
from rlvr_compliance.text.engine import spans_of
from rlvr_compliance.text.foreign import foreign_characters, foreign_runs, lower
from rlvr_compliance.text.lookalikes import ORNATE, TWINS

Edit: TypeAlias = tuple[int, int, str]
"""From where to where of a text, and what stands there instead."""
Spans: TypeAlias = Sequence[tuple[int, int]]


class Reading:
    """A text made from another by edits, which knows where its characters come from.

    Attributes:
        name: What it is called in evidence.
        text: The text.
    """

    __slots__ = (
        "_canonical", "_changed", "_data", "_edits", "_foreign", "_foreign_spans", "_lowered", "_new", "_old", "below",
        "name", "text",
    )  # fmt: skip

    def __init__(self, name: str, text: str, data: bytes | None = None) -> None:
        self.name = name
        self.text = text
        self.below: Reading | None = None
        self._edits: Callable[[], Iterable[Edit]] | None = None
        self._lowered: str | None = None
        self._data = data
        self._foreign: str | None = None
        self._foreign_spans: Spans | None = None
        self._canonical: Reading | None = None
        # Segments, by where they start in this text and in the one below, and whether they were changed.
        self._new: list[int] = []
        self._old: list[int] = []
        self._changed: list[bool] = []

    @property
    def data(self) -> bytes:
        """The text in UTF-8, made once: this is what re2 searches."""
        if self._data is None:
            self._data = self.text.encode()
        return self._data

    @property
    def lowered(self) -> str:
        """The text in lower case, made once."""
        if self._lowered is None:
            self._lowered = lower(self.text, self.data, self.foreign)
        return self._lowered

    @property
    def foreign(self) -> str:
        """The characters beyond ASCII, side by side, found once; "" for plain ASCII."""
        if self._foreign is None:
            self._foreign = foreign_characters(self.data)
        return self._foreign

    @property
    def foreign_spans(self) -> Spans:
        """The places of the runs of characters beyond ASCII, found once."""
        if self._foreign_spans is None:
            self._foreign_spans = foreign_runs(self.text, self.foreign)
        return self._foreign_spans

    @property
    def has_foreign_forms(self) -> bool:
        """Whether some character beyond ASCII is another than the quotes, dashes and signs of typed prose."""
        return self.foreign.strip(_TYPED) != ""

    @property
    def canonical(self) -> Reading:
        """The reading without disguises of letters, made once; the reading itself if it has none."""
        if self._canonical is None:
            self._canonical = _canonical_of(self)
        return self._canonical

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

    def remade(self, name: str, data: bytes, edits: Callable[[], Iterable[Edit]]) -> Reading:
        """Return the reading of a text in UTF-8 that edits would make of this one; they are asked for if a span is."""
        if data == self.data:
            return self
        made = Reading(name, data.decode(), data)
        made.below, made._edits = self, edits
        return made

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of this text stands in the text that all views come from."""
        if self.below is None:
            return start, end
        if self._edits is not None:
            self._align(self._edits())
        return self.below.span(self._at(start, rounds_up=False), self._at(max(end - 1, start), rounds_up=True))

    def written(self, start: int, end: int) -> str:
        """Return what stands in the text that all views come from where a span of this one is."""
        first, last = self.span(start, end)
        root = self
        while root.below is not None:
            root = root.below
        return root.text[first:last]

    def changes(self) -> list[tuple[int, int]]:
        """Return the spans of this text that the last edits changed, in order."""
        if self._edits is not None:
            self._align(self._edits())
        ends = (*self._new[1:], len(self.text))
        return [(start, end) for start, end, edited in zip(self._new, ends, self._changed, strict=True) if edited]

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
# A digit of any script.
_DIGIT = re.compile(r"\d")
_ESCAPE_HEADS = ("&", "%", "\\u", "\\x")
_ESCAPED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?"
    r"|%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*+"
    r"|\\u\{?[0-9a-fA-F]{4,6}\}?(?:\\u\{?[0-9a-fA-F]{4,6}\}?)*+|\\x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2})*+"
)
_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})")
_LINK = r"\]\([^()\s]{0,500}\)"
_MARKS = re.compile(r"[*_`~|\\\[\]{}]+")
_NO_MARKS = rb"*_`~|\[]{}"
_TEX = r"\\(?:text|math|operatorname|mbox|emph|textbf)[a-z]{0,12}\{"
_MARKUP_HEADS = ("](", "<", "-->", "\\")
_MARKUP = re.compile(rf"{_LINK}|</?[A-Za-z][^<>]{{0,200}}>|<!--[^<>]{{0,200}}-->|<!--|-->|{_TEX}")
# Four letters or more that stand alone, with what parts them. For re2, which needs a third of the time of re.
SPELT = r"(?:^|[^\pL\pN])(?:[\pL\pN][\s.,\-_*/|+:;~'\"]{1,3}){3,}[\pL\pN](?:$|[^\pL\pN])"
_WORD = re.compile(r"[^\W_]+")
_WORD_END = re.compile(r"[^\W_]+\Z")
_TWIN = re.compile(f"[{''.join(map(chr, TWINS))}]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Letters with marks but the stroked d, which has no plain form and stands beside two others in Vietnamese.
_MARKS_ON = r"\u00c0-\u010f\u0112-\u024f\u1e00-\u1eff"
# Three of them near each other: more than a word of most languages has.
_MARKED = re.compile(rf"[{_MARKS_ON}](?:[A-Za-z]{{0,3}}[{_MARKS_ON}]){{2}}")
_MARKED_LETTER = re.compile(f"[{_MARKS_ON}]")
MARKED_LEAST = 3
# How far behind the first of them the third may stand.
MARKED_REACH = 8
_HEAD = re.compile(r"[A-Za-z]+\Z")
_TAIL = re.compile(rf"[A-Za-z{_MARKS_ON}]+")
# Marks, and letters in boxes or rings, which have no compatibility form.
_MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_SET_MARK = re.compile(f"[A-Za-z{_MARKS_ON}][{_MARK}]")
_MARKED_HEAD = re.compile(rf"[A-Za-z{_MARKS_ON}{_MARK}]+\Z")
_MARKED_TAIL = re.compile(rf"[A-Za-z{_MARKS_ON}{_MARK}]+")
_FORMED = re.compile(f"[{_MARK}{''.join(map(chr, ORNATE))}]")
# Longer words are no words; what is read on each side of a look-alike is bounded by it.
WORD_REACH = 60
_LEET = bytes.maketrans(b"0134578@$!", b"oieastbasi")
_LEET_OTHER = bytes.maketrans(b"0134578@$!", b"oleastbasl")
# What opens a part of a page that its reader does not see; how it closes, how long it may be, what may not stand in it.
# A tag has a letter or a slash behind its first sign, which is counted.
_CLOSES: Mapping[str, tuple[str, int, str]] = {
    "<!--": ("-->", 20_000, ""),
    "![": ("]", 2_000, "\n"),
    "](": (")", 2_000, "(\n"),
    "<": (">", 2_001, "<"),
}
_BEGINS_TAG = frozenset("/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class Readings:
    """A text as it is written and in its canonical reading, which is made when it is first asked for.

    Attributes:
        raw: The text as it is written.
    """

    __slots__ = ("raw",)

    def __init__(self, text: str) -> None:
        try:
            data = text.encode()
        except UnicodeEncodeError:
            self.raw = Reading("raw", encodable_text(text))
        else:
            self.raw = Reading("raw", text, data)

    @property
    def canonical(self) -> Reading:
        """The canonical reading; the raw one if both are the same."""
        return self.raw.canonical

    @property
    def distinct(self) -> tuple[Reading, ...]:
        """Both readings, or one if they are the same."""
        return (self.raw,) if self.canonical is self.raw else (self.raw, self.canonical)


def readings_of(record: Record, text: str) -> Readings:
    """Return the readings of a view of a record, which its scorers share."""
    kept: dict[str, Readings] = record.derived("rlvr_compliance.readings", dict)
    if text not in kept:
        kept[text] = Readings(text)
    return kept[text]


def light(raw: Reading) -> Reading:
    """Compose letters with their marks and write line ends one way."""
    if "\r" not in raw.text and not (raw.has_foreign_forms and not unicodedata.is_normalized("NFC", raw.text)):
        return raw
    return raw.edited("light", _light_edits(raw.text))


def _light_edits(text: str) -> Iterator[Edit]:
    done = 0
    for found in re.finditer(r"\r\n?|[^\x00-\x7f]+", text):
        start, end = found.span()
        start -= start > done and unicodedata.combining(text[start]) > 0
        done = end
        put = "\n" if text[start] == "\r" else unicodedata.normalize("NFC", text[start:end])
        if put != text[start:end]:
            yield start, end, put


def visible(reading: Reading) -> Reading:
    """Leave out what a reader of the page does not see, or sees struck out.

    These are hidden elements, white and struck text, comments, tags, the text behind images, and targets of links.
    """
    text = reading.text
    has_tags = "<" in text
    if has_tags or "~~" in text or "\\" in text or "]: #" in text:
        reading = reading.edited("visible", ((start, end, " ") for start, end in concealed_spans(text)))
    if not has_tags and "](" not in text and "![" not in text:
        return reading
    return reading.edited("visible", _hidden_edits(reading.text))


def _matches(pattern: re.Pattern[str], heads: Iterable[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what ``pattern.finditer`` yields of a pattern whose matches all begin with one of some literals.

    To look for the literals first costs a tenth of the time: most characters of a text begin none of them.
    """
    done = 0
    for place in sorted(place for head in heads for place in _places_of(head, text)):
        if place >= done and (found := pattern.match(text, place)):
            done = found.end()
            yield found


def _places_of(literal: str, text: str) -> list[int]:
    """Return where a literal begins in a text, in order."""
    places: list[int] = []
    at = text.find(literal) if literal[0] in text else -1  # one sign is found three times as fast as two
    while at >= 0:
        places.append(at)
        at = text.find(literal, at + 1)
    return places


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
    for place, opening in sorted((at, each) for each in _CLOSES for at in _places_of(each, text)):
        if place < done or (opening == "<" and text[place + 1 : place + 2] not in _BEGINS_TAG):
            continue
        mark, longest, barred = _CLOSES[opening]
        start = place + len(opening)
        end = following(mark, start)
        if end == len(text) or end - start > longest:
            continue
        for bar in barred:
            if text.find(bar, start, end) >= 0:
                break
        else:
            done = end + len(mark)
            yield place, done, " "


def _canonical_of(raw: Reading) -> Reading:
    """Decode escapes, remove invisible characters, and replace compatibility forms and look-alikes by plain letters."""
    reading = raw
    if "&" in raw.text or "%" in raw.text or "\\" in raw.text:
        reading = raw.edited("canonical", _escape_edits(raw.text))
    if not reading.has_foreign_forms:
        return reading
    # Most texts have few foreign characters: each step reads those only, and runs only if one of them needs it.
    for step, is_needed in _STEPS:
        if is_needed(reading.foreign):
            reading = reading.edited("canonical", step(reading.text, reading.foreign_spans))
    return reading


def _escape_edits(text: str) -> Iterator[Edit]:
    for found in _matches(_ESCAPED, _ESCAPE_HEADS, text):
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


def _invisible_edits(text: str, spans: Spans) -> Iterator[Edit]:
    for start, end in spans:
        for found in _INVISIBLE.finditer(text, start, end):
            yield *found.span(), ""


def _has_invisible(foreign: str) -> bool:
    return _INVISIBLE.search(foreign) is not None


def _stray_mark_edits(text: str, spans: Spans) -> Iterator[Edit]:
    """Drop all marks of words in which a mark makes no letter with the one before it, as in a word struck through."""
    done = 0
    for first, last in spans:
        for found in _SET_MARK.finditer(text, max(first - 1, done), last):
            if found.start() < done or len(unicodedata.normalize("NFC", found[0])) == 1:
                continue
            head = _MARKED_HEAD.search(text, max(done, found.start() - WORD_REACH), found.start())
            start = head.start() if head else found.start()
            tail = _MARKED_TAIL.match(text, found.start(), found.start() + WORD_REACH)
            done = tail.end() if tail else found.end()
            yield (
                start,
                done,
                "".join(each for each in unicodedata.normalize("NFKD", text[start:done]) if each.isascii()),
            )


def _has_marks(foreign: str) -> bool:
    return _ANY_MARK.search(foreign) is not None


def _form_edits(text: str, spans: Spans) -> Iterator[Edit]:
    forms: dict[str, str] = {}
    for start, end in spans:
        first = start - (start > 0 and text[start] >= _FIRST_MARK and unicodedata.combining(text[start]) > 0)
        written = text[first:end]  # a mark belongs to the letter before it
        put = forms.get(written)
        if put is None:
            put = unicodedata.normalize("NFKC", written.translate(ORNATE))
            put = forms[written] = _without_stacked_marks(_DIGIT.sub(_plain_digit, put))
        if put != written:
            yield first, end, put


_ANY_MARK = re.compile(f"[{_MARK}]")
_FIRST_MARK = "\u0300"
# Quotes, dashes, bullets, arrows and signs of typed prose: no step changes them.
_TYPED = "\u2018\u2019\u201c\u201d\u2013\u2014\u2022\u2192\u20ac\u00a3\u00b0\u2248\u2260\u2264\u2265"


def _plain_digit(found: re.Match[str]) -> str:
    return str(unicodedata.decimal(found[0]))


def _has_forms(foreign: str) -> bool:
    """Return whether some character may have a plainer form: heaps of marks count, which a check would have to sort."""
    return (
        _FORMED.search(foreign) is not None
        or _DIGIT.search(foreign) is not None
        or not unicodedata.is_normalized("NFKC", foreign)
    )


def _without_stacked_marks(text: str) -> str:
    """Drop marks over Latin letters with which they make no letter, as in struck-out text."""
    kept: list[str] = []
    for each in text:
        if not (unicodedata.combining(each) and kept and _LATIN.match(kept[-1])):
            kept.append(each)
    return "".join(kept)


def _twin_edits(text: str, spans: Spans) -> Iterator[Edit]:
    """Fold look-alikes in words that have letters of the Latin alphabet besides."""
    done = 0
    for first, last in spans:
        for found in _TWIN.finditer(text, first, last):
            if found.start() < done:
                continue
            before = _WORD_END.search(text, max(done, found.start() - WORD_REACH), found.start())
            start = before.start() if before else found.start()
            behind = _WORD.match(text, found.start(), found.start() + WORD_REACH)
            done = behind.end() if behind else found.end()
            word = text[start:done]
            if any(letter.isascii() and letter.isalpha() for letter in word):
                yield start, done, word.translate(TWINS)


def _has_twins(foreign: str) -> bool:
    return _TWIN.search(foreign) is not None


def _marked_edits(text: str, spans: Spans) -> Iterator[Edit]:
    """Drop the marks of words in which three letters have some, at most three letters apart."""
    done = 0
    for first, last in spans:
        if last <= done or (three := _MARKED.search(text, max(first, done), last + MARKED_REACH)) is None:
            continue
        start = _HEAD.search(text, max(done, three.start() - WORD_REACH), three.start())
        word = _TAIL.match(text, three.end(), three.end() + WORD_REACH)
        begin = start.start() if start else three.start()
        done = word.end() if word else three.end()
        written = text[begin:done]
        yield begin, done, "".join(each for each in unicodedata.normalize("NFKD", written) if each.isascii())


def _has_three_marked(foreign: str) -> bool:
    return sum(1 for _ in islice(_MARKED_LETTER.finditer(foreign), MARKED_LEAST)) == MARKED_LEAST


# Each step, and whether some characters beyond ASCII need it.
_STEPS: Sequence[tuple[Callable[[str, Spans], Iterable[Edit]], Callable[[str], bool]]] = (
    (_invisible_edits, _has_invisible),
    (_stray_mark_edits, _has_marks),
    (_form_edits, _has_forms),
    (_twin_edits, _has_twins),
    (_marked_edits, _has_three_marked),
)


def bare(reading: Reading) -> Reading:
    """Remove the marks of Markdown and HTML, so that a word in pieces is whole."""
    text = reading.text
    if "<" in text or "](" in text or "-->" in text or "\\" in text:
        reading = reading.edited("bare", ((*found.span(), "") for found in _matches(_MARKUP, _MARKUP_HEADS, text)))
    return reading.remade(
        "bare",
        reading.data.translate(None, _NO_MARKS),
        lambda: ((*found.span(), "") for found in _MARKS.finditer(reading.text)),
    )


def spelt(reading: Reading) -> Reading:
    """Join letters that stand alone."""
    return reading.edited("spelt", _spelt_edits(reading.text, reading.data))


def _spelt_edits(text: str, data: bytes) -> Iterator[Edit]:
    for start, end in spans_of(SPELT, text, data):
        letters = [at for at in range(start, end) if text[at].isalnum()]
        yield letters[0], letters[-1] + 1, "".join(text[at] for at in letters)


def leet(reading: Reading, *, reads_l: bool = True) -> tuple[Reading, ...]:
    """Read digits and signs as the letters that they look like.

    Numbers become letters too: what is found there counts only where letters stand in the text itself.

    Args:
        reading: The reading.
        reads_l: Whether to return a second reading, in which ``1`` and ``!`` are an ``l``, not an ``i``.
    """
    first, second = reading.data.translate(_LEET), reading.data.translate(_LEET_OTHER)
    written = (first, second) if reads_l and first != second else (first,)
    return tuple(reading.remade("leet", each, tuple) for each in written)


def disguise_in(reading: Reading) -> str:
    """Return what in a text only serves to hide something: overridden direction, tags, clusters of invisible ones."""
    if not reading.has_foreign_forms:
        return ""
    # Each of these is a run of characters beyond ASCII, or a part of one.
    foreign = " ".join([reading.text[start:end] for start, end in reading.foreign_spans])
    if re.search("[\u202d\u202e]", foreign):
        return "characters that override the direction of text"
    if re.search("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007e]", foreign):
        return "tag characters"
    if re.search("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]{3}", foreign):
        return "a cluster of invisible characters"
    return ""
