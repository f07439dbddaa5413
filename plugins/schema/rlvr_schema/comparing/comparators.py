"""Whether a value is the one that was expected: exactly by default, else as the author of the task says.

Values of different types are never equal: ``true`` is no ``1``, ``"3"`` no ``3``.
``1.0`` is ``1``, for JSON has one type of numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Annotated, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import JsonValue
from rlvr_schema.reading.identity import composed, identity
from rlvr_schema.schemas.validation import compiled

# No date is written longer; Python's reading of dates is not made for more.
DATE_LIMIT_CHARACTERS = 64
# Words compared in one text; a field of an answer is a few sentences.
WORDS_LIMIT = 5_000


class _Comparator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="compare"):
    """How one field is compared."""


class Exact(_Comparator, frozen=True, kw_only=True, tag="exact"):
    """The same value; texts after Unicode composition (NFC), and nothing else, is undone."""


class Casefold(_Comparator, frozen=True, kw_only=True, tag="casefold"):
    """The same text but for upper and lower case, and white space around and between words."""


class Number(_Comparator, frozen=True, kw_only=True, tag="number"):
    """A number within a tolerance, the greater of the two."""

    absolute: Annotated[float, Meta(ge=0.0, description="In the number's own unit.")] = 0.0
    relative: Annotated[float, Meta(ge=0.0, lt=1.0, description="As a fraction of the expected number.")] = 0.0


class Date(_Comparator, frozen=True, kw_only=True, tag="date"):
    """The same day, or the same moment where both have a time; read as ISO 8601 or by any of the given formats."""

    formats: Annotated[tuple[str, ...], Meta(description="Formats of strptime, for texts that are not ISO 8601.")] = ()


class Pattern(_Comparator, frozen=True, kw_only=True, tag="pattern"):
    """A text in which a pattern of ECMA 262 is found; the reference is not read.

    A pattern without ``^`` and ``$`` is not met by a text with a negation that the pattern does not contain.
    """

    pattern: Annotated[str, Meta(description="Anchor it with ^ and $ to mean the whole text.")]


class Aliases(_Comparator, frozen=True, kw_only=True, tag="aliases"):
    """The expected value, or another of a group that holds it."""

    groups: Annotated[tuple[tuple[JsonValue, ...], ...], Meta(description="Values that mean the same, by group.")]


class Text(_Comparator, frozen=True, kw_only=True, tag="text"):
    """A text of the expected words in order, some left out or added, none replaced or moved.

    Numbers and negations must be the same.
    """

    least: Annotated[float, Meta(gt=0.0, le=1.0, description="The least share of words in common order.")] = 0.8


class FreeText(Text, frozen=True, kw_only=True, tag="free_text"):
    """Any text without a word that tells it apart from the expected one; suites cannot name it, see :func:`is_open`."""


class SetOf(_Comparator, frozen=True, kw_only=True, tag="set"):
    """An array with the same values, in any order, however often."""


class Multiset(_Comparator, frozen=True, kw_only=True, tag="multiset"):
    """An array with the same values as often, in any order."""


Comparator: TypeAlias = Exact | Casefold | Number | Date | Pattern | Aliases | Text | SetOf | Multiset
EXACT = Exact()


def agrees(answer: JsonValue, reference: JsonValue, comparator: Comparator = EXACT) -> bool:
    """Return whether an answer's value is the reference's under a comparator.

    Takes linear time in both; ``text`` takes a square that is capped.
    """
    match comparator:
        case Exact():
            return same(answer, reference)
        case Casefold():
            return _texts(answer, reference) and _folded(answer) == _folded(reference)
        case Number():
            return _near(answer, reference, comparator)
        case Date():
            return _same_date(answer, reference, comparator.formats)
        case Pattern():
            return isinstance(answer, str) and _is_matched(answer, comparator.pattern)
        case Aliases():
            groups = (group for group in comparator.groups if any(same(reference, each) for each in group))
            return same(answer, reference) or any(same(answer, each) for group in groups for each in group)
        case Text():
            return _texts(answer, reference) and _are_alike(answer, reference, comparator)
        case SetOf():
            return _arrays(answer, reference) and set(map(identity, answer)) == set(map(identity, reference))
        case Multiset():
            return _arrays(answer, reference) and Counter(map(identity, answer)) == Counter(map(identity, reference))
    assert_never(comparator)


def _are_alike(answer: str, reference: str, comparator: Text) -> bool:
    is_free = isinstance(comparator, FreeText) and is_open(answer, reference, comparator)
    return is_free or _alike(answer, reference, comparator.least)


def is_open(answer: JsonValue, reference: JsonValue, comparator: Comparator) -> bool:
    """Return whether values that do not agree may mean the same: free texts without a word that tells them apart.

    Such a word is a number or a negation that only one of them has.
    """
    if not isinstance(comparator, Text) or not _texts(answer, reference):
        return False
    words = _words(answer)
    return bool(words) and _fixed(words) == _fixed(_words(reference))


def same(answer: JsonValue, reference: JsonValue) -> bool:
    """Return whether two JSON values are one value."""
    if isinstance(answer, bool) or isinstance(reference, bool):
        return answer is reference
    if isinstance(answer, str):
        return isinstance(reference, str) and (answer == reference or composed(answer) == composed(reference))
    if isinstance(answer, (int, float)):
        return isinstance(reference, (int, float)) and answer == reference
    if isinstance(answer, (list, tuple)):
        return (
            isinstance(reference, (list, tuple)) and len(answer) == len(reference) and all(map(same, answer, reference))
        )
    if isinstance(answer, dict):
        return (
            isinstance(reference, dict)
            and answer.keys() == reference.keys()
            and all(same(value, reference[key]) for key, value in answer.items())
        )
    return answer is None and reference is None


def _texts(*values: JsonValue) -> bool:
    return all(isinstance(value, str) for value in values)


def _arrays(*values: JsonValue) -> bool:
    return all(isinstance(value, list) for value in values)


def _folded(text: str) -> str:
    return " ".join(composed(text).casefold().split())


def _near(answer: JsonValue, reference: JsonValue, comparator: Number) -> bool:
    numbers = [
        value for value in (answer, reference) if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    if len(numbers) < len((answer, reference)):
        return False
    try:
        return answer == reference or math.isclose(
            answer, reference, rel_tol=0.0, abs_tol=max(comparator.absolute, comparator.relative * abs(reference))
        )
    except OverflowError:  # an integer beyond the range of a double
        return False


def _same_date(answer: JsonValue, reference: JsonValue, formats: Iterable[str]) -> bool:
    references = _moments(reference, formats)
    return any(
        one == other and (one.tzinfo is None) == (other.tzinfo is None)
        for one in _moments(answer, formats)
        for other in references
    )


def _moments(value: JsonValue, formats: Iterable[str]) -> list[datetime]:
    """Return every reading of a date: the one of ISO 8601, else those of all formats."""
    if not isinstance(value, str) or len(value) > DATE_LIMIT_CHARACTERS or not value.isascii():
        return []
    try:
        return [datetime.fromisoformat(value)]
    except ValueError:
        pass
    found: list[datetime] = []
    for form in formats:
        try:
            found.append(datetime.strptime(value, form))  # noqa: DTZ007  # a date without a zone stays without
        except ValueError:
            continue
    return found


def _is_matched(answer: str, pattern: str) -> bool:
    if not compiled({"pattern": pattern}).is_valid(answer):
        return False
    is_whole = pattern.startswith("^") and pattern.endswith("$")
    return is_whole or set(filter(_is_negation, _folded(answer).split())) <= set(_folded(pattern).split())


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


_NEGATIONS = frozenset("not no never none neither nor without n't cannot can't don't doesn't isn't won't".split())


def _alike(answer: str, reference: str, least: float) -> bool:
    """Compare words in order: words may be added or left out, but not replaced or moved.

    A replaced name or verb, and a swapped subject and object, change who did what.
    """
    answer_words, reference_words = _words(answer), _words(reference)
    if (
        not reference_words
        or max(len(answer_words), len(reference_words)) > WORDS_LIMIT
        or _fixed(answer_words) != _fixed(reference_words)
    ):
        return answer_words == reference_words
    if answer_words[_ALIGNED_LIMIT:] != reference_words[_ALIGNED_LIMIT:]:
        return False
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, answer_words[:_ALIGNED_LIMIT], reference_words[:_ALIGNED_LIMIT], autojunk=False)
    if matcher.ratio() < least:
        return False
    added, left_out = set[str](), set[str]()
    for operation, start, end, reference_start, reference_end in matcher.get_opcodes():
        one, other = answer_words[start:end], reference_words[reference_start:reference_end]
        if operation == "replace" and not (len(one) == len(other) and all(map(_is_same_word, one, other))):
            return False
        if operation in {"insert", "delete"}:
            added.update(one)
            left_out.update(other)
    return not (added & left_out) - _ARTICLES


def _words(text: str) -> list[str]:
    return [bare for word in _folded(text).split() if (bare := word.strip(".,;:!?\"'()“”„«»"))]


_ARTICLES = frozenset({"a", "an", "the", "this", "that"})
_ENDINGS = frozenset({"", "s", "es", "ed", "d", "e", "ing"})


def _is_same_word(one: str, other: str) -> bool:
    """Return True for two articles, and for two forms of one word."""
    if one in _ARTICLES and other in _ARTICLES:
        return True
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return shared >= _STEM_CHARACTERS and one[shared:] in _ENDINGS and other[shared:] in _ENDINGS


_STEM_CHARACTERS = 3


# The alignment is cubic at worst; a hundred words are a long field, and end in a few milliseconds.
_ALIGNED_LIMIT = 100


def _fixed(words: Iterable[str]) -> list[str]:
    """Return the words that change a sentence's meaning most, in order."""
    return [word for word in words if _is_negation(word) or any(map(str.isdigit, word))]
