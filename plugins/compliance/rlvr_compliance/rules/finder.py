"""The readings of a text in which forbidden rules are looked for, and what occurs in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlvr_compliance.rules.rule import SPANS_LIMIT, Rule
from rlvr_compliance.text.decoding import CODED, decoded
from rlvr_compliance.text.engine import PatternSet, compiled
from rlvr_compliance.text.keywords import is_whole
from rlvr_compliance.text.readings import SPELT, Reading, bare, leet, spelt
from rlvr_compliance.text.vocabulary import STOP_WORDS, VERBS

# What makes a further reading worth its time; they are looked for along with the rules.
_MARKED, _SPELT, _LEET, _LEET_L, _CODED = range(5)
_TRIGGERS = (
    r"[*_`~|\\\[\]<]",
    SPELT,
    r"[A-Za-z][0134578@$!]{1,3}[A-Za-z]|[0134578@$][A-Za-z]{2}|[A-Za-z]{2}[0134578@$](?:[^\pL\pN]|$)",
    r"[A-Za-z][0134578@$!]{0,3}1|[1!][0134578@$!]{0,3}[A-Za-z]",
    CODED,
)

# Keywords of fewer letters stand in too many others, once what parts those is gone.
SQUASHED_FROM = 5
_HYPHENATED = re.compile(r"[-\u00ad\u2010\u2011][ \t]*\n\s*")
_NO_WORD = re.compile(r"[\W_]+")
# White space that typed prose does not have between two words of one line.
_WIDE_GAP = re.compile(r"[^\S ]|\s\s")
# Shorter pieces are words, abbreviations or parts of a table too often.
WORD_PIECE_LEAST = 3
_LOWER_BYTES = bytes(range(256)).lower()
_NO_WORD_BYTES = bytes(each for each in range(128) if not chr(each).isalnum())
# What else people put between letters; the rest is left, since each costs a pass over the text.
_DOTS_AND_DASHES = {each: each.encode() for each in "\u00b7\u2022\u2013\u2014\u2019\u2028\u2029"}


class Occurrences:
    """One reading, and which rules occur in it as they are written or in another writing.

    Attributes:
        reading: The reading.
        places: The rules that occur; where, is for :meth:`spans` to tell.
    """

    __slots__ = ("_finder", "_hits", "places", "reading")

    def __init__(self, finder: Finder, reading: Reading) -> None:
        self.reading = reading
        self._hits = finder.patterns.occurring_in(reading.data)
        self.places = {finder.owners[hit] for hit in self._hits if hit >= len(_TRIGGERS)}
        self._finder = finder

    def spans(self, place: int, most: int = SPANS_LIMIT) -> list[tuple[int, int]]:
        """Return where the rule of a place occurs in the reading, as it is written at most so often."""
        text, finder = self.reading.text, self._finder
        found: list[tuple[int, int]] = []
        if len(_TRIGGERS) + place in self._hits:
            rule = finder.rules[place]
            found = rule.spans(text, most=most, lowered=self.reading.lowered if rule.keywords else "")
        for other in finder.disguised.get(place, ()):
            if other in self._hits:
                found += finder.patterns.spans(other, text)
        return [span for span in found if self._has_letters(*span)] if self.reading.name == "leet" else found

    def _has_letters(self, start: int, end: int) -> bool:
        """Return whether what was read as letters has some, and is no number."""
        below = self.reading.below
        return below is not None and any(map(str.isalpha, below.text[start:end]))

    def triggered(self, trigger: int) -> bool:
        """Return whether a further reading is worth its time."""
        return trigger in self._hits


class Finder:
    """Looks for rules, each known by its place, in all readings of a text."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        patterns = [*_TRIGGERS, *(rule.expression for rule in rules)]
        self.owners = [*[-1] * len(_TRIGGERS), *range(len(rules))]
        self.disguised: dict[int, list[int]] = {}
        for place, rule in enumerate(rules):
            for form in rule.disguised:
                self.disguised.setdefault(place, []).append(len(patterns))
                patterns.append(form)
                self.owners.append(place)
        self.patterns = PatternSet(patterns)
        self._squashed = [
            (place, word) for place, rule in enumerate(rules) if rule.seeks_disguises
            for word in rule.words if len(squash(word)) >= SQUASHED_FROM
        ]  # fmt: skip
        self._squashed_patterns = PatternSet([re.escape(squash(word)) for _, word in self._squashed])

    def once(self, reading: Reading) -> Occurrences:
        """Look for the rules in one reading."""
        return Occurrences(self, reading)

    def readings(self, raw: Reading, first: Occurrences | None = None) -> Iterator[Occurrences]:
        """Go through the readings that differ, the text itself first."""
        found = first or self.once(raw)
        yield found
        plain = raw.canonical
        if plain is not raw:
            found = self.once(plain)
            yield found
        if found.triggered(_MARKED):
            unmarked = bare(plain)
            if unmarked is not plain:
                plain, found = unmarked, self.once(unmarked)
                yield found
        may_be_coded = found.triggered(_CODED)
        if found.triggered(_SPELT) and (joined := spelt(plain)) is not plain:
            yield (found := self.once(joined))
        if may_be_coded and (plainer := decoded(plain)) is not plain:
            yield self.once(plainer)
        if found.triggered(_LEET):
            letters = leet(found.reading, reads_l=found.triggered(_LEET_L))
            yield from (self.once(each) for each in letters if each is not found.reading)

    def squashed(self, plain: Reading) -> Iterator[tuple[int, tuple[int, int]]]:
        """Find keywords of forbidden rules whose letters are kept apart; yields the rule's place and the span."""
        if not self._squashed:
            return
        text = plain.text
        for hit in self._squashed_patterns.occurring_in(_squashed(plain.data, plain.foreign)):
            place, word = self._squashed[hit]
            for found in compiled(parted(word)).finditer(text):
                if is_whole(text, *found.span()) and _is_disguise(found[0], word, plain.written(*found.span())):
                    yield place, found.span()


