"""The readings of a text in which forbidden rules are looked for, and what occurs in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlvr_compliance.rules.rule import Rule
from rlvr_compliance.text.engine import PatternSet, compiled
from rlvr_compliance.text.keywords import is_whole
from rlvr_compliance.text.readings import Reading, bare, canonical, leet, spelt

# What makes a further reading worth its time; they are looked for along with the rules.
_MARKED, _SPELT, _LEET = range(3)
_TRIGGERS = (
    r"[*_`~|\\\[\]<]",
    r"(?:^|[^\pL\pN])(?:[\pL\pN][\s.,\-_*/|+:;~'\"]{1,3}){3}",
    r"[A-Za-z][0134578@$!]{1,3}[A-Za-z]|[0134578@$][A-Za-z]{2}|[A-Za-z]{2}[0134578@$](?:[^\pL\pN]|$)",
)

# Keywords of fewer letters stand in too many others, once what parts those is gone.
SQUASHED_FROM = 5
_NO_WORD = re.compile(r"[\W_]+")
_NO_WORD_BYTES = bytes(each for each in range(128) if not chr(each).isalnum())
# What else people put between letters; the rest is left, since each costs a pass over the text.
_DOTS_AND_DASHES = "\u00b7\u2022\u2013\u2014\u2019"


class Occurrences:
    """One reading, and which rules occur in it as they are written or in another writing.

    Attributes:
        reading: The reading.
        places: The rules that occur; where, is for :meth:`spans` to tell.
    """

    __slots__ = ("_finder", "_hits", "places", "reading")

    def __init__(self, finder: Finder, reading: Reading) -> None:
        self.reading = reading
        self._hits = finder.patterns.occurring_in(reading.text)
        self.places = {finder.owners[hit] for hit in self._hits if hit >= len(_TRIGGERS)}
        self._finder = finder

    def spans(self, place: int) -> list[tuple[int, int]]:
        """Return where the rule of a place occurs in the reading."""
        text, finder = self.reading.text, self._finder
        found: list[tuple[int, int]] = []
        if len(_TRIGGERS) + place in self._hits:
            found = finder.rules[place].spans(text)
        for other in finder.disguised.get(place, ()):
            if other in self._hits:
                found += finder.patterns.spans(other, text)
        return [span for span in found if self._has_letters(*span)] if self.reading.name == "leet" else found

    def _has_letters(self, start: int, end: int) -> bool:
        """Say whether what was read as letters has some, and is no number."""
        below = self.reading.below
        return below is not None and any(map(str.isalpha, below.text[start:end]))

    def triggered(self, trigger: int) -> bool:
        """Say whether a further reading is worth its time."""
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
        plain = canonical(raw)
        if plain is not raw:
            found = self.once(plain)
            yield found
        if found.triggered(_MARKED):
            unmarked = bare(plain)
            if unmarked is not plain:
                plain, found = unmarked, self.once(unmarked)
                yield found
        if found.triggered(_SPELT) and (joined := spelt(plain)) is not plain:
            yield (found := self.once(joined))
        if found.triggered(_LEET):
            yield from (self.once(each) for each in leet(found.reading) if each is not found.reading)

    def squashed(self, plain: Reading) -> Iterator[tuple[int, tuple[int, int]]]:
        """Find keywords of forbidden rules whose letters are kept apart; yields the rule's place and the span."""
        if not self._squashed:
            return
        text = plain.text
        for hit in self._squashed_patterns.occurring_in(squash(text)):
            place, word = self._squashed[hit]
            for found in compiled(parted(word)).finditer(text):
                if is_whole(text, *found.span()) and _is_disguise(found[0], word):
                    yield place, found.span()


def squash(text: str) -> str:
    """Leave out what is no letter or digit, nearly; in lower case. A hit is looked at again in the text itself."""
    data = text.encode().translate(None, _NO_WORD_BYTES)
    squashed = data.decode().lower()
    if not text.isascii():
        for each in _DOTS_AND_DASHES:
            squashed = squashed.replace(each, "")
    return squashed


def parted(word: str) -> str:
    """Write the pattern of a word whose letters may be kept apart."""
    return "(?i)" + r"[^\pL\pN]{0,3}".join(map(re.escape, squash(word)))


def _is_disguise(found: str, word: str) -> bool:
    """Say whether letters are kept apart to hide a word: not by the spaces between words that happen to spell it.

    "The rapist" and "I deal" are two words each; "i d e a l" and "ide-al" are one.
    """
    if re.sub(r"\s+", " ", found).casefold() == " ".join(word.split()).casefold():
        return False  # as it is written, which is found by itself
    spaced_out = re.search(r"\s", found) and not re.search(r"\s", word.strip())
    if not spaced_out:
        return True
    single = sum(len(piece) == 1 for piece in _NO_WORD.split(found))
    return single >= 2  # noqa: PLR2004  # "a" and "I" are words; two letters alone in a row are none