def squash(text: str) -> str:
    """Leave out what is no letter or digit, nearly; in lower case. A hit is looked at again in the text itself."""
    return _squashed(text.encode(), text).decode()


def _squashed(data: bytes, foreign: str) -> bytes:
    """Squash a text in UTF-8, whose characters beyond ASCII the caller has."""
    squashed = data.translate(_LOWER_BYTES, _NO_WORD_BYTES)
    if not foreign:
        return squashed
    for each, encoded in _DOTS_AND_DASHES.items():
        if each in foreign:
            squashed = squashed.replace(encoded, b"")
    return squashed if foreign.lower() == foreign else squashed.decode().lower().encode()


def parted(word: str) -> str:
    """Write the pattern of a word whose letters may be kept apart."""
    return "(?i)" + r"[^\pL\pN]{0,3}".join(map(re.escape, squash(word)))


def _is_disguise(found: str, word: str, written: str) -> bool:
    """Return whether letters are kept apart to hide a word: not by the spaces between words that happen to spell it.

    "The rapist" and "I deal" are two words each; "i d e a l" and "ide-al" are one.

    Args:
        found: What stands in the reading.
        word: The word.
        written: What stands there in the text itself, where a space may be another than typed prose has.
    """
    if re.sub(r"\s+", " ", found).casefold() == " ".join(word.split()).casefold():
        return False  # as it is written, which is found by itself
    if _HYPHENATED.sub("", found).casefold() == word.casefold():
        return True  # a hyphen at the end of a line
    spaced_out = re.search(r"\s", found) and not re.search(r"\s", word.strip())
    if not spaced_out:
        return True
    pieces = _NO_WORD.split(found)
    single = sum(len(piece) == 1 for piece in pieces)
    if single >= 2:  # noqa: PLR2004  # "a" and "I" are words; two letters alone in a row are none
        return True
    return _WIDE_GAP.search(written) is not None and not any(map(_may_be_word, pieces))


def _may_be_word(piece: str) -> bool:
    """Return whether a piece of a word may be a word: no list has all, so short pieces and known words count."""
    lowered = piece.casefold()
    return len(piece) < WORD_PIECE_LEAST or lowered in STOP_WORDS or lowered in VERBS
